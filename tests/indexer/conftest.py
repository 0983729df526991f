"""What the indexer's tests share: events of one article, named by their text."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from elasticsearch import Elasticsearch
from kafka import TopicPartition
from prometheus_client import CollectorRegistry

from indexer.mappings import INDEX_PLANS, IndexLayout, ensure_indices, name_index
from indexer.metrics import IndexerMetrics, build_indexer_metrics
from indexer.store import Store
from indexer.writer import ArticleWriter
from services.chassis.clock import SystemClock
from services.chassis.consumer import Delivery, Result
from services.chassis.elasticsearch import build_client
from services.chassis.errors import Retry
from services.chassis.kafka import PendingEvent
from services.chassis.settings import ElasticsearchSettings
from services.contracts.articles import (
    Cause,
    EnrichedArticleV1,
    IndexedArticleV1,
    RawArticleV1,
    content_hash,
)
from services.contracts.entities import Entity, EntityType
from services.contracts.figures import Figure, FigureKind
from services.contracts.topics import Topic

EventMaker = Callable[..., EnrichedArticleV1]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST_REVISION = 1_790_000_000_000


def build_event(
    revision: int = 0,
    text: str = "a",
    *,
    generation: int = 1,
    cause: str = "new",
    author: str = "An",
    article_id: str = "demo:1",
    figures: int | None = None,
) -> EnrichedArticleV1:
    """Return an event whose body and figures follow from text, generation and author.

    `revision` counts seconds from a fixed day. The number of figures differs from text to text.
    """
    milliseconds = FIRST_REVISION + revision * 1000
    is_withdrawn = cause == "withdrawn"
    title, body = f"Tin {text}", f"Nội dung {text}"
    count = len(text) + ord(text[0]) % 3 + generation % 2 if figures is None else figures
    raw = RawArticleV1(
        article_id=article_id,
        revision=milliseconds,
        generation=0,
        cause=Cause(cause),
        source="demo",
        site="demo",
        outlet="Báo Mẫu",
        url=f"https://bao.example/{article_id}",
        fetched_at=EPOCH + timedelta(milliseconds=milliseconds),
        published_at=None if is_withdrawn else EPOCH + timedelta(milliseconds=FIRST_REVISION),
        title="" if is_withdrawn else title,
        body="" if is_withdrawn else body,
        author=None if is_withdrawn else author,
        content_hash=None if is_withdrawn else content_hash(title=title, lead="", body=body),
        metadata_hash=None if is_withdrawn else author,
    )
    if is_withdrawn:
        return EnrichedArticleV1(article=raw, generation=generation)
    return EnrichedArticleV1(
        article=raw,
        generation=generation,
        language="vi",
        figures=tuple(
            Figure(
                field="body",
                start=place,
                end=place + 1,
                surface=body[place],
                kind=FigureKind.COUNT,
                value=Decimal(generation * 100 + place),
                indicator="members",
            )
            for place in range(count)
        ),
        entities=(
            Entity(
                type=EntityType.ORGANISATION,
                field="body",
                start=0,
                end=1,
                surface=body[0],
                name="Công đoàn Việt Nam",
            ),
        ),
    )


@pytest.fixture(scope="session")
def make_event() -> EventMaker:
    return build_event


@dataclass
class NotedPublisher:
    """Keeps what is published; fails as often as told."""

    events: list[IndexedArticleV1] = field(default_factory=list)
    failures: int = 0

    def publish(self, topic: Topic, *, key: str, value: bytes) -> PendingEvent:
        if self.failures:
            self.failures -= 1
            raise Retry("Kafka is down.")
        self.events.append(IndexedArticleV1.decode(value))
        return PendingEvent(topic=topic.name, key=key, future=None)

    def confirm(self, pending: Sequence[PendingEvent], *, timeout_seconds: float) -> None:
        """Everything that was published is held."""


@dataclass
class Desk:
    """A writer on the real Elasticsearch, and looks at what it wrote."""

    client: Elasticsearch
    layout: IndexLayout
    store: Store
    publisher: NotedPublisher
    metrics: IndexerMetrics
    writer: ArticleWriter
    offset: int = 0

    def deliver(self, *events: EnrichedArticleV1) -> Sequence[Result]:
        return self.writer([self.wrap(event) for event in events])

    def wrap(self, event: EnrichedArticleV1) -> Delivery[EnrichedArticleV1]:
        self.offset += 1
        place = (TopicPartition("articles.enriched.v1", 0), self.offset)
        return Delivery(event=event, place=place, size_bytes=1000)

    def documents(self, alias: str) -> dict[str, dict[str, object]]:
        self.client.indices.refresh(index=alias)
        answer = self.client.search(index=alias, size=1000)
        return {hit["_id"]: hit["_source"] for hit in answer["hits"]["hits"]}

    @property
    def articles(self) -> dict[str, dict[str, object]]:
        return self.documents(self.layout.articles)

    @property
    def figures(self) -> dict[str, dict[str, object]]:
        return self.documents(self.layout.figures)

    @property
    def revisions(self) -> dict[str, dict[str, object]]:
        return self.documents(self.layout.revisions)

    @property
    def everything(self) -> tuple[object, ...]:
        return (self.articles, self.figures, self.revisions)


@pytest.fixture
def client(elasticsearch_settings: ElasticsearchSettings) -> Iterator[Elasticsearch]:
    connected = build_client(elasticsearch_settings)
    yield connected
    connected.close()


@pytest.fixture
def layout(client: Elasticsearch, unique_name: str) -> Iterator[IndexLayout]:
    """Names of indices that no other test uses; what is created under them is deleted."""
    names = IndexLayout(prefix=f"{unique_name}-", refresh_interval_seconds=0.1)
    yield names
    for plan in INDEX_PLANS:
        client.options(ignore_status=404).indices.delete(index=name_index(names, plan))


@pytest.fixture
def desk(client: Elasticsearch, layout: IndexLayout) -> Iterator[Desk]:
    ensure_indices(client, layout)
    metrics = build_indexer_metrics(CollectorRegistry())
    store, publisher = Store(client, layout, metrics), NotedPublisher()
    writer = ArticleWriter(
        store=store,
        publisher=publisher,  # type: ignore[arg-type] # what the writer uses of one
        metrics=metrics,
        clock=SystemClock(),
    )
    yield Desk(
        client=client,
        layout=layout,
        store=store,
        publisher=publisher,
        metrics=metrics,
        writer=writer,
    )
    store.close()
