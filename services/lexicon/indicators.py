"""The indicators that figures of union news speak of, and the rules that recognise them.

In: the kind of a figure, what it counts, the words near it. Out: an indicator's code, or None.
Data: indicators.tsv (the codes) and indicator_rules.tsv (the words); docs/figures.md tells how to
add a row.
"""

import functools
import re
from dataclasses import dataclass

from services.lexicon.fold import fold
from services.lexicon.tables import read_table

_NO_CUE = 10_000
_FAR_CHARACTERS = 60
"""So near must a forbidden word stand to forbid a rule that needs no cue."""

_BEHIND_CHARACTERS = 25
"""A cue behind a figure counts as this much farther than one before."""

_GENERAL = frozenset({"participants", "people_supported", "support_amount", "members", "workers"})
"""Indicators whose cues ("tham gia", "hỗ trợ", "có") stand in news of any topic."""

_GENERAL_CHARACTERS = 60
_GENERAL_REACH = 110
"""Their cues count as this much farther, and do not reach beyond this many characters."""

_HANGUL = re.compile("[\uac00-\ud7a3]")
"""Korean sticks its particles to the word, so its cues match inside words."""


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator; `flow` is "stock" (a state at a day) or "flow" (a sum over a period)."""

    code: str
    kind: str
    flow: str
    label_vi: str
    label_en: str


@dataclass(frozen=True, slots=True)
class _Rule:
    indicator: str
    kinds: frozenset[str]
    is_wide: bool
    counted: re.Pattern[str] | None
    context: re.Pattern[str] | None
    forbidden: re.Pattern[str] | None


@functools.cache
def indicators() -> dict[str, Indicator]:
    """Return the indicators by code.

    Example:
        >>> indicators()["strikes"].flow
        'flow'
    """
    return {row[0]: Indicator(*row) for row in read_table("indicators.tsv")}


def _pattern(cell: str) -> re.Pattern[str] | None:
    phrases = [fold(phrase.strip()) for phrase in cell.split(";") if phrase.strip()]
    if not phrases:
        return None
    phrases.sort(key=len, reverse=True)
    parts = [".{0,60}?".join(map(re.escape, phrase.split("..."))) for phrase in phrases]
    whole = [part for part in parts if not _HANGUL.search(part)] or ["(?!)"]
    inner = [part for part in parts if _HANGUL.search(part)] or ["(?!)"]
    return re.compile(rf"(?<!\w)(?:{'|'.join(whole)})(?![a-zà-ỹđ])|{'|'.join(inner)}")


@functools.cache
def _rules() -> tuple[_Rule, ...]:
    return tuple(
        _Rule(code, frozenset(kind.split("|")), reach == "sentence", *map(_pattern, cells))
        for code, kind, reach, *cells in read_table("indicator_rules.tsv")
    )


@functools.lru_cache(maxsize=8192)
def _fitting(kind: str, counted: str) -> tuple[tuple[int, _Rule], ...]:
    """Return the rules that take this kind and counted noun, with their numbers."""
    return tuple(
        (number, rule)
        for number, rule in enumerate(_rules())
        if kind in rule.kinds and (rule.counted is None or rule.counted.search(fold(counted)))
    )


def find_indicators(
    *, kind: str, counted: str, left: str, right: str, wide: str
) -> list[tuple[str, int]]:
    """Return the indicators that a figure may tell with the numbers of their rules, best first.

    `counted` is the counted noun with its classifier, `left` are the words from the figure before
    to the end of this one, `right` those behind it in its clause, `wide` those of the sentence to
    the end of the figure; all folded. Rules with a cue beside the figure come first, the nearest
    cue before others; then those with a cue in the sentence. A forbidden word forbids where it
    stands nearer than the cue. A rule without a cue comes behind those above it in the table.

    Example:
        >>> find_indicators(
        ...     kind="count", counted="suất quà", left="trao 300 suất quà", right="", wide=""
        ... )[0][0]
        'gifts'
    """
    noun = fold(counted)
    found: list[tuple[str, int]] = []
    for is_second_look in (False, True):
        ranked: list[tuple[int, int, str]] = []
        floor = 0
        for number, rule in _fitting(kind, counted):
            if rule.forbidden is not None and rule.forbidden.search(noun):
                continue
            before = wide if is_second_look or rule.is_wide else left
            if rule.context is None:
                if is_second_look or _forbids(rule, before, right, _FAR_CHARACTERS):
                    continue
                floor = max([floor, *(distance for distance, *_ in ranked)])
                ranked.append((floor, number, rule.indicator))
                continue
            distance = _cue_distance(rule, before, right, noun)
            if distance < _NO_CUE and not _forbids(rule, before, right, distance):
                penalty = _GENERAL_CHARACTERS if rule.indicator in _GENERAL else 0
                ranked.append((max(floor, distance + penalty), number, rule.indicator))
        found.extend((indicator, number) for _, number, indicator in sorted(ranked))
    return found


def _cue_distance(rule: _Rule, before: str, behind: str, noun: str) -> int:
    """Return how far from a figure its nearest cue stands, in characters; far when none does.

    Words behind a figure govern it less than words before; what it counts governs it most.
    """
    if rule.context is None or rule.context.search(noun):
        return 0
    limit = _GENERAL_REACH if rule.indicator in _GENERAL else len(before)
    nearest = _NO_CUE
    for match in rule.context.finditer(before, max(0, len(before) - limit)):
        nearest = len(before) - match.end()
    found = rule.context.search(behind)
    return min(nearest, found.start() + _BEHIND_CHARACTERS) if found else nearest


def _forbids(rule: _Rule, before: str, behind: str, reach: int) -> bool:
    """Return whether a forbidden word stands within `reach` characters of the figure."""
    if rule.forbidden is None:
        return False
    start = max(0, len(before) - reach)
    if any(len(before) - m.end() <= reach for m in rule.forbidden.finditer(before, start)):
        return True
    found = rule.forbidden.search(behind)
    return found is not None and found.start() <= max(reach, _BEHIND_CHARACTERS)
