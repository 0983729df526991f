"""The pool of extractor processes: what hangs, dies, throws or eats memory is rejected, alone."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from enricher import extractor
from enricher.extractor import Enriched, ExtractorDiedError, ExtractorPool
from enricher.frames import frame
from enricher.metrics import EnricherMetrics, build_metrics
from services.chassis.errors import Reject
from services.contracts.articles import Cause, EnrichedArticleV1, RawArticleV1

HERE = Path(__file__).parent


def raw(title: str) -> bytes:
    return RawArticleV1(
        article_id=f"test:{title}",
        revision=1,
        generation=3,
        cause=Cause.NEW,
        source="test",
        site="generic",
        outlet="Test",
        fetched_at=datetime(2026, 10, 5, tzinfo=UTC),
        title=title,
        content_hash="0",
    ).encode()


@asynccontextmanager
async def running_pool(metrics: EnricherMetrics, *, size: int = 1) -> AsyncIterator[ExtractorPool]:
    pool = ExtractorPool(
        size=size,
        generation=4,
        timeout_seconds=1.5,
        memory_bytes=1024**3,
        metrics=metrics,
        module="moody_extractor",
    )
    await pool.start()
    try:
        yield pool
    finally:
        await pool.stop()


@pytest.fixture
def metrics() -> EnricherMetrics:
    return build_metrics(CollectorRegistry())


@pytest.fixture
def use_pool(
    metrics: EnricherMetrics, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Callable[[ExtractorPool], Awaitable[None]]], None]:
    monkeypatch.setenv("PYTHONPATH", f"{HERE}:{HERE.parents[1]}")

    def run(scenario: Callable[[ExtractorPool], Awaitable[None]]) -> None:
        async def main() -> None:
            async with running_pool(metrics) as pool:
                await scenario(pool)

        asyncio.run(main())

    return run


UsePool = Callable[[Callable[[ExtractorPool], Awaitable[None]]], None]


async def reason_of(pool: ExtractorPool, payload: bytes) -> str:
    with pytest.raises(Reject) as caught:
        await pool.enrich(payload)
    return caught.value.reason


def test_pool_enriches(use_pool: UsePool) -> None:
    async def scenario(pool: ExtractorPool) -> None:
        answer: Enriched = await pool.enrich(raw("Tin"))
        event = EnrichedArticleV1.decode(answer.payload)
        assert (event.article_id, event.generation) == ("test:Tin", 7)
        assert answer.header.article_id == "test:Tin"

    use_pool(scenario)


@pytest.mark.parametrize(
    ("title", "reason"),
    [
        ("hang", "extractor_hung"),
        ("die", "extractor_crashed"),
        ("throw", "extractor_failed"),
        ("eat", "extractor_failed"),
    ],
)
def test_pool_rejects_what_fails_twice_and_goes_on(
    use_pool: UsePool, title: str, reason: str
) -> None:
    async def scenario(pool: ExtractorPool) -> None:
        assert await reason_of(pool, raw(title)) == reason
        assert (await pool.enrich(raw("Tin sau"))).header.outcome == "enriched"

    use_pool(scenario)


@pytest.mark.parametrize(
    "payload",
    [b"", b"{", b"\xff\xfe", b"[]", b'{"article_id": "x"}', raw("Tin").replace(b'"Tin"', b'" "')],
    ids=["empty", "cut off", "not utf-8", "a list", "fields missing", "no title"],
)
def test_pool_rejects_an_invalid_event_at_once(use_pool: UsePool, payload: bytes) -> None:
    async def scenario(pool: ExtractorPool) -> None:
        assert await reason_of(pool, payload) == "invalid_event"

    use_pool(scenario)


def test_pool_survives_a_print_in_the_extractor(use_pool: UsePool) -> None:
    async def scenario(pool: ExtractorPool) -> None:
        for _ in range(2):
            assert (await pool.enrich(raw("print"))).header.outcome == "enriched"

    use_pool(scenario)


def test_pool_blames_no_article_when_no_process_starts(
    use_pool: UsePool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario(pool: ExtractorPool) -> None:
        spawn, failures = pool._spawn, [OSError("no memory"), ExtractorDiedError("crashed")] * 2

        async def fail_first() -> asyncio.subprocess.Process:
            if failures:
                raise failures.pop()
            return await spawn()

        monkeypatch.setattr(pool, "_spawn", fail_first)
        monkeypatch.setattr(extractor, "backoff_seconds", lambda _: 0.0)
        assert await reason_of(pool, raw("die")) == "extractor_crashed"
        assert (await pool.enrich(raw("Tin"))).header.outcome == "enriched"
        assert failures == []

    use_pool(scenario)


def test_extractor_process_ends_by_itself_when_its_parent_was_killed() -> None:
    command = [sys.executable, str(HERE / "moody_extractor.py"), "4", str(1024**3), "0.5"]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(HERE.parents[1])},
    ) as process:
        assert process.stdin is not None
        process.stdin.write(frame(raw("hang")))
        process.stdin.close()
        assert process.wait(timeout=30) == -signal.SIGALRM


def test_pool_replaces_a_process_whose_caller_was_cancelled(use_pool: UsePool) -> None:
    async def scenario(pool: ExtractorPool) -> None:
        task = asyncio.ensure_future(pool.enrich(raw("hang")))
        await asyncio.sleep(0.2)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert (await pool.enrich(raw("Tin"))).header.article_id == "test:Tin"

    use_pool(scenario)


def test_pool_uses_all_its_processes(
    metrics: EnricherMetrics, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", f"{HERE}:{HERE.parents[1]}")

    async def main() -> None:
        async with running_pool(metrics, size=2) as pool:
            hanging = asyncio.ensure_future(pool.enrich(raw("hang")))
            assert (await pool.enrich(raw("Tin"))).header.outcome == "enriched"
            assert not hanging.done()
            hanging.cancel()
            await asyncio.gather(hanging, return_exceptions=True)

    asyncio.run(main())
