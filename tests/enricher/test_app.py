"""The stage: each event ends in one outcome, and is acknowledged in the order of the offsets."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import faust
import pytest
from aiokafka.errors import KafkaConnectionError, MessageSizeTooLargeError
from faust.exceptions import ConsumerNotStarted, ProducerSendError
from prometheus_client import CollectorRegistry

from enricher.app import Stage, add_agent, add_lag_watch, build_app
from enricher.extractor import Enriched, ExtractorPool
from enricher.frames import AnswerHeader
from enricher.metrics import EnricherMetrics, build_metrics
from enricher.settings import EnricherSettings
from services.chassis.breaker import Breaker
from services.chassis.errors import Reject
from services.chassis.health import Health
from services.chassis.settings import KafkaSettings
from services.contracts.topics import ENRICHED, RAW


@dataclass
class FakeTopic:
    """Records what is sent; fails as told first."""

    failures: list[Exception] = field(default_factory=list)
    sent: list[dict[str, Any]] = field(default_factory=list)

    async def send(self, **message: Any) -> "asyncio.Future[None]":  # noqa: ANN401 - Faust's shape
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self.failures:
            future.set_exception(self.failures.pop(0))
        else:
            self.sent.append(message)
            future.set_result(None)
        return future


class FakeApp:
    def __init__(self) -> None:
        self.topics: dict[str, FakeTopic] = {}
        self.agents: list[Any] = []
        self.timers: list[Any] = []

    def topic(self, name: str) -> FakeTopic:
        return self.topics.setdefault(name, FakeTopic())

    @property
    def consumer(self) -> None:
        raise ConsumerNotStarted

    def timer(self, _seconds: float, **_options: object) -> Any:  # noqa: ANN401 - a decorator
        return self.timers.append

    def agent(self, _topic: object, **_options: object) -> Any:  # noqa: ANN401 - a decorator
        return self.agents.append


class FakePool:
    """Enriches; rejects events that say so; waits for a gate where one is set."""

    def __init__(self) -> None:
        self.gates: dict[bytes, asyncio.Event] = {}

    async def enrich(self, payload: bytes) -> Enriched:
        if payload in self.gates:
            await self.gates[payload].wait()
        if payload.startswith(b"bad"):
            raise Reject("invalid_event", "title: needed")
        header = AnswerHeader(outcome="enriched", article_id=payload.decode(), figures=2)
        return Enriched(header=header, payload=b"enriched " + payload)


class FakeEvent:
    def __init__(self, value: bytes, offset: int = 0) -> None:
        self.value = value
        self.acknowledged = False
        self.message = SimpleNamespace(
            key=b"key",
            value=value,
            topic=RAW.name,
            partition=1,
            offset=offset,
            timestamp=0.0,
            headers=(("trace", b"7"),),
        )

    def ack(self) -> None:
        self.acknowledged = True


@dataclass
class Bench:
    app: FakeApp
    pool: FakePool
    stage: Stage
    metrics: EnricherMetrics
    breaker: Breaker
    naps: list[float]
    health: Health

    def sent(self, name: str) -> list[dict[str, Any]]:
        return self.app.topics[name].sent

    def outcomes(self, outcome: str) -> float:
        return float(self.metrics.service.outcomes.labels(outcome)._value.get())


@pytest.fixture
def bench(clock: Any) -> Bench:  # noqa: ANN401 - the tests' clock, which turns
    app, pool, naps = FakeApp(), FakePool(), []
    metrics = build_metrics(CollectorRegistry())
    breaker = Breaker(clock, minimum_events=3, open_seconds=60)
    health = Health(clock)

    async def nap(seconds: float) -> None:
        naps.append(seconds)
        clock.turn(seconds)
        await asyncio.sleep(0)

    stage = Stage(
        cast("faust.App", app),
        pool=cast("ExtractorPool", pool),
        breaker=breaker,
        metrics=metrics,
        clock=clock,
        health=health,
        sleep=nap,
    )
    return Bench(app, pool, stage, metrics, breaker, naps, health)


def test_stage_publishes_under_the_articles_id(bench: Bench) -> None:
    asyncio.run(bench.stage.finish(FakeEvent(b"laodong:vi:1")))
    assert [(sent["key"], sent["value"]) for sent in bench.sent(ENRICHED.name)] == [
        (b"laodong:vi:1", b"enriched laodong:vi:1")
    ]
    assert bench.outcomes("enriched") == 1


def test_stage_dead_letters_the_original_bytes_with_the_reason(bench: Bench) -> None:
    asyncio.run(bench.stage.finish(FakeEvent(b"bad event", offset=9)))
    (letter,) = bench.sent(RAW.dead_letters.name)
    headers = dict(letter["headers"])
    assert (letter["key"], letter["value"]) == (b"key", b"bad event")
    assert headers["dlq-reason"] == b"invalid_event"
    assert (headers["dlq-offset"], headers["trace"]) == (b"9", b"7")
    assert bench.outcomes("dead_lettered") == 1
    assert bench.outcomes("enriched") == 0


def test_stage_publishes_again_until_the_broker_holds_it(bench: Bench) -> None:
    bench.app.topic(ENRICHED.name).failures = [KafkaConnectionError(), KafkaConnectionError()]
    asyncio.run(bench.stage.finish(FakeEvent(b"a")))
    assert len(bench.sent(ENRICHED.name)) == 1
    assert len(bench.naps) == 2
    assert bench.sent(RAW.dead_letters.name) == []


def test_stage_dead_letters_what_the_broker_finds_too_large(bench: Bench) -> None:
    bench.app.topic(ENRICHED.name).failures = [MessageSizeTooLargeError() for _ in range(9)]
    asyncio.run(bench.stage.finish(FakeEvent(b"a")))
    (letter,) = bench.sent(RAW.dead_letters.name)
    assert dict(letter["headers"])["dlq-reason"] == b"too_large"


def refused_by_client() -> Exception:
    error = ProducerSendError("Error while sending")
    error.__cause__ = MessageSizeTooLargeError()
    return error


def test_stage_dead_letters_what_the_client_finds_too_large(bench: Bench) -> None:
    bench.app.topic(ENRICHED.name).failures = [refused_by_client() for _ in range(9)]
    asyncio.run(bench.stage.finish(FakeEvent(b"a")))
    (letter,) = bench.sent(RAW.dead_letters.name)
    assert dict(letter["headers"])["dlq-reason"] == b"too_large"


def test_stage_goes_on_when_a_dead_letter_is_too_large(bench: Bench) -> None:
    bench.app.topic(RAW.dead_letters.name).failures = [refused_by_client() for _ in range(9)]
    asyncio.run(bench.stage.finish(FakeEvent(b"bad")))
    assert bench.sent(RAW.dead_letters.name) == []
    assert bench.outcomes("dead_lettered") == 1


def test_stage_dead_letters_what_fails_in_an_unknown_way(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_payload: bytes) -> Enriched:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(bench.pool, "enrich", fail)
    asyncio.run(bench.stage.finish(FakeEvent(b"a")))
    (letter,) = bench.sent(RAW.dead_letters.name)
    headers = dict(letter["headers"])
    assert headers["dlq-reason"] == b"unexpected_error"
    assert headers["dlq-error-class"] == b"ZeroDivisionError"


def test_stage_holds_dead_letters_back_while_the_breaker_is_open(bench: Bench) -> None:
    async def scenario() -> None:
        for number in range(5):
            await bench.stage.finish(FakeEvent(b"bad", offset=number))

    asyncio.run(scenario())
    # the third opens the breaker; the fourth and fifth each wait until it closes
    assert sum(bench.naps) == pytest.approx(120)
    assert bench.outcomes("dead_lettered") == 5


def run_agent(bench: Bench, events: list[FakeEvent], scenario: Any, *, window: int) -> None:  # noqa: ANN401 - a callable
    add_agent(cast("faust.App", bench.app), bench.stage, window_size=window, health=bench.health)

    class Stream:
        def noack(self) -> "Stream":
            return self

        async def events(self) -> AsyncIterator[FakeEvent]:
            for event in events:
                yield event

    async def main() -> None:
        agent = asyncio.ensure_future(bench.app.agents[0](Stream()))
        await scenario()
        await agent

    asyncio.run(main())


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def test_agent_acknowledges_in_the_order_of_the_offsets(bench: Bench) -> None:
    events = [FakeEvent(name, offset) for offset, name in enumerate([b"a", b"b", b"c"])]

    async def scenario() -> None:
        bench.pool.gates[b"a"] = asyncio.Event()
        await settle()
        assert len(bench.sent(ENRICHED.name)) == 2  # b and c are done
        assert [event.acknowledged for event in events] == [False, False, False]
        bench.pool.gates[b"a"].set()
        await settle()
        assert [event.acknowledged for event in events] == [True, True, True]

    run_agent(bench, events, scenario, window=8)


def test_agent_acknowledges_nothing_after_an_event_without_outcome(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = [FakeEvent(name, offset) for offset, name in enumerate([b"a", b"b", b"c"])]
    finish = bench.stage.finish

    async def fail(event: FakeEvent) -> None:
        if event.value == b"b":
            raise ZeroDivisionError("by zero")
        await finish(event)

    async def scenario() -> None:
        await settle()
        assert [event.acknowledged for event in events] == [True, False, False]

    monkeypatch.setattr(bench.stage, "finish", fail)
    run_agent(bench, events, scenario, window=8)


def test_agent_takes_no_more_than_its_window(bench: Bench) -> None:
    events = [FakeEvent(name, offset) for offset, name in enumerate([b"a", b"b", b"c", b"d"])]

    async def scenario() -> None:
        bench.pool.gates = {name: asyncio.Event() for name in (b"a", b"b")}
        await settle()
        assert bench.metrics.service.received._value.get() == 2
        for gate in bench.pool.gates.values():
            gate.set()
        await settle()
        assert all(event.acknowledged for event in events)

    run_agent(bench, events, scenario, window=2)


@pytest.mark.parametrize(
    ("events_in_progress", "is_kafka_answering", "is_live"),
    [(0, True, True), (1, False, True), (1, True, False)],
    ids=["idle", "waits for Kafka", "stuck"],
)
def test_lag_watch_tells_a_waiting_worker_from_a_stuck_one(
    bench: Bench,
    clock: Any,  # noqa: ANN401 - the tests' clock, which turns
    *,
    events_in_progress: int,
    is_kafka_answering: bool,
    is_live: bool,
) -> None:
    service = bench.metrics.service
    add_lag_watch(
        cast("faust.App", bench.app),
        service,
        health=bench.health,
        is_kafka_answering=lambda: is_kafka_answering,
    )
    service.in_progress.set(events_in_progress)
    clock.turn(1000)
    asyncio.run(bench.app.timers[0]())
    assert bench.health.is_live()[0] is is_live


@pytest.mark.parametrize(
    ("protocol", "credentials"),
    [("PLAINTEXT", "NoneType"), ("SASL_PLAINTEXT", "SASLCredentials"), ("SSL", "SSLCredentials")],
)
def test_build_app_uses_the_security_that_is_set(protocol: str, credentials: str) -> None:
    kafka = KafkaSettings(
        bootstrap_servers="a:1, b:2",
        security_protocol=protocol,
        sasl_mechanism="SCRAM-SHA-256",
        sasl_username="desk",
        sasl_password="word",  # noqa: S106 - read as a secret
    )
    app = build_app(EnricherSettings(instance="one"), kafka)
    assert type(app.conf.broker_credentials).__name__ == credentials
    assert [str(url) for url in app.conf.broker] == ["kafka://a:1", "kafka://b:2"]
