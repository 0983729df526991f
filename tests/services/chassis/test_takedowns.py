"""The list of takedowns and the forgetting of events, on the real Kafka."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from kafka import TopicPartition
from kafka.admin import KafkaAdminClient

from services.chassis.errors import Retry
from services.chassis.forgetting import Forgetter, Forgotten
from services.chassis.kafka import Publisher, build_admin, build_producer, build_reader
from services.chassis.settings import KafkaSettings
from services.chassis.takedowns import TakedownList
from services.chassis.topics import ensure_topics
from services.contracts.takedowns import TakedownV1
from services.contracts.topics import RAW, TAKEDOWNS, Topic

pytestmark = pytest.mark.integration


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


@dataclass
class Archive:
    """A topic of two partitions, and what works on it."""

    topic: Topic
    settings: KafkaSettings
    publisher: Publisher
    admin: KafkaAdminClient
    reader: Any

    def publish(self, key: str, value: bytes, *, partition: int = 0) -> None:
        sent = self.publisher.publish(
            self.topic,
            key=key,
            value=value,
            partition=partition,
            headers=[("trace", b"1")],
            timestamp_ms=1_790_000_000_000,
        )
        self.publisher.confirm([sent])

    def read(self) -> list[tuple[str, bytes]]:
        places = [TopicPartition(self.topic.name, n) for n in range(self.topic.partitions)]
        self.reader.assign(places)
        self.reader.seek_to_beginning(*places)
        ends = self.reader.end_offsets(places)
        found: list[Any] = []
        while any(self.reader.position(place) < end for place, end in ends.items()):
            found += [r for records in self.reader.poll(200).values() for r in records]
        return sorted((record.key.decode(), record.value) for record in found)

    @property
    def forgetter(self) -> Forgetter:
        return Forgetter(consumer=self.reader, admin=self.admin, publisher=self.publisher)


@pytest.fixture
def archive(kafka_settings: KafkaSettings, unique_name: str) -> Iterator[Archive]:
    topic = replace(RAW, name=unique_name, partitions=2, retention_ms=-1)
    ensure_topics(kafka_settings, topics=[topic])
    publisher = Publisher(build_producer(kafka_settings, client_id="test"))
    admin = build_admin(kafka_settings, client_id="test")
    reader = build_reader(kafka_settings, client_id="test")
    yield Archive(topic, kafka_settings, publisher, admin, reader)
    publisher.close()
    admin.close()
    reader.close()


def test_forgetting_removes_every_event_of_the_article_and_no_other(archive: Archive) -> None:
    for number in range(3):
        archive.publish("gone", b"%d" % number)
        archive.publish("kept", b"%d" % number)
    archive.publish("other", b"0", partition=1)
    before = archive.read()
    assert archive.forgetter.forget(archive.topic, key="gone") == Forgotten(removed=3, copied=2)
    assert archive.read() == [each for each in before if each[0] != "gone"]
    assert archive.forgetter.count(archive.topic, key="gone") == 0


def test_forgetting_keeps_headers_and_times_of_the_others(archive: Archive) -> None:
    archive.publish("kept", b"1")
    archive.publish("gone", b"1")
    archive.forgetter.forget(archive.topic, key="gone")
    place = TopicPartition(archive.topic.name, 0)
    archive.reader.assign([place])
    archive.reader.seek_to_beginning(place)
    records: list[Any] = []
    deadline = time.monotonic() + 60
    while not records and time.monotonic() < deadline:
        records += archive.reader.poll(500).get(place, [])
    (kept,) = records
    assert kept.headers == [("trace", b"1")]
    assert kept.timestamp == 1_790_000_000_000


def test_forgetting_what_is_not_there_touches_nothing(archive: Archive) -> None:
    archive.publish("kept", b"1")
    assert archive.forgetter.forget(archive.topic, key="gone") == Forgotten(0, 0)
    assert archive.read() == [("kept", b"1")]


def test_interrupted_forgetting_is_whole_after_the_next(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive.publish("kept", b"1")
    archive.publish("gone", b"1")

    def fail(*_: object) -> None:
        raise Retry("Kafka went away.")

    with monkeypatch.context() as broken:
        broken.setattr(archive.admin, "delete_records", fail)
        with pytest.raises(Retry):
            archive.forgetter.forget(archive.topic, key="gone")
    archive.forgetter.forget(archive.topic, key="gone")
    assert set(archive.read()) == {("kept", b"1")}


@pytest.fixture
def takedowns(kafka_settings: KafkaSettings, unique_name: str) -> Topic:
    topic = replace(TAKEDOWNS, name=unique_name, partitions=2)
    ensure_topics(kafka_settings, topics=[topic])
    return topic


def decide(settings: KafkaSettings, topic: Topic, article_id: str, *, is_lifted: bool) -> None:
    takedown = TakedownV1(
        article_id=article_id,
        requested_by="Tòa án",
        reason="12/2026",
        decided_at=datetime(2026, 10, 5, tzinfo=UTC),
        is_lifted=is_lifted,
    )
    publisher = Publisher(build_producer(settings, client_id="test"))
    publisher.confirm([publisher.publish(topic, key=article_id, value=takedown.encode())])
    publisher.close()


def test_list_knows_earlier_decisions_at_once_and_later_ones_soon(
    kafka_settings: KafkaSettings, takedowns: Topic
) -> None:
    decide(kafka_settings, takedowns, "demo:1", is_lifted=False)
    known = TakedownList(kafka_settings, client_id="test", topic=takedowns)
    known.start()
    try:
        assert known.has("demo:1")
        assert not known.has("demo:2")
        decide(kafka_settings, takedowns, "demo:2", is_lifted=False)
        wait_until(lambda: known.has("demo:2"))
        decide(kafka_settings, takedowns, "demo:1", is_lifted=True)
        wait_until(lambda: not known.has("demo:1"))
    finally:
        known.close()


def test_list_without_its_topic_asks_to_retry(
    kafka_settings: KafkaSettings, unique_name: str
) -> None:
    missing = replace(TAKEDOWNS, name=unique_name)
    with pytest.raises(Retry, match=unique_name):
        TakedownList(kafka_settings, client_id="test", topic=missing).start()
