"""Orders to fetch the past, and how far each has come; tables of the crawler's state file.

In: an order (a source, since when, how many requests), and what its walk found. Out: what to
fetch next for it. The walk goes from sitemaps, feeds and sections to articles, newest first, and
takes an order up where it was left, whoever left it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urljoin

from crawler.domain.feeds import Listed, parse_feed
from crawler.domain.html import cut_after, decode, parse_text
from crawler.domain.sections import find_archives, find_articles, next_page
from crawler.domain.sitemaps import DEPTH_LIMIT, is_recent, parse_sitemap
from crawler.domain.urls import canonicalise
from crawler.sites.base import Site
from crawler.sources import Source
from crawler.state import Found, State

FAILURE_LIMIT = 4
"""What failed so often for an order is left out."""

SECTION_PAGE_LIMIT = 5_000
"""How many pages of a section are turned, budget allowing."""

BARREN_LIMIT = 3
"""After so many pages of a section in a row that name nothing new, it is not turned further."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """An order to fetch a source's past."""

    source: str
    since: float
    """Epoch seconds; nothing older is published."""
    begun_at: float
    requests_left: int
    requests_made: int = 0
    walk: float = 0.0
    """When the walk began that this order is in; a later order may go on with it."""


@dataclass(frozen=True, kw_only=True)
class PastListing:
    """A listing to walk; `previous` is the page of a section that it goes on from."""

    source: str
    url: str
    kind: str
    depth: int = 0
    rank: float = 0.0
    """What is newer is walked first."""
    previous: str | None = None


@dataclass(frozen=True, kw_only=True)
class PastPage:
    """An article's page to fetch once."""

    source: str
    key: str
    url: str
    published_at: float | None = None


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far an order has come."""

    pages_done: int
    pages_left: int
    listings_left: int

    @property
    def is_finished(self) -> bool:
        """Whether nothing is left to fetch."""
        return not self.pages_left and not self.listings_left


class Past:
    """The orders of a state file."""

    def __init__(self, state: State) -> None:
        self._database = state.connection

    # Orders

    def place(
        self, source: str, *, since: float, requests: int, seeds: Iterable[PastListing], now: float
    ) -> Order:
        """Place an order, or go on with the one there is with a new budget.

        An order that goes further back, or that was finished, walks its listings again; pages
        that were fetched for it are not fetched again.
        """
        known = self.order(source)
        walk = known.walk if known else now
        if known is None or since < known.since or self.progress(source).is_finished:
            walk = now
            self._database.execute("DELETE FROM past_listings WHERE source = ?", (source,))
            # What was fetched and found too old for the order as it was:
            self._database.execute(
                "DELETE FROM past_pages WHERE source = ? AND is_done = 1 AND published_at < ?",
                (source, known.since if known else since),
            )
            self.add_listings(seeds)
        self._database.execute(
            "INSERT OR REPLACE INTO past_orders VALUES (?, ?, ?, ?, 0, ?)",
            (source, since, now, requests, walk),
        )
        return Order(source=source, since=since, begun_at=now, requests_left=requests, walk=walk)

    def order(self, source: str) -> Order | None:
        """Return a source's order."""
        return next((order for order in self._orders("source = ?", (source,))), None)

    def open_orders(self) -> list[Order]:
        """Return the orders that have requests left and something to fetch."""
        return [
            order for order in self._orders("requests_left > 0", ())
            if not self.progress(order.source).is_finished
        ]  # fmt: skip

    def _orders(self, condition: str, values: tuple[object, ...]) -> list[Order]:
        rows = self._database.execute(
            "SELECT source, since, begun_at, requests_left, requests_made, walk FROM past_orders "  # noqa: S608 - constant conditions
            f"WHERE {condition} ORDER BY begun_at",
            values,
        ).fetchall()
        return [
            Order(source=row[0], since=row[1], begun_at=row[2], requests_left=row[3],
                  requests_made=row[4], walk=row[5])
            for row in rows
        ]  # fmt: skip

    def spend(self, source: str) -> bool:
        """Take one request from an order's budget; return whether there was one."""
        cursor = self._database.execute(
            "UPDATE past_orders SET requests_left = requests_left - 1, "
            "requests_made = requests_made + 1 WHERE source = ? AND requests_left > 0",
            (source,),
        )
        return cursor.rowcount > 0

    def progress(self, source: str) -> Progress:
        """Return how far a source's order has come."""
        done, left = self._database.execute(
            "SELECT coalesce(sum(is_done), 0), coalesce(sum(NOT is_done), 0) FROM past_pages "
            "WHERE source = ?",
            (source,),
        ).fetchone()
        (listings,) = self._database.execute(
            "SELECT count(*) FROM past_listings WHERE source = ? AND is_done = 0", (source,)
        ).fetchone()
        return Progress(pages_done=done, pages_left=left, listings_left=listings)

    # The walk

    def add_listings(self, listings: Iterable[PastListing]) -> None:
        """Note listings to walk, once each."""
        self._database.executemany(
            "INSERT OR IGNORE INTO past_listings (source, url, kind, depth, rank, previous) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            [(x.source, x.url, x.kind, x.depth, x.rank, x.previous) for x in listings],
        )

    def add_pages(self, order: Order, listing: str, found: Sequence[Found]) -> int:
        """Note articles that a listing names; return how many are new to this walk."""
        before = self._database.total_changes
        self._database.executemany(
            "INSERT INTO past_pages (source, key, url, listing, published_at, walk) "
            "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (source, key) DO UPDATE "
            "SET listing = excluded.listing, walk = excluded.walk WHERE walk <> excluded.walk",
            [
                (order.source, item.key, item.url, listing, item.published_at, order.walk)
                for item in found
            ],
        )
        return self._database.total_changes - before

    def next_item(self, order: Order) -> PastListing | PastPage | None:
        """Return what to fetch next: the newest article found, else the next listing."""
        while True:
            row = self._database.execute(
                "SELECT source, key, url, published_at FROM past_pages "
                "WHERE source = ? AND is_done = 0 ORDER BY failures, published_at DESC, rowid "
                "LIMIT 1",
                (order.source,),
            ).fetchone()
            if row is not None:
                return PastPage(source=row[0], key=row[1], url=row[2], published_at=row[3])
            listing = self._next_listing(order.source)
            if listing is None or not self._is_beyond(listing, order):
                return listing
            self.finish_listing(listing)

    def _next_listing(self, source: str) -> PastListing | None:
        row = self._database.execute(
            "SELECT source, url, kind, depth, rank, previous FROM past_listings "
            "WHERE source = ? AND is_done = 0 ORDER BY failures, "
            # Sitemaps first: they give dates, and name more articles for a request.
            "CASE kind WHEN 'sitemap' THEN 0 WHEN 'feed' THEN 1 ELSE 2 END, "
            "depth DESC, rank DESC, rowid LIMIT 1",
            (source,),
        ).fetchone()
        if row is None:
            return None
        return PastListing(source=row[0], url=row[1], kind=row[2], depth=row[3], rank=row[4],
                           previous=row[5])  # fmt: skip

    def _is_beyond(self, listing: PastListing, order: Order) -> bool:
        """Whether the page before this one of a section had nothing but what is too old."""
        if listing.previous is None:
            return False
        young, dated = self._database.execute(
            "SELECT coalesce(sum(published_at >= ?), 0), count(published_at) FROM past_pages "
            "WHERE source = ? AND listing = ?",
            (order.since, order.source, listing.previous),
        ).fetchone()
        return bool(dated and not young)

    def finish_listing(self, listing: PastListing) -> None:
        """Note that a listing was walked, or need not be."""
        self._database.execute(
            "UPDATE past_listings SET is_done = 1 WHERE source = ? AND url = ?",
            (listing.source, listing.url),
        )

    def finish_page(self, page: PastPage) -> None:
        """Note that a page was fetched, or need not be."""
        self._database.execute(
            "UPDATE past_pages SET is_done = 1 WHERE source = ? AND key = ?",
            (page.source, page.key),
        )

    def note_time(self, page: PastPage, published_at: float) -> None:
        """Write when an article was published, by its own page."""
        self._database.execute(
            "UPDATE past_pages SET published_at = ? WHERE source = ? AND key = ?",
            (published_at, page.source, page.key),
        )

    def fail(self, item: PastListing | PastPage) -> None:
        """Note that something could not be fetched; its turn comes again, a few times."""
        table, column, value = (
            ("past_listings", "url", item.url)
            if isinstance(item, PastListing)
            else ("past_pages", "key", item.key)
        )
        self._database.execute(
            f"UPDATE {table} SET failures = failures + 1, "  # noqa: S608 - constant names
            f"is_done = failures + 1 >= {FAILURE_LIMIT} WHERE source = ? AND {column} = ?",
            (item.source, value),
        )


@dataclass(frozen=True, kw_only=True)
class PastContent:
    """What a listing names: articles, and listings that go on from it."""

    items: tuple[Listed, ...]
    further: tuple[PastListing, ...]


def read_past(
    body: bytes, *, listing: PastListing, url: str, content_type: str | None, site: Site | None,
    since: datetime, now: datetime,
) -> PastContent | None:  # fmt: skip
    """Return what a listing names of the time since then, None when it cannot be read."""
    if listing.kind == "feed":
        feed = parse_feed(body, url=url, now=now, content_type=content_type)
        if feed is None:
            return None
        following = [feed.next_url] if feed.next_url else []
        further = [_go_on(listing, each, kind="feed", is_next=True) for each in following]
        return PastContent(items=feed.items, further=tuple(further))
    if listing.kind == "sitemap":
        sitemap = parse_sitemap(body, url=url, now=now)
        if sitemap is None:
            return None
        shards = sitemap.shards if listing.depth + 1 < DEPTH_LIMIT else ()
        return PastContent(
            items=sitemap.items,
            further=tuple(
                _go_on(listing, shard.url, kind="sitemap",
                       rank=shard.changed_at.timestamp() if shard.changed_at else -float(place))
                for place, shard in enumerate(shards) if is_recent(shard, since=since)
            ),
        )  # fmt: skip
    root = parse_text(decode(body, content_type=content_type))
    if root is None:
        return None
    cut_after(root)
    following_page = next_page(root, url=url, limit=SECTION_PAGE_LIMIT)
    pages = (
        [_go_on(listing, following_page, kind="section", is_next=True)] if following_page else []
    )
    archives = [
        _go_on(listing, address, kind="section", rank=month.timestamp())
        for address, month in find_archives(root, url=url, since=since, now=now)
    ]
    return PastContent(
        items=find_articles(root, url=url, is_article=site.is_article if site else None),
        further=(*pages, *archives),
    )


def _go_on(
    listing: PastListing, url: str, *, kind: str, rank: float = 0.0, is_next: bool = False
) -> PastListing:
    return PastListing(
        source=listing.source, url=url, kind=kind, depth=listing.depth + 1, rank=rank,
        previous=listing.url if is_next else None,
    )  # fmt: skip


def turn_pages(
    listing: PastListing, further: Sequence[PastListing], *, has_news: bool
) -> list[PastListing]:
    """Return the listings to go on with: no page after page that names nothing new.

    Such pages are what some sites answer to any number.
    """
    barren = 0.0 if has_news else min(listing.rank, 0.0) - 1
    return [
        replace(each, rank=barren) if each.previous is not None else each
        for each in further
        if each.previous is None or barren > -BARREN_LIMIT
    ]


def seeds_of(source: Source) -> list[PastListing]:
    """Return where the walk over a source's past begins.

    Where the sources file names no sitemap, the usual address of one is asked for.
    """
    sitemaps = source.sitemaps or tuple(
        dict.fromkeys(urljoin(url, "/sitemap.xml") for url in source.listings)
    )
    return [
        PastListing(source=source.id, url=address, kind=kind)
        for kind, urls in (("sitemap", sitemaps), ("feed", source.feeds),
                           ("section", source.sections))
        for url in urls if (address := canonicalise(url)) is not None
    ]  # fmt: skip
