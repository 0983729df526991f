"""Mends a mistyped query by the words that the articles know.

In: the words of a query, and what Elasticsearch's phrase suggester makes of them. Out: the query
with the words that were meant. Syllables are compared without diacritics, for these are optional;
what a reader spelt with diacritics gets them back, as the articles write the syllable.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from services.contracts.documents import SPELLING_FIELD
from services.lexicon.fold import strip_diacritics
from services.search.domain.query import (
    Clause,
    Node,
    Phrase,
    Words,
    is_accented,
    list_positive,
)

FEW_ARTICLES: Final = 3
"""More found than this: the query is taken as meant."""
_TIMES_MORE: Final = 3
"""How many times as much a mended query must find, to be worth asking about."""
_RUNS_LIMIT: Final = 4
_ERRORS_LIMIT: Final = 2
"""Syllables of one run that may be mistyped."""
_HAS_DIGIT: Final = re.compile(r"\d")
_SYLLABLE: Final = re.compile(r"\w+")


def build_suggest(node: Node | None) -> dict[str, Clause]:
    """Return the suggesters, one a run of words, by the place of the run in the query.

    Example:
        >>> list(build_suggest(Words("cong daon")))
        ['0']
    """
    generator = {
        "field": SPELLING_FIELD,
        "suggest_mode": "always",
        "max_edits": 2,
        "prefix_length": 0,
        "min_word_length": 2,
        "size": 10,
    }
    return {
        str(number): {
            "text": leaf.text,
            "phrase": {
                "field": SPELLING_FIELD,
                "gram_size": 2,
                "size": 3,
                "max_errors": _ERRORS_LIMIT,
                "confidence": 1.0,
                "direct_generator": [generator],
            },
        }
        for number, leaf in enumerate(_list_runs(node))
    }


def _list_runs(node: Node | None) -> tuple[Words | Phrase, ...]:
    return tuple(dict.fromkeys(list_positive(node)))[:_RUNS_LIMIT]


def mend(text: str, node: Node | None, suggested: Mapping[str, Any]) -> str | None:
    """Return the query with its mistyped runs replaced, without diacritics; None: as it is.

    `suggested` is the `suggest` section of Elasticsearch's answer to `build_suggest`. Numbers are
    never mended: another number is another question.

    Example:
        >>> answer = {"0": [{"options": [{"text": "cong doan"}]}]}
        >>> mend("cong daon -thuong", Words("cong daon"), answer)
        'cong doan -thuong'
    """
    mended = " ".join(text.split())
    for number, run in enumerate(_list_runs(node)):
        options = [
            option["text"]
            for found in suggested.get(str(number), ())
            for option in found["options"]
        ]
        better = next((o for o in options if _keeps_numbers(run.text, o)), None)
        if better is not None:
            mended = mended.replace(run.text, better, 1)
    return mended if mended != " ".join(text.split()) else None


def _keeps_numbers(run: str, option: str) -> bool:
    def list_numbers(words: str) -> list[str]:
        return [word for word in _SYLLABLE.findall(words) if _HAS_DIGIT.search(word)]

    return not list_numbers(run) or list_numbers(run) == list_numbers(option)


def is_worth_asking(*, found: int, mended_found: int) -> bool:
    """Return whether a mended query finds so much more that it may have been meant.

    Example:
        >>> is_worth_asking(found=0, mended_found=1), is_worth_asking(found=2, mended_found=5)
        (True, False)
    """
    return mended_found > found * _TIMES_MORE


def spell_as_written(typed: str, mended: str, texts: Iterable[str]) -> str:
    """Return a mended query with the diacritics that its author would have typed.

    Syllables that were right stay as typed; the others are spelt as `texts` mostly spell them,
    when the author uses diacritics at all.

    Example:
        >>> spell_as_written("lương tối thiểu vùgn", "luong toi thieu vung", ["Vùng I", "vùng II"])
        'lương tối thiểu vùng'
    """
    if not is_accented(typed):
        return mended
    known: dict[str, str] = {strip_diacritics(word): word for word in _SYLLABLE.findall(typed)}
    written: dict[str, Counter[str]] = {}
    for text in texts:
        for word in _SYLLABLE.findall(text.lower()):
            written.setdefault(strip_diacritics(word), Counter())[word] += 1

    def spell(match: re.Match[str]) -> str:
        word: str = match.group()
        if is_accented(word) or word in known:
            return known.get(word, word)
        return written[word].most_common(1)[0][0] if word in written else word

    return _SYLLABLE.sub(spell, mended)


def list_marked(fragments: Sequence[str], opens: str, closes: str) -> list[str]:
    """Return what is marked in fragments: the words as the articles write them.

    Example:
        >>> list_marked(["a <b> c"], "<", ">")
        ['b']
    """
    pattern = re.compile(f"{re.escape(opens)}(.*?){re.escape(closes)}", re.DOTALL)
    return [marked for fragment in fragments for marked in pattern.findall(fragment)]
