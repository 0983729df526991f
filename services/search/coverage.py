"""What the desk's series cover, read now and then and kept for a minute.

In: the articles' index, and the crawler's metrics when their address is set. Out: coverages by
facet and value. A crawler that does not answer hides nothing: then only the index tells.
"""

import threading
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

import structlog
from prometheus_client.parser import text_string_to_metric_families

from services.chassis.clock import Clock
from services.chassis.errors import Reject, Retry
from services.contracts.documents import ARTICLES_ALIAS
from services.search.answers import FacetCounts, FacetValue
from services.search.article_index import ArticleIndex
from services.search.domain.coverage import (
    Coverages,
    begins_late,
    build_coverage_search,
    read_coverages,
)
from services.search.domain.request import SearchRequest

KEPT_SECONDS: Final = 60.0
METRICS_TIMEOUT_SECONDS: Final = 1.0
_METRICS_LIMIT_BYTES: Final = 4_000_000
_LAST_READ: Final = "unionwire_crawler_source_last_success_timestamp_seconds"

log = structlog.get_logger()


class CoverageReader:
    """Reads coverages, at most once a minute."""

    def __init__(
        self, index: ArticleIndex, *, clock: Clock, crawler_metrics_url: str | None = None
    ) -> None:
        self._index = index
        self._clock = clock
        self._url = crawler_metrics_url
        self._lock = threading.Lock()
        self._kept: Coverages | None = None
        self._read_again_at_seconds = 0.0

    def read(self) -> Coverages:
        """Return what the series cover; nothing when Elasticsearch does not tell."""
        kept = self._kept
        if kept is not None and self._clock.monotonic_seconds() < self._read_again_at_seconds:
            return kept
        # One reader asks anew; meanwhile the others go on with what is kept.
        if not self._lock.acquire(blocking=kept is None):
            return kept or Coverages(by_facet={})
        try:
            self._kept = self._read_anew()
            self._read_again_at_seconds = self._clock.monotonic_seconds() + KEPT_SECONDS
            return self._kept
        finally:
            self._lock.release()

    def add_to(
        self, facets: Sequence[FacetCounts], asked: SearchRequest
    ) -> tuple[FacetCounts, ...]:
        """Return facets with what is missing beside their counts."""
        if not facets:
            return ()
        coverages = self.read()
        return tuple(
            facet.model_copy(
                update={
                    "values": tuple(_add(facet.name, v, coverages, asked) for v in facet.values)
                }
            )
            if facet.name in coverages.by_facet
            else facet
            for facet in facets
        )

    def _read_anew(self) -> Coverages:
        now = self._clock.now()
        body = build_coverage_search(now=now, timeout_milliseconds=self._index.timeout_milliseconds)
        try:
            (response,) = self._index.search_many(ARTICLES_ALIAS, [body])
        except (Retry, Reject):  # counts without their gaps are better than no counts
            log.warning("coverage_unread")
            return Coverages(by_facet={})
        return read_coverages(response, now=now, last_read=self._read_crawler())

    def _read_crawler(self) -> Mapping[str, datetime]:
        """Return when the crawler last could read each source; nothing when it does not answer."""
        if self._url is None:
            return {}
        try:
            with urllib.request.urlopen(self._url, timeout=METRICS_TIMEOUT_SECONDS) as answer:  # noqa: S310 - the operator's own address
                text = answer.read(_METRICS_LIMIT_BYTES).decode()
            return read_last_success(text)
        except (urllib.error.URLError, OSError, ValueError):
            log.warning("crawler_metrics_unread")
            return {}


def _add(facet: str, value: FacetValue, coverages: Coverages, asked: SearchRequest) -> FacetValue:
    coverage = coverages.find(facet, value.value)
    if coverage is None:
        return value
    firsts = [span.first for span in asked.spans.values() if span.first is not None]
    usual = coverages.usual_begin if facet == "outlet" else None
    period_begins = max(firsts, default=usual)
    return value.model_copy(
        update={
            "begins": coverage.begins
            if begins_late(coverage.begins, period_begins=period_begins)
            else None,
            "silent_since": coverage.silent_since,
            "unread_since": coverage.unread_since,
        }
    )


def read_last_success(metrics: str) -> dict[str, datetime]:
    """Return when each source's listings were last read, from the crawler's metrics.

    Raises:
        ValueError: the text is no Prometheus exposition.

    Example:
        >>> sorted(read_last_success(_LAST_READ + '{source="nld"} 9'))
        ['nld']
    """
    return {
        sample.labels["source"]: datetime.fromtimestamp(sample.value, tz=UTC)
        for family in text_string_to_metric_families(metrics)
        if family.name == _LAST_READ
        for sample in family.samples
        if sample.value > 0
    }
