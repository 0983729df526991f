"""The `extract` command on saved texts and on articles."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from enricher.extract import run_extract
from services.contracts.entities import Entity
from services.contracts.figures import Figure

SAVED = "Công đoàn tặng quà\n\nLĐLĐ tỉnh Lào Cai họp.\n\nNgày 5/3, trao 450 suất quà.\n"


def run(payload: str, **options: object) -> tuple[int, list[Any], str]:
    out, errors = io.StringIO(), io.StringIO()
    arguments: dict[str, object] = {"format": "text", "published": None, "paths": ["-"]} | options
    code = run_extract(stdin=io.BytesIO(payload.encode()), stdout=out, stderr=errors, **arguments)  # type: ignore[arg-type]  # options of one test each
    return code, [json.loads(line) for line in out.getvalue().splitlines()], errors.getvalue()


def test_extract_of_a_text_prints_zones_figures_and_names() -> None:
    code, (result,), errors = run(SAVED, published=datetime(2025, 3, 6, tzinfo=UTC))

    assert (code, errors) == (0, "")
    assert result["title"] == "Công đoàn tặng quà"
    assert result["language"] == "vi"
    (figure,) = result["figures"]
    assert set(Figure.model_fields) <= set(figure)
    assert (figure["value"], figure["period"]) == ("450", "2025-03-05")
    assert str(result["body"])[figure["start"] : figure["end"]] == figure["surface"]
    for entity in result["entities"]:
        assert set(Entity.model_fields) <= set(entity)


def test_extract_of_articles_takes_one_a_line() -> None:
    lines = [
        {"title": "A", "lead": None, "body": "Trao 5 suất quà.", "published_at": None},
        {"title": "Gửi 7 suất quà", "body": "", "published_at": "2025-03-06T00:00:00+07:00"},
    ]
    payload = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines)

    code, results, _ = run(payload, format="article")

    assert code == 0
    figures = [result["figures"][0] for result in results]
    assert [(f["field"], f["value"], f["period"]) for f in figures] == [
        ("body", "5", None),
        ("title", "7", "2025-03-06"),
    ]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("{", "is no JSON"),
        ("[]", "is no JSON object"),
        ("{}", "has no text"),
        ('{"title": 5}', '"title" is no text'),
        ('{"title": "A", "published_at": "gestern"}', '"published_at" is no ISO 8601 time'),
    ],
)
def test_extract_complains_of_a_bad_line_and_goes_on(line: str, complaint: str) -> None:
    code, results, errors = run(line + '\n{"title": "Trao 5 suất quà"}', format="article")

    assert code == 1
    assert len(results) == 1
    assert errors.startswith("-, line 1: ")
    assert complaint in errors
    assert len(errors.splitlines()) == 1


def test_extract_complains_of_a_file_it_cannot_read_and_goes_on(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.txt", tmp_path / "bad.txt"
    good.write_text(SAVED, "utf-8")
    bad.write_bytes(b"\xff\xfe\x00")

    code, results, errors = run("", paths=[str(bad), str(tmp_path / "none.txt"), str(good)])

    assert code == 1
    assert len(results) == 1
    assert [line.split(":")[0] for line in errors.splitlines()] == [
        str(bad),
        str(tmp_path / "none.txt"),
    ]


def test_extract_of_an_empty_text_says_so() -> None:
    code, results, errors = run("  \n")

    assert (code, results) == (1, [])
    assert "holds no text" in errors
