"""An article forgotten on legal request, on the real servers: no trace left, none comes back."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from indexer.takedown import Takedown, take_down
from indexer.writer import ArticleWriter
from services.chassis.clock import SystemClock
from services.chassis.dead_letters import build_headers
from services.chassis.errors import Reject
from services.chassis.forgetting import Forgetter
from services.chassis.kafka import Publisher, build_admin, build_producer, build_reader
from services.chassis.letter_box import LetterBox
from services.chassis.settings import KafkaSettings
from services.chassis.topics import ensure_topics
from services.contracts.takedowns import TakedownV1
from services.contracts.topics import ENRICHED, Topic

pytestmark = pytest.mark.integration

Desk = Any  # tests/indexer/conftest.py: fixtures are found by name, not imported
EventMaker = Any


@dataclass
class Office:
    """A takedown on topics and indices of its own."""

    work: Takedown
    topic: Topic
    publisher: Publisher
    report: list[str] = field(default_factory=list)
    decided: list[str] = field(default_factory=list)

    def publish(self, topic: Topic, key: str, value: bytes, **options: Any) -> None:  # noqa: ANN401 - passed on
        self.publisher.confirm([self.publisher.publish(topic, key=key, value=value, **options)])

    def run(self, *, is_dry: bool = False, is_lifted: bool = False) -> int:
        request = TakedownV1(
            article_id="demo:1",
            requested_by="Tòa án",
            reason="12/2026",
            decided_at=datetime(2026, 10, 5, tzinfo=UTC),
            is_lifted=is_lifted,
        )
        return take_down(
            self.work,
            request,
            decide=lambda: self.decided.append(request.article_id),
            report=self.report.append,
            is_dry=is_dry,
            is_dropping_snapshots=False,
            wait=lambda _: None,
        )


@pytest.fixture
def office(kafka_settings: KafkaSettings, desk: Desk, unique_name: str) -> Iterator[Office]:
    topic = replace(ENRICHED, name=unique_name, partitions=2)
    ensure_topics(kafka_settings, topics=[topic, topic.dead_letters])
    publisher = Publisher(build_producer(kafka_settings, client_id="test"))
    admin = build_admin(kafka_settings, client_id="test")
    reader = build_reader(kafka_settings, client_id="test")
    parts: dict[str, Any] = {"consumer": reader, "admin": admin, "publisher": publisher}
    work = Takedown(
        desk.client,
        desk.layout,
        Forgetter(**parts),
        topics=[topic, topic.dead_letters],
        boxes={topic.dead_letters.name: LetterBox(**parts, source=topic)},
    )
    yield Office(work, topic, publisher)
    publisher.close()
    admin.close()
    reader.close()


def give_up(office: Office, key: str, value: bytes) -> None:
    headers = build_headers(
        error=Reject("too_large", "It is too large."),
        service="indexer",
        topic=office.topic.name,
        partition=0,
        offset=0,
        attempts=1,
        rejected_at=datetime(2026, 10, 5, tzinfo=UTC),
    )
    office.publish(office.topic.dead_letters, key, value, headers=headers)


def fill(office: Office, desk: Desk, make_event: EventMaker) -> None:
    for article_id in ("demo:1", "demo:2"):
        events = [
            make_event(1, "a", article_id=article_id),
            make_event(2, "b", cause="source", article_id=article_id),
        ]
        desk.deliver(*events)
        for event in events:
            office.publish(office.topic, article_id, event.encode())
        give_up(office, article_id, events[0].encode())


def test_takedown_leaves_no_trace_of_the_article_and_all_of_others(
    office: Office, desk: Desk, make_event: EventMaker
) -> None:
    fill(office, desk, make_event)
    others = office.work.find("demo:2")
    assert office.run() == 0
    traces = office.work.find("demo:1")
    assert traces.is_clean
    assert office.decided == ["demo:1"]
    assert office.work.find("demo:2").documents == others.documents
    assert office.work.find("demo:2").events == others.events
    assert desk.articles.keys() == {"demo:2"}
    assert {figure["article_id"] for figure in desk.figures.values()} == {"demo:2"}


def test_dry_run_says_what_there_is_and_changes_nothing(
    office: Office, desk: Desk, make_event: EventMaker
) -> None:
    fill(office, desk, make_event)
    assert office.run(is_dry=True) == 0
    assert office.decided == []
    assert f"      2  {office.topic.name}" in office.report
    assert f"      1  {desk.layout.articles}" in office.report
    assert not office.work.find("demo:1").is_clean


def test_lifting_records_and_removes_nothing(
    office: Office, desk: Desk, make_event: EventMaker
) -> None:
    fill(office, desk, make_event)
    assert office.run(is_lifted=True) == 0
    assert office.decided == ["demo:1"]
    assert not office.work.find("demo:1").is_clean


def test_writer_takes_in_no_event_of_an_article_that_is_taken_down(
    desk: Desk, make_event: EventMaker
) -> None:
    writer = ArticleWriter(
        store=desk.store,
        publisher=desk.publisher,
        metrics=desk.metrics,
        clock=SystemClock(),
        is_taken_down=lambda article_id: article_id == "demo:1",
    )
    events = [make_event(1, article_id=each) for each in ("demo:1", "demo:2")]
    assert writer([desk.wrap(each) for each in events]) == ["taken_down", "created"]
    assert desk.articles.keys() == {"demo:2"}
    assert [event.article_id for event in desk.publisher.events] == ["demo:2"]
