"""The desk's reading of figures from Elasticsearch: tables, facets, names.

In: requests of `domain`. Out: figures and counts. Reads by way of `ArticleIndex`, which times,
bounds and counts every call.
"""

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from services.chassis.clock import Clock
from services.contracts.documents import FIGURES_ALIAS, FigureDocument
from services.search.answers import FiguresAnswer
from services.search.article_index import ArticleIndex, read_models, read_total
from services.search.domain.cursor import fingerprint
from services.search.domain.figure_bodies import (
    NameChoices,
    build_figure_facets,
    build_figures_search,
    build_name_search,
    read_facet_counts,
)
from services.search.domain.figure_request import FIGURE_FILTERS, FiguresRequest
from services.search.domain.names import NameChoice, choose_names
from services.search.domain.query import Node, parse_query

_NAME_FILTERS: Final = tuple(known for known in FIGURE_FILTERS if known.kind == "name")
_NAMES_KEPT: Final = 2_000
_NAMES_KEPT_SECONDS: Final = 60.0
"""A name first seen a minute ago may still be missing from what a typed one stands for."""


@dataclass(frozen=True, kw_only=True)
class FigureTable:
    """One numbered page of figures, with counts of what else there is."""

    total: int
    is_total_exact: bool
    is_complete: bool
    figures: tuple[FigureDocument, ...]
    facets: Mapping[str, tuple[tuple[str, int], ...]]
    choices: NameChoices
    as_of: datetime


class FigureIndex:
    """Searches figures, counts them, and finds the names that readers mean."""

    def __init__(self, articles: ArticleIndex, *, clock: Clock) -> None:
        self._articles = articles
        self._clock = clock
        self._names: OrderedDict[tuple[str, str], tuple[float, NameChoice]] = OrderedDict()
        self._lock = threading.Lock()

    def search(self, request: FiguresRequest) -> FigureTable:
        """Return one numbered page with its facets.

        Raises:
            QueryError: the words cannot be searched.
            Retry: Elasticsearch is down or overloaded.
            Reject: Elasticsearch refuses the query.
        """
        now = self._clock.now()
        node, choices = self.understand(request)
        timeout = self._articles.timeout_milliseconds
        whole = replace(request, page=1, as_of_milliseconds=None)
        hits, *counted = self._articles.search_many(
            FIGURES_ALIAS,
            [
                build_figures_search(request, node, choices, timeout_milliseconds=timeout),
                *build_figure_facets(whole, node, choices, timeout_milliseconds=timeout),
            ],
        )
        total, is_exact = read_total(hits)
        facets: dict[str, tuple[tuple[str, int], ...]] = {}
        for answer in counted:
            facets |= read_facet_counts(answer.get("aggregations", {}))
        return FigureTable(
            total=total,
            is_total_exact=is_exact,
            is_complete=not any(answer["timed_out"] for answer in (hits, *counted)),
            figures=read_models(FigureDocument, (hit["_source"] for hit in hits["hits"]["hits"])),
            facets=facets,
            choices=choices,
            as_of=now,
        )

    def page(self, request: FiguresRequest, *, cursor: str | None) -> FiguresAnswer:
        """Return a page of a list that stays as it is while the index grows.

        `next` of the answer holds the bare cursor. Raises as `search` does, and:

        Raises:
            CursorError: the cursor is not of this search.
            CursorExpired: the cursor's snapshot is gone.
        """
        body = self.build_body(request)
        search = fingerprint("figures", request.to_pairs())
        page = self._articles.page(FIGURES_ALIAS, body, cursor=cursor, search=search)
        total, is_exact = read_total(page.response)
        sources = (hit["_source"] for hit in page.response["hits"]["hits"])
        return FiguresAnswer(
            total=total,
            is_total_exact=is_exact,
            is_complete=not page.response["timed_out"],
            figures=read_models(FigureDocument, sources),
            next=page.next_cursor,
        )

    def build_body(self, request: FiguresRequest) -> dict[str, Any]:
        """Return the body of a search of figures, its typed names understood."""
        node, choices = self.understand(request)
        timeout = self._articles.timeout_milliseconds
        return build_figures_search(request, node, choices, timeout_milliseconds=timeout)

    def understand(self, request: FiguresRequest) -> tuple[Node | None, NameChoices]:
        """Return the words of a request as a tree, and what its typed names stand for."""
        typed = [
            (known.name, value)
            for known in _NAME_FILTERS
            for value in request.chosen.get(known.name, ())
        ]
        return parse_query(request.text).node, self._find_names(typed)

    def _find_names(self, typed: list[tuple[str, str]]) -> NameChoices:
        now_seconds = self._clock.monotonic_seconds()
        with self._lock:
            found = {
                key: kept[1]
                for key in typed
                if (kept := self._names.get(key)) and kept[0] > now_seconds - _NAMES_KEPT_SECONDS
            }
        missing = [key for key in typed if key not in found]
        if not missing:
            return found
        timeout = self._articles.timeout_milliseconds
        bodies = [
            build_name_search(name, value, timeout_milliseconds=timeout) for name, value in missing
        ]
        for key, answer in zip(
            missing, self._articles.search_many(FIGURES_ALIAS, bodies), strict=True
        ):
            buckets = answer.get("aggregations", {}).get("names", {}).get("buckets", [])
            found[key] = choose_names(key[1], [bucket["key"] for bucket in buckets])
        with self._lock:
            self._names.update({key: (now_seconds, found[key]) for key in missing})
            while len(self._names) > _NAMES_KEPT:
                self._names.popitem(last=False)
        return found
