import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.search.domain.histogram import BARS_LIMIT, HEIGHT, build_bars

months = st.dates(date(1970, 1, 1), date(2100, 12, 31)).map(lambda day: day.replace(day=1))


@given(st.dictionaries(months, st.integers(1, 10**6), min_size=1, max_size=30))
def test_bars_are_contiguous_and_bounded(counts: dict[date, int]) -> None:
    bars = build_bars(list(counts.items()), interval="month")
    assert 1 <= len(bars) <= BARS_LIMIT
    for before, after in itertools.pairwise(bars):
        assert before.span.last is not None
        assert after.span.first == before.span.last + timedelta(days=1)
    assert all(0 <= bar.height <= HEIGHT and bool(bar.height) == bool(bar.count) for bar in bars)


@given(st.dictionaries(months, st.integers(1, 10**6), min_size=1, max_size=30))
def test_bars_count_everything_they_span(counts: dict[date, int]) -> None:
    bars = build_bars(list(counts.items()), interval="month")
    first = bars[0].span.first
    assert first is not None
    assert sum(b.count for b in bars) == sum(n for day, n in counts.items() if day >= first)


@pytest.mark.parametrize(
    ("days", "interval", "step", "length"),
    [
        ((date(2025, 12, 31), date(2026, 1, 2)), "day", "day", 3),
        ((date(2025, 11, 1), date(2026, 2, 1)), "month", "month", 4),
        ((date(2016, 5, 1), date(2026, 2, 1)), "month", "year", 11),
    ],
)
def test_bars_step_by_what_fits(
    days: tuple[date, date], interval: str, step: str, length: int
) -> None:
    bars = build_bars([(day, 1) for day in days], interval=interval)
    assert ({bar.step for bar in bars}, len(bars)) == ({step}, length)


def test_no_counts_no_bars() -> None:
    assert build_bars([], interval="month") == ()
