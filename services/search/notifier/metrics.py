"""What the notifier measures beside what every service does.

In: a registry. Out: `NotifierMetrics`.
"""

from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from services.chassis.metrics import FRESHNESS_BUCKETS, SECONDS_BUCKETS


@dataclass(frozen=True, kw_only=True)
class NotifierMetrics:
    """The notifier's own metrics."""

    match_seconds: Histogram
    news: Counter
    searches: Gauge
    searches_unusable: Gauge
    attempts: Counter
    messages_pending: Gauge
    searchable_to_sent_seconds: Histogram


def build_notifier_metrics(registry: CollectorRegistry) -> NotifierMetrics:
    """Define the notifier's own metrics in a registry.

    Example:
        >>> registry = CollectorRegistry()
        >>> build_notifier_metrics(registry).attempts.labels("webhook", "sent").inc()
        >>> labels = {"channel": "webhook", "outcome": "sent"}
        >>> registry.get_sample_value("unionwire_notifier_attempts_total", labels)
        1.0
    """
    return NotifierMetrics(
        match_seconds=Histogram(
            "unionwire_notifier_match_seconds",
            "Time to match one batch of articles against all saved searches.",
            buckets=SECONDS_BUCKETS,
            registry=registry,
        ),
        news=Counter(
            "unionwire_notifier_news_total",
            "News found for saved searches, each counted once.",
            registry=registry,
        ),
        searches=Gauge(
            "unionwire_notifier_saved_searches_count",
            "Saved searches that are not paused.",
            registry=registry,
        ),
        searches_unusable=Gauge(
            "unionwire_notifier_saved_searches_unusable_count",
            "Saved searches that this release or Elasticsearch cannot search for.",
            registry=registry,
        ),
        attempts=Counter(
            "unionwire_notifier_attempts_total",
            "Attempts to send a message, by channel and outcome: sent, retried, failed (given up).",
            ["channel", "outcome"],
            registry=registry,
        ),
        messages_pending=Gauge(
            "unionwire_notifier_messages_pending_count",
            "Messages that their receivers have not taken yet, by channel.",
            ["channel"],
            registry=registry,
        ),
        searchable_to_sent_seconds=Histogram(
            "unionwire_notifier_searchable_to_sent_seconds",
            "From an article's being written to the index to the receiver's taking its news.",
            ["channel"],
            buckets=FRESHNESS_BUCKETS,
            registry=registry,
        ),
    )
