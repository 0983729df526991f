"""Names as people type them, and the names that figures carry.

In: a typed name, and the names that hold its words. Out: the names it stands for: the one that is
written so once diacritics, abbreviations and the words for levels are set aside, else all.
"""

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from services.lexicon.abbreviations import expand_abbreviations
from services.lexicon.fold import fold, strip_diacritics, to_nfc
from services.lexicon.places import province_names

NAMES_LIMIT: Final = 200
"""Names that one typed name may stand for."""
_LEVELS: Final = re.compile(r"\b(?:thanh pho|tp|tinh|quan|huyen|thi xa|phuong|xa)\b")
_WORD: Final = re.compile(r"\w+")


@dataclass(frozen=True, kw_only=True)
class NameChoice:
    """What a typed name was taken for; `is_exact` when it is one name's own spelling."""

    typed: str
    names: tuple[str, ...]
    is_exact: bool
    is_open: bool = False
    """Any name that holds its words is meant, those not seen yet too."""


@functools.cache
def _provinces() -> dict[str, str]:
    """Return the usual name of each province by every way to write it, folded; spelt ones win."""
    names = {strip_diacritics(alias): name for alias, name in province_names().items()}
    return names | {fold(alias): name for alias, name in province_names().items()}


def write_name(text: str) -> tuple[str, ...]:
    """Return the ways to write a name: as typed, a province's usual name, abbreviations spelt out.

    Example:
        >>> write_name("TP.HCM")[1], write_name("LĐLĐ Huế")[1]
        ('Hồ Chí Minh', 'Liên đoàn Lao động Huế')
    """
    clean = " ".join(to_nfc(text).split())
    provinces = _provinces()
    province = provinces.get(fold(clean)) or provinces.get(strip_diacritics(clean))
    ways = (clean, *((province,) if province else ()), *expand_abbreviations(clean))
    return tuple(dict.fromkeys(ways))


def fold_name(name: str) -> str:
    """Return a name's bare words: no case, diacritics, marks, or words for levels.

    Example:
        >>> fold_name("Liên đoàn Lao động thành phố Hà Nội")
        'lien doan lao dong ha noi'
    """
    bare = " ".join(_WORD.findall(strip_diacritics(fold(to_nfc(name)))))
    without = " ".join(_LEVELS.sub(" ", bare).split())
    return without or bare


def choose_names(typed: str, candidates: Sequence[str]) -> NameChoice:
    """Return the names that a typed name stands for.

    Example:
        >>> names = ["Liên đoàn Lao động tỉnh Huế", "Công đoàn Y tế Huế", "Huế"]
        >>> choose_names("LĐLĐ Huế", names).names
        ('Liên đoàn Lao động tỉnh Huế',)
        >>> choose_names("hue", names[:2]).names
        ('Liên đoàn Lao động tỉnh Huế', 'Công đoàn Y tế Huế')
    """
    if typed in candidates:
        return NameChoice(typed=typed, names=(typed,), is_exact=True)
    wanted = {fold_name(way) for way in write_name(typed)}
    same = tuple(name for name in candidates if fold_name(name) in wanted)
    return NameChoice(typed=typed, names=same or tuple(candidates), is_exact=bool(same))
