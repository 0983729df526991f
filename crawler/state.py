"""What the crawler remembers: listings, pages, articles; one SQLite file.

In: what was found, fetched and acknowledged. Out: what is due, and what was last published.
An article's row is written only after its event was acknowledged; a lost file costs fetches.
All methods are called from one thread.
"""

import fcntl
import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, TextIO

from crawler.domain.changes import Known, is_believable
from crawler.domain.schedule import Habit
from crawler.domain.urls import netloc_of
from crawler.domain.wishes import Wishes
from services.chassis.errors import Fatal

_FIRST_SCHEMA = """
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

_HABITS = """
ALTER TABLE listings ADD COLUMN habit TEXT NOT NULL DEFAULT '{}';
ALTER TABLE listings ADD COLUMN wishes TEXT NOT NULL DEFAULT '{}';
ALTER TABLE articles ADD COLUMN new_at REAL;
CREATE INDEX articles_new ON articles (source, new_at) WHERE new_at IS NOT NULL;
CREATE TABLE hosts (host TEXT PRIMARY KEY, rests_until REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE sources (
    source TEXT PRIMARY KEY, watched_since REAL NOT NULL, last_success_at REAL
) WITHOUT ROWID;
CREATE TABLE clock (id INTEGER PRIMARY KEY CHECK (id = 1), seen_at REAL NOT NULL);
UPDATE listings SET is_driven = 0, next_at = coalesce(next_at, 0) WHERE kind = 'sitemap';
"""

_PAST = """
CREATE TABLE past_orders (
    source TEXT PRIMARY KEY, since REAL NOT NULL, begun_at REAL NOT NULL,
    requests_left INTEGER NOT NULL, requests_made INTEGER NOT NULL, walk REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE past_listings (
    source TEXT NOT NULL, url TEXT NOT NULL, kind TEXT NOT NULL, depth INTEGER NOT NULL,
    rank REAL NOT NULL, previous TEXT, failures INTEGER NOT NULL DEFAULT 0,
    is_done INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (source, url)
);
CREATE TABLE past_pages (
    source TEXT NOT NULL, key TEXT NOT NULL, url TEXT NOT NULL, listing TEXT NOT NULL,
    published_at REAL, walk REAL NOT NULL, failures INTEGER NOT NULL DEFAULT 0,
    is_done INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (source, key)
);
CREATE INDEX past_pages_left ON past_pages (source, failures, published_at) WHERE is_done = 0;
CREATE INDEX past_pages_of_listing ON past_pages (source, listing);
"""
"""Kept by `crawler.past`."""

_LOOKS = """
ALTER TABLE listings ADD COLUMN looks INTEGER NOT NULL DEFAULT 0;
"""

_SCRIPTS = (_FIRST_SCHEMA, _HABITS, _PAST, _LOOKS)
"""Each takes the file one version further; scripts are only ever added."""

NEWS_LIMIT = 3_000
"""How many articles of a source tell its habit; a hundred a day for four weeks."""

_DUE_TIMES = (("listings", "next_at"), ("pages", "next_at"), ("pages", "gone_at"),
              ("hosts", "rests_until"))  # fmt: skip


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
    looks: int = 0
    """Answers 304 in a row; -1: its validators lie."""
    habit: Habit = field(default_factory=Habit)
    wishes: Wishes = field(default_factory=Wishes)


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
    is_past: bool = False
    """Fetched once, for its past: it has no schedule. Not written down."""

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
    new_at: float | None = None
    """When it was published, by the page or else by our finding it; None: it was imported."""


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


_LISTING_COLUMNS = (
    "url, source, kind, depth, is_driven, etag, last_modified, body_hash, failures, looks, "
    "habit, wishes"
)
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
        self._path = path if isinstance(path, Path) else None
        self._lock: TextIO | None = None
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
        if version > len(_SCRIPTS):
            raise Fatal(
                f"The state file {path} was written by a newer version ({version}); "
                "use that one, or remove the file to start afresh."
            )
        for number, script in enumerate(_SCRIPTS[version:], version + 1):
            self._database.executescript(
                f"BEGIN IMMEDIATE; {script} PRAGMA user_version = {number}; COMMIT;"
            )

    @property
    def connection(self) -> sqlite3.Connection:
        """The open file, for what keeps tables of its own in it."""
        return self._database

    def claim(self) -> None:
        """Keep every other crawler from this file, until the process ends.

        Raises:
            Fatal: another crawler has it.
        """
        if self._path is None:
            return
        path = self._path.with_name(f"{self._path.name}.lock")
        lock: TextIO | None = None
        try:
            lock = path.open("a+", encoding="ascii")
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if lock is not None:
                lock.close()
            raise Fatal(
                f"The state file {self._path} is in use by another crawler: stop that one, "
                "or give this one a file of its own (--state)."
            ) from error
        except OSError as error:
            raise Fatal(f"The state file cannot be locked: {path}: {error.strerror}.") from error
        self._lock = lock

    def close(self) -> None:
        """Close the file, and let others have it."""
        self._database.close()
        if self._lock is not None:
            self._lock.close()

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
            "INSERT OR IGNORE INTO listings (url, source, kind, depth, is_driven, host, next_at, "
            "habit) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    x.url,
                    x.source,
                    x.kind,
                    x.depth,
                    int(x.is_driven),
                    netloc_of(x.url),
                    now,
                    json.dumps(asdict(x.habit)),
                )
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

    def make_polled_due(self, source: str, *, now: float, within_seconds: float) -> None:
        """Look now at a source's own listings, and at those below that are due soon anyway."""
        self._database.execute(
            "UPDATE listings SET next_at = ? WHERE source = ? AND is_driven = 0 "
            "AND next_at IS NOT NULL AND (depth = 0 OR next_at <= ?)",
            (now, source, now + within_seconds),
        )

    def revive_listings(self, urls: Iterable[str], *, now: float) -> None:
        """Look now at listings that were retired, and are wanted again, and at those that fail."""
        self._database.executemany(
            "UPDATE listings SET next_at = ? WHERE url = ? AND (next_at IS NULL OR failures > 0)",
            [(now, url) for url in urls],
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
            "looks = ?, habit = ?, wishes = ?, next_at = ? WHERE url = ?",
            (listing.etag, listing.last_modified, listing.body_hash, listing.failures,
             listing.looks,
             json.dumps(asdict(listing.habit)), json.dumps(asdict(listing.wishes)), next_at,
             listing.url),
        )  # fmt: skip

    def save_rank(self, url: str, rank: int) -> None:
        """Note the how manieth newest of its index a sitemap is now."""
        self._database.execute(
            "UPDATE listings SET habit = json_set(habit, '$.rank', ?1) "
            "WHERE url = ?2 AND coalesce(json_extract(habit, '$.rank'), 1) != ?1",
            (rank, url),
        )

    # Pages

    def find_pages(
        self, source: str, listing: str, found: Iterable[Found], *, now: float
    ) -> list[Found]:
        """Note what a listing names: unknown pages and changed ones are due now.

        Returns the pages that were not known before.
        """
        new: list[Found] = []
        changed: list[str] = []
        listed = 0
        for item in found:
            listed += 1
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
                new.append(item)
            elif row[1] is not None and row[0] != item.url:
                # The page is gone where it was, and listed under another address.
                self._database.execute(
                    "UPDATE pages SET url = ?, host = ?, next_at = ?, gone_at = NULL, etag = NULL, "
                    "last_modified = NULL WHERE source = ? AND key = ?",
                    (item.url, netloc_of(item.url), now, source, item.key),
                )
            if item.hint is not None and self.has_changed(source, item.key, listing, item.hint):
                changed.append(item.key)
        if is_believable(len(changed), listed=listed):
            self._database.executemany(
                "UPDATE pages SET next_at = min(coalesce(next_at, ?), ?), is_changed = 1 "
                "WHERE source = ? AND key = ?",
                [(now, now, source, key) for key in changed],
            )
        return new

    def page(self, source: str, key: str) -> Page | None:
        """Return a page."""
        row = self._database.execute(
            f"SELECT {_PAGE_COLUMNS} FROM pages WHERE source = ? AND key = ?",  # noqa: S608 - as above
            (source, key),
        ).fetchone()
        return None if row is None else _to_page(row)

    def add_page(self, page: Page) -> None:
        """Note a page that no listing named, with no look planned."""
        self._database.execute(
            "INSERT OR IGNORE INTO pages (source, key, url, host, published_at) "
            "VALUES (?, ?, ?, ?, ?)",
            (page.source, page.key, page.url, netloc_of(page.url), page.published_at),
        )

    def save_page(self, page: Page, *, next_at: float | None) -> None:
        """Write what a look at a page gave."""
        next_at = None if page.is_past else next_at
        self._database.execute(
            "UPDATE pages SET article_id = ?, etag = ?, last_modified = ?, checks = ?, "
            "failures = ?, gone_at = ?, is_changed = ?, next_at = ? WHERE source = ? AND key = ?",
            (page.article_id, page.etag, page.last_modified, page.checks, page.failures,
             page.gone_at, int(page.is_changed), next_at, page.source, page.key),
        )  # fmt: skip

    # What is due

    def due_hosts(self, *, now: float) -> list[str]:
        """Return the hosts that have a listing or page due."""
        # From host to host by the index, however many pages each of them has due.
        rows = self._database.execute(
            "WITH RECURSIVE hosts(host) AS ("
            "  SELECT min(host) FROM pages WHERE next_at IS NOT NULL UNION ALL"
            "  SELECT (SELECT min(host) FROM pages WHERE host > hosts.host"
            "          AND next_at IS NOT NULL) FROM hosts WHERE hosts.host IS NOT NULL) "
            "SELECT host FROM listings WHERE next_at <= ?1 UNION "
            "SELECT host FROM hosts WHERE EXISTS ("
            "  SELECT 1 FROM pages WHERE pages.host = hosts.host AND next_at <= ?1)",
            (now,),
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

    def is_planned(self, page: Page) -> bool:
        """Whether a look at a page is planned, now or later."""
        row = self._database.execute(
            "SELECT next_at FROM pages WHERE source = ? AND key = ?", (page.source, page.key)
        ).fetchone()
        return row is not None and row[0] is not None

    def count_due_pages(self, *, now: float) -> dict[str, int]:
        """Return how many pages are due, of each source that has some."""
        rows = self._database.execute(
            "SELECT source, count(*) FROM pages WHERE next_at <= ? GROUP BY source", (now,)
        ).fetchall()
        return {str(source): int(count) for source, count in rows}

    # The clock, hosts and sources

    def seen_at(self) -> float | None:
        """Return the latest time that `save_seen_at` wrote."""
        row = self._database.execute("SELECT seen_at FROM clock").fetchone()
        return None if row is None else float(row[0])

    def save_seen_at(self, now: float) -> None:
        """Write what time it is, to know it when the clock runs backwards."""
        self._database.execute("INSERT OR REPLACE INTO clock (id, seen_at) VALUES (1, ?)", (now,))

    def move_due_times(self, seconds: float) -> None:
        """Move all that is planned along with a clock that was set back."""
        for table, column in _DUE_TIMES:
            self._database.execute(
                f"UPDATE {table} SET {column} = {column} + ?",  # noqa: S608 - constant names
                (seconds,),
            )

    def bring_forward(self, *, listings_by: float, pages_by: float) -> int:
        """Plan nothing beyond these times; return how many listings and pages were."""
        moved = 0
        for table, latest in (("listings", listings_by), ("pages", pages_by)):
            cursor = self._database.execute(
                f"UPDATE {table} SET next_at = ?1 WHERE next_at > ?1",  # noqa: S608 - as above
                (latest,),
            )
            moved += cursor.rowcount
        return moved

    def resting_hosts(self, *, now: float) -> dict[str, float]:
        """Return the hosts that asked to be left alone, and until when."""
        self._database.execute("DELETE FROM hosts WHERE rests_until <= ?", (now,))
        rows = self._database.execute("SELECT host, rests_until FROM hosts").fetchall()
        return {str(host): float(until) for host, until in rows}

    def watch_source(self, source: str, *, now: float) -> tuple[float, float | None]:
        """Return since when a source is watched, and when a listing of it was last read."""
        self._database.execute(
            "INSERT OR IGNORE INTO sources (source, watched_since) VALUES (?, ?)", (source, now)
        )
        row = self._database.execute(
            "SELECT watched_since, last_success_at FROM sources WHERE source = ?", (source,)
        ).fetchone()
        return float(row[0]), row[1]

    def save_success(self, source: str, *, now: float) -> None:
        """Note that a listing of a source was read."""
        self._database.execute(
            "UPDATE sources SET last_success_at = ? WHERE source = ?", (now, source)
        )

    def news_moments(self, source: str) -> list[float]:
        """Return when the newest articles of a source were published, the newest first."""
        rows = self._database.execute(
            "SELECT new_at FROM articles WHERE source = ? AND new_at IS NOT NULL "
            "ORDER BY new_at DESC LIMIT ?",
            (source, NEWS_LIMIT),
        ).fetchall()
        return [float(row[0]) for row in rows]

    def save_rest(self, host: str, *, until: float) -> None:
        """Note that a host asked to be left alone."""
        self._database.execute("INSERT OR REPLACE INTO hosts VALUES (?, ?)", (host, until))

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
            "is_withdrawn, new_at FROM articles WHERE article_id = ?",
            (article_id,),
        ).fetchone()
        if row is None:
            return None
        return Article(
            article_id=article_id,
            source=row[0],
            page_key=row[1],
            new_at=row[7],
            known=Known(revision=row[2], generation=row[3], content_hash=row[4],
                        metadata_hash=row[5], is_withdrawn=bool(row[6])),
        )  # fmt: skip

    def save_article(self, article: Article) -> None:
        """Write what was acknowledged of an article."""
        known = article.known
        self._database.execute(
            "INSERT OR REPLACE INTO articles (article_id, source, page_key, revision, generation, "
            "content_hash, metadata_hash, is_withdrawn, new_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (article.article_id, article.source, article.page_key, known.revision,
             known.generation, known.content_hash, known.metadata_hash,
             int(known.is_withdrawn), article.new_at),
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
    values: dict[str, Any] = dict(zip(names, row, strict=True))
    wishes: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in json.loads(values.pop("wishes")).items()
    }
    habit = Habit(**json.loads(values.pop("habit")))
    listing = Listing(**values, habit=habit, wishes=Wishes(**wishes))
    return replace(listing, is_driven=bool(listing.is_driven))


def _to_page(row: tuple[object, ...]) -> Page:
    names = _PAGE_COLUMNS.split(", ")
    page = Page(**dict(zip(names, row, strict=True)))  # type: ignore[arg-type]  # typed by the schema
    return replace(page, is_changed=bool(page.is_changed))
