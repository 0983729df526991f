"""The metrics of the pulse.

In: a registry. Out: metrics named `unionwire_pulse_…`; of Kafka and Elasticsearch as any client
sees them. Labels are topics, groups, nodes and indices of ours: few, and never articles.
"""

from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info

from services.chassis.metrics import FRESHNESS_BUCKETS, read_version


@dataclass(frozen=True)
class PulseMetrics:
    """What the pulse measures."""

    heartbeats_sent: Counter
    heartbeats: Counter
    heartbeat_seconds: Histogram
    unanswered_seconds: Gauge
    last_found: Gauge
    is_kafka_up: Gauge
    brokers: Gauge
    partitions_without_copies: Gauge
    topic_size_bytes: Gauge
    topic_events: Gauge
    group_lag_messages: Gauge
    is_elasticsearch_up: Gauge
    elasticsearch_status: Gauge
    disk_used_ratio: Gauge
    disk_free_bytes: Gauge
    heap_used_ratio: Gauge
    rejected_requests: Gauge
    index_documents: Gauge
    index_size_bytes: Gauge


def build_metrics(registry: CollectorRegistry) -> PulseMetrics:
    """Register the metrics of the pulse.

    Example:
        >>> registry = CollectorRegistry()
        >>> build_metrics(registry).heartbeats.labels("found").inc()
        >>> registry.get_sample_value("unionwire_pulse_heartbeats_total", {"outcome": "found"})
        1.0
    """
    prefix = "unionwire_pulse"
    Info(f"{prefix}_build", "What runs.", registry=registry).info({"version": read_version()})

    def gauge(name: str, meaning: str, *labels: str) -> Gauge:
        return Gauge(f"{prefix}_{name}", meaning, labels, registry=registry)

    metrics = PulseMetrics(
        heartbeats_sent=Counter(
            f"{prefix}_heartbeats_sent_total",
            "Heartbeat articles that Kafka took.",
            registry=registry,
        ),
        heartbeats=Counter(
            f"{prefix}_heartbeats_total",
            "Heartbeats by what became of them: found by a search with its figures read, misread "
            "(found, but without figures), lost (a later one arrived before it).",
            ["outcome"],
            registry=registry,
        ),
        heartbeat_seconds=Histogram(
            f"{prefix}_heartbeat_seconds",
            "Time from a heartbeat's being due to a search's finding it.",
            buckets=FRESHNESS_BUCKETS,
            registry=registry,
        ),
        unanswered_seconds=gauge(
            "heartbeat_unanswered_seconds",
            "Age of the oldest heartbeat that no search finds yet, 0 if all are found.",
        ),
        last_found=gauge(
            "heartbeat_last_found_timestamp_seconds",
            "When a heartbeat was last found, in epoch seconds.",
        ),
        is_kafka_up=gauge("kafka_up", "Whether Kafka answered when it was last looked at."),
        brokers=gauge("kafka_brokers", "Brokers of the cluster."),
        partitions_without_copies=gauge(
            "kafka_under_replicated_partitions",
            "Partitions of our topics that lack a copy in step.",
        ),
        topic_size_bytes=gauge(
            "kafka_topic_size_bytes", "What a topic takes on disk, all copies.", "topic"
        ),
        topic_events=gauge(
            "kafka_topic_events",
            "Events that a topic keeps; for dead letters, marks of replays included.",
            "topic",
        ),
        group_lag_messages=gauge(
            "kafka_group_lag_messages",
            "Events that a consumer group has not committed yet, also while it has no worker.",
            "group",
            "topic",
        ),
        is_elasticsearch_up=gauge(
            "elasticsearch_up", "Whether Elasticsearch answered when it was last looked at."
        ),
        elasticsearch_status=gauge(
            "elasticsearch_status", "Its own word: 0 green, 1 yellow (copies missing), 2 red."
        ),
        disk_used_ratio=gauge(
            "elasticsearch_disk_used_ratio", "Used share of a node's disk; at 0.95 it stops "
            "writing.", "node",
        ),
        disk_free_bytes=gauge(
            "elasticsearch_disk_free_bytes", "What is free on a node's disk.", "node"
        ),
        heap_used_ratio=gauge(
            "elasticsearch_heap_used_ratio", "Used share of a node's Java heap.", "node"
        ),
        rejected_requests=gauge(
            "elasticsearch_rejected_requests",
            "Requests that a node refused because its queue was full, since it started.",
            "node",
            "queue",
        ),
        index_documents=gauge(
            "elasticsearch_index_documents", "Documents behind an alias of ours.", "index"
        ),
        index_size_bytes=gauge(
            "elasticsearch_index_size_bytes", "Size on disk behind an alias of ours, without "
            "copies.", "index",
        ),
    )  # fmt: skip
    for outcome in ("found", "misread", "lost"):
        metrics.heartbeats.labels(outcome)
    return metrics
