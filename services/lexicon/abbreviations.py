"""Short forms of the field ("LĐLĐ", "CNVCLĐ", "TP.HCM") and what they stand for.

In: words as people write them. Out: the other ways to write the same thing.
Data: abbreviations.tsv.
"""

import functools
import re
from typing import Final

from services.lexicon.fold import fold, strip_diacritics, to_nfc
from services.lexicon.tables import read_table

QUERY_LIMIT_CHARACTERS: Final = 1_000
VARIANTS_LIMIT: Final = 8
"""How many other ways of writing one query we return at most."""

_SHORTEST_PLAIN_ABBREVIATION: Final = 3
"""Without diacritics, two letters ("tp", "cd") say too little to be expanded."""


@functools.cache
def _expansions() -> dict[str, tuple[str, ...]]:
    table: dict[str, tuple[str, ...]] = {}
    for abbreviation, expansion in read_table("abbreviations.tsv"):
        table[abbreviation] = (*table.get(abbreviation, ()), expansion)
    return table


@functools.cache
def _rewrites() -> tuple[dict[str, tuple[str, ...]], re.Pattern[str]]:
    """Return what to put in place of a folded phrase, and the pattern that finds the phrases."""
    found: dict[str, list[str]] = {}
    for short, longs in _expansions().items():
        for long in longs:
            pairs = [(fold(short), long), (fold(long), short)]
            if len(short) >= _SHORTEST_PLAIN_ABBREVIATION:
                pairs.append((strip_diacritics(short), long))
            if " " in long:
                pairs.append((strip_diacritics(long), short))
            for key, value in pairs:
                if value not in found.setdefault(key, []):
                    found[key].append(value)
    phrases = sorted(found, key=len, reverse=True)
    # People leave out the commas of "công nhân, viên chức, lao động".
    written = (re.escape(phrase).replace(r",\ ", r",?\ ") for phrase in phrases)
    pattern = re.compile(r"(?<![\w])(?:" + "|".join(written) + r")(?![\w])")
    return {_drop_commas(key): tuple(values) for key, values in found.items()}, pattern


def _drop_commas(phrase: str) -> str:
    return phrase.replace(", ", " ")


def expand_abbreviation(word: str) -> tuple[str, ...]:
    """Return what the abbreviation `word` stands for, the likelier first; () when unknown.

    Example:
        >>> expand_abbreviation("CĐCS")
        ('công đoàn cơ sở',)
    """
    return _expansions().get(to_nfc(word), ())


def expand_abbreviations(query: str) -> tuple[str, ...]:
    """Return other ways to write `query`: short forms spelt out, long forms shortened.

    Reads with and without diacritics and in any case. The first variant has every known phrase
    rewritten; the others rewrite one phrase each. The query itself is not among them; a query
    without known phrases gives ().

    Example:
        >>> expand_abbreviations("LĐLĐ Hải Phòng")
        ('Liên đoàn Lao động Hải Phòng',)
        >>> expand_abbreviations("lien doan lao dong ha noi")
        ('LĐLĐ ha noi',)
        >>> expand_abbreviations("công nhân viên chức lao động Huế")[0]
        'CNVCLĐ Huế'
        >>> expand_abbreviations("tiền lương")
        ()
    """
    text = to_nfc(query)[:QUERY_LIMIT_CHARACTERS]
    rewrites, pattern = _rewrites()
    hits = list(pattern.finditer(fold(text)))
    if not hits:
        return ()

    def rewrite(chosen: dict[int, str]) -> str:
        parts, end = [], 0
        for hit in hits:
            parts += [text[end : hit.start()], chosen.get(hit.start(), text[slice(*hit.span())])]
            end = hit.end()
        return "".join([*parts, text[end:]])

    others = {hit.start(): rewrites[_drop_commas(hit.group())] for hit in hits}
    variants = [rewrite({start: found[0] for start, found in others.items()})]
    for start, found in others.items():
        variants += [rewrite({start: other}) for other in found]
    return tuple(dict.fromkeys(v for v in variants if v != text))[:VARIANTS_LIMIT]
