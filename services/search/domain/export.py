"""What is taken away: rows for spreadsheets, safe against formulas, and lines of JSON.

In: figures and articles as the index holds them. Out: rows of plain text, in the order of the
documented columns (docs/api.md). A cell that a spreadsheet would run begins with an apostrophe.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final, Literal

from services.contracts.documents import ArticleDocument, FigureDocument
from services.search.domain.formatting import to_vietnam
from services.search.domain.labels import label_value

Separator = Literal["comma", "semicolon", "tab"]
SEPARATORS: Final[Mapping[Separator, str]] = {"comma": ",", "semicolon": ";", "tab": "\t"}
BYTE_ORDER_MARK: Final = "\ufeff"
"""Tells spreadsheets that the file is UTF-8: without it, they break Vietnamese."""

_FORMULA = re.compile(r"[\s\u200b\ufeff]*[=+\-@＝＋－＠−|%]")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
Cell = str | Decimal | int | bool | datetime | None


def guard_cell(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula.

    The marks are those of OWASP's "CSV Injection", in their wide forms too.

    Example:
        >>> guard_cell("=1+1"), guard_cell(" @SUM(A1)"), guard_cell("công đoàn")
        ("'=1+1", "' @SUM(A1)", 'công đoàn')
    """
    clean = _CONTROLS.sub(" ", text)
    return f"'{clean}" if _FORMULA.match(clean) or clean.startswith(("\t", "\r", "\n")) else clean


def write_cell(cell: Cell, *, has_decimal_comma: bool) -> str:
    """Return a cell as text: numbers plain, times as Vietnam's clock shows them.

    Example:
        >>> write_cell(Decimal("-12.50"), has_decimal_comma=True)
        '-12,50'
    """
    match cell:
        case None:
            return ""
        case bool():
            return "true" if cell else "false"
        case Decimal() | int():
            text = format(cell, "f") if isinstance(cell, Decimal) else str(cell)
            return text.replace(".", ",") if has_decimal_comma else text
        case datetime():
            return to_vietnam(cell).strftime("%Y-%m-%d %H:%M:%S")
        case str():
            return guard_cell(cell)


def _join(values: Sequence[str]) -> str:
    return "; ".join(values)


FIGURE_COLUMNS: Final[Mapping[str, Callable[[FigureDocument, str], Cell]]] = {
    "figure_id": lambda f, _: f.figure_id,
    "value": lambda f, _: f.value,
    "value_max": lambda f, _: f.value_max,
    "unit": lambda f, _: f.unit,
    "counted": lambda f, _: f.counted,
    "indicator": lambda f, _: f.indicator,
    "indicator_vi": lambda f, _: label_value("indicator", f.indicator) if f.indicator else None,
    "organisation": lambda f, _: f.organisation,
    "place": lambda f, _: f.place,
    "place_code": lambda f, _: f.place_code,
    "place_id": lambda f, _: f.place_id,
    "period": lambda f, _: f.period,
    "period_first": lambda f, _: f.period_first.isoformat() if f.period_first else None,
    "period_last": lambda f, _: f.period_last.isoformat() if f.period_last else None,
    "comparator": lambda f, _: f.comparator.value,
    "modality": lambda f, _: f.modality.value,
    "kind": lambda f, _: f.kind.value,
    "numerator": lambda f, _: f.numerator,
    "denominator": lambda f, _: f.denominator,
    "from_value": lambda f, _: f.from_value,
    "magnitude": lambda f, _: f.magnitude,
    "change": lambda f, _: f.change.direction if f.change else None,
    "baseline": lambda f, _: f.change.baseline if f.change else None,
    "per": lambda f, _: _join(f.per),
    "of": lambda f, _: f.of,
    "same_as": lambda f, _: f.same_as,
    "part_of": lambda f, _: f.part_of,
    "surface": lambda f, _: f.surface,
    "sentence": lambda f, _: f.sentence,
    "outlet": lambda f, _: f.outlet,
    "title": lambda f, _: f.title,
    "published_vietnam": lambda f, _: f.published_at,
    "language": lambda f, _: f.language,
    "status": lambda f, _: f.status,
    "confidence": lambda f, _: None if f.confidence is None else Decimal(str(f.confidence)),
    "original": lambda f, _: f.url,
    "desk": lambda _, url: url,
    "article_id": lambda f, _: f.article_id,
}
"""Column → what stands in it, of a figure and the address of its sentence in the desk."""

ARTICLE_COLUMNS: Final[Mapping[str, Callable[[ArticleDocument, str], Cell]]] = {
    "article_id": lambda a, _: a.article_id,
    "title": lambda a, _: a.title,
    "lead": lambda a, _: a.lead,
    "outlet": lambda a, _: a.outlet,
    "author": lambda a, _: a.author,
    "section": lambda a, _: a.section,
    "published_vietnam": lambda a, _: a.published_at,
    "modified_vietnam": lambda a, _: a.modified_at,
    "first_seen_vietnam": lambda a, _: a.first_seen_at,
    "fetched_vietnam": lambda a, _: a.fetched_at,
    "status": lambda a, _: a.status,
    "is_corrected": lambda a, _: a.is_corrected,
    "language": lambda a, _: a.language,
    "organisations": lambda a, _: _join(a.organisations),
    "persons": lambda a, _: _join(a.persons),
    "places": lambda a, _: _join(a.places),
    "documents": lambda a, _: _join(a.documents),
    "events": lambda a, _: _join(a.events),
    "topics": lambda a, _: _join(a.topics),
    "indicators": lambda a, _: _join(a.indicators),
    "tags": lambda a, _: _join(a.tags),
    "figure_count": lambda a, _: a.figure_count,
    "original": lambda a, _: a.url,
    "desk": lambda _, url: url,
}
"""Column → what stands in it, of an article and the address of its page in the desk."""
