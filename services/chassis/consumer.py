"""The loop of a service that consumes events in batches.

In: a topic's records. Out: for each event exactly one counted outcome, its dead letter when it
can never work, and its offset committed after its effect.

The handler gets a batch and answers for each event: an outcome, a `Reject` or a `Retry`. What is
to be retried is retried with back-off while the group membership is kept; what raises is tried
once more alone and then rejected. Events are delivered at least once, those of a key in order.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Generic, TypeVar

import structlog
from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.subscription_state import ConsumerRebalanceListener
from kafka.errors import CommitFailedError, KafkaError
from kafka.structs import OffsetAndMetadata
from pydantic import ValidationError

from services.chassis.backoff import backoff_seconds
from services.chassis.breaker import Breaker
from services.chassis.clock import Clock
from services.chassis.dead_letters import build_headers
from services.chassis.errors import Fatal, Reject, Retry
from services.chassis.health import Health
from services.chassis.kafka import REFUSALS, Publisher
from services.chassis.metrics import ConsumerMetrics
from services.contracts.topics import Topic

Event = TypeVar("Event")
Place = tuple[TopicPartition, int]

_POLL_SECONDS = 0.5
_WAITING_POLL_SECONDS = 0.1
_LAG_INTERVAL_SECONDS = 1.0
_REJECTED = "rejected"

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Delivery(Generic[Event]):
    """An event and where it came from; `place` names it among all events."""

    event: Event
    place: Place
    size_bytes: int
    published_ms: int | None = None
    """When it came to Kafka, in epoch milliseconds."""


Result = str | Reject | Retry
"""What became of an event: its outcome, or why there is none."""


Handler = Callable[[Sequence[Delivery[Event]]], Sequence[Result]]
"""Handles a batch and answers for each event, in order; or raises `Retry` or `Fatal` for all.

The same event may come again, after a `Retry` or a crash.
"""


@dataclass(frozen=True, kw_only=True)
class BatchLimits:
    """When a batch is full: whichever comes first."""

    events: int = 500
    size_bytes: int = 5 * 1024 * 1024
    linger_seconds: float = 0.2


@dataclass
class _Pending:
    """A record that has no outcome yet."""

    record: Any
    partition: TopicPartition
    taken_at_seconds: float
    attempts: int = 0
    rejection: Exception | None = None

    @property
    def place(self) -> Place:
        return (self.partition, self.record.offset)

    @property
    def size_bytes(self) -> int:
        return len(self.record.value or b"")


class BatchConsumer(Generic[Event]):
    """Polls, hands batches to a handler, dead-letters what is rejected, commits.

    Args:
        consumer: from `build_consumer`; subscribed here and closed at the end of `run`.
        decode: bytes to event; a ValidationError makes a dead letter.
        handler: does the work.
        dependency: what the handler depends on, for the metric of retries.
    """

    def __init__(
        self,
        *,
        service: str,
        topic: Topic,
        consumer: KafkaConsumer,
        publisher: Publisher,
        decode: Callable[[bytes], Event],
        handler: Handler[Event],
        metrics: ConsumerMetrics,
        health: Health,
        breaker: Breaker,
        clock: Clock,
        limits: BatchLimits | None = None,
        dependency: str = "handler",
    ) -> None:
        self._service = service
        self._topic = topic
        self._consumer = consumer
        self._publisher = publisher
        self._decode = decode
        self._handler = handler
        self._metrics = metrics
        self._health = health
        self._breaker = breaker
        self._clock = clock
        self._limits = limits or BatchLimits()
        self._dependency = dependency
        self._stopping = threading.Event()
        self._waiting: dict[Place, _Pending] = {}
        """Taken in, in order, without an outcome."""
        self._next_offsets: dict[TopicPartition, int] = {}
        """After the newest finished event, where not committed yet."""
        self._committed: dict[TopicPartition, int] = {}
        """What the group knows to be finished."""
        self._rebalances: deque[str] = deque()
        """What the library's own thread told, to be heeded by ours."""
        self._lag_measured_at_seconds = 0.0
        self._newest_finished_ms: int | None = None
        self.is_assigned = False
        """Whether the group gave us partitions."""

    def run(self, stopping: threading.Event) -> None:
        """Consume until `stopping` is set.

        Raises:
            Fatal: the handler, or Kafka, cannot work as configured.
        """
        self._stopping = stopping
        self._consumer.subscribe([self._topic.name], listener=_Listener(self._rebalances))
        try:
            while not stopping.is_set():
                self._turn()
        finally:
            self._close()

    def _turn(self) -> None:
        if self._breaker.is_open:
            self._stand_still(until=lambda: not self._breaker.is_open)
            return
        self._fill()
        if self._waiting:
            self._work_off(self._cut_batch())
        self._commit()
        self._measure_lag()

    # -- taking in ---------------------------------------------------------------------------

    def _fill(self) -> None:
        """Take in records until a batch is full or has lingered."""
        if self._is_full():
            self._poll(0)
            return
        if not self._waiting:
            self._poll(_POLL_SECONDS)
        deadline = self._clock.monotonic_seconds() + self._limits.linger_seconds
        while self._waiting and not self._is_full() and not self._stopping.is_set():
            left_seconds = deadline - self._clock.monotonic_seconds()
            if left_seconds <= 0:
                return
            self._poll(left_seconds)

    def _is_full(self) -> bool:
        return (
            len(self._waiting) >= self._limits.events
            or sum(pending.size_bytes for pending in self._waiting.values())
            >= self._limits.size_bytes
        )

    def _cut_batch(self) -> list[_Pending]:
        batch: list[_Pending] = []
        size_bytes = 0
        for pending in islice(self._waiting.values(), self._limits.events):
            size_bytes += pending.size_bytes
            if batch and size_bytes > self._limits.size_bytes:
                break
            batch.append(pending)
        return batch

    def _poll(self, timeout_seconds: float) -> None:
        self._health.progress()
        room = max(1, self._limits.events - len(self._waiting))
        try:
            found = self._consumer.poll(timeout_ms=round(timeout_seconds * 1000), max_records=room)
        except KafkaError as error:
            self._note_kafka_failure(error)
            return
        self._heed_rebalances()
        now_seconds = self._clock.monotonic_seconds()
        assigned = self._consumer.assignment()
        for partition, records in found.items():
            if partition not in assigned:
                continue
            for record in records:
                self._metrics.received.inc()
                pending = _Pending(record=record, partition=partition, taken_at_seconds=now_seconds)
                self._waiting[pending.place] = pending
                self._committed.setdefault(partition, record.offset)
        self._metrics.in_progress.set(len(self._waiting))

    def _stand_still(self, *, until: Callable[[], bool]) -> None:
        """Keep the group membership without taking anything in."""
        while not until() and not self._stopping.is_set():
            # Each time: a rebalance forgets what was paused.
            self._consumer.pause(*self._consumer.assignment())
            self._poll(_WAITING_POLL_SECONDS)
        self._consumer.resume(*self._consumer.paused())

    def _wait(self, seconds: float) -> None:
        deadline = self._clock.monotonic_seconds() + seconds
        self._stand_still(until=lambda: self._clock.monotonic_seconds() >= deadline)

    # -- working -----------------------------------------------------------------------------

    def _work_off(self, batch: list[_Pending]) -> None:
        """Bring every event of the batch to its outcome, unless stopped or taken from us."""
        failures = 0
        while batch and not self._stopping.is_set():
            retry = self._attempt(batch)
            batch = [pending for pending in batch if self._is_ours(pending)]
            if retry is not None and batch:
                self._note_retry(retry, failures=failures)
                self._commit()
                self._wait(retry.after_seconds or backoff_seconds(failures))
                failures += 1
                batch = [pending for pending in batch if self._is_ours(pending)]

    def _is_ours(self, pending: _Pending) -> bool:
        return self._waiting.get(pending.place) is pending

    def _attempt(self, batch: list[_Pending]) -> Retry | None:
        decoded = [delivery for pending in batch if (delivery := self._try_decode(pending))]
        results = self._handle(decoded)
        retry: Retry | None = None
        by_place = {pending.place: pending for pending in batch}
        for delivery, result in zip(decoded, results, strict=True):
            pending = by_place[delivery.place]
            if isinstance(result, Retry):
                retry = result
            elif isinstance(result, Exception):
                pending.rejection = result
            else:
                self._finish(pending, outcome=result)
        for pending in batch:
            if pending.rejection is not None and (delay := self._dead_letter(pending)):
                # the others would wait as long, one after the other
                return delay
        return retry

    def _try_decode(self, pending: _Pending) -> Delivery[Event] | None:
        if pending.rejection is not None:
            return None
        pending.attempts += 1
        try:
            event = self._decode(pending.record.value or b"")
        except (ValidationError, ValueError) as error:
            # The error's text quotes the event; only where and what is kept.
            rejection = Reject("invalid_event", _describe_invalid(error))
            rejection.__cause__ = error
            pending.rejection = rejection
            return None
        return Delivery(
            event=event,
            place=pending.place,
            size_bytes=pending.size_bytes,
            published_ms=pending.record.timestamp,
        )

    def _handle(self, deliveries: Sequence[Delivery[Event]]) -> Sequence[Result | Exception]:
        if not deliveries:
            return []
        try:
            return self._handler(deliveries)
        except Fatal:
            raise
        except Retry as error:
            return [error] * len(deliveries)
        except Exception as error:  # noqa: BLE001 - the message border
            log.warning("batch_failed", events=len(deliveries), error=repr(error))
            return [self._handle_alone(delivery) for delivery in deliveries]

    def _handle_alone(self, delivery: Delivery[Event]) -> Result | Exception:
        self._health.progress()
        try:
            (result,) = self._handler([delivery])
        except Fatal:
            raise
        except Exception as error:  # noqa: BLE001 - the message border
            return error
        return result

    def _dead_letter(self, pending: _Pending) -> Retry | None:
        """Publish the dead letter and finish the event; return why it must wait, if it must."""
        if self._breaker.is_open:
            return Retry("Too many recent events were rejected.", after_seconds=1.0)
        error = pending.rejection
        if error is None:  # pragma: no cover - the caller asks first
            return None
        record = pending.record
        headers = build_headers(
            error=error,
            service=self._service,
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            attempts=pending.attempts,
            rejected_at=self._clock.now(),
            event_timestamp_ms=record.timestamp,
            original_headers=record.headers,
        )
        try:
            letter = self._publisher.publish(
                self._topic.dead_letters, key=record.key, value=record.value or b"", headers=headers
            )
            self._publisher.confirm([letter], timeout_seconds=10.0)
        except Retry as retry:
            return retry
        except Reject:
            # The original stays in its own topic; a stuck partition would help nobody.
            log.exception("dead_letter_refused", place=_describe(pending.place))
        reason = error.reason if isinstance(error, Reject) else "unexpected_error"
        self._metrics.dead_letters.labels(reason).inc()
        log.warning(
            "event_rejected",
            reason=reason,
            error=str(error)[:500],
            key=(record.key or b"").decode(errors="replace"),
            place=_describe(pending.place),
            attempts=pending.attempts,
        )
        self._finish(pending, outcome=_REJECTED)
        return None

    def _finish(self, pending: _Pending, *, outcome: str) -> None:
        del self._waiting[pending.place]
        self._metrics.outcomes.labels(outcome).inc()
        self._metrics.seconds.observe(
            max(0.0, self._clock.monotonic_seconds() - pending.taken_at_seconds)
        )
        self._metrics.last_processed.set(self._clock.now().timestamp())
        self._metrics.in_progress.set(len(self._waiting))
        self._breaker.record(is_rejected=outcome == _REJECTED)
        self._newest_finished_ms = pending.record.timestamp
        finished = pending.record.offset + 1
        self._next_offsets[pending.partition] = max(
            finished, self._next_offsets.get(pending.partition, 0)
        )

    # -- committing --------------------------------------------------------------------------

    def _commit(self) -> None:
        """Commit each partition up to its first event without an outcome."""
        offsets = self._committable()
        if not offsets:
            return
        try:
            self._consumer.commit(
                {part: OffsetAndMetadata(offset, "", -1) for part, offset in offsets.items()},
                timeout_ms=3_000,
            )
        except CommitFailedError:
            # The group moved on without us: the events come again, here or elsewhere.
            log.warning("commit_refused", partitions=len(offsets))
        except KafkaError as error:
            self._note_kafka_failure(error)
            return
        self._committed.update(offsets)
        for partition, offset in offsets.items():
            if self._next_offsets.get(partition) == offset:
                del self._next_offsets[partition]

    def _committable(self) -> dict[TopicPartition, int]:
        first_waiting: dict[TopicPartition, int] = {}
        for partition, offset in self._waiting:
            first_waiting[partition] = min(offset, first_waiting.get(partition, offset))
        finished = {
            partition: min(offset, first_waiting.get(partition, offset))
            for partition, offset in self._next_offsets.items()
        }
        return {
            partition: offset
            for partition, offset in finished.items()
            if offset > self._committed.get(partition, -1)
        }

    def _heed_rebalances(self) -> None:
        """Forget what is not ours any more: whoever has the partitions now gets it again.

        All that is finished was committed before the poll in which partitions changed hands.
        """
        while self._rebalances:
            if self._rebalances.popleft() == "revoked":
                self._waiting.clear()
                self._next_offsets.clear()
                self._committed.clear()
                self._metrics.lag_messages.clear()
        assigned = self._consumer.assignment()
        if self.is_assigned != bool(assigned):
            self.is_assigned = bool(assigned)
            log.info("partitions_assigned", topic=self._topic.name, partitions=len(assigned))

    def _measure_lag(self) -> None:
        now_seconds = self._clock.monotonic_seconds()
        if now_seconds - self._lag_measured_at_seconds < _LAG_INTERVAL_SECONDS:
            return
        self._lag_measured_at_seconds = now_seconds
        lag_messages = 0
        for partition in self._consumer.assignment():
            behind = self._count_behind(partition)
            self._metrics.lag_messages.labels(partition.topic, str(partition.partition)).set(behind)
            lag_messages += behind
        if not lag_messages or self._newest_finished_ms is None:
            self._metrics.lag_seconds.set(0)
        else:
            age_seconds = self._clock.now().timestamp() - self._newest_finished_ms / 1000
            self._metrics.lag_seconds.set(max(0.0, age_seconds))

    def _count_behind(self, partition: TopicPartition) -> int:
        waiting = len([offset for taken, offset in self._waiting if taken == partition])
        try:
            end = self._consumer.highwater(partition)
            position = self._consumer.position(partition, timeout_ms=0)
        except KafkaError:
            return waiting
        if end is None or position is None:
            return waiting
        return max(0, int(end) - int(position)) + waiting

    def _note_retry(self, retry: Retry, *, failures: int) -> None:
        self._metrics.retries.labels(self._dependency).inc()
        log.warning("batch_retried", error=str(retry), attempt=failures + 1)

    def _note_kafka_failure(self, error: KafkaError) -> None:
        if isinstance(error, REFUSALS):
            raise Fatal(f"Kafka refuses us: {error}; check the settings of this worker.") from error
        self._metrics.retries.labels("kafka").inc()
        log.warning("kafka_failed", error=repr(error))
        self._stopping.wait(_WAITING_POLL_SECONDS)

    def _close(self) -> None:
        try:
            self._commit()
        finally:
            self._consumer.close(autocommit=False, timeout_ms=3_000)


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc] # untyped library
    """Runs on the library's thread, where nothing may block: only takes notes."""

    def __init__(self, rebalances: "deque[str]") -> None:
        self._rebalances = rebalances

    def on_partitions_revoked(self, revoked: Sequence[TopicPartition]) -> None:
        if revoked:
            self._rebalances.append("revoked")

    def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:
        if assigned:
            self._rebalances.append("assigned")


def _describe(place: Place) -> str:
    partition, offset = place
    return f"{partition.topic}:{partition.partition}:{offset}"


def _describe_invalid(error: ValueError) -> str:
    if not isinstance(error, ValidationError):
        return f"The event cannot be read: {error}."
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "event"
    return f"The event does not fit: {where}: {first['msg']}."
