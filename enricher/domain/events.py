"""Finds events: congresses, months and days of action, campaigns, programmes, contests, prizes.

In: a paragraph with its organisations. Out: mentions with kind, year or term, and whose congress
it is. Names come from the lexicon's events.tsv; congresses, names in quotation marks behind a word
of event_kinds.tsv, and editions ("lần thứ III", "năm 2026") from grammar.
"""

import functools
import re
from collections.abc import Iterator
from typing import Final, get_args

from enricher.domain.mentions import Mention
from enricher.domain.text import Paragraph, Phrases
from services.contracts.entities import EntityType, EventKind
from services.lexicon.fold import fold
from services.lexicon.organisations import find_organisation
from services.lexicon.tables import read_table

LONGEST_NAME_CHARACTERS: Final = 90
_LONGEST_CAPITALS: Final = 7
"""Words of a name without quotation marks; more are a headline."""

_HANGUL: Final = re.compile("[\uac00-\ud7a3]")
_ROMAN_OR_NUMBER: Final = r"(?:[IVXLC]{1,7}|\d{1,2})"
_ORDINAL: Final = rf"(?:lần\s+thứ\s+(?P<nth>{_ROMAN_OR_NUMBER}))"
_TERM: Final = r"(?:,?\s*\(?\s*nhiệm\s+kỳ\s+(?P<from>\d{4})\s*[-–]\s*(?P<to>\d{4})\)?)"
_CONGRESS: Final = re.compile(
    rf"(?<!\w)Đại hội(?:\s+đại biểu)?(?:\s+toàn quốc)?(?:\s+(?P<early>[IVXLC]{{1,7}})(?!\w))?"
    rf"(?:\s+lần\s+thứ\s+(?P<early_nth>{_ROMAN_OR_NUMBER}))?(?P<of>\s+của)?\s*",
    re.IGNORECASE,
)
_CONGRESS_TAIL: Final = re.compile(rf"(?:,?\s*{_ORDINAL})?{_TERM}?", re.IGNORECASE)
_CONGRESS_WORDS: Final = frozenset({"đại", "congress"})
_PARTY: Final = re.compile(r"Đảng(?!\w)(?!\s+(?:bộ|ủy|uỷ|viên))")
_PARTY_NAME: Final = "Đảng Cộng sản Việt Nam"
_ENGLISH_CONGRESS: Final = re.compile(
    r"(?<!\w)(?P<nth>\d{1,2})(?:st|nd|rd|th)\s+(?:National\s+)?Congress\s+of\s+(?:the\s+)?"
)
_EDITION: Final = re.compile(
    rf"\s+(?:lần\s+thứ\s+{_ROMAN_OR_NUMBER}(?:\s*[,-]\s*)?\s*)?(?:năm\s+)?(?P<year>20\d\d)(?![\w/])",
    re.IGNORECASE,
)
_OPENING: Final = '“"«‘'
_MARKS: Final = re.compile(rf"[{_OPENING}:]")
_OPENING_MARK: Final = re.compile(rf"[{_OPENING}]")
_QUOTED: Final = re.compile(
    rf"\s*:?\s*[{_OPENING}](?P<name>[^{_OPENING}”»’\n]{{3,{LONGEST_NAME_CHARACTERS}}})[”\"»’]"
)
_HOST_REACH_CHARACTERS: Final = 80
_BETWEEN_KIND_AND_NAME: Final = 24
"""So many characters may tell more of the kind: "phong trào thi đua yêu nước “…”"."""


def read_events(paragraph: Paragraph, bodies: list[Mention]) -> list[Mention]:
    """Return the events of a paragraph in reading order, without overlaps."""
    found = [
        *(_read_congresses(paragraph, bodies) if paragraph.vocabulary & _CONGRESS_WORDS else ()),
        *_read_named(paragraph),
        *_read_by_kind(paragraph),
    ]
    found.sort(key=lambda mention: (mention.start, -mention.end))
    kept: list[Mention] = []
    for mention in found:
        if not kept or mention.start >= kept[-1].end:
            kept.append(mention)
    return kept


@functools.cache
def _names() -> Phrases[tuple[str, str, EventKind, bool]]:
    return Phrases(
        {
            alias: (identity, name, kind, spelling == "capital")
            for identity, name, kind, spelling, alias in _aliases()
            if not _HANGUL.search(alias)
        }
    )


@functools.cache
def _korean_names() -> tuple[re.Pattern[str], dict[str, tuple[str, str, EventKind]]]:
    table = {
        alias: (identity, name, kind)
        for identity, name, kind, _, alias in _aliases()
        if _HANGUL.search(alias)
    }
    longest_first = sorted(table, key=lambda alias: (-len(alias), alias))
    return re.compile("|".join(map(re.escape, longest_first))), table


def _aliases() -> Iterator[tuple[str, str, EventKind, str, str]]:
    for identity, name, kind, spelling, aliases in read_table("events.tsv"):
        for alias in aliases.split(";"):
            yield identity, name, _kind(kind), spelling, alias.strip()


def _kind(text: str) -> EventKind:
    for kind in get_args(EventKind):
        if kind == text:
            return kind  # type: ignore[no-any-return]  # get_args is untyped
    raise ValueError(f"no kind of event: {text}")


@functools.cache
def _kind_words() -> Phrases[tuple[EventKind, bool]]:
    """Return the words before names; whether a name may follow without quotation marks."""
    table: dict[str, tuple[EventKind, bool]] = {}
    for kind, names, words in read_table("event_kinds.tsv"):
        for word in words.split(";"):
            known = table.get(fold(word.strip()), (_kind(kind), False))
            table[fold(word.strip())] = (_kind(kind), known[1] or names == "capital")
    return Phrases(table)


def _read_named(paragraph: Paragraph) -> Iterator[Mention]:
    if paragraph.language == "ko":
        pattern, table = _korean_names()
        for match in pattern.finditer(paragraph.text):
            identity, name, kind = table[match.group()]
            yield _build(paragraph, match.span(), name, kind, "event.gazetteer", id=identity)
        return
    names, words = _names(), paragraph.words
    for at, word in enumerate(words):
        if not names.opens(word):
            continue
        found = names.match(words, at)
        if found is None:
            continue
        stop, (identity, name, kind, needs_capital) = found
        if needs_capital and not any(map(paragraph.is_capital, range(at + 1, stop))):
            continue
        end = paragraph.ends[stop - 1]
        year, end = _read_edition(paragraph, end)
        span = (paragraph.starts[at], end)
        yield _build(paragraph, span, name, kind, "event.gazetteer", id=identity, year=year)


def _read_edition(paragraph: Paragraph, end: int) -> tuple[str | None, int]:
    """Return the year of an edition behind a name, and where it ends."""
    after = end + (paragraph.text[end : end + 1] in {"”", '"', "»"})
    match = _EDITION.match(paragraph.text, after)
    return (match["year"], match.end()) if match else (None, end)


def _read_by_kind(paragraph: Paragraph) -> Iterator[Mention]:
    kinds, words = _kind_words(), paragraph.words
    free_from = 0
    for at, word in enumerate(words):
        if at < free_from or not kinds.opens(word):
            continue
        found = kinds.match(words, at)
        if found is None:
            continue
        stop, (kind, may_be_bare) = found
        span = _find_quoted(paragraph, stop) or (
            _find_capitals(paragraph, stop) if may_be_bare else None
        )
        if span is None:
            continue
        free_from = stop
        name, identity, kind = _name_of_kind(paragraph, at, span, kind)
        year, end = _read_edition(paragraph, span[1])
        end += paragraph.text[end : end + 1] in {"”", '"', "»", "’"}
        where = (paragraph.starts[at], end)
        yield _build(
            paragraph, where, name, kind, "event.kind", id=identity, year=year, confidence=0.75
        )


def _name_of_kind(
    paragraph: Paragraph, at: int, span: tuple[int, int], kind: EventKind
) -> tuple[str, str | None, EventKind]:
    """Return the name, id and kind: the lexicon's where it knows the name, else as written."""
    start, end = span
    first, stop = paragraph.token_at(start), paragraph.token_at(end - 1) + 1
    known = _names().match(paragraph.words, first)
    if known is not None and known[0] == stop:
        identity, name, known_kind, _ = known[1]
        return name, identity, known_kind
    head = _MARKS.sub("", paragraph.text[paragraph.starts[at] : start]).strip()
    return f"{head[0].upper()}{head[1:]} {paragraph.text[start:end].strip()}", None, kind


def _find_quoted(paragraph: Paragraph, stop: int) -> tuple[int, int] | None:
    """Return where the quoted name stands that follows the tokens before `stop`, closely."""
    end = paragraph.ends[stop - 1]
    opening = _OPENING_MARK.search(paragraph.text, end, end + _BETWEEN_KIND_AND_NAME)
    if opening is None or re.search(
        r"[.,;:!?0-9]", paragraph.text[end : opening.start()].strip(" :")
    ):
        return None
    match = _QUOTED.match(paragraph.text, opening.start())
    if match is None or not any(map(str.isupper, match["name"])):
        return None
    return match.span("name")


def _find_capitals(paragraph: Paragraph, stop: int) -> tuple[int, int] | None:
    """Return where a run of two and more capitalised words stands directly behind `stop`."""
    if paragraph.is_shouting:
        return None
    end, words = stop, paragraph.words
    while (
        end < len(words)
        and end - stop < _LONGEST_CAPITALS
        and words[end][0].isalpha()
        and paragraph.is_capital(end)
    ):
        end += 1
    if end == stop:
        return None
    if end - stop < 2:  # noqa: PLR2004 - one capital may be anything, unless a year closes the name
        while end < len(words) and end - stop < _LONGEST_CAPITALS and words[end][0].isalpha():
            end += 1
        if end == stop or _EDITION.match(paragraph.text, paragraph.ends[end - 1]) is None:
            return None
    return paragraph.starts[stop], paragraph.ends[end - 1]


def _read_congresses(paragraph: Paragraph, bodies: list[Mention]) -> Iterator[Mention]:
    by_start = {body.start: body for body in bodies if body.kind in {"union", "party"}}
    for match in _CONGRESS.finditer(paragraph.text):
        body = by_start.get(match.end())
        party = _PARTY.match(paragraph.text, match.end())
        nth = match["early_nth"] or match["early"]
        owner: str | None
        if body is not None:
            owner, end = body.name, body.end
        elif party is not None:
            owner, end = _PARTY_NAME, party.end()
        else:
            owner = _find_host(paragraph, match.start(), bodies)
            end = match.start() + len(match.group().rstrip())
        tail = _CONGRESS_TAIL.match(paragraph.text, end)
        term = None
        if tail is not None and tail.group():
            end, nth = tail.end(), nth or tail["nth"]
            term = f"{tail['from']}/{tail['to']}" if tail["from"] else None
        is_named = body is not None or party is not None or nth is not None or term is not None
        if owner is None or not is_named:
            continue  # "Đại hội bầu 27 người": the one spoken of, without a name
        name = f"Đại hội {owner}" + (f" lần thứ {_unify_ordinal(nth)}" if nth else "")
        yield _build(
            paragraph, (match.start(), end), name, "congress", "event.congress",
            year=term, organisation=owner,
        )  # fmt: skip
    if paragraph.language == "en":
        for match in _ENGLISH_CONGRESS.finditer(paragraph.text):
            body = next((b for b in bodies if b.start <= match.end() < b.end), None)
            if body is not None:
                alias = paragraph.text[match.end() : body.end]
                owner = find_organisation(alias) or alias
                name = f"Đại hội {owner} lần thứ {_to_roman(int(match['nth']))}"
                yield _build(
                    paragraph, (match.start(), body.end), name, "congress", "event.congress",
                    organisation=owner,
                )  # fmt: skip


def _find_host(paragraph: Paragraph, start: int, bodies: list[Mention]) -> str | None:
    """Return the union or party body named shortly before: "Công đoàn phường A tổ chức Đại hội".

    In small letters it may be anybody's: "các công đoàn xã tổ chức xong đại hội lần thứ I".
    """
    first = max(paragraph.sentence_span(start)[0], start - _HOST_REACH_CHARACTERS)
    near = [
        body for body in bodies if first <= body.end <= start and body.kind in {"union", "party"}
    ]
    return near[-1].name if near and paragraph.text[start].isupper() else None


def _unify_ordinal(ordinal: str) -> str:
    return _to_roman(int(ordinal)) if ordinal.isdecimal() else ordinal.upper()


def _to_roman(number: int) -> str:
    """Return a number from 1 to 99 in Roman numerals.

    Example:
        >>> _to_roman(14), _to_roman(9)
        ('XIV', 'IX')
    """
    tens = ("", "X", "XX", "XXX", "XL", "L", "LX", "LXX", "LXXX", "XC")
    ones = ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")
    return tens[number // 10 % 10] + ones[number % 10]


def _build(
    paragraph: Paragraph,
    span: tuple[int, int],
    name: str,
    kind: EventKind,
    rule: str,
    *,
    id: str | None = None,  # noqa: A002 - the field's name
    year: str | None = None,
    organisation: str | None = None,
    confidence: float = 0.9,
) -> Mention:
    start, end = span
    return Mention(
        EntityType.EVENT, paragraph, paragraph.token_at(start), paragraph.token_at(end - 1) + 1,
        name, rule, id=id, event_kind=kind, date=year, organisation=organisation,
        confidence=confidence, exact=span,
    )  # fmt: skip
