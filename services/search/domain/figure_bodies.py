"""Whole search bodies for the figures index.

In: a request and what its typed names stand for. Out: bodies of searches; their cost is bounded:
sizes, depths, buckets and time.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from services.search.domain.bodies import TIME_ZONE, TOTAL_LIMIT
from services.search.domain.figure_request import FIGURE_FILTERS, FigureFilter, FiguresRequest
from services.search.domain.names import NAMES_LIMIT, NameChoice, write_name
from services.search.domain.query import (
    AllOf,
    AnyOf,
    Clause,
    Fielded,
    Node,
    Not,
    Phrase,
    Words,
    is_accented,
    write_variants,
)
from services.search.domain.request import DateSpan

FACET_VALUES_LIMIT: Final = 20
FACET_FILTERS: Final = tuple(known for known in FIGURE_FILTERS if known.is_counted)
NameChoices = Mapping[tuple[str, str], NameChoice]
"""What typed names stand for, by parameter and typed text."""

_WORD_FIELDS: Final = (
    "sentence",
    "title",
    "organisation.words",
    "place.words",
    "counted.words",
)
_FIELD_WORDS: Final = {
    "title": "title",
    "organisation": "organisation.words",
    "place": "place.words",
}
_ORDERS: Final[Mapping[str, list[Clause]]] = {
    "newest": [{"sort_at": "desc"}],
    "largest": [{"value": {"order": "desc", "missing": "_last"}}, {"sort_at": "desc"}],
    "smallest": [{"value": {"order": "asc", "missing": "_last"}}, {"sort_at": "desc"}],
    "period": [{"period_last": {"order": "desc", "missing": "_last"}}, {"sort_at": "desc"}],
}
_TIES: Final[list[Clause]] = [{"article_id": "asc"}, {"figure_id": "asc"}]


def match_name_words(field: str, typed: str) -> Clause:
    """Return the clause for values of a name field that hold all words of a typed name."""
    ways = [
        {"match": {f"{field}.words": {"query": way, "operator": "and"}}}
        for way in write_name(typed)
    ]
    return {"bool": {"should": ways, "minimum_should_match": 1}}


def build_name_search(field: str, typed: str, *, timeout_milliseconds: int) -> Clause:
    """Return the body that lists the names a typed name may stand for, the most frequent first."""
    return {
        "query": {"bool": {"filter": [match_name_words(field, typed)]}},
        "size": 0,
        "track_total_hits": False,
        "timeout": f"{timeout_milliseconds}ms",
        "aggs": {"names": {"terms": {"field": field, "size": NAMES_LIMIT + 1}}},
    }


def _filter_chosen(known: FigureFilter, value: str, choices: NameChoices) -> Clause:
    if known.kind == "words":
        words = {"query": value, "operator": "and"}
        return {"match": {f"{known.field}.words": words}}
    if known.name == "period":
        return _filter_period(value)
    choice = choices.get((known.name, value))
    if choice is None or not (choice.names or choice.is_open):
        return {"term": {known.field: value}}
    if choice.is_open or len(choice.names) > NAMES_LIMIT:
        return match_name_words(known.field, value)
    return {"terms": {known.field: list(choice.names)}}


def _filter_condition(known: FigureFilter, values: tuple[str, ...], choices: NameChoices) -> Clause:
    if known.kind == "choice" and known.name != "period":
        return {"terms": {known.field: list(values)}}
    ways = [_filter_chosen(known, value, choices) for value in values]
    if known.name == "place":
        ways.append({"terms": {"place_code": list(values)}})
    return {"bool": {"should": ways, "minimum_should_match": 1}} if len(ways) > 1 else ways[0]


def _filter_period(period: str) -> Clause:
    """Match a period and what lies in it: "2025" holds "2025-H1" and "2025-01/2025-09"."""
    ways = [
        {"term": {"period": period}},
        {"prefix": {"period": f"{period}-"}},
        {"prefix": {"period": f"{period}/"}},
    ]
    return {"bool": {"should": ways, "minimum_should_match": 1}}


def _filter_value(minimum: Decimal | None, maximum: Decimal | None) -> list[Clause]:
    """Return the bounds on the value; a range "5 to 7" is within what it overlaps."""
    bounds: list[Clause] = []
    if minimum is not None:
        reaches = [{"range": {field: {"gte": str(minimum)}}} for field in ("value", "value_max")]
        bounds.append({"bool": {"should": reaches, "minimum_should_match": 1}})
    if maximum is not None:
        bounds.append({"range": {"value": {"lte": str(maximum)}}})
    return bounds


def _filter_periods(span: DateSpan) -> list[Clause]:
    """Match periods that lie within some days."""
    clauses: list[Clause] = []
    if span.first is not None:
        clauses.append({"range": {"period_first": {"gte": span.first.isoformat()}}})
    if span.last is not None:
        clauses.append({"range": {"period_last": {"lte": span.last.isoformat()}}})
    return clauses


def _filter_published(span: DateSpan) -> list[Clause]:
    if not span:
        return []
    limits: dict[str, str] = {"time_zone": TIME_ZONE}
    if span.first is not None:
        limits["gte"] = span.first.isoformat()
    if (after := span.after_last) is not None:
        limits["lt"] = after.isoformat()
    return [{"range": {"sort_at": limits}}]


def match_words(node: Node) -> Clause:
    """Return the clause for figures whose sentence, headline or names hold a query's words.

    Example:
        >>> match_words(Phrase("mái ấm"))["multi_match"]["fields"]
        ['sentence.exact', 'title.exact']
    """
    match node:
        case Words(text):
            ways = [
                {
                    "multi_match": {
                        "query": way,
                        "type": "cross_fields",
                        "operator": "and",
                        "fields": list(_WORD_FIELDS),
                    }
                }
                for way in write_variants(text)
            ]
            return {"bool": {"should": ways, "minimum_should_match": 1}}
        case Phrase(text):
            suffix = ".exact" if is_accented(text) else ""
            fields = [f"{name}{suffix}" for name in ("sentence", "title")]
            return {"multi_match": {"query": text, "type": "phrase", "fields": fields}}
        case Not(inner):
            spelt = Phrase(inner.text) if isinstance(inner, Words) else inner
            return {"bool": {"must_not": [match_words(spelt)]}}
        case Fielded(field, inner):
            return _match_field(field, inner)
        case AllOf(nodes):
            return {"bool": {"filter": [match_words(inner) for inner in nodes]}}
        case AnyOf(nodes):
            ways = [match_words(inner) for inner in nodes]
            return {"bool": {"should": ways, "minimum_should_match": 1}}


def _match_field(field: str, node: Node) -> Clause:
    """Match words of one field: owner, place or headline; other fields hold no words of figures."""
    name = _FIELD_WORDS.get(field)
    match node:
        case Words(text) | Phrase(text) if name is not None:
            return {"match": {name: {"query": text, "operator": "and"}}}
        case AnyOf(nodes):
            ways = [_match_field(field, inner) for inner in nodes]
            return {"bool": {"should": ways, "minimum_should_match": 1}}
        case AllOf(nodes) if name is not None:
            return {"bool": {"filter": [_match_field(field, inner) for inner in nodes]}}
        case Not(inner) if name is not None:
            return {"bool": {"must_not": [_match_field(field, inner)]}}
        case _:
            return match_words(node)


def list_figure_filters(
    request: FiguresRequest,
    node: Node | None,
    choices: NameChoices,
    *,
    without: FigureFilter | None = None,
) -> list[Clause]:
    """Return the filters of a request, but for one condition: that one counts its other values."""
    filters: list[Clause] = [] if node is None else [match_words(node)]
    for known in FIGURE_FILTERS:
        values = request.chosen.get(known.name, ())
        if known is without:
            continue
        if values:
            filters.append(_filter_condition(known, values, choices))
        elif known.name == "status":
            filters.append({"term": {"status": "published"}})
    filters += _filter_value(request.minimum, request.maximum)
    filters += _filter_periods(request.periods)
    filters += _filter_published(request.published)
    if request.as_of_milliseconds is not None:
        filters.append({"range": {"article_revision": {"lte": request.as_of_milliseconds}}})
    return filters


def build_figures_search(
    request: FiguresRequest,
    node: Node | None,
    choices: NameChoices,
    *,
    timeout_milliseconds: int = 3_000,
) -> Clause:
    """Return the body of a search of figures."""
    return {
        "query": {"bool": {"filter": list_figure_filters(request, node, choices)}},
        "sort": [*_ORDERS[request.sort], *_TIES],
        "from": (request.page - 1) * request.size,
        "size": request.size,
        "timeout": f"{timeout_milliseconds}ms",
        "track_total_hits": TOTAL_LIMIT,
    }


def build_figure_facets(
    request: FiguresRequest,
    node: Node | None,
    choices: NameChoices,
    *,
    timeout_milliseconds: int = 3_000,
) -> list[Clause]:
    """Return the bodies that count every facet, each under the conditions of all the others.

    Facets without a choice of their own share one body. None has hits, nor depends on the time,
    so that Elasticsearch answers them from its request cache until the index changes.
    """
    free = [known for known in FACET_FILTERS if not request.chosen.get(known.name)]
    bodies = [(list_figure_filters(request, node, choices), free)]
    for known in FACET_FILTERS:
        if known not in free:
            others = list_figure_filters(request, node, choices, without=known)
            bodies.append((others, [known]))
    return [
        {
            "query": {"bool": {"filter": filters}},
            "size": 0,
            "track_total_hits": False,
            "timeout": f"{timeout_milliseconds}ms",
            "aggs": {
                known.name: {"terms": {"field": known.field, "size": FACET_VALUES_LIMIT}}
                for known in counted
            },
        }
        for filters, counted in bodies
        if counted
    ]


def read_facet_counts(aggregations: Mapping[str, Any]) -> dict[str, tuple[tuple[str, int], ...]]:
    """Return the values of each facet with their counts."""
    return {
        name: tuple((bucket["key"], bucket["doc_count"]) for bucket in counted["buckets"])
        for name, counted in aggregations.items()
    }


_CLAIM_FIELDS: Final = (
    "figure_id", "article_id", "field", "start", "end", "surface", "kind", "value", "value_max",
    "unit", "counted", "per", "of", "comparator", "modality", "organisation", "place", "period",
    "part_of", "same_as", "sort_at", "outlet", "title", "sentence",
)  # fmt: skip
CLAIMS_LIMIT: Final = 3_000
"""Figures that one chart is drawn from, the newest first."""


def build_claims(filters: list[Clause], *, kind: str, timeout_milliseconds: int = 3_000) -> Clause:
    """Return the body that fetches what a chart is drawn from.

    What `series.read_claim` would leave out is not fetched.
    """
    return {
        "query": {
            "bool": {
                "filter": [*filters, {"term": {"kind": kind}}, {"exists": {"field": "value"}}],
                "must_not": [{"exists": {"field": name}} for name in ("same_as", "part_of", "of")],
            }
        },
        "sort": [{"sort_at": "desc"}, {"figure_id": "asc"}],
        "size": CLAIMS_LIMIT,
        "_source": list(_CLAIM_FIELDS),
        "timeout": f"{timeout_milliseconds}ms",
        "track_total_hits": TOTAL_LIMIT,
    }


def build_scopes(
    filters: list[Clause], *, field: str, size: int, timeout_milliseconds: int = 3_000
) -> Clause:
    """Return the body that counts the owners, places or indicators with most figures."""
    return {
        "query": {"bool": {"filter": filters}},
        "size": 0,
        "track_total_hits": False,
        "timeout": f"{timeout_milliseconds}ms",
        "aggs": {field: {"terms": {"field": field, "size": size}}},
    }
