"""The words that the grammar of figures knows, read from the lexicon's tables.

In: units.tsv, comparators.tsv, noun_words.tsv. Out: look-ups by token.
"""

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from enricher.domain.text import Phrases
from services.contracts.figures import Comparator, FigureKind
from services.lexicon.fold import fold
from services.lexicon.tables import read_table

NOT_DONG: Final = frozenset(
    fold(word)
    for word in [
        "chí",
        "bào",
        "đội",
        "nghiệp",
        "hồ",
        "phục",
        "minh",
        "hành",
        "loạt",
        "bộ",
        "ý",
        "thuận",
        "bằng",
        "lòng",
        "hương",
        "tháp",
        "nai",
        "hới",
        "xoài",
        "diễn",
        "ca",
        "hóa",
        "tâm",
        "cảm",
        "sự",
        "thanh",
        "tính",
        "đều",
        "văn",
        "nát",
        "ruộng",
        "rẫy",
        "cỏ",
    ]
)
"""Words that make "đồng" part of another word: "5 đồng chí" are comrades."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of measure and the kind of figure that it makes."""

    kind: FigureKind
    code: str


@functools.cache
def units() -> Phrases[Unit]:
    """Return the units that stand behind a number."""
    table = {}
    for kind, code, phrases in read_table("units.tsv"):
        for phrase in phrases.split(";"):
            table[phrase.strip()] = Unit(FigureKind(kind), code)
    return Phrases(table)


@functools.cache
def leading_currencies() -> Phrases[str]:
    """Return the currencies that may stand before a number: "VND 500,000", "US$5"."""
    table = {}
    for kind, code, phrases in read_table("units.tsv"):
        for phrase in phrases.split(";"):
            word = phrase.strip()
            if kind == "money" and (word.isupper() or not word.isalpha()) and " " not in word:
                table[word] = code
    return Phrases(table)


@functools.cache
def comparators(position: str) -> Phrases[Comparator]:
    """Return the comparator words "before" or "after" a number."""
    table = {}
    for place, comparator, phrases in read_table("comparators.tsv"):
        if place == position:
            for phrase in phrases.split(";"):
                table[phrase.strip()] = Comparator(comparator)
    return Phrases(table)


@functools.cache
def noun_words(name: str) -> Phrases[str]:
    """Return the phrases of one class of noun_words.tsv."""
    rows = dict(row for row in read_table("noun_words.tsv") if len(row) == 2)  # noqa: PLR2004
    return phrase_table(phrase.strip() for phrase in rows[name].split(";"))


def phrase_table(phrases: Iterable[str]) -> Phrases[str]:
    """Return a table in which each phrase is its own payload."""
    return Phrases({phrase: fold(phrase) for phrase in phrases})


def folded_set(words: str, *, separator: str | None = None) -> frozenset[str]:
    """Return the folded words of a string."""
    return frozenset(fold(word.strip()) for word in words.split(separator))
