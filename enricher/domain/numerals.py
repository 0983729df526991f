"""Reads numerals: digits in three styles, number words, and the scale words behind them.

In: the tokens of a paragraph. Out: the numeral at a token, with its value as `Decimal`.

Styles: Vietnamese groups with "." and marks decimals with ","; English and Korean the other way
round. A count with exactly three digits behind its only mark is a grouped integer in any style,
for nobody counts people in thousandths.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from enricher.domain.text import Paragraph

DIGITS_LIMIT: Final = 18
"""Longer strings of digits are account numbers and codes, not amounts."""

_GROUPED: Final = re.compile(r"\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*")
_TWO_MARKS: Final = re.compile(r"(\d{1,3}(?:([.,])\d{3})+)(?!\2)[.,](\d+)")
_ONE_MARK: Final = re.compile(r"(\d+)([.,])(\d+)")

VIETNAMESE_SCALES: Final = {
    "chục": Decimal(10),
    "trăm": Decimal(100),
    "nghìn": Decimal(1_000),
    "ngàn": Decimal(1_000),
    "vạn": Decimal(10_000),
    "triệu": Decimal(1_000_000),
    "tỉ": Decimal(1_000_000_000),
}
ENGLISH_SCALES: Final = {
    "dozen": Decimal(12),
    "hundred": Decimal(100),
    "thousand": Decimal(1_000),
    "million": Decimal(1_000_000),
    "mn": Decimal(1_000_000),
    "mln": Decimal(1_000_000),
    "billion": Decimal(1_000_000_000),
    "bn": Decimal(1_000_000_000),
    "trillion": Decimal(1_000_000_000_000),
}
_ATTACHED_SCALES: Final = {
    "k": Decimal(1_000),
    "tr": Decimal(1_000_000),
    "m": Decimal(1_000_000),
    "b": Decimal(1_000_000_000),
}
_VIETNAMESE_DIGITS: Final = {
    "một": 1, "mốt": 1, "hai": 2, "ba": 3, "bốn": 4, "tư": 4, "năm": 5, "lăm": 5, "nhăm": 5,
    "sáu": 6, "bảy": 7, "bẩy": 7, "tám": 8, "chín": 9, "không": 0,
}  # fmt: skip
_NEVER_FIRST: Final = frozenset({"mốt", "tư", "lăm", "nhăm", "không"})
ENGLISH_SMALL: Final = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14,
    "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
_ENGLISH_TENS: Final = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70,
    "eighty": 80, "ninety": 90,
}  # fmt: skip
_VAGUE_BEFORE: Final = frozenset({"hàng", "vài", "mấy", "nhiều", "cả", "dăm", "chừng"})
_ROUND_AFTER: Final = frozenset({"gần", "hơn", "trên", "ngót", "khoảng", "cả"})
_LOOSE_BEFORE: Final = frozenset({"dăm", "vài", "đôi"})
_VAGUE_ENGLISH: Final = {
    "dozens": Decimal(10), "scores": Decimal(10), "tens": Decimal(10), "hundreds": Decimal(100),
    "thousands": Decimal(1_000), "millions": Decimal(1_000_000),
    "billions": Decimal(1_000_000_000),
}  # fmt: skip


NUMERAL_OPENERS: Final = frozenset(
    {
        *_VIETNAMESE_DIGITS, "mười", *_VAGUE_BEFORE, *VIETNAMESE_SCALES, *ENGLISH_SMALL,
        *_ENGLISH_TENS, *_VAGUE_ENGLISH, "a",
    }
)  # fmt: skip
"""The words that a numeral may begin with; all others open none."""


@dataclass(frozen=True, slots=True)
class Numeral:
    """A numeral at tokens [first, stop): `value` is None when vague, and `magnitude` its scale.

    `scale` is the product of the scale words; `base` the value before them. `is_ambiguous` marks
    digits that read otherwise when they do not count things, with `other` the other reading.
    """

    first: int
    stop: int
    value: Decimal | None
    scale: Decimal = Decimal(1)
    is_words: bool = False
    magnitude: Decimal | None = None
    other: Decimal | None = None

    @property
    def is_vague(self) -> bool:
        """Whether the text names no number, only its scale."""
        return self.value is None


def parse_digits(digits: str, *, decimal_mark: str) -> tuple[Decimal, Decimal | None] | None:  # noqa: PLR0911 - a case of the grammar each
    """Return the value of `digits` and, when there is one, the reading in the other style.

    Example:
        >>> parse_digits("1.250", decimal_mark=",")
        (Decimal('1250'), Decimal('1.250'))
        >>> parse_digits("12.8", decimal_mark=",")
        (Decimal('12.8'), None)
        >>> parse_digits("1.2.3", decimal_mark=",") is None
        True
    """
    if sum(c.isdecimal() for c in digits) > DIGITS_LIMIT or not digits.isascii():
        return None
    if digits.isdecimal():
        return Decimal(digits), None
    if both := _TWO_MARKS.fullmatch(digits):
        integer = re.sub(r"[.,]", "", both[1])
        return Decimal(f"{integer}.{both[3]}"), None
    if grouped := _GROUPED.fullmatch(digits):
        whole = Decimal(re.sub(r"[.,]", "", digits))
        if digits.count(grouped[1]) > 1:
            return whole, None
        fraction = Decimal(digits.replace(",", "."))
        if digits.startswith("0"):
            return fraction, None
        return (fraction, whole) if grouped[1] == decimal_mark else (whole, fraction)
    if one := _ONE_MARK.fullmatch(digits):
        return Decimal(f"{one[1]}.{one[3]}"), None
    return None


def read_numeral(paragraph: Paragraph, at: int) -> Numeral | None:
    """Return the longest numeral that begins at token `at`."""
    if paragraph.is_number(at):
        return _read_literal(paragraph, at)
    if paragraph.language == "vi":
        return (
            _read_vague_vietnamese(paragraph, at)
            or _read_round_vietnamese(paragraph, at)
            or _read_vietnamese_words(paragraph, at)
        )
    if paragraph.language == "en":
        return _read_vague_english(paragraph, at) or _read_english_words(paragraph, at)
    return None


def _read_scales(paragraph: Paragraph, at: int) -> tuple[int, Decimal]:
    """Return the token behind the scale words at `at`, and their product."""
    words, scale = paragraph.words, Decimal(1)
    if at < len(words) and paragraph.touches(at) and words[at] in _ATTACHED_SCALES:
        attached = words[at]
        is_metre = attached in {"m", "b"} and paragraph.language != "en"
        if not is_metre:
            return at + 1, _ATTACHED_SCALES[attached]
    scales = VIETNAMESE_SCALES if paragraph.language != "en" else ENGLISH_SCALES
    if (
        at + 1 < len(words)
        and words[at] == "-"
        and words[at + 1] in ENGLISH_SCALES
        and paragraph.touches(at + 1)
    ):
        at += 1
    while at < len(words) and words[at] in scales and scale < Decimal(10**12):
        if words[at] == "trăm" and scale > 1:
            break
        if (
            paragraph.is_capital(at)
            and scale == 1
            and paragraph.text[paragraph.starts[at] :][1:2].islower()
        ):
            break
        scale *= scales[words[at]]
        at += 1
    if (
        scale == 1
        and paragraph.language != "en"
        and at < len(words)
        and words[at] in ENGLISH_SCALES
    ):
        return at + 1, ENGLISH_SCALES[words[at]]
    return at, scale


def _join_spaced_groups(paragraph: Paragraph, at: int) -> tuple[int, str]:
    """Join "1 250 000", typed with spaces between the groups."""
    words, stop = paragraph.words, at + 1
    digits = words[at]
    if not digits.isdecimal() or len(digits) > 3 or digits.startswith("0"):  # noqa: PLR2004
        return stop, digits
    while (
        stop < len(words)
        and len(words[stop]) == 3  # noqa: PLR2004 - a group of thousands
        and words[stop].isdecimal()
        and paragraph.starts[stop] == paragraph.ends[stop - 1] + 1
        and paragraph.text[paragraph.ends[stop - 1]] in " \u00a0\u2009\u202f"
    ):
        digits += words[stop]
        stop += 1
    return stop, digits


def _read_literal(paragraph: Paragraph, at: int) -> Numeral | None:
    stop, digits = _join_spaced_groups(paragraph, at)
    mark = "," if paragraph.language in {"vi", "other"} else "."
    parsed = parse_digits(digits, decimal_mark=mark)
    if parsed is None:
        return None
    base, other = parsed
    after, scale = _read_scales(paragraph, stop)
    value, stop = base * scale, after
    if scale > 1:
        stop, extra = _read_smaller_parts(paragraph, stop, scale)
        value += extra
        if other is not None:
            other *= scale
    return Numeral(at, stop, value, scale, other=other)


def _read_smaller_parts(paragraph: Paragraph, at: int, scale: Decimal) -> tuple[int, Decimal]:
    """Read what follows a scale word: "rưỡi", or "45 triệu 600 nghìn" behind "3 tỷ"."""
    words, total = paragraph.words, Decimal(0)
    if at < len(words) and words[at] == "rưỡi":
        return at + 1, scale / 2
    while at + 1 < len(words) and words[at].isdecimal() and len(words[at]) <= 3:  # noqa: PLR2004
        after, smaller = _read_scales(paragraph, at + 1)
        if not 1 < smaller < scale:
            break
        total += Decimal(words[at]) * smaller
        at, scale = after, smaller
    return at, total


def _read_vietnamese_words(paragraph: Paragraph, at: int) -> Numeral | None:  # noqa: C901, PLR0912, PLR0915 - a case of the grammar each
    """Read "năm nghìn năm trăm", "ba mươi hai", "một triệu rưỡi".

    A capital inside a sentence is a name ("Hai Bà Trưng"), and so is a capital before a capital.
    """
    words = paragraph.words
    if words[at] not in _VIETNAMESE_DIGITS and words[at] != "mười":
        return None
    if at and words[at - 1] in _LOOSE_BEFORE:  # "dăm bảy", "vài ba" name no number
        return None
    if words[at] in _NEVER_FIRST or _is_name(paragraph, at):
        return None
    total, section, stop = Decimal(0), Decimal(0), at
    pending: Decimal | None = None  # a digit that still waits for "trăm" or "mươi"
    tens_open = False  # after "mươi", "mười" or "linh" one unit may follow
    scale = Decimal(1)
    last_scale = Decimal(10**18)
    last_big_at = -1
    while stop < len(words):
        word = words[stop]
        if stop > at and paragraph.is_capital(stop):
            break
        if word in _VIETNAMESE_DIGITS and pending is None:
            has_begun = stop > at and last_big_at != stop - 1
            if has_begun and not tens_open:
                if not _goes_on(words, stop):
                    break
            elif word == "năm" and stop > at and not _is_five(words, stop):
                break
            pending = Decimal(_VIETNAMESE_DIGITS[word])
            if tens_open:
                section, pending, tens_open = section + pending, None, False
        elif word == "mười" and pending is None and section % 100 == 0:
            section, tens_open = section + 10, True
        elif word in {"mươi", "chục"} and pending is not None:
            section, pending, tens_open = section + pending * 10, None, True
        elif word == "trăm" and pending is not None:
            section, pending, tens_open = section + pending * 100, None, False
        elif word in {"linh", "lẻ"} and stop > at and pending is None:
            if stop + 1 >= len(words) or words[stop + 1] not in _VIETNAMESE_DIGITS:
                break
            tens_open = True
        elif word in VIETNAMESE_SCALES and word not in {"trăm", "chục"}:
            big = VIETNAMESE_SCALES[word]
            amount = section + (pending or 0)
            if amount == 0:
                if last_big_at != stop - 1 or total == 0:
                    break
                total, scale = total * big, scale * big  # "nghìn tỷ"
            elif big >= last_scale:
                break
            else:
                total, scale = total + amount * big, big
            section, pending, tens_open, last_scale, last_big_at = (
                Decimal(0),
                None,
                False,
                big,
                stop,
            )
        elif word == "rưỡi" and stop > at:
            if last_big_at == stop - 1:
                total += scale / 2
            elif words[stop - 1] == "trăm":
                section += 50
            else:
                break
            stop += 1
            break
        else:
            break
        stop += 1
    if stop < len(words) and words[stop - 1] in {"linh", "lẻ"}:
        stop -= 1
    return Numeral(at, stop, total + section + (pending or 0), scale, is_words=True)


def _goes_on(words: list[str], at: int) -> bool:
    """Return whether the digit word at `at` opens a further part: "... năm trăm"."""
    return at + 1 < len(words) and words[at + 1] in {"trăm", "mươi", "chục", "nghìn", "ngàn"}


def _is_five(words: list[str], at: int) -> bool:
    """Return whether "năm" at `at` is five: "mười năm" is ten years."""
    return words[at - 1] in {"linh", "lẻ"} or _goes_on(words, at)


def _is_name(paragraph: Paragraph, at: int) -> bool:
    if not paragraph.is_capital(at):
        return False
    begins = paragraph.starts[at] in paragraph.sentences or (
        at > 0 and paragraph.words[at - 1] in {'"', "-", ":", "(", "•", "+", "*"}
    )
    if not begins:
        return True
    follows = at + 1
    return (
        follows < len(paragraph.words)
        and paragraph.is_capital(follows)
        and not paragraph.text[paragraph.starts[follows] : paragraph.ends[follows]].isupper()
    )


def _read_vague_vietnamese(paragraph: Paragraph, at: int) -> Numeral | None:
    """Read "hàng nghìn", "hàng chục triệu", "vài trăm", "chục nghìn" without a number."""
    words = paragraph.words
    if words[at] not in _VAGUE_BEFORE or at + 1 >= len(words):
        return None
    stop, magnitude = at + 1, Decimal(1)
    while stop < len(words) and words[stop] in VIETNAMESE_SCALES:
        magnitude *= VIETNAMESE_SCALES[words[stop]]
        stop += 1
    if stop == at + 1:
        return None
    return Numeral(at, stop, None, magnitude, is_words=True, magnitude=magnitude)


def _read_round_vietnamese(paragraph: Paragraph, at: int) -> Numeral | None:
    """Read "gần chục doanh nghiệp", "hơn trăm công nhân": one of the scale, behind a comparator."""
    words = paragraph.words
    if words[at] not in {"chục", "trăm", "nghìn", "ngàn", "triệu", "tỉ"} or at == 0:
        return None
    if words[at - 1] not in _ROUND_AFTER:
        return None
    stop, scale = _read_scales(paragraph, at)
    return Numeral(at, stop, scale, scale, is_words=True) if stop > at else None


def _read_vague_english(paragraph: Paragraph, at: int) -> Numeral | None:
    words = paragraph.words
    if words[at] not in _VAGUE_ENGLISH:
        return None
    magnitude, stop = _VAGUE_ENGLISH[words[at]], at + 1
    while stop + 1 < len(words) and words[stop] == "of" and words[stop + 1] in _VAGUE_ENGLISH:
        magnitude *= _VAGUE_ENGLISH[words[stop + 1]]
        stop += 2
    if stop < len(words) and words[stop] == "of":
        return Numeral(at, stop + 1, None, magnitude, is_words=True, magnitude=magnitude)
    return Numeral(at, stop, None, magnitude, is_words=True, magnitude=magnitude)


def _read_english_words(paragraph: Paragraph, at: int) -> Numeral | None:
    words = paragraph.words
    word = words[at]
    has_article = word == "a" and at + 1 < len(words) and words[at + 1] in ENGLISH_SCALES
    if word not in ENGLISH_SMALL and word not in _ENGLISH_TENS and not has_article:
        return None
    total, section, stop, scale = Decimal(0), Decimal(0), at, Decimal(1)
    if has_article:
        section, stop = Decimal(1), at + 1
    units_open = tens_open = True
    while stop < len(words):
        word = words[stop]
        if word in ENGLISH_SMALL and units_open:
            section, units_open, tens_open = section + ENGLISH_SMALL[word], False, False
        elif word in _ENGLISH_TENS and tens_open:
            section, tens_open = section + _ENGLISH_TENS[word], False
        elif word == "hundred" and 0 < section < 100:  # noqa: PLR2004 - "nine hundred"
            section, units_open, tens_open = section * 100, True, True
            scale = Decimal(100)
        elif word in ENGLISH_SCALES and section + total > 0:
            scale = ENGLISH_SCALES[word]
            total, section = (
                (total + section) * scale if not section else total + section * scale,
                Decimal(0),
            )
            units_open = tens_open = True
        elif word in {"-", "and"} and _joins_english(words, stop, scale):
            pass
        else:
            break
        stop += 1
    return Numeral(at, stop, total + section, scale, is_words=True)


def _joins_english(words: list[str], at: int, scale: Decimal) -> bool:
    if at + 1 >= len(words):
        return False
    after = words[at + 1]
    if words[at] == "-":
        return words[at - 1] in _ENGLISH_TENS and after in ENGLISH_SMALL
    return (
        scale > 1
        and words[at - 1] in ENGLISH_SCALES
        and (after in ENGLISH_SMALL or after in _ENGLISH_TENS)
    )
