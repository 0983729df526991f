"""Finds persons with their role and organisation.

In: paragraphs in reading order, with their organisations. Out: mentions under the full name: "ông
Nhân" is the Bùi Thanh Nhân named before.

A name is a run of capitals behind a title or an office ("ông", "Phó Chủ tịch ..."), before a dash
or comma with an office, or one that opens with a family name and is long enough to be no place.
"""

import functools
import re
from dataclasses import dataclass, field
from typing import Final

from enricher.domain.mentions import Mention
from enricher.domain.organisations import provinces, surnames
from enricher.domain.text import Paragraph, Phrases, phrase_words
from enricher.domain.vocabulary import folded_set, noun_words, phrase_table
from services.contracts.entities import EntityType
from services.lexicon.fold import fold, strip_diacritics
from services.lexicon.tables import read_table

_TITLES: Final = phrase_table(
    (
        "ông", "bà", "anh", "chị", "đồng chí", "đ/c", "em", "cháu", "cụ", "bác", "chú", "cô",
        "thầy",
        "TS", "TS.", "ThS", "ThS.", "PGS.TS", "PGS. TS", "GS", "GS.TS", "GS. TS", "PGS", "BS",
        "BS.",
        "BSCKII", "KS", "KS.", "LS", "LS.", "luật sư", "tiến sĩ", "thạc sĩ", "bác sĩ", "giáo sư",
        "phó giáo sư", "nhà báo", "kĩ sư", "nghệ sĩ", "nghệ nhân", "anh hùng lao động", "NSND",
        "NSƯT", "mẹ", "vợ", "chồng", "con gái", "con trai", "công nhân", "nữ công nhân",
        "nam công nhân", "chị công nhân", "nạn nhân", "gia đình anh", "gia đình chị",
        "gia đình ông", "gia đình bà",
        "các anh", "các chị", "hai anh", "hai chị", "đoàn viên", "tài xế", "liệt sĩ",
        "thượng tá", "trung tá",
        "đại tá", "thiếu tá", "thiếu tướng", "trung tướng", "thượng tướng", "đại tướng",
        "các đồng chí",
        "các ông", "các bà", "ông bà", "thượng úy", "đại úy", "PV", "phóng viên", "nhà thơ",
        "nhạc sĩ",
        "Mr", "Mr.", "Ms", "Ms.", "Mrs", "Mrs.", "Dr", "Dr.", "Prof", "Prof.", "Sir",
    )
)  # fmt: skip
_MANY: Final = phrase_table(
    ("công nhân", "nữ công nhân", "nam công nhân", "đoàn viên", "nạn nhân", "tài xế")
)
"""Titles that also count people: a province behind them is where they work."""

_FIRM_TITLES: Final = folded_set("ông bà anh chị mr ms mrs dr")
_NEVER_NAMES: Final = folded_set(
    "công liên tổng ủy ban hội phòng sở bộ tỉnh thành quận huyện phường xã việt trung nam bắc đảng "
    "quốc chính ngân tập nhà bệnh trường viện quỹ báo đài cục chi khu mặt đoàn_viên ttxvn the ngày "
    "theo tại trong với từ sau khi năm tháng hiện đây đó và các những một hai ba nghị luật trưởng "
    "phó giám chủ bí thứ đại ubnd lđlđ tlđlđ cđcs hđnd mttq tp kcn tnhh chánh nguyên đội tổ"
)
_PLACE_BEFORE: Final = phrase_table(
    (
        "đường", "phố", "phường", "xã", "quận", "huyện", "tỉnh", "thành phố", "TP", "TP.",
        "trường", "THCS",
        "THPT", "tiểu học", "mầm non", "giải thưởng", "giải", "huyện đảo", "thị xã", "thị trấn",
        "thôn",
        "ấp", "bản", "công viên", "cầu", "chợ", "bến", "sông", "núi", "đảo", "đèo", "hồ", "KCN",
        "quỹ",
        "học bổng", "bảo tàng", "nhà hát", "tượng đài", "khu di tích", "đại lộ", "ngõ", "hẻm",
        "làng",
        "bệnh viện", "khu công nghiệp", "công ty", "TNHH", "cổ phần", "CP", "tập đoàn", "ga",
        "quảng trường",
        "cảng", "nhà máy", "TNCS", "cộng sản", "khu", "chùa", "đền", "nghĩa trang", "cung",
        "đặc khu", "báo",
        "liên khu", "tổ", "khu phố", "tour", "dịp tết", "tết", "nguyên đán", "nhà văn hóa",
        "sân vận động",
    )
)  # fmt: skip
_PROFESSIONS: Final = folded_set("luật bác kĩ nhà tài phóng nhạc nghệ giáo")
_ELECTED: Final = phrase_table(
    (
        "giữ chức", "giữ chức vụ", "được bầu giữ chức", "được bầu giữ chức vụ", "được bầu làm",
        "được bầu", "được bổ nhiệm làm", "được bổ nhiệm giữ chức", "được bổ nhiệm giữ chức vụ",
        "tái đắc cử chức", "tái đắc cử", "tiếp tục giữ chức", "tiếp tục được bầu giữ chức",
        "trúng cử chức", "trúng cử chức vụ", "được tín nhiệm bầu giữ chức", "được bầu là",
        "được tín nhiệm bầu làm", "đảm nhiệm chức vụ", "được chỉ định giữ chức",
        "được chỉ định làm", "được chỉ định giữ chức vụ", "làm",
    )
)  # fmt: skip
_COMPANY_OFFICE: Final = re.compile(
    r"(?:nữ |nam )?công nhân(?! (?:viên|lao động))|quản đốc|phó quản đốc|tổ trưởng|chuyền trưởng|"
    r"tổng giám đốc|phó tổng giám đốc|trưởng ca|thợ |trưởng phòng nhân sự|giám đốc nhân sự"
)
_OFFICE_OF_BODY: Final = re.compile(
    r"(?:quyền |nguyên )?(?:phó )?(?:chủ tịch|giám đốc|trưởng|bí thư|hiệu trưởng|chánh|chủ nhiệm|"
    r"tổng thư kí|tổng giám đốc|cục trưởng|vụ trưởng|viện trưởng|người phát ngôn|bộ trưởng|"
    r"thứ trưởng)|(?:vice |deputy |general |assistant )*(?:president|chair|secretary|director|"
    r"spokes|ceo|chief executive|minister|organi[sz]er|head)"
)
_NO_UNION_OFFICE: Final = re.compile(r"(?:phó )?(?:tổng )?(?:giám đốc|hiệu trưởng|cục trưởng|viện)")
_COMMON_ROLE: Final = re.compile(
    r"(?:nữ |nam )?(?:công nhân|cán bộ|đại diện|đoàn viên|nhân viên|giáo viên|nông dân|ngư dân|"
    r"giảng viên|sinh viên|cô giáo|thầy giáo|thợ|bảo vệ|lái xe|tài xế|chuyên gia|kế toán)"
)
"""Roles so common that what follows is a name of a person only behind a family name."""

_MINOR_ROLES: Final = folded_set("ủy thành tỉnh đại", separator=None)
_LOWER_ROLE_STOP: Final = folded_set("chuyên nhân công phụ")
_ENGLISH_SAYS: Final = folded_set("said says told added")
_ENGLISH_NOT_NAMES: Final = folded_set(
    "the a an in on at of for and union federation congress ministry company workers strike "
    "labor labour "
    "international national general trade vietnam viet hanoi city province january february "
    "march april may "
    "june july august september october november december monday tuesday wednesday thursday friday "
    "saturday sunday president chairman secretary director minister vice standing deputy mr ms "
    "mrs dr but "
    "this that these those it he she they we as by with from to after before when while"
)
_LONGEST_NAME: Final = 5
_ASIDE_TOKENS: Final = 30
_TRADE_TAIL_TOKENS: Final = 5
_TRADE: Final = re.compile("thợ|công|nhân|giáo|tài|bác|kĩ|điều|nữ|nam|lái|y|hộ|kế|giảng")
"""First words of the trades, which rank or place of work follow before the name."""

_JOB_REACH_TOKENS: Final = 40
_WORKS: Final = phrase_table(
    tuple(
        f"{verb} {where}"
        for verb in ("làm việc", "công tác", "làm", "đang làm", "gắn bó")
        for where in ("tại", "ở", "cho", "với")
    )
)
_KIN: Final = folded_set("chồng vợ con em mẹ bố cha anh chị gái trai xin muốn từng")
_UNIT_TOKENS: Final = 7
_UNITS_OF_BODY: Final = folded_set("khoa phòng ban tổ chuyền phân xưởng bộ đội trạm chi công")
"""What stands between a name and its body: "khoa Cấp cứu Bệnh viện ...", "chuyền 4 Công ty ..."."""

_HOMES: Final = folded_set("tỉnh huyện xã phường thành quận tp thôn ấp")
_BIOGRAPHY: Final = folded_set("sinh sn quê ngụ trú dân thường tạm nguyên_quán người trên hơn gần")
"""What opens an aside on a person's age, birth or home."""

_BARE_NAME_TOKENS: Final = 3


@functools.cache
def _roles() -> Phrases[str]:
    return Phrases({role: role for _, role in read_table("roles.tsv")})


@dataclass(slots=True)
class PersonReader:
    """Reads persons through an article and remembers their full names."""

    by_last_name: dict[str, Mention] = field(default_factory=dict)
    by_name: dict[str, Mention] = field(default_factory=dict)
    last_organisation: str | None = None
    last_company: str | None = None
    first_union: str | None = None
    place_stop: int = 0

    def read(
        self, paragraph: Paragraph, organisations: list[Mention], taken: set[int]
    ) -> list[Mention]:
        """Return the persons of a paragraph; `taken` are tokens of other names."""
        if paragraph.language == "ko":
            return []
        starts = {mention.first: mention for mention in organisations}
        ends = {mention.stop: mention for mention in organisations}
        found: list[Mention] = []
        self.place_stop = 0
        at, count = 0, len(paragraph.words)
        while at < count:
            mention = None
            if at not in taken and paragraph.words[at][0].isalpha() and paragraph.is_capital(at):
                if paragraph.language == "en":
                    mention = self._read_english(paragraph, at, starts, ends, taken)
                else:
                    mention = self._read_name(paragraph, at, starts, ends, taken)
            if mention is None:
                at += 1
                continue
            if mention.role is not None and mention.organisation is None:
                mention.organisation = self._employer(mention, organisations)
            found.append(self._remember(mention))
            at = mention.stop
        self._read_jobs(paragraph, found, starts)
        self._remember_bodies(organisations)
        return found

    def _remember_bodies(self, organisations: list[Mention]) -> None:
        for one in organisations:
            self.last_organisation = one.name
            if one.kind == "company":
                self.last_company = one.name
            elif one.kind == "union" and self.first_union is None:
                self.first_union = one.name

    def _read_jobs(
        self, paragraph: Paragraph, people: list[Mention], starts: dict[int, Mention]
    ) -> None:
        """Give persons without an office the job told behind: "... làm thợ điện cho Công ty X".

        "chồng làm ..." tells another one's job.
        """
        words = paragraph.words
        for index, person in enumerate(people):
            if person.role is not None or person.organisation is not None:
                continue
            end = min(len(words), person.stop + _JOB_REACH_TOKENS)
            if index + 1 < len(people):
                end = min(end, people[index + 1].first)
            for at in range(person.stop, end - 1):
                if works := _WORKS.match(words, at):
                    person.organisation = self._workplace(words, works[0], starts)
                    break
                role = _roles().match(words, at + 1) if words[at] == "làm" else None
                if role is None or _KIN & set(words[max(person.stop, at - 3) : at]):
                    continue
                person.role = self._long_role(paragraph, at + 1, role[0])
                behind = range(role[0], min(len(words), role[0] + 4))
                person.organisation = next((starts[i].name for i in behind if i in starts), None)
                known = self.by_name.get(strip_diacritics(person.name))
                if known is not None and known.role is None:
                    known.role, known.organisation = person.role, person.organisation
                break

    def _workplace(self, words: list[str], at: int, starts: dict[int, Mention]) -> str | None:
        """Return where someone works: "tại Công ty X", "ở đây" is the company named last."""
        if words[at : at + 1] == ["đây"]:
            before = [one.name for first, one in starts.items() if first < at]
            return before[-1] if before else self.last_company
        return starts[at].name if at in starts else None

    def _employer(self, person: Mention, organisations: list[Mention]) -> str | None:
        """Return the body that an office told alone belongs to: the last one named before it.

        A worker's or a manager's is a company; a director's no union; a profession tells none.
        """
        role = fold(person.role or "")
        before = [one for one in organisations if one.stop <= person.first]
        if _COMPANY_OFFICE.match(role):
            companies = [one.name for one in before if one.kind == "company"]
            return companies[-1] if companies else self.last_company
        if not _OFFICE_OF_BODY.match(role):
            return None
        fitting = [
            one.name
            for one in before
            if one.rule != "organisation.short"
            and not (one.kind == "union" and _NO_UNION_OFFICE.match(role))
        ]
        return fitting[-1] if fitting else None

    def _remember(self, mention: Mention) -> Mention:
        """Give a short mention its full name, and a person the role told once."""
        known = self.by_name.get(strip_diacritics(mention.name))
        if known is None and " " not in mention.name:
            known = self.by_last_name.get(strip_diacritics(mention.name))
        if known is None:
            self.by_name[strip_diacritics(mention.name)] = mention
            if " " in mention.name:
                self.by_last_name.setdefault(strip_diacritics(mention.name.split()[-1]), mention)
                if mention.paragraph.language == "en":
                    return mention
                last_two = " ".join(mention.name.split()[-2:])
                self.by_name.setdefault(strip_diacritics(last_two), mention)
            return mention
        mention.name = known.name
        if mention.role is None:
            mention.role, mention.organisation = known.role, known.organisation
        elif known.role is None:
            known.role, known.organisation = mention.role, mention.organisation
        elif mention.organisation is None and mention.role == known.role:
            mention.organisation = known.organisation
        return mention

    # -- Vietnamese -----------------------------------------------------------------------------

    def _run(
        self, paragraph: Paragraph, at: int, taken: set[int], *, longest: int = _LONGEST_NAME
    ) -> int:
        """Return the token behind a run of capitalised words that may be a name."""
        words, stop = paragraph.words, at
        text = paragraph.text
        while stop < len(words) and stop - at < longest and stop not in taken:
            word = text[paragraph.starts[stop] : paragraph.ends[stop]]
            if (
                not word.isalpha()
                or not word[0].isupper()
                or (len(word) > 1 and word.isupper() and len(word) < 6)  # noqa: PLR2004 - a short reach, in words
            ):
                if word == "'" and stop > at and paragraph.touches(stop):
                    stop += 1
                    continue
                break
            stop += 1
        return stop

    def _read_name(  # noqa: C901, PLR0911, PLR0912 - a case of the grammar each
        self,
        paragraph: Paragraph,
        at: int,
        starts: dict[int, Mention],
        ends: dict[int, Mention],
        taken: set[int],
    ) -> Mention | None:
        words = paragraph.words
        title = _TITLES.match_before(words, at)
        is_named_so = title is not None and words[at - 1] in _FIRM_TITLES
        if _roles().match(words, at) or (
            words[at] in _NEVER_NAMES and words[at] not in surnames() and not is_named_so
        ):
            return None
        opened = _TITLES.match(words, at)
        if opened and opened[0] < len(words) and paragraph.is_capital(opened[0]):
            return None  # "Ông Bùi Thanh Nhân": the name begins behind the title
        place = _PLACE_BEFORE.match(words, at) if title is None and words[at] != "hồ" else None
        if place and self._run(paragraph, place[0], taken) > place[0]:
            return None
        stop = self._run(paragraph, at, taken)
        length = stop - at
        if length == 0 or (length == 1 and len(words[at]) == 1):
            return None  # "anh T." keeps who it is to itself
        is_surname = words[at] in surnames()
        province = provinces().match(words, at)
        if title is None and province and province[0] >= stop:
            return None
        if title is not None and provinces().match(words, title[0]):
            return None  # "Bà Rịa - Vũng Tàu"
        if title is not None and province and province[0] >= stop and _MANY.match(words, title[0]):
            return None  # "41.000 công nhân Hưng Yên" are of a province
        if title is not None:
            is_firm = words[at - 1] in _FIRM_TITLES or words[title[0]] in {"đồng", "đ"}
            if length == 1 and not is_firm:
                return None
            if not is_surname and not is_firm and length < 2:  # noqa: PLR2004
                return None
            if (
                words[at - 1] in {"anh", "mẹ", "em", "bà", "chị", "cô"}
                and length == 1
                and paragraph.is_capital(at - 1)
                and at > 1
                and paragraph.is_capital(at - 2)
            ):
                return None
            role, organisation = self._office_before(paragraph, title[0], ends)
            if role is None:
                role, organisation = self._office_after(paragraph, stop, starts)
            if role is None and (
                words[title[0]] in _PROFESSIONS or _roles().match(words, title[0])
            ):
                role = phrase_words(paragraph, title[0], at)
                role = role[0].upper() + role[1:]
            if organisation is None:
                organisation = self._body_behind(paragraph, stop, starts)
            return self._mention(paragraph, at, stop, role, organisation, "person.title")
        if at not in ends and self._is_place_context(paragraph, at):
            self.place_stop = stop
            return None
        if length < 2 or (at < self.place_stop and length < _BARE_NAME_TOKENS):  # noqa: PLR2004
            return None  # "phường Lộc Hà Thượng": the rest of a place
        role, organisation = self._office_before(paragraph, at, ends)
        if role is not None and (is_surname or length in {2, 3, 4}):
            if not is_surname and _COMMON_ROLE.match(fold(role)):
                return None  # "công nhân Việt Tiến" are of a company
            is_short = not is_surname and length == 2  # noqa: PLR2004
            if is_short and organisation is None and not self._acts_as_person(paragraph, at, stop):
                return None
            organisation = organisation or self._body_behind(paragraph, stop, starts)
            return self._mention(paragraph, at, stop, role, organisation, "person.office_before")
        if not is_surname:
            return self._foreign(paragraph, at, stop, starts)
        role, organisation = self._office_after(paragraph, stop, starts)
        if role is not None:
            return self._mention(paragraph, at, stop, role, organisation, "person.office_after")
        if strip_diacritics(phrase_words(paragraph, at, stop)) in self.by_name:
            return self._mention(paragraph, at, stop, None, None, "person.known")
        in_list = (
            at > 1
            and words[at - 1] in {",", "và", ";", ":"}
            and (at - 1) in {p.stop for p in self._last(paragraph)}
        )
        if length >= _BARE_NAME_TOKENS or in_list:
            if (
                words[at]
                in {
                    "hà",
                    "thái",
                    "lâm",
                    "hòa",
                    "sơn",
                    "giang",
                    "kim",
                    "hồng",
                    "từ",
                    "quảng",
                    "tây",
                    "trà",
                }
                and length < 3  # noqa: PLR2004 - a short reach, in words
            ):
                return None
            if "đán" in words[at:stop] or (words[at] == "hồ" and words[at + 1] == "chí"):
                return None
            return self._mention(paragraph, at, stop, None, None, "person.bare", confidence=0.7)
        return None

    def _acts_as_person(self, paragraph: Paragraph, at: int, stop: int) -> bool:
        """Return whether two capitals right behind an office do what persons do: "chia sẻ"."""
        words = paragraph.words
        is_direct = _roles().match_before(words, at) is not None
        return (
            is_direct
            and noun_words("verb").match(words, stop) is not None
            and not any(word in _NEVER_NAMES for word in words[at:stop])
        )

    def _body_behind(
        self, paragraph: Paragraph, stop: int, starts: dict[int, Mention]
    ) -> str | None:
        """Return the body told behind a name: "Luật sư A, Trung tâm X", "kĩ sư B (Công ty Y)"."""
        words, at = paragraph.words, self._skip_asides(paragraph, stop)
        mark = words[at] if at < len(words) else "."
        if mark in {"của", "thuộc"} and at + 1 in starts:
            return starts[at + 1].name
        if mark not in {"(", ",", "-"}:
            return None
        place = at + 1
        if words[place : place + 1] and words[place] in _UNITS_OF_BODY:
            limit = min(len(words), place + _UNIT_TOKENS)
            place = next((i for i in range(place, limit) if i in starts), place)
        if place not in starts:
            return None
        behind = starts[place].stop
        is_closed = words[behind : behind + 1] in ([")"], [","], ["-"])
        return starts[place].name if is_closed else None

    def _last(self, paragraph: Paragraph) -> list[Mention]:
        return [mention for mention in self.by_name.values() if mention.paragraph is paragraph]

    def _foreign(
        self, paragraph: Paragraph, at: int, stop: int, starts: dict[int, Mention]
    ) -> Mention | None:
        role, organisation = self._office_after(paragraph, stop, starts)
        if role is None or (paragraph.words[stop : stop + 1] == [","] and organisation is None):
            return None
        if stop - at > 4 or (paragraph.starts[at] in paragraph.sentences and stop - at < 2):  # noqa: PLR2004
            return None
        if any(word in _NEVER_NAMES for word in paragraph.words[at:stop]):
            return None
        return self._mention(
            paragraph, at, stop, role, organisation, "person.foreign", confidence=0.7
        )

    def _is_place_context(self, paragraph: Paragraph, at: int) -> bool:
        return _PLACE_BEFORE.match_before(paragraph.words, at) is not None

    def _mention(
        self,
        paragraph: Paragraph,
        at: int,
        stop: int,
        role: str | None,
        organisation: str | None,
        rule: str,
        *,
        confidence: float = 0.9,
    ) -> Mention:
        name = phrase_words(paragraph, at, stop)
        if name.isupper():
            name = name.title()
        return Mention(
            EntityType.PERSON, paragraph, at, stop, name, rule, role=role,
            organisation=organisation,
            confidence=confidence,
        )  # fmt: skip

    def _office_before(  # noqa: C901, PLR0911, PLR0912 - a case of the grammar each
        self, paragraph: Paragraph, at: int, ends: dict[int, Mention]
    ) -> tuple[str | None, str | None]:
        """Return the office that ends before `at`: "Phó Chủ tịch LĐLĐ TP Hà Nội" and its body."""
        words, stop, organisation = paragraph.words, at, None
        if stop and words[stop - 1] in {"là", ":"}:
            stop -= 1
        if stop > 3 and words[stop - 1] == ")" and words[stop - 3] == "(" and stop - 3 in ends:  # noqa: PLR2004
            stop -= 3  # "Tổng Giám đốc Tập đoàn Điện lực Việt Nam (EVN) | Nguyễn Văn A"
        if (
            stop > 1
            and words[stop - 1] == ","
            and (stop - 1) in ends
            and not paragraph.is_capital(at)
        ):
            stop -= 1  # "Chủ tịch Công đoàn Công ty X, bà Trần Tường Anh"
        direct = _roles().match_before(words, stop)
        if direct is not None:
            return self._long_role(paragraph, direct[0], stop), None  # "Đại biểu Quốc hội X"
        while stop in ends:
            organisation = ends[stop].name if organisation is None else organisation
            stop = ends[stop].first
        if (
            0 < stop < len(words)
            and words[stop] in {"ban", "phòng", "đoàn"}
            and words[stop - 1] in {"trưởng", "phó"}
        ):
            stop += 1  # "Phó Trưởng | Ban Tuyên giáo": the office takes its last word back
        for back in range(stop, max(-1, stop - 9), -1):
            role = _roles().match_before(words, back)
            if role is None:
                if back and (words[back - 1] in {",", ".", ";", ":", "(", ")"} or back in ends):
                    if back in ends and back != stop:
                        return None, None
                    if words[back - 1] in {".", ";", ":", "(", ")"}:
                        return None, None
                    if back != stop:
                        return None, None
                continue
            gap = words[back:stop]
            if any(
                word in {"đã", "và", "của", "cho", "với", "có", "trao", "tặng"}
                for word in gap
                if word != "của"
            ):
                return None, None
            if organisation is None and self._tells_trade(paragraph, role[0], back, stop):
                return self._long_role(paragraph, role[0], back), None
            if organisation is None and gap:
                tail = phrase_words(paragraph, back, stop)
                if not paragraph.is_capital(back) and words[back] not in {
                    "phụ",
                    "thường",
                    "của",
                    "kiêm",
                    "tỉnh",
                    "thành",
                    "công",
                    "nước",
                }:
                    return None, None
                organisation = self._resolve_tail(tail)
            return self._long_role(paragraph, role[0], back), organisation
        return None, None

    def _tells_trade(self, paragraph: Paragraph, start: int, at: int, stop: int) -> bool:
        """Return whether a trade at `start` goes on to the name: "thợ tiện | bậc 7/7 Bùi Văn A"."""
        return stop - at <= _TRADE_TAIL_TOKENS and all(
            not paragraph.is_capital(token)
            and not noun_words("verb").match(paragraph.words, token)
            and paragraph.words[token] not in {",", ".", ";", ":", "(", ")", '"'}
            for token in range(start + 1, stop)
        ) and _TRADE.match(paragraph.words[start]) is not None  # fmt: skip

    def _resolve_tail(self, tail: str) -> str | None:
        return tail if len(tail.split()) > 2 and tail[0].isupper() else None  # noqa: PLR2004

    def _long_role(self, paragraph: Paragraph, start: int, stop: int) -> str:
        """Return the office as written, with a capital: "Phó Chủ tịch Thường trực"."""
        words = paragraph.words
        if words[stop : stop + 2] == ["thường", "trực"] or words[stop : stop + 2] == [
            "phụ",
            "trách",
        ]:
            stop += 2
        text = phrase_words(paragraph, start, stop)
        return text[0].upper() + text[1:]

    def _office_after(  # noqa: C901, PLR0912 - a case of the grammar each
        self, paragraph: Paragraph, stop: int, starts: dict[int, Mention]
    ) -> tuple[str | None, str | None]:
        """Return the office behind a name: "- Phó Trưởng ban ...", "(Chủ tịch ...)"."""
        words, at = paragraph.words, self._skip_asides(paragraph, stop)
        if elected := _ELECTED.match(words, at):
            return self._elected_office(paragraph, elected[0], starts)
        if at >= len(words):
            return None, None
        if words[at] in {"-", ",", "(", "là"}:
            at += 1
        elif words[at - 1] != ")":
            return None, None  # "Trần Văn Hai (41 tuổi) công nhân ..." needs no mark
        while at < len(words) and words[at] in {"là", "hiện", "nguyên", "cựu"}:
            if _roles().match(words, at):
                break
            at += 1
        offices: list[tuple[str, str | None]] = []
        limit = min(len(words), at + 40)
        while at < limit:
            role = _roles().match(words, at)
            if role is None:
                break
            name = self._long_role(paragraph, at, role[0])
            cursor, organisation = role[0], None
            while (
                cursor < limit
                and (
                    words[cursor] not in {",", ".", ";", ":", "-", ")", "("}
                    or self._joins_board(paragraph, cursor)
                )
                and cursor not in starts
            ):
                if cursor - role[0] > 8 or words[cursor] in {  # noqa: PLR2004 - a short reach, in words
                    "đã",
                    "cho",
                    "phát",
                    "nhấn",
                    "khẳng",
                    "chia",
                    "trao",
                    "chủ",
                    "và",
                }:
                    break
                cursor += 1
            if (
                cursor not in starts
                and cursor < limit
                and words[cursor] in {"(", "-", ","}
                and cursor + 1 in starts
            ):
                cursor += 1
            if cursor in starts:
                organisation, cursor = self._nearest_body(starts, cursor, words)
            elif cursor > role[0] + 1:
                organisation = self._resolve_tail(phrase_words(paragraph, role[0], cursor))
            offices.append((name, organisation))
            if cursor < limit and words[cursor] in {",", "-"}:
                at = cursor + 1
                continue
            break
        if not offices:
            return None, None
        for office in offices:
            if fold(office[0]).split()[0] not in _MINOR_ROLES or len(offices) == 1:
                return office
        return offices[0]

    def _skip_asides(self, paragraph: Paragraph, stop: int) -> int:
        """Return the token behind what is told of a person before the office: age, birth, home.

        "(41 tuổi, quê Nghệ An, | công nhân ...)", "(sinh năm 1980) | - Chủ tịch ...": the result is
        the mark before the office, or the token behind the closed bracket.
        """
        words, at, limit = paragraph.words, stop, min(len(paragraph.words), stop + _ASIDE_TOKENS)
        openers = _BIOGRAPHY
        while at + 1 < limit and words[at] in {",", "(", "-"}:
            if not (paragraph.is_number(at + 1) or words[at + 1] in openers):
                break
            marks = {",", ")"} if words[at] != "-" else {",", "-"}
            behind = next((i for i in range(at + 2, limit) if words[i] in marks), None)
            if behind is None:
                break
            openers = _BIOGRAPHY | _HOMES  # "quê xã Nghi Lâm, tỉnh Nghệ An"
            at = behind + 1 if words[behind] == ")" else behind
        return at

    def _joins_board(self, paragraph: Paragraph, at: int) -> bool:
        """Return whether a dash stands inside a board's name: "Chính sách - Pháp luật".

        In small letters the name must go on to a comma: "việc làm - an toàn lao động, Sở ...".
        """
        words = paragraph.words
        if words[at] != "-" or at + 1 >= len(words) or _roles().match(words, at + 1):
            return False
        if paragraph.is_capital(at + 1):
            return True
        return "," in words[at + 1 : at + 7] and not {"-", "."} & set(words[at + 1 : at + 7])

    def _elected_office(
        self, paragraph: Paragraph, at: int, starts: dict[int, Mention]
    ) -> tuple[str | None, str | None]:
        """Return the office of "được bầu giữ chức Chủ tịch ..."; a list names its body last."""
        words = paragraph.words
        role = _roles().match(words, at)
        if role is None:
            return None, None
        _, end = paragraph.sentence_span(paragraph.starts[at])
        for place in range(role[0], len(words)):
            if paragraph.starts[place] >= end:
                break
            if place in starts:
                return self._long_role(paragraph, at, role[0]), starts[place].name
        return self._long_role(paragraph, at, role[0]), self.first_union

    def _nearest_body(
        self, starts: dict[int, Mention], at: int, words: list[str]
    ) -> tuple[str, int]:
        """Return the organisation of an office, and the token behind it.

        A board belongs to what stands behind it: "Ban Tuyên giáo LĐLĐ ...", "Ban ... (Tổng LĐLĐ)".
        """
        mention = starts[at]
        behind = mention.stop
        if behind < len(words) and words[behind] in {"(", "-", "của", "thuộc", ","}:
            behind += 1
        if mention.name.startswith("Ban ") and behind in starts:
            return starts[behind].name, starts[behind].stop
        return mention.name, mention.stop

    # -- English ----------------------------------------------------------------------------------

    def _read_english(  # noqa: PLR0911 - a case of the grammar each
        self,
        paragraph: Paragraph,
        at: int,
        starts: dict[int, Mention],
        ends: dict[int, Mention],
        taken: set[int],
    ) -> Mention | None:
        words = paragraph.words
        if words[at] in _ENGLISH_NOT_NAMES or _roles().match(words, at):
            return None
        stop = at
        while stop < len(words) and stop - at < 4 and stop not in taken:  # noqa: PLR2004
            text = paragraph.text[paragraph.starts[stop] : paragraph.ends[stop]]
            if not text[0].isupper() or not text.isalpha() or words[stop] in _ENGLISH_NOT_NAMES:
                is_initial = text == "." and stop > at and len(words[stop - 1]) == 1
                is_hyphen = (
                    text in {"-", "'"}
                    and paragraph.touches(stop)
                    and stop + 1 < len(words)
                    and paragraph.is_capital(stop + 1)
                )
                if not is_initial and not is_hyphen:
                    break
            stop += 1
        length = stop - at
        if length == 0:
            return None
        title = _TITLES.match_before(words, at)
        if title is not None and words[title[0]] in {"mr", "ms", "mrs", "dr", "prof", "sir"}:
            role, organisation = self._english_office(paragraph, at, stop, starts, ends)
            return self._mention(paragraph, at, stop, role, organisation, "person.title")
        known = (
            self.by_last_name.get(strip_diacritics(phrase_words(paragraph, at, stop)))
            if length == 1
            else None
        )
        if known is not None and known.type is EntityType.PERSON:
            return self._mention(paragraph, at, stop, None, None, "person.known")
        if length < 2 or paragraph.text[paragraph.starts[at] : paragraph.ends[at]].isupper():  # noqa: PLR2004
            return None
        role, organisation = self._english_office(paragraph, at, stop, starts, ends)
        says = words[stop : stop + 1] and words[stop] in _ENGLISH_SAYS
        said = at and words[at - 1] in _ENGLISH_SAYS
        if role is None and not says and not said:
            return None
        return self._mention(paragraph, at, stop, role, organisation, "person.english")

    def _english_office(  # noqa: C901, PLR0912 - a case of the grammar each
        self,
        paragraph: Paragraph,
        at: int,
        stop: int,
        starts: dict[int, Mention],
        ends: dict[int, Mention],
    ) -> tuple[str | None, str | None]:
        words = paragraph.words
        role = _roles().match_before(words, at)
        if role is not None:
            before = role[0]
            if words[before - 1] == "," and before - 1 in ends:
                before -= 1  # "At the X union, chair A"
            organisation = ends[before].name if before in ends else None
            if (
                organisation is None
                and before > 1
                and words[before - 1] == "s"
                and (before - 2) in ends
            ):
                organisation = ends[before - 2].name
            return self._long_role(paragraph, role[0], at), organisation
        if words[stop : stop + 1] != [","]:
            return None, None
        cursor = stop + 1
        organisation = None
        if cursor < len(words) and words[cursor] in {"the", "a", "an", "its", "their"}:
            if words[cursor] in {"its", "their"}:
                before_all = [mention.name for first, mention in starts.items() if first < at]
                organisation = before_all[-1] if before_all else self.last_organisation
            cursor += 1
        for skip in range(6):
            if cursor + skip >= len(words):
                break
            if (cursor + skip) in starts:
                organisation = starts[cursor + skip].name
            found = _roles().match(words, cursor + skip)
            if found is None:
                if words[cursor + skip] in {",", "."}:
                    break
                continue
            name = self._long_role(paragraph, cursor + skip, found[0])
            for place in range(found[0], min(len(words), found[0] + 6)):
                if place in starts:
                    return name, starts[place].name
                if words[place] in {",", "."}:
                    break
            if organisation is None and words[found[0] : found[0] + 2] == ["of", "the"]:
                known = [mention.name for first, mention in starts.items() if first < at]
                organisation = known[-1] if known else self.last_organisation
            return name, organisation
        return None, None
