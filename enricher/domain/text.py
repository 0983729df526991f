"""Cuts a text into paragraphs, sentences and tokens without losing its offsets.

In: NFC text of one field. Out: `Paragraph`s; every position is a code point of that field.
"""

import functools
import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Final, Generic, Literal, TypeVar

from services.contracts.figures import TextField
from services.lexicon.fold import fold

Language = Literal["vi", "en", "ko", "other"]
T = TypeVar("T")

TOKEN_PATTERN: Final = re.compile(
    r"(?:usd|vnd|vnđ|eur|krw|gbp|jpy|rmb|cny|us)(?=[\d$])"  # USD5,000 and US$5
    r"|\d+(?:[.,]\d+)*"
    r"|[^\W\d_]+[0-9²³]*"  # m2, Covid19, G20: a digit behind letters is no number
    r"|\S"
)
_SENTENCE_END: Final = re.compile(r"(?:[.!?…]+[\"')\]”’»]*|[。！？])(?=\s)")
_ABBREVIATED: Final = re.compile(
    r"(?:^|[\s(])(?:tp|tx|tt|q|p|h|ths|ts|pgs|gs|bs|ks|kts|nxb|st|mr|mrs|ms|dr|no|vs|inc|ltd|co|"
    r"corp|gen|sen|rep|u\.s|u\.k|e\.g|i\.e|etc|jan|feb|mar|apr|jun|jul|aug|sep|sept|oct|nov|dec|"
    r"[^\W\d_])\.$"
)
_VIETNAMESE_LETTER: Final = re.compile(
    r"[ăâđêôơưàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ]"
)
_ONLY_VIETNAMESE_LETTER: Final = re.compile(
    r"[ăđơưảãạằắẳẵặầấẩẫậẻẽẹềếểễệỉĩịỏõọồốổỗộờớởỡợủũụừứửữựỳỷỹỵ]"
)
_HANGUL: Final = re.compile(r"[\uac00-\ud7a3]")
_OTHER_SCRIPT: Final = re.compile(
    r"[\u0400-\u04ff\u0600-\u06ff\u0e00-\u0e7f\u3040-\u30ff\u4e00-\u9fff]"
)
_LATIN: Final = re.compile(r"[a-z]")
_ENGLISH_WORD: Final = re.compile(
    r"\b(?:the|of|and|to|in|for|with|on|at|by|from|is|are|was|were|has|have|had|that|this|its|"
    r"their|as|an|be|will|workers?|unions?|more|than|after|over|said|says|who|which|not|new|"
    r"per|each|about|nearly|percent|year|million|billion|labou?r|strike|wage|trade)\b"
)
LONGEST_RUN_CHARACTERS: Final = 200
"""A run without spaces this long is no word; patterns must not crawl over it."""

LONGEST_PARAGRAPH_CHARACTERS: Final = 4_000
"""Longer lines are read in parts, so that the cost of links stays linear in the text."""

_LONG_RUN: Final = re.compile(rf"\S{{{LONGEST_RUN_CHARACTERS},}}")
LANGUAGE_SAMPLE_CHARACTERS: Final = 400
"""So much of a paragraph tells its language."""

_MINIMUM_VIETNAMESE_SHARE: Final = 0.06
"""Vietnamese prose has 20 to 30 letters with marks in a hundred; a name or two has fewer."""


@dataclass(slots=True)
class Paragraph:
    """One line of a field: `start` is its offset there; token positions count in the line.

    `low` is the folded shadow of `text`, of equal length. `words[i]` is the folded token that
    spans `starts[i]` to `ends[i]`.
    """

    field: TextField
    index: int
    start: int
    text: str
    low: str
    language: Language
    words: list[str] = dataclass_field(default_factory=list)
    starts: list[int] = dataclass_field(default_factory=list)
    ends: list[int] = dataclass_field(default_factory=list)
    sentences: list[int] = dataclass_field(default_factory=list)
    vocabulary: frozenset[str] = frozenset()
    is_shouting: bool = False
    """Whether the line is all capitals, which then tell nothing."""

    def sentence_span(self, position: int) -> tuple[int, int]:
        """Return the half-open range of the sentence that holds `position`."""
        at = bisect_right(self.sentences, position) - 1
        start = self.sentences[at]
        end = self.sentences[at + 1] if at + 1 < len(self.sentences) else len(self.text)
        return start, end

    def token_at(self, position: int) -> int:
        """Return the index of the first token that ends after `position`."""
        return bisect_right(self.ends, position)

    def is_capital(self, token: int) -> bool:
        """Return whether the token begins with an upper-case letter."""
        return self.text[self.starts[token]].isupper()

    def is_number(self, token: int) -> bool:
        """Return whether the token begins with a digit."""
        return self.low[self.starts[token]].isdecimal()

    def touches(self, token: int) -> bool:
        """Return whether no space stands between the token and the one before."""
        return token > 0 and self.starts[token] == self.ends[token - 1]


def detect_language(text: str) -> Language:
    """Return the language of one paragraph by script, marks and small words.

    Example:
        >>> detect_language("Công đoàn cơ sở ký thỏa ước mới")
        'vi'
        >>> detect_language("The union said 300 workers joined the strike")
        'en'
    """
    return _detect_language(text[:LANGUAGE_SAMPLE_CHARACTERS])


@functools.lru_cache(maxsize=1024)  # each line is asked for twice: alone, and for its article
def _detect_language(sample: str) -> Language:
    low = sample.lower()
    latin = len(_LATIN.findall(low))
    marked = len(_VIETNAMESE_LETTER.findall(low))
    hangul = len(_HANGUL.findall(low))
    other = len(_OTHER_SCRIPT.findall(low))
    letters = latin + marked
    if hangul and hangul * 2 >= letters:
        return "ko"
    if other > letters:
        return "other"
    only_vietnamese = len(_ONLY_VIETNAMESE_LETTER.findall(low))
    if only_vietnamese and marked >= _MINIMUM_VIETNAMESE_SHARE * letters:
        return "vi"
    words = len(low.split())
    english = len(_ENGLISH_WORD.findall(low))
    if english and english * 12 >= words:
        return "en"
    if marked:
        return "vi" if only_vietnamese or not _looks_romance(low) else "other"
    return "en" if english or not words else "other"


def _looks_romance(low: str) -> bool:
    return (
        len(re.findall(r"\b(?:le|la|les|des|el|los|de|que|und|der|die|das|il|di|per)\b", low)) > 1
    )


def _sentence_starts(text: str, low: str) -> list[int]:
    starts = [0]
    for match in _SENTENCE_END.finditer(text):
        end = match.end()
        head = low[max(starts[-1], match.start() - 8) : match.start() + 1]
        following = text[end : end + 40].lstrip()
        if not following or following[0].islower():
            continue
        if match.group()[0] == "." and len(match.group()) == 1 and _ABBREVIATED.search(head):
            continue
        starts.append(end + len(text[end : end + 40]) - len(following))
    return starts


def _split_line(line: str) -> list[str]:
    """Cut an overlong line behind a sentence, else at a space, else anywhere."""
    parts = []
    while len(line) > LONGEST_PARAGRAPH_CHARACTERS:
        cut = line.rfind(". ", 0, LONGEST_PARAGRAPH_CHARACTERS) + 1
        cut = (
            cut or line.rfind(" ", 0, LONGEST_PARAGRAPH_CHARACTERS) or LONGEST_PARAGRAPH_CHARACTERS
        )
        cut = LONGEST_PARAGRAPH_CHARACTERS if cut < 0 else cut
        parts.append(line[:cut])
        line = line[cut:]
    return [*parts, line]


def _vocabulary(words: list[str]) -> frozenset[str]:
    """Return the words of a paragraph with marks for what numbers it holds.

    "<digit>", "<year>", "<dots>" (as in 20.10.2025) and "<hour>" (as in 17h30) let the patterns
    that need one be skipped.
    """
    marks = set(words)
    for word in tuple(marks):
        if word[0].isdecimal():
            marks.add("<digit>")
            if len(word) == 4 and word[:2] in {"19", "20"}:  # noqa: PLR2004 - a year
                marks.add("<year>")
            elif word.count(".") > 1:
                marks.add("<dots>")
        elif word[0] in "hg" and (len(word) == 1 or word[1:].isdecimal()):
            marks.add("<hour>")
    return frozenset(marks)


def read_paragraphs(
    name: TextField, text: str, *, inherited: Language | None = None
) -> list[Paragraph]:
    """Return the non-empty lines of the NFC `text` of the field `name`.

    `inherited` is the language of lines too short to tell, such as "Tag" or a bare number.
    """
    paragraphs: list[Paragraph] = []
    offset = 0
    for line in text.split("\n"):
        for part in _split_line(line):
            if part.strip():
                paragraphs.append(_read_paragraph(name, len(paragraphs), offset, part, inherited))
            offset += len(part)
        offset += 1
    return paragraphs


def _read_paragraph(
    name: TextField, index: int, offset: int, line: str, inherited: Language | None
) -> Paragraph:
    readable = _LONG_RUN.sub(lambda match: " " * len(match.group()), line)
    low = fold(readable)
    language = detect_language(readable)
    is_short = len(line) < 40  # noqa: PLR2004 - too short to tell its language
    if language == "other" and inherited and is_short and not _OTHER_SCRIPT.search(line):
        language = inherited
    paragraph = Paragraph(name, index, offset, readable, low, language)
    paragraph.is_shouting = readable.isupper()
    for match in TOKEN_PATTERN.finditer(low):
        paragraph.words.append(match.group())
        paragraph.starts.append(match.start())
        paragraph.ends.append(match.end())
    paragraph.sentences = _sentence_starts(readable, low)
    paragraph.vocabulary = _vocabulary(paragraph.words)
    return paragraph


class Phrases(Generic[T]):
    """Finds the longest phrase of a table at a token, forwards or backwards.

    Example:
        >>> table = Phrases({"ít nhất": "gte", "nhất": "?"})
        >>> table.match(["ít", "nhất", "5"], 0)
        (2, 'gte')
        >>> table.match_before(["ít", "nhất", "5"], 2)
        (0, 'gte')
    """

    def __init__(self, table: Mapping[str, T]) -> None:
        self._single: dict[str, T] = {}
        self._first: dict[str, dict[str, list[tuple[tuple[str, ...], T]]]] = {}
        self._last: dict[str, list[tuple[tuple[str, ...], T]]] = {}
        for phrase, payload in table.items():
            words = tuple(TOKEN_PATTERN.findall(fold(phrase)))
            if len(words) == 1:
                self._single[words[0]] = payload
            else:
                self._first.setdefault(words[0], {}).setdefault(words[1], []).append(
                    (words, payload)
                )
            self._last.setdefault(words[-1], []).append((words, payload))
        for entries in (*(e for seconds in self._first.values() for e in seconds.values()),
                        *self._last.values()):  # fmt: skip
            entries.sort(key=lambda entry: -len(entry[0]))

        self.openers = frozenset((*self._first, *self._single))
        """The words that phrases of the table begin with."""

    def opens(self, word: str) -> bool:
        """Return whether a phrase of the table begins with the word."""
        return word in self.openers

    def match(self, words: list[str], at: int) -> tuple[int, T] | None:
        """Return the token after the longest phrase that begins at `at`, and its payload."""
        if at >= len(words):
            return None
        seconds = self._first.get(words[at])
        if seconds is not None and at + 1 < len(words):
            for phrase, payload in seconds.get(words[at + 1], ()):
                stop = at + len(phrase)
                if len(phrase) == 2 or tuple(words[at:stop]) == phrase:  # noqa: PLR2004
                    return stop, payload
        if words[at] in self._single:
            return at + 1, self._single[words[at]]
        return None

    def match_before(self, words: list[str], stop: int) -> tuple[int, T] | None:
        """Return the first token of the longest phrase that ends before `stop`, and its payload."""
        if stop <= 0 or stop > len(words):
            return None
        for phrase, payload in self._last.get(words[stop - 1], ()):
            start = stop - len(phrase)
            if start >= 0 and (len(phrase) == 1 or tuple(words[start:stop]) == phrase):
                return start, payload
        return None


def phrase_words(paragraph: Paragraph, start: int, stop: int) -> str:
    """Return the source text of the tokens [start, stop)."""
    return paragraph.text[paragraph.starts[start] : paragraph.ends[stop - 1]]
