"""Finds organisations: fixed names by gazetteer, bodies with an area or a name by grammar.

In: paragraphs in reading order. Out: mentions with one canonical name per organisation. A short
form ("LĐLĐ thành phố", "UBND tỉnh") is resolved by the area last named in the article.
"""

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Final, get_args

from enricher.domain.mentions import Mention, OrganisationKind
from enricher.domain.text import Paragraph, Phrases, phrase_words
from enricher.domain.vocabulary import folded_set, noun_words, phrase_table
from services.contracts.entities import EntityType
from services.lexicon.abbreviations import expand_abbreviation
from services.lexicon.fold import fold
from services.lexicon.places import (
    country_names,
    find_local,
    find_province,
    province_names,
)
from services.lexicon.tables import read_table

LONGEST_NAME_TOKENS: Final = 14
_LONGEST_SUBJECT_TOKENS: Final = 8
_LONGEST_COMPOUND_TOKENS: Final = 5
_COMMON_SURNAMES: Final = folded_set(
    "nguyễn trần lê phạm hoàng huỳnh phan vũ võ đặng bùi đỗ hồ ngô dương lý đinh trịnh"
)
"""Family names of nine in ten: inside a run of capitals only these open a person's name."""

_COMMITTEE: Final = re.compile(r"^(?:Ban Chấp hành|Ban Thường vụ|BCH|BTV) (?=Công đoàn)")
"""A union's committee acts for the union."""

_OFFICE_ENDS: Final = frozenset({"đốc", "tịch", "trưởng", "phó", "thư", "viên"})
"""Last syllables of offices: "Phó Giám đốc bệnh viện" is of the one named before."""

_OFFICES: Final = frozenset({"phó", "chủ", "giám", "trưởng", "ông", "bà", "tổng", "bí", "đồng"})
_LEVELS: Final = Phrases(
    {
        "thành phố": "thành phố", "TP": "thành phố", "TP.": "thành phố", "tỉnh": "tỉnh",
        "quận": "quận", "Q.": "quận", "huyện": "huyện", "H.": "huyện", "thị xã": "thị xã",
        "TX": "thị xã", "TX.": "thị xã", "phường": "phường", "P.": "phường", "xã": "xã",
        "thị trấn": "thị trấn", "TT.": "thị trấn", "đặc khu": "đặc khu",
        "khu vực": "khu vực", "liên phường": "liên phường", "liên xã": "liên xã",
    }
)  # fmt: skip
_LOCAL_LEVELS: Final = frozenset({"quận", "huyện", "thị xã", "phường", "xã", "thị trấn", "đặc khu"})
_AREA_TAILS: Final = frozenset(
    {"đông", "tây", "nam", "bắc", "thượng", "hạ", "trung", "nội", "ngoại"}
)
"""Parts that a known name goes on with: Hòa Thuận, Hòa Thuận Tây."""

_NAME_JOINTS: Final = frozenset({"-", "&", "và", ",", ".", "'", "–"})
_UNION_NEXT: Final = phrase_table(
    (
        "ngành", "các khu công nghiệp", "các KCN", "các Khu công nghiệp", "khu công nghiệp", "KCN",
        "khu kinh tế", "các khu chế xuất", "công ty", "Công ty", "tổng công ty", "tập đoàn", "sở",
        "bộ", "bệnh viện", "trường", "phường", "xã", "viên chức", "giáo dục", "y tế", "cơ sở",
        "KKT",
        "cụm công nghiệp", "đặc khu", "khối", "cơ quan", "nhà máy", "khu công nghệ cao", "các KCX",
        "liên phường", "liên xã", "các khu kinh tế", "các KKT", "cụm công nghiệp",
        "quận", "huyện", "thị xã", "ban", "văn phòng", "các Khu công nghệ cao", "hợp tác xã", "báo",
        "các khu chế xuất và công nghiệp", "khu chế xuất", "đại học", "học viện", "ngân hàng",
        "trung tâm", "chi nhánh", "xí nghiệp", "cảng", "viện", "cục", "đài", "TNHH",
    )
)  # fmt: skip
_COMPANY_FORMS: Final = phrase_table(
    (
        "TNHH", "trách nhiệm hữu hạn", "cổ phần", "CP", "MTV", "một thành viên", "hai thành viên",
        "liên doanh", "hợp danh", "TNHH MTV", "TNHH Một thành viên", "mẹ", "con", "CPTM", "TMCP",
        "TM", "DV", "SX", "thương mại", "tư nhân", "nhà nước",
    )
)  # fmt: skip
_COMPANY_WORDS: Final = phrase_table(
    (
        "điện tử", "đầu tư", "xây dựng", "thương mại", "dịch vụ", "sản xuất", "may mặc", "dệt may",
        "cơ khí", "vận tải", "chế biến", "thủy sản", "thực phẩm", "công nghệ", "công nghiệp",
        "kĩ thuật", "quốc tế", "bao bì", "nhựa", "da giày", "giày da", "môi trường", "đô thị",
        "cấp nước", "xuất nhập khẩu", "nhập khẩu", "xuất khẩu", "khoáng sản", "bảo hiểm",
        "bất động sản", "viễn thông", "năng lượng", "dược phẩm", "linh kiện", "phụ tùng",
        "hóa chất",
        "lương thực", "kinh doanh", "phát triển", "tổng hợp", "tập đoàn", "phân bón", "cao su",
        "xi măng", "thép", "điện lực", "nông nghiệp", "thoát nước", "chiếu sáng", "giao thông",
        "thiết bị", "y tế", "giáo dục", "may", "giày", "dệt", "gỗ", "nội thất", "in", "logistics",
        "vật liệu", "vật tư", "hàng không", "hàng hải", "đường sắt", "du lịch", "bảo vệ", "vệ sĩ",
        "quản lí", "khai thác", "công trình", "xăng dầu", "than", "dầu khí", "chính xác", "ô tô",
        "xe máy", "thuốc lá", "bia", "rượu", "nước giải khát", "sữa", "thức ăn chăn nuôi",
        "hữu hạn",
        "và phát triển", "truyền thông", "bách khoa", "tư vấn pháp luật",
        "tư vấn pháp luật công đoàn", "dịch vụ việc làm", "đa khoa", "sư phạm", "ngoại thương",
        "kinh tế", "quốc dân", "nông lâm", "thủy lợi", "y dược", "phụ sản", "hữu nghị",
        "trung ương", "quốc gia", "văn hóa", "thể thao", "bưu điện", "bưu chính", "thông tin",
        "kiểm toán", "tư vấn", "thiết kế", "nhân lực",
    )
)  # fmt: skip
_STATE_WORDS: Final = phrase_table(
    (
        "nội vụ", "y tế", "giáo dục và đào tạo", "giáo dục", "lao động - thương binh và xã hội",
        "lao động, thương binh và xã hội", "lao động thương binh và xã hội", "tài chính",
        "xây dựng", "công thương", "tư pháp", "giao thông vận tải", "kế hoạch và đầu tư",
        "khoa học và công nghệ", "văn hóa và thể thao", "văn hóa, thể thao và du lịch", "du lịch",
        "nông nghiệp và môi trường", "nông nghiệp và phát triển nông thôn", "ngoại vụ",
        "tài nguyên và môi trường", "thông tin và truyền thông", "quản lí thị trường", "thuế",
        "an toàn lao động", "việc làm", "quan hệ lao động và tiền lương", "hải quan", "thống kê",
        "dân tộc và tôn giáo", "quy hoạch - kiến trúc", "LĐ-TB&XH", "LĐTB&XH", "GD&ĐT", "LĐTBXH",
    )
)  # fmt: skip
_BOARD_WORDS: Final = phrase_table(
    (
        "tuyên giáo", "tổ chức", "nữ công", "chính sách pháp luật", "chính sách - pháp luật",
        "quan hệ lao động", "tài chính", "kiểm tra", "công tác công đoàn", "dân vận", "nội chính",
        "tuyên giáo và dân vận", "tổ chức - kiểm tra", "tuyên giáo và nữ công", "quốc tế",
        "đối ngoại", "tuyên giáo - nữ công", "công đoàn quốc phòng", "kinh tế", "chỉ đạo",
        "chính sách, pháp luật và quan hệ lao động", "công tác công đoàn", "công tác pháp luật",
    )
)  # fmt: skip
_NOT_IN_NAME: Final = folded_set(
    "đã đang sẽ được bị tại ở của cho trao tặng tổ_chức với trong từ đến có không khi này đó vừa "
    "cùng "
    "cũng theo do để là như về hỗ phối ông bà đồng anh chị gồm nhằm chiều sáng ngày năm tháng "
    "vào qua"
)
_MANY: Final = folded_set(
    "các những nhiều một mỗi mọi từng số vài mấy hai ba bốn năm sáu bảy tám chín mười nghìn trăm "
    "phân cấp toàn cả"
)
_NOT_THE_SAME: Final = folded_set("khác nào mẹ con có sản kinh đầu cung xuất nhập")
_ENGLISH_OPENERS: Final = folded_set(
    "the a an at in on for from by with to as under after before while when"
)
_ENGLISH_ORG_TAILS: Final = folded_set(
    "union unions federation confederation congress association council ministry department "
    "committee "
    "corporation corp company inc ltd limited group bank university institute commission agency "
    "board "
    "organization organisation authority party court coalition alliance network fund center centre "
    "office bureau service industries motors electronics airlines railway foundation workers "
    "brotherhood guild jsc plc gmbh llc technology technologies"
)
_ENGLISH_COMMON: Final = folded_set(
    "vietnam viet national international global general united royal first new south north east "
    "west central american european asian pacific state public garment textile steel electric"
)
_SHORTEST_ALIAS_CHARACTERS: Final = 4
_ENGLISH_FEDERATIONS: Final = tuple(
    (level, *tail)
    for level in ("provincial", "city", "municipal")
    for tail in (
        ("federation", "of", "labour"), ("federation", "of", "labor"), ("labour", "federation"),
        ("labor", "federation"), ("confederation", "of", "labour"),
        ("confederation", "of", "labor"),
    )
)  # fmt: skip
_ENGLISH_KINDS: Final = {
    "company": "company", "firm": "company", "manufacturer": "company", "union": "union",
    "federation": "union", "confederation": "union",
}  # fmt: skip
_ENGLISH_COMPOUNDS: Final = folded_set(
    "members member leaders leader officials official movement movements dues contract contracts "
    "organizers president membership side town"
)
_ENGLISH_JOINTS: Final = frozenset({"of", "and", "for", "the", "&", "in", "on"})
_SKIPPED_BEFORE_UNION: Final = phrase_table(
    ("các cấp", "hoạt động", "tổ chức", "phong trào", "đại hội", "nghị quyết", "nhiệm kì",
    "mô hình", "công tác",
     "cán bộ", "đoàn viên", "mái ấm", "bữa cơm", "kinh phí", "tài chính", "thành lập",
     "chủ tịch", "vai trò")
)  # fmt: skip


_PARK_KINDS: Final = phrase_table(
    ("chế xuất", "công nghiệp", "công nghệ cao", "các khu kinh tế", "khu kinh tế",
     "khu công nghiệp", "KCX", "các KCX", "cụm công nghiệp", "các khu công nghiệp",
     "các khu chế xuất",
     "các khu chế xuất và công nghiệp", "khu công nghệ cao", "khu chế xuất", "KCN", "các KCN",
     "KKT", "các KKT", "dự án", "khu kinh tế và các khu công nghiệp")
)  # fmt: skip
_NAMED_ALONE: Final = frozenset(
    {"Bệnh viện", "Trường", "Viện", "Trung tâm", "Quỹ", "Hiệp hội", "Sở", "Đảng ủy"}
)
"""Bodies that a text calls by their kind alone once it has named them."""


@dataclass(frozen=True, slots=True)
class Body:
    """A kind of organisation and what its name goes on with: area, named or company."""

    name: str
    kind: OrganisationKind
    takes: str
    prefix: str


def _kind(text: str) -> OrganisationKind:
    for kind in get_args(OrganisationKind):
        if kind == text:
            return kind  # type: ignore[no-any-return]  # get_args is untyped
    raise ValueError(f"no kind of organisation: {text}")


@functools.cache
def _fixed() -> Phrases[tuple[str, str, OrganisationKind, str]]:
    table = {}
    for identity, name, kind, parent, aliases in read_table("organisations.tsv"):
        for alias in aliases.split(";"):
            table[alias.strip()] = (identity, name, _kind(kind), parent)
    return Phrases(table)


@functools.cache
def _bodies() -> Phrases[Body]:
    table = {}
    for name, kind, takes, aliases, prefix in read_table("bodies.tsv"):
        for alias in aliases.split(";"):
            table[alias.strip()] = Body(name, _kind(kind), takes, prefix)
    return Phrases(table)


@functools.cache
def _korean_names() -> tuple[re.Pattern[str], dict[str, tuple[str, str, OrganisationKind, str]]]:
    """Return the fixed names in Hangul; Korean sticks particles to them, so they match in words."""
    table = {
        alias.strip(): (identity, name, _kind(kind), parent)
        for identity, name, kind, parent, aliases in read_table("organisations.tsv")
        for alias in aliases.split(";")
        if re.search("[\uac00-\ud7a3]", alias)
    }
    longest_first = sorted(table, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first))), table


def _read_korean(paragraph: Paragraph) -> list[Mention]:
    pattern, table = _korean_names()
    found = []
    for match in pattern.finditer(paragraph.text):
        identity, name, kind, parent = table[match.group()]
        first = paragraph.token_at(match.start())
        found.append(
            Mention(
                EntityType.ORGANISATION,
                paragraph,
                first,
                paragraph.token_at(match.end() - 1) + 1,
                name,
                "organisation.gazetteer",
                id=identity,
                kind=kind,
                parent=parent or None,
                exact=match.span(),
            )
        )
    return found


@functools.cache
def _countries() -> Phrases[tuple[str, str]]:
    return Phrases(country_names())


@functools.cache
def surnames() -> frozenset[str]:
    """Return the family names, folded."""
    return frozenset(fold(surname) for (surname,) in read_table("surnames.tsv"))


@functools.cache
def provinces() -> Phrases[str]:
    """Return the provinces by every way to write them."""
    return Phrases(province_names())


@dataclass(frozen=True, slots=True)
class Area:
    """A place behind a body: tokens up to `stop`, its level word and its name ("" when bare)."""

    stop: int
    level: str
    name: str
    province: str | None


@dataclass(slots=True)
class OrganisationReader:
    """Reads organisations through an article and remembers the areas named so far."""

    day: date | None
    city: str | None = None
    province: str | None = None
    last_by_body: dict[str, Mention] = field(default_factory=dict)
    company: Mention | None = None
    company_unions: dict[str, str] = field(default_factory=dict)
    locals: dict[str, str] = field(default_factory=dict)
    union_locals: dict[str, str] = field(default_factory=dict)
    aliases: dict[str, Mention] = field(default_factory=dict)
    departments: dict[str, Mention] = field(default_factory=dict)

    def read(self, paragraph: Paragraph) -> list[Mention]:
        """Return the organisations of a paragraph in order, without overlaps."""
        if paragraph.language == "ko":
            return _read_korean(paragraph)
        found: list[Mention] = []
        at, count = 0, len(paragraph.words)
        openers = _bodies().openers
        while at < count:
            word = paragraph.words[at]
            may_open = (
                word in openers
                or word in _ENGLISH_KINDS
                or word in {"provincial", "city", "municipal"}
                or (word[0].isalpha() and paragraph.is_capital(at))
            )
            mention = self._read_at(paragraph, at) if may_open else None
            if mention is None:
                if paragraph.words[at] in _LOCAL_LEVELS:
                    self.read_area(paragraph, at)  # "phường" alone will mean this one
                at += 1
                continue
            found.append(mention)
            at = self._learn_alias(paragraph, mention)
        return found

    def _learn_alias(self, paragraph: Paragraph, mention: Mention) -> int:
        """Remember "(CEP)" behind a name as its short form; return the token to read on at."""
        words, at = paragraph.words, mention.stop
        if at + 2 < len(words) and words[at] == "(" and words[at + 2] == ")":
            short = phrase_words(paragraph, at + 1, at + 2)
            if short.isupper() and len(short) > 2 and mention.rule != "organisation.area":  # noqa: PLR2004
                self.aliases[short] = mention
                return at + 3
        return at

    def _learn_short_company(self, mention: Mention) -> None:
        """Remember the first word of "Meridian Apparel Ltd" as its short name, unless a place."""
        first = mention.name.split()[0]
        if (
            mention.kind == "company"
            and mention.rule == "organisation.english"
            and len(first) > _SHORTEST_ALIAS_CHARACTERS
            and not provinces().match([fold(first)], 0)
            and fold(first) not in _ENGLISH_COMMON
        ):
            self.aliases.setdefault(first, mention)

    def learn_area(self, province: str) -> None:
        """Remember the province that the text now speaks of."""
        place = find_province(province, self.day)
        self.province = province
        if place is not None and place.kind == "thành phố":
            self.city = province

    def _read_at(self, paragraph: Paragraph, at: int) -> Mention | None:  # noqa: PLR0911 - a case of the grammar each
        words = paragraph.words
        if not words[at][0].isalpha():
            return None
        is_capital = paragraph.is_capital(at)
        if (
            is_capital
            and self.aliases
            and (known := self.aliases.get(phrase_words(paragraph, at, at + 1)))
        ):
            return Mention(
                EntityType.ORGANISATION, paragraph, at, at + 1, known.name, "organisation.alias",
                id=known.id, kind=known.kind, parent=known.parent, area=known.area,
            )  # fmt: skip
        fixed = _fixed().match(words, at) if is_capital or paragraph.language == "ko" else None
        body = _bodies().match(words, at) if paragraph.language != "en" else None
        by_body = self._read_body(paragraph, at, body[0], body[1]) if body else None
        if fixed and at > 0 and paragraph.is_number(at - 1) and fixed[0] - at < 3:  # noqa: PLR2004
            fixed = None
        if (
            fixed
            and (
                by_body is None or by_body.stop <= fixed[0] or by_body.rule == "organisation.named"
            )
            and self._is_proper(paragraph, at, fixed[0])
        ):
            identity, name, kind, parent = fixed[1]
            abroad = _countries().match(words, fixed[0]) if identity == "union:vgcl" else None
            if abroad and abroad[1][1] != "VN" and paragraph.is_capital(fixed[0]):
                return Mention(
                    EntityType.ORGANISATION, paragraph, at, abroad[0],
                    f"{phrase_words(paragraph, at, fixed[0])} {abroad[1][0]}",
                    "organisation.abroad", kind="union",
                )  # fmt: skip
            return Mention(
                EntityType.ORGANISATION, paragraph, at, fixed[0],
                name, "organisation.gazetteer", id=identity, kind=kind, parent=parent or None,
            )  # fmt: skip
        if by_body is not None:
            is_counted = at > 0 and paragraph.is_number(at - 1)
            return None if is_counted and by_body.rule != "organisation.area" else by_body
        if paragraph.language == "en" and is_capital:
            mention = self._read_english(paragraph, at)
            if mention is not None and mention.kind is not None:
                self.last_by_body[mention.kind] = mention
                self._learn_short_company(mention)
            return mention
        if paragraph.language == "en" and at and words[at - 1] == "the":
            return self._federation_of(paragraph, at) or self._resolve_english(paragraph, at)
        return None

    def _federation_of(self, paragraph: Paragraph, at: int) -> Mention | None:
        """Return the federation of the province named last: "the provincial labour federation"."""
        words = paragraph.words
        stop = next(
            (at + len(tail) for tail in _ENGLISH_FEDERATIONS if words_follow(paragraph, at, *tail)),
            None,
        )
        before = [
            known[1]
            for token in range(at)
            if paragraph.is_capital(token) and (known := provinces().match(words, token))
        ]
        province = before[-1] if before else self.province
        if stop is None or province is None:
            return None
        name, identity, _ = self._name_area_body(
            Body("Liên đoàn Lao động", "union", "area", "ldld"), Area(stop, "", province, province)
        )
        return Mention(
            EntityType.ORGANISATION, paragraph, at, stop, name, "organisation.resolved",
            id=identity, kind="union", parent="union:vgcl", area=province, confidence=0.75,
        )  # fmt: skip

    def _resolve_english(self, paragraph: Paragraph, at: int) -> Mention | None:
        """Return the body that "the company", "the union" or "the federation" stands for."""
        kind = _ENGLISH_KINDS.get(paragraph.words[at])
        known = self.last_by_body.get(kind) if kind else None
        after = paragraph.words[at + 1 : at + 2]
        if known is None or (after and after[0][0].isalpha() and after[0] in _ENGLISH_COMPOUNDS):
            return None
        return Mention(
            EntityType.ORGANISATION, paragraph, at, at + 1, known.name, "organisation.resolved",
            id=known.id, kind=known.kind, parent=known.parent, area=known.area, confidence=0.75,
        )  # fmt: skip

    def _is_proper(self, paragraph: Paragraph, at: int, stop: int) -> bool:
        """Return whether a gazetteer match is written as a name: "CEP", not the word "cep"."""
        text = paragraph.text
        if stop - at > 1:
            return True
        word = text[paragraph.starts[at] : paragraph.ends[at]]
        return word.isupper() or len(word) > 5 or (word[0].isupper() and not word.islower())  # noqa: PLR2004

    # -- bodies ---------------------------------------------------------------------------------

    def _read_body(  # noqa: PLR0911 - a case of the grammar each
        self, paragraph: Paragraph, at: int, stop: int, body: Body
    ) -> Mention | None:
        if body.takes == "area":
            return self._read_area_body(paragraph, at, stop, body)
        if body.takes == "company":
            return self._read_company(paragraph, at, stop, body)
        if body.takes == "owner":
            return self._read_organ(paragraph, at, stop, body)
        if body.name in {"Công đoàn", "Công đoàn cơ sở", "Nghiệp đoàn"}:
            return self._read_union(paragraph, at, stop, body)
        if not paragraph.is_capital(at):
            before = paragraph.words[at - 1] if at else ""
            is_office = body.name in _NAMED_ALONE and before in _OFFICE_ENDS
            known = self.last_by_body.get(body.name) if is_office else None
            return self._resolve(paragraph, at, stop, known)
        if body.name == "Ban" and at and paragraph.words[at - 1] in {"trưởng", "phó"}:
            return None  # "Trưởng Ban Tổ chức LĐLĐ tỉnh": an office in the federation
        mention = self._read_named(paragraph, at, stop, body)
        if mention is None:
            if body.name not in _NAMED_ALONE:
                return None
            return self._resolve(paragraph, at, stop, self.last_by_body.get(body.name))
        self.last_by_body[body.name] = mention
        return mention

    def _read_organ(self, paragraph: Paragraph, at: int, stop: int, body: Body) -> Mention | None:
        """Read an organ of another body: "Ủy ban Kiểm tra LĐLĐ tỉnh Sơn La"."""
        if not paragraph.is_capital(at) or stop >= len(paragraph.words):
            return None
        stop += paragraph.words[stop] == "của"
        owner = self._read_at(paragraph, stop) if stop < len(paragraph.words) else None
        if owner is None or owner.rule == "organisation.short":
            return None
        return Mention(
            EntityType.ORGANISATION, paragraph, at, owner.stop, f"{body.name} {owner.name}",
            "organisation.organ", kind=owner.kind, parent=owner.id, area=owner.area,
        )  # fmt: skip

    def read_area(self, paragraph: Paragraph, at: int) -> Area | None:  # noqa: PLR0911 - a case of the grammar each
        """Return the area at token `at`: "TP Hải Phòng", "quận 7", "thành phố", "Hà Nội"."""
        words = paragraph.words
        level = _LEVELS.match(words, at)
        stop = level[0] if level else at
        province = provinces().match(words, stop)
        if province and paragraph.is_capital(stop):
            kind = level[1] if level else ""
            if kind in _LOCAL_LEVELS:
                name = phrase_words(paragraph, stop, province[0])
                return Area(province[0], kind, name, self.province)
            return Area(province[0], kind, province[1], province[1])
        if stop < len(words) and words[stop] == "thủ" and words[stop + 1 : stop + 2] == ["đô"]:
            return Area(stop + 2, "thành phố", "Hà Nội", "Hà Nội")
        if level is None:
            return None
        if level[1] == "quận" and stop < len(words) and words[stop].isdecimal():
            return Area(stop + 1, "quận", words[stop], self.province)
        if level[1] == "khu vực" and words[stop : stop + 1] and words[stop].isdecimal():
            return self._numbered_area(paragraph, stop)
        name_stop = self._local_name_end(paragraph, stop, level[1])
        if name_stop > stop:
            name = phrase_words(paragraph, stop, name_stop)
            if level[1] in _LOCAL_LEVELS:
                self.locals[level[1]] = name
            return Area(name_stop, level[1], name, self.province)
        return Area(stop, level[1], "", None)

    def _numbered_area(self, paragraph: Paragraph, at: int) -> Area:
        """Return the area of "Tòa án nhân dân khu vực 3 - Đồng Nai", with its province if told."""
        words = paragraph.words
        if words[at + 1 : at + 2] == ["-"] and (known := provinces().match(words, at + 2)):
            return Area(known[0], "khu vực", phrase_words(paragraph, at, known[0]), known[1])
        return Area(at + 1, "khu vực", words[at], self.province)

    def _local_name_end(self, paragraph: Paragraph, at: int, level: str) -> int:
        """Return the token behind a local name: the longest known one, else the run of capitals.

        Behind an unknown name a family name opens a person: "xã Quỳ Hợp Nguyễn Đình Tùng".
        """
        run = self._capital_run(paragraph, at, longest=6)
        words = paragraph.words
        for stop in range(min(run, at + 4), at, -1):
            if find_local(phrase_words(paragraph, at, stop), level, self.day, self.province):
                goes_on = stop < run and words[stop] in _AREA_TAILS
                return stop + 1 if goes_on else stop
        is_person = run - at > 2 and words[at] in surnames()  # noqa: PLR2004 - a name has three parts
        if is_person and (level in {"tỉnh", "thành phố"} or self._ends_office(paragraph, at)):
            return at  # "Chủ tịch LĐLĐ tỉnh Nguyễn Văn An": all provinces are known
        for stop in range(at + 1, run - 1):
            if words[stop] in surnames() and (run - stop > 2 or stop - at > 1):  # noqa: PLR2004
                return stop  # a person's name has three parts, or a place's two before it
        return min(run, at + 4)

    def _ends_office(self, paragraph: Paragraph, at: int) -> bool:
        """Return whether an office stands shortly before `at`: a person's name may follow."""
        before = paragraph.words[max(0, at - 9) : at]
        return bool({"chủ", "bí", "trưởng", "giám", "phó", "thư"} & set(before))

    def _capital_run(self, paragraph: Paragraph, at: int, *, longest: int) -> int:
        stop = at
        while (
            stop < len(paragraph.words)
            and stop - at < longest
            and paragraph.words[stop][0].isalpha()
            and paragraph.is_capital(stop)
        ):
            stop += 1
        return stop

    def _read_area_body(
        self, paragraph: Paragraph, at: int, stop: int, body: Body
    ) -> Mention | None:
        if not paragraph.is_capital(at):
            return None
        area = self.read_area(paragraph, stop)
        name, province, rule, identity = body.name, None, "organisation.area", None
        if area is None and words_follow(paragraph, stop, "việt", "nam"):
            stop, name = stop + 2, f"{name} Việt Nam"
        elif area is None:
            last = self.last_by_body.get(body.name)
            if body.name in {"Tỉnh ủy", "Thành ủy", "Tỉnh đoàn", "Thành đoàn"}:
                province = self.city if body.name.startswith("Thành") else self.province
                name = f"{body.name} {province}" if province else body.name
                rule = "organisation.resolved"
            elif last is not None and body.name == "Liên đoàn Lao động":
                name, province, identity = last.name, last.area, last.id
                rule = "organisation.resolved"
            elif (
                body.prefix == "mttq"
                or body.name in {"Công an", "Hội đồng nhân dân"}
                or body.name not in {"Liên đoàn Lao động", "Ủy ban nhân dân"}
            ):
                return None
        else:
            stop, province = area.stop, area.province
            name, identity, rule = self._name_area_body(body, area)
            if rule == "organisation.resolved" and area.level in {"tỉnh", "thành phố"}:
                province = self._bare_province(area.level)
        mention = Mention(
            EntityType.ORGANISATION, paragraph, at, stop, name, rule, id=identity, kind=body.kind,
            parent="union:vgcl" if identity and body.prefix == "ldld" else None, area=province,
        )  # fmt: skip
        if province:
            self.learn_area(province)
        if name != body.name:
            self.last_by_body[body.name] = mention
        return mention

    def _bare_local(self, level: str) -> str | None:
        """Return the name that "phường" or "xã" alone stands for: a union's, else the last one."""
        return self.union_locals.get(level) or self.locals.get(level)

    def _bare_province(self, level: str) -> str | None:
        """Return the province that "tỉnh" or "thành phố" alone stands for.

        The federation's area is what a text speaks of; others are named in passing.
        """
        federation = self.last_by_body.get("Liên đoàn Lao động")
        if federation is not None and federation.area and f" {level} " in federation.name:
            return federation.area
        return self.city if level == "thành phố" else self.province

    def _name_area_body(self, body: Body, area: Area) -> tuple[str, str | None, str]:
        """Return the canonical name, id and rule of a body with an area."""
        level, name = area.level, area.name
        base = body.name
        short_party = base in {
            "Thành ủy",
            "Tỉnh ủy",
            "Huyện ủy",
            "Quận ủy",
            "Thành đoàn",
            "Tỉnh đoàn",
            "Thị ủy",
        }
        if not name:
            last = self.last_by_body.get(base)
            if last is not None and f" {level} " in last.name:
                return last.name, last.id, "organisation.resolved"
            if level in _LOCAL_LEVELS and (local := self._bare_local(level)):
                return f"{base} {level} {local}", None, "organisation.resolved"
            owner = self._bare_province(level)
            if level in {"thành phố", "tỉnh"} and owner:
                place = find_province(owner, self.day)
                name = owner
                if place is not None and place.kind != level:
                    return f"{base} {level}", None, "organisation.short"
            else:
                return f"{base} {level}", None, "organisation.short"
            rule = "organisation.resolved"
        else:
            rule = "organisation.area"
        place = find_province(name, self.day) if level not in _LOCAL_LEVELS else None
        if place is not None and place.level == "province":
            kind = level or place.kind
            identity = (
                f"{body.kind}:{body.prefix}:{place.system}:{place.code}" if body.prefix else None
            )
            return (f"{base} {name}" if short_party else f"{base} {kind} {name}"), identity, rule
        kind = level
        if not kind and name in province_names().values():
            known = find_province(name, date(2025, 1, 1)) or find_province(name, date(2026, 1, 1))
            kind = known.kind if known else ""
        return (
            " ".join(part for part in (base, "" if short_party else kind, name) if part),
            None,
            rule,
        )

    def _read_company(self, paragraph: Paragraph, at: int, stop: int, body: Body) -> Mention | None:
        words = paragraph.words
        if words[at] == "xưởng" and at and words[at - 1] == "phân":
            return None
        mention = self._read_named_company(paragraph, at, stop)
        if mention is None:
            known = self.company if body.name == "Công ty" else self.last_by_body.get(body.name)
            return self._resolve(paragraph, at, stop, known)
        self.last_by_body[body.name] = mention
        if mention.name.startswith(("Công ty", "Tổng ", "Tập đoàn")):
            self.company = mention
        return mention

    def _resolve(
        self, paragraph: Paragraph, at: int, stop: int, known: Mention | None
    ) -> Mention | None:
        """Return the body named before when it is called by its kind alone: "công ty", "Bệnh viện".

        What follows must not make it another one ("công ty con", "công ty may"), and it must not be
        one of many ("các công ty", "nhiều công ty").
        """
        words = paragraph.words
        if known is None or (at and (paragraph.is_number(at - 1) or words[at - 1] in _MANY)):
            return None
        is_last = stop >= len(words) or not words[stop][0].isalnum()
        opens = paragraph.is_capital(at) and paragraph.starts[at] in paragraph.sentences
        is_free = opens and words[stop][0].isalpha() and not (
            paragraph.is_capital(stop) or _COMPANY_WORDS.match(words, stop)
        ) if not is_last else False  # fmt: skip
        if (
            not is_last
            and not is_free
            and not (
                words[stop] in {"và", "đồng"}
                or noun_words("stop").match(words, stop)
                or (noun_words("verb").match(words, stop) and not paragraph.is_capital(stop))
                or (
                    paragraph.is_capital(stop)
                    and (words[stop] in surnames() or not words[stop - 1][0].isalpha())
                )
            )
        ):
            return None
        if not is_last and words[stop] in _NOT_THE_SAME:
            return None
        return Mention(
            EntityType.ORGANISATION, paragraph, at, stop, known.name, "organisation.resolved",
            id=known.id, kind=known.kind, parent=known.parent, area=known.area, confidence=0.75,
        )  # fmt: skip

    def _is_person(self, paragraph: Paragraph, at: int, stop: int) -> bool:
        """Return whether the run of capitals behind a bare "Công ty" is its officer's name."""
        length = stop - at
        return (
            length in {3, 4}
            and paragraph.words[at] in surnames()
            and self._ends_office(paragraph, at)
        )

    def _read_named_company(self, paragraph: Paragraph, at: int, stop: int) -> Mention | None:
        words = paragraph.words
        cursor = stop
        has_form = False
        while form := _COMPANY_FORMS.match(words, cursor):
            if not paragraph.is_capital(cursor) and words[cursor] in {
                "mẹ",
                "con",
                "thương",
                "nhà",
                "tư",
            }:
                break
            cursor, has_form = form[0], True
        end = self._name_end(paragraph, cursor)
        if end == cursor:
            return None
        if not has_form and not paragraph.is_capital(cursor):
            return None
        if paragraph.words[cursor] in {"ông", "bà", "anh", "chị"}:
            return None
        if not has_form and self._is_person(paragraph, cursor, end):
            return None
        if words_follow(paragraph, end, "(", "việt", "nam", ")"):
            end += 4
        name = self._canonical(phrase_words(paragraph, at, end))
        return Mention(
            EntityType.ORGANISATION, paragraph, at, end, name[0].upper() + name[1:],
            "organisation.company", kind="company",
        )  # fmt: skip

    def _name_end(self, paragraph: Paragraph, at: int) -> int:
        """Return the token behind a name: capitals, and small words between capitals."""
        words, stop = paragraph.words, at
        limit = min(len(words), at + LONGEST_NAME_TOKENS)
        last_good = at
        compound_stop, run = -1, 0
        while stop < limit:
            word = words[stop]
            known = _COMPANY_WORDS.match(words, stop)
            is_inside = stop > at and (words[stop - 1] in _NAME_JOINTS or stop == compound_stop)
            if known is None and paragraph.is_capital(stop):
                known = self._compound_noun(paragraph, stop)
            if known and (paragraph.is_capital(stop) or is_inside):
                stop = last_good = compound_stop = known[0]
                run = 0
                continue
            if (
                word[0].isalpha()
                and paragraph.is_capital(stop)
                and (word not in _NOT_IN_NAME or (stop > at and word not in {"ông", "bà"}))
            ):
                if stop > at and (
                    self._opens_other(paragraph, stop) or self._opens_person(paragraph, at, stop)
                ):
                    break
                stop += 1
                run += 1
                last_good = stop
                continue
            follows_compound = (
                stop > at and stop == compound_stop and not (noun_words("verb").match(words, stop))
            )
            if (run == 1 or follows_compound) and (end := self._compound_end(paragraph, stop)):
                stop = last_good = end
                run = 0
                continue
            run = 0
            if (
                word.isdecimal()
                and stop > at
                and len(word) <= 3  # noqa: PLR2004 - a short reach, in words
                and self._is_number_of_name(paragraph, stop)
            ):
                stop += 1
                last_good = stop
                continue
            if stop > at and self._joins_name(
                paragraph, stop, behind_compound=stop == compound_stop
            ):
                stop += 1
                continue
            break
        return last_good

    def _compound_noun(self, paragraph: Paragraph, at: int) -> tuple[int, str] | None:
        """Return a known noun of several syllables with one capital: "Nhà ở xã hội"."""
        head = noun_words("head").match(paragraph.words, at)
        if head is None or head[0] < at + 2 or _bodies().match(paragraph.words, at):
            return None
        return (
            None if any(paragraph.is_capital(token) for token in range(at + 1, head[0])) else head
        )

    def _compound_end(self, paragraph: Paragraph, at: int) -> int | None:
        """Return the token behind the small syllables of a compound inside a name, else None.

        "Xổ | số kiến thiết | Tây Ninh", "Môi trường | đô thị | số 2": the first syllable alone has
        a capital, and the name must go on behind.
        """
        words, stop = paragraph.words, at
        heads, verbs, stops = noun_words("head"), noun_words("verb"), noun_words("stop")
        while stop < len(words) and stop - at < _LONGEST_COMPOUND_TOKENS:
            inner = heads.match(words, stop)
            if inner and inner[0] > stop + 1 and not paragraph.is_capital(stop):
                stop = inner[0]
                continue
            if (
                words_follow(paragraph, stop, "số")
                and words[stop + 1 : stop + 2]
                and (words[stop + 1].isdecimal())
            ):
                return stop + 2
            word = words[stop]
            if not word[0].isalpha() or paragraph.is_capital(stop) or word in _NOT_IN_NAME:
                break
            if stop > at and (verbs.match(words, stop) or stops.match(words, stop)):
                break
            stop += 1
        if stop >= len(words) or stop == at or stops.match(words, at):
            return None
        goes_on = words[stop] in {"và", "&", "-"}
        nxt = stop + 1 if goes_on else stop
        if nxt >= len(words) or not (words[nxt][0].isalpha() and paragraph.is_capital(nxt)):
            return None
        if _bodies().match(words, nxt) or _fixed().match(words, nxt) or words[nxt] in _OFFICES:
            return None
        if goes_on and nxt + 1 < len(words) and paragraph.is_capital(nxt + 1):
            return None
        is_person = words[nxt] in surnames() and self._capital_run(
            paragraph, nxt, longest=5
        ) - nxt in {3, 4}
        return None if is_person and not goes_on else stop

    def _opens_other(self, paragraph: Paragraph, at: int) -> bool:
        """Return whether a comma before `at` begins another name."""
        return paragraph.words[at - 1] == ","

    def _opens_person(self, paragraph: Paragraph, first: int, at: int) -> bool:
        """Return whether an officer's name begins inside a run: "Chủ tịch Công đoàn X Lê Văn B"."""
        words = paragraph.words
        is_far = words[at] in _COMMON_SURNAMES and at - first > 1 and paragraph.is_capital(at - 2)
        if not paragraph.is_capital(at - 1) or not (
            is_far or (words[at] in surnames() and provinces().match_before(words, at))
        ):
            return False
        length = self._capital_run(paragraph, at, longest=5) - at
        return length in {3, 4} and self._ends_office(paragraph, first)

    def _is_number_of_name(self, paragraph: Paragraph, at: int) -> bool:
        """Return whether a number ends a name ("May 10"), and counts nothing behind it."""
        words = paragraph.words
        if at + 1 >= len(words):
            return True
        return not (
            noun_words("classifier").match(words, at + 1)
            or noun_words("head").match(words, at + 1)
            or words[at + 1] in {"triệu", "tỉ", "nghìn", "%", "đồng", "/", "ngàn", "tuổi"}
            or (words[at + 1] in {"-", "/"} and paragraph.touches(at + 1))
        )

    def _joins_name(self, paragraph: Paragraph, at: int, *, behind_compound: bool) -> bool:
        """Return whether a small word at `at` stands inside a name, before another capital.

        Behind a known compound it does so too: "Vận tải | biển | Đông Á".
        """
        words = paragraph.words
        after = at + 1
        if after >= len(words) or words[at] in _NOT_IN_NAME:
            return False
        if words[at] in {"-", "&", "'"}:
            return (
                words[after][0].isalpha()
                and paragraph.is_capital(after)
                and not self._is_dash_before_role(paragraph, at)
            )
        if words[at] == ".":
            return paragraph.touches(at) and paragraph.touches(after) and words[after][0].isalpha()
        if words[at] in {"và", ","}:
            return (
                words[at] == "và"
                and paragraph.is_capital(after)
                and (
                    _COMPANY_WORDS.match(words, after) is not None
                    or (
                        not _bodies().match(words, after)
                        and words[after] not in _OFFICES
                        and after + 1 < len(words)
                        and words[after + 1][0].isalpha()
                        and not paragraph.is_capital(after + 1)
                        and words[after] not in surnames()
                    )
                )
            )
        if (
            not words[at][0].isalpha()
            or noun_words("verb").match(words, at)
            or noun_words("stop").match(words, at)
        ):
            return False
        return (
            paragraph.is_capital(after)
            and words[after][0].isalpha()
            and (paragraph.is_capital(at - 1) or behind_compound or words[at] == "miền")
        )

    def _is_dash_before_role(self, paragraph: Paragraph, at: int) -> bool:
        words = paragraph.words
        return words[at + 1] in _OFFICES

    def _read_named(self, paragraph: Paragraph, at: int, stop: int, body: Body) -> Mention | None:  # noqa: C901, PLR0911, PLR0912, PLR0915 - a case of the grammar each
        words = paragraph.words
        cursor = stop
        table = {
            "Sở": _STATE_WORDS,
            "Cục": _STATE_WORDS,
            "Vụ": _STATE_WORDS,
            "Ban": _BOARD_WORDS,
            "Phòng": _STATE_WORDS,
        }.get(body.name)
        if table is not None:
            known = table.match(words, cursor)
            if known is None and body.name == "Ban":
                return None
            cursor = known[0] if known else self._subject_end(paragraph, cursor)
            if cursor == stop:
                return None
        elif body.name == "Ban Quản lý" and (park := _PARK_KINDS.match(words, cursor)):
            cursor = self._park_end(paragraph, cursor)
            if cursor == park[0]:
                cursor = max(cursor, self._subject_end(paragraph, cursor))
        elif body.name == "Quỹ":
            cursor = self._fund_end(paragraph, cursor)
            if cursor == stop:
                return None
        elif body.name == "Đảng ủy" and (area := self.read_area(paragraph, cursor)):
            if area.name:
                cursor = area.stop
            elif self._bare_local(area.level) is None or self._names_levels(words, area.stop):
                return None
        else:
            cursor = self._name_end(paragraph, cursor)
            if cursor == stop + 1:  # "Trung tâm Hỗ | trợ phát triển giáo dục hòa nhập"
                cursor = max(cursor, self._subject_end(paragraph, stop))
            if cursor == stop and body.name in {"Tổng Công hội", "Hiệp hội"}:
                area = self.read_area(paragraph, stop)
                cursor = area.stop if area and area.name else stop
            if cursor == stop:
                return None
            if body.name == "Hiệp hội" and words_follow(paragraph, cursor, "tại", "việt", "nam"):
                cursor += 3
        name_stop = cursor
        province = None
        area_after = self.read_area(paragraph, cursor)
        if area_after is not None:
            province = area_after.province
            name_stop = area_after.stop
        owner_name = ""
        if body.name == "Ban" and area_after is None and cursor < len(words):
            inner = self._read_at(paragraph, cursor)
            if inner is None:
                return None  # a board of nobody: "Ban Tổ chức trao giải"
            owner_name = f" {inner.name}"
        elif body.name == "Ban" and area_after is None:
            return None
        name = self._canonical(phrase_words(paragraph, at, name_stop)) + owner_name
        if area_after is not None and area_after.name and area_after.province == area_after.name:
            head = self._canonical(phrase_words(paragraph, at, cursor))
            name = " ".join(part for part in (head, area_after.level, area_after.name) if part)
        if (
            area_after is not None
            and not area_after.name
            and area_after.level in {"thành phố", "tỉnh"}
        ):
            owner = self._bare_province(area_after.level)
            if owner:
                name, province = f"{name} {owner}", owner
        elif (
            area_after is not None
            and not area_after.name
            and (local := self._bare_local(area_after.level))
        ):
            name = f"{name} {local}"
        if province:
            self.learn_area(province)
        mention = Mention(
            EntityType.ORGANISATION, paragraph, at, name_stop, name, "organisation.named",
            kind=body.kind, area=province,
        )  # fmt: skip
        base = fold(phrase_words(paragraph, at, cursor))
        if area_after is None and not owner_name and (full := self.departments.get(base)):
            mention.name, mention.area = full.name, full.area
            mention.rule, mention.confidence = "organisation.resolved", 0.75
        elif name_stop > cursor:
            self.departments[base] = mention
        return mention

    def _subject_end(self, paragraph: Paragraph, at: int) -> int:
        """Return the token behind what a department deals with: "Vụ Chính sách nhà ở | đề nghị".

        Its first word has a capital, the others none; a verb, a small word or a mark ends it.
        """
        words, stop = paragraph.words, at
        if at >= len(words) or not paragraph.is_capital(at) or paragraph.is_shouting:
            return at
        if _LEVELS.match(words, at) or words[at] in _NOT_IN_NAME:
            return at
        stop += 1
        while stop < len(words) and stop - at < _LONGEST_SUBJECT_TOKENS:
            if (
                words[stop] in {"và", "-"}
                and stop + 1 < len(words)
                and paragraph.is_capital(stop + 1)
            ):
                stop += 2
                continue
            inner = noun_words("head").match(words, stop)
            if inner and inner[0] > stop + 1:
                stop = inner[0]
                continue
            if (
                not words[stop][0].isalpha()
                or paragraph.is_capital(stop)
                or words[stop] in _NOT_IN_NAME
                or (_LEVELS.match(words, stop) and words[stop : stop + 2] != ["xã", "hội"])
                or (stop > at + 1 and noun_words("verb").match(words, stop))
                or (stop > at + 1 and noun_words("stop").match(words, stop))
            ):
                break
            stop += 1
        return stop if stop > at + 1 else at

    def _fund_end(self, paragraph: Paragraph, at: int) -> int:
        words, stop = paragraph.words, at
        if stop < len(words) and words[stop] == '"':
            closes = (i for i in range(stop + 1, min(len(words), stop + 9)) if words[i] == '"')
            return next(closes, stop - 1) + 1
        if stop >= len(words) or not (
            paragraph.is_capital(stop) or words[stop] in {"hỗ", "vì", "trợ", "bảo"}
        ):
            return at
        while stop < len(words) and stop - at < 9:  # noqa: PLR2004
            word = words[stop]
            if (
                not word[0].isalpha()
                or word in _NOT_IN_NAME - {"hỗ", "có"}
                or word in {"giải", "trao", "tương"}
            ):
                break
            if (
                paragraph.words[stop] == "phát"
                and words[stop + 1 : stop + 2] == ["triển"]
                and stop - at > 3  # noqa: PLR2004 - a short reach, in words
            ):
                break
            stop += 1
        return stop

    def _read_union(self, paragraph: Paragraph, at: int, stop: int, body: Body) -> Mention | None:  # noqa: C901, PLR0911, PLR0912, PLR0915 - a case of the grammar each
        """Read "Công đoàn Công ty X", "Công đoàn các KCN Hà Nội", "Công đoàn phường Y"."""
        words = paragraph.words
        is_capital = paragraph.is_capital(at)
        if at and words[at - 1] == "tịch" and (own := self._own_union(paragraph, at, stop, body)):
            return own
        if stop >= len(words):
            return None
        nxt = _UNION_NEXT.match(words, stop)
        end, province = stop, None
        resolved: Mention | None = None
        company: Mention | None = None
        local: str | None = None
        inner = _bodies().match(words, stop)
        if inner and inner[1].name == "Liên đoàn Lao động":
            return None  # "Ban Công tác công đoàn LĐLĐ tỉnh": the federation is read next
        if (inner and inner[1].name not in {"Công đoàn", "Ban", "Hội", "Báo"}) or (
            inner and inner[1].name == "Báo" and paragraph.is_capital(stop)
        ):
            mention = self._read_body(paragraph, stop, inner[0], inner[1])
            if mention is None and is_capital and not paragraph.is_capital(stop):
                known = self.last_by_body.get(inner[1].name)
                mention = self._resolve(paragraph, stop, inner[0], known)
            if mention is not None:
                end, province = mention.stop, mention.area
                if mention.kind == "company":
                    company = mention
                if mention.rule == "organisation.resolved" and mention.kind != "union":
                    resolved = mention
        if end == stop and nxt:
            if nxt[1] in {
                "phường", "xã", "quận", "huyện", "thị xã", "đặc khu", "liên phường", "liên xã",
            }:  # fmt: skip
                area = self.read_area(paragraph, stop)
                if area is None:
                    return None
                if area.name:
                    self.union_locals[area.level] = area.name
                else:
                    local = self._bare_local(area.level)
                    if local is None or not is_capital or self._names_levels(words, area.stop):
                        return None
                end, province = area.stop, area.province
            elif nxt[1] in {"cơ sở", "khối", "ban"}:
                return None
            elif _PARK_KINDS.match(words, stop) and (is_capital or paragraph.is_capital(stop)):
                end = self._park_end(paragraph, stop)
                area = self.read_area(paragraph, end)
                if area is not None and (area.name or area.level in {"thành phố", "tỉnh"}):
                    end, province = area.stop, area.province
            elif is_capital or paragraph.is_capital(stop):
                if self._is_person(paragraph, nxt[0], self._name_end(paragraph, nxt[0])):
                    return None  # "Chủ tịch Công đoàn Tổng công ty Lê Văn An"
                end = self._industry_end(paragraph, nxt[0], ngành=nxt[1] == "ngành")
                area = self.read_area(paragraph, end)
                if area is not None and (area.name or area.level in {"thành phố", "tỉnh"}):
                    end, province = area.stop, area.province
                if end <= nxt[0]:
                    return None
        if end == stop and body.name == "Nghiệp đoàn":
            end = self._trade_end(paragraph, stop)
            area = self.read_area(paragraph, end)
            if area is not None and area.name:
                end, province = area.stop, area.province
            elif end < len(words) and paragraph.is_capital(end):
                end = self._name_end(paragraph, end)
            else:
                end = stop
        if end == stop and is_capital:
            return self._read_union_of_area(paragraph, at, stop, body)
        if end == stop:
            return None
        name = self._canonical(phrase_words(paragraph, at, end))
        if nxt and words_follow(paragraph, stop, "cơ", "quan") and (
            office := self._read_at(paragraph, nxt[0])
        ):  # fmt: skip
            name, end = (
                f"{self._canonical(phrase_words(paragraph, at, nxt[0]))} {office.name}",
                office.stop,
            )
        if resolved is not None:
            name = f"{self._canonical(phrase_words(paragraph, at, stop))} {resolved.name}"
            name = self.company_unions.get(resolved.name, name)
        if local is not None:
            name = f"{name} {local}"
        name = _COMMITTEE.sub("", name[0].upper() + name[1:])
        if company is not None:
            self.company_unions.setdefault(company.name, name)
        tail_level = [level for level in ("thành phố", "tỉnh") if fold(name).endswith(fold(level))]
        if tail_level:
            owner = self._bare_province(tail_level[0])
            if owner:
                name, province = f"{name} {owner}", owner
        if province:
            self.learn_area(province)
        return Mention(
            EntityType.ORGANISATION, paragraph, at, end, name, "organisation.union", kind="union",
            area=province,
        )  # fmt: skip

    def _trade_end(self, paragraph: Paragraph, at: int) -> int:
        """Return the token behind the trade of a guild: "Nghiệp đoàn | nghề cá | xã Bình Châu"."""
        words, stop = paragraph.words, at
        while (
            stop < min(len(words), at + _LONGEST_COMPOUND_TOKENS)
            and words[stop][0].isalpha()
            and (stop == at or not paragraph.is_capital(stop))
            and not _LEVELS.match(words, stop)
            and not noun_words("stop").match(words, stop)
        ):
            stop += 1
        return stop

    def _park_end(self, paragraph: Paragraph, at: int) -> int:
        """Return the token behind parks listed with their names, where they have any.

        "các KCN và chế xuất", "Khu kinh tế Nghi Sơn và các khu công nghiệp", before the area.
        """
        words, stop = paragraph.words, at
        while park := _PARK_KINDS.match(words, stop):
            stop = park[0]
            if not provinces().match(words, stop) and not _LEVELS.match(words, stop):
                stop = max(stop, self._name_end(paragraph, stop))
            joint = stop + 1 if words[stop : stop + 1] in (["và"], [","], ["&"], ["-"]) else None
            if joint is None or not _PARK_KINDS.match(words, joint):
                break
            stop = joint
        return stop

    def _own_union(self, paragraph: Paragraph, at: int, stop: int, body: Body) -> Mention | None:
        """Return the company's union behind "Chủ tịch CĐCS" alone.

        "Chủ tịch công đoàn" is so only near the company's name: federations have chairs, too.
        """
        if self.company is None or body.name not in {"Công đoàn cơ sở", "Công đoàn"}:
            return None
        is_near = (
            self.company.paragraph.field == paragraph.field
            and self.company.paragraph.index >= paragraph.index - 1
        )
        run = self._capital_run(paragraph, stop, longest=5)
        if body.name == "Công đoàn" and not (is_near and self._is_person(paragraph, stop, run)):
            return None
        name = self.company_unions.get(self.company.name, f"{body.name} {self.company.name}")
        known = Mention(
            EntityType.ORGANISATION, paragraph, at, stop, name, "organisation.union",
            kind="union", area=self.company.area,
        )  # fmt: skip
        return self._resolve(paragraph, at, stop, known)

    def _names_levels(self, words: list[str], at: int) -> bool:
        """Return whether levels are listed, not one place: "Công đoàn xã, phường"."""
        return (
            at < len(words)
            and words[at] in {",", "và", "/", "-"}
            and _LEVELS.match(words, at + 1) is not None
        )

    def _industry_end(self, paragraph: Paragraph, at: int, *, ngành: bool) -> int:  # noqa: PLC2401
        words = paragraph.words
        if ngành:
            known = _STATE_WORDS.match(words, at) or _COMPANY_WORDS.match(words, at)
            if known:
                return known[0]
        return self._name_end(paragraph, at)

    def _read_union_of_area(  # noqa: PLR0911 - a case of the grammar each
        self, paragraph: Paragraph, at: int, stop: int, body: Body
    ) -> Mention | None:
        """Read "Công đoàn Hải Phòng", "Công đoàn thành phố Hà Nội": the federation of the area."""
        if body.name != "Công đoàn" or paragraph.words[at] != "công":
            return None
        area = self.read_area(paragraph, stop)
        if area is None:
            end = self._name_end(paragraph, stop)
            if end - stop < 1 or paragraph.words[stop] in {"việt", "thủ"}:
                return None
            if self._is_person(paragraph, stop, end):  # "Chủ tịch Công đoàn Đào Thị Hợp"
                return None
            name = self._canonical(phrase_words(paragraph, at, end))
            return Mention(EntityType.ORGANISATION, paragraph, at, end, name, "organisation.union",
                           kind="union", confidence=0.7)  # fmt: skip
        if not area.name and area.level in {"thành phố", "tỉnh"}:
            owner = self._bare_province(area.level)
            if not owner:
                return None
            area = Area(area.stop, area.level, owner, owner)
        if not area.name or area.province != area.name:
            return None
        federation = Body("Liên đoàn Lao động", "union", "area", "ldld")
        name, identity, _ = self._name_area_body(federation, area)
        mention = Mention(
            EntityType.ORGANISATION, paragraph, at, area.stop, name, "organisation.union_of_area",
            id=identity, kind="union", parent="union:vgcl", area=area.name, confidence=0.75,
        )  # fmt: skip
        self.learn_area(area.name)
        return mention

    # -- English ----------------------------------------------------------------------------------

    def _read_english(self, paragraph: Paragraph, at: int) -> Mention | None:  # noqa: C901 - a case of the grammar each
        """Read "Hai Phong City Labor Federation", "Ministry of Home Affairs", "Acme Motors Ltd"."""
        words, stop = paragraph.words, at
        last_capital = at
        has_tail = False
        while stop < len(words) and stop - at < LONGEST_NAME_TOKENS:
            word = words[stop]
            if word[0].isalpha() and paragraph.is_capital(stop):
                last_capital = stop + 1
                has_tail = has_tail or word in _ENGLISH_ORG_TAILS
            elif not (
                word in _ENGLISH_JOINTS | {"'", "-", "s"}
                and stop + 1 < len(words)
                and (paragraph.is_capital(stop + 1) or words[stop + 1] in {"the", "s"})
            ):
                break
            stop += 1
        start = at
        while words[start] in _ENGLISH_OPENERS and last_capital > start + 1:
            start += 1
        if not has_tail or last_capital - start < 2:  # noqa: PLR2004 - a name and its kind
            return None
        name = phrase_words(paragraph, start, last_capital)
        low = fold(name)
        tails = set(low.split())
        kind: OrganisationKind = "other"
        if tails & {
            "union",
            "unions",
            "confederation",
            "federation",
            "workers",
            "brotherhood",
            "guild",
        }:
            kind = "union"
        elif tails & {
            "ministry",
            "department",
            "court",
            "commission",
            "agency",
            "authority",
            "bureau",
        }:
            kind = "state"
        elif tails & {"company", "corporation", "corp", "inc", "ltd", "limited", "group", "bank",
        "motors", "electronics",
                      "industries", "airlines", "jsc", "plc", "gmbh", "llc"}:  # fmt: skip
            kind = "company"
        province = None
        if match := provinces().match(words, start):
            province = match[1]
        if province and {"federation", "confederation"} & tails and {"labor", "labour"} & tails:
            place = find_province(province, self.day)
            level = place.kind if place else ("thành phố" if "city" in tails else "tỉnh")
            identity = f"union:ldld:{place.system}:{place.code}" if place else None
            return Mention(EntityType.ORGANISATION, paragraph, start, last_capital,
                           f"Liên đoàn Lao động {level} {province}",
                           "organisation.english_federation",
                           id=identity, kind="union", parent="union:vgcl",
                           area=province)  # fmt: skip
        return Mention(EntityType.ORGANISATION, paragraph, start, last_capital, name,
                       "organisation.english", kind=kind, confidence=0.75)  # fmt: skip

    def _canonical(self, surface: str) -> str:
        """Spell out the abbreviations of a name, and drop its quotes."""
        parts = []
        for part in re.sub('["“”]', "", surface).split():
            longer = {
                "CP": "Cổ phần", "HCM": "Hồ Chí Minh", "HN": "Hà Nội",
                "CĐCS": "Công đoàn cơ sở", "CĐ": "Công đoàn", "TP": "thành phố", "TP.": "thành phố",
                "Cty": "Công ty", "KCN": "Khu công nghiệp", "KCX": "Khu chế xuất",
                "TP.HCM": "Thành phố Hồ Chí Minh", "TPHCM": "Thành phố Hồ Chí Minh",
                "BHXH": "Bảo hiểm xã hội", "UBND": "Ủy ban nhân dân", "LĐLĐ": "Liên đoàn Lao động",
            }.get(part)  # fmt: skip
            if longer is None and "&" in part:
                expanded = expand_abbreviation(part)
                longer = expanded[0] if expanded else None
            parts.append(longer or part)
        return " ".join(parts)


def words_follow(paragraph: Paragraph, at: int, *words: str) -> bool:
    """Return whether these folded words stand at token `at`."""
    return tuple(paragraph.words[at : at + len(words)]) == words


def distinct_names(mentions: Iterable[Mention]) -> list[str]:
    """Return the names of the organisations in order of first mention."""
    return list(dict.fromkeys(mention.name for mention in mentions))
