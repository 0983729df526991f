"""Indices made anew from Kafka while events flow, on the real servers: nothing is lost or old."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest
from elasticsearch import Elasticsearch
from prometheus_client import CollectorRegistry

from indexer import rebuild as rebuild_module
from indexer.mappings import IndexLayout, IndexPlan, build_mappings, ensure_indices
from indexer.metrics import build_indexer_metrics
from indexer.rebuild import STAGING_PREFIX, Rebuild
from indexer.reconcile import reconcile
from indexer.store import Store
from indexer.writer import ArticleWriter
from services.chassis.breaker import Breaker
from services.chassis.clock import SystemClock
from services.chassis.consumer import BatchConsumer, BatchLimits
from services.chassis.errors import Fatal
from services.chassis.health import Health
from services.chassis.kafka import Publisher, build_consumer, build_producer, build_reader
from services.chassis.metrics import ConsumerMetrics
from services.chassis.settings import KafkaSettings
from services.chassis.topics import ensure_topics
from services.contracts.articles import EnrichedArticleV1
from services.contracts.topics import ENRICHED, INDEXED, Topic

pytestmark = pytest.mark.integration

EventMaker = Any
_WAIT_SECONDS = 120.0


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _WAIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


@dataclass
class Newsroom:
    """A topic of its own, its indices, and a worker that may run meanwhile."""

    topic: Topic
    settings: KafkaSettings
    client: Elasticsearch
    layout: IndexLayout
    publisher: Publisher

    def publish(self, *events: EnrichedArticleV1) -> None:
        self.publisher.confirm(
            [self.publisher.publish(self.topic, key=e.article_id, value=e.encode()) for e in events]
        )

    @contextmanager
    def working(self) -> Iterator[None]:
        """Let a worker of the indexer consume the topic meanwhile."""
        clock, registry, stopping = SystemClock(), CollectorRegistry(), threading.Event()
        store = Store(self.client, self.layout, build_indexer_metrics(CollectorRegistry()))
        loop = BatchConsumer(
            service="indexer",
            topic=self.topic,
            consumer=build_consumer(
                self.settings, group_id=self.topic.name, client_id="test", maximum_poll_records=20
            ),
            publisher=self.publisher,
            decode=EnrichedArticleV1.decode,
            handler=ArticleWriter(
                store=store,
                publisher=self.publisher,
                metrics=build_indexer_metrics(CollectorRegistry()),
                clock=clock,
            ),
            metrics=ConsumerMetrics("indexer", registry),
            health=Health(clock),
            breaker=Breaker(clock),
            clock=clock,
            limits=BatchLimits(events=20, linger_seconds=0.01),
        )
        thread = threading.Thread(target=loop.run, args=(stopping,))
        thread.start()
        try:
            yield
        finally:
            stopping.set()
            thread.join()
            store.close()

    def rebuild(self, **options: Any) -> tuple[Rebuild, list[str]]:  # noqa: ANN401 - passed on
        reader = build_reader(self.settings, client_id="test")
        work = Rebuild(
            client=self.client,
            layout=self.layout,
            consumer=reader,
            metrics=build_indexer_metrics(CollectorRegistry()),
            clock=SystemClock(),
            report=lambda _: None,
            topic=self.topic,
        )
        try:
            return work, work.run(**options)
        finally:
            reader.close()

    def shown(self) -> dict[str, tuple[str, str]]:
        """Return status and title of every article."""
        self.client.indices.refresh(index=self.layout.articles)
        answer = self.client.search(index=self.layout.articles, size=5000)
        return {
            hit["_id"]: (hit["_source"]["status"], hit["_source"]["title"])
            for hit in answer["hits"]["hits"]
        }

    def behind(self, alias: str) -> str:
        (name,) = self.client.indices.get_alias(name=alias)
        return name


@pytest.fixture
def newsroom(
    kafka_settings: KafkaSettings, client: Elasticsearch, layout: IndexLayout, unique_name: str
) -> Iterator[Newsroom]:
    topic = replace(ENRICHED, name=unique_name, partitions=2)
    ensure_topics(kafka_settings, topics=[topic, topic.dead_letters, INDEXED])
    publisher = Publisher(build_producer(kafka_settings, client_id="test"))
    ensure_indices(client, layout)
    yield Newsroom(topic, kafka_settings, client, layout, publisher)
    publisher.close()
    for name in client.indices.get(index=f"{layout.prefix}*"):
        client.indices.delete(index=name)


def test_rebuild_while_events_flow_loses_nothing_and_shows_the_newest(
    newsroom: Newsroom, make_event: EventMaker
) -> None:
    ids = [f"demo:{number}" for number in range(20)]
    newsroom.publish(*(make_event(1, article_id=each) for each in ids))
    newsroom.publish(make_event(2, article_id="demo:0", cause="withdrawn"))
    is_over = threading.Event()
    revisions = [1]

    def keep_publishing() -> None:
        while not is_over.wait(0.3):
            revisions.append(revisions[-1] + 1)
            text = f"ban {revisions[-1]}"
            newsroom.publish(
                *(make_event(revisions[-1], text, cause="source", article_id=e) for e in ids[1:])
            )

    with newsroom.working():
        wait_until(lambda: len(newsroom.shown()) == len(ids))
        before = newsroom.behind(newsroom.layout.articles)
        flow = threading.Thread(target=keep_publishing)
        flow.start()
        wait_until(lambda: len(revisions) > 3)
        try:
            work, old = newsroom.rebuild()
        finally:
            is_over.set()
            flow.join()
        newest = f"Tin ban {revisions[-1]}"
        expected = dict.fromkeys(ids[1:], ("published", newest))
        expected["demo:0"] = ("withdrawn", "Tin a")
        wait_until(lambda: newsroom.shown() == expected)
    assert before in old
    assert newsroom.behind(newsroom.layout.articles) != before
    assert work.outcomes["created"] == len(ids)
    assert reconcile(newsroom.client, newsroom.layout, is_fixing=False).is_clean


def test_rebuild_brings_a_mapping_that_did_not_fit_and_workers_go_on(
    newsroom: Newsroom, make_event: EventMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def map_outlets_as_text(plan: IndexPlan) -> dict[str, Any]:
        mappings = build_mappings(plan)
        mappings["properties"] |= {"outlet": {"type": "text"}}
        return mappings

    newsroom.publish(make_event(1))
    monkeypatch.setattr(rebuild_module, "build_mappings", map_outlets_as_text)
    newsroom.rebuild()
    mapped = newsroom.client.indices.get_mapping(index=newsroom.layout.articles)
    (fields,) = [each["mappings"]["properties"] for each in mapped.values()]
    assert fields["outlet"] == {"type": "text"}
    newsroom.publish(make_event(2, "sau", cause="source"))
    with newsroom.working():
        wait_until(lambda: newsroom.shown() == {"demo:1": ("published", "Tin sau")})


def test_rebuild_of_a_wiped_elasticsearch_needs_no_old_index(
    newsroom: Newsroom, make_event: EventMaker
) -> None:
    newsroom.publish(make_event(1, article_id="demo:1"), make_event(1, article_id="demo:2"))
    for name in newsroom.client.indices.get(index=f"{newsroom.layout.prefix}*"):
        newsroom.client.indices.delete(index=name)
    _, old = newsroom.rebuild()
    assert old == []
    assert newsroom.shown().keys() == {"demo:1", "demo:2"}


def test_rebuild_counts_what_cannot_be_read_and_goes_on(
    newsroom: Newsroom, make_event: EventMaker
) -> None:
    newsroom.publisher.confirm([newsroom.publisher.publish(newsroom.topic, key="x", value=b"{")])
    newsroom.publish(make_event(1))
    work, _ = newsroom.rebuild()
    assert work.outcomes == {"unreadable": 1, "created": 1}


def test_interrupted_rebuild_is_named_and_dropped_on_demand(
    newsroom: Newsroom, make_event: EventMaker
) -> None:
    newsroom.publish(make_event(1))
    left = f"{newsroom.layout.prefix}left"
    newsroom.client.indices.create(
        index=left, aliases={f"{newsroom.layout.prefix}{STAGING_PREFIX}articles": {}}
    )
    with pytest.raises(Fatal, match="--restart"):
        newsroom.rebuild()
    newsroom.rebuild(is_restarted=True)
    assert not newsroom.client.indices.exists(index=left)
    assert newsroom.shown().keys() == {"demo:1"}


def test_worker_that_read_before_the_aliases_moved_writes_nothing_to_the_new_index(
    newsroom: Newsroom, make_event: EventMaker
) -> None:
    newsroom.publish(make_event(1, "a"), make_event(2, "b", cause="source"))
    store = Store(newsroom.client, newsroom.layout, build_indexer_metrics(CollectorRegistry()))
    with newsroom.working():
        wait_until(lambda: newsroom.shown() == {"demo:1": ("published", "Tin b")})
    read = store.get_articles(["demo:1"])["demo:1"]
    newsroom.rebuild()
    stale = read.article.model_copy(update={"title": "cu"})
    store.write([store.put_article(stale, over=read)])
    store.close()
    assert newsroom.shown() == {"demo:1": ("published", "Tin b")}
