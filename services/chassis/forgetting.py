"""Removes the events of one article from a topic that keeps them.

In: a topic and a key. Out: the same events without those of the key.

Kafka deletes only the beginning of a partition. So the events of others that lie before the last
one of the article are written again at the end, byte for byte, and the beginning is deleted. They
come to their consumers once more, which changes nothing: handlers are idempotent, and the index
depends on which events came, not on their order. Interrupted, it is done again and is whole.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from kafka.admin import KafkaAdminClient

from services.chassis.errors import Retry
from services.chassis.kafka import PendingEvent, Publisher
from services.contracts.topics import Topic

_POLL_SECONDS = 1.0
_SILENCE_SECONDS = 20.0
_BATCH_EVENTS = 500


@dataclass(frozen=True)
class Forgotten:
    """What was done in a topic: events of the article that are gone, and others written again."""

    removed: int
    copied: int


class Forgetter:
    """Forgets articles in topics.

    Args:
        consumer: without a group; it is assigned here.
    """

    def __init__(
        self, *, consumer: KafkaConsumer, admin: KafkaAdminClient, publisher: Publisher
    ) -> None:
        self._consumer = consumer
        self._admin = admin
        self._publisher = publisher

    def count(self, topic: Topic, *, key: str) -> int:
        """Return how many events of a key a topic holds.

        Raises:
            Retry: Kafka stopped answering.
        """
        return sum(len(offsets) for offsets in self._find(topic, key=key).values())

    def forget(self, topic: Topic, *, key: str) -> Forgotten:
        """Remove the events of a key.

        Raises:
            Retry: Kafka stopped answering; doing it again finishes it.
        """
        removed = copied = 0
        for place, offsets in self._find(topic, key=key).items():
            cut = offsets[-1] + 1
            pending: list[PendingEvent] = []
            for record in self._read(place, end=cut):
                if record.key == key.encode():
                    continue
                pending.append(self._copy(topic, record))
                copied += 1
                if len(pending) >= _BATCH_EVENTS:
                    self._publisher.confirm(pending)
                    pending = []
            self._publisher.confirm(pending)
            self._admin.delete_records({place: cut})
            removed += len(offsets)
        return Forgotten(removed, copied)

    def _copy(self, topic: Topic, record: Any) -> PendingEvent:  # noqa: ANN401 - untyped library
        return self._publisher.publish(
            topic,
            key=record.key,
            value=record.value or b"",
            headers=[(name, value or b"") for name, value in record.headers],
            partition=record.partition,
            timestamp_ms=record.timestamp,
        )

    def _find(self, topic: Topic, *, key: str) -> dict[TopicPartition, list[int]]:
        found: dict[TopicPartition, list[int]] = {}
        for number in sorted(self._consumer.partitions_for_topic(topic.name) or ()):
            place = TopicPartition(topic.name, number)
            end = self._consumer.end_offsets([place])[place]
            offsets = [r.offset for r in self._read(place, end=end) if r.key == key.encode()]
            if offsets:
                found[place] = offsets
        return found

    def _read(self, place: TopicPartition, *, end: int) -> Iterator[Any]:
        self._consumer.assign([place])
        self._consumer.seek_to_beginning(place)
        silent_polls = 0
        while (position := self._consumer.position(place)) < end:
            found = self._consumer.poll(timeout_ms=round(_POLL_SECONDS * 1000)).get(place, [])
            for record in found:
                if record.offset < end:
                    yield record
            silent_polls = 0 if found else silent_polls + 1
            if silent_polls * _POLL_SECONDS >= _SILENCE_SECONDS:
                raise Retry(f"Kafka does not send {place.topic}:{place.partition} from {position}.")
