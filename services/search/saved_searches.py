"""Saved searches, their news, and the messages that carry it.

In: what users save, what the notifier matched and sent. Out: rows of the desk's store.

A news item is one row of `deliveries`, at most once for each saved search, article, revision and
cause. For each channel but the feed it waits in `dispatches` until it is packed into a message; a
message is sent again as it is, under its own id, until the receiver has taken it.
"""

import base64
import json
import secrets
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal, get_args

from services.chassis.clock import Clock, to_epoch_milliseconds
from services.search.domain.access import Visitor
from services.search.domain.formatting import Language
from services.search.domain.saved import NewsItem, SavedQuery
from services.search.store import Store

Channel = Literal["email", "webhook"]
CHANNELS: Final[tuple[Channel, ...]] = get_args(Channel)
State = Literal["pending", "sent", "failed", "dropped"]
SEARCHES_LIMIT: Final = 200
"""Saved searches of one owner."""
MESSAGE_ITEMS: Final = 50
"""Most news in one message; the others come in the next."""
FEED_ITEMS: Final = 100
NAME_LIMIT_CHARACTERS: Final = 120


class SavedSearchError(ValueError):
    """What is asked does not fit; the key of the sentence that says why."""


@dataclass(frozen=True, kw_only=True)
class SavedSearch:
    """A saved search as stored."""

    search_id: int
    owner_id: int | None
    name: str
    query: SavedQuery
    language: Language
    feed_token: str
    email: str | None
    webhook_url: str | None
    webhook_secret: str
    is_paused: bool
    created_at: datetime

    @property
    def channels(self) -> tuple[Channel, ...]:
        """The channels that messages are sent by, beside the feed."""
        has = {"email": self.email, "webhook": self.webhook_url}
        return tuple(channel for channel in CHANNELS if has[channel])


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What a user enters of a saved search."""

    name: str
    query: SavedQuery
    language: Language
    email: str | None = None
    webhook_url: str | None = None


@dataclass(frozen=True, kw_only=True)
class Match:
    """A saved search's news, before it is stored."""

    search: SavedSearch
    item: NewsItem


@dataclass(frozen=True, kw_only=True)
class Message:
    """News on its way to a receiver; the same content at each attempt."""

    message_id: int
    search: SavedSearch
    channel: Channel
    attempts: int
    created_at: datetime
    items: tuple[NewsItem, ...]


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """How an attempt to send a message ended; `retry_at` is None when there is no other."""

    message_id: int
    is_sent: bool
    at: datetime
    error: str | None = None
    retry_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class ChannelState:
    """How a channel of a saved search does."""

    channel: Channel
    state: State
    at: datetime
    error: str | None
    attempts: int


@dataclass(frozen=True, kw_only=True)
class News:
    """One item of a feed and when it was found."""

    item: NewsItem
    found_at: datetime


def make_webhook_secret() -> str:
    """Return a new secret as Standard Webhooks writes it: base64 of random bytes."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"


class SavedSearches:
    """Reads and writes saved searches and their news."""

    def __init__(self, store: Store, *, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    # -- what users do -------------------------------------------------------------------------

    def add(self, owner_id: int | None, draft: Draft) -> SavedSearch:
        """Save a search; it is told of news from now on.

        Raises:
            SavedSearchError: the owner has too many.
        """
        with self._store.transaction() as connection:
            held = connection.execute(
                "SELECT count(*) FROM saved_searches WHERE owner_id IS ?", (owner_id,)
            ).fetchone()[0]
            if held >= SEARCHES_LIMIT:
                raise SavedSearchError("problem_too_many_searches")
            row_id = connection.execute(
                "INSERT INTO saved_searches (owner_id, name, kind, query, language, feed_token, "
                "email, webhook_url, webhook_secret, created_ms) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    owner_id,
                    draft.name,
                    draft.query.kind,
                    draft.query.query,
                    draft.language,
                    secrets.token_urlsafe(32),
                    draft.email,
                    draft.webhook_url,
                    make_webhook_secret(),
                    self._now_ms(),
                ),
            ).lastrowid
        return self._get(int(row_id or 0))

    def list_for(self, visitor: Visitor) -> list[SavedSearch]:
        """Return the visitor's saved searches, newest first; an administrator's are all."""
        rows = self._store.read("SELECT * FROM saved_searches ORDER BY id DESC")
        found = [_read_search(row) for row in rows]
        return [search for search in found if visitor.owns(search.owner_id)]

    def find(self, visitor: Visitor, search_id: int) -> SavedSearch | None:
        """Return one of the visitor's saved searches."""
        rows = self._store.read("SELECT * FROM saved_searches WHERE id = ?", (search_id,))
        search = _read_search(rows[0]) if rows else None
        return search if search and visitor.owns(search.owner_id) else None

    def change(self, search: SavedSearch, draft: Draft) -> None:
        """Store a saved search anew; what waits for a channel that is gone is dropped."""
        with self._store.transaction() as connection:
            connection.execute(
                "UPDATE saved_searches SET name = ?, kind = ?, query = ?, language = ?, email = ?, "
                "webhook_url = ? WHERE id = ?",
                (
                    draft.name,
                    draft.query.kind,
                    draft.query.query,
                    draft.language,
                    draft.email,
                    draft.webhook_url,
                    search.search_id,
                ),
            )
            for channel in CHANNELS:
                if not (draft.email if channel == "email" else draft.webhook_url):
                    self._drop(connection, search.search_id, channel)

    def pause(self, search: SavedSearch, *, is_paused: bool) -> None:
        """Stop or go on; what waits to be sent is dropped, and news meanwhile is passed over."""
        with self._store.transaction() as connection:
            connection.execute(
                "UPDATE saved_searches SET is_paused = ? WHERE id = ?",
                (int(is_paused), search.search_id),
            )
            if is_paused:
                for channel in CHANNELS:
                    self._drop(connection, search.search_id, channel)

    def renew_feed(self, search: SavedSearch) -> None:
        """Give the feed another address; the former leads nowhere at once."""
        with self._store.transaction() as connection:
            connection.execute(
                "UPDATE saved_searches SET feed_token = ? WHERE id = ?",
                (secrets.token_urlsafe(32), search.search_id),
            )

    def remove(self, search: SavedSearch) -> None:
        """Remove a saved search with its news."""
        with self._store.transaction() as connection:
            connection.execute("DELETE FROM saved_searches WHERE id = ?", (search.search_id,))

    def list_states(self, search_ids: Iterable[int]) -> dict[int, list[ChannelState]]:
        """Return how the newest message of each channel did, by saved search."""
        states: dict[int, list[ChannelState]] = defaultdict(list)
        rows = self._store.read(
            "SELECT * FROM messages WHERE id IN (SELECT max(id) FROM messages "
            "WHERE saved_search_id IN (SELECT value FROM json_each(?)) "
            "GROUP BY saved_search_id, channel) "
            "ORDER BY channel",
            (json.dumps(list(search_ids)),),
        )
        for row in rows:
            states[row["saved_search_id"]].append(
                ChannelState(
                    channel=row["channel"],
                    state=row["state"],
                    at=_to_time(row["finished_ms"] or row["created_ms"]),
                    error=row["error"],
                    attempts=row["attempts"],
                )
            )
        return states

    def count_news(self, search_ids: Iterable[int]) -> dict[int, tuple[int, datetime]]:
        """Return how much news each saved search had, and when the last was found."""
        rows = self._store.read(
            "SELECT saved_search_id, count(*) AS news, max(matched_ms) AS newest FROM deliveries "
            "WHERE saved_search_id IN (SELECT value FROM json_each(?)) GROUP BY saved_search_id",
            (json.dumps(list(search_ids)),),
        )
        return {row["saved_search_id"]: (row["news"], _to_time(row["newest"])) for row in rows}

    # -- feeds ---------------------------------------------------------------------------------

    def find_feed(self, token: str) -> SavedSearch | None:
        """Return the saved search of a feed's address."""
        rows = self._store.read("SELECT * FROM saved_searches WHERE feed_token = ?", (token,))
        return _read_search(rows[0]) if rows else None

    def list_news(self, search: SavedSearch, *, limit: int = FEED_ITEMS) -> list[News]:
        """Return a saved search's news, newest first."""
        rows = self._store.read(
            "SELECT item, matched_ms FROM deliveries WHERE saved_search_id = ? "
            "ORDER BY id DESC LIMIT ?",
            (search.search_id, limit),
        )
        return [
            News(item=NewsItem.decode(row["item"].encode()), found_at=_to_time(row["matched_ms"]))
            for row in rows
        ]

    # -- what the notifier does ----------------------------------------------------------------

    def list_active(self) -> list[SavedSearch]:
        """Return all saved searches that are not paused."""
        rows = self._store.read("SELECT * FROM saved_searches WHERE NOT is_paused ORDER BY id")
        return [_read_search(row) for row in rows]

    def record(self, matches: Iterable[Match]) -> int:
        """Store news that is not there yet, to be sent; return how much of it was new."""
        now_ms, count = self._now_ms(), 0
        with self._store.transaction() as connection:
            for match in matches:
                item, search = match.item, match.search
                # a search that was removed or paused since it was read gets nothing
                row = connection.execute(
                    "INSERT INTO deliveries "
                    "(saved_search_id, article_id, revision, cause, item, indexed_ms, matched_ms) "
                    "SELECT id, ?, ?, ?, ?, ?, ? FROM saved_searches "
                    "WHERE id = ? AND NOT is_paused ON CONFLICT DO NOTHING RETURNING id",
                    (
                        item.article_id,
                        item.revision,
                        item.cause.value,
                        item.encode().decode(),
                        to_epoch_milliseconds(item.indexed_at),
                        now_ms,
                        search.search_id,
                    ),
                ).fetchone()
                if row is None:
                    continue
                count += 1
                connection.executemany(
                    "INSERT INTO dispatches (delivery_id, channel) VALUES (?, ?)",
                    [(row["id"], channel) for channel in search.channels],
                )
        return count

    def pack(self) -> int:
        """Pack waiting news into messages; one search and channel has one message under way.

        What comes meanwhile waits for the next, so that a receiver that is away gets one large
        message at its return, and its news in order.
        """
        now_ms = self._now_ms()
        with self._store.transaction() as connection:
            waiting = connection.execute(
                "SELECT delivery_id, channel, saved_search_id FROM dispatches "
                "JOIN deliveries ON deliveries.id = delivery_id "
                "WHERE message_id IS NULL AND NOT EXISTS (SELECT 1 FROM messages "
                "WHERE messages.saved_search_id = deliveries.saved_search_id "
                "AND messages.channel = dispatches.channel AND state = 'pending') "
                "ORDER BY delivery_id"
            ).fetchall()
            packs: dict[tuple[int, str], list[int]] = defaultdict(list)
            for row in waiting:
                pack = packs[row["saved_search_id"], row["channel"]]
                if len(pack) < MESSAGE_ITEMS:
                    pack.append(row["delivery_id"])
            for (search_id, channel), delivery_ids in packs.items():
                message_id = connection.execute(
                    "INSERT INTO messages "
                    "(saved_search_id, channel, is_doubtful, next_attempt_ms, created_ms) "
                    "VALUES (?1, ?2, coalesce((SELECT state = 'failed' FROM messages "
                    "WHERE saved_search_id = ?1 AND channel = ?2 ORDER BY id DESC LIMIT 1), 0), "
                    "?3, ?3)",
                    (search_id, channel, now_ms),
                ).lastrowid
                connection.executemany(
                    "UPDATE dispatches SET message_id = ? WHERE delivery_id = ? AND channel = ?",
                    [(message_id, delivery_id, channel) for delivery_id in delivery_ids],
                )
        return len(packs)

    def list_due(
        self,
        *,
        is_doubtful: bool,
        without: Iterable[int] = (),
        channels: Sequence[Channel] = CHANNELS,
        limit: int = 500,
    ) -> list[Message]:
        """Return messages of some channels whose time has come, oldest first.

        Doubtful is a message that was not taken at once, or that follows one that was given up.
        """
        rows = self._store.read(
            "SELECT messages.id AS message_id, channel, attempts, messages.created_ms AS begun_ms, "
            "saved_searches.* FROM messages "
            "JOIN saved_searches ON saved_searches.id = saved_search_id "
            "WHERE state = 'pending' AND is_doubtful = ? AND next_attempt_ms <= ? "
            "AND messages.id NOT IN (SELECT value FROM json_each(?)) "
            "AND channel IN (SELECT value FROM json_each(?)) "
            "ORDER BY next_attempt_ms, messages.id LIMIT ?",
            (
                int(is_doubtful),
                self._now_ms(),
                json.dumps(list(without)),
                json.dumps(channels),
                limit,
            ),
        )
        items = self._read_items([row["message_id"] for row in rows])
        return [
            Message(
                message_id=row["message_id"],
                search=_read_search(row),
                channel=row["channel"],
                attempts=row["attempts"],
                created_at=_to_time(row["begun_ms"]),
                items=tuple(items[row["message_id"]]),
            )
            for row in rows
        ]

    def _read_items(self, message_ids: Sequence[int]) -> dict[int, list[NewsItem]]:
        rows = self._store.read(
            "SELECT message_id, item FROM dispatches "
            "JOIN deliveries ON deliveries.id = delivery_id "
            "WHERE message_id IN (SELECT value FROM json_each(?)) ORDER BY delivery_id",
            (json.dumps(message_ids),),
        )
        items: dict[int, list[NewsItem]] = defaultdict(list)
        for row in rows:
            items[row["message_id"]].append(NewsItem.decode(row["item"].encode()))
        return items

    def note(self, attempts: Iterable[Attempt]) -> None:
        """Store how attempts ended; a message dropped meanwhile stays dropped."""
        with self._store.transaction() as connection:
            for attempt in attempts:
                at_ms = to_epoch_milliseconds(attempt.at)
                retry_ms = attempt.retry_at and to_epoch_milliseconds(attempt.retry_at)
                state = "sent" if attempt.is_sent else "pending" if retry_ms else "failed"
                connection.execute(
                    "UPDATE messages SET state = ?, attempts = attempts + 1, error = ?, "
                    "is_doubtful = ?, next_attempt_ms = ?, finished_ms = ? "
                    "WHERE id = ? AND state = 'pending'",
                    (
                        state,
                        attempt.error,
                        int(not attempt.is_sent),
                        retry_ms or at_ms,
                        None if retry_ms else at_ms,
                        attempt.message_id,
                    ),
                )

    def count_pending(self) -> dict[Channel, int]:
        """Return how many messages wait to be taken, by channel."""
        rows = self._store.read(
            "SELECT channel, count(*) AS pending FROM messages WHERE state = 'pending' "
            "GROUP BY channel"
        )
        counts: dict[Channel, int] = dict.fromkeys(CHANNELS, 0)
        counts.update({row["channel"]: row["pending"] for row in rows})
        return counts

    def forget(self, *, found_before: datetime) -> int:
        """Forget news that was found before a time; return how much."""
        with self._store.transaction() as connection:
            before_ms = to_epoch_milliseconds(found_before)
            forgotten = connection.execute(
                "DELETE FROM deliveries WHERE matched_ms < ?", (before_ms,)
            ).rowcount
            connection.execute(
                "DELETE FROM messages WHERE state != 'pending' AND created_ms < ?", (before_ms,)
            )
        return forgotten

    @staticmethod
    def _drop(connection: sqlite3.Connection, search_id: int, channel: Channel) -> None:
        connection.execute(
            "UPDATE messages SET state = 'dropped' "
            "WHERE saved_search_id = ? AND channel = ? AND state = 'pending'",
            (search_id, channel),
        )
        connection.execute(
            "DELETE FROM dispatches WHERE channel = ? AND message_id IS NULL AND delivery_id IN "
            "(SELECT id FROM deliveries WHERE saved_search_id = ?)",
            (channel, search_id),
        )

    def _get(self, search_id: int) -> SavedSearch:
        rows = self._store.read("SELECT * FROM saved_searches WHERE id = ?", (search_id,))
        return _read_search(rows[0])

    def _now_ms(self) -> int:
        return to_epoch_milliseconds(self._clock.now())


def _to_time(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC)


def _read_search(row: sqlite3.Row) -> SavedSearch:
    return SavedSearch(
        search_id=row["id"],
        owner_id=row["owner_id"],
        name=row["name"],
        query=SavedQuery(kind=row["kind"], query=row["query"]),
        language=row["language"],
        feed_token=row["feed_token"],
        email=row["email"],
        webhook_url=row["webhook_url"],
        webhook_secret=row["webhook_secret"],
        is_paused=bool(row["is_paused"]),
        created_at=_to_time(row["created_ms"]),
    )
