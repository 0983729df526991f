"""Reads figures of Korean paragraphs: "1억 2천만 동", "조합원 69,829명", "수천 명".

In: a paragraph. Out: drafts like those of figures.py. Korean scales group by ten thousands, the
counter follows the number, and particles stick to it, so this reads characters, not tokens.
"""

import re
from decimal import Decimal
from typing import Final

from enricher.domain.figures import Draft
from enricher.domain.numerals import parse_digits
from enricher.domain.text import Paragraph
from services.contracts.figures import Comparator, FigureKind

_SMALL: Final = {"천": Decimal(1_000), "백": Decimal(100), "십": Decimal(10)}
_LARGE: Final = {"조": Decimal(10**12), "억": Decimal(10**8), "만": Decimal(10**4)}
_NATIVE: Final = {
    "한": 1, "두": 2, "세": 3, "네": 4, "다섯": 5, "여섯": 6, "일곱": 7, "여덟": 8, "아홉": 9,
    "열": 10,
}  # fmt: skip
_COUNTERS: Final = (
    "명|사람|개사|개소|개|건|곳|세트|가구|세대|회|차례|번|장|채|대|권|인|"
    "여명|만명|종|그루|끼|팀|쌍|단체|실|점|벌|켤레|부|편|가지|학급|지회|분회"
)
_UNITS: Final = {
    "동": ("money", "VND"), "원": ("money", "KRW"), "달러": ("money", "USD"), "유로": ("money",
    "EUR"),
    "엔": ("money", "JPY"), "위안": ("money", "CNY"), "베트남동": ("money", "VND"),
    "%": ("percent", "percent"), "퍼센트": ("percent", "percent"), "%포인트": ("percent",
    "percentage_point"),
    "세": ("age", "tuổi"), "시간": ("duration", "hour"), "일간": ("duration", "day"),
    "개월": ("duration", "month"), "년간": ("duration", "year"), "주간": ("duration", "week"),
    "분": ("duration", "minute"), "헥타르": ("area", "ha"), "㎡": ("area", "m2"),
    "제곱미터": ("area",
    "m2"),
    "톤": ("weight", "t"), "㎞": ("length", "km"), "배": ("multiple", "times"),
}  # fmt: skip
_PART: Final = r"\d[\d,]*(?:\.\d+)?\s?[천백십]?\s?[조억만]?"
_FIGURE: Final = re.compile(
    rf"(?P<before>약|최소|최대|거의|총)?\s?(?P<number>{_PART}(?:\s?{_PART})*|(?:수(?:십|백|천)만?|수만|수억)|"
    rf"(?:열|아홉|여덟|일곱|여섯|다섯|네|세|두|한)(?=\s?(?:명|개|건|곳|가구)))"
    rf"(?P<odd>여)?\s?(?P<unit>"
    rf"{'|'.join(sorted((*_UNITS, *_COUNTERS.split('|')), key=len, reverse=True))})"
    r"(?!당)(?P<after>\s?(?:이상|이하|미만|초과))?"  # "1인당" is "per person"
)
_NOUN_AFTER: Final = re.compile(
    r"의\s+(?P<noun>[\uac00-\ud7a3]+(?:(?<![을를이가은는에로])\s[\uac00-\ud7a3]+)?)"
)
_NOUN_BEFORE: Final = re.compile(r"(?P<noun>[\uac00-\ud7a3]{2,})(?:은|는|이|가|을|를)?\s*$")
_NO_NOUN_ENDINGS: Final = (
    "로",
    "보다",
    "대비",
    "까지",
    "부터",
    "에는",
    "에도",
    "에서",
    "에",
    "고",
    "며",
    "서",
    "도",
    "만",
    "다",
    "해",
    "총",
    "약",
)
_PARTICLES: Final = re.compile(r"(?:에게|에서|으로|까지|부터|[은는이가을를의에도와과로])$")
_OWNER_BEFORE: Final = re.compile(r"(?P<noun>[\uac00-\ud7a3]{2,})(?:은|는|이|가|을|를|의)?\s*$")
_NOUN_NEXT: Final = re.compile(r"\s(?P<noun>[\uac00-\ud7a3]{2,})")
_BEFORE_NOUNS: Final = frozenset({"개", "가지", "종"})
"""Counters that stand before their noun: "70개 기업"."""

_ADVERBS: Final = re.compile(
    r"(?:(?:약|총|평균|월평균|연평균|월|연|1인당|각각|최대|최소|모두|무려|전체|이 중|그중)\s*)+$"
)
_TOPIC: Final = re.compile(r"([\uac00-\ud7a3]{1,}(?<!에))(?:은|는|이|가|을|를)(?=\s)")
_TIMES: Final = frozenset({"지난해", "올해", "작년", "내년", "이번", "지난달", "현재"})
_RISES: Final = re.compile(r"^\s?(?:가량 |정도 |이상 )?(?:올랐|오른|인상|증가|늘|상승|추가)")
_FALLS: Final = re.compile(r"^\s?(?:가량 |정도 |이상 )?(?:줄|감소|인하|하락|내렸|떨어)")
_REACH: Final = 24
_TOPIC_REACH: Final = 60
_VERB_REACH: Final = 12
_COMPARATORS: Final = {
    "약": Comparator.APPROX, "최소": Comparator.GTE, "최대": Comparator.LTE,
    "거의": Comparator.APPROX_BELOW, "이상": Comparator.GTE, "이하": Comparator.LTE,
    "미만": Comparator.LT, "초과": Comparator.GT,
}  # fmt: skip


def _value(number: str) -> Decimal | None:
    """Return the value of "1억 2천만" or "69,829"."""
    total = Decimal(0)
    for digits, small, large in re.findall(
        r"(\d[\d,]*(?:\.\d+)?)\s?([천백십]?)\s?([조억만]?)", number
    ):
        parsed = parse_digits(digits.rstrip(","), decimal_mark=".")
        if parsed is None:
            return None
        total += parsed[0] * _SMALL.get(small, Decimal(1)) * _LARGE.get(large, Decimal(1))
    return total


def _magnitude(number: str) -> Decimal:
    magnitude = Decimal(1)
    for letter in number[1:]:
        magnitude *= _SMALL.get(letter) or _LARGE.get(letter) or Decimal(1)
    return magnitude


def find_korean_drafts(paragraph: Paragraph, blocked: bytearray) -> list[Draft]:
    """Return the figures of a Korean paragraph in order."""
    drafts = []
    for match in _FIGURE.finditer(paragraph.text):
        number = match["number"].strip()
        if any(blocked[match.start("number") : match.end("number")]):
            continue
        unit = match["unit"]
        kind, code = _UNITS.get(unit, ("count", None))
        is_vague = number.startswith("수")
        value = (
            None
            if is_vague
            else (Decimal(_NATIVE[number]) if number in _NATIVE else _value(number))
        )
        if value is None and not is_vague:
            continue
        start = (
            match.start("before")
            if match["before"] and match["before"] != "총"
            else match.start("number")
        )
        first = paragraph.token_at(start)
        stop = paragraph.token_at(match.end() - 1) + 1
        draft = _Span(
            paragraph, first, stop, first, stop, FigureKind(kind), f"korean.{kind}", value,
        )  # fmt: skip
        draft.exact = (start, match.end())
        draft.magnitude = _magnitude(number) if is_vague else None
        draft.unit = code
        draft.comparator = _comparator(match, is_vague=is_vague)
        draft.counted = _counted(paragraph.text, match, is_count=kind == "count")
        _read_change(paragraph.text, draft)
        drafts.append(draft)
    return list(_join_changes(paragraph.text, drafts))


class _Span(Draft):
    """A draft whose surface ends inside a token, before a particle."""

    __slots__ = ("exact",)
    exact: tuple[int, int]

    @property
    def start(self) -> int:
        """The offset of the surface in the paragraph."""
        return self.exact[0]

    @property
    def end(self) -> int:
        """The offset behind the surface in the paragraph."""
        return self.exact[1]


def _comparator(match: re.Match[str], *, is_vague: bool) -> Comparator:
    if is_vague:
        return Comparator.VAGUE
    for name in ("after", "before"):
        word = (match[name] or "").strip()
        if word in _COMPARATORS:
            return _COMPARATORS[word]
    return Comparator.GT if match["odd"] else Comparator.EQ


def _counted(text: str, match: re.Match[str], *, is_count: bool) -> str | None:
    """Return the noun that is counted or measured: behind "의" or "개", before, else the topic."""
    if after := _NOUN_AFTER.match(text, match.end()):
        return _PARTICLES.sub("", after["noun"])
    if match["unit"] in _BEFORE_NOUNS and (after := _NOUN_NEXT.match(text, match.end())):
        return _PARTICLES.sub("", after["noun"])
    before = _ADVERBS.sub("", text[max(0, match.start() - _REACH) : match.start()])
    if found := (_NOUN_BEFORE if is_count else _OWNER_BEFORE).search(before):
        noun = found["noun"]
        if noun.endswith(_NO_NOUN_ENDINGS) or noun in _TIMES:
            return None if is_count else _topic(text, match.start())
        return _PARTICLES.sub("", noun) if len(noun) > 2 else noun  # noqa: PLR2004
    return None if is_count else _topic(text, match.start())


def _topic(text: str, at: int) -> str | None:
    """Return the last topic or subject of the sentence before `at`: "소득은", "매출이"."""
    start = max(text.rfind(". ", 0, at), at - _TOPIC_REACH, 0)
    topics = _TOPIC.findall(text[start:at])
    return topics[-1] if topics else None


def _read_change(text: str, draft: "_Span") -> None:
    """Mark a share that rises or falls: "7% 올랐다", "5건 줄었다"."""
    behind = text[draft.end : draft.end + _VERB_REACH]
    for pattern, direction in ((_RISES, "up"), (_FALLS, "down")):
        if pattern.search(behind):
            draft.direction = "up" if direction == "up" else "down"
            draft.is_difference = True
            if draft.kind is FigureKind.PERCENT:
                draft.kind, draft.rule = FigureKind.CHANGE, "korean.change"
            return


def _join_changes(text: str, drafts: list["_Span"]) -> list["_Span"]:
    """Join "2만 5천 동에서 3만 동으로" into one figure with the old and the new value."""
    joined: list[_Span] = []
    for draft in drafts:
        before = joined[-1] if joined else None
        gap = text[before.end : draft.start] if before else ""
        if before is not None and gap.strip() == "에서" and before.unit == draft.unit:
            draft.from_value, draft.counted = before.value, before.counted
            draft.kind, draft.rule, draft.is_difference = FigureKind.CHANGE, "korean.from_to", False
            if before.value is not None and draft.value is not None:
                draft.direction = "up" if draft.value > before.value else "down"
            draft.first, draft.exact = before.first, (before.start, draft.end)
            joined[-1] = draft
        else:
            joined.append(draft)
    return joined
