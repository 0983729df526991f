"""What a fetched page means for an article that we may know already.

In: what was last published of an article, and what the page shows now. Out: the cause to
publish, or None where nothing changed.
"""

from dataclasses import dataclass

from services.contracts.articles import Cause

FEW_CHANGES = 3


@dataclass(frozen=True, kw_only=True)
class Known:
    """What was last published of an article."""

    revision: int
    generation: int
    content_hash: str | None
    metadata_hash: str | None
    is_withdrawn: bool = False


def cause_of(
    known: Known | None, *, content_hash: str, metadata_hash: str, generation: int
) -> Cause | None:
    """Return why the page should be published, or None when nothing changed.

    A page read by a newer parser than the last time is `parser`, not `source`: what changed is
    most likely our reading, and a reader must not be told that the publisher corrected it.

    Example:
        >>> known = Known(revision=5, generation=1, content_hash="a", metadata_hash="m")
        >>> cause_of(known, content_hash="b", metadata_hash="m", generation=1)
        <Cause.SOURCE: 'source'>
        >>> cause_of(known, content_hash="a", metadata_hash="m", generation=1) is None
        True
    """
    if known is None:
        return Cause.NEW
    if known.is_withdrawn:
        return Cause.RESTORED
    if (content_hash, metadata_hash) == (known.content_hash, known.metadata_hash):
        return None
    return Cause.PARSER if known.generation < generation else Cause.SOURCE


def next_revision(known: Known | None, *, fetched_ms: int) -> int:
    """Return the revision of an event: the fetch in epoch milliseconds, always rising.

    Example:
        >>> next_revision(None, fetched_ms=7)
        7
        >>> next_revision(Known(revision=9, generation=1, content_hash=None, metadata_hash=None),
        ...               fetched_ms=7)
        10
    """
    return fetched_ms if known is None else max(fetched_ms, known.revision + 1)


def is_believable(changed: int, *, listed: int) -> bool:
    """Whether so many changes that a listing tells of at once may be changes of the articles.

    Some sites write the time of the request, or of the last build, beside every address.

    Example:
        >>> is_believable(3, listed=4), is_believable(4, listed=20), is_believable(18, listed=20)
        (True, True, False)
    """
    return changed <= FEW_CHANGES or 2 * changed <= listed
