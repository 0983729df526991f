"""Tells in what two readings of one text differ.

In: the stored event of an article and the event that today's rules make of it. Out: how many
figures and names came, went or are read otherwise, and which other parts changed.
"""

from collections.abc import Iterable
from typing import TypeVar

from services.contracts.articles import EnrichedArticleV1
from services.contracts.models import Contract

Key = TypeVar("Key")


class Counts(Contract):
    """How many came, went, and stand at the same place with other contents."""

    came: int = 0
    went: int = 0
    changed: int = 0

    @property
    def has_any(self) -> bool:
        """Whether anything is counted."""
        return bool(self.came or self.went or self.changed)


class Rereading(Contract):
    """What a new reading changes; `others` names the changed parts that are no lists of places."""

    figures: Counts
    entities: Counts
    others: tuple[str, ...] = ()

    @property
    def is_same(self) -> bool:
        """Whether a reader of the events would see no difference."""
        return not (self.figures.has_any or self.entities.has_any or self.others)

    def describe(self) -> str:
        """Return the differences in a few words; "" when there are none.

        Example:
            >>> Rereading(figures=Counts(came=2, went=1), entities=Counts(), others=("topics",)
            ... ).describe()
            'figures +2 -1, topics'
        """
        parts = []
        for name, counts in (("figures", self.figures), ("entities", self.entities)):
            marks = (("+", counts.came), ("-", counts.went), ("~", counts.changed))
            told = " ".join(f"{mark}{count}" for mark, count in marks if count)
            parts += [f"{name} {told}"] if told else []
        return ", ".join([*parts, *self.others])


def compare_readings(stored: EnrichedArticleV1, new: EnrichedArticleV1) -> Rereading:
    """Return in what two events of the same text differ, generations aside."""
    others = (
        name
        for name in ("language", "topics", "signature", "passages")
        if getattr(stored, name) != getattr(new, name)
    )
    return Rereading(
        figures=_count(
            ((figure.id, figure) for figure in stored.figures),
            ((figure.id, figure) for figure in new.figures),
        ),
        entities=_count(
            (((e.type, e.field, e.start, e.end), e) for e in stored.entities),
            (((e.type, e.field, e.start, e.end), e) for e in new.entities),
        ),
        others=tuple(others),
    )


def _count(stored: Iterable[tuple[Key, Contract]], new: Iterable[tuple[Key, Contract]]) -> Counts:
    before, after = dict(stored), dict(new)
    return Counts(
        came=len(after.keys() - before.keys()),
        went=len(before.keys() - after.keys()),
        changed=sum(before[key] != after[key] for key in before.keys() & after.keys()),
    )
