"""What is missing beside the counts: outlets that fell silent, series that begin late.

In: the days on which an outlet had articles, first articles, a time. Out: since when it is silent
against its own habit, and which series begin within what is looked at.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from services.contracts.facets import FACETS, Facet
from services.search.domain.formatting import VIETNAM, to_vietnam
from services.search.domain.query import Clause

HABIT_DAYS: Final = 120
"""How far back an outlet's habit is read."""
_VALUES_LIMIT: Final = 300
_FEWEST_ACTIVE_DAYS: Final = 5
"""Fewer days with articles are no habit."""
_USUAL_SHARE_PERCENT: Final = 90
_TIMES_USUAL: Final = 2
_SHORTEST_SILENCE_DAYS: Final = 3
_LATE_DAYS: Final = 31
"""A series that begins so long after the others begins late."""
UNREAD_HOURS: Final = 12
"""A source whose listings could not be read for so long is told to readers."""
TIME_ZONE: Final = "Asia/Ho_Chi_Minh"


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """What one value of a facet covers: its first and last article, and what is missing since."""

    begins: date
    ends: date
    silent_since: date | None = None
    """Its last article, if it is silent against its habit."""
    unread_since: datetime | None = None
    """When the crawler last could read it, if that is long ago."""


def judge_silence(active_days: Sequence[date], today: date) -> date | None:
    """Return the last day with articles if the quiet since then is unusual; None if it is usual.

    Usual is the gap between two days with articles that 90 of 100 gaps do not exceed: a paper that
    rests on Sundays is not silent on a Monday morning. Twice that, and three days, are unusual.

    Example:
        >>> daily = [date(2026, 9, day) for day in range(1, 11)]
        >>> judge_silence(daily, date(2026, 9, 12)), judge_silence(daily, date(2026, 9, 20))
        (None, datetime.date(2026, 9, 10))
    """
    days = sorted(set(active_days))
    if len(days) < _FEWEST_ACTIVE_DAYS:
        return None
    gaps = sorted((later - earlier).days for earlier, later in itertools.pairwise(days))
    usual = gaps[-(-len(gaps) * _USUAL_SHARE_PERCENT // 100) - 1]
    quiet = (today - days[-1]).days
    return days[-1] if quiet >= max(_SHORTEST_SILENCE_DAYS, _TIMES_USUAL * usual) else None


def begins_late(begins: date, *, period_begins: date | None) -> bool:
    """Return whether a series begins well within the period that is looked at.

    Example:
        >>> begins_late(date(2026, 9, 1), period_begins=date(2026, 1, 1))
        True
    """
    return period_begins is not None and begins > period_begins + timedelta(days=_LATE_DAYS)


def build_coverage_search(*, now: datetime, timeout_milliseconds: int) -> Clause:
    """Return the body of the search that tells what every series covers, whatever is asked."""
    recent = now - timedelta(days=HABIT_DAYS)
    days = {
        "filter": {"range": {"sort_at": {"gte": recent.isoformat(), "lte": now.isoformat()}}},
        "aggs": {
            "days": {
                "date_histogram": {
                    "field": "sort_at",
                    "calendar_interval": "day",
                    "time_zone": TIME_ZONE,
                    "min_doc_count": 1,
                }
            }
        },
    }
    ends = {"begins": {"min": {"field": "sort_at"}}, "ends": {"max": {"field": "sort_at"}}}
    return {
        "size": 0,
        "track_total_hits": False,
        "timeout": f"{timeout_milliseconds}ms",
        "aggs": {
            facet.name: {
                "terms": {"field": facet.counted_field, "size": _VALUES_LIMIT},
                "aggs": {**ends, **(_describe_outlet(days) if facet.name == "outlet" else {})},
            }
            for facet in _list_series()
        },
    }


def _describe_outlet(days: Clause) -> Clause:
    return {"recent": days, "sources": {"terms": {"field": "source", "size": 10}}}


def _list_series() -> tuple[Facet, ...]:
    return tuple(facet for facet in FACETS if facet.is_series)


@dataclass(frozen=True, kw_only=True)
class Coverages:
    """What every value of every series covers."""

    by_facet: Mapping[str, Mapping[str, Coverage]]

    @property
    def usual_begin(self) -> date | None:
        """When half of the outlets had begun: an archive of one of them makes no others late."""
        begins = sorted(coverage.begins for coverage in self.by_facet.get("outlet", {}).values())
        return begins[(len(begins) - 1) // 2] if begins else None

    def find(self, facet: str, value: str) -> Coverage | None:
        """Return what a value covers; names are found without regard to case."""
        values = self.by_facet.get(facet, {})
        return values.get(value) or values.get(value.lower())


def read_coverages(
    response: Mapping[str, Any], *, now: datetime, last_read: Mapping[str, datetime]
) -> Coverages:
    """Read the answer to `build_coverage_search`.

    `last_read` is when the crawler last could read each source; sources that are not in it are not
    judged.
    """
    aggregated = response.get("aggregations", {})
    return Coverages(
        by_facet={
            facet.name: {
                bucket["key"]: coverage
                for bucket in aggregated.get(facet.name, {}).get("buckets", ())
                if (coverage := _read_coverage(bucket, now=now, last_read=last_read))
            }
            for facet in _list_series()
        },
    )


def _read_day(value: Mapping[str, Any]) -> date | None:
    milliseconds = value.get("value")
    return None if milliseconds is None else _to_day(milliseconds)


def _to_day(milliseconds: float) -> date:
    moment = datetime.fromtimestamp(milliseconds / 1000, tz=VIETNAM)
    return moment.date()


def _read_coverage(
    bucket: Mapping[str, Any], *, now: datetime, last_read: Mapping[str, datetime]
) -> Coverage | None:
    begins, ends = _read_day(bucket["begins"]), _read_day(bucket["ends"])
    if begins is None or ends is None:
        return None
    active = [
        _to_day(day["key"]) for day in bucket.get("recent", {}).get("days", {}).get("buckets", ())
    ]
    sources = [source["key"] for source in bucket.get("sources", {}).get("buckets", ())]
    reads = [last_read[source] for source in sources if source in last_read]
    unread = max(reads) if reads else None
    return Coverage(
        begins=begins,
        ends=ends,
        silent_since=judge_silence(active, to_vietnam(now).date()),
        unread_since=unread if unread and now - unread > timedelta(hours=UNREAD_HOURS) else None,
    )
