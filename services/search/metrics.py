"""The desk's metrics, named `unionwire_search_…`."""

from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info

from services.chassis.metrics import SECONDS_BUCKETS, read_version


@dataclass(frozen=True)
class SearchMetrics:
    """What the desk counts; routes are templates, never paths."""

    requests: Counter
    request_seconds: Histogram
    elasticsearch_seconds: Histogram
    elasticsearch_errors: Counter
    open_cursors: Gauge


def build_metrics(registry: CollectorRegistry) -> SearchMetrics:
    """Register the desk's metrics.

    Example:
        >>> registry = CollectorRegistry()
        >>> build_metrics(registry).requests.labels("/", "GET", "200").inc()
        >>> labels = {"route": "/", "method": "GET", "status": "200"}
        >>> registry.get_sample_value("unionwire_search_requests_total", labels)
        1.0
    """
    Info("unionwire_search_build", "What runs.", registry=registry).info(
        {"version": read_version()}
    )
    return SearchMetrics(
        requests=Counter(
            "unionwire_search_requests_total",
            "Requests answered, by route template, method and status.",
            ["route", "method", "status"],
            registry=registry,
        ),
        request_seconds=Histogram(
            "unionwire_search_request_seconds",
            "Time from a request to the end of its answer, by route template.",
            ["route"],
            buckets=SECONDS_BUCKETS,
            registry=registry,
        ),
        elasticsearch_seconds=Histogram(
            "unionwire_search_elasticsearch_seconds",
            "Time Elasticsearch took, by operation.",
            ["operation"],
            buckets=SECONDS_BUCKETS,
            registry=registry,
        ),
        elasticsearch_errors=Counter(
            "unionwire_search_elasticsearch_errors_total",
            "Calls to Elasticsearch that failed, by operation and kind.",
            ["operation", "kind"],
            registry=registry,
        ),
        open_cursors=Gauge(
            "unionwire_search_open_cursors",
            "Points in time that Elasticsearch keeps open for cursors.",
            registry=registry,
        ),
    )
