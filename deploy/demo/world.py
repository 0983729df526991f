"""The living world: which articles exist, since when, in which wording, and what happens next.

What comes in: stories, a timeline, a clock, and orders (publish, correct, withdraw, …).
What goes out: the articles as they are now, and a ledger that says so. Serving them is the
server's job; this module knows no HTTP. All public methods may be called from any thread.

The script's clock runs at `speed` beside the real one and can be moved ahead; articles are stamped
with real time, so that nothing is ever published in the future. With a `journal`, orders survive a
restart: the world is what its start and its orders make of it.
"""

import hashlib
import json
import os
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from deploy.demo.bulk import bulk_stories
from deploy.demo.outlets import (
    CONTROL_PORT_OFFSET,
    OUTLETS,
    Outlet,
    article_path,
    nld_number,
    number_in_path,
    slug_of,
)
from deploy.demo.stories import (
    Block,
    Happening,
    Story,
    Teaser,
    load_stories,
    load_teasers,
    load_timeline,
    moment_of,
    replace_each,
    told_on,
)

Clock = Callable[[], datetime]
Status = Literal["published", "withdrawn", "blocked"]

RELATED_COUNT = 9
TEASER_COUNT = 3


class NoSuchArticleError(LookupError):
    """An order names an article that the world does not have."""


@dataclass(slots=True, kw_only=True)
class Article:
    """An article as it stands now."""

    key: str
    outlet: Outlet
    number: str
    slug: str
    section: str
    title: str
    lead: str
    blocks: tuple[Block, ...]
    author: str | None
    tags: tuple[str, ...]
    quirks: frozenset[str]
    published_at: datetime
    modified_at: datetime
    page_changed_at: datetime
    related: tuple[Teaser, ...] = ()
    revision_count: int = 1
    page_version: int = 1
    status: Status = "published"
    shuffles: int = field(default=0)

    @property
    def path(self) -> str:
        """Where the article is on its outlet now."""
        return article_path(
            self.outlet,
            section=self.section,
            slug=self.slug,
            number=self.number,
            quirks=self.quirks,
        )

    @property
    def body(self) -> tuple[str, ...]:
        """The paragraphs, without captions and without marks."""
        return tuple(block.plain for block in self.blocks if block.kind != "photo")

    @property
    def captions(self) -> tuple[str, ...]:
        """The photos' captions."""
        return tuple(block.plain for block in self.blocks if block.kind == "photo")


class World:
    """Everything that is published, and the script of what happens next.

    `port_base` only decides the addresses; `stories` and `happenings` default to the bundled ones.
    """

    def __init__(
        self,
        *,
        port_base: int,
        clock: Clock = lambda: datetime.now(UTC),
        speed: float = 1.0,
        stories: Mapping[str, Story] | None = None,
        happenings: Iterable[Happening] | None = None,
        journal: Path | None = None,
    ) -> None:
        self.port_base = port_base
        self.clock = clock
        self.speed = speed
        self.lock = threading.RLock()
        self.stories = dict(load_stories() if stories is None else stories)
        self.happenings = tuple(load_timeline() if happenings is None else happenings)
        self.teasers = load_teasers()
        self._articles: dict[str, Article] = {}
        self._keys_by_number: dict[tuple[str, str], str] = {}
        self._keys_by_path: dict[tuple[str, str], str] = {}
        self._next_numbers = {outlet.id: outlet.first_number for outlet in OUTLETS.values()}
        self._blocked_outlets: set[str] = set()
        self._happened = 0
        self._jumped = timedelta()
        self._mark = self._mark_at = self.started_at = clock()
        self.outlet_changed_at = dict.fromkeys(OUTLETS, self.started_at)
        self.outlet_versions = dict.fromkeys(OUTLETS, 0)
        self._journal = journal
        self._begin()

    # --- time ------------------------------------------------------------------------------

    def script_seconds(self) -> float:
        """How far the script has come, in its own seconds."""
        with self.lock:
            return self._script_time(self.clock()).total_seconds()

    def catch_up(self) -> None:
        """Let everything happen that is due by now."""
        with self.lock:
            self._catch_up(self.clock())

    def advance(self, seconds: float) -> None:
        """Move the script's clock ahead; what becomes due happens now."""
        with self.lock:
            self._order("advance", {"seconds": seconds})

    # --- orders ----------------------------------------------------------------------------

    def publish(self, story: Story) -> Article:
        """Publish a story that is in no file; its key is made from outlet and number."""
        with self.lock:
            return self._only(self._order("publish", {"story": story.model_dump(mode="json")}))

    def correct(
        self, reference: str, *, replace: Iterable[tuple[str, str]], slug: str | None = None
    ) -> Article:
        """Change wordings in an article's title, lead and text; a new slug moves its address."""
        edits = [list(edit) for edit in replace]
        with self.lock:
            order = {"article": self.find(reference).key, "replace": edits, "slug": slug}
            return self._only(self._order("correct", order))

    def withdraw(self, reference: str) -> Article:
        """Take an article off the site: 404 from now on, and out of feeds and sitemaps."""
        return self._set_status("withdraw", reference)

    def restore(self, reference: str) -> Article:
        """Bring a withdrawn or blocked article back."""
        return self._set_status("restore", reference)

    def block(self, reference: str) -> Article:
        """Answer an article's address with the cookie interstitial."""
        return self._set_status("block", reference)

    def block_outlet(self, outlet: str, *, is_blocked: bool) -> None:
        """Answer every page of an outlet with the cookie interstitial, or stop doing so."""
        with self.lock:
            order = {"outlet": _outlet(outlet).id, "is_blocked": is_blocked}
            self._order("block_outlet", order)

    def shuffle_related(self, reference: str) -> Article:
        """Put other stories into an article's related boxes; the article itself stays."""
        return self._set_status("shuffle_related", reference)

    def bulk(self, count: int, *, seed: int) -> list[Article]:
        """Publish generated articles, spread over the last hour."""
        with self.lock:
            return self._order("bulk", {"count": count, "seed": seed})

    # --- what there is ---------------------------------------------------------------------

    def base_url(self, outlet: str) -> str:
        """The address of an outlet's front page, without a slash at the end."""
        return f"http://127.0.0.1:{self.port_base + OUTLETS[outlet].port_offset}"

    @property
    def control_url(self) -> str:
        """The address of the control port."""
        return f"http://127.0.0.1:{self.port_base + CONTROL_PORT_OFFSET}"

    def url_of(self, article: Article) -> str:
        """An article's address, which is also its canonical one."""
        return self.base_url(article.outlet.id) + article.path

    def is_outlet_blocked(self, outlet: str) -> bool:
        """Whether the whole outlet answers with the interstitial."""
        return outlet in self._blocked_outlets

    def visible(self, outlet: str, *, section: str | None = None) -> list[Article]:
        """An outlet's articles that readers can see, the newest first."""
        with self.lock:
            self._catch_up(self.clock())
            found = [
                article
                for article in self._articles.values()
                if article.outlet.id == outlet
                and article.status != "withdrawn"
                and section in {None, article.section}
            ]
        return sorted(found, key=lambda article: (article.published_at, article.key), reverse=True)

    def at_path(self, outlet: str, path: str) -> Article | None:
        """The article at a path, under any slug (its number decides)."""
        with self.lock:
            self._catch_up(self.clock())
            number = number_in_path(path)
            key = self._keys_by_path.get((outlet, path)) or (
                self._keys_by_number.get((outlet, number)) if number else None
            )
            return self._articles.get(key) if key else None

    def find(self, reference: str) -> Article:
        """An article by key or by address; raises NoSuchArticleError."""
        with self.lock:
            self._catch_up(self.clock())
            return self._find(reference)

    def ledger(self) -> list[dict[str, Any]]:
        """What there is, withdrawn articles included, the oldest first."""
        with self.lock:
            self._catch_up(self.clock())
            articles = sorted(self._articles.values(), key=lambda article: article.published_at)
            return [self.ledger_entry(article) for article in articles]

    def ledger_entry(self, article: Article) -> dict[str, Any]:
        """One article as the ledger tells it; text is what a reader sees, in NFC."""
        return {
            "key": article.key,
            "url": self.url_of(article),
            "canonical_url": self.url_of(article),
            "outlet": article.outlet.id,
            "site": article.outlet.site,
            "number": article.number,
            "title": article.title,
            "lead": article.lead,
            "body": list(article.body),
            "captions": list(article.captions),
            "author": article.author,
            "published_at": article.published_at.isoformat().replace("+00:00", "Z"),
            "modified_at": article.modified_at.isoformat().replace("+00:00", "Z"),
            "section": article.section,
            "section_name": article.outlet.sections[article.section],
            "tags": list(article.tags),
            "status": article.status,
            "revision_count": article.revision_count,
            "related_titles": [teaser.title for teaser in article.related],
        }

    # --- how it happens --------------------------------------------------------------------

    def _begin(self) -> None:
        orders = self._open_journal()
        for story in self.stories.values():
            if not story.waits:
                self._publish(story, self.started_at)
        self._relate_all()
        for order in orders:
            at = datetime.fromisoformat(order.pop("at"))
            self._catch_up(at)
            self._carry_out(order.pop("do"), order, at)
        self._catch_up(self.clock())

    def _open_journal(self) -> list[dict[str, Any]]:
        if self._journal is None:
            return []
        lines = []
        if self._journal.exists():
            whole = 0
            for line in self._journal.read_bytes().splitlines(keepends=True):
                if not line.endswith(b"\n"):
                    break  # a process was killed while writing it
                lines.append(json.loads(line))
                whole += len(line)
            os.truncate(self._journal, whole)
        if not lines:
            header = {"started_at": self.started_at.isoformat(), "speed": self.speed}
            self._journal.parent.mkdir(parents=True, exist_ok=True)
            self._journal.write_text(json.dumps(header) + "\n", encoding="utf-8")
            return []
        self.started_at = datetime.fromisoformat(lines[0]["started_at"])
        self._mark = self._mark_at = self.started_at
        self.outlet_changed_at = dict.fromkeys(OUTLETS, self.started_at)
        self.speed = float(lines[0]["speed"])
        return lines[1:]

    def _script_time(self, now: datetime) -> timedelta:
        return (now - self.started_at) * self.speed + self._jumped

    def _catch_up(self, now: datetime) -> None:
        reached = self._script_time(now)
        while self._happened < len(self.happenings):
            happening = self.happenings[self._happened]
            if happening.at > reached:
                break
            self._happened += 1
            due = self.started_at + (happening.at - self._jumped) / self.speed
            # A line that a jump skipped over happens at the jump, never before an earlier one.
            self._mark = min(max(due, self._mark, self._mark_at), now)
            self._happen(happening, self._mark)

    def _happen(self, happening: Happening, at: datetime) -> None:
        if happening.do == "publish":
            article = self._publish(self.stories[happening.article], at)
            self._relate(article, at)
        elif happening.do == "correct":
            order = {"article": happening.article, "replace": happening.replace}
            self._carry_out("correct", order, at)
        else:
            self._carry_out(happening.do, {"article": happening.article}, at)

    def _order(self, do: str, order: dict[str, Any]) -> list[Article]:
        now = self.clock()
        self._catch_up(now)
        articles = self._carry_out(do, dict(order), now)
        if self._journal is not None:
            line = json.dumps({"at": now.isoformat(), "do": do, **order}, ensure_ascii=False)
            with self._journal.open("a", encoding="utf-8") as journal:
                journal.write(line + "\n")
        return articles

    def _carry_out(self, do: str, order: Mapping[str, Any], at: datetime) -> list[Article]:
        if do == "advance":
            self._jumped += timedelta(seconds=order["seconds"])
            self._mark_at = at
            self._catch_up(at)
            return []
        if do == "publish":
            story = Story.model_validate(order["story"])
            return [self._published(story, at)]
        if do == "bulk":
            return self._bulk(order["count"], seed=order["seed"], at=at)
        if do == "block_outlet":
            return self._block_outlet(order["outlet"], is_blocked=order["is_blocked"], at=at)
        article = self._find(order["article"])
        if do == "correct":
            self._correct(article, order["replace"], order.get("slug"), at)
        elif do == "shuffle_related":
            article.shuffles += 1
            self._relate(article, at)
        else:
            statuses: dict[str, Status] = {"withdraw": "withdrawn", "block": "blocked"}
            article.status = statuses.get(do, "published")
            article.page_version += 1
            article.page_changed_at = at
            self._touch(article.outlet, at)
        return [article]

    def _published(self, story: Story, at: datetime) -> Article:
        article = self._publish(story, at)
        self._relate(article, at)
        return article

    def _publish(self, story: Story, at: datetime) -> Article:
        outlet = _outlet(story.outlet)
        published_at = moment_of(story.published, now=at, started_at=self.started_at)
        number = story.number or self._new_number(outlet, story, published_at)
        key = story.key or f"{outlet.id}-{number}"
        if key in self._articles or (outlet.id, number) in self._keys_by_number:
            raise ValueError(f"{outlet.name} already has an article {key} ({number}).")
        section = story.section or outlet.main_section
        if section not in outlet.sections:
            raise ValueError(f"{key}: {outlet.name} has no section {section!r}.")
        title = told_on(story.title, published_at)
        article = Article(
            key=key,
            outlet=outlet,
            number=number,
            slug=story.slug or slug_of(title),
            section=section,
            title=title,
            lead=told_on(story.lead, published_at),
            blocks=tuple(
                block.model_copy(update={"text": told_on(block.text, published_at)})
                for block in story.blocks
            ),
            author=story.author,
            tags=story.tags,
            quirks=frozenset(story.quirks),
            published_at=published_at,
            modified_at=published_at,
            page_changed_at=published_at if at == self.started_at else at,
        )
        self._articles[key] = article
        self._keys_by_number[outlet.id, number] = key
        self._keys_by_path[outlet.id, article.path] = key
        self._touch(outlet, at)
        return article

    def _new_number(self, outlet: Outlet, story: Story, published_at: datetime) -> str:
        if outlet.site != "nld":
            number = self._next_numbers[outlet.id]
            self._next_numbers[outlet.id] += 1
            return str(number)
        digest = hashlib.sha256(story.title.encode()).digest()
        milliseconds = int.from_bytes(digest[:2], "big")
        is_old = "old_url" in story.quirks
        while True:
            candidate = nld_number(published_at, milliseconds=milliseconds, is_old=is_old)
            if (outlet.id, candidate) not in self._keys_by_number:
                return candidate
            milliseconds += 1

    def _correct(
        self, article: Article, edits: Iterable[tuple[str, str]], slug: str | None, at: datetime
    ) -> None:
        title, lead, blocks = article.title, article.lead, article.blocks
        for old, new in edits:
            whole = "\n".join((title, lead, *(block.text for block in blocks)))
            replace_each(whole, [(old, new)], where=article.key)
            title, lead = title.replace(old, new), lead.replace(old, new)
            blocks = tuple(
                block.model_copy(update={"text": block.text.replace(old, new)}) for block in blocks
            )
        article.title, article.lead, article.blocks = title, lead, blocks
        if slug:
            article.slug = slug
            self._keys_by_path[article.outlet.id, article.path] = article.key
        article.revision_count += 1
        article.page_version += 1
        article.modified_at = article.page_changed_at = at.replace(microsecond=0)
        self._touch(article.outlet, at)

    def _bulk(self, count: int, *, seed: int, at: datetime) -> list[Article]:
        step = timedelta(hours=1) / max(count, 1)
        articles = []
        for index, story in enumerate(bulk_stories(count, seed=seed)):
            stamped = story.model_copy(update={"published": at - step * (count - 1 - index)})
            articles.append(self._published(stamped, at))
        return articles

    def _block_outlet(self, outlet: str, *, is_blocked: bool, at: datetime) -> list[Article]:
        if is_blocked:
            self._blocked_outlets.add(outlet)
        else:
            self._blocked_outlets.discard(outlet)
        self._touch(OUTLETS[outlet], at)
        return []

    def _relate_all(self) -> None:
        for article in self._articles.values():
            self._relate(article, article.page_changed_at)

    def _relate(self, article: Article, at: datetime) -> None:
        """Choose the stories of an article's boxes: fixed until the next shuffle."""
        others = [
            other
            for other in self._articles.values()
            if other.outlet.id == article.outlet.id
            and other.key != article.key
            and other.status == "published"
        ][-40:]
        language = article.outlet.language

        def rank(identity: str) -> bytes:
            seed = f"{article.key}/{article.shuffles}/{identity}"
            return hashlib.sha256(seed.encode()).digest()

        chosen = sorted(others, key=lambda other: rank(other.key))[:RELATED_COUNT]
        elsewhere = sorted(self.teasers.get(language, ()), key=lambda teaser: rank(teaser.title))
        own = [Teaser(title=other.title, lead=other.lead, path=other.path) for other in chosen]
        article.related = tuple(own[:2] + elsewhere[:TEASER_COUNT] + own[2:])
        article.page_version += 1
        article.page_changed_at = at

    def _set_status(self, do: str, reference: str) -> Article:
        with self.lock:
            return self._only(self._order(do, {"article": self.find(reference).key}))

    def _find(self, reference: str) -> Article:
        article = self._articles.get(reference)
        if article is not None:
            return article
        for outlet in OUTLETS:
            base = self.base_url(outlet)
            if reference.startswith(base + "/"):
                found = self._keys_by_path.get((outlet, reference.removeprefix(base)))
                number = number_in_path(reference)
                key = found or (self._keys_by_number.get((outlet, number)) if number else None)
                if key:
                    return self._articles[key]
        raise NoSuchArticleError(f"There is no article {reference!r}; see /ledger for keys.")

    def _touch(self, outlet: Outlet, at: datetime) -> None:
        self.outlet_versions[outlet.id] += 1
        self.outlet_changed_at[outlet.id] = max(at, self.outlet_changed_at[outlet.id])

    @staticmethod
    def _only(articles: list[Article]) -> Article:
        (article,) = articles
        return article


def _outlet(name: str) -> Outlet:
    if name not in OUTLETS:
        raise ValueError(f"There is no outlet {name!r}; there are {', '.join(OUTLETS)}.")
    return OUTLETS[name]
