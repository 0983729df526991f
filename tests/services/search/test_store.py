"""The desk's store: its schema, its backup, what it refuses."""

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from services.chassis.errors import Fatal
from services.search import store as store_module
from services.search.store import MIGRATIONS, Store, back_up, restore


def add_user(store: Store, name: str) -> None:
    with store.transaction() as connection:
        connection.execute(
            "INSERT INTO users (name, role, password_hash, created_ms) VALUES (?, 'reader', '', 0)",
            (name,),
        )


def list_users(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [row[0] for row in connection.execute("SELECT name FROM users ORDER BY id")]


def test_store_is_for_its_owner_only(tmp_path: Path) -> None:
    Store(tmp_path / "deep" / "desk.sqlite").close()
    assert (tmp_path / "deep" / "desk.sqlite").stat().st_mode & 0o777 == 0o600


def test_store_carries_the_version_of_its_schema(tmp_path: Path) -> None:
    Store(tmp_path / "desk.sqlite").close()
    Store(tmp_path / "desk.sqlite").close()
    with closing(sqlite3.connect(tmp_path / "desk.sqlite")) as connection:
        assert connection.execute("PRAGMA user_version").fetchone()[0] == len(MIGRATIONS)
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"


def test_store_takes_the_steps_that_are_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(Store(tmp_path / "desk.sqlite")) as store:
        add_user(store, "An")
    later = (*MIGRATIONS, "ALTER TABLE users ADD COLUMN shown TEXT;\nUPDATE users SET shown = 'x'")
    monkeypatch.setattr(store_module, "MIGRATIONS", later)
    with closing(Store(tmp_path / "desk.sqlite")) as store:
        assert [tuple(row) for row in store.read("SELECT name, shown FROM users")] == [("An", "x")]


def test_store_refuses_what_a_newer_release_wrote(tmp_path: Path) -> None:
    Store(tmp_path / "desk.sqlite").close()
    with closing(sqlite3.connect(tmp_path / "desk.sqlite")) as connection:
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    with pytest.raises(Fatal, match="newer release"):
        Store(tmp_path / "desk.sqlite")


def test_store_refuses_the_file_of_another_program(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other.sqlite")) as connection:
        connection.execute("CREATE TABLE things (name TEXT)")
    with pytest.raises(Fatal, match="another program"):
        Store(tmp_path / "other.sqlite")


def test_store_refuses_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "desk.sqlite").write_bytes(b"not a database at all, but long enough to look at" * 9)
    with pytest.raises(Fatal, match="SEARCH_STORE_FILE"):
        Store(tmp_path / "desk.sqlite")


def test_two_that_open_a_new_store_at_once_agree(tmp_path: Path) -> None:
    opened: list[Store] = []
    threads = [
        threading.Thread(target=lambda: opened.append(Store(tmp_path / "desk.sqlite")))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({store.read_secret("csrf") for store in opened}) == 1
    assert len(opened) == 6
    for store in opened:
        store.close()


def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def fail(store: Store) -> None:
        with store.transaction() as connection:
            connection.execute("INSERT INTO secrets (name, value) VALUES ('half', x'00')")
            raise ZeroDivisionError

    with closing(Store(tmp_path / "desk.sqlite")) as store:
        with pytest.raises(ZeroDivisionError):
            fail(store)
        assert store.read("SELECT name FROM secrets") == []


def test_backup_holds_what_was_written_while_others_write(tmp_path: Path) -> None:
    path, stopping = tmp_path / "desk.sqlite", threading.Event()
    with closing(Store(path)) as store:
        add_user(store, "before")

        def write() -> None:
            number = 0
            while not stopping.is_set():
                number += 1
                add_user(store, f"meanwhile {number}")

        writer = threading.Thread(target=write)
        writer.start()
        try:
            size_bytes = back_up(path, tmp_path / "copy.sqlite")
        finally:
            stopping.set()
            writer.join()
    assert size_bytes == (tmp_path / "copy.sqlite").stat().st_size
    names = list_users(tmp_path / "copy.sqlite")
    assert names == list_users(path)[: len(names)]
    assert names[0] == "before"
    assert sorted(p.name for p in tmp_path.glob("copy*")) == ["copy.sqlite"]


def test_backup_overwrites_nothing(tmp_path: Path) -> None:
    Store(tmp_path / "desk.sqlite").close()
    (tmp_path / "copy.sqlite").write_text("mine")
    with pytest.raises(Fatal, match=r"copy\.sqlite"):
        back_up(tmp_path / "desk.sqlite", tmp_path / "copy.sqlite")
    assert (tmp_path / "copy.sqlite").read_text() == "mine"


def test_restore_brings_back_the_backup_and_keeps_the_former_store(tmp_path: Path) -> None:
    path = tmp_path / "desk.sqlite"
    with closing(Store(path)) as store:
        add_user(store, "An")
        back_up(path, tmp_path / "copy.sqlite")
        add_user(store, "Bình")
    former = restore(tmp_path / "copy.sqlite", path)
    assert list_users(path) == ["An"]
    assert former is not None
    assert list_users(former) == ["An", "Bình"]
    with closing(Store(path)) as store:
        add_user(store, "Chi")
    assert list_users(path) == ["An", "Chi"]


def test_restore_leaves_the_store_alone_when_the_backup_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "desk.sqlite"
    with closing(Store(path)) as store:
        add_user(store, "An")
    (tmp_path / "copy.sqlite").write_bytes(b"damaged" * 1000)
    with pytest.raises(Fatal, match="no usable backup"):
        restore(tmp_path / "copy.sqlite", path)
    assert list_users(path) == ["An"]


def test_restore_works_where_there_is_no_store_yet(tmp_path: Path) -> None:
    with closing(Store(tmp_path / "desk.sqlite")) as store:
        add_user(store, "An")
    back_up(tmp_path / "desk.sqlite", tmp_path / "copy.sqlite")
    assert restore(tmp_path / "copy.sqlite", tmp_path / "new" / "desk.sqlite") is None
    assert list_users(tmp_path / "new" / "desk.sqlite") == ["An"]
