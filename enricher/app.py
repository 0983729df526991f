"""The Faust app: raw articles in, enriched articles out, nothing lost.

In: `articles.raw.v1`. Out: `articles.enriched.v1`, and dead letters in `articles.raw.v1.dlq`.

The way of an event: taken from the stream, enriched by an extractor process, published, and
acknowledged only when the broker holds the result *and* all earlier events of the window are
acknowledged. Faust commits what is acknowledged; out of order it would skip events (measured).
"""

import asyncio
import collections
import ssl
import threading
from collections.abc import Callable
from typing import Any

import faust
import structlog
from aiokafka.errors import MessageSizeTooLargeError
from faust.exceptions import ConsumerNotStarted

from enricher.extractor import ExtractorPool
from enricher.metrics import EnricherMetrics
from enricher.settings import EnricherSettings
from services.chassis.backoff import backoff_seconds
from services.chassis.breaker import Breaker
from services.chassis.clock import Clock
from services.chassis.dead_letters import build_headers
from services.chassis.errors import Reject
from services.chassis.health import Check, Health
from services.chassis.metrics import ConsumerMetrics
from services.chassis.settings import KafkaSettings
from services.chassis.takedowns import TAKEN_DOWN
from services.contracts.topics import ENRICHED, RAW, Topic

log = structlog.get_logger()

CONSUMING_WATCH_SECONDS = 0.5

OVERSIZE_TRIES = 3
"""A batch with one oversized record is refused whole, so each record is tried alone first."""


def build_app(settings: EnricherSettings, kafka: KafkaSettings) -> faust.App:
    """Return the Faust app, wired to Kafka, without agents."""
    servers = kafka.bootstrap_servers.split(",")
    return faust.App(
        settings.group,
        broker=";".join(f"kafka://{server.strip()}" for server in servers),
        broker_credentials=_credentials(kafka),
        consumer_group_instance_id=settings.instance,
        consumer_auto_offset_reset="earliest",
        key_serializer="raw",
        value_serializer="raw",
        topic_disable_leader=True,
        topic_allow_declare=False,
        web_enabled=False,
        stream_wait_empty=True,
        stream_buffer_maxsize=1024,
        broker_session_timeout=10.0,
        broker_heartbeat_interval=3.0,
        broker_request_timeout=40.0,
        broker_commit_interval=1.0,
        producer_linger=0.005,
        producer_max_batch_size=256 * 1024,
        producer_max_request_size=RAW.dead_letters.max_message_bytes,
        producer_compression_type="gzip",
        consumer_max_fetch_size=RAW.max_message_bytes + 64 * 1024,
    )


def _credentials(kafka: KafkaSettings) -> Any:  # noqa: ANN401 - untyped library
    context = None
    if kafka.security_protocol.endswith("SSL"):
        context = ssl.create_default_context(cafile=kafka.ssl_cafile)
        if kafka.ssl_certfile is not None:
            context.load_cert_chain(kafka.ssl_certfile, kafka.ssl_keyfile)
    if kafka.security_protocol.startswith("SASL"):
        password = kafka.sasl_password
        return faust.SASLCredentials(
            username=kafka.sasl_username,
            password=None if password is None else password.get_secret_value(),
            ssl_context=context,
            mechanism=kafka.sasl_mechanism,
        )
    return None if context is None else faust.SSLCredentials(context)


class Stage:
    """Brings one event to its one outcome, however often it takes."""

    def __init__(
        self,
        app: faust.App,
        *,
        pool: ExtractorPool,
        breaker: Breaker,
        metrics: EnricherMetrics,
        clock: Clock,
        health: Health,
        sleep: Callable[[float], Any] = asyncio.sleep,
        is_taken_down: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self._topics = {
            topic.name: app.topic(topic.name) for topic in (RAW, ENRICHED, RAW.dead_letters)
        }
        self._pool = pool
        self._breaker = breaker
        self._metrics = metrics
        self._clock = clock
        self._health = health
        self._sleep = sleep
        self._is_taken_down = is_taken_down

    @property
    def raw(self) -> Any:  # noqa: ANN401 - untyped library
        """The Faust topic to consume."""
        return self._topics[RAW.name]

    async def finish(self, event: Any) -> None:  # noqa: ANN401 - untyped library
        """Return when the broker holds what became of `event`; never raises but on cancellation."""
        service = self._metrics.service
        service.received.inc()
        started_seconds = self._clock.monotonic_seconds()
        with service.in_progress.track_inprogress():
            try:
                outcome = await self._enrich(event)
            except Exception as error:  # noqa: BLE001 - the message border
                outcome = await self._dead_letter(event, error)
        service.outcomes.labels(outcome).inc()
        service.seconds.observe(self._clock.monotonic_seconds() - started_seconds)
        finished_at_seconds = self._clock.now().timestamp()
        service.last_processed.set(finished_at_seconds)
        service.lag_seconds.set(max(0.0, finished_at_seconds - event.message.timestamp))

    async def _enrich(self, event: Any) -> str:  # noqa: ANN401 - untyped library
        if self._is_taken_down((event.message.key or b"").decode(errors="replace")):
            return TAKEN_DOWN
        enriched = await self._pool.enrich(event.value or b"")
        header = enriched.header
        await self._publish(ENRICHED, key=str(header.article_id).encode(), value=enriched.payload)
        self._breaker.record(is_rejected=False)
        self._metrics.figures.inc(header.figures)
        self._metrics.entities.inc(header.entities)
        log.info(
            "article_enriched",
            article_id=header.article_id,
            revision=header.revision,
            figures=header.figures,
            entities=header.entities,
            partition=event.message.partition,
            offset=event.message.offset,
        )
        return "enriched"

    async def _dead_letter(self, event: Any, error: Exception) -> str:  # noqa: ANN401 - untyped library
        while self._breaker.is_open:
            self._health.progress()
            await self._sleep(1.0)
        # recording may open the breaker: then those that wait go on one at a time
        self._breaker.record(is_rejected=True)
        message = event.message
        headers = build_headers(
            error=error,
            service="enricher",
            topic=message.topic,
            partition=message.partition,
            offset=message.offset,
            attempts=1,
            rejected_at=self._clock.now(),
            event_timestamp_ms=int(message.timestamp * 1000),
            original_headers=list(message.headers or ()),
        )
        try:
            await self._publish(
                RAW.dead_letters, key=message.key, value=message.value or b"", headers=headers
            )
        except Reject:
            # The original stays in its own topic; a stuck partition would help nobody.
            log.exception("dead_letter_refused", partition=message.partition, offset=message.offset)
        reason = error.reason if isinstance(error, Reject) else "unexpected_error"
        self._metrics.service.dead_letters.labels(reason).inc()
        log.warning(
            "article_rejected",
            reason=reason,
            error=str(error)[:500],
            partition=message.partition,
            offset=message.offset,
        )
        return "dead_lettered"

    async def _publish(
        self,
        topic: Topic,
        *,
        key: bytes | None,
        value: bytes,
        headers: list[tuple[str, bytes]] | None = None,
    ) -> None:
        """Publish until the broker holds it.

        Raises:
            Reject: the broker finds the event too large.
        """
        if topic is ENRICHED and len(value) > topic.max_message_bytes:
            raise Reject(
                "too_large",
                f"Enriched, the article has {len(value)} bytes; the topic's limit is "
                f"{topic.max_message_bytes}.",
            )
        attempt = 0
        while True:
            try:
                sent = await self._topics[topic.name].send(key=key, value=value, headers=headers)
                await sent
            except Exception as error:  # whatever it is, the event must not be lost
                # what the client refuses by itself, Faust wraps in an error of its own
                is_too_large = MessageSizeTooLargeError in (type(error), type(error.__cause__))
                if is_too_large and attempt >= OVERSIZE_TRIES:
                    raise Reject(
                        "too_large", f"Kafka finds it too large for {topic.name}."
                    ) from error
                self._metrics.service.retries.labels("kafka").inc()
                log.warning("publish_retried", topic=topic.name, error=repr(error)[:300])
            else:
                return
            self._health.progress()  # waiting for Kafka is no reason to be restarted
            await self._sleep(backoff_seconds(attempt))
            attempt += 1


def add_agent(app: faust.App, stage: Stage, *, window_size: int, health: Health) -> None:
    """Add the agent that takes events in and acknowledges them in the order of their offsets."""

    async def enrich_articles(stream: Any) -> None:  # noqa: ANN401 - untyped library
        window: collections.deque[tuple[asyncio.Task[None], Any]] = collections.deque()
        room = asyncio.Semaphore(window_size)

        def acknowledge_finished(_task: asyncio.Task[None]) -> None:
            while window and _is_finished(window[0][0]):
                _, event = window.popleft()
                event.ack()
                room.release()
                health.progress()

        async for event in stream.noack().events():
            await room.acquire()
            task = asyncio.ensure_future(stage.finish(event))
            window.append((task, event))
            task.add_done_callback(acknowledge_finished)
            await asyncio.sleep(0)

    # concurrency above 1 would acknowledge out of order, which loses events
    app.agent(stage.raw, concurrency=1, name="enrich_articles")(enrich_articles)


def _is_finished(task: "asyncio.Task[None]") -> bool:
    """Return whether an event has its outcome; one that failed holds back all after it."""
    return task.done() and not task.cancelled() and task.exception() is None


def add_consuming_watch(app: faust.App) -> Check:
    """Return a check, for any thread, of whether partitions are assigned and being read.

    Faust makes its parts when they are first asked for and binds them to the event loop of the
    thread that asks. Asked from the admin server's thread while the worker starts, they are bound
    to a loop that never runs, and the worker stands still for good. So only its own thread looks.
    """
    is_consuming = threading.Event()

    async def look() -> None:
        try:
            has_partitions = bool(app.consumer.assignment())
        except (ConsumerNotStarted, AttributeError):
            has_partitions = False
        if has_partitions and app.flow_control.is_active() and not app.rebalancing:
            is_consuming.set()
        else:
            is_consuming.clear()

    app.timer(CONSUMING_WATCH_SECONDS, name="watch_consuming")(look)
    return is_consuming.is_set


def add_lag_watch(
    app: faust.App, metrics: ConsumerMetrics, *, health: Health, is_kafka_answering: Check
) -> None:
    """Measure every few seconds how far the worker is behind.

    A worker that is idle is a live one, and so is one that waits for Kafka to come back.
    """

    async def measure_lag() -> None:
        is_idle = metrics.in_progress._value.get() == 0  # noqa: SLF001 - no public way to read a gauge
        if is_idle or not await asyncio.to_thread(is_kafka_answering):
            health.progress()
        metrics.lag_messages.clear()
        try:
            consumer: Any = app.consumer
            waiting = 0
            for partition in consumer.assignment():
                end = consumer.highwater(partition) or 0
                lag = max(0, end - (consumer._committed_offset[partition] or 0))  # noqa: SLF001 - as above
                waiting += lag
                metrics.lag_messages.labels(partition.topic, str(partition.partition)).set(lag)
        except (ConsumerNotStarted, AttributeError):
            return
        if waiting == 0:
            metrics.lag_seconds.set(0)

    app.timer(5.0, name="measure_lag")(measure_lag)


def build_breaker(settings: EnricherSettings, clock: Clock) -> Breaker:
    """Return the breaker as set."""
    return Breaker(
        clock,
        minimum_events=settings.breaker_minimum_events,
        open_seconds=settings.breaker_open_seconds,
    )
