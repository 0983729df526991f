"""Cuts a saved text without HTML into headline, lead and body, and drops what is not the article.

In: text as people save it from a page. Out: a `SavedText`. Dropped: related stories, inline links
to other stories, captions (kept apart), bylines, date lines, breadcrumbs, hotlines, page furniture.

Heuristics, written from the habits of four Vietnamese outlets: a tail heading ("Nên xem", "Đọc
thêm") ends the article; a line that repeats the headline or its neighbour opens a caption or a
related story; a headline-like line pair without full stops names other stories.
"""

import itertools
import re
from dataclasses import dataclass
from typing import Final

from services.lexicon.fold import fold, to_nfc

LONGEST_BYLINE_CHARACTERS: Final = 45
LONGEST_FURNITURE_CHARACTERS: Final = 60
LONGEST_CAPTION_CHARACTERS: Final = 320
LINKS_BEHIND_LEAD: Final = 2
"""Rows of links to other stories stand behind so many paragraphs at most."""

_TAIL_HEADINGS: Final = frozenset(
    fold(heading)
    for heading in (
        "Có thể bạn quan tâm", "Nên xem", "Tin khác", "Đọc thêm", "Xem thêm", "Phiên bản di động",
        "Tin liên quan", "Bài liên quan", "Cùng chuyên mục", "Tin cùng chuyên mục", "Tin mới",
        "Tin mới nhất", "Tin nổi bật", "Đọc nhiều", "Tin đọc nhiều", "Xem nhiều", "Tin nóng",
        "Bình luận", "Ý kiến bạn đọc", "Gửi bình luận", "Bạn đang đọc", "Có thể bạn thích",
        "Chủ đề", "Từ khóa", "Tags", "Tag", "Chia sẻ", "Mới nhất", "Tin tức liên quan",
        "Related", "Related news", "Related stories", "Read more", "You may also like",
        "More news", "See also", "Most read", "Comments", "See the original here",
        "Xem bản gốc tại đây", "Nguồn tin", "Tin tiếp theo", "Tin trước", "Video đang xem",
        "Bài đọc nhiều", "Bài viết liên quan", "Tin bài liên quan", "Dành cho bạn", "Tin cùng mục",
        "Theo dõi chúng tôi", "Theo dõi Báo", "관련기사", "관련 기사", "Tin bài khác",
        "Các tin khác",
        "Tin cũ hơn",
        "Tin mới hơn", "Tin xem nhiều", "Thông tin doanh nghiệp", "Đang được quan tâm",
        "Có thể bạn chưa biết",
    )
)  # fmt: skip
_SOFT_HEADINGS: Final = frozenset(
    {
        fold("Tag"),
        fold("Tags"),
        fold("Chia sẻ"),
        fold("Chủ đề"),
        fold("Xem thêm"),
        fold("Từ khóa"),
        fold("Nguồn tin"),
    }
)
"""Headings that also stand above an article: they end it only behind its text."""

_FURNITURE: Final = re.compile(
    r"^(?:aa|a\+|a-|tag|tags|in bài|in bài viết|chia sẻ|lưu bài|theo dõi|bình luận(?: \(\d+\))?|"
    r"trang chủ|home|print|share|facebook|"
    r"zalo|copy link|nghe đọc bài|gửi email|cỡ chữ|google news|nghe bài|\d+:\d\d|facebook chia sẻ|"
    r"email|twitter|"
    r"đăng kí nhận tin|quảng cáo|advertisement|nguồn:? .{0,40}|see the original here|"
    r"xem bản gốc.{0,20}|follow us|"
    r"theo dõi .{2,40} trên .{0,20}|bạn đọc .{0,40}|kích hoạt.{0,30}|video:?.{0,10})$"
)
_HOTLINE: Final = re.compile(
    r"(?:hotline|đường dây nóng|điện thoại|tòa soạn|liên hệ quảng cáo|tel\.?|fax|"
    r"email)\b.{0,60}(?:\d[\d .()-]{6,}|@)"
)
_FOOTER: Final = re.compile(
    r"(?:giấy phép (?:số|hoạt động|báo)|cơ quan chủ quản|tổng biên tập\s*:|phó tổng biên tập\s*:|"
    r"bản quyền|"
    r"©|all rights reserved|ghi rõ nguồn|cấm sao chép|không được sao chép|phát triển bởi|"
    r"powered by|tòa soạn\s*:|trụ sở\s*:)"
)
_DATE_LINE: Final = re.compile(
    r"^(?:.{0,45}?[\s|,-])?(?:(?:thứ (?:hai|ba|tư|năm|sáu|bảy|[2-7])|chủ nhật|cn|mon|tue|wed|thu|"
    r"fri|sat|sun)\w*,?\s*)?"
    r"(?:(?:ngày\s+)?(?P<day>\d{1,2})[/.-](?P<month>\d{1,2})[/.-](?P<year>20\d\d))"
    r"(?:[\s|,-]*(?:(?:lúc )?\d{1,2}[:h]\d{2}(?::\d\d)?)?(?:\s*(?:am|"
    r"pm))?(?:\s*\(?gmt\s?\+?\d+\)?)?)?\s*$"
    r"|^(?:\d{1,2}[:h]\d{2}[\s|,-]*)(?:(?:thứ \S+,?\s*)|"
    r"(?:chủ nhật,?\s*))?(?P<d2>\d{1,2})[/.-](?P<m2>\d{1,2})[/.-](?P<y2>20\d\d).{0,16}$"
)
_PHOTO_CREDIT: Final = re.compile(
    r"(?:\(?\s*(?:ảnh|ảnh minh họa|nguồn ảnh|photo|hình|đồ họa|clip|video)\s*(?:minh họa|"
    r"tư liệu)?\s*(?::|\.|\)|$|/)|\(ảnh|ảnh:|photo:|ảnh minh họa)",
    re.IGNORECASE,
)
_NUMBERED_CAPTION: Final = re.compile(r"^(?:ảnh|hình|photo|figure|biểu đồ|đồ họa)\s*\d*\s*[:.]")
_INLINE_RELATED: Final = re.compile(
    r"^(?:>>+|»|xem thêm\s*:|đọc thêm\s*:|tin liên quan\s*:|bài liên quan\s*:|read more\s*:|"
    r"see also\s*:|→|▶|\[?mời bạn xem|mời độc giả|clip\s*:)"
)
_BYLINE_WORD: Final = re.compile(
    r"(?i)^(?:theo|thực hiện|bài và ảnh|bài, ảnh|tin, ảnh|tin và ảnh|bài|ảnh|pv|by|phóng viên|"
    r"tác giả|author|nhóm pv)\b\s*:?\s*"
)
_SENTENCE_STOP: Final = re.compile(r"[.!?…:;](?:[\"”’)\]]*)$")
_BREADCRUMB: Final = re.compile(r"^[^.!?:]{2,40}(?:\s*[/›»>|]\s*[^.!?:]{2,40}){1,4}$")
_SOURCE_PREFIX: Final = re.compile(
    r"^\(?(?:TTTĐ|LĐTĐ|NLĐO|NLĐ|LĐO|LĐ|VOV|TTXVN|VNA|Dân trí|ĐCSVN|PLO|TTO)\)?\s*[-–—]\s*"
)


@dataclass(frozen=True, slots=True)
class SavedText:
    """The zones of a saved text; `body` has its paragraphs separated by a blank line.

    `published_hint` is the ISO date of a date line, without a promise that it is the publication.
    """

    title: str
    lead: str
    body: str
    captions: tuple[str, ...] = ()
    author: str | None = None
    published_hint: str | None = None


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    low: str
    is_after_blank: bool

    @property
    def ends_sentence(self) -> bool:
        return bool(_SENTENCE_STOP.search(self.text))


def _read_lines(text: str) -> list[_Line]:
    lines, is_after_blank = [], True
    for raw in to_nfc(text).replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        line = " ".join(raw.replace("\ufeff", "").split())
        if not line:
            is_after_blank = True
            continue
        lines.append(_Line(line, fold(line), is_after_blank))
        is_after_blank = False
    return lines


def _is_heading_of_tail(line: _Line, *, has_text: bool) -> bool:
    name = line.low.rstrip(" :.»>")
    if name not in _TAIL_HEADINGS:
        return False
    return has_text or name not in _SOFT_HEADINGS


def _is_furniture(line: _Line) -> bool:
    return len(line.low) <= LONGEST_FURNITURE_CHARACTERS and bool(_FURNITURE.match(line.low))


def _is_name(text: str) -> bool:
    """Return whether a short line is a person's name or pen name: "Mai Quý", "H.Anh - B. Nam"."""
    if len(text) > LONGEST_BYLINE_CHARACTERS or any(c.isdigit() for c in text):
        return False
    words = [word for word in re.split(r"[\s.,:\-–&/]+", _BYLINE_WORD.sub("", text)) if word]
    joints = {"và", "and", "by", "theo"}
    return 1 <= len(words) <= 7 and all(  # noqa: PLR2004 - a short reach, in words
        word[0].isupper() or word.lower() in joints for word in words
    )


def _date_of(line: _Line) -> str | None:
    match = _DATE_LINE.match(line.low) if len(line.low) <= 90 else None  # noqa: PLR2004
    if match is None:
        return None
    year, month, day = (
        match["year"] or match["y2"],
        match["month"] or match["m2"],
        match["day"] or match["d2"],
    )
    if not 1 <= int(month) <= 12 or not 1 <= int(day) <= 31:  # noqa: PLR2004 - the calendar
        return None
    return f"{year}-{int(month):02d}-{int(day):02d}"


def zone_saved_text(text: str) -> SavedText:
    r"""Return the zones of a saved text.

    The first line with words is the headline; the first paragraph below it is the lead.

    Example:
        >>> saved = zone_saved_text("Tin\n\nMở đầu.\n\nThân bài dài.\n\nĐọc thêm\nTin khác")
        >>> (saved.title, saved.lead, saved.body)
        ('Tin', 'Mở đầu.', 'Thân bài dài.')
    """
    lines = _read_lines(text)
    while lines and (
        _is_furniture(lines[0])
        or _date_of(lines[0])
        or _BREADCRUMB.match(lines[0].text)
        or _HOTLINE.search(lines[0].low)
    ):
        lines.pop(0)
    if not lines:
        return SavedText("", "", "")
    title = lines.pop(0)
    kept, captions, author, published = _keep_article(lines, title)
    if (
        author is None
        and kept
        and _is_name(kept[-1].text)
        and not kept[-1].ends_sentence
        and len(kept) > 1
    ):
        author = _BYLINE_WORD.sub("", kept.pop().text).strip()
    while kept and not kept[0].ends_sentence and _is_name(kept[0].text) and len(kept) > 1:
        author = author or kept[0].text
        kept.pop(0)
    if not kept:
        return SavedText(title.text, "", "", tuple(captions), author, published)
    lead = _SOURCE_PREFIX.sub("", kept[0].text)
    body = "\n\n".join(line.text for line in kept[1:])
    return SavedText(title.text, lead, body, tuple(captions), author, published)


def _keep_article(  # noqa: C901, PLR0912 - a case of the grammar each
    lines: list[_Line], title: _Line
) -> tuple[list[_Line], list[str], str | None, str | None]:
    """Return the article's own lines, its captions, its author and its date."""
    kept: list[_Line] = []
    captions: list[str] = []
    author: str | None = None
    published: str | None = None
    index, count = 0, len(lines)
    while index < count:
        line = lines[index]
        following = lines[index + 1] if index + 1 < count else None
        index += 1
        has_text = bool(kept)
        if _is_heading_of_tail(line, has_text=has_text):
            break
        if (
            _is_furniture(line)
            or _INLINE_RELATED.match(line.low)
            or (_FOOTER.search(line.low) and len(line.low) < 300)  # noqa: PLR2004 - a short reach, in words
        ):
            continue
        if len(line.low) < 160 and _HOTLINE.search(line.low) and not line.ends_sentence:  # noqa: PLR2004
            continue
        if (day := _date_of(line)) is not None and not line.ends_sentence:
            published = published or day
            continue
        if (
            not has_text
            and len(line.text) < 40  # noqa: PLR2004 - a short reach, in words
            and (_BREADCRUMB.match(line.text) and not line.ends_sentence)
        ):
            continue
        if _repeats(line, title):
            if following is not None and _is_caption_like(following) and has_text:
                captions.append(following.text)
                index += 1
            continue
        if (
            following is not None
            and has_text
            and line.low == following.low
            and len(line.text) < 250  # noqa: PLR2004 - a short reach, in words
        ):
            # a caption or a related story names itself twice; a tail of stories goes on so
            captions.append(line.text)
            index += 1
            continue
        if _is_caption(line):
            captions.append(line.text)
            continue
        if _is_related_run(line, following, has_text=has_text) or (
            0 < len(kept) <= LINKS_BEHIND_LEAD and _is_row_of_links(line, following)
        ):
            continue
        if (
            has_text
            and following is not None
            and not following.is_after_blank
            and not line.ends_sentence
            and _is_caption(following)
        ):
            captions.append(line.text)  # the picture's name above its caption
            continue
        if has_text and _is_byline(line, following):
            author = author or _BYLINE_WORD.sub("", line.text).strip() or None
            if following is not None and _only_tail_follows(lines, index):
                break
            continue
        kept.append(line)
    return kept, captions, author, published


def _repeats(line: _Line, title: _Line) -> bool:
    return line.low.rstrip(" .") == title.low.rstrip(" .")


def _is_caption_like(line: _Line) -> bool:
    return len(line.text) <= LONGEST_CAPTION_CHARACTERS and (
        not line.is_after_blank
        and (not line.ends_sentence or bool(_PHOTO_CREDIT.search(line.text)))
    )


def _is_caption(line: _Line) -> bool:
    if len(line.text) > LONGEST_CAPTION_CHARACTERS:
        return False
    if _NUMBERED_CAPTION.match(line.low):
        return True
    credits_found = list(_PHOTO_CREDIT.finditer(line.text))
    if not credits_found:
        return False
    credit = credits_found[-1]
    return credit.start() > len(line.text) * 0.4 and len(line.text) - credit.end() <= 40  # noqa: PLR2004


def _is_related_run(line: _Line, following: _Line | None, *, has_text: bool) -> bool:
    """Return whether a line is a row of links to other stories.

    Such a row follows the lead directly, without a blank line, and is followed by one.
    """
    if not has_text or line.ends_sentence or line.is_after_blank:
        return False
    if following is not None and not following.is_after_blank:
        return False
    words = line.text.split()
    joints = sum(
        before[-1].islower() and word[0].isupper() and word[1:].islower()
        for before, word in itertools.pairwise(words)
    )
    return len(line.text) > 70 and joints > 0  # noqa: PLR2004 - two headlines are longer than one


def _is_row_of_links(line: _Line, following: _Line | None) -> bool:
    """Return whether a line without a full stop behind the lead names other stories.

    Two headlines stand side by side: a capital that opens the second follows a small letter or a
    place, and small letters follow it.
    """
    if line.ends_sentence or following is None or not following.ends_sentence:
        return False
    words = line.text.split()
    joints = sum(
        (before[-1].islower() or before[-1] in ":)") and word[0].isupper() and after[0].islower()
        for before, word, after in zip(words[1:], words[2:], words[3:], strict=False)
    )
    return (
        LONGEST_FURNITURE_CHARACTERS <= len(line.text) < LONGEST_CAPTION_CHARACTERS and joints > 0
    )


def _is_byline(line: _Line, following: _Line | None) -> bool:
    if line.ends_sentence or len(line.text) > LONGEST_BYLINE_CHARACTERS:
        return False
    stripped = _BYLINE_WORD.sub("", line.low).strip()
    if stripped != line.low:
        return bool(stripped) and _is_name(line.text[len(line.low) - len(stripped) :].strip())
    if following is None or _is_heading_of_tail(following, has_text=True):
        return _is_name(line.text)
    return False


def _only_tail_follows(lines: list[_Line], index: int) -> bool:
    return index < len(lines) and _is_heading_of_tail(lines[index], has_text=True)
