import json
from datetime import UTC, date, datetime

import pytest

from services.contracts.facets import FACETS
from services.search.domain.bodies import (
    build_facets,
    build_search,
    choose_interval,
    list_days,
    list_filters,
)
from services.search.domain.query import Words
from services.search.domain.request import DateSpan, SearchRequest

NOW = datetime(2026, 10, 12, tzinfo=UTC)
SPAN = DateSpan(date(2026, 9, 1), date(2026, 9, 30))
HIDES_WITHDRAWN = {"bool": {"must_not": [{"term": {"status": "withdrawn"}}]}}


def test_withdrawn_articles_are_hidden_until_asked_for() -> None:
    assert list_filters(SearchRequest()) == [HIDES_WITHDRAWN]
    chosen = SearchRequest(chosen={"status": ("withdrawn",)})
    assert list_filters(chosen) == [{"terms": {"states": ["withdrawn"]}}]


def test_days_are_vietnams_and_the_last_is_included() -> None:
    (clause, _) = list_filters(SearchRequest(spans={"date": SPAN}))
    assert clause == {
        "range": {
            "sort_at": {"gte": "2026-09-01", "lt": "2026-10-01", "time_zone": "Asia/Ho_Chi_Minh"}
        }
    }


def test_a_facet_counts_under_the_choices_of_the_others_only() -> None:
    request = SearchRequest(chosen={"outlet": ("A",), "place": ("B",)})
    facets = build_facets(request)
    assert "A" not in json.dumps(facets["outlet"]["filter"])
    assert "B" in json.dumps(facets["outlet"]["filter"])
    assert "A" in json.dumps(facets["place"]["filter"])


def test_every_facet_of_the_contract_is_counted() -> None:
    assert list(build_facets(SearchRequest())) == [facet.name for facet in FACETS]


@pytest.mark.parametrize(
    ("span", "interval"),
    [
        (None, "month"),
        (DateSpan(date(2026, 1, 1), None), "month"),
        (SPAN, "day"),
        (DateSpan(date(2026, 1, 1), date(2026, 12, 31)), "month"),
    ],
)
def test_choose_interval_keeps_buckets_few(span: DateSpan | None, interval: str) -> None:
    assert choose_interval(span) == interval


def test_newest_first_is_not_scored() -> None:
    body = build_search(SearchRequest(text="a", sort="newest"), Words("a"), now=NOW)
    assert body["sort"] == [{"sort_at": "desc"}, {"article_id": "asc"}]
    assert "function_score" not in body["query"]


def test_relevance_prefers_fresh_articles_a_little() -> None:
    body = build_search(SearchRequest(text="a"), Words("a"), now=NOW)
    weights = [f["weight"] for f in body["query"]["function_score"]["functions"]]
    assert weights == [0.85, 0.15]
    assert body["sort"][0] == "_score"


def test_counting_facets_fetches_no_articles() -> None:
    body = build_search(SearchRequest(text="a"), Words("a"), now=NOW, has_hits=False)
    assert body["size"] == 0
    assert "highlight" not in body
    assert "function_score" not in body["query"]


def test_every_search_is_bounded() -> None:
    body = build_search(SearchRequest(text="a"), Words("a"), now=NOW, timeout_milliseconds=900)
    assert body["timeout"] == "900ms"
    assert body["track_total_hits"] == 10_000
    assert body["highlight"]["max_analyzed_offset"] < 1_000_000


def test_later_pages_leave_out_what_came_after_the_first() -> None:
    request = SearchRequest(page=3, as_of_milliseconds=1_700_000_000_000)
    body = build_search(request, None, now=NOW)
    assert body["from"] == 40
    assert body["query"]["bool"]["filter"] == [
        {"range": {"first_seen_at": {"lte": 1_700_000_000_000}}}
    ]


@pytest.mark.parametrize(
    ("moment", "interval", "days"),
    [
        (datetime(2026, 8, 31, 17, tzinfo=UTC), "month", SPAN),
        (datetime(2026, 8, 31, 17, tzinfo=UTC), "day", DateSpan(SPAN.first, SPAN.first)),
        (
            datetime(2026, 11, 30, 17, tzinfo=UTC),
            "month",
            DateSpan(date(2026, 12, 1), date(2026, 12, 31)),
        ),
    ],
)
def test_list_days_reads_a_bucket_in_vietnam(
    moment: datetime, interval: str, days: DateSpan
) -> None:
    assert list_days(round(moment.timestamp() * 1000), interval) == days
