"""Sitemaps: indexes, plain, news and text sitemaps, gzipped or not.

In: the bytes of a sitemap. Out: its addresses and times, or None where the bytes are no sitemap.
Entities are never expanded and nothing is loaded; sizes and counts are bounded.
"""

import re
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from lxml import etree

from crawler.domain.dates import parse_time
from crawler.domain.feeds import Listed, parse_feed
from crawler.domain.html import decode
from crawler.domain.text import clean_line
from crawler.domain.urls import canonicalise

SITEMAP_LIMIT_BYTES = 60_000_000
ENTRY_LIMIT = 60_000
DEPTH_LIMIT = 3

_BARE_AMPERSAND = re.compile(rb"<!\[CDATA\[.*?\]\]>|&(?!#?\w{1,30};)", re.DOTALL)
"""Addresses with "&" that nobody escaped; libxml2 would leave a part of them out."""

_SHARD_DAY = re.compile(
    r"(?<!\d)(20\d{2})[-_/.]?(1[0-2]|0?[1-9])(?:[-_/.](\d{1,2}))?(?:[-_](\d{1,2}))?(?!\d)"
)


@dataclass(frozen=True, kw_only=True)
class Shard:
    """A sitemap that an index names."""

    url: str
    changed_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Sitemap:
    """What a sitemap holds: articles, or further sitemaps."""

    items: tuple[Listed, ...] = ()
    shards: tuple[Shard, ...] = ()


def parse_sitemap(page: bytes, *, url: str, now: datetime | None = None) -> Sitemap | None:
    """Return the sitemap in these bytes, or None when there is none.

    Example:
        >>> sitemap = parse_sitemap(b"<urlset><url><loc>https://e.org/a</loc></url></urlset>",
        ...                         url="https://e.org/sitemap.xml")
        >>> [item.url for item in sitemap.items]
        ['https://e.org/a']
    """
    xml = gunzip(page)
    if xml is None:
        return None
    if b"<" not in xml[:1_000]:
        return _parse_lines(xml, url=url)
    root = _parse_xml(xml)
    return None if root is None else _read_root(root, xml, url=url, now=now)


def _read_root(
    root: etree._Element, xml: bytes, *, url: str, now: datetime | None
) -> Sitemap | None:
    name = _local_name(root)
    if name == "sitemapindex":
        return Sitemap(shards=_read_shards(root, url=url, now=now))
    if name == "urlset":
        return Sitemap(items=_read_items(root, url=url, now=now))
    if name in ("rss", "feed", "rdf"):  # sitemaps.org allows feeds as sitemaps
        feed = parse_feed(xml, url=url, now=now)
        return None if feed is None else Sitemap(items=feed.items)
    return None


def gunzip(page: bytes, *, limit_bytes: int = SITEMAP_LIMIT_BYTES) -> bytes | None:
    """Return gzipped bytes unpacked, others as they are, or None beyond the limit.

    Example:
        >>> gunzip(b"<urlset/>")
        b'<urlset/>'
    """
    if not page.startswith(b"\x1f\x8b"):
        return page if len(page) <= limit_bytes else None
    unpacker = zlib.decompressobj(wbits=31)
    try:
        unpacked = unpacker.decompress(page, limit_bytes + 1)
    except zlib.error:
        return None
    return unpacked if len(unpacked) <= limit_bytes else None


def is_recent(shard: Shard, *, since: datetime | None) -> bool:
    """Whether a shard can name articles younger than `since`, by its time or its address.

    Example:
        >>> since = datetime(2026, 10, 1, tzinfo=UTC)
        >>> is_recent(Shard(url="https://e.org/sitemaps-2026-9-1-5.xml"), since=since)
        False
        >>> is_recent(Shard(url="https://e.org/sitemaps-2026-10-1-5.xml"), since=since)
        True
    """
    if since is None:
        return True
    if shard.changed_at is not None and shard.changed_at < since:
        return False
    match = _SHARD_DAY.search(shard.url.rpartition("/")[2])
    if match is None:
        return True
    year, month = int(match[1]), int(match[2])
    day = int(match[4] or match[3] or 31)
    try:
        last = datetime(year, month, min(day, 28), tzinfo=UTC) + timedelta(days=max(day - 28, 0))
    except ValueError:
        return True
    return last + timedelta(days=1) >= since


def _parse_xml(xml: bytes) -> etree._Element | None:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False,
        recover=True, huge_tree=False, remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        return etree.fromstring(_BARE_AMPERSAND.sub(_escape, xml.lstrip()), parser)
    except (etree.LxmlError, ValueError):
        return None


def _escape(match: re.Match[bytes]) -> bytes:
    return b"&amp;" if match.group() == b"&" else match.group()


def _children(element: etree._Element) -> dict[str, str]:
    """Return the texts below an entry by local name, the first of each.

    Those on the article's news are included, those on its pictures and films are not: these have
    addresses and titles of their own.
    """
    texts: dict[str, str] = {}
    for child in element:
        name = _local_name(child)
        if name in ("image", "video"):
            continue
        for each in child.iter():
            inner = _local_name(each)
            if inner and each.text:
                texts.setdefault(inner, each.text.strip())
    return texts


def _local_name(element: etree._Element) -> str:
    """Return a tag without its namespace, "" for what is no tag (an entity that is not read)."""
    tag: object = element.tag
    # A prefix that is not declared stays part of the name.
    return tag.rpartition("}")[2].rpartition(":")[2].lower() if isinstance(tag, str) else ""


def _entries(root: etree._Element, name: str) -> list[dict[str, str]]:
    entries: list[dict[str, str]] = []
    for child in root:
        if _local_name(child) == name:
            entries.append(_children(child))
            if len(entries) >= ENTRY_LIMIT:
                break
    return entries


def _read_items(root: etree._Element, *, url: str, now: datetime | None) -> tuple[Listed, ...]:
    items: dict[str, Listed] = {}
    for entry in _entries(root, "url"):
        address = canonicalise(entry.get("loc", ""), base=url) if entry.get("loc") else None
        if address is None:
            continue
        published = entry.get("publication_date")
        modified = entry.get("lastmod")
        items.setdefault(
            address,
            Listed(
                url=address,
                title=clean_line(entry.get("title", "")) or None,
                published_at=parse_time(published, now=now),
                changed_at=parse_time(modified, now=now),
                changed_hint=modified or None,
            ),
        )
    return tuple(items.values())


def _read_shards(root: etree._Element, *, url: str, now: datetime | None) -> tuple[Shard, ...]:
    shards: dict[str, Shard] = {}
    for entry in _entries(root, "sitemap"):
        address = canonicalise(entry.get("loc", ""), base=url) if entry.get("loc") else None
        if address is not None:
            changed_at = parse_time(entry.get("lastmod"), now=now)
            shards.setdefault(address, Shard(url=address, changed_at=changed_at))
    return tuple(shards.values())


def _parse_lines(text: bytes, *, url: str) -> Sitemap | None:
    lines = [line.strip() for line in decode(text).splitlines()[:ENTRY_LIMIT]]
    addresses = [canonicalise(line, base=url) for line in lines if line.startswith("http")]
    items = {address: Listed(url=address) for address in addresses if address is not None}
    return Sitemap(items=tuple(items.values())) if items else None
