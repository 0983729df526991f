"""Heartbeats on the real Elasticsearch: written beside the articles, seen by no reader."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.contracts.articles import EnrichedArticleV1
from services.contracts.heartbeats import build_heartbeat

pytestmark = pytest.mark.integration

Desk = Any  # tests/indexer/conftest.py: fixtures are found by name, not imported
EventMaker = Any
AT = datetime(2026, 10, 5, 8, tzinfo=UTC)


def beat(minute: int = 0) -> EnrichedArticleV1:
    raw = build_heartbeat(3, sent_at=AT + timedelta(minutes=minute))
    return EnrichedArticleV1(article=raw, generation=1, language="vi")


def test_heartbeat_is_stored_beside_what_readers_see(desk: Desk) -> None:
    assert desk.deliver(beat()) == ["heartbeat"]
    assert desk.everything == ({}, {}, {})
    assert desk.publisher.events == []
    (stored,) = desk.documents(desk.layout.heartbeats).values()
    assert stored["revision"] == beat().article.revision


def test_heartbeat_among_articles_keeps_the_order_of_outcomes(
    desk: Desk, make_event: EventMaker
) -> None:
    first, second = make_event(article_id="demo:1"), make_event(article_id="demo:2")
    assert desk.deliver(first, beat(), second) == ["created", "heartbeat", "created"]
    assert desk.articles.keys() == {"demo:1", "demo:2"}
    assert [event.article_id for event in desk.publisher.events] == ["demo:1", "demo:2"]


def test_older_heartbeat_leaves_the_newer(desk: Desk) -> None:
    desk.deliver(beat(1))
    assert desk.deliver(beat(0), beat(1)) == ["heartbeat", "heartbeat"]
    (stored,) = desk.documents(desk.layout.heartbeats).values()
    assert stored["revision"] == beat(1).article.revision


def test_heartbeats_measure_no_freshness_of_news(desk: Desk) -> None:
    desk.deliver(beat())
    samples = [
        sample.value
        for metric in desk.metrics.fetched_to_searchable_seconds.collect()
        for sample in metric.samples
        if sample.name.endswith("_count")
    ]
    assert samples == [0.0]
