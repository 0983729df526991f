"""Which articles no stage may take in: a list that every service keeps up to date by itself.

In: `articles.takedowns.v1`. Out: whether an article is taken down, a few seconds after it was
decided. A list that cannot be read at the start is waited for; later the last one known counts.
"""

import threading
import time
from collections.abc import Callable

import structlog
from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError
from pydantic import ValidationError

from services.chassis.errors import Retry
from services.chassis.kafka import build_reader
from services.chassis.settings import KafkaSettings
from services.contracts.takedowns import TakedownV1
from services.contracts.topics import TAKEDOWNS, Topic

TAKEN_DOWN = "taken_down"
"""How an event of such an article is counted."""
KNOWN_WITHIN_SECONDS = 15.0
"""So long after its publication every service knows a takedown, if Kafka answers."""

_POLL_SECONDS = 2.0
_LOAD_SECONDS = 30.0

log = structlog.get_logger()


class TakedownList:
    """The articles that are taken down, followed by a thread."""

    def __init__(
        self,
        settings: KafkaSettings,
        *,
        client_id: str,
        topic: Topic = TAKEDOWNS,
        build: Callable[..., KafkaConsumer] = build_reader,
    ) -> None:
        self._settings = settings
        self._client_id = client_id
        self._topic = topic
        self._build = build
        self._taken_down: dict[str, TakedownV1] = {}
        self._stopping = threading.Event()
        self._consumer: KafkaConsumer | None = None

    def start(self) -> None:
        """Read the list as it is now, then follow it.

        Raises:
            Retry: Kafka does not answer, or the topic is not there yet.
            Fatal: Kafka refuses us.
        """
        self._connect()
        threading.Thread(target=self._follow, name="takedowns", daemon=True).start()

    def close(self) -> None:
        """End the following."""
        self._stopping.set()

    def has(self, article_id: str) -> bool:
        """Return whether an article is taken down."""
        return article_id in self._taken_down

    def _connect(self) -> None:
        consumer = self._build(self._settings, client_id=self._client_id)
        try:
            self._load(consumer)
        except KafkaError as error:
            consumer.close()
            raise Retry(f"Kafka does not send {self._topic.name}: {error!r}") from error
        except Retry:
            consumer.close()
            raise
        self._consumer = consumer

    def _load(self, consumer: KafkaConsumer) -> None:
        partitions = consumer.partitions_for_topic(self._topic.name)
        if not partitions:
            raise Retry(f"Kafka has no topic {self._topic.name} yet.")
        places = [TopicPartition(self._topic.name, number) for number in sorted(partitions)]
        consumer.assign(places)
        consumer.seek_to_beginning(*places)
        ends = consumer.end_offsets(places)
        deadline_seconds = time.monotonic() + _LOAD_SECONDS
        while any(consumer.position(place) < end for place, end in ends.items()):
            self._poll(consumer, timeout_seconds=0.5)
            if time.monotonic() > deadline_seconds:
                raise Retry(f"Kafka does not send {self._topic.name}.")

    def _follow(self) -> None:
        while not self._stopping.is_set():
            try:
                if self._consumer is None:
                    self._connect()
                elif not self._poll(self._consumer, timeout_seconds=_POLL_SECONDS):
                    self._stopping.wait(_POLL_SECONDS)
            except Exception as error:  # noqa: BLE001 - the list known so far goes on counting
                log.warning("takedowns_not_read", error=repr(error)[:300])
                self._drop()
                self._stopping.wait(_POLL_SECONDS)
        self._drop()

    def _drop(self) -> None:
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            consumer.close()

    def _poll(self, consumer: KafkaConsumer, *, timeout_seconds: float) -> bool:
        found = consumer.poll(timeout_ms=round(timeout_seconds * 1000))
        for records in found.values():
            for record in records:
                self._take(record.value or b"")
        return bool(found)

    def _take(self, payload: bytes) -> None:
        try:
            takedown = TakedownV1.decode(payload)
        except ValidationError as error:
            log.warning("takedown_unreadable", errors=error.error_count())
            return
        # a new dict: others read while this thread writes
        taken_down = {**self._taken_down, takedown.article_id: takedown}
        if takedown.is_lifted:
            del taken_down[takedown.article_id]
        self._taken_down = taken_down
