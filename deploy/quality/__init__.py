"""Measures what the enricher reads against gold written without sight of it."""
