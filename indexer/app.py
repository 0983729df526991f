"""The indexer, wired: consumer, writer, health and metrics.

In: settings and clients. Out: a service that runs until it is told to stop.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from elastic_transport import TransportError
from elasticsearch import ApiError, Elasticsearch

from indexer.mappings import ensure_indices
from indexer.metrics import IndexerMetrics, build_indexer_metrics
from indexer.settings import IndexerSettings
from indexer.store import Store, to_error_kind
from indexer.writer import ArticleWriter
from services.chassis.backoff import backoff_seconds
from services.chassis.breaker import Breaker
from services.chassis.clock import Clock
from services.chassis.consumer import BatchConsumer
from services.chassis.elasticsearch import build_client
from services.chassis.errors import Retry
from services.chassis.health import AdminServer, Health
from services.chassis.kafka import Publisher, build_consumer, build_producer, is_answering
from services.chassis.metrics import ConsumerMetrics, build_registry
from services.chassis.settings import ElasticsearchSettings, KafkaSettings
from services.chassis.takedowns import TakedownList
from services.contracts.articles import EnrichedArticleV1
from services.contracts.topics import ENRICHED

SERVICE = "indexer"
STOP_WITHIN_SECONDS = 9.0
"""A server that hangs must not keep the indexer longer; what it writes twice changes nothing."""

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Indexer:
    """The parts that outlive the connection to Kafka."""

    client: Elasticsearch
    store: Store
    health: Health
    admin: AdminServer
    metrics: ConsumerMetrics
    indexer_metrics: IndexerMetrics
    breaker: Breaker
    clock: Clock


def build_indexer(
    *, settings: IndexerSettings, elasticsearch: ElasticsearchSettings, clock: Clock
) -> Indexer:
    """Wire everything but Kafka; nothing is asked of the network yet."""
    registry = build_registry()
    indexer_metrics = build_indexer_metrics(registry)
    client = build_client(elasticsearch)
    health = Health(clock)
    store = Store(
        client,
        settings.layout,
        indexer_metrics,
        request_size_bytes=settings.batch_size_bytes,
        parallel_requests=settings.parallel_requests,
        on_answer=health.progress,
        on_missing=lambda: _create_again(client, settings),
    )
    breaker = Breaker(clock)
    health.add_readiness("elasticsearch", store.is_ready)
    health.add_readiness("breaker", lambda: not breaker.is_open)
    return Indexer(
        client=client,
        store=store,
        health=health,
        admin=AdminServer(
            service=SERVICE,
            host=settings.admin_host,
            port=settings.admin_port,
            registry=registry,
            health=health,
        ),
        metrics=ConsumerMetrics(SERVICE, registry),
        indexer_metrics=indexer_metrics,
        breaker=breaker,
        clock=clock,
    )


def run_indexer(
    indexer: Indexer,
    *,
    settings: IndexerSettings,
    kafka: KafkaSettings,
    stopping: threading.Event,
) -> None:
    """Index until `stopping` is set.

    Servers that do not answer yet are waited for.

    Raises:
        Fatal: a server refuses us, or the indices do not fit this release.
    """
    assigned: list[BatchConsumer[EnrichedArticleV1]] = []
    indexer.health.add_readiness("kafka", lambda: is_answering(kafka))
    indexer.health.add_readiness("partitions", lambda: any(c.is_assigned for c in assigned))
    port = indexer.admin.start()
    log.info("service_started", admin_port=port, group_id=settings.group_id)
    try:
        if not _try_until(stopping, indexer, lambda: create_indices(indexer.client, settings)):
            return
        _consume(indexer, settings=settings, kafka=kafka, stopping=stopping, assigned=assigned)
    finally:
        indexer.admin.stop()
        indexer.store.close()
        indexer.client.close()
        log.info("service_stopped")


def create_indices(client: Elasticsearch, settings: IndexerSettings) -> list[str]:
    """Create what is missing of indices and aliases; return the indices' names.

    Raises:
        Retry: Elasticsearch does not answer.
        Fatal: it refuses us, or an index does not fit.
    """
    try:
        return ensure_indices(client, settings.layout)
    except (ApiError, TransportError) as error:
        raise to_error_kind(error) from error


def _create_again(client: Elasticsearch, settings: IndexerSettings) -> None:
    """Create the indices where somebody has wiped them; what was in them, `rebuild` brings back."""
    try:
        names = create_indices(client, settings)
    except Retry as error:
        log.warning("indices_still_missing", error=str(error))
    else:
        log.error("indices_created_again", indices=names)


def _consume(
    indexer: Indexer,
    *,
    settings: IndexerSettings,
    kafka: KafkaSettings,
    stopping: threading.Event,
    assigned: list[BatchConsumer[EnrichedArticleV1]],
) -> None:
    producer = _try_until(
        stopping, indexer, lambda: build_producer(kafka, client_id=f"unionwire-{SERVICE}")
    )
    consumer = producer and _try_until(
        stopping,
        indexer,
        lambda: build_consumer(
            kafka,
            group_id=settings.group_id,
            client_id=f"unionwire-{SERVICE}",
            group_instance_id=settings.group_instance_id,
            maximum_poll_records=settings.batch_events,
        ),
    )
    if not producer or not consumer:
        return
    takedowns = TakedownList(kafka, client_id=f"unionwire-{SERVICE}-takedowns")
    _try_until(stopping, indexer, takedowns.start)
    publisher = Publisher(producer)
    loop = BatchConsumer(
        service=SERVICE,
        topic=ENRICHED,
        consumer=consumer,
        publisher=publisher,
        decode=EnrichedArticleV1.decode,
        handler=ArticleWriter(
            store=indexer.store,
            publisher=publisher,
            metrics=indexer.indexer_metrics,
            clock=indexer.clock,
            is_taken_down=takedowns.has,
        ),
        metrics=indexer.metrics,
        health=indexer.health,
        breaker=indexer.breaker,
        clock=indexer.clock,
        limits=settings.limits,
        dependency="elasticsearch",
    )
    assigned.append(loop)
    try:
        loop.run(stopping)
    finally:
        takedowns.close()
        publisher.close(timeout_seconds=2.0)


def _try_until(
    stopping: threading.Event, indexer: Indexer, attempt: "Callable[[], object]"
) -> "object | None":
    """Return what `attempt` returns once its server answers; None when stopped before."""
    failures = 0
    while not stopping.is_set():
        indexer.health.progress()
        try:
            return attempt()
        except Retry as error:
            log.warning("dependency_missing", error=str(error), attempt=failures + 1)
            stopping.wait(error.after_seconds or backoff_seconds(failures))
            failures += 1
    return None
