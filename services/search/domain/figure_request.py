"""What a reader asked of the figures, read from a URL and written back into one.

In: the parameters of a URL, of the page's form or the API. Out: a frozen request, or one problem
with its parameter; and the query string of any variation of it.
"""

import functools
import urllib.parse
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final, Literal, Self, cast, get_args

from services.contracts.figures import Comparator, FigureKind, Modality
from services.lexicon.fold import strip_diacritics
from services.lexicon.indicators import indicators
from services.search.domain.amounts import read_amount, read_unit
from services.search.domain.request import (
    ANY_TIME,
    DEPTH_LIMIT,
    PAGE_SIZE,
    SIZE_LIMIT,
    DateSpan,
    RequestError,
    check_values,
    list_page_pairs,
    read_day,
    read_integer,
)

FigureSort = Literal["newest", "largest", "smallest", "period"]
Pairs = Iterable[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class FigureFilter:
    """A condition on figures: its parameter, the field it asks, how values are matched."""

    name: str
    field: str
    label_vi: str
    label_en: str
    meaning: str
    kind: Literal["choice", "name", "words"] = "choice"
    """`name`: also as typed, without diacritics or in part; `words`: holds all of its words."""
    is_counted: bool = True
    """Whether the page shows its values with counts."""
    choices: tuple[str, ...] = ()


FIGURE_FILTERS: Final = (
    FigureFilter(
        name="indicator",
        field="indicator",
        label_vi="Chỉ tiêu",
        label_en="Indicator",
        meaning="Code of an indicator, such as support_amount, or its label.",
    ),
    FigureFilter(
        name="organisation",
        field="organisation",
        kind="name",
        label_vi="Của ai",
        label_en="Owner",
        meaning="Owner: its canonical name, or any part of it, with or without diacritics.",
    ),
    FigureFilter(
        name="place",
        field="place",
        kind="name",
        label_vi="Nơi",
        label_en="Place",
        meaning="Place: name, with or without diacritics, or code.",
    ),
    FigureFilter(
        name="unit",
        field="unit",
        label_vi="Đơn vị",
        label_en="Unit",
        meaning="Unit: code (VND, percent, m2 …), name (đồng, %), or classifier (suất, lượt …).",
    ),
    FigureFilter(
        name="counted",
        field="counted",
        kind="words",
        label_vi="Đếm gì",
        label_en="Counted",
        meaning="What is counted: holds all of these words, with or without diacritics.",
        is_counted=False,
    ),
    FigureFilter(
        name="outlet",
        field="outlet",
        label_vi="Báo",
        label_en="Outlet",
        meaning="Outlet of the article.",
    ),
    FigureFilter(
        name="modality",
        field="modality",
        label_vi="Tính chất",
        label_en="Modality",
        meaning="reported, target or estimate.",
        choices=tuple(Modality),
    ),
    FigureFilter(
        name="kind",
        field="kind",
        label_vi="Loại",
        label_en="Kind",
        meaning="Kind of figure.",
        is_counted=False,
        choices=tuple(FigureKind),
    ),
    FigureFilter(
        name="comparator",
        field="comparator",
        label_vi="So sánh",
        label_en="Comparator",
        meaning="How the true value stands to the printed one.",
        is_counted=False,
        choices=tuple(Comparator),
    ),
    FigureFilter(
        name="language",
        field="language",
        label_vi="Ngôn ngữ",
        label_en="Language",
        meaning="Language of the article.",
    ),
    FigureFilter(
        name="status",
        field="status",
        label_vi="Trạng thái",
        label_en="Status",
        meaning="published or withdrawn; without it, withdrawn articles are left out.",
        choices=("published", "withdrawn"),
    ),
    FigureFilter(
        name="period",
        field="period",
        label_vi="Kỳ",
        label_en="Period",
        meaning="Period (2025, 2025-H1, 2025-Q3, 2025-09); a year holds its parts.",
        is_counted=False,
    ),
    FigureFilter(
        name="article",
        field="article_id",
        label_vi="Bài",
        label_en="Article",
        meaning="Id of an article.",
        is_counted=False,
    ),
)
_FILTERS: Final = {known.name: known for known in FIGURE_FILTERS}
_SINGLES: Final = frozenset(
    {"q", "min", "max", "period_from", "period_to", "date_from", "date_to", "sort", "size", "lang"}
)
_FORM_FIELDS: Final = frozenset({"at_least", "at_most", "page", "as_of"})


@dataclass(frozen=True, kw_only=True)
class FiguresRequest:
    """A search of figures; every condition must hold, values of one condition are alternatives."""

    text: str = ""
    """Words of the sentence or the headline."""
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Name of a `FIGURE_FILTERS` row → values."""
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    periods: DateSpan = ANY_TIME
    """The period of the figure lies within these days."""
    published: DateSpan = ANY_TIME
    """The article was published within these days, Vietnam time."""
    sort: FigureSort = "newest"
    page: int = 1
    size: int = PAGE_SIZE
    as_of_milliseconds: int | None = None

    @property
    def is_filtered(self) -> bool:
        """Whether any condition narrows the figures."""
        bounds = (self.minimum, self.maximum)
        return bool(
            self.text
            or any(self.chosen.values())
            or self.periods
            or self.published
            or any(bound is not None for bound in bounds)
        )

    def with_value(self, name: str, value: str) -> Self:
        """Return this search with one more value, from the first page."""
        values = tuple(dict.fromkeys((*self.chosen.get(name, ()), value)))
        return self._restart(chosen={**self.chosen, name: values})

    def without_value(self, name: str, value: str) -> Self:
        """Return this search without one value, from the first page."""
        values = tuple(v for v in self.chosen.get(name, ()) if v != value)
        return self._restart(chosen={**self.chosen, name: values})

    def with_values(self, name: str, values: Sequence[str]) -> Self:
        """Return this search with other values of one condition, from the first page."""
        return self._restart(chosen={**self.chosen, name: tuple(values)})

    def without(self, part: Literal["text", "bounds", "periods", "published"]) -> Self:
        """Return this search without one of its other conditions, from the first page."""
        if part == "text":
            return self._restart(text="")
        if part == "bounds":
            return self._restart(minimum=None, maximum=None)
        return self._restart(**{part: ANY_TIME})

    def without_filters(self) -> Self:
        """Return the search of all figures, in the same order."""
        return type(self)(sort=self.sort, size=self.size)

    def with_sort(self, sort: FigureSort) -> Self:
        """Return this search in another order, from the first page."""
        return self._restart(sort=sort)

    def with_page(self, page: int, *, as_of_milliseconds: int) -> Self:
        """Return another page of this search, as it stood at a time."""
        return replace(self, page=page, as_of_milliseconds=as_of_milliseconds)

    def _restart(self, **changes: object) -> Self:
        return replace(self, page=1, as_of_milliseconds=None, **changes)  # type: ignore[arg-type]

    def to_pairs(self) -> list[tuple[str, str]]:
        """Return the parameters that say this search, in a fixed order, defaults left out."""
        pairs: list[tuple[str, str]] = [("q", self.text)] if self.text else []
        for known in FIGURE_FILTERS:
            pairs += [(known.name, value) for value in self.chosen.get(known.name, ())]
        bounds = (("min", self.minimum), ("max", self.maximum))
        pairs += [(name, format(bound, "f")) for name, bound in bounds if bound is not None]
        for name, span in (("period", self.periods), ("date", self.published)):
            ends = ((f"{name}_from", span.first), (f"{name}_to", span.last))
            pairs += [(end, day.isoformat()) for end, day in ends if day is not None]
        if self.sort != "newest":
            pairs.append(("sort", self.sort))
        return pairs + list_page_pairs(self.size, self.page, self.as_of_milliseconds)

    def to_url(self, path: str = "/figures") -> str:
        """Return the link to this search.

        Example:
            >>> FiguresRequest(chosen={"unit": ("VND",)}, minimum=Decimal(10) ** 11).to_url()
            '/figures?unit=VND&min=100000000000'
        """
        query = urllib.parse.urlencode(self.to_pairs())
        return f"{path}?{query}" if query else path


@functools.cache
def _indicator_labels() -> dict[str, str]:
    return {
        strip_diacritics(label): code
        for code, known in indicators().items()
        for label in (known.label_vi, known.label_en, code)
    }


def _canonise(known: FigureFilter, value: str) -> str:
    """Return what a typed value stands for; names of owners and places are found in the index."""
    if known.choices and value not in known.choices:
        raise RequestError(known.name, "bad_choice")
    if known.name == "indicator":
        return _indicator_labels().get(strip_diacritics(value), value)
    return read_unit(value) if known.name == "unit" else value


def read_figures(pairs: Pairs, *, is_strict: bool = True) -> FiguresRequest:
    """Read a search of figures from a URL's parameters.

    `is_strict` (the API, which pages by cursor) refuses unknown and repeated parameters. Else (the
    page) they are passed over, and amounts may be given in words as `at_least` and `at_most`.

    Raises:
        RequestError: a parameter does not fit.

    Example:
        >>> read_figures([("unit", "đồng"), ("min", "100000000000")]).chosen
        {'unit': ('VND',)}
        >>> read_figures([("at_least", "100 tỉ đồng")], is_strict=False).to_url()
        '/figures?unit=VND&min=100000000000'
    """
    many, single = _sort_pairs(pairs, is_strict=is_strict)
    minimum, maximum = _read_bounds(single, many)
    page, size = read_integer(single, "page", 1), read_integer(single, "size", PAGE_SIZE)
    if not 1 <= size <= SIZE_LIMIT:
        raise RequestError("size", "bad_size")
    if page < 1 or page * size > DEPTH_LIMIT:
        raise RequestError("page", "too_deep" if page > 0 else "bad_number")
    as_of = read_integer(single, "as_of", 0)
    if not 0 <= as_of < 2**43:
        raise RequestError("as_of", "bad_number")
    return FiguresRequest(
        text=single.get("q", ""),
        chosen={name: tuple(values) for name, values in many.items() if values},
        minimum=minimum,
        maximum=maximum,
        periods=_read_span(single, "period"),
        published=_read_span(single, "date"),
        sort=_read_sort(single),
        page=page,
        size=size,
        as_of_milliseconds=as_of or None,
    )


def _sort_pairs(pairs: Pairs, *, is_strict: bool) -> tuple[dict[str, list[str]], dict[str, str]]:
    """Sort parameters by name; empty values count as not given (forms send them)."""
    many: dict[str, list[str]] = {}
    single: dict[str, str] = {}
    singles = _SINGLES | (frozenset({"cursor"}) if is_strict else _FORM_FIELDS)
    for name, raw in pairs:
        value = raw.strip()
        if name in _FILTERS:
            value = _canonise(_FILTERS[name], value) if value else value
            if value and value not in many.setdefault(name, []):
                many[name].append(value)
        elif name in singles:
            if value and is_strict and name in single:
                raise RequestError(name, "repeated_parameter")
            if value:
                single[name] = value
        elif is_strict:
            raise RequestError(name, "unknown_parameter")
    for name, values in many.items():
        check_values(name, values)
    return many, single


def _read_sort(single: Mapping[str, str]) -> FigureSort:
    sort = single.get("sort", "newest")
    if sort not in get_args(FigureSort):
        raise RequestError("sort", "bad_choice")
    return cast("FigureSort", sort)


def _read_bounds(
    single: Mapping[str, str], many: dict[str, list[str]]
) -> tuple[Decimal | None, Decimal | None]:
    """Return the bounds on the value; a unit typed behind an amount becomes a condition."""
    bounds: list[Decimal | None] = []
    for strict_name, typed_name in (("min", "at_least"), ("max", "at_most")):
        if typed_name in single:
            amount = read_amount(single[typed_name])
            if amount is None:
                raise RequestError(typed_name, "bad_amount")
            if amount.unit and amount.unit not in many.setdefault("unit", []):
                many["unit"].append(amount.unit)
            bounds.append(amount.value)
        else:
            bounds.append(_read_decimal(single, strict_name))
    return bounds[0], bounds[1]


def _read_decimal(single: Mapping[str, str], name: str) -> Decimal | None:
    text = single.get(name)
    if text is None:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise RequestError(name, "bad_number") from None
    if not number.is_finite() or abs(number.adjusted()) > 30:  # noqa: PLR2004 - past any real sum
        raise RequestError(name, "bad_number")
    return number


def _read_span(single: Mapping[str, str], name: str) -> DateSpan:
    first: date | None = read_day(single, f"{name}_from")
    last: date | None = read_day(single, f"{name}_to", is_last=True)
    if first and last and first > last:
        raise RequestError(f"{name}_from", "dates_swapped")
    return DateSpan(first, last)
