"""From events to news: what the notifier does with a batch of `articles.indexed.v1`.

In: events. Out: rows of news in the desk's store, and one outcome for each event: told, unmatched,
no_news, stale. An event that comes again finds its rows there and adds none.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import timedelta

import structlog

from services.chassis.clock import Clock
from services.chassis.consumer import Delivery, Result
from services.chassis.errors import Retry
from services.contracts.articles import IndexedArticleV1
from services.search.domain.saved import SavedQuery, build_item
from services.search.notifier.matching import Found, Matcher
from services.search.notifier.metrics import NotifierMetrics
from services.search.saved_searches import Match, SavedSearch, SavedSearches

log = structlog.get_logger()


class NewsHandler:
    """The handler of the notifier's consumer.

    Args:
        on_news: called when there is news to be sent.
    """

    def __init__(
        self,
        *,
        searches: SavedSearches,
        matcher: Matcher,
        metrics: NotifierMetrics,
        clock: Clock,
        news_age: timedelta,
        on_news: Callable[[], None],
    ) -> None:
        self._searches = searches
        self._matcher = matcher
        self._metrics = metrics
        self._clock = clock
        self._news_age = news_age
        self._on_news = on_news

    def __call__(self, deliveries: Sequence[Delivery[IndexedArticleV1]]) -> list[Result]:
        """Match and store a batch.

        Raises:
            Retry: Elasticsearch or the store does not answer.
            Fatal: Elasticsearch refuses us.
        """
        events = [delivery.event for delivery in deliveries]
        news = [event for event in events if self._judge(event) is None]
        try:
            told = self._tell(news) if news else frozenset()
        except sqlite3.Error as error:
            raise Retry(f"The desk's store does not take news: {error}") from error
        return [
            self._judge(event) or ("told" if event.article_id in told else "unmatched")
            for event in events
        ]

    def _judge(self, event: IndexedArticleV1) -> str | None:
        """Return why an event is not worth telling."""
        if not event.is_news:
            return "no_news"
        return "stale" if event.fetched_at < self._clock.now() - self._news_age else None

    def _tell(self, news: Sequence[IndexedArticleV1]) -> frozenset[str]:
        by_query: dict[SavedQuery, list[SavedSearch]] = defaultdict(list)
        active = self._searches.list_active()
        for search in active:
            by_query[search.query].append(search)
        article_ids = tuple(dict.fromkeys(event.article_id for event in news))
        with self._metrics.match_seconds.time():
            found = self._matcher.match(tuple(by_query), article_ids)
        unusable = sum(len(by_query[query]) for query in self._matcher.unusable & by_query.keys())
        self._metrics.searches.set(len(active))
        self._metrics.searches_unusable.set(unusable)
        matches = _list_matches(news, found, by_query)
        count = self._searches.record(matches)
        self._metrics.news.inc(count)
        if count:
            self._on_news()
        log.info(
            "articles_matched",
            articles=len(article_ids),
            saved_searches=len(active),
            matches=len(matches),
            news=count,
        )
        return frozenset(match.item.article_id for match in matches)


def _list_matches(
    news: Sequence[IndexedArticleV1],
    found: Found,
    by_query: dict[SavedQuery, list[SavedSearch]],
) -> list[Match]:
    return [
        Match(search=search, item=build_item(search.search_id, event, articles[event.article_id]))
        for event in news
        for query, articles in found.items()
        if event.article_id in articles
        for search in by_query[query]
    ]
