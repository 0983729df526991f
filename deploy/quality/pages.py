"""Pages to measure reading on: invented stories in the structures that news sites have.

In: the demo's stories and the layouts of this folder. Out: pages, each with the text that a
reader would call the article, noted while the page is written.
"""

import gzip
import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup, escape

from deploy.demo.stories import Story, load_stories

LAYOUTS = Path(__file__).parent / "layouts"
FIXTURES = Path(__file__).parents[2] / "tests" / "crawler" / "fixtures"
DEMO_PORT_BASE = 26_200
SHORTEST_STORY_PARAGRAPHS = 4
TEASERS = 12
_PLACEHOLDER = re.compile(r"\{[a-z_]+(?:[+-]\d+)?\}")


@dataclass(frozen=True, kw_only=True)
class GoldPage:
    """A page and its article's text, without title, captions and bylines."""

    name: str
    html: bytes
    text: str


def build_pages(*, stories_each: int) -> list[GoldPage]:
    """Return pages: each layout with so many stories, the same each time."""
    chooser = random.Random(4)  # noqa: S311 - which story goes where
    stories = _usable_stories()
    pages = []
    for layout in sorted(path.name for path in LAYOUTS.glob("[!_]*.html")):
        for story in chooser.sample(stories, stories_each):
            others = [other for other in stories if other is not story]
            pages.append(_build_page(layout, story, chooser.sample(others, TEASERS)))
    return pages


@cache
def _usable_stories() -> tuple[Story, ...]:
    stories = (story for _key, story in sorted(load_stories().items()))
    return tuple(s for s in stories if len(_paragraphs(s)) >= SHORTEST_STORY_PARAGRAPHS)


def _paragraphs(story: Story) -> list[str]:
    return [_plain(block.plain) for block in story.blocks if block.kind == "paragraph"]


def _plain(text: str) -> str:
    return _PLACEHOLDER.sub("28/5", text)


def _build_page(layout: str, story: Story, others: Sequence[Story]) -> GoldPage:
    kept: list[str] = []

    def keep(text: str, *, link: int = 0) -> Markup:
        kept.append(text)
        words = text.split(" ")
        if not link or len(words) < 12:  # noqa: PLR2004 - a short text would be all link
            return escape(text)
        linked = Markup('<a href="/topic">{}</a>').format(" ".join(words[3:6]))
        return Markup(" ").join((" ".join(words[:3]), linked, " ".join(words[6:])))

    def keep_all(texts: Sequence[str]) -> str:
        kept.extend(texts)
        return "\n\n".join(texts)

    first_of_other = _paragraphs(others[0])
    html = (
        _environment()
        .get_template(layout)
        .render(
            keep=keep,
            keep_all=keep_all,
            title=_plain(story.title),
            lead=_plain(story.lead) or first_of_other[0],
            author=story.author or "Jo Arlen",
            paragraphs=_paragraphs(story),
            heading=" ".join(_plain(others[1].title).split()[:6]),
            quote=_paragraphs(others[2])[0],
            items=[_plain(other.title) for other in others[3:7]],
            questions=[f"{_plain(other.title)}?" for other in others[7:10]],
            caption=_plain(others[10].title) + ".",
            caption2=_plain(others[11].title) + ".",
            other=first_of_other,
            teasers=[
                {
                    "title": _plain(o.title),
                    "lead": _plain(o.lead),
                    "href": f"/story-{n}-88{n:05d}.html",
                }
                for n, o in enumerate(others)
            ],
        )
    )
    name = f"{layout.removesuffix('.html')}-{story.key or story.title[:20]}"
    return GoldPage(name=name, html=html.encode(), text="\n\n".join(kept))


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(LAYOUTS), autoescape=True, undefined=jinja2.StrictUndefined
    )


def build_known_pages() -> list[GoldPage]:
    """Return pages of the sites that have a parser: the demo's, and the tests' fixtures."""
    from deploy.demo.in_process import HandClock, Reader  # noqa: PLC0415 - needs httpx
    from deploy.demo.world import World  # noqa: PLC0415

    world = World(port_base=DEMO_PORT_BASE, clock=HandClock(), stories=load_stories())
    reader = Reader(world)
    pages = []
    for entry in world.ledger():
        answer = reader.get(entry["url"])
        if answer.status_code == 200 and entry["body"]:  # noqa: PLR2004 - HTTP
            text = "\n\n".join(entry["body"])
            pages.append(GoldPage(name=entry["url"], html=answer.content, text=text))
    for path in sorted(FIXTURES.glob("*/*.html")):
        expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        if path.parent.name != "generic" and expected["body"]:
            pages.append(GoldPage(name=str(path), html=path.read_bytes(), text=expected["body"]))
    return pages


def load_pages(folder: Path) -> Iterator[GoldPage]:
    """Return the pages of a benchmark folder: ground-truth.json and html/ID.html, .gz or not.

    This is how the public article-extraction-benchmark is laid out: ground-truth.json holds
    {ID: {"articleBody": text}}.

    Raises:
        OSError, ValueError, KeyError: the folder is laid out otherwise.
    """
    gold: dict[str, dict[str, Any]] = json.loads((folder / "ground-truth.json").read_text("utf-8"))
    for name, article in gold.items():
        packed = folder / "html" / f"{name}.html.gz"
        html = (
            gzip.decompress(packed.read_bytes())
            if packed.exists()
            else (folder / "html" / f"{name}.html").read_bytes()
        )
        yield GoldPage(name=name, html=html, text=article.get("articleBody", ""))
