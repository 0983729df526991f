"""The facets that journalists narrow a search by; adding one is adding a row.

In: nothing. Out: `FACETS`, read by the index mappings, the search API and the page.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Facet:
    """A facet: its name in URLs, the article field it counts, and its labels.

    `words` are other names of the facet in a query ("báo:" as well as "outlet:"), in lower case
    without spaces. `holds_names` marks fields whose values are names as articles write them:
    they are counted without regard to case and can be searched by words. `is_series` marks facets
    whose values begin at some time and may fall silent, which is told beside their counts.
    """

    name: str
    field: str
    kind: Literal["terms", "date"]
    label_vi: str
    label_en: str
    words: tuple[str, ...] = ()
    holds_names: bool = False
    is_series: bool = False

    @property
    def counted_field(self) -> str:
        """The field whose terms are counted and filtered by."""
        return f"{self.field}.folded" if self.holds_names else self.field

    @property
    def worded_field(self) -> str | None:
        """The field in which words of a name are found; None for coded values."""
        return f"{self.field}.words" if self.holds_names else None


FACETS: tuple[Facet, ...] = (
    Facet(
        name="outlet",
        field="outlet",
        kind="terms",
        label_vi="Báo",
        label_en="Outlet",
        words=("báo", "bao", "nguồn", "nguon"),
        holds_names=True,
        is_series=True,
    ),
    Facet(name="date", field="sort_at", kind="date", label_vi="Ngày", label_en="Date"),
    Facet(
        name="topic",
        field="topics",
        kind="terms",
        label_vi="Chủ đề",
        label_en="Topic",
        words=("chủđề", "chude"),
    ),
    Facet(
        name="organisation",
        field="organisations",
        kind="terms",
        label_vi="Tổ chức",
        label_en="Organisation",
        words=("organization", "org", "tổchức", "tochuc"),
        holds_names=True,
    ),
    Facet(
        name="person",
        field="persons",
        kind="terms",
        label_vi="Nhân vật",
        label_en="Person",
        words=("người", "nguoi", "nhânvật", "nhanvat"),
        holds_names=True,
    ),
    Facet(
        name="place",
        field="places",
        kind="terms",
        label_vi="Địa danh",
        label_en="Place",
        words=("nơi", "noi", "địadanh", "diadanh"),
        holds_names=True,
    ),
    Facet(
        name="indicator",
        field="indicators",
        kind="terms",
        label_vi="Chỉ tiêu",
        label_en="Indicator",
        words=("chỉtiêu", "chitieu"),
        is_series=True,
    ),
    Facet(
        name="language",
        field="language",
        kind="terms",
        label_vi="Ngôn ngữ",
        label_en="Language",
        words=("ngônngữ", "ngonngu"),
    ),
    Facet(
        name="status",
        field="states",
        kind="terms",
        label_vi="Trạng thái",
        label_en="Status",
        words=("trạngthái", "trangthai"),
    ),
)
