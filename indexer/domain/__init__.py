"""What to write, decided without I/O: documents, an article's history, the writing protocol."""
