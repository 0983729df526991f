"""The archive: what is forgotten is gone, the rest keeps its bytes; what is old is removed."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.__main__ import main
from crawler.archive import Archive, forget, read_archive
from services.chassis.errors import Reject

AT = datetime(2026, 10, 5, 8, tzinfo=UTC)


def write(folder: Path, *urls: str) -> Path:
    archive = Archive(folder, file_limit_bytes=1_000_000)
    for number, url in enumerate(urls):
        archive.write(
            url=url,
            status=200,
            headers=[("Content-Type", "text/html")],
            body=f"<p>Trang {number}".encode() * 50,
            fetched_at=AT,
        )
    archive.close()
    (path,) = folder.glob("*.warc.gz")
    return path


def pages(path: Path) -> list[tuple[str, bytes]]:
    return [(page.url, page.body) for page in read_archive(path)]


def test_forget_removes_every_record_of_an_address_and_keeps_the_others(tmp_path: Path) -> None:
    kept, gone = "https://bao.example/giu.html", "https://bao.example/go.html"
    path = write(tmp_path, kept, gone, kept, gone)
    before = pages(path)
    assert forget(tmp_path, [gone]) == 2
    assert pages(path) == [page for page in before if page[0] == kept]
    assert gone.encode() not in path.read_bytes()
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_forget_of_an_unknown_address_changes_no_byte(tmp_path: Path) -> None:
    path = write(tmp_path, "https://bao.example/giu.html")
    before = path.read_bytes()
    assert forget(tmp_path, ["https://bao.example/khac.html"]) == 0
    assert path.read_bytes() == before


def test_forget_takes_an_address_however_it_is_written(tmp_path: Path) -> None:
    write(tmp_path, "https://bao.example/go.html?utm_source=x")
    assert forget(tmp_path, ["https://BAO.example/go.html#anh"]) == 1


def test_forget_leaves_an_unreadable_file_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "x.warc.gz"
    path.write_bytes(b"no archive")
    with pytest.raises(Reject, match=r"x\.warc\.gz"):
        forget(tmp_path, ["https://bao.example/go.html"])
    assert path.read_bytes() == b"no archive"


def test_forget_is_a_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, "https://bao.example/go.html")
    assert main(["forget", "--archive", str(tmp_path), "https://bao.example/go.html"]) == 0
    assert capsys.readouterr().out == "1 records removed\n"


def write_file(folder: Path, *, day: int, size_bytes: int = 10) -> str:
    """Write a file of the archive that was last written to on a day of May."""
    path = folder / f"unionwire-202605{day:02}000000-0.warc.gz"
    path.write_bytes(b"x" * size_bytes)
    stamp = datetime(2026, 5, day, tzinfo=UTC).timestamp()
    os.utime(path, (stamp, stamp))
    return path.name


def test_files_older_than_what_is_kept_are_removed(tmp_path: Path) -> None:
    old, young = write_file(tmp_path, day=1), write_file(tmp_path, day=20)
    (tmp_path / "mine.warc.gz").write_bytes(b"x")
    archive = Archive(tmp_path, file_limit_bytes=10, keep=timedelta(days=10))

    removed = archive.remove_oldest(datetime(2026, 5, 21, tzinfo=UTC))

    assert removed == [old]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.warc.gz", young]


def test_oldest_files_are_removed_when_all_are_too_large(tmp_path: Path) -> None:
    names = [write_file(tmp_path, day=day, size_bytes=40) for day in (3, 1, 2)]
    archive = Archive(tmp_path, file_limit_bytes=10, total_limit_bytes=100)

    assert archive.remove_oldest(datetime(2026, 5, 21, tzinfo=UTC)) == [names[1]]


def test_nothing_is_removed_by_default(tmp_path: Path) -> None:
    write_file(tmp_path, day=1)

    archive = Archive(tmp_path, file_limit_bytes=10)

    assert archive.remove_oldest(datetime(2036, 5, 21, tzinfo=UTC)) == []


def test_a_file_is_closed_after_a_day(tmp_path: Path) -> None:
    archive = Archive(tmp_path, file_limit_bytes=1_000_000)
    for day in (1, 1, 2):
        archive.write(url="https://bao.example/a.html", status=200, headers=[], body=b"a",
                      fetched_at=datetime(2026, 5, day, tzinfo=UTC))  # fmt: skip
    archive.close()

    assert len(list(tmp_path.glob("*.warc.gz"))) == 2
