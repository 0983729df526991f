"""Finds legal documents: decrees, resolutions, circulars and laws.

In: a paragraph. Out: mentions with kind, number and, when it stands there, the date.
"""

import re
from typing import Final

from enricher.domain.mentions import Mention
from enricher.domain.text import Paragraph
from services.contracts.entities import EntityType

_KINDS: Final = (
    "Nghị định|Nghị quyết|Thông tư liên tịch|Thông tư|Quyết định|Chỉ thị|Kế hoạch|Công văn|Hướng "
    "dẫn|"
    "Kết luận|Thông báo|Công điện|Tờ trình|Chương trình|Quy định|Quy chế|Báo cáo|Đề án|Văn bản|"
    "Bộ luật|Luật|Pháp lệnh|Công ước|Thông tri|Điều lệ|Nghị Quyết|Nghị Định"
)
_NUMBER: Final = (
    r"\d{1,5}[a-zA-Z]?(?:/\d{4})?\s?[-/]\s?[A-ZĐ]{2,}[\d]{0,2}(?:\s?[-/.&]\s?[A-ZĐ]+\d*)*"
    r"|\d{1,4}/\d{4}/[A-ZĐ]{2}\d{0,2}(?:-[A-ZĐ]+)?"
)
_NUMBERED: Final = re.compile(
    rf"(?:(?P<kind>{_KINDS})\s+(?:liên tịch\s+)?(?:số\s*:?\s*)?)?(?P<number>{_NUMBER})(?![\w])"
    r"(?:,?\s+(?:ban hành )?ngày\s+(?P<day>\d{1,2})[/-](?P<month>\d{1,2})[/-](?P<year>\d{4}))?",
    re.IGNORECASE,
)
_NUMBER_CORE: Final = re.compile(r"\d[a-zA-Z]?\s?[-/]\s?[A-ZĐa-zđ]{2}")
"""What every number of a document holds; most paragraphs hold none."""

_SHORT: Final = re.compile(
    r"(?<!\w)(?P<kind>Nghị định|Nghị quyết|Thông tư|Quyết định|Chỉ thị|Công ước|"
    r"Kết luận)\s+(?:số\s+)?"
    r"(?P<number>\d{1,4})(?:\s+của\s+(?P<issuer>Chính phủ|Bộ Chính trị|Ban Bí thư|ILO|"
    r"Quốc hội))?(?![\w/.,-]\w|\w)"
)
_NOT_CURRENCY: Final = re.compile(r"VN[DĐ]|USD|CNLĐ|NLĐ|CNVC")
_LAWS: Final = (
    "Người lao động Việt Nam đi làm việc ở nước ngoài theo hợp đồng|An toàn, vệ sinh lao động|"
    "An toàn vệ sinh lao động|Phòng, chống tham nhũng|Thi đua, khen thưởng|Thi đua khen thưởng|"
    "Thực hiện dân chủ ở cơ sở|Ban hành văn bản quy phạm pháp luật|Tổ chức chính quyền địa phương|"
    "Mặt trận Tổ quốc Việt Nam|Cán bộ, công chức|Giáo dục nghề nghiệp|Xử lý vi phạm hành chính|"
    "Ngân sách nhà nước|Hợp tác xã|Bình đẳng giới|Công đoàn|Bảo hiểm xã hội|Bảo hiểm y tế|"
    "Việc làm|Nhà ở|Đất đai|Doanh nghiệp|Đầu tư công|Đầu tư|Thanh niên|Thủ đô|Khiếu nại|Tố cáo|"
    "Viên chức|Trẻ em|Nhà giáo|Dân sự|Hình sự|Tố tụng dân sự|Tố tụng hình sự|Lao động|Phá sản|"
    "Giáo dục|Khám bệnh, chữa bệnh|Dữ liệu|Thuế thu nhập cá nhân|Hóa chất|Điện lực|Xây dựng|"
    "Phòng cháy, chữa cháy|Phòng cháy và chữa cháy|Trật tự, an toàn giao thông đường bộ"
)
_LAW: Final = re.compile(
    rf"(?<!\w)(?P<kind>Bộ luật|Bộ Luật|Luật|Pháp lệnh)\s+(?P<name>{_LAWS})"
    r"(?:\s+\(sửa đổi(?:, bổ sung)?\))?(?:,?\s+(?:năm\s+)?(?P<year>(?:19|20)\d\d))?(?!\w)"
)
_ENGLISH: Final = re.compile(
    r"(?<!\w)(?P<name>(?:(?:Decree|Resolution|Circular|Decision|Directive|Convention)\s+(?:No\.?\s*)?"
    r"(?:C)?\d+(?:[/-][\w-]+)*)|(?:the\s)?(?:[A-Z][\w-]+\s(?:and\s|of\s|on\s)?){1,5}"
    r"(?:Act|Law|Code|Convention|Bill)(?:\s(?:of\s)?\d{4})?(?![\w]))"
)


def read_documents(paragraph: Paragraph) -> list[Mention]:
    """Return the legal documents of a paragraph in order, without overlaps."""
    found: list[Mention] = []
    taken = bytearray(len(paragraph.text))
    vocabulary = paragraph.vocabulary
    has_number = "<digit>" in vocabulary and not vocabulary.isdisjoint({"/", "-"})
    has_number = has_number and _NUMBER_CORE.search(paragraph.text) is not None
    for match in _NUMBERED.finditer(paragraph.text) if has_number else ():
        number = re.sub(r"\s", "", match["number"])
        if _NOT_CURRENCY.search(number) or not re.search(r"[A-ZĐ]{2}", match["number"]):
            continue
        kind = match["kind"].capitalize() if match["kind"] else _kind_of_number(number)
        name = f"{kind} {number}" if kind else number
        day = None
        if match["year"]:
            day = f"{match['year']}-{int(match['month']):02d}-{int(match['day']):02d}"
        _add(found, taken, paragraph, match.span(), name, "document.number", kind, number, day)
    if paragraph.language == "en":
        for match in _ENGLISH.finditer(paragraph.text):
            _add(found, taken, paragraph, match.span(), match["name"].removeprefix("the "),
                 "document.english", None, None, None)  # fmt: skip
        return sorted(found, key=lambda mention: mention.first)
    has_law = not vocabulary.isdisjoint({"luật", "lệnh"})
    for match in _LAW.finditer(paragraph.text) if has_law else ():
        name = f"{match['kind'].capitalize()} {match['name']}"
        _add(found, taken, paragraph, match.span(), name, "document.law",
        match["kind"].capitalize(),
             None, match["year"])  # fmt: skip
    for match in _SHORT.finditer(paragraph.text):
        name = f"{match['kind']} {match['number']}"
        end = match.end("number")
        _add(found, taken, paragraph, (match.start(), end), name, "document.short", match["kind"],
             match["number"], None)  # fmt: skip
    return sorted(found, key=lambda mention: mention.first)


def _kind_of_number(number: str) -> str | None:
    for mark, kind in (
        ("NĐ-", "Nghị định"), ("NQ", "Nghị quyết"), ("QĐ", "Quyết định"), ("CT", "Chỉ thị"),
        ("TT-", "Thông tư"), ("KH", "Kế hoạch"), ("HD", "Hướng dẫn"), ("KL", "Kết luận"),
        ("QH1", "Luật"), ("CV", "Công văn"), ("TB", "Thông báo"), ("CTr", "Chương trình"),
    ):  # fmt: skip
        if mark in number:
            return kind
    return None


def _add(  # noqa: PLR0917 - a case of the grammar each
    found: list[Mention],
    taken: bytearray,
    paragraph: Paragraph,
    span: tuple[int, int],
    name: str,
    rule: str,
    kind: str | None,
    number: str | None,
    day: str | None,
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
        )
    )
