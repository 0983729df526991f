"""A large body of articles to measure the desk with: varied, and the same for the same seed.

In: a seed and a number. Out: that article as the indexer would store it, with about as many
figures as asked for, each at its true place in the text. One in twelve is a copy of the article
before it under another outlet, one in a hundred is withdrawn, one in twenty was corrected.
"""

import functools
import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib import resources
from typing import Final, Literal, TypeVar

from deploy.demo.stories import load_stories
from services.contracts.articles import Cause, content_hash
from services.contracts.documents import ArticleDocument, RevisionEntry
from services.contracts.entities import Entity, EntityType
from services.contracts.figures import Comparator, Figure, FigureKind, Modality, TextField
from services.lexicon.tables import read_table
from services.lexicon.topics import topics

FIRST_DAY: Final = datetime(2018, 1, 1, tzinfo=UTC)
LAST_DAY: Final = datetime(2026, 11, 20, tzinfo=UTC)
_SIGNATURE_WORDS, _WORD_DIGITS = 32, 12
COPY_EVERY, WITHDRAWN_EVERY, CORRECTED_EVERY = 12, 100, 20

_OUTLETS: Final = (
    "Báo Lao Động", "Người Lao Động", "Lao động Thủ đô", "Tuổi trẻ Thủ đô", "Công đoàn Việt Nam",
    "Tuổi Trẻ", "Thanh Niên", "VnExpress", "Dân trí", "VietnamPlus", "Báo Tin tức",
    "Báo Hải Phòng", "Báo Đồng Nai", "Báo Nghệ An", "Báo Bình Dương", "Labour Watch",
)  # fmt: skip
_FIRST_NAMES: Final = (
    "An", "Bình", "Châu", "Chi", "Cường", "Diệp", "Dũng", "Giang", "Hà", "Hạnh", "Hiếu", "Hòa",
    "Hồng", "Hùng", "Hương", "Khánh", "Lan", "Linh", "Long", "Mai", "Minh", "Nam", "Nga", "Ngọc",
    "Nhung", "Phương", "Quang", "Quyên", "Sơn", "Tâm", "Thảo", "Thu", "Tiến", "Trang", "Tuấn",
    "Vân", "Việt", "Xuân", "Yến",
)  # fmt: skip
_COMPANY_WORDS: Final = (
    "An Phát", "Bảo Minh", "Bình Tiên", "Đại Dũng", "Đông Á", "Đức Giang", "Gia Định",
    "Hà Nam Ninh", "Hoàng Long", "Hòa Thọ", "Kim Sơn", "Lạc Việt", "Minh Trí", "Nam Hải",
    "Nhật Tân", "Phú Tài", "Phương Đông", "Sao Mai", "Tân Mai", "Thành Công", "Tiên Sơn",
    "Trường Hải", "Việt Hưng", "Việt Thắng", "Vĩnh Thành", "Yên Phong",
)  # fmt: skip
_TRADES: Final = ("May", "Giày da", "Điện tử", "Cơ khí", "Dệt", "Thủy sản", "Gỗ", "Bao bì", "Thép")
_SECTIONS: Final = ("Công đoàn", "Việc làm", "Đời sống", "Pháp luật", "Thời sự", "Kinh tế")
_TAGS: Final = (
    "Tết Sum vầy", "Mái ấm Công đoàn", "lương tối thiểu", "an toàn lao động", "thưởng Tết",
    "nhà ở xã hội", "bảo hiểm xã hội", "ngừng việc", "thỏa ước", "đối thoại", "công nhân giỏi",
)  # fmt: skip


Thing = TypeVar("Thing")


@dataclass(frozen=True, kw_only=True)
class _Statement:
    """A row of statements.tsv."""

    indicator: str | None
    kind: FigureKind
    unit: str | None
    counted: tuple[str, ...]
    low: float
    high: float
    sentence: str


@dataclass(frozen=True, kw_only=True)
class _World:
    """Who and what the articles speak of, the more frequent first."""

    statements: tuple[_Statement, ...]
    organisations: tuple[tuple[str, str], ...]
    """Canonical name, and as written."""
    places: tuple[tuple[str, str], ...]
    """Name and code."""
    persons: tuple[str, ...]
    topics: tuple[str, ...]
    fillers: tuple[str, ...]


def _read_statements() -> tuple[_Statement, ...]:
    text = resources.files(__package__).joinpath("statements.tsv").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines() if line and line[0] != "#"][1:]
    return tuple(
        _Statement(
            indicator=indicator or None,
            kind=FigureKind(kind),
            unit=unit or None,
            counted=tuple(counted.split(";")),
            low=float(low),
            high=float(high),
            sentence=sentence,
        )
        for indicator, kind, unit, counted, low, high, sentence in rows
    )


@functools.cache
def _load_world() -> _World:
    chance = random.Random("world")  # noqa: S311 - invented text, no secret
    places = read_table("places.tsv")
    provinces = [(row[4], row[2], row[3]) for row in places if row[1] == "province"]
    wards = [(row[3], row[2]) for row in places if row[1] == "ward"]
    chance.shuffle(provinces)
    chance.shuffle(wards)
    bodies = [
        (f"Liên đoàn Lao động {full[:1].lower()}{full[1:]}", f"LĐLĐ {full[:1].lower()}{full[1:]}")
        for _short, _code, full in provinces
    ]
    unions = [(row[1], row[1]) for row in read_table("organisations.tsv") if row[2] == "union"]
    companies = [
        (name, name)
        for first in _COMPANY_WORDS
        for trade in _TRADES
        for second in _COMPANY_WORDS
        if first != second
        for name in [f"Công ty TNHH {trade} {first} {second}"]
    ]
    chance.shuffle(companies)
    surnames = [row[0] for row in read_table("surnames.tsv")][:40]
    persons = [
        f"{surname} {middle} {first}"
        for surname in surnames
        for middle in _FIRST_NAMES[::3]
        for first in _FIRST_NAMES
    ]
    chance.shuffle(persons)
    fillers = [
        sentence.strip() + "."
        for _key, story in sorted(load_stories().items())
        for sentence in story.text.replace("\n", " ").split(". ")
        if len(sentence) > 40 and not set("{[!>*") & set(sentence)  # noqa: PLR2004 - characters
    ]
    return _World(
        statements=_read_statements(),
        organisations=(*unions[:1], *bodies, *unions[1:], *companies[:3000]),
        places=(*((short, code) for short, code, _ in provinces), *wards[:2500]),
        persons=tuple(persons[:6000]),
        topics=tuple(topics()),
        fillers=tuple(fillers),
    )


def _pick(chance: random.Random, things: Sequence[Thing]) -> Thing:
    """Return one of them, the first ones far more often."""
    return things[int(len(things) * chance.random() ** 3)]


def _draw_value(chance: random.Random, statement: _Statement) -> Decimal:
    """Return a value between the statement's bounds; small ones are as frequent as large ones."""
    value = statement.low * (statement.high / statement.low) ** chance.random()
    if statement.kind is FigureKind.PERCENT:
        return Decimal(f"{value:.1f}")
    if statement.kind is FigureKind.MONEY or chance.random() < 0.5:  # noqa: PLR2004 - half of them
        value = float(f"{value:.3g}")
    return Decimal(max(1, round(value)))


def _group(value: Decimal) -> str:
    whole, _, decimals = f"{value:,f}".partition(".")
    return whole.replace(",", ".") + (f",{decimals}" if decimals.strip("0") else "")


def _write_value(chance: random.Random, value: Decimal, unit: str | None) -> str:
    if unit == "percent":
        return f"{_group(value)}%"
    if unit == "VND":
        for scale, word in ((10**9, "tỉ"), (10**6, "triệu")):
            if value >= scale and chance.random() < 0.9:  # noqa: PLR2004 - most of them
                return f"{_group(value / scale)} {word} đồng"
        return f"{_group(value)} đồng"
    return f"{_group(value)} {unit}" if unit else _group(value)


def _draw_period(chance: random.Random, day: datetime) -> tuple[str, str]:
    """Return a period's code and words, at or before a day."""
    year = day.year - (chance.random() < 0.2)  # noqa: PLR2004 - one in five looks back
    month = chance.randint(1, 12)
    quarter = (month + 2) // 3
    return chance.choice(
        (
            (f"{year}", f"năm {year}"),
            (f"{year}-Q{quarter}", f"quý {('I', 'II', 'III', 'IV')[quarter - 1]}/{year}"),
            (f"{year}-{month:02d}", f"tháng {month}/{year}"),
            (f"{year}-H1", f"6 tháng đầu năm {year}"),
            (f"{year}-01/{year}-09", f"9 tháng năm {year}"),
            (f"{day:%Y-%m-%d}", f"ngày {day.day}/{day.month}/{day.year}"),
        )
    )


class _Text:
    """One field of an article in the making, with the figures and names found in it."""

    def __init__(self, field: TextField) -> None:
        self.field: TextField = field
        self.parts: list[str] = []
        self.length = 0
        self.figures: list[Figure] = []
        self.entities: list[Entity] = []

    def add(self, text: str) -> int:
        """Append words; return where they begin."""
        start = self.length
        self.parts.append(text)
        self.length += len(text)
        return start

    def add_name(
        self,
        entity_type: EntityType,
        surface: str,
        name: str,
        *,
        code: str | None = None,
        role: str | None = None,
    ) -> None:
        start = self.add(surface)
        entity = Entity.model_construct(
            type=entity_type, field=self.field, start=start, end=self.length, surface=surface,
            name=name, code=code, role=role, rule="load", confidence=0.9,
        )  # fmt: skip
        self.entities.append(entity)

    def __str__(self) -> str:
        return "".join(self.parts)


def _tell(text: _Text, chance: random.Random, world: _World, day: datetime) -> None:
    """Append one statement with its figure and names."""
    statement = _pick(chance, world.statements)
    name, written = _pick(chance, world.organisations)
    place, code = _pick(chance, world.places)
    period, when = _draw_period(chance, day)
    counted = chance.choice(statement.counted)
    value = _draw_value(chance, statement)
    comparator, word = chance.choice(
        ((Comparator.EQ, ""),) * 6 + ((Comparator.GT, "hơn "), (Comparator.APPROX_BELOW, "gần "))
    )
    surface = word + _write_value(chance, value, statement.unit)
    begins, figure_start = text.length, 0
    for number, piece in enumerate(statement.sentence.replace("{", "}").split("}")):
        if number % 2 == 0:
            text.add(piece)
        elif piece == "n":
            figure_start = text.add(surface)
        elif piece == "who":
            text.add_name(EntityType.ORGANISATION, written, name)
        elif piece == "place":
            text.add_name(EntityType.PLACE, place, place, code=code)
        else:
            text.add(when if piece == "when" else counted)
    text.figures.append(
        Figure.model_construct(
            field=text.field, start=figure_start, end=figure_start + len(surface),
            surface=surface, kind=statement.kind, value=value, unit=statement.unit,
            counted=counted, comparator=comparator, indicator=statement.indicator,
            organisation=name, period=period,
            place=place if "{place}" in statement.sentence else None,
            place_code=code if "{place}" in statement.sentence else None,
            modality=chance.choice((Modality.REPORTED,) * 8 + (Modality.TARGET, Modality.ESTIMATE)),
            rule="load", confidence=0.9, sentence="".join(text.parts)[begins:],
        )
    )  # fmt: skip


def _write_body(chance: random.Random, world: _World, day: datetime, count: int) -> _Text:
    body = _Text("body")
    for number in range(count):
        if number:
            body.add("\n\n" if number % 3 == 0 else " ")
        for _ in range(chance.randint(0, 3)):
            body.add(_pick(chance, world.fillers) + " ")
        if number % 4 == 0:
            person = _pick(chance, world.persons)
            body.add_name(EntityType.PERSON, person, person, role="Chủ tịch")
            body.add(" cho biết: ")
        _tell(body, chance, world, day)
    return body


def build_article(number: int, *, seed: int, figure_count: int = 15) -> ArticleDocument:
    """Return one article of the load, with `figure_count` figures (at least 3).

    Example:
        >>> article = build_article(7, seed=1)
        >>> article == build_article(7, seed=1), len(article.figures)
        (True, 15)
        >>> all(getattr(article, f.field)[f.start : f.end] == f.surface for f in article.figures)
        True
    """
    is_copy = number % COPY_EVERY == COPY_EVERY - 1
    origin = number - 1 if is_copy else number
    chance = random.Random(f"{seed}:{origin}")  # noqa: S311 - invented text, no secret
    world = _load_world()
    age = (LAST_DAY - FIRST_DAY) * chance.random() ** 1.5
    published_at = (LAST_DAY - age).replace(microsecond=0)
    title, lead = _Text("title"), _Text("lead")
    _tell(title, chance, world, published_at)
    _tell(lead, chance, world, published_at)
    body = _write_body(chance, world, published_at, figure_count - 2)
    outlet = _pick(chance, _OUTLETS)
    if is_copy:
        outlet = _OUTLETS[(_OUTLETS.index(outlet) + 1) % len(_OUTLETS)]
        published_at += timedelta(hours=chance.randint(1, 20))
    article = _compose(number, seed, (title, lead, body), outlet, published_at, chance)
    return article.model_copy(
        update={
            "topics": tuple(chance.sample(world.topics, chance.randint(1, 3))),
            "signature": _sign(f"{seed}:{origin}"),
        }
    )


def _sign(story: str) -> tuple[str, ...]:
    """Return a signature that all copies of a story share, in the enricher's shape."""
    digits = hashlib.shake_128(story.encode()).hexdigest(_SIGNATURE_WORDS * _WORD_DIGITS // 2)
    return tuple(
        digits[start : start + _WORD_DIGITS] for start in range(0, len(digits), _WORD_DIGITS)
    )


def _compose(
    number: int,
    seed: int,
    texts: tuple[_Text, _Text, _Text],
    outlet: str,
    published_at: datetime,
    chance: random.Random,
) -> ArticleDocument:
    fetched_at = published_at + timedelta(minutes=10)
    revision = int(fetched_at.timestamp() * 1000)
    is_withdrawn = number % WITHDRAWN_EVERY == WITHDRAWN_EVERY - 1
    is_corrected = number % CORRECTED_EVERY == CORRECTED_EVERY - 2
    status: Literal["published", "withdrawn"] = "withdrawn" if is_withdrawn else "published"
    figures = tuple(figure for text in texts for figure in text.figures)
    entities = tuple(entity for text in texts for entity in text.entities)
    title, lead, body = map(str, texts)
    digest = content_hash(title=title, lead=lead, body=body)
    cause = Cause.WITHDRAWN if is_withdrawn else Cause.SOURCE if is_corrected else Cause.NEW
    entry = RevisionEntry(
        revision=revision, last_revision=revision, generation=1, cause=cause, status=status,
        content_hash=digest,
    )  # fmt: skip
    source = hashlib.sha256(outlet.encode()).hexdigest()[:8]
    address = f"https://{source}.example/{seed}/{number}"

    def names(kind: EntityType) -> tuple[str, ...]:
        return tuple(dict.fromkeys(e.name for e in entities if e.type is kind))

    return ArticleDocument(
        article_id=f"load:{seed}:{number}",
        version=revision * 1000 + 1,
        revision=revision,
        generation=1,
        status=status,
        states=(status, *(("corrected",) if is_corrected else ())),
        languages=("vi",),
        is_corrected=is_corrected,
        cause=cause,
        source=source,
        site="generic",
        outlet=outlet,
        url=address,
        canonical_url=address,
        title=title,
        lead=lead,
        body=body,
        author=chance.choice(_load_world().persons[:300]),
        section=chance.choice(_SECTIONS),
        tags=tuple(chance.sample(_TAGS, 2)),
        language="vi",
        published_at=published_at,
        fetched_at=fetched_at,
        first_seen_at=fetched_at,
        sort_at=published_at,
        indexed_at=fetched_at,
        content_hash=digest,
        organisations=names(EntityType.ORGANISATION),
        persons=names(EntityType.PERSON),
        places=names(EntityType.PLACE),
        indicators=tuple(dict.fromkeys(f.indicator for f in figures if f.indicator)),
        names=tuple(dict.fromkeys(entity.name for entity in entities)),
        figure_count=len(figures),
        figures=figures,
        entities=entities,
        revisions=(entry,),
    )
