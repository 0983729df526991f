"""Whole search bodies for Elasticsearch.

In: a request, its parsed words, and the time it is asked at. Out: the body of a search; its cost
is bounded: sizes, depths, buckets, highlighted characters and time.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from services.contracts.facets import FACETS, Facet
from services.search.domain.formatting import VIETNAM
from services.search.domain.highlights import MARK_CLOSES, MARK_OPENS
from services.search.domain.query import Clause, Node, build_highlight_query, build_query
from services.search.domain.request import DateSpan, SearchRequest

TOTAL_LIMIT: Final = 10_000
"""Totals are counted exactly up to here, then "more than"."""
FACET_VALUES_LIMIT: Final = 30
DAYS_LIMIT: Final = 62
"""A date span up to here is counted by day, a longer one by month."""
HIGHLIGHT_LIMIT_CHARACTERS: Final = 200_000
TIME_ZONE: Final = "Asia/Ho_Chi_Minh"

CARD_FIELDS: Final = (
    "article_id", "status", "is_corrected", "outlet", "url", "title", "lead", "language",
    "published_at", "sort_at", "fetched_at", "figure_count", "figures",
)  # fmt: skip

_FRESH_WEIGHT: Final = 0.15
"""How much of a score freshness can cost: it settles near ties, spelling and phrases decide."""
_FRESH_DAYS: Final = 7
_HALF_LIFE_DAYS: Final = 365

_WITHDRAWN: Final[Clause] = {"term": {"status": "withdrawn"}}


def _filter_span(field: str, span: DateSpan) -> Clause:
    limits: dict[str, str] = {"time_zone": TIME_ZONE}
    if span.first is not None:
        limits["gte"] = span.first.isoformat()
    if (after := span.after_last) is not None:
        limits["lt"] = after.isoformat()
    return {"range": {field: limits}}


def _filter_facet(request: SearchRequest, facet: Facet) -> Clause | None:
    """Return what a facet's choices demand; withdrawn articles are shown when asked for."""
    if facet.kind == "date":
        span = request.spans.get(facet.name)
        return _filter_span(facet.field, span) if span else None
    values = request.chosen.get(facet.name, ())
    if values:
        return {"terms": {facet.counted_field: list(values)}}
    if facet.name == "status":
        return {"bool": {"must_not": [_WITHDRAWN]}}
    return None


def list_filters(request: SearchRequest, *, without: Facet | None = None) -> list[Clause]:
    """Return the filters of all chosen facets, but for one: that one counts its other values."""
    filters = (_filter_facet(request, facet) for facet in FACETS if facet is not without)
    return [clause for clause in filters if clause is not None]


def choose_interval(span: DateSpan | None) -> str:
    """Return "day" or "month": what a date facet counts by.

    Example:
        >>> from datetime import date
        >>> choose_interval(DateSpan(date(2025, 9, 1), date(2025, 9, 30))), choose_interval(None)
        ('day', 'month')
    """
    days = span.days if span else None
    return "day" if days is not None and days <= DAYS_LIMIT else "month"


def build_facets(request: SearchRequest) -> dict[str, Clause]:
    """Return one aggregation a facet, each under the choices of all the others."""
    return {facet.name: _build_facet(request, facet) for facet in FACETS}


def _build_facet(request: SearchRequest, facet: Facet) -> Clause:
    aggregations: Clause = {}
    if facet.kind == "terms":
        counts: Clause = {"terms": {"field": facet.counted_field, "size": FACET_VALUES_LIMIT}}
        filters = list_filters(request, without=facet)
        if facet.holds_names:  # counted without regard to case, shown as most articles write them
            spellings = {"field": facet.field, "size": 2 * FACET_VALUES_LIMIT}
            aggregations["spellings"] = {"terms": spellings}
    else:
        span = request.spans.get(facet.name)
        interval = choose_interval(span)
        counts = {
            "date_histogram": {
                "field": facet.field,
                "calendar_interval": interval,
                "time_zone": TIME_ZONE,
                "min_doc_count": 1,
            }
        }
        filters = list_filters(request)  # a histogram shows what its own span holds, finer
    aggregations["values"] = counts
    return {"filter": {"bool": {"filter": filters}}, "aggs": aggregations}


def _prefer_fresh(query: Clause, now: datetime) -> Clause:
    return {
        "function_score": {
            "query": query,
            "functions": [
                {"weight": 1 - _FRESH_WEIGHT},
                {
                    "weight": _FRESH_WEIGHT,
                    "exp": {
                        "sort_at": {
                            "origin": now.astimezone(UTC).isoformat(),
                            "offset": f"{_FRESH_DAYS}d",
                            "scale": f"{_HALF_LIFE_DAYS}d",
                            "decay": 0.5,
                        }
                    },
                },
            ],
            "score_mode": "sum",
            "boost_mode": "multiply",
        }
    }


def _highlight(node: Node | None) -> Clause:
    def field(name: str, **options: object) -> Clause:
        query = build_highlight_query(node, name)
        return {**options, **({"highlight_query": query} if query else {})}

    return {
        "type": "unified",
        "order": "score",
        "pre_tags": [MARK_OPENS],
        "post_tags": [MARK_CLOSES],
        "boundary_scanner": "sentence",
        "boundary_scanner_locale": "vi-VN",
        "max_analyzed_offset": HIGHLIGHT_LIMIT_CHARACTERS,
        "fields": {
            "title": field("title", number_of_fragments=0),
            "lead": field("lead", number_of_fragments=1, fragment_size=0, no_match_size=300),
            "body": field("body", number_of_fragments=2, fragment_size=0, no_match_size=260),
        },
    }


def build_search(
    request: SearchRequest,
    node: Node | None,
    *,
    now: datetime,
    has_hits: bool = True,
    has_facets: bool = True,
    timeout_milliseconds: int = 3_000,
) -> Clause:
    """Return the body of a search of articles; `docvalue_fields` tell their signatures."""
    is_ranked = request.order == "relevant" and node is not None
    query = build_query(node, is_ranked=is_ranked and has_hits)
    if request.as_of_milliseconds is not None:
        seen = {"range": {"first_seen_at": {"lte": request.as_of_milliseconds}}}
        query = {"bool": {"must": [query], "filter": [seen]}}
    body: dict[str, Any] = {
        "query": _prefer_fresh(query, now) if is_ranked and has_hits else query,
        "post_filter": {"bool": {"filter": list_filters(request)}},
        "timeout": f"{timeout_milliseconds}ms",
        "track_total_hits": TOTAL_LIMIT,
        "size": request.size if has_hits else 0,
    }
    if has_hits:
        newest = [{"sort_at": "desc"}, {"article_id": "asc"}]
        body["from"] = (request.page - 1) * request.size
        body["sort"] = ["_score", *newest] if is_ranked else newest
        body["_source"] = list(CARD_FIELDS)
        body["docvalue_fields"] = ["signature"]
        body["highlight"] = _highlight(node)
    if has_facets:
        body["aggs"] = build_facets(request)
    return body


def narrow_to_ranks(body: Clause, *, count: int) -> Clause:
    """Return a search that reads the ids and signatures of the first articles, and no more."""
    kept = {name: value for name, value in body.items() if name != "highlight"}
    return {**kept, "from": 0, "size": count, "_source": False}


def narrow_to_articles(body: Clause, article_ids: Sequence[str]) -> Clause:
    """Return a search that reads some of its articles in full, and counts nothing."""
    kept = {name: value for name, value in body.items() if name not in ("aggs", "from")}
    some = {"terms": {"article_id": list(article_ids)}}
    query = {"bool": {"must": [body["query"]], "filter": [some]}}
    return {**kept, "query": query, "size": len(article_ids), "track_total_hits": False}


def list_days(milliseconds: int, interval: str) -> DateSpan:
    """Return the days that a histogram's bucket stands for.

    Example:
        >>> list_days(1756659600000, "month").last.isoformat()
        '2025-09-30'
    """
    first = datetime.fromtimestamp(milliseconds / 1000, tz=VIETNAM).date()
    if interval == "day":
        return DateSpan(first, first)
    following = (first.replace(day=28) + timedelta(days=4)).replace(day=1)
    return DateSpan(first, following - timedelta(days=1))
