"""The classes of what figures count: phrases that mean the same things join in one series.

In: a counted phrase and the figure's kind. Out: a class with its labels.
Data: counted_classes.tsv.
"""

import functools
import re
from dataclasses import dataclass
from typing import Final

from services.lexicon.fold import fold, to_nfc
from services.lexicon.tables import read_table

MONEY: Final = "money"


@dataclass(frozen=True, slots=True, order=True)
class CountedClass:
    """What a figure counts; the code of an unknown phrase is the folded phrase itself.

    The class of a whole amount of money has no code: what is paid for is told by its indicator.
    """

    code: str
    label_vi: str
    label_en: str


@functools.cache
def _classes(kind: str) -> tuple[re.Pattern[str], dict[str, CountedClass]]:
    classes: dict[str, CountedClass] = {}
    for kinds, code, label_vi, label_en, phrases in read_table("counted_classes.tsv"):
        if kind in kinds.split("|"):
            for phrase in phrases.split(";"):
                classes[fold(phrase.strip())] = CountedClass(code, label_vi, label_en)
    longest = sorted(classes, key=len, reverse=True)
    words = "|".join(map(re.escape, longest)) or "(?!)"
    return re.compile(rf"(?<!\w)(?:{words})(?!\w)"), classes


@functools.lru_cache(maxsize=8_192)
def classify_counted(counted: str | None, kind: str) -> CountedClass:
    """Return the class of a counted phrase.

    Example:
        >>> classify_counted("đoàn viên công đoàn", "count").code
        'members'
        >>> classify_counted("đoàn viên, NLĐ", "count").code
        'members+workers'
        >>> classify_counted("xe đạp", "count").code
        'xe đạp'
        >>> classify_counted("tổng kinh phí", "money").code
        ''
        >>> classify_counted("thu nhập bình quân", "money").code
        'average'
    """
    folded = " ".join(fold(to_nfc(counted or "")).split())
    pattern, classes = _classes(kind)
    found = sorted({classes[match.group()] for match in pattern.finditer(folded)})
    if found:
        return CountedClass(
            "+".join(known.code for known in found),
            ", ".join(known.label_vi for known in found),
            ", ".join(known.label_en for known in found),
        )
    if kind == MONEY:
        return CountedClass("", "", "")
    return CountedClass(folded, folded, folded)
