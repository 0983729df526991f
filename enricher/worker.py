"""Builds and runs one enricher worker.

In: settings from the environment. Out: the exit code; 0 after SIGTERM, within ten seconds even
when Kafka is down.
"""

import asyncio
import tempfile
from functools import partial
from pathlib import Path
from typing import NoReturn

import faust
import structlog

from enricher.app import (
    Stage,
    add_agent,
    add_consuming_watch,
    add_lag_watch,
    build_app,
    build_breaker,
)
from enricher.extractor import ExtractorPool
from enricher.metrics import build_metrics
from enricher.settings import EnricherSettings
from services.chassis.backoff import backoff_seconds
from services.chassis.clock import SystemClock
from services.chassis.errors import Retry
from services.chassis.health import AdminServer, Health
from services.chassis.kafka import is_answering
from services.chassis.logs import configure_logging
from services.chassis.metrics import build_registry
from services.chassis.process import leave_within
from services.chassis.settings import KafkaSettings, load
from services.chassis.takedowns import TakedownList

log = structlog.get_logger()

STOP_WITHIN_SECONDS = 8.5


class Worker(faust.Worker):
    """A Faust worker with extractor processes and an admin server, whose stopping is bounded.

    With the broker down Faust waits for more than 90 s. What is not acknowledged by then is
    delivered again, so that leaving at once loses nothing.
    """

    def __init__(
        self,
        app: faust.App,
        *,
        kafka: KafkaSettings,
        pool: ExtractorPool,
        admin: AdminServer,
        health: Health,
        takedowns: TakedownList,
    ) -> None:
        super().__init__(app, override_logging=False, redirect_stdouts=False, quiet=True)
        self.spinner = None
        self._kafka = kafka
        self._pool = pool
        self._admin = admin
        self._health = health
        self._takedowns = takedowns

    async def on_start(self) -> None:
        """Start the parts that the app needs before its first event."""
        await self._pool.start()
        log.info("enricher_started", admin_port=self._admin.start())
        await self._wait_for_kafka()
        await self._read_takedowns()
        await super().on_start()

    async def _wait_for_kafka(self) -> None:
        """Return when a broker answers: without one Faust would end at once."""
        failures = 0
        while not await asyncio.to_thread(is_answering, self._kafka):
            self._health.progress()
            log.warning("dependency_missing", dependency="kafka", attempt=failures + 1)
            await asyncio.sleep(backoff_seconds(failures))
            failures += 1

    async def _read_takedowns(self) -> None:
        """Return when it is known what must not be read."""
        failures = 0
        while True:
            self._health.progress()
            try:
                await asyncio.to_thread(self._takedowns.start)
            except Retry as error:
                log.warning("dependency_missing", error=str(error), attempt=failures + 1)
                await asyncio.sleep(backoff_seconds(failures))
                failures += 1
            else:
                return

    async def on_shutdown(self) -> None:
        """End them when the app has finished its last event."""
        await super().on_shutdown()
        self._takedowns.close()
        await self._pool.stop()
        self._admin.stop()
        log.info("enricher_stopped")

    def _on_sigterm(self) -> None:
        leave_within(STOP_WITHIN_SECONDS)
        super()._on_sigterm()

    def _on_sigint(self) -> None:
        leave_within(STOP_WITHIN_SECONDS)
        super()._on_sigint()


def build_worker(settings: EnricherSettings, kafka: KafkaSettings) -> Worker:
    """Wire the stage, its extractors, its metrics and its health into a Faust worker."""
    clock = SystemClock()
    registry = build_registry()
    metrics = build_metrics(registry)
    health = Health(clock)
    breaker = build_breaker(settings, clock)
    pool = ExtractorPool(
        size=settings.extractors,
        generation=settings.generation,
        timeout_seconds=settings.extract_timeout_seconds,
        memory_bytes=settings.extractor_memory_bytes,
        metrics=metrics,
    )
    app = build_app(settings, kafka)
    # the stage keeps no state, but Faust makes a folder wherever it is started
    app.conf.datadir = Path(tempfile.mkdtemp(prefix="unionwire-enricher-"))
    takedowns = TakedownList(kafka, client_id="unionwire-enricher-takedowns")
    stage = Stage(
        app,
        pool=pool,
        breaker=breaker,
        metrics=metrics,
        clock=clock,
        health=health,
        is_taken_down=takedowns.has,
    )
    add_agent(app, stage, window_size=settings.window, health=health)
    is_kafka_answering = partial(is_answering, kafka)
    add_lag_watch(app, metrics.service, health=health, is_kafka_answering=is_kafka_answering)
    health.add_readiness("kafka", is_kafka_answering)
    health.add_readiness("partitions_assigned", add_consuming_watch(app))
    health.add_readiness("breaker_closed", lambda: not breaker.is_open)
    admin = AdminServer(
        service="enricher",
        host=settings.admin_host,
        port=settings.admin_port,
        registry=registry,
        health=health,
    )

    return Worker(app, kafka=kafka, pool=pool, admin=admin, health=health, takedowns=takedowns)


def run_worker() -> NoReturn:
    """Run until SIGTERM, then exit with 0."""
    settings = load(EnricherSettings)
    kafka = load(KafkaSettings)
    configure_logging("enricher", level=settings.log_level, log_format=settings.log_format)
    build_worker(settings, kafka).execute_from_commandline()
