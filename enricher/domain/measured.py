"""Finds what an amount, a share or a rate is of: "khoản chuyên cần 500.000 đồng/tháng".

In: a draft with no counted noun of its own, and where its clause begins. Out: the noun phrase that
is measured, in the words of the text, or None. Nouns that name amounts ("khoản", "lương", "kinh
phí") and verbs that move money ("hỗ trợ", "vay") are the rows `amount` and `amount_verb` of
noun_words.tsv.
"""

import re
from typing import Final

from enricher.domain.figures import Draft
from enricher.domain.nouns import is_known_head, read_counted
from enricher.domain.text import Paragraph, phrase_words
from enricher.domain.vocabulary import folded_set, noun_words, phrase_table
from services.contracts.figures import FigureKind

REACH_TOKENS: Final = 24
"""So far before the number its noun may stand."""

LONGEST_AMOUNT_TOKENS: Final = 6
_INSIDE: Final = phrase_table(("bình quân", "trung bình", "hằng tháng", "hàng tháng", "cả năm"))
_ENDS: Final = folded_set(
    "là tăng giảm đạt chiếm lên còn được thành ở từ đến tới của cho tại trong với và hoặc mà thì "
    "đã "
    "sẽ đang cũng ước khoảng hơn gần bằng gấp tính theo do nay này đó khi vào không thấp cao vượt "
    "xuống chỉ nếu mỗi hiện dự đề nữa thêm tôi chúng anh chị ông bà có toàn ít đủ chừng "
    "ngoài không_quá vẫn phải cả tức mà"
)
_SHARE_ADVERBS: Final = folded_set("đang hiện vốn , đã sẽ cũng chỉ lại nay thì")
_EMPTY_HEADS: Final = folded_set("mức khoản tiền giá vốn phí lãi")
_SPENDS: Final = folded_set("chi dành trích đầu tư huy động")
_BOUNDS: Final = (("tối", "thiểu"), ("tối", "đa"), ("cao", "nhất"), ("thấp", "nhất"))
_LASTS: Final = (
    ("kéo", "dài"), ("diễn", "ra", "trong"), ("là",), ("mất",), ("kéo", "dài", "trong"),
    ("kéo", "dài", "suốt"), ("trễ",), ("chậm",),
)  # fmt: skip
_PREPOSITIONS: Final = folded_set("cho của ở tại trong với từ thuộc dành trên về đối")
_MOST_MODIFIERS: Final = 3
_AGE_ADVERBS: Final = folded_set("( , năm nay mới đã hơn vừa - ở tuổi")
_RECEIVERS: Final = folded_set(
    "người nhân viên động hộ đình cháu em con chị anh ông bà nữ nam sinh bào dân thợ sĩ đội đơn vị "
    "nghiệp ty đoàn vùng tỉnh xã phường huyện quận phố trường cơ tổ tập cá ban chi hội "
    "quan năm tháng"
)
"""Words of those who are given money: "hỗ trợ mỗi hộ 5 triệu đồng" prices nobody."""

_THINGS: Final = folded_set("căn phòng nhà suất phần gói túi vé xe bộ chiếc ngôi tấm thẻ sổ")
_PERSON_WORDS: Final = folded_set("tôi em chị anh ông bà cháu con cô chú bác mẹ bố cụ")
_ENGLISH_LINKS: Final = phrase_table(
    (
        "of", "averaged", "averages", "averaging", "reached", "was", "is", "at", "ranged from",
        "to",
        "rose to", "rose by", "fell to", "fell by", "has grown by", "had grown by", "grew by",
        "rose", "fell", "from", "rise by", "rise to", "fall by", "fall to", "increase by",
        "stood at", "stands at", "totalled", "totaled", "worth",
        "exceeded",
        "totalling", "totaling", "costs", "cost", "are", "were", "increased by", "increased to",
        "charged by platforms ranged from",
    )
)  # fmt: skip
_ENGLISH_ENDS: Final = folded_set(
    "a an the of in on at by from with for to and or but that which who shows show showed gives "
    "cuts cut guarantees pays paid pay has have had is are was were said their its his her will "
    "would average nearly about over more than"
)
_ENGLISH_AUXILIARIES: Final = folded_set(
    "is are was were expected set forecast will would could to has have had been projected likely"
)
_NOT_ENGLISH_NOUNS: Final = folded_set("total part average minimum maximum increase rise")


def find_measured(
    draft: Draft, clause_start: int, blocked: bytearray, *, previous: Draft | None
) -> str | None:
    """Return the noun phrase whose amount or share the draft tells, as the text writes it.

    `clause_start` is an offset in the paragraph; nothing before it is looked at. A count between
    the noun and an amount does not part them ("chi tiêu của gia đình có hai con nhỏ ít nhất 12
    triệu đồng"), another amount does.
    """
    paragraph = draft.paragraph
    if previous is not None and (previous.kind is draft.kind or draft.kind is FigureKind.PERCENT):
        clause_start = max(clause_start, previous.end)
    if paragraph.language == "en":
        return _find_english(draft, clause_start)
    first = max(paragraph.token_at(clause_start), draft.first - REACH_TOKENS)
    return (
        _find_worth(draft, first, blocked)
        or _find_compared(draft, blocked)
        or _find_priced(draft, first, blocked)
        or _find_amount(draft, first, blocked)
    )


def find_aged(draft: Draft, people: list[tuple[int, int]]) -> str | None:
    """Return whose age it is: the person just before; `people` are their token ranges."""
    paragraph, at = draft.paragraph, draft.first
    while at and paragraph.words[at - 1] in _AGE_ADVERBS:
        at -= 1
    for first, stop in people:
        if stop == at:
            start = first - 1 if first and paragraph.words[first - 1] in _PERSON_WORDS else first
            return phrase_words(paragraph, start, stop)
    if at and paragraph.words[at - 1] in _PERSON_WORDS:
        return phrase_words(paragraph, at - 1, at)
    return None


def find_sharer(draft: Draft, clause_start: int, blocked: bytearray) -> str | None:
    """Return the subject of "chiếm": "lao động nữ chiếm gần 60%"."""
    paragraph, at = draft.paragraph, draft.first
    first = max(paragraph.token_at(clause_start), at - REACH_TOKENS)
    is_share = draft.kind in {FigureKind.PERCENT, FigureKind.FRACTION}
    if not is_share or not at or paragraph.words[at - 1] != "chiếm":
        return None
    return _subject_before(paragraph, at - 1, first, blocked)


def find_lasting(draft: Draft, clause_start: int, blocked: bytearray) -> str | None:
    """Return what lasts so long: "vụ việc kéo dài 2 ngày", "thời hiệu khởi kiện là 01 năm"."""
    paragraph, at = draft.paragraph, draft.first
    first = max(paragraph.token_at(clause_start), at - REACH_TOKENS)
    if draft.kind is not FigureKind.DURATION:
        return None
    for verb in _LASTS:
        if at - len(verb) > first and tuple(paragraph.words[at - len(verb) : at]) == verb:
            return _subject_before(paragraph, at - len(verb), first, blocked)
    return None


def _subject_before(paragraph: Paragraph, stop: int, first: int, blocked: bytearray) -> str | None:
    """Return the noun phrase that ends before `stop`, without those that only modify it.

    "nhà lưu trú dành cho công nhân | chiếm": the last phrase hangs on a preposition.
    """
    words, at = paragraph.words, stop
    while at > first and words[at - 1] in _SHARE_ADVERBS:
        at -= 1
    if "," in words[at:stop]:  # "cán bộ kiêm nhiệm, vốn chiếm": of the nearest
        start = noun_before(paragraph, at, first, blocked)
        return phrase_words(paragraph, start, at) if start < at else None
    for _ in range(_MOST_MODIFIERS):
        start = noun_before(paragraph, at, first, blocked)
        if start >= at:
            return None
        before = start
        while before > first and words[before - 1] in _PREPOSITIONS:
            before -= 1
        if before == start or (outer := noun_before(paragraph, before, first, blocked)) >= before:
            return phrase_words(paragraph, start, at)
        start, at = outer, before
        if start == first or words[start - 1] not in _PREPOSITIONS:
            return phrase_words(paragraph, start, at)
    return None


def _find_worth(draft: Draft, first: int, blocked: bytearray) -> str | None:
    """Return what is worth an amount: "bộ bàn ghế trị giá 6.500.000 đồng"."""
    paragraph, at = draft.paragraph, draft.first
    if draft.kind is not FigureKind.MONEY or paragraph.words[max(0, at - 2) : at] != ["trị", "giá"]:
        return None
    start = noun_before(paragraph, at - 2, first, blocked)
    return phrase_words(paragraph, start, at - 2) if start < at - 2 else None


def _find_compared(draft: Draft, blocked: bytearray) -> str | None:
    """Return what a limit is a multiple of: "không quá 5 lần mức lương tối thiểu"."""
    paragraph = draft.paragraph
    head = noun_words("amount").match(paragraph.words, draft.stop)
    if draft.kind is not FigureKind.MULTIPLE or head is None:
        return None
    stop = _amount_stop(paragraph, head[0], len(paragraph.words), blocked)
    return phrase_words(paragraph, draft.stop, stop)


def _find_priced(draft: Draft, first: int, blocked: bytearray) -> str | None:
    """Return the thing right before its price: "mua căn hộ 900 triệu đồng"; persons have none."""
    paragraph, at = draft.paragraph, draft.first
    if draft.kind is not FigureKind.MONEY or draft.is_difference:
        return None
    words = paragraph.words
    behind = noun_words("amount").match(words, draft.stop)
    has_own = noun_words("amount").match_before(words, at) is not None
    if behind and words[draft.stop] == "tiền" and not has_own:  # "10 triệu đồng tiền mặt"
        stop = _amount_stop(paragraph, behind[0], len(words), blocked)
        return phrase_words(paragraph, draft.stop, stop)
    spent = noun_words("amount_verb").match(words, draft.stop)
    comes_from = set(words[max(first, at - 3) : at]) & _SPENDS
    if spent and comes_from and not has_own:  # "chi 96 tỉ đồng chăm lo người lao động"
        stop = read_counted(paragraph, spent[0], blocked=blocked)
        return phrase_words(paragraph, draft.stop, max(spent[0], stop))
    start = noun_before(paragraph, at, first, blocked, is_thing=True)
    if has_own or start >= at or words[start] in _EMPTY_HEADS:
        return None
    if set(words[start:at]) & _RECEIVERS and words[start] not in _THINGS:
        return None
    return phrase_words(paragraph, start, at)


def noun_before(
    paragraph: Paragraph, stop: int, first: int, blocked: bytearray, *, is_thing: bool = False
) -> int:
    """Return where the noun phrase that ends before `stop` begins; `stop` when none does.

    `is_thing` leaves out nouns of amounts.
    """
    amounts = noun_words("amount")
    for start in range(max(first, stop - 7), stop):
        is_amount = not is_thing and amounts.match(paragraph.words, start) is not None
        if is_amount and stop == _amount_stop(paragraph, start, stop, blocked):
            return start
        if (
            is_known_head(paragraph, start)
            and read_counted(paragraph, start, blocked=blocked) >= stop
        ):
            return start
    return stop


def _find_amount(draft: Draft, first: int, blocked: bytearray) -> str | None:
    """Return the nearest noun of amounts before the draft, else the verb that moves the money."""
    paragraph = draft.paragraph
    words, at = paragraph.words, draft.first - 1
    amounts, verbs = noun_words("amount"), noun_words("amount_verb")
    takes_verb = draft.kind in {FigureKind.MONEY, FigureKind.MULTIPLE}
    verb: str | None = None
    bare: str | None = None  # "mức" alone says less than a noun further left
    while at >= first:
        if words[at] == "." and paragraph.starts[at] + 1 in paragraph.sentences:
            break
        if (head := amounts.match(words, at)) and not _is_aside(draft, at):
            start = at
            while start > first and amounts.match(words, start - 1):
                start -= 1  # "tổng | giá trị | làm lợi": the longest row of nouns
            chained = start if _reaches(words, start, at) else at
            head = amounts.match(words, chained) or head
            stop = _amount_stop(paragraph, max(head[0], at + 1), draft.first, blocked)
            phrase = phrase_words(paragraph, chained, stop)
            is_other = chained > first and words[chained - 1] in {"điều", "tài"}
            if stop - chained > 1 or words[chained] not in _EMPTY_HEADS:
                return phrase
            bare = bare if is_other or bare else phrase
        if verb is None and takes_verb:
            found = verbs.match(words, at)
            verb = phrase_words(paragraph, at, found[0]) if found else None
        at -= 1
    return verb or bare


def _is_aside(draft: Draft, at: int) -> bool:
    """Return whether a noun of amounts at `at` is not what the draft measures.

    It may be what another is compared with ("cao hơn lương tối thiểu"), a source ("từ quỹ"), or a
    verb ("số tiền đã thưởng").
    """
    words = draft.paragraph.words
    before = words[at - 1] if at else ""
    if before in {"từ", "bằng"} or (words[at] == "thưởng" and before in {"đã", "sẽ", "được"}):
        return True
    return draft.kind is not FigureKind.MULTIPLE and before in {"hơn", "với"} and (
        words[at - 2] in {"cao", "thấp", "nhiều", "ít", "lớn", "so", "tăng", "giảm"}
    )  # fmt: skip


def _reaches(words: list[str], start: int, at: int) -> bool:
    """Return whether nouns of amounts follow each other without a gap from `start` to `at`."""
    while start < at:
        found = noun_words("amount").match(words, start)
        if found is None:
            return False
        start = found[0]
    return True


def _amount_stop(paragraph: Paragraph, at: int, limit: int, blocked: bytearray) -> int:
    """Return the token behind the modifiers of a noun of amounts."""
    words, stop = paragraph.words, at
    while stop < min(limit, at + LONGEST_AMOUNT_TOKENS):
        if inside := _INSIDE.match(words, stop):
            stop = inside[0]
            continue
        word = words[stop]
        if (
            not word[0].isalpha()
            or word in _ENDS
            or blocked[paragraph.starts[stop]]
            or paragraph.is_number(stop)
        ):
            break
        stop += 1
    while stop - at > 0 and stop == limit and tuple(words[stop - 2 : stop]) in _BOUNDS:
        stop -= 2
    return min(stop, limit)


def _raised(paragraph: Paragraph, at: int) -> str | None:
    """Return the noun of "a 14.5 per cent pay rise"."""
    words = paragraph.words
    for stop in range(at + 1, min(len(words), at + 4)):
        if words[stop] in {"rise", "increase", "raise", "hike", "cut", "boost"}:
            return phrase_words(paragraph, at, stop)
        if not words[stop][0].isalpha():
            break
    return None


def _find_english(draft: Draft, clause_start: int) -> str | None:
    """Return the noun of "earnings of VND 5 million" or "VND 5 million in unpaid wages"."""
    paragraph = draft.paragraph
    words, stop = paragraph.words, draft.stop
    if words[stop : stop + 1] == ["in"] and not paragraph.is_capital(min(stop + 1, len(words) - 1)):
        end = read_counted(paragraph, stop + 1, blocked=bytearray(0))
        if end > stop + 1:
            return phrase_words(paragraph, stop + 1, end)
    at = draft.first
    if (rise := _raised(paragraph, stop)) is not None:
        return rise
    linked = _ENGLISH_LINKS.match_before(words, at)
    if linked is None:
        return None
    at = linked[0]
    while at and words[at - 1] in _ENGLISH_AUXILIARIES:
        at -= 1
    start = at
    while (
        start
        and at - start < 3  # noqa: PLR2004 - a short phrase
        and paragraph.starts[start - 1] >= clause_start
        and re.fullmatch(r"[a-z-]+", words[start - 1])
        and words[start - 1] not in _ENGLISH_ENDS
    ):
        start -= 1
    if start == at or words[at - 1] in _NOT_ENGLISH_NOUNS:
        return None
    return phrase_words(paragraph, start, at)
