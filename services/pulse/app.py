"""The pulse, wired: the loop of the heartbeats, and a thread that looks at the servers.

In: settings and clients. Out: metrics, until it is told to stop.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from elastic_transport import TransportError
from elasticsearch import ApiError, Elasticsearch

from services.chassis.clock import Clock
from services.chassis.elasticsearch import build_client
from services.chassis.errors import Retry
from services.chassis.health import AdminServer, Health
from services.chassis.kafka import Publisher, build_producer, is_answering
from services.chassis.metrics import build_registry
from services.chassis.settings import ElasticsearchSettings, KafkaSettings
from services.contracts.documents import HEARTBEATS_ALIAS, HeartbeatDocument
from services.contracts.heartbeats import build_heartbeat, name_heartbeat
from services.contracts.topics import ENRICHED, RAW, TOPICS
from services.pulse.heart import Beat, Heart, choose_numbers
from services.pulse.metrics import PulseMetrics, build_metrics
from services.pulse.servers import ElasticsearchWatch, KafkaWatch
from services.pulse.settings import PulseSettings

SERVICE = "pulse"
_FRESH_SECONDS = 15.0
_FRESH_POLL_SECONDS = 0.25
_POLL_SECONDS = 2.0
_CONFIRM_SECONDS = 10.0
_SEARCH_SECONDS = 5.0

log = structlog.get_logger()

Publish = Callable[[Beat], None]
"""Brings a heartbeat to Kafka, or raises `Retry`."""
Find = Callable[[list[int]], list[HeartbeatDocument]]
"""Returns what searches find of some numbers, or raises `Retry`."""


class Pulse:
    """Sends what is due, looks for what is on its way, measures both."""

    def __init__(
        self, *, heart: Heart, publish: Publish, find: Find, metrics: PulseMetrics, clock: Clock
    ) -> None:
        self._heart = heart
        self._publish = publish
        self._find = find
        self._metrics = metrics
        self._clock = clock
        # asked when it is scraped, so that it rises also while this loop hangs
        metrics.unanswered_seconds.set_function(
            lambda: heart.unanswered_seconds(now_seconds=clock.monotonic_seconds())
        )

    def turn(self) -> float:
        """Do what there is to do now; return the seconds to wait before the next turn."""
        now_seconds = self._clock.monotonic_seconds()
        beat = self._heart.next_to_send(now=self._clock.now(), now_seconds=now_seconds)
        if beat is not None:
            self._send(beat)
        numbers = self._heart.pending_numbers
        if numbers:
            self._look_for(numbers)
        age_seconds = self._heart.unanswered_seconds(now_seconds=self._clock.monotonic_seconds())
        is_fresh = 0 < age_seconds < _FRESH_SECONDS
        return _FRESH_POLL_SECONDS if is_fresh else _POLL_SECONDS

    def _send(self, beat: Beat) -> None:
        try:
            self._publish(beat)
        except Retry as error:
            log.warning("heartbeat_not_sent", number=beat.number, error=str(error))
            return
        self._heart.note_sent(beat)
        self._metrics.heartbeats_sent.inc()

    def _look_for(self, numbers: list[int]) -> None:
        try:
            found = self._find(numbers)
        except Retry as error:
            log.warning("heartbeat_not_searched", error=str(error))
            return
        number_of = {name_heartbeat(number): number for number in numbers}
        for document in found:
            number = number_of[document.article_id]
            arrived, lost = self._heart.note_found(number, revision=document.revision)
            self._metrics.heartbeats.labels("lost").inc(lost)
            if arrived is not None:
                self._note_arrival(arrived, is_read=document.figure_count > 0)

    def _note_arrival(self, beat: Beat, *, is_read: bool) -> None:
        seconds = max(0.0, self._clock.monotonic_seconds() - beat.due_seconds)
        self._metrics.heartbeats.labels("found" if is_read else "misread").inc()
        self._metrics.heartbeat_seconds.observe(seconds)
        self._metrics.last_found.set(self._clock.now().timestamp())
        log.info("heartbeat_found", number=beat.number, seconds=round(seconds, 2), is_read=is_read)


@dataclass(frozen=True, kw_only=True)
class _Places:
    """Where heartbeats go and where they are looked for."""

    client: Elasticsearch
    prefix: str
    kafka: KafkaSettings

    def connect(self) -> Publisher:
        return Publisher(build_producer(self.kafka, client_id="unionwire-pulse"))

    def find(self, numbers: list[int]) -> list[HeartbeatDocument]:
        ids = [name_heartbeat(number) for number in numbers]
        try:
            answer = self.client.options(request_timeout=_SEARCH_SECONDS).search(
                index=self.prefix + HEARTBEATS_ALIAS,
                query={"terms": {"article_id": ids}},
                size=len(ids),
            )
        except (ApiError, TransportError) as error:
            raise Retry(f"Elasticsearch does not answer: {str(error)[:300]}") from error
        return [HeartbeatDocument.model_validate(h["_source"]) for h in answer["hits"]["hits"]]


def run_pulse(
    *,
    settings: PulseSettings,
    kafka: KafkaSettings,
    elasticsearch: ElasticsearchSettings,
    clock: Clock,
    stopping: threading.Event,
) -> None:
    """Take the pulse until `stopping` is set; servers that are away are measured, not waited for.

    Raises:
        Fatal: a server refuses us.
    """
    registry = build_registry()
    metrics = build_metrics(registry)
    client = build_client(elasticsearch)
    places = _Places(client=client, prefix=settings.index_prefix, kafka=kafka)
    health = Health(clock)
    health.add_readiness("kafka", lambda: is_answering(kafka))
    health.add_readiness("elasticsearch", lambda: client.options(request_timeout=2.0).ping())
    admin = AdminServer(
        service=SERVICE,
        host=settings.admin_host,
        port=settings.admin_port,
        registry=registry,
        health=health,
    )
    publishers: list[Publisher] = []

    def publish(beat: Beat) -> None:
        if not publishers:
            publishers.append(places.connect())
        article = build_heartbeat(beat.number, sent_at=beat.sent_at)
        try:
            sent = publishers[0].publish(RAW, key=article.article_id, value=article.encode())
            publishers[0].confirm([sent], timeout_seconds=_CONFIRM_SECONDS)
        except Retry:
            # a new connection each time: an old one may wait for brokers that are no more
            publishers.pop().close(timeout_seconds=0.0)
            raise

    pulse = Pulse(
        heart=Heart(
            interval_seconds=settings.interval_seconds,
            numbers=choose_numbers(partitions=RAW.partitions),
            started_seconds=clock.monotonic_seconds(),
        ),
        publish=publish,
        find=places.find,
        metrics=metrics,
        clock=clock,
    )
    groups = {settings.enricher_group: RAW, settings.indexer_group: ENRICHED}
    kafka_watch = KafkaWatch(kafka, metrics, topics=TOPICS, groups=groups)
    elasticsearch_watch = ElasticsearchWatch(client, metrics, prefix=settings.index_prefix)

    def look() -> None:
        while not stopping.is_set():
            kafka_watch.look()
            elasticsearch_watch.look()
            stopping.wait(settings.look_seconds)

    log.info("service_started", admin_port=admin.start())
    threading.Thread(target=look, name="look", daemon=True).start()
    try:
        while not stopping.is_set():
            health.progress()
            stopping.wait(pulse.turn())
    finally:
        admin.stop()
        for publisher in publishers:
            publisher.close(timeout_seconds=2.0)
        client.close()
        log.info("service_stopped")
