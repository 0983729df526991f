"""The mappings hold every field of the document models, in types that serve the facets."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from indexer.mappings import INDEX_PLANS, IndexLayout, IndexPlan, build_mappings, build_settings
from services.contracts.documents import SPELLING_FIELD
from services.contracts.facets import FACETS, Facet

ARTICLES, FIGURES, REVISIONS, HEARTBEATS = INDEX_PLANS


def property_of(plan: IndexPlan, name: str) -> dict[str, Any]:
    found: dict[str, Any] = build_mappings(plan)["properties"][name]
    return found


@pytest.mark.parametrize("plan", INDEX_PLANS, ids=lambda plan: plan.alias)
def test_mappings_hold_exactly_the_fields_of_the_model(plan: IndexPlan) -> None:
    mappings = build_mappings(plan)
    known_words = {SPELLING_FIELD} if plan.spelling_sources else set()
    assert set(mappings["properties"]) == set(plan.model.model_fields) | known_words
    assert mappings["dynamic"] == "strict"


@pytest.mark.parametrize("facet", FACETS, ids=lambda facet: facet.name)
def test_mappings_let_every_facet_be_counted(facet: Facet) -> None:
    expected = {"terms": "keyword", "date": "date"}[facet.kind]
    assert property_of(ARTICLES, facet.field)["type"] == expected


@pytest.mark.parametrize(
    "facet", [facet for facet in FACETS if facet.holds_names], ids=lambda facet: facet.name
)
def test_mappings_count_names_without_case_and_search_their_words(facet: Facet) -> None:
    fields = property_of(ARTICLES, facet.field)["fields"]
    assert fields["folded"]["normalizer"] == "lowercase"
    assert fields["words"]["analyzer"] == "vi_folded"
    assert facet.counted_field.endswith(".folded")
    assert facet.worded_field == f"{facet.field}.words"


@pytest.mark.parametrize("name", ["title", "lead", "body", "names", "captions", "tags"])
def test_mappings_search_article_texts_folded_and_exact(name: str) -> None:
    mapped = property_of(ARTICLES, name)
    assert (mapped["type"], mapped["analyzer"]) == ("text", "vi_folded")
    assert mapped["index_phrases"] is True
    assert mapped["index_options"] == mapped["fields"]["exact"]["index_options"] == "offsets"
    assert mapped["fields"]["exact"]["analyzer"] == "vi_exact"


@pytest.mark.parametrize("name", ["figures", "entities", "revisions"])
def test_mappings_keep_nested_parts_of_articles_unsearched(name: str) -> None:
    assert property_of(ARTICLES, name) == {"type": "object", "enabled": False}


@pytest.mark.parametrize(
    "name",
    [
        name
        for name, field in FIGURES.model.model_fields.items()
        if "Decimal" in str(field.annotation) or field.annotation is Decimal
    ],
)
def test_mappings_make_numbers_sortable(name: str) -> None:
    assert property_of(FIGURES, name)["type"] == "double"


@pytest.mark.parametrize(
    ("plan", "name"),
    [
        (plan, name)
        for plan in INDEX_PLANS
        for name, field in plan.model.model_fields.items()
        if field.annotation is datetime
    ],
    ids=str,
)
def test_mappings_make_times_dates(plan: IndexPlan, name: str) -> None:
    assert property_of(plan, name) == {"type": "date"}


def test_mappings_describe_changes_by_their_parts() -> None:
    assert set(property_of(FIGURES, "change")["properties"]) == {"direction", "baseline"}


def test_mappings_keep_revision_texts_unsearched() -> None:
    assert property_of(REVISIONS, "body") == {"type": "text", "index": False}


def test_settings_follow_the_layout() -> None:
    settings = build_settings(IndexLayout(shards=2, replicas=1, refresh_interval_seconds=0.25))
    assert settings["index"] == {
        "number_of_shards": 2,
        "number_of_replicas": 1,
        "refresh_interval": "250ms",
    }


@pytest.mark.parametrize("name", ["organisation", "place", "counted"])
def test_mappings_find_names_of_figures_by_their_words(name: str) -> None:
    mapped = property_of(FIGURES, name)
    assert mapped["type"] == "keyword"
    assert mapped["fields"]["words"]["analyzer"] == "vi_folded"


@pytest.mark.parametrize("name", ["period_first", "period_last"])
def test_mappings_bound_periods_by_days(name: str) -> None:
    assert property_of(FIGURES, name) == {"type": "date"}


@pytest.mark.parametrize("facet", [f for f in FACETS if f.kind == "terms"], ids=lambda f: f.name)
def test_mappings_make_facets_ready_at_a_refresh(facet: Facet) -> None:
    assert property_of(ARTICLES, facet.field)["eager_global_ordinals"] is True
