# ruff: noqa: ANN401, ARG002 - stands for an untyped library, with its signatures
"""The batch loop: outcomes, retries, dead letters, commits and rebalances, on a scripted Kafka."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from kafka import TopicPartition
from kafka.errors import FencedInstanceIdError, TopicAuthorizationFailedError
from prometheus_client import CollectorRegistry

from services.chassis.breaker import Breaker
from services.chassis.consumer import BatchConsumer, BatchLimits, Delivery, Result
from services.chassis.errors import Fatal, Reject, Retry
from services.chassis.health import Health
from services.chassis.metrics import ConsumerMetrics
from services.contracts.topics import ENRICHED, Topic

PARTITION = TopicPartition(ENRICHED.name, 0)
OTHER = TopicPartition(ENRICHED.name, 1)


class ScriptedConsumer:
    """Gives one scripted poll after the other, then stops the loop."""

    def __init__(self, stopping: threading.Event, clock: Any) -> None:
        self.polls: list[list[Any] | Callable[[], list[Any]]] = []
        self.committed: list[dict[TopicPartition, int]] = []
        self.is_closed = False
        self.partitions = {PARTITION, OTHER}
        self.paused_partitions: set[TopicPartition] = set()
        self.listener: Any = None
        self._stopping = stopping
        self._clock = clock

    def subscribe(self, topics: list[str], listener: Any) -> None:
        self.listener = listener
        listener.on_partitions_assigned(sorted(self.partitions))

    def poll(self, timeout_ms: int, max_records: int) -> dict[TopicPartition, list[Any]]:
        self._clock.turn(timeout_ms / 1000 + 0.001)
        if not self.polls:
            self._stopping.set()
            return {}
        scripted = self.polls.pop(0)
        records = scripted() if callable(scripted) else scripted
        found: dict[TopicPartition, list[Any]] = {}
        for record in records:
            found.setdefault(TopicPartition(record.topic, record.partition), []).append(record)
        return found

    def assignment(self) -> set[TopicPartition]:
        return self.partitions

    def pause(self, *partitions: TopicPartition) -> None:
        self.paused_partitions |= set(partitions)

    def paused(self) -> set[TopicPartition]:
        return self.paused_partitions

    def resume(self, *partitions: TopicPartition) -> None:
        self.paused_partitions -= set(partitions)

    def commit(self, offsets: dict[TopicPartition, Any], timeout_ms: int) -> None:
        self.committed.append({part: meta.offset for part, meta in offsets.items()})

    def highwater(self, partition: TopicPartition) -> int:
        return 10

    def position(self, partition: TopicPartition, timeout_ms: int) -> int:
        return 7

    def close(self, *, autocommit: bool, timeout_ms: int) -> None:
        self.is_closed = True


@dataclass
class NotedLetters:
    """Keeps dead letters; fails as often as told."""

    letters: list[dict[str, Any]] = field(default_factory=list)
    failures: int = 0

    def publish(self, topic: Topic, *, key: Any, value: bytes, headers: Any) -> Any:
        if self.failures:
            self.failures -= 1
            raise Retry("Kafka is down.")
        self.letters.append(
            {"topic": topic.name, "key": key, "value": value, "headers": dict(headers)}
        )
        return self.letters[-1]

    def confirm(self, pending: Sequence[Any], *, timeout_seconds: float) -> None:
        """Everything that was published is held."""


def record(offset: int, value: bytes, partition: int = 0) -> Any:
    return SimpleNamespace(
        topic=ENRICHED.name,
        partition=partition,
        offset=offset,
        key=b"key",
        value=value,
        timestamp=1_790_000_000_000,
        headers=[("trace", b"1")],
    )


def decode(payload: bytes) -> str:
    if payload == b"broken":
        raise ValueError("broken")
    return payload.decode()


class Bench:
    """A loop on a scripted Kafka, and what came of it."""

    def __init__(self, clock: Any) -> None:
        self.stopping = threading.Event()
        self.consumer = ScriptedConsumer(self.stopping, clock)
        self.letters = NotedLetters()
        self.registry = CollectorRegistry()
        self.breaker = Breaker(clock, minimum_events=2, maximum_rejected_share=0.5)
        self.health = Health(clock)
        self.calls: list[list[str]] = []
        self.answers: list[Callable[[Sequence[str]], Sequence[Result]]] = []
        self.loop = BatchConsumer(
            service="indexer",
            topic=ENRICHED,
            consumer=self.consumer,
            publisher=self.letters,  # type: ignore[arg-type] # what the loop uses of one
            decode=decode,
            handler=self._handle,
            metrics=ConsumerMetrics("indexer", self.registry),
            health=self.health,
            breaker=self.breaker,
            clock=clock,
            limits=BatchLimits(events=4, size_bytes=100, linger_seconds=0.1),
        )

    def _handle(self, deliveries: Sequence[Delivery[str]]) -> Sequence[Result]:
        events = [delivery.event for delivery in deliveries]
        self.calls.append(events)
        if self.answers:
            return self.answers.pop(0)(events)
        return ["done"] * len(events)

    def run(self, *polls: Any) -> None:
        self.consumer.polls = list(polls)
        self.loop.run(self.stopping)

    def value(self, name: str, **labels: str) -> float:
        return self.registry.get_sample_value(f"unionwire_indexer_{name}", labels) or 0.0


@pytest.fixture
def bench(clock: Any) -> Bench:
    return Bench(clock)


def raise_error(error: Exception) -> Callable[[Sequence[str]], Sequence[Result]]:
    def answer(_events: Sequence[str]) -> Sequence[Result]:
        raise error

    return answer


def test_consumer_counts_one_outcome_for_each_event_and_commits(bench: Bench) -> None:
    bench.run([record(0, b"a"), record(1, b"b")], [record(5, b"c", partition=1)])
    assert bench.value("events_received_total") == 3
    assert bench.value("events_total", outcome="done") == 3
    assert bench.value("events_in_progress") == 0
    assert bench.consumer.committed == [{PARTITION: 2, OTHER: 6}]
    assert bench.consumer.is_closed


def test_consumer_fills_a_batch_while_it_lingers(bench: Bench) -> None:
    bench.run([record(0, b"a")], [record(1, b"b"), record(2, b"c"), record(3, b"d")])
    assert bench.calls == [["a", "b", "c", "d"]]


def test_consumer_cuts_batches_by_size(bench: Bench) -> None:
    bench.run([record(0, b"a" * 60), record(1, b"b" * 60)], [])
    assert [len(call) for call in bench.calls] == [1, 1]


def test_consumer_dead_letters_what_cannot_be_decoded(bench: Bench) -> None:
    bench.run([record(0, b"a"), record(1, b"broken"), record(2, b"c")], [])
    (letter,) = bench.letters.letters
    assert (letter["topic"], letter["key"], letter["value"]) == (
        "articles.enriched.v1.dlq",
        b"key",
        b"broken",
    )
    assert letter["headers"]["dlq-reason"] == b"invalid_event"
    assert letter["headers"]["trace"] == b"1"
    assert bench.value("events_total", outcome="rejected") == 1
    assert bench.value("dead_letters_total", reason="invalid_event") == 1
    assert bench.consumer.committed == [{PARTITION: 3}]


def test_consumer_dead_letters_what_the_handler_rejects(bench: Bench) -> None:
    bench.answers = [lambda _events: ["done", Reject("bad", "it is bad")]]
    bench.run([record(0, b"a"), record(1, b"b")], [])
    assert [letter["value"] for letter in bench.letters.letters] == [b"b"]
    assert bench.value("events_total", outcome="done") == 1


def test_consumer_retries_only_what_asked_for_it(bench: Bench) -> None:
    bench.answers = [lambda _events: ["done", Retry("not now")]]
    bench.run([record(0, b"a"), record(1, b"b")], *[[]] * 9)
    assert bench.calls == [["a", "b"], ["b"]]
    assert bench.value("events_total", outcome="done") == 2
    assert bench.value("retries_total", dependency="handler") == 1
    assert bench.consumer.committed == [{PARTITION: 1}, {PARTITION: 2}]


def test_consumer_pauses_while_it_waits_to_retry(bench: Bench) -> None:
    paused: list[set[TopicPartition]] = []

    def look() -> list[Any]:
        paused.append(set(bench.consumer.paused_partitions))
        return []

    bench.answers = [raise_error(Retry("not now", after_seconds=0.15))]
    bench.run([record(0, b"a")], [], look, look, [])
    assert paused[0] == {PARTITION, OTHER}
    assert not bench.consumer.paused_partitions
    assert bench.calls == [["a"], ["a"]]


def test_consumer_tries_each_event_alone_after_an_unknown_error(bench: Bench) -> None:
    bench.answers = [
        raise_error(RuntimeError("bug")),
        lambda _events: ["done"],
        raise_error(RuntimeError("bug")),
    ]
    bench.run([record(0, b"a"), record(1, b"b")], [])
    assert bench.calls == [["a", "b"], ["a"], ["b"]]
    (letter,) = bench.letters.letters
    assert letter["value"] == b"b"
    assert letter["headers"]["dlq-reason"] == b"unexpected_error"
    assert b"Traceback" in letter["headers"]["dlq-error"]


def test_consumer_commits_nothing_beyond_an_unfinished_event(bench: Bench) -> None:
    bench.answers = [lambda _events: [Retry("not now", after_seconds=9), "done"]]
    bench.run([record(0, b"a"), record(1, b"b")], [], [])
    assert bench.value("events_total", outcome="done") == 1
    assert not bench.consumer.committed


def test_consumer_keeps_a_dead_letter_until_kafka_takes_it(bench: Bench) -> None:
    bench.letters.failures = 1
    bench.run([record(0, b"broken")], *[[]] * 9)
    assert len(bench.letters.letters) == 1
    assert bench.consumer.committed == [{PARTITION: 1}]


def test_consumer_does_not_try_all_dead_letters_while_kafka_is_down(bench: Bench) -> None:
    bench.letters.failures = 3
    failures_left: list[int] = []

    def look() -> list[Any]:
        failures_left.append(bench.letters.failures)
        return []

    bench.run([record(offset, b"broken") for offset in range(3)], [], look)
    assert failures_left == [2]


@pytest.mark.parametrize("error", [FencedInstanceIdError(), TopicAuthorizationFailedError()])
def test_consumer_ends_when_kafka_refuses_it(bench: Bench, error: Exception) -> None:
    def refuse() -> list[Any]:
        raise error

    with pytest.raises(Fatal, match="refuses us"):
        bench.run([record(0, b"a")], [], refuse)
    assert bench.consumer.is_closed


def test_consumer_forgets_what_another_worker_got(bench: Bench) -> None:
    def lose() -> list[Any]:
        bench.consumer.listener.on_partitions_revoked([PARTITION, OTHER])
        bench.consumer.listener.on_partitions_assigned([OTHER])
        bench.consumer.partitions = {OTHER}
        return [record(1, b"not ours"), record(4, b"c", partition=1)]

    bench.answers = [lambda _events: [Retry("not now", after_seconds=0.15)]]
    bench.run([record(0, b"a")], [], lose, *[[]] * 5)
    assert bench.calls == [["a"], ["c"]]
    assert bench.consumer.committed == [{OTHER: 5}]


def test_consumer_stands_still_when_too_much_is_rejected(bench: Bench) -> None:
    broken = [record(offset, b"broken") for offset in range(4)]
    bench.run(broken, *[[]] * 30)
    # Two rejections open the breaker; each further one has to wait for it to close.
    assert len(bench.letters.letters) == 2
    assert bench.breaker.is_open
    assert bench.consumer.committed == [{PARTITION: 2}]


def test_consumer_ends_on_fatal_and_commits_what_is_done(bench: Bench) -> None:
    bench.answers = [lambda _events: ["done"], raise_error(Fatal("misconfigured"))]
    with pytest.raises(Fatal, match="misconfigured"):
        bench.run([record(0, b"a")], [], [record(1, b"b")], [])
    assert bench.consumer.committed == [{PARTITION: 1}]
    assert bench.consumer.is_closed


def test_consumer_measures_lag(bench: Bench) -> None:
    bench.run([record(0, b"a")], [])
    lag = bench.value("consumer_lag_messages", topic=ENRICHED.name, partition="0")
    assert lag == 3
    assert bench.value("consumer_lag_seconds") > 0


def test_consumer_is_ready_only_with_partitions(bench: Bench) -> None:
    bench.consumer.partitions = set()
    bench.run([])
    assert not bench.loop.is_assigned
