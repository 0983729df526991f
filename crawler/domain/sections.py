"""Section pages: which articles they list, and where they go on.

In: the tree of a section page. Out: addresses of articles; the address of the next page.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

from crawler.domain.feeds import Listed
from crawler.domain.html import Element, text_of
from crawler.domain.text import fold
from crawler.domain.urls import canonicalise, is_home_page, netloc_of, path_of

LINK_LIMIT = 1_000
PAGE_LIMIT = 50

_PAGE_PATH = re.compile(r"(?:/(?:page|trang)[-/]|[-/]trang[-]?|/p)(\d{1,4})(?:\.\w{3,5})?/?$")
_ARCHIVE_PATH = re.compile(r"/((?:19|20)\d{2})[/-](0?[1-9]|1[0-2])(?:[/-](\d{1,2}))?/?$")
_NEXT_WORDS = frozenset(("next", "trang sau", "tiep", "tiep theo", "xem tiep", "›", "»", ">",
                         "older", "older posts", "다음"))  # fmt: skip
_NO_ARTICLE = re.compile(
    r"/(tags?|topics?|author|tac-gia|category|search|tim-kiem|login|rss|video|photo|contact"
    r"|lien-he|about|privacy|terms)(/|$|\.)|\.(jpe?g|png|gif|pdf|zip|mp[34]|xml|rss|css|js)$",
    re.IGNORECASE,
)


def find_articles(
    root: Element, *, url: str, is_article: Callable[[str], bool] | None = None
) -> tuple[Listed, ...]:
    """Return the articles that a section page links to.

    Without `is_article`, an address of the same host whose last part is a long slug or carries a
    number counts as an article.

    Example:
        >>> from crawler.domain.html import parse
        >>> root = parse(b"<a href='/mot-bai-viet-12345.html'>Mot bai</a><a href='/tag/x'>x</a>")
        >>> [item.url for item in find_articles(root, url="https://e.org/cong-doan")]
        ['https://e.org/mot-bai-viet-12345.html']
    """
    judge = is_article or (lambda address: _looks_like_article(address, base=url))
    found: dict[str, Listed] = {}
    for link in root.iter("a"):
        href = link.get("href")
        address = canonicalise(href, base=url) if href else None
        if address is None or address == url or address in found or not judge(address):
            continue
        found[address] = Listed(url=address, title=text_of(link) or None)
        if len(found) >= LINK_LIMIT:
            break
    return tuple(found.values())


def _looks_like_article(address: str, *, base: str) -> bool:
    if netloc_of(address) != netloc_of(base) or is_home_page(address):
        return False
    path = path_of(address).rstrip("/")
    if _NO_ARTICLE.search(path) or _PAGE_PATH.search(path):
        return False
    last = path.rpartition("/")[2]
    shortest_words = 4
    words = re.split(r"[-_]+", re.sub(r"\.\w{2,5}$", "", last))
    has_date = re.search(r"/20\d{2}/\d{1,2}/", path) is not None
    return has_date or len(words) >= shortest_words or re.search(r"\d{5,}", last) is not None


def next_page(root: Element, *, url: str, limit: int = PAGE_LIMIT) -> str | None:
    """Return the next page of a section: rel=next, or a link to page number + 1.

    Only the next number is followed, so calendars and endless filters lead nowhere; pages beyond
    the `limit`-th are not turned.

    Example:
        >>> from crawler.domain.html import parse
        >>> next_page(parse(b"<a href='?page=2'>2</a>"), url="https://e.org/cong-doan")
        'https://e.org/cong-doan?page=2'
    """
    own = _page_number(url) or 1
    if own >= limit:
        return None
    stem = _stem(url)
    for element in root.iter("link", "a"):
        href = element.get("href")
        address = canonicalise(href, base=url) if href else None
        if address is None or netloc_of(address) != netloc_of(url):
            continue
        is_next = "next" in (element.get("rel") or "").lower().split()
        is_called_next = element.tag == "a" and fold(text_of(element)) in _NEXT_WORDS
        if _page_number(address) == own + 1 and (
            is_next or is_called_next or _stem(address) == stem
        ):
            return address
    return None


def find_archives(
    root: Element, *, url: str, since: datetime, now: datetime
) -> tuple[tuple[str, datetime], ...]:
    """Return the archives by month or day that a page links to, with the time they begin.

    Only what lies between `since` and `now` counts, so a calendar has an end on both sides.

    Example:
        >>> from crawler.domain.html import parse
        >>> page = parse(b"<a href='/2026/04/'>April</a><a href='/2126/04/'>April</a>")
        >>> since, now = datetime(2026, 4, 20, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
        >>> [address for address, _ in find_archives(page, url="https://e.org/", since=since,
        ...                                          now=now)]
        ['https://e.org/2026/04/']
    """
    found: dict[str, datetime] = {}
    for link in root.iter("a"):
        href = link.get("href")
        address = canonicalise(href, base=url) if href else None
        if address is None or netloc_of(address) != netloc_of(url) or urlsplit(address).query:
            continue
        match = _ARCHIVE_PATH.search(path_of(address))
        if match is None or len(found) >= LINK_LIMIT:
            continue
        year, month, day = (int(part or 1) for part in match.groups())
        try:
            begins = datetime(year, month, day, tzinfo=UTC)
        except ValueError:
            continue
        ends = begins + timedelta(days=1 if match.group(3) else 31)
        if ends >= since and begins <= now:
            found.setdefault(address, begins)
    return tuple(found.items())


def _page_number(url: str) -> int | None:
    for name, value in parse_qsl(urlsplit(url).query):
        if name.lower() in ("page", "p", "trang", "pg") and value.isdigit() and len(value) <= 4:  # noqa: PLR2004 - pages, not ids
            return int(value)
    match = _PAGE_PATH.search(path_of(url))
    return int(match.group(1)) if match else None


def _stem(url: str) -> str:
    """Return what the pages of one section have in common."""
    path = _PAGE_PATH.sub("", path_of(url))
    return re.sub(r"\.\w{3,5}$", "", path).rstrip("/")
