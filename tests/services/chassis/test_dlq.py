"""Dead letters by hand, on the real Kafka: listed, shown, sent back as they came, deleted."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from kafka import TopicPartition

from services.chassis import dlq
from services.chassis.dead_letters import build_headers
from services.chassis.errors import Fatal, Reject, Retry
from services.chassis.kafka import Publisher, build_admin, build_producer, build_reader
from services.chassis.letter_box import LetterBox
from services.chassis.settings import KafkaSettings
from services.chassis.topics import ensure_topics
from services.contracts.topics import RAW, Topic

pytestmark = pytest.mark.integration

NOON = datetime(2026, 10, 5, 12, tzinfo=UTC)
PAYLOAD = b'{"title": "Tin \xff th\xe1\xba\xadt"}\x00'


@dataclass
class Office:
    """One topic with its dead letters, and the command line on it."""

    source: Topic
    settings: KafkaSettings
    publisher: Publisher
    capture: Callable[[], bytes]

    @property
    def topics(self) -> list[Topic]:
        return [self.source, self.source.dead_letters]

    def give_up(
        self,
        value: bytes = PAYLOAD,
        *,
        key: bytes | None = b"demo:1",
        reason: str = "invalid_event",
        service: str = "enricher",
        at: datetime = NOON,
        partition: int = 1,
        headers: list[tuple[str, bytes | None]] | None = None,
    ) -> None:
        facts = build_headers(
            error=Reject(reason, "The event does not fit: title: missing."),
            service=service,
            topic=self.source.name,
            partition=partition,
            offset=7,
            attempts=1,
            rejected_at=at,
            original_headers=headers or [("trace", b"1")],
        )
        letter = self.publisher.publish(
            self.source.dead_letters, key=key, value=value, headers=facts, partition=0
        )
        self.publisher.confirm([letter])

    def run(self, *arguments: str, expected: int = 0) -> str:
        assert dlq.main(arguments, topics=self.topics) == expected
        return self.capture().decode()

    def list_open(self, *arguments: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.run("list", "--json", *arguments).splitlines()]

    def read(self, topic: Topic) -> list[Any]:
        """Return everything that a topic holds."""
        reader = build_reader(self.settings, client_id="test")
        places = [TopicPartition(topic.name, number) for number in range(topic.partitions)]
        reader.assign(places)
        reader.seek_to_beginning(*places)
        ends = reader.end_offsets(places)
        records: list[Any] = []
        while any(reader.position(place) < end for place, end in ends.items()):
            records += [each for found in reader.poll(200).values() for each in found]
        reader.close()
        return records


@pytest.fixture
def office(
    kafka_settings: KafkaSettings,
    unique_name: str,
    monkeypatch: pytest.MonkeyPatch,
    capsysbinary: pytest.CaptureFixture[bytes],
) -> Iterator[Office]:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", kafka_settings.bootstrap_servers)
    source = replace(RAW, name=unique_name, partitions=2, max_message_bytes=10_000)
    ensure_topics(kafka_settings, topics=[source, source.dead_letters])
    publisher = Publisher(build_producer(kafka_settings, client_id="test"))
    yield Office(source, kafka_settings, publisher, lambda: capsysbinary.readouterr().out)
    publisher.close()


def test_list_names_reason_service_article_and_origin(office: Office) -> None:
    office.give_up()
    (letter,) = office.list_open()
    assert letter == {
        "place": f"{office.source.name}.dlq:0:0",
        "key": "demo:1",
        "reason": "invalid_event",
        "error": "The event does not fit: title: missing.",
        "service": "enricher",
        "origin": f"{office.source.name}:1:7",
        "attempts": 1,
        "replays": 0,
        "rejected_at": NOON.isoformat(),
        "size_bytes": len(PAYLOAD),
    }
    assert "1  open" in office.run("list", "--count")


@pytest.mark.parametrize(
    ("chosen", "keys"),
    [
        (("--reason", "too_large"), ["demo:2"]),
        (("--service", "indexer"), ["demo:3"]),
        (("--article", "demo:1"), ["demo:1"]),
        (("--since", "2026-10-05T12:30"), ["demo:3"]),
        (("--until", "2026-10-05T12:00"), ["demo:2"]),
        (("--reason", "invalid_event", "--service", "enricher"), ["demo:1"]),
        (("--reason", "never"), []),
    ],
)
def test_list_chooses_by_reason_service_article_and_time(
    office: Office, chosen: tuple[str, ...], keys: list[str]
) -> None:
    office.give_up(key=b"demo:1")
    office.give_up(key=b"demo:2", reason="too_large", at=NOON - timedelta(hours=1))
    office.give_up(key=b"demo:3", service="indexer", at=NOON + timedelta(hours=1))
    assert [letter["key"] for letter in office.list_open(*chosen)] == keys


def test_show_prints_the_facts_and_on_demand_the_exact_bytes(office: Office) -> None:
    office.give_up()
    place = f"{office.source.name}.dlq:0:0"
    assert "dlq-reason: invalid_event" in office.run("show", place)
    assert dlq.main(["show", place, "--value"], topics=office.topics) == 0
    assert office.capture() == PAYLOAD


@pytest.mark.parametrize("place", ["nonsense", "other.dlq:0:0", "{dlq}:0:99", "{dlq}:x:0"])
def test_show_says_when_there_is_no_such_letter(office: Office, place: str) -> None:
    office.give_up()
    with pytest.raises(Fatal, match=r"no dead letter|no record"):
        dlq.main(["show", place.format(dlq=f"{office.source.name}.dlq")], topics=office.topics)


def test_replay_sends_bytes_key_and_headers_back_as_they_came(office: Office) -> None:
    office.give_up(headers=[("trace", b"1"), ("empty", None)])
    assert "1  sent back" in office.run("replay")
    (record,) = office.read(office.source)
    assert (record.key, record.value, record.partition) == (b"demo:1", PAYLOAD, 1)
    assert record.headers == [("trace", b"1"), ("empty", b""), ("dlq-replays", b"1")]


def test_replay_twice_sends_once(office: Office) -> None:
    office.give_up()
    office.run("replay")
    assert "0  sent back" in office.run("replay")
    assert office.list_open() == []
    assert len(office.read(office.source)) == 1


def test_replay_keeps_the_order_of_an_article(office: Office) -> None:
    for number in range(5):
        office.give_up(b"%d" % number)
    office.run("replay")
    assert [record.value for record in office.read(office.source)] == [
        b"0", b"1", b"2", b"3", b"4",
    ]  # fmt: skip


def test_dry_run_sends_and_deletes_nothing(office: Office) -> None:
    office.give_up()
    assert "1  would be sent back" in office.run("replay", "--dry-run")
    assert "1  would be deleted" in office.run("purge", "--all", "--dry-run")
    assert office.read(office.source) == []
    assert len(office.list_open()) == 1


def test_replay_leaves_open_what_its_topic_does_not_take(office: Office) -> None:
    office.give_up(b"x" * (office.source.max_message_bytes + 1), reason="too_large")
    office.give_up(b"small")
    report = office.run("replay", expected=1)
    assert "1  sent back" in report
    assert "1  refused" in report
    assert [letter["reason"] for letter in office.list_open()] == ["too_large"]


def test_replay_limit_takes_the_oldest_first(office: Office) -> None:
    office.give_up(b"new", at=NOON)
    office.give_up(b"old", at=NOON - timedelta(days=1))
    office.run("replay", "--limit", "1")
    assert [record.value for record in office.read(office.source)] == [b"old"]


def test_letter_that_comes_again_says_how_often_it_was_sent_back(office: Office) -> None:
    office.give_up()
    office.run("replay")
    (record,) = office.read(office.source)
    office.give_up(record.value, headers=record.headers)
    (letter,) = office.list_open()
    assert letter["replays"] == 1


def test_replay_sends_an_event_without_key_to_its_own_partition(office: Office) -> None:
    office.give_up(key=None, partition=1)
    office.run("replay")
    (record,) = office.read(office.source)
    assert (record.key, record.partition) == (None, 1)


def test_purge_deletes_the_chosen_and_keeps_the_others_as_they_were(office: Office) -> None:
    office.give_up(b"kept", reason="too_large")
    before = office.list_open()
    office.give_up(b"doomed")
    assert "1  deleted" in office.run("purge", "--reason", "invalid_event")
    after = office.list_open()
    assert [{**each, "place": ""} for each in after] == [{**each, "place": ""} for each in before]
    assert {record.value for record in office.read(office.source.dead_letters)} == {b"kept"}


def test_purge_of_everything_has_to_be_said(office: Office) -> None:
    office.give_up()
    with pytest.raises(Fatal, match="--all"):
        office.run("purge")
    office.run("purge", "--all")
    assert office.list_open() == []


def test_interrupted_purge_leaves_nothing_twice(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.give_up(b"kept", reason="too_large")
    office.give_up(b"doomed")
    admin = build_admin(office.settings, client_id="test")

    def fail(*_: object) -> None:
        raise Retry("Kafka went away.")

    monkeypatch.setattr(admin, "delete_records", fail)
    reader = build_reader(office.settings, client_id="test")
    box = LetterBox(consumer=reader, admin=admin, publisher=office.publisher, source=office.source)
    (doomed,) = [letter for letter in box.list_open() if letter.reason == "invalid_event"]
    with pytest.raises(Retry):
        box.throw_away([doomed])
    reader.close()
    admin.close()
    assert len(office.read(office.source.dead_letters)) == 3
    assert sorted(letter["reason"] for letter in office.list_open()) == [
        "invalid_event",
        "too_large",
    ]


def test_times_that_are_none_are_named(office: Office) -> None:
    with pytest.raises(Fatal, match="--since yesterday is no time"):
        office.run("list", "--since", "yesterday")


def test_topics_without_dead_letters_are_named(office: Office) -> None:
    with pytest.raises(Fatal, match=office.source.name):
        office.run("list", "--topic", "articles.smoke.v1")
