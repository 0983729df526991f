"""What the crawler remembers, and how the file keeps it."""

import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.domain.schedule import Habit
from crawler.domain.wishes import Wishes
from crawler.state import _FIRST_SCHEMA, Found, Listing, State
from services.chassis.errors import Fatal

FEED = Listing(url="https://e.org/rss", source="e", kind="feed")


def test_state_keeps_habit_and_wishes(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    state = State(path)
    state.add_listings([FEED], now=0.0)
    learned = Listing(
        url=FEED.url, source="e", kind="feed", habit=Habit(gap_seconds=60.0, news_at=5.0),
        wishes=Wishes(ttl_seconds=60.0, skip_hours=(1, 2), skip_days=(6,)),
    )  # fmt: skip
    state.save_listing(learned, next_at=10.0)
    state.close()

    state = State(path)
    assert state.listing(FEED.url) == learned
    state.close()


def test_state_takes_a_file_of_the_first_version_along(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    with sqlite3.connect(path) as database:
        database.executescript(f"{_FIRST_SCHEMA} PRAGMA user_version = 1;")
        database.execute(
            "INSERT INTO listings (url, source, kind, depth, is_driven, host) "
            "VALUES ('https://e.org/map-1.xml', 'e', 'sitemap', 1, 1, 'e.org')"
        )
    database.close()

    state = State(path)

    assert [each.url for each in state.due_listings("e.org", now=1.0, limit=9)] == [
        "https://e.org/map-1.xml"
    ]
    state.close()


def test_state_refuses_a_file_of_a_newer_version(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()

    with pytest.raises(Fatal, match="newer version"):
        State(path)


def test_state_is_claimed_by_one_crawler_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    first, second = State(path), State(path)
    first.claim()

    with pytest.raises(Fatal, match=r"state\.sqlite is in use by another crawler"):
        second.claim()

    first.close()
    second.claim()
    second.close()


def test_state_is_free_again_after_its_crawler_was_killed(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    code = (
        "import os, sys; from pathlib import Path; from crawler.state import State; "
        "State(Path(sys.argv[1])).claim(); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], check=False)

    state = State(path)
    state.claim()
    state.close()


def test_state_moves_all_that_is_planned() -> None:
    state = State(":memory:")
    state.add_listings([FEED], now=1_000.0)
    state.find_pages("e", FEED.url, [Found(key="a", url="https://e.org/a")], now=1_000.0)
    state.save_rest("e.org", until=1_000.0)

    state.move_due_times(-400.0)

    assert state.due_listings("e.org", now=600.0, limit=9)
    assert state.due_pages("e.org", now=600.0, limit=9)
    assert not state.due_pages("e.org", now=599.0, limit=9)
    assert state.resting_hosts(now=0.0) == {"e.org": 600.0}


def test_state_brings_forward_what_lies_too_far_ahead() -> None:
    state = State(":memory:")
    state.add_listings([FEED], now=1e12)

    moved = state.bring_forward(listings_by=50.0, pages_by=90.0)

    assert moved == 1
    assert state.next_due_at() == 50.0


def test_state_notes_that_a_sitemap_is_followed_by_newer_ones() -> None:
    state = State(":memory:")
    habit = Habit(gap_seconds=60.0, news_at=5.0)
    state.add_listings([replace(FEED, habit=habit)], now=0.0)

    state.save_rank(FEED.url, 3)

    listing = state.listing(FEED.url)
    assert listing is not None
    assert listing.habit == replace(habit, rank=3)


def test_state_names_each_host_that_has_something_due() -> None:
    state = State(":memory:")
    state.add_listings([FEED], now=5.0)
    for host in ("a.org", "b.org", "c.org"):
        due_at = 9.0 if host == "b.org" else 3.0
        pages = [Found(key=f"{host}{n}", url=f"https://{host}/{n}") for n in range(3)]
        state.find_pages("e", FEED.url, pages, now=due_at)

    assert sorted(state.due_hosts(now=4.0)) == ["a.org", "c.org"]
    assert sorted(state.due_hosts(now=9.0)) == ["a.org", "b.org", "c.org", "e.org"]
    assert state.due_hosts(now=1.0) == []
