"""The pool of extractor processes: bounded time and memory for every article.

In: raw events. Out: enriched events, or `Reject`. A process that hangs or dies is replaced.
"""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass

import structlog
from pydantic import ValidationError

from enricher.frames import LENGTH, AnswerHeader, frame
from enricher.metrics import EnricherMetrics
from services.chassis.backoff import backoff_seconds
from services.chassis.errors import Fatal, Reject

log = structlog.get_logger()

START_TIMEOUT_SECONDS = 60
TRIES = 2
"""An unknown failure is tried once more: the machine may have been at fault, not the article."""


@dataclass(frozen=True)
class Enriched:
    """An enriched event as bytes, and what is worth logging of it."""

    header: AnswerHeader
    payload: bytes


class ExtractorDiedError(Exception):
    """The process ended, or did not answer in time, while it worked on an article."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


class ExtractorPool:
    """Runs `extractor_process` a few times and gives each article to an idle one."""

    def __init__(
        self,
        *,
        size: int,
        generation: int,
        timeout_seconds: float,
        memory_bytes: int,
        metrics: EnricherMetrics,
        module: str = "enricher.extractor_process",
    ) -> None:
        self._size = size
        self._generation = generation
        self._timeout_seconds = timeout_seconds
        self._memory_bytes = memory_bytes
        self._metrics = metrics
        self._module = module
        self._idle: asyncio.Queue[asyncio.subprocess.Process | None] = asyncio.Queue()
        self._running: set[asyncio.subprocess.Process] = set()

    async def start(self) -> None:
        """Start all processes and wait until each is ready.

        Raises:
            Fatal: one does not start.
        """
        try:
            processes = await asyncio.gather(*(self._spawn() for _ in range(self._size)))
        except (ExtractorDiedError, OSError) as error:
            raise Fatal(
                "The extractor process does not start; its own error stands above."
            ) from error
        for process in processes:
            self._idle.put_nowait(process)

    async def stop(self) -> None:
        """End all processes, at once."""
        for process in list(self._running):
            await self._end(process)

    async def enrich(self, payload: bytes) -> Enriched:
        """Enrich one raw event.

        Raises:
            Reject: the event is invalid, or its extraction failed, hung or crashed twice.
        """
        reject = Reject("extractor_failed", "The extraction was not tried.")
        for _ in range(TRIES):
            try:
                header, event = await self._ask(payload)
            except ExtractorDiedError as error:
                self._metrics.extractor_restarts.labels(error.cause).inc()
                log.warning("extractor_died", cause=error.cause, size_bytes=len(payload))
                reject = Reject(f"extractor_{error.cause}", _explain(error.cause))
                continue
            if header.outcome == "enriched":
                return Enriched(header=header, payload=event)
            reject = Reject(header.reason, header.message)
            if header.outcome == "rejected":
                break
        raise reject

    async def _ask(self, payload: bytes) -> tuple[AnswerHeader, bytes]:
        async with self._idle_process() as process:
            try:
                async with asyncio.timeout(self._timeout_seconds):
                    return await _exchange(process, payload)
            except TimeoutError as error:
                await self._end(process)
                raise ExtractorDiedError("hung") from error
            except (OSError, asyncio.IncompleteReadError, ValidationError) as error:
                await self._end(process)
                raise ExtractorDiedError("crashed") from error

    @contextlib.asynccontextmanager
    async def _idle_process(self) -> AsyncIterator[asyncio.subprocess.Process]:
        """Lend an idle process; one that was ended meanwhile is replaced before the next use."""
        process = await self._idle.get()
        try:
            if process is None or process.returncode is not None:
                process = await self._replace()
            with self._metrics.extractors_busy.track_inprogress():
                yield process
        except asyncio.CancelledError:
            # a cancelled exchange leaves half an answer in the pipe
            if process is not None:
                await self._end(process)
            raise
        finally:
            self._idle.put_nowait(process)

    async def _replace(self) -> asyncio.subprocess.Process:
        """Start a process, however often it takes: no article is to blame when none starts."""
        attempt = 0
        while True:
            try:
                return await self._spawn()
            except (ExtractorDiedError, OSError) as error:
                log.warning("extractor_not_started", error=repr(error), attempt=attempt + 1)
            await asyncio.sleep(backoff_seconds(attempt))
            attempt += 1

    async def _spawn(self) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            self._module,
            str(self._generation),
            str(self._memory_bytes),
            str(self._timeout_seconds),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        self._running.add(process)
        try:
            async with asyncio.timeout(START_TIMEOUT_SECONDS):
                await _read_frame(process)
        except (TimeoutError, OSError, asyncio.IncompleteReadError) as error:
            await self._end(process)
            raise ExtractorDiedError("crashed") from error
        return process

    async def _end(self, process: asyncio.subprocess.Process) -> None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        self._running.discard(process)


async def _exchange(
    process: asyncio.subprocess.Process, payload: bytes
) -> tuple[AnswerHeader, bytes]:
    if process.stdin is None:
        raise BrokenPipeError("the extractor process takes no input")
    process.stdin.write(frame(payload))
    await process.stdin.drain()
    header = AnswerHeader.decode(await _read_frame(process))
    return header, await _read_frame(process)


async def _read_frame(process: asyncio.subprocess.Process) -> bytes:
    if process.stdout is None:
        raise BrokenPipeError("the extractor process gives no output")
    (length,) = LENGTH.unpack(await process.stdout.readexactly(LENGTH.size))
    return await process.stdout.readexactly(length)


def _explain(cause: str) -> str:
    return (
        "The extraction took too long and was stopped."
        if cause == "hung"
        else "The extraction ended its process, most likely for want of memory."
    )
