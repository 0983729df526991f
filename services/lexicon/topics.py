"""The topics of working life, and the cues that tell them.

In: nothing. Out: labels by code, and cues with their weights.
Data: topics.tsv (the codes) and topic_cues.tsv (what tells them); docs/figures.md tells how to add
a row.
"""

import functools
from dataclasses import dataclass
from typing import Final

from services.lexicon.tables import read_table

NO_TOPIC: Final = "-"
"""Cues of this topic take their words away from all others: "lương tâm" is no wage."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic with its names for readers."""

    code: str
    label_vi: str
    label_en: str


@dataclass(frozen=True, slots=True)
class Cue:
    """What speaks of a topic: `source` is words, indicator, section or abroad."""

    topic: str
    source: str
    weight: int
    phrases: tuple[str, ...]


@functools.cache
def topics() -> dict[str, Topic]:
    """Return the topics by code.

    Example:
        >>> topics()["strikes"].label_en
        'Strikes and disputes'
    """
    return {row[0]: Topic(*row) for row in read_table("topics.tsv")}


@functools.cache
def topic_cues() -> tuple[Cue, ...]:
    """Return the cues in the order of their table."""
    return tuple(
        Cue(topic, source, int(weight), tuple(p.strip() for p in phrases.split(";") if p.strip()))
        for topic, source, weight, phrases in read_table("topic_cues.tsv")
    )
