"""When to look again."""

from datetime import UTC, datetime

import pytest

from crawler.domain.schedule import (
    Habit,
    assume_habit,
    learn_habit,
    respect_wishes,
    seconds_to_poll,
    seconds_to_recheck,
    seconds_to_rest,
    seconds_to_retry,
)
from crawler.domain.wishes import Wishes

HOUR = 3_600.0
DAY = 86_400.0
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC).timestamp()  # a Monday


def wait(habit: Habit, *, now: float = 0.0) -> float:
    return seconds_to_poll(
        habit, now=now, usual_seconds=300, shortest_seconds=60, longest_seconds=1_800
    )


def watch(habit: Habit, *, gap_seconds: float, hours: float, begun_at: float = 0.0) -> Habit:
    """Return the habit after looking as often as the schedule says at a steady publisher."""
    now = begun_at
    published = begun_at + gap_seconds
    while now < begun_at + hours * HOUR:
        now += wait(habit, now=now)
        new = []
        while published <= now:
            new.append(published)
            published += gap_seconds
        habit = learn_habit(habit, listed=(), new=new, now=now, is_first=False)
    return habit


@pytest.mark.parametrize(("gap", "expected"), [(300, 87), (900, 150), (HOUR, 300), (4 * HOUR, 600)])
def test_seconds_to_poll_follows_what_the_listing_does(gap: float, expected: float) -> None:
    habit = watch(Habit(news_at=0.0), gap_seconds=gap, hours=60)

    assert habit.gap_seconds == pytest.approx(gap, rel=0.25)
    assert habit.news_at is not None
    assert wait(habit, now=habit.news_at) == pytest.approx(expected, rel=0.15)


def test_seconds_to_poll_grows_in_the_night_and_falls_in_the_morning() -> None:
    evening = watch(Habit(news_at=0.0), gap_seconds=900, hours=12)
    assert evening.news_at is not None
    dawn = evening.news_at + 9 * HOUR
    first = learn_habit(evening, listed=(), new=(None,), now=dawn, is_first=False)
    morning = watch(first, gap_seconds=900, hours=2, begun_at=dawn)

    assert wait(evening, now=evening.news_at) < 160
    assert wait(evening, now=dawn) == pytest.approx(900)
    assert wait(first, now=dawn) < 300
    assert wait(morning, now=dawn + 2 * HOUR) < 180


@pytest.mark.parametrize("now", [-1e12, -1.0, 0.0, 1e12])
def test_seconds_to_poll_stays_within_its_bounds(now: float) -> None:
    assert 60 <= wait(Habit(gap_seconds=1e-9, news_at=0.0), now=now) <= 1_800
    assert 60 <= wait(Habit(), now=now) <= 1_800


def test_learn_habit_takes_the_first_look_from_the_listed_times() -> None:
    listed = (*(NOON - n * HOUR / 2 for n in range(25)), None, NOON + DAY)

    habit = learn_habit(Habit(), listed=listed, new=listed, now=NOON + 60, is_first=True)

    assert habit == Habit(gap_seconds=HOUR / 2, news_at=NOON)


def test_learn_habit_does_not_take_a_backlog_for_news() -> None:
    habit = Habit(gap_seconds=HOUR, news_at=NOON)
    old = [NOON - 30 * DAY] * 1_000

    assert learn_habit(habit, listed=old, new=old, now=NOON + 60, is_first=False) == habit


def test_learn_habit_of_an_undated_listing_begins_now() -> None:
    habit = learn_habit(Habit(), listed=(None,) * 20, new=(None,) * 20, now=NOON, is_first=True)

    assert habit == Habit(news_at=NOON)


def test_learn_habit_trusts_no_assumption_once_there_is_news() -> None:
    assumed = assume_habit(40, age_seconds=400 * DAY, now=NOON)

    habit = learn_habit(assumed, listed=(), new=(None,), now=NOON + HOUR, is_first=False)

    assert wait(assumed, now=NOON) > 1_700
    assert wait(habit, now=NOON + HOUR) == 300


def test_seconds_to_poll_leaves_alone_what_newer_sitemaps_follow() -> None:
    day_old = Habit(gap_seconds=HOUR, news_at=0.0, rank=9)
    newest = Habit(gap_seconds=HOUR, news_at=0.0)

    assert wait(day_old, now=HOUR) == wait(newest, now=HOUR)
    assert seconds_to_poll(
        day_old, now=8 * DAY, usual_seconds=300, shortest_seconds=60, longest_seconds=DAY
    ) == pytest.approx(300 * (7 * 24 * 9) ** 0.5)


@pytest.mark.parametrize(
    ("wishes", "expected_seconds"),
    [
        (Wishes(), 300),
        (Wishes(ttl_seconds=3_600), 3_600),
        (Wishes(fresh_seconds=900), 900),
        (Wishes(ttl_seconds=120), 300),
        (Wishes(fresh_seconds=365 * DAY), 21_600),
        (Wishes(skip_hours=(12,)), 3_600),
        (Wishes(skip_hours=(12, 14)), 3_600),
        (Wishes(ttl_seconds=3_700, skip_hours=(13,)), 7_200),
        (Wishes(skip_hours=tuple(range(24))), 21_600),
        (Wishes(skip_days=(0,)), 21_600),
        (Wishes(skip_days=(1, 2, 3)), 300),
    ],
)
def test_respect_wishes_waits_as_long_as_asked_within_the_limit(
    wishes: Wishes, expected_seconds: float
) -> None:
    assert respect_wishes(300, wishes, now=NOON, limit_seconds=21_600) == expected_seconds


def test_respect_wishes_does_not_wait_into_an_hour_to_be_skipped() -> None:
    almost_one = NOON + HOUR - 60

    waited = respect_wishes(300, Wishes(skip_hours=(13,)), now=almost_one, limit_seconds=21_600)

    assert almost_one + waited == NOON + 2 * HOUR


def test_seconds_to_recheck_goes_on_for_three_months() -> None:
    looks = []
    at, checks = 0.0, 1
    while (step := seconds_to_recheck(checks)) is not None:
        at += step
        looks.append(at)
        checks += 1

    assert looks == [600, HOUR, 6 * HOUR, DAY, 7 * DAY, 30 * DAY, 90 * DAY]


def test_seconds_to_retry_obeys_retry_after_for_a_day_at_most() -> None:
    assert seconds_to_retry(1, asked_seconds=7_200) == 7_200
    assert seconds_to_retry(1, asked_seconds=1e9) == DAY


def test_seconds_to_rest_doubles_the_delay_of_a_host_in_trouble() -> None:
    rests = [seconds_to_rest(n, delay_seconds=2.0) for n in range(1, 12)]

    assert rests[:4] == [4, 8, 16, 32]
    assert max(rests) == rests[-1] == 900
    assert seconds_to_rest(3, delay_seconds=0.0) == 0
