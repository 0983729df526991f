"""Times as pages and feeds write them, broken forms included.

In: a text and, for the plausibility window, the time that now is. Out: aware UTC times or None.
Times without an offset are local to Vietnam. The forms are those of the sites we watch (feeds of
laodong.vn write US order and U+202F, MasterCMS feeds Vietnamese weekdays, VCCorp feeds "+07"),
the RFC 822 and ISO 8601 families, and the usual Vietnamese, English and Korean notations.
"""

import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

LOCAL_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
FUTURE_TOLERANCE = timedelta(days=1)
TEXT_LIMIT_CHARACTERS = 300

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january", "feb february", "mar march", "apr april", "may", "jun june",
            "jul july", "aug august", "sep sept september", "oct october", "nov november",
            "dec december",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_ZONES_HOURS = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "ict": 7, "kst": 9, "jst": 9, "hkt": 8, "sgt": 8,
    "bst": 1, "cet": 1, "cest": 2, "eet": 2, "eest": 3, "msk": 3,
    "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
}  # fmt: skip

_DATES = (
    # 2026-05-28, 2026/05/28, 2026.05.28, 2026. 5. 28.
    re.compile(r"(?<!\d)(?P<y>\d{4})\s*([-/.])\s*(?P<m>\d{1,2})\s*\2\s*(?P<d>\d{1,2})(?!\d)\.?"),
    # 2026년 5월 28일
    re.compile(r"(?<!\d)(?P<y>\d{4})\s*년\s*(?P<m>\d{1,2})\s*월\s*(?P<d>\d{1,2})\s*일"),
    # 28/05/2026, 28-5-2026, 28.05.2026; US order is told by AM or PM
    re.compile(r"(?<!\d)(?P<a>\d{1,2})\s*([-/.])\s*(?P<b>\d{1,2})\s*\2\s*(?P<y>\d{4})(?!\d)"),
    # ngày 28 tháng 5 năm 2026, 28 tháng 5, 2026
    re.compile(r"(?<!\d)(?P<d>\d{1,2})\s*tháng\s*(?P<m>\d{1,2})\s*(?:,|năm)?\s*(?P<y>\d{4})(?!\d)"),
    # 28 May 2026, 28-May-26, 28 May, 2026
    re.compile(
        rf"(?<!\d)(?P<d>\d{{1,2}})(?:st|nd|rd|th)?[\s-]+(?P<name>{_MONTH})\b\.?[\s,-]+"
        r"(?P<y>\d{4}|\d{2}(?=\s+\d{1,2}:))(?!\d)"
    ),
    # May 28, 2026
    re.compile(
        rf"\b(?P<name>{_MONTH})\.?\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y>\d{{4}})(?!\d)"
    ),
)
_ASCTIME = re.compile(
    rf"\b(?P<name>{_MONTH})\s+(?P<d>\d{{1,2}})\s+(?P<time>\d{{1,2}}:\d{{2}}:\d{{2}})\s+(?P<y>\d{{4}})"
)
_COMPACT = re.compile(
    r"(?<!\d)(?P<y>(?:19|20)\d{2})(?P<m>\d{2})(?P<d>\d{2})"
    r"(?:t?(?P<h>\d{2})(?P<i>\d{2})(?P<s>\d{2})?)?(?=z|[+-]\d|$|\s)"
)
_TIME = re.compile(
    r"(?<![\d:])(?:(?P<before>오전|오후)\s*)?(?P<h>\d{1,2})\s*(?::|h|giờ|시)\s*(?P<i>\d{2})"
    r"(?:\s*(?:phút|분))?(?::(?P<s>\d{2})(?:[.,](?P<f>\d{1,9}))?)?"
    r"(?:\s*(?P<half>[ap]\.?m\b\.?|sa\b|ch\b))?"
)
_OFFSET = re.compile(
    r"(?:(?:\b(?:gmt|utc)|(?<=\d)z?|[\s(])\s*)(?P<sign>[+\u2212-])(?P<h>\d{1,2}):?(?P<i>\d{2})?(?!\d)"
)
_ZONE = re.compile(rf"(?<![a-z])(?:{'|'.join(_ZONES_HOURS)})(?![a-z])")
_EPOCH = re.compile(r"(?P<s>1\d{9}|[2-3]\d{9})(?P<ms>\d{3})?")


def parse_time(text: str | None, *, now: datetime | None = None) -> datetime | None:
    """Return the time that a text tells, in UTC, or None.

    A date without a time of day means its local midnight. With `now`, times before 1990 or more
    than a day ahead count as unknown: a wrong time is worse than none.

    Example:
        >>> parse_time("Thứ 5, 28/05/2026 17:00:00 GMT+7").isoformat()
        '2026-05-28T10:00:00+00:00'
        >>> parse_time("9/10/2026 8:08:00\u202fAM").isoformat()
        '2026-09-10T01:08:00+00:00'
        >>> parse_time("07:18 | 05/07/2023").isoformat()
        '2023-07-05T00:18:00+00:00'
        >>> parse_time("hôm qua") is None
        True
    """
    if not text:
        return None
    folded = _fold(text[:TEXT_LIMIT_CHARACTERS])
    try:
        moment = _read(folded)
        moment = None if moment is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if moment is not None and is_plausible(moment, now=now) else None


def is_plausible(moment: datetime, *, now: datetime | None) -> bool:
    """Whether an article can have this time.

    Example:
        >>> is_plausible(datetime(2126, 1, 1, tzinfo=UTC), now=datetime(2026, 1, 1, tzinfo=UTC))
        False
    """
    return moment >= EARLIEST and (now is None or moment <= now + FUTURE_TOLERANCE)


def _fold(text: str) -> str:
    # NFKC turns U+202F, U+00A0 and full-width digits into their plain forms.
    return " ".join(unicodedata.normalize("NFKC", text).lower().split())


def _read(text: str) -> datetime | None:
    epoch = _EPOCH.fullmatch(text)
    if epoch:
        return datetime.fromtimestamp(int(epoch["s"]), tz=UTC)
    asctime = _ASCTIME.search(text)
    if asctime:
        text = f"{asctime['d']} {asctime['name']} {asctime['y']} {asctime['time']}"
    for pattern in _DATES:
        match = pattern.search(text)
        if match:
            # The time of day may stand before the date: "07:18 | 05/07/2023".
            rest = f"{text[: match.start()]} \u0001 {text[match.end() :].removeprefix('t')}"
            return _assemble(match, rest)
    compact = _COMPACT.search(text)
    return None if compact is None else _assemble_compact(compact, text[compact.end() :])


def _assemble(date: re.Match[str], rest: str) -> datetime | None:
    groups = date.groupdict()
    time = _TIME.search(rest)
    half = (time["half"] or time["before"] or "") if time else ""
    day, month = _day_and_month(groups, is_us=half.startswith(("a", "p")))
    year = int(groups["y"])
    year += 2000 if len(groups["y"]) == 2 else 0  # noqa: PLR2004 - RFC 822 writes two digits
    if time is None:
        return datetime(year, month, day, tzinfo=LOCAL_ZONE)
    hour = _hour(int(time["h"]), half)
    second = min(int(time["s"] or 0), 59)
    micro = int((time["f"] or "0").ljust(6, "0")[:6])
    zone = _zone(rest[time.end() :])
    extra_days, hour = divmod(hour, 24)
    if hour * 60 + int(time["i"]) > 24 * 60 or extra_days > 1 or (extra_days and hour):
        return None
    moment = datetime(year, month, day, hour, int(time["i"]), second, micro, tzinfo=zone)
    return moment + timedelta(days=extra_days)


def _assemble_compact(match: re.Match[str], rest: str) -> datetime:
    hour, minute, second = (int(match[name] or 0) for name in "his")
    year, month, day = (int(match[name]) for name in "ymd")
    return datetime(year, month, day, hour, minute, second, tzinfo=_zone(f"0{rest}"))


def _day_and_month(groups: dict[str, str | None], *, is_us: bool) -> tuple[int, int]:
    if groups.get("name"):
        return int(groups["d"] or 0), _MONTHS[groups["name"] or ""]
    if groups.get("m"):
        return int(groups["d"] or 0), int(groups["m"] or 0)
    first, second = int(groups["a"] or 0), int(groups["b"] or 0)
    month_limit = 12
    if (is_us and first <= month_limit) or (second > month_limit >= first):
        return second, first
    return first, second


def _hour(hour: int, half: str) -> int:
    noon = 12
    if half.startswith(("p", "ch", "오후")) and hour < noon:
        return hour + noon
    if half.startswith(("a", "sa", "오전")) and hour == noon:
        return 0
    return hour


def _zone(text: str) -> timezone | ZoneInfo:
    offset = _OFFSET.search(f"0{text}"[:40])
    if offset:
        minutes = int(offset["h"]) * 60 + int(offset["i"] or 0)
        if minutes <= 14 * 60:
            return timezone(timedelta(minutes=minutes if offset["sign"] == "+" else -minutes))
    name = _ZONE.search(text[:40])
    return timezone(timedelta(hours=_ZONES_HOURS[name.group()])) if name else LOCAL_ZONE
