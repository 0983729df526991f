"""Finds time expressions: dates, months, quarters, years, clock times, terms.

In: the folded text of a paragraph. Out: spans, with the period they name where they name one:
"2025", "2025-H1", "2025-Q3", "2025-01/2025-09", "2025-05", "2025-05-31".
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
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
    rf"(?:,?\s*(?:(?:của )?năm\s*|/|-)\s*(?P<y>{_Y})|(?:\s*(?:của )?(?P<this>năm nay)))"
)
_DAY_CUE: Final = (
    r"(?:ngày|sáng|chiều|tối|trưa|đêm|hôm|mùng|mồng|hạn|lễ|dịp|tết|rạng sáng|thứ\s+\w+,?|"
    r"chủ nhật,?|nay|hết|trước|sau|đến|tới|từ|kể từ|là)"
)
_MONTHS: Final = r"(?:" + "|".join(sorted(_ENGLISH_MONTHS, key=len, reverse=True)) + r")\.?"

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


def _read_month(match: re.Match[str], calendar: Calendar) -> tuple[str | None, bool]:
    month = _number(match["m"])
    if not month or month > 12:  # noqa: PLR2004 - the calendar
        return None, False
    year = _year(match["y"]) or calendar.year_of_month(month)
    return (f"{year}-{month:02d}" if year else None), False


def _read_quarter(match: re.Match[str], calendar: Calendar) -> tuple[str | None, bool]:
    quarter, year = _number(match["q"]), _year(match["y"]) or calendar.year
    return (f"{year}-Q{quarter}" if quarter and year else None), False


def _read_first_months(match: re.Match[str], calendar: Calendar) -> tuple[str | None, bool]:
    months, year = _number(match["n"]), _year(match["y"]) or calendar.year
    return (_months_from_start(year, months) if months else None), False


def _read_last_months(match: re.Match[str], calendar: Calendar) -> tuple[str | None, bool]:
    months, year = _number(match["n"]), _year(match["y"]) or calendar.year
    if not months or not year or months >= 12:  # noqa: PLR2004 - the calendar
        return None, False
    if months == 6:  # noqa: PLR2004 - half a year
        return f"{year}-H2", False
    first = 13 - months
    return (f"{year}-Q4" if months == 3 else f"{year}-{first:02d}/{year}-12"), False  # noqa: PLR2004


def _read_half(match: re.Match[str], calendar: Calendar) -> tuple[str | None, bool]:
    year = _year(match["y"]) or calendar.year
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
    return f"{start_year}-{first:02d}/{end_year}-{last:02d}", False


def _read_relative_year(match: re.Match[str], calendar: Calendar) -> tuple[str | None, bool]:
    if calendar.year is None:
        return None, False
    word = match["w"]
    shift = {"ngoái": -1, "trước": -1, "sau": 1, "tới": 1, "last": -1, "next": 1, "작": -1}
    return str(calendar.year + shift.get(word, 0)), False


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
    (r"(?<!\d)(?P<d>\d{1,2})\s?[/.\-]\s?(?P<m>\d{1,2})\s?[/.\-]\s?(?P<y>(?:19|20)\d\d)(?!\d)",
     _read_full_date),
    (r"(?<!\d)(?P<y>20\d\d)-(?P<m>\d\d)-(?P<d>\d\d)(?!\d)", _read_full_date),
    ((r"(?:ngày |mùng |mồng )?(?<![\d.,/])(?P<d>\d{1,2}) tháng (?P<m>\d{1,2}|giêng|chạp)(?!\d)"
     rf"{_OF_YEAR}?"), _read_day_month),
    (rf"(?<!\w){_N}\s?(?:-|đến|và)\s?{_N} tháng (?:đầu|cuối) năm", _read_nothing),
    (rf"(?<!\w)(?P<n>{_N}) tháng đầu (?:của )?năm(?: nay| (?P<y>{_Y}))?", _read_first_months),
    (rf"(?<!\w)(?P<n>{_N}) tháng (?:đầu )?năm (?P<y>{_Y})", _read_first_months),
    (rf"(?<!\w)(?P<n>{_N}) tháng cuối (?:của )?năm(?: nay| (?P<y>{_Y}))?", _read_last_months),
    (rf"nửa (?P<h>đầu|cuối) (?:của )?năm(?: nay| (?P<y>{_Y}))?", _read_half),
    (rf"(?<!\w)(?:quý|quí|qúi|qúy) (?P<q>iv|iii|ii|i|[1-4]|một|hai|ba|bốn|tư)(?!\w){_OF_YEAR}?",
     _read_quarter),
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
    (r"(?<!\w)năm (?P<w>qua|vừa qua)(?!\w)", _read_nothing),
    (rf"(?P<y>{_Y})(?!\s?(?:đồng|usd|%|triệu|tỉ|m2|ha|tấn))", _read_year),
)  # fmt: skip
_ENGLISH: Final[tuple[tuple[str, Handler], ...]] = (
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


def _compile(table: tuple[tuple[str, Handler], ...]) -> tuple[Compiled, ...]:
    return tuple(
        (re.compile(pattern), handler, _hint(pattern, handler)) for pattern, handler in table
    )


def _hint(pattern: str, handler: Handler) -> frozenset[str]:  # noqa: PLR0911 - a case of the table each
    if handler is _read_day_range:
        return frozenset({"/", "-"})
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
