"""What changed between two texts, word by word, as a reader reads it.

In: two texts of paragraphs. Out: stretches of paragraphs, unchanged ones together, changed ones cut
into kept, removed and added words. Nothing here is HTML: the template escapes each piece.
"""

import difflib
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["kept", "removed", "added"]

PAIRS_LIMIT: Final = 4_000_000
"""Longer paragraphs are not compared word by word: the time grows with the product of lengths."""
PARAGRAPHS_LIMIT: Final = 3_000
_ALIKE: Final = 0.35
"""Paragraphs that share less are another paragraph, not an edited one."""
_SHORTEST_KEPT_CHARACTERS: Final = 3
"""A lone kept "và" between two changes only makes them harder to read."""
_PARAGRAPH_BREAK: Final = re.compile(r"\n\s*\n")
_WORD: Final = re.compile(r"\d+(?:[.,]\d+)*%?|\w+|\s+|[^\w\s]")


@dataclass(frozen=True)
class Piece:
    """Some words of a paragraph, and what became of them."""

    kind: Kind
    text: str


@dataclass(frozen=True)
class Stretch:
    """Paragraphs that stay, or one that changed; `paragraphs` hold their pieces."""

    is_changed: bool
    paragraphs: tuple[tuple[Piece, ...], ...]


def compare_texts(old: str, new: str) -> tuple[Stretch, ...]:
    """Return the newer text with what was removed and added.

    Example:
        >>> [[(p.kind, p.text) for p in paragraph] for stretch in
        ...     compare_texts("a b", "a c") for paragraph in stretch.paragraphs]
        [[('kept', 'a '), ('removed', 'b'), ('added', 'c')]]
    """
    olds, news = _split(old), _split(new)
    changed: list[tuple[bool, tuple[Piece, ...]]] = []
    matcher = difflib.SequenceMatcher(None, olds, news, autojunk=False)
    for tag, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if tag == "equal":
            changed += [(False, (Piece("kept", text),)) for text in news[new_from:new_to]]
        else:
            changed += [
                (True, pieces)
                for pieces in _compare_runs(olds[old_from:old_to], news[new_from:new_to])
            ]
    stretches = []
    for is_changed, group in itertools.groupby(changed, key=lambda pair: pair[0]):
        paragraphs = tuple(pieces for _, pieces in group)
        if is_changed:
            stretches += [Stretch(is_changed=True, paragraphs=(pieces,)) for pieces in paragraphs]
        else:
            stretches.append(Stretch(is_changed=False, paragraphs=paragraphs))
    return tuple(stretches)


def _split(text: str) -> list[str]:
    paragraphs = [part.strip() for part in _PARAGRAPH_BREAK.split(text) if part.strip()]
    if len(paragraphs) <= PARAGRAPHS_LIMIT:
        return paragraphs
    return [*paragraphs[:PARAGRAPHS_LIMIT], "\n\n".join(paragraphs[PARAGRAPHS_LIMIT:])]


def _compare_runs(olds: Sequence[str], news: Sequence[str]) -> list[tuple[Piece, ...]]:
    """Compare paragraphs that stand in one another's place: each with the next one like it."""
    pairs: list[tuple[Piece, ...]] = []
    waiting = list(olds)
    for new in news:
        place = next((n for n, old in enumerate(waiting) if _is_alike(old, new)), None)
        if place is None:
            pairs.append((Piece("added", new),))
            continue
        pairs += [(Piece("removed", old),) for old in waiting[:place]]
        pairs.append(compare_words(waiting[place], new))
        waiting = waiting[place + 1 :]
    return [*pairs, *((Piece("removed", old),) for old in waiting)]


def _is_alike(old: str, new: str) -> bool:
    olds, news = set(_WORD.findall(old)), set(_WORD.findall(new))
    return len(olds & news) >= _ALIKE * max(len(olds), len(news), 1)


def compare_words(old: str, new: str) -> tuple[Piece, ...]:
    """Return one paragraph with its removed and added words; a number is one word.

    Example:
        >>> [(p.kind, p.text) for p in compare_words("có 1.200 suất", "có 1.250 suất")]
        [('kept', 'có '), ('removed', '1.200'), ('added', '1.250'), ('kept', ' suất')]
    """
    olds, news = _WORD.findall(old), _WORD.findall(new)
    if len(olds) * len(news) > PAIRS_LIMIT:
        return (Piece("removed", old), Piece("added", new))
    pieces: list[Piece] = []
    matcher = difflib.SequenceMatcher(None, olds, news, autojunk=False)
    for tag, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        removed, added = "".join(olds[old_from:old_to]), "".join(news[new_from:new_to])
        if tag == "equal":
            pieces.append(Piece("kept", added))
            continue
        pieces += [Piece("removed", removed)] if removed else []
        pieces += [Piece("added", added)] if added else []
    return _join_choppy(pieces)


def _join_choppy(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """Make one change of changes that only a blank or a scrap stands between."""
    joined: list[Piece] = []
    run: list[Piece] = []

    def flush() -> None:
        removed = "".join(piece.text for piece in run if piece.kind != "added")
        added = "".join(piece.text for piece in run if piece.kind != "removed")
        joined.extend([Piece("removed", removed)] if removed.strip() else [])
        joined.extend([Piece("added", added)] if added.strip() or not removed.strip() else [])
        run.clear()

    for number, piece in enumerate(pieces):
        is_scrap = (
            piece.kind == "kept"
            and len(piece.text.strip()) < _SHORTEST_KEPT_CHARACTERS
            and 0 < number < len(pieces) - 1
        )
        if piece.kind != "kept" or (is_scrap and run):
            run.append(piece)
            continue
        if run:
            flush()
        joined.append(piece)
    if run:
        flush()
    return tuple(joined)


def count_changed(stretches: Sequence[Stretch]) -> int:
    """Return how many paragraphs changed."""
    return sum(stretch.is_changed for stretch in stretches)
