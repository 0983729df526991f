"""What the crawler remembers: listings, pages, articles; one SQLite file.

In: what was found, fetched and acknowledged. Out: what is due, and what was last published.
An article's row is written only after its event was acknowledged; a lost file costs fetches.
All methods are called from one thread.
"""

import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from crawler.domain.changes import Known
from crawler.domain.urls import netloc_of
from services.chassis.errors import Fatal

SCHEMA_VERSION = 1

_SCHEMA = """
CREATE TABLE listings (
    url TEXT PRIMARY KEY, source TEXT NOT NULL, kind TEXT NOT NULL, depth INTEGER NOT NULL,
    is_driven INTEGER NOT NULL, host TEXT NOT NULL, next_at REAL, etag TEXT,
    last_modified TEXT, body_hash TEXT, failures INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX listings_due ON listings (next_at) WHERE next_at IS NOT NULL;
CREATE TABLE pages (
    source TEXT NOT NULL, key TEXT NOT NULL, url TEXT NOT NULL, host TEXT NOT NULL, next_at REAL,
    published_at REAL, listed_at REAL, article_id TEXT, etag TEXT, last_modified TEXT,
    checks INTEGER NOT NULL DEFAULT 0, failures INTEGER NOT NULL DEFAULT 0, gone_at REAL,
    is_changed INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (source, key)
) WITHOUT ROWID;
CREATE INDEX pages_due ON pages (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX pages_of_host ON pages (host, next_at) WHERE next_at IS NOT NULL;
CREATE INDEX pages_of_article ON pages (article_id) WHERE article_id IS NOT NULL;
CREATE TABLE hints (
    source TEXT NOT NULL, key TEXT NOT NULL, listing TEXT NOT NULL, hint TEXT NOT NULL,
    PRIMARY KEY (source, key, listing)
) WITHOUT ROWID;
CREATE TABLE articles (
    article_id TEXT PRIMARY KEY, source TEXT NOT NULL, page_key TEXT NOT NULL,
    revision INTEGER NOT NULL, generation INTEGER NOT NULL, content_hash TEXT,
    metadata_hash TEXT, is_withdrawn INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
"""


@dataclass(frozen=True, kw_only=True)
class Listing:
    """A feed, sitemap or section page."""

    url: str
    source: str
    kind: str
    depth: int = 0
    is_driven: bool = False
    """Looked at only when the listing above it says so."""
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    failures: int = 0


@dataclass(frozen=True, kw_only=True)
class Page:
    """An article's page; `key` is what identifies it within its source."""

    source: str
    key: str
    url: str
    published_at: float | None = None
    article_id: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    checks: int = 0
    failures: int = 0
    gone_at: float | None = None
    is_changed: bool = False
    """A listing says that the article changed since it was fetched."""

    @property
    def is_new(self) -> bool:
        """Whether the page was never fetched with success."""
        return self.checks == 0


@dataclass(frozen=True, kw_only=True)
class Article:
    """What was last published of an article."""

    article_id: str
    source: str
    page_key: str
    known: Known


@dataclass(frozen=True, kw_only=True)
class Found:
    """An article's page that a listing names."""

    key: str
    url: str
    published_at: float | None = None
    """When the listing says that it was published."""

    listed_at: float | None = None
    """When it was published or changed; what is newer is fetched first."""

    hint: str | None = None


_LISTING_COLUMNS = "url, source, kind, depth, is_driven, etag, last_modified, body_hash, failures"
_PAGE_COLUMNS = (
    "source, key, url, published_at, article_id, etag, last_modified, checks, failures, gone_at, "
    "is_changed"
)


class State:
    """The crawler's memory."""

    def __init__(self, path: Path | str) -> None:
        """Open or create the file.

        Raises:
            Fatal: the file cannot be used.
        """
        try:
            if isinstance(path, Path):
                path.parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(path, isolation_level=None, timeout=30)
            self._database.execute("PRAGMA journal_mode=WAL")
            self._database.execute("PRAGMA synchronous=NORMAL")
            self._prepare(str(path))
        except (sqlite3.Error, OSError) as error:
            raise Fatal(
                f"The state file {path} cannot be used ({error}); remove it to start afresh."
            ) from error

    def _prepare(self, path: str) -> None:
        version = self._database.execute("PRAGMA user_version").fetchone()[0]
        if version == SCHEMA_VERSION:
            return
        if version != 0:
            raise Fatal(
                f"The state file {path} is of another version ({version}); "
                "remove it to start afresh."
            )
        self._database.executescript(
            f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"
        )

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make several writes durable together, or none of them."""
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")

    # Listings

    def add_listings(self, listings: Iterable[Listing], *, now: float) -> int:
        """Add listings that are not known yet, due now; return how many were new."""
        before = self._database.total_changes
        self._database.executemany(
            "INSERT OR IGNORE INTO listings (url, source, kind, depth, is_driven, host, next_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (x.url, x.source, x.kind, x.depth, int(x.is_driven), netloc_of(x.url), now)
                for x in listings
            ],
        )
        return self._database.total_changes - before

    def retire_listings(self, source: str, *, kept: Collection[str]) -> None:
        """Stop looking at top-level listings that a source no longer has."""
        rows = self._database.execute(
            "SELECT url FROM listings WHERE source = ? AND depth = 0", (source,)
        ).fetchall()
        self._database.executemany(
            "UPDATE listings SET next_at = NULL WHERE url = ?",
            [row for row in rows if row[0] not in kept],
        )

    def make_polled_due(self, source: str, *, now: float) -> None:
        """Look now at all listings of a source that have a schedule of their own."""
        self._database.execute(
            "UPDATE listings SET next_at = ? WHERE source = ? AND is_driven = 0 "
            "AND next_at IS NOT NULL",
            (now, source),
        )

    def has_changed(self, source: str, key: str, listing: str, hint: str) -> bool:
        """Note what a listing says of something; return whether it said otherwise before."""
        row = self._database.execute(
            "SELECT hint FROM hints WHERE source = ? AND key = ? AND listing = ?",
            (source, key, listing),
        ).fetchone()
        if row is not None and row[0] == hint:
            return False
        self._database.execute(
            "INSERT OR REPLACE INTO hints (source, key, listing, hint) VALUES (?, ?, ?, ?)",
            (source, key, listing, hint),
        )
        return row is not None

    def make_listings_due(self, urls: Iterable[str], *, now: float) -> None:
        """Look at these listings now."""
        self._database.executemany(
            "UPDATE listings SET next_at = ? WHERE url = ?", [(now, url) for url in urls]
        )

    def listing(self, url: str) -> Listing | None:
        """Return a listing."""
        row = self._database.execute(
            f"SELECT {_LISTING_COLUMNS} FROM listings WHERE url = ?",  # noqa: S608 - constant columns
            (url,),
        ).fetchone()
        return None if row is None else _to_listing(row)

    def save_listing(self, listing: Listing, *, next_at: float | None) -> None:
        """Write what a look at a listing gave."""
        self._database.execute(
            "UPDATE listings SET etag = ?, last_modified = ?, body_hash = ?, failures = ?, "
            "next_at = ? WHERE url = ?",
            (listing.etag, listing.last_modified, listing.body_hash, listing.failures, next_at,
             listing.url),
        )  # fmt: skip

    # Pages

    def find_pages(self, source: str, listing: str, found: Iterable[Found], *, now: float) -> int:
        """Note what a listing names: unknown pages and changed ones are due now.

        Returns the number of pages that were not known before.
        """
        new = 0
        for item in found:
            row = self._database.execute(
                "SELECT url, gone_at, checks, next_at FROM pages WHERE source = ? AND key = ?",
                (source, item.key),
            ).fetchone()
            if row is None:
                self._database.execute(
                    "INSERT INTO pages (source, key, url, host, next_at, published_at, listed_at) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (
                        source,
                        item.key,
                        item.url,
                        netloc_of(item.url),
                        now,
                        item.published_at,
                        item.listed_at,
                    ),
                )
                new += 1
            elif row[1] is not None and row[0] != item.url:
                # The page is gone where it was, and listed under another address.
                self._database.execute(
                    "UPDATE pages SET url = ?, host = ?, next_at = ?, gone_at = NULL, etag = NULL, "
                    "last_modified = NULL WHERE source = ? AND key = ?",
                    (item.url, netloc_of(item.url), now, source, item.key),
                )
            self._note_hint(source, listing, item, now=now)
        return new

    def _note_hint(self, source: str, listing: str, item: Found, *, now: float) -> None:
        if item.hint is not None and self.has_changed(source, item.key, listing, item.hint):
            self._database.execute(
                "UPDATE pages SET next_at = min(coalesce(next_at, ?), ?), is_changed = 1 "
                "WHERE source = ? AND key = ?",
                (now, now, source, item.key),
            )

    def page(self, source: str, key: str) -> Page | None:
        """Return a page."""
        row = self._database.execute(
            f"SELECT {_PAGE_COLUMNS} FROM pages WHERE source = ? AND key = ?",  # noqa: S608 - as above
            (source, key),
        ).fetchone()
        return None if row is None else _to_page(row)

    def save_page(self, page: Page, *, next_at: float | None) -> None:
        """Write what a look at a page gave."""
        self._database.execute(
            "UPDATE pages SET article_id = ?, etag = ?, last_modified = ?, checks = ?, "
            "failures = ?, gone_at = ?, is_changed = ?, next_at = ? WHERE source = ? AND key = ?",
            (page.article_id, page.etag, page.last_modified, page.checks, page.failures,
             page.gone_at, int(page.is_changed), next_at, page.source, page.key),
        )  # fmt: skip

    # What is due

    def due_hosts(self, *, now: float) -> list[str]:
        """Return the hosts that have a listing or page due."""
        rows = self._database.execute(
            "SELECT host FROM listings WHERE next_at <= ? UNION "
            "SELECT host FROM pages WHERE next_at <= ?",
            (now, now),
        ).fetchall()
        return [row[0] for row in rows]

    def due_listings(self, host: str, *, now: float, limit: int) -> list[Listing]:
        """Return the listings of a host that are due, the longest waiting first."""
        rows = self._database.execute(
            f"SELECT {_LISTING_COLUMNS} FROM listings WHERE next_at <= ?2 AND host = ?1 "  # noqa: S608 - constant columns
            "ORDER BY next_at LIMIT ?3",
            (host, now, limit),
        ).fetchall()
        return [_to_listing(row) for row in rows]

    def due_pages(self, host: str, *, now: float, limit: int) -> list[Page]:
        """Return the pages of a host that are due: changed, new (newest first), then the others."""
        rows = self._database.execute(
            f"SELECT {_PAGE_COLUMNS} FROM pages WHERE host = ? AND next_at <= ? "  # noqa: S608 - constant columns
            "ORDER BY is_changed DESC, checks > 0, listed_at DESC, next_at LIMIT ?",
            (host, now, limit),
        ).fetchall()
        return [_to_page(row) for row in rows]

    def is_due(self, item: Listing | Page, *, now: float) -> bool:
        """Whether a listing or page is due still."""
        if isinstance(item, Listing):
            query, names = "SELECT next_at FROM listings WHERE url = ?", (item.url,)
        else:
            query = "SELECT next_at FROM pages WHERE source = ? AND key = ?"
            names = (item.source, item.key)  # type: ignore[assignment]  # as many as the query takes
        row = self._database.execute(query, names).fetchone()
        return row is not None and row[0] is not None and row[0] <= now

    def count_due_pages(self, *, now: float) -> int:
        """Return how many pages are due."""
        row = self._database.execute(
            "SELECT count(*) FROM pages WHERE next_at <= ?", (now,)
        ).fetchone()
        return int(row[0])

    def next_due_at(self) -> float | None:
        """Return when the next listing or page is due."""
        row = self._database.execute(
            "SELECT min(at) FROM (SELECT min(next_at) AS at FROM listings "
            "UNION ALL SELECT min(next_at) FROM pages)"
        ).fetchone()
        return None if row[0] is None else float(row[0])

    # Articles

    def article(self, article_id: str) -> Article | None:
        """Return what was last published of an article."""
        row = self._database.execute(
            "SELECT source, page_key, revision, generation, content_hash, metadata_hash, "
            "is_withdrawn FROM articles WHERE article_id = ?",
            (article_id,),
        ).fetchone()
        if row is None:
            return None
        return Article(
            article_id=article_id,
            source=row[0],
            page_key=row[1],
            known=Known(revision=row[2], generation=row[3], content_hash=row[4],
                        metadata_hash=row[5], is_withdrawn=bool(row[6])),
        )  # fmt: skip

    def save_article(self, article: Article) -> None:
        """Write what was acknowledged of an article."""
        known = article.known
        self._database.execute(
            "INSERT OR REPLACE INTO articles (article_id, source, page_key, revision, generation, "
            "content_hash, metadata_hash, is_withdrawn) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (article.article_id, article.source, article.page_key, known.revision,
             known.generation, known.content_hash, known.metadata_hash, int(known.is_withdrawn)),
        )  # fmt: skip

    def save_generation(self, article_id: str, generation: int) -> None:
        """Note that a newer parser read the same from an article."""
        self._database.execute(
            "UPDATE articles SET generation = ? WHERE article_id = ? AND generation < ?",
            (generation, article_id, generation),
        )

    def make_outdated_due(self, generation: int, *, now: float) -> None:
        """Look again at the articles that an older parser read."""
        self._database.execute(
            "UPDATE pages SET next_at = min(coalesce(next_at, ?), ?), is_changed = 1 "
            "WHERE article_id IN (SELECT article_id FROM articles WHERE generation < ? "
            "AND is_withdrawn = 0)",
            (now, now, generation),
        )


def _to_listing(row: tuple[object, ...]) -> Listing:
    names = _LISTING_COLUMNS.split(", ")
    listing = Listing(**dict(zip(names, row, strict=True)))  # type: ignore[arg-type]  # typed by the schema
    return replace(listing, is_driven=bool(listing.is_driven))


def _to_page(row: tuple[object, ...]) -> Page:
    names = _PAGE_COLUMNS.split(", ")
    page = Page(**dict(zip(names, row, strict=True)))  # type: ignore[arg-type]  # typed by the schema
    return replace(page, is_changed=bool(page.is_changed))
