"""Sentences and whom they name: one row of entity_sentences.jsonl each."""

import json
from pathlib import Path

import pytest

from enricher.domain.enrich import read_text

ROWS = [
    json.loads(line)
    for line in Path(__file__).with_name("entity_sentences.jsonl").read_text("utf-8").splitlines()
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["text"][:50])
def test_read_text_finds_the_names_of_a_sentence(row: dict[str, object]) -> None:
    text, expected = row["text"], row["entities"]
    assert isinstance(text, str)
    assert isinstance(expected, list)

    entities = read_text("", "", text, published=None).entities

    found = [entity.model_dump(mode="json") for entity in entities]
    for want in expected:
        assert any(all(dump[key] == want[key] for key in want) for dump in found), want
    assert {(dump["type"], dump["name"]) for dump in found} == {
        (want["type"], want["name"]) for want in expected
    }


def test_short_mention_takes_role_and_organisation_of_the_full_name() -> None:
    text = "Bà Cao Thị Vân - Phó Chủ tịch LĐLĐ tỉnh Lai Châu dự. Bà Vân trao quà."

    people = [e for e in read_text("", "", text, published=None).entities if e.type == "person"]

    assert [person.surface for person in people] == ["Cao Thị Vân", "Vân"]
    assert {person.name for person in people} == {"Cao Thị Vân"}
    assert {person.role for person in people} == {"Phó Chủ tịch"}


def test_short_federation_means_the_last_one_named() -> None:
    text = "LĐLĐ TP Hải Phòng tổng kết năm. LĐLĐ thành phố khen 20 tập thể."

    reading = read_text("", "", text, published=None)

    names = [e.name for e in reading.entities if e.type == "organisation"]
    assert names == ["Liên đoàn Lao động thành phố Hải Phòng"] * 2


def test_short_federation_of_nobody_is_not_named() -> None:
    reading = read_text("", "", "LĐLĐ tỉnh khen 20 tập thể.", published=None)

    assert reading.entities == ()
    assert reading.figures[0].organisation is None
