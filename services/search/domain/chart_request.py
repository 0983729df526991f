"""What a reader asked of the charts, read from a URL and written back into one.

In: the parameters of a URL. Out: a frozen request, or one problem with its parameter.
"""

import urllib.parse
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal, Self, cast

from services.contracts.figures import Modality
from services.lexicon.fold import strip_diacritics
from services.lexicon.indicators import Indicator, indicators
from services.lexicon.periods import read_period
from services.search.domain.figure_request import FiguresRequest
from services.search.domain.request import (
    ANY_TIME,
    DateSpan,
    RequestError,
    check_values,
    read_day,
)
from services.search.domain.series import GRAINS, Grain

View = Literal["time", "comparison"]
Scope = Literal["organisation", "place"]
SERIES_LIMIT: Final = 8
"""Lines that one chart can show and a reader tell apart."""
SCOPES_LIMIT: Final = 6
"""Owners or places that are drawn over time when none is asked for."""

COMPARED_LIMIT: Final = 20
"""Owners or places in one comparison."""

_LISTS: Final = ("organisation", "place", "counted", "modality")
_SINGLES: Final = (
    "indicator", "by", "view", "grain", "step", "period_from", "period_to", "lang",
)  # fmt: skip
_DEFAULTS: Final = {"by": "organisation", "view": "time", "grain": "year"}
_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "by": ("organisation", "place"),
    "view": ("time", "comparison"),
    "grain": GRAINS,
}


@dataclass(frozen=True, kw_only=True)
class ChartRequest:
    """A chart of one indicator: over time, or of several owners or places at one time."""

    indicator: str | None = None
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """organisation, place, counted (codes of classes), modality → values."""
    by: Scope = "organisation"
    view: View = "time"
    grain: Grain = "year"
    step: str | None = None
    """The year, quarter or month of a comparison; by default the latest that most tell."""
    periods: DateSpan = ANY_TIME

    @property
    def known_indicator(self) -> Indicator | None:
        """The indicator, if there is one."""
        return indicators().get(self.indicator) if self.indicator else None

    @property
    def scopes_limit(self) -> int:
        """How many owners or places are drawn when none is asked for."""
        return COMPARED_LIMIT if self.view == "comparison" else SCOPES_LIMIT

    @property
    def modalities(self) -> tuple[str, ...]:
        """What is drawn: what was reported, unless asked otherwise."""
        return self.chosen.get("modality") or (Modality.REPORTED.value,)

    def with_one(self, **changes: object) -> Self:
        """Return this chart with another setting."""
        return replace(self, **changes)  # type: ignore[arg-type] # names are checked by callers

    def with_values(self, name: str, values: tuple[str, ...]) -> Self:
        """Return this chart with other values of one condition."""
        return replace(self, chosen={**self.chosen, name: values})

    def without_value(self, name: str, value: str) -> Self:
        """Return this chart without one value."""
        kept = tuple(v for v in self.chosen.get(name, ()) if v != value)
        return self.with_values(name, kept)

    def to_figures(self) -> FiguresRequest:
        """Return the search of the figures that the chart is drawn from."""
        scope = {name: self.chosen.get(name, ()) for name in ("organisation", "place")}
        own = (self.indicator,) if self.indicator else ()
        return FiguresRequest(chosen={"indicator": own, **scope, "modality": self.modalities})

    def to_pairs(self) -> list[tuple[str, str]]:
        """Return the parameters that say this chart, in a fixed order, defaults left out."""
        pairs = [("indicator", self.indicator)] if self.indicator else []
        for name in _LISTS:
            pairs += [(name, value) for value in self.chosen.get(name, ())]
        settings = {"by": self.by, "view": self.view, "grain": self.grain}
        pairs += [(n, value) for n, value in settings.items() if value != _DEFAULTS[n]]
        if self.step:
            pairs.append(("step", self.step))
        ends = (("period_from", self.periods.first), ("period_to", self.periods.last))
        return pairs + [(name, day.isoformat()) for name, day in ends if day is not None]

    def to_url(self, path: str = "/charts") -> str:
        """Return the link to this chart.

        Example:
            >>> ChartRequest(indicator="gifts", grain="quarter").to_url()
            '/charts?indicator=gifts&grain=quarter'
        """
        query = urllib.parse.urlencode(self.to_pairs())
        return f"{path}?{query}" if query else path


def read_chart(pairs: Iterable[tuple[str, str]], *, is_strict: bool = False) -> ChartRequest:
    """Read a chart from a URL's parameters; `is_strict` refuses unknown ones.

    Raises:
        RequestError: a parameter does not fit.

    Example:
        >>> read_chart([("indicator", "suất quà"), ("place", "Huế")]).indicator
        'gifts'
    """
    many, single = _sort_pairs(pairs, is_strict=is_strict)
    settings = _DEFAULTS | {name: single[name] for name in _CHOICES if name in single}
    for name, choices in _CHOICES.items():
        if settings[name] not in choices:
            raise RequestError(name, "bad_choice")
    if any(value not in tuple(Modality) for value in many.get("modality", ())):
        raise RequestError("modality", "bad_choice")
    if "step" in single and read_period(single["step"]) is None:
        raise RequestError("step", "bad_date")
    span = DateSpan(read_day(single, "period_from"), read_day(single, "period_to", is_last=True))
    if span.first and span.last and span.first > span.last:
        raise RequestError("period_from", "dates_swapped")
    return ChartRequest(
        indicator=_read_indicator(single.get("indicator")),
        chosen={name: tuple(values) for name, values in many.items() if values},
        by=cast("Scope", settings["by"]),
        view=cast("View", settings["view"]),
        grain=cast("Grain", settings["grain"]),
        step=single.get("step"),
        periods=span,
    )


def _sort_pairs(
    pairs: Iterable[tuple[str, str]], *, is_strict: bool
) -> tuple[dict[str, list[str]], dict[str, str]]:
    """Sort parameters by name; empty values count as not given (forms send them)."""
    many: dict[str, list[str]] = {}
    single: dict[str, str] = {}
    for name, raw in pairs:
        value = raw.strip()
        if name not in (*_LISTS, *_SINGLES):
            if is_strict:
                raise RequestError(name, "unknown_parameter")
        elif value and name in _SINGLES:
            single[name] = value
        else:
            many.setdefault(name, []).extend(line.strip() for line in value.splitlines())
    for name, values in many.items():
        many[name] = list(dict.fromkeys(filter(None, values)))
        check_values(name, many[name])
    return many, single


def _read_indicator(text: str | None) -> str | None:
    if text is None or text in indicators():
        return text
    wanted = strip_diacritics(text)
    for code, known in indicators().items():
        if wanted in (strip_diacritics(known.label_vi), strip_diacritics(known.label_en)):
            return code
    raise RequestError("indicator", "bad_choice")
