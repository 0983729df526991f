"""Finds time expressions: dates, months, quarters, years, clock times, terms.

In: the folded text of a paragraph. Out: spans, with the period they name where they name one:
"2025", "2025-H1", "2025-Q3", "2025-01/2025-09", "2025-05", "2025-05-31".
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

_FIRST_YEAR: Final = 1930
_LAST_YEAR: Final = 2099
_WORD_NUMBERS: Final = {
    "một": 1, "hai": 2, "ba": 3, "bốn": 4, "tư": 4, "năm": 5, "sáu": 6, "bảy": 7, "bẩy": 7,
    "tám": 8, "chín": 9, "mười": 10, "mười một": 11, "mười hai": 12, "giêng": 1, "chạp": 12,
    "i": 1, "ii": 2, "iii": 3, "iv": 4,
    "first": 1, "second": 2, "third": 3, "fourth": 4, "two": 2, "three": 3, "four": 4, "five": 5,
    "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "one": 1,
}  # fmt: skip
_ENGLISH_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            "january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul",
            "august aug", "september sept sep", "october oct", "november nov", "december dec",
        ),
        1,
    )
    for name in names.split()
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """A time expression at [start, end) of a paragraph; `period` is None when it names none.

    `is_day` tells a single day from a longer period.
    """

    start: int
    end: int
    period: str | None
    is_day: bool = False


@dataclass(frozen=True, slots=True)
class Calendar:
    """What is known of the time of writing: the day, or at least the year."""

    published: date | None
    year: int | None

    def year_of_month(self, month: int) -> int | None:
        """Return the year of a month named without one: the nearest to the publication."""
        if self.published is None:
            return self.year
        distance = month - self.published.month
        if distance > 6:  # noqa: PLR2004 - half a year: December news in January
            return self.published.year - 1
        return self.published.year + 1 if distance < -9 else self.published.year  # noqa: PLR2004


def build_calendar(published: date | None, texts: Iterable[str]) -> Calendar:
    """Return the calendar of an article; without a date, its most named year stands in.

    Example:
        >>> build_calendar(None, ["Năm 2024 tăng, năm 2023 giảm, 5/2024"]).year
        2024
    """
    if published is not None:
        return Calendar(published, published.year)
    years = Counter(
        int(year)
        for text in texts
        for year in re.findall(r"(?<![\d.,])20[0-4]\d(?![\d.,]?\d)", text)
    )
    if not years:
        return Calendar(None, None)
    most = max(years.values())
    return Calendar(None, max(year for year, count in years.items() if count == most))


def _number(word: str) -> int | None:
    return int(word) if word.isdecimal() else _WORD_NUMBERS.get(word)


def _year(text: str | None) -> int | None:
    if not text:
        return None
    year = int(text)
    return year if _FIRST_YEAR <= year <= _LAST_YEAR else None


def _is_day(day: int, month: int) -> bool:
    return 1 <= day <= 31 and 1 <= month <= 12  # noqa: PLR2004 - the calendar


def _iso_day(year: int | None, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat() if year else None
    except ValueError:
        return None


def _months_from_start(year: int | None, months: int) -> str | None:
    if year is None or not 1 <= months <= 12:  # noqa: PLR2004 - the calendar
        return None
    if months == 6:  # noqa: PLR2004 - half a year
        return f"{year}-H1"
    if months == 12:  # noqa: PLR2004 - a year
        return str(year)
    return f"{year}-Q1" if months == 3 else f"{year}-01/{year}-{months:02d}"  # noqa: PLR2004


_N: Final = r"(?:\d{1,2}|mười hai|mười một|mười|một|hai|ba|bốn|năm|sáu|bảy|bẩy|tám|chín)"
_Y: Final = r"(?<![\d.,])(?:19[3-9]\d|20\d\d)(?!\d|[.,]\d)"
_OF_YEAR: Final = (
    rf"(?:,?\s*(?:(?:của )?năm\s*|/|-)\s*(?P<y>{_Y})|"
    r"(?:\s*(?:của )?năm (?P<this>nay|ngoái|trước|tới|sau)(?!\w)))"
)
_YEAR_TAIL: Final = rf"(?: (?P<y>{_Y})| (?P<this>nay|ngoái|trước|tới)(?!\w))"
_DAY_CUE: Final = (
    r"(?:ngày|sáng|chiều|tối|trưa|đêm|hôm|mùng|mồng|hạn|lễ|dịp|tết|rạng sáng|thứ\s+\w+,?|"
    r"chủ nhật,?|nay|hết|trước|sau|đến|tới|từ|kể từ|là)"
)
_MONTHS: Final = r"(?:" + "|".join(sorted(_ENGLISH_MONTHS, key=len, reverse=True)) + r")\.?"

_STEMS: Final = ("giáp", "ất", "bính", "đinh", "mậu", "kỉ", "canh", "tân", "nhâm", "quý")
_BRANCHES: Final = (
    ("tí", "tý"), ("sửu",), ("dần",), ("mão", "mẹo"), ("thìn",), ("tỵ", "tị"), ("ngọ",), ("mùi",),
    ("thân",), ("dậu",), ("tuất",), ("hợi",),
)  # fmt: skip
_BRANCH_NUMBERS: Final = {name: number for number, names in enumerate(_BRANCHES) for name in names}
_LUNAR_EPOCH: Final = 4
"""The year 4 was a giáp tý: stems turn every ten years, branches every twelve."""

_YEAR_SHIFTS: Final = {
    "ngoái": -1, "trước": -1, "sau": 1, "tới": 1, "last": -1, "next": 1, "작": -1, "작년": -1,
    "지난해": -1, "내년": 1,
}  # fmt: skip
_DAY_SHIFTS: Final = {"nay": 0, "qua": -1, "mai": 1, "today": 0, "yesterday": -1, "tomorrow": 1}
_MONTH_SHIFTS: Final = {"này": 0, "trước": -1, "tới": 1, "sau": 1, "this": 0, "last": -1, "next": 1}
_LAST_OF_MONTH: Final = 28

Handler = Callable[[re.Match[str], Calendar], tuple[str | None, bool]]


def _read_full_date(match: re.Match[str], _: Calendar) -> tuple[str | None, bool]:
    return _iso_day(int(match["y"]), int(match["m"]), int(match["d"])), True


def _read_day_month(match: re.Match[str], calendar: Calendar) -> tuple[str | None, bool]:
    day, month = int(match["d"]), _number(match["m"]) or 0
    if not _is_day(day, month):
        return None, True
    groups = match.groupdict()
    year = _year(groups.get("y")) or calendar.year_of_month(month)
    return _iso_day(year, month, day), True


def _told_year(match: re.Match[str], calendar: Calendar) -> int | None:
    """Return the year an expression names, as a number or as "năm ngoái"."""
    groups = match.groupdict()
    if year := _year(groups.get("y")):
        return year
    if calendar.year is None or not groups.get("this"):
        return None
    return calendar.year + _YEAR_SHIFTS.get(groups["this"], 0)


def _read_month(match: re.Match[str], calendar: Calendar) -> tuple[str | None, bool]:
    month = _number(match["m"])
    if not month or month > 12:  # noqa: PLR2004 - the calendar
        return None, False
    year = _told_year(match, calendar) or calendar.year_of_month(month)
    return (f"{year}-{month:02d}" if year else None), False


def _read_quarter(match: re.Match[str], calendar: Calendar) -> tuple[str | None, bool]:
    quarter, year = _number(match["q"]), _told_year(match, calendar) or calendar.year
    return (f"{year}-Q{quarter}" if quarter and year else None), False


def _read_first_months(match: re.Match[str], calendar: Calendar) -> tuple[str | None, bool]:
    months, year = _number(match["n"]), _told_year(match, calendar) or calendar.year
    return (_months_from_start(year, months) if months else None), False


def cumulate(period: str) -> str:
    """Return the months up to one, for what is counted "đến hết tháng 9".

    Example:
        >>> cumulate("2025-09"), cumulate("2025-11-30")
        ('2025-01/2025-09', '2025-11-30')
    """
    if not re.fullmatch(r"\d{4}-\d\d", period):
        return period
    return _months_from_start(int(period[:4]), int(period[5:])) or period


def _read_last_months(match: re.Match[str], calendar: Calendar) -> tuple[str | None, bool]:
    months, year = _number(match["n"]), _told_year(match, calendar) or calendar.year
    if not months or not year or months >= 12:  # noqa: PLR2004 - the calendar
        return None, False
    if months == 6:  # noqa: PLR2004 - half a year
        return f"{year}-H2", False
    first = 13 - months
    return (f"{year}-Q4" if months == 3 else f"{year}-{first:02d}/{year}-12"), False  # noqa: PLR2004


def _read_half(match: re.Match[str], calendar: Calendar) -> tuple[str | None, bool]:
    year = _told_year(match, calendar) or calendar.year
    half = "H1" if match["h"] in {"đầu", "first", "상"} else "H2"
    return (f"{year}-{half}" if year else None), False


def _read_year(match: re.Match[str], _: Calendar) -> tuple[str | None, bool]:
    return match["y"], False


def _read_years(match: re.Match[str], _: Calendar) -> tuple[str | None, bool]:
    if re.match(r"nhiệm kì|khóa|niên khóa", match.group()):
        return None, False  # a term names a congress, not when something was counted
    return f"{match['a']}/{match['b']}", False


def _read_day_range(match: re.Match[str], calendar: Calendar) -> tuple[str | None, bool]:
    """Return "2025-01/2025-09" for "từ ngày 1/1 đến 30/9/2025"."""
    first, last = int(match["m"]), int(match["m2"])
    if not (_is_day(int(match["d"]), first) and _is_day(int(match["d2"]), last)):
        return None, False
    end_year = _year(match["y2"]) or calendar.year_of_month(last)
    start_year = _year(match["y"]) or end_year
    if not end_year or not start_year:
        return None, False
    if int(match["d"]) == 1 and int(match["d2"]) >= _LAST_OF_MONTH:
        return _month_range(start_year, first, end_year, last), False
    begin = _iso_day(start_year, first, int(match["d"]))
    end = _iso_day(end_year, last, int(match["d2"]))
    return (f"{begin}/{end}" if begin and end else None), False


def _month_range(start_year: int, first: int, end_year: int, last: int) -> str | None:
    """Return "2025-H1" for January to June, "2025-05" for May to May, "2025-03/2025-05"."""
    if (start_year, first) == (end_year, last):
        return f"{end_year}-{last:02d}"
    if start_year == end_year and first == 1:
        return _months_from_start(end_year, last)
    if (start_year, first) > (end_year, last):
        return None
    return f"{start_year}-{first:02d}/{end_year}-{last:02d}"


def _read_two_days(match: re.Match[str], calendar: Calendar) -> tuple[str | None, bool]:
    """Return both days of "hai ngày 24 và 25/6"."""
    first, last, month = int(match["d"]), int(match["d2"]), _month_number(match["m"]) or 0
    if not (_is_day(first, month) and _is_day(last, month)) or first >= last:
        return None, False
    year = _year(match["y"]) or calendar.year_of_month(month)
    begin, end = _iso_day(year, month, first), _iso_day(year, month, last)
    return (f"{begin}/{end}" if begin and end else None), False


def _read_months(match: re.Match[str], calendar: Calendar) -> tuple[str | None, bool]:
    """Return "2025-H1" for "từ tháng 1 đến tháng 6", "2025-10/2025-11" for "tháng 10 và 11"."""
    groups = match.groupdict()
    first, last = _month_number(groups["m"]), _month_number(groups["m2"])
    if not first or not last:
        return None, False
    end_year = _year(groups.get("y2")) or calendar.year_of_month(last)
    start_year = _year(groups.get("y")) or (end_year - 1 if end_year and first > last else end_year)
    if not start_year or not end_year:
        return None, False
    return _month_range(start_year, first, end_year, last), False


def _month_number(word: str) -> int | None:
    month = _ENGLISH_MONTHS.get(word.rstrip(".")) or _number(word)
    return month if month and month <= 12 else None  # noqa: PLR2004 - the calendar


def _read_since(match: re.Match[str], calendar: Calendar) -> tuple[str | None, bool]:
    """Return "2021/2025" for "từ năm 2021 đến nay", "2025-03/2025-11" for "từ tháng 3 đến nay"."""
    published, groups = calendar.published, match.groupdict()
    if published is None:
        return groups.get("y"), False
    year = _year(groups.get("y"))
    month = _number(groups.get("m") or "")
    if groups.get("d") and month:
        begin = _iso_day(year or calendar.year_of_month(month), month, int(groups["d"]))
        return (f"{begin}/{published.isoformat()}" if begin else None), False
    if month and month <= 12:  # noqa: PLR2004 - the calendar
        start = year or calendar.year_of_month(month) or published.year
        return _month_range(start, month, published.year, published.month), False
    if year is None or year >= published.year:
        return _month_range(published.year, 1, published.year, published.month), False
    return f"{year}/{published.year}", False


def _read_start_to_month(match: re.Match[str], calendar: Calendar) -> tuple[str | None, bool]:
    """Return "2025-01/2025-09" for "từ đầu năm đến hết tháng 9"."""
    month, year = _number(match["m"]), _year(match["y"]) or calendar.year
    return (_months_from_start(year, month) if month else None), False


def _read_relative_day(match: re.Match[str], calendar: Calendar) -> tuple[str | None, bool]:
    if calendar.published is None:
        return None, True
    return (calendar.published + timedelta(days=_DAY_SHIFTS[match["w"]])).isoformat(), True


def _read_relative_month(match: re.Match[str], calendar: Calendar) -> tuple[str | None, bool]:
    if calendar.published is None:
        return None, False
    months = calendar.published.year * 12 + calendar.published.month - 1
    year, month = divmod(months + _MONTH_SHIFTS[match["w"]], 12)
    return f"{year}-{month + 1:02d}", False


def _read_first_quarters(match: re.Match[str], calendar: Calendar) -> tuple[str | None, bool]:
    quarters, year = _number(match["n"]), _told_year(match, calendar) or calendar.year
    return (_months_from_start(year, quarters * 3) if quarters else None), False


def _read_past_year(_: re.Match[str], calendar: Calendar) -> tuple[str | None, bool]:
    """Return the year that "năm qua" looks back on: plain only around the turn of a year."""
    published = calendar.published
    if published is None:
        return None, False
    if published.month <= 3:  # noqa: PLR2004 - the reviews of the first quarter
        return str(published.year - 1), False
    return (str(published.year) if published.month >= 11 else None), False  # noqa: PLR2004


def _read_whole_year(_: re.Match[str], calendar: Calendar) -> tuple[str | None, bool]:
    """Return the year of "trong năm", "cả năm"; in the first months it may be the last one."""
    published = calendar.published
    if published is None or published.month <= 3:  # noqa: PLR2004
        return None, False
    return str(published.year), False


def _read_lunar_year(match: re.Match[str], calendar: Calendar) -> tuple[str | None, bool]:
    """Return the year of "Tết Bính Ngọ": the one nearest to the publication."""
    year = _year(match["y"])
    if year is not None or calendar.year is None:
        return (str(year) if year else None), False
    stem, branch = _STEMS.index(match["stem"]), _BRANCH_NUMBERS[match["branch"]]
    near = (
        year
        for shift in (0, 1, -1, 2, -2)
        if (year := calendar.year + shift - _LUNAR_EPOCH) % 10 == stem and year % 12 == branch
    )
    found = next(near, None)
    return (str(found + _LUNAR_EPOCH) if found is not None else None), False


def _read_relative_year(match: re.Match[str], calendar: Calendar) -> tuple[str | None, bool]:
    if calendar.year is None:
        return None, False
    return str(calendar.year + _YEAR_SHIFTS.get(match["w"], 0)), False


def _read_year_to_date(_: re.Match[str], calendar: Calendar) -> tuple[str | None, bool]:
    if calendar.published is None:
        return (str(calendar.year) if calendar.year else None), False
    year, month = calendar.published.year, calendar.published.month
    return f"{year}-01/{year}-{month:02d}", False


def _read_nothing(_: re.Match[str], __: Calendar) -> tuple[str | None, bool]:
    return None, False


def _read_english_day(match: re.Match[str], calendar: Calendar) -> tuple[str | None, bool]:
    month = _ENGLISH_MONTHS[match["m"].rstrip(".")]
    year = _year(match["y"]) or calendar.year_of_month(month)
    return _iso_day(year, month, int(match["d"])), True


def _read_english_month(match: re.Match[str], calendar: Calendar) -> tuple[str | None, bool]:
    month = _ENGLISH_MONTHS[match["m"].rstrip(".")]
    year = _year(match["y"]) or calendar.year_of_month(month)
    return (f"{year}-{month:02d}" if year else None), False


# Order matters: the first expression that covers a place wins.
_VIETNAMESE: Final[tuple[tuple[str, Handler], ...]] = (
    ((r"từ (?:ngày )?(?P<d>\d{1,2})[/\-](?P<m>\d{1,2})(?:[/\-](?P<y>20\d\d))?\s?(?:đến|-|tới)\s?"
      r"(?:hết )?(?:ngày )?(?P<d2>\d{1,2})[/\-](?P<m2>\d{1,2})(?:[/\-](?P<y2>20\d\d))?"
      r"(?!\d|[/.,]\d)"),
     _read_day_range),
    ((r"từ (?:ngày )?(?P<d>\d{1,2})[/\-](?P<m>\d{1,2})(?:[/\-](?P<y>20\d\d))? "
      r"(?:đến|tới) (?:nay|giờ)(?!\w)"), _read_since),
    ((r"(?:(?:hai|2|3|ba|các) )?(?:ngày|từ) (?P<d>\d{1,2})\s?(?:-|và|,|đến|tới)\s?"
      r"(?:ngày )?(?P<d2>\d{1,2})\s?(?:[/.\-]|tháng )\s?(?P<m>\d{1,2})"
      r"(?:(?:[/.\-]| năm )(?P<y>20\d\d))?(?!\d|[/.,]\d)"), _read_two_days),
    (r"(?<!\d)(?P<d>\d{1,2})\s?[/.\-]\s?(?P<m>\d{1,2})\s?[/.\-]\s?(?P<y>(?:19|20)\d\d)(?!\d)",
     _read_full_date),
    (r"(?<!\d)(?P<y>20\d\d)-(?P<m>\d\d)-(?P<d>\d\d)(?!\d)", _read_full_date),
    ((r"(?:ngày |mùng |mồng )?(?<![\d.,/])(?P<d>\d{1,2}) tháng (?P<m>\d{1,2}|giêng|chạp)(?!\d)"
     rf"{_OF_YEAR}?"), _read_day_month),
    (rf"(?<!\w){_N}\s?(?:-|đến|và)\s?{_N} tháng (?:đầu|cuối) năm", _read_nothing),
    ((rf"từ (?:đầu )?tháng (?P<m>{_N})(?:/(?P<y>{_Y}))? (?:đến|tới|-) (?:hết |cuối |giữa )?"
      rf"tháng (?P<m2>{_N})(?:(?:/| năm )(?P<y2>{_Y}))?(?!\w)"), _read_months),
    (rf"từ (?:đầu )?tháng (?P<m>{_N})(?:(?:/| năm )(?P<y>{_Y}))? (?:đến|tới) (?:nay|giờ)(?!\w)",
     _read_since),
    ((rf"(?<!\w)tháng (?P<m>{_N})(?: và | - |-)(?:tháng )?(?P<m2>\d{{1,2}})"
     rf"(?:(?:/| năm )(?P<y2>{_Y}))?(?!\w|[.,/]\d)"), _read_months),
    (rf"(?<!\w)(?P<n>{_N}) tháng đầu (?:của )?năm{_YEAR_TAIL}?", _read_first_months),
    (rf"(?<!\w)(?P<n>{_N}) tháng (?:đầu )?(?:của )?năm (?P<y>{_Y})", _read_first_months),
    (rf"(?<!\w)(?P<n>{_N}) tháng cuối (?:của )?năm{_YEAR_TAIL}?", _read_last_months),
    (rf"(?<!\w)(?P<n>2|3|hai|ba) quý đầu (?:của )?năm{_YEAR_TAIL}?", _read_first_quarters),
    (rf"nửa (?P<h>đầu|cuối) (?:của )?năm{_YEAR_TAIL}?", _read_half),
    (rf"(?<!\w)(?:quý|quí|qúi|qúy) (?P<q>iv|iii|ii|i|[1-4]|một|hai|ba|bốn|tư)(?!\w){_OF_YEAR}?",
     _read_quarter),
    ((r"(?:trong|nhìn lại|suốt|cả|qua) nhiệm kì(?: qua| vừa qua)?,?\s*\(?"
      rf"(?P<a>{_Y})\s*(?:-|đến)\s*(?P<b>{_Y})"), _read_years),
    (rf"từ (?:đầu )?(?:năm )?(?P<y>{_Y}) (?:đến|tới) (?:nay|giờ)(?!\w)", _read_since),
    ((rf"(?:tính )?từ đầu năm(?: (?P<y>{_Y}))? (?:đến|tới) (?:hết |giữa |cuối |đầu )?"
      rf"tháng (?P<m>{_N})(?!\w)"), _read_start_to_month),
    ((rf"(?:tết|xuân|năm)(?: nguyên đán)?(?: cổ truyền)? (?P<stem>{'|'.join(_STEMS)}) "
      rf"(?P<branch>{'|'.join(_BRANCH_NUMBERS)})(?!\w)(?: (?:năm )?\(?(?P<y>{_Y}))?"),
     _read_lunar_year),
    ((r"(?:nhiệm kì|khóa|giai đoạn|năm học|niên khóa|thời kì|các năm|hai năm|"
      r"từ năm)(?: [ivx]+,?)?\s*"
     rf"(?P<a>{_Y})\s*(?:-|đến|/|tới|và)\s*(?:năm )?(?P<b>{_Y})"), _read_years),
    (rf"(?P<a>{_Y})\s?-\s?(?P<b>{_Y})", _read_years),
    (rf"(?:tính )?(?:từ )?đầu năm(?: {_Y})? (?:đến|tới) (?:nay|giờ)", _read_year_to_date),
    ((rf"(?<!\w)(?:cuối |đầu |hết |giữa )?tháng (?P<m>\d{{1,2}}|giêng|chạp|mười hai|mười một|mười|"
     rf"một|hai|ba|tư|bốn|năm(?! \d)|sáu|bảy|tám|chín)(?!\w|[.,]\d|"
     rf" ngày){_OF_YEAR}?"), _read_month),
    (rf"(?<![\d.,/])(?P<m>1[0-2]|0?[1-9])\s?[/\-]\s?(?P<y>{_Y})", _read_month),
    (rf"năm (?P<y>{_Y})", _read_year),
    (r"năm (?P<w>nay|ngoái|trước|sau|tới)(?!\w)", _read_relative_year),
    (r"(?<!\w)(?:hôm|sáng|trưa|chiều|tối|đêm) (?P<w>nay|qua|mai)(?!\w)", _read_relative_day),
    (r"(?<!\w)ngày (?P<w>mai)(?!\w)", _read_relative_day),
    (r"(?<!\w)tháng (?P<w>này|trước|tới|sau)(?!\w)", _read_relative_month),
    ((r"(?<!\w)(?:kỉ niệm|mừng|chào mừng|nhân dịp|dịp|tròn|"
      r"lần thứ)\s+(?:lần thứ )?\d{1,3}(?: năm| tuổi)?"
     r"(?= (?:ngày|năm|thành lập|truyền thống|cách mạng|quốc khánh|chiến thắng|giải phóng|xây dựng|"
     r"sinh|hình thành|phát triển|thiết lập|quan hệ))(?: năm)?"), _read_nothing),
    (r"(?:kỉ niệm|mừng) (?:lần thứ )?\d{1,3}(?: năm)?(?!\w)", _read_nothing),
    (r"(?<![\d.,])\d{1,3} năm kể từ ngày (?:thành lập|sinh|mất|giải phóng)", _read_nothing),
    ((r"(?<![\d.,])\d{1,3} năm ngày (?:thành lập|truyền thống|sinh|mất|"
      r"giải phóng|hội|"
     r"công đoàn|quốc|thương binh|nhà giáo|thầy thuốc|báo chí|doanh nhân|phụ nữ|môi trường|"
     r"\w+ \w+)"),
     _read_nothing),
    ((rf"(?<!\w)(?:trong )?{_N}(?: \w+)? (?:năm|tháng|tuần|ngày|nhiệm kì) "
     r"(?:qua|vừa qua|gần đây|trở lại đây|trước|trước đây|tới|nữa|liên tiếp|liên tục|liền)(?!\w)"),
     _read_nothing),
    ((r"(?<![\d.,/])(?:[01]?\d|2[0-4])"
     r"\s?(?:h|:|g)\s?[0-5]\d(?:\s?phút)?(?!\d)"), _read_nothing),
    (r"(?<![\d.,/])(?:[01]?\d|2[0-4])\s?h(?!\w)(?!\s?/)", _read_nothing),
    ((r"(?<![\d.,/])(?:[01]?\d|2[0-4]) giờ (?:[0-5]?\d(?: phút)?|rưỡi|"
     r"kém \d+)(?! ?\w+/)"), _read_nothing),
    ((r"(?:lúc|hồi|vào khoảng|vào lúc|từ|đến|trước) (?:\d{1,2}) giờ(?! (?:làm|đồng hồ|trở|mỗi|"
      r"một|tập|đào|"
     r"bay|học|lao))(?!\s?/)"), _read_nothing),
    (r"(?<![\d.,/])\d{1,2} giờ (?=sáng|chiều|tối|đêm|trưa|ngày \d|cùng ngày|hôm)", _read_nothing),
    ((rf"(?<!\w){_DAY_CUE}\s*\(?(?<![\d.,/])(?P<d>\d{{1,2}})\s?[/\-]\s?(?P<m>\d{{1,2}})"
     r"(?!\d|\s?[/\-]\s?\d|[.,]\d|%|\s?(?:triệu|tỉ|nghìn|ngàn|trăm|đồng|usd)(?!\w))"),
     _read_day_month),
    ((r"(?<!\w)(?:ngày|sáng|chiều|tối|trưa|hôm|đêm|lễ|dịp|mùng)\s*\(?(?P<d>\d{1,2})\.(?P<m>\d{1,2})"
     r"(?!\d|[.,]\d|\s?(?:triệu|tỉ|%|nghìn))"), _read_day_month),
    ((r"(?<!\w)(?:ngày|mùng|mồng) \d{1,2}(?!\w|[.,/]\d|%)(?! (?:ngày|công|người|"
     r"lần))"), _read_nothing),
    ((r"(?<!\w)(?:thứ|lần thứ|thế kỉ|thập niên|thập kỉ|nhiệm kì|khóa|đời thứ)\s+(?:lần )?(?:thứ )?"
     r"(?:\d{1,4}|[ivxlc]+|hai|ba|tư|năm|sáu|bảy|nhất|nhì)(?!\w|[.,]\d)"), _read_nothing),
    (r"(?<!\w)(?<!năm )(?:một )?năm (?:qua|vừa qua)(?!\w)", _read_past_year),
    (rf"(?:^|(?<=[.:!?] ))(?P<n>{_N}) tháng(?=, )(?P<y>)", _read_first_months),
    ((r"(?<!\w)(?<!kế hoạch )(?<!chỉ tiêu )(?<!mục tiêu )(?:trong|cả) năm"
      r"(?=\s*[,.;:]| là| đã| có| đạt)"), _read_whole_year),
    (rf"(?P<y>{_Y})(?!\s?(?:đồng|usd|%|triệu|tỉ|m2|ha|tấn))", _read_year),
)  # fmt: skip
_ENGLISH: Final[tuple[tuple[str, Handler], ...]] = (
    ((rf"(?<!\w)(?P<d>\d{{1,2}}) (?:and|to|-) (?P<d2>\d{{1,2}}) (?P<m>{_MONTHS})(?!\w)"
      rf"(?: (?P<y>{_Y}))?"), _read_two_days),
    ((rf"(?<!\w)(?:from|between) (?P<m>{_MONTHS})(?: (?P<y>{_Y}))? (?:to|and|through|until) "
      rf"(?P<m2>{_MONTHS})(?!\w)(?: (?P<y2>{_Y}))?"), _read_months),
    (r"since the (?:start|beginning) of (?:the|this) year|so far this year", _read_year_to_date),
    (r"(?<!\w)(?P<w>yesterday|today|tomorrow)(?!\w)", _read_relative_day),
    (r"(?<!\w)(?P<w>this|last|next) month(?!\w)", _read_relative_month),
    (rf"(?<!\w)(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<m>{_MONTHS})(?!\w),?(?: (?P<y>{_Y}))?",
     _read_english_day),
    ((rf"(?<!\w)(?P<m>{_MONTHS}) (?P<d>\d{{1,2}})(?:st|nd|rd|"
     rf"th)?(?![\d.,]\d)(?!\w)(?:,? (?P<y>{_Y}))?"),
     _read_english_day),
    (rf"(?<!\w)(?P<m>{_MONTHS}),? (?P<y>{_Y})", _read_english_month),
    ((rf"(?<!\w)(?:in|since|by|during|until|last|"
     rf"of) (?P<m>{_MONTHS})(?!\w)(?P<y>)"), _read_english_month),
    (rf"(?<!\w)(?P<h>first|second) half of (?:the year|(?P<y>{_Y}))", _read_half),
    (rf"(?<!\w)(?P<q>first|second|third|fourth) quarter(?: of (?:the year|this year|(?P<y>{_Y})))?",
     _read_quarter),
    (rf"(?<!\w)q(?P<q>[1-4])(?: |/)?(?P<y>{_Y})?(?!\w)", _read_quarter),
    (rf"(?<!\w)first (?P<n>\w+) months of (?:the year|this year|(?P<y>{_Y}))", _read_first_months),
    (rf"(?P<a>{_Y})\s?(?:-|to|and)\s?(?P<b>{_Y})", _read_years),
    (r"(?<!\w)(?P<w>this|last|next) year(?!\w)", _read_relative_year),
    (r"(?<!\w)\d{1,2}(?::\d\d)?\s?(?:a\.?m\.?|p\.?m\.?)(?!\w)", _read_nothing),
    (r"(?<![\d:])\d{1,2}:\d\d(?![\d:])", _read_nothing),
    (r"(?<!\w)\d{1,4}(?:st|nd|rd|th)(?!\w)", _read_nothing),
    ((r"(?<!\w)(?:the )?(?:past|last|next|previous|coming) (?:\d{1,3}|\w+) (?:years?|months?|"
      r"weeks?|days?|"
     r"decades?|hours?)(?!\w)"), _read_nothing),
    ((r"(?<!\w)(?:\d{1,3}|\w+) (?:years?|months?|weeks?|days?|decades?|hours?) "
      r"(?:ago|earlier)(?!\w)"), _read_nothing),
    (rf"(?P<y>{_Y})(?!\s?(?:%|percent|million|billion|workers|people|members))", _read_year),
)  # fmt: skip
_KOREAN: Final[tuple[tuple[str, Handler], ...]] = (
    (r"(?P<y>20\d\d)년 ?(?P<m>\d{1,2})월 ?(?P<d>\d{1,2})일", _read_full_date),
    (r"(?P<y>20\d\d)년 ?(?P<m>\d{1,2})월", _read_month),
    (r"(?P<y>20\d\d)년 ?(?P<h>상|하)반기", _read_half),
    (r"(?P<y>)(?P<h>상|하)반기", _read_half),
    (r"(?P<y>20\d\d)?년? ?(?P<q>[1-4])분기", _read_quarter),
    (r"(?P<y>(?:19|20)\d\d)년", _read_year),
    (r"(?P<w>올해|작년|지난해|내년)", _read_relative_year),
    (r"(?P<m>\d{1,2})월 ?(?P<d>\d{1,2})일", _read_day_month),
    (r"(?P<y>)(?P<m>\d{1,2})월(?!\w)", _read_month),
    (r"제 ?\d+(?:차|회|기|조|항)?", _read_nothing),
    (r"(?:오전|오후) ?\d{1,2}시(?: ?\d{1,2}분)?", _read_nothing),
    (r"\d{1,2}일(?=\s|,|\(|에|부터|까지|$)", _read_nothing),
    (r"\d+주년", _read_nothing),
)


Compiled = tuple[re.Pattern[str], Handler, frozenset[str]]

_HINTS: Final = (
    ("vừa qua|gần đây", "qua đây trước tới nữa tiếp tục liền"),
    ("tháng (?:đầu|cuối) năm", "tháng"), ("tháng", "tháng"), ("nửa", "nửa"),
    (r"kỉ niệm|mừng|chào mừng", "niệm mừng dịp tròn lần"), (r"(?:kỉ niệm|mừng)", "niệm mừng"),
  ("thế kỉ", "thứ kỉ niên kì khóa"),
    ("quý|qu", "quý qúy quí qúi"), (r"\s?(?:h|:|g)\s?", "<hour> :"), (r"\s?h(?!", "<hour>"),
    (" giờ", "giờ"), ("ngày|mùng|mồng) ", "ngày mùng mồng"), ("đầu năm", "đầu"),
)  # fmt: skip
"""What a pattern must hold, and the words of which a text needs one for the pattern to match."""


_HINTS_OF_HANDLERS: Final[dict[Handler, frozenset[str]]] = {
    _read_day_range: frozenset({"/", "-"}),
    _read_two_days: frozenset({"ngày", "từ"}),
    _read_since: frozenset({"nay", "giờ"}),
    _read_start_to_month: frozenset({"đầu"}),
    _read_first_quarters: frozenset({"quý"}),
    _read_lunar_year: frozenset(_STEMS),
    _read_relative_day: frozenset({"nay", "qua", "mai", "yesterday", "today", "tomorrow"}),
    _read_relative_month: frozenset({"tháng", "month"}),
    _read_months: frozenset({"tháng"}),
    _read_past_year: frozenset({"qua"}),
    _read_whole_year: frozenset({"năm"}),
}
"""Words of which a text needs one for the patterns of these handlers to match."""


def _compile(table: tuple[tuple[str, Handler], ...]) -> tuple[Compiled, ...]:
    return tuple(
        (re.compile(pattern), handler, _hint(pattern, handler)) for pattern, handler in table
    )


def _hint(pattern: str, handler: Handler) -> frozenset[str]:  # noqa: PLR0911 - a case of the table each
    if handler in _HINTS_OF_HANDLERS:
        return _HINTS_OF_HANDLERS[handler] if _is_vietnamese(pattern) else frozenset()
    if handler is _read_full_date:
        return frozenset({"/", "-", "<dots>"}) if "년" not in pattern else frozenset()
    if handler in {_read_year, _read_years}:
        return frozenset({"<year>"}) if "년" not in pattern else frozenset()
    if r"\.(?P<m>" in pattern:
        return frozenset()
    if handler is _read_day_month and "tháng (" not in pattern and "월" not in pattern:
        return frozenset({"/", "-"})
    if (
        "tháng" not in pattern
        and handler is _read_month
        and "월" not in pattern
        and "분기" not in pattern
    ):
        return frozenset({"/", "-"})
    return frozenset(
        next(
            (
                words.split()
                for mark, words in _HINTS
                if mark in pattern and _is_vietnamese(pattern)
            ),
            (),
        )
    )


def _is_vietnamese(pattern: str) -> bool:
    return (
        re.search(r"[ăđơưạảấầẩậắằặẹẻếềểệịỉọỏốồổộớờởợụủứừửựỳỷỹỵ]|\(\?:h\||\?h\(", pattern)
        is not None
    )


_PATTERNS: Final = {
    "vi": _compile(_VIETNAMESE),
    "en": _compile(_ENGLISH + _VIETNAMESE[1:3]),
    "ko": _compile(_KOREAN + _VIETNAMESE[1:3]),
    "other": _compile((*_VIETNAMESE[1:3], _VIETNAMESE[-1])),
}


def find_times(
    low: str, language: str, calendar: Calendar, *, vocabulary: frozenset[str] | None = None
) -> list[TimeSpan]:
    """Return the time expressions of a folded paragraph in order, without overlaps.

    `vocabulary` is the paragraph's, to skip the patterns that cannot match; without it all run.

    Example:
        >>> [span.period for span in find_times("6 tháng đầu năm 2025", "vi", Calendar(None, None))]
        ['2025-H1']
    """
    taken = bytearray(len(low))
    spans: list[TimeSpan] = []
    for pattern, handler, hint in _PATTERNS[language]:
        if vocabulary is not None and hint and hint.isdisjoint(vocabulary):
            continue
        for match in pattern.finditer(low):
            start, end = match.span()
            while start < end and (low[start] in " ,("):
                start += 1
            if start == end or any(taken[start:end]):
                continue
            period, is_day = handler(match, calendar)
            if handler is _read_day_month and period is None and calendar.year is not None:
                continue
            taken[start:end] = b"\x01" * (end - start)
            spans.append(TimeSpan(start, end, period, is_day))
    spans.sort(key=lambda span: span.start)
    return spans
