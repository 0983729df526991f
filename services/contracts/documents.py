"""The documents that the indexer writes and the search service reads.

In: enriched articles. Out: the models of the indices and the names of their aliases.
Field names are the public schema for Kibana, Grafana and the API.
"""

from datetime import date
from typing import Literal

from services.contracts.articles import Cause
from services.contracts.entities import Entity
from services.contracts.figures import Figure
from services.contracts.models import Contract, UtcTime
from services.contracts.stories import Passage

ARTICLES_ALIAS = "articles"
FIGURES_ALIAS = "figures"
REVISIONS_ALIAS = "article-revisions"
HEARTBEATS_ALIAS = "heartbeats"

SPELLING_FIELD = "spelling"
"""The articles' known words and pairs of words, folded: what a mistyped query is mended by."""

Status = Literal["published", "withdrawn"]


class RevisionEntry(Contract):
    """One line of an article's history, kept inside the article.

    `revision` is when this text was first seen, `last_revision` the newest event that showed it;
    generation and metadata are those of the newest. `sightings` lists the (revision, generation)
    of the events in between and of these two. `known_by` is the version of the event that made
    this line news to us: delivered again, it is announced again.
    """

    revision: int
    last_revision: int
    generation: int
    cause: Cause
    status: Status
    content_hash: str | None = None
    metadata_hash: str | None = None
    sightings: tuple[tuple[int, int], ...] = ()
    known_by: int | None = None


class ArticleDocument(Contract):
    """The latest revision of an article; id = article_id.

    `organisations`, `persons`, `places`, `documents`, `events` and `indicators` are the distinct
    canonical names for facets; `names` is the same as one text for searching. `topics` are the
    codes of what it is about, the strongest first; articles that share `SHARED_KEYWORDS_OF_COPIES`
    keywords of `signature` are copies of one story. `languages` are those of whole paragraphs, the
    one with most text first; `passages` tells which stands where. `figures`, `entities` and
    `passages` are stored, not indexed.
    `status` and `is_corrected` follow from `revisions`; `states` holds the status, and "corrected"
    where it is. `revision` and `generation` are those of the newest entry,
    and `version` = revision × 1000 + generation.
    A withdrawn article keeps the newest text we have, which may be none: then its title is empty.
    """

    article_id: str
    version: int
    revision: int
    generation: int
    status: Status
    is_corrected: bool
    states: tuple[str, ...] = ()
    cause: Cause
    source: str
    site: str
    outlet: str
    url: str | None = None
    canonical_url: str | None = None
    aliases: tuple[str, ...] = ()
    title: str
    lead: str
    body: str
    is_truncated: bool = False
    author: str | None = None
    section: str | None = None
    tags: tuple[str, ...] = ()
    captions: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    language: str | None = None
    published_at: UtcTime | None = None
    modified_at: UtcTime | None = None
    fetched_at: UtcTime
    first_seen_at: UtcTime
    sort_at: UtcTime
    """Published, else first seen: the time that lists are ordered by."""
    indexed_at: UtcTime
    content_hash: str | None = None
    metadata_hash: str | None = None
    archive_record: str | None = None
    organisations: tuple[str, ...] = ()
    persons: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    indicators: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    signature: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    passages: tuple[Passage, ...] = ()
    figure_count: int = 0
    figures: tuple[Figure, ...] = ()
    entities: tuple[Entity, ...] = ()
    revisions: tuple[RevisionEntry, ...] = ()


class FigureDocument(Figure):
    """One figure, flat, with what is needed of its article; id = article_id + "#" + figure id.

    `period_first` and `period_last` are the days of `period`, both included.
    """

    figure_id: str
    article_id: str
    article_version: int
    article_revision: int
    status: Status
    outlet: str
    source: str
    url: str | None = None
    title: str
    language: str | None = None
    published_at: UtcTime | None = None
    sort_at: UtcTime
    period_first: date | None = None
    period_last: date | None = None


class RevisionDocument(Contract):
    """One revision of an article, for history and diffs; id = article_id + "@" + revision."""

    article_id: str
    revision: int
    last_revision: int
    generation: int
    cause: Cause
    status: Status
    outlet: str
    title: str
    lead: str
    body: str
    author: str | None = None
    published_at: UtcTime | None = None
    modified_at: UtcTime | None = None
    fetched_at: UtcTime
    content_hash: str | None = None
    metadata_hash: str | None = None
    archive_record: str | None = None
    figures: tuple[Figure, ...] = ()
    entities: tuple[Entity, ...] = ()


class HeartbeatDocument(Contract):
    """The newest heartbeat of its number; id = article_id. No reader sees it."""

    article_id: str
    revision: int
    fetched_at: UtcTime
    indexed_at: UtcTime
    figure_count: int
