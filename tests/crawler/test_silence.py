"""Sources that have nothing new for longer than is their habit."""

from collections.abc import Sequence

import pytest
from prometheus_client import CollectorRegistry

from crawler.domain.changes import Known
from crawler.domain.schedule import silence_limit_seconds
from crawler.metrics import build_metrics
from crawler.silence import Silence
from crawler.state import Article, State

HOUR = 3_600.0
DAY = 86_400.0
MONDAY = 1_780_272_000.0  # 2026-06-01


def working_weeks(weeks: int, *, a_day: int = 12) -> list[float]:
    """Return times of articles: from 6 to 18 o'clock, Monday to Friday."""
    return [
        MONDAY + (7 * week + day) * DAY + 6 * HOUR + n * 12 * HOUR / a_day
        for week in range(weeks) for day in range(5) for n in range(a_day)
    ]  # fmt: skip


class Watch:
    """A source in a state of its own."""

    def __init__(self, moments: Sequence[float], *, now: float) -> None:
        self.state = State(":memory:")
        for number, moment in enumerate(moments):
            known = Known(revision=1, generation=1, content_hash="c", metadata_hash="m")
            self.state.save_article(
                Article(article_id=str(number), source="nld", page_key=str(number), known=known,
                        new_at=moment)
            )  # fmt: skip
        self.registry = CollectorRegistry()
        self.silence = Silence(self.state, build_metrics(self.registry), floor_seconds=DAY)
        self.silence.begin(["nld"], now=now)

    def metric(self, name: str) -> float | None:
        return self.registry.get_sample_value(f"unionwire_crawler_source_{name}", {"source": "nld"})

    def overdue_at(self, now: float) -> float | None:
        self.silence.count(now=now)
        return self.metric("overdue_seconds")


@pytest.mark.parametrize(
    ("moments", "days"),
    [
        ([], 3),
        ([MONDAY], 3),
        (working_weeks(1), 3),
        # Friday at 17 to Monday at 6, and twice that.
        (working_weeks(4), 2 * 61 / 24),
        # The articles of every hour of every day: the floor.
        ([MONDAY + n * HOUR for n in range(28 * 24)], 1),
        # One a week.
        ([MONDAY + n * 7 * DAY for n in range(5)], 14),
        # A single break of a week and a half.
        ([MONDAY + n * DAY for n in range(28) if not 10 < n < 20], 2),
    ],
)
def test_silence_limit_is_learned_from_the_gaps(moments: list[float], days: float) -> None:
    now = max(moments, default=MONDAY)

    assert silence_limit_seconds(moments, now=now, floor_seconds=DAY) == pytest.approx(days * DAY)


def test_silence_calls_no_weekend_silent() -> None:
    watch = Watch(working_weeks(4), now=MONDAY + 26 * DAY)
    friday = MONDAY + 25 * DAY + 17 * HOUR

    assert watch.overdue_at(friday + 61 * HOUR) == 0
    assert watch.overdue_at(friday + 130 * HOUR) == pytest.approx(8 * HOUR)


def test_silence_is_not_forgotten_by_a_restart() -> None:
    hourly = [MONDAY + n * HOUR for n in range(28 * 24)]

    watch = Watch(hourly, now=MONDAY + 31 * DAY)

    assert watch.metric("last_new_article_timestamp_seconds") == hourly[-1]
    assert watch.metric("silence_limit_seconds") == DAY
    assert watch.metric("overdue_seconds") == pytest.approx(2 * DAY + HOUR)


def test_silence_ends_with_a_new_article() -> None:
    watch = Watch([MONDAY], now=MONDAY + 5 * DAY)
    before = watch.metric("overdue_seconds")

    watch.silence.note_news("nld", at=MONDAY + 5 * DAY, now=MONDAY + 5 * DAY)

    assert before == 2 * DAY
    assert watch.metric("overdue_seconds") == 0


def test_silence_sees_that_a_feed_stands_still_from_the_first_look_on() -> None:
    watch = Watch([], now=MONDAY)

    watch.silence.note_news("nld", at=MONDAY - 120 * DAY, now=MONDAY)

    assert watch.metric("overdue_seconds") == 117 * DAY


def test_silence_counts_from_the_first_day_of_a_source_that_never_had_news() -> None:
    watch = Watch([], now=MONDAY)

    assert watch.overdue_at(MONDAY + 2 * DAY) == 0
    assert watch.overdue_at(MONDAY + 4 * DAY) == DAY


def test_silence_remembers_when_a_source_was_read() -> None:
    watch = Watch([], now=MONDAY)
    watch.silence.note_success("nld", now=MONDAY + 5)
    registry = CollectorRegistry()

    Silence(watch.state, build_metrics(registry), floor_seconds=DAY).begin(["nld"], now=MONDAY + 9)

    name = "unionwire_crawler_source_last_success_timestamp_seconds"
    assert registry.get_sample_value(name, {"source": "nld"}) == MONDAY + 5
