import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.figures import Comparator, Figure, Modality
from services.search.domain.formatting import (
    LANGUAGES,
    format_comparator,
    format_day,
    format_figure,
    format_magnitude,
    format_modality,
    format_month,
    format_number,
    format_period,
    format_time,
    format_unit,
)

CASES = json.loads(Path(__file__).with_name("formatting_cases.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[case["why"] for case in CASES])
def test_format_figure_writes(case: dict[str, Any]) -> None:
    figure = Figure.model_validate(
        {"field": "body", "start": 0, "end": 7, "surface": "SURFACE", **case["figure"]}
    )
    assert {lang: format_figure(figure, lang) for lang in LANGUAGES} == {
        "vi": case["vi"],
        "en": case["en"],
    }


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**15)))
def test_format_number_loses_nothing(value: Decimal) -> None:
    written = format_number(value, "vi").replace(".", "").replace(",", ".")
    assert Decimal(written) == value
    assert format_number(value, "en").replace(",", "") == written


@pytest.mark.parametrize(
    ("period", "vietnamese", "english"),
    [
        (None, "", ""),
        ("2025", "năm 2025", "2025"),
        ("2025-H1", "6 tháng đầu năm 2025", "first half of 2025"),
        ("2025-H2", "6 tháng cuối năm 2025", "second half of 2025"),
        ("2025-Q3", "quý III/2025", "Q3 2025"),
        ("2025-09", "tháng 9/2025", "Sep 2025"),
        ("2025-09-17", "17/9/2025", "17 Sep 2025"),
        ("2025-01/2025-09", "tháng 1/2025 – tháng 9/2025", "Jan 2025 – Sep 2025"),
        ("2020/2025", "năm 2020 – năm 2025", "2020 – 2025"),
        ("2025-02-31", "2025-02-31", "2025-02-31"),
        ("mùa hè", "mùa hè", "mùa hè"),
    ],
)
def test_format_period_writes(period: str | None, vietnamese: str, english: str) -> None:
    assert (format_period(period), format_period(period, "en")) == (vietnamese, english)


def test_format_time_is_on_vietnams_clock() -> None:
    moment = datetime(2025, 12, 31, 17, 5, tzinfo=UTC)
    assert format_time(moment) == "00:05, 1/1/2026"
    assert format_time(moment, "en") == "1 Jan 2026, 00:05"


def test_format_day_and_month() -> None:
    assert format_day(date(2025, 1, 2)) == "2/1/2025"
    assert format_month(2025, 12, "en") == "Dec 2025"


@pytest.mark.parametrize("comparator", Comparator)
def test_format_comparator_knows_each(comparator: Comparator) -> None:
    assert format_comparator(comparator)
    assert format_comparator(comparator, "en")


def test_format_modality_is_silent_about_facts() -> None:
    assert format_modality(Modality.REPORTED) == ""
    assert format_modality(Modality.ESTIMATE, "en") == "estimate"


@pytest.mark.parametrize(
    ("magnitude", "words"),
    [
        (10, "hàng chục"),
        (100, "hàng trăm"),
        (10_000, "hàng chục nghìn"),
        (100_000, "hàng trăm nghìn"),
        (1_000_000, "hàng triệu"),
        (10**9, "hàng tỉ"),
        (10**10, "hàng chục tỉ"),
        (10**12, "hàng nghìn tỉ"),
        (1, "một số"),
    ],
)
def test_format_magnitude_names_the_scale(magnitude: int, words: str) -> None:
    assert format_magnitude(Decimal(magnitude), None) == words


def test_format_unit_passes_on_what_it_does_not_know() -> None:
    assert format_unit(None) == ""
    assert format_unit("thúng", "en") == "thúng"
