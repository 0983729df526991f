"""The writing protocol: what an event changes in what is stored.

In: the stored article (or none) and an event. Out: a plan of writes, an outcome to count, and
what to announce. The state that searches see (text, status, metadata, figures) depends on which
events came, never on their order or number; see docs/adr/0002-writing-protocol.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from indexer.domain.documents import (
    build_article,
    build_figures,
    build_revision,
    copy_shown_revision,
    keep_text,
)
from indexer.domain.history import (
    Entries,
    build_sighting,
    find_entry,
    find_newest_text,
    insert,
    is_same_text,
    rank,
)
from services.contracts.articles import Cause, EnrichedArticleV1, IndexedArticleV1
from services.contracts.documents import (
    ArticleDocument,
    FigureDocument,
    RevisionDocument,
    RevisionEntry,
)


class Outcome(StrEnum):
    """What one event did to its article."""

    CREATED = "created"
    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"
    RESTORED = "restored"
    REREAD = "reread"
    """Read or understood better by us: no news."""
    METADATA = "metadata"
    """The same text with another author, time, section or tag: no news."""
    HISTORY = "history"
    """Older than what is shown: changed the history only."""
    DUPLICATE = "duplicate"
    """Tells nothing new."""
    STALE = "stale"
    """A reading of a fetch that a newer release has read already."""
    CONFLICT = "conflict"
    """Two releases of one generation read one fetch differently."""


_QUIET_CHANGES = (Outcome.REREAD, Outcome.METADATA, Outcome.CONFLICT)


@dataclass(frozen=True, kw_only=True)
class WritePlan:
    """What one event, or several of one article in a row, ask to be written."""

    outcome: Outcome
    article: ArticleDocument
    """The article as it shall be."""
    is_changed: bool
    """Whether `article` differs from what is stored; if not, nothing at all is written."""
    revisions: tuple[RevisionDocument, ...] = ()
    """Lines of the history to write."""
    relabelled_revisions: tuple[RevisionEntry, ...] = ()
    """Lines whose text stays, but whose end or cause a late event has changed."""
    dropped_revisions: tuple[int, ...] = ()
    """Lines of the history that are no more: their run begins elsewhere now."""
    announcement: IndexedArticleV1 | None = None


@dataclass(frozen=True, kw_only=True)
class RevisionChanges:
    """History documents to write, to relabel, and to delete, by revision."""

    written: dict[int, RevisionDocument] = field(default_factory=dict)
    relabelled: dict[int, RevisionEntry] = field(default_factory=dict)
    deleted: frozenset[int] = frozenset()


@dataclass(frozen=True, kw_only=True)
class FigureChanges:
    """Figure documents to write, and ids of those to delete."""

    written: dict[str, FigureDocument] = field(default_factory=dict)
    deleted: frozenset[str] = frozenset()


def fold(stored: ArticleDocument | None, event: EnrichedArticleV1, *, now: datetime) -> WritePlan:
    """Return what an event changes in the stored article, `now` being the time of writing."""
    sighting = build_sighting(event)
    before: Entries = () if stored is None else stored.revisions
    after = insert(before, sighting)
    outcome = _name_outcome(before, after, sighting)
    if stored is not None and after == before:
        announcement = _announce(event, outcome, stored)
        return WritePlan(
            outcome=outcome, article=stored, is_changed=False, announcement=announcement
        )
    fetched_at = event.article.fetched_at
    first_seen_at = fetched_at if stored is None else min(stored.first_seen_at, fetched_at)
    shown = find_newest_text(after) or after[-1]
    if stored is None or _is_last_sighting(sighting, shown):
        article = build_article(event, entries=after, first_seen_at=first_seen_at, indexed_at=now)
    else:
        article = keep_text(stored, entries=after, first_seen_at=first_seen_at, indexed_at=now)
    article = _keep_address(article, stored=stored, event=event)
    revisions = _list_revisions(event, before=before, article=article)
    return WritePlan(
        outcome=outcome,
        article=article,
        is_changed=True,
        revisions=revisions,
        relabelled_revisions=_list_relabelled(before, after, revisions),
        dropped_revisions=tuple(sorted({e.revision for e in before} - {e.revision for e in after})),
        announcement=_announce(event, outcome, article),
    )


def _keep_address(
    article: ArticleDocument, *, stored: ArticleDocument | None, event: EnrichedArticleV1
) -> ArticleDocument:
    """Give the article the address that another sighting knew: a saved page has none."""
    if article.url is not None:
        return article
    known = event.article.url if stored is None else stored.url or event.article.url
    return article if known is None else article.model_copy(update={"url": known})


def compare_figures(stored: ArticleDocument | None, article: ArticleDocument) -> FigureChanges:
    """Return the figure documents that differ between two states of an article."""
    old = {} if stored is None else build_figures(stored)
    new = build_figures(article)
    return FigureChanges(
        written={name: figure for name, figure in new.items() if old.get(name) != figure},
        deleted=frozenset(old.keys() - new.keys()),
    )


def merge_revisions(plans: Sequence[WritePlan]) -> RevisionChanges:
    """Return what several plans in a row leave to write of the history, and to delete."""
    written: dict[int, RevisionDocument] = {}
    relabelled: dict[int, RevisionEntry] = {}
    deleted: set[int] = set()
    for plan in plans:
        for revision in plan.dropped_revisions:
            written.pop(revision, None)
            relabelled.pop(revision, None)
            deleted.add(revision)
        for entry in plan.relabelled_revisions:
            if entry.revision in written:
                written[entry.revision] = written[entry.revision].model_copy(update=label(entry))
            else:
                relabelled[entry.revision] = entry
        for document in plan.revisions:
            written[document.revision] = document
            relabelled.pop(document.revision, None)
            deleted.discard(document.revision)
    return RevisionChanges(written=written, relabelled=relabelled, deleted=frozenset(deleted))


def label(entry: RevisionEntry) -> dict[str, object]:
    """Return the fields of a history document that may change while its text stays."""
    return {"last_revision": entry.last_revision, "cause": entry.cause}


def _is_last_sighting(sighting: RevisionEntry, entry: RevisionEntry) -> bool:
    return is_same_text(sighting, entry) and rank(sighting) == rank(entry)


def _name_outcome(before: Entries, after: Entries, sighting: RevisionEntry) -> Outcome:
    newest = after[-1]
    if not before:
        return Outcome.WITHDRAWN if sighting.status == "withdrawn" else Outcome.CREATED
    if after == before or not _is_last_sighting(sighting, newest):
        return _name_silent_outcome(before, after, sighting)
    previous = before[-1]
    is_same_fetch = previous.last_revision == sighting.revision
    if is_same_text(previous, sighting):
        return _name_repeated_outcome(previous, sighting)
    if is_same_fetch and previous.generation == sighting.generation:
        return Outcome.CONFLICT
    if is_same_fetch:
        return Outcome.REREAD
    return {
        Cause.WITHDRAWN: Outcome.WITHDRAWN,
        Cause.RESTORED: Outcome.RESTORED,
        Cause.PARSER: Outcome.REREAD,
        Cause.ENRICHER: Outcome.REREAD,
    }.get(newest.cause, Outcome.CORRECTED)


def _name_repeated_outcome(previous: RevisionEntry, sighting: RevisionEntry) -> Outcome:
    if previous.generation != sighting.generation:
        return Outcome.REREAD
    if previous.metadata_hash != sighting.metadata_hash:
        return Outcome.METADATA
    return Outcome.DUPLICATE


def _name_silent_outcome(before: Entries, after: Entries, sighting: RevisionEntry) -> Outcome:
    known = find_entry(before, sighting.revision)
    if known is not None and sighting.revision in (known.revision, known.last_revision):
        if not is_same_text(known, sighting) and known.generation == sighting.generation:
            return Outcome.CONFLICT
        if known.generation > sighting.generation and rank(known) > rank(sighting):
            return Outcome.STALE
    return Outcome.DUPLICATE if after == before else Outcome.HISTORY


def _list_revisions(
    event: EnrichedArticleV1, *, before: Entries, article: ArticleDocument
) -> tuple[RevisionDocument, ...]:
    known = {(entry.revision, entry.status, entry.content_hash) for entry in before}
    sighting, documents = build_sighting(event), []
    copied = copy_shown_revision(article)
    for entry in article.revisions:
        if _is_last_sighting(sighting, entry):
            documents.append(build_revision(event, entry=entry))
        elif (entry.revision, entry.status, entry.content_hash) in known:
            continue
        elif copied is not None and entry.revision == copied.revision:
            documents.append(copied)
        elif is_same_text(sighting, entry) and entry.revision == sighting.revision:
            documents.append(build_revision(event, entry=entry))
        # else: the later half of an older run that was cut in two; reconcile copies its text.
    return tuple(documents)


def _list_relabelled(
    before: Entries, after: Entries, revisions: Sequence[RevisionDocument]
) -> tuple[RevisionEntry, ...]:
    known = {(e.revision, e.status, e.content_hash): label(e) for e in before}
    rewritten = {document.revision for document in revisions}
    return tuple(
        entry
        for entry in after
        if entry.revision not in rewritten
        and known.get((entry.revision, entry.status, entry.content_hash), label(entry))
        != label(entry)
    )


def _announce(
    event: EnrichedArticleV1, outcome: Outcome, article: ArticleDocument
) -> IndexedArticleV1 | None:
    """Return what to tell others; news also when its event is delivered again.

    Between writing and announcing the process may die; then the event comes again and finds its
    work done. News is announced by the same rule as the first time, with the same id (article,
    revision, generation), by which consumers know a repetition.
    """
    newest = article.revisions[-1]
    if event.version == newest.known_by:
        cause = newest.cause
        is_news = cause.is_news
    elif outcome in _QUIET_CHANGES and _is_last_sighting(build_sighting(event), newest):
        cause = _name_quiet_cause(event, outcome)
        is_news = False
    else:
        return None
    return IndexedArticleV1(
        article_id=article.article_id,
        revision=event.article.revision,
        generation=event.generation,
        cause=cause,
        is_news=is_news,
        status=article.status,
        outlet=article.outlet,
        title=article.title,
        url=article.url,
        published_at=article.published_at,
        fetched_at=article.fetched_at,
        indexed_at=article.indexed_at,
        figure_count=article.figure_count,
    )


def _name_quiet_cause(event: EnrichedArticleV1, outcome: Outcome) -> Cause:
    if outcome is Outcome.METADATA:
        return Cause.SOURCE
    return Cause.ENRICHER if event.article.cause.is_news else event.article.cause
