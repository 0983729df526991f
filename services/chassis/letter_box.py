"""The dead letters of one topic: read, sent back, thrown away.

In: a dead-letter topic. Out: its open letters; the originals sent back to their topic, each with a
mark behind it in the same partition, so that a repetition finds nothing to do; or letters that are
gone from the disk.

Kafka deletes only the beginning of a partition. To throw away what lies behind, the letters to be
kept are first written again at the end. Each such copy names the letter that it replaces: whoever
is interrupted between the two steps leaves nothing twice.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from kafka.admin import KafkaAdminClient

from services.chassis.dead_letters import Headers, count_replays, original_part
from services.chassis.errors import Reject, Retry
from services.chassis.kafka import PendingEvent, Publisher
from services.contracts.topics import Topic

SETTLES_HEADER = "dlq-settles"
"""Offset of the letter, in the same partition, that this record sent back or replaces."""
MARK_HEADER = "dlq-mark"
"""Says what was done with the settled letter, on records that are no letters themselves."""
SENT_BACK = b"replayed"

_POLL_SECONDS = 1.0
_SILENCE_SECONDS = 20.0
_BATCH_LETTERS = 200
_BATCH_SIZE_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a letter lies."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        """Return the place as the command line takes it."""
        return f"{self.topic}:{self.partition}:{self.offset}"

    @classmethod
    def parse(cls, text: str) -> "Place":
        """Read a place as it is printed.

        Raises:
            ValueError: it is none.

        Example:
            >>> Place.parse("articles.raw.v1.dlq:3:17").offset
            17
        """
        topic, partition, offset = text.rsplit(":", 2)
        return cls(topic=topic, partition=int(partition), offset=int(offset))


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A dead letter without its bytes; what its headers do not say is empty or None."""

    place: Place
    key: str
    reason: str
    error: str
    service: str
    origin: str
    """Topic, partition and offset of the original."""
    origin_partition: int | None
    attempts: int | None
    replays: int
    rejected_at: datetime
    size_bytes: int


@dataclass(frozen=True)
class Replay:
    """What became of the letters that were to be sent back."""

    sent: int
    refused: tuple[tuple[Letter, str], ...]
    """Those that their topic does not take, and why; they stay open."""


class LetterBox:
    """The dead letters of one topic.

    Args:
        consumer: without a group; it is assigned here.
        source: the topic that the originals came from.
    """

    def __init__(
        self,
        *,
        consumer: KafkaConsumer,
        admin: KafkaAdminClient,
        publisher: Publisher,
        source: Topic,
    ) -> None:
        self._consumer = consumer
        self._admin = admin
        self._publisher = publisher
        self._source = source
        self._topic = source.dead_letters

    def list_open(self) -> list[Letter]:
        """Return the letters that were neither sent back nor replaced, by time of rejection.

        Raises:
            Retry: Kafka stopped answering.
        """
        letters: dict[tuple[int, int], Letter] = {}
        settled: set[tuple[int, int]] = set()
        for record in self._read():
            headers = dict(record.headers)
            settles = headers.get(SETTLES_HEADER)
            if settles is not None and settles.isdigit():
                settled.add((record.partition, int(settles)))
            if MARK_HEADER not in headers:
                letters[record.partition, record.offset] = _read_letter(record)
        still_open = [letter for key, letter in letters.items() if key not in settled]
        return sorted(still_open, key=lambda letter: (letter.rejected_at, str(letter.place)))

    def read_record(self, place: Place) -> Any:  # noqa: ANN401 - untyped library
        """Return the record at a place, headers and bytes.

        Raises:
            Reject: there is none.
            Retry: Kafka stopped answering.
        """
        for record in self._read(only={place.partition}, begin={place.partition: place.offset}):
            if record.offset == place.offset:
                return record
            break
        raise Reject("no_such_letter", f"There is no record at {place}.")

    def send_back(self, letters: Iterable[Letter]) -> Replay:
        """Publish the originals, bytes and key as they came, where they came from.

        The mark is written after Kafka holds the original: a crash between them sends a letter
        twice, which changes nothing, and never loses one.

        Raises:
            Retry: Kafka did not take an event; those marked so far are done.
        """
        sent, refused = 0, []
        for batch in self._batches(letters):
            done: list[tuple[Letter, Any]] = []
            for letter, record, original in [(*each, self._try_original(*each)) for each in batch]:
                try:
                    if isinstance(original, Reject):
                        raise original
                    self._publisher.confirm([original])
                except Reject as error:
                    refused.append((letter, str(error)))
                else:
                    done.append((letter, record))
            self._publisher.confirm([self._mark(letter, record) for letter, record in done])
            sent += len(done)
        return Replay(sent, tuple(refused))

    def throw_away(self, letters: Sequence[Letter]) -> int:
        """Delete letters, and the marks and settled letters that lie before them; return how many.

        Raises:
            Retry: Kafka stopped answering; nothing is lost, and doing it again finishes it.
        """
        doomed = {letter.place for letter in letters}
        partitions = {place.partition for place in doomed}
        self._rewrite(partitions, is_kept=lambda each: each.place not in doomed)
        return len(doomed)

    def forget(self, key: str) -> int:
        """Delete every letter of a key, also those that were sent back; return how many.

        Raises:
            Retry: as above.
        """
        found = [r.partition for r in self._read() if r.key == key.encode()]
        self._rewrite(set(found), is_kept=lambda each: each.key != key)
        return len(found)

    def _rewrite(self, partitions: set[int], *, is_kept: Callable[[Letter], bool]) -> None:
        """Write the open letters that are kept at the end of their partition, delete the rest."""
        if not partitions:
            return
        # before looking: what arrives meanwhile lies behind the cut
        ends = self._ends(partitions)
        kept = [
            letter
            for letter in self.list_open()
            if letter.place.partition in partitions and is_kept(letter)
        ]
        for batch in self._batches(kept):
            self._publisher.confirm([self._copy(letter, record) for letter, record in batch])
        self._admin.delete_records(
            {TopicPartition(self._topic.name, partition): end for partition, end in ends.items()}
        )

    # -- writing -----------------------------------------------------------------------------

    def _try_original(self, letter: Letter, record: Any) -> PendingEvent | Reject:  # noqa: ANN401 - untyped library
        try:
            return self._publish_original(letter, record)
        except Reject as error:
            return error

    def _publish_original(self, letter: Letter, record: Any) -> PendingEvent:  # noqa: ANN401 - untyped library
        headers = original_part(record.headers) + count_replays(record.headers, more=1)
        partition = letter.origin_partition
        is_known = partition is not None and partition < self._source.partitions
        return self._publisher.publish(
            self._source,
            key=record.key,
            value=record.value or b"",
            headers=headers,
            partition=partition if is_known else None,
        )

    def _mark(self, letter: Letter, record: Any) -> PendingEvent:  # noqa: ANN401 - untyped library
        headers: Headers = [
            (SETTLES_HEADER, str(letter.place.offset).encode()),
            (MARK_HEADER, SENT_BACK),
        ]
        return self._publisher.publish(
            self._topic,
            key=record.key,
            value=b"",
            headers=headers,
            partition=letter.place.partition,
        )

    def _copy(self, letter: Letter, record: Any) -> PendingEvent:  # noqa: ANN401 - untyped library
        headers = [(name, value or b"") for name, value in record.headers if name != SETTLES_HEADER]
        headers.append((SETTLES_HEADER, str(letter.place.offset).encode()))
        return self._publisher.publish(
            self._topic,
            key=record.key,
            value=record.value or b"",
            headers=headers,
            partition=letter.place.partition,
            timestamp_ms=record.timestamp,
        )

    # -- reading -----------------------------------------------------------------------------

    def _batches(self, letters: Iterable[Letter]) -> Iterator[list[tuple[Letter, Any]]]:
        """Read letters again with their bytes, in the order of their places, a few at a time."""
        wanted = {(each.place.partition, each.place.offset): each for each in letters}
        begin: dict[int, int] = {}
        for partition, offset in wanted:
            begin[partition] = min(offset, begin.get(partition, offset))
        batch: list[tuple[Letter, Any]] = []
        size_bytes = 0
        for record in self._read(only=set(begin), begin=begin):
            letter = wanted.get((record.partition, record.offset))
            if letter is None:
                continue
            batch.append((letter, record))
            size_bytes += letter.size_bytes
            if len(batch) >= _BATCH_LETTERS or size_bytes >= _BATCH_SIZE_BYTES:
                yield batch
                batch, size_bytes = [], 0
        if batch:
            yield batch

    def _ends(self, partitions: Iterable[int]) -> dict[int, int]:
        places = [TopicPartition(self._topic.name, partition) for partition in partitions]
        return {place.partition: end for place, end in self._consumer.end_offsets(places).items()}

    def _read(
        self, *, only: set[int] | None = None, begin: dict[int, int] | None = None
    ) -> Iterator[Any]:
        """Yield what the topic holds now, one partition after the other, in order."""
        known = self._consumer.partitions_for_topic(self._topic.name) or set()
        for partition in sorted(known if only is None else known & only):
            yield from self._read_partition(partition, begin=(begin or {}).get(partition))

    def _read_partition(self, partition: int, *, begin: int | None) -> Iterator[Any]:
        place = TopicPartition(self._topic.name, partition)
        end = self._consumer.end_offsets([place])[place]
        first = self._consumer.beginning_offsets([place])[place]
        position = max(first, begin or 0)
        if position >= end:
            return
        self._consumer.assign([place])
        self._consumer.seek(place, position)
        silent_polls = 0
        while position < end:
            found = self._consumer.poll(timeout_ms=round(_POLL_SECONDS * 1000)).get(place, [])
            for record in found:
                if record.offset < end:
                    yield record
            position = self._consumer.position(place)
            silent_polls = 0 if found else silent_polls + 1
            if silent_polls * _POLL_SECONDS >= _SILENCE_SECONDS:
                raise Retry(f"Kafka does not send {place.topic}:{partition} from {position} on.")


def _read_letter(record: Any) -> Letter:  # noqa: ANN401 - untyped library
    headers = {name: (value or b"").decode(errors="replace") for name, value in record.headers}
    partition = _to_number(headers.get("dlq-partition"))
    facts = [headers.get(f"dlq-{part}", "") for part in ("topic", "partition", "offset")]
    return Letter(
        place=Place(topic=record.topic, partition=record.partition, offset=record.offset),
        key=(record.key or b"").decode(errors="replace"),
        reason=headers.get("dlq-reason", ""),
        error=headers.get("dlq-error", ""),
        service=headers.get("dlq-service", ""),
        origin=":".join(facts) if all(facts) else "",
        origin_partition=partition,
        attempts=_to_number(headers.get("dlq-attempts")),
        replays=_to_number(headers.get("dlq-replays")) or 0,
        rejected_at=_read_time(headers.get("dlq-rejected-at"), record.timestamp),
        size_bytes=len(record.value or b""),
    )


def _to_number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() else None


def _read_time(text: str | None, timestamp_ms: int) -> datetime:
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return datetime.fromtimestamp(timestamp_ms / 1000, UTC)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
