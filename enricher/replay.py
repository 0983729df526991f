"""The `replay` command: reads articles of the past again by the rules of today.

In: `articles.enriched.v1`, which keeps every article for ever, or `articles.raw.v1`; a range of
time, or single articles. Out: enriched events of the newer generation, where the reading differs
from the stored one; or, dry, a list of what would differ.

The way of a batch: polled, read by extractor processes, published, confirmed by the broker, and
only then committed, in a consumer group of the replay's own. The range is fixed when a replay
begins and kept with its offsets, so that a replay that was stopped or killed goes on and ends
where it was to end. The live enricher is not touched: other group, other processes. What the
indexer gets besides the news is bounded by a rate.
"""

import asyncio
import contextlib
import hashlib
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any, Final, Literal

import structlog
from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError
from kafka.structs import OffsetAndMetadata
from prometheus_client import CollectorRegistry
from pydantic import ValidationError

from enricher.domain.rereading import compare_readings
from enricher.extractor import ExtractorPool
from enricher.metrics import build_metrics
from enricher.settings import EnricherSettings
from services.chassis.backoff import backoff_seconds
from services.chassis.clock import Clock, to_epoch_milliseconds
from services.chassis.errors import Fatal, Reject, Retry
from services.chassis.kafka import Publisher, build_consumer, build_producer
from services.chassis.settings import KafkaSettings
from services.chassis.takedowns import TakedownList
from services.contracts.articles import Cause, EnrichedArticleV1, RawArticleV1
from services.contracts.models import Contract
from services.contracts.topics import ENRICHED, RAW, Topic

log = structlog.get_logger()

PROGRESS_SECONDS: Final = 10.0
_BATCH_EVENTS: Final = 200
_POLL_SECONDS: Final = 1.0
_ASK_TIMEOUT_MS: Final = 30_000

Source = Literal["enriched", "raw"]
Outcome = Literal[
    "published", "same", "newer", "withdrawn", "other_article", "taken_down", "rejected"
]


@dataclass(frozen=True, kw_only=True)
class ReplayPlan:
    """What to read again: events of `source` that came in [`since`, `until`); None is unbounded.

    `articles` names single ones; empty means all. `limit` counts articles read again. `rate` is
    how many of them a second at most. Dry, nothing is published and nothing committed.
    """

    source: Source = "enriched"
    generation: int
    since: datetime | None = None
    until: datetime | None = None
    articles: frozenset[str] = frozenset()
    limit: int | None = None
    rate: float = 50.0
    is_dry: bool = False
    is_restart: bool = False

    @property
    def group(self) -> str:
        """The consumer group of this replay: the same plan goes on where it was stopped.

        Example:
            >>> ReplayPlan(generation=7).group
            'enricher-replay-enriched-g7'
            >>> ReplayPlan(generation=7, articles=frozenset({"nld:1"})).group
            'enricher-replay-enriched-g7-c56d1f79'
        """
        name = f"enricher-replay-{self.source}-g{self.generation}"
        if not (self.since or self.until or self.articles):
            return name
        chosen = f"{self.since}|{self.until}|{sorted(self.articles)}"
        return f"{name}-{hashlib.sha256(chosen.encode()).hexdigest()[:8]}"


class _Bound(Contract):
    """What a replay keeps beside its offsets: where the partition's range ends."""

    end: int


@dataclass
class Tally:
    """What became of the events so far."""

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    parts: Counter[str] = field(default_factory=Counter)
    """How many articles differ in their figures, entities, topics …"""
    is_finished: bool = False

    @property
    def read_again(self) -> int:
        """How many articles went through the extraction."""
        return sum(self.outcomes[name] for name in ("published", "same", "rejected"))


@dataclass(frozen=True)
class _Work:
    """One event to read again; `stored` is the reading that the source holds, if it does."""

    article: RawArticleV1
    stored: EnrichedArticleV1 | None


class Replay:
    """One run over a bounded range of a topic.

    Args:
        consumer: built with the plan's group; assigned here, never subscribed.
        pool: started; its generation is the plan's.
        source, target: the topics of the plan, other ones in tests.
    """

    def __init__(
        self,
        plan: ReplayPlan,
        *,
        consumer: KafkaConsumer,
        publisher: Publisher,
        pool: ExtractorPool,
        clock: Clock,
        stdout: IO[str],
        source: Topic | None = None,
        target: Topic = ENRICHED,
        sleep: Callable[[float], Any] = asyncio.sleep,
        is_taken_down: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self._plan = plan
        self._consumer = consumer
        self._publisher = publisher
        self._pool = pool
        self._clock = clock
        self._stdout = stdout
        self._source = source or {"enriched": ENRICHED, "raw": RAW}[plan.source]
        self._target = target
        self._sleep = sleep
        self._is_taken_down = is_taken_down
        self._firsts: dict[TopicPartition, int] = {}
        """Where the partitions began when last looked at."""
        self._ends: dict[TopicPartition, int] = {}
        self._done: set[int] = set()
        """Hashes of article, revision and parser's generation: what was read again once."""
        self._tally = Tally()
        self._started_at_seconds = clock.monotonic_seconds()
        self._told_at_seconds = self._started_at_seconds

    async def run(self, stopping: threading.Event) -> Tally:
        """Read the range again until its end, the limit, or `stopping`.

        Raises:
            Fatal: the topic is missing, or Kafka refuses us.
        """
        total = await asyncio.to_thread(self._open)
        log.info("replay_started", group=self._plan.group, events=total, dry_run=self._plan.is_dry)
        while not stopping.is_set() and not self._is_at_limit:
            left = await asyncio.to_thread(self._count_left)
            self._tell_progress(total, left)
            if left == 0:
                if await asyncio.to_thread(self._follow_moved):
                    continue
                self._tally.is_finished = True
                break
            began_at_seconds = self._clock.monotonic_seconds()
            records = await asyncio.to_thread(self._poll)
            count = await self._read_again(records)
            if not self._plan.is_dry:
                await asyncio.to_thread(self._commit)
            used_seconds = self._clock.monotonic_seconds() - began_at_seconds
            await self._sleep(max(0.0, count / self._plan.rate - used_seconds))
        log.info("replay_ended", finished=self._tally.is_finished, **dict(self._tally.outcomes))
        return self._tally

    # -- range -------------------------------------------------------------------------------

    def _open(self) -> int:
        """Seek to where the replay begins or goes on; return how many events are left."""
        found = self._consumer.partitions_for_topic(self._source.name)
        if not found:
            raise Fatal(f"Kafka has no topic {self._source.name}.")
        partitions = [TopicPartition(self._source.name, number) for number in sorted(found)]
        self._consumer.assign(partitions)
        first = self._consumer.beginning_offsets(partitions, timeout_ms=_ASK_TIMEOUT_MS)
        self._firsts = dict(first)
        last = self._consumer.end_offsets(partitions, timeout_ms=_ASK_TIMEOUT_MS)
        starts = self._find_offsets(self._plan.since, default=first, none=last)
        ends = self._find_offsets(self._plan.until, default=last, none=last)
        for partition in partitions:
            kept = None if self._plan.is_restart else self._read_bound(partition)
            start, end = (starts[partition], ends[partition]) if kept is None else kept
            if kept is not None and first[partition] > start:
                end = last[partition]  # see _follow_moved
            self._ends[partition] = end
            self._consumer.seek(partition, max(first[partition], start))
        if not self._plan.is_dry:
            self._commit()
        return self._count_left()

    def _follow_moved(self) -> bool:
        """Go on to the topic's end where the beginning of a partition was deleted meanwhile.

        To forget an article its partition's beginning is deleted, and what others had there is
        written again at the end, beyond our range (`services.chassis.forgetting`).
        """
        partitions = list(self._ends)
        firsts = self._consumer.beginning_offsets(partitions, timeout_ms=_ASK_TIMEOUT_MS)
        moved = [p for p in partitions if firsts[p] > self._firsts[p]]
        self._firsts = dict(firsts)
        if moved:
            self._ends |= self._consumer.end_offsets(moved, timeout_ms=_ASK_TIMEOUT_MS)
        return bool(moved)

    def _find_offsets(
        self,
        moment: datetime | None,
        *,
        default: dict[TopicPartition, int],
        none: dict[TopicPartition, int],
    ) -> dict[TopicPartition, int]:
        """Return the first offset of each partition at `moment` or later; `none` where none is."""
        if moment is None:
            return default
        milliseconds = to_epoch_milliseconds(moment)
        found = self._consumer.offsets_for_times(
            dict.fromkeys(default, milliseconds), timeout_ms=_ASK_TIMEOUT_MS
        )
        return {
            partition: none[partition] if found.get(partition) is None else found[partition].offset
            for partition in default
        }

    def _read_bound(self, partition: TopicPartition) -> tuple[int, int] | None:
        kept = self._consumer.committed(partition, metadata=True, timeout_ms=_ASK_TIMEOUT_MS)
        if kept is None or not kept.metadata:
            return None
        return kept.offset, _Bound.decode(kept.metadata.encode()).end

    def _count_left(self) -> int:
        return sum(
            max(0, end - self._consumer.position(partition))
            for partition, end in self._ends.items()
        )

    def _poll(self) -> list[Any]:
        ended = [p for p, end in self._ends.items() if self._consumer.position(p) >= end]
        self._consumer.pause(*ended)
        room = _BATCH_EVENTS
        if self._plan.limit is not None:
            room = min(room, self._plan.limit - self._tally.read_again)
        found = self._consumer.poll(timeout_ms=round(_POLL_SECONDS * 1000), max_records=room)
        return [
            record
            for partition, records in found.items()
            for record in records
            if record.offset < self._ends[partition]
        ]

    def _commit(self) -> None:
        offsets = {
            partition: OffsetAndMetadata(
                self._consumer.position(partition), _Bound(end=end).encode().decode(), -1
            )
            for partition, end in self._ends.items()
        }
        self._consumer.commit(offsets, timeout_ms=_ASK_TIMEOUT_MS)

    # -- reading -----------------------------------------------------------------------------

    @property
    def _is_at_limit(self) -> bool:
        return self._plan.limit is not None and self._tally.read_again >= self._plan.limit

    async def _read_again(self, records: Sequence[Any]) -> int:
        """Bring every record to its outcome, and what differs to the target; return the reads."""
        work = [chosen for record in records if (chosen := self._choose(record)) is not None]
        read = await asyncio.gather(*(self._read_one(one) for one in work))
        events = [event for event in read if event is not None]
        events = [event for event in events if not self._is_taken_down(event[0])]
        if not self._plan.is_dry:
            await self._publish(events)
        return len(work)

    def _choose(self, record: Any) -> _Work | None:  # noqa: ANN401 - untyped library
        """Return what is to be read again of a record; count the outcome of what is not."""
        work = self._check(record)
        if isinstance(work, str):
            self._tally.outcomes[work] += 1
            return None
        return work

    def _check(self, record: Any) -> _Work | Outcome:  # noqa: ANN401 - as above
        key = (record.key or b"").decode(errors="replace")
        if self._plan.articles and key not in self._plan.articles:
            return "other_article"
        if self._is_taken_down(key):
            return "taken_down"
        try:
            work = self._decode(record.value or b"")
        except ValidationError as error:
            log.warning(
                "event_unreadable", partition=record.partition, offset=record.offset,
                problems=error.error_count(),
            )  # fmt: skip
            return "rejected"
        article, stored = work.article, work.stored
        if article.cause is Cause.WITHDRAWN:
            return "withdrawn"
        name = hash((article.article_id, article.revision, article.generation))
        is_newer = stored is not None and (
            stored.generation - article.generation >= self._plan.generation
        )
        if is_newer or name in self._done:
            return "newer"
        self._done.add(name)
        return work

    def _decode(self, payload: bytes) -> _Work:
        if self._plan.source == "raw":
            return _Work(RawArticleV1.decode(payload), None)
        stored = EnrichedArticleV1.decode(payload)
        return _Work(stored.article, stored)

    async def _read_one(self, work: _Work) -> tuple[str, bytes] | None:
        """Return the key and the new event where it differs from the stored one."""
        article = work.article
        try:
            payload = (await self._pool.enrich(article.encode())).payload
        except Reject as error:
            # the live enricher has given it up before, or will: no second dead letter
            log.warning("article_rejected", article_id=article.article_id, reason=error.reason)
            self._tally.outcomes["rejected"] += 1
            return None
        new = EnrichedArticleV1.decode(payload)
        stored = work.stored or EnrichedArticleV1(article=article, generation=new.generation)
        difference = compare_readings(stored, new)
        if work.stored is not None and difference.is_same:
            self._tally.outcomes["same"] += 1
            return None
        self._tally.outcomes["published"] += 1
        for part in ("figures", "entities"):
            self._tally.parts[part] += getattr(difference, part).has_any
        self._tally.parts.update(difference.others)
        if self._plan.is_dry:
            print(f"{article.article_id}\t{difference.describe()}", file=self._stdout)
        return article.article_id, payload

    async def _publish(self, events: Sequence[tuple[str, bytes]]) -> None:
        """Return when the broker holds them all; what is too large is counted as rejected."""
        attempt = 0
        while True:
            try:
                return await asyncio.to_thread(self._publish_once, events)
            except Retry as error:
                log.warning("publish_retried", error=str(error), attempt=attempt + 1)
                await self._sleep(backoff_seconds(attempt))
                attempt += 1

    def _publish_once(self, events: Sequence[tuple[str, bytes]]) -> None:
        """Publish all and wait for the broker.

        Raises:
            Retry: the broker did not take all; to publish all again is safe.
        """
        pending = []
        for key, payload in events:
            with self._counting_rejects(key):
                pending.append(self._publisher.publish(self._target, key=key, value=payload))
        for event in pending:
            with self._counting_rejects(event.key):
                self._publisher.confirm([event])

    @contextlib.contextmanager
    def _counting_rejects(self, article_id: str) -> Iterator[None]:
        try:
            yield
        except Reject as error:
            log.warning("article_rejected", article_id=article_id, reason=error.reason)
            self._tally.outcomes["published"] -= 1
            self._tally.outcomes["rejected"] += 1

    def _tell_progress(self, total: int, left: int) -> None:
        now_seconds = self._clock.monotonic_seconds()
        if now_seconds - self._told_at_seconds < PROGRESS_SECONDS:
            return
        self._told_at_seconds = now_seconds
        per_second = (total - left) / max(now_seconds - self._started_at_seconds, 1e-9)
        log.info(
            "replay_progress",
            events_done=total - left,
            events_left=left,
            events_per_second=round(per_second, 1),
            seconds_left=round(left / per_second) if per_second else None,
            **dict(self._tally.outcomes),
        )


def run_replay(
    plan: ReplayPlan,
    *,
    settings: EnricherSettings,
    kafka: KafkaSettings,
    clock: Clock,
    stopping: threading.Event,
    stdout: IO[str],
) -> None:
    """Run a replay on the real topics and print what became of the articles.

    Raises:
        Fatal: Kafka refuses us, the topic is missing, or no extractor process starts.
        Retry: Kafka does not answer; the same command goes on where this one stopped.
    """
    consumer = build_consumer(kafka, group_id=plan.group, client_id="enricher-replay")
    publisher = Publisher(build_producer(kafka, client_id="enricher-replay"))
    pool = ExtractorPool(
        size=settings.extractors,
        generation=plan.generation,
        timeout_seconds=settings.extract_timeout_seconds,
        memory_bytes=settings.extractor_memory_bytes,
        metrics=build_metrics(CollectorRegistry()),
    )

    takedowns = TakedownList(kafka, client_id="enricher-replay-takedowns")

    async def run() -> Tally:
        await asyncio.to_thread(takedowns.start)
        await pool.start()
        try:
            replay = Replay(
                plan,
                consumer=consumer,
                publisher=publisher,
                pool=pool,
                clock=clock,
                stdout=stdout,
                is_taken_down=takedowns.has,
            )
            return await replay.run(stopping)
        finally:
            await pool.stop()

    try:
        tally = asyncio.run(run())
    except KafkaError as error:
        raise Retry(
            f"Kafka stopped answering: {error!r}; the same command goes on from here."
        ) from error
    finally:
        takedowns.close()
        publisher.close()
        consumer.close(autocommit=False, timeout_ms=3_000)
    print(_summarise(plan, tally), file=stdout)


def _summarise(plan: ReplayPlan, tally: Tally) -> str:
    verb = "would differ" if plan.is_dry else "differed and were published"
    parts = ", ".join(f"{name} in {count}" for name, count in sorted(tally.parts.items()) if count)
    told = [
        f"{tally.read_again} articles read again by generation {plan.generation}: "
        f"{tally.outcomes['published']} {verb}" + (f" ({parts})" if parts else ""),
        f"{tally.outcomes['same']} are the same",
        f"{tally.outcomes['newer']} events left out as read by it before",
        f"{tally.outcomes['withdrawn']} as withdrawn",
    ]
    if tally.outcomes["taken_down"]:
        told.append(f"{tally.outcomes['taken_down']} as taken down")
    if tally.outcomes["rejected"]:
        told.append(f"{tally.outcomes['rejected']} could not be read, see the log")
    if not tally.is_finished and not plan.is_dry:
        told.append("not finished: the same command goes on from here")
    return "; ".join(told) + "."
