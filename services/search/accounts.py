"""Users, their sessions and API keys.

In: names, passwords, tokens. Out: visitors. Passwords are stored as Argon2id hashes; tokens and
keys, which are random, as SHA-256: who reads the store can log in with neither.
"""

import hashlib
import secrets
import sqlite3
import threading
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from services.chassis.clock import Clock, to_epoch_milliseconds
from services.chassis.errors import Fatal
from services.search.domain.access import (
    NAME_LIMIT_CHARACTERS,
    PASSWORD_LIMIT_CHARACTERS,
    PASSWORD_MINIMUM_CHARACTERS,
    Role,
    Visitor,
)
from services.search.store import Store

KEY_PREFIX: Final = "uwk_"
_HINT_CHARACTERS: Final = 4
_KEYS_LIMIT: Final = 20
_PARALLEL_HASHES: Final = 2
"""One hash takes 64 MiB: a crowd that logs in must not take all memory."""
_USED_STEP_MS: Final = 60_000
"""How exactly the last use of a key is known: not each request writes."""


class AccountError(ValueError):
    """What is asked of an account does not fit; the key of the sentence that says why."""


@dataclass(frozen=True, kw_only=True)
class User:
    """A user as stored, without the password."""

    user_id: int
    name: str
    role: Role
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class ApiKey:
    """A key as shown in a list: never the key itself."""

    key_id: int
    label: str
    hint: str
    is_read_only: bool
    created_at: datetime
    used_at: datetime | None


def _compose(text: str) -> str:
    """Return letters and their marks in one way: keyboards compose Vietnamese differently."""
    return unicodedata.normalize("NFC", text)


def _clean(name: str) -> str:
    return " ".join(_compose(name).split())


def _hash_token(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _to_time(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC)


class Accounts:
    """Reads and writes users, sessions and keys.

    Args:
        hasher: of passwords; tests take a cheaper one.
        session_seconds: how long a login lasts.
    """

    def __init__(
        self,
        store: Store,
        *,
        clock: Clock,
        hasher: PasswordHasher | None = None,
        session_seconds: float = 14 * 24 * 3600,
    ) -> None:
        self._store = store
        self._clock = clock
        self._hasher = hasher or PasswordHasher()
        self.session_seconds = session_seconds
        self._hashing = threading.BoundedSemaphore(_PARALLEL_HASHES)
        self._nobody_hash: str | None = None

    # -- users ---------------------------------------------------------------------------------

    def has_users(self) -> bool:
        """Return whether there is anybody to log in as."""
        return bool(self._store.read("SELECT EXISTS (SELECT 1 FROM users)")[0][0])

    def list_users(self) -> list[User]:
        """Return all users by name."""
        return [_read_user(row) for row in self._store.read("SELECT * FROM users ORDER BY name")]

    def get_user(self, name: str) -> User:
        """Return a user.

        Raises:
            Fatal: there is none of that name.
        """
        rows = self._store.read("SELECT * FROM users WHERE name = ?", (_clean(name),))
        if not rows:
            raise Fatal(f"There is no user {name!r}.")
        return _read_user(rows[0])

    def add_user(self, name: str, password: str, role: Role) -> User:
        """Make a user.

        Raises:
            AccountError: name or password does not fit, or the name is taken.
        """
        cleaned = _clean(name)
        if not cleaned or len(cleaned) > NAME_LIMIT_CHARACTERS or not cleaned.isprintable():
            raise AccountError("problem_bad_name")
        hashed = self._hash(password)
        try:
            with self._store.transaction() as connection:
                connection.execute(
                    "INSERT INTO users (name, role, password_hash, created_ms) VALUES (?, ?, ?, ?)",
                    (cleaned, role.value, hashed, self._now_ms()),
                )
        except sqlite3.IntegrityError as error:
            raise AccountError("problem_name_taken") from error
        return self.get_user(cleaned)

    def remove_user(self, name: str) -> None:
        """Remove a user with sessions, keys and saved searches; judgements keep the name."""
        user = self.get_user(name)
        with self._store.transaction() as connection:
            connection.execute("DELETE FROM users WHERE id = ?", (user.user_id,))

    def set_role(self, name: str, role: Role) -> None:
        """Give a user another role, from the next request on."""
        user = self.get_user(name)
        with self._store.transaction() as connection:
            connection.execute("UPDATE users SET role = ? WHERE id = ?", (role.value, user.user_id))

    def set_password(self, user_id: int, password: str, *, kept_token: str | None = None) -> None:
        """Give a user another password and end all sessions but the one of `kept_token`.

        Raises:
            AccountError: the password does not fit.
        """
        hashed = self._hash(password)
        kept = _hash_token(kept_token) if kept_token else b""
        with self._store.transaction() as connection:
            connection.execute("UPDATE users SET password_hash = ? WHERE id = ?", (hashed, user_id))
            connection.execute(
                "DELETE FROM sessions WHERE user_id = ? AND token_hash != ?", (user_id, kept)
            )

    def check_password(self, name: str, password: str) -> User | None:
        """Return the user of a name and password, else None after as long a time."""
        rows = self._store.read("SELECT * FROM users WHERE name = ?", (_clean(name),))
        hashed = rows[0]["password_hash"] if rows else self._hash_of_nobody()
        is_right = self._verify(hashed, password[: PASSWORD_LIMIT_CHARACTERS + 1])
        if not rows or not is_right:
            return None
        if self._hasher.check_needs_rehash(hashed):
            with self._store.transaction() as connection:
                connection.execute(
                    "UPDATE users SET password_hash = ? WHERE id = ?",
                    (self._hash(password), rows[0]["id"]),
                )
        return _read_user(rows[0])

    def _hash(self, password: str) -> str:
        if not PASSWORD_MINIMUM_CHARACTERS <= len(password) <= PASSWORD_LIMIT_CHARACTERS:
            raise AccountError("problem_bad_password")
        with self._hashing:
            return self._hasher.hash(_compose(password))

    def _verify(self, hashed: str, password: str) -> bool:
        try:
            with self._hashing:
                return self._hasher.verify(hashed, _compose(password))
        except (VerificationError, InvalidHashError):
            return False

    def _hash_of_nobody(self) -> str:
        if self._nobody_hash is None:
            self._nobody_hash = self._hash(secrets.token_hex(16))
        return self._nobody_hash

    # -- sessions ------------------------------------------------------------------------------

    def begin_session(self, user_id: int) -> str:
        """Return the token of a new session, which is stored as its hash only."""
        token = secrets.token_urlsafe(32)
        now_ms = self._now_ms()
        with self._store.transaction() as connection:
            connection.execute("DELETE FROM sessions WHERE expires_ms <= ?", (now_ms,))
            connection.execute(
                "INSERT INTO sessions (token_hash, user_id, created_ms, expires_ms) "
                "VALUES (?, ?, ?, ?)",
                (_hash_token(token), user_id, now_ms, now_ms + round(self.session_seconds * 1000)),
            )
        return token

    def find_session(self, token: str) -> User | None:
        """Return the user of a session that has not expired."""
        rows = self._store.read(
            "SELECT users.* FROM sessions JOIN users ON users.id = user_id "
            "WHERE token_hash = ? AND expires_ms > ?",
            (_hash_token(token), self._now_ms()),
        )
        return _read_user(rows[0]) if rows else None

    def end_session(self, token: str) -> None:
        """Forget a session."""
        with self._store.transaction() as connection:
            connection.execute("DELETE FROM sessions WHERE token_hash = ?", (_hash_token(token),))

    # -- keys ----------------------------------------------------------------------------------

    def add_key(self, user_id: int, label: str, *, is_read_only: bool) -> str:
        """Return a new API key; it cannot be read again.

        Raises:
            AccountError: there are too many, or the label does not fit.
        """
        cleaned = " ".join(label.split())
        if not cleaned or len(cleaned) > NAME_LIMIT_CHARACTERS:
            raise AccountError("problem_bad_label")
        key = KEY_PREFIX + secrets.token_urlsafe(32)
        with self._store.transaction() as connection:
            held = connection.execute(
                "SELECT count(*) FROM api_keys WHERE user_id = ?", (user_id,)
            ).fetchone()[0]
            if held >= _KEYS_LIMIT:
                raise AccountError("problem_too_many_keys")
            connection.execute(
                "INSERT INTO api_keys (user_id, label, hint, key_hash, is_read_only, created_ms) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (
                    user_id,
                    cleaned,
                    key[-_HINT_CHARACTERS:],
                    _hash_token(key),
                    int(is_read_only),
                    self._now_ms(),
                ),
            )
        return key

    def list_keys(self, user_id: int) -> Sequence[ApiKey]:
        """Return a user's keys, newest first."""
        rows = self._store.read(
            "SELECT * FROM api_keys WHERE user_id = ? ORDER BY id DESC", (user_id,)
        )
        return [
            ApiKey(
                key_id=row["id"],
                label=row["label"],
                hint=row["hint"],
                is_read_only=bool(row["is_read_only"]),
                created_at=_to_time(row["created_ms"]),
                used_at=None if row["used_ms"] is None else _to_time(row["used_ms"]),
            )
            for row in rows
        ]

    def remove_key(self, user_id: int, key_id: int) -> None:
        """Revoke a user's key at once."""
        with self._store.transaction() as connection:
            connection.execute(
                "DELETE FROM api_keys WHERE id = ? AND user_id = ?", (key_id, user_id)
            )

    def find_key(self, key: str) -> Visitor | None:
        """Return the visitor that a key stands for."""
        rows = self._store.read(
            "SELECT users.*, api_keys.id AS key_id, is_read_only, used_ms FROM api_keys "
            "JOIN users ON users.id = user_id WHERE key_hash = ?",
            (_hash_token(key),),
        )
        if not rows:
            return None
        row, now_ms = rows[0], self._now_ms()
        if row["used_ms"] is None or now_ms - row["used_ms"] >= _USED_STEP_MS:
            with self._store.transaction() as connection:
                connection.execute(
                    "UPDATE api_keys SET used_ms = ? WHERE id = ?", (now_ms, row["key_id"])
                )
        return Visitor(
            user_id=row["id"],
            name=row["name"],
            role=Role(row["role"]),
            has_read_only_key=bool(row["is_read_only"]),
        )

    def _now_ms(self) -> int:
        return to_epoch_milliseconds(self._clock.now())


def _read_user(row: sqlite3.Row) -> User:
    return User(
        user_id=row["id"],
        name=row["name"],
        role=Role(row["role"]),
        created_at=_to_time(row["created_ms"]),
    )
