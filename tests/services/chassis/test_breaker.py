"""The breaker: opens on too many rejections, closes with time, opens again at once."""

from datetime import datetime
from typing import Protocol

import pytest

from services.chassis.breaker import Breaker


class Turned(Protocol):
    def now(self) -> datetime: ...
    def monotonic_seconds(self) -> float: ...
    def turn(self, seconds: float) -> None: ...


@pytest.fixture
def breaker(clock: Turned) -> Breaker:
    return Breaker(clock, minimum_events=10, maximum_rejected_share=0.5, open_seconds=60)


def test_breaker_stays_closed_below_its_share(breaker: Breaker) -> None:
    for turn in range(40):
        breaker.record(is_rejected=turn % 2 == 1)
    assert not breaker.is_open


def test_breaker_stays_closed_before_it_has_seen_enough(breaker: Breaker) -> None:
    for _ in range(9):
        breaker.record(is_rejected=True)
    assert not breaker.is_open


def test_breaker_opens_and_closes_after_a_while(breaker: Breaker, clock: Turned) -> None:
    for _ in range(10):
        breaker.record(is_rejected=True)
    assert breaker.is_open
    clock.turn(60)
    assert not breaker.is_open


def test_breaker_opens_again_on_the_next_rejection(breaker: Breaker, clock: Turned) -> None:
    for _ in range(10):
        breaker.record(is_rejected=True)
    clock.turn(60)
    breaker.record(is_rejected=False)
    assert not breaker.is_open
    breaker.record(is_rejected=True)
    assert breaker.is_open
