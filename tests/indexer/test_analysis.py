"""The analyzers of the real Elasticsearch, case by case, and its handling of the indices."""

import json
import unicodedata
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from indexer.mappings import (
    INDEX_PLANS,
    IndexLayout,
    build_mappings,
    build_settings,
    ensure_indices,
)
from services.chassis.errors import Fatal

pytestmark = pytest.mark.integration

CASES = json.loads((Path(__file__).parent / "analysis_cases.json").read_text(encoding="utf-8"))


def test_analysis_makes_the_terms_of_each_case(client: Elasticsearch, layout: IndexLayout) -> None:
    ensure_indices(client, layout)
    wrong = []
    for case in CASES:
        for analyzer in ("folded", "exact"):
            if case[analyzer] is None:
                continue
            answer = client.indices.analyze(
                index=layout.articles, analyzer=f"vi_{analyzer}", text=case["text"]
            )
            terms = [unicodedata.normalize("NFC", token["token"]) for token in answer["tokens"]]
            if terms != case[analyzer]:
                wrong.append((case["text"], analyzer, terms))
    assert not wrong


def test_ensure_indices_twice_changes_nothing(client: Elasticsearch, layout: IndexLayout) -> None:
    first = ensure_indices(client, layout)
    before = client.indices.get(index=layout.articles)
    assert ensure_indices(client, layout) == first
    assert client.indices.get(index=layout.articles) == before


def test_ensure_indices_refuses_an_index_in_place_of_an_alias(
    client: Elasticsearch, layout: IndexLayout
) -> None:
    client.indices.create(index=layout.figures)
    try:
        with pytest.raises(Fatal, match="must be an alias"):
            ensure_indices(client, layout)
    finally:
        client.indices.delete(index=layout.figures)


def test_ensure_indices_refuses_other_field_types(
    client: Elasticsearch, layout: IndexLayout
) -> None:
    client.indices.create(
        index=f"{layout.articles}-v1", mappings={"properties": {"title": {"type": "long"}}}
    )
    with pytest.raises(Fatal, match="rebuild"):
        ensure_indices(client, layout)


def test_ensure_indices_leaves_an_alias_that_moved_on_and_adds_what_is_new(
    client: Elasticsearch, layout: IndexLayout
) -> None:
    newer = f"{layout.articles}-v20261005t080000"
    mappings = build_mappings(INDEX_PLANS[0])
    lead = mappings["properties"].pop("lead")
    client.indices.create(
        index=newer,
        mappings=mappings,
        settings=build_settings(layout),
        aliases={layout.articles: {"is_write_index": True}},
    )
    try:
        ensure_indices(client, layout)
        assert list(client.indices.get_alias(name=layout.articles)) == [newer]
        mapped = client.indices.get_mapping(index=newer)[newer]["mappings"]
        assert mapped["properties"]["lead"] == lead
    finally:
        client.indices.delete(index=newer)


@pytest.mark.parametrize(
    ("query", "hits"),
    [("lien doan lao dong", 1), ("liên đoàn lao động", 1), ("doan lien", 0)],
)
def test_phrases_are_found_with_and_without_diacritics(
    client: Elasticsearch, layout: IndexLayout, query: str, hits: int
) -> None:
    ensure_indices(client, layout)
    client.index(index=layout.articles, id="1", document={"body": "Liên đoàn Lao động Hà Nội"})
    client.indices.refresh(index=layout.articles)
    answer = client.search(index=layout.articles, query={"match_phrase": {"body": query}})
    assert answer["hits"]["total"]["value"] == hits
