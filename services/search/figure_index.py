"""The desk's reading of figures from Elasticsearch: tables, facets, names.

In: requests of `domain`. Out: figures and counts. Reads by way of `ArticleIndex`, which times,
bounds and counts every call.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from services.chassis.clock import Clock
from services.contracts.documents import FIGURES_ALIAS, FigureDocument
from services.lexicon.indicators import Indicator, indicators
from services.search.answers import FiguresAnswer
from services.search.article_index import ArticleIndex, read_models, read_total
from services.search.domain.chart_request import ChartRequest
from services.search.domain.cursor import fingerprint
from services.search.domain.figure_bodies import (
    CLAIMS_LIMIT,
    NameChoices,
    build_claims,
    build_figure_facets,
    build_figures_search,
    build_name_search,
    build_scopes,
    list_figure_filters,
    read_facet_counts,
)
from services.search.domain.figure_request import FIGURE_FILTERS, FiguresRequest
from services.search.domain.judging import Judgement
from services.search.domain.names import NameChoice, choose_names
from services.search.domain.query import Node, parse_query
from services.search.domain.series import Claim, read_claim
from services.search.figure_judgements import FigureJudgements, apply_judgement

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
    judged: Mapping[str, Judgement]
    as_of: datetime


@dataclass(frozen=True, kw_only=True)
class ChartClaims:
    """What a chart is drawn from; `is_cut` when older figures were left out."""

    claims: tuple[Claim, ...]
    is_cut: bool
    is_complete: bool
    choices: NameChoices
    scopes: tuple[str, ...] = ()
    """The owners or places that were chosen for the reader."""


class FigureIndex:
    """Searches figures, counts them, and finds the names that readers mean."""

    def __init__(
        self,
        articles: ArticleIndex,
        *,
        clock: Clock,
        judgements: FigureJudgements | None = None,
    ) -> None:
        self._articles = articles
        self._judgements = judgements
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
        figures = read_models(FigureDocument, (hit["_source"] for hit in hits["hits"]["hits"]))
        return FigureTable(
            total=total,
            is_total_exact=is_exact,
            is_complete=not any(answer["timed_out"] for answer in (hits, *counted)),
            figures=figures,
            facets=facets,
            choices=choices,
            judged=self.find_judgements(figure.article_id for figure in figures),
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

    def list_claims(self, request: ChartRequest, indicator: Indicator) -> ChartClaims:
        """Return what a chart is drawn from; raises as `search` does.

        Without an owner or place, the few with most figures are drawn.
        """
        figures = request.to_figures()
        scopes: tuple[str, ...] = ()
        if not any(request.chosen.get(name) for name in ("organisation", "place")):
            scopes = tuple(
                name for name, _ in self._count(figures, request.by, request.scopes_limit)
            )
            figures = figures.with_values(request.by, scopes)
        node, choices = self.understand(figures)
        body = build_claims(
            list_figure_filters(figures, node, choices),
            kind=indicator.kind,
            timeout_milliseconds=self._articles.timeout_milliseconds,
        )
        (answer,) = self._articles.search_many(FIGURES_ALIAS, [body])
        total, _ = read_total(answer)
        sources = [hit["_source"] for hit in answer["hits"]["hits"]]
        judged = self.find_judgements(source["article_id"] for source in sources)
        held = (apply_judgement(one, judged.get(one["figure_id"])) for one in sources)
        claims = (read_claim(one, indicator) for one in held if one is not None)
        return ChartClaims(
            claims=tuple(claim for claim in claims if claim is not None),
            is_cut=total > CLAIMS_LIMIT,
            is_complete=not answer["timed_out"],
            choices=choices,
            scopes=scopes,
        )

    def find_judgements(self, article_ids: Iterable[str]) -> Mapping[str, Judgement]:
        """Return what readers said of the figures of some articles, by figure."""
        return self._judgements.find(article_ids) if self._judgements else {}

    def count_indicators(self) -> tuple[tuple[str, int], ...]:
        """Return the indicators with how many figures each has; raises as `search` does."""
        return self._count(FiguresRequest(), "indicator", len(indicators()))

    def _count(self, request: FiguresRequest, field: str, size: int) -> tuple[tuple[str, int], ...]:
        body = build_scopes(
            list_figure_filters(request, None, {}),
            field=field,
            size=size,
            timeout_milliseconds=self._articles.timeout_milliseconds,
        )
        (answer,) = self._articles.search_many(FIGURES_ALIAS, [body])
        return read_facet_counts(answer.get("aggregations", {})).get(field, ())

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
