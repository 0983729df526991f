"""Watches news sites and publishes raw articles to Kafka."""
