"""What a publisher asks of those who come again: how long, and when, to leave a listing alone.

In: HTTP headers of an answer, and the bytes of a feed. Out: wishes. Nothing here is obeyed
without bound: the schedule has its own limit, as some servers send a year by mistake.

The Syndication module's updatePeriod is not read: WordPress writes "hourly" into each feed,
whatever the site does.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from crawler.domain.dates import parse_time

HEAD_BYTES = 20_000
"""ttl, skipHours and skipDays stand before the first item."""

_MAX_AGE = re.compile(r'(?:^|[,\s])max-age\s*=\s*"?(\d{1,10})', re.IGNORECASE)
_UNCACHED = re.compile(r"(?:^|[,\s])no-(?:cache|store)\b", re.IGNORECASE)
_TTL = re.compile(rb"<ttl>\s*(\d{1,7})\s*</ttl>", re.IGNORECASE)
_HOURS = re.compile(rb"<skipHours>(.*?)</skipHours>", re.IGNORECASE | re.DOTALL)
_HOUR = re.compile(rb"<hour>\s*(\d{1,2})\s*</hour>", re.IGNORECASE)
_DAYS = re.compile(rb"<skipDays>(.*?)</skipDays>", re.IGNORECASE | re.DOTALL)
_DAY = re.compile(rb"<day>\s*([a-z]{3})[a-z]*\s*</day>", re.IGNORECASE)
_WEEKDAYS = (b"mon", b"tue", b"wed", b"thu", b"fri", b"sat", b"sun")


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """How a publisher wants a listing to be looked at."""

    ttl_seconds: float = 0.0
    """No sooner than this after a look, by the feed."""
    fresh_seconds: float = 0.0
    """The same by the headers of the answer."""
    skip_hours: tuple[int, ...] = ()
    """Hours of the day, UTC, without a look."""
    skip_days: tuple[int, ...] = ()
    """Days of the week, Monday 0, UTC, without a look."""


def read_max_age(
    *,
    cache_control: str | None,
    age: str | None = None,
    expires: str | None = None,
    date: str | None = None,
) -> float | None:
    """Return for how many seconds more an answer is fresh, or None where it does not say.

    By RFC 9111, 4.2.1: max-age before Expires, less the time that it spent in caches (Age).
    s-maxage is for shared caches and does not concern us.

    Example:
        >>> read_max_age(cache_control="public, s-maxage=9, max-age=600", age="100")
        500.0
        >>> read_max_age(cache_control="no-cache, max-age=600")
        0.0
        >>> read_max_age(cache_control=None, expires="Thu, 28 May 2026 03:10:00 GMT",
        ...              date="Thu, 28 May 2026 03:08:00 GMT")
        120.0
        >>> read_max_age(cache_control=None) is None
        True
    """
    if cache_control and _UNCACHED.search(cache_control):
        return 0.0
    spent = float(age.strip()) if age and age.strip().isdecimal() else 0.0
    match = _MAX_AGE.search(cache_control or "")
    if match is not None:
        return max(float(match[1]) - spent, 0.0)
    if expires is None:
        return None
    ends_at, sent_at = parse_time(expires), parse_time(date)
    if ends_at is None or sent_at is None:
        return 0.0 if ends_at is None else None  # "Expires: 0" means: already stale
    return max((ends_at - sent_at).total_seconds() - spent, 0.0)


def read_retry_after(text: str | None, *, now: datetime) -> float | None:
    """Return after how many seconds a server wants to be asked again, or None.

    Example:
        >>> from datetime import UTC
        >>> now = datetime(2026, 5, 28, tzinfo=UTC)
        >>> read_retry_after("120", now=now)
        120.0
        >>> read_retry_after("Thu, 28 May 2026 00:10:00 GMT", now=now)
        600.0
    """
    if not text:
        return None
    if text.strip().isdecimal():
        return float(text.strip()[:10])
    moment = parse_time(text)
    return None if moment is None else max(0.0, (moment - now).total_seconds())


def read_feed_wishes(page: bytes) -> Wishes:
    """Return what an RSS feed asks by ttl (minutes), skipHours and skipDays (RSS 2.0).

    Example:
        >>> read_feed_wishes(b"<rss><channel><ttl>60</ttl><skipHours><hour>1</hour><hour>24</hour>"
        ...                  b"</skipHours><skipDays><day>Sunday</day></skipDays>")
        Wishes(ttl_seconds=3600.0, fresh_seconds=0.0, skip_hours=(0, 1), skip_days=(6,))
    """
    head = page[:HEAD_BYTES].partition(b"<item")[0]
    ttl = _TTL.search(head)
    hours = _HOURS.search(head)
    days = _DAYS.search(head)
    named = {int(hour) % 24 for hour in _HOUR.findall(hours[1])} if hours else set()
    weekdays = {day.lower() for day in _DAY.findall(days[1])} if days else set()
    return Wishes(
        ttl_seconds=60.0 * int(ttl[1]) if ttl else 0.0,
        skip_hours=tuple(sorted(named)),
        skip_days=tuple(n for n, name in enumerate(_WEEKDAYS) if name in weekdays),
    )
