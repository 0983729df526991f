"""Stories as data files: what a reporter wrote, before it has a date and an address.

What comes in: `articles/*.yaml`, `teasers.yaml`, `timeline.yaml`. What goes out: frozen models,
and the text of a story as told on a given day.

Text is plain paragraphs separated by blank lines. `![words]` is a photo with its caption,
`> words` a boxed paragraph, `**words**` bold, `[words](/path)` a link. `{day-1}`, `{year}`,
`{so_far}` and their like become dates relative to the publication, so that the world is never old.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from deploy.demo.outlets import LOCAL_ZONE

FOLDER = Path(__file__).parent
Quirk = Literal[
    "nfd_author", "nfd_text", "old_url", "old_layout", "longform", "video", "no_author_box"
]
_DURATION_PART = re.compile(r"(\d+)\s*([dhms])")
_DURATION_UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_PLACEHOLDER = re.compile(r"\{([a-z_]+)([+-]\d+)?\}")
_JANUARY, _FEBRUARY, _DECEMBER = 1, 2, 12


def parse_duration(text: object) -> object:
    """Turn "1m 30s" into a timedelta; leave anything else for pydantic to judge.

    >>> parse_duration("1m 30s") == timedelta(seconds=90)
    True
    """
    if not isinstance(text, str) or not _DURATION_PART.search(text):
        return text
    parts = {_DURATION_UNITS[unit]: int(count) for count, unit in _DURATION_PART.findall(text)}
    return timedelta(**parts)


def moment_of(published: str | datetime | None, *, now: datetime, started_at: datetime) -> datetime:
    """The time that a story's `published` means: "-3d 15:20" is 15:20 in Vietnam three days ago.

    >>> start = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
    >>> moment_of("-3d 15:20", now=start, started_at=start).isoformat()
    '2026-11-18T08:20:00+00:00'
    """
    if published is None:
        moment = now
    elif isinstance(published, datetime):
        moment = published if published.tzinfo else published.replace(tzinfo=UTC)
    else:
        days, hour, minute = map(int, re.findall(r"\d+", published))
        day = started_at.astimezone(LOCAL_ZONE) - timedelta(days=days)
        moment = day.replace(hour=hour, minute=minute, second=(hour * minute) % 60)
    return moment.astimezone(UTC).replace(microsecond=0)


class Block(BaseModel):
    """One piece of an article's text: a paragraph, a boxed paragraph, or a photo's caption."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["paragraph", "box", "photo"]
    text: str

    @property
    def plain(self) -> str:
        """The words without the marks for bold and links."""
        unlinked = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", self.text)
        return unlinked.replace("**", "")


class Story(BaseModel):
    """A story as its file tells it.

    `published` is a day before the start of the world with a local time ("-3d 15:20"), or a fixed
    time, or None for "when it is published". `waits` marks stories that the timeline publishes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    outlet: str
    key: str = ""
    number: str | None = None
    slug: str | None = None
    title: str
    lead: str = ""
    text: str = ""
    author: str | None = None
    published: datetime | Annotated[str, Field(pattern=r"^-\d+d \d\d:\d\d$")] | None = None
    waits: bool = False
    section: str | None = None
    tags: tuple[str, ...] = ()
    quirks: frozenset[Quirk] = frozenset()

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The text, taken apart into paragraphs, boxes and photos."""
        return tuple(_blocks_in(self.text))


class Teaser(BaseModel):
    """A headline and summary in a box that leads away from the article."""

    model_config = ConfigDict(frozen=True)

    title: str
    lead: str = ""
    path: str = "/"


class Happening(BaseModel):
    """One dated line of the script."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: Annotated[timedelta, BeforeValidator(parse_duration)]
    do: Literal["publish", "correct", "withdraw", "restore", "shuffle_related", "block", "unblock"]
    article: str
    replace: tuple[tuple[str, str], ...] = Field(default=())


def load_stories(folder: Path = FOLDER / "articles") -> dict[str, Story]:
    """Every story by key (its file's stem).

    A file with `copy_of` is a syndicated copy: the text of that story with `edits` made to it.
    Raises ValueError when a copy's original is missing or an edit has nothing to replace.
    """
    raw: dict[str, dict[str, Any]] = {
        path.stem: _read_yaml(path) for path in sorted(folder.glob("*.yaml"))
    }
    stories: dict[str, Story] = {}
    for key, fields in raw.items():
        own = {name: value for name, value in fields.items() if name not in {"copy_of", "edits"}}
        if "copy_of" in fields:
            original = raw.get(fields["copy_of"])
            if original is None:
                raise ValueError(f"{key}.yaml copies {fields['copy_of']}, which is not there.")
            inherited = {name: original[name] for name in ("title", "lead", "text", "tags")}
            own = inherited | own
            own["text"] = replace_each(str(own["text"]), fields.get("edits", ()), where=key)
        stories[key] = Story(key=key, **own)
    return stories


def load_timeline(path: Path = FOLDER / "timeline.yaml") -> tuple[Happening, ...]:
    """The script, in the order in which it happens."""
    lines = [Happening.model_validate(line) for line in _read_yaml(path)["happenings"]]
    return tuple(sorted(lines, key=lambda line: line.at))


def load_teasers(path: Path = FOLDER / "teasers.yaml") -> dict[str, tuple[Teaser, ...]]:
    """Teasers of other sections' stories by language; their figures occur in no article."""
    return {
        language: tuple(Teaser.model_validate(entry) for entry in entries)
        for language, entries in _read_yaml(path).items()
    }


def replace_each(text: str, edits: Iterable[tuple[str, str]], *, where: str) -> str:
    """Make every (old, new) edit in a text; raises ValueError when an old wording is not there."""
    for old, new in edits:
        if old not in text:
            raise ValueError(f"{where}: nothing reads {old!r}.")
        text = text.replace(old, new)
    return text


def told_on(text: str, published_at: datetime) -> str:
    """Fill a text's date placeholders for a publication time.

    >>> told_on("Ngày {day-1}, {so_far}", datetime(2026, 11, 5, tzinfo=UTC))
    'Ngày 4/11, 10 tháng đầu năm 2026'
    """
    day = published_at.astimezone(LOCAL_ZONE)

    def fill(match: re.Match[str]) -> str:
        return _placeholder(match.group(1), int(match.group(2) or 0), day)

    return _PLACEHOLDER.sub(fill, text)


def _placeholder(name: str, shift: int, day: datetime) -> str:
    moved = day + timedelta(days=shift)
    month = (day.month - 1 + shift) % 12 + 1
    month_year = day.year + (day.month - 1 + shift) // 12
    words: Mapping[str, str] = {
        "day": f"{moved.day}/{moved.month}",
        "date": f"{moved.day}/{moved.month}/{moved.year}",
        "day_en": f"{moved:%B} {moved.day}",
        "day_ko": f"{moved.month}월 {moved.day}일",
        "year": str(day.year + shift),
        "month": f"{month}/{month_year}",
        "month_en": f"{datetime(month_year, month, 1, tzinfo=UTC):%B %Y}",
        "so_far": _so_far(day),
        "so_far_en": _so_far_en(day),
        "quarter": _last_quarter(day),
    }
    if name not in words:
        raise ValueError(f"A story uses the placeholder {{{name}}}, which does not exist.")
    return words[name]


def _so_far(day: datetime) -> str:
    if day.month == _JANUARY:
        return f"năm {day.year - 1}"
    if day.month == _FEBRUARY:
        return f"tháng 1/{day.year}"
    return f"{day.month - 1} tháng đầu năm {day.year}"


def _so_far_en(day: datetime) -> str:
    if day.month == _JANUARY:
        return str(day.year - 1)
    if day.month == _FEBRUARY:
        return f"January {day.year}"
    return f"the first {day.month - 1} months of {day.year}"


def _last_quarter(day: datetime) -> str:
    quarter = (day.month - 1) // 3
    roman = ("IV", "I", "II", "III")[quarter]
    return f"quý {roman}/{day.year if quarter else day.year - 1}"


def _blocks_in(text: str) -> Iterable[Block]:
    for piece in re.split(r"\n\s*\n", text.strip()):
        words = " ".join(piece.split())
        if not words:
            continue
        if words.startswith("![") and words.endswith("]"):
            yield Block(kind="photo", text=words[2:-1])
        elif words.startswith("> "):
            yield Block(kind="box", text=words[2:])
        else:
            yield Block(kind="paragraph", text=words)


def _read_yaml(path: Path) -> dict[str, Any]:
    # libyaml's loader where PyYAML has it: ten times as fast, and just as safe
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    loaded: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 - both are safe loaders
    return loaded
