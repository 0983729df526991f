r"""Plain text: one normal form for titles, paragraphs and whole bodies.

In: text as pages hold it. Out: NFC text without control characters, and its caps.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

BODY_LIMIT_BYTES = 1_500_000
"""Room for the rest of an event below Kafka's 2 MiB, also in four-byte scripts."""

_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064"
    "\u2066-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_LINE_BREAK = re.compile(r"[ ]*\n[ ]*")
_SPACE = re.compile(r"[^\S\n]+")


def clean_line(text: str) -> str:
    r"""Return a text on one line: NFC, white space folded, invisible characters gone.

    Example:
        >>> clean_line(" Công\u00a0đoàn \n Hà\u200bNội ")
        'Công đoàn HàNội'
    """
    return " ".join(_normalise(text).split())


def clean_paragraph(text: str) -> str:
    r"""Return a paragraph: as `clean_line`, but its own line breaks are kept, once each.

    Example:
        >>> clean_paragraph(" a  b \n\n c ")
        'a b\nc'
    """
    text = _normalise(text)
    if "\n" not in text:
        return " ".join(text.split())
    folded = _LINE_BREAK.sub("\n", _SPACE.sub(" ", text))
    return "\n".join(line for line in folded.strip().split("\n") if line.strip())


def join_paragraphs(paragraphs: Iterable[str]) -> str:
    r"""Return a body: non-empty paragraphs, separated by a blank line.

    Example:
        >>> join_paragraphs(["a", " ", "b"])
        'a\n\nb'
    """
    cleaned = (clean_paragraph(paragraph) for paragraph in paragraphs)
    return "\n\n".join(paragraph for paragraph in cleaned if paragraph)


@dataclass(frozen=True)
class Capped:
    """A text cut to what an event takes."""

    text: str
    is_truncated: bool


def cap(text: str, *, limit_characters: int, limit_bytes: int = BODY_LIMIT_BYTES) -> Capped:
    """Cut a text at a number of characters and of UTF-8 bytes, never within a character.

    Example:
        >>> cap("đoàn viên", limit_characters=4)
        Capped(text='đoàn', is_truncated=True)
    """
    cut = text[:limit_characters]
    if len(cut) * 4 > limit_bytes:
        cut = cut.encode()[:limit_bytes].decode(errors="ignore")
    return Capped(
        text=cut.rstrip() if len(cut) < len(text) else cut, is_truncated=len(cut) < len(text)
    )


def fold(text: str) -> str:
    """Return a text without case and diacritics, to compare headings and names.

    Example:
        >>> fold("  Có thể bạn QUAN TÂM: ")
        'co the ban quan tam:'
        >>> fold("관련 기사") == "관련 기사"
        True
    """
    if text.isascii():
        return " ".join(text.casefold().split())
    decomposed = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    return unicodedata.normalize("NFC", " ".join(plain.split()))  # Hangul in syllables again


def _normalise(text: str) -> str:
    if text.isprintable():  # nothing invisible, no line breaks: most texts
        return text if text.isascii() else unicodedata.normalize("NFC", text)
    return unicodedata.normalize("NFC", _INVISIBLE.sub("", text.replace("\r\n", "\n")))
