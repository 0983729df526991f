"""Figures on the real Elasticsearch: filters, names as people type them, order, paging."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.services.search.conftest import Desk

pytestmark = pytest.mark.integration


def list_all(desk: "Desk", **parameters: str) -> list[dict[str, Any]]:
    """Follow the cursor from page to page."""
    answer = desk.http.get("/api/v1/figures", params=parameters).json()
    figures = answer["figures"]
    while answer["next"]:
        answer = desk.http.get(answer["next"]).json()
        figures += answer["figures"]
    return list(figures)


@pytest.mark.parametrize(
    ("parameters", "surfaces"),
    [
        ({"unit": "VND", "min": "100000000000"}, {"hơn 220 tỉ đồng"}),
        ({"unit": "VND", "max": "600000"}, {"từ 500.000 đến 700.000 đồng"}),
        ({"unit": "VND", "min": "600000", "max": "650000"}, {"từ 500.000 đến 700.000 đồng"}),
        ({"indicator": "training_participants"}, {"350 cán bộ"}),
        ({"place": "01"}, set()),
        ({"place": "Hà Nội"}, {"350 cán bộ"}),
        ({"period": "2026-10"}, {"350 cán bộ"}),
        ({"period": "2026-Q4"}, {"hàng nghìn suất"}),
        ({"place": "ha noi"}, {"350 cán bộ"}),
        ({"place": "Hanoi"}, {"350 cán bộ"}),
        ({"organisation": "ldld ha noi"}, {"350 cán bộ"}),
        ({"organisation": "LĐLĐ TP Hà Nội"}, {"350 cán bộ"}),
        ({"organisation": "hà nội"}, {"350 cán bộ"}),
        ({"organisation": "nowhere at all"}, set()),
        ({"counted": "can bo"}, {"350 cán bộ"}),
        ({"unit": "đồng", "min": "100000000000"}, {"hơn 220 tỉ đồng"}),
        ({"indicator": "training_participants", "q": "khai giảng"}, {"350 cán bộ"}),
        ({"indicator": "training_participants", "q": "-tập huấn"}, set()),
        ({"q": '"khai giảng lớp"'}, {"350 cán bộ"}),
        ({"q": "bế giảng"}, set()),
        ({"period_from": "2026-10", "period_to": "2026-10"}, {"350 cán bộ"}),
        ({"period_from": "2026-09", "period_to": "2026-12"}, {"350 cán bộ", "hàng nghìn suất"}),
        ({"date_from": "2026-10-03", "date_to": "2026-10-03", "place": "Hà Nội"}, {"350 cán bộ"}),
        ({"date_to": "2026-10-02", "place": "Hà Nội"}, set()),
        ({"modality": "target", "unit": "suất"}, {"hàng nghìn suất"}),
        ({"comparator": "vague"}, {"hàng nghìn suất"}),
        ({"article": "nld:vi:1005"}, {"45 công nhân"}),
        ({"article": "laodong:vi:1007"}, set()),
        ({"article": "laodong:vi:1007", "status": "withdrawn"}, {"Hơn 300 công nhân"}),
        ({"organisation": "Liên đoàn Lao động thành phố Hà Nội"}, {"350 cán bộ"}),
    ],
)
def test_figures_are_filtered(desk: "Desk", parameters: dict[str, str], surfaces: set[str]) -> None:
    answer = desk.http.get("/api/v1/figures", params=parameters).json()
    assert {figure["surface"] for figure in answer["figures"]} == surfaces


def test_a_year_holds_its_parts(desk: "Desk") -> None:
    answer = desk.http.get("/api/v1/figures", params={"period": "2026", "size": 100}).json()
    assert {figure["period"] for figure in answer["figures"]} == {"2026", "2026-10", "2026-Q4"}


def test_figures_are_sorted_by_value(desk: "Desk") -> None:
    answer = desk.http.get("/api/v1/figures", params={"unit": "VND", "sort": "largest"}).json()
    values = [Decimal(figure["value"]) for figure in answer["figures"]]
    assert values == sorted(values, reverse=True)


@pytest.mark.parametrize("sort", ["newest", "largest", "smallest", "period"])
def test_cursors_reach_every_figure_once_in_any_order(desk: "Desk", sort: str) -> None:
    everything = desk.http.get("/api/v1/figures", params={"size": 100, "sort": sort}).json()
    assert everything["next"] is None
    paged = list_all(desk, size="4", sort=sort)
    assert [f["figure_id"] for f in paged] == [f["figure_id"] for f in everything["figures"]]
    assert len({figure["figure_id"] for figure in paged}) == everything["total"]
