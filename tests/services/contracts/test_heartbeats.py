"""The heartbeat: an article like any other, of a source that no sources file can name."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from crawler.sources import Source
from enricher.domain import ENRICHER_GENERATION
from enricher.domain.enrich import enrich
from services.contracts.heartbeats import HEARTBEAT_SOURCE, build_heartbeat, is_heartbeat

AT = datetime(2026, 10, 5, 8, tzinfo=UTC)


def test_heartbeat_is_a_new_revision_each_time() -> None:
    first = build_heartbeat(1, sent_at=AT)
    later = build_heartbeat(1, sent_at=AT + timedelta(minutes=1))
    assert first.article_id == later.article_id
    assert first.revision < later.revision
    assert first.content_hash != later.content_hash


def test_heartbeat_holds_figures_to_be_read() -> None:
    enriched = enrich(build_heartbeat(1, sent_at=AT), generation=ENRICHER_GENERATION)
    assert len(enriched.figures) >= 2


def test_no_source_can_be_taken_for_the_heartbeat() -> None:
    with pytest.raises(ValidationError):
        Source(id=HEARTBEAT_SOURCE, outlet="X", feeds=("https://bao.example/rss",))
    other = build_heartbeat(1, sent_at=AT).model_copy(update={"source": "heartbeat"})
    assert not is_heartbeat(other)
