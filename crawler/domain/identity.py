"""Which article a page shows: the id that redirects, slugs and AMP twins keep.

In: addresses, and what a site knows of its own numbers. Out: article ids.
"""

import hashlib
import re

from crawler.domain.urls import (
    canonicalise,
    host_and_port,
    host_of,
    is_allowed_host,
    is_home_page,
    netloc_of,
)

ID_LIMIT_CHARACTERS = 400

_TWIN_PREFIX = re.compile(r"^(www\d?|m|mobile|amp)\.")


def numbered_id(*, publisher: str, edition: str, number: str) -> str:
    """Return the id of an article whose site numbers its articles.

    Example:
        >>> numbered_id(publisher="laodong", edition="vi", number="1234567")
        'laodong:vi:1234567'
    """
    return f"{publisher}:{edition}:{number}"


def hashed_id(*, publisher: str, canonical_url: str) -> str:
    """Return the id of an article known by its address only; http and https are one.

    Example:
        >>> hashed_id(publisher="example.org", canonical_url="https://example.org/a") == hashed_id(
        ...     publisher="example.org", canonical_url="http://www.example.org/a")
        True
    """
    without_scheme = canonical_url.partition("://")[2]
    address = _TWIN_PREFIX.sub("", without_scheme)
    digest = hashlib.sha256(address.encode()).hexdigest()[:32]
    return f"{publisher}:{digest}"[-ID_LIMIT_CHARACTERS:]


def text_id(content_hash: str) -> str:
    """Return the id of a saved text without address.

    Example:
        >>> text_id("ab12")
        'text:ab12'
    """
    return f"text:{content_hash}"


def publisher_of(url: str) -> str:
    """Return a name for the publisher of a page of no known site: its host.

    Example:
        >>> publisher_of("https://www.industriall-union.org/a")
        'industriall-union.org'
    """
    return _TWIN_PREFIX.sub("", netloc_of(url))


def accept_canonical(
    canonical: str | None,
    *,
    page_url: str | None,
    publisher_hosts: frozenset[str] = frozenset(),
    number_of: re.Pattern[str] | None = None,
) -> str | None:
    """Return a page's canonical link when it can be believed, else None.

    A link to a home page, to another publisher or to another article number is ignored: such
    links are copied by templates and by syndication, and would make many articles one.

    Example:
        >>> accept_canonical("https://example.org/", page_url="https://example.org/a") is None
        True
        >>> accept_canonical("/a", page_url="https://amp.example.org/a?x=1")
        'https://amp.example.org/a'
    """
    if not canonical or not canonical.strip():
        return None
    link = canonicalise(canonical, base=page_url)
    if link is None or is_home_page(link):
        return None
    if page_url is None:
        return link
    if not _is_same_publisher(link, page_url, publisher_hosts):
        return None
    if number_of is not None:
        page_number, link_number = number_of.search(page_url), number_of.search(link)
        if page_number and (not link_number or page_number.group(1) != link_number.group(1)):
            return None
    return link


def _is_same_publisher(link: str, page_url: str, publisher_hosts: frozenset[str]) -> bool:
    if _TWIN_PREFIX.sub("", host_of(link)) == _TWIN_PREFIX.sub("", host_of(page_url)):
        is_address = not re.search(r"[a-z]", host_of(page_url))
        # One address with many ports is many servers; one name with http and https is one.
        if not is_address or host_and_port(link) == host_and_port(page_url):
            return True
    return is_allowed_host(link, publisher_hosts) and is_allowed_host(page_url, publisher_hosts)
