"""Marks the numbers that claim nothing: phones, laws, plates, labels, ranks, addresses, list marks.

In: a paragraph and its time expressions. Out: a mask of blocked characters.
"""

import re
from typing import Final

from enricher.domain.text import Paragraph
from enricher.domain.times import TimeSpan
from enricher.domain.vocabulary import folded_set, phrase_table

_OPENING: Final = re.compile(
    r"(?:\(\?<!\\w\))?\(\?:((?:\w|[ |.\\])+)\)(?:\(\?: liên tịch\)\?)?(?:\\s|\(\?: | )"
)


def _openers(pattern: str) -> frozenset[str]:
    """Return the words one of which a text must hold for the pattern; none when it opens freely."""
    if pattern.startswith("https?"):
        return frozenset({"http", "https", "www", "@"})
    if pattern.startswith("covid"):
        return frozenset({"-"})
    opening = _OPENING.match(pattern)
    if opening is None:
        return frozenset()
    return frozenset(re.findall(r"\w+", phrase)[0] for phrase in opening[1].split("|"))


_PATTERNS: Final = tuple(
    (re.compile(pattern), _openers(pattern))
    for pattern in (
        r"https?://\S+|www\.\S+|\S+@\S+\.\w+",
        # laws and letters: 145/2020/NĐ-CP, 02-NQ/TW, 50/2024/QH15, 1234/QĐ-TLĐ, C98
        r"(?<![\w])\d{1,5}/\d{4}/[a-zđ]\w*(?:-\w+)*",
        # phones: +84 24 3942 1234, 0912.345.678, 1900 1234, 024.39421234
        r"(?<![\w.,])(?:\+\d{1,3}[\s.]?|0)\d{1,3}(?:[\s.\-]?\d{2,4}){2,3}(?![\w%]|[.,]\d)",
        r"(?<![\w.,])0\d{8,10}(?!\d)",
        (r"(?:hotline|đường dây nóng|điện thoại|đt|sđt|tel|tổng đài|số máy|liên hệ|zalo|fax|call)"
        r"\s*(?:số)?\s*:?\s*[\d.\s()+\-]{4,}\d"),
        r"(?<![\w.,])(?:1800|1900)[\s.]\d{2,4}(?:[\s.]?\d{2})?(?!\w)",
        r"(?<![\w.,])(?:1800|1900)\d{4}(?!\w|\s+[^\W\d])",  # a word behind is counted
        # accounts, plates, coordinates, standards
        r"(?<!\w)\d{2}[a-zđ]{1,2}\d?\s?-\s?\d{3,4}(?:\.\d{2})?(?!\w)",
        (r"(?:số tài khoản|tài khoản|stk|mã số|mst|cccd|cmnd|giấy phép|iso|tcvn|qcvn|ohsas|"
         r"haccp|sa)"
        r"(?: số)?\s*:?\s*[\d.\-: ]*\d"),
        # idioms
        r"(?<![\d.,])0 đồng",
        r"(?<!\d)24/7(?!\d)|(?<!\d)24h/7|(?<!\d)24/24h?(?!\d)|(?<!\w)5k(?=\W*(?:của|bộ y tế))",
        (r"(?:công nghiệp|cách mạng|industry|công đoàn|web|phiên bản|version|"
        r"kỉ nguyên)\s+\d\.\d(?!\d)"),
        r"covid\s?-\s?\d\d|sars-cov-\d|(?<!\w)[a-zđ]\s?-\s?\d+(?!\w)",
        # addresses and roads
        (r"(?:đường|phố|quốc lộ|tỉnh lộ|đại lộ|hẻm|ngõ|ngách|kiệt|hương lộ|"
         r"vành đai)\s+(?:số\s+)?\d[\d/]*[a-zđ]?"
        r"(?!\w|[.,]\d| (?:triệu|tỉ|nghìn|đồng|km))"),
        # ranks and titles
        r"(?:top|tốp|hạng|no\.|bậc|xếp thứ|vị trí thứ|đứng thứ)\s+\d+(?:/\d+)?(?!\w|[.,]\d)",
        r"(?:tỉ số|với tỉ số|thắng|thua|hòa)\s+\d{1,2}\s?-\s?\d{1,2}(?!\w)",
        # law articles
        (r"(?<!\w)(?:điều|khoản|chương|phụ lục|mục|công ước|"
         r"điểm [a-zđ])\s+(?:số\s*:?\s*)?\d+(?:[./-]\d+)*"
        r"[a-zđ]?(?!\w|[.,]\d)(?! (?:người|công nhân|triệu|tỉ|đồng))"),
        (r"(?:thông tư|nghị định|nghị quyết|quyết định|kế hoạch|công văn|chỉ thị|hướng dẫn|"
         r"tờ trình|"
        r"kết luận|thông báo|công điện|luật|văn bản|chương trình|đề án|"
        r"hiệp định)(?: liên tịch)?\s+số\s*:?\s*\d+"
        r"[\w./-]*"),
        (r"(?:thông tư|nghị định|nghị quyết|quyết định|công văn|chỉ thị|kết luận|"
         r"luật)\s+\d{1,3}(?!\w|[.,]\d)"
        r"(?! (?:người|công nhân|triệu|tỉ|đồng|đơn vị|doanh|cán|tập|cá|trường|nội|vấn|nhiệm))"),
        (r"(?:article|section|chapter|convention|resolution|directive|law|decree|recommendation|page|"
        r"room|flight|route|highway|no|number|case|bill|hb|ab|sb|proposition|phase|step|chapter|part|"
        r"grade|level|class|category|tier|group|line|district|region|zone|local)\s+(?:no\.?\s*)?\d+"
        r"(?:[./-]\d+)*(?!\w|[.,]\d|\s?%)(?! (?:workers|people|million|billion))"),
        # captions and figures of a report
        (r"(?:ảnh|hình|bảng|biểu|sơ đồ|biểu đồ|photo|figure|table|video|"
        r"clip)\s+(?:số\s+)?\d{1,3}(?!\w|[.,]\d)"),
    )
)  # fmt: skip
_LAW_NUMBER: Final = re.compile(
    r"(?<![\w/.,])\d{1,5}[A-Za-z]?(?:/\d{4})?\s?[-/]\s?(?!VN[DĐ]|USD|CN|NLĐ|ĐV)[A-ZĐ]{2,}\d{0,2}"
    r"(?:[-/.&][A-ZĐ]+\d*)*"
)
_ALWAYS_LABELS: Final = folded_set(
    "quận phường khóa điều khoản chương thứ km kilomet lầu lô block ngõ hẻm ngách quốc lộ vùng kỳ "
    "kì hạng top tốp bậc ca số"
)
_CONGRESSES: Final = phrase_table(
    (
        "đại hội",
        "đại hội đảng",
        "hội nghị trung ương",
        "kì họp thứ",
        "apec",
        "asean",
        "sea games",
        "tháng",
        "bậc",
        "cột mốc",
    )
)
_SOFT_LABELS: Final = phrase_table(
    (
        "tổ", "nhóm", "đội", "lớp", "cấp", "đợt", "phần", "nhà máy", "phân xưởng", "xưởng", "khu",
        "giai đoạn", "vòng", "bước", "tập", "bài", "câu", "trang", "tầng", "phòng", "tòa", "cổng",
        "ấp", "thôn", "khu phố", "tổ dân phố", "khối", "loại", "mức", "mức độ", "nhóm", "cột",
        "hàng", "dãy", "tuyến", "xã", "cụm", "gói thầu", "dự án", "phiên", "kì", "lần", "chuyên đề",
        "trạm", "cầu", "bến", "bãi", "kênh", "chi nhánh", "cơ sở", "vị trí", "bảng", "hiệp", "cung",
        "đường số", "lò", "chuyền", "dây chuyền", "kho", "điểm", "trường tiểu học", "số",
        "tiêu chí",
        "mũi", "bệnh viện", "trung tâm", "khu công nghiệp", "KCN", "cụm công nghiệp", "trại",
        "nhà trẻ", "công trường", "hội trường", "tòa nhà", "hầm", "mỏ", "vỉa", "đèo", "thửa", "tờ",
    )
)  # fmt: skip
_NUMBER_OPENERS: Final = phrase_table(
    ("trong số", "tổng số", "con số", "số lượng", "trên tổng số", "trong tổng số", "nâng số",
     "đưa tổng số", "một số", "của số", "quân số", "sĩ số", "ngoài số")
)  # fmt: skip
_LIST_MARK: Final = re.compile(r"\s*[\"'(]?\d{1,2}\s?[.)/\-](?=\s)(?!\s?\d)")


def block_numbers(paragraph: Paragraph, times: list[TimeSpan]) -> bytearray:
    """Return a mask of the paragraph: 1 where a character belongs to no figure."""
    low = paragraph.low
    mask = bytearray(len(low) + 1)
    for span in times:
        mask[span.start : span.end] = b"\x01" * (span.end - span.start)
    if "<digit>" not in paragraph.vocabulary:
        return mask
    for match in _LAW_NUMBER.finditer(paragraph.text):
        mask[match.start() : match.end()] = b"\x01" * (match.end() - match.start())
    vocabulary = paragraph.vocabulary
    for pattern, openers in _PATTERNS:
        if openers and openers.isdisjoint(vocabulary):
            continue
        for match in pattern.finditer(low):
            mask[match.start() : match.end()] = b"\x01" * (match.end() - match.start())
    if mark := _LIST_MARK.match(low):
        mask[: mark.end()] = b"\x01" * mark.end()
    return mask


def is_label(paragraph: Paragraph, at: int, *, counts: bool) -> bool:
    """Return whether the number at token `at` names a thing ("quận 7", "ca 2") and counts none.

    `counts` tells that a noun of persons or things follows, which only firm labels withstand.
    """
    words = paragraph.words
    if at == 0:
        return False
    if _NUMBER_OPENERS.match_before(words, at):
        return False
    before = words[at - 1]
    if before in _ALWAYS_LABELS:
        return not (counts and before in {"khóa", "kì", "ca"})
    if _CONGRESSES.match_before(words, at) or before in {"#", "№"}:
        return not (counts and before == "hội")  # "tặng Đại hội 10 suất học bổng"
    if _SOFT_LABELS.match_before(words, at):
        return not counts
    return False


def touches_letters(paragraph: Paragraph, at: int, stop: int) -> bool:
    """Return whether letters touch the digits [at, stop): "1A", "Covid-19", "12-NQ"."""
    words = paragraph.words
    if stop < len(words) and paragraph.touches(stop):
        after = words[stop]
        if after[0].isalpha() and after[0].isascii() and len(after) <= 2:  # noqa: PLR2004
            return True
        if after in {"-", "/"} and stop + 1 < len(words) and paragraph.touches(stop + 1):
            return words[stop + 1][0].isalpha() and after == "-" and paragraph.language != "en"
    return (
        at > 1
        and words[at - 1] in {"-", "_", "."}
        and paragraph.touches(at)
        and paragraph.touches(at - 1)
        and words[at - 2][0].isalpha()
    )
