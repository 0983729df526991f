"""Which figures make a point of a chart: series that never mix, nothing counted twice.

In: figures of one indicator, as claims. Out: series with points, each with its sources.

A series is one indicator, one class of what is counted, one unit, one owner and place, one
modality. A stock ("đoàn viên") is a level at a day. A flow ("suất quà") is summed over periods
that have no day in common. The same value said again for the same time counts once; where two
values are said for the same time, the one said last holds, and the other is kept beside it.
"""

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final, Literal, Self

from services.contracts.figures import Comparator, Modality
from services.lexicon.counted import CountedClass, classify_counted
from services.lexicon.fold import fold, to_nfc
from services.lexicon.indicators import Indicator
from services.lexicon.periods import DayRange, read_period
from services.search.domain.formatting import to_vietnam

Grain = Literal["year", "quarter", "month"]
GRAINS: Final[tuple[Grain, ...]] = ("year", "quarter", "month")
ECHO_DAYS: Final = 7
"""The same value of a single day said again within so many days is the same event."""
SERIES_KEPT: Final = 200
_SAME_LEVEL_DAYS: Final = 31
"""The same level said again within so many days is the same level."""
_UNKNOWN: Final = frozenset({Comparator.VAGUE})
_QUARTER_MONTHS: Final = 3


@dataclass(frozen=True, kw_only=True)
class SeriesKey:
    """What a series is of; two figures of different keys never share a line."""

    indicator: str
    counted: CountedClass
    unit: str
    per: tuple[str, ...]
    organisation: str | None
    place: str | None
    modality: Modality


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A figure as a chart sees it."""

    key: SeriesKey
    figure_id: str
    article_id: str
    anchor: str
    value: Decimal
    value_max: Decimal | None
    comparator: Comparator
    days: DayRange
    said_at: datetime
    outlet: str
    title: str
    sentence: str
    surface: str

    @property
    def highest(self) -> Decimal:
        """The upper end of a range, else the value."""
        return self.value if self.value_max is None else self.value_max


@dataclass(frozen=True, kw_only=True)
class Point:
    """A value of a series at a time, and the figures that say it.

    `covered_days` of the `days` are told by the summed figures; a stock's `days` are one day.
    `others` say something else of the same time, or overlap; they are not in the value.
    """

    days: DayRange
    value: Decimal
    value_max: Decimal | None
    comparator: Comparator
    covered_days: int
    sources: tuple[Claim, ...]
    others: tuple[Claim, ...] = ()

    @property
    def is_partial(self) -> bool:
        """Whether the summed figures leave days of the period untold."""
        return self.covered_days < self.days.days


@dataclass(frozen=True, kw_only=True)
class Series:
    """The points of one key, in time order."""

    key: SeriesKey
    is_stock: bool
    points: tuple[Point, ...]
    claim_count: int
    untold: int = 0
    """Claims of periods that are longer than the chart's steps."""


def read_claim(source: Mapping[str, Any], indicator: Indicator) -> Claim | None:
    """Return a stored figure as a claim, or None for one that is no point of a chart.

    Left out are vague values, shares of other figures, repetitions within an article, changes and
    ratios ("2.610/2.819": neither is the level), and kinds that are not the indicator's.
    """
    try:
        comparator = Comparator(source.get("comparator", "eq"))
        modality = Modality(source.get("modality", "reported"))
        value = Decimal(str(source["value"]))
        value_max = None if source.get("value_max") is None else Decimal(str(source["value_max"]))
        said_at = datetime.fromisoformat(source["sort_at"])
        anchor = f"{source['field']}:{source['start']}-{source['end']}"
    except (KeyError, ValueError, InvalidOperation):
        return None
    is_other = source.get("same_as") or source.get("part_of") or source.get("of")
    if source.get("kind") != indicator.kind or comparator in _UNKNOWN or is_other:
        return None
    days = read_period(source.get("period"))
    if days is None:
        day = to_vietnam(said_at).date()
        days = DayRange(day, day)
    return Claim(
        key=_read_key(source, indicator, modality),
        figure_id=source["figure_id"],
        article_id=source["article_id"],
        anchor=anchor,
        value=value,
        value_max=value_max,
        comparator=comparator,
        days=days,
        said_at=said_at,
        outlet=source.get("outlet", ""),
        title=source.get("title", ""),
        sentence=source.get("sentence") or "",
        surface=source.get("surface", ""),
    )


def _read_key(source: Mapping[str, Any], indicator: Indicator, modality: Modality) -> SeriesKey:
    organisation, place = source.get("organisation"), source.get("place")
    unit = source.get("unit") or ""
    if indicator.kind == "count":  # suất or phần are the same; lượt counts visits, not people
        unit = "lượt" if unit.startswith("lượt") else ""
    return SeriesKey(
        indicator=indicator.code,
        counted=classify_counted(source.get("counted"), indicator.kind),
        unit=unit,
        per=tuple(source.get("per") or ()),
        organisation=organisation,
        place=None if is_own_place(organisation, place) else place,
        modality=modality,
    )


@functools.lru_cache(maxsize=8_192)
def is_own_place(organisation: str | None, place: str | None) -> bool:
    """Return whether a place is the whole area of a body, so that it narrows nothing.

    Example:
        >>> is_own_place("Liên đoàn Lao động thành phố Hà Nội", "Hà Nội")
        True
        >>> is_own_place("Liên đoàn Lao động thành phố Hà Nội", "Quận Đống Đa")
        False
    """
    if not organisation or not place:
        return False
    body, area = (f" {fold(to_nfc(text)).strip()}" for text in (organisation, place))
    return body.endswith(area)


def build_series(
    claims: Iterable[Claim], indicator: Indicator, *, grain: Grain
) -> tuple[Series, ...]:
    """Return the series of some claims, those with most points first.

    Of more than `SERIES_KEPT`, those with most figures are returned: nobody looks at the others.
    """
    all_keys: dict[SeriesKey, list[Claim]] = {}
    for claim in claims:
        all_keys.setdefault(claim.key, []).append(claim)
    largest = sorted(all_keys, key=lambda key: (-len(all_keys[key]), _name(key)))
    by_key = {key: all_keys[key] for key in largest[:SERIES_KEPT]}
    is_stock = indicator.flow == "stock"
    series = []
    for key, told in by_key.items():
        points = build_levels(told) if is_stock else build_sums(told, grain=grain)
        untold = 0 if is_stock else sum(not _fits(claim, grain) for claim in told)
        series.append(
            Series(key=key, is_stock=is_stock, points=points, claim_count=len(told), untold=untold)
        )
    series.sort(key=lambda one: (-len(one.points), -one.claim_count, _name(one.key)))
    return tuple(series)


def _name(key: SeriesKey) -> str:
    return " ".join(filter(None, (key.organisation, key.place, key.counted.code, key.modality)))


def build_levels(claims: Sequence[Claim]) -> tuple[Point, ...]:
    """Return the levels of a stock: at its period's end, or when it was said if that is sooner.

    A level that is said again within a month is the same level.
    """
    by_day: dict[date, list[Claim]] = {}
    for claim in claims:
        said = to_vietnam(claim.said_at).date()
        day = min(claim.days.last, said) if claim.days.first <= said else claim.days.last
        by_day.setdefault(day, []).append(claim)
    points: list[Point] = []
    for day in sorted(by_day):
        held, repeated, others = _resolve(by_day[day])
        last = points[-1] if points else None
        if (
            last is not None
            and _says(held, last.sources[0])
            and (day - last.days.first).days <= _SAME_LEVEL_DAYS
        ):
            points[-1] = replace(
                last,
                sources=(*last.sources, held, *repeated),
                others=(*last.others, *others),
            )
            continue
        points.append(
            Point(
                days=DayRange(day, day),
                value=held.value,
                value_max=held.value_max,
                comparator=held.comparator,
                covered_days=1,
                sources=(held, *repeated),
                others=others,
            )
        )
    return tuple(points)


def _says(one: Claim, other: Claim) -> bool:
    return (one.value, one.value_max) == (other.value, other.value_max)


def _resolve(claims: Sequence[Claim]) -> tuple[Claim, tuple[Claim, ...], tuple[Claim, ...]]:
    """Return what holds of claims on one time: the one said last, who agrees, who does not."""
    ordered = sorted(claims, key=lambda claim: (claim.said_at, claim.figure_id))
    held = ordered[-1]
    rest = ordered[:-1]
    return (
        held,
        tuple(claim for claim in rest if _says(claim, held)),
        tuple(claim for claim in rest if not _says(claim, held)),
    )


@dataclass(frozen=True, kw_only=True)
class _Sum:
    """A choice of disjoint figures: the more days they tell the better, in the fewer pieces."""

    told_days: int = 0
    pieces: int = 0
    chosen: tuple[int, ...] = ()

    def plus(self, number: int, days: int) -> Self:
        return type(self)(
            told_days=self.told_days + days,
            pieces=self.pieces + 1,
            chosen=(*self.chosen, number),
        )

    @property
    def rank(self) -> tuple[int, int]:
        return self.told_days, -self.pieces


def build_sums(claims: Sequence[Claim], *, grain: Grain) -> tuple[Point, ...]:
    """Return the sums of a flow, step by step: of figures whose periods share no day.

    Of overlapping figures those are summed that tell the most days, in the fewest pieces: a year's
    own figure before its quarters, nine months and a quarter before a half-year alone.
    """
    buckets: dict[DayRange, list[Claim]] = {}
    for claim in claims:
        if _fits(claim, grain):
            buckets.setdefault(find_step(claim.days.first, grain), []).append(claim)
    return tuple(_build_sum(days, buckets[days]) for days in sorted(buckets))


def _fits(claim: Claim, grain: Grain) -> bool:
    return find_step(claim.days.first, grain).holds(claim.days)


def _build_sum(days: DayRange, claims: Sequence[Claim]) -> Point:
    by_period: dict[DayRange, list[Claim]] = {}
    for claim in _join_echoes(claims):
        by_period.setdefault(claim.days, []).append(claim)
    resolved = {period: _resolve(told) for period, told in by_period.items()}
    chosen = choose_disjoint(tuple(resolved))
    sources: list[Claim] = []
    others = [claim for period in resolved for claim in resolved[period][2]]
    for period in chosen:
        held, repeated, _ = resolved[period]
        sources += [held, *repeated]
    summed = [resolved[period][0] for period in chosen]
    counted = {claim.figure_id for claim in (*sources, *others)}
    others += [claim for claim in claims if claim.figure_id not in counted]
    has_range = any(claim.value_max is not None for claim in summed)
    return Point(
        days=days,
        value=sum((claim.value for claim in summed), Decimal(0)),
        value_max=sum((claim.highest for claim in summed), Decimal(0)) if has_range else None,
        comparator=join_comparators([claim.comparator for claim in summed]),
        covered_days=sum(claim.days.days for claim in summed),
        sources=tuple(sources),
        others=tuple(others),
    )


def _join_echoes(claims: Sequence[Claim]) -> list[Claim]:
    """Move the same event told on another day, by another article, to the day it was first told.

    A figure without a period is dated by its article; a copy of the next morning is no new event.
    """
    joined: list[Claim] = []
    events: list[Claim] = []
    for claim in sorted(claims, key=lambda one: (one.days, one.said_at, one.figure_id)):
        if claim.days.days > 1:
            joined.append(claim)
            continue
        first = next(
            (
                event
                for event in reversed(events)
                if _says(event, claim)
                and event.article_id != claim.article_id
                and claim.days.first - event.days.first <= timedelta(days=ECHO_DAYS)
            ),
            None,
        )
        if first is None:
            events.append(claim)
            joined.append(claim)
        else:
            joined.append(replace(claim, days=first.days))
    return joined


def choose_disjoint(periods: Sequence[DayRange]) -> tuple[DayRange, ...]:
    """Return periods without a common day that tell the most days, in the fewest pieces.

    Weighted interval scheduling, by dynamic programming over the ends of the periods.

    Example:
        >>> read = {code: read_period(code) for code in ("2025-Q1", "2025-H1", "2025-Q3", "2025")}
        >>> choose_disjoint([read["2025-Q1"], read["2025-H1"], read["2025-Q3"]]) == (
        ...     read["2025-H1"], read["2025-Q3"])
        True
        >>> choose_disjoint(list(read.values())) == (read["2025"],)
        True
    """
    ordered = sorted(set(periods), key=lambda period: (period.last, period.first))
    best: list[_Sum] = [_Sum()]
    for number, period in enumerate(ordered):
        before = next(
            index
            for index in range(number, -1, -1)
            if index == 0 or ordered[index - 1].last < period.first
        )
        taken = best[before].plus(number, period.days)
        best.append(max(best[-1], taken, key=lambda choice: choice.rank))
    return tuple(ordered[number] for number in best[-1].chosen)


def join_comparators(comparators: Sequence[Comparator]) -> Comparator:
    """Return how a sum's true value stands to it.

    Example:
        >>> join_comparators([Comparator.EQ, Comparator.GT]).value
        'gt'
        >>> join_comparators([Comparator.LT, Comparator.GT]).value
        'approx'
    """
    kinds = set(comparators) - {Comparator.EQ}
    if not kinds:
        return Comparator.EQ
    for joined in ({Comparator.GT, Comparator.GTE}, {Comparator.LT, Comparator.LTE}):
        if kinds <= joined:
            return kinds.pop() if len(kinds) == 1 else max(joined & kinds, key=lambda k: k.value)
    return kinds.pop() if len(kinds) == 1 else Comparator.APPROX


@functools.lru_cache(maxsize=8_192)
def find_step(day: date, grain: Grain) -> DayRange:
    """Return the year, quarter or month that holds a day.

    Example:
        >>> find_step(date(2025, 5, 20), "quarter").first.isoformat()
        '2025-04-01'
    """
    if grain == "year":
        code = f"{day.year}"
    elif grain == "quarter":
        code = f"{day.year}-Q{(day.month - 1) // _QUARTER_MONTHS + 1}"
    else:
        code = f"{day.year}-{day.month:02d}"
    days = read_period(code)
    if days is None:  # a year beyond what periods know
        return DayRange(day, day)
    return days


def name_step(days: DayRange, grain: Grain) -> str:
    """Return the code of a step, such as "2025-Q2".

    Example:
        >>> name_step(find_step(date(2025, 5, 20), "quarter"), "quarter")
        '2025-Q2'
    """
    if grain == "year":
        return f"{days.first.year}"
    if grain == "quarter":
        return f"{days.first.year}-Q{(days.first.month - 1) // _QUARTER_MONTHS + 1}"
    return f"{days.first:%Y-%m}"


def compare_series(
    series: Sequence[Series], *, grain: Grain, step: str | None
) -> tuple[str | None, tuple[tuple[Series, Point], ...]]:
    """Return the values of several series in one step, the largest first, and the step's code.

    Without a step, the latest is taken of those that most series tell. A stock stands in a step
    with its last level there.
    """
    steps: dict[str, dict[SeriesKey, tuple[Series, Point]]] = {}
    for one in series:
        for point in one.points:
            name = name_step(point.days, grain)
            steps.setdefault(name, {})[one.key] = (one, point)
    if step is None:
        step = max(steps, key=lambda name: (len(steps[name]), name), default=None)
    told = steps.get(step or "", {}).values()
    return step, tuple(sorted(told, key=lambda pair: -pair[1].value))


def keep_whole(
    compared: Sequence[tuple[Series, Point]],
) -> tuple[tuple[Series, Point], ...]:
    """Return one series an owner: that of its whole area, else that of most figures.

    A comparison of owners is not one of the corners they work in. Series without an owner stay.
    """
    best: dict[tuple[object, ...], tuple[Series, Point]] = {}
    for pair in compared:
        key = pair[0].key
        owner = (
            key.organisation or key, key.counted, key.unit, key.per, key.modality,
        )  # fmt: skip
        held = best.get(owner)
        if held is None or _rank_scope(pair[0]) > _rank_scope(held[0]):
            best[owner] = pair
    return tuple(pair for pair in compared if pair in best.values())


def _rank_scope(series: Series) -> tuple[bool, int]:
    return series.key.place is None, series.claim_count


def keep_within(series: Sequence[Series], first: date | None, last: date | None) -> list[Series]:
    """Return series with the points that lie within some days; those left without are dropped."""
    kept = []
    for one in series:
        points = tuple(
            point
            for point in one.points
            if (first is None or point.days.first >= first)
            and (last is None or point.days.last <= last)
        )
        if points:
            kept.append(replace(one, points=points))
    return kept
