"""Phrases and what they claim: one row of figure_phrases.jsonl each, near misses included."""

import json
from pathlib import Path

import pytest

from enricher.domain.enrich import read_text

ROWS = [
    json.loads(line)
    for line in Path(__file__).with_name("figure_phrases.jsonl").read_text("utf-8").splitlines()
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["text"][:50])
def test_read_text_finds_the_figures_of_a_phrase(row: dict[str, object]) -> None:
    text, expected = row["text"], row["figures"]
    assert isinstance(text, str)
    assert isinstance(expected, list)

    figures = read_text("", "", text, published=None).figures

    found = [figure.model_dump(mode="json") for figure in figures]
    assert [
        {key: dump[key] for key in want} for dump, want in zip(found, expected, strict=True)
    ] == expected
