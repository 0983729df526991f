"""Copies of embedded stores: whole while others write, refused when damaged."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from services.chassis.backup import main
from services.chassis.errors import Fatal


def fill(path: Path, rows: int) -> sqlite3.Connection:
    store = sqlite3.connect(path)
    store.execute("PRAGMA journal_mode=WAL")
    store.execute("CREATE TABLE seen (url TEXT)")
    store.executemany("INSERT INTO seen VALUES (?)", [(f"u{n}",) for n in range(rows)])
    store.commit()
    return store


def count(path: Path) -> int:
    with closing(sqlite3.connect(path)) as store:
        return int(store.execute("SELECT count(*) FROM seen").fetchone()[0])


def test_backup_holds_what_was_committed_also_what_only_the_journal_has(tmp_path: Path) -> None:
    store = fill(tmp_path / "a.sqlite", 500)
    store.execute("INSERT INTO seen VALUES ('not committed')")
    assert main([str(tmp_path / "a.sqlite"), str(tmp_path / "b.sqlite")]) == 0
    store.close()
    assert count(tmp_path / "b.sqlite") == 500


def test_backup_replaces_an_older_one(tmp_path: Path) -> None:
    fill(tmp_path / "a.sqlite", 3).close()
    fill(tmp_path / "b.sqlite", 9).close()
    main([str(tmp_path / "a.sqlite"), str(tmp_path / "b.sqlite")])
    assert count(tmp_path / "b.sqlite") == 3


@pytest.mark.parametrize("content", [b"no database at all", None], ids=["other file", "no file"])
def test_backup_refuses_what_is_no_store_and_keeps_the_old_copy(
    tmp_path: Path, content: bytes | None
) -> None:
    fill(tmp_path / "b.sqlite", 2).close()
    if content is not None:
        (tmp_path / "a.sqlite").write_bytes(content)
    with pytest.raises(Fatal, match=r"a\.sqlite"):
        main([str(tmp_path / "a.sqlite"), str(tmp_path / "b.sqlite")])
    assert count(tmp_path / "b.sqlite") == 2
