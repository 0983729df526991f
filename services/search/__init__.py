"""The desk: the journalists' search API and page."""
