"""Feeds of saved searches: Atom (RFC 4287) and JSON Feed 1.1.

In: a saved search and its news. Out: bytes for a feed reader. Texts are escaped by the libraries
that write them; what XML cannot hold is left out.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from lxml import etree

from services.search.domain.messages import describe_item, link_item
from services.search.domain.wording import say
from services.search.saved_searches import News, SavedSearch

ATOM_TYPE: Final = "application/atom+xml; charset=utf-8"
JSON_TYPE: Final = "application/feed+json; charset=utf-8"
_ATOM: Final = "http://www.w3.org/2005/Atom"
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no way to write."""


def _clean(text: str) -> str:
    return _NOT_XML.sub("", text)


def _title(news: News, search: SavedSearch) -> str:
    item = news.item
    title = item.title or item.article_id
    if item.cause.value in ("source", "withdrawn", "restored"):
        return f"[{say(f'feed_{item.cause.value}', search.language)}] {title}"
    return title


def write_atom(search: SavedSearch, news: Sequence[News], *, base_url: str, feed_url: str) -> bytes:
    """Return a saved search's news as Atom."""
    feed = etree.Element(f"{{{_ATOM}}}feed", nsmap={None: _ATOM})  # type: ignore[dict-item] # the stubs know no default
    feed.set("{http://www.w3.org/XML/1998/namespace}lang", search.language)

    def add(parent: etree._Element, name: str, text: str = "", **attributes: str) -> etree._Element:
        element = etree.SubElement(parent, f"{{{_ATOM}}}{name}", attrib=attributes)
        element.text = _clean(text) or None
        return element

    add(feed, "id", f"urn:unionwire:saved:{_name_feed(search)}")
    add(feed, "title", f"{search.name} · {say('site_name', search.language)}")
    add(feed, "updated", _updated(search, news).isoformat())
    add(feed, "link", rel="self", type="application/atom+xml", href=feed_url)
    add(feed, "link", rel="alternate", type="text/html", href=base_url + search.query.to_url())
    for each in news:
        item, entry = each.item, etree.SubElement(feed, f"{{{_ATOM}}}entry")
        add(entry, "id", f"urn:unionwire:news:{item.key}")
        add(entry, "title", _title(each, search))
        add(entry, "updated", each.found_at.isoformat())
        if item.published_at is not None:
            add(entry, "published", item.published_at.isoformat())
        add(add(entry, "author"), "name", item.outlet)
        add(entry, "link", rel="alternate", type="text/html", href=link_item(base_url, item))
        if item.url:
            add(entry, "link", rel="related", href=_clean(item.url))
        add(entry, "summary", describe_item(item, search.language))
    written: bytes = etree.tostring(feed, xml_declaration=True, encoding="utf-8")
    return written


def write_json(search: SavedSearch, news: Sequence[News], *, base_url: str, feed_url: str) -> bytes:
    """Return a saved search's news as JSON Feed; `_unionwire` holds the facts as data."""
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": f"{search.name} · {say('site_name', search.language)}",
        "home_page_url": base_url + search.query.to_url(),
        "feed_url": feed_url,
        "language": search.language,
        "items": [
            {
                "id": each.item.key,
                "url": link_item(base_url, each.item),
                **({"external_url": each.item.url} if each.item.url else {}),
                "title": _title(each, search),
                "content_text": describe_item(each.item, search.language),
                "date_published": (each.item.published_at or each.found_at).isoformat(),
                "date_modified": each.found_at.isoformat(),
                "authors": [{"name": each.item.outlet}],
                "_unionwire": each.item.model_dump(mode="json"),
            }
            for each in news
        ],
    }
    return json.dumps(feed, ensure_ascii=False).encode()


def _updated(search: SavedSearch, news: Sequence[News]) -> datetime:
    return max((each.found_at for each in news), default=search.created_at)


def _name_feed(search: SavedSearch) -> str:
    """Return an id that stays when the feed's address changes, and does not give it away."""
    name = f"{search.search_id}|{search.created_at.isoformat()}"
    return hashlib.sha256(name.encode()).hexdigest()[:32]
