"""Periods name the days that a journalist means by them."""

from datetime import date

import pytest

from services.lexicon.periods import DayRange, read_period


@pytest.mark.parametrize(
    ("code", "first", "last"),
    [
        ("2025", "2025-01-01", "2025-12-31"),
        ("2025-H1", "2025-01-01", "2025-06-30"),
        ("2025-H2", "2025-07-01", "2025-12-31"),
        ("2025-Q1", "2025-01-01", "2025-03-31"),
        ("2025-Q4", "2025-10-01", "2025-12-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2025-09-17", "2025-09-17", "2025-09-17"),
        ("2025-01/2025-09", "2025-01-01", "2025-09-30"),
        ("2023/2028", "2023-01-01", "2028-12-31"),
        ("2025-01-20/2025-02-03", "2025-01-20", "2025-02-03"),
    ],
)
def test_read_period_returns_first_and_last_day(code: str, first: str, last: str) -> None:
    assert read_period(code) == DayRange(date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    "code",
    [None, "", "2025-13", "2025-02-30", "25", "2025-H3", "2026/2025", "Tết", "2025/", "/2025"],
)
def test_read_period_is_none_for_what_it_does_not_know(code: str | None) -> None:
    assert read_period(code) is None
