"""What the stages share: contracts, lexicon, chassis; and the search service."""
