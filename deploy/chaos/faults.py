"""The faults: what is done to the arena, for how long, and within what time it is well again.

In: the arena and dice. Out: a list; each fault undoes what it did.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from deploy.chaos.arena import Arena
from deploy.chaos.proxy import Mode

Deed = Callable[[Arena, random.Random], None]

_FROZEN_SECONDS = 15.0
"""Longer than the session of a consumer group: the partitions change hands."""
_DOWN_SECONDS = 60.0
_STORM_SECONDS = 20.0


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One fault.

    `do` returns when it is over and undone. `is_burst` publishes all events at once. `is_short`
    faults are in the short form, which runs on a pipeline without a proxy.
    """

    name: str
    do: Deed
    well_within_seconds: float
    is_burst: bool = False
    is_short: bool = False


def _kill(*names: str) -> Deed:
    def do(arena: Arena, dice: random.Random) -> None:
        for name in names:
            time.sleep(dice.uniform(0.5, 3.0))
            arena.kill(name)
            time.sleep(dice.uniform(0.0, 2.0))
            _restart(arena, name)

    return do


def _restart(arena: Arena, name: str) -> None:
    kind, _, number = name.partition("-")
    if number.isdigit():
        arena.start_worker(kind, int(number))
    else:
        arena.recover()


def _freeze(name: str) -> Deed:
    def do(arena: Arena, dice: random.Random) -> None:
        time.sleep(dice.uniform(0.5, 2.0))
        arena.freeze(name)
        try:
            time.sleep(_FROZEN_SECONDS)
        finally:
            arena.thaw(name)

    return do


def _take_down(server: str) -> Deed:
    def do(arena: Arena, dice: random.Random) -> None:
        time.sleep(dice.uniform(0.5, 2.0))
        arena.kill(server)
        time.sleep(_DOWN_SECONDS)
        arena.recover()

    return do


def _block_writes(arena: Arena, dice: random.Random) -> None:
    """Do what Elasticsearch does by itself when its disk is full."""
    time.sleep(dice.uniform(0.5, 2.0))
    arena.put_settings(**{"index.blocks.read_only_allow_delete": True})
    try:
        time.sleep(_STORM_SECONDS)
    finally:
        arena.put_settings(**{"index.blocks.read_only_allow_delete": None})


def _disturb(mode: Mode) -> Deed:
    def do(arena: Arena, dice: random.Random) -> None:
        proxy = arena.proxy
        if proxy is None:
            raise RuntimeError("this fault needs the proxy")
        time.sleep(dice.uniform(0.5, 2.0))
        proxy.mode = mode
        proxy.cut_all()
        time.sleep(_STORM_SECONDS)
        proxy.mode = "pass"
        proxy.cut_all()

    return do


def _rebalance(arena: Arena, dice: random.Random) -> None:
    """Let workers come and go while events flow."""
    for turn in range(3):
        for kind in ("enricher", "indexer"):
            arena.start_worker(kind, 3)
        time.sleep(dice.uniform(3.0, 6.0))
        for kind in ("enricher", "indexer"):
            if turn % 2:
                arena.kill(f"{kind}-3")
            else:
                arena.pipeline.runner.stop(f"{kind}-3")
        time.sleep(dice.uniform(1.0, 3.0))


def _wait_a_little(_arena: Arena, _dice: random.Random) -> None:
    time.sleep(1.0)


FAULTS: tuple[Fault, ...] = (
    Fault(name="none", do=_wait_a_little, well_within_seconds=60),
    Fault(name="burst", do=_wait_a_little, well_within_seconds=120, is_burst=True),
    Fault(
        name="kill workers",
        do=_kill("enricher", "indexer"),
        well_within_seconds=90,
        is_short=True,
    ),
    Fault(
        name="kill both indexers",
        do=_kill("indexer", "indexer-2", "indexer"),
        well_within_seconds=90,
    ),
    Fault(
        name="kill both enrichers",
        do=_kill("enricher", "enricher-2", "enricher"),
        well_within_seconds=90,
    ),
    Fault(name="kill Kafka", do=_kill("kafka"), well_within_seconds=120),
    Fault(name="kill Elasticsearch", do=_kill("elasticsearch"), well_within_seconds=120),
    Fault(name="freeze an enricher", do=_freeze("enricher"), well_within_seconds=90),
    Fault(name="freeze an indexer", do=_freeze("indexer"), well_within_seconds=90),
    Fault(name="freeze Kafka", do=_freeze("kafka"), well_within_seconds=120),
    Fault(name="freeze Elasticsearch", do=_freeze("elasticsearch"), well_within_seconds=120),
    Fault(name="Kafka down a minute", do=_take_down("kafka"), well_within_seconds=120),
    Fault(
        name="Elasticsearch down a minute", do=_take_down("elasticsearch"), well_within_seconds=120
    ),
    Fault(name="disk full", do=_block_writes, well_within_seconds=90, is_short=True),
    Fault(name="429 storm", do=_disturb("busy"), well_within_seconds=90),
    Fault(name="slow connections", do=_disturb("slow"), well_within_seconds=90),
    Fault(name="cut connections", do=_disturb("cut"), well_within_seconds=90),
    Fault(name="hanging connections", do=_disturb("hang"), well_within_seconds=120),
    Fault(name="rebalances", do=_rebalance, well_within_seconds=90),
)
