"""Feeds: RSS, Atom and JSON Feed, broken ones included.

In: the bytes of a feed. Out: its items with our own reading of their times, or None where the
bytes are no feed at all (an interstitial, an error page): that is never "no items".
"""

import io
import json
import re
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from typing import Any

import feedparser

from crawler.domain.dates import parse_time
from crawler.domain.html import decode
from crawler.domain.text import clean_line
from crawler.domain.urls import canonicalise

FEED_LIMIT_BYTES = 10_000_000
ITEM_LIMIT = 2_000
TAG_LIMIT = 100_000
"""Tags that are read, those of full texts included; feedparser takes seconds for so many."""

_XML_DECLARATION = re.compile(r"<\?xml[^>]{0,300}\?>")
_ROOT = re.compile(rb"<(\w{1,20}:)?(rss|feed|rdf|channel)\b")
_RAW_LINK = re.compile(r"<link>\s*(?:<!\[CDATA\[)?\s*(https?://[^\s<\]]+)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Listed:
    """An article that a feed, sitemap or section page names."""

    url: str
    title: str | None = None
    published_at: datetime | None = None
    changed_at: datetime | None = None
    changed_hint: str | None = None
    """What changes when the listing says that the article changed; None: it does not say."""


@dataclass(frozen=True, kw_only=True)
class Feed:
    """What a feed holds."""

    items: tuple[Listed, ...]
    next_url: str | None = None


def parse_feed(
    page: bytes, *, url: str, content_type: str | None = None, now: datetime | None = None
) -> Feed | None:
    """Return the feed in these bytes, or None when there is none.

    Example:
        >>> feed = parse_feed(b"<rss><channel><item><link>/a-1.html</link></item></channel></rss>",
        ...                   url="https://example.org/rss")
        >>> feed.items[0].url
        'https://example.org/a-1.html'
    """
    # As browsers decode it, whatever the XML declaration says.
    text = decode(page[:FEED_LIMIT_BYTES], content_type=content_type).lstrip("\ufeff \t\r\n")
    if text.startswith("{"):
        return _parse_json_feed(text, url=url, now=now)
    page = _XML_DECLARATION.sub("", text).encode("utf-8", "replace")
    if page.count(b"<") > TAG_LIMIT:
        page = b"<".join(page.split(b"<", TAG_LIMIT)[:TAG_LIMIT])
    head = page[:2_000].lower()
    if not _ROOT.search(head):
        return None
    if b"<html" in head and b"<rss" not in head:
        return None
    headers = {"content-type": "application/xml; charset=utf-8"}
    try:
        parsed = feedparser.parse(
            io.BytesIO(page.lstrip()),
            response_headers=headers,
            resolve_relative_uris=False,
            sanitize_html=False,
        )
    except Exception:  # noqa: BLE001 - feedparser's own parsers fail in many ways on broken feeds
        return None
    if not parsed.get("version") and not parsed.entries:
        return None
    is_atom = str(parsed.get("version")).startswith("atom")
    items = (
        _read_entry(dict(entry), is_atom=is_atom, url=url, now=now)
        for entry in parsed.entries[:ITEM_LIMIT]
    )
    listed = [item for item in items if item is not None]
    if parsed.get("bozo"):
        listed.extend(_rescue_links(page, url=url))
    return Feed(items=_once(listed), next_url=_next_link(parsed.feed.get("links"), url=url))


def _rescue_links(page: bytes, *, url: str) -> list[Listed]:
    """Return the links within items of a feed whose markup is damaged."""
    items = decode(page).split("<item")[1:]
    links = (_RAW_LINK.search(item) for item in items[:ITEM_LIMIT])
    addresses = (canonicalise(unescape(link.group(1)), base=url) for link in links if link)
    return [Listed(url=address) for address in addresses if address is not None]


def _read_entry(
    entry: dict[str, Any], *, is_atom: bool, url: str, now: datetime | None
) -> Listed | None:
    link = entry.get("link") or ""
    if not link and str(entry.get("id", "")).startswith("http"):
        link = str(entry["id"])
    address = canonicalise(str(link), base=url) if link else None
    if address is None:
        return None
    published = _text(entry.get("published")) or _text(entry.get("created"))
    updated = _text(entry.get("updated")) if "updated" in entry else None
    if published is None and not is_atom:
        published = updated  # RSS has one date; feedparser calls dc:date an update
    title = clean_line(_text(entry.get("title")) or "") or None
    return Listed(
        url=address,
        title=title,
        published_at=parse_time(published, now=now),
        changed_at=parse_time(updated, now=now),
        changed_hint="|".join(part or "" for part in (updated, title)),
    )


def _parse_json_feed(text: str, *, url: str, now: datetime | None) -> Feed | None:
    try:
        feed = json.loads(text)
    except (ValueError, RecursionError):
        return None
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(items, list):
        return None
    listed = []
    for item in items[:ITEM_LIMIT]:
        if not isinstance(item, dict):
            continue
        link = item.get("url") or item.get("external_url") or item.get("id")
        address = canonicalise(link, base=url) if isinstance(link, str) and link else None
        if address is None:
            continue
        title = clean_line(_text(item.get("title")) or "") or None
        modified = _text(item.get("date_modified"))
        listed.append(
            Listed(
                url=address,
                title=title,
                published_at=parse_time(_text(item.get("date_published")), now=now),
                changed_at=parse_time(modified, now=now),
                changed_hint=f"{modified or ''}|{title or ''}",
            )
        )
    following = feed.get("next_url")
    return Feed(
        items=_once(listed),
        next_url=canonicalise(following, base=url) if isinstance(following, str) else None,
    )


def _once(items: Any) -> tuple[Listed, ...]:  # noqa: ANN401 - any iterable of Listed
    seen: dict[str, Listed] = {}
    for item in items:
        seen.setdefault(item.url, item)
    return tuple(seen.values())


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


def _next_link(links: object, *, url: str) -> str | None:
    if isinstance(links, list):
        for link in links:
            if isinstance(link, dict) and link.get("rel") == "next" and link.get("href"):
                return canonicalise(str(link["href"]), base=url)
    return None
