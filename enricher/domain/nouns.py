"""Finds the counted noun phrase beside a number: "công đoàn cơ sở" in "85 công đoàn cơ sở đã ...".

In: tokens of a paragraph. Out: token ranges. The grammar of the Vietnamese noun phrase: head,
then modifiers; it ends at a verb, a preposition, a number or punctuation. An event noun ("vụ",
"cuộc", "lớp") takes a verb as its modifier. Coordination of short phrases stays together.
"""

import re
from typing import Final

from enricher.domain.text import Paragraph
from enricher.domain.vocabulary import folded_set, noun_words, phrase_table

NAME_STARTS: Final = 2
"""The mark of the mask at the first character of an organisation's or person's name."""

LONGEST_PHRASE_TOKENS: Final = 9
_PUNCTUATION: Final = re.compile(r"\W")
_COORDINATED: Final = phrase_table(
    (
        "đoàn viên", "người lao động", "công nhân", "viên chức", "lao động", "công chức", "cán bộ",
        "công nhân lao động", "CNVCLĐ", "CNLĐ", "NLĐ", "kiến nghị", "đề xuất", "ý kiến", "câu hỏi",
        "sáng kiến", "giải pháp", "đề tài", "cải tiến", "vé xe", "vé tàu", "phần quà", "suất quà",
        "doanh nghiệp", "đơn vị", "cơ quan", "công ty", "hợp tác xã", "xã", "phường", "đặc khu",
        "thị trấn", "tập thể", "cá nhân", "hội viên", "học sinh", "sinh viên", "con", "chiến sĩ",
        "quận", "huyện", "thị xã", "tỉnh", "thành phố", "nhà máy", "xí nghiệp", "khu công nghiệp",
        "khu chế xuất", "KCN", "tổ chức", "chuyên gia", "đại biểu", "phụ nữ", "trẻ em", "ngành",
        "chi hội", "người dân", "nghiệp đoàn", "sở", "ban", "quà", "nguyện vọng", "phản ánh",
        "thành viên", "gia đình", "y sĩ", "y tá", "bác sĩ", "điều dưỡng", "giáo viên", "nhân viên",
        "đảng viên", "nhân dân", "chỉ tiêu", "nhiệm vụ", "tin", "bài", "áp phích", "tờ rơi",
        "máy bay", "vé máy bay", "thôn", "ấp", "tổ dân phố", "khách mời", "nhà báo", "phóng viên",
        "đoàn thể", "phòng", "kỹ thuật viên", "hộ lý", "dược sĩ", "công đoàn viên", "kỹ sư",
    )
)  # fmt: skip
_OUTCOMES: Final = phrase_table(
    (
        "tử vong", "chết", "thiệt mạng", "bị thương", "bị thương nặng", "mất tích", "mất việc",
        "mất việc làm", "bị nạn", "thất nghiệp", "khuyết tật", "nghỉ việc", "thương vong",
        "bị tai nạn lao động", "bị mắc kẹt", "bị ngộ độc", "bị cắt giảm", "bị ảnh hưởng",
        "vay vốn", "ngừng việc", "đình công",
    )
)  # fmt: skip
_PERSONS: Final = folded_set("người nhân động viên bộ chức chí CNVCLĐ CNLĐ NLĐ")
_ENGLISH_STOPS: Final = folded_set(
    "in on at by from with for to of and or but who which that were was are is have has had be "
    "been "
    "being will would could should may might can across after before during since until while when "
    "where because as than then so if not no did does do joined walked went received signed said "
    "say "
    "says took struck lost left died killed injured dead among between within without under over "
    "into onto through per each last this next it they he she we you i a an the its their his her "
    "also now still already voted demanded demand gathered marched protested staged agreed won "
    "remain remained face faced work worked earn earned get got make made including against about "
    "represents represent represented employs employ employed covering covers cover worth join "
    "win wins shows show showed ask asks asked seek seeks sought say hold holds held reject "
    "rejects rejected vote votes strike strikes refuse refused return returned lose loses begin "
    "began begun "
    "start started end ended owed paid pay pays need needs want wants plan plans live lives help "
    "helps benefit benefits benefited total totals including plus up down over nationwide such "
    "aged living earning working "
    "joins vnd usd eur krw"
)
_ENGLISH_ADVERBS: Final = folded_set("a an the of")
_ENGLISH_OUTCOMES: Final = folded_set("dead killed injured wounded missing")
_ONLY_DETERMINERS: Final = folded_set("một số các những mọi toàn")


def read_counted(paragraph: Paragraph, at: int, *, blocked: bytearray) -> int:
    """Return the token behind the noun phrase that begins at `at`; `at` when there is none."""
    if paragraph.language == "en":
        return _read_english(paragraph, at)
    if paragraph.language == "ko":
        return at
    return _read_vietnamese(paragraph, at, blocked)


def _ends_phrase(paragraph: Paragraph, at: int, blocked: bytearray) -> bool:
    start = paragraph.starts[at]
    return (
        paragraph.is_number(at)
        or blocked[start] == 1
        or (len(paragraph.words[at]) == 1 and bool(_PUNCTUATION.match(paragraph.words[at])))
    )


def _read_vietnamese(paragraph: Paragraph, at: int, blocked: bytearray) -> int:  # noqa: C901, PLR0912 - a case of the grammar each
    words, stop = paragraph.words, at
    heads, stops, verbs = noun_words("head"), noun_words("stop"), noun_words("verb")
    events = noun_words("event")
    limit = min(len(words), at + LONGEST_PHRASE_TOKENS)
    may_verb, is_shouting = False, paragraph.is_shouting
    while stop < limit:
        if blocked[paragraph.starts[stop]] == NAME_STARTS:
            break
        if words[stop] == '"' and stop > at and (quoted := read_quoted(paragraph, stop)):
            return quoted
        if _ends_phrase(paragraph, stop, blocked):
            after = _read_coordination(paragraph, at, stop, blocked)
            if after is None:
                break
            stop, may_verb = after, False
            continue
        if stop > at and (outcome := _OUTCOMES.match(words, stop)) and words[stop - 1] in _PERSONS:
            return outcome[0]
        if stop == at:
            event, head = events.match(words, stop), heads.match(words, stop)
            if head and (event is None or head[0] > event[0]):
                stop, may_verb = head[0], False
                continue
            if event:
                stop, may_verb = event[0], True
                continue
        if words[stop] in {"và", "&"}:
            following = _COORDINATED.match(words, stop + 1)
            if stop == at or following is None:
                break
            stop, may_verb = following[0], False
            continue
        inner = heads.match(words, stop)
        known = stops.match(words, stop)
        verb = verbs.match(words, stop)
        longest = max(known[0] if known else 0, verb[0] if verb else 0)
        if inner is not None and inner[0] > stop + 1 and inner[0] > longest:
            stop, may_verb = inner[0], False
            continue
        if known:
            if stop == at or is_shouting or not _is_inside_longer(paragraph, stop, known[0]):
                break
        elif not may_verb and verb and (is_shouting or not paragraph.is_capital(stop)):
            break
        elif may_verb and verb:
            stop, may_verb = verb[0], False
            continue
        stop += 1
        may_verb = False  # "lượt người | tham gia": only what follows at once names the event
    return stop


def read_quoted(paragraph: Paragraph, at: int) -> int | None:
    """Return the token behind a quoted name: căn nhà "Mái ấm Công đoàn"."""
    words = paragraph.words
    if at + 1 >= len(words) or not paragraph.is_capital(at + 1):
        return None
    for stop in range(at + 2, min(len(words), at + LONGEST_PHRASE_TOKENS)):
        if words[stop] == '"':
            return stop + 1
    return None


def _is_inside_longer(paragraph: Paragraph, at: int, stop: int) -> bool:
    """Return whether a stop word is part of a proper name ("Trên" in "Cầu Trên")."""
    return stop == at + 1 and paragraph.is_capital(at)


def _read_coordination(paragraph: Paragraph, first: int, at: int, blocked: bytearray) -> int | None:
    """Return the token behind ", người lao động" at `at`, when it coordinates with the phrase."""
    words = paragraph.words
    if words[at] not in {",", "-"} or at + 1 >= len(words) or at == first:
        return None
    if not _COORDINATED.match_before(words, at):
        last = words[at - 1]
        if last not in {"quà", "vé", "xe"} and not _COORDINATED.match(words, first):
            return None
    following = _COORDINATED.match(words, at + 1)
    verb = noun_words("verb").match(words, at + 1)
    if following and verb and verb[0] > following[0]:
        return None  # "88 đơn vị, ban hành 19 quyết định"
    if following is None or blocked[paragraph.starts[at + 1]]:
        return None
    after = words[following[0] : following[0] + 2]
    if {"chiếm", "đạt", "là"} & set(after):
        return None  # "47.300 đoàn viên, lao động nữ chiếm 60%": a new clause begins
    return following[0]


def _read_english(paragraph: Paragraph, at: int) -> int:  # noqa: C901 - a case of the grammar each
    words, stop = paragraph.words, at
    if at < len(words) and words[at] in _ENGLISH_OUTCOMES:
        return at + 1
    while stop < len(words) and stop - at < LONGEST_PHRASE_TOKENS - 3:
        word = words[stop]
        if word == "and" and stop > at and _coordinates(words, stop):
            stop += 1
            continue
        if paragraph.is_number(stop) or (word in _ENGLISH_STOPS and word not in _ENGLISH_OUTCOMES):
            if word == "of" and stop > at and stop + 1 < len(words) and words[stop - 1] in {
                "pairs", "members", "cases", "victims", "kinds", "types", "sets", "rounds", "acts",
            }:  # fmt: skip
                stop += 1
                continue
            break
        if word in _ENGLISH_OUTCOMES:
            break
        if stop > at and word.endswith("ed") and words[stop - 1].endswith("s"):
            break  # a verb behind a plural: "nurses rallied"
        if _PUNCTUATION.match(word):
            is_hyphen = word == "-" and paragraph.touches(stop) and stop > at
            if not is_hyphen and word != "'":
                break
        stop += 1
    if stop > at and words[stop - 1] in {"'", "-"}:
        stop -= 1
    return stop


def _coordinates(words: list[str], at: int) -> bool:
    """Return whether "and" at `at` joins nouns: "provinces and cities", "delivery workers"."""
    after = words[at + 1 : at + 3]
    return bool(after) and any(
        word.endswith("s") and word not in _ENGLISH_STOPS and not word.endswith("ss")
        for word in after[: 1 if after[0] in _ENGLISH_STOPS else 2]
    ) and after[0] not in _ENGLISH_STOPS and after[0][0].isalpha()  # fmt: skip


def is_known_head(paragraph: Paragraph, at: int) -> bool:
    """Return whether a noun that news count stands at `at`."""
    words = paragraph.words
    if at >= len(words):
        return False
    return bool(
        noun_words("head").match(words, at)
        or noun_words("classifier").match(words, at)
        or noun_words("event").match(words, at)
    )


def trim_counted(words: list[str], start: int, stop: int) -> tuple[int, int]:
    """Drop conjunctions and determiners that the phrase ends or begins with."""
    while stop > start and words[stop - 1] in {"và", "-", "hoặc", "&", "cùng", "đã", "tại"}:
        stop -= 1
    while start < stop and words[start] in _ONLY_DETERMINERS:
        start += 1
    return start, stop
