"""Reading a page: which site it is of, which layout it has, what it says.

In: the bytes of a page and what is known of where it came from. Out: a `ParsedPage`.
"""

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import crawler.sites as package
from crawler.domain.dates import parse_time
from crawler.domain.html import Element, cut_after, decode, parse_text, text_of
from crawler.domain.identity import accept_canonical, hashed_id, numbered_id, publisher_of
from crawler.domain.pages import PageKind, ParsedPage, is_challenge, is_gone_notice
from crawler.domain.text import cap, clean_line, clean_paragraph, fold, join_paragraphs
from crawler.domain.urls import canonicalise, is_home_page
from crawler.sites.base import (
    CAPTION_LIMIT,
    Parts,
    Site,
    breadcrumb_section,
    choose_time,
    clean_author,
    clean_tags,
    find_layout,
    is_tail_heading,
    read_layout,
    select,
    shown_time,
)
from crawler.sites.generic import extract_main_text
from crawler.sites.metadata import Metadata, read_metadata
from services.contracts.articles import (
    BODY_LIMIT_CHARACTERS,
    LEAD_LIMIT_CHARACTERS,
    TITLE_LIMIT_CHARACTERS,
)

PARSER_GENERATION: int = 2
"""Raised by a release whose parser should overwrite what older ones read."""

GENERIC = "generic"
TITLE_CHARACTERS = 10

_BYLINES = (
    "[itemprop=author] [itemprop=name]", "[itemprop=author]", "[rel=author]", ".byline .fn",
    ".byline .author", ".entry-meta .author", ".post-meta .author", ".article-meta .author",
)  # fmt: skip
"""Microdata, the HTML link type and the microformat, then the classes of WordPress themes."""


def _load_sites() -> Mapping[str, Site]:
    """Return the sites of this folder: each file that holds a `SITE`."""
    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
    skipped = {"base", "generic", "mastercms", "metadata", "reading"}
    modules = (importlib.import_module(f"crawler.sites.{n}") for n in names if n not in skipped)
    return {module.SITE.id: module.SITE for module in modules}


SITES: Mapping[str, Site] = _load_sites()


def guess_site(root: Element, metadata: Metadata, *, url: str | None) -> str:
    """Return the id of the site that a page is of: by address, name, own links, structure.

    The page's own links come late: syndicated copies link to the paper that they are copied from.
    """
    own_links = (metadata.canonical, metadata.first("og:url"), metadata.amp)
    return (
        _site_at(url)
        or _site_named(metadata.first("og:site_name", "application-name"))
        or (None if url else next((s for s in map(_site_at, own_links) if s), None))
        or _site_of_structure(root)
    )


def _site_of_structure(root: Element) -> str:
    signatures = [selector for site in SITES.values() for selector in site.signature]
    if not select(root, (", ".join(signatures),)):
        return GENERIC
    return next((s.id for s in SITES.values() if select(root, s.signature)), GENERIC)


def _site_at(address: str | None) -> str | None:
    link = canonicalise(address) if address else None
    return next((site.id for site in SITES.values() if link and site.is_at(link)), None)


def _site_named(name: str | None) -> str | None:
    own_name = fold(name or "")
    for site in SITES.values():
        if own_name and any(own_name == fold(each) for each in (site.outlet, *site.names)):
            return site.id
    return None


def parse(
    page: bytes,
    *,
    url: str | None = None,
    content_type: str | None = None,
    site: str | None = None,
    publisher_hosts: frozenset[str] = frozenset(),
    now: datetime | None = None,
) -> ParsedPage:
    """Read a page; never fails, whatever the bytes.

    `site` is a parser's id, guessed from the page when None. `publisher_hosts` are the hosts that
    serve the same publisher as `url`. `now` bounds the times that are believed.
    """
    text = decode(page, content_type=content_type)
    address = canonicalise(url) if url else None
    root = parse_text(text)
    if root is None:
        return ParsedPage(kind=PageKind.EMPTY, site=site or GENERIC, url=address)
    elements = list(root.iter())  # noqa: F841 - lxml makes an element anew each time it is unheld
    metadata = read_metadata(root)
    if site is None:
        site = guess_site(root, metadata, url=address)
    known = SITES.get(site)
    is_cut = cut_after(root)
    layout = find_layout(known, root) if known else None
    if known and layout:
        parts = read_layout(known, layout, root, url=address)
        kind = PageKind.ARTICLE
        if not parts.paragraphs and not parts.lead:
            kind = PageKind.EMPTY
    else:
        kind, parts = _read_unknown(text, root, metadata, known=known, url=address)
    page_read = _assemble(
        parts, metadata, kind=kind, site=site, known=known, has_layout=layout is not None,
        url=address, publisher_hosts=publisher_hosts, now=now,
    )  # fmt: skip
    return replace(page_read, is_truncated=True) if is_cut else page_read


def _read_unknown(
    text: str, root: Element, metadata: Metadata, *, known: Site | None, url: str | None
) -> tuple[PageKind, Parts]:
    """Read a page of no known layout: first what kind of page it is, then its main text."""
    body = root.find("body")
    # Scripts, navigation and forms do not count as visible.
    visible = text_of(body if body is not None else root)
    nothing = Parts(title=None, lead=None, paragraphs=(), captions=(), author=None, time_text=None,
                    section=None, tags=(), images=())  # fmt: skip
    if is_challenge(text, visible=visible):
        return PageKind.BLOCKED, nothing
    if not metadata.is_article and is_gone_notice(root, visible_characters=len(visible)):
        return PageKind.GONE, nothing
    byline = _byline(root)
    time_text = _time_text(root)
    title = _main_title(root, metadata)
    main = extract_main_text(
        root,
        title=title,
        authors=[*metadata.authors(), *([byline] if byline else [])],
        description=metadata.first("og:description", "description", "twitter:description"),
        stated_body=metadata.linked_text("articleBody", is_line=False),
    )
    frame = {fold(text) for text in (title or "", *main.captions)}
    paragraphs = _cut_tail(tuple(p for p in main.paragraphs if fold(p) not in frame))
    parts = Parts(
        title=title,
        lead=main.lead,
        paragraphs=paragraphs,
        captions=main.captions[:CAPTION_LIMIT],
        author=byline or main.byline,
        time_text=time_text or main.time_text,
        section=None,
        tags=(),
        images=(),
    )
    return _kind_of(parts, metadata, known=known, url=url), parts


def _kind_of(parts: Parts, metadata: Metadata, *, known: Site | None, url: str | None) -> PageKind:
    length = sum(len(paragraph) for paragraph in parts.paragraphs)
    if not parts.title or not length:
        return PageKind.EMPTY
    if url and (is_home_page(url) or (known and not known.is_article(url))):
        return PageKind.LISTING
    if metadata.is_article or metadata.published_at(now=None) or parse_time(parts.time_text):
        return PageKind.ARTICLE
    shortest_article_characters = 500
    return PageKind.ARTICLE if length >= shortest_article_characters else PageKind.LISTING


def _cut_tail(paragraphs: tuple[str, ...]) -> tuple[str, ...]:
    """Return the paragraphs before the first heading of other stories that follows real text."""
    enough_characters = 300
    seen = 0
    for index, paragraph in enumerate(paragraphs):
        if seen >= enough_characters and is_tail_heading(paragraph.removeprefix("- ")):
            return paragraphs[:index]
        seen += len(paragraph)
    return paragraphs


def _main_title(root: Element, metadata: Metadata) -> str | None:
    """Return the headline: the page's h1 where it agrees with the metadata, else the metadata."""
    stated = metadata.linked_text("headline") or metadata.first("og:title", "twitter:title")
    headings = [heading for h1 in root.iter("h1") if (heading := text_of(h1))]
    page_title = next((text_of(title) for title in root.iter("title")), "")
    for heading in headings:
        if fold(heading) in fold(stated or "") or fold(heading) in fold(page_title):
            return heading
    if stated:
        return _without_site_name(clean_line(stated), metadata)
    if headings:
        return headings[0]
    for heading in map(text_of, root.iter("h2", "h3")):
        if len(heading) >= TITLE_CHARACTERS and fold(page_title).startswith(fold(heading)):
            return heading  # what follows it in the page's title is the site's name
    return _without_site_name(page_title, metadata) or None


def _without_site_name(title: str, metadata: Metadata) -> str:
    name = metadata.first("og:site_name")
    for mark in (" | ", " - ", " – ", " — ", " » ", " :: "):
        head, found, tail = title.rpartition(mark)
        if found and head and name and fold(tail) == fold(name):
            return head
    return title


def _byline(root: Element) -> str | None:
    """Return the author that a page of no known layout shows; None when it shows several."""
    # One look for all of them: most pages have none.
    for selector in _BYLINES if select(root, (", ".join(_BYLINES),)) else ():
        shown = {
            text_of(element)
            for element in select(root, (selector,))
            if not any(map(_is_comment, element.iterancestors()))
        } - {""}
        if shown:
            return shown.pop() if len(shown) == 1 else None
    return None


def _is_comment(element: Element) -> bool:
    return "comment" in f"{element.get('class')} {element.get('id')}".lower()


_TIMES = (
    "[itemprop=datePublished]", "time[pubdate]", "time.published, .published time, abbr.published",
    "article header time", "article time", "header time", "main time", "time",
)  # fmt: skip
"""Microdata and the microformat, then the first time within the article, then any."""


def _time_text(root: Element) -> str | None:
    for selector in _TIMES if select(root, (", ".join(_TIMES),)) else ():
        for element in select(root, (selector,))[:1]:
            text = (
                element.get("content") or element.get("datetime") or element.get("title")
                or text_of(element)
            )  # fmt: skip
            if text and parse_time(text) is not None:
                return text
    return None


def _assemble(
    parts: Parts, metadata: Metadata, *, kind: PageKind, site: str, known: Site | None,
    has_layout: bool, url: str | None, publisher_hosts: frozenset[str], now: datetime | None,
) -> ParsedPage:  # fmt: skip
    canonical = _canonical(metadata, url=url, known=known, publisher_hosts=publisher_hosts)
    if kind is not PageKind.ARTICLE and not parts.title and not parts.paragraphs:
        return ParsedPage(kind=kind, site=site, url=url, canonical_url=canonical)
    names = (
        *((known.outlet, *known.names) if known else ()),
        *metadata.publisher_names(),
    )
    language = metadata.language()
    number = known.number_of(url) or known.number_of(canonical) if known else None
    stated = metadata.published_at(now=now)
    if stated is None and known and known.time_of_number and number:
        stated = shown_time(parts, now=now) or known.time_of_number(number)
    published = choose_time(stated, shown_time(parts, now=now))
    bylines = [[parts.author] if parts.author else [], metadata.authors()]
    if not has_layout:
        bylines.reverse()  # a layout knows where its byline is, a guess does not
    author = next((a for each in bylines if (a := _people(each, publisher_names=names))), None)
    title = cap(
        clean_line(parts.title or metadata.first("og:title") or ""),
        limit_characters=TITLE_LIMIT_CHARACTERS,
    )
    lead = cap(clean_paragraph(parts.lead or ""), limit_characters=LEAD_LIMIT_CHARACTERS)
    body = cap(join_paragraphs(parts.paragraphs), limit_characters=BODY_LIMIT_CHARACTERS)
    return ParsedPage(
        kind=kind,
        site=site,
        article_id=_article_id(
            known, number=number, url=url, canonical=canonical, language=language
        ),
        url=url,
        canonical_url=canonical,
        aliases=_aliases(metadata, url=url, canonical=canonical),
        title=title.text or None,
        lead=lead.text or None,
        body=body.text or None,
        is_truncated=title.is_truncated or lead.is_truncated or body.is_truncated,
        captions=parts.captions,
        author=author,
        published_at=published,
        modified_at=metadata.modified_at(now=now),
        section=_section(parts, metadata),
        tags=clean_tags(parts.tags or metadata.tags()),
        images=_images(parts, metadata, url=url),
        language=language,
    )


def _people(bylines: list[str], *, publisher_names: tuple[str, ...]) -> str | None:
    """Return the persons that bylines name, each once."""
    people = (clean_author(byline, publisher_names=publisher_names) for byline in bylines)
    return ", ".join(dict.fromkeys(person for person in people if person)) or None


def _canonical(
    metadata: Metadata, *, url: str | None, known: Site | None, publisher_hosts: frozenset[str]
) -> str | None:
    hosts = publisher_hosts | frozenset(known.hosts if known else ())
    for link in (metadata.canonical, metadata.first("og:url")):
        accepted = accept_canonical(
            link, page_url=url, publisher_hosts=hosts, number_of=known.number if known else None
        )
        if accepted and (known is None or known.number_of(url) or known.is_article(accepted)):
            return accepted
    return None


def _article_id(
    known: Site | None, *, number: str | None, url: str | None, canonical: str | None,
    language: str | None,
) -> str | None:  # fmt: skip
    if known and number:
        edition = known.edition_of(url, canonical, language=language)
        return numbered_id(publisher=known.publisher, edition=edition, number=number)
    address = canonical or url
    if address is None:
        return None
    publisher = known.publisher if known else publisher_of(address)
    return hashed_id(publisher=publisher, canonical_url=address)


def _aliases(metadata: Metadata, *, url: str | None, canonical: str | None) -> tuple[str, ...]:
    amp = canonicalise(metadata.amp, base=url) if metadata.amp and url else None
    known_addresses = dict.fromkeys(address for address in (url, amp) if address)
    return tuple(address for address in known_addresses if address != (canonical or url))


_HOME_NAMES = frozenset({"trang chu", "home", "trang nhat", "홈"})


def _section(parts: Parts, metadata: Metadata) -> str | None:
    for section in (
        parts.section, metadata.section(), breadcrumb_section(metadata, title=parts.title),
    ):  # fmt: skip
        if section and fold(section) not in _HOME_NAMES:
            return clean_line(section)
    return None


def _images(parts: Parts, metadata: Metadata, *, url: str | None) -> tuple[str, ...]:
    stated = [canonicalise(image, base=url) for image in metadata.all("og:image")[:5]]
    return tuple(dict.fromkeys(image for image in (*stated, *parts.images) if image))
