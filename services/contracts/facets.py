"""The facets that journalists narrow a search by; adding one is adding a row.

In: nothing. Out: `FACETS`, read by the index mappings, the search API and the page.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Facet:
    """A facet: its name in URLs, the article field it counts, and its labels."""

    name: str
    field: str
    kind: Literal["terms", "date"]
    label_vi: str
    label_en: str


FACETS: tuple[Facet, ...] = (
    Facet(name="outlet", field="outlet", kind="terms", label_vi="Báo", label_en="Outlet"),
    Facet(name="date", field="sort_at", kind="date", label_vi="Ngày", label_en="Date"),
    Facet(name="topic", field="topics", kind="terms", label_vi="Chủ đề", label_en="Topic"),
    Facet(
        name="organisation",
        field="organisations",
        kind="terms",
        label_vi="Tổ chức",
        label_en="Organisation",
    ),
    Facet(name="person", field="persons", kind="terms", label_vi="Nhân vật", label_en="Person"),
    Facet(name="place", field="places", kind="terms", label_vi="Địa danh", label_en="Place"),
    Facet(
        name="indicator",
        field="indicators",
        kind="terms",
        label_vi="Chỉ tiêu",
        label_en="Indicator",
    ),
    Facet(
        name="language", field="language", kind="terms", label_vi="Ngôn ngữ", label_en="Language"
    ),
    Facet(name="status", field="status", kind="terms", label_vi="Trạng thái", label_en="Status"),
)
