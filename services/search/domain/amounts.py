"""Amounts and units as people type them: "100 tỉ đồng", "1,5 triệu", "100 billion VND".

In: typed text. Out: an exact number and a unit's code.
"""

import functools
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from services.lexicon.fold import fold, strip_diacritics, to_nfc
from services.lexicon.tables import read_table

AMOUNT_LIMIT_CHARACTERS: Final = 60
_LARGEST_ADJUSTED: Final = 18
"""Past any real sum: 28 digits are what decimals keep exactly, and a scale word takes 12."""
_SCALES: Final = {
    10**3: ("nghìn", "ngàn", "thousand", "k"),
    10**6: ("triệu", "tr", "million", "mn", "m"),
    10**9: ("tỉ", "tỷ", "billion", "bn"),
    10**12: ("trillion", "nghìn tỉ", "ngàn tỉ"),
}
_DIGITS: Final = r"[-−]?[0-9]+(?:[.,\s\u00a0\u202f][0-9]+)*"
_GROUPED: Final = re.compile(r"-?[0-9]{1,3}(?:([.,])[0-9]{3})(?:\1[0-9]{3})*")


@dataclass(frozen=True)
class Amount:
    """A number, and the code of the unit typed behind it."""

    value: Decimal
    unit: str | None = None


@functools.cache
def _scale_pattern() -> tuple[re.Pattern[str], dict[str, int]]:
    words = {strip_diacritics(fold(word)): size for size, all_ in _SCALES.items() for word in all_}
    longest = sorted(words, key=len, reverse=True)
    pattern = rf"({_DIGITS})\s*(?:({'|'.join(map(re.escape, longest))})(?![a-z0-9]))?\s*(.*)"
    return re.compile(pattern), words


@functools.cache
def _unit_codes() -> dict[str, str]:
    """Return the codes of units by their folded names; the first row of a name wins."""
    codes: dict[str, str] = {}
    for _kind, unit, phrases in read_table("units.tsv"):
        for phrase in (unit, *phrases.split(";")):
            codes.setdefault(fold(phrase.strip()), unit)
    for phrase, unit in list(codes.items()):
        codes.setdefault(strip_diacritics(phrase), unit)
    return codes


def read_unit(text: str) -> str:
    """Return the code of a unit by any of its names; what is not known stays as it is.

    Example:
        >>> read_unit("đồng"), read_unit("vnđ"), read_unit("%"), read_unit("suất")
        ('VND', 'VND', 'percent', 'suất')
    """
    clean = " ".join(to_nfc(text).split())
    return _unit_codes().get(fold(clean), clean)


def read_amount(text: str) -> Amount | None:
    """Return the amount that a text says, or None when it says none.

    Points and commas group thousands where groups of three follow, else they mark decimals.

    Example:
        >>> read_amount("100 tỉ đồng")
        Amount(value=Decimal('100000000000'), unit='VND')
        >>> read_amount("2.500"), read_amount("2,5 triệu").value, read_amount("12,5%").unit
        (Amount(value=Decimal('2500'), unit=None), Decimal('2500000'), 'percent')
        >>> read_amount("nhiều") is None
        True
    """
    clean = " ".join(to_nfc(text).split())
    if not clean or len(clean) > AMOUNT_LIMIT_CHARACTERS:
        return None
    folded = strip_diacritics(fold(clean)).replace("−", "-")
    pattern, scales = _scale_pattern()
    match = pattern.fullmatch(folded)
    if match is None:
        return None
    number = _read_number(match[1])
    if number is None:
        return None
    rest = clean[match.start(3) :] if len(folded) == len(clean) else match[3]
    unit = read_unit(rest) if rest else None
    if abs(number.adjusted()) > _LARGEST_ADJUSTED:
        return None
    value = number * scales[match[2]] if match[2] else number
    is_whole = value == value.to_integral_value()
    return Amount(Decimal(int(value)) if is_whole else value, unit)


def _read_number(digits: str) -> Decimal | None:
    joined = re.sub(r"\s", "", digits)
    if _GROUPED.fullmatch(joined):
        return Decimal(re.sub(r"[.,]", "", joined))
    marks = [mark for mark in joined if mark in ".,"]
    if len(marks) > 1:
        whole, mark, decimals = joined.rpartition(marks[-1])
        if marks.count(mark) > 1 or not _GROUPED.fullmatch(whole):
            return None
        joined = f"{re.sub('[.,]', '', whole)}.{decimals}"
    return Decimal(joined.replace(",", "."))
