"""Tells what became of the figures of an article between two of its revisions.

In: the figures of both revisions. Out: which figure became which, which came and which went.
Pure, so that whoever holds two revisions can ask: the desk, an export, a test.

Figures are paired in two passes. First those that say the same, wherever they moved. Then, of the
rest, the pairs most alike in what they count, in their unit and indicator, and in the words around
them with numbers masked; the best pair is taken first. What no pair fits came or went.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from services.contracts.figures import Figure
from services.contracts.models import Contract

PAIRS_LIMIT: Final = 250_000
"""More pairs are not looked at one by one: then figures pair only within `NEAR` places."""

NEAR: Final = 20
MINIMUM_LIKENESS: Final = 0.5
"""Half alike: below, a reader would say that one figure went and another came."""

_CONTEXT_WORDS: Final = 4
_WORD: Final = re.compile(r"[^\W\d_]+|\d+")
_MEASURES: Final = (
    "value", "value_max", "numerator", "denominator", "from_value", "magnitude", "unit",
    "comparator", "change",
)  # fmt: skip
_MEANINGS: Final = ("counted", "per", "of", "modality", "indicator", "period")
_ALIKE_KINDS: Final = (
    frozenset({"count", "ratio", "fraction", "other"}),
    frozenset({"percent", "fraction", "ratio", "change", "multiple"}),
    frozenset({"money", "change"}),
    frozenset({"count", "change"}),
)


class FigureChange(Contract):
    """What became of one figure; `before` is None for one that came, `after` for one that went.

    `differences` are the names of the fields that tell the two apart: the number and its unit,
    comparator and direction; when the sentence is another one also what is counted, per what, of
    what, when, for which indicator, and whether reported or aimed at.
    """

    kind: Literal["changed", "came", "went"]
    before: Figure | None = None
    after: Figure | None = None
    differences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _View:
    """What pairing needs of one figure: its place in the list and the words that identify it."""

    order: int
    figure: Figure
    counted: frozenset[str]
    sentence: tuple[str, ...]
    vocabulary: frozenset[str]
    before: frozenset[str]
    after: frozenset[str]


def compare_figures(before: Sequence[Figure], after: Sequence[Figure]) -> tuple[FigureChange, ...]:
    """Return the changes, in reading order of the newer revision; those that went come last.

    Figures that say the same are no change, wherever they stand now.

    Example:
        >>> from decimal import Decimal
        >>> old, new = (
        ...     Figure(field="body", start=5, end=12, surface=f"{n} người", kind="count",
        ...            value=Decimal(n), counted="người", sentence=f"Có {n} người bị thương.")
        ...     for n in (12, 14))
        >>> [(c.kind, str(c.before.value), str(c.after.value), c.differences)
        ...  for c in compare_figures([old], [new])]
        [('changed', '12', '14', ('value',))]
    """
    olds, news = _view_all(before), _view_all(after)
    partners = _pair_equal(olds, news)
    taken = set(partners.values())
    rest_old = [old for old in olds if old.order not in taken]
    rest_new = [new for new in news if new.order not in partners]
    partners |= _pair_alike(rest_old, rest_new)
    changes = []
    for new in news:
        partner = partners.get(new.order)
        if partner is None:
            changes.append(FigureChange(kind="came", after=new.figure))
            continue
        differences = _list_differences(olds[partner], new)
        if differences:
            old = olds[partner].figure
            changes.append(
                FigureChange(kind="changed", before=old, after=new.figure, differences=differences)
            )
    kept = set(partners.values())
    went = [FigureChange(kind="went", before=old.figure) for old in olds if old.order not in kept]
    return (*changes, *went)


def _view_all(figures: Iterable[Figure]) -> list[_View]:
    views = []
    seen: dict[tuple[str, str | None, str], int] = defaultdict(int)
    for order, figure in enumerate(figures):
        key = (figure.field, figure.sentence, figure.surface)
        views.append(_view(order, figure, nth=seen[key]))
        seen[key] += 1
    return views


def _view(order: int, figure: Figure, *, nth: int) -> _View:
    sentence = _normalise(figure.sentence or figure.surface)
    surface = _normalise(figure.surface)
    start = -1
    for _ in range(nth + 1):
        found = sentence.find(surface, start + 1)
        start = found if found >= 0 else start
    start = max(start, 0)
    words = _words(sentence)
    return _View(
        order=order,
        figure=figure,
        counted=frozenset(_words(_normalise(figure.counted or ""))),
        sentence=words,
        vocabulary=frozenset(words),
        before=frozenset(_words(sentence[:start])[-_CONTEXT_WORDS:]),
        after=frozenset(_words(sentence[start + len(surface) :])[:_CONTEXT_WORDS]),
    )


def _normalise(text: str) -> str:
    return unicodedata.normalize("NFC", text).lower()


def _words(text: str) -> tuple[str, ...]:
    """Return the words with every number masked: a changed number changes no context."""
    return tuple("#" if word[0].isdigit() else word for word in _WORD.findall(text))


def _claim(figure: Figure) -> tuple[object, ...]:
    measures = tuple(getattr(figure, name) for name in _MEASURES)
    return (figure.kind, *measures, _normalise(figure.counted or ""))


def _pair_equal(olds: list[_View], news: list[_View]) -> dict[int, int]:
    """Pair figures that make the same claim: in the same sentence first, else in their order."""
    partners: dict[int, int] = {}
    taken: set[int] = set()
    for has_same_sentence in (True, False):
        waiting: dict[tuple[object, ...], list[_View]] = defaultdict(list)
        for old in reversed(olds):
            if old.order not in taken:
                key = (_claim(old.figure), old.sentence if has_same_sentence else None)
                waiting[key].append(old)
        for new in news:
            key = (_claim(new.figure), new.sentence if has_same_sentence else None)
            if new.order not in partners and waiting[key]:
                old = waiting[key].pop()
                partners[new.order] = old.order
                taken.add(old.order)
    return partners


def _pair_alike(olds: list[_View], news: list[_View]) -> dict[int, int]:
    """Pair the figures most alike, the best pair first."""
    is_small = len(olds) * len(news) <= PAIRS_LIMIT
    ranked = []
    for place, new in enumerate(news):
        near = olds if is_small else olds[max(0, place - NEAR) : place + NEAR + 1]
        for old in near:
            likeness = _measure_likeness(old, new)
            if likeness >= MINIMUM_LIKENESS:
                ranked.append((-likeness, abs(old.order - new.order), new.order, old.order))
    partners: dict[int, int] = {}
    taken: set[int] = set()
    for _, _, new_order, old_order in sorted(ranked):
        if new_order not in partners and old_order not in taken:
            partners[new_order] = old_order
            taken.add(old_order)
    return partners


def _measure_likeness(old: _View, new: _View) -> float:
    """Return how alike two figures are, about 0 to 1; the weights were chosen on invented cases."""
    one, other = old.figure, new.figure
    if not _is_alike_kind(one, other):
        return 0.0
    likeness = 0.25 * _share(old.vocabulary, new.vocabulary)
    likeness += 0.15 * _share(old.before, new.before) + 0.15 * _share(old.after, new.after)
    likeness += 0.2 * (_share(old.counted, new.counted) if old.counted or new.counted else 0.5)
    likeness += 0.1 if one.unit == other.unit else -0.1
    likeness += 0.15 if one.value is not None and one.value == other.value else 0.0
    likeness += 0.05 if one.field == other.field else -0.1
    if one.indicator == other.indicator:
        likeness += 0.1 if one.indicator else 0.05
    elif one.indicator and other.indicator:
        likeness -= 0.2
    return likeness


def _is_alike_kind(one: Figure, other: Figure) -> bool:
    return one.kind == other.kind or any(
        one.kind in kinds and other.kind in kinds for kinds in _ALIKE_KINDS
    )


def _share(one: frozenset[str], other: frozenset[str]) -> float:
    """Return how much of two sets is in both (Jaccard); two empty ones are alike."""
    both = len(one | other)
    return len(one & other) / both if both else 1.0


def _list_differences(old: _View, new: _View) -> tuple[str, ...]:
    names: tuple[str, ...] = _MEASURES
    if old.figure.sentence is None or old.sentence != new.sentence:
        names = (*_MEASURES, *_MEANINGS)
    return tuple(name for name in names if getattr(old.figure, name) != getattr(new.figure, name))
