"""Writes batches of enriched articles, by the protocol of docs/adr/0002-writing-protocol.md.

In: deliveries of `articles.enriched.v1`. Out: documents in the three indices, announcements on
`articles.indexed.v1`, and for each delivery its outcome.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from indexer.domain.documents import (
    build_figures,
    build_heartbeat_document,
    name_revision,
    to_order,
)
from indexer.domain.writing import (
    Outcome,
    WritePlan,
    compare_figures,
    fold,
    label,
    merge_revisions,
)
from indexer.metrics import IndexerMetrics
from indexer.store import Action, Conflict, Store, StoredArticle
from services.chassis.clock import Clock
from services.chassis.consumer import Delivery, Place, Result
from services.chassis.errors import Reject, Retry
from services.chassis.kafka import PendingEvent, Publisher
from services.chassis.takedowns import TAKEN_DOWN
from services.contracts.articles import EnrichedArticleV1, IndexedArticleV1
from services.contracts.documents import ArticleDocument
from services.contracts.heartbeats import is_heartbeat
from services.contracts.topics import INDEXED

EnrichedDelivery = Delivery[EnrichedArticleV1]

HEARTBEAT_OUTCOME = "heartbeat"
"""How a heartbeat is counted: it is no article."""

_CONFLICT_ROUNDS = 5
_CONFIRM_SECONDS = 10.0

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class _Written:
    """What became of an event whose effect is durable; it may still have to be announced."""

    outcome: Outcome
    article: ArticleDocument
    announcement: IndexedArticleV1 | None


@dataclass(kw_only=True)
class _Work:
    """The events of one article in a batch, and how far their writing is."""

    article_id: str
    deliveries: list[EnrichedDelivery]
    stored: StoredArticle | None = None
    plans: list[WritePlan] = field(default_factory=list)
    figures_in_doubt: set[str] = field(default_factory=set)
    """Ids that an attempt wrote whose article did not follow."""
    revisions_in_doubt: set[int] = field(default_factory=set)
    has_figure_conflict: bool = False
    failure: Reject | Retry | None = None
    is_done: bool = False

    @property
    def article(self) -> ArticleDocument:
        return self.plans[-1].article

    @property
    def is_changed(self) -> bool:
        return any(plan.is_changed for plan in self.plans)


class ArticleWriter:
    """The handler of the indexer's consumer."""

    def __init__(
        self,
        *,
        store: Store,
        publisher: Publisher,
        metrics: IndexerMetrics,
        clock: Clock,
        is_taken_down: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self._store = store
        self._publisher = publisher
        self._metrics = metrics
        self._clock = clock
        self._is_taken_down = is_taken_down
        self._unannounced: dict[Place, _Written] = {}
        """Written, but Kafka did not take the announcement; the next attempt goes on from here."""

    def __call__(self, deliveries: Sequence[EnrichedDelivery]) -> list[Result]:
        """Write a batch and announce what changed; return an outcome or failure for each event.

        Raises:
            Fatal: Elasticsearch or Kafka refuses us.
        """
        by_place: dict[Place, Result] = {
            each.place: TAKEN_DOWN
            for each in deliveries
            if self._is_taken_down(each.event.article_id)
        }
        heartbeats = [each for each in deliveries if is_heartbeat(each.event.article)]
        if heartbeats:
            by_place |= self._write_heartbeats(heartbeats)
        articles = [each for each in deliveries if each.place not in by_place]
        if articles:
            by_place |= zip(
                (each.place for each in articles), self._write_articles_of(articles), strict=True
            )
        return [by_place[delivery.place] for delivery in deliveries]

    def _write_articles_of(self, deliveries: Sequence[EnrichedDelivery]) -> list[Result]:
        """Write and announce what readers see."""
        places = {delivery.place for delivery in deliveries}
        written = {p: w for p, w in self._unannounced.items() if p in places}
        fresh = [delivery for delivery in deliveries if delivery.place not in written]
        results: dict[Place, Result] = {}
        try:
            for delivery, result in self._write(fresh):
                if isinstance(result, _Written):
                    written[delivery.place] = result
                else:
                    results[delivery.place] = result
        except Retry as error:
            results.update((delivery.place, error) for delivery in fresh)
        self._unannounced = written
        results.update(self._announce(written))
        for delivery in deliveries:
            self._tell(delivery, written.get(delivery.place), results[delivery.place])
        self._unannounced = {p: w for p, w in written.items() if isinstance(results[p], Retry)}
        return [results[delivery.place] for delivery in deliveries]

    def _write_heartbeats(self, deliveries: Sequence[EnrichedDelivery]) -> dict[Place, Result]:
        """Write heartbeats beside the articles; a later one that is there already stays."""
        now = self._clock.now()
        actions = [
            self._store.put(
                "heartbeats",
                delivery.event.article_id,
                build_heartbeat_document(delivery.event, indexed_at=now),
                article_id=delivery.event.article_id,
                order=delivery.event.version,
            )
            for delivery in deliveries
        ]
        answers = self._store.write(actions)
        return {
            delivery.place: answer if isinstance(answer, Reject | Retry) else HEARTBEAT_OUTCOME
            for delivery, answer in zip(deliveries, answers, strict=True)
        }

    # -- writing -----------------------------------------------------------------------------

    def _write(
        self, deliveries: Sequence[EnrichedDelivery]
    ) -> Iterable[tuple[EnrichedDelivery, _Written | Reject | Retry]]:
        by_article: dict[str, _Work] = {}
        for delivery in deliveries:
            article_id = delivery.event.article_id
            work = by_article.setdefault(article_id, _Work(article_id=article_id, deliveries=[]))
            work.deliveries.append(delivery)
        self._work_off(list(by_article.values()))
        for work in by_article.values():
            if isinstance(work.failure, Reject) and len(work.deliveries) > 1:
                # One of them is to blame: find out which, in order.
                for delivery in work.deliveries:
                    yield from self._write([delivery])
                continue
            for delivery, plan in zip(work.deliveries, work.plans, strict=True):
                yield (
                    delivery,
                    work.failure
                    or _Written(
                        outcome=plan.outcome, article=plan.article, announcement=plan.announcement
                    ),
                )

    def _work_off(self, works: Sequence[_Work]) -> None:
        """Read, fold and write; again for articles that someone else wrote meanwhile."""
        unfinished = list(works)
        for _ in range(_CONFLICT_ROUNDS):
            if not unfinished:
                return
            stored = self._store.get_articles(work.article_id for work in unfinished)
            now = self._clock.now()
            for work in unfinished:
                work.stored = stored.get(work.article_id)
                work.plans = _fold_all(work, now=now)
                work.has_figure_conflict = False
            self._write_surroundings(unfinished)
            self._write_articles(unfinished)
            self._settle_figures(unfinished)
            self._undo_rejected(unfinished)
            unfinished = [w for w in unfinished if not w.is_done and w.failure is None]
        for work in unfinished:
            work.failure = Retry(f"Others keep writing the article {work.article_id}.")

    def _write_surroundings(self, works: Sequence[_Work]) -> None:
        """Write figures and history: everything but the commit mark."""
        actions = [action for work in works for action in self._plan_surroundings(work)]
        self._run(actions, {work.article_id: work for work in works})

    def _plan_surroundings(self, work: _Work) -> Iterable[Action]:
        article, article_id = work.article, work.article_id
        order = to_order(article)
        before = None if work.stored is None else work.stored.article
        changes = compare_figures(before, article)
        written, deleted = changes.written, set(changes.deleted)
        if work.figures_in_doubt:
            written = build_figures(article)
            deleted = (deleted | work.figures_in_doubt) - written.keys()
        history = merge_revisions(work.plans)
        lines = {entry.revision for entry in article.revisions}
        dropped = (history.deleted | work.revisions_in_doubt) - lines
        work.figures_in_doubt |= written.keys()
        work.revisions_in_doubt |= history.written.keys()
        for name, figure in written.items():
            yield self._store.put("figures", name, figure, article_id=article_id, order=order)
        for name in sorted(deleted):
            yield self._store.delete("figures", name, article_id=article_id, order=order)
        for revision, document in history.written.items():
            name = name_revision(article_id, revision)
            yield self._store.put("revisions", name, document, article_id=article_id)
        for revision, entry in history.relabelled.items():
            name = name_revision(article_id, revision)
            yield self._store.relabel(name, label(entry), article_id=article_id)
        for revision in sorted(dropped):
            name = name_revision(article_id, revision)
            yield self._store.delete("revisions", name, article_id=article_id)

    def _write_articles(self, works: Sequence[_Work]) -> None:
        sound = [work for work in works if work.failure is None]
        for work in sound:
            work.is_done = True
        actions = [
            self._store.put_article(work.article, over=work.stored)
            for work in sound
            if work.is_changed
        ]
        self._run(actions, {work.article_id: work for work in sound})

    def _run(self, actions: Sequence[Action], works: dict[str, _Work]) -> None:
        for action, answer in zip(actions, self._store.write(actions), strict=True):
            work = works[action.article_id]
            if answer is None:
                continue
            if isinstance(answer, Conflict):
                if action.kind == "articles":
                    self._metrics.conflicts.inc()
                    work.is_done = False
                else:
                    work.has_figure_conflict = True
                continue
            work.is_done = False
            if not isinstance(work.failure, Reject):
                # To refuse outlasts to be overloaded: trying again would not help.
                work.failure = answer

    def _settle_figures(self, works: Sequence[_Work]) -> None:
        """Overrule later figures where the article was ours to write after all.

        They are left by a worker whose article was not written, or by an article that was taken
        down. If that worker still lives, its own article will conflict with ours, and it settles.
        """
        settled = {w.article_id: w for w in works if w.is_done and w.has_figure_conflict}
        actions = [
            self._store.put("figures", name, figure, article_id=work.article_id)
            for work in settled.values()
            for name, figure in build_figures(work.article).items()
        ]
        if actions:
            self._run(actions, settled)

    def _undo_rejected(self, works: Sequence[_Work]) -> None:
        """Put figures and history back to what the stored article says."""
        rejected = [work for work in works if isinstance(work.failure, Reject)]
        actions = [action for work in rejected for action in self._plan_undoing(work)]
        if not actions:
            return
        by_id = {work.article_id: work for work in rejected}
        for action, answer in zip(actions, self._store.write(actions), strict=True):
            if isinstance(answer, Retry):
                by_id[action.article_id].failure = answer
            # A document that was refused before is refused again: there is nothing to undo.

    def _plan_undoing(self, work: _Work) -> Iterable[Action]:
        article_id = work.article_id
        figures = {} if work.stored is None else build_figures(work.stored.article)
        kept = (
            set()
            if work.stored is None
            else {entry.revision for entry in work.stored.article.revisions}
        )
        for name in sorted(work.figures_in_doubt | figures.keys()):
            figure = figures.get(name)
            yield (
                self._store.delete("figures", name, article_id=article_id)
                if figure is None
                else self._store.put("figures", name, figure, article_id=article_id)
            )
        for revision in sorted(work.revisions_in_doubt - kept):
            name = name_revision(article_id, revision)
            yield self._store.delete("revisions", name, article_id=article_id)

    # -- announcing --------------------------------------------------------------------------

    def _announce(self, written: dict[Place, _Written]) -> dict[Place, Result]:
        """Publish the announcements, and wait until Kafka holds them."""
        results: dict[Place, Result] = {}
        pending: dict[Place, PendingEvent] = {}
        failure: Retry | None = None
        for place, work in written.items():
            results[place] = work.outcome.value
            if work.announcement is None:
                continue
            try:
                # each would wait for Kafka, one after the other: the first failure speaks for all
                if failure is None:
                    pending[place] = self._publisher.publish(
                        INDEXED, key=work.announcement.article_id, value=work.announcement.encode()
                    )
            except Retry as error:
                failure = error
            if failure is not None:
                results[place] = failure
        for place, event in pending.items():
            try:
                self._publisher.confirm(
                    [event], timeout_seconds=_CONFIRM_SECONDS if failure is None else 0.0
                )
            except Retry as error:
                results[place] = failure = error
        return results

    def _tell(self, delivery: EnrichedDelivery, written: _Written | None, result: Result) -> None:
        """Log and measure a finished event."""
        if written is None or not isinstance(result, str):
            return
        event, article = delivery.event, written.article
        announcement = written.announcement
        is_news = announcement is not None and announcement.is_news
        if is_news and written.outcome is not Outcome.DUPLICATE:
            now = self._clock.now()
            fetched_at, published_at = event.article.fetched_at, event.article.published_at
            self._metrics.fetched_to_searchable_seconds.observe(
                max(0.0, (now - fetched_at).total_seconds())
            )
            if published_at is not None:
                self._metrics.published_to_searchable_seconds.observe(
                    max(0.0, (now - published_at).total_seconds())
                )
            if delivery.published_ms is not None:
                self._metrics.event_to_searchable_seconds.observe(
                    max(0.0, now.timestamp() - delivery.published_ms / 1000)
                )
        partition, offset = delivery.place
        log.info(
            "article_indexed",
            article_id=article.article_id,
            outcome=result,
            cause=event.article.cause.value,
            is_news=is_news,
            revision=event.article.revision,
            generation=event.generation,
            status=article.status,
            figures=article.figure_count,
            partition=partition.partition,
            offset=offset,
        )


def _fold_all(work: _Work, *, now: datetime) -> list[WritePlan]:
    """Fold the events of one article in their order."""
    plans: list[WritePlan] = []
    article = None if work.stored is None else work.stored.article
    for delivery in work.deliveries:
        plan = fold(article, delivery.event, now=now)
        plans.append(plan)
        article = plan.article
    return plans
