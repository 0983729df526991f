"""Numbers, units, periods and times as people write them.

In: values of the contracts (`Decimal`, unit codes, aware UTC times). Out: short Vietnamese or
English text, never HTML. Vietnamese groups thousands with "." and writes "," before decimals.
"""

import re
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Literal

from services.contracts.figures import Comparator, Figure, FigureKind, Modality

Language = Literal["vi", "en"]
LANGUAGES: tuple[Language, ...] = ("vi", "en")

VIETNAM = timezone(timedelta(hours=7), "+07")
"""Asia/Ho_Chi_Minh: seven hours before UTC since 1975, without summer time."""

_MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_QUARTERS_VI = {"1": "quý I", "2": "quý II", "3": "quý III", "4": "quý IV"}
_HALVES_VI = {"1": "6 tháng đầu năm", "2": "6 tháng cuối năm"}
_HALVES_EN = {"1": "first half of", "2": "second half of"}

_UNITS: dict[str, tuple[str, str]] = {
    "VND": ("đồng", "VND"),
    "USD": ("USD", "USD"),
    "EUR": ("euro", "EUR"),
    "GBP": ("bảng Anh", "GBP"),
    "JPY": ("yên", "JPY"),
    "KRW": ("won", "KRW"),
    "CNY": ("nhân dân tệ", "CNY"),
    "percent": ("%", "%"),
    "percentage_point": ("điểm phần trăm", "percentage points"),
    "m2": ("m²", "m²"),
    "m3": ("m³", "m³"),
    "km2": ("km²", "km²"),
    "permille": ("‰", "‰"),
    "l": ("lít", "l"),
    "t": ("tấn", "t"),
    "quintal": ("tạ", "quintals"),
    "tuổi": ("tuổi", "years old"),
    "year": ("năm", "years"),
    "month": ("tháng", "months"),
    "week": ("tuần", "weeks"),
    "day": ("ngày", "days"),
    "hour": ("giờ", "hours"),
    "minute": ("phút", "minutes"),
    "second": ("giây", "seconds"),
    "decade": ("thập kỉ", "decades"),
    "century": ("thế kỉ", "centuries"),
    # Vietnamese texts keep their own word for a duration: lexicon/units.tsv.
    "năm": ("năm", "years"),
    "tháng": ("tháng", "months"),
    "tuần": ("tuần", "weeks"),
    "ngày": ("ngày", "days"),
    "giờ": ("giờ", "hours"),
    "tiếng": ("tiếng", "hours"),
    "tiết": ("tiết", "lessons"),
    "phút": ("phút", "minutes"),
    "giây": ("giây", "seconds"),
    "thập kỷ": ("thập kỷ", "decades"),
    "thế kỷ": ("thế kỷ", "centuries"),
    "quý": ("quý", "quarters"),
    "sào": ("sào", "sào"),
    "tạ": ("tạ", "quintals"),
    # Classifiers are units of their own where the text counts by them.
    "suất": ("suất", "packages"),
    "phần": ("phần", "packages"),
    "phần quà": ("phần quà", "gift packages"),
    "suất quà": ("suất quà", "gift packages"),
    "lượt": ("lượt", "times"),
    "người": ("người", "people"),
    "hộ": ("hộ", "households"),
    "căn": ("căn", "homes"),
    "chiếc": ("chiếc", "pieces"),
    "cái": ("cái", "pieces"),
    "vụ": ("vụ", "cases"),
    "cuộc": ("cuộc", "events"),
    "buổi": ("buổi", "sessions"),
    "lớp": ("lớp", "classes"),
    "đợt": ("đợt", "rounds"),
    "vé": ("vé", "tickets"),
    "chuyến": ("chuyến", "trips"),
    "em": ("em", "children"),
    "cháu": ("cháu", "children"),
    "đơn vị": ("đơn vị", "units"),
    "đồng chí": ("đồng chí", "persons"),
    "ý kiến": ("ý kiến", "opinions"),
    "cuốn": ("cuốn", "volumes"),
    "bộ": ("bộ", "sets"),
    "lần": ("lần", "times"),
    "phòng": ("phòng", "rooms"),
    "xe": ("xe", "vehicles"),
    "times": ("lần", "times"),
    "point": ("điểm", "points"),
    "count": ("", ""),
}
_SINGULARS = {"people": "person", "children": "child", "classes": "class", "centuries": "century"}
"""English units that lose more than an "s" behind a one."""
_CURRENCY = re.compile(r"[A-Z]{3}")  # ISO 4217
_CLOSE_UNITS = frozenset({"%", "‰", "°C"})
"""Units written without a space."""
_SCALES: tuple[tuple[int, str, str], ...] = (
    (10**9, "tỉ", "billion"),
    (10**6, "triệu", "million"),
)
_SCALED_DECIMALS_LIMIT = 3
_COMPARATORS: dict[Comparator, tuple[str, str]] = {
    Comparator.EQ: ("", ""),
    Comparator.GT: ("hơn", "over"),
    Comparator.GTE: ("ít nhất", "at least"),
    Comparator.LT: ("dưới", "under"),
    Comparator.LTE: ("tối đa", "at most"),
    Comparator.APPROX: ("khoảng", "about"),
    Comparator.APPROX_BELOW: ("gần", "nearly"),
    Comparator.BETWEEN: ("", ""),
    Comparator.VAGUE: ("", ""),
}
_COMPARATOR_NAMES: dict[Comparator, tuple[str, str]] = _COMPARATORS | {
    Comparator.EQ: ("bằng", "equal"),
    Comparator.BETWEEN: ("trong khoảng", "between"),
    Comparator.VAGUE: ("ước chừng", "vague"),
}
_MAGNITUDES: tuple[tuple[int, str, str], ...] = (
    (10**9, "hàng tỉ", "billions"),
    (10**6, "hàng triệu", "millions"),
    (10**5, "hàng trăm nghìn", "hundreds of thousands"),
    (10**4, "hàng chục nghìn", "tens of thousands"),
    (10**3, "hàng nghìn", "thousands"),
    (10**2, "hàng trăm", "hundreds"),
    (10, "hàng chục", "dozens"),
)
_MODALITIES: dict[Modality, tuple[str, str]] = {
    Modality.REPORTED: ("", ""),
    Modality.TARGET: ("mục tiêu", "target"),
    Modality.ESTIMATE: ("ước tính", "estimate"),
}
_DIRECTIONS = {"up": ("tăng", "up"), "down": ("giảm", "down"), "none": ("không đổi", "unchanged")}


def _pick(pair: tuple[str, str], language: Language) -> str:
    return pair[0] if language == "vi" else pair[1]


def format_number(value: Decimal, language: Language = "vi") -> str:
    """Return a number with grouped thousands, all of its decimals, no exponent.

    Example:
        >>> format_number(Decimal("629000")), format_number(Decimal("202.7"))
        ('629.000', '202,7')
        >>> format_number(Decimal("-1234567.50"), "en")
        '-1,234,567.5'
    """
    text = f"{value:,f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    if text in ("-0", ""):
        text = "0"
    return text.translate({ord(","): ".", ord("."): ","}) if language == "vi" else text


def format_unit(unit: str | None, language: Language = "vi") -> str:
    """Return the words for a unit code; a unit without a known translation is its own word.

    Example:
        >>> format_unit("VND"), format_unit("suất"), format_unit("ngày", "en")
        ('đồng', 'suất', 'days')
    """
    if unit is None:
        return ""
    return _pick(_UNITS.get(unit, (unit, unit)), language)


def format_amount(value: Decimal, unit: str | None, language: Language = "vi") -> str:
    """Return a value with its unit; large money in tỉ or triệu when that loses nothing.

    Example:
        >>> format_amount(Decimal(220_000_000_000), "VND")
        '220 tỉ đồng'
        >>> format_amount(Decimal(9_305_000_000), "VND"), format_amount(Decimal("90.2"), "percent")
        ('9,305 tỉ đồng', '90,2%')
        >>> format_amount(Decimal(1_234_567_891), "VND")
        '1.234.567.891 đồng'
        >>> format_amount(Decimal(1), "ngày", "en"), format_amount(Decimal(2), "người", "en")
        ('1 day', '2 people')
    """
    words = format_unit(unit, language)
    if language == "en" and abs(value) == 1 and unit in _UNITS and words.endswith(("s", "e", "n")):
        words = _SINGULARS.get(words, words.removesuffix("s"))
    number = format_number(value, language)
    if _is_currency(unit):
        for scale, *names in _SCALES:
            scaled = value / scale
            if abs(scaled) >= 1 and scaled == round(scaled, _SCALED_DECIMALS_LIMIT):
                name = _pick((names[0], names[1]), language)
                return f"{format_number(scaled, language)} {name} {words}"
    if words in _CLOSE_UNITS:
        return number + words
    return f"{number} {words}".strip()


def _is_currency(unit: str | None) -> bool:
    return unit is not None and _CURRENCY.fullmatch(unit) is not None


def format_magnitude(magnitude: Decimal, unit: str | None, language: Language = "vi") -> str:
    """Return the words of a vague figure: its scale, never a number nobody printed.

    Example:
        >>> format_magnitude(Decimal(1000), None), format_magnitude(Decimal(10**11), "VND")
        ('hàng nghìn', 'hàng trăm tỉ đồng')
    """
    words = format_unit(unit, language)
    billion = 10**9
    if magnitude >= 10 * billion:
        scale = f"{format_magnitude(magnitude / billion, None, language)}"
        name = f"{scale} tỉ" if language == "vi" else f"{scale} of billions"
        return f"{name} {words}".strip()
    for scale_value, *names in _MAGNITUDES:
        if magnitude >= scale_value:
            name = _pick((names[0], names[1]), language)
            joint = " of " if language == "en" and words and not _is_currency(unit) else " "
            return f"{name}{joint}{words}".strip()
    return _pick(("một số", "some"), language) + (f" {words}" if words else "")


def format_comparator(comparator: Comparator, language: Language = "vi") -> str:
    """Return what a comparator says, for a table's cell.

    Example:
        >>> format_comparator(Comparator.GT), format_comparator(Comparator.EQ, "en")
        ('hơn', 'equal')
    """
    return _pick(_COMPARATOR_NAMES[comparator], language)


def format_modality(modality: Modality, language: Language = "vi") -> str:
    """Return "mục tiêu" or "ước tính", and nothing for what was reported as fact.

    Example:
        >>> format_modality(Modality.TARGET), format_modality(Modality.REPORTED)
        ('mục tiêu', '')
    """
    return _pick(_MODALITIES[modality], language)


def format_figure(figure: Figure, language: Language = "vi") -> str:
    """Return what a figure says, in the reader's notation.

    Example:
        >>> format_figure(Figure(field="body", start=0, end=15, surface="hơn 220 tỉ đồng",
        ...     kind=FigureKind.MONEY, value=Decimal(220_000_000_000), unit="VND",
        ...     comparator=Comparator.GT))
        'hơn 220 tỉ đồng'
        >>> format_figure(Figure(field="body", start=0, end=11, surface="2.610/2.819",
        ...     kind=FigureKind.RATIO, value=Decimal(2610), numerator=Decimal(2610),
        ...     denominator=Decimal(2819)))
        '2.610/2.819'
    """
    core = _format_core(figure, language)
    if core is None:
        return figure.surface
    words = [_pick(_COMPARATORS[figure.comparator], language), core]
    if figure.change is not None and figure.from_value is None:
        words.insert(0, _pick(_DIRECTIONS[figure.change.direction], language))
    return " ".join(word for word in words if word)


def _format_core(figure: Figure, language: Language) -> str | None:
    if figure.value is None:
        if figure.magnitude is None:
            return None
        return format_magnitude(figure.magnitude, figure.unit, language)
    amount = format_amount(figure.value, figure.unit, language)
    if figure.numerator is not None and figure.denominator is not None:
        parts = (format_number(n, language) for n in (figure.numerator, figure.denominator))
        unit = "" if figure.unit == "percent" else format_unit(figure.unit, language)
        amount = f"{'/'.join(parts)} {unit}".strip()
    elif figure.from_value is not None:
        amount = _format_move(figure.from_value, figure.value, figure.unit, language)
    elif figure.value_max is not None:
        amount = f"{amount} – {format_amount(figure.value_max, figure.unit, language)}"
    elif figure.kind is FigureKind.MULTIPLE and figure.unit is None:
        amount = f"{amount} {_pick(('lần', 'times'), language)}"
    return amount


def _format_move(origin: Decimal, value: Decimal, unit: str | None, language: Language) -> str:
    before, after = (format_amount(v, unit, language) for v in (origin, value))
    if value >= origin:
        return _pick((f"từ {before} lên {after}", f"from {before} to {after}"), language)
    return _pick((f"từ {before} xuống {after}", f"from {before} down to {after}"), language)


def to_vietnam(moment: datetime) -> datetime:
    """Return an aware time on Vietnam's clock.

    Example:
        >>> from datetime import UTC
        >>> to_vietnam(datetime(2025, 9, 17, 18, 30, tzinfo=UTC)).isoformat()
        '2025-09-18T01:30:00+07:00'
    """
    return moment.astimezone(VIETNAM)


def format_time(moment: datetime, language: Language = "vi") -> str:
    """Return an aware time as a reader in Vietnam reads it.

    Example:
        >>> from datetime import UTC
        >>> format_time(datetime(2025, 9, 17, 10, 39, tzinfo=UTC))
        '17:39, 17/9/2025'
        >>> format_time(datetime(2025, 9, 17, 10, 39, tzinfo=UTC), "en")
        '17 Sep 2025, 17:39'
    """
    local = to_vietnam(moment)
    if language == "vi":
        return f"{local:%H:%M}, {format_day(local.date())}"
    return f"{format_day(local.date(), language)}, {local:%H:%M}"


def format_day(day: date, language: Language = "vi") -> str:
    """Return a date.

    Example:
        >>> format_day(date(2025, 9, 7)), format_day(date(2025, 9, 7), "en")
        ('7/9/2025', '7 Sep 2025')
    """
    if language == "vi":
        return f"{day.day}/{day.month}/{day.year}"
    return f"{day.day} {_MONTHS_EN[day.month - 1]} {day.year}"


def format_month(year: int, month: int, language: Language = "vi") -> str:
    """Return a month.

    Example:
        >>> format_month(2025, 9), format_month(2025, 9, "en")
        ('tháng 9/2025', 'Sep 2025')
    """
    if language == "vi":
        return f"tháng {month}/{year}"
    return f"{_MONTHS_EN[month - 1]} {year}"


_PERIOD = re.compile(
    r"(?P<year>[0-9]{4})(?:-(?:H(?P<half>[12])|Q(?P<quarter>[1-4])"
    r"|(?P<month>0[1-9]|1[0-2])(?:-(?P<day>[0-3][0-9]))?))?"
)


def format_period(period: str | None, language: Language = "vi") -> str:
    """Return a period code in words; a code of no known shape is shown as it is.

    Example:
        >>> format_period("2025-H1"), format_period("2025-Q3"), format_period("2025")
        ('6 tháng đầu năm 2025', 'quý III/2025', 'năm 2025')
        >>> format_period("2025-01/2025-09"), format_period("2025-09-17")
        ('tháng 1/2025 – tháng 9/2025', '17/9/2025')
    """
    if not period:
        return ""
    return " – ".join(_format_period_part(part, language) for part in period.split("/"))


def _format_period_part(part: str, language: Language) -> str:
    match = _PERIOD.fullmatch(part)
    if match is None:
        return part
    year, half, quarter, month = match["year"], match["half"], match["quarter"], match["month"]
    words = f"năm {year}" if language == "vi" else year
    if half:
        words = f"{_HALVES_VI[half] if language == 'vi' else _HALVES_EN[half]} {year}"
    elif quarter:
        words = f"{_QUARTERS_VI[quarter]}/{year}" if language == "vi" else f"Q{quarter} {year}"
    elif match["day"]:
        try:
            words = format_day(date(int(year), int(month), int(match["day"])), language)
        except ValueError:
            words = part
    elif month:
        words = format_month(int(year), int(month), language)
    return words
