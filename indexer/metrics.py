"""What the indexer measures beside what every service does.

In: a registry. Out: `IndexerMetrics`.
"""

from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from services.chassis.metrics import FRESHNESS_BUCKETS, SECONDS_BUCKETS, SIZE_BUCKETS


@dataclass(frozen=True, kw_only=True)
class IndexerMetrics:
    """The indexer's own metrics."""

    bulk_size_bytes: Histogram
    bulk_seconds: Histogram
    documents: Counter
    conflicts: Counter
    published_to_searchable_seconds: Histogram
    fetched_to_searchable_seconds: Histogram
    event_to_searchable_seconds: Histogram
    is_elasticsearch_up: Gauge


def build_indexer_metrics(registry: CollectorRegistry) -> IndexerMetrics:
    """Define the indexer's own metrics in a registry."""
    return IndexerMetrics(
        bulk_size_bytes=Histogram(
            "unionwire_indexer_bulk_size_bytes",
            "Size of bulk requests.",
            buckets=SIZE_BUCKETS,
            registry=registry,
        ),
        bulk_seconds=Histogram(
            "unionwire_indexer_bulk_seconds",
            "Time that Elasticsearch took for a bulk request.",
            buckets=SECONDS_BUCKETS,
            registry=registry,
        ),
        documents=Counter(
            "unionwire_indexer_documents_total",
            "Documents written or deleted, by index.",
            ["index"],
            registry=registry,
        ),
        conflicts=Counter(
            "unionwire_indexer_write_conflicts_total",
            "Articles that someone else wrote between our reading and our writing.",
            registry=registry,
        ),
        published_to_searchable_seconds=Histogram(
            "unionwire_indexer_published_to_searchable_seconds",
            "From an article's publication to its being written; searches see it up to one "
            "refresh interval later. News only.",
            buckets=FRESHNESS_BUCKETS,
            registry=registry,
        ),
        fetched_to_searchable_seconds=Histogram(
            "unionwire_indexer_fetched_to_searchable_seconds",
            "From the fetch of a page to its article's being written, as above. News only.",
            buckets=FRESHNESS_BUCKETS,
            registry=registry,
        ),
        event_to_searchable_seconds=Histogram(
            "unionwire_indexer_event_to_searchable_seconds",
            "From an enriched event's coming to Kafka to its article's being written, as above. "
            "News only.",
            buckets=FRESHNESS_BUCKETS,
            registry=registry,
        ),
        is_elasticsearch_up=Gauge(
            "unionwire_indexer_elasticsearch_up",
            "Whether the last request to Elasticsearch was answered.",
            registry=registry,
        ),
    )
