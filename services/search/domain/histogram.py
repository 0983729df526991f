"""Bars for a date facet: every day, month or year from the first to the last, empty ones too.

In: counts of the periods that have articles. Out: contiguous bars with heights.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from services.search.domain.request import DateSpan

Step = Literal["day", "month", "year"]

HEIGHT = 48
MONTHS_LIMIT = 36
"""More months than this are counted by year."""
BARS_LIMIT = 70
"""A stray date centuries away must not squeeze the others: the latest bars are kept."""


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One period: its days, how many articles, its height in `HEIGHT` parts."""

    span: DateSpan
    step: Step
    count: int
    height: int


def _start(day: date, step: Step) -> date:
    if step == "year":
        return day.replace(month=1, day=1)
    return day.replace(day=1) if step == "month" else day


def _following(day: date, step: Step) -> date:
    if step == "day":
        return day + timedelta(days=1)
    return _start(day.replace(day=28) + timedelta(days=4 if step == "month" else 370), step)


def _walk(first: date, last: date, step: Step) -> Iterator[date]:
    day = first
    while day <= last:
        yield day
        day = _following(day, step)


def build_bars(counts: Sequence[tuple[date, int]], *, interval: str) -> tuple[Bar, ...]:
    """Return contiguous bars for (first day, count) pairs of days or months.

    Example:
        >>> bars = build_bars([(date(2025, 1, 1), 2), (date(2025, 3, 1), 4)], interval="month")
        >>> [(bar.span.last.isoformat(), bar.count, bar.height) for bar in bars]
        [('2025-01-31', 2, 24), ('2025-02-28', 0, 0), ('2025-03-31', 4, 48)]
    """
    if not counts:
        return ()
    ordered = sorted(counts)
    first, last = ordered[0][0], ordered[-1][0]
    step: Step = "day" if interval == "day" else "month"
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    if step == "month" and months > MONTHS_LIMIT:
        step = "year"
    totals = {
        start: sum(count for _, count in group)
        for start, group in itertools.groupby(ordered, key=lambda pair: _start(pair[0], step))
    }
    days = list(_walk(_start(first, step), last, step))[-BARS_LIMIT:]
    highest = max(totals.get(day, 0) for day in days)
    return tuple(
        Bar(
            span=DateSpan(day, _following(day, step) - timedelta(days=1)),
            step=step,
            count=totals.get(day, 0),
            height=_scale(totals.get(day, 0), highest),
        )
        for day in days
    )


def _scale(count: int, highest: int) -> int:
    return max(2, round(HEIGHT * count / highest)) if count else 0
