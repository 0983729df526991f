"""Figures are asked for by a form, a link or the API; all read and write the same request."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.search.domain.figure_request import FIGURE_FILTERS, FiguresRequest, read_figures
from services.search.domain.request import DateSpan, RequestError


def test_read_figures_reads_numbers_exactly() -> None:
    request = read_figures([("min", "0.1"), ("max", "1e12"), ("unit", "VND"), ("unit", "USD")])
    assert (request.minimum, request.maximum) == (Decimal("0.1"), Decimal("1e12"))
    assert request.chosen == {"unit": ("VND", "USD")}


@pytest.mark.parametrize("number", ["x", "NaN", "Infinity", "1e999", "1,5"])
def test_read_figures_refuses_what_is_no_number(number: str) -> None:
    with pytest.raises(RequestError, match="min: bad_number"):
        read_figures([("min", number)])


@pytest.mark.parametrize(
    ("pairs", "url"),
    [
        ([("at_least", "100 tỉ đồng")], "/figures?unit=VND&min=100000000000"),
        ([("at_least", "100 tỷ"), ("unit", "đồng")], "/figures?unit=VND&min=100000000000"),
        ([("at_most", "2.500")], "/figures?max=2500"),
        ([("at_least", ""), ("place", " "), ("q", "")], "/figures"),
        ([("indicator", "tiền chăm lo, hỗ trợ")], "/figures?indicator=support_amount"),
        ([("indicator", "Support Paid")], "/figures?indicator=support_amount"),
        ([("period_from", "2024"), ("period_to", "2026")],
         "/figures?period_from=2024-01-01&period_to=2026-12-31"),
        ([("sort", "newest"), ("page", "1")], "/figures"),
    ],
)  # fmt: skip
def test_the_forms_words_become_a_plain_link(pairs: list[tuple[str, str]], url: str) -> None:
    assert read_figures(pairs, is_strict=False).to_url() == url


@pytest.mark.parametrize(
    ("pairs", "problem"),
    [
        ([("at_least", "nhiều lắm")], "at_least: bad_amount"),
        ([("at_least", "9" * 40)], "at_least: bad_amount"),
        ([("at_most", "1,2,3")], "at_most: bad_amount"),
        ([("modality", "maybe")], "modality: bad_choice"),
        ([("period_from", "2026"), ("period_to", "2024")], "period_from: dates_swapped"),
        ([("sort", "prettiest")], "sort: bad_choice"),
        ([("page", "51")], "page: too_deep"),
    ],
)
def test_what_does_not_fit_is_named(pairs: list[tuple[str, str]], problem: str) -> None:
    with pytest.raises(RequestError, match=problem):
        read_figures(pairs, is_strict=False)


def test_the_api_refuses_what_it_does_not_know() -> None:
    with pytest.raises(RequestError, match="person: unknown_parameter"):
        read_figures([("person", "x")])
    with pytest.raises(RequestError, match="at_least: unknown_parameter"):
        read_figures([("at_least", "1")])


days = st.none() | st.dates(date(1900, 1, 1), date(2100, 12, 31))
spans = st.builds(DateSpan, days, days).filter(
    lambda span: span.first is None or span.last is None or span.first <= span.last
)
numbers = st.none() | st.decimals(-(10**12), 10**15, allow_nan=False, places=3)
values = st.text("abđơ &=+%#", min_size=1, max_size=8).map(str.strip).filter(bool)


@given(
    st.builds(
        FiguresRequest,
        text=st.just("") | values,
        chosen=st.dictionaries(
            st.sampled_from([f.name for f in FIGURE_FILTERS if f.kind != "choice"]),
            st.lists(values, min_size=1, max_size=3, unique=True).map(tuple),
        ),
        minimum=numbers,
        maximum=numbers,
        periods=spans,
        published=spans,
        sort=st.sampled_from(["newest", "largest", "smallest", "period"]),
    )
)
def test_every_request_survives_its_link(request: FiguresRequest) -> None:
    assert read_figures(request.to_pairs()) == request
    assert read_figures(request.to_pairs(), is_strict=False) == request


@given(st.text("0123456789.,- tỉnghìđồ%kmVN½١", max_size=30))
def test_any_amount_is_read_or_refused(text: str) -> None:
    try:
        request = read_figures([("at_least", text)], is_strict=False)
    except RequestError as error:
        assert error.problem == "bad_amount"  # noqa: PT017 - either outcome is right
    else:
        assert read_figures(request.to_pairs()) == request
