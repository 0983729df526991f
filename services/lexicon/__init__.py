"""What we know about the words of this field, as data with pure look-ups."""
