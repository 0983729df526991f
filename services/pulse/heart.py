"""Which heartbeats are on their way, and for how long.

In: monotonic seconds and what was found. Out: the next heartbeat to send, and the age of the
oldest one that should have arrived by now. Pure: no clock, no I/O.

The heartbeats take turns on the partitions, so that one that stands still is noticed too: its
heartbeat stays unanswered while the others arrive.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from kafka.partitioner.default import murmur2

from services.contracts.heartbeats import name_heartbeat

_PENDING_LIMIT = 500


@dataclass(frozen=True, kw_only=True)
class Beat:
    """One heartbeat on its way; `due_seconds` is monotonic."""

    number: int
    sent_at: datetime
    due_seconds: float
    is_sent: bool = False

    @property
    def revision(self) -> int:
        """The revision by which it is recognised."""
        return int(self.sent_at.timestamp() * 1000)


def choose_partition(key: str, *, partitions: int) -> int:
    """Return the partition that Kafka's clients choose for a key.

    Source: org.apache.kafka.clients.producer.internals.BuiltInPartitioner.

    Example:
        >>> choose_partition("laodong:vi:1", partitions=12) in range(12)
        True
    """
    return int(murmur2(key.encode()) & 0x7FFFFFFF) % partitions


def choose_numbers(*, partitions: int) -> tuple[int, ...]:
    """Return a heartbeat's number for each partition.

    Example:
        >>> len(choose_numbers(partitions=12))
        12
    """
    found: dict[int, int] = {}
    for number in itertools.count():
        found.setdefault(choose_partition(name_heartbeat(number), partitions=partitions), number)
        if len(found) == partitions:
            return tuple(found[partition] for partition in range(partitions))
    raise AssertionError("unreachable")  # pragma: no cover - count() does not end


class Heart:
    """Sends in turn, remembers what is on its way.

    Example:
        >>> from datetime import UTC
        >>> heart = Heart(interval_seconds=60, numbers=(4, 7), started_seconds=100.0)
        >>> at = datetime(2026, 10, 5, tzinfo=UTC)
        >>> beat = heart.next_to_send(now=at, now_seconds=100.0)
        >>> beat.number, heart.unanswered_seconds(now_seconds=130.0)
        (4, 30.0)
    """

    def __init__(
        self, *, interval_seconds: float, numbers: tuple[int, ...], started_seconds: float
    ) -> None:
        self._interval_seconds = interval_seconds
        self._turns: Iterator[int] = itertools.cycle(numbers)
        self._next_due_seconds = started_seconds
        self._pending: dict[int, list[Beat]] = {}

    def next_to_send(self, *, now: datetime, now_seconds: float) -> Beat | None:
        """Return the heartbeat that should be sent now, if one should.

        One that could not be sent is due until it is; meanwhile no others are made.
        """
        for beats in self._pending.values():
            for beat in beats:
                if not beat.is_sent:
                    return beat
        if now_seconds < self._next_due_seconds:
            return None
        beat = Beat(number=next(self._turns), sent_at=now, due_seconds=self._next_due_seconds)
        self._next_due_seconds = max(self._next_due_seconds + self._interval_seconds, now_seconds)
        self._pending.setdefault(beat.number, []).append(beat)
        return beat

    def note_sent(self, beat: Beat) -> None:
        """Note that Kafka holds a heartbeat."""
        beats = self._pending.get(beat.number, [])
        self._pending[beat.number] = [
            replace(each, is_sent=True) if each == beat else each for each in beats
        ]
        if sum(map(len, self._pending.values())) > _PENDING_LIMIT:
            self._pending[beat.number] = self._pending[beat.number][-1:]

    def note_found(self, number: int, *, revision: int) -> tuple[Beat | None, int]:
        """Note what is found of a number; return what arrived, and how many before it never did."""
        beats = self._pending.get(number, [])
        arrived = [beat for beat in beats if beat.revision <= revision]
        if not arrived:
            return None, 0
        self._pending[number] = [beat for beat in beats if beat.revision > revision]
        newest = arrived[-1]
        return (newest, len(arrived) - 1) if newest.revision == revision else (None, len(arrived))

    @property
    def pending_numbers(self) -> list[int]:
        """The numbers that are on their way."""
        return sorted(number for number, beats in self._pending.items() if beats)

    def unanswered_seconds(self, *, now_seconds: float) -> float:
        """Return the age of the oldest heartbeat that nobody finds yet, 0 if there is none."""
        # a copy: metrics are asked for from another thread
        due = [beat.due_seconds for beats in list(self._pending.values()) for beat in beats]
        return max(0.0, now_seconds - min(due)) if due else 0.0
