"""The notifier: tells those who saved a search of its news."""
