"""From a read page to an event: what is published, with which cause and revision.

In: a parsed page, what is known of its article, and when it was fetched. Out: an event.
"""

from datetime import datetime

from crawler.domain.changes import Known, next_revision
from crawler.domain.pages import ParsedPage
from services.chassis.clock import to_epoch_milliseconds
from services.contracts.articles import Cause, RawArticleV1

ALIAS_LIMIT = 20


def build_event(
    page: ParsedPage,
    *,
    article_id: str,
    cause: Cause,
    revision: int,
    generation: int,
    source: str,
    outlet: str,
    fetched_at: datetime,
    archive_record: str | None = None,
    asked_url: str | None = None,
) -> RawArticleV1:
    """Return the event for a page; `asked_url` is what a redirect led away from."""
    aliases = dict.fromkeys(
        address
        for address in (*page.aliases, asked_url)
        if address and address not in (page.url, page.canonical_url)
    )
    return RawArticleV1(
        article_id=article_id,
        revision=revision,
        generation=generation,
        cause=cause,
        source=source,
        site=page.site,
        outlet=outlet,
        url=page.url,
        canonical_url=page.canonical_url,
        aliases=tuple(aliases)[:ALIAS_LIMIT],
        fetched_at=fetched_at,
        published_at=page.published_at,
        modified_at=page.modified_at,
        language=page.language,
        title=page.title or "",
        lead=page.lead or "",
        body=page.body or "",
        is_truncated=page.is_truncated,
        author=page.author,
        section=page.section,
        tags=page.tags,
        captions=page.captions,
        images=page.images,
        content_hash=page.content_hash,
        metadata_hash=page.metadata_hash,
        archive_record=archive_record,
    )


def build_withdrawal(
    *,
    article_id: str,
    known: Known,
    generation: int,
    source: str,
    site: str,
    outlet: str,
    url: str,
    fetched_at: datetime,
    archive_record: str | None = None,
) -> RawArticleV1:
    """Return the event that an article is gone; it carries no text."""
    return RawArticleV1(
        article_id=article_id,
        revision=next_revision(known, fetched_ms=to_epoch_milliseconds(fetched_at)),
        generation=generation,
        cause=Cause.WITHDRAWN,
        source=source,
        site=site,
        outlet=outlet,
        url=url,
        fetched_at=fetched_at,
        archive_record=archive_record,
    )


def known_of(event: RawArticleV1, *, before: Known | None = None) -> Known:
    """Return what is known of an article once this event is acknowledged."""
    is_withdrawn = event.cause is Cause.WITHDRAWN
    return Known(
        revision=event.revision,
        generation=event.generation,
        content_hash=before.content_hash if is_withdrawn and before else event.content_hash,
        metadata_hash=before.metadata_hash if is_withdrawn and before else event.metadata_hash,
        is_withdrawn=is_withdrawn,
    )
