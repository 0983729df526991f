"""Looks at Kafka and Elasticsearch as any client may, and puts what it sees into metrics.

In: clients. Out: gauges. What cannot be asked is taken away, so that no old number stays.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from elastic_transport import TransportError
from elasticsearch import ApiError, Elasticsearch
from kafka import TopicPartition
from kafka.admin import KafkaAdminClient, OffsetSpec
from kafka.errors import KafkaError
from prometheus_client import Gauge

from services.chassis.errors import Fatal, Retry
from services.chassis.kafka import build_admin
from services.chassis.settings import KafkaSettings
from services.contracts.documents import (
    ARTICLES_ALIAS,
    FIGURES_ALIAS,
    HEARTBEATS_ALIAS,
    REVISIONS_ALIAS,
)
from services.contracts.topics import Topic
from services.pulse.metrics import PulseMetrics

ALIASES = (ARTICLES_ALIAS, FIGURES_ALIAS, REVISIONS_ALIAS, HEARTBEATS_ALIAS)
_STATUSES = {"green": 0, "yellow": 1, "red": 2}
_QUEUES = ("write", "search")
_TIMEOUT_SECONDS = 10.0

log = structlog.get_logger()


class KafkaWatch:
    """Looks at the brokers, the topics and the groups."""

    def __init__(
        self,
        settings: KafkaSettings,
        metrics: PulseMetrics,
        *,
        topics: Sequence[Topic],
        groups: Mapping[str, Topic],
    ) -> None:
        """Wire a watch; `groups` says what each consumer group reads."""
        self._settings = settings
        self._metrics = metrics
        self._topics = [topic.name for topic in topics]
        self._groups = groups
        self._admin: KafkaAdminClient | None = None

    def look(self) -> None:
        """Measure once; a Kafka that does not answer is a measurement too."""
        try:
            self._measure()
        except (KafkaError, OSError, Retry, Fatal) as error:
            log.warning("kafka_not_seen", error=repr(error)[:300])
            self._metrics.is_kafka_up.set(0)
            self._forget()
            self.close()

    def close(self) -> None:
        """Let go of the connection; the next look makes a new one."""
        admin, self._admin = self._admin, None
        if admin is not None:
            admin.close()

    def _forget(self) -> None:
        for gauge in (
            self._metrics.topic_size_bytes,
            self._metrics.topic_events,
            self._metrics.group_lag_messages,
        ):
            gauge.clear()
        self._metrics.brokers.set(0)

    def _measure(self) -> None:
        if self._admin is None:
            self._admin = build_admin(self._settings, client_id="unionwire-pulse")
        admin, metrics = self._admin, self._metrics
        metrics.brokers.set(len(admin.describe_cluster()["brokers"]))
        partitions, lacking = [], 0
        for topic in admin.describe_topics(self._topics):
            for each in topic["partitions"]:
                partitions.append(TopicPartition(topic["name"], each["partition_index"]))
                lacking += len(each["isr_nodes"]) < len(each["replica_nodes"])
        metrics.partitions_without_copies.set(lacking)
        begins = admin.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.EARLIEST))
        ends = admin.list_partition_offsets(dict.fromkeys(partitions, OffsetSpec.LATEST))
        kept = {place: ends[place].offset - begins[place].offset for place in partitions}
        _set_all(metrics.topic_events, {(p.topic,): 0.0 for p in partitions}, kept.items())
        self._measure_sizes(admin)
        for group, topic in self._groups.items():
            committed = admin.list_group_offsets(group)[group]
            lag = 0
            for place in partitions:
                if place.topic == topic.name:
                    known = committed.get(place)
                    begin = begins[place].offset
                    done = begin if known is None else max(begin, known.offset)
                    lag += max(0, ends[place].offset - done)
            metrics.group_lag_messages.labels(group, topic.name).set(lag)
        metrics.is_kafka_up.set(1)

    def _measure_sizes(self, admin: KafkaAdminClient) -> None:
        sizes = dict.fromkeys(self._topics, 0)
        for broker in admin.describe_log_dirs():
            for folder in broker["log_dirs"]:
                for topic in folder["topics"]:
                    if topic["name"] in sizes:
                        sizes[topic["name"]] += sum(
                            each["partition_size"] for each in topic["partitions"]
                        )
        for name, size_bytes in sizes.items():
            self._metrics.topic_size_bytes.labels(name).set(size_bytes)


def _set_all(gauge: Gauge, sums: dict[tuple[str], float], counts: Any) -> None:  # noqa: ANN401 - untyped library
    for place, count in counts:
        sums[place.topic,] += count
    for labels, value in sums.items():
        gauge.labels(*labels).set(value)


class ElasticsearchWatch:
    """Looks at the nodes and our indices."""

    def __init__(self, client: Elasticsearch, metrics: PulseMetrics, *, prefix: str) -> None:
        self._client = client.options(request_timeout=_TIMEOUT_SECONDS)
        self._metrics = metrics
        self._prefix = prefix

    def look(self) -> None:
        """Measure once; an Elasticsearch that does not answer is a measurement too."""
        metrics = self._metrics
        try:
            status = self._client.cluster.health()["status"]
            nodes = self._client.nodes.stats(metric="jvm,fs,thread_pool")["nodes"]
            indices = self._read_indices()
        except (ApiError, TransportError) as error:
            log.warning("elasticsearch_not_seen", error=repr(error)[:300])
            metrics.is_elasticsearch_up.set(0)
            self._forget()
            return
        self._forget()
        metrics.elasticsearch_status.set(_STATUSES.get(status, 2))
        for node in nodes.values():
            self._measure_node(node)
        for name, (documents, size_bytes) in indices.items():
            metrics.index_documents.labels(name).set(documents)
            metrics.index_size_bytes.labels(name).set(size_bytes)
        metrics.is_elasticsearch_up.set(1)

    def _forget(self) -> None:
        metrics = self._metrics
        for gauge in (
            metrics.disk_used_ratio,
            metrics.disk_free_bytes,
            metrics.heap_used_ratio,
            metrics.rejected_requests,
            metrics.index_documents,
            metrics.index_size_bytes,
        ):
            gauge.clear()

    def _read_indices(self) -> dict[str, tuple[int, int]]:
        found = {}
        for alias in ALIASES:
            answer = self._client.options(ignore_status=404).indices.stats(
                index=self._prefix + alias, metric="docs,store"
            )
            primaries = answer.get("_all", {}).get("primaries", {})
            if primaries:
                found[alias] = (primaries["docs"]["count"], primaries["store"]["size_in_bytes"])
        return found

    def _measure_node(self, node: dict[str, Any]) -> None:
        metrics, name = self._metrics, node["name"]
        disk = node.get("fs", {}).get("total", {})
        if disk.get("total_in_bytes"):
            free_bytes = disk["available_in_bytes"]
            metrics.disk_free_bytes.labels(name).set(free_bytes)
            metrics.disk_used_ratio.labels(name).set(1 - free_bytes / disk["total_in_bytes"])
        metrics.heap_used_ratio.labels(name).set(node["jvm"]["mem"]["heap_used_percent"] / 100)
        for queue in _QUEUES:
            rejected = node["thread_pool"].get(queue, {}).get("rejected", 0)
            metrics.rejected_requests.labels(name, queue).set(rejected)
