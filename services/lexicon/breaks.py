"""Where a series breaks: from a day on, the same name means another area.

In: the name of a place, of a body with an area in its name, or of an organisation with a fixed one.
Out: its break: the reform of 1 July 2025, when 63 provinces became 34 and the districts ended, and
what became of ministries, party commissions and unions that year.
Data: places.tsv, organisation_changes.tsv.
"""

import functools
from dataclasses import dataclass
from datetime import date
from typing import Literal

from services.lexicon.fold import fold, to_nfc
from services.lexicon.organisations import find_lineage, organisation_names
from services.lexicon.places import REFORM_DAY
from services.lexicon.tables import read_table


@dataclass(frozen=True, slots=True)
class SeriesBreak:
    """A day from which a name means more than before, or nothing any more.

    `others`: those that joined it ("grown"), or what it became part of ("ended"), perhaps nothing.
    """

    day: date
    kind: Literal["grown", "ended"]
    name: str
    others: tuple[str, ...]


@functools.cache
def _breaks() -> dict[str, SeriesBreak]:
    """Return the breaks by folded name, of provinces short and of districts whole."""
    rows = read_table("places.tsv")
    now = {row[2]: row[4] for row in rows if row[0] == "2025" and row[1] == "province"}
    before = [row for row in rows if row[0] == "2024" and row[1] == "province"]
    joined: dict[str, list[str]] = {}
    for _system, _level, _code, _name, short, _parent, became in before:
        joined.setdefault(now[became], []).append(short)
    breaks: dict[str, SeriesBreak] = {}
    for name, parts in joined.items():
        if len(parts) == 1:
            continue
        for short in parts:
            others = tuple(part for part in parts if part != short)
            if short == name:
                breaks[fold(short)] = SeriesBreak(REFORM_DAY, "grown", short, others)
            else:
                breaks[fold(short)] = SeriesBreak(REFORM_DAY, "ended", short, (name,))
        breaks.setdefault(fold(name), SeriesBreak(REFORM_DAY, "grown", name, tuple(parts)))
    for system, level, _code, name, _short, _parent, became in rows:
        if (system, level) == ("2024", "district"):
            breaks.setdefault(fold(name), SeriesBreak(REFORM_DAY, "ended", name, (now[became],)))
    return breaks


@functools.cache
def _organisation_breaks() -> dict[str, SeriesBreak]:
    """Return the breaks of organisations with one fixed name, where the day is known."""
    breaks: dict[str, SeriesBreak] = {}
    for identity, name in organisation_names().items():
        lineage = find_lineage(identity, None)
        if lineage.changed_on is None:
            continue
        day = date.fromisoformat(lineage.changed_on)
        others = lineage.successors if lineage.has_ended else lineage.predecessors
        kind: Literal["grown", "ended"] = "ended" if lineage.has_ended else "grown"
        breaks[fold(name)] = SeriesBreak(day, kind, name, others)
    return breaks


def find_break(name: str | None) -> SeriesBreak | None:
    """Return the break of a province or district, or of a body whose name ends with one.

    Example:
        >>> find_break("Bình Dương").others
        ('Hồ Chí Minh',)
        >>> find_break("Liên đoàn Lao động thành phố Hải Phòng").kind
        'grown'
        >>> find_break("Hà Nội") is None
        True
    """
    if not name:
        return None
    if found := _organisation_breaks().get(fold(to_nfc(name)).strip()):
        return found
    words = fold(to_nfc(name)).split()
    ends = (" ".join(words[start:]) for start in range(len(words)))
    return next((known for end in ends if (known := _breaks().get(end))), None)
