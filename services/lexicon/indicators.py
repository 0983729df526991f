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


def find_indicator(*, kind: str, counted: str, near: str, wide: str) -> tuple[str, int] | None:
    """Return the indicator of a figure and the number of the rule that found it.

    `counted` is the counted noun with its classifier, `near` the words between the neighbouring
    figures, `wide` those of the sentence before the figure, both folded; a nearer cue wins.

    Example:
        >>> find_indicator(kind="count", counted="suất quà", near="trao 300 suất quà", wide="")[0]
        'gifts'
    """
    for is_second_look in (False, True):
        for number, rule in _fitting(kind, counted):
            context = wide if is_second_look or rule.is_wide else near
            if rule.context is None and is_second_look:
                continue
            if rule.context is not None and not rule.context.search(context):
                continue
            if rule.forbidden is not None and rule.forbidden.search(context):
                continue
            return rule.indicator, number
    return None
