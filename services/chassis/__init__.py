"""What makes a folder a service: settings, logging, metrics, health, Kafka, errors, clock."""
