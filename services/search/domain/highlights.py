"""Highlighted fragments made fit to read.

In: fragments from Elasticsearch, with each found syllable between two private characters. Out:
runs of text, marked or not. Vietnamese words are several syllables, so neighbouring marks become
one, and a lone syllable ("công" of "công việc") is not marked where the phrase itself was found.
"""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from services.lexicon.abbreviations import expand_abbreviations
from services.lexicon.fold import fold, strip_diacritics
from services.search.domain.query import Node, is_accented, list_positive, list_syllables

MARK_OPENS, MARK_CLOSES = "\ue000", "\ue001"
"""Private-use characters: no article needs them, and one that has them only loses a mark."""

SNIPPET_LIMIT_CHARACTERS = 320
_FRAGMENT_LIMIT_CHARACTERS = 190
_LEAD_IN_CHARACTERS = 60
"""What is shown before the first mark of a sentence that is too long to be shown whole."""
_SHORTEST_FRAGMENT_CHARACTERS = 60
"""Less room than this is not worth one more fragment."""

_MARKED = re.compile(f"{MARK_OPENS}([^{MARK_OPENS}{MARK_CLOSES}]*){MARK_CLOSES}")
_STRAY = re.compile(f"[{MARK_OPENS}{MARK_CLOSES}]")
_GAP = re.compile(r"[\s.-]*")
_SYLLABLE = re.compile(r"\w+")
Pairs = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Run:
    """A piece of a fragment, marked as found or not."""

    text: str
    is_marked: bool = False


def read_fragment(fragment: str, pairs: Pairs = frozenset()) -> tuple[Run, ...]:
    """Read one fragment; neighbouring marks that were asked for in this order become one.

    `pairs` are the pairs of syllables of the query, without diacritics.

    Example:
        >>> read_fragment("của \ue000công\ue001 \ue000đoàn\ue001 \ue000công\ue001 ty",
        ...     frozenset({("cong", "doan")}))[1:4]
        (Run(text='công đoàn', is_marked=True), Run(text=' ', is_marked=False), \
Run(text='công', is_marked=True))
    """
    pieces = [
        Run(_STRAY.sub("", piece), bool(number % 2))
        for number, piece in enumerate(_MARKED.split(fragment))
    ]
    runs: list[Run] = []
    for piece in pieces:
        if not piece.text:
            continue
        if piece.is_marked and _continues(runs, piece.text, pairs):
            gap = runs.pop() if not runs[-1].is_marked else Run("")
            runs[-1] = Run(runs[-1].text + gap.text + piece.text, is_marked=True)
        else:
            runs.append(piece)
    return tuple(runs)


def _continues(runs: Sequence[Run], text: str, pairs: Pairs) -> bool:
    """Return whether a found syllable goes on with the marked run before it."""
    if not runs:
        return False
    if not runs[-1].is_marked and not _GAP.fullmatch(runs[-1].text):
        return False
    before = runs[-1] if runs[-1].is_marked else runs[-2] if len(runs) > 1 else None
    if before is None or not before.is_marked:
        return False
    last, first = _SYLLABLE.findall(before.text)[-1:], _SYLLABLE.findall(text)[:1]
    pair = tuple(strip_diacritics(fold(syllable)) for syllable in (*last, *first))
    return pair in pairs


def tidy_fragments(fragments: Sequence[str], node: Node | None) -> tuple[tuple[Run, ...], ...]:
    """Read the fragments of one article, and keep the marks that mean what was asked.

    Where the asked spelling is found, other spellings lose their marks; where several syllables
    are found together, lone syllables lose theirs, except abbreviations and those asked for alone.

    Example:
        >>> from services.search.domain.query import Words
        >>> found = ["\ue000công\ue001 việc", "\ue000công\ue001 \ue000đoạn\ue001",
        ...     "\ue000công\ue001 \ue000đoàn\ue001"]
        >>> [[r.text for r in runs if r.is_marked]
        ...     for runs in tidy_fragments(found, Words("công đoàn"))]
        [[], [], ['công đoàn']]
    """
    syllables = list_syllables(node)
    spellings = {syllable for run in syllables for syllable in run}
    pairs = frozenset(
        (strip_diacritics(first), strip_diacritics(second))
        for run in syllables
        for first, second in itertools.pairwise(run)
    )
    lone = {
        strip_diacritics(leaf.text)
        for leaf in list_positive(node)
        if len(_SYLLABLE.findall(leaf.text)) == 1
    } | {strip_diacritics(word) for word in spellings if expand_abbreviations(word)}
    is_spelt = any(is_accented(leaf.text) for leaf in list_positive(node))

    def has_spelling(text: str) -> bool:
        return not is_spelt or all(s in spellings for s in _SYLLABLE.findall(fold(text)))

    def is_whole(text: str) -> bool:
        return len(_SYLLABLE.findall(text)) > 1 or strip_diacritics(fold(text)) in lone

    read = [read_fragment(fragment, pairs) for fragment in fragments]
    marked = {run.text for runs in read for run in runs if run.is_marked}
    whole = {text for text in marked if is_whole(text)} or marked
    kept = {text for text in whole if has_spelling(text)} or whole
    return tuple(_join_plain(runs, kept) for runs in read)


def _join_plain(runs: Sequence[Run], kept: set[str]) -> tuple[Run, ...]:
    joined: list[Run] = []
    for run in runs:
        is_marked = run.is_marked and run.text in kept
        if joined and not is_marked and not joined[-1].is_marked:
            joined[-1] = Run(joined[-1].text + run.text)
        else:
            joined.append(Run(run.text, is_marked))
    return tuple(joined)


def choose_snippet(
    fragments: Sequence[tuple[Run, ...]], *, limit: int = SNIPPET_LIMIT_CHARACTERS
) -> tuple[tuple[Run, ...], ...]:
    """Return the fragments with marks, in their order, within a length; else the first fragment.

    Example:
        >>> choose_snippet([(Run("đầu bài"),), (Run("có "), Run("lương", True))])
        ((Run(text='có ', is_marked=False), Run(text='lương', is_marked=True)),)
    """
    fragments = [f for f in fragments if any(run.text.strip() for run in f)]
    found = [f for f in fragments if any(run.is_marked for run in f)]
    chosen: list[tuple[Run, ...]] = []
    room = limit
    for fragment in found or fragments[:1]:
        if chosen and room < _SHORTEST_FRAGMENT_CHARACTERS:
            break
        size = min(room, _FRAGMENT_LIMIT_CHARACTERS) if found else room
        begun = _begin_near_mark(fragment, size, opens="" if chosen else "…")
        chosen.append(_cut(begun, size))
        room -= sum(len(run.text) for run in chosen[-1])
    return tuple(chosen)


def _begin_near_mark(fragment: tuple[Run, ...], limit: int, *, opens: str) -> tuple[Run, ...]:
    """Drop the beginning of a sentence whose first mark would be cut off, at a word's end."""
    place = next((n for n, run in enumerate(fragment) if run.is_marked), 0)
    before = "".join(run.text for run in fragment[:place])
    marked = len(fragment[place].text) if fragment else 0
    if len(before) + marked <= limit or len(before) <= _LEAD_IN_CHARACTERS:
        return fragment
    kept = before[-min(_LEAD_IN_CHARACTERS, limit // 3) :]
    return (Run(opens + kept.partition(" ")[2]), *fragment[place:])


def _cut(fragment: tuple[Run, ...], limit: int) -> tuple[Run, ...]:
    """Shorten a fragment, at a word's end where there is one."""
    cut: list[Run] = []
    for run in fragment:
        if len(run.text) > limit:
            head = run.text[:limit]
            whole_words = head[: head.rfind(" ")] if " " in head else head
            cut.append(Run(whole_words.rstrip() + "…", run.is_marked))
            break
        cut.append(Run(run.text.replace("\n", " "), run.is_marked))
        limit -= len(run.text)
    return tuple(cut)
