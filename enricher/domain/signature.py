"""Tells copies of one story: texts that share most of their wording share most of their signature.

In: the lead and the body of an article. Out: a signature: a list of keywords, of which two texts
share the more, the more alike they are (`services.contracts.stories.are_copies`).

The method is MinHash with locality-sensitive hashing (Broder 1997; Leskovec, Rajaraman, Ullman,
Mining of Massive Datasets, chapter 3), by one permutation whose hashes are cut into bins (Li, Owen,
Zhang 2012, One Permutation Hashing), empty bins filled from others (Shrivastava 2017, Optimal
Densification). A hash per shingle, in place of one per shingle and row, is fast enough without
numpy, which the usual library for it (datasketch) needs. What is chosen below was measured by
`make quality`.
"""

import re
from hashlib import blake2b
from typing import Final

from services.lexicon.fold import fold, to_nfc

SHINGLE_WORDS: Final = 3
"""Words (in Vietnamese: syllables) that are looked at together."""

BANDS: Final = 32
ROWS: Final = 3
MINIMUM_SHINGLES: Final = 30
"""A shorter text, such as a picture's caption, says too little to be told from others."""

_BINS: Final = BANDS * ROWS
_HASH_BYTES: Final = 8
_SEED: Final = b"unionwire-1"
"""Part of every hash: another seed makes other signatures, which none of the old ones match."""

_WORD: Final = re.compile(r"\w+")


def sign_text(lead: str, body: str) -> tuple[str, ...]:
    """Return the signature of a text, `BANDS` keywords; () for a text too short to tell.

    The headline does not count, nor do case, punctuation, spacing, paragraphs or spelling variants.

    Example:
        >>> text = " ".join(f"câu thứ {number} của bài" for number in range(20))
        >>> sign_text("", text) == sign_text("CÂU THỨ 0 của bài,", text.split("bài ", 1)[1])
        True
        >>> sign_text("", "ngắn")
        ()
    """
    return sign_folded(fold(to_nfc(f"{lead}\n{body}")))


def sign_folded(text: str) -> tuple[str, ...]:
    """Return the signature of a text that was folded before, as `sign_text` does."""
    words = [word.encode() for word in _WORD.findall(text)]
    shingles = {
        b" ".join(shingle)
        for shingle in zip(*(words[at:] for at in range(SHINGLE_WORDS)), strict=False)
    }
    if len(shingles) < MINIMUM_SHINGLES:
        return ()
    bins = _fill_empty(_find_minima(shingles))
    return tuple(
        _digest(f"{band}:{bins[band * ROWS : (band + 1) * ROWS]}", size=6).hex()
        for band in range(BANDS)
    )


def _digest(text: str, *, size: int) -> bytes:
    return blake2b(text.encode(), digest_size=size, person=_SEED).digest()


def _find_minima(shingles: set[bytes]) -> list[int | None]:
    """Return the smallest hash of each bin; None where no shingle fell."""
    minima: list[int | None] = [None] * _BINS
    hashes = (
        blake2b(shingle, digest_size=_HASH_BYTES, person=_SEED).digest() for shingle in shingles
    )
    for whole in map(int.from_bytes, hashes):
        value, place = divmod(whole, _BINS)
        known = minima[place]
        if known is None or value < known:
            minima[place] = value
    return minima


def _fill_empty(minima: list[int | None]) -> list[int]:
    """Return the bins with each empty one filled from another, chosen by the bin's number alone."""
    filled = []
    for place, minimum in enumerate(minima):
        value, attempt = minimum, 0
        while value is None:
            attempt += 1
            donor = int.from_bytes(_digest(f"{place}:{attempt}", size=_HASH_BYTES)) % _BINS
            value = minima[donor]
        filled.append(value)
    return filled
