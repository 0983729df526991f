"""Cells survive spreadsheets: no formula runs, numbers stay numbers, Vietnamese stays itself."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.search.domain.export import Cell, guard_cell, write_cell


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "  =HYPERLINK(1)",
        "＝1+1",
        "|cmd",
        "\u200b=1",
    ],
)
def test_guard_cell_disarms_what_a_spreadsheet_would_run(text: str) -> None:
    assert guard_cell(text).startswith("'")


@pytest.mark.parametrize("text", ["", "công đoàn", "a=b", "12,5%", "«trích»", "“=1”"])
def test_guard_cell_leaves_plain_text_alone(text: str) -> None:
    assert guard_cell(text) == text


@given(st.text())
def test_no_guarded_cell_begins_like_a_formula(text: str) -> None:
    assert not guard_cell(text).lstrip().startswith(("=", "+", "-", "@"))


@pytest.mark.parametrize(
    ("cell", "text", "with_comma"),
    [
        (None, "", ""),
        (Decimal(220000000000), "220000000000", "220000000000"),
        (Decimal("-12.50"), "-12.50", "-12,50"),
        (7, "7", "7"),
        (True, "true", "true"),
        (datetime(2026, 10, 5, 20, 15, tzinfo=UTC), "2026-10-06 03:15:00", "2026-10-06 03:15:00"),
        ("2.5 triệu", "2.5 triệu", "2.5 triệu"),
    ],
)
def test_write_cell_writes_what_spreadsheets_read(cell: Cell, text: str, with_comma: str) -> None:
    assert write_cell(cell, has_decimal_comma=False) == text
    assert write_cell(cell, has_decimal_comma=True) == with_comma
