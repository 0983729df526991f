"""Pure text to facts: no I/O, no clock, no randomness."""

from typing import Final

ENRICHER_GENERATION: Final = 2
"""The release of our reading of text.

Raise it by one with each change that makes `enrich` give other figures, entities, topics,
signature or languages for the same article: consumers then take the new reading over the stored
one. Leave it when the output stays the same.
"""
