"""Silent sources: which had no new article for much longer than is their habit.

In: what was read and published of each source, kept in the state file. Out: metrics that an alert
can use.
"""

from collections import deque
from collections.abc import Collection
from dataclasses import dataclass

from crawler.domain.schedule import silence_limit_seconds
from crawler.metrics import CrawlerMetrics
from crawler.state import State


@dataclass
class _Source:
    watched_since: float
    news_at: float | None
    limit_seconds: float


class Silence:
    """Keeps the metrics of each source: last read, last new article, how long overdue."""

    def __init__(self, state: State, metrics: CrawlerMetrics, *, floor_seconds: float) -> None:
        self._state = state
        self._metrics = metrics
        self._floor_seconds = floor_seconds
        self._sources: dict[str, _Source] = {}
        self._turns: deque[str] = deque()

    def begin(self, sources: Collection[str], *, now: float) -> None:
        """Take up what the state remembers, so that a restart forgets no silence."""
        for name in sources:
            watched_since, success_at = self._state.watch_source(name, now=now)
            self._sources[name] = _Source(watched_since, None, self._floor_seconds)
            if success_at is not None:
                self._metrics.last_success.labels(name).set(success_at)
            self._learn(name, now=now)
        self._turns.extend(sources)
        self.count(now=now)

    def note_success(self, name: str, *, now: float) -> None:
        """Note that a listing of a source was read."""
        self._state.save_success(name, now=now)
        self._metrics.last_success.labels(name).set(now)

    def note_news(self, name: str, *, at: float, now: float) -> None:
        """Note that a source has a new article, published at `at`."""
        source = self._sources[name]
        source.news_at = max(at, source.news_at or at)
        self._metrics.last_new_article.labels(name).set(source.news_at)
        self._metrics.overdue_seconds.labels(name).set(_overdue_seconds(source, now=now))

    def is_watched_since(self, name: str, moment: float) -> bool:
        """Whether a source was watched already at a moment."""
        return self._sources[name].watched_since <= moment

    def count(self, *, now: float) -> None:
        """Say of each source how long it is overdue; learn the habit of one of them anew."""
        if self._turns:
            self._learn(self._turns[0], now=now)
            self._turns.rotate(-1)
        for name, source in self._sources.items():
            self._metrics.overdue_seconds.labels(name).set(_overdue_seconds(source, now=now))

    def _learn(self, name: str, *, now: float) -> None:
        source = self._sources[name]
        moments = self._state.news_moments(name)
        source.limit_seconds = silence_limit_seconds(
            moments, now=now, floor_seconds=self._floor_seconds
        )
        self._metrics.silence_limit_seconds.labels(name).set(source.limit_seconds)
        if moments:
            source.news_at = max(moments)
            self._metrics.last_new_article.labels(name).set(source.news_at)


def _overdue_seconds(source: _Source, *, now: float) -> float:
    begun_at = source.watched_since if source.news_at is None else source.news_at
    return max(now - begun_at - source.limit_seconds, 0.0)
