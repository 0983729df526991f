"""Administrative units of Viet Nam before and after 1 July 2025, and countries.

In: a name as written, a level, a day. Out: the unit with its code, or None when not known.
Data: places.tsv, countries.tsv.
"""

import functools
from dataclasses import dataclass
from datetime import date
from typing import Final

from services.lexicon.fold import fold
from services.lexicon.tables import read_table

REFORM_DAY: Final = date(2025, 7, 1)
"""From this day the units of 2025 hold (Resolution 202/2025/QH15): 34 provinces, no districts."""

_PROVINCE_ALIASES: Final = {
    "HCM": "Hồ Chí Minh",
    "TPHCM": "Hồ Chí Minh",
    "TP.HCM": "Hồ Chí Minh",
    "TP HCM": "Hồ Chí Minh",
    "Sài Gòn": "Hồ Chí Minh",
    "Ho Chi Minh City": "Hồ Chí Minh",
    "Ho Chi Minh": "Hồ Chí Minh",
    "호찌민": "Hồ Chí Minh",
    "Hanoi": "Hà Nội",
    "Ha Noi": "Hà Nội",
    "하노이": "Hà Nội",
    "Hai Phong": "Hải Phòng",
    "Haiphong": "Hải Phòng",
    "하이퐁": "Hải Phòng",
    "Da Nang": "Đà Nẵng",
    "Danang": "Đà Nẵng",
    "다낭": "Đà Nẵng",
    "Can Tho": "Cần Thơ",
    "Hue": "Huế",
    "Thừa Thiên - Huế": "Thừa Thiên Huế",
    "BR-VT": "Bà Rịa - Vũng Tàu",
    "BRVT": "Bà Rịa - Vũng Tàu",
    "Bà Rịa Vũng Tàu": "Bà Rịa - Vũng Tàu",
    "Đắc Lắc": "Đắk Lắk",
    "Đăk Lăk": "Đắk Lắk",
    "Đăk Nông": "Đắk Nông",
    "Đắc Nông": "Đắk Nông",
    "Bắc Cạn": "Bắc Kạn",
    "Kontum": "Kon Tum",
    "Binh Duong": "Bình Dương",
    "빈즈엉": "Bình Dương",
    "Dong Nai": "Đồng Nai",
    "동나이": "Đồng Nai",
    "Bac Ninh": "Bắc Ninh",
    "박닌": "Bắc Ninh",
    "Bac Giang": "Bắc Giang",
    "Long An": "Long An",
    "Quang Ninh": "Quảng Ninh",
    "Tay Ninh": "Tây Ninh",
    "Hung Yen": "Hưng Yên",
    "Vinh Phuc": "Vĩnh Phúc",
    "Thai Nguyen": "Thái Nguyên",
    "Nghe An": "Nghệ An",
    "Thanh Hoa": "Thanh Hóa",
    "Ninh Binh": "Ninh Bình",
    "Phu Tho": "Phú Thọ",
    "Hai Duong": "Hải Dương",
    "Quang Nam": "Quảng Nam",
    "Khanh Hoa": "Khánh Hòa",
    "Lam Dong": "Lâm Đồng",
    "Dong Thap": "Đồng Tháp",
    "Vinh Long": "Vĩnh Long",
}


@dataclass(frozen=True, slots=True)
class Place:
    """A unit: `system` is "2024" or "2025", `level` province, district or ward.

    `became` is the code of the province of 2025 that a unit of 2024 went into.
    """

    system: str
    level: str
    code: str
    name: str
    short: str
    parent: str
    became: str

    @property
    def kind(self) -> str:
        """Return "thành phố", "tỉnh", "quận", "phường", ... in lower case."""
        return self.name[: -len(self.short)].strip().lower()


@functools.cache
def _by_name() -> dict[tuple[str, str, str], tuple[Place, ...]]:
    table: dict[tuple[str, str, str], tuple[Place, ...]] = {}
    for row in read_table("places.tsv"):
        place = Place(*row)
        names = {fold(place.short)}
        if place.level != "province":
            names.add(fold(place.name))
        for name in names:
            key = (place.system, place.level, name)
            table[key] = (*table.get(key, ()), place)
    return table


@functools.cache
def province_names() -> dict[str, str]:
    """Return every way to write a province, and its short name."""
    rows = read_table("places.tsv")
    return {row[4]: row[4] for row in rows if row[1] == "province"} | _PROVINCE_ALIASES


@functools.cache
def city_names() -> dict[str, str]:
    """Return the provincial towns of 2024 that one knows by name alone: "Biên Hòa", "Vũng Tàu"."""
    provinces = {fold(name) for name in province_names()}
    return {
        short: short
        for system, level, _, name, short, *_ in read_table("places.tsv")
        if level == "district"
        and system == "2024"
        and name.startswith("Thành phố")
        and " " in short
        and fold(short) not in provinces
    }


@functools.cache
def country_names() -> dict[str, tuple[str, str]]:
    """Return every way to write a country, its Vietnamese name and its code."""
    names = {}
    for name, code, aliases in read_table("countries.tsv"):
        for alias in (name, *aliases.split(";")):
            if alias.strip():
                names[alias.strip()] = (name, code)
    return names


def find_province(short: str, day: date | None) -> Place | None:
    """Return the province `short` on `day`; an unknown day gives only what both systems share.

    A province of the other system is returned when the one of the day has none of that name: a
    text of 2026 may still speak of Bình Dương.

    Example:
        >>> find_province("Hải Phòng", date(2026, 1, 5)).code
        '31'
        >>> find_province("Bình Dương", date(2026, 1, 5)).became
        '79'
    """
    old = _by_name().get(("2024", "province", fold(short)), ())
    new = _by_name().get(("2025", "province", fold(short)), ())
    if day is None:
        return new[0] if new and not _has_grown(new[0]) else (old[0] if old and not new else None)
    first, second = (new, old) if day >= REFORM_DAY else (old, new)
    return (*first, *second)[0] if first or second else None


@functools.cache
def _grown_codes() -> frozenset[str]:
    counts: dict[str, int] = {}
    for system, level, _, _, _, _, became in read_table("places.tsv"):
        if system == "2024" and level == "province":
            counts[became] = counts.get(became, 0) + 1
    return frozenset(code for code, count in counts.items() if count > 1)


def _has_grown(place: Place) -> bool:
    return place.code in _grown_codes()


@functools.cache
def province_by_code(system: str, code: str) -> Place | None:
    """Return the province with a code of one system.

    Example:
        >>> province_by_code("2024", "74").short
        'Bình Dương'
    """
    for row in read_table("places.tsv"):
        if row[:3] == (system, "province", code):
            return Place(*row)
    return None


@functools.cache
def provinces_that_became(code: str) -> tuple[Place, ...]:
    """Return the provinces of 2024 that the province of 2025 with this code was made of.

    Example:
        >>> [place.short for place in provinces_that_became("79")]
        ['Bình Dương', 'Bà Rịa - Vũng Tàu', 'Hồ Chí Minh']
    """
    provinces = (Place(*row) for row in read_table("places.tsv") if row[1] == "province")
    return tuple(place for place in provinces if place.became == code)


def find_local(name: str, kind: str, day: date | None, province: str | None) -> Place | None:
    """Return the only district, ward or commune of this kind and name, or None.

    `province` is the short name of the province that the text speaks of; without it a name that
    stands in two provinces is not known.
    """
    full = fold(f"{kind} {name}")
    table = _by_name()
    code = None
    if province is not None and (unit := find_province(province, day)):
        code = unit.code
    systems = ("2025", "2024") if day is not None and day >= REFORM_DAY else ("2024", "2025")
    levels = ("ward", "district")
    for system in systems:
        for level in levels:
            found = table.get((system, level, full), ())
            if code is not None:
                found = tuple(place for place in found if place.parent == code) or found
            if len(found) == 1:
                return found[0]
    return None
