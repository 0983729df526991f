"""Periods as figures carry them ("2025", "2025-H1", "2025-01/2025-09"), as days.

In: a period's code. Out: its first and last day, both included; None for a code of no known shape.
"""

import calendar
import functools
import re
from dataclasses import dataclass
from datetime import date
from typing import Final

_PART: Final = re.compile(
    r"(?P<year>(?:1[89]|20|21)[0-9]{2})(?:-(?:H(?P<half>[12])|Q(?P<quarter>[1-4])"
    r"|(?P<month>0[1-9]|1[0-2])(?:-(?P<day>[0-3][0-9]))?))?"
)


@dataclass(frozen=True, slots=True, order=True)
class DayRange:
    """Days from `first` to `last`, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many days these are."""
        return (self.last - self.first).days + 1

    def holds(self, other: "DayRange") -> bool:
        """Return whether the other range lies within this one."""
        return self.first <= other.first and other.last <= self.last

    def meets(self, other: "DayRange") -> bool:
        """Return whether the two have a day in common."""
        return self.first <= other.last and other.first <= self.last


@functools.lru_cache(maxsize=8_192)
def read_period(code: str | None) -> DayRange | None:
    """Return the days of a period.

    Example:
        >>> read_period("2025-H1").last.isoformat(), read_period("2024-02").last.isoformat()
        ('2025-06-30', '2024-02-29')
        >>> read_period("2025-01/2025-09").days, read_period("2025-09-17").days
        (273, 1)
        >>> read_period("2025-02-31"), read_period("mùa xuân"), read_period("2026/2025")
        (None, None, None)
    """
    if not code:
        return None
    parts = code.split("/") if "/" in code else [code, code]
    if len(parts) != 2:  # noqa: PLR2004 - a range has two ends
        return None
    begins, ends = map(_read_part, parts)
    if begins is None or ends is None or begins.first > ends.last:
        return None
    return DayRange(begins.first, ends.last)


def _read_part(part: str) -> DayRange | None:
    match = _PART.fullmatch(part)
    if match is None:
        return None
    year, month = int(match["year"]), int(match["month"] or 1)
    if match["day"]:
        day = int(match["day"])
        is_real = 1 <= day <= calendar.monthrange(year, month)[1]
        return DayRange(date(year, month, day), date(year, month, day)) if is_real else None
    count = 12
    if match["half"]:
        month, count = 6 * int(match["half"]) - 5, 6
    elif match["quarter"]:
        month, count = 3 * int(match["quarter"]) - 2, 3
    elif match["month"]:
        count = 1
    last = month + count - 1
    return DayRange(date(year, month, 1), date(year, last, calendar.monthrange(year, last)[1]))
