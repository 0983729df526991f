"""Writes enriched articles to Elasticsearch, each exactly once."""
