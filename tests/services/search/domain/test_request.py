from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.facets import FACETS
from services.search.domain.request import (
    DateSpan,
    RequestError,
    SearchRequest,
    read_search,
)

words = st.text(min_size=1, max_size=20).map(str.strip).filter(bool)
terms = st.sampled_from([facet.name for facet in FACETS if facet.kind == "terms"])
days = st.dates(date(1900, 1, 1), date(2100, 12, 31))


@st.composite
def requests(draw: st.DrawFn) -> SearchRequest:
    first, last = sorted((draw(days), draw(days)))
    chosen = draw(st.dictionaries(terms, st.lists(words, min_size=1, max_size=3, unique=True)))
    return SearchRequest(
        text=draw(words | st.just("")),
        chosen={name: tuple(values) for name, values in chosen.items()},
        spans=draw(st.sampled_from([{}, {"date": DateSpan(first, last)}])),
        sort=draw(st.sampled_from([None, "relevant", "newest"])),
    )


@given(requests())
def test_a_request_survives_its_url(request_: SearchRequest) -> None:
    assert read_search(request_.to_pairs(), is_strict=True) == request_


@given(requests(), terms, words)
def test_a_chosen_value_can_be_taken_back(request_: SearchRequest, name: str, value: str) -> None:
    without = request_.without_value(name, value)
    again = without.with_value(name, value)
    assert value in again.chosen[name]
    assert again.without_value(name, value).to_url() == without.to_url()


def test_a_new_choice_starts_at_the_first_page() -> None:
    deep = SearchRequest(text="a", page=3, as_of_milliseconds=5)
    for fresh in (
        deep.with_value("outlet", "x"),
        deep.with_span("date", DateSpan(date(2025, 1, 1), None)),
        deep.with_sort("newest"),
        deep.with_text("b"),
        deep.without_filters(),
    ):
        assert (fresh.page, fresh.as_of_milliseconds) == (1, None)


def test_pages_keep_the_time_of_the_first() -> None:
    url = SearchRequest(text="a").with_page(2, as_of_milliseconds=1700000000000).to_url()
    assert url == "/?q=a&page=2&as_of=1700000000000"


@pytest.mark.parametrize(
    ("text", "span"),
    [
        (("2025", "2025"), DateSpan(date(2025, 1, 1), date(2025, 12, 31))),
        (("2024-02", "2024-02"), DateSpan(date(2024, 2, 1), date(2024, 2, 29))),
        (("2025-09-17", ""), DateSpan(date(2025, 9, 17), None)),
    ],
)
def test_dates_may_be_years_months_or_days(text: tuple[str, str], span: DateSpan) -> None:
    pairs = [("date_from", text[0]), ("date_to", text[1])]
    assert read_search(pairs).spans["date"] == span


def test_order_follows_the_words() -> None:
    assert SearchRequest().order == "newest"
    assert SearchRequest(text="a").order == "relevant"
    assert SearchRequest(sort="relevant").order == "newest"
    assert SearchRequest(text="a", sort="newest").order == "newest"


@pytest.mark.parametrize(
    ("pairs", "parameter", "problem"),
    [
        ([("date_from", "17/9/2025")], "date_from", "bad_date"),
        ([("date_from", "2025-02-30")], "date_from", "bad_date"),
        ([("date_from", "2025-13")], "date_from", "bad_date"),
        ([("date_to", "9999")], "date_to", "bad_date"),
        ([("date_from", "2025-02"), ("date_to", "2025-01")], "date", "dates_swapped"),
        ([("page", "x")], "page", "bad_number"),
        ([("page", "0")], "page", "bad_number"),
        ([("page", "51")], "page", "too_deep"),
        ([("page", "999999999999999")], "page", "too_deep"),
        ([("size", "101")], "size", "bad_size"),
        ([("size", "0")], "size", "bad_size"),
        ([("sort", "best")], "sort", "bad_choice"),
        ([("as_of", "99999999999999")], "as_of", "bad_number"),
        ([("outlet", "x" * 401)], "outlet", "too_long_value"),
        ([("outlet", str(n)) for n in range(51)], "outlet", "too_many_values"),
    ],
)
def test_read_search_names_what_does_not_fit(
    pairs: list[tuple[str, str]], parameter: str, problem: str
) -> None:
    with pytest.raises(RequestError) as caught:
        read_search(pairs)
    assert (caught.value.parameter, caught.value.problem) == (parameter, problem)


def test_the_page_passes_over_what_it_does_not_know_and_the_api_refuses() -> None:
    assert read_search([("utm_source", "x")]) == SearchRequest()
    with pytest.raises(RequestError, match="utm_source: unknown_parameter"):
        read_search([("utm_source", "x")], is_strict=True)
    with pytest.raises(RequestError, match="q: repeated_parameter"):
        read_search([("q", "x"), ("q", "y")], is_strict=True)


@given(
    st.lists(st.tuples(st.sampled_from(["q", "page", "size", "date_from", "outlet"]), st.text()))
)
def test_any_parameters_are_read_or_refused(pairs: list[tuple[str, str]]) -> None:
    try:
        read_search(pairs).to_url()
    except RequestError as error:
        assert error.parameter  # noqa: PT017 - either outcome is right
