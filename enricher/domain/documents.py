"""Finds legal documents: decrees, resolutions, circulars and laws.

In: a paragraph. Out: mentions with kind, number, issuer and, when it stands there, the date.
"""

import functools
import re
from bisect import bisect_left
from dataclasses import dataclass
from typing import Final

from enricher.domain.mentions import Mention
from enricher.domain.text import Paragraph
from services.contracts.entities import EntityType
from services.lexicon.fold import fold
from services.lexicon.organisations import organisation_names
from services.lexicon.tables import read_table

_KINDS: Final = (
    "Nghị định|Nghị quyết liên tịch|Nghị quyết|Thông tư liên tịch|Thông tư|Quyết định|Chỉ thị|"
    "Kế hoạch|Công văn|Hướng dẫn|Kết luận|Thông báo|Công điện|Tờ trình|Chương trình|Quy định|"
    "Quy chế|Báo cáo|Đề án|Văn bản hợp nhất|Văn bản|Bộ luật|Luật|Pháp lệnh|Công ước|Thông tri|"
    "Điều lệ"
)
_PART: Final = r"[A-ZĐ][A-ZĐa-zđ]*\d{0,2}"
_SPACED_PART: Final = r"[A-ZĐ]{2,}\d{0,2}(?![a-zà-ỹđ])"
_NUMBER: Final = (
    rf"\d{{1,5}}[a-zA-Z]?(?:\s?/\s?(?:19|20)\d\d)?"
    rf"(?:[-–/]{_PART}|\s[-–/]\s?{_SPACED_PART}|[-–/]\s{_SPACED_PART})"
    rf"(?:[-–/&.]{_PART}|\s[-–/]\s?{_SPACED_PART}|[-–/]\s{_SPACED_PART})*"
)
_DATE: Final = (
    r"(?:,?\s+(?:được\s+)?(?:ban hành\s+)?ngày\s+(?P<day>\d{1,2})"
    r"(?:\s?[/.-]\s?|\s+tháng\s+)(?P<month>\d{1,2})(?:\s?[/.-]\s?|\s+năm\s+)(?P<year>\d{4}))?"
)
_NUMBERED: Final = re.compile(
    rf"(?:(?P<kind>(?i:{_KINDS}))\s+(?:[Ss]ố\s*:?\s*)?"
    r"|(?:Decree|Resolution|Circular|Decision|Directive|Law)\s+(?:No\.?\s*)?)?"
    rf"(?P<number>{_NUMBER})(?!\w){_DATE}"
)
_NUMBER_CORE: Final = re.compile(r"\d[a-zA-Z]?\s?[-–/]\s?[A-ZĐ]")
"""What every number of a document holds; most paragraphs hold none."""

_NUMBER_YEAR: Final = re.compile(r"/((?:19|20)\d\d)/")
_CODE: Final = re.compile(r"[A-ZĐa-zđ]+")
_OF: Final = re.compile(
    r"(?:,?\s+(?:được\s+)?(?:ban hành\s+)?ngày\s+[\d/. -]{8,10}(?:tháng\s+\d+\s+năm\s+\d+)?)?"
    r"[,\s]+(?:của|do|of|by)(?:\s+the)?\s+"
)
_LAST_CONVENTION: Final = 200
"""The ILO has adopted 192 conventions by 2025; a higher number is another body's."""

_SHORT: Final = re.compile(
    r"(?<!\w)(?P<kind>Nghị định|Nghị quyết|Thông tư|Quyết định|Chỉ thị|Công ước|"
    r"Kết luận)\s+(?:số\s+)?"
    r"(?P<number>\d{1,4})(?![\w/.,-]\w|\w)"
)
_NOT_CURRENCY: Final = re.compile(r"VN[DĐ]|USD|CNLĐ|NLĐ|CNVC")
_ENGLISH: Final = re.compile(
    r"(?<!\w)(?P<name>(?:(?:Decree|Resolution|Circular|Decision|Directive|Convention)\s+(?:No\.?\s*)?"
    r"(?:C)?\d+(?:[/-][\w-]+)*)|(?:the\s)?(?:[A-Z][\w-]+\s(?:and\s|of\s|on\s)?){1,5}"
    r"(?:Act|Law|Code|Convention|Bill)(?!\s+(?:No|C?\d{1,3}\b))(?:\s(?:of\s)?\d{4})?(?![\w]))"
)


def read_documents(paragraph: Paragraph) -> list[Mention]:
    """Return the legal documents of a paragraph in order, without overlaps."""
    found: list[Mention] = []
    taken = bytearray(len(paragraph.text))
    vocabulary = paragraph.vocabulary
    has_number = "<digit>" in vocabulary and not vocabulary.isdisjoint({"/", "-"})
    has_number = has_number and _NUMBER_CORE.search(paragraph.text) is not None
    for match in _NUMBERED.finditer(paragraph.text) if has_number else ():
        number = re.sub(r"\s", "", match["number"]).replace("–", "-")
        if _NOT_CURRENCY.search(number):
            continue
        number = _spell_number(number) if paragraph.language == "en" else number
        told_kind, issuer = _read_codes(number)
        is_whole = _read_year(number) or len(_CODE.findall(number)) > 1
        if not match["kind"] and not (is_whole and (told_kind or issuer)):
            continue  # "ca 2/VN", "tổ 4/BC": what no office puts on its papers
        word = match["kind"] or ""
        # "theo quy định 1617/QĐ-TLĐ": in small letters a word of the sentence; "Quy định" is a kind
        kind = told_kind if told_kind and not word[:1].isupper() else word.capitalize() or None
        law = _laws_by_number().get(number)
        kind = law.kind if law else kind
        name = f"{kind} {law.name if law else number}" if kind else number
        _add(found, taken, paragraph, match.span(), name, "document.number", kind=kind,
             number=number, day=_read_day(match) or _read_year(number), issuer=issuer)  # fmt: skip
    if paragraph.language == "en":
        for match in _ENGLISH.finditer(paragraph.text):
            name = match["name"].removeprefix("the ")
            number = name.rpartition(" ")[2] if name.startswith("Convention") else ""
            _add(found, taken, paragraph, match.span(), name, "document.english",
                 kind="Công ước" if number.isdecimal() else None,
                 number=number if number.isdecimal() else None,
                 issuer=_find_convention_issuer(number))  # fmt: skip
        return sorted(found, key=lambda mention: mention.first)
    has_law = not vocabulary.isdisjoint({"luật", "lệnh"})
    for match in _law_pattern().finditer(paragraph.text) if has_law else ():
        law = _laws()[fold(match["name"])]
        law_kind = match["kind"].capitalize()
        version = law.find_version(match["year"]) if law_kind == law.kind else None
        issuer = _name_issuer("state:nasc" if law_kind == "Pháp lệnh" else "state:na")
        _add(found, taken, paragraph, match.span(), f"{law_kind} {law.name}", "document.law",
             kind=law_kind, number=version, day=match["year"], issuer=issuer)  # fmt: skip
    for match in _SHORT.finditer(paragraph.text):
        name = f"{match['kind']} {match['number']}"
        end = match.end("number")
        is_convention = match["kind"] == "Công ước"
        _add(found, taken, paragraph, (match.start(), end), name, "document.short",
             kind=match["kind"], number=match["number"],
             issuer=_find_convention_issuer(match["number"]) if is_convention else None,
             )  # fmt: skip
    return sorted(found, key=lambda mention: mention.first)


@dataclass(frozen=True, slots=True)
class Law:
    """A law and the numbers of its versions, the newest first."""

    kind: str
    name: str
    numbers: tuple[str, ...]

    def find_version(self, year: str | None) -> str | None:
        """Return the number of the version of a year; None without a year."""
        return next((n for n in self.numbers if year and f"/{year}/" in n), None)


@functools.cache
def _laws() -> dict[str, Law]:
    """Return the laws by every name, folded."""
    table = {}
    for kind, name, numbers, aliases in read_table("laws.tsv"):
        law = Law(kind, name, tuple(n.strip() for n in numbers.split(";") if n.strip()))
        for alias in (name, *aliases.split(";")):
            if alias.strip():
                table[fold(alias.strip())] = law
    return table


@functools.cache
def _laws_by_number() -> dict[str, Law]:
    return {number: law for law in _laws().values() for number in law.numbers}


@functools.cache
def _law_pattern() -> re.Pattern[str]:
    rows = read_table("laws.tsv")
    names = {alias.strip() for row in rows for alias in (row[1], *row[3].split(";"))} - {""}
    longest_first = "|".join(map(re.escape, sorted(names, key=lambda name: (-len(name), name))))
    return re.compile(
        rf"(?<!\w)(?P<kind>Bộ luật|Bộ Luật|Luật|Pháp lệnh)\s+(?P<name>{longest_first})"
        r"(?:\s+\(sửa đổi(?:, bổ sung)?\))?(?:,?\s+(?:năm\s+)?(?P<year>(?:19|20)\d\d))?(?!\w)"
    )


def name_issuers(documents: list[Mention], bodies: list[Mention]) -> None:
    """Let the body named behind a document ("của Bộ Chính trị") be its issuer."""
    in_order = sorted(bodies, key=lambda body: body.start)
    starts = [body.start for body in in_order]
    for document in documents:
        after = bisect_left(starts, document.end)
        if after < len(starts) and _OF.fullmatch(
            document.paragraph.low, document.end, starts[after]
        ):
            document.issuer = in_order[after].name


def _read_day(match: re.Match[str]) -> str | None:
    if not match["year"]:
        return None
    day, month = int(match["day"]), int(match["month"])
    if not 1 <= day <= 31 or not 1 <= month <= 12:  # noqa: PLR2004 - the calendar
        return match["year"]
    return f"{match['year']}-{month:02d}-{day:02d}"


def _read_year(number: str) -> str | None:
    match = _NUMBER_YEAR.search(number)
    return match[1] if match else None


@functools.cache
def _codes(role: str) -> dict[str, str]:
    rows = read_table("document_codes.tsv")
    return {code: meaning for code, what, meaning in rows if what == role}


def _read_codes(number: str) -> tuple[str | None, str | None]:
    """Return the kind and the issuer that the letters of a number tell.

    Example:
        >>> _read_codes("158/2025/NĐ-CP")
        ('Nghị định', 'Chính phủ')
        >>> _read_codes("18-QĐ/LĐLĐ")
        ('Quyết định', None)
    """
    parts = [part.upper() for part in _CODE.findall(number)]
    kind = next((_codes("kind")[part] for part in parts if part in _codes("kind")), None)
    issuer = next((_codes("issuer")[part] for part in parts if part in _codes("issuer")), None)
    return kind, _name_issuer(issuer)


def _name_issuer(identity: str | None) -> str | None:
    return organisation_names().get(identity, identity) if identity else None


def _find_convention_issuer(number: str) -> str | None:
    is_labour = number.isdecimal() and int(number) <= _LAST_CONVENTION
    return _name_issuer("other:ilo") if is_labour else None


def _spell_number(number: str) -> str:
    """Return a number that was written without diacritics as its issuer writes it.

    Example:
        >>> _spell_number("158/2025/ND-CP")
        '158/2025/NĐ-CP'
    """
    return _CODE.sub(lambda match: _plain_codes().get(match.group(), match.group()), number)


@functools.cache
def _plain_codes() -> dict[str, str]:
    codes = (code for role in ("kind", "issuer") for code in _codes(role))
    return {code.replace("Đ", "D"): code for code in codes if "Đ" in code}


def _add(
    found: list[Mention],
    taken: bytearray,
    paragraph: Paragraph,
    span: tuple[int, int],
    name: str,
    rule: str,
    *,
    kind: str | None = None,
    number: str | None = None,
    day: str | None = None,
    issuer: str | None = None,
) -> None:
    start, end = span
    if any(taken[start:end]):
        return
    taken[start:end] = b"\x01" * (end - start)
    first = paragraph.token_at(start)
    stop = paragraph.token_at(end - 1) + 1
    if stop > len(paragraph.words):
        return
    found.append(
        Mention(
            EntityType.DOCUMENT,
            paragraph,
            first,
            stop,
            name,
            rule,
            number=number,
            document_kind=kind,
            date=day,
            issuer=issuer,
        )
    )
