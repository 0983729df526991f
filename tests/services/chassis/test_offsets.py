"""Offsets of a group, moved on the real Kafka."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from kafka import TopicPartition

from services.chassis import offsets
from services.chassis.errors import Fatal
from services.chassis.kafka import Publisher, build_admin, build_consumer, build_producer
from services.chassis.settings import KafkaSettings
from services.chassis.topics import ensure_topics
from services.contracts.topics import RAW

pytestmark = pytest.mark.integration

NOW = datetime(2026, 10, 5, 12, tzinfo=UTC)


@pytest.fixture
def topic(kafka_settings: KafkaSettings, unique_name: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A topic with ten events in partition 0, one a minute up to now."""
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", kafka_settings.bootstrap_servers)
    made = replace(RAW, name=unique_name, partitions=2, retention_ms=-1)
    ensure_topics(kafka_settings, topics=[made])
    publisher = Publisher(build_producer(kafka_settings, client_id="test"))
    now_ms = int(NOW.timestamp() * 1000)
    publisher.confirm(
        [
            publisher.publish(
                made, key="k", value=b"x", partition=0, timestamp_ms=now_ms - (9 - n) * 60_000
            )
            for n in range(10)
        ]
    )
    publisher.close()
    return unique_name


@pytest.fixture
def read(kafka_settings: KafkaSettings, topic: str) -> Callable[[], dict[int, int]]:
    def read_offsets() -> dict[int, int]:
        admin = build_admin(kafka_settings, client_id="test")
        found: dict[TopicPartition, Any] = admin.list_group_offsets(topic)[topic]
        admin.close()
        return {place.partition: each.offset for place, each in found.items()}

    return read_offsets


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("earliest", {0: 0, 1: 0}),
        ("latest", {0: 10, 1: 0}),
        ("4", {0: 4, 1: 0}),
        ("999", {0: 10, 1: 0}),
        ("3m", {0: 6, 1: 0}),
        ("2026-10-05T11:55", {0: 4, 1: 0}),
        ("2030-01-01", {0: 10, 1: 0}),
    ],
)
def test_move_sets_every_partition(
    topic: str, read: Callable[[], dict[int, int]], where: str, expected: dict[int, int]
) -> None:
    assert offsets.main(["move", topic, topic, "--to", where], now=NOW) == 0
    assert read() == expected


def test_move_of_one_partition_leaves_the_others(
    topic: str, read: Callable[[], dict[int, int]]
) -> None:
    offsets.main(["move", topic, topic, "--to", "3", "--partition", "0"], now=NOW)
    assert read() == {0: 3}


def test_dry_run_says_where_and_moves_nothing(
    topic: str, read: Callable[[], dict[int, int]], capsys: pytest.CaptureFixture[str]
) -> None:
    offsets.main(["move", topic, topic, "--to", "3m", "--dry-run"], now=NOW)
    assert "        0            -           6     10" in capsys.readouterr().out
    assert read() == {}


def test_move_refuses_while_a_worker_is_alive(topic: str, kafka_settings: KafkaSettings) -> None:
    worker = build_consumer(kafka_settings, group_id=topic, client_id="test")
    worker.subscribe([topic])
    for _ in range(100):
        worker.poll(timeout_ms=100)
        if worker.assignment():
            break
    with pytest.raises(Fatal, match="are alive"):
        offsets.main(["move", topic, topic, "--to", "earliest"], now=NOW)
    worker.close()


@pytest.mark.parametrize("arguments", [["--to", "soon"], ["--to", "x"]])
def test_places_that_are_none_are_named(topic: str, arguments: list[str]) -> None:
    with pytest.raises(Fatal, match="is no place"):
        offsets.main(["move", topic, topic, *arguments], now=NOW)


def test_unknown_topics_are_named(topic: str) -> None:
    with pytest.raises(Fatal, match=r"no topic articles\.smoke\.v1"):
        offsets.main(["show", topic, "articles.smoke.v1"])
