"""The desk's own store: users, sessions, keys, saved searches, deliveries, judgements.

In: one SQLite file. Out: transactions on it. It is shared by the desk and the notifier of one
machine (WAL), carries the version of its schema, and is copied by one command while both run.
"""

import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Final

import structlog

from services.chassis.errors import Fatal

APPLICATION_ID: Final = 0x75776465
"""Marks the file as ours: "uwde"."""
_BUSY_SECONDS: Final = 10.0
_OWNER_ONLY: Final = 0o600

log = structlog.get_logger()

MIGRATIONS: Final[tuple[str, ...]] = (
    """
    CREATE TABLE secrets (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE users (
        id INTEGER PRIMARY KEY, name TEXT NOT NULL COLLATE NOCASE UNIQUE, role TEXT NOT NULL,
        password_hash TEXT NOT NULL, created_ms INTEGER NOT NULL
    );
    CREATE TABLE sessions (
        token_hash BLOB PRIMARY KEY,
        user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
        created_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE api_keys (
        id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
        label TEXT NOT NULL, hint TEXT NOT NULL, key_hash BLOB NOT NULL UNIQUE,
        is_read_only INTEGER NOT NULL, created_ms INTEGER NOT NULL, used_ms INTEGER
    );
    CREATE TABLE saved_searches (
        id INTEGER PRIMARY KEY AUTOINCREMENT, owner_id INTEGER REFERENCES users ON DELETE CASCADE,
        name TEXT NOT NULL, kind TEXT NOT NULL, query TEXT NOT NULL, language TEXT NOT NULL,
        feed_token TEXT NOT NULL UNIQUE, email TEXT, webhook_url TEXT, webhook_secret TEXT NOT NULL,
        is_paused INTEGER NOT NULL DEFAULT 0, created_ms INTEGER NOT NULL
    );
    CREATE INDEX saved_searches_of_owner ON saved_searches (owner_id);
    CREATE TABLE deliveries (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        saved_search_id INTEGER NOT NULL REFERENCES saved_searches ON DELETE CASCADE,
        article_id TEXT NOT NULL, revision INTEGER NOT NULL, cause TEXT NOT NULL,
        item TEXT NOT NULL, indexed_ms INTEGER NOT NULL, matched_ms INTEGER NOT NULL,
        UNIQUE (saved_search_id, article_id, revision, cause)
    );
    CREATE INDEX deliveries_by_time ON deliveries (matched_ms);
    CREATE TABLE messages (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        saved_search_id INTEGER NOT NULL REFERENCES saved_searches ON DELETE CASCADE,
        channel TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'pending',
        attempts INTEGER NOT NULL DEFAULT 0, is_doubtful INTEGER NOT NULL,
        next_attempt_ms INTEGER NOT NULL, created_ms INTEGER NOT NULL,
        finished_ms INTEGER, error TEXT
    );
    CREATE INDEX messages_pending ON messages (is_doubtful, next_attempt_ms)
        WHERE state = 'pending';
    CREATE INDEX messages_of_search ON messages (saved_search_id, channel, id);
    CREATE TABLE dispatches (
        delivery_id INTEGER NOT NULL REFERENCES deliveries ON DELETE CASCADE,
        channel TEXT NOT NULL,
        message_id INTEGER REFERENCES messages ON DELETE CASCADE,
        PRIMARY KEY (delivery_id, channel)
    ) WITHOUT ROWID;
    CREATE INDEX dispatches_waiting ON dispatches (delivery_id) WHERE message_id IS NULL;
    CREATE INDEX dispatches_of_message ON dispatches (message_id);
    CREATE TABLE judgements (
        id INTEGER PRIMARY KEY, article_id TEXT NOT NULL, judged TEXT NOT NULL,
        verdict TEXT NOT NULL, correction TEXT NOT NULL, note TEXT NOT NULL,
        user_id INTEGER REFERENCES users ON DELETE SET NULL, user_name TEXT NOT NULL,
        judged_ms INTEGER NOT NULL, ended_ms INTEGER
    );
    CREATE INDEX judgements_of_article ON judgements (article_id);
    """,
)
"""One script a version of the schema; a released one never changes."""


class Store:
    """The open file; safe to use from any thread.

    Args:
        path: the file, made when it is missing; None keeps everything in memory.

    Raises:
        Fatal: the file cannot be used; the sentence says why.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._lock = threading.RLock()
        try:
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
                os.close(os.open(path, os.O_RDWR | os.O_CREAT, _OWNER_ONLY))
            self._connection = _connect(path)
            self._migrate()
        except (OSError, sqlite3.Error) as error:
            raise Fatal(
                f"The desk's store {path} cannot be used: {error}; set SEARCH_STORE_FILE, or "
                "restore a backup."
            ) from error

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Write: all of it or nothing."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def read(self, statement: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """Return the rows of a query."""
        with self._lock:
            return self._connection.execute(statement, values).fetchall()

    def read_secret(self, name: str) -> bytes:
        """Return a random secret of this store, made when it is first asked for."""
        with self.transaction() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO secrets (name, value) VALUES (?, ?)", (name, os.urandom(32))
            )
            row = connection.execute("SELECT value FROM secrets WHERE name = ?", (name,)).fetchone()
        return bytes(row["value"])

    def is_writable(self) -> bool:
        """Return whether the store takes a transaction now."""
        with self.transaction():
            return True

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def _migrate(self) -> None:
        version = check_store(self._connection, name=str(self.path))
        if version == len(MIGRATIONS):
            return
        # a second process may be doing the same: whoever is second finds nothing left to do
        with self.transaction() as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
                for statement in script.split(";\n"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {number}")
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        log.info("store_migrated", version=len(MIGRATIONS))


def check_store(connection: sqlite3.Connection, *, name: str) -> int:
    """Return the version of a store's schema, 0 of an empty file.

    Raises:
        Fatal: the file belongs to another program, or to a newer release.
    """
    # tables first: one who makes the store meanwhile sets its marks together with them
    has_tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] > 0
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if has_tables and application != APPLICATION_ID:
        raise Fatal(f"{name} is no store of the desk: it belongs to another program.")
    if version > len(MIGRATIONS):
        raise Fatal(
            f"{name} was written by a newer release (schema {version}, this one knows "
            f"{len(MIGRATIONS)}): run that release, or restore a backup from before it."
        )
    return version


def back_up(store_file: Path, target: Path) -> int:
    """Copy the store to a new file while it is used; returns the copy's size in bytes.

    Raises:
        Fatal: there is no store, or the target exists or cannot be written.
    """
    if not store_file.is_file():
        raise Fatal(f"There is no store at {store_file}; set SEARCH_STORE_FILE.")
    try:
        os.close(os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, _OWNER_ONLY))
    except OSError as error:
        raise Fatal(f"Cannot write the backup {target}: {error.strerror}.") from error
    try:
        with closing(_connect(store_file)) as source, closing(sqlite3.connect(target)) as copy:
            check_store(source, name=str(store_file))
            source.backup(copy)
            # one file that needs no other beside it
            copy.execute("PRAGMA journal_mode = DELETE")
        _check_integrity(target)
    except (sqlite3.Error, Fatal) as error:
        target.unlink(missing_ok=True)
        raise Fatal(f"The backup of {store_file} failed: {error}") from error
    return target.stat().st_size


def restore(backup: Path, store_file: Path) -> Path | None:
    """Put a backup in the store's place; returns where the former store was kept, if there was one.

    The desk and the notifier must not run meanwhile.

    Raises:
        Fatal: the backup is damaged or no store; the store is left as it was.
    """
    if not backup.is_file():
        raise Fatal(f"There is no backup at {backup}.")
    try:
        with closing(sqlite3.connect(f"{backup.resolve().as_uri()}?mode=ro", uri=True)) as source:
            if check_store(source, name=str(backup)) == 0:
                raise Fatal(f"{backup} is empty.")
        _check_integrity(backup)
    except sqlite3.Error as error:
        raise Fatal(f"{backup} is no usable backup: {error}.") from error
    former = _choose_former(store_file) if store_file.is_file() else None
    if former is not None:
        back_up(store_file, former)
    store_file.parent.mkdir(parents=True, exist_ok=True)
    coming = store_file.with_name(f"{store_file.name}.coming")
    coming.unlink(missing_ok=True)
    back_up(backup, coming)
    for beside in ("-wal", "-shm"):
        store_file.with_name(store_file.name + beside).unlink(missing_ok=True)
    coming.replace(store_file)
    return former


def _choose_former(store_file: Path) -> Path:
    numbered = (store_file.with_name(f"{store_file.name}.former-{n}") for n in count(1))
    return next(path for path in numbered if not path.exists())


def _check_integrity(path: Path) -> None:
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        answer = connection.execute("PRAGMA integrity_check").fetchone()[0]
    if answer != "ok":
        raise Fatal(f"{path} is damaged: {answer}.")


def _connect(path: Path | None) -> sqlite3.Connection:
    connection = sqlite3.connect(
        ":memory:" if path is None else path,
        isolation_level=None,
        check_same_thread=False,
        timeout=_BUSY_SECONDS,
    )
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA journal_mode = WAL")
    # a delivery that a power cut forgets would be sent twice: write through
    connection.execute("PRAGMA synchronous = FULL")
    return connection
