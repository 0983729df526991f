"""`python -m crawler import`: the way in for archives.

In: saved pages (.html), saved texts (.txt) and WARC files. Out: article events. A file's revision
is its time of change, a WARC record's its date, so importing the same twice changes nothing.
"""

import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import structlog

from crawler.archive import read_archive
from crawler.delivery import Sink
from crawler.domain.changes import Known
from crawler.domain.dates import parse_time
from crawler.domain.html import decode
from crawler.domain.identity import text_id
from crawler.domain.pages import PageKind, ParsedPage
from crawler.domain.text import cap, clean_line, clean_paragraph, join_paragraphs
from crawler.domain.urls import host_of
from crawler.publishing import build_event, known_of
from crawler.sites import GENERIC, PARSER_GENERATION, SITES, parse
from crawler.state import Article, State
from services.chassis.backoff import backoff_seconds
from services.chassis.clock import Clock, to_epoch_milliseconds
from services.chassis.errors import Reject, Retry
from services.contracts.articles import (
    BODY_LIMIT_CHARACTERS,
    LEAD_LIMIT_CHARACTERS,
    TITLE_LIMIT_CHARACTERS,
    Cause,
    RawArticleV1,
)
from services.lexicon.zones import zone_saved_text

BATCH_LIMIT = 200
ATTEMPT_LIMIT = 8
SOURCE = "import"

_SAVED_FROM = re.compile(rb"<!--\s*saved from url=\(\d+\)(https?://\S+)")
"""What browsers write on top of a page that they save."""

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class _Item:
    """A page to publish, and when it was as it is."""

    page: ParsedPage
    fetched_at: datetime
    record: str | None = None


class Importer:
    """Publishes saved pages, texts and archives."""

    def __init__(
        self, *, sink: Sink, state: State, site: str | None, outlet: str | None,
        published_at: datetime | None, clock: Clock,
    ) -> None:  # fmt: skip
        self._sink = sink
        self._state = state
        self._site = site
        self._outlet = outlet
        self._published_at = published_at
        self._clock = clock
        self.counts: Counter[str] = Counter()

    def import_files(self, paths: Sequence[Path]) -> bool:
        """Publish all files; return whether each could be read.

        Raises:
            Retry: the sink does not answer.
            Fatal: the sink refuses us.
        """
        is_complete = True
        for path in paths:
            try:
                self._publish(self._read(path))
            except OSError as error:
                log.warning("file_unreadable", file=str(path), error=error.strerror)
                is_complete = False
            except Reject as error:
                log.warning("file_refused", file=str(path), reason=error.reason, error=str(error))
                is_complete = False
        log.info("import_finished", files=len(paths), **self.counts)
        return is_complete

    def _read(self, path: Path) -> Iterator[_Item]:
        name = path.name.lower()
        if name.endswith((".warc", ".warc.gz")):
            return self._read_archive(path)
        if name.endswith((".html", ".htm", ".xhtml")):
            return iter([self._read_page(path)])
        if name.endswith(".txt"):
            return iter([self._read_text(path)])
        raise Reject("unknown_kind", f"{path} is no .html, .txt, .warc or .warc.gz file.")

    def _read_archive(self, path: Path) -> Iterator[_Item]:
        for record in read_archive(path):
            if record.status != 200:  # noqa: PLR2004 - HTTP
                self.counts["skipped"] += 1
                continue
            page = parse(
                record.body, url=record.url, content_type=record.content_type, site=self._site,
                now=record.fetched_at,
            )  # fmt: skip
            if page.kind is not PageKind.ARTICLE or not page.title or not page.article_id:
                self.counts["skipped"] += 1
                continue
            yield _Item(page=page, fetched_at=record.fetched_at, record=record.record)

    def _read_page(self, path: Path) -> _Item:
        changed_at = _changed_at(path)
        content = path.read_bytes()
        saved_from = _SAVED_FROM.search(content[:4_096])
        url = saved_from.group(1).decode("ascii", "ignore") if saved_from else None
        page = parse(content, url=url, site=self._site, now=self._clock.now())
        if page.kind in (PageKind.BLOCKED, PageKind.GONE) or not page.title:
            raise Reject("no_article", f"{path} holds no article that could be read.")
        return _Item(page=page, fetched_at=changed_at)

    def _read_text(self, path: Path) -> _Item:
        saved = zone_saved_text(decode(path.read_bytes()))
        title = cap(clean_line(saved.title or ""), limit_characters=TITLE_LIMIT_CHARACTERS)
        lead = cap(clean_paragraph(saved.lead or ""), limit_characters=LEAD_LIMIT_CHARACTERS)
        body = cap(join_paragraphs((saved.body or "").split("\n\n")),
                   limit_characters=BODY_LIMIT_CHARACTERS)  # fmt: skip
        if not title.text:
            raise Reject("no_article", f"{path} holds no text.")
        hint = saved.published_hint
        published = parse_time(hint, now=self._clock.now())
        page = ParsedPage(
            kind=PageKind.ARTICLE,
            site=self._site or GENERIC,
            title=title.text,
            lead=lead.text or None,
            body=body.text or None,
            is_truncated=title.is_truncated or lead.is_truncated or body.is_truncated,
            captions=tuple(clean_line(caption) for caption in saved.captions),
            author=saved.author,
            published_at=published,
        )
        return _Item(page=page, fetched_at=_changed_at(path))

    def _publish(self, items: Iterator[_Item]) -> None:
        """Publish items in batches; one article never twice in a batch."""
        batch: dict[str, RawArticleV1] = {}
        for item in items:
            event = self._to_event(item)
            if event is None:
                continue
            if event.article_id in batch or len(batch) >= BATCH_LIMIT:
                self._deliver(list(batch.values()))
                batch.clear()
                event = self._to_event(item)  # what is known has changed
                if event is None:
                    continue
            batch[event.article_id] = event
        self._deliver(list(batch.values()))

    def _to_event(self, item: _Item) -> RawArticleV1 | None:
        page = item.page
        if page.published_at is None and self._published_at is not None:
            page = replace(page, published_at=self._published_at)
        article_id = page.article_id or text_id(page.content_hash)
        article = self._state.article(article_id)
        revision = max(1, to_epoch_milliseconds(item.fetched_at))
        cause = _cause(
            article.known if article else None, replace(item, page=page), revision=revision
        )
        if cause is None:
            self.counts["unchanged"] += 1
            return None
        return build_event(
            page, article_id=article_id, cause=cause, revision=revision,
            generation=PARSER_GENERATION, source=article.source if article else SOURCE,
            outlet=self._outlet_of(page), fetched_at=item.fetched_at, archive_record=item.record,
        )  # fmt: skip

    def _outlet_of(self, page: ParsedPage) -> str:
        if self._outlet:
            return self._outlet
        site = SITES.get(page.site)
        if site is not None:
            return site.outlet
        address = page.canonical_url or page.url
        return host_of(address) if address else SOURCE

    def _deliver(self, events: list[RawArticleV1]) -> None:
        attempt = 0
        while events:
            try:
                answers = self._sink.deliver(events)
            except Retry as error:
                answers = [error] * len(events)
            again = []
            last: Retry | None = None
            for event, answer in zip(events, answers, strict=True):
                if isinstance(answer, Retry):
                    again.append(event)
                    last = answer
                else:
                    self._settle(event, answer)
            attempt = 0 if len(again) < len(events) else attempt + 1
            if last is not None and attempt >= ATTEMPT_LIMIT:
                raise last
            if again:
                self._pause(attempt)
            events = again

    @staticmethod
    def _pause(attempt: int) -> None:
        time.sleep(backoff_seconds(attempt))

    def _settle(self, event: RawArticleV1, refusal: Reject | None) -> None:
        if refusal is not None:
            self.counts["refused"] += 1
            log.error("article_refused", article_id=event.article_id, reason=refusal.reason,
                      error=str(refusal))  # fmt: skip
            return
        before = self._state.article(event.article_id)
        if before is None or event.revision >= before.known.revision:
            self._state.save_article(
                Article(
                    article_id=event.article_id,
                    source=before.source if before else SOURCE,
                    page_key=before.page_key if before else "",
                    known=known_of(event),
                    new_at=before.new_at if before else None,
                )
            )
        self.counts[event.cause.value] += 1
        log.info(
            "article_published",
            article_id=event.article_id, cause=event.cause.value, revision=event.revision,
            generation=event.generation, source=event.source, outlet=event.outlet, url=event.url,
            title_characters=len(event.title), body_characters=len(event.body),
            published_at=event.published_at.isoformat() if event.published_at else None,
        )  # fmt: skip


def _cause(known: Known | None, item: _Item, *, revision: int) -> Cause | None:
    """Return why an imported page is published, None when there is nothing to tell.

    A record of an archive that we know already is read again (`parser`), unless it is newer and
    says something else. A file that is imported again keeps its first cause: the index finds that
    it has that event.
    """
    if known is None:
        return Cause.NEW
    page = item.page
    is_same = (known.content_hash, known.metadata_hash) == (page.content_hash, page.metadata_hash)
    is_newer = revision > known.revision
    if known.generation < PARSER_GENERATION or (not is_newer and not is_same):
        return Cause.PARSER
    if is_newer:
        return None if is_same else Cause.SOURCE
    return Cause.NEW if item.record is None and revision == known.revision else Cause.PARSER


def _changed_at(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, tz=UTC)
