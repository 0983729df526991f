"""Reads articles: finds figures and named things, and publishes them to Kafka."""
