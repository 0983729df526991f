"""The pulse: what is sent, found and measured; where it looks, on the real servers."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from elasticsearch import Elasticsearch
from kafka import TopicPartition
from kafka.structs import OffsetAndMetadata
from prometheus_client import CollectorRegistry

from indexer.mappings import INDEX_PLANS, IndexLayout, ensure_indices, name_index
from services.chassis.elasticsearch import build_client
from services.chassis.errors import Retry
from services.chassis.kafka import Publisher, build_admin, build_producer
from services.chassis.settings import ElasticsearchSettings, KafkaSettings
from services.chassis.topics import ensure_topics
from services.contracts.documents import HeartbeatDocument
from services.contracts.heartbeats import name_heartbeat
from services.contracts.topics import RAW
from services.pulse.app import Pulse
from services.pulse.heart import Beat, Heart
from services.pulse.metrics import build_metrics
from services.pulse.servers import ElasticsearchWatch, KafkaWatch

TurnedClock = Any  # tests/conftest.py: fixtures are found by name, not imported


@dataclass
class Bench:
    """A pulse on a pipeline that we play."""

    clock: TurnedClock
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    sent: list[Beat] = field(default_factory=list)
    found: list[HeartbeatDocument] = field(default_factory=list)
    is_kafka_down: bool = False
    is_elasticsearch_down: bool = False

    def __post_init__(self) -> None:
        self.pulse = Pulse(
            heart=Heart(
                interval_seconds=60,
                numbers=(0, 1),
                started_seconds=self.clock.monotonic_seconds(),
            ),
            publish=self._publish,
            find=self._find,
            metrics=build_metrics(self.registry),
            clock=self.clock,
        )

    def _publish(self, beat: Beat) -> None:
        if self.is_kafka_down:
            raise Retry("Kafka is down.")
        self.sent.append(beat)

    def _find(self, numbers: list[int]) -> list[HeartbeatDocument]:
        if self.is_elasticsearch_down:
            raise Retry("Elasticsearch is down.")
        ids = {name_heartbeat(number) for number in numbers}
        return [document for document in self.found if document.article_id in ids]

    def index(self, beat: Beat, *, figures: int = 2) -> None:
        self.found.append(
            HeartbeatDocument(
                article_id=name_heartbeat(beat.number),
                revision=beat.revision,
                fetched_at=beat.sent_at,
                indexed_at=beat.sent_at,
                figure_count=figures,
            )
        )

    def read(self, name: str, **labels: str) -> float:
        value = self.registry.get_sample_value(f"unionwire_pulse_{name}", labels)
        assert value is not None, name
        return value


@pytest.fixture
def bench(clock: TurnedClock) -> Bench:
    return Bench(clock)


def test_pulse_measures_the_way_of_a_heartbeat(bench: Bench) -> None:
    bench.pulse.turn()
    bench.clock.turn(3)
    bench.index(bench.sent[0])
    bench.pulse.turn()
    assert bench.read("heartbeats_total", outcome="found") == 1
    assert bench.read("heartbeat_seconds_sum") == 3
    assert bench.read("heartbeat_unanswered_seconds") == 0
    assert bench.read("heartbeat_last_found_timestamp_seconds") == bench.clock.now().timestamp()


def test_pulse_tells_the_age_of_what_nobody_finds_without_turning(bench: Bench) -> None:
    bench.pulse.turn()
    bench.clock.turn(400)
    assert bench.read("heartbeat_unanswered_seconds") == 400


@pytest.mark.parametrize("server", ["is_kafka_down", "is_elasticsearch_down"])
def test_pulse_goes_on_when_a_server_is_back(bench: Bench, server: str) -> None:
    setattr(bench, server, True)
    bench.pulse.turn()
    bench.clock.turn(90)
    bench.pulse.turn()
    assert bench.read("heartbeat_unanswered_seconds") == 90
    setattr(bench, server, False)
    bench.pulse.turn()
    for beat in bench.sent:
        bench.index(beat)
    bench.pulse.turn()
    assert bench.read("heartbeat_unanswered_seconds") < 60
    assert bench.read("heartbeats_total", outcome="lost") == 0


def test_pulse_tells_a_heartbeat_without_figures_from_one_that_was_read(bench: Bench) -> None:
    bench.pulse.turn()
    bench.index(bench.sent[0], figures=0)
    bench.pulse.turn()
    assert bench.read("heartbeats_total", outcome="misread") == 1
    assert bench.read("heartbeats_total", outcome="found") == 0


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def read(registry: CollectorRegistry) -> Callable[..., float | None]:
    return lambda name, **labels: registry.get_sample_value(f"unionwire_pulse_{name}", labels)


@pytest.fixture
def indices(
    elasticsearch_settings: ElasticsearchSettings, unique_name: str
) -> Iterator[tuple[Elasticsearch, IndexLayout]]:
    client = build_client(elasticsearch_settings)
    layout = IndexLayout(prefix=f"{unique_name}-")
    ensure_indices(client, layout)
    yield client, layout
    for plan in INDEX_PLANS:
        client.options(ignore_status=404).indices.delete(index=name_index(layout, plan))
    client.close()


@pytest.mark.integration
def test_elasticsearch_watch_sees_nodes_and_indices(
    indices: tuple[Elasticsearch, IndexLayout],
    registry: CollectorRegistry,
    read: Callable[..., float | None],
) -> None:
    client, layout = indices
    client.index(
        index=layout.heartbeats,
        document={"article_id": ":heartbeat:0", "revision": 1},
        refresh=True,
    )
    ElasticsearchWatch(client, build_metrics(registry), prefix=layout.prefix).look()
    (node,) = [each["name"] for each in client.nodes.info()["nodes"].values()]
    assert read("elasticsearch_up") == 1
    assert read("elasticsearch_status") in (0, 1, 2)
    assert read("elasticsearch_index_documents", index="heartbeats") == 1
    assert read("elasticsearch_index_documents", index="articles") == 0
    assert 0 < (read("elasticsearch_disk_used_ratio", node=node) or 0) < 1
    assert 0 < (read("elasticsearch_heap_used_ratio", node=node) or 0) < 1
    assert read("elasticsearch_rejected_requests", node=node, queue="write") is not None


@pytest.mark.integration
def test_elasticsearch_watch_keeps_no_old_numbers_when_it_is_away(
    indices: tuple[Elasticsearch, IndexLayout],
    registry: CollectorRegistry,
    read: Callable[..., float | None],
) -> None:
    client, layout = indices
    metrics = build_metrics(registry)
    ElasticsearchWatch(client, metrics, prefix=layout.prefix).look()
    away = Elasticsearch("http://127.0.0.1:9", max_retries=0)
    ElasticsearchWatch(away, metrics, prefix=layout.prefix).look()
    assert read("elasticsearch_up") == 0
    assert read("elasticsearch_index_documents", index="articles") is None


@pytest.mark.integration
def test_kafka_watch_sees_topics_and_the_lag_of_a_group_without_workers(
    kafka_settings: KafkaSettings,
    unique_name: str,
    registry: CollectorRegistry,
    read: Callable[..., float | None],
) -> None:
    topic = replace(RAW, name=unique_name, partitions=2)
    ensure_topics(kafka_settings, topics=[topic])
    publisher = Publisher(build_producer(kafka_settings, client_id="test"))
    publisher.confirm(
        [publisher.publish(topic, key="k", value=b"x" * 100, partition=1) for _ in range(5)]
    )
    publisher.close()
    admin = build_admin(kafka_settings, client_id="test")
    admin.alter_group_offsets(
        unique_name, {TopicPartition(topic.name, 1): OffsetAndMetadata(2, "", -1)}
    )
    admin.close()
    metrics = build_metrics(registry)
    groups = {unique_name: topic, f"{unique_name}-new": topic}
    watch = KafkaWatch(kafka_settings, metrics, topics=[topic], groups=groups)
    watch.look()
    assert read("kafka_up") == 1
    assert read("kafka_brokers") == 1
    assert read("kafka_under_replicated_partitions") == 0
    assert read("kafka_topic_events", topic=topic.name) == 5
    assert (read("kafka_topic_size_bytes", topic=topic.name) or 0) > 100
    assert read("kafka_group_lag_messages", group=unique_name, topic=topic.name) == 3
    assert read("kafka_group_lag_messages", group=f"{unique_name}-new", topic=topic.name) == 5
    watch.close()


def test_kafka_watch_keeps_no_old_numbers_when_it_is_away(
    registry: CollectorRegistry,
    read: Callable[..., float | None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise Retry("Kafka does not answer.")

    monkeypatch.setattr("services.pulse.servers.build_admin", refuse)
    away = KafkaSettings(bootstrap_servers="127.0.0.1:9")
    metrics = build_metrics(registry)
    metrics.topic_events.labels("articles.raw.v1").set(7)
    watch = KafkaWatch(away, metrics, topics=[RAW], groups={})
    watch.look()
    assert read("kafka_up") == 0
    assert read("kafka_topic_events", topic="articles.raw.v1") is None
