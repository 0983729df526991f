"""Charts: an indicator over time, a comparison; as a page, as SVG, PNG and JSON.

In: requests. Out: one chart in every form, with the same numbers as a table. A point leads to the
sentence that says it, or to its row when several do.
"""

import urllib.parse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from services.contracts.models import Contract, Number
from services.lexicon.indicators import Indicator, indicators
from services.search.domain import formatting
from services.search.domain.chart_request import (
    COMPARED_LIMIT,
    SERIES_LIMIT,
    ChartRequest,
    Scope,
    View,
    read_chart,
)
from services.search.domain.chart_spec import (
    ChartBreak,
    build_comparison_spec,
    build_time_spec,
    describe_point,
    label_all,
    label_series,
    list_breaks,
    name_time,
)
from services.search.domain.figure_bodies import CLAIMS_LIMIT
from services.search.domain.formatting import Language
from services.search.domain.labels import label_value
from services.search.domain.links import link_article
from services.search.domain.marking import name_anchor
from services.search.domain.request import RequestError
from services.search.domain.series import (
    GRAINS,
    Claim,
    Point,
    Series,
    SeriesKey,
    build_series,
    compare_series,
    keep_whole,
    keep_within,
    name_step,
)
from services.search.domain.wording import say
from services.search.drawing import draw_png, draw_svg
from services.search.figure_index import ChartClaims, FigureIndex
from services.search.pages import Link, Pages, choose_language
from services.search.problems import Problem, describe_problem

CHARTS_PATH: Final = "/charts"
_FOUND: Final = 302
_HERE: Final = "https://desk.invalid"
"""Vega wants whole addresses; on the page they are cut back to paths."""
_SHOWN_SOURCES: Final = 20
_MORE_SERIES: Final = 30


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A chart as it was decided: what is shown, what is not, and why."""

    indicator: Indicator
    shown: tuple[Series, ...]
    rest: tuple[Series, ...]
    claims: ChartClaims
    step: str | None
    compared: tuple[tuple[Series, Point], ...]
    counted: tuple[tuple[str, str, str], ...]
    """Code and labels of every class of what is counted."""
    untold: int

    @property
    def points(self) -> tuple[tuple[Series, Point], ...]:
        """The points that are drawn, with their series."""
        if self.compared:
            return self.compared
        return tuple((series, point) for series in self.shown for point in series.points)


class PointAnswer(Contract):
    """One point and the figures that say it."""

    period: str
    first: str
    last: str
    value: Number
    value_max: Number | None
    comparator: str
    covered_days: int
    is_partial: bool
    figures: tuple[str, ...]
    others: tuple[str, ...]


class SeriesPoints(Contract):
    """One series: what it is of, and its points."""

    label_vi: str
    label_en: str
    organisation: str | None
    place: str | None
    counted: str
    unit: str | None
    modality: str
    per: tuple[str, ...]
    is_stock: bool
    points: tuple[PointAnswer, ...]


class SeriesAnswer(Contract):
    """The series of a chart, and the days at which they break."""

    indicator: str
    is_cut: bool
    is_complete: bool
    series: tuple[SeriesPoints, ...]
    breaks: tuple[tuple[str, str], ...]


def decide_chart(asked: ChartRequest, indicator: Indicator, claims: ChartClaims) -> Chart:
    """Return which series and points are drawn."""
    every = build_series(claims.claims, indicator, grain=asked.grain)
    classes = {one.key.counted: None for one in every}
    wanted = asked.chosen.get("counted", ())
    fitting = [one for one in every if not wanted or one.key.counted.code in wanted]
    kept = keep_within(fitting, asked.periods.first, asked.periods.last)
    kept.sort(key=lambda one: -len(one.points))
    shown, rest = tuple(kept[:SERIES_LIMIT]), tuple(kept[SERIES_LIMIT:])
    step: str | None = None
    compared: tuple[tuple[Series, Point], ...] = ()
    if asked.view == "comparison":
        step, compared = compare_series(kept, grain=asked.grain, step=asked.step)
        if asked.by == "organisation" and not asked.chosen.get("place"):
            compared = keep_whole(compared)
        compared = compared[:COMPARED_LIMIT]
    return Chart(
        indicator=indicator,
        shown=shown,
        rest=rest,
        claims=claims,
        step=step,
        compared=compared,
        counted=tuple((one.code, one.label_vi, one.label_en) for one in classes),
        untold=sum(one.untold for one in fitting),
    )


def name_row(number: int) -> str:
    """Return the HTML id of a point's row in the table."""
    return f"point-{number}"


class ChartPages:
    """Renders charts."""

    def __init__(self, pages: Pages, index: FigureIndex) -> None:
        self._pages = pages
        self._index = index

    @property
    def router(self) -> APIRouter:
        """The routes of the page and its pictures."""
        router = APIRouter(include_in_schema=False)

        @router.api_route(CHARTS_PATH, methods=["GET", "HEAD"])
        def chart(request: Request) -> Response:
            return self.render_chart(request)

        @router.api_route(f"{CHARTS_PATH}.svg", methods=["GET", "HEAD"])
        def svg(request: Request) -> Response:
            drawn = self._draw_file(request)
            return _send_file(drawn.encode(), "image/svg+xml", "svg")

        @router.api_route(f"{CHARTS_PATH}.png", methods=["GET", "HEAD"])
        def png(request: Request) -> Response:
            return _send_file(draw_png(self._draw_file(request)), "image/png", "png")

        return router

    def render_chart(self, request: Request) -> Response:
        """Render the page: the chart, its table, and what else could be drawn."""
        language = choose_language(request)
        pairs = request.query_params.multi_items()
        try:
            asked = read_chart(pairs)
        except RequestError as error:
            problem = describe_problem(error)
            words = problem.describe(language)
            return self._render(request, ChartRequest(), None, problem=words, status=problem.status)
        if any(not value.strip() or len(value.splitlines()) > 1 for _, value in pairs):
            language_pair = [("lang", value) for name, value in pairs if name == "lang" and value]
            query = urllib.parse.urlencode([*asked.to_pairs(), *language_pair])
            return RedirectResponse(f"{CHARTS_PATH}?{query}".rstrip("?"), _FOUND)
        indicator = asked.known_indicator
        if indicator is None:
            return self._render(request, asked, None)
        chart = decide_chart(asked, indicator, self._index.list_claims(asked, indicator))
        return self._render(request, asked, chart)

    def _render(
        self,
        request: Request,
        asked: ChartRequest,
        chart: Chart | None,
        *,
        problem: str | None = None,
        status: int = 200,
    ) -> Response:
        language = choose_language(request)
        drawn = Markup()
        if chart and chart.points:
            svg = self._draw(asked, chart, language, base_url=_HERE)
            # Vega has escaped every text; the links are ours, made of quoted ids.
            drawn = Markup(svg.replace(f'xlink:href="{_HERE}', 'href="'))  # noqa: S704 - as said
        facts: dict[str, Any] = {
            "asked": asked,
            "chart": chart,
            "drawn": drawn,
            "problem": problem,
            "form": _view_form(asked, chart, language),
            "indicators": () if chart or problem else self._view_indicators(language),
        }
        if chart:
            facts |= _view_chart(asked, chart, language)
        return self._pages.render("charts.html", request, status=status, **facts)

    def _view_indicators(self, language: Language) -> tuple[Link, ...]:
        return tuple(
            Link(
                label_value("indicator", code, language),
                ChartRequest(indicator=code).to_url(),
                count=formatting.format_number(Decimal(count), language),
            )
            for code, count in self._index.count_indicators()
        )

    def _draw(self, asked: ChartRequest, chart: Chart, language: Language, *, base_url: str) -> str:
        numbers = {
            (series.key, point.days): number
            for number, (series, point) in enumerate(chart.points, start=1)
        }
        page = asked.to_url(CHARTS_PATH) if base_url != _HERE else ""

        def link(series: Series, point: Point) -> str:
            if len(point.sources) == 1:
                return base_url + link_claim(point.sources[0])
            row = f"#{name_row(numbers[series.key, point.days])}"
            return f"{base_url}{page}{row}"

        if asked.view == "comparison":
            spec = build_comparison_spec(
                chart.compared,
                chart.indicator,
                when=formatting.format_period(chart.step, language),
                language=language,
                link=link,
            )
        else:
            spec = build_time_spec(
                chart.shown, chart.indicator, grain=asked.grain, language=language, link=link
            )
        return draw_svg(spec, language=language)

    def _draw_file(self, request: Request) -> str:
        asked = read_chart(request.query_params.multi_items())
        indicator = asked.known_indicator
        if indicator is None:
            raise RequestError("indicator", "bad_choice")
        chart = decide_chart(asked, indicator, self._index.list_claims(asked, indicator))
        if not chart.points:
            raise Problem(404, "missing_title", "chart_empty")
        base = str(request.base_url).rstrip("/")
        return self._draw(asked, chart, choose_language(request), base_url=base)


def link_claim(claim: Claim) -> str:
    """Return the path of the sentence that says a figure."""
    return f"{link_article(claim.article_id)}#{name_anchor(claim.anchor)}"


def _send_file(content: bytes, media_type: str, ending: str) -> Response:
    disposition = f'attachment; filename="chart.{ending}"'
    return Response(content, media_type=media_type, headers={"Content-Disposition": disposition})


@dataclass(frozen=True, kw_only=True)
class RowView:
    """A point as a row of the table under the chart."""

    id: str
    series: str
    time: str
    value: str
    coverage: str
    is_partial: bool
    sources: tuple[tuple[Claim, str], ...]
    others: tuple[tuple[Claim, str], ...]


def _view_rows(asked: ChartRequest, chart: Chart, language: Language) -> tuple[RowView, ...]:
    labels = label_all(list(dict.fromkeys(series for series, _ in chart.points)), language)
    rows = []
    for number, (series, point) in enumerate(chart.points, start=1):
        unit = series.key.unit if chart.indicator.kind != "count" else ""
        coverage = "" if series.is_stock else say("chart_whole", language)
        if point.is_partial:
            told = formatting.format_number(Decimal(point.covered_days), language)
            coverage = say("chart_coverage", language, told=told, days=point.days.days)
        rows.append(
            RowView(
                id=name_row(number),
                series=labels[series.key],
                time=name_time(series, point, asked.grain, language),
                value=describe_point(point, unit, language),
                coverage=coverage,
                is_partial=point.is_partial,
                sources=_link_claims(point.sources),
                others=_link_claims(point.others),
            )
        )
    return tuple(rows)


def _link_claims(claims: Sequence[Claim]) -> tuple[tuple[Claim, str], ...]:
    return tuple((claim, link_claim(claim)) for claim in claims[:_SHOWN_SOURCES])


def _view_chart(asked: ChartRequest, chart: Chart, language: Language) -> Mapping[str, Any]:
    drawn = tuple(dict.fromkeys(series for series, _ in chart.points))
    breaks: tuple[ChartBreak, ...] = list_breaks(drawn, language)
    if chart.compared:  # only a step that holds the day is of two areas
        days = chart.compared[0][1].days
        breaks = tuple(one for one in breaks if days.first < one.day <= days.last)
    files = [
        Link(say("export_svg", language), asked.to_url(f"{CHARTS_PATH}.svg")),
        Link(say("export_png", language), asked.to_url(f"{CHARTS_PATH}.png")),
        Link(say("export_csv", language), asked.to_figures().to_url("/api/v1/export/figures.csv")),
        Link("JSON", asked.to_url("/api/v1/series")),
    ]
    return {
        "rows": _view_rows(asked, chart, language),
        "breaks": breaks,
        "exports": files,
        "is_partial": any(point.is_partial for _, point in chart.points),
        "rest": [
            Link(
                label_series(one.key, language),
                _isolate(asked, one.key).to_url(),
                count=say("chart_points_count", language, count=len(one.points)),
            )
            for one in chart.rest[:_MORE_SERIES]
        ],
        "series_limit": SERIES_LIMIT,
        "claims_limit": formatting.format_number(Decimal(CLAIMS_LIMIT), language),
    }


def _isolate(asked: ChartRequest, key: SeriesKey) -> ChartRequest:
    """Return the chart of one series alone, as far as conditions can say it."""
    chosen = {
        "organisation": (key.organisation,) if key.organisation else (),
        "place": (key.place,) if key.place else (),
        "counted": (key.counted.code,) if key.counted.code else (),
        "modality": asked.chosen.get("modality", ()),
    }
    return asked.with_one(chosen={name: values for name, values in chosen.items() if values})


def _view_form(
    asked: ChartRequest, chart: Chart | None, language: Language
) -> Mapping[str, object]:
    known = sorted((label_value("indicator", code, language), code) for code in indicators())
    counted = []
    for code, vi, en in chart.counted if chart else ():
        label = (vi if language == "vi" else en) or say("chart_counted_whole", language)
        counted.append((code, label, code in asked.chosen.get("counted", ())))
    scopes: tuple[Scope, ...] = ("organisation", "place")
    views: tuple[View, ...] = ("time", "comparison")
    steps = sorted(
        {name_step(p.days, asked.grain) for one in chart.shown + chart.rest for p in one.points}
        if chart
        else (),
        reverse=True,
    )
    return {
        "indicators": [(code, label, code == asked.indicator) for label, code in known],
        "organisations": "\n".join(asked.chosen.get("organisation", ())),
        "places": "\n".join(asked.chosen.get("place", ())),
        "counted": counted,
        "modalities": [
            (value, label_value("modality", value, language), value in asked.modalities)
            for value in ("reported", "target", "estimate")
        ],
        "scopes": [(s, say(f"chart_by_{s}", language), asked.by == s) for s in scopes],
        "views": [
            Link(
                say(f"chart_view_{view}", language),
                asked.with_one(view=view, step=None).to_url(),
                is_chosen=asked.view == view,
            )
            for view in views
        ],
        "grains": [(g, say(f"chart_grain_{g}", language), asked.grain == g) for g in GRAINS],
        "steps": [
            (
                step,
                formatting.format_period(step, language),
                chart is not None and step == chart.step,
            )
            for step in steps
        ],
        "periods": (
            asked.periods.first.isoformat().removesuffix("-01-01") if asked.periods.first else "",
            asked.periods.last.isoformat().removesuffix("-12-31") if asked.periods.last else "",
        ),
    }


def answer_series(asked: ChartRequest, chart: Chart) -> SeriesAnswer:
    """Return a chart's numbers as the API gives them."""
    return SeriesAnswer(
        indicator=chart.indicator.code,
        is_cut=chart.claims.is_cut,
        is_complete=chart.claims.is_complete,
        breaks=tuple((b.day.isoformat(), b.sentence) for b in list_breaks(chart.shown, "en")),
        series=tuple(
            SeriesPoints(
                label_vi=label_series(one.key, "vi"),
                label_en=label_series(one.key, "en"),
                organisation=one.key.organisation,
                place=one.key.place,
                counted=one.key.counted.code,
                unit=one.key.unit or None,
                modality=one.key.modality.value,
                per=one.key.per,
                is_stock=one.is_stock,
                points=tuple(
                    PointAnswer(
                        period=point.days.first.isoformat()
                        if one.is_stock
                        else name_step(point.days, asked.grain),
                        first=point.days.first.isoformat(),
                        last=point.days.last.isoformat(),
                        value=point.value,
                        value_max=point.value_max,
                        comparator=point.comparator.value,
                        covered_days=point.covered_days,
                        is_partial=point.is_partial,
                        figures=tuple(claim.figure_id for claim in point.sources),
                        others=tuple(claim.figure_id for claim in point.others),
                    )
                    for point in one.points
                ),
            )
            for one in (*chart.shown, *chart.rest)
        ),
    )
