"""Searches of figures ask the right fields and cost no more than they must."""

import json
from decimal import Decimal

from services.search.domain.figure_bodies import (
    FACET_FILTERS,
    build_figure_facets,
    build_figures_search,
)
from services.search.domain.figure_request import FiguresRequest
from services.search.domain.names import NAMES_LIMIT, NameChoice


def test_a_period_holds_its_parts() -> None:
    body = build_figures_search(FiguresRequest(chosen={"period": ("2025",)}), None, {})
    (_, period) = body["query"]["bool"]["filter"]
    assert {"prefix": {"period": "2025-"}} in period["bool"]["should"]


def test_a_place_is_a_name_or_a_code() -> None:
    body = build_figures_search(FiguresRequest(chosen={"place": ("01",)}), None, {})
    assert '{"terms": {"place_code": ["01"]}}' in json.dumps(body)


def test_values_are_sent_as_exact_text() -> None:
    request = FiguresRequest(minimum=Decimal("100000000000.1"), maximum=Decimal(7))
    sent = json.dumps(build_figures_search(request, None, {}))
    assert '"gte": "100000000000.1"' in sent
    assert '"lte": "7"' in sent


def test_a_typed_name_asks_for_the_names_it_stands_for() -> None:
    request = FiguresRequest(chosen={"organisation": ("ha noi",)})
    choice = NameChoice(typed="ha noi", names=("A Hà Nội", "B Hà Nội"), is_exact=False)
    body = build_figures_search(request, None, {("organisation", "ha noi"): choice})
    assert {"terms": {"organisation": ["A Hà Nội", "B Hà Nội"]}} in body["query"]["bool"]["filter"]


def test_a_name_with_too_many_meanings_asks_for_its_words() -> None:
    request = FiguresRequest(chosen={"organisation": ("công đoàn",)})
    names = tuple(map(str, range(NAMES_LIMIT + 1)))
    choice = NameChoice(typed="công đoàn", names=names, is_exact=False)
    sent = json.dumps(build_figures_search(request, None, {("organisation", "công đoàn"): choice}))
    assert "organisation.words" in sent


def test_facets_without_a_choice_share_one_search() -> None:
    (shared,) = build_figure_facets(FiguresRequest(), None, {})
    assert set(shared["aggs"]) == {known.name for known in FACET_FILTERS}
    shared, own = build_figure_facets(FiguresRequest(chosen={"unit": ("VND",)}), None, {})
    assert set(own["aggs"]) == {"unit"}
    assert {"terms": {"unit": ["VND"]}} in shared["query"]["bool"]["filter"]
    assert {"terms": {"unit": ["VND"]}} not in own["query"]["bool"]["filter"]
