"""The indicators that figures of union news speak of, and the rules that recognise them.

In: the kind of a figure, what it counts, the words near it. Out: an indicator's code, or None.
Data: indicators.tsv (the codes) and indicator_rules.tsv (the words); docs/figures.md tells how to
add a row.
"""

import functools
import re
from collections.abc import Iterator
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

_WORD = re.compile(r"\w+")
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
    context_words: frozenset[str] | None
    forbidden_words: frozenset[str] | None

    def may_fit(self, words: frozenset[str]) -> bool:
        """Return whether a text of these words may hold a cue, if the rule needs one."""
        return (
            self.context is None
            or self.context_words is None
            or not self.context_words.isdisjoint(words)
        )

    def has_forbidden(self, words: frozenset[str]) -> bool:
        """Return whether a text of these words may hold a forbidden word."""
        return self.forbidden_words is None or not self.forbidden_words.isdisjoint(words)


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


def _first_words(cell: str) -> frozenset[str] | None:
    """Return the words that the phrases of a cell begin with; None where they begin anywhere."""
    if _HANGUL.search(cell):
        return None
    phrases = (fold(phrase.strip()) for phrase in cell.split(";") if phrase.strip())
    return frozenset(_WORD.findall(phrase)[0] for phrase in phrases)


@functools.cache
def _rules() -> tuple[_Rule, ...]:
    return tuple(
        _Rule(
            code,
            frozenset(kind.split("|")),
            reach == "sentence",
            _pattern(cells[0]),
            _pattern(cells[1]),
            _pattern(cells[2]),
            _first_words(cells[1]),
            _first_words(cells[2]),
        )
        for code, kind, reach, *cells in read_table("indicator_rules.tsv")
    )


@functools.lru_cache(maxsize=8192)
def _fitting(kind: str, counted: str) -> tuple[str, tuple[tuple[int, _Rule], ...]]:
    """Return the folded noun, and the rules that take it and this kind, with their numbers."""
    noun = fold(counted)
    return noun, tuple(
        (number, rule)
        for number, rule in enumerate(_rules())
        if kind in rule.kinds
        and (rule.counted is None or rule.counted.search(noun))
        and not (rule.forbidden is not None and rule.forbidden.search(noun))
    )


def find_indicators(
    *, kind: str, counted: str, left: str, right: str, wide: str
) -> Iterator[tuple[str, int]]:
    """Yield the indicators that a figure may tell with the numbers of their rules, best first.

    `counted` is the counted noun with its classifier, `left` are the words from the figure before
    to the end of this one, `right` those behind it in its clause, `wide` those of the sentence to
    the end of the figure; all folded. Rules with a cue beside the figure come first, the nearest
    cue before others; then those with a cue in the sentence. A forbidden word forbids where it
    stands nearer than the cue. A rule without a cue comes behind those above it in the table.

    Example:
        >>> next(find_indicators(
        ...     kind="count", counted="suất quà", left="trao 300 suất quà", right="", wide=""
        ... ))[0]
        'gifts'
    """
    noun, fitting = _fitting(kind, counted)
    if not fitting:
        return
    beside = "" if wide.endswith(left) else left
    words = frozenset(_WORD.findall(f"{wide} {beside} {right} {noun}"))
    possible = [(number, rule) for number, rule in fitting if rule.may_fit(words)]
    for is_second_look in (False, True):
        if is_second_look and left == wide:
            return
        ranked: list[tuple[int, int, str]] = []
        floor = 0
        for number, rule in possible:
            if is_second_look and rule.is_wide:
                continue  # the first look has seen the whole sentence
            before = wide if is_second_look or rule.is_wide else left
            if rule.context is None:
                is_forbidden = rule.has_forbidden(words) and _forbids(
                    rule, before, right, _FAR_CHARACTERS
                )
                if is_second_look or is_forbidden:
                    continue
                floor = max([floor, *(distance for distance, *_ in ranked)])
                ranked.append((floor, number, rule.indicator))
                continue
            distance = _cue_distance(rule, before, right, noun)
            is_forbidden = rule.has_forbidden(words) and _forbids(rule, before, right, distance)
            if distance < _NO_CUE and not is_forbidden:
                penalty = _GENERAL_CHARACTERS if rule.indicator in _GENERAL else 0
                ranked.append((max(floor, distance + penalty), number, rule.indicator))
        yield from ((indicator, number) for _, number, indicator in sorted(ranked))


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
