"""Saved searches and their news in the store."""

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from services.contracts.articles import Cause, IndexedArticleV1
from services.search.domain.access import Role, Visitor
from services.search.domain.saved import build_item, read_address
from services.search.saved_searches import (
    MESSAGE_ITEMS,
    Attempt,
    Draft,
    Match,
    SavedSearch,
    SavedSearches,
)
from services.search.store import Store

if TYPE_CHECKING:
    from tests.conftest import TurnedClock

LOCAL = Visitor(user_id=None, name="local", role=Role.ADMIN)


class Shelf:
    """Saved searches on a store in memory."""

    def __init__(self, clock: "TurnedClock") -> None:
        self.clock = clock
        self.store = Store(None)
        self.searches = SavedSearches(self.store, clock=clock)

    def save(
        self, *, email: str | None = None, webhook: str | None = "https://h.example/"
    ) -> SavedSearch:
        draft = Draft(
            name="Lương",
            query=read_address("/?q=l%C6%B0%C6%A1ng"),
            language="vi",
            email=email,
            webhook_url=webhook,
        )
        return self.searches.add(None, draft)

    def match(
        self, search: SavedSearch, article: str = "a:1", *, revision: int = 1, cause: str = "new"
    ) -> Match:
        event = IndexedArticleV1(
            article_id=article,
            revision=revision,
            generation=0,
            cause=Cause(cause),
            is_news=True,
            status="published",
            outlet="Báo",
            title=f"Tin {article}",
            fetched_at=self.clock.now(),
            indexed_at=self.clock.now(),
        )
        return Match(search=search, item=build_item(search.search_id, event))

    def due(self, *, is_doubtful: bool = False) -> list[list[str]]:
        self.searches.pack()
        return [
            [item.article_id for item in message.items]
            for message in self.searches.list_due(is_doubtful=is_doubtful)
        ]

    def end(self, *, is_sent: bool = True, retry_seconds: float | None = None) -> None:
        for doubtful in (False, True):
            for message in self.searches.list_due(is_doubtful=doubtful):
                now = self.clock.now()
                retry_at = None if retry_seconds is None else now + timedelta(seconds=retry_seconds)
                attempt = Attempt(
                    message_id=message.message_id, is_sent=is_sent, at=now, retry_at=retry_at
                )
                self.searches.note([attempt])


@pytest.fixture
def shelf(clock: "TurnedClock") -> Shelf:
    return Shelf(clock)


def test_the_same_news_is_stored_once(shelf: Shelf) -> None:
    search = shelf.save()
    assert shelf.searches.record([shelf.match(search), shelf.match(search)]) == 1
    assert shelf.searches.record([shelf.match(search)]) == 0
    assert shelf.due() == [["a:1"]]
    shelf.end()
    assert shelf.searches.record([shelf.match(search)]) == 0
    assert shelf.due() == []
    assert len(shelf.searches.list_news(search)) == 1


@pytest.mark.parametrize("change", [{"revision": 2}, {"cause": "withdrawn"}, {"article": "a:2"}])
def test_other_news_is_other_news(shelf: Shelf, change: dict[str, object]) -> None:
    search = shelf.save()
    first, second = shelf.match(search), shelf.match(search, **change)  # type: ignore[arg-type] # one of its options
    assert first.item.key != second.item.key
    assert shelf.searches.record([first, second]) == 2


def test_each_search_and_channel_gets_its_own(shelf: Shelf) -> None:
    one, two = shelf.save(email="an@example.org"), shelf.save(webhook=None)
    shelf.searches.record([shelf.match(one), shelf.match(two)])
    shelf.searches.pack()
    due = shelf.searches.list_due(is_doubtful=False)
    assert sorted(message.channel for message in due) == ["email", "webhook"]
    assert {message.search.search_id for message in due} == {one.search_id}
    assert len(shelf.searches.list_news(two)) == 1


def test_a_channel_has_one_message_under_way_and_the_rest_waits(shelf: Shelf) -> None:
    search = shelf.save()
    shelf.searches.record([shelf.match(search, "a:1")])
    assert shelf.due() == [["a:1"]]
    shelf.searches.record([shelf.match(search, "a:2"), shelf.match(search, "a:3")])
    assert shelf.due() == [["a:1"]]
    shelf.end()
    assert shelf.due() == [["a:2", "a:3"]]


def test_a_long_message_is_cut(shelf: Shelf) -> None:
    search = shelf.save()
    matches = [shelf.match(search, f"a:{n:03}") for n in range(MESSAGE_ITEMS + 2)]
    assert shelf.searches.record(matches) == MESSAGE_ITEMS + 2
    (first,) = shelf.due()
    assert len(first) == MESSAGE_ITEMS
    shelf.end()
    assert shelf.due() == [["a:050", "a:051"]]


def test_a_message_comes_again_as_it_was_when_its_time_comes(shelf: Shelf) -> None:
    search = shelf.save()
    shelf.searches.record([shelf.match(search)])
    shelf.due()
    shelf.end(is_sent=False, retry_seconds=10)
    shelf.searches.record([shelf.match(search, "a:2")])
    assert shelf.due() == shelf.due(is_doubtful=True) == []
    shelf.clock.turn(10)
    assert shelf.due(is_doubtful=True) == [["a:1"]]
    shelf.end()
    assert shelf.due() == [["a:2"]]


def test_what_follows_a_message_that_was_given_up_is_doubtful(shelf: Shelf) -> None:
    search = shelf.save()
    shelf.searches.record([shelf.match(search)])
    shelf.due()
    shelf.end(is_sent=False)
    shelf.searches.record([shelf.match(search, "a:2")])
    assert shelf.due() == []
    assert shelf.due(is_doubtful=True) == [["a:2"]]


def test_a_paused_search_is_told_nothing_then_or_later(shelf: Shelf) -> None:
    search = shelf.save()
    shelf.searches.record([shelf.match(search, "a:1")])
    shelf.searches.pack()
    shelf.searches.record([shelf.match(search, "a:2")])
    shelf.searches.pause(search, is_paused=True)
    assert shelf.searches.list_active() == []
    assert shelf.searches.record([shelf.match(search, "a:3")]) == 0
    shelf.searches.pause(search, is_paused=False)
    assert shelf.due() == []
    assert shelf.searches.record([shelf.match(search, "a:4")]) == 1
    assert shelf.due() == [["a:4"]]


def test_a_removed_search_takes_its_news_along(shelf: Shelf) -> None:
    search = shelf.save()
    shelf.searches.record([shelf.match(search)])
    shelf.searches.pack()
    shelf.searches.remove(search)
    assert shelf.due() == []
    assert shelf.searches.record([shelf.match(search, "a:2")]) == 0
    for table in ("deliveries", "dispatches", "messages"):
        assert shelf.store.read(f"SELECT * FROM {table}") == []  # noqa: S608 - names of our own tables
    assert shelf.save().search_id > search.search_id


def test_a_channel_that_was_taken_away_gets_nothing_more(shelf: Shelf) -> None:
    search = shelf.save(email="an@example.org")
    shelf.searches.record([shelf.match(search)])
    shelf.searches.pack()
    shelf.searches.change(search, Draft(name="x", query=search.query, language="vi"))
    assert shelf.due() == []


def test_old_news_is_forgotten_and_what_waits_is_not(shelf: Shelf) -> None:
    search = shelf.save()
    shelf.searches.record([shelf.match(search, "a:1")])
    shelf.clock.turn(100)
    shelf.searches.record([shelf.match(search, "a:2")])
    assert shelf.searches.forget(found_before=shelf.clock.now()) == 1
    assert [news.item.article_id for news in shelf.searches.list_news(search)] == ["a:2"]


def test_a_feed_has_another_address_after_its_renewal(shelf: Shelf) -> None:
    search = shelf.save()
    assert len(search.feed_token) >= 43
    shelf.searches.renew_feed(search)
    assert shelf.searches.find_feed(search.feed_token) is None
    assert shelf.searches.find_feed("") is None


def test_searches_are_their_owners(shelf: Shelf) -> None:
    with shelf.store.transaction() as connection:
        for name in ("An", "Bình"):
            connection.execute(
                "INSERT INTO users (name, role, password_hash, created_ms) "
                "VALUES (?, 'editor', '', 0)",
                (name,),
            )
    an, binh = (Visitor(user_id=n, name="x", role=Role.EDITOR) for n in (1, 2))
    draft = Draft(name="x", query=read_address("/"), language="vi")
    mine = shelf.searches.add(1, draft)
    shared = shelf.save()
    assert shelf.searches.list_for(an) == [mine]
    assert shelf.searches.list_for(binh) == []
    assert shelf.searches.find(binh, mine.search_id) is None
    assert shelf.searches.find(an, shared.search_id) is None
    assert shelf.searches.list_for(LOCAL) == [shared, mine]


def test_the_state_of_each_channel_is_known(shelf: Shelf) -> None:
    search = shelf.save()
    shelf.searches.record([shelf.match(search)])
    shelf.due()
    assert shelf.searches.count_pending() == {"email": 0, "webhook": 1}
    shelf.end()
    (state,) = shelf.searches.list_states([search.search_id])[search.search_id]
    assert (state.channel, state.state, state.attempts) == ("webhook", "sent", 1)
    assert shelf.searches.count_pending() == {"email": 0, "webhook": 0}
    assert shelf.searches.count_news([search.search_id])[search.search_id][0] == 1
