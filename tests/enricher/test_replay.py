"""A replay reads the past again: what differs is published, within a range fixed at its start.

On the real Kafka; the extraction runs in this process.
"""

import asyncio
import io
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from kafka import TopicPartition

from enricher.domain.enrich import enrich
from enricher.extractor import Enriched, ExtractorPool
from enricher.frames import AnswerHeader
from enricher.replay import Replay, ReplayPlan, Tally
from services.chassis.clock import SystemClock
from services.chassis.errors import Fatal, Reject
from services.chassis.forgetting import Forgetter
from services.chassis.kafka import (
    Publisher,
    build_admin,
    build_consumer,
    build_producer,
    build_reader,
)
from services.chassis.settings import KafkaSettings
from services.chassis.topics import ensure_topics
from services.contracts.articles import Cause, EnrichedArticleV1, RawArticleV1
from services.contracts.topics import ENRICHED, Topic

pytestmark = pytest.mark.integration

GENERATION = 5
START = datetime(2026, 10, 5, 8, tzinfo=UTC)
BODY = "Công đoàn trao 300 suất quà cho đoàn viên khó khăn."


def make_article(name: str, **changes: Any) -> RawArticleV1:  # noqa: ANN401 - any field
    fields: dict[str, Any] = {
        "article_id": name, "revision": 1_000, "generation": 2, "cause": Cause.NEW,
        "source": "test", "site": "generic", "outlet": "Test", "fetched_at": START,
        "title": "Trao quà", "body": BODY, "content_hash": "0",
    }  # fmt: skip
    return RawArticleV1(**fields | changes)


def read_badly(article: RawArticleV1, *, generation: int = 1) -> EnrichedArticleV1:
    """An older reading, which found nothing."""
    return EnrichedArticleV1(article=article, generation=article.generation + generation)


class PoolHere:
    """Enriches in this process; refuses what is titled so."""

    def __init__(self) -> None:
        self.read: list[str] = []

    async def enrich(self, payload: bytes) -> Enriched:
        article = RawArticleV1.decode(payload)
        self.read.append(article.article_id)
        if article.title == "bad":
            raise Reject("extractor_hung", "It took too long.")
        event = enrich(article, generation=GENERATION)
        return Enriched(header=AnswerHeader(outcome="enriched"), payload=event.encode())


@dataclass
class Past:
    """A topic with events of the past, and replays over it."""

    settings: KafkaSettings
    topic: Topic
    publisher: Publisher

    def publish(self, *events: EnrichedArticleV1 | bytes, at: datetime = START) -> None:
        moment_ms = round(at.timestamp() * 1000)
        pending = [
            self.publisher.publish(
                self.topic,
                key=b"?" if isinstance(event, bytes) else event.article_id,
                value=event if isinstance(event, bytes) else event.encode(),
                timestamp_ms=moment_ms,
            )
            for event in events
        ]
        self.publisher.confirm(pending)

    def replay(
        self,
        *,
        pool: PoolHere | None = None,
        stopping: threading.Event | None = None,
        stdout: io.StringIO | None = None,
        taken_down: frozenset[str] = frozenset(),
        **plan: Any,  # noqa: ANN401 - any field of the plan
    ) -> Tally:
        chosen = ReplayPlan(generation=GENERATION, **{"rate": 1e6, **plan})
        consumer = build_consumer(
            self.settings, group_id=f"{self.topic.name}-{chosen.group}", client_id="test"
        )
        replay = Replay(
            chosen,
            consumer=consumer,
            publisher=self.publisher,
            pool=cast("ExtractorPool", pool or PoolHere()),
            clock=SystemClock(),
            stdout=stdout or io.StringIO(),
            source=self.topic,
            target=self.topic,
            is_taken_down=taken_down.__contains__,
        )
        try:
            return asyncio.run(replay.run(stopping or threading.Event()))
        finally:
            consumer.close(autocommit=False)

    def events(self) -> list[EnrichedArticleV1]:
        reader = build_reader(self.settings, client_id="test")
        places = [TopicPartition(self.topic.name, n) for n in range(self.topic.partitions)]
        reader.assign(places)
        reader.seek_to_beginning(*places)
        ends = reader.end_offsets(places)
        values: list[bytes] = []
        while any(reader.position(place) < end for place, end in ends.items()):
            values += [r.value for found in reader.poll(200).values() for r in found]
        reader.close()
        return [EnrichedArticleV1.decode(value) for value in values if value != b"{"]

    def newest(self, article_id: str) -> EnrichedArticleV1:
        return [event for event in self.events() if event.article_id == article_id][-1]


@pytest.fixture
def past(kafka_settings: KafkaSettings, unique_name: str) -> Iterator[Past]:
    topic = replace(ENRICHED, name=unique_name, partitions=2)
    ensure_topics(kafka_settings, topics=[topic])
    publisher = Publisher(build_producer(kafka_settings, client_id="test"))
    yield Past(kafka_settings, topic, publisher)
    publisher.close()


def test_replay_publishes_only_what_is_read_otherwise_now(past: Past) -> None:
    same = enrich(make_article("same"), generation=1)
    withdrawn = make_article("gone", cause=Cause.WITHDRAWN, title="", body="", content_hash=None)
    past.publish(
        read_badly(make_article("worse")),
        same,
        enrich(make_article("newer"), generation=GENERATION),
        EnrichedArticleV1(article=withdrawn, generation=3),
        b"{",
    )
    tally = past.replay()
    assert tally.is_finished
    assert tally.outcomes == {
        "published": 1, "same": 1, "newer": 1, "withdrawn": 1, "rejected": 1,
    }  # fmt: skip
    assert tally.parts["figures"] == 1
    event = past.newest("worse")
    assert [str(figure.value) for figure in event.figures] == ["300"]
    assert event.generation == 2 + GENERATION
    assert past.newest("same") == same


def test_replay_again_reads_nothing_again(past: Past) -> None:
    past.publish(read_badly(make_article("one")))
    past.replay()
    pool = PoolHere()
    assert past.replay(pool=pool).is_finished
    assert past.replay(pool=pool, is_restart=True).outcomes == {"newer": 1, "published": 1}
    assert pool.read == ["one"]
    assert len(past.events()) == 3


def test_replay_that_was_stopped_goes_on_to_the_end_of_its_range(past: Past) -> None:
    past.publish(*(read_badly(make_article(f"a{number}")) for number in range(6)))
    first, second = PoolHere(), PoolHere()
    assert not past.replay(pool=first, limit=2).is_finished
    past.publish(read_badly(make_article("later")))
    assert past.replay(pool=second).is_finished
    assert sorted(first.read + second.read) == [f"a{number}" for number in range(6)]


def test_replay_stops_when_told(past: Past) -> None:
    past.publish(read_badly(make_article("one")))
    stopping = threading.Event()
    stopping.set()
    pool = PoolHere()
    assert not past.replay(pool=pool, stopping=stopping).is_finished
    assert pool.read == []


def test_replay_dry_tells_what_would_differ_and_leaves_no_trace(past: Past) -> None:
    past.publish(read_badly(make_article("one")))
    told = io.StringIO()
    assert past.replay(is_dry=True, stdout=told).outcomes == {"published": 1}
    assert told.getvalue().startswith("one\tfigures +1")
    assert len(past.events()) == 1
    assert past.replay(limit=5).outcomes["published"] == 1


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        ({"since": START.replace(hour=10)}, {"b", "c"}),
        ({"until": START.replace(hour=10)}, {"a"}),
        ({"since": START.replace(hour=10), "until": START.replace(hour=11)}, {"b"}),
        ({"since": START.replace(hour=20)}, set()),
        ({"articles": frozenset({"c"})}, {"c"}),
    ],
    ids=str,
)
def test_replay_reads_the_range_asked_for(
    past: Past, plan: dict[str, Any], expected: set[str]
) -> None:
    for number, name in enumerate("abc"):
        past.publish(read_badly(make_article(name)), at=START.replace(hour=9 + number))
    pool = PoolHere()
    assert past.replay(pool=pool, **plan).is_finished
    assert set(pool.read) == expected


def test_replay_reads_each_revision_once_however_often_it_stands(past: Past) -> None:
    article = make_article("one")
    past.publish(read_badly(article), read_badly(article, generation=2))
    past.publish(read_badly(make_article("one", revision=2_000)))
    assert past.replay().outcomes == {"published": 2, "newer": 1}


def test_replay_goes_on_after_an_article_that_cannot_be_read(past: Past) -> None:
    past.publish(read_badly(make_article("bad", title="bad")), read_badly(make_article("good")))
    assert past.replay().outcomes == {"rejected": 1, "published": 1}


def test_replay_leaves_out_what_was_taken_down(past: Past) -> None:
    past.publish(read_badly(make_article("one")), read_badly(make_article("two")))
    pool = PoolHere()
    tally = past.replay(pool=pool, taken_down=frozenset({"one"}))
    assert tally.outcomes == {"taken_down": 1, "published": 1}
    assert pool.read == ["two"]


def test_replay_follows_events_that_were_moved_to_forget_another(past: Past) -> None:
    past.topic = replace(past.topic, name=f"{past.topic.name}-one", partitions=1)
    ensure_topics(past.settings, topics=[past.topic])
    past.publish(*(read_badly(make_article(f"a{number}")) for number in range(4)))
    first, second = PoolHere(), PoolHere()
    past.replay(pool=first, limit=1)
    forget(past, "a3")
    assert past.replay(pool=second).is_finished
    assert {*first.read, *second.read} == {"a0", "a1", "a2"}


def forget(past: Past, key: str) -> None:
    admin = build_admin(past.settings, client_id="test")
    consumer = build_reader(past.settings, client_id="test")
    forgetter = Forgetter(consumer=consumer, admin=admin, publisher=past.publisher)
    forgetter.forget(past.topic, key=key)
    consumer.close()
    admin.close()


def test_replay_of_a_missing_topic_says_so(past: Past, unique_name: str) -> None:
    past.topic = replace(ENRICHED, name=f"{unique_name}-missing")
    with pytest.raises(Fatal, match="no topic"):
        past.replay()


def test_replay_reads_raw_articles_too(past: Past) -> None:
    article = make_article("raw")
    past.publisher.confirm([past.publisher.publish(past.topic, key="raw", value=article.encode())])
    told = io.StringIO()
    assert past.replay(source="raw", is_dry=True, stdout=told).outcomes == {"published": 1}
    assert told.getvalue().startswith("raw\tfigures +1")


def test_replays_of_other_plans_have_groups_of_their_own() -> None:
    plans: list[dict[str, Any]] = [
        {"generation": 5},
        {"generation": 6},
        {"generation": 5, "source": "raw"},
        {"generation": 5, "since": START},
        {"generation": 5, "until": START},
        {"generation": 5, "articles": frozenset({"a"})},
    ]
    groups = [ReplayPlan(**plan).group for plan in plans]
    assert len(set(groups)) == len(plans)
    assert groups == [ReplayPlan(**plan).group for plan in plans]
