from datetime import UTC, date, datetime, timedelta

import pytest

from services.search.domain.coverage import (
    Coverage,
    Coverages,
    begins_late,
    build_coverage_search,
    judge_silence,
    read_coverages,
)

NOW = datetime(2026, 10, 12, 3, 0, tzinfo=UTC)
TODAY = date(2026, 10, 12)


def days_ago(*days: int) -> list[date]:
    return [TODAY - timedelta(days=day) for day in days]


@pytest.mark.parametrize(
    ("active", "silent"),
    [
        (days_ago(0, 1, 2, 3, 4, 5), False),
        (days_ago(2, 3, 4, 5, 6, 7), False),  # a weekend
        (days_ago(3, 4, 5, 6, 7, 8), True),
        (days_ago(13, 20, 27, 34, 41, 48), False),  # a weekly, one issue late
        (days_ago(14, 21, 28, 35, 42, 49), True),
        (days_ago(30, 31, 32), False),  # no habit
        ([], False),
    ],
)
def test_silence_is_judged_by_an_outlets_own_habit(active: list[date], silent: bool) -> None:  # noqa: FBT001 - a pytest parameter
    assert judge_silence(active, TODAY) == (max(active) if silent else None)


def test_a_series_begins_late_within_the_period_looked_at() -> None:
    begins = date(2026, 3, 1)
    assert begins_late(begins, period_begins=date(2026, 1, 1))
    assert not begins_late(begins, period_begins=date(2026, 2, 20))
    assert not begins_late(begins, period_begins=date(2026, 6, 1))
    assert not begins_late(begins, period_begins=None)


def test_coverage_is_read_by_outlet_and_told_unreadable_by_its_sources() -> None:
    def stamp(day: date) -> float:
        return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000

    ends = {"begins": {"value": stamp(TODAY)}, "ends": {"value": stamp(TODAY)}}
    bucket = {"key": "báo a", "sources": {"buckets": [{"key": "a"}]}, **ends}
    response = {"aggregations": {"outlet": {"buckets": [bucket]}, **ends}}
    late = NOW - timedelta(days=2)
    coverages = read_coverages(response, now=NOW, last_read={"a": late})
    found = coverages.find("outlet", "Báo A")
    assert found is not None
    assert (found.unread_since, found.silent_since) == (late, None)
    fresh = read_coverages(response, now=NOW, last_read={"a": NOW})
    assert fresh.by_facet["outlet"]["báo a"].unread_since is None
    assert read_coverages({}, now=NOW, last_read={}).usual_begin is None


def test_one_old_archive_makes_no_other_outlet_late() -> None:
    begins = {"a": date(2018, 1, 1), "b": date(2026, 5, 1), "c": date(2026, 5, 3)}
    outlets = {name: Coverage(begins=day, ends=TODAY) for name, day in begins.items()}
    assert Coverages(by_facet={"outlet": outlets}).usual_begin == date(2026, 5, 1)


def test_the_search_behind_coverages_is_bounded() -> None:
    body = build_coverage_search(now=NOW, timeout_milliseconds=700)
    assert (body["size"], body["timeout"]) == (0, "700ms")
    assert "recent" in body["aggs"]["outlet"]["aggs"]
    assert "recent" not in body["aggs"]["indicator"]["aggs"]
