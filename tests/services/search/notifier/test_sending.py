"""When messages are sent, again, or given up; with channels that are told how to end."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from prometheus_client import CollectorRegistry

from services.contracts.articles import Cause, IndexedArticleV1
from services.search.domain.saved import build_item, read_address
from services.search.notifier.metrics import build_notifier_metrics
from services.search.notifier.sending import Sender, SendError
from services.search.saved_searches import (
    ChannelState,
    Draft,
    Match,
    Message,
    SavedSearch,
    SavedSearches,
)
from services.search.store import Store

if TYPE_CHECKING:
    from tests.conftest import TurnedClock

DEADLINE_SECONDS = 20.0


class Post:
    """A channel that notes messages and refuses those of some searches."""

    def __init__(self) -> None:
        self.refusals: dict[int, SendError] = {}
        self.held: dict[int, threading.Event] = {}
        self.taken: list[tuple[int, str]] = []

    def __call__(self, message: Message) -> None:
        search_id = message.search.search_id
        if search_id in self.held:
            self.held[search_id].wait(DEADLINE_SECONDS)
        if error := self.refusals.get(search_id):
            raise error
        self.taken += [(search_id, item.article_id) for item in message.items]


class Office:
    """A sender with its store, turned by hand."""

    def __init__(self, clock: "TurnedClock") -> None:
        self.clock = clock
        self.registry = CollectorRegistry()
        self.store = Store(None)
        self.searches = SavedSearches(self.store, clock=clock)
        self.post = Post()
        self.sender = self.build_sender()

    def build_sender(self) -> Sender:
        return Sender(
            self.searches,
            send={"webhook": self.post},
            metrics=build_notifier_metrics(CollectorRegistry()),
            clock=self.clock,
            workers=4,
            give_up=timedelta(hours=1),
            keep=timedelta(days=90),
        )

    def save(self) -> SavedSearch:
        draft = Draft(
            name="x", query=read_address("/"), language="vi", webhook_url="https://h.example/"
        )
        return self.searches.add(None, draft)

    def tell(self, search: SavedSearch, article_id: str) -> None:
        event = IndexedArticleV1(
            article_id=article_id,
            revision=1,
            generation=0,
            cause=Cause.NEW,
            is_news=True,
            status="published",
            outlet="Báo",
            title="Tin",
            fetched_at=self.clock.now(),
            indexed_at=self.clock.now(),
        )
        self.searches.record([Match(search=search, item=build_item(search.search_id, event))])

    def turn_until(self, is_done: Callable[[], bool]) -> None:
        deadline = threading.Event()
        for _ in range(round(DEADLINE_SECONDS / 0.01)):
            self.sender.turn()
            if is_done():
                return
            deadline.wait(0.01)
        raise AssertionError("it did not come to pass")

    def state(self, search: SavedSearch) -> ChannelState:
        return self.searches.list_states([search.search_id])[search.search_id][0]


@pytest.fixture
def office(clock: "TurnedClock") -> Iterator[Office]:
    opened = Office(clock)
    with ExitStack() as ends:
        ends.callback(lambda: opened.sender.stop(timeout_seconds=5))
        yield opened
        for held in opened.post.held.values():
            held.set()


def test_news_is_sent_once(office: Office) -> None:
    search = office.save()
    office.tell(search, "a:1")
    office.turn_until(lambda: office.state(search).state == "sent")
    office.tell(search, "a:1")
    for _ in range(3):
        office.sender.turn()
    assert office.post.taken == [(search.search_id, "a:1")]


def test_a_refused_message_is_sent_again_later(office: Office) -> None:
    search = office.save()
    office.post.refusals[search.search_id] = SendError("webhook_status", detail="500")
    office.tell(search, "a:1")
    office.sender.turn()
    office.turn_until(lambda: office.state(search).attempts == 1)
    assert (office.state(search).state, office.state(search).error) == (
        "pending",
        "webhook_status 500",
    )
    office.post.refusals.clear()
    for _ in range(3):
        office.sender.turn()
    assert office.post.taken == []
    office.clock.turn(10)
    office.turn_until(lambda: office.state(search).state == "sent")
    assert office.post.taken == [(search.search_id, "a:1")]


def test_a_message_nobody_takes_is_given_up_and_the_next_is_tried(office: Office) -> None:
    search = office.save()
    office.post.refusals[search.search_id] = SendError("webhook_timeout")
    office.tell(search, "a:1")

    def is_given_up() -> bool:
        office.clock.turn(30)
        return office.state(search).state == "failed"

    office.sender.turn()
    office.turn_until(is_given_up)
    office.post.refusals.clear()
    office.tell(search, "a:2")
    office.turn_until(lambda: office.state(search).state == "sent")
    assert office.post.taken == [(search.search_id, "a:2")]


def test_what_can_never_be_sent_is_given_up_at_once(office: Office) -> None:
    search = office.save()
    office.post.refusals[search.search_id] = SendError("webhook_bad_address", is_final=True)
    office.tell(search, "a:1")
    office.sender.turn()
    office.turn_until(lambda: office.state(search).state == "failed")


def test_a_fault_of_ours_does_not_stop_the_others(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = office.save(), office.save()
    monkeypatch.setitem(office.post.refusals, bad.search_id, ZeroDivisionError())
    office.tell(bad, "a:1")
    office.tell(good, "a:1")
    office.sender.turn()
    office.turn_until(lambda: office.state(good).state == "sent")
    office.turn_until(lambda: office.state(bad).error == "unexpected ZeroDivisionError")


def test_receivers_that_hang_hold_up_nobody_once_they_are_known(office: Office) -> None:
    hanging, good = [office.save() for _ in range(20)], office.save()
    for search in hanging:
        office.post.refusals[search.search_id] = SendError("webhook_timeout")
        office.tell(search, "a:1")
    office.sender.turn()
    office.turn_until(lambda: all(office.state(s).attempts for s in hanging))
    for search in hanging:
        office.post.held[search.search_id] = threading.Event()
    office.clock.turn(60)
    for _ in range(5):
        office.sender.turn()
    office.tell(good, "a:2")
    office.sender.turn()
    office.turn_until(lambda: office.state(good).state == "sent")


def test_what_was_not_noted_is_sent_again_after_a_crash(office: Office) -> None:
    search = office.save()
    office.tell(search, "a:1")
    office.searches.pack()
    (message,) = office.searches.list_due(is_doubtful=False)
    office.post(message)  # sent, and then the process died
    office.turn_until(lambda: office.state(search).state == "sent")
    assert office.post.taken == [(search.search_id, "a:1")] * 2


def test_a_sender_that_is_stopped_notes_what_it_sent(office: Office) -> None:
    search = office.save()
    office.tell(search, "a:1")
    office.sender.start()
    office.sender.wake()
    for _ in range(2000):
        if office.post.taken:
            break
        threading.Event().wait(0.01)
    office.sender.stop(timeout_seconds=10)
    assert office.state(search).state == "sent"
