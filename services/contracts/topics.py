"""The topics of the pipeline: names, payloads, sizes, retention.

In: nothing. Out: `TOPICS`, created up front by `python -m services.chassis.topics`.
Partitions are fixed: adding some would send the events of one article to two places.
"""

from dataclasses import dataclass

from services.contracts.articles import EnrichedArticleV1, IndexedArticleV1, RawArticleV1
from services.contracts.models import Contract
from services.contracts.takedowns import TakedownV1

PARTITIONS = 12
DAY_MS = 24 * 60 * 60 * 1000
KEEP_FOR_EVER_MS = -1
MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Topic:
    """A topic, keyed by article_id; `model` is None for dead letters (original bytes)."""

    name: str
    model: type[Contract] | None
    max_message_bytes: int
    retention_ms: int
    partitions: int = PARTITIONS
    is_compacted: bool = False
    """Whether only the newest event of each key is kept."""

    @property
    def dead_letters(self) -> "Topic":
        """The topic that takes this one's dead letters."""
        return Topic(
            name=f"{self.name}.dlq",
            model=None,
            max_message_bytes=8 * MEBIBYTE,
            retention_ms=90 * DAY_MS,
            partitions=self.partitions,
        )


RAW = Topic(
    name="articles.raw.v1",
    model=RawArticleV1,
    max_message_bytes=2 * MEBIBYTE,
    retention_ms=30 * DAY_MS,
)
ENRICHED = Topic(
    name="articles.enriched.v1",
    model=EnrichedArticleV1,
    max_message_bytes=6 * MEBIBYTE,
    retention_ms=KEEP_FOR_EVER_MS,
)
INDEXED = Topic(
    name="articles.indexed.v1",
    model=IndexedArticleV1,
    max_message_bytes=MEBIBYTE,
    retention_ms=7 * DAY_MS,
)
TAKEDOWNS = Topic(
    name="articles.takedowns.v1",
    model=TakedownV1,
    max_message_bytes=64 * 1024,
    retention_ms=KEEP_FOR_EVER_MS,
    is_compacted=True,
)
TOPICS: tuple[Topic, ...] = (
    RAW,
    RAW.dead_letters,
    ENRICHED,
    ENRICHED.dead_letters,
    INDEXED,
    INDEXED.dead_letters,
    TAKEDOWNS,
)
