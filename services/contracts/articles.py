"""The events of the pipeline: an article fetched, enriched, made searchable.

In: what each stage produced. Out: the payloads of the topics in `topics.py`.
"""

import hashlib
import unicodedata
from enum import StrEnum
from typing import Literal, Self

from pydantic import Field, model_validator

from services.contracts.entities import Entity
from services.contracts.figures import Figure
from services.contracts.models import Contract, UtcTime
from services.contracts.stories import ArticleTopic, Passage

TITLE_LIMIT_CHARACTERS = 2_000
LEAD_LIMIT_CHARACTERS = 20_000
BODY_LIMIT_CHARACTERS = 500_000
GENERATION_LIMIT = 500


class Cause(StrEnum):
    """Why an event was published."""

    NEW = "new"
    SOURCE = "source"
    """The publisher changed the article."""
    PARSER = "parser"
    """We read the same page better."""
    ENRICHER = "enricher"
    """We understand the same text better."""
    WITHDRAWN = "withdrawn"
    RESTORED = "restored"

    @property
    def is_news(self) -> bool:
        """Whether a reader wants to hear of it: we reading better is no news."""
        return self not in (Cause.PARSER, Cause.ENRICHER)


def content_hash(*, title: str, lead: str, body: str) -> str:
    r"""Return the identity of a text: SHA-256 over NFC text with white space folded.

    Example:
        >>> content_hash(title="A", lead="", body="b  c") == content_hash(
        ...     title="A ", lead="", body="b\n\nc")
        True
    """
    folded = [" ".join(unicodedata.normalize("NFC", part).split()) for part in (title, lead, body)]
    return hashlib.sha256("\x1f".join(folded).encode()).hexdigest()


class RawArticleV1(Contract):
    """An article as a publisher shows it, cleaned of page junk; payload of `articles.raw.v1`.

    `body` is NFC plain text, paragraphs separated by a blank line. `revision` is the epoch
    milliseconds of the fetch, strictly increasing per article. `generation` counts the parser's
    releases. A withdrawn article carries no text: the index keeps what it has.
    """

    article_id: str = Field(min_length=1, max_length=400)
    revision: int = Field(gt=0, lt=2**43)
    generation: int = Field(ge=0, lt=GENERATION_LIMIT)
    cause: Cause
    source: str
    site: str
    outlet: str
    url: str | None = None
    canonical_url: str | None = None
    aliases: tuple[str, ...] = ()
    fetched_at: UtcTime
    published_at: UtcTime | None = None
    modified_at: UtcTime | None = None
    language: str | None = None
    title: str = Field(default="", max_length=TITLE_LIMIT_CHARACTERS)
    lead: str = Field(default="", max_length=LEAD_LIMIT_CHARACTERS)
    body: str = Field(default="", max_length=BODY_LIMIT_CHARACTERS)
    is_truncated: bool = False
    author: str | None = None
    section: str | None = None
    tags: tuple[str, ...] = ()
    captions: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    content_hash: str | None = None
    metadata_hash: str | None = None
    archive_record: str | None = None

    @model_validator(mode="after")
    def _carry_text_unless_withdrawn(self) -> Self:
        if self.cause is not Cause.WITHDRAWN:
            if not self.title.strip():
                raise ValueError("an article needs a title")
            if not self.content_hash:
                raise ValueError("an article with text needs its content_hash")
        return self


class EnrichedArticleV1(Contract):
    """An article with its figures and entities; payload of `articles.enriched.v1`.

    `generation` is the parser's generation plus the enricher's: it rises when either does.
    `topics` are what it is about, the strongest first; `signature` are the keywords that copies of
    the story share (`stories.are_copies`). `passages` are the runs of paragraphs of one language.
    The payload holds no clock time of ours, so that enriching again gives the same bytes.
    """

    article: RawArticleV1
    generation: int = Field(ge=0, lt=2 * GENERATION_LIMIT)
    language: str | None = None
    figures: tuple[Figure, ...] = ()
    entities: tuple[Entity, ...] = ()
    topics: tuple[ArticleTopic, ...] = ()
    signature: tuple[str, ...] = ()
    passages: tuple[Passage, ...] = ()

    @property
    def article_id(self) -> str:
        """The article's id, which is the event's key."""
        return self.article.article_id

    @property
    def version(self) -> int:
        """The order of two events of one article: revision × 1000 + generation."""
        return self.article.revision * 1000 + self.generation


class IndexedArticleV1(Contract):
    """What became searchable, and why; payload of `articles.indexed.v1`."""

    article_id: str
    revision: int
    generation: int
    cause: Cause
    is_news: bool
    status: Literal["published", "withdrawn"]
    outlet: str
    title: str
    url: str | None = None
    published_at: UtcTime | None = None
    fetched_at: UtcTime
    indexed_at: UtcTime
    figure_count: int = 0
