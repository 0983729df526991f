"""When to look again: listings, articles, hosts in trouble.

In: what is known of a listing, page or host, and times as epoch seconds. Out: seconds to wait.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise

from crawler.domain.wishes import Wishes

DAY_SECONDS = 86_400.0

RECHECK_SECONDS = (
    600.0, 3_600.0, 6 * 3_600.0, DAY_SECONDS, 7 * DAY_SECONDS, 30 * DAY_SECONDS, 90 * DAY_SECONDS,
)  # fmt: skip
"""After an article was found: ten minutes, an hour, six hours, a day, a week, 30 and 90 days."""

RETRY_FIRST_SECONDS = 60.0
RETRY_LONGEST_SECONDS = 6 * 3_600.0
RETRY_AFTER_LIMIT_SECONDS = DAY_SECONDS
"""A server's Retry-After is obeyed up to a day: one that says more most likely errs."""

REST_LONGEST_SECONDS = 900.0

SILENCE_WINDOW_SECONDS = 28 * DAY_SECONDS
SILENCE_ARTICLES = 30
"""A source's habit is that of the last four weeks, and of so many articles at least."""

SILENCE_FACTOR = 2.0
SETTLING_SECONDS = 14 * DAY_SECONDS
UNSETTLED_LIMIT_SECONDS = 3 * DAY_SECONDS
"""Before two weeks are known, weekends among them, no source is called silent sooner."""

USUAL_GAP_SECONDS = 3_600.0
"""What is assumed of a listing whose habit is unknown: an article an hour."""

NEW_GAP_WEIGHT = 0.3
"""How much the newest gap counts in a listing's habit, the earlier ones share the rest."""

RECENT_ITEMS = 10
"""The habit of a listing that is read for the first time is that of its newest items."""

ASSUMED_SILENCE_SECONDS = 7 * DAY_SECONDS
"""A sitemap of an index is believed to have been silent for at most so long before it is read."""


@dataclass(frozen=True, kw_only=True)
class Habit:
    """How often a listing has a new article."""

    gap_seconds: float | None = None
    """The usual time between two new articles; None: not known yet."""
    news_at: float | None = None
    """When it last had one."""
    rank: int = 1
    """The how manieth newest sitemap of its index it is."""


def learn_habit(
    habit: Habit,
    *,
    listed: Sequence[float | None],
    new: Sequence[float | None],
    now: float,
    is_first: bool,
) -> Habit:
    """Return a listing's habit after a look.

    `listed` are the times that its articles bear, `new` those of the articles that were not known
    before, None where the listing does not say. The first look learns from the former, later ones
    from when the latter turned up. Gaps are averaged by their logarithms, so one long night does
    not hide how busy the day is.

    Example:
        >>> hour = 3_600.0
        >>> first = learn_habit(Habit(), listed=(0.0, hour, 2 * hour), new=(), now=2 * hour,
        ...                     is_first=True)
        >>> first.gap_seconds, first.news_at
        (3600.0, 7200.0)
        >>> later = learn_habit(first, listed=(), new=(None, None), now=3 * hour, is_first=False)
        >>> round(later.gap_seconds)
        2924
    """
    if is_first:
        times = sorted(at for at in listed if at is not None and at <= now)[-RECENT_ITEMS:]
        if not times:
            return replace(habit, news_at=now if habit.news_at is None else habit.news_at)
        gap = _gap(times[-1] - times[0], len(times) - 1) if len(times) > 1 else None
        return replace(habit, gap_seconds=gap, news_at=times[-1])
    begun_at = habit.news_at
    if begun_at is None:  # nothing was dated, and nothing turned up since
        return replace(habit, news_at=now)
    # What is long known to the publisher, and only now listed, says nothing about the habit.
    count = sum(1 for at in new if at is None or at > begun_at - DAY_SECONDS)
    if not count:
        return habit
    gap = _gap(now - begun_at, count)
    if habit.gap_seconds is None:
        gap = min(gap, USUAL_GAP_SECONDS)
    else:
        before = math.log(habit.gap_seconds)
        gap = math.exp((1 - NEW_GAP_WEIGHT) * before + NEW_GAP_WEIGHT * math.log(gap))
    return replace(habit, gap_seconds=gap, news_at=now)


def _gap(span_seconds: float, count: int) -> float:
    return max(span_seconds / count, 1.0)


def assume_habit(rank: int, *, age_seconds: float | None, now: float) -> Habit:
    """Return what is assumed of one sitemap of an index before it was read.

    `rank` is how many sitemaps of the index are as new as it or newer, all of them when the index
    gives no times; `age_seconds` is how long ago it changed by the index, None for the newest and
    where it does not say. The times of an index may never change, so nothing is ruled out: the
    newest are looked at most, the others the less the more of them there are.

    Example:
        >>> assume_habit(1, age_seconds=None, now=0.0).news_at
        -3600.0
        >>> assume_habit(20, age_seconds=1e9, now=0.0).news_at == -ASSUMED_SILENCE_SECONDS
        True
    """
    silence = max(rank * USUAL_GAP_SECONDS, age_seconds or 0.0)
    return Habit(news_at=now - min(silence, ASSUMED_SILENCE_SECONDS), rank=rank)


def seconds_to_poll(
    habit: Habit,
    *,
    now: float,
    usual_seconds: float,
    shortest_seconds: float,
    longest_seconds: float,
) -> float:
    """Return how long to wait for the next look at a listing.

    The wait grows with the square root of the time between two articles: for a given number of
    requests that makes the mean delay over all listings least (Sia, Cho and Cho, "Efficient
    Monitoring Algorithm for Fast News Alerts", 2007). `usual_seconds` is the wait at an article
    an hour. The longer a listing has had nothing, the longer its gap is believed to be; a sitemap
    that has had nothing for more than a day is most likely followed by newer ones.

    Example:
        >>> def wait(gap, silence=0.0):
        ...     return seconds_to_poll(Habit(gap_seconds=gap, news_at=0.0), now=silence,
        ...         usual_seconds=300, shortest_seconds=60, longest_seconds=1_800)
        >>> wait(3_600), wait(900), wait(1), wait(900, silence=14_400), wait(900, silence=1e9)
        (300.0, 150.0, 60.0, 600.0, 1800.0)
    """
    silence = max(now - habit.news_at, 0.0) if habit.news_at is not None else 0.0
    followed = (silence - DAY_SECONDS) * habit.rank
    gap = max(habit.gap_seconds or USUAL_GAP_SECONDS, silence, followed)
    wait = usual_seconds * math.sqrt(gap / USUAL_GAP_SECONDS)
    return float(min(max(wait, shortest_seconds), max(longest_seconds, shortest_seconds)))


def respect_wishes(
    wait_seconds: float, wishes: Wishes, *, now: float, limit_seconds: float
) -> float:
    """Return a wait that is as long as the publisher asks, lengthened to `limit_seconds` at most.

    Example:
        >>> noon = datetime(2026, 6, 1, 12, tzinfo=UTC).timestamp()
        >>> wishes = Wishes(ttl_seconds=600.0, skip_hours=(12, 13))
        >>> respect_wishes(300.0, wishes, now=noon, limit_seconds=21_600.0)
        7200.0
        >>> respect_wishes(300.0, wishes, now=noon, limit_seconds=900.0)
        900.0
    """
    limit = max(wait_seconds, limit_seconds)
    wait = min(max(wait_seconds, wishes.ttl_seconds, wishes.fresh_seconds), limit)
    while wait < limit:
        moment = datetime.fromtimestamp(now + wait, tz=UTC)
        if moment.hour not in wishes.skip_hours and moment.weekday() not in wishes.skip_days:
            break
        wait = ((now + wait) // 3_600 + 1) * 3_600 - now
    return float(min(wait, limit))


def seconds_to_recheck(
    checks: int, *, steps_seconds: Sequence[float] = RECHECK_SECONDS
) -> float | None:
    """Return how long to wait for the next look after `checks` looks, None after the last.

    The steps count from the first look, so each wait is the difference to the step before.

    Example:
        >>> [seconds_to_recheck(n) for n in (1, 2)], seconds_to_recheck(8) is None
        ([600.0, 3000.0], True)
    """
    if not 1 <= checks <= len(steps_seconds):
        return None
    before = steps_seconds[checks - 2] if checks > 1 else 0.0
    return max(steps_seconds[checks - 1] - before, 0.0)


def seconds_to_retry(failures: int, *, asked_seconds: float | None = None) -> float:
    """Return how long to leave a page alone after its n-th failure in a row.

    `asked_seconds` is the server's own Retry-After; the longer of the two is taken.

    Example:
        >>> seconds_to_retry(1), seconds_to_retry(3), seconds_to_retry(1, asked_seconds=900)
        (60.0, 240.0, 900.0)
    """
    backoff = min(RETRY_FIRST_SECONDS * 2.0 ** min(max(failures, 1) - 1, 20), RETRY_LONGEST_SECONDS)
    asked = min(asked_seconds, RETRY_AFTER_LIMIT_SECONDS) if asked_seconds is not None else 0
    return float(max(backoff, asked))


def seconds_to_rest(
    failures: int, *, delay_seconds: float, asked_seconds: float | None = None
) -> float:
    """Return how long to leave a whole host alone after its n-th failure in a row.

    The delay between its requests doubles with each failure; `asked_seconds` is its Retry-After.

    Example:
        >>> [seconds_to_rest(n, delay_seconds=1.0) for n in (1, 2, 3, 20)]
        [2.0, 4.0, 8.0, 900.0]
        >>> seconds_to_rest(1, delay_seconds=1.0, asked_seconds=30)
        30.0
    """
    rest = min(delay_seconds * 2.0 ** min(max(failures, 0), 20), REST_LONGEST_SECONDS)
    asked = min(asked_seconds, RETRY_AFTER_LIMIT_SECONDS) if asked_seconds is not None else 0
    return float(max(rest, asked))


def silence_limit_seconds(moments: Sequence[float], *, now: float, floor_seconds: float) -> float:
    """Return for how long a source may have no new article before that is against its habit.

    `moments` are when its latest articles were published. The limit is twice the second-longest
    of its gaps, so that one holiday or one fault of ours does not lengthen it, and nights and
    weekends do; never less than `floor_seconds`.

    Example:
        >>> hour, day = 3_600.0, 86_400.0
        >>> daily = [n * day for n in range(28)]
        >>> silence_limit_seconds(daily, now=27 * day, floor_seconds=day) / day
        2.0
        >>> silence_limit_seconds(daily[:3], now=3 * day, floor_seconds=day) / day
        3.0
    """
    newest_first = sorted((at for at in moments if at <= now), reverse=True)
    counted = [at for n, at in enumerate(newest_first)
               if n < SILENCE_ARTICLES or at >= now - SILENCE_WINDOW_SECONDS]  # fmt: skip
    gaps = sorted((later - sooner for later, sooner in pairwise(counted)), reverse=True)
    usual = gaps[min(1, len(gaps) - 1)] if gaps else 0.0
    is_settled = bool(counted) and counted[0] - counted[-1] >= SETTLING_SECONDS
    least = floor_seconds if is_settled else max(floor_seconds, UNSETTLED_LIMIT_SECONDS)
    return max(SILENCE_FACTOR * usual, least)
