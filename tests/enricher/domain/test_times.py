"""Time expressions and the periods they name."""

from datetime import date

import pytest

from enricher.domain.times import Calendar, build_calendar, find_times
from services.lexicon.fold import fold

CALENDAR = Calendar(date(2025, 11, 20), 2025)


@pytest.mark.parametrize(
    ("text", "language", "periods"),
    [
        ("Ngày 5/3/2024", "vi", ["2024-03-05"]),
        ("sáng 12-3", "vi", ["2025-03-12"]),
        ("Ngày 20.10, đoàn viên", "vi", ["2025-10-20"]),
        ("ngày 30 tháng 4 năm 1975", "vi", ["1975-04-30"]),
        ("tháng 5 năm 2024", "vi", ["2024-05"]),
        ("12/2024", "vi", ["2024-12"]),
        ("quý III/2025", "vi", ["2025-Q3"]),
        ("quý 2 năm nay", "vi", ["2025-Q2"]),
        ("6 tháng đầu năm 2024", "vi", ["2024-H1"]),
        ("chín tháng đầu năm", "vi", ["2025-01/2025-09"]),
        ("6 tháng cuối năm 2024", "vi", ["2024-H2"]),
        ("nửa đầu năm nay", "vi", ["2025-H1"]),
        ("từ đầu năm đến nay", "vi", ["2025-01/2025-11"]),
        ("giai đoạn 2021-2025", "vi", ["2021/2025"]),
        ("nhiệm kỳ 2023-2028", "vi", [None]),
        ("năm ngoái", "vi", ["2024"]),
        ("Năm năm qua", "vi", [None]),
        ("lúc 8 giờ 30", "vi", [None]),
        ("Kỷ niệm 97 năm Ngày thành lập", "vi", [None]),
        ("On March 5, 2025", "en", ["2025-03-05"]),
        ("in the first nine months of 2024", "en", ["2024-01/2024-09"]),
        ("in Q3 2025", "en", ["2025-Q3"]),
        ("2025년 3월 5일", "ko", ["2025-03-05"]),
        ("올해 상반기", "ko", ["2025", "2025-H1"]),
        ("Sáng nay, 12 người", "vi", ["2025-11-20"]),
        ("chiều qua", "vi", ["2025-11-19"]),
        ("ngày nay", "vi", []),
        ("Trong hai ngày 24 và 25/6", "vi", ["2025-06-24/2025-06-25"]),
        ("từ ngày 10 đến 15-11", "vi", ["2025-11-10/2025-11-15"]),
        ("từ 1-5 đến 31-5", "vi", ["2025-05"]),
        ("từ tháng 1 đến tháng 6/2025", "vi", ["2025-H1"]),
        ("từ tháng 3 đến nay", "vi", ["2025-03/2025-11"]),
        ("tháng 10 và 11", "vi", ["2025-10/2025-11"]),
        ("10 tháng của năm 2025", "vi", ["2025-01/2025-10"]),
        ("từ năm 2021 đến nay", "vi", ["2021/2025"]),
        ("từ đầu năm 2025 đến nay", "vi", ["2025-01/2025-11"]),
        ("từ đầu năm đến hết tháng 9", "vi", ["2025-01/2025-09"]),
        ("tháng 12 năm ngoái", "vi", ["2024-12"]),
        ("quý IV năm ngoái", "vi", ["2024-Q4"]),
        ("tháng trước", "vi", ["2025-10"]),
        ("2 quý đầu năm", "vi", ["2025-H1"]),
        ("Tết Bính Ngọ", "vi", ["2026"]),
        ("Tết Ất Tỵ 2025", "vi", ["2025"]),
        ("Trong nhiệm kỳ 2018-2023, đã kết nạp", "vi", ["2018/2023"]),
        ("Cả năm, 54 căn nhà", "vi", ["2025"]),
        ("yesterday", "en", ["2025-11-19"]),
        ("from January to September", "en", ["2025-01/2025-09"]),
        ("on 16 and 17 October", "en", ["2025-10-16/2025-10-17"]),
        ("last month", "en", ["2025-10"]),
        ("làm 8 giờ/ngày", "vi", []),
        ("45/99 đơn vị", "vi", []),
    ],
)
def test_find_times_names_the_period(text: str, language: str, periods: list[str | None]) -> None:
    found = find_times(fold(text), language, CALENDAR)

    assert [span.period for span in found] == periods


def test_december_news_read_in_january_is_of_last_year() -> None:
    calendar = Calendar(date(2026, 1, 5), 2026)

    assert [span.period for span in find_times("sáng 30/12", "vi", calendar)] == ["2025-12-30"]


@pytest.mark.parametrize(("day", "period"), [("2026-01-20", "2025"), ("2025-07-01", None)])
def test_past_year_is_plain_only_around_the_turn_of_a_year(day: str, period: str | None) -> None:
    calendar = Calendar(date.fromisoformat(day), int(day[:4]))

    assert [span.period for span in find_times("năm qua, đơn vị", "vi", calendar)] == [period]


def test_build_calendar_without_a_date_takes_the_most_named_year() -> None:
    assert build_calendar(None, ["năm 2023, 5/2024", "năm 2024"]).year == 2024
    assert build_calendar(None, ["không có năm"]).year is None
