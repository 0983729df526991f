"""An article's history: which text was seen when, told from events in any order.

In: the entries known so far, and one more sighting. Out: the entries with it in its place.

An entry is a run of sightings of one text, from `revision` to `last_revision`; its generation and
metadata are those of the last sighting, its cause that of the first. Entries are sorted, and
neighbours differ in text or status. Which sightings there are and what each showed follows from
the events alone, not from their order of arrival.
"""

from collections.abc import Iterator
from itertools import groupby, pairwise

from services.contracts.articles import Cause, EnrichedArticleV1
from services.contracts.documents import RevisionEntry, Status

Entries = tuple[RevisionEntry, ...]
Rank = tuple[int, int, str, str]

SIGHTINGS_LIMIT = 100
"""Of a longer run the first sighting and the newest ones are kept, so that articles stay small."""


def status_of(event: EnrichedArticleV1) -> Status:
    """Return the status that an event gives its article."""
    return "withdrawn" if event.article.cause is Cause.WITHDRAWN else "published"


def build_sighting(event: EnrichedArticleV1) -> RevisionEntry:
    """Return an event as a history of one sighting."""
    article, status = event.article, status_of(event)
    return RevisionEntry(
        revision=article.revision,
        last_revision=article.revision,
        generation=event.generation,
        cause=article.cause,
        status=status,
        content_hash=article.content_hash if status == "published" else None,
        metadata_hash=article.metadata_hash if status == "published" else None,
        sightings=((article.revision, event.generation),),
        known_by=event.version,
    )


def rank(entry: RevisionEntry) -> Rank:
    """Return the order of an entry's last sighting: by fetch, then by release, then by content.

    The content decides only between two readings of one fetch by releases of one generation. They
    should not exist; but if they do, the same one wins in any order of arrival.
    """
    return (
        entry.last_revision,
        entry.generation,
        entry.content_hash or "",
        entry.metadata_hash or "",
    )


def is_same_text(one: RevisionEntry, other: RevisionEntry) -> bool:
    """Return whether two entries show the same: text and status."""
    return _shown(one) == _shown(other)


def insert(entries: Entries, sighting: RevisionEntry) -> Entries:
    """Return the history with one more sighting in its place.

    Of two readings of one fetch the higher rank stays, with the newsworthy cause if either has
    one. A sighting that tells nothing new leaves the history equal.

    Example:
        >>> def seen(revision, text):
        ...     return RevisionEntry(
        ...         revision=revision, last_revision=revision, generation=1, cause="new",
        ...         status="published", content_hash=text, sightings=((revision, 1),))
        >>> history = insert(insert((), seen(10, "a")), seen(14, "a"))
        >>> [(e.revision, e.last_revision, e.cause.value) for e in history]
        [(10, 14, 'new')]
        >>> history = insert(history, seen(12, "b"))
        >>> [(e.revision, e.last_revision, e.cause.value) for e in history]
        [(10, 10, 'new'), (12, 12, 'source'), (14, 14, 'source')]
    """
    known = {one.revision: one for entry in entries for one in _list_sightings(entry)}
    rival = known.get(sighting.revision)
    known[sighting.revision] = sighting if rival is None else _choose(rival, sighting)
    in_order = sorted(known.values(), key=lambda one: one.revision)
    runs = [_join(list(run), latest=sighting) for _, run in groupby(in_order, key=_shown)]
    return _name_causes(runs)


def find_newest_text(entries: Entries) -> RevisionEntry | None:
    """Return the newest entry that carries a text."""
    return next((entry for entry in reversed(entries) if entry.status == "published"), None)


def find_entry(entries: Entries, revision: int) -> RevisionEntry | None:
    """Return the entry whose run holds a revision."""
    return next((e for e in entries if e.revision <= revision <= e.last_revision), None)


def has_correction(entries: Entries) -> bool:
    """Return whether the publisher showed more than one text; our better readings do not count."""
    texts = {e.content_hash for e in entries if e.status == "published" and e.cause.is_news}
    return len(texts) > 1


def _shown(entry: RevisionEntry) -> tuple[Status, str | None]:
    return (entry.status, entry.content_hash)


def _list_sightings(entry: RevisionEntry) -> Iterator[RevisionEntry]:
    for revision, generation in entry.sightings:
        yield entry.model_copy(
            update={
                "revision": revision,
                "last_revision": revision,
                "generation": generation,
                "sightings": ((revision, generation),),
            }
        )


def _choose(known: RevisionEntry, sighting: RevisionEntry) -> RevisionEntry:
    is_known_better = rank(sighting) <= rank(known)
    winner, loser = (known, sighting) if is_known_better else (sighting, known)
    cause = loser.cause if loser.cause.is_news and not winner.cause.is_news else winner.cause
    return winner.model_copy(update={"cause": cause, "known_by": known.known_by})


def _join(run: list[RevisionEntry], *, latest: RevisionEntry) -> RevisionEntry:
    """Make one entry of a run; `latest` to arrive makes it known only if nothing else did."""
    known_by = next((e.known_by for e in reversed(run) if e is not latest), latest.known_by)
    kept = run if len(run) <= SIGHTINGS_LIMIT else [run[0], *run[1 - SIGHTINGS_LIMIT :]]
    return run[-1].model_copy(
        update={
            "revision": run[0].revision,
            "sightings": tuple((one.revision, one.generation) for one in kept),
            "cause": run[0].cause,
            "known_by": known_by,
        }
    )


def _name_causes(runs: list[RevisionEntry]) -> Entries:
    """Tell each entry's cause from its place: what an event says of itself may be outdated.

    A crawler that lost its state calls every article new. That we read better (`parser`,
    `enricher`) stays as said.
    """
    causes = [_name_cause(None, runs[0])]
    causes += [_name_cause(before, entry) for before, entry in pairwise(runs)]
    return tuple(
        entry if entry.cause is cause else entry.model_copy(update={"cause": cause})
        for entry, cause in zip(runs, causes, strict=True)
    )


def _name_cause(before: RevisionEntry | None, entry: RevisionEntry) -> Cause:
    if entry.status == "withdrawn":
        return Cause.WITHDRAWN
    if before is not None and before.status == "withdrawn":
        return Cause.RESTORED
    if not entry.cause.is_news:
        return entry.cause
    return Cause.NEW if before is None else Cause.SOURCE
