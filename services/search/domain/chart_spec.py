"""A chart as a Vega-Lite specification: lines of levels, bars of sums, a comparison.

In: series that `series.py` has decided, and links to their figures. Out: a plain dictionary, with
data inside, that the drawing library turns into SVG and PNG. Nothing in it names another file.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from services.contracts.figures import Comparator
from services.lexicon.abbreviations import expand_abbreviations
from services.lexicon.breaks import SeriesBreak, find_break
from services.lexicon.indicators import Indicator
from services.lexicon.periods import DayRange
from services.search.domain.formatting import (
    Language,
    format_amount,
    format_comparator,
    format_day,
    format_modality,
    format_period,
    format_unit,
)
from services.search.domain.series import Grain, Point, Series, SeriesKey, find_step, name_step
from services.search.domain.wording import say

Spec = dict[str, Any]
LinkPoint = Callable[[Series, Point], str]

WIDTH, HEIGHT = 760, 340
_BAR_STEP: Final = 26
_BAR_WIDTH, _NARROW = 60, 320
_BARS_LIMIT: Final = 60
"""More bars than this are drawn as points on a line."""
_NAME_LIMIT_CHARACTERS: Final = 60
_FONT: Final = "Liberation Sans, Arial, sans-serif"
"""Liberation Sans comes with the drawing library, so that every server draws the same."""
_COLOURS: Final = (
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a6d00", "#56b4e9", "#4d4d4d", "#a03070",
)  # fmt: skip
"""Okabe and Ito's palette for colour-blind readers, its yellow and orange darkened for white."""
_SHAPES: Final = (
    "circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right",
    "triangle-left",
)  # fmt: skip
_PLAIN: Final = frozenset({Comparator.EQ, Comparator.BETWEEN, Comparator.VAGUE})
_SCALES: Final = ((Decimal(10**9), "tỉ", "billion"), (Decimal(10**6), "triệu", "million"))
NUMBER_FORMATS: Final[dict[Language, dict[str, Any]]] = {
    "vi": {"decimal": ",", "thousands": ".", "grouping": [3], "currency": ["", " đ"]},
    "en": {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["", ""]},
}


@dataclass(frozen=True, kw_only=True)
class ChartBreak:
    """A day at which series of a chart break, and the sentence that says why."""

    day: date
    sentence: str


def shorten_name(name: str) -> str:
    """Return a name with its usual abbreviations, for a legend.

    Example:
        >>> shorten_name("Liên đoàn Lao động tỉnh Nghệ An")
        'LĐLĐ tỉnh Nghệ An'
    """
    shorter = next(iter(expand_abbreviations(name)), name)
    short = shorter if len(shorter) < len(name) else name
    return short if len(short) <= _NAME_LIMIT_CHARACTERS else f"{short[:_NAME_LIMIT_CHARACTERS]}…"


def label_series(
    key: SeriesKey, language: Language, *, has_counted: bool = True, is_short: bool = False
) -> str:
    """Return what a series is of: whose, where, what is counted, and what is no report."""
    name = shorten_name if is_short else str
    scope = " · ".join(name(part) for part in (key.organisation, key.place) if part)
    counted = key.counted.label_vi if language == "vi" else key.counted.label_en
    parts = [
        scope or say("chart_no_owner", language),
        counted if has_counted else "",
        key.unit if key.unit == "lượt" else "",
        ", ".join(key.per),
        format_modality(key.modality, language),
    ]
    return " — ".join(part for part in parts if part)


def label_all(series: Sequence[Series], language: Language) -> dict[SeriesKey, str]:
    """Return short labels, each telling its series from the others."""
    has_counted = len({one.key.counted for one in series}) > 1
    labels: dict[SeriesKey, str] = {}
    taken: set[str] = set()
    for one in series:
        label = label_series(one.key, language, has_counted=has_counted, is_short=True)
        number, base = 2, label
        while label in taken:
            label, number = f"{base} ({number})", number + 1
        taken.add(label)
        labels[one.key] = label
    return labels


def _find_break(key: SeriesKey) -> SeriesBreak | None:
    return find_break(key.place) or find_break(key.organisation)


def list_breaks(series: Sequence[Series], language: Language) -> tuple[ChartBreak, ...]:
    """Return the breaks that series run over or end at, each said once."""
    found: dict[SeriesBreak, None] = {}
    for one in series:
        known = _find_break(one.key)
        if known is None or not one.points:
            continue
        begins, ends = one.points[0].days.first, one.points[-1].days.last
        if begins < known.day and (ends >= known.day or known.kind == "ended"):
            found[known] = None
    return tuple(
        ChartBreak(
            day=known.day,
            sentence=say(
                f"chart_break_{known.kind if known.others else 'gone'}",
                language,
                day=format_day(known.day, language),
                name=known.name,
                others=", ".join(known.others),
            ),
        )
        for known in found
    )


def describe_point(point: Point, unit: str, language: Language) -> str:
    """Return a point's value as words, such as "hơn 12 tỉ đồng"."""
    words = format_amount(point.value, unit or None, language)
    if point.value_max is not None and point.value_max != point.value:
        words += f" – {format_amount(point.value_max, unit or None, language)}"
    if point.comparator in _PLAIN:
        return words
    return f"{format_comparator(point.comparator, language)} {words}"


def name_time(series: Series, point: Point, grain: Grain, language: Language) -> str:
    """Return the time of a point in words: a day for a level, a step for a sum."""
    if series.is_stock:
        return format_day(point.days.first, language)
    return format_period(name_step(point.days, grain), language)


def _choose_scale(values: Sequence[Decimal], unit: str, language: Language) -> tuple[Decimal, str]:
    """Return what to divide values by, and the words for the axis."""
    words = format_unit(unit or None, language)
    highest = max(map(abs, values), default=Decimal(0))
    for scale, vietnamese, english in _SCALES:
        if highest >= scale:
            name = vietnamese if language == "vi" else english
            return scale, f"{name} {words}".strip()
    return Decimal(1), words


def build_time_spec(
    series: Sequence[Series],
    indicator: Indicator,
    *,
    grain: Grain,
    language: Language,
    link: LinkPoint,
) -> Spec:
    """Return the chart of an indicator over time."""
    labels = label_all(series, language)
    unit = series[0].key.unit if series and indicator.kind != "count" else ""
    values = [point.value for one in series for point in one.points]
    scale, axis = _choose_scale(values, unit, language)
    breaks = {
        one.key: find_break(one.key.place) or find_break(one.key.organisation) for one in series
    }
    rows = []
    for one in series:
        known = breaks[one.key]
        for point in one.points:
            when = name_time(one, point, grain, language)
            rows.append(
                {
                    "when": point.days.first.isoformat(),
                    "step": _name_short_step(point.days, grain),
                    "value": float(point.value / scale),
                    "series": labels[one.key],
                    "part": f"{labels[one.key]} {bool(known and point.days.first >= known.day)}",
                    "is_partial": point.is_partial,
                    "url": link(one, point),
                    "words": f"{labels[one.key]}, {when}: {describe_point(point, unit, language)}"
                    + (f" ({say('chart_partial_short', language)})" if point.is_partial else ""),
                }
            )
    is_stock = indicator.flow == "stock"
    days = sorted({point.days for one in series for point in one.points})
    steps = [_name_short_step(step, grain) for step in days]
    has_bars = not is_stock and len(series) * len(steps) <= _BARS_LIMIT
    bars = len(steps) * len(series)
    width = min(WIDTH, max(_NARROW, bars * _BAR_WIDTH)) if has_bars else WIDTH
    marks = _draw_bars(steps) if has_bars else _draw_lines()
    layers = [*marks, *_draw_breaks(series, steps if has_bars else None, grain, language)]
    return _frame(
        title=indicator.label_vi if language == "vi" else indicator.label_en,
        subtitle=say("chart_subtitle_stock" if is_stock else f"chart_subtitle_{grain}", language)
        + (f" · {axis}" if axis else ""),
        rows=rows,
        layers=[_colour(layer, list(labels.values())) for layer in layers],
        size={"width": width, "height": HEIGHT},
    )


def _y_axis() -> Spec:
    return {
        "field": "value",
        "type": "quantitative",
        "title": None,
        "scale": {"zero": True},
        "axis": {"format": ",~r", "tickCount": 6},
    }


_FADED: Final = {"condition": {"test": "datum.is_partial", "value": 0.3}, "value": 1}
_DETAIL: Final = {
    "href": {"field": "url"},
    "description": {"field": "words"},
    "tooltip": {"field": "words"},
}


def _draw_lines() -> list[Spec]:
    time_axis = {"format": "%m/%Y", "labelOverlap": True, "tickCount": 10}
    x = {
        "field": "when",
        "type": "temporal",
        "title": None,
        "scale": {"type": "utc"},
        "axis": time_axis,
    }
    return [
        {
            "mark": {"type": "line", "strokeWidth": 2, "aria": False},
            "encoding": {"x": x, "y": _y_axis(), "detail": {"field": "part"}},
        },
        {
            "mark": {"type": "point", "filled": True, "size": 80, "opacity": 1},
            "encoding": {
                "x": x,
                "y": _y_axis(),
                "fillOpacity": _FADED,
                "shape": {"field": "series", "type": "nominal", "legend": None},
                **_DETAIL,
            },
        },
    ]


def _draw_bars(steps: Sequence[str]) -> list[Spec]:
    axis = {"labelAngle": 0, "labelOverlap": True}
    x = {"field": "step", "type": "ordinal", "title": None, "sort": list(steps), "axis": axis}
    return [
        {
            "mark": {"type": "bar", "strokeWidth": 1.5, "cornerRadiusEnd": 2},
            "encoding": {
                "x": x,
                "xOffset": {"field": "series"},
                "y": _y_axis(),
                "fillOpacity": _FADED,
                "stroke": {"field": "series", "type": "nominal", "legend": None},
                **_DETAIL,
            },
        }
    ]


def _name_short_step(days: DayRange, grain: Grain) -> str:
    """Return a step for an axis.

    Example:
        >>> from services.search.domain.series import find_step
        >>> _name_short_step(find_step(date(2025, 5, 20), "quarter"), "quarter")
        'Q2/2025'
    """
    year, _, part = name_step(days, grain).partition("-")
    return f"{part.lstrip('0')}/{year}" if part else year


def _draw_breaks(
    series: Sequence[Series], steps: Sequence[str] | None, grain: Grain, language: Language
) -> list[Spec]:
    """Return a line and its words for each break; `steps` are those of an axis of bars."""
    layers: list[Spec] = []
    for day in sorted({known.day for known in list_breaks(series, language)}):
        moment = {"year": day.year, "month": day.month, "date": day.day, "utc": True}
        x: Spec = {"datum": moment, "type": "temporal", "scale": {"type": "utc"}}
        if steps is not None:
            x = {"datum": _name_short_step(find_step(day, grain), grain), "type": "ordinal"}
            if x["datum"] not in steps:
                continue
        rule = {"type": "rule", "strokeDash": [5, 4], "color": "#555", "strokeWidth": 1.5}
        words = say("chart_break_mark", language, day=format_day(day, language))
        text = {"type": "text", "text": words, "align": "left", "dx": 5, "color": "#555"}
        once: Spec = {"values": [{}]}
        layers.append({"data": once, "mark": rule, "encoding": {"x": x}})
        layers.append({"data": once, "mark": text, "encoding": {"x": x, "y": {"value": 4}}})
    return layers


def _colour(layer: Spec, names: list[str]) -> Spec:
    """Give a layer the series' colours; all layers share one legend."""
    if layer["mark"]["type"] in ("rule", "text"):
        return layer
    scale = {"domain": names, "range": list(_COLOURS[: len(names)])}
    legend: Spec | None = {"title": None, "orient": "bottom", "columns": 2, "labelLimit": 310}
    if len(names) == 1:
        legend = None
    encoding = dict(layer["encoding"])
    encoding["color"] = {
        "field": "series", "type": "nominal", "scale": scale, "legend": legend, "sort": names,
    }  # fmt: skip
    if "shape" in encoding:
        encoding["shape"] |= {"scale": {"domain": names, "range": list(_SHAPES[: len(names)])}}
    if "stroke" in encoding:
        encoding["stroke"] |= {"scale": scale}
    return {**layer, "encoding": encoding}


def build_comparison_spec(
    compared: Sequence[tuple[Series, Point]],
    indicator: Indicator,
    *,
    when: str,
    language: Language,
    link: LinkPoint,
) -> Spec:
    """Return the comparison of owners or places at one time, the largest first."""
    labels = label_all([series for series, _ in compared], language)
    unit = compared[0][0].key.unit if compared and indicator.kind != "count" else ""
    scale, axis = _choose_scale([point.value for _, point in compared], unit, language)
    rows = [
        {
            "name": labels[series.key],
            "value": float(point.value / scale),
            "said": describe_point(point, unit, language),
            "is_partial": point.is_partial,
            "url": link(series, point),
            "words": f"{labels[series.key]}: {describe_point(point, unit, language)}"
            + (f" ({say('chart_partial_short', language)})" if point.is_partial else ""),
        }
        for series, point in compared
    ]
    order = [row["name"] for row in rows]
    y = {
        "field": "name", "type": "nominal", "sort": order, "title": None,
        "axis": {"labelLimit": 230, "labelPadding": 6},
    }  # fmt: skip
    x = {**_y_axis()}
    bar = {
        "mark": {"type": "bar", "color": _COLOURS[0], "stroke": _COLOURS[0], "cornerRadiusEnd": 2},
        "encoding": {
            "y": y,
            "x": x,
            "fillOpacity": _FADED,
            **_DETAIL,
        },
    }
    said = {
        "mark": {"type": "text", "align": "left", "dx": 5, "aria": False},
        "encoding": {"y": y, "x": x, "text": {"field": "said"}},
    }
    return _frame(
        title=indicator.label_vi if language == "vi" else indicator.label_en,
        subtitle=when + (f" · {axis}" if axis else ""),
        rows=rows,
        layers=[bar, said],
        # Readers' fonts may be wider than the one that was measured with.
        size={
            "width": WIDTH - 300,
            "height": {"step": _BAR_STEP},
            "padding": {"left": 60, "right": 40, "top": 12, "bottom": 12},
        },
    )


def _frame(*, title: str, subtitle: str, rows: list[Spec], layers: list[Spec], size: Spec) -> Spec:
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "description": f"{title}. {subtitle}",
        "title": {
            "text": title,
            "subtitle": subtitle,
            "anchor": "start",
            "fontSize": 16,
            "subtitleColor": "#555",
            "subtitlePadding": 4,
            "offset": 12,
        },
        "data": {"values": rows},
        "layer": layers,
        "padding": 12,
        "background": "#ffffff",
        "config": {
            "font": _FONT,
            "axis": {"labelFontSize": 12, "gridColor": "#e4e1da", "domainColor": "#888"},
            "legend": {"labelFontSize": 12, "symbolSize": 110},
            "view": {"stroke": None},
            "text": {"fontSize": 12},
        },
        **size,
    }
