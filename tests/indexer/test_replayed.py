"""Dead letters sent back to the indexer: an event older than what is shown harms nothing."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from kafka import TopicPartition

from services.chassis import dlq
from services.chassis.dead_letters import build_headers
from services.chassis.errors import Reject
from services.chassis.kafka import Publisher, build_producer, build_reader
from services.chassis.settings import KafkaSettings
from services.chassis.topics import ensure_topics
from services.contracts.articles import EnrichedArticleV1
from services.contracts.topics import ENRICHED, Topic

pytestmark = pytest.mark.integration

Desk = Any  # tests/indexer/conftest.py: fixtures are found by name, not imported
EventMaker = Any
Replay = Callable[[EnrichedArticleV1], EnrichedArticleV1]


@pytest.fixture
def replayed(
    kafka_settings: KafkaSettings, unique_name: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Replay]:
    """Give an event up, send it back, and return it as the indexer gets it again."""
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", kafka_settings.bootstrap_servers)
    topic = replace(ENRICHED, name=unique_name, partitions=1)
    topics = [topic, topic.dead_letters]
    ensure_topics(kafka_settings, topics=topics)
    publisher = Publisher(build_producer(kafka_settings, client_id="test"))

    def replay(event: EnrichedArticleV1) -> EnrichedArticleV1:
        facts = build_headers(
            error=Reject("refused_by_elasticsearch", "It does not fit."),
            service="indexer",
            topic=topic.name,
            partition=0,
            offset=0,
            attempts=1,
            rejected_at=datetime(2026, 10, 5, tzinfo=UTC),
        )
        letter = publisher.publish(
            topic.dead_letters, key=event.article_id, value=event.encode(), headers=facts
        )
        publisher.confirm([letter])
        assert dlq.main(["replay"], topics=topics) == 0
        (record,) = read_all(kafka_settings, topic)
        return EnrichedArticleV1.decode(record.value)

    yield replay
    publisher.close()


def read_all(settings: KafkaSettings, topic: Topic) -> list[Any]:
    reader = build_reader(settings, client_id="test")
    place = TopicPartition(topic.name, 0)
    reader.assign([place])
    reader.seek_to_beginning(place)
    end = reader.end_offsets([place])[place]
    records: list[Any] = []
    while reader.position(place) < end:
        records += [each for found in reader.poll(200).values() for each in found]
    reader.close()
    return records


def test_replayed_event_leaves_the_newer_text_and_its_figures(
    desk: Desk, make_event: EventMaker, replayed: Replay
) -> None:
    desk.deliver(make_event(1, "sau", cause="source"))
    before = desk.articles["demo:1"], desk.figures
    assert desk.deliver(replayed(make_event(0, "dau"))) == ["history"]
    shown = desk.articles["demo:1"]
    assert (shown["title"], shown["body"]) == (before[0]["title"], before[0]["body"])
    assert desk.figures.keys() == before[1].keys()
    assert len(desk.revisions) == 2


def test_replayed_event_that_was_indexed_meanwhile_changes_nothing(
    desk: Desk, make_event: EventMaker, replayed: Replay
) -> None:
    event = make_event(0, "mot")
    desk.deliver(event)
    before = desk.everything
    assert desk.deliver(replayed(event)) == ["duplicate"]
    assert desk.everything == before
