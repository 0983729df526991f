"""The page of figures: a table of facts, its conditions, and what else could be asked.

In: requests. Out: HTML in the reader's language; a form's words become a plain link first.
"""

import urllib.parse
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from services.chassis.clock import to_epoch_milliseconds
from services.contracts.documents import FigureDocument
from services.lexicon.indicators import indicators
from services.search.domain import formatting
from services.search.domain.citation import cite_figure
from services.search.domain.figure_bodies import FACET_FILTERS
from services.search.domain.figure_request import (
    FIGURE_FILTERS,
    FigureFilter,
    FiguresRequest,
    read_figures,
)
from services.search.domain.formatting import Language
from services.search.domain.judging import Judgement
from services.search.domain.labels import label_value
from services.search.domain.links import link_article
from services.search.domain.names import NAMES_LIMIT
from services.search.domain.query import QueryError
from services.search.domain.request import DEPTH_LIMIT, DateSpan, RequestError
from services.search.domain.wording import say
from services.search.figure_index import FigureIndex, FigureTable
from services.search.pages import (
    FacetView,
    Link,
    Pages,
    choose_language,
    name_days,
    view_exports,
)
from services.search.problems import describe_problem

FIGURES_PATH: Final = "/figures"
_SHOWN_VALUES: Final = 6
_SHOWN_NAMES: Final = 12
_FOUND: Final = 302
_FORM_FIELDS: Final = frozenset({"at_least", "at_most"})
_USUAL_UNITS: Final = (
    "VND", "USD", "percent", "m2", "suất", "lượt", "vụ", "cuộc", "căn", "vé",
)  # fmt: skip
_SELECTS: Final = ("modality", "comparator", "kind", "status")


@dataclass(frozen=True, kw_only=True)
class FactView:
    """A figure as a row: its sentence cut around it, and where its links lead."""

    figure: FigureDocument
    url: str
    before: str
    said: str
    after: str
    citation: str
    judged: str
    """What a reader said of it, and what it was corrected to."""
    filters: dict[str, str]
    """Condition → link to this search with the figure's own value."""


@dataclass(frozen=True, kw_only=True)
class MeaningView:
    """What a typed name was taken for."""

    sentence: str
    names: tuple[Link, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SelectView:
    """A choice of few values."""

    name: str
    label: str
    options: tuple[tuple[str, str, bool], ...]


class FigurePages:
    """Renders the table of figures."""

    def __init__(self, pages: Pages, index: FigureIndex) -> None:
        self._pages = pages
        self._index = index

    @property
    def router(self) -> APIRouter:
        """The routes."""
        router = APIRouter(include_in_schema=False)

        @router.api_route(FIGURES_PATH, methods=["GET", "HEAD"])
        def figures(request: Request) -> Response:
            return self.render_figures(request)

        return router

    def render_figures(self, request: Request) -> Response:
        """Render the table; what does not fit is told above the conditions."""
        pairs = request.query_params.multi_items()
        try:
            asked = read_figures(pairs, is_strict=False)
        except RequestError as error:
            return self._render_refused(request, FiguresRequest(), error)
        if any(not value.strip() or name in _FORM_FIELDS for name, value in pairs):
            language = [("lang", value) for name, value in pairs if name == "lang" and value]
            query = urllib.parse.urlencode([*asked.to_pairs(), *language])
            return RedirectResponse(f"{FIGURES_PATH}?{query}".rstrip("?"), _FOUND)
        try:
            table = self._index.search(asked)
        except QueryError as error:
            return self._render_refused(request, asked, error)
        return self._render_table(request, asked, table)

    def _render_table(
        self, request: Request, asked: FiguresRequest, table: FigureTable
    ) -> Response:
        language = choose_language(request)
        pages = max(1, min(-(-table.total // asked.size), DEPTH_LIMIT // asked.size))
        as_of = asked.as_of_milliseconds or to_epoch_milliseconds(table.as_of)
        base = str(request.base_url).rstrip("/")
        chips = view_chips(asked, language)
        return self._pages.render(
            "figures.html",
            request,
            asked=asked,
            table=table,
            facts=[
                view_fact(
                    figure, asked, base, language, judgement=table.judged.get(figure.figure_id)
                )
                for figure in table.figures
            ],
            chips=chips,
            meanings=view_meanings(asked, table, language),
            units=view_units(asked, table, language),
            facets=view_facets(asked, table, language),
            form=view_form(asked, language),
            hidden=_list_hidden(asked, without=("q", "page", "as_of")),
            sorts=view_sorts(asked, language),
            exports=view_exports(
                "figures", _list_hidden(asked, without=("page", "as_of", "size")), language
            ),
            pages=pages,
            previous=asked.with_page(asked.page - 1, as_of_milliseconds=as_of).to_url()
            if asked.page > 1
            else None,
            following=asked.with_page(asked.page + 1, as_of_milliseconds=as_of).to_url()
            if asked.page < pages
            else None,
            is_cut=asked.page == pages and table.total > asked.page * asked.size,
            widen=[
                Link(say("figures_empty_widen", language, label=chip.label), chip.url)
                for chip in chips
            ],
            problem=None,
        )

    def _render_refused(
        self, request: Request, asked: FiguresRequest, error: QueryError | RequestError
    ) -> Response:
        language = choose_language(request)
        problem = describe_problem(error)
        return self._pages.render(
            "figures.html",
            request,
            status=problem.status,
            asked=asked,
            table=None,
            form=view_form(asked, language),
            hidden=(),
            problem=problem.describe(language),
        )


def _list_hidden(asked: FiguresRequest, *, without: Sequence[str]) -> tuple[tuple[str, str], ...]:
    return tuple(pair for pair in asked.to_pairs() if pair[0] not in without)


def _label_filter(known: FigureFilter, language: Language) -> str:
    return known.label_vi if language == "vi" else known.label_en


def label_filter_value(name: str, value: str, language: Language) -> str:
    """Return what a reader calls a value of a condition.

    Example:
        >>> label_filter_value("unit", "VND", "vi"), label_filter_value("modality", "target", "en")
        ('đồng', 'target')
    """
    if name == "unit":
        return formatting.format_unit(value, language)
    if name == "period":
        return formatting.format_period(value, language)
    return label_value(name, value, language)


def view_fact(
    figure: FigureDocument,
    asked: FiguresRequest,
    base_url: str,
    language: Language,
    *,
    judgement: Judgement | None = None,
) -> FactView:
    """Return a figure as a row of the table."""
    sentence = figure.sentence or ""
    place = sentence.find(figure.surface)
    said = figure.surface if place >= 0 else ""
    url = link_article(figure.article_id, figure=figure)
    own = {name: getattr(figure, name) for name in ("indicator", "organisation", "place", "unit")}
    return FactView(
        figure=figure,
        url=url,
        before=sentence[:place] if said else sentence,
        said=said,
        after=sentence[place + len(said) :] if said else "",
        citation=cite_figure(figure, url=base_url + url, language=language),
        judged=_name_judgement(judgement, figure, language),
        filters={
            name: asked.with_values(name, (value,)).to_url() for name, value in own.items() if value
        },
    )


def _name_judgement(judgement: Judgement | None, figure: FigureDocument, language: Language) -> str:
    if judgement is None:
        return ""
    words = say(f"judged_{judgement.verdict.value}", language)
    value = judgement.correction.value
    if value is None:
        return words
    unit = judgement.correction.unit or figure.unit
    return f"{words}: {formatting.format_amount(value, unit, language)}"


def view_chips(asked: FiguresRequest, language: Language) -> tuple[Link, ...]:
    """Return the conditions in force, each with the link that drops it."""

    def chip(title: str, label: str, without: FiguresRequest) -> Link:
        words = f"{title}: {label}"
        return Link(words, without.to_url(), say("filter_remove", language, label=words))

    chips = []
    if asked.text:
        chips.append(chip(say("chip_words", language), asked.text, asked.without("text")))
    for known in FIGURE_FILTERS:
        for value in asked.chosen.get(known.name, ()):
            label = label_filter_value(known.name, value, language)
            title = _label_filter(known, language)
            chips.append(chip(title, label, asked.without_value(known.name, value)))
    if asked.minimum is not None or asked.maximum is not None:
        label = _name_bounds(asked, language)
        chips.append(chip(say("chip_value", language), label, asked.without("bounds")))
    if asked.periods:
        label = name_days(asked.periods, language)
        chips.append(chip(say("chip_period", language), label, asked.without("periods")))
    if asked.published:
        label = name_days(asked.published, language)
        chips.append(chip(say("chip_published", language), label, asked.without("published")))
    return tuple(chips)


def _name_amount(value: Decimal | None, asked: FiguresRequest, language: Language) -> str:
    if value is None:
        return ""
    units = asked.chosen.get("unit", ())
    return formatting.format_amount(value, units[0] if len(units) == 1 else None, language)


def _name_bounds(asked: FiguresRequest, language: Language) -> str:
    low = _name_amount(asked.minimum, asked, language)
    high = _name_amount(asked.maximum, asked, language)
    if low and high:
        return say("value_between", language, low=low, high=high)
    if low:
        return say("value_at_least", language, value=low)
    return say("value_at_most", language, value=high)


def view_meanings(
    asked: FiguresRequest, table: FigureTable, language: Language
) -> tuple[MeaningView, ...]:
    """Return what typed names were taken for, where that is not what was typed."""
    views = []
    for (name, typed), choice in table.choices.items():
        if choice.names == (typed,) or (not choice.names and table.total):
            continue
        count = len(choice.names)
        if count == 1:
            words = say("figures_meant_exact", language, typed=typed, name=choice.names[0])
            views.append(MeaningView(sentence=words))
            continue
        key = "figures_meant_none" if not count else "figures_meant_many"
        if count > NAMES_LIMIT:
            key = "figures_meant_more"
        rest = asked.without_value(name, typed)
        links = tuple(
            Link(meant, rest.with_value(name, meant).to_url())
            for meant in choice.names[:_SHOWN_NAMES]
        )
        words = say(key, language, typed=typed, count=count)
        views.append(MeaningView(sentence=words, names=links))
    return tuple(views)


def view_units(asked: FiguresRequest, table: FigureTable, language: Language) -> tuple[Link, ...]:
    """Return the units to choose from when values of several are put in one order or bound."""
    is_by_size = asked.sort in ("largest", "smallest") or (
        asked.minimum is not None or asked.maximum is not None
    )
    units = table.facets.get("unit", ())
    if asked.chosen.get("unit") or not is_by_size or len(units) < 2:  # noqa: PLR2004 - one unit compares
        return ()
    return tuple(
        Link(formatting.format_unit(unit, language), asked.with_value("unit", unit).to_url())
        for unit, _count in units[:_SHOWN_VALUES]
    )


def view_facets(
    asked: FiguresRequest, table: FigureTable, language: Language
) -> tuple[FacetView, ...]:
    """Return the counted conditions with their values, chosen ones first."""
    views = []
    for known in FACET_FILTERS:
        chosen = asked.chosen.get(known.name, ())
        counts = dict(table.facets.get(known.name, ()))
        meant = {
            name
            for value in chosen
            if (choice := table.choices.get((known.name, value)))
            for name in choice.names
        }
        links = [
            _view_value(asked, known, value, counts.get(value, 0), language)
            for value in dict.fromkeys((*(v for v in chosen if v in counts), *counts))
            if not meant or value in meant or value in chosen or known.kind != "name"
        ]
        if links:
            views.append(
                FacetView(
                    _label_filter(known, language),
                    tuple(links[:_SHOWN_VALUES]),
                    tuple(links[_SHOWN_VALUES:]),
                )
            )
    return tuple(views)


def _view_value(
    asked: FiguresRequest, known: FigureFilter, value: str, count: int, language: Language
) -> Link:
    shown = formatting.format_number(Decimal(count), language)
    label = label_filter_value(known.name, value, language)
    if value in asked.chosen.get(known.name, ()):
        url = asked.without_value(known.name, value).to_url()
        return Link(label, url, say("filter_remove", language, label=label), shown, is_chosen=True)
    hint = say("filter_add_figures", language, label=label, count=shown)
    return Link(label, asked.with_value(known.name, value).to_url(), hint, shown)


def view_sorts(asked: FiguresRequest, language: Language) -> tuple[Link, ...]:
    """Return the orders."""
    return tuple(
        Link(
            say(f"sort_{order}", language),
            asked.with_sort(order).to_url(),
            is_chosen=asked.sort == order,
        )
        for order in ("newest", "largest", "smallest", "period")
    )


def view_form(asked: FiguresRequest, language: Language) -> dict[str, object]:
    """Return what the form of conditions holds."""
    labels = sorted((label_value("indicator", code, language), code) for code in indicators())
    chosen = asked.chosen.get("indicator", ())
    handled = {
        "q", "indicator", "organisation", "place", "counted", "unit", "min", "max", "page", "as_of",
        "period_from", "period_to", "date_from", "date_to", *_SELECTS,
    }  # fmt: skip
    hidden = list(_list_hidden(asked, without=tuple(handled)))
    for name in ("indicator", "organisation", "place", "counted", "unit", *_SELECTS):
        hidden += [(name, value) for value in asked.chosen.get(name, ())[1:]]
    return {
        "indicators": [(code, label, code == next(iter(chosen), None)) for label, code in labels],
        "first": {name: next(iter(values), "") for name, values in asked.chosen.items()},
        "unit": formatting.format_unit(next(iter(asked.chosen.get("unit", ())), None), language),
        "units": _USUAL_UNITS,
        "at_least": _name_amount(asked.minimum, asked, language),
        "at_most": _name_amount(asked.maximum, asked, language),
        "periods": _write_span(asked.periods),
        "published": _write_span(asked.published),
        "has_more": bool(asked.published) or any(asked.chosen.get(name) for name in _SELECTS),
        "selects": tuple(_view_select(name, asked, language) for name in _SELECTS),
        "hidden": hidden,
    }


def _view_select(name: str, asked: FiguresRequest, language: Language) -> SelectView:
    known = next(known for known in FIGURE_FILTERS if known.name == name)
    first = next(iter(asked.chosen.get(name, ())), None)
    options = tuple(
        (value, label_filter_value(name, value, language), value == first)
        for value in known.choices
    )
    return SelectView(name=name, label=_label_filter(known, language), options=options)


def _write_span(span: DateSpan) -> tuple[str, str]:
    """Return the ends of a span as short as they can be said: whole years as years.

    Example:
        >>> from datetime import date
        >>> _write_span(DateSpan(date(2024, 1, 1), date(2026, 12, 31)))
        ('2024', '2026')
    """
    first = span.first.isoformat() if span.first else ""
    last = span.last.isoformat() if span.last else ""
    return first.removesuffix("-01-01"), last.removesuffix("-12-31")
