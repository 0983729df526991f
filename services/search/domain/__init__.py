"""Pure parts of the desk: words into queries, marks into text, numbers into words."""
