"""Charts count each fact once, mix nothing, and say what they left out. All cases invented."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.lexicon.indicators import indicators
from services.lexicon.periods import DayRange, read_period
from services.search.domain.series import (
    Grain,
    Series,
    build_series,
    choose_disjoint,
    compare_series,
    is_own_place,
    keep_whole,
    read_claim,
)

HANOI = "Liên đoàn Lao động thành phố Hà Nội"


def figure(value: object, period: str | None, said: str, **facts: object) -> dict[str, Any]:
    """Return a figure as the index holds it; its article is named by the day and the value."""
    article = str(facts.pop("article", f"{said}:{value}"))
    return {
        "figure_id": f"{article}#body:0-2",
        "article_id": article,
        "field": "body",
        "start": 0,
        "end": 2,
        "surface": "12",
        "kind": "count",
        "value": str(value),
        "counted": "suất quà",
        "unit": "suất",
        "organisation": HANOI,
        "place": "Hà Nội",
        "period": period,
        "sort_at": datetime.fromisoformat(said).replace(hour=3, tzinfo=UTC).isoformat(),
        **facts,
    }


def draw(
    figures: list[dict[str, Any]], code: str = "gifts", grain: Grain = "year"
) -> tuple[Series, ...]:
    indicator = indicators()[code]
    claims = [claim for one in figures if (claim := read_claim(one, indicator))]
    return build_series(claims, indicator, grain=grain)


def list_values(series: Series) -> list[tuple[str, int]]:
    return [(point.days.first.isoformat(), int(point.value)) for point in series.points]


FLOWS: list[tuple[str, list[dict[str, Any]], Grain, list[tuple[str, int]]]] = [
    ("quarters add up",
     [figure(10, "2025-Q1", "2025-04-02"), figure(20, "2025-Q2", "2025-07-02")],
     "year", [("2025-01-01", 30)]),
    ("a year's own figure stands before its quarters",
     [figure(10, "2025-Q1", "2025-04-02"), figure(99, "2025", "2026-01-05")],
     "year", [("2025-01-01", 99)]),
    ("a half-year and its quarter share days",
     [figure(10, "2025-Q1", "2025-04-02"), figure(25, "2025-H1", "2025-07-02"),
      figure(7, "2025-Q3", "2025-10-02")],
     "year", [("2025-01-01", 32)]),
    ("nine months tell more than a half-year",
     [figure(25, "2025-H1", "2025-07-02"), figure(40, "2025-01/2025-09", "2025-10-02")],
     "year", [("2025-01-01", 40)]),
    ("the same figure in several articles counts once",
     [figure(10, "2025", "2025-12-20", article=f"copy {n}") for n in range(4)],
     "year", [("2025-01-01", 10)]),
    ("what was said last holds",
     [figure(10, "2025", "2025-12-20"), figure(12, "2025", "2026-01-08")],
     "year", [("2025-01-01", 12)]),
    ("a copy of the next morning is no new event",
     [figure(300, None, "2025-05-28"), figure(300, None, "2025-05-29", article="copy"),
      figure(120, None, "2025-05-29", article="another event")],
     "year", [("2025-01-01", 420)]),
    ("the same number a month later is another event",
     [figure(300, None, "2025-05-28"), figure(300, None, "2025-06-28")],
     "year", [("2025-01-01", 600)]),
    ("a figure longer than a step has no place at it",
     [figure(99, "2025", "2026-01-05"), figure(10, "2025-Q1", "2025-04-02")],
     "quarter", [("2025-01-01", 10)]),
    ("figures that cross a year belong to none",
     [figure(99, "2024-11/2025-02", "2025-03-05")],
     "year", []),
    ("years stand beside each other",
     [figure(9, "2024", "2025-01-05"), figure(8, "2025", "2026-01-05")],
     "year", [("2024-01-01", 9), ("2025-01-01", 8)]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("figures", "grain", "expected"), [case[1:] for case in FLOWS], ids=[c[0] for c in FLOWS]
)
def test_flows_are_summed_over_disjoint_periods(
    figures: list[dict[str, Any]], grain: Grain, expected: list[tuple[str, int]]
) -> None:
    (series,) = draw(figures, grain=grain)
    assert list_values(series) == expected


STOCKS: list[tuple[str, list[dict[str, Any]], list[tuple[str, int]]]] = [
    ("a level is dated by when it was said, if its period is not over",
     [figure(600, "2025", "2025-06-15")], [("2025-06-15", 600)]),
    ("a level of a past year stands at its end",
     [figure(600, "2024", "2025-02-15")], [("2024-12-31", 600)]),
    ("levels are never added",
     [figure(600, "2025-Q1", "2025-04-15"), figure(620, "2025-Q2", "2025-07-15")],
     [("2025-03-31", 600), ("2025-06-30", 620)]),
    ("the same level said again within weeks is one level",
     [figure(600, None, "2025-06-15"), figure(600, None, "2025-06-20")], [("2025-06-15", 600)]),
    ("the same level a year later is a level of its own",
     [figure(600, None, "2025-06-15"), figure(600, None, "2026-06-20")],
     [("2025-06-15", 600), ("2026-06-20", 600)]),
    ("a correction of the same day holds",
     [figure(600, "2024", "2025-02-15"), figure(610, "2024", "2025-03-15")],
     [("2024-12-31", 610)]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("figures", "expected"), [case[1:] for case in STOCKS], ids=[c[0] for c in STOCKS]
)
def test_stocks_are_levels_at_a_day(
    figures: list[dict[str, Any]], expected: list[tuple[str, int]]
) -> None:
    members = [{**one, "counted": "đoàn viên", "unit": None} for one in figures]
    (series,) = draw(members, "members")
    assert list_values(series) == expected


@pytest.mark.parametrize(
    ("facts", "is_other_series"),
    [
        ({"counted": "phần quà", "unit": "phần"}, False),
        ({"counted": "quà Tết"}, False),
        ({"counted": "xe đạp"}, True),
        ({"unit": "lượt"}, True),
        ({"organisation": "Liên đoàn Lao động tỉnh Nghệ An", "place": "Nghệ An"}, True),
        ({"place": "Quận Đống Đa"}, True),
        ({"place": None}, False),
        ({"modality": "target"}, True),
        ({"per": ["mỗi đơn vị"]}, True),
    ],
)
def test_series_never_mix(facts: dict[str, object], is_other_series: bool) -> None:  # noqa: FBT001 - a pytest parameter
    first = figure(10, "2025-Q1", "2025-04-02")
    second = figure(20, "2025-Q2", "2025-07-02", **facts)
    assert len(draw([first, second])) == (2 if is_other_series else 1)


@pytest.mark.parametrize(
    "facts",
    [
        {"value": None, "comparator": "vague"},
        {"same_as": "title:0-2"},
        {"part_of": "body:9-12"},
        {"of": "kế hoạch năm"},
        {"kind": "change"},
        {"kind": "ratio"},
        {"comparator": "a word of tomorrow"},
    ],
)
def test_what_is_no_point_is_left_out(facts: dict[str, object]) -> None:
    assert read_claim({**figure(1, "2025", "2025-04-02"), **facts}, indicators()["gifts"]) is None


def test_a_point_keeps_who_says_it_and_who_says_otherwise() -> None:
    (series,) = draw(
        [
            figure(10, "2025", "2025-12-20", article="a"),
            figure(12, "2025", "2026-01-08", article="b"),
            figure(12, "2025", "2026-01-07", article="c"),
            figure(4, "2025-Q1", "2025-04-02", article="d"),
        ]
    )
    (point,) = series.points
    assert [claim.article_id for claim in point.sources] == ["b", "c"]
    assert {claim.article_id for claim in point.others} == {"a", "d"}


def test_a_sum_says_how_much_of_the_year_it_tells() -> None:
    (series,) = draw([figure(10, "2025-Q1", "2025-04-02")])
    (point,) = series.points
    assert (point.covered_days, point.days.days, point.is_partial) == (90, 365, True)


def test_a_sum_of_at_least_is_at_least() -> None:
    (series,) = draw(
        [
            figure(10, "2025-Q1", "2025-04-02", comparator="gt"),
            figure(5, "2025-Q2", "2025-07-02", value_max="8"),
        ]
    )
    (point,) = series.points
    assert point.comparator.value == "gt"
    assert (point.value, point.value_max) == (Decimal(15), Decimal(18))


def test_a_comparison_of_owners_takes_their_whole_area() -> None:
    series = draw(
        [
            figure(10, "2025", "2025-12-20"),
            figure(99, "2025", "2025-12-21", place="Quận Đống Đa"),
            figure(5, "2025", "2025-12-22", organisation=None, place="Huế"),
        ]
    )
    step, compared = compare_series(series, grain="year", step=None)
    assert step == "2025"
    assert [int(point.value) for _, point in compared] == [99, 10, 5]
    assert [int(point.value) for _, point in keep_whole(compared)] == [10, 5]


def test_a_comparison_takes_the_latest_step_that_most_tell() -> None:
    series = draw(
        [
            figure(10, "2024", "2025-01-20"),
            figure(11, "2026", "2026-12-20"),
            figure(5, "2024", "2025-01-22", organisation=None, place="Huế"),
        ]
    )
    assert compare_series(series, grain="year", step=None)[0] == "2024"
    assert compare_series(series, grain="year", step="2026")[0] == "2026"
    assert compare_series([], grain="year", step=None) == (None, ())


def test_is_own_place_takes_whole_words() -> None:
    assert is_own_place("LĐLĐ TP Hà Nội", "Hà Nội")
    assert not is_own_place("Công ty Anội", "nội")
    assert not is_own_place(None, "Hà Nội")


periods = st.builds(
    lambda year, part: read_period(f"{year}{part}"),
    st.sampled_from(["2024", "2025"]),
    st.sampled_from(
        ["", "-H1", "-H2", "-Q1", "-Q2", "-Q3", "-Q4", "-01", "-05", "-11", "-03-15", "-12-31"]
    ),
).filter(bool)


@given(st.lists(periods, max_size=12))
def test_chosen_periods_are_disjoint_and_none_fits_beside_them(told: list[DayRange]) -> None:
    chosen = choose_disjoint(told)
    assert all(not one.meets(other) for one in chosen for other in chosen if one is not other)
    assert all(any(one.meets(other) for other in chosen) for one in told)


@given(st.permutations([
    figure(10, "2025-Q1", "2025-04-02"), figure(25, "2025-H1", "2025-07-02"),
    figure(7, "2025-Q3", "2025-10-02"), figure(8, "2025-Q3", "2025-10-03"),
    figure(300, None, "2025-11-28"), figure(300, None, "2025-11-29", article="copy"),
]))  # fmt: skip
def test_the_order_of_figures_does_not_matter(figures: list[dict[str, Any]]) -> None:
    (series,) = draw(figures)
    assert list_values(series) == [("2025-01-01", 333)]
