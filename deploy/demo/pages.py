"""What the outlets answer: articles, section pages, feeds, sitemaps, robots.txt, as bytes.

What comes in: the world and a path. What goes out: a `Page` with its validators. No HTTP here.
Markup follows the real sites: class names, unclosed paragraphs, boxes of other stories, odd dates.
"""

import hashlib
import html
import json
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import jinja2
from markupsafe import Markup

from deploy.demo.outlets import AMP_PORT_OFFSET, LOCAL_ZONE, OUTLETS, Feed, FeedDates, Outlet
from deploy.demo.stories import Block
from deploy.demo.world import Article, World

HTML = "text/html; charset=utf-8"
XML = "text/xml; charset=utf-8"
PAGE_SIZE = 10
FROZEN_FEED_ITEMS = 5
SHARD_DAYS = 5
LAST_SHARD_START = 26
CACHED_PAGES = 8192

_WEEKDAYS = {
    "vi": ("Thứ hai", "Thứ ba", "Thứ tư", "Thứ năm", "Thứ sáu", "Thứ bảy", "Chủ nhật"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "ko": ("월요일", "화요일", "수요일", "목요일", "금요일", "토요일", "일요일"),
}
_FEED_WEEKDAYS = ("Thứ 2", "Thứ 3", "Thứ 4", "Thứ 5", "Thứ 6", "Thứ 7", "CN")
_ARTICLE_TEMPLATES = {
    "laodong": "laodong.html",
    "nld": "nld.html",
    "laodongthudo": "mastercms.html",
    "tuoitrethudo": "mastercms.html",
}
# What laodong.vn was seen to answer, with status 200, instead of any page.
INTERSTITIAL = (
    "<html><body><script>document.cookie="
    '"D1N=4f0c1f6d2b7ae7d5c1bb0f2d3b6a9c1e"+"; expires=Fri, 31-Dec-2099 23:59:59 GMT; path=/";'
    "window.location.reload(true);</script></body></html>\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A body with its validators; `location` makes it a permanent redirect."""

    body: bytes = b""
    media_type: str = HTML
    status: int = 200
    etag: str | None = None
    last_modified: datetime | None = None
    location: str | None = None


class PageMaker:
    """Renders the pages of a world; keeps those whose article or outlet has not changed."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._pages: dict[tuple[str, str], tuple[int, Page]] = {}
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=jinja2.StrictUndefined,
        )
        self._templates.filters.update(
            inline=inline_markup,
            nbsp=with_hard_spaces,
            nfd=lambda text: unicodedata.normalize("NFD", text),
            iso=local_iso,
            picture=picture_path,
        )

    def page_at(self, outlet: Outlet, target: str) -> Page:
        """What an outlet answers to a path with its query."""
        world = self.world
        with world.lock:
            world.catch_up()
            parts = urlsplit(target)
            if parts.path == "/robots.txt":
                return self._robots(outlet)
            if world.is_outlet_blocked(outlet.id):
                return Page(body=INTERSTITIAL.encode())
            return (
                self._article_at(outlet, parts.path)
                or self._listing_at(outlet, target)
                or self._side_page(outlet, parts.path)
                or self._not_found(outlet)
            )

    def amp_page_at(self, path: str) -> Page:
        """What the AMP host of Lao Động answers."""
        outlet = OUTLETS["laodong"]
        with self.world.lock:
            article = self.world.at_path(outlet.id, path)
            if path == "/robots.txt":
                return self._text(outlet, "User-agent: *\nAllow: /\n")
            if article is None or article.status == "withdrawn":
                return self._not_found(outlet)
            body = self._render("laodong_amp.html", outlet, article=article)
            return _validated(body, HTML, article.page_changed_at)

    # --- articles --------------------------------------------------------------------------

    def _article_at(self, outlet: Outlet, path: str) -> Page | None:
        article = self.world.at_path(outlet.id, path)
        if article is None:
            return None
        if article.status == "withdrawn":
            return self._not_found(outlet)
        if path != article.path:
            return Page(status=301, location=self.world.url_of(article))
        if article.status == "blocked":
            return Page(body=INTERSTITIAL.encode())
        kept = self._pages.get((outlet.id, path))
        if kept is not None and kept[0] == article.page_version:
            return kept[1]
        body = self._render(_ARTICLE_TEMPLATES[outlet.site], outlet, article=article)
        page = _validated(body, HTML, article.page_changed_at, is_weak=outlet.site == "nld")
        return self._keep((outlet.id, path), article.page_version, page)

    def _render(self, template: str, outlet: Outlet, **context: object) -> str:
        article = context.get("article")
        if isinstance(article, Article):
            context |= {
                "url": self.world.url_of(article),
                "amp_url": self._amp_base + article.path,
                "json_ld": Markup(self._json_ld(article)),  # noqa: S704 - escaped below
                "nodes": _nodes(article),
                "related": article.related,
                "local": article.published_at.astimezone(LOCAL_ZONE),
                "weekday": _weekday(outlet, article.published_at),
                "is_nfd": "nfd_text" in article.quirks,
            }
        text = self._templates.get_template(template).render(
            outlet=outlet, base=self.world.base_url(outlet.id), **context
        )
        is_nfd = isinstance(article, Article) and "nfd_text" in article.quirks
        return unicodedata.normalize("NFD", text) if is_nfd else text

    @property
    def _amp_base(self) -> str:
        return f"http://127.0.0.1:{self.world.port_base + AMP_PORT_OFFSET}"

    def _json_ld(self, article: Article) -> str:
        """Structured data: laodong has an array, the others single objects; never a body."""
        base, url = self.world.base_url(article.outlet.id), self.world.url_of(article)
        organization = {
            "@context": "https://schema.org",
            "@type": "NewsMediaOrganization",
            "name": article.outlet.name,
            "url": base + "/",
        }
        crumbs = {
            "@context": "https://schema.org",
            "@type": "BreadcrumbList",
            "itemListElement": [
                {
                    "@type": "ListItem",
                    "position": 1,
                    "item": {
                        "@id": base + article.outlet.path_of_section(article.section),
                        "name": article.outlet.sections[article.section],
                    },
                }
            ],
        }
        news = {
            "@context": "https://schema.org",
            "@type": "NewsArticle",
            "mainEntityOfPage": url,
            "headline": article.title,
            "description": article.lead,
            "datePublished": local_iso(article.published_at),
            "dateModified": local_iso(article.modified_at),
            "author": {"@type": "Person", "name": article.author or article.outlet.name},
            "publisher": {"@type": "Organization", "name": article.outlet.name},
        }
        if article.outlet.site == "laodong":
            return _script([crumbs, news, organization])
        if article.outlet.site == "nld":
            return f"{_script(news)}\n{_script(crumbs)}"
        return f"{_script(organization)}\n{_script(crumbs)}"

    # --- lists -----------------------------------------------------------------------------

    def _listing_at(self, outlet: Outlet, target: str) -> Page | None:
        kept = self._pages.get((outlet.id, target))
        version = self.world.outlet_versions[outlet.id]
        if kept is not None and kept[0] == version:
            return kept[1]
        page = self._make_listing(outlet, target)
        return self._keep((outlet.id, target), version, page) if page is not None else None

    def _make_listing(self, outlet: Outlet, target: str) -> Page | None:
        parts = urlsplit(target)
        changed_at = self.world.outlet_changed_at[outlet.id]
        for feed in outlet.feeds:
            if parts.path == feed.path:
                stamp = self.world.started_at if feed.is_frozen else changed_at
                return _validated(self._feed(outlet, feed), XML, stamp)
        if parts.path == outlet.sitemap:
            return _validated(self._sitemap_index(outlet), XML, changed_at)
        shards = self._shards(outlet)
        if parts.path in shards:
            body = self._render("urlset.xml", outlet, entries=self._entries(shards[parts.path]))
            return _validated(body, XML, changed_at)
        for section in ("", *outlet.sections):
            path = outlet.path_of_section(section) if section else "/"
            if parts.path == path:
                body = self._section(outlet, section or None, path, parts.query)
                return _validated(body, HTML, changed_at)
        return None

    def _section(self, outlet: Outlet, section: str | None, path: str, query: str) -> str:
        asked = parse_qs(query).get("page", ["1"])[0]
        number = max(int(asked), 1) if asked.isdecimal() else 1
        # "Tin mới" lists everything, whatever its section.
        listed = self.world.visible(outlet.id, section=None if section == "tin-moi" else section)
        start = (number - 1) * PAGE_SIZE
        return self._render(
            "section.html",
            outlet,
            title=outlet.sections[section] if section else outlet.name,
            articles=listed[start : start + PAGE_SIZE],
            times={article.key: local_iso(article.published_at) for article in listed},
            path=path,
            number=number,
            has_next=start + PAGE_SIZE < len(listed),
        )

    def _feed(self, outlet: Outlet, feed: Feed) -> str:
        articles = self.world.visible(outlet.id, section=feed.section)
        if feed.is_frozen:
            before = self.world.started_at
            oldest = [article for article in articles if article.published_at < before]
            articles = oldest[-FROZEN_FEED_ITEMS:]
        articles = articles[: feed.limit]
        items = [
            {
                "article": article,
                "url": self.world.url_of(article),
                "date": feed_date(article.published_at, dates=feed.dates),
                "html": self._feed_text(article) if feed.is_full_text else None,
            }
            for article in articles
        ]
        latest = max((article.published_at for article in articles), default=self.world.started_at)
        return self._render(
            "feed.xml", outlet, feed=feed, items=items, built=feed_date(latest, dates=feed.dates)
        )

    def _feed_text(self, article: Article) -> Markup:
        """A story's text for content:encoded, as the site's editor saved it."""
        paragraphs = [
            f'<p style="text-align: justify;">{with_hard_spaces(inline_markup(block.text))}</p>'
            if block.kind != "photo"
            else '<table class="MASTERCMS_TPL_TABLE"><tbody><tr><td><img src="'
            f'{self.world.base_url(article.outlet.id)}{picture_path(block.text)}" /></td></tr>'
            f"<tr><td>{inline_markup(block.text)}</td></tr></tbody></table>"
            for block in article.blocks
        ]
        return Markup("\n".join(paragraphs).replace("]]>", "]]&gt;"))  # noqa: S704 - ours

    def _shards(self, outlet: Outlet) -> dict[str, list[Article]]:
        shards: dict[str, list[Article]] = {}
        for article in self.world.visible(outlet.id):
            local = article.published_at.astimezone(LOCAL_ZONE)
            first = min((local.day - 1) // SHARD_DAYS * SHARD_DAYS + 1, LAST_SHARD_START)
            path = outlet.shard_path.format(
                year=local.year,
                month=local.month,
                first_day=first,
                last_day=first + SHARD_DAYS - 1 if first < LAST_SHARD_START else _last_day(local),
            )
            shards.setdefault(path, []).append(article)
        return shards

    def _entries(self, articles: list[Article]) -> list[dict[str, str]]:
        return [
            {
                "url": self.world.url_of(article),
                "changed": local_iso(article.modified_at),
                "picture": self.world.base_url(article.outlet.id) + picture_path(article.key),
                "title": article.title,
            }
            for article in articles
        ]

    def _sitemap_index(self, outlet: Outlet) -> str:
        base = self.world.base_url(outlet.id)
        shards = [
            {
                "url": base + path,
                "changed": local_iso(max(article.modified_at for article in articles)),
            }
            for path, articles in self._shards(outlet).items()
        ]
        return self._render("sitemap_index.xml", outlet, shards=shards)

    # --- the rest --------------------------------------------------------------------------

    def _side_page(self, outlet: Outlet, path: str) -> Page | None:
        if outlet.is_forbidden(path):
            return self._text(outlet, "This address is disallowed by robots.txt.\n")
        if path.startswith("/anh/"):
            return Page(
                body=_PICTURE.encode(), media_type="image/svg+xml", etag='"anh"', last_modified=None
            )
        if path.startswith(("/chuyen-muc/", "/tags/")):  # teasers of other sections, tags
            return _validated(
                self._render(
                    "section.html",
                    outlet,
                    title="Chuyên mục",
                    articles=[],
                    times={},
                    path=path,
                    number=1,
                    has_next=False,
                ),
                HTML,
                self.world.started_at,
            )
        return None

    def _robots(self, outlet: Outlet) -> Page:
        rules = "".join(f"Disallow: {rule}\n" for rule in outlet.disallowed)
        sitemap = self.world.base_url(outlet.id) + outlet.sitemap
        return self._text(outlet, f"User-agent: *\nAllow: /\n{rules}\nSitemap: {sitemap}\n")

    def _not_found(self, outlet: Outlet) -> Page:
        body = self._render("not_found.html", outlet)
        return Page(body=body.encode(), status=404)

    def _text(self, outlet: Outlet, text: str) -> Page:
        del outlet
        return _validated(text, "text/plain; charset=utf-8", self.world.started_at)

    def _keep(self, key: tuple[str, str], version: int, page: Page) -> Page:
        if len(self._pages) >= CACHED_PAGES:
            self._pages.clear()
        self._pages[key] = (version, page)
        return page


def inline_markup(text: str) -> Markup:
    """Turn a block's marks into HTML: bold and links; everything else is escaped.

    >>> str(inline_markup("**Hà** & [LĐLĐ](/cong-doan)"))
    '<strong>Hà</strong> &amp; <a href="/cong-doan">LĐLĐ</a>'
    """
    escaped = html.escape(text, quote=False)
    bold = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", escaped)
    linked = re.sub(r"\[([^\]]+)\]\(([^)\s]+)\)", r'<a href="\2">\1</a>', bold)
    return Markup(linked)  # noqa: S704 - escaped two lines up


def with_hard_spaces(text: Markup) -> Markup:
    """Put `&nbsp;` after the first word, as MasterCMS's editor leaves them about."""
    return Markup(re.sub(r"^([^\s<]+) ", r"\1&nbsp;", str(text)))  # noqa: S704 - already HTML


def local_iso(moment: datetime) -> str:
    """A time as the sites' meta elements write it, in Vietnam's zone."""
    return moment.astimezone(LOCAL_ZONE).isoformat(timespec="seconds")


def picture_path(words: str) -> str:
    """A stable path for a photo."""
    return f"/anh/{hashlib.sha256(words.encode()).hexdigest()[:12]}.svg"


def feed_date(moment: datetime, *, dates: FeedDates) -> str:
    """A time as each site's feed writes it; none but `rfc822` is a date a parser accepts.

    >>> from datetime import UTC
    >>> feed_date(datetime(2026, 9, 10, 1, 8, tzinfo=UTC), dates="us")
    '9/10/2026 8:08:00 AM'
    >>> feed_date(datetime(2026, 5, 28, 10, 0, tzinfo=UTC), dates="vietnamese")
    'Thứ 5, 28/05/2026 17:00:00 GMT+7'
    >>> feed_date(datetime(2026, 5, 27, 20, 8, tzinfo=UTC), dates="plus_07")
    'Thu, 28 May 2026 03:08:00 +07'
    """
    local = moment.astimezone(LOCAL_ZONE)
    if dates == "vietnamese":
        return f"{_FEED_WEEKDAYS[local.weekday()]}, {local:%d/%m/%Y %H:%M:%S} GMT+7"
    if dates == "rfc822":
        return format_datetime(local)
    if dates == "plus_07":
        return format_datetime(local).removesuffix("00")
    space = "\u202f" if dates == "us_narrow" else " "
    clock = f"{local.hour % 12 or 12}:{local:%M:%S}{space}{'AM' if local.hour < 12 else 'PM'}"  # noqa: PLR2004 - noon
    return f"{local.month}/{local.day}/{local.year} {clock}"


def _nodes(article: Article) -> list[tuple[Block, str]]:
    """The blocks, each with the path of its picture."""
    return [(block, picture_path(block.text)) for block in article.blocks]


def _weekday(outlet: Outlet, moment: datetime) -> str:
    return _WEEKDAYS[outlet.language][moment.astimezone(LOCAL_ZONE).weekday()]


def _script(structured: object) -> str:
    text = json.dumps(structured, ensure_ascii=False).replace("<", "\\u003c")
    return f'<script type="application/ld+json">{text}</script>'


def _last_day(local: datetime) -> int:
    return ((local.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)).day


def _validated(body: str, media_type: str, changed_at: datetime, *, is_weak: bool = False) -> Page:
    encoded = body.encode()
    tag = f'"{hashlib.sha256(encoded).hexdigest()[:20]}"'
    return Page(
        body=encoded,
        media_type=media_type,
        etag=f"W/{tag}" if is_weak else tag,
        last_modified=changed_at,
    )


def asked_target(path: str, query: str) -> str:
    """A request's path and query as one target."""
    return f"{quote(path, safe='/@=&,;:+~!*')}?{query}" if query else path


_PICTURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 360"><rect width="640" height="360" '
    'fill="#d9dee4"/><circle cx="320" cy="150" r="44" fill="#b6bfc9"/><path d="M210 300c10-70 '
    '60-96 110-96s100 26 110 96z" fill="#b6bfc9"/></svg>'
)
