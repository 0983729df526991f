"""The metrics that every service has, and the tools to define more.

In: a service's name and a registry. Out: metrics named `unionwire_<service>_…`.
"""

from importlib.metadata import PackageNotFoundError, version

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    disable_created_metrics,
)
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

SECONDS_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
FRESHNESS_BUCKETS = (0.5, 1, 2, 3, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 21600, 86400)
SIZE_BUCKETS = (1e3, 1e4, 1e5, 5e5, 1e6, 2e6, 5e6, 1e7)


def read_version() -> str:
    """Return the installed version of unionwire, or "0.1.0" when it runs from its sources."""
    try:
        return version("unionwire")
    except PackageNotFoundError:
        return "0.1.0"


def build_registry() -> CollectorRegistry:
    """Return a registry with the process's own metrics (memory, processor, open files)."""
    # the `_created` series double the metrics and tell nothing
    disable_created_metrics()  # type: ignore[no-untyped-call] # untyped in the library
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    return registry


class ServiceMetrics:
    """What every service counts; each received event ends in exactly one outcome.

    Example:
        >>> registry = CollectorRegistry()
        >>> metrics = ServiceMetrics("indexer", registry)
        >>> metrics.outcomes.labels("created").inc()
        >>> registry.get_sample_value("unionwire_indexer_events_total", {"outcome": "created"})
        1.0
    """

    def __init__(self, service: str, registry: CollectorRegistry) -> None:
        prefix = f"unionwire_{service}"
        self.received = Counter(
            f"{prefix}_events_received_total", "Events taken in.", registry=registry
        )
        self.outcomes = Counter(
            f"{prefix}_events_total",
            "Events finished, by their one outcome.",
            ["outcome"],
            registry=registry,
        )
        self.in_progress = Gauge(
            f"{prefix}_events_in_progress", "Events taken in and not finished.", registry=registry
        )
        self.seconds = Histogram(
            f"{prefix}_event_seconds",
            "Time from taking an event in to its outcome.",
            buckets=SECONDS_BUCKETS,
            registry=registry,
        )
        self.last_processed = Gauge(
            f"{prefix}_last_processed_timestamp_seconds",
            "When the last event was finished, in epoch seconds.",
            registry=registry,
        )
        self.retries = Counter(
            f"{prefix}_retries_total",
            "Attempts repeated because a dependency failed.",
            ["dependency"],
            registry=registry,
        )
        Info(f"{prefix}_build", "What runs.", registry=registry).info({"version": read_version()})


class ConsumerMetrics(ServiceMetrics):
    """What every service counts that takes its events from Kafka.

    Example:
        >>> registry = CollectorRegistry()
        >>> ConsumerMetrics("indexer", registry).dead_letters.labels("too_large").inc()
        >>> registry.get_sample_value(
        ...     "unionwire_indexer_dead_letters_total", {"reason": "too_large"})
        1.0
    """

    def __init__(self, service: str, registry: CollectorRegistry) -> None:
        super().__init__(service, registry)
        prefix = f"unionwire_{service}"
        self.dead_letters = Counter(
            f"{prefix}_dead_letters_total",
            "Events sent to the dead-letter topic, by reason.",
            ["reason"],
            registry=registry,
        )
        self.lag_messages = Gauge(
            f"{prefix}_consumer_lag_messages",
            "Events of the assigned partitions that are not committed yet.",
            ["topic", "partition"],
            registry=registry,
        )
        self.lag_seconds = Gauge(
            f"{prefix}_consumer_lag_seconds",
            "Age of the newest event finished while others wait, else 0.",
            registry=registry,
        )
