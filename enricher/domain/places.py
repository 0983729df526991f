"""Finds places: provinces, districts, wards and communes, known towns, countries, industrial parks.

In: paragraphs with their organisations. Out: mentions with code, code system and day.
A place inside an organisation's name is a place too, but "Việt Nam" there is part of the name.
"""

import functools
from datetime import date
from typing import Final

from enricher.domain.mentions import Mention
from enricher.domain.organisations import OrganisationReader, provinces
from enricher.domain.text import Paragraph, Phrases, phrase_words
from enricher.domain.vocabulary import phrase_table
from services.contracts.entities import EntityType
from services.lexicon.places import (
    REFORM_DAY,
    Place,
    city_names,
    country_names,
    find_local,
    find_province,
)

_NOT_A_PLACE_BEFORE: Final = phrase_table(
    ("đường", "phố", "trường", "giải", "cúp", "ông", "bà", "anh", "chị", "đồng chí", "chủ tịch",
    "em",
     "bác", "giải thưởng", "huân chương", "học bổng", "tiếng", "người", "đại lộ", "báo",
     "thanh niên cộng sản", "TNCS", "tư tưởng", "bí thư", "giám đốc", "cháu", "gia đình")
)  # fmt: skip
_PARKS: Final = phrase_table(
    ("KCN", "KCX", "KKT", "CCN", "khu công nghiệp", "khu chế xuất", "khu kinh tế",
    "cụm công nghiệp",
     "khu công nghệ cao")
)  # fmt: skip
_SMALL_OPENERS: Final = frozenset({"tỉnh", "thành", "quận", "huyện", "phường", "xã", "thị", "đặc"})
_COUNTRY_LIKE_WORDS: Final = frozenset(
    {
        "anh",
        "ý",
        "áo",
        "úc",
        "nga",
        "đức",
        "pháp",
        "mĩ",
        "bỉ",
        "nhật",
        "lào",
        "jordan",
        "chile",
        "séc",
    }
)


@functools.cache
def _countries() -> Phrases[tuple[str, str]]:
    return Phrases(country_names())


@functools.cache
def _cities() -> Phrases[str]:
    return Phrases(city_names())


def read_places(
    paragraph: Paragraph,
    organisations: list[Mention],
    reader: OrganisationReader,
    taken: set[int],
) -> list[Mention]:
    """Return the places of a paragraph; `taken` are tokens of persons, which name no place."""
    found: list[Mention] = []
    inside = {
        token: mention for mention in organisations for token in range(mention.first, mention.stop)
    }
    at, count, parks = 0, len(paragraph.words), _PARKS.openers
    while at < count:
        mention = None
        word = paragraph.words[at]
        if (
            word[0].isalpha()
            and at not in taken
            and (
                paragraph.is_capital(at)
                or word in _SMALL_OPENERS
                or word in parks
                or paragraph.language == "ko"
            )
        ):
            mention = _read_at(paragraph, at, inside, reader)
        if mention is None:
            at += 1
            continue
        found.append(mention)
        at = mention.stop
    return found


def _read_at(  # noqa: C901, PLR0911, PLR0912 - a case of the grammar each
    paragraph: Paragraph, at: int, inside: dict[int, Mention], reader: OrganisationReader
) -> Mention | None:
    words, day = paragraph.words, reader.day
    owner = inside.get(at)
    if paragraph.language == "ko":
        if province := provinces().match(words, at):
            return _province(paragraph, at, province[0], province[1], day)
        for length in (3, 2):
            known = provinces().match([words[at][:length]], 0) if len(words[at]) >= length else None
            if known and not words[at][0].isascii():
                mention = _province(paragraph, at, at + 1, known[1], day)
                start = paragraph.starts[at]
                mention.exact = (start, start + length)
                return mention
        return None
    if owner is not None and owner.kind == "company":
        return None
    if park := _PARKS.match(words, at):
        return _park(paragraph, at, park[0], owner) if owner is None else None
    if not paragraph.is_capital(at) and words[at] not in _SMALL_OPENERS:
        return None
    if _NOT_A_PLACE_BEFORE.match_before(words, at):
        return None
    area = reader.read_area(paragraph, at)
    if (area is not None and area.name and area.name != "Hà Nội") or (
        area and words[at] != "thủ" and area.name
    ):
        if area.name == area.province and area.province:
            if not _is_in_passing(words, at, area.stop):
                reader.learn_area(area.name)
            return _province(paragraph, at, area.stop, area.name, day)
        return _local(paragraph, at, area.stop, area.level, area.name, area.province, day)
    if owner is None and (city := _cities().match(words, at)) and paragraph.is_capital(city[0] - 1):
        city_place = _local(paragraph, at, city[0], "thành phố", city[1], reader.province, day)
        if city_place is not None:
            city_place.name = city[1]  # the text says "Cẩm Phả", which may be a ward by now
        return city_place
    return _country(paragraph, at, owner)


def _is_in_passing(words: list[str], at: int, stop: int) -> bool:
    """Return whether a province is only where someone is from, or was once: "Hà Tây cũ"."""
    return words[stop : stop + 1] == ["cũ"] or bool(
        {"quê", "gốc", "cũ"} & set(words[max(0, at - 4) : at])
    )


def _system(place: Place) -> dict[str, str]:
    as_of = REFORM_DAY.isoformat() if place.system == "2025" else "2024-12-31"
    return {"code": place.code, "code_system": f"VN-GSO-{place.system}", "as_of": as_of}


def full_province(short: str) -> str:
    """Return the name a province goes by: "Hồ Chí Minh" alone is a person's.

    Example:
        >>> full_province("Hồ Chí Minh"), full_province("Hà Nội")
        ('Thành phố Hồ Chí Minh', 'Hà Nội')
    """
    return f"Thành phố {short}" if short == "Hồ Chí Minh" else short


def _province(paragraph: Paragraph, at: int, stop: int, short: str, day: date | None) -> Mention:
    place = find_province(short, day)
    mention = Mention(
        EntityType.PLACE, paragraph, at, stop, full_province(short), "place.province", area=short
    )
    if place is not None:
        for name, value in _system(place).items():
            setattr(mention, name, value)
        mention.id = f"place:{place.system}:{place.code}"
    return mention


def _local(
    paragraph: Paragraph,
    at: int,
    stop: int,
    level: str,
    name: str,
    province: str | None,
    day: date | None,
) -> Mention | None:
    place = find_local(name, level, day, province)
    if place is None and not name[:1].isupper() and not name.isdecimal():
        return None
    title = f"{level} {name}" if level else name
    mention = Mention(
        EntityType.PLACE, paragraph, at, stop, title[0].upper() + title[1:], "place.local",
        area=province,
        confidence=0.9 if place else 0.7,
    )  # fmt: skip
    if place is not None:
        for key, value in _system(place).items():
            setattr(mention, key, value)
        mention.id = f"place:{place.system}:{place.code}"
    return mention


def _park(paragraph: Paragraph, at: int, stop: int, owner: Mention | None) -> Mention | None:
    words, end = paragraph.words, stop
    while (
        end < len(words)
        and end - stop < 5  # noqa: PLR2004 - a short reach, in words
        and words[end][0].isalpha()
        and paragraph.is_capital(end)
    ):
        end += 1
    if end == stop or owner is not None:
        return None
    if end < len(words) and words[end].isdecimal() and len(words[end]) == 1:
        end += 1
    long = {
        "KCN": "Khu công nghiệp",
        "KCX": "Khu chế xuất",
        "KKT": "Khu kinh tế",
        "CCN": "Cụm công nghiệp",
    }
    head = phrase_words(paragraph, at, stop)
    head = long.get(head, head[0].upper() + head[1:])
    name = f"{head} {phrase_words(paragraph, stop, end)}"
    return Mention(EntityType.PLACE, paragraph, at, end, name, "place.park", confidence=0.8)


def _country(paragraph: Paragraph, at: int, owner: Mention | None) -> Mention | None:
    found = _countries().match(paragraph.words, at)
    if found is None or not paragraph.is_capital(at):
        return None
    stop, (name, code) = found
    if name == "Việt Nam" and owner is not None:
        return None
    if stop - at == 1 and paragraph.words[at] in _COUNTRY_LIKE_WORDS:
        before = paragraph.words[at - 1] if at else ""
        if before not in {
            "ở",
            "tại",
            "nước",
            "từ",
            "của",
            "và",
            "sang",
            "với",
            ",",
            "tới",
            "đến",
            "in",
            "from",
            "người",
        }:
            return None
        if stop < len(paragraph.words) and paragraph.is_capital(stop):
            return None
    if code == "US" and paragraph.text[paragraph.starts[at] : paragraph.ends[at]] == "us":
        return None
    return Mention(
        EntityType.PLACE, paragraph, at, stop, name, "place.country", id=f"country:{code}",
        code=code,
        code_system="ISO 3166-1",
    )  # fmt: skip
