"""The crawler's metrics.

In: a registry. Out: the metrics that the crawler counts in, beside those of every service.
"""

from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from services.chassis.metrics import FRESHNESS_BUCKETS, ServiceMetrics

FETCH_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20)
"""Few, as there are as many of these histograms as sources."""


@dataclass(frozen=True)
class CrawlerMetrics:
    """What the crawler counts; labels are sources, never addresses."""

    service: ServiceMetrics
    fetches: Counter
    fetch_seconds: Histogram
    items_found: Counter
    published: Counter
    unacknowledged: Gauge
    pages_due: Gauge
    last_success: Gauge
    last_new_article: Gauge
    silence_limit_seconds: Gauge
    overdue_seconds: Gauge
    publish_delay: Histogram
    archived_bytes: Counter


def build_metrics(registry: CollectorRegistry) -> CrawlerMetrics:
    """Return the crawler's metrics, registered.

    Example:
        >>> registry = CollectorRegistry()
        >>> build_metrics(registry).fetches.labels("nld", "page", "new").inc()
        >>> registry.get_sample_value("unionwire_crawler_fetches_total",
        ...                           {"source": "nld", "kind": "page", "outcome": "new"})
        1.0
    """
    prefix = "unionwire_crawler"
    return CrawlerMetrics(
        service=ServiceMetrics("crawler", registry),
        fetches=Counter(
            f"{prefix}_fetches_total",
            "Fetches, by what was fetched (feed, sitemap, section, page) and what came of it.",
            ["source", "kind", "outcome"],
            registry=registry,
        ),
        fetch_seconds=Histogram(
            f"{prefix}_fetch_seconds",
            "Time from sending a request to having the head of its answer.",
            ["source", "kind"],
            buckets=FETCH_BUCKETS,
            registry=registry,
        ),
        items_found=Counter(
            f"{prefix}_items_found_total",
            "Articles found in listings that were not known before.",
            ["source", "kind"],
            registry=registry,
        ),
        published=Counter(
            f"{prefix}_articles_published_total",
            "Article events that the sink acknowledged, by cause.",
            ["source", "cause"],
            registry=registry,
        ),
        unacknowledged=Gauge(
            f"{prefix}_unacknowledged_events",
            "Article events handed over and not yet acknowledged.",
            registry=registry,
        ),
        pages_due=Gauge(
            f"{prefix}_pages_due", "Article pages whose time to be fetched has come.",
            ["source"],
            registry=registry,
        ),
        last_success=Gauge(
            f"{prefix}_source_last_success_timestamp_seconds",
            "When a listing of the source was last read, in epoch seconds.",
            ["source"],
            registry=registry,
        ),
        last_new_article=Gauge(
            f"{prefix}_source_last_new_article_timestamp_seconds",
            "When the source last published a new article, in epoch seconds.",
            ["source"],
            registry=registry,
        ),
        silence_limit_seconds=Gauge(
            f"{prefix}_source_silence_limit_seconds",
            "How long the source may have no new article before that is against its habit.",
            ["source"],
            registry=registry,
        ),
        overdue_seconds=Gauge(
            f"{prefix}_source_overdue_seconds",
            "For how long the source has been silent beyond its habit; 0 while it is not.",
            ["source"],
            registry=registry,
        ),
        publish_delay=Histogram(
            f"{prefix}_discovery_delay_seconds",
            "Time from an article's publication to our fetching it, for new articles that were "
            "published since the source is watched.",
            ["source"],
            buckets=FRESHNESS_BUCKETS,
            registry=registry,
        ),
        archived_bytes=Counter(
            f"{prefix}_archived_bytes_total", "Bytes written to WARC files.", registry=registry
        ),
    )  # fmt: skip
