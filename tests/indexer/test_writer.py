"""Writing on the real Elasticsearch: repetition, corrections, races, poison and outages."""

import time
from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from indexer.domain.writing import fold
from indexer.mappings import IndexLayout, ensure_indices
from indexer.reconcile import Problem, reconcile
from indexer.store import Action, Answer, Store, StoredArticle
from indexer.writer import ArticleWriter
from services.chassis.clock import SystemClock
from services.chassis.elasticsearch import build_client
from services.chassis.errors import Reject, Retry
from services.chassis.settings import ElasticsearchSettings

pytestmark = pytest.mark.integration

Desk = Any  # tests/indexer/conftest.py: fixtures are found by name, not imported
EventMaker = Any


def test_writer_writes_article_figures_and_history(desk: Desk, make_event: EventMaker) -> None:
    event = make_event(1, figures=2)
    assert desk.deliver(event) == ["created"]
    (article,) = desk.articles.values()
    assert article["title"] == "Tin a"
    assert article["organisations"] == ["Công đoàn Việt Nam"]
    assert article["indicators"] == ["members"]
    assert sorted(desk.figures) == ["demo:1#body:0-1", "demo:1#body:1-2"]
    assert desk.figures["demo:1#body:0-1"]["value"] == "100"
    assert list(desk.revisions) == [f"demo:1@{event.article.revision}"]


def test_writer_changes_nothing_when_delivered_twice(desk: Desk, make_event: EventMaker) -> None:
    events = [make_event(1), make_event(2, "b", cause="source"), make_event(3, cause="withdrawn")]
    desk.deliver(*events)
    before = desk.everything
    assert desk.deliver(*events) == ["duplicate"] * 3
    assert desk.everything == before


def test_writer_folds_events_of_one_article_into_one_writing(
    desk: Desk, make_event: EventMaker
) -> None:
    outcomes = desk.deliver(make_event(1), make_event(2, "b", cause="source"), make_event(3, "b"))
    assert outcomes == ["created", "corrected", "duplicate"]
    stored = desk.store.get_articles(["demo:1"])["demo:1"]
    answer = desk.client.get(index=desk.layout.articles, id="demo:1")
    assert answer["_version"] == 1
    assert [entry.cause.value for entry in stored.article.revisions] == ["new", "source"]


def test_writer_resurrects_no_figures_when_deletes_are_forgotten(
    desk: Desk, make_event: EventMaker
) -> None:
    for alias in (desk.layout.articles, desk.layout.figures, desk.layout.revisions):
        desk.client.indices.put_settings(index=alias, settings={"index.gc_deletes": "1s"})
    events = [make_event(1, figures=5), make_event(2, "b", cause="source", figures=2)]
    for event in events:
        desk.deliver(event)
    before = desk.everything
    # Real time: the server itself must forget its deletes.
    time.sleep(2.5)
    desk.client.indices.flush(index=desk.layout.figures)
    for event in events:
        assert desk.deliver(event) == ["duplicate"]
    assert desk.everything == before
    assert sorted(desk.figures) == ["demo:1#body:0-1", "demo:1#body:1-2"]


def test_writer_leaves_only_the_new_figures_of_a_corrected_article(
    desk: Desk, make_event: EventMaker
) -> None:
    desk.deliver(make_event(1, figures=5))
    assert desk.deliver(make_event(2, "b", cause="source", figures=2)) == ["corrected"]
    assert len(desk.articles) == 1
    assert len(desk.revisions) == 2
    assert sorted(desk.figures) == ["demo:1#body:0-1", "demo:1#body:1-2"]
    assert {figure["article_version"] for figure in desk.figures.values()} == {
        desk.articles["demo:1"]["version"]
    }


def test_writer_overwrites_on_a_higher_generation_without_news(
    desk: Desk, make_event: EventMaker
) -> None:
    desk.deliver(make_event(1, figures=2))
    assert desk.deliver(make_event(1, figures=2, generation=2)) == ["reread"]
    assert {figure["value"] for figure in desk.figures.values()} == {"200", "201"}
    assert [event.is_news for event in desk.publisher.events] == [True, False]


def test_writer_marks_figures_of_withdrawn_articles(desk: Desk, make_event: EventMaker) -> None:
    desk.deliver(make_event(1, figures=2))
    assert desk.deliver(make_event(2, cause="withdrawn")) == ["withdrawn"]
    assert desk.articles["demo:1"]["title"] == "Tin a"
    assert {figure["status"] for figure in desk.figures.values()} == {"withdrawn"}


def test_writer_rejects_one_poisonous_event_of_a_batch(desk: Desk, make_event: EventMaker) -> None:
    # Elasticsearch takes ids up to 512 bytes and refuses the whole request otherwise.
    poison = make_event(1, article_id="đ" * 400)
    good = [make_event(1, article_id=f"demo:{n}") for n in range(5)]
    results = desk.deliver(*good[:3], poison, *good[3:])
    assert isinstance(results[3], Reject)
    assert results[3].reason == "refused_by_elasticsearch"
    assert [results[n] for n in (0, 1, 2, 4, 5)] == ["created"] * 5
    assert len(desk.articles) == 5


class RefusingStore(Store):
    """The real store, but articles with a certain title are refused when they are written last."""

    def write(self, actions: Sequence[Action]) -> list[Answer]:
        refused = [
            n for n, a in enumerate(actions) if a.kind == "articles" and b"Tin x" in (a.body or b"")
        ]
        passed = [action for n, action in enumerate(actions) if n not in refused]
        answers = iter(super().write(passed))
        return [
            Reject("refused_by_elasticsearch", "no") if n in refused else next(answers)
            for n in range(len(actions))
        ]


def test_writer_undoes_the_figures_of_a_refused_article(desk: Desk, make_event: EventMaker) -> None:
    desk.deliver(make_event(1, figures=2))
    before = desk.everything
    desk.writer._store = RefusingStore(desk.client, desk.layout, desk.metrics)
    results = desk.deliver(
        make_event(2, "x", cause="source", figures=4),
        make_event(1, "x", article_id="demo:2", figures=3),
    )
    assert [type(result) for result in results] == [Reject, Reject]
    assert desk.everything == before


def test_writer_finds_the_guilty_among_events_of_one_article(
    desk: Desk, make_event: EventMaker
) -> None:
    desk.writer._store = RefusingStore(desk.client, desk.layout, desk.metrics)
    results = desk.deliver(make_event(1), make_event(2, "b", cause="source"), make_event(3, "x"))
    assert results[:2] == ["created", "corrected"]
    assert isinstance(results[2], Reject)
    assert desk.articles["demo:1"]["title"] == "Tin b"
    assert reconcile(desk.client, desk.layout).is_clean


class RacedStore(Store):
    """The real store; between reading and writing another worker writes a newer event, once."""

    rival: Any = None

    def get_articles(self, article_ids: Iterable[str]) -> dict[str, StoredArticle]:
        stored = super().get_articles(article_ids)
        rival, self.rival = self.rival, None
        if rival is not None:
            rival()
        return stored


@pytest.mark.parametrize("ours", [1, 3])
def test_writer_yields_to_another_worker(desk: Desk, make_event: EventMaker, ours: int) -> None:
    desk.deliver(make_event(0, "c", figures=3))
    store = RacedStore(desk.client, desk.layout, desk.metrics)
    theirs = make_event(2, "b", cause="source", figures=2)
    other = type(desk.writer)(
        store=desk.store,
        publisher=desk.publisher,
        metrics=desk.metrics,
        clock=SystemClock(),
    )
    store.rival = lambda: other([desk.wrap(theirs)])
    desk.writer._store = store
    desk.deliver(make_event(ours, "a", cause="source", figures=5))
    newest = "Tin a" if ours > 2 else "Tin b"
    assert desk.articles["demo:1"]["title"] == newest
    assert len(desk.articles["demo:1"]["revisions"]) == 3
    assert len(desk.figures) == (5 if ours > 2 else 2)
    assert reconcile(desk.client, desk.layout).is_clean


def test_writer_settles_figures_that_a_dead_worker_left(desk: Desk, make_event: EventMaker) -> None:
    # That worker wrote the figures of a later event, and neither its article nor its offset.
    late = fold(None, make_event(9, figures=4), now=SystemClock().now()).article
    desk.deliver(make_event(1, figures=1))
    desk.client.index(
        index=desk.layout.figures,
        id="demo:1#body:0-1",
        document={"figure_id": "demo:1#body:0-1", "article_id": "demo:1", "sort_at": 0},
        version=late.version,
        version_type="external_gte",
    )
    desk.deliver(make_event(2, "b", cause="source", figures=2))
    assert reconcile(desk.client, desk.layout).is_clean


def test_writer_tells_of_progress_at_each_answer(desk: Desk, make_event: EventMaker) -> None:
    answers: list[int] = []
    desk.writer._store = Store(
        desk.client, desk.layout, desk.metrics, on_answer=lambda: answers.append(1)
    )
    desk.deliver(make_event(1))
    assert len(answers) == 3  # the article read, its surroundings written, and itself


def test_writer_asks_to_retry_while_elasticsearch_is_down(
    desk: Desk, make_event: EventMaker
) -> None:
    nowhere = build_client(ElasticsearchSettings(url="http://127.0.0.1:1"))
    real, desk.writer._store = desk.store, Store(nowhere, desk.layout, desk.metrics)
    deliveries = [desk.wrap(make_event(1))]
    assert [type(result) for result in desk.writer(deliveries)] == [Retry]
    assert not desk.store.get_articles(["demo:1"])
    desk.writer._store = real
    assert desk.writer(deliveries) == ["created"]
    nowhere.close()


def test_writer_asks_to_retry_while_the_index_is_read_only(
    desk: Desk, make_event: EventMaker
) -> None:
    block = "index.blocks.read_only_allow_delete"
    desk.client.indices.put_settings(index=desk.layout.articles, settings={block: True})
    deliveries = [desk.wrap(make_event(1))]
    assert [type(result) for result in desk.writer(deliveries)] == [Retry]
    desk.client.indices.put_settings(index=desk.layout.articles, settings={block: None})
    assert desk.writer(deliveries) == ["created"]
    assert reconcile(desk.client, desk.layout).is_clean


def test_writer_asks_to_retry_while_the_index_is_missing(
    desk: Desk, make_event: EventMaker, layout: IndexLayout
) -> None:
    desk.client.indices.delete_alias(index=f"{layout.articles}-v1", name=layout.articles)
    assert [type(result) for result in desk.deliver(make_event(1))] == [Retry]
    assert not desk.store.is_ready()


def test_writer_announces_what_was_written_when_kafka_is_back(
    desk: Desk, make_event: EventMaker
) -> None:
    desk.publisher.failures = 1
    deliveries = [desk.wrap(make_event(1))]
    assert [type(result) for result in desk.writer(deliveries)] == [Retry]
    assert desk.writer(deliveries) == ["created"]
    (announced,) = desk.publisher.events
    assert (announced.cause.value, announced.is_news, announced.article_id) == (
        "new",
        True,
        "demo:1",
    )


def test_writer_waits_for_kafka_once_a_batch(
    desk: Desk, make_event: EventMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []

    def wait(_pending: object, *, timeout_seconds: float) -> None:
        waits.append(timeout_seconds)
        raise Retry("Kafka is down.")

    monkeypatch.setattr(desk.publisher, "confirm", wait)
    results = desk.deliver(*(make_event(1, article_id=f"demo:{n}") for n in range(3)))
    assert [type(result) for result in results] == [Retry] * 3
    assert [seconds > 0 for seconds in waits] == [True, False, False]


def test_writer_announces_news_of_a_worker_that_died_before_announcing(
    desk: Desk, make_event: EventMaker
) -> None:
    desk.deliver(make_event(1))
    desk.publisher.events.clear()
    assert desk.deliver(make_event(1)) == ["duplicate"]
    assert [event.is_news for event in desk.publisher.events] == [True]


def test_writer_splits_requests_by_size(desk: Desk, make_event: EventMaker) -> None:
    desk.writer._store = Store(desk.client, desk.layout, desk.metrics, request_size_bytes=3000)
    events = [make_event(1, article_id=f"demo:{n}") for n in range(10)]
    assert desk.deliver(*events) == ["created"] * 10
    assert len(desk.articles) == 10


def test_reconcile_finds_and_mends_what_disagrees(desk: Desk, make_event: EventMaker) -> None:
    desk.deliver(
        make_event(1, figures=3),
        make_event(2, "b", cause="source", figures=3),
        make_event(3, cause="withdrawn"),
        make_event(1, article_id="demo:2", figures=1),
    )
    before = desk.everything
    figures, revisions = desk.layout.figures, desk.layout.revisions
    ghost = {**desk.figures["demo:1#body:0-1"], "figure_id": "demo:1#lead:0-4"}
    desk.client.index(index=figures, id="demo:1#lead:0-4", document=ghost)
    orphan = {**ghost, "article_id": "demo:9"}
    desk.client.index(index=figures, id="demo:9#lead:0-4", document=orphan)
    desk.client.delete(index=figures, id="demo:2#body:0-1")
    desk.client.update(index=figures, id="demo:1#body:1-2", doc={"value": "7"})
    shown, withdrawn = sorted(desk.revisions)[1:3]
    desk.client.delete(index=revisions, id=shown)
    desk.client.delete(index=revisions, id=withdrawn)
    desk.client.index(
        index=revisions,
        id="demo:2@5",
        document={
            **desk.revisions["demo:1@" + str(make_event(1).article.revision)],
            "article_id": "demo:2",
            "revision": 5,
        },
    )
    report = reconcile(desk.client, desk.layout)
    assert sorted((f.problem.value, f.document_id) for f in report.findings) == sorted(
        [
            (Problem.GHOST_FIGURE.value, "demo:1#lead:0-4"),
            (Problem.GHOST_FIGURE.value, "demo:9#lead:0-4"),
            (Problem.MISSING_FIGURE.value, "demo:2#body:0-1"),
            (Problem.DIFFERENT_FIGURE.value, "demo:1#body:1-2"),
            (Problem.MISSING_REVISION.value, shown),
            (Problem.MISSING_REVISION.value, withdrawn),
            (Problem.GHOST_REVISION.value, "demo:2@5"),
        ]
    )
    assert not report.is_clean
    mended = reconcile(desk.client, desk.layout, is_fixing=True)
    assert mended.is_clean
    assert not reconcile(desk.client, desk.layout).findings
    articles, mended_figures, mended_revisions = desk.everything
    assert (articles, mended_figures) == before[:2]
    assert mended_revisions.keys() == before[2].keys()


def test_store_tells_that_the_indices_are_gone(
    client: Elasticsearch, layout: IndexLayout, desk: Desk
) -> None:
    told: list[str] = []
    store = Store(client, layout, desk.metrics, on_missing=lambda: told.append("missing"))
    assert store.get_articles(["demo:1"]) == {}
    assert told == []
    for name in client.indices.get(index=f"{layout.prefix}*"):
        client.indices.delete(index=name)
    with pytest.raises(Retry):
        store.get_articles(["demo:1"])
    assert told == ["missing"]
    store.close()


def test_writer_goes_on_after_a_wipe_once_the_indices_are_made_again(
    client: Elasticsearch, layout: IndexLayout, make_event: EventMaker, desk: Desk
) -> None:
    def create_again() -> None:
        ensure_indices(client, layout)

    store = Store(client, layout, desk.metrics, on_missing=create_again)
    writer = ArticleWriter(
        store=store, publisher=desk.publisher, metrics=desk.metrics, clock=SystemClock()
    )
    for name in client.indices.get(index=f"{layout.prefix}*"):
        client.indices.delete(index=name)
    delivery = desk.wrap(make_event(1))
    (first,) = writer([delivery])
    assert isinstance(first, Retry)
    assert writer([delivery]) == ["created"]
    store.close()
