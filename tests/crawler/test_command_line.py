"""`extract` and `import` as commands."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

FIXTURES = Path(__file__).parent / "fixtures"
TEXT = """Công đoàn phường Tân Lập trao 250 suất quà

Sáng 5/6, Công đoàn phường Tân Lập trao 250 suất quà cho công nhân khó khăn.

Mỗi suất quà trị giá 500.000 đồng, do 12 doanh nghiệp trên địa bàn đóng góp trong ba tháng.

Chủ tịch công đoàn phường cho biết năm nay số suất quà tăng gấp rưỡi so với năm trước.
"""


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "crawler", *(str(argument) for argument in arguments)],
        capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "CRAWLER_LOG_FORMAT": "json"},
    )  # fmt: skip


def read_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_extract_prints_one_object_a_page(tmp_path: Path) -> None:
    empty = tmp_path / "empty.html"
    empty.touch()
    article = FIXTURES / "laodong" / "article.html"

    done = run("extract", article, empty)

    pages = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert list(pages[0]) == [
        "url", "canonical_url", "site", "title", "lead", "body", "author", "published_at",
        "section", "tags", "captions",
    ]  # fmt: skip
    assert pages[0]["site"] == "laodong"
    assert pages[1]["title"] is None
    assert pages[1]["tags"] == []


def test_extract_says_what_cannot_be_read(tmp_path: Path) -> None:
    done = run("extract", tmp_path / "none.html", FIXTURES / "nld" / "article.html")

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "none.html cannot be read" in done.stderr
    assert len(done.stdout.splitlines()) == 1


def test_extract_names_the_parsers_there_are() -> None:
    done = run("extract", "--site", "nowhere", FIXTURES / "nld" / "article.html")

    assert done.returncode == 1
    assert "laodongthudo" in done.stderr
    assert "Traceback" not in done.stderr


def test_import_publishes_pages_and_texts_the_same_each_time(tmp_path: Path) -> None:
    page, text = tmp_path / "page.html", tmp_path / "text.txt"
    page.write_bytes((FIXTURES / "laodongthudo" / "article.html").read_bytes())
    text.write_text(TEXT, encoding="utf-8")
    os.utime(text, (1_700_000_000, 1_700_000_000))
    outs = [tmp_path / f"{number}.jsonl" for number in (1, 2)]

    for out in outs:
        done = run("import", "--sink", f"file:{out}", "--state", tmp_path / "state.sqlite",
                   "--published", "2026-06-05", page, text)  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr

    events = read_lines(outs[0])
    assert events == read_lines(outs[1])
    assert events[0]["article_id"] == "laodongthudo:vi:158012"
    assert events[0]["outlet"] == "Lao động Thủ đô"
    assert events[1]["article_id"] == f"text:{events[1]['content_hash']}"
    assert events[1]["revision"] == 1_700_000_000_000
    assert events[1]["published_at"] == "2026-06-04T17:00:00Z"
    assert "250 suất quà" in events[1]["title"]


def test_import_tells_a_changed_page_as_a_change(tmp_path: Path) -> None:
    page, out = tmp_path / "page.html", tmp_path / "out.jsonl"
    content = (FIXTURES / "laodongthudo" / "article.html").read_bytes()
    arguments = ("import", "--sink", f"file:{out}", "--state", tmp_path / "state.sqlite", page)
    page.write_bytes(content)
    os.utime(page, (1_700_000_000, 1_700_000_000))
    run(*arguments)
    page.write_bytes(content.replace(b"39/42", b"40/42"))
    run(*arguments)

    events = read_lines(out)

    assert [event["cause"] for event in events] == ["new", "source"]
    assert events[0]["revision"] < events[1]["revision"]


@pytest.mark.parametrize("name", ["damaged.warc.gz", "picture.png", "none.html", "empty.txt"])
def test_import_goes_on_after_a_file_that_is_no_use(tmp_path: Path, name: str) -> None:
    good, bad, out = tmp_path / "good.txt", tmp_path / name, tmp_path / "out.jsonl"
    good.write_text(TEXT, encoding="utf-8")
    if name != "none.html":
        bad.write_bytes(b"" if name == "empty.txt" else b"\x1f\x8bnot really")

    done = run("import", "--sink", f"file:{out}", "--state", tmp_path / "s.sqlite", bad, good)

    assert done.returncode == 1
    assert "Traceback" not in done.stdout + done.stderr
    assert len(read_lines(out)) == 1


@pytest.mark.parametrize("command", [(), ("watch",), ("extract",), ("import",)])
def test_help_helps(command: tuple[str, ...]) -> None:
    done = run(*command, "--help")

    assert done.returncode == 0
    assert "usage" in done.stdout
