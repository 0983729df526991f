"""Delivery: article events to Kafka or a file, and the news of what was acknowledged.

In: events. Out: for each event, once, whether the sink holds it for good. Kafka being down means
waiting, never losing; the caller stops fetching while too many events are unacknowledged.
"""

import os
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import structlog

from services.chassis.backoff import backoff_seconds
from services.chassis.errors import Fatal, Reject, Retry
from services.chassis.kafka import PendingEvent, Publisher, build_producer, is_answering
from services.chassis.settings import KafkaSettings
from services.chassis.takedowns import TAKEN_DOWN, TakedownList
from services.contracts.articles import RawArticleV1
from services.contracts.topics import RAW

BATCH_LIMIT = 200
ATTEMPTS_BEFORE_REBUILD = 5
CONFIRM_SECONDS = 130.0

log = structlog.get_logger()

Outcome = Reject | None
"""None: the sink holds the event. Reject: it never will."""


class Sink(Protocol):
    """Where events go."""

    def deliver(self, events: Sequence[RawArticleV1]) -> list[Outcome | Retry]:
        """Hand over events and wait; return for each what became of it.

        Raises:
            Retry: nothing can be handed over now.
            Fatal: nothing ever will.
        """
        ...

    def is_answering(self) -> bool:
        """Whether the sink can be reached."""
        ...

    def close(self) -> None:
        """Let go of the sink."""
        ...


class FileSink:
    """Appends events as JSON lines; what is acknowledged is on the disk."""

    def __init__(self, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._stream = path.open("ab")
            _cut_unfinished_line(path)
        except OSError as error:
            raise Fatal(f"The file {path} cannot be written: {error.strerror}.") from error
        self._path = path

    def deliver(self, events: Sequence[RawArticleV1]) -> list[Outcome | Retry]:
        """Append the events and wait until the disk has them."""
        try:
            self._stream.write(b"".join(event.encode() + b"\n" for event in events))
            self._stream.flush()
            os.fsync(self._stream.fileno())
        except OSError as error:
            raise Retry(f"The file {self._path} cannot be written: {error.strerror}.") from error
        return [None] * len(events)

    def is_answering(self) -> bool:
        """Whether the file is open."""
        return not self._stream.closed

    def close(self) -> None:
        """Close the file."""
        self._stream.close()


def _cut_unfinished_line(path: Path) -> None:
    """Remove a last line that a killed process did not finish: it was never acknowledged."""
    with path.open("r+b") as stream:
        size = stream.seek(0, os.SEEK_END)
        tail_bytes = min(size, RAW.max_message_bytes)
        stream.seek(size - tail_bytes)
        tail = stream.read(tail_bytes)
        if tail and not tail.endswith(b"\n"):
            stream.truncate(size - tail_bytes + tail.rfind(b"\n") + 1)


class KafkaSink:
    """Publishes events to `articles.raw.v1`; what is acknowledged is on all replicas."""

    def __init__(
        self, settings: KafkaSettings, *, build: Callable[..., Any] = build_producer
    ) -> None:
        self._settings = settings
        self._build = build
        self._producer: Any = None
        self._publisher: Publisher | None = None
        self._takedowns: TakedownList | None = None
        self._failures = 0

    def deliver(self, events: Sequence[RawArticleV1]) -> list[Outcome | Retry]:
        """Publish the events and wait for the broker's word on each."""
        publisher = self._connect()
        handed: list[PendingEvent | Reject | Retry] = []
        for event in events:
            if self._takedowns is not None and self._takedowns.has(event.article_id):
                handed.append(Reject(TAKEN_DOWN, f"{event.article_id} is taken down."))
                continue
            try:
                handed.append(publisher.publish(RAW, key=event.article_id, value=event.encode()))
            except (Reject, Retry) as error:
                handed.append(error)
        answers = [self._confirm(publisher, pending) for pending in handed]
        if any(isinstance(answer, Retry) for answer in answers):
            self._failures += 1
            if self._failures >= ATTEMPTS_BEFORE_REBUILD:
                self.close()
        else:
            self._failures = 0
        return answers

    @staticmethod
    def _confirm(publisher: Publisher, pending: PendingEvent | Reject | Retry) -> Outcome | Retry:
        if not isinstance(pending, PendingEvent):
            return pending
        try:
            publisher.confirm([pending], timeout_seconds=CONFIRM_SECONDS)
        except (Reject, Retry) as error:
            return error
        return None

    def _connect(self) -> Publisher:
        if self._publisher is None:
            if self._takedowns is None:
                takedowns = TakedownList(self._settings, client_id="unionwire-crawler-takedowns")
                takedowns.start()
                self._takedowns = takedowns
            self._producer = self._build(self._settings, client_id="unionwire-crawler")
            self._publisher = Publisher(self._producer)
            self._failures = 0
        return self._publisher

    def is_answering(self) -> bool:
        """Whether a broker takes connections and the last events went through."""
        if self._publisher is None or self._failures:
            return False
        return is_answering(self._settings)

    def connect(self) -> None:
        """Reach the broker before there is anything to publish.

        Raises:
            Retry: no broker answers.
            Fatal: the broker refuses us.
        """
        self._connect()

    def close(self) -> None:
        """Close the producer; what it still holds is given up."""
        if self._publisher is not None:
            publisher, self._publisher, self._producer = self._publisher, None, None
            publisher.close(timeout_seconds=1.0)


@dataclass(frozen=True)
class _Submitted:
    event: RawArticleV1
    on_done: Callable[[Outcome], None]


class Delivery:
    """Hands events to a sink from a thread of its own, in batches, again and again if need be.

    `call` runs a function on the caller's thread; all callbacks arrive through it.
    """

    def __init__(
        self,
        sink: Sink,
        *,
        call: Callable[[Callable[[], None]], None],
        on_retry: Callable[[], None] = lambda: None,
        on_fatal: Callable[[Fatal], None] = lambda _: None,
    ) -> None:
        self._sink = sink
        self._call = call
        self._on_retry = on_retry
        self._on_fatal = on_fatal
        self._queue: queue.SimpleQueue[_Submitted | None] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="delivery", daemon=True)
        self.unacknowledged = 0

    def start(self) -> None:
        """Start delivering."""
        self._thread.start()

    def submit(self, event: RawArticleV1, on_done: Callable[[Outcome], None]) -> None:
        """Take an event; `on_done` is called once, when the sink holds or refuses it for good."""
        self.unacknowledged += 1
        self._queue.put(_Submitted(event, on_done))

    def stop(self, *, timeout_seconds: float) -> bool:
        """Deliver what was taken if that is possible in time; return whether it was all."""
        self._queue.put(None)
        self._thread.join(timeout_seconds)
        self._stopping.set()
        is_done = not self._thread.is_alive()
        if is_done:
            self._sink.close()
        return is_done

    def _run(self) -> None:
        try:
            self._work()
        except Exception as error:
            # Without this thread nothing would ever be acknowledged, and nobody would notice.
            log.exception("delivery_failed")
            self._give_up(Fatal(f"Events cannot be delivered any more: {error!r}."))

    def _work(self) -> None:
        if isinstance(self._sink, KafkaSink):
            self._connect(self._sink)
        is_ending = False
        while not is_ending and not self._stopping.is_set():
            batch, is_ending = self._take()
            if batch and not self._deliver(batch):
                return

    def _connect(self, sink: KafkaSink) -> None:
        attempt = 0
        while not self._stopping.is_set():
            try:
                sink.connect()
            except Retry as error:
                self._wait(error, attempt)
                attempt += 1
                continue
            except Fatal as error:
                self._give_up(error)
            return

    def _take(self) -> tuple[list[_Submitted], bool]:
        """Return the events that wait, one at least, and whether the end is reached."""
        batch: list[_Submitted] = []
        while len(batch) < BATCH_LIMIT:
            try:
                item = self._queue.get() if not batch else self._queue.get_nowait()
            except queue.Empty:
                break
            if item is None:
                return batch, True
            batch.append(item)
        return batch, False

    def _deliver(self, batch: list[_Submitted]) -> bool:
        """Deliver a batch for good; return False when that is impossible or given up."""
        attempt = 0
        while batch and not self._stopping.is_set():
            try:
                answers = self._sink.deliver([item.event for item in batch])
            except Retry as error:
                self._wait(error, attempt)
                attempt += 1
                continue
            except Fatal as error:
                self._give_up(error)
                return False
            done = [(item, answer) for item, answer in zip(batch, answers, strict=True)
                    if not isinstance(answer, Retry)]  # fmt: skip
            failed = [answer for answer in answers if isinstance(answer, Retry)]
            batch = [item for item, answer in zip(batch, answers, strict=True)
                     if isinstance(answer, Retry)]  # fmt: skip
            if done:
                self._call(lambda done=done: self._acknowledge(done))  # type: ignore[misc]  # bound now
                attempt = 0
            if failed:
                self._wait(failed[0], attempt)
                attempt += 1
        return not batch

    def _acknowledge(self, done: list[tuple[_Submitted, Any]]) -> None:
        for item, answer in done:
            self.unacknowledged -= 1
            item.on_done(answer)

    def _wait(self, error: Retry, attempt: int) -> None:
        log.warning("delivery_waits", error=str(error), attempt=attempt)
        self._call(self._on_retry)
        seconds = error.after_seconds or backoff_seconds(attempt)
        self._stopping.wait(seconds)

    def _give_up(self, error: Fatal) -> None:
        self._call(lambda: self._on_fatal(error))
        self._stopping.set()


def build_sink(name: str, *, kafka: Callable[[], KafkaSettings]) -> Sink:
    """Return the sink that a command line names: "kafka" or "file:OUT.jsonl".

    Raises:
        Fatal: the name is neither, or the file cannot be written.
    """
    if name == "kafka":
        return KafkaSink(kafka())
    kind, _, path = name.partition(":")
    if kind == "file" and path:
        return FileSink(Path(path))
    raise Fatal(f"The sink {name!r} is unknown: give kafka or file:OUT.jsonl.")
