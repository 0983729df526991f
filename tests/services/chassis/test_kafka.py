"""Publishing and topics, on the real Kafka."""

import os
import socket
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace

import pytest
from kafka.errors import KafkaTimeoutError

from services.chassis.errors import Fatal, Reject, Retry
from services.chassis.kafka import Publisher, build_consumer, build_producer, is_answering
from services.chassis.settings import KafkaSettings
from services.chassis.topics import ensure_topics
from services.contracts.topics import RAW, Topic

pytestmark = pytest.mark.integration


@pytest.fixture
def topic(kafka_settings: KafkaSettings, unique_name: str) -> Topic:
    topic = replace(RAW, name=unique_name, partitions=2)
    ensure_topics(kafka_settings, topics=[topic])
    return topic


@pytest.fixture
def publisher(kafka_settings: KafkaSettings) -> Iterator[Publisher]:
    publisher = Publisher(build_producer(kafka_settings, client_id="test"))
    yield publisher
    publisher.close()


def test_publisher_confirms_what_the_broker_holds(
    publisher: Publisher, kafka_settings: KafkaSettings, topic: Topic
) -> None:
    publisher.confirm(
        [
            publisher.publish(topic, key="laodong:vi:1", value=b"one", headers=[("a", b"b")]),
            publisher.publish(topic, key="laodong:vi:1", value=b"two"),
        ]
    )
    consumer = build_consumer(kafka_settings, group_id=topic.name, client_id="test")
    consumer.subscribe([topic.name])
    events: list[object] = []
    for _ in range(100):
        events += [record.value for part in consumer.poll(200).values() for record in part]
        if len(events) == 2:
            break
    consumer.close()
    assert events == [b"one", b"two"]


def test_publisher_rejects_what_is_larger_than_the_topic_takes(
    publisher: Publisher, topic: Topic
) -> None:
    with pytest.raises(Reject, match=str(topic.max_message_bytes)):
        publisher.publish(topic, key="k", value=b"x" * (topic.max_message_bytes + 1))


def test_publisher_goes_on_after_the_broker_refused_an_event(
    publisher: Publisher, topic: Topic
) -> None:
    # the topic's own limit is lower than what we believe it to be
    believed = replace(topic, max_message_bytes=8 * topic.max_message_bytes)
    noise = os.urandom(3 * topic.max_message_bytes)
    with pytest.raises(Reject, match="too large"):
        publisher.confirm([publisher.publish(believed, key="k", value=noise)])
    publisher.confirm([publisher.publish(believed, key="k", value=b"small")])


def test_ensure_topics_twice_creates_nothing(kafka_settings: KafkaSettings, topic: Topic) -> None:
    assert ensure_topics(kafka_settings, topics=[topic]) == []


def test_ensure_topics_refuses_another_number_of_partitions(
    kafka_settings: KafkaSettings, topic: Topic
) -> None:
    with pytest.raises(Fatal, match="2 partitions instead of 3"):
        ensure_topics(kafka_settings, topics=[replace(topic, partitions=3)])


def test_build_producer_without_a_broker_asks_to_retry() -> None:
    with pytest.raises(Retry, match=r"127\.0\.0\.1:9 does not answer"):
        build_producer(KafkaSettings(bootstrap_servers="127.0.0.1:9"), client_id="test")


def test_is_answering_asks_each_broker(kafka_settings: KafkaSettings) -> None:
    assert is_answering(
        KafkaSettings(bootstrap_servers=f"127.0.0.1:9, {kafka_settings.bootstrap_servers}")
    )
    assert not is_answering(KafkaSettings(bootstrap_servers="127.0.0.1:9"))


def test_is_answering_is_not_deceived_by_a_broker_that_takes_connections_and_hangs() -> None:
    with socket.create_server(("127.0.0.1", 0)) as hanging:
        port = hanging.getsockname()[1]
        assert not is_answering(KafkaSettings(bootstrap_servers=f"127.0.0.1:{port}"))


def test_is_answering_is_not_deceived_by_a_server_that_speaks_no_tls(
    kafka_settings: KafkaSettings,
) -> None:
    settings = kafka_settings.model_copy(update={"security_protocol": "SASL_SSL"})
    assert not is_answering(settings)


class HangingProducer:
    """A producer whose broker is away: closing it runs out of time."""

    def __init__(self) -> None:
        self.forced: list[str] = []
        self._sender = SimpleNamespace(force_close=lambda: self.forced.append("sender"))
        self._closed = False

    def close(self, *, timeout: float) -> None:
        raise KafkaTimeoutError(f"Timeout after {timeout} s.")


def test_publisher_closes_also_while_the_broker_is_away() -> None:
    producer = HangingProducer()
    Publisher(producer).close(timeout_seconds=0.0)
    assert producer.forced == ["sender"]
    assert producer._closed
