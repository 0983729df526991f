"""The archive: what is forgotten is gone, the rest keeps its bytes."""

from datetime import UTC, datetime
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
