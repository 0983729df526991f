"""What the crawler knows about pages, addresses, feeds and times: pure, total, typed."""
