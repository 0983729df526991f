"""What a reader asked for, read from a URL and written back into one.

In: the parameters of a URL. Out: a frozen request, or one problem with its parameter; and the
query string of any variation of it, so that every state of the page is a link.
"""

import calendar
import re
import urllib.parse
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Final, Literal, Self

from services.contracts.facets import FACETS, Facet

Sort = Literal["relevant", "newest"]
Pairs = Iterable[tuple[str, str]]

PAGE_SIZE: Final = 20
SIZE_LIMIT: Final = 100
DEPTH_LIMIT: Final = 1_000
"""The last result that numbered pages reach; beyond it, cursors (API) or a narrower search."""
VALUES_LIMIT: Final = 50
VALUE_LIMIT_CHARACTERS: Final = 400
FIRST_YEAR, LAST_YEAR = 1900, 2100

_TERMS: Final = tuple(facet for facet in FACETS if facet.kind == "terms")
_DATES: Final = tuple(facet for facet in FACETS if facet.kind == "date")
_DAY = re.compile(r"([0-9]{4})(?:-([0-9]{2}))?(?:-([0-9]{2}))?")

RequestProblem = Literal[
    "bad_date",
    "dates_swapped",
    "bad_number",
    "bad_amount",
    "bad_choice",
    "bad_size",
    "too_deep",
    "too_many_values",
    "too_long_value",
    "unknown_parameter",
    "repeated_parameter",
]


class RequestError(ValueError):
    """A parameter that does not fit: its name, and the key of the sentence that says why."""

    def __init__(self, parameter: str, problem: RequestProblem) -> None:
        super().__init__(f"{parameter}: {problem}")
        self.parameter = parameter
        self.problem: RequestProblem = problem


@dataclass(frozen=True)
class DateSpan:
    """Days in Vietnam, both included; None is open."""

    first: date | None = None
    last: date | None = None

    @property
    def days(self) -> int | None:
        """How many days the span holds; None when an end is open."""
        if self.first is None or self.last is None:
            return None
        return (self.last - self.first).days + 1

    @property
    def after_last(self) -> date | None:
        """The day that follows the span."""
        return None if self.last is None else self.last + timedelta(days=1)

    def __bool__(self) -> bool:
        return self.first is not None or self.last is not None


ANY_TIME: Final = DateSpan()


@dataclass(frozen=True, kw_only=True)
class SearchRequest:
    """A search of articles: words, chosen facet values, date spans, order, place in the list."""

    text: str = ""
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    spans: Mapping[str, DateSpan] = field(default_factory=dict)
    sort: Sort | None = None
    page: int = 1
    size: int = PAGE_SIZE
    as_of_milliseconds: int | None = None
    """Numbered pages leave out what was first seen later, so that they do not shift."""

    @property
    def order(self) -> Sort:
        """The order in force: by relevance when there are words to be relevant to."""
        if self.sort is not None and (self.text or self.sort == "newest"):
            return self.sort
        return "relevant" if self.text else "newest"

    @property
    def is_filtered(self) -> bool:
        """Whether any facet or date narrows the search."""
        return any(self.chosen.values()) or any(self.spans.values())

    def with_value(self, name: str, value: str) -> Self:
        """Return this search with one more facet value, from the first page."""
        values = tuple(dict.fromkeys((*self.chosen.get(name, ()), value)))
        return self._restart(chosen={**self.chosen, name: values})

    def without_value(self, name: str, value: str) -> Self:
        """Return this search without one facet value, from the first page."""
        values = tuple(v for v in self.chosen.get(name, ()) if v != value)
        return self._restart(chosen={**self.chosen, name: values})

    def with_span(self, name: str, span: DateSpan) -> Self:
        """Return this search within other days, from the first page."""
        return self._restart(spans={**self.spans, name: span})

    def without_filters(self) -> Self:
        """Return this search without facets and dates."""
        return self._restart(chosen={}, spans={})

    def with_text(self, text: str) -> Self:
        """Return this search for other words."""
        return self._restart(text=text)

    def with_sort(self, sort: Sort) -> Self:
        """Return this search in another order."""
        return self._restart(sort=sort)

    def with_page(self, page: int, *, as_of_milliseconds: int) -> Self:
        """Return another page of this search, as it stood at a time."""
        return replace(self, page=page, as_of_milliseconds=as_of_milliseconds)

    def _restart(self, **changes: object) -> Self:
        return replace(self, page=1, as_of_milliseconds=None, **changes)  # type: ignore[arg-type]

    def to_pairs(self) -> list[tuple[str, str]]:
        """Return the parameters that say this search, in a fixed order, defaults left out."""
        pairs: list[tuple[str, str]] = [("q", self.text)] if self.text else []
        for facet in FACETS:
            pairs += [(facet.name, value) for value in self.chosen.get(facet.name, ())]
            span = self.spans.get(facet.name, DateSpan())
            ends = ((f"{facet.name}_from", span.first), (f"{facet.name}_to", span.last))
            pairs += [(name, day.isoformat()) for name, day in ends if day is not None]
        if self.sort is not None:
            pairs.append(("sort", self.sort))
        return pairs + list_page_pairs(self.size, self.page, self.as_of_milliseconds)

    def to_url(self, path: str = "/") -> str:
        """Return the link to this search.

        Example:
            >>> SearchRequest(text="lương", chosen={"place": ("Hà Nội",)}).to_url()
            '/?q=l%C6%B0%C6%A1ng&place=H%C3%A0+N%E1%BB%99i'
        """
        query = urllib.parse.urlencode(self.to_pairs())
        return f"{path}?{query}" if query else path


def list_page_pairs(size: int, page: int, as_of_milliseconds: int | None) -> list[tuple[str, str]]:
    """Return the parameters that say which page of a search, defaults left out.

    Example:
        >>> list_page_pairs(PAGE_SIZE, 2, 1790000000000)
        [('page', '2'), ('as_of', '1790000000000')]
    """
    pairs = [("size", str(size))] if size != PAGE_SIZE else []
    if page > 1:
        pairs.append(("page", str(page)))
        if as_of_milliseconds is not None:
            pairs.append(("as_of", str(as_of_milliseconds)))
    return pairs


def _collect(
    pairs: Pairs, *, lists: frozenset[str], singles: frozenset[str], is_strict: bool
) -> tuple[dict[str, tuple[str, ...]], dict[str, str]]:
    """Sort parameters by name; empty values count as not given (forms send them)."""
    many: dict[str, list[str]] = {}
    single: dict[str, str] = {}
    for name, raw in pairs:
        value = raw.strip()
        if name in lists:
            if value and value not in many.setdefault(name, []):
                many[name].append(value)
        elif name not in singles:
            if is_strict:
                raise RequestError(name, "unknown_parameter")
        elif value:
            if is_strict and name in single:
                raise RequestError(name, "repeated_parameter")
            single[name] = value
    for name, values in many.items():
        check_values(name, values)
    return {name: tuple(values) for name, values in many.items()}, single


def check_values(name: str, values: Sequence[str]) -> None:
    """Refuse more values of one parameter, or longer ones, than a search is given."""
    if len(values) > VALUES_LIMIT:
        raise RequestError(name, "too_many_values")
    if any(len(value) > VALUE_LIMIT_CHARACTERS for value in values):
        raise RequestError(name, "too_long_value")


def read_search(pairs: Pairs, *, is_strict: bool = False) -> SearchRequest:
    """Read a search of articles from a URL's parameters.

    `is_strict` (the API, which pages by cursor) refuses unknown and repeated parameters; the page
    passes over them.

    Raises:
        RequestError: a parameter does not fit.

    Example:
        >>> read_search([("q", "lương"), ("date_from", "2025-09")]).spans["date"].first
        datetime.date(2025, 9, 1)
    """
    spans_names = [(facet, f"{facet.name}_from", f"{facet.name}_to") for facet in _DATES]
    chosen, single = _collect(
        pairs,
        lists=frozenset(facet.name for facet in _TERMS),
        singles=frozenset({"q", "sort", "size", "lang"})
        | (frozenset({"cursor"}) if is_strict else frozenset({"page", "as_of"}))
        | {name for _, *names in spans_names for name in names},
        is_strict=is_strict,
    )
    sort = single.get("sort")
    if sort not in (None, "relevant", "newest"):
        raise RequestError("sort", "bad_choice")
    size = _read_size(single)
    page = read_integer(single, "page", 1)
    if page < 1 or page * size > DEPTH_LIMIT:
        raise RequestError("page", "too_deep" if page > 0 else "bad_number")
    as_of = read_integer(single, "as_of", 0)
    if not 0 <= as_of < 2**43:
        raise RequestError("as_of", "bad_number")
    spans = {
        facet.name: span
        for facet, first, last in spans_names
        if (span := _read_span(single, facet, first, last))
    }
    return SearchRequest(
        text=single.get("q", ""),
        chosen=chosen,
        spans=spans,
        sort=sort,  # type: ignore[arg-type] # checked above
        page=page,
        size=size,
        as_of_milliseconds=as_of or None,
    )


def _read_size(single: Mapping[str, str]) -> int:
    size = read_integer(single, "size", PAGE_SIZE)
    if not 1 <= size <= SIZE_LIMIT:
        raise RequestError("size", "bad_size")
    return size


def read_integer(single: Mapping[str, str], name: str, default: int) -> int:
    """Return a whole number, not negative, or the default; raises RequestError."""
    text = single.get(name)
    if text is None:
        return default
    if not re.fullmatch(r"[0-9]{1,15}", text):
        raise RequestError(name, "bad_number")
    return int(text)


def _read_span(single: Mapping[str, str], facet: Facet, first: str, last: str) -> DateSpan:
    span = DateSpan(read_day(single, first), read_day(single, last, is_last=True))
    if span.first and span.last and span.first > span.last:
        raise RequestError(facet.name, "dates_swapped")
    return span


def read_day(single: Mapping[str, str], name: str, *, is_last: bool = False) -> date | None:
    """Read a day, or the first or last day of a month ("2025-09") or a year ("2025")."""
    text = single.get(name)
    if text is None:
        return None
    match = _DAY.fullmatch(text)
    if match is None or not FIRST_YEAR <= int(match[1]) <= LAST_YEAR:
        raise RequestError(name, "bad_date")
    year = int(match[1])
    month = int(match[2]) if match[2] else (12 if is_last else 1)
    if not 1 <= month <= 12:  # noqa: PLR2004 - months of a year
        raise RequestError(name, "bad_date")
    days = calendar.monthrange(year, month)[1]
    day = int(match[3]) if match[3] else (days if is_last else 1)
    if not 1 <= day <= days:
        raise RequestError(name, "bad_date")
    return date(year, month, day)
