"""What the README tells people to type works, on the running demo."""

import io
import os
import re
import shlex
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

pytestmark = pytest.mark.e2e

REPOSITORY = Path(__file__).parents[2]
README = (REPOSITORY / "README.md").read_text()
BLOCKS = re.findall(r"```sh\n(.*?)```", README, flags=re.DOTALL)
LINES = [
    line.split("#", 1)[0].strip()
    for block in BLOCKS
    for line in block.splitlines()
    if line.strip() and not line.startswith("#")
]
TEXT = """Trao quà cho công nhân khó khăn

Công đoàn cơ sở vừa trao quà nhân dịp cuối năm.

Chiều 12/10, Công đoàn Công ty TNHH Mây Trắng trao 150 suất quà, mỗi suất 500.000 đồng.
"""


@pytest.fixture
def folder(tmp_path: Path, demo: Any) -> Path:  # noqa: ANN401 - the fixture's class is in conftest.py
    """A folder with the files that the README's commands name."""
    entry = next(entry for entry in demo.ledger() if entry["outlet"] == "laodong")
    with urllib.request.urlopen(entry["url"], timeout=10) as response:  # noqa: S310 - our own site
        page = response.read()
    (tmp_path / "page.html").write_bytes(page)
    (tmp_path / "article.txt").write_text(TEXT)
    with (tmp_path / "crawl.warc.gz").open("wb") as stream:
        writer = WARCWriter(stream, gzip=True)
        headers = StatusAndHeaders(
            "200 OK", [("Content-Type", "text/html; charset=utf-8")], protocol="HTTP/1.1"
        )
        record = writer.create_warc_record(
            entry["url"],
            "response",
            payload=io.BytesIO(page),
            length=len(page),
            http_headers=headers,
        )
        writer.write_record(record)
    return tmp_path


@pytest.mark.parametrize("line", [line for line in LINES if line.startswith("make")])
def test_readme_names_targets_that_exist(line: str) -> None:
    answer = subprocess.run(
        ["make", "--dry-run", *shlex.split(line)[1:]],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr


@pytest.mark.parametrize("line", [line for line in LINES if line.startswith(".venv/bin/python")])
def test_readme_command_works(line: str, folder: Path, demo: Any) -> None:  # noqa: ANN401 - as above
    answer = subprocess.run(
        [sys.executable, *shlex.split(line)[1:]],
        cwd=folder,
        env={**os.environ, **demo.pipeline.servers(), "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    assert "Traceback" not in answer.stdout + answer.stderr


def test_readme_links_lead_somewhere() -> None:
    links = re.findall(r"\]\((?!http)([^)#]+)", README)
    assert [link for link in links if not (REPOSITORY / link).exists()] == []
