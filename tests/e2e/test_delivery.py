"""Nothing lost, nothing twice: kills, outages, replays and a lost state file."""

import json
import time
from collections import Counter
from typing import Any

import pytest

from deploy.chaos.arena import Arena
from deploy.chaos.faults import FAULTS, Fault
from deploy.chaos.trial import run_trial
from enricher.domain import ENRICHER_GENERATION
from services.contracts.articles import IndexedArticleV1, RawArticleV1
from services.contracts.heartbeats import HEARTBEAT_SOURCE
from services.contracts.topics import ENRICHED, INDEXED, RAW

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]

System = Any  # the fixture's class lives in conftest.py
BULK = 2_000


def without_marks(snapshot: dict[str, dict[str, dict[str, Any]]]) -> dict[str, Any]:
    """Leave out when things were written, keep what they say."""
    return {
        index: {
            name: {
                field: value
                for field, value in document.items()
                if field not in ("_seq_no", "indexed_at")
            }
            for name, document in documents.items()
        }
        for index, documents in snapshot.items()
    }


def published(system: System) -> set[str]:
    return {entry["url"] for entry in system.ledger() if entry["status"] == "published"}


def test_replaying_every_event_changes_nothing(system: System) -> None:
    """Also after Elasticsearch has forgotten its deletes, which it does after `gc_deletes`."""
    for index in ("articles", "figures", "article-revisions"):
        system.put(f"{index}/_settings", **{"index.gc_deletes": "1s"})
    system.runner.stop("crawler")
    system.wait_until_idle()
    before = system.snapshot()
    system.runner.stop("enricher")
    system.runner.stop("indexer")
    system.rewind()
    time.sleep(2)  # longer than gc_deletes

    system.pipeline.start_services(but=frozenset({"crawler"}))
    system.wait_until_idle()
    time.sleep(1)

    after = system.snapshot()
    system.pipeline.start_services()
    changed = [
        name
        for index, documents in before.items()
        for name in documents.keys() | after[index].keys()
        if after[index].get(name) != documents.get(name)
    ]
    assert changed == []


def test_a_release_that_reads_better_overwrites_and_is_no_news(system: System) -> None:
    system.runner.stop("crawler")
    system.wait_until_idle()
    before = system.documents("articles")
    known_generation = max(document["generation"] for document in before.values())
    announced = len(system.events(INDEXED))
    system.runner.stop("enricher")
    system.runner.stop("indexer")
    system.rewind()
    system.pipeline.environment["ENRICHER_GENERATION"] = str(ENRICHER_GENERATION + 7)
    try:
        system.pipeline.start_services(but=frozenset({"crawler"}))
        system.wait_until_idle()
        after = system.documents("articles")
        news = [
            IndexedArticleV1.decode(value).is_news
            for _, value, _ in system.events(INDEXED)[announced:]
            if IndexedArticleV1.decode(value).generation > known_generation
        ]
    finally:
        system.pipeline.environment.pop("ENRICHER_GENERATION")
        system.runner.stop("enricher")
        system.pipeline.start_services()

    assert after.keys() == before.keys()
    published = [name for name in after if before[name]["status"] == "published"]
    assert {after[name]["generation"] - before[name]["generation"] for name in published} == {7}
    assert [len(after[name]["revisions"]) for name in published] == [
        len(before[name]["revisions"]) for name in published
    ]
    assert news
    assert not any(news)


def test_killed_services_lose_nothing_and_double_nothing(system: System) -> None:
    made = system.order(f"/bulk?count={BULK}&seed=11")["urls"]
    assert len(made) == BULK
    time.sleep(3)
    for name in ("crawler", "enricher", "indexer", "enricher", "indexer", "crawler"):
        system.runner.kill(name)
        time.sleep(0.5)
        system.pipeline.start_services()
        time.sleep(2)
    wanted = published(system)
    system.wait_until_searchable(wanted)
    system.wait_until_idle()

    articles = system.documents("articles")
    by_url = Counter(article["url"] for article in articles.values())
    assert [url for url, count in by_url.items() if count > 1] == []
    revisions = {article["url"]: len(article["revisions"]) for article in articles.values()}
    assert {url: revisions[url] for url in made if revisions[url] != 1} == {}
    delivered = Counter(
        key
        for key, _value, _headers in system.events(ENRICHED)
        if not key.startswith(HEARTBEAT_SOURCE)
    )
    assert max(delivered.values()) > 1, "the kills hit nothing: no event was delivered again"
    assert_figures_agree(system)


def assert_figures_agree(system: System) -> None:
    """Each article's figures are exactly the figures that are stored for it."""
    stored = Counter(figure["article_id"] for figure in system.documents("figures").values())
    said = Counter(
        {
            name: article["figure_count"]
            for name, article in system.documents("articles").items()
            if article["figure_count"]
        }
    )
    assert stored == said


@pytest.mark.parametrize("server", ["kafka", "elasticsearch"])
def test_an_outage_of_half_a_minute_loses_nothing(system: System, server: str) -> None:
    system.order(f"/bulk?count=200&seed={len(server)}")
    system.stack.stop(server)
    time.sleep(30)
    system.stack.start(server)
    wanted = published(system)
    system.wait_until_searchable(wanted)
    system.wait_until_idle()
    assert_figures_agree(system)
    for topic in (RAW, ENRICHED):
        reasons = {headers["dlq-reason"] for _, _, headers in system.events(topic.dead_letters)}
        assert reasons <= {b"invalid_event"}, "an outage is no reason for dead letters"


def test_a_lost_state_file_makes_no_revisions(system: System) -> None:
    system.runner.stop("crawler")
    system.wait_until_idle()
    before = without_marks(system.snapshot())["article-revisions"]
    for file in system.pipeline.state_dir.glob("crawler.sqlite*"):
        file.unlink()

    known = len(published(system))
    raw = sum(system.ends(RAW.name).values())
    system.pipeline.start_services()
    system.wait(
        "the crawler has published what it sees again",
        lambda: sum(system.ends(RAW.name).values()) >= raw + known * 0.9,
        rest=lambda: raw + known * 0.9 - sum(system.ends(RAW.name).values()),
    )
    system.wait_until_idle()
    after = without_marks(system.snapshot())["article-revisions"]
    new = {name: document for name, document in after.items() if name not in before}
    assert {document["cause"] for document in new.values()} <= {"new", "source"}
    assert [
        name
        for name, document in new.items()
        if document["content_hash"]
        in {
            old["content_hash"]
            for old in before.values()
            if old["article_id"] == document["article_id"]
        }
    ] == []


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"\x00 no json", b"invalid_event"),
        (b'{"article_id": "test:1"}', b"invalid_event"),
        (b"", b"invalid_event"),
    ],
    ids=["no json", "fields missing", "empty"],
)
def test_a_malformed_event_is_a_dead_letter_and_stops_nobody(
    system: System, payload: bytes, reason: bytes
) -> None:
    key = f"malformed-{len(payload)}"
    system.publish(RAW, key, payload)
    system.publish(ENRICHED, key, payload)
    for topic in (RAW, ENRICHED):
        system.wait(
            f"the dead letter is in {topic.name}.dlq",
            lambda topic=topic: key in {name for name, _, _ in system.events(topic.dead_letters)},
        )
        letters = [letter for letter in system.events(topic.dead_letters) if letter[0] == key]
        assert [(value, headers["dlq-reason"]) for _, value, headers in letters] == [
            (payload, reason)
        ]
    system.wait_until_idle()


def test_an_event_with_unknown_fields_and_a_huge_body_is_handled(system: System) -> None:
    event = json.loads(sample_event().encode())
    system.publish(RAW, event["article_id"], json.dumps(event | {"later": 1}).encode())
    oversized = event | {"article_id": "test:huge", "body": "a " * 400_000}
    system.publish(RAW, "test:huge", json.dumps(oversized).encode())
    system.wait("the article is stored", lambda: "test:known" in system.documents("articles"))
    system.wait(
        "the oversized one is a dead letter",
        lambda: "test:huge" in {key for key, _, _ in system.events(RAW.dead_letters)},
    )


def sample_event() -> RawArticleV1:
    return RawArticleV1.model_validate(
        {
            "article_id": "test:known",
            "revision": 1_790_000_000_000,
            "generation": 1,
            "cause": "new",
            "source": "test",
            "site": "generic",
            "outlet": "Test",
            "url": "https://news.example/known",
            "fetched_at": "2026-10-05T08:00:00Z",
            "title": "Trao 50 suất quà",
            "body": "Công đoàn trao 50 suất quà.",
            "content_hash": "0" * 64,
        }
    )


@pytest.mark.parametrize(
    "fault", [fault for fault in FAULTS if fault.is_short], ids=lambda fault: fault.name
)
def test_faults_do_no_harm(system: System, fault: Fault) -> None:
    """The short form of `make chaos`: one worker of each kind, few articles, a seed of its own."""
    system.runner.stop("crawler")
    system.wait_until_idle()
    seed = time.time_ns() % 1_000_000
    try:
        verdict = run_trial(Arena(system.pipeline), fault, seed=seed, articles=20, flow_seconds=5.0)
    finally:
        system.pipeline.start_services()
    # how fast is for `make chaos` to judge: this machine may be busy
    assert verdict.is_harmless, verdict
