"""The notifier, wired: consumer, matcher, sender, health and metrics.

In: settings and clients. Out: a service that runs until it is told to stop.
"""

import fcntl
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import IO, Final, TypeVar

import structlog
from elasticsearch import Elasticsearch

from services.chassis.backoff import backoff_seconds
from services.chassis.breaker import Breaker
from services.chassis.clock import Clock
from services.chassis.consumer import BatchConsumer
from services.chassis.elasticsearch import build_client
from services.chassis.errors import Fatal, Retry
from services.chassis.health import AdminServer, Health
from services.chassis.kafka import Publisher, build_consumer, build_producer, is_answering
from services.chassis.metrics import ConsumerMetrics, build_registry
from services.chassis.settings import ElasticsearchSettings, KafkaSettings
from services.contracts.articles import IndexedArticleV1
from services.contracts.topics import INDEXED
from services.search.notifier.handling import NewsHandler
from services.search.notifier.mail import MailSender
from services.search.notifier.matching import Matcher
from services.search.notifier.metrics import build_notifier_metrics
from services.search.notifier.sending import Send, Sender
from services.search.notifier.settings import NotifierSettings
from services.search.notifier.webhooks import WebhookSender
from services.search.saved_searches import Channel, SavedSearches
from services.search.settings import DeskSettings
from services.search.store import Store

SERVICE: Final = "notifier"
STOP_WITHIN_SECONDS: Final = 9.0
"""A receiver that hangs must not keep the notifier longer; what it did not note is sent again."""
_SENDER_STOP_SECONDS: Final = 3.0

Made = TypeVar("Made")
log = structlog.get_logger()


class Notifier:
    """The parts that outlive the connection to Kafka."""

    def __init__(
        self,
        *,
        settings: NotifierSettings,
        desk: DeskSettings,
        elasticsearch: ElasticsearchSettings,
        clock: Clock,
    ) -> None:
        registry = build_registry()
        self.clock = clock
        self.health = Health(clock)
        self.metrics = ConsumerMetrics(SERVICE, registry)
        self.breaker = Breaker(clock)
        self.client: Elasticsearch = build_client(elasticsearch)
        self.store = Store(desk.store_file)
        self.lock = _lock_store(desk.store_file)
        searches = SavedSearches(self.store, clock=clock)
        own_metrics = build_notifier_metrics(registry)
        base_url = desk.public_url or "http://127.0.0.1:8080"
        webhooks = WebhookSender(
            base_url=base_url,
            private_addresses=settings.named_addresses,
            timeout_seconds=settings.send_timeout_seconds,
            clock=clock,
        )
        send: dict[Channel, Send] = {"webhook": webhooks}
        if settings.smtp_host:
            send["email"] = MailSender(settings, base_url=base_url)
        self.sender = Sender(
            searches,
            send=send,
            metrics=own_metrics,
            clock=clock,
            workers=settings.parallel_messages,
            give_up=timedelta(hours=settings.give_up_hours),
            keep=timedelta(days=settings.keep_days),
        )
        self.handler = NewsHandler(
            searches=searches,
            matcher=Matcher(self.client, prefix=desk.index_prefix, clock=clock),
            metrics=own_metrics,
            clock=clock,
            news_age=timedelta(days=settings.news_days),
            on_news=self.sender.wake,
        )
        self.admin = AdminServer(
            service=SERVICE,
            host=settings.admin_host,
            port=settings.admin_port,
            registry=registry,
            health=self.health,
        )
        self.health.add_readiness("elasticsearch", lambda: bool(self.client.ping()))
        self.health.add_readiness("store", lambda: self.sender.is_working)
        self.health.add_readiness("breaker", lambda: not self.breaker.is_open)


def _lock_store(store_file: Path) -> IO[bytes]:
    """Return the open lock of a store's one notifier; the system frees it when the process ends.

    Raises:
        Fatal: another notifier runs on this store: each message would be sent twice.
    """
    lock = store_file.with_name(f"{store_file.name}.notifier").open("ab")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise Fatal(
            f"Another notifier runs on {store_file}: one sends for all desks of a store."
        ) from error
    return lock


def run_notifier(
    notifier: Notifier,
    *,
    settings: NotifierSettings,
    kafka: KafkaSettings,
    stopping: threading.Event,
) -> None:
    """Match and send until `stopping` is set; servers that do not answer yet are waited for.

    Raises:
        Fatal: a server refuses us.
    """
    assigned: list[BatchConsumer[IndexedArticleV1]] = []
    notifier.health.add_readiness("kafka", lambda: is_answering(kafka))
    notifier.health.add_readiness("partitions", lambda: any(c.is_assigned for c in assigned))
    port = notifier.admin.start()
    notifier.sender.start()
    log.info("service_started", admin_port=port, group_id=settings.group_id)
    try:
        _consume(notifier, settings=settings, kafka=kafka, stopping=stopping, assigned=assigned)
    finally:
        notifier.sender.stop(timeout_seconds=_SENDER_STOP_SECONDS)
        notifier.admin.stop()
        notifier.store.close()
        notifier.lock.close()
        notifier.client.close()
        log.info("service_stopped")


def _consume(
    notifier: Notifier,
    *,
    settings: NotifierSettings,
    kafka: KafkaSettings,
    stopping: threading.Event,
    assigned: list[BatchConsumer[IndexedArticleV1]],
) -> None:
    client_id = f"unionwire-{SERVICE}"
    producer = _try_until(
        stopping, notifier.health, lambda: build_producer(kafka, client_id=client_id)
    )
    consumer = producer and _try_until(
        stopping,
        notifier.health,
        lambda: build_consumer(
            kafka,
            group_id=settings.group_id,
            client_id=client_id,
            group_instance_id=settings.group_instance_id,
            maximum_poll_records=settings.batch_events,
        ),
    )
    if not producer or not consumer:
        return
    publisher = Publisher(producer)
    loop = BatchConsumer(
        service=SERVICE,
        topic=INDEXED,
        consumer=consumer,
        publisher=publisher,
        decode=IndexedArticleV1.decode,
        handler=notifier.handler,
        metrics=notifier.metrics,
        health=notifier.health,
        breaker=notifier.breaker,
        clock=notifier.clock,
        limits=settings.limits,
        dependency="elasticsearch",
    )
    assigned.append(loop)
    try:
        loop.run(stopping)
    finally:
        publisher.close(timeout_seconds=2.0)


def _try_until(
    stopping: threading.Event, health: Health, attempt: Callable[[], Made]
) -> Made | None:
    """Return what `attempt` returns once its server answers; None when stopped before."""
    failures = 0
    while not stopping.is_set():
        health.progress()
        try:
            return attempt()
        except Retry as error:
            log.warning("dependency_missing", error=str(error), attempt=failures + 1)
            stopping.wait(error.after_seconds or backoff_seconds(failures))
            failures += 1
    return None
