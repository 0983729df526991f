"""How much the pipeline takes, and what an article costs, with two workers of each kind."""
