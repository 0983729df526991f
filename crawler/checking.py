"""`sources check`: fetches each source once and says what is wrong with it, and what to do.

In: sources. Out: rows of a table, one a listing and one for a source's articles. What is fetched
goes the way of `watch`, with its guard, robots.txt, delays and parsers, so what is well here is
well there; the state is forgotten and nothing is published.
"""

import shutil
import textwrap
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any

from crawler.domain.feeds import Listed
from crawler.domain.urls import canonicalise, host_of
from crawler.settings import CrawlerSettings
from crawler.sources import Source
from services.contracts.articles import RawArticleV1

OLD_DAYS = 30
"""A listing whose newest article is older stands still."""

SKEW_SECONDS = 300.0
SELDOM_SECONDS = 3_600.0
SLOW_SECONDS = 10.0
SHORT_CHARACTERS = 200
TABLE_WIDTH = 160


class Level(StrEnum):
    """How well something is."""

    OK = "ok"
    NOTE = "note"
    WRONG = "wrong"


@dataclass(frozen=True, kw_only=True)
class Remark:
    """What is the matter, and what to do."""

    level: Level
    what: str
    advice: str = ""


@dataclass(kw_only=True)
class ListingFacts:
    """What one listing answered."""

    url: str
    kind: str
    outcome: str = ""
    status: int | None = None
    final_url: str | None = None
    """Where a redirect ended, or was refused to go on."""
    detail: str | None = None
    """More of what went wrong."""
    sent_at: datetime | None = None
    asked_at: datetime | None = None
    age_seconds: float = 0.0
    items: tuple[Listed, ...] = ()
    further: int = 0
    articles: int = 0
    """Items that the source takes for its articles."""
    quiet_seconds: float = 0.0
    crawl_delay_seconds: float = 0.0


@dataclass(kw_only=True)
class PageFacts:
    """What became of one article's page."""

    url: str
    outcome: str
    final_url: str | None = None


@dataclass(kw_only=True)
class SourceFacts:
    """What was seen of one source."""

    listings: dict[str, ListingFacts] = field(default_factory=dict)
    pages: list[PageFacts] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Row:
    """A line of the table."""

    source: str
    what: str
    found: str
    remarks: tuple[Remark, ...]

    @property
    def level(self) -> Level:
        """The worst of its remarks."""
        levels = {remark.level for remark in self.remarks}
        return next((each for each in (Level.WRONG, Level.NOTE) if each in levels), Level.OK)


_ASK_THE_WEBMASTER = (
    "write to its webmaster, with what CRAWLER_CONTACT says; do not fetch faster or under another "
    "name"
)
_LOOK_AGAIN = "try again later; if it stays, ask its webmaster"
_FIND_ANOTHER = (
    "open the site in a browser, find the address that lists its news, and mend the file"
)

_TROUBLES: dict[str, tuple[str, str]] = {
    "blocked": ("a check for browsers instead of the page", _ASK_THE_WEBMASTER),
    "refused": ("the site refuses us", _ASK_THE_WEBMASTER),
    "gone": ("there is nothing at this address", _FIND_ANOTHER),
    "busy": ("the site asks to come back later", "wait an hour, and try again"),
    "server_error": ("the server fails", _LOOK_AGAIN),
    "unexpected_status": ("an answer that means nothing here", _FIND_ANOTHER),
    "timeout": (
        "no whole answer in time",
        "try again later; raise CRAWLER_TIMEOUT_SECONDS if the site is slow for browsers too",
    ),
    "unreachable": ("no connection", "look whether a browser on this machine reaches it"),
    "unknown_host": ("there is no such host", "mend the address; is the name service at work?"),
    "robots": (
        "robots.txt forbids it",
        "use another listing of the site, or ask its webmaster",
    ),
    "robots_unreachable": (
        "robots.txt cannot be had, so nothing may be fetched",
        "open the site in a browser on this machine; if that works, wait, if not, mend the address",
    ),
    "private_address": (
        "it leads to a private address",
        "if that is meant, name host:port in private_addresses",
    ),
    "bad_address": ("no http or https address", "mend the address"),
    "redirects": ("more than five redirects", _FIND_ANOTHER),
    "too_large": ("larger than we take", "raise CRAWLER_MAXIMUM_PAGE_BYTES if that is meant"),
    "error": ("we could not handle it", "report it, with the log of this run"),
}

_READ = frozenset(("new", "changed", "alias", "unchanged", "pending"))
"""Outcomes of pages that are articles; the same one may be listed under two addresses."""

_PAGE_TROUBLES: dict[str, tuple[str, str]] = {
    "no_article": (
        "no article is read from it",
        "is 'site' the right parser? see docs/add-a-site.md",
    ),
    "unreadable": (
        "no text is read from it",
        "the site's pages may have changed: see docs/add-a-site.md",
    ),
    "not_html": ("it is no page", "point the listing at articles"),
    "gone": ("listed, but not there", _LOOK_AGAIN),
}


_NOT_FETCHED = Remark(
    level=Level.WRONG, what="not fetched: its host failed too often or asked to be left alone",
    advice=_LOOK_AGAIN,
)  # fmt: skip


def remark_on_listing(facts: ListingFacts, source: Source, *, now: datetime) -> list[Remark]:
    """Return what is to be said of a listing; nothing when all is well."""
    if facts.outcome == "foreign_host" and facts.final_url:
        host = host_of(facts.final_url)
        return [Remark(
            level=Level.WRONG, what=f"redirects elsewhere: {facts.final_url}",
            advice=f"if the site has moved, write the new address into the file and {host} into "
            "allowed_hosts",
        )]  # fmt: skip
    if facts.outcome in _TROUBLES:
        what, advice = _TROUBLES[facts.outcome]
        detail = facts.detail
        if facts.status is not None and facts.status != 200:  # noqa: PLR2004 - HTTP
            detail = f"HTTP {facts.status}"
        what = f"{what} ({detail})" if detail else what
        return [Remark(level=Level.WRONG, what=what, advice=advice)]
    if facts.outcome == "unreadable":
        return [Remark(level=Level.WRONG, what=f"what it answers is no {facts.kind}",
                       advice=_FIND_ANOTHER)]  # fmt: skip
    if facts.outcome == "empty" or not (facts.items or facts.further):
        return [_remark_on_emptiness(facts)]
    return [*_remarks_on_items(facts, source, now=now), *_remarks_on_answer(facts),
            *_remark_on_delay(facts)]  # fmt: skip


def _remark_on_emptiness(facts: ListingFacts) -> Remark:
    if facts.kind == "sitemap":
        return Remark(level=Level.NOTE, what="empty",
                      advice="right for a news sitemap after two quiet days")  # fmt: skip
    return Remark(
        level=Level.WRONG, what=f"an empty {facts.kind}",
        advice="list a section page or a sitemap of the site beside it, or in its place",
    )  # fmt: skip


def _remarks_on_items(facts: ListingFacts, source: Source, *, now: datetime) -> Iterator[Remark]:
    times = [at for item in facts.items if (at := item.published_at or item.changed_at)]
    newest = max(times, default=None)
    if newest is not None and now - newest > timedelta(days=OLD_DAYS):
        yield Remark(
            level=Level.WRONG, what=f"stands still since {newest:%Y-%m-%d}",
            advice="find the feed that goes on, or list a section page in its place",
        )  # fmt: skip
    elif facts.items and not facts.articles:
        age = source.maximum_age_days
        too_old = newest is not None and age is not None and now - newest > timedelta(days=age)
        yield Remark(
            level=Level.WRONG,
            what="all older than maximum_age_days" if too_old
            else "none of its links is an article of this source",
            advice="raise maximum_age_days, or wait for news" if too_old
            else f"look at 'site' ({source.site}) and allowed_hosts "
            f"({', '.join(source.allowed_hosts)}): do they fit, for example, {facts.items[0].url}?",
        )  # fmt: skip


def _remarks_on_answer(facts: ListingFacts) -> Iterator[Remark]:
    if facts.final_url is not None and facts.final_url != facts.url:
        yield Remark(level=Level.NOTE, what=f"redirects to {facts.final_url}",
                     advice="write that address into the file")  # fmt: skip
    if facts.sent_at is not None and facts.asked_at is not None:
        skew = (facts.sent_at - facts.asked_at).total_seconds() + facts.age_seconds
        if abs(skew) > SKEW_SECONDS:
            word = "ahead of" if skew > 0 else "behind"
            yield Remark(
                level=Level.WRONG,
                what=f"the server's clock is {abs(skew) / 60:.0f} minutes {word} ours",
                advice="is this machine's clock right (timedatectl)? If it is, expect the times "
                "of this site to be wrong",
            )  # fmt: skip
    if facts.quiet_seconds > SELDOM_SECONDS:
        yield Remark(
            level=Level.NOTE,
            what=f"asks to be read every {facts.quiet_seconds / 3_600:.0f} hours only",
            advice="news come late: list a section page or a sitemap beside it",
        )


def _remark_on_delay(facts: ListingFacts) -> Iterator[Remark]:
    if facts.crawl_delay_seconds > SLOW_SECONDS:
        an_hour = 3_600 / facts.crawl_delay_seconds
        yield Remark(
            level=Level.NOTE,
            what=f"robots.txt asks for {facts.crawl_delay_seconds:.0f} seconds between requests",
            advice=f"that is {an_hour:.0f} pages an hour: list few addresses of this host",
        )


def remark_on_pages(
    pages: Sequence[PageFacts], events: Sequence[RawArticleV1], listings: Sequence[ListingFacts]
) -> list[Remark]:
    """Return what is to be said of a source's articles."""
    if not pages and any(listing.articles for listing in listings):
        return [_NOT_FETCHED]
    remarks = []
    for page in pages:
        if page.outcome in _READ:
            continue
        what, advice = _PAGE_TROUBLES.get(page.outcome) or _TROUBLES.get(
            page.outcome, (page.outcome, _LOOK_AGAIN)
        )
        if page.outcome == "foreign_host" and page.final_url:
            what = f"redirects elsewhere: {page.final_url}"
            advice = f"if articles lie there, write {host_of(page.final_url)} into allowed_hosts"
        remarks.append(Remark(level=Level.WRONG, what=f"{page.url}: {what}", advice=advice))
    for event in events:
        missing = [
            name for name, value in (("time", event.published_at), ("author", event.author))
            if value is None
        ]  # fmt: skip
        if len(event.body) < SHORT_CHARACTERS:
            missing.append(f"text (only {len(event.body)} characters)")
        if missing and missing != ["author"]:
            remarks.append(Remark(
                level=Level.NOTE, what=f"{event.url}: without {', '.join(missing)}",
                advice="compare with the page in a browser; see docs/add-a-site.md",
            ))  # fmt: skip
    return remarks


def build_rows(
    sources: Sequence[Source], facts: dict[str, SourceFacts], events: Sequence[RawArticleV1], *,
    now: datetime,
) -> list[Row]:  # fmt: skip
    """Return the table's rows, in the order of the sources file."""
    by_source: defaultdict[str, list[RawArticleV1]] = defaultdict(list)
    for event in events:
        by_source[event.source].append(event)
    rows: list[Row] = []
    for source in sources:
        seen = facts.get(source.id) or SourceFacts()
        rows.extend(_listing_rows(source, seen, now=now))
        read = by_source[source.id]
        remarks = remark_on_pages(seen.pages, read, list(seen.listings.values()))
        rows.append(Row(source=source.id, what="articles", found=_read(read, seen.pages),
                        remarks=tuple(remarks)))  # fmt: skip
    return rows


def _listing_rows(source: Source, seen: SourceFacts, *, now: datetime) -> Iterator[Row]:
    for url in source.listings:
        if canonicalise(url) not in seen.listings:
            yield Row(source=source.id, what=url, found="", remarks=(_NOT_FETCHED,))
    for listing in seen.listings.values():
        yield Row(
            source=source.id, what=f"{listing.kind} {listing.url}", found=_found(listing),
            remarks=tuple(remark_on_listing(listing, source, now=now)),
        )  # fmt: skip


def _found(facts: ListingFacts) -> str:
    if facts.further and not facts.items:
        return f"sitemaps: {facts.further}" if facts.kind == "sitemap" else "further pages"
    if not facts.items:
        return "nothing"
    times = [at for item in facts.items if (at := item.published_at or item.changed_at)]
    newest = f", newest {max(times):%Y-%m-%d %H:%M} UTC" if times else ""
    noun = "links" if facts.kind == "section" else "items"
    return f"{noun}: {len(facts.items)}, of them articles: {facts.articles}{newest}"


def _read(events: Sequence[RawArticleV1], pages: Sequence[PageFacts]) -> str:
    if not pages:
        return "none"
    well = sum(1 for page in pages if page.outcome in _READ)
    title = ""
    if events:
        newest = max(events, key=lambda event: event.published_at or event.fetched_at)
        title = f", such as “{newest.title}”"
    return f"{well} of {len(pages)} read{title}"


def render_table(rows: Sequence[Row], *, width: int = TABLE_WIDTH) -> str:
    """Return the rows as a table of at most `width` characters.

    Example:
        >>> remark = Remark(level=Level.WRONG, what="an empty feed", advice="use a section page")
        >>> row = Row(source="nld", what="feed https://e.org/rss", found="nothing",
        ...           remarks=(remark,))
        >>> print(render_table([row], width=80))
        source  what                found          is wrong          what to do
        nld     feed                nothing        WRONG an empty    use a section
                https://e.org/rss                  feed              page
    """
    lines = [("source", "what", "found", "is wrong", "what to do")]
    lines += [line for row in rows for line in _cells(row)]
    first = max(len(line[0]) for line in lines)
    rest = max(width - first - 8, 60)
    widths = (first, rest * 28 // 100, rest * 20 // 100, rest * 25 // 100, rest * 27 // 100)
    return "\n".join(text for line in lines for text in _wrap(line, widths))


def _cells(row: Row) -> Iterator[tuple[str, str, str, str, str]]:
    if not row.remarks:
        yield row.source, row.what, row.found, "", ""
    for number, remark in enumerate(row.remarks):
        word = "WRONG " if remark.level is Level.WRONG else ""
        left = (row.source, row.what, row.found) if number == 0 else ("", "", "")
        yield (*left, f"{word}{remark.what}", remark.advice)


def _wrap(cells: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    columns = [
        textwrap.wrap(cell, width, break_on_hyphens=False) or [""]
        for cell, width in zip(cells, widths, strict=True)
    ]
    for number in range(max(len(column) for column in columns)):
        parts = [
            (column[number] if number < len(column) else "").ljust(width)
            for column, width in zip(columns, widths, strict=True)
        ]
        yield "  ".join(parts).rstrip()


def to_check_settings(settings: CrawlerSettings) -> CrawlerSettings:
    """Return the settings for a check: nothing kept, no port of the crawler that may run."""
    return settings.model_copy(
        update={"archive_dir": None, "admin_host": "127.0.0.1", "admin_port": 0,
                "section_pages": 1}
    )  # fmt: skip


def parse_date(text: str | None) -> datetime | None:
    """Return the time of an HTTP Date header, or None where it is none.

    Example:
        >>> parse_date("Thu, 28 May 2026 03:08:00 GMT").isoformat()
        '2026-05-28T03:08:00+00:00'
    """
    try:
        moment = parsedate_to_datetime(text) if text else None
    except ValueError:
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC) if moment else None


def terminal_width() -> int:
    """Return how wide the table may be."""
    return shutil.get_terminal_size((TABLE_WIDTH, 24)).columns


class Collected:
    """A sink that keeps events for the table; nothing is published."""

    def __init__(self) -> None:
        self.events: list[RawArticleV1] = []

    def deliver(self, events: Sequence[RawArticleV1]) -> list[Any]:
        """Take the events."""
        self.events.extend(events)
        return [None] * len(events)

    def is_answering(self) -> bool:
        """It always does."""
        return True

    def close(self) -> None:
        """Nothing is open."""
