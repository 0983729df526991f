"""What became of organisations: who came before, who came after, and whose they are since when.

In: an organisation's id and a day. Out: its lineage. Data: organisations.tsv,
organisation_changes.tsv, bodies.tsv, and places.tsv for the bodies of provinces.
"""

import functools
from dataclasses import dataclass
from datetime import date
from typing import Final

from services.lexicon.fold import fold
from services.lexicon.places import REFORM_DAY, Place, province_by_code, provinces_that_became
from services.lexicon.tables import read_table

_NOBODY: Final = "-"
_OF_PROVINCE: Final = {"tinhuy": "Tỉnh ủy", "thanhuy": "Thành ủy"}
"""Party committees are called after the kind of their province; their names leave it out."""


@dataclass(frozen=True, slots=True)
class Lineage:
    """Names of those before and after, and the day of the change (ISO) where it is known.

    `has_ended` tells that the organisation is no more, also where nobody succeeded it. `parent`
    is an id, set where another parent than the table's holds on the day asked for.
    """

    predecessors: tuple[str, ...] = ()
    successors: tuple[str, ...] = ()
    changed_on: str | None = None
    has_ended: bool = False
    parent: str | None = None


@functools.cache
def organisation_names() -> dict[str, str]:
    """Return the names of the organisations with one fixed name, by id.

    Example:
        >>> organisation_names()["state:moha"]
        'Bộ Nội vụ'
    """
    return {row[0]: row[1] for row in read_table("organisations.tsv")}


@functools.cache
def _names_by_alias() -> dict[str, str]:
    return {
        fold(alias.strip()): row[1]
        for row in read_table("organisations.tsv")
        for alias in (row[1], *row[4].split(";"))
        if alias.strip()
    }


def find_organisation(alias: str) -> str | None:
    """Return the name of the organisation that is also called `alias`, in any case.

    Example:
        >>> find_organisation("Vietnam Trade Union")
        'Công đoàn Việt Nam'
    """
    return _names_by_alias().get(fold(alias))


@functools.lru_cache(maxsize=4096)
def find_lineage(identity: str, day: date | None) -> Lineage:
    """Return what is known of an organisation's past and future; nothing known gives an empty one.

    Example:
        >>> find_lineage("state:molisa", None).successors
        ('Bộ Nội vụ',)
        >>> lineage = find_lineage("union:ldld:2024:74", date(2025, 1, 1))
        >>> lineage.successors, lineage.changed_on
        (('Liên đoàn Lao động thành phố Hồ Chí Minh',), '2025-07-01')
    """
    parts = identity.split(":")
    if len(parts) == 4:  # noqa: PLR2004 - kind, body, system, code
        return _find_lineage_of_province(parts[1], parts[2], parts[3])
    return _find_lineage_of_fixed(identity, day)


def _find_lineage_of_fixed(identity: str, day: date | None) -> Lineage:
    names = organisation_names()
    before: list[str] = []
    after: list[str] = []
    changed_on: str | None = None
    parent: str | None = None
    has_ended = False
    for subject, relation, other, since, _ in read_table("organisation_changes.tsv"):
        if relation == "parent" and subject == identity:
            is_so_by_now = day is not None and (not since or day >= date.fromisoformat(since))
            parent = other if is_so_by_now else parent
        elif relation == "successor" and subject == identity:
            has_ended = True
            after += [] if other == _NOBODY else [names[other]]
            changed_on = since or None
        elif relation == "successor" and other == identity:
            before.append(names[subject])
            changed_on = changed_on or since or None
    return Lineage(tuple(before), tuple(after), changed_on, has_ended, parent)


def _find_lineage_of_province(prefix: str, system: str, code: str) -> Lineage:
    """Return the lineage of a body of a province: it went the way of the province."""
    if system == "2024":
        old = province_by_code("2024", code)
        new = province_by_code("2025", old.became) if old else None
        if old is None or new is None or len(provinces_that_became(new.code)) < 2:  # noqa: PLR2004
            return Lineage()
        after = _name_body(prefix, new)
        has_ended = after != _name_body(prefix, old)
        return Lineage((), (after,), REFORM_DAY.isoformat(), has_ended=has_ended)
    old_ones = provinces_that_became(code)
    if len(old_ones) < 2:  # noqa: PLR2004 - it was one province before
        return Lineage()
    return Lineage(tuple(_name_body(prefix, old) for old in old_ones), (), REFORM_DAY.isoformat())


def _name_body(prefix: str, place: Place) -> str:
    if prefix in _OF_PROVINCE:
        base = _OF_PROVINCE["thanhuy" if place.kind == "thành phố" else "tinhuy"]
        return f"{base} {place.short}"
    names = {row[4]: row[0] for row in read_table("bodies.tsv") if row[4]}
    return f"{names[prefix]} {place.kind} {place.short}"
