"""How a site is described, and how a described site is read.

In: a `Site` (data: hosts, numbers, layouts) and the tree of a page. Out: the raw parts of an
article, before they become a `ParsedPage`. A site file holds data only; what all sites share
(captions, related boxes, tails, authors, times) is here.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import cast

from lxml.cssselect import CSSSelector

from crawler.domain.dates import parse_time
from crawler.domain.html import SKIPPED, Block, Element, blocks_of, drop, is_data_table, text_of
from crawler.domain.text import clean_line, fold
from crawler.domain.urls import canonicalise, host_of, path_of
from crawler.sites.metadata import Metadata

IMAGE_LIMIT = 50
CAPTION_LIMIT = 100
TAG_LIMIT = 60

TAIL_HEADINGS = frozenset(
    fold(heading)
    for heading in (
        "Có thể bạn quan tâm", "Có thể bạn thích", "Nên xem", "Tin khác", "Tin bài khác",
        "Bài khác",
        "Các tin khác", "Đọc thêm", "Xem thêm", "Xem tiếp", "Phiên bản di động", "Tin liên quan",
        "Bài liên quan", "Tin bài liên quan", "Bài viết liên quan", "Tin cùng chuyên mục",
        "Cùng chuyên mục", "Tin mới", "Tin mới nhất", "Tin mới hơn", "Tin cũ hơn", "Tin nổi bật",
        "Tin đọc nhiều", "Đọc nhiều", "Đọc nhiều nhất", "Tin tiếp theo", "Tin tức khác",
        "Bài đọc nhiều", "Bạn có thể quan tâm", "Đừng bỏ lỡ", "Chủ đề", "Từ khóa",
        "Có thể bạn muốn đọc", "Nhiều người đang đọc",
        "Related", "Related news", "Related articles", "Related stories", "Read more", "Read also",
        "More news", "More stories", "More on this", "You may also like", "Most read", "See also",
        "Recommended", "Comments", "Leave a reply", "Leave a comment", "Join the conversation",
        "Bình luận", "Ý kiến", "Ý kiến bạn đọc", "Ý kiến của bạn",
        "댓글", "관련기사", "관련 기사", "관련 뉴스", "더 보기", "많이 본 뉴스",
    )
)  # fmt: skip
"""Headings after which a page tells of other stories."""

_JUNK_NAME = re.compile(
    r"(^|[-_ ])(related|relate|relation|tin-?lien-?quan|lien-?quan|cung-?chuyen-?muc|xem-?them"
    r"|doc-?them|read-?more|readmore|social|share|sharing|comment|comments|binh-?luan|banner|ads?"
    r"|advert\w*|quang-?cao|newsletter|subscribe|tags?|keyword|tu-?khoa|most-?(read|viewed)"
    r"|breadcrumbs?|pagination|author-?box|rating|vote|box-?tin|tin-?khac|noi-?bat)([-_ ]|\d*$|$)",
    re.IGNORECASE,
)
_BOX_TAGS = (
    "div",
    "section",
    "aside",
    "ul",
    "ol",
    "table",
    "dl",
    "figure",
    "article",
    "footer",
    "blockquote",
)
_BOX_LINK_SHARE = 0.8
_LEAD_IN = re.compile(
    r"(?:- )?(?:>+|»|→|(?:xem|doc) (?:them|tiep)|(?:tin|bai)(?: viet)? lien quan|read (?:more|also)"
    r"|see also|related)\s*[:>]?"
)
_LEAD_IN_LINK_SHARE = 0.4


@lru_cache(maxsize=2_000)
def _compiled(selector: str) -> CSSSelector:
    return CSSSelector(selector, translator="html")


def _find(selector: str, root: Element) -> list[Element]:
    return cast("list[Element]", _compiled(selector)(root))


def select(root: Element, selectors: Iterable[str]) -> list[Element]:
    """Return the elements of the first selector that finds any."""
    for selector in selectors:
        found = _find(selector, root)
        if found:
            return found
    return []


def select_all(root: Element, selectors: Iterable[str]) -> list[Element]:
    """Return what any of these selectors finds."""
    return [element for selector in selectors for element in _find(selector, root)]


def select_text(root: Element, selectors: Iterable[str]) -> str | None:
    """Return the text of the first element that has one, trying the selectors in order."""
    for selector in selectors:
        for element in _find(selector, root):
            text = text_of(element)
            if text:
                return text
    return None


@dataclass(frozen=True, kw_only=True)
class Layout:
    """One structure that a site's pages have or had; all selectors are CSS, the first hit wins."""

    name: str
    title: tuple[str, ...]
    body: tuple[str, ...]
    lead: tuple[str, ...] = ()
    author: tuple[str, ...] = ()
    time: tuple[str, ...] = ()
    """Each a text with the time, or with a part of it: all hits of the first are joined."""
    section: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    captions: tuple[str, ...] = ("figcaption",)
    junk: tuple[str, ...] = ()
    example: str = ""
    """The path of a page with this structure."""


@dataclass(frozen=True, kw_only=True)
class Site:
    """A publisher's site: how its articles are numbered and what its pages look like."""

    id: str
    publisher: str
    outlet: str
    hosts: Mapping[str, str]
    """Its public hosts, each with the edition that it serves."""
    path_prefix: Mapping[str, str] = field(default_factory=dict)
    """Hosts that serve other publishers too: what the paths of this one begin with."""
    number: re.Pattern[str]
    """Finds the article number in an address, as group 1."""
    unnumbered: re.Pattern[str] | None = None
    """Finds addresses of articles that carry no number."""
    layouts: tuple[Layout, ...]
    default_edition: str = "vi"
    names: tuple[str, ...] = ()
    """What the publisher calls itself: never an author."""
    signature: tuple[str, ...] = ()
    """Selectors that only this site's pages match."""
    time_of_number: Callable[[str], datetime | None] | None = None

    def is_at(self, url: str) -> bool:
        """Whether an address is one of this site's public ones."""
        host = host_of(url)
        if host not in self.hosts:
            return False
        return path_of(url).startswith(self.path_prefix.get(host, "/"))

    def is_article(self, url: str) -> bool:
        """Whether an address looks like an article's."""
        if self.number.search(url):
            return True
        return self.unnumbered is not None and self.unnumbered.search(path_of(url)) is not None

    def number_of(self, url: str | None) -> str | None:
        """Return the article number in an address."""
        match = self.number.search(url) if url else None
        return match.group(1) if match else None

    def edition_of(self, *urls: str | None, language: str | None) -> str:
        """Return the edition: by host where it is public, else by the page's language."""
        for url in urls:
            if url and host_of(url) in self.hosts:
                return self.hosts[host_of(url)]
        editions = set(self.hosts.values())
        return language if language in editions else self.default_edition


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What a layout finds on a page."""

    title: str | None
    lead: str | None
    paragraphs: tuple[str, ...]
    captions: tuple[str, ...]
    author: str | None
    time_text: str | None
    section: str | None
    tags: tuple[str, ...]
    images: tuple[str, ...]


def find_layout(site: Site, root: Element) -> Layout | None:
    """Return the layout of a page: a title, and a body or (video pages) a lead."""
    for layout in site.layouts:
        if select_text(root, layout.title) is None:
            continue
        if select(root, layout.body) or select_text(root, layout.lead):
            return layout
    return None


def read_layout(site: Site, layout: Layout, root: Element, *, url: str | None) -> Parts:
    """Return the parts of a page of this layout; the tree is used up."""
    title = select_text(root, layout.title)
    lead_elements = [element for element in select(root, layout.lead) if text_of(element)]
    lead = text_of(lead_elements[0]) if lead_elements else None
    author = _shown_authors(root, layout.author)
    time_text = " ".join(text_of(element) for element in select(root, layout.time)[:2]) or None
    section_elements = [e for e in select(root, layout.section) if text_of(e)]
    section = text_of(section_elements[-1]) if section_elements else None
    tags = tuple(text_of(element) for element in select(root, layout.tags))
    bodies = select(root, layout.body)
    paragraphs: list[str] = []
    captions: list[str] = []
    images: list[str] = []
    if bodies:
        body = bodies[0]
        outside = (*layout.title, *layout.lead, *layout.author, *layout.time, *layout.tags)
        for element in select_all(body, (*outside, *layout.junk)):
            if element is not body:
                drop(element)
        images = images_of(body, url=url)
        captions = take_captions(body, layout.captions)
        drop_boxes(body, site=site)
        blocks = article_blocks(body, site=site, url=url)
        signer, blocks = take_signature(blocks)
        if clean_author(author, publisher_names=(site.outlet, *site.names)) is None:
            author = signer or author
        paragraphs = drop_frame(blocks, title=title, lead=lead, author=author)
    return Parts(
        title=title, lead=lead, paragraphs=tuple(paragraphs), captions=tuple(captions),
        author=author, time_text=time_text, section=section, tags=tags, images=tuple(images),
    )  # fmt: skip


def _shown_authors(root: Element, selectors: Iterable[str]) -> str | None:
    """Return the text of the first byline; of all its parts where they stand side by side."""
    for selector in selectors:
        found = [element for element in _find(selector, root) if text_of(element)]
        if found:
            beside = [each for each in found if each.getparent() is found[0].getparent()]
            return ", ".join(dict.fromkeys(map(text_of, beside)))
    return None


def take_captions(body: Element, selectors: Iterable[str]) -> list[str]:
    """Remove the captions of pictures from a body and return their texts.

    A selected table is a picture's frame: its rows without picture are the caption. It stays when
    it holds no picture but facts in rows and columns.
    """
    captions: list[str] = []
    for element in select_all(body, selectors):
        if element.getparent() is None or body not in element.iterancestors():
            continue
        if element.tag == "table":
            has_picture = next(element.iter("img", "video", "iframe"), None) is not None
            if not has_picture and is_data_table(element):
                continue
        # A gallery is one table: a row of pictures, a row of words, and so on.
        parts = list(element.iter("tr")) if element.tag == "table" else [element]
        captions.extend(text for part in parts if (text := text_of(part)))
        drop(element)
    return list(dict.fromkeys(captions))[:CAPTION_LIMIT]


def drop_boxes(body: Element, *, site: Site | None) -> None:
    """Remove boxes within a body that tell of other stories or of nothing.

    A box is known by its name (class or id), by its heading ("Tin liên quan"), or by being links.
    What holds most of the text is the article itself, whatever it is called.
    """
    characters, linked = _count_characters(body)
    most_characters = characters[body] // 2
    for element in [each for each in characters if each.tag in _BOX_TAGS]:
        if element is body or not _is_below(element, body):
            continue
        has_text = characters[element] > 0
        is_links = has_text and linked[element] >= _BOX_LINK_SHARE * characters[element]
        if characters[element] > most_characters and not is_links:
            continue
        if is_named_junk(element):
            drop(element)
        # Heading and stories in one box of their own: the article may go on below it.
        elif is_links or is_tail_heading(_first_text(element)):
            is_about_others = site is None or any(
                site.is_article(link.get("href") or "") for link in element.iter("a")
            )
            if is_about_others:
                drop(element)


def _count_characters(body: Element) -> tuple[dict[Element, int], dict[Element, int]]:
    """Return the visible characters below each element, and those in links; in page order.

    Counted once for all, from the leaves up: boxes nest, and pages are written to make us count.
    """
    elements = list(body.iter())
    characters = dict.fromkeys(elements, 0)
    linked = dict.fromkeys(elements, 0)
    for element in reversed(elements):
        if element.tag not in SKIPPED:
            characters[element] += _visible(element.text)
            if element.tag == "a":
                linked[element] = characters[element]
        else:
            characters[element] = linked[element] = 0
        parent = element.getparent()
        if element is not body and parent is not None:
            characters[parent] += characters[element] + _visible(element.tail)
            linked[parent] += linked[element]
    return characters, linked


def _visible(text: str | None) -> int:
    return len("".join(text.split())) if text else 0


def is_named_junk(element: Element) -> bool:
    """Whether a box's class or id says that it holds no part of an article."""
    name = f"{element.get('class') or ''} {element.get('id') or ''}"
    return any(_JUNK_NAME.search(part) for part in name.split())


def _is_below(element: Element, body: Element) -> bool:
    parent = element.getparent()
    while parent is not None:
        if parent is body:
            return True
        parent = parent.getparent()
    return False


def _first_text(element: Element) -> str:
    blocks = blocks_of(element, limit=2)
    return blocks[0].text if len(blocks) > 1 else ""


def is_tail_heading(text: str) -> bool:
    """Whether a line is the heading of other stories.

    Example:
        >>> is_tail_heading("Có thể bạn quan tâm:"), is_tail_heading("Xem thêm thông tin về lương")
        (True, False)
    """
    return len(text) <= 60 and fold(text).strip(" :.>»›-–…") in TAIL_HEADINGS  # noqa: PLR2004 - headings are short


def is_lead_in(text: str) -> bool:
    """Whether a line begins with words that lead to another story.

    Example:
        >>> is_lead_in("Xem thêm: Lương tối thiểu 2027"), is_lead_in("Xem xét lương tối thiểu")
        (True, False)
    """
    return _LEAD_IN.match(fold(text)) is not None


def article_blocks(body: Element, *, site: Site | None, url: str | None) -> list[Block]:
    """Return the blocks of a body up to its tail, links to other articles of the site left out."""
    kept: list[Block] = []
    for block in blocks_of(body):
        least_share = _LEAD_IN_LINK_SHARE if is_lead_in(block.text) else _BOX_LINK_SHARE
        if block.link_share > least_share and _links_elsewhere(block, site=site, url=url):
            continue
        if is_tail_heading(block.text.removeprefix("- ")):
            break
        kept.append(block)
    return kept


def _links_elsewhere(block: Block, *, site: Site | None, url: str | None) -> bool:
    """Whether a block that is all link leads to another article of the same site."""
    if site is None:
        return False
    own = site.number_of(url)
    for link in block.element.iter("a"):
        number = site.number_of(link.get("href") or "")
        if number is not None and number != own:
            return True
    return False


def drop_frame(
    blocks: list[Block], *, title: str | None, lead: str | None, author: str | None
) -> list[str]:
    """Return the paragraphs without a repeated title or lead on top and a byline at the end."""
    texts = [block.text for block in blocks]
    while texts and texts[0] in (title, lead):
        texts.pop(0)
    if author:
        name = fold(author)
        while texts and fold(texts[-1]).strip(" .()-–") in (name, f"bai va anh: {name}"):
            texts.pop()
    return texts


_NAME_WORD = r"[^\W\d_a-z][^\W\d_]*\.?"
_SIGNATURE = re.compile(
    rf"(?:{_NAME_WORD})(?:\s+{_NAME_WORD}){{1,5}}"
    rf"(?:\s*[-–,&]\s*{_NAME_WORD}(?:\s+{_NAME_WORD}){{1,5}})*"
)
_CREDITED = re.compile(r"(bài|tin|ảnh|thực hiện|tác giả)\b[^:]{0,30}:", re.IGNORECASE)
_SIGNED = re.compile(r"text-align\s*:\s*right|float\s*:\s*right", re.IGNORECASE)


def take_signature(blocks: list[Block]) -> tuple[str | None, list[Block]]:
    """Return the author who signs below the text, and the blocks above.

    A signature is a last line that is set apart (right-aligned, bold, italic or named so) and
    holds nothing but a name.
    """
    if len(blocks) < 2:  # noqa: PLR2004 - a text and its signature
        return None, blocks
    last = blocks[-1]
    name = clean_author(last.text)
    if name is None or not _SIGNATURE.fullmatch(name):
        return None, blocks
    if not all(word[0].isupper() for word in re.findall(r"[^\W\d_]+", name)):
        return None, blocks
    if _CREDITED.match(last.text):  # "Bài và ảnh: AN NA"
        return name, blocks[:-1]
    is_signed = name != name.upper() and _is_set_apart(last.element)
    return (name, blocks[:-1]) if is_signed else (None, blocks)


def _is_set_apart(element: Element) -> bool:
    look = " ".join(
        filter(None, (element.get("style"), element.get("class"), element.get("align")))
    )
    if _SIGNED.search(look) or re.search(r"author|sign|right|byline|tac-?gia", look, re.IGNORECASE):
        return True
    text = text_of(element)
    return any(text_of(child) == text for child in element.iter("b", "strong", "em", "i"))


def images_of(body: Element, *, url: str | None) -> list[str]:
    """Return the addresses of the pictures in a body."""
    found: dict[str, None] = {}
    for image in body.iter("img", "amp-img"):
        source = image.get("data-original") or image.get("data-src") or image.get("src") or ""
        address = (
            canonicalise(source, base=url) if source and not source.startswith("data:") else None
        )
        if address:
            found.setdefault(address)
    return list(found)[:IMAGE_LIMIT]


_BYLINE_PREFIX = re.compile(
    r"^(?:(?:bài|tin|ảnh|thực hiện|tác giả|theo|by|author|written by|nguồn)"
    r"(?:\s*(?:,|và|&|-|–)\s*(?:bài|tin|ảnh|clip|video))*\s*[:：]?\s+|[-–•|@]\s*)+",
    re.IGNORECASE,
)
_BYLINE_SUFFIX = re.compile(
    r"\s*(?:\((?:tổng hợp|thực hiện|ghi|theo [^)]*|lược ghi|t/h|t\.h)\)"
    r"|[-–|,]?\s*\d{1,2}[:/]\d{2}.*|\s*[-–|]\s*(?:\S+@\S+)|\S+@\S+|\s*기자)\s*$",
    re.IGNORECASE,
)
_NOT_A_PERSON = re.compile(
    r"^(báo|tạp chí|ban|tòa soạn|toà soạn|đài|thông tấn|cổng|trang|nhóm|theo|pv|p\.v|btv|ctv"
    r"|vnexpress|phóng viên|biên tập|admin|administrator|editor|editorial|staff|newsroom"
    r"|news desk|reporter|ttxvn|vov|vtv|reuters|afp|ap|unknown|none|null)\b"
    r"|https?:|www\.|\.(vn|com|net|org)\b|@",
    re.IGNORECASE,
)
_PERSON_LIMIT_CHARACTERS = 80
BYLINE_LIMIT_CHARACTERS = 400
"""A longer text names nobody; the patterns take time that grows with its square."""


def clean_author(text: str | None, *, publisher_names: Iterable[str] = ()) -> str | None:
    """Return the name of a person in a byline, or None when it names no person.

    Example:
        >>> clean_author("Bài, ảnh: Nguyễn  Văn A ")
        'Nguyễn Văn A'
        >>> clean_author("Báo Lao Động") is None
        True
        >>> clean_author("Lao Động", publisher_names=["Lao động"]) is None
        True
    """
    if not text or len(text) > BYLINE_LIMIT_CHARACTERS:
        return None
    name = _BYLINE_PREFIX.sub("", clean_line(text))
    name = _BYLINE_SUFFIX.sub("", name).strip(" ,;:.-–|•")
    if not name or len(name) > _PERSON_LIMIT_CHARACTERS or not re.search(r"[^\W\d_]", name):
        return None
    if _NOT_A_PERSON.search(name):
        return None
    folded = fold(name).removeprefix("bao ")
    if any(folded == fold(own).removeprefix("bao ") for own in publisher_names if own):
        return None
    return name


def choose_time(stated: datetime | None, shown: datetime | None) -> datetime | None:
    """Return the better of the time for machines and the time shown to readers.

    Machines' times are exact to the second; but a local time that is labelled UTC is a common
    fault, and the shown time, which says where it is local, tells.
    """
    if stated is None or shown is None:
        return stated or shown
    if timedelta(hours=6, minutes=59) < stated - shown < timedelta(hours=7, minutes=1):
        return shown
    return stated


def clean_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Return distinct tags, as the page writes them.

    Example:
        >>> clean_tags([" #Công đoàn ", "công đoàn", "Từ khóa:", ""])
        ('Công đoàn',)
    """
    found: dict[str, str] = {}
    for tag in tags:
        text = clean_line(tag).lstrip("#").strip(" ,;")
        if text and not text.endswith(":") and len(text) <= 100:  # noqa: PLR2004 - longer is prose
            found.setdefault(text.casefold(), text)
    return tuple(found.values())[:TAG_LIMIT]


def shown_time(parts: Parts, *, now: datetime | None) -> datetime | None:
    """Return the time that a page shows to its readers."""
    return parse_time(parts.time_text, now=now)


def breadcrumb_section(metadata: Metadata, *, title: str | None) -> str | None:
    """Return the deepest step of a page's path that is neither the home page nor the article."""
    steps = [step for step in metadata.breadcrumb[1:] if step != title]
    return steps[-1] if steps else None
