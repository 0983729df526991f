"""Heartbeats on their way: sent in turn, found, lost, overdue."""

from datetime import UTC, datetime, timedelta

import pytest

from services.contracts.heartbeats import name_heartbeat
from services.pulse.heart import Beat, Heart, choose_numbers, choose_partition

AT = datetime(2026, 10, 5, 8, tzinfo=UTC)


def build_heart() -> Heart:
    return Heart(interval_seconds=60, numbers=(4, 7), started_seconds=0.0)


def send(heart: Heart, second: float) -> Beat:
    beat = heart.next_to_send(now=AT + timedelta(seconds=second), now_seconds=second)
    assert beat is not None
    heart.note_sent(beat)
    return beat


def test_heart_beats_once_an_interval_in_turn() -> None:
    heart = build_heart()
    assert send(heart, 0).number == 4
    assert heart.next_to_send(now=AT, now_seconds=59) is None
    assert send(heart, 60).number == 7
    assert send(heart, 120).number == 4


def test_heart_counts_from_the_time_that_a_beat_was_due() -> None:
    heart = build_heart()
    send(heart, 5)
    assert heart.unanswered_seconds(now_seconds=30) == 30


def test_found_beat_is_answered() -> None:
    heart = build_heart()
    beat = send(heart, 0)
    arrived, lost = heart.note_found(beat.number, revision=beat.revision)
    assert arrived is not None
    assert (arrived.number, lost) == (4, 0)
    assert heart.pending_numbers == []
    assert heart.unanswered_seconds(now_seconds=500) == 0


def test_beat_of_a_partition_that_stands_still_stays_unanswered() -> None:
    heart = build_heart()
    send(heart, 0)
    other = send(heart, 60)
    heart.note_found(other.number, revision=other.revision)
    assert heart.unanswered_seconds(now_seconds=400) == 400
    assert heart.pending_numbers == [4]


def test_older_answer_is_no_answer() -> None:
    heart = build_heart()
    beat = send(heart, 0)
    assert heart.note_found(4, revision=beat.revision - 1) == (None, 0)
    assert heart.pending_numbers == [4]


def test_beat_that_a_later_one_overtook_is_lost() -> None:
    heart = build_heart()
    send(heart, 0)
    send(heart, 60)
    later = send(heart, 120)
    arrived, lost = heart.note_found(4, revision=later.revision)
    assert arrived is not None
    assert lost == 1
    assert heart.pending_numbers == [7]


def test_beat_that_cannot_be_sent_stays_due_and_ages() -> None:
    heart = build_heart()
    first = heart.next_to_send(now=AT, now_seconds=0)
    again = heart.next_to_send(now=AT + timedelta(hours=1), now_seconds=3600)
    assert first == again
    assert heart.unanswered_seconds(now_seconds=3600) == 3600


def test_heart_makes_up_for_no_missed_beats() -> None:
    heart = build_heart()
    send(heart, 0)
    send(heart, 3600)
    send(heart, 3600)
    assert heart.next_to_send(now=AT, now_seconds=3601) is None


@pytest.mark.parametrize("partitions", [1, 2, 12])
def test_numbers_reach_every_partition(partitions: int) -> None:
    numbers = choose_numbers(partitions=partitions)
    reached = [choose_partition(name_heartbeat(n), partitions=partitions) for n in numbers]
    assert reached == list(range(partitions))
