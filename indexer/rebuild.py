"""`python -m indexer rebuild`: makes all indices anew from Kafka while events flow.

In: `articles.enriched.v1` from its beginning. Out: new indices, with the mappings of this release,
behind the aliases; nothing is announced, for nothing is news.

The workers go on meanwhile. They write to the old indices until the aliases move, all at once, and
to the new ones from then on; what they wrote to the old ones in the last moment is read here once
more. Readers see the old state, then the new one, for a moment without its last few events.
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from elasticsearch import Elasticsearch
from kafka import KafkaConsumer, TopicPartition
from pydantic import ValidationError

from indexer.mappings import INDEX_PLANS, IndexLayout, build_mappings, build_settings
from indexer.metrics import IndexerMetrics
from indexer.store import Store
from indexer.writer import ArticleWriter
from services.chassis.backoff import backoff_seconds
from services.chassis.clock import Clock
from services.chassis.consumer import Delivery
from services.chassis.errors import Fatal, Reject, Retry
from services.chassis.kafka import PendingEvent, Publisher
from services.contracts.articles import EnrichedArticleV1
from services.contracts.topics import ENRICHED, Topic

STAGING_PREFIX = "rebuild-"
_POLL_SECONDS = 1.0
_REPORT_SECONDS = 10.0
_NEAR_EVENTS = 500
"""So few behind the end, the aliases move."""
_UNREADABLE = "unreadable"
_REFUSED = "refused"

log = structlog.get_logger()

Report = Callable[[str], None]


class _Silence(Publisher):
    """Announces nothing."""

    def __init__(self) -> None:
        """Take no producer."""

    def publish(self, topic: Topic, *, key: str | bytes | None, **_: Any) -> PendingEvent:  # noqa: ANN401 - whatever it would announce
        """Forget an event."""
        return PendingEvent(topic=topic.name, key=str(key), future=None)

    def confirm(self, *_: object, **__: object) -> None:
        """Confirm nothing."""


@dataclass(kw_only=True)
class Rebuild:
    """One rebuild.

    Args:
        consumer: without a group.
        report: gets a line for each step.
        topic: where the events are.
    """

    client: Elasticsearch
    layout: IndexLayout
    consumer: KafkaConsumer
    metrics: IndexerMetrics
    clock: Clock
    report: Report
    topic: Topic = ENRICHED
    batch_events: int = 500
    is_taken_down: Callable[[str], bool] = lambda _: False
    outcomes: Counter[str] = field(default_factory=Counter)

    @property
    def staging(self) -> IndexLayout:
        """The new indices until the aliases move."""
        return IndexLayout(
            prefix=self.layout.prefix + STAGING_PREFIX,
            shards=self.layout.shards,
            replicas=self.layout.replicas,
            refresh_interval_seconds=self.layout.refresh_interval_seconds,
        )

    def run(self, *, is_restarted: bool = False) -> list[str]:
        """Make the indices anew and return the names of those that served before.

        Raises:
            Fatal: a rebuild is under way or was interrupted, and this is no restart.
            Retry: Kafka stopped answering; what was made so far stays for a restart to drop.
        """
        self._clear(is_restarted=is_restarted)
        created = self._create()
        places = self._places()
        self.consumer.assign(places)
        self.consumer.seek_to_beginning(*places)
        staged = Store(self.client, self.staging, self.metrics)
        try:
            writer = self._build_writer(staged)
            # what comes meanwhile is read as well, until little is left
            while self._count_behind(places) > _NEAR_EVENTS:
                self._read_until(places, writer, ends=self._ends(places))
            self._read_until(places, writer, ends=self._ends(places))
        finally:
            staged.close()
        for name in created:
            refresh = build_settings(self.layout)["index"]["refresh_interval"]
            self.client.indices.put_settings(
                index=name, settings={"index.refresh_interval": refresh}
            )
            self.client.indices.refresh(index=name)
        old = self._move_aliases(created)
        self.report(f"the aliases stand on {', '.join(created)}")
        live = Store(self.client, self.layout, self.metrics)
        try:
            self._read_until(places, self._build_writer(live), ends=self._ends(places))
        finally:
            live.close()
        return old

    def _build_writer(self, store: Store) -> ArticleWriter:
        return ArticleWriter(
            store=store,
            publisher=_Silence(),
            metrics=self.metrics,
            clock=self.clock,
            is_taken_down=self.is_taken_down,
        )

    # -- indices -----------------------------------------------------------------------------

    def _clear(self, *, is_restarted: bool) -> None:
        staged = [self.staging.prefix + plan.alias for plan in INDEX_PLANS]
        left = [
            name
            for alias in staged
            if self.client.indices.exists_alias(name=alias)
            for name in self.client.indices.get_alias(name=alias)
        ]
        if left and not is_restarted:
            raise Fatal(
                f"A rebuild is under way or was interrupted ({', '.join(left)}): if none runs, "
                "say --restart, and these are deleted."
            )
        if left:
            self.client.indices.delete(index=left)

    def _create(self) -> list[str]:
        stamp = _stamp(self.clock.now())
        created = []
        for plan in INDEX_PLANS:
            name = f"{self.layout.prefix}{plan.alias}-{stamp}"
            settings = build_settings(self.layout)
            settings["index"]["refresh_interval"] = "-1"
            self.client.indices.create(
                index=name,
                mappings=build_mappings(plan),
                settings=settings,
                aliases={self.staging.prefix + plan.alias: {"is_write_index": True}},
            )
            created.append(name)
        return created

    def _move_aliases(self, created: Sequence[str]) -> list[str]:
        actions: list[dict[str, Any]] = []
        old: list[str] = []
        for plan, name in zip(INDEX_PLANS, created, strict=True):
            alias = self.layout.prefix + plan.alias
            if self.client.indices.exists_alias(name=alias):
                for behind in self.client.indices.get_alias(name=alias):
                    actions.append({"remove": {"index": behind, "alias": alias}})
                    old.append(behind)
            actions += [
                {"add": {"index": name, "alias": alias, "is_write_index": True}},
                {"remove": {"index": name, "alias": self.staging.prefix + plan.alias}},
            ]
        self.client.indices.update_aliases(actions=actions)
        return old

    # -- events ------------------------------------------------------------------------------

    def _places(self) -> list[TopicPartition]:
        partitions = self.consumer.partitions_for_topic(self.topic.name)
        if not partitions:
            raise Fatal(f"Kafka has no topic {self.topic.name}: nothing can be rebuilt from it.")
        return [TopicPartition(self.topic.name, number) for number in sorted(partitions)]

    def _ends(self, places: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        ends: dict[TopicPartition, int] = self.consumer.end_offsets(list(places))
        return ends

    def _count_behind(self, places: Sequence[TopicPartition]) -> int:
        ends = self._ends(places)
        return sum(max(0, ends[place] - self.consumer.position(place)) for place in places)

    def _read_until(
        self,
        places: Sequence[TopicPartition],
        writer: ArticleWriter,
        *,
        ends: dict[TopicPartition, int],
    ) -> None:
        told_seconds = time.monotonic()
        while any(self.consumer.position(place) < ends[place] for place in places):
            found = self.consumer.poll(
                timeout_ms=round(_POLL_SECONDS * 1000), max_records=self.batch_events
            )
            batch = [record for records in found.values() for record in records]
            self._write(writer, batch)
            if time.monotonic() - told_seconds > _REPORT_SECONDS:
                told_seconds = time.monotonic()
                done = sum(self.outcomes.values())
                self.report(f"{done} events read, {self._count_behind(places)} to go")

    def _write(self, writer: ArticleWriter, records: Sequence[Any]) -> None:
        deliveries = [each for record in records if (each := self._try_decode(record))]
        failures = 0
        while deliveries:
            left = []
            retry: Retry | None = None
            for delivery, result in zip(deliveries, writer(deliveries), strict=True):
                if isinstance(result, Retry):
                    left.append(delivery)
                    retry = result
                else:
                    self.outcomes[_REFUSED if isinstance(result, Reject) else result] += 1
            deliveries = left
            if retry is not None:
                log.warning("rebuild_waits", error=str(retry), attempt=failures + 1)
                time.sleep(retry.after_seconds or backoff_seconds(failures))
                failures += 1

    def _try_decode(self, record: Any) -> Delivery[EnrichedArticleV1] | None:  # noqa: ANN401 - untyped library
        try:
            event = EnrichedArticleV1.decode(record.value or b"")
        except ValidationError:
            # the worker has given it up when it came
            self.outcomes[_UNREADABLE] += 1
            return None
        return Delivery(
            event=event,
            place=(TopicPartition(record.topic, record.partition), record.offset),
            size_bytes=len(record.value),
        )


def _stamp(now: datetime) -> str:
    """Return what makes the name of an index new.

    Example:
        >>> from datetime import UTC
        >>> _stamp(datetime(2026, 10, 5, 8, 1, 2, tzinfo=UTC))
        'v20261005t080102'
    """
    return f"v{now:%Y%m%dt%H%M%S}"
