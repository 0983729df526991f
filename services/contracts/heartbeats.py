"""The heartbeat: an article of our own that goes through the whole pipeline and no reader sees.

In: a number and a time. Out: a raw article of a reserved source. Every stage treats it like any
other, but the indexer writes it to an index of its own and announces nothing; so no search, count,
facet, feed or export can hold it.
"""

from datetime import datetime

from services.contracts.articles import Cause, RawArticleV1, content_hash

HEARTBEAT_SOURCE = ":heartbeat"
"""No source of a sources file can be called that: they begin with a letter or digit."""

_TITLE = "Nhịp tim của hệ thống"
_BODY = "Công đoàn trao 1.200 suất quà cho đoàn viên, tổng trị giá 600 triệu đồng."
"""Holds figures, so that it shows whether they are still read."""


def name_heartbeat(number: int) -> str:
    """Return the article_id of the heartbeat of a number.

    Example:
        >>> name_heartbeat(3)
        ':heartbeat:3'
    """
    return f"{HEARTBEAT_SOURCE}:{number}"


def is_heartbeat(article: RawArticleV1) -> bool:
    """Return whether an article is none for readers."""
    return article.source == HEARTBEAT_SOURCE


def build_heartbeat(number: int, *, sent_at: datetime) -> RawArticleV1:
    """Return the heartbeat of a number and a time; a later one is a later revision.

    Example:
        >>> from datetime import UTC
        >>> beat = build_heartbeat(3, sent_at=datetime(2026, 10, 5, tzinfo=UTC))
        >>> beat.revision, is_heartbeat(beat)
        (1791158400000, True)
    """
    body = f"{_BODY} ({sent_at.isoformat()})"
    return RawArticleV1(
        article_id=name_heartbeat(number),
        revision=int(sent_at.timestamp() * 1000),
        generation=0,
        cause=Cause.SOURCE,
        source=HEARTBEAT_SOURCE,
        site=HEARTBEAT_SOURCE,
        outlet=HEARTBEAT_SOURCE,
        fetched_at=sent_at,
        published_at=sent_at,
        language="vi",
        title=_TITLE,
        body=body,
        content_hash=content_hash(title=_TITLE, lead="", body=body),
    )
