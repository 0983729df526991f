"""Tells whose an organisation is and what became of it, also for bodies that are in no table.

In: an organisation's mention, the provinces that the article names, its day. Out: its lineage.
Known bodies follow the lexicon. A local union belongs to the federation of its province, where the
article leaves no doubt which that is; bodies of districts ended with the districts.
"""

import re
from datetime import date
from typing import Final

from enricher.domain.mentions import Mention
from services.lexicon.organisations import Lineage, find_lineage
from services.lexicon.places import REFORM_DAY, find_province

_LOCAL_UNION: Final = re.compile(
    r"Liên đoàn Lao động (?:quận|huyện|thị xã|thành phố) |"
    r"Công đoàn (?:phường|xã|đặc khu|ngành|các khu|các Khu|Khu|khu|Viên chức tỉnh) "
)
_OF_DISTRICT: Final = re.compile(
    r"(?:Liên đoàn Lao động|Ủy ban nhân dân|Hội đồng nhân dân|Ủy ban Mặt trận Tổ quốc Việt Nam|"
    r"Công an|Bảo hiểm xã hội) (?:quận|huyện|thị xã) |(?:Quận|Huyện|Thị) ủy "
)
_DISTRICTS_ENDED: Final = Lineage(changed_on=REFORM_DAY.isoformat(), has_ended=True)
"""On this day, at the latest: Law 72/2025/QH15 knows no districts any more."""


def trace_lineage(body: Mention, *, provinces: frozenset[str], day: date | None) -> Lineage:
    """Return the lineage of an organisation; what is not certain stays empty.

    `provinces` are the short names of all provinces that the article names.
    """
    if body.id is not None:
        return find_lineage(body.id, day)
    lineage = _DISTRICTS_ENDED if _OF_DISTRICT.match(body.name) else Lineage()
    is_certain = len(provinces) == 1 and body.area in {None, *provinces}
    if body.parent is None and is_certain and _LOCAL_UNION.match(body.name):
        province = find_province(next(iter(provinces)), day)
        if province is not None:
            parent = f"union:ldld:{province.system}:{province.code}"
            return Lineage((), (), lineage.changed_on, lineage.has_ended, parent)
    return lineage
