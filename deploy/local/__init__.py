"""Real Kafka and Elasticsearch on this machine without containers; see `stack.Stack`.

Standard library only: `make demo` runs this before anything is installed.
"""
