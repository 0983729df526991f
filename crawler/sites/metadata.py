"""What pages say of themselves for machines: JSON-LD, OpenGraph, meta and links.

In: the tree of a page. Out: one `Metadata`, each fact from the first place that has it.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from html import unescape
from typing import Any

from crawler.domain.dates import parse_time
from crawler.domain.html import Element, text_of
from crawler.domain.text import clean_line, clean_paragraph

_ARTICLE_TYPES = re.compile(
    r"(News|Reportage|Analysis|Opinion|Background|Review|Tech)?\w*Article$"
    r"|^BlogPosting$|^LiveBlogPosting$|^Report$|^VideoObject$"
)
_CONTROL = re.compile(r"[\x00-\x1f]+")
_TRAILING_COMMA = re.compile(r",\s*([}\]])")
_LANGUAGE = re.compile(r"([a-z]{2,3})(?:[-_].*)?$", re.IGNORECASE)


@dataclass(frozen=True)
class Metadata:
    """The machine-readable facts of a page; None and () where it has none."""

    meta: dict[str, list[str]] = field(default_factory=dict)
    articles: list[dict[str, Any]] = field(default_factory=list)
    named: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Things in JSON-LD that have a name, by the "@id" with which others refer to them."""
    breadcrumb: list[str] = field(default_factory=list)
    canonical: str | None = None
    amp: str | None = None
    html_language: str | None = None

    def first(self, *names: str) -> str | None:
        """Return the first value of these meta names that is not empty."""
        for name in names:
            for value in self.meta.get(name, ()):
                if value:
                    return value
        return None

    def all(self, *names: str) -> list[str]:
        """Return the values of the first of these meta names that the page has."""
        for name in names:
            if self.meta.get(name):
                return self.meta[name]
        return []

    def linked(self, name: str) -> Any:  # noqa: ANN401 - whatever JSON holds
        """Return a property of the page's article in JSON-LD."""
        for article in self.articles:
            value = article.get(name)
            if value not in (None, "", [], {}):
                return value
        return None

    def linked_text(self, name: str, *, is_line: bool = True) -> str | None:
        """Return a property of the article in JSON-LD when it is text."""
        value = self.linked(name)
        if isinstance(value, list):
            value = next((part for part in value if isinstance(part, str)), None)
        if not isinstance(value, str):
            return None
        return (clean_line if is_line else clean_paragraph)(unescape(value)) or None

    @property
    def is_article(self) -> bool:
        """Whether the page calls itself an article."""
        types = {str(t) for article in self.articles for t in _types(article)}
        return bool(types - {"VideoObject"}) or (self.first("og:type") or "").lower() in (
            "article", "news", "newsarticle",
        )  # fmt: skip

    def authors(self) -> list[str]:
        """Return the names of the people that the page names as its authors."""
        names = list(_person_names(self.linked("author"), named=self.named))
        return names or [
            value
            for value in self.all("author", "article:author", "dc.creator", "dable:author")
            if not value.startswith(("http://", "https://"))
        ]

    def publisher_names(self) -> list[str]:
        """Return what the page calls its publisher."""
        publisher = self.linked("publisher")
        stated = (
            _resolve(publisher, self.named).get("name") if isinstance(publisher, dict) else None
        )
        return [name for name in (self.first("og:site_name"), stated) if isinstance(name, str)]

    def published_at(self, *, now: datetime | None) -> datetime | None:
        """Return when the page says that it was published."""
        texts = [
            self.linked_text("datePublished"),
            *self.all("article:published_time", "og:article:published_time"),
            *self.all("pubdate", "publishdate", "datepublished", "date", "dc.date",
                      "dc.date.issued", "parsely-pub-date", "dcterms.created",
                      "article:published", "cxenseparse:recs:publishtime"),
            self.linked_text("dateCreated"),
            *self.all("datecreated"),
            self.linked_text("uploadDate"),
        ]  # fmt: skip
        return next((t for t in (parse_time(text, now=now) for text in texts) if t), None)

    def modified_at(self, *, now: datetime | None) -> datetime | None:
        """Return when the page says that it was last changed."""
        texts = [
            self.linked_text("dateModified"),
            *self.all("article:modified_time", "og:updated_time", "lastmod", "datemodified",
                      "dcterms.modified"),
        ]  # fmt: skip
        return next((t for t in (parse_time(text, now=now) for text in texts) if t), None)

    def section(self) -> str | None:
        """Return the section that the page says it belongs to."""
        named = self.linked_text("articleSection") or self.first(
            "article:section", "articlesection"
        )
        return clean_line(named) or None if named else None

    def tags(self) -> list[str]:
        """Return the page's own keywords."""
        tags = self.all("article:tag")
        if not tags:
            keywords = self.linked("keywords")
            if isinstance(keywords, list):
                tags = [str(word) for word in keywords if isinstance(word, str)]
            elif isinstance(keywords, str):
                tags = keywords.split(",")
        if not tags:
            tags = (self.first("news_keywords", "keywords") or "").split(",")
        elif len(tags) == 1:
            tags = tags[0].split(",")
        return tags

    def language(self) -> str | None:
        """Return the two-letter language that the page declares."""
        for text in (
            self.html_language,
            self.linked_text("inLanguage"),
            self.first("og:locale", "language", "content-language", "dc.language"),
        ):
            match = _LANGUAGE.match((text or "").strip())
            if match:
                return match.group(1).lower()
        return None


def read_metadata(root: Element) -> Metadata:
    """Return what a page says of itself; damaged JSON-LD is left out."""
    meta: dict[str, list[str]] = {}
    for tag in root.iter("meta"):
        name = (
            tag.get("property") or tag.get("name") or tag.get("itemprop") or tag.get("http-equiv")
        )
        content = tag.get("content")
        if name and content:
            meta.setdefault(name.strip().lower(), []).append(clean_line(content))
    for name, value in _microdata(root):
        meta.setdefault(name, []).append(value)
    articles: list[dict[str, Any]] = []
    named: dict[str, dict[str, Any]] = {}
    breadcrumb: list[str] = []
    for script in root.iter("script"):
        if "ld+json" in (script.get("type") or "").lower() and script.text:
            for thing in _things(_load_json(script.text)):
                types = list(_types(thing))
                if any(_ARTICLE_TYPES.search(name) for name in types):
                    articles.append(thing)
                if isinstance(thing.get("@id"), str) and thing.get("name"):
                    named.setdefault(thing["@id"], thing)
                if "BreadcrumbList" in types and not breadcrumb:
                    breadcrumb = list(_breadcrumb(thing))
    articles.sort(key=lambda thing: "VideoObject" in list(_types(thing)))
    links = {
        rel: link.get("href", "")
        for link in reversed(list(root.iter("link")))
        for rel in (link.get("rel") or "").lower().split()
        if link.get("href")
    }
    return Metadata(
        meta=meta,
        articles=articles,
        named=named,
        breadcrumb=breadcrumb,
        canonical=links.get("canonical"),
        amp=links.get("amphtml"),
        html_language=root.get("lang") if root.tag == "html" else None,
    )


_MICRODATA = frozenset(("datePublished", "dateModified", "dateCreated", "articleSection"))


def _microdata(root: Element) -> Iterator[tuple[str, str]]:
    """Return the facts that elements of the page are marked with, but for those of comments."""
    for element in root.iter("time", "span", "div", "p", "a", "abbr", "li"):
        marks = (element.get("itemprop") or "").split()
        names = [name for name in marks if name in _MICRODATA]
        if not names or any(
            "Comment" in (e.get("itemtype") or "") for e in element.iterancestors()
        ):
            continue
        value = element.get("content") or element.get("datetime") or text_of(element)
        if value:
            yield from ((name.lower(), clean_line(value)) for name in names)


def _load_json(text: str) -> Any:  # noqa: ANN401 - whatever JSON holds
    text = text.strip().removeprefix("<!--").removesuffix("-->").strip().rstrip(";")
    for candidate in (text, _TRAILING_COMMA.sub(r"\1", _CONTROL.sub(" ", text))):
        try:
            return json.loads(candidate, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _things(value: Any, depth: int = 0) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - whatever JSON holds
    depth_limit = 6
    if depth > depth_limit:
        return
    if isinstance(value, list):
        for part in value:
            yield from _things(part, depth + 1)
    elif isinstance(value, dict):
        yield value
        for name in ("@graph", "mainEntity", "mainEntityOfPage"):
            if isinstance(value.get(name), dict | list):
                yield from _things(value[name], depth + 1)


def _types(thing: dict[str, Any]) -> Iterator[str]:
    types = thing.get("@type")
    for name in types if isinstance(types, list) else [types]:
        if isinstance(name, str):
            yield name.rpartition("/")[2]


def _resolve(thing: dict[str, Any], named: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """Return what a thing refers to when it is but a reference: WordPress names people apart."""
    identity = thing.get("@id")
    if "name" not in thing and isinstance(identity, str):
        return named.get(identity, thing)
    return thing


def _person_names(
    value: Any,  # noqa: ANN401 - whatever JSON holds
    *,
    named: Mapping[str, dict[str, Any]],
) -> Iterator[str]:
    if isinstance(value, str):
        yield clean_line(unescape(value))
    elif isinstance(value, list):
        for part in value:
            yield from _person_names(part, named=named)
    elif isinstance(value, dict):
        thing = _resolve(value, named)
        is_organisation = any("Organization" in name for name in _types(thing))
        if not is_organisation:
            yield from _person_names(thing.get("name"), named=named)


def _breadcrumb(thing: dict[str, Any]) -> Iterable[str]:
    items = thing.get("itemListElement")
    for item in items if isinstance(items, list) else []:
        if not isinstance(item, dict):
            continue
        inner = item.get("item")
        name = item.get("name") or (inner.get("name") if isinstance(inner, dict) else None)
        if isinstance(name, str) and clean_line(name):
            yield clean_line(unescape(name))
