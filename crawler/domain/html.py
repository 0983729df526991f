"""HTML: bytes to a tree, as browsers decode them, and a tree to paragraphs.

In: the bytes of a page and what its server says of them. Out: an lxml tree; text blocks.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from lxml import etree, html
from w3lib.encoding import http_content_type_encoding, resolve_encoding

from crawler.domain.text import clean_line, clean_paragraph

PRESCAN_BYTES = 4_096
PAGE_LIMIT_BYTES = 20_000_000
ELEMENT_LIMIT = 30_000
"""More than the longest live blogs have. What reads a tree may take time that grows faster."""

Element: TypeAlias = etree._Element  # noqa: SLF001 - lxml's only name for its type

_META_CHARSET = re.compile(
    rb"""<meta[^>]{0,400}?charset\s*=\s*["']?\s*([a-z0-9_:.\-]{2,40})""", re.IGNORECASE
)
_XML_ENCODING = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([a-z0-9_:.\-]{2,40})""")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SINGLE_BYTE: Final = frozenset(
    (
        *(f"cp{number}" for number in (874, *range(1250, 1259))),
        *(f"iso8859-{number}" for number in range(1, 17)),
        "ascii", "latin-1",
    )
)  # fmt: skip
"""Encodings of single bytes, in Python's spelling."""

_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")

# fmt: off
SKIPPED: Final = frozenset((
    "script", "style", "noscript", "template", "svg", "math", "iframe", "object", "embed",
    "button", "input", "select", "textarea", "canvas", "audio", "video", "map", "head", "nav",
    "dialog", "link", "meta",
))
_BLOCKS: Final = frozenset((
    "address", "article", "aside", "blockquote", "body", "center", "dd", "details", "div", "dl",
    "dt", "fieldset", "figcaption", "figure", "footer", "h1", "h2", "h3", "h4", "h5", "h6",
    "header", "hgroup", "hr", "html", "legend", "li", "main", "menu", "ol", "p", "pre", "section",
    "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul", "caption",
))
# fmt: on
_READ_ALOUD = re.compile(
    r"(^|\s)(sr-only|visually-?hidden|screen-?reader(-text)?|off-?screen|u-hidden-visually)(\s|$)",
    re.IGNORECASE,
)
"""Classes of words that only screen readers tell: "Image caption", "Share"."""

_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


def decode(page: bytes, *, content_type: str | None = None) -> str:
    r"""Return the text of a page: byte order mark, header, <meta>, UTF-8 if it fits, else cp1252.

    Bytes that are wrong in the encoding become U+FFFD; nothing is ever refused. A page that is
    called cp1252 or another encoding of single bytes, and is flawless UTF-8 with accents, is
    UTF-8: no real text of single bytes is that by chance, and its servers are often set wrong.

    Example:
        >>> decode(b"<meta charset=iso-8859-1>\x93a\x94")
        '<meta charset=iso-8859-1>“a”'
        >>> decode("Đoàn viên".encode(), content_type="text/html; charset=windows-1258")
        'Đoàn viên'
    """
    page = page[:PAGE_LIMIT_BYTES]
    for mark, encoding in _BOMS:
        if page.startswith(mark):
            return page[len(mark) :].decode(encoding, errors="replace")
    declared = _declared_encoding(page, content_type)
    if declared is not None:
        is_utf8 = declared in _SINGLE_BYTE and _is_utf8_with_accents(page)
        return page.decode("utf-8" if is_utf8 else declared, errors="replace")
    wide = _wide_encoding(page)
    if wide is not None:
        return page.decode(wide, errors="replace")
    try:
        return page.decode("utf-8")
    except UnicodeDecodeError as error:
        # One bad byte in long UTF-8 is damage; bad from the first accent on is another encoding.
        is_damage = len(page[: error.start].decode("utf-8")) < error.start
        return page.decode("utf-8" if is_damage else "cp1252", errors="replace")


def _is_utf8_with_accents(page: bytes) -> bool:
    try:
        return not page.isascii() and bool(page.decode("utf-8"))
    except UnicodeDecodeError:
        return False


def _wide_encoding(page: bytes) -> str | None:
    """Return the UTF-16 that a page without declaration is in: every other byte of markup is 0."""
    start = page[:64]
    even, odd = start[0::2], start[1::2]
    if odd and odd.count(0) * 2 > len(odd) and not even.count(0):
        return "utf-16-le"
    if even and even.count(0) * 2 > len(even) and not odd.count(0):
        return "utf-16-be"
    return None


def _declared_encoding(page: bytes, content_type: str | None) -> str | None:
    header = http_content_type_encoding(content_type) if content_type else None
    encoding = resolve_encoding(header) if header else None
    if encoding is None:
        start = page[:PRESCAN_BYTES]
        match = _META_CHARSET.search(start) or _XML_ENCODING.search(start)
        encoding = resolve_encoding(match.group(1).decode("ascii")) if match else None
        if encoding is not None and encoding.startswith("utf-16"):
            encoding = "utf-8"  # a <meta> that could be read byte by byte is not UTF-16
    if encoding is None:
        return None
    try:
        b"".decode(encoding)
    except (LookupError, ValueError):
        return None
    return encoding if codecs.lookup(encoding)._is_text_encoding else None  # noqa: SLF001 - the only way to tell "hex" from text


def parse(page: bytes, *, content_type: str | None = None) -> Element | None:
    """Return the tree of a page, or None when it holds no markup at all.

    Example:
        >>> parse(b"<p>a<p>b").xpath("count(//p)")
        2.0
        >>> parse(b"") is None
        True
    """
    return parse_text(decode(page, content_type=content_type))


def parse_text(text: str) -> Element | None:
    """Return the tree of decoded HTML, or None when there is none."""
    text = _XML_DECLARATION.sub("", text.replace("\x00", "")).strip()
    if not text:
        return None
    parser = html.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True
    )
    try:
        root: Any = etree.fromstring(text.encode("utf-8", errors="replace"), parser)
    except (etree.LxmlError, ValueError):
        return None
    if not isinstance(root, Element):
        return None
    if root.tag == "html" and root.find("body") is None:
        _give_body(root)
    return root


_OF_HEAD: Final = frozenset(
    ("title", "meta", "link", "script", "style", "base", "noscript", "template")
)


def _give_body(root: Element) -> None:
    """Move what libxml2 leaves in the head to a body, as browsers do.

    It knows no HTML 5: a page without <body> tag whose text begins with <article> has none.
    """
    head = root.find("head")
    if head is None:
        return
    first = next((child for child in head if child.tag not in _OF_HEAD), None)
    if first is None:
        return
    body = etree.SubElement(root, "body")
    for child in list(head)[head.index(first) :]:
        body.append(child)


def text_of(element: Element) -> str:
    """Return the text of an element on one line, scripts left out."""
    pieces: list[str] = []
    _collect_inline(element, pieces)
    return clean_line("".join(pieces))


def _collect_inline(element: Element, pieces: list[str]) -> None:
    stack: list[Iterator[Element]] = []
    if element.text:
        pieces.append(element.text)
    stack.append(iter(element))
    while stack:
        child = next(stack[-1], None)
        if child is None:
            stack.pop()
            continue
        if child.tag in SKIPPED:
            pieces.append(child.tail or "")
            continue
        is_apart = child.tag in _BLOCKS or child.tag == "br"
        if is_apart:
            pieces.append(" ")
        pieces.append(child.text or "")
        if len(child):
            stack.append(_with_tail(child, is_apart=is_apart, pieces=pieces))
        else:
            pieces.append(" " if is_apart else "")
            pieces.append(child.tail or "")


def _with_tail(element: Element, *, is_apart: bool, pieces: list[str]) -> Iterator[Element]:
    yield from element
    if is_apart:
        pieces.append(" ")
    pieces.append(element.tail or "")


@dataclass(frozen=True)
class Block:
    """A paragraph, list item or table of a text, and where its text comes from."""

    text: str
    element: Element
    link_share: float
    """The share of its characters that are link text."""


class _Collector:
    """Walks an element and cuts its text into blocks."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._pieces: list[str] = []
        self._linked = 0
        self._prefix = ""

    def add_text(self, text: str | None, *, is_linked: bool) -> None:
        if text:
            self._pieces.append(text.replace("\n", " ").replace("\r", " "))
            if is_linked:
                self._linked += len("".join(text.split()))

    def add_break(self) -> None:
        self._pieces.append("\n")

    def close(self, element: Element) -> None:
        raw = "".join(self._pieces)
        visible = len("".join(raw.split()))
        if visible:
            # Two breaks in a row end a paragraph, as they look to a reader.
            for part in re.split(r"\n\s*\n", raw) if "\n" in raw else (raw,):
                text = clean_paragraph(part)
                if text:
                    self.blocks.append(
                        Block(self._prefix + text, element, min(1.0, self._linked / visible))
                    )
                    self._prefix = ""
        self._pieces.clear()
        self._linked = 0

    def open_item(self) -> None:
        self._prefix = "- "

    def close_item(self) -> None:
        self._prefix = ""


def blocks_of(root: Element, *, limit: int | None = None) -> list[Block]:
    r"""Return the text blocks below an element, in order; no more than are asked for.

    Items of lists start with "- ", rows of tables become lines with cells parted by " | ";
    a table that only lays out a page is read cell by cell.

    Example:
        >>> page = parse(b"<div><p>a <b>b</b><br>c<ul><li>d</ul><table><tr><td>1<td>2<tr><td>3"
        ...              b"<td>4</table></div>")
        >>> [block.text for block in blocks_of(page)]
        ['a b\nc', '- d', '1 | 2\n3 | 4']
    """
    collector = _Collector()
    _walk(root, collector, limit=limit)
    collector.close(root)
    return collector.blocks[:limit]


def _walk(root: Element, collector: _Collector, *, limit: int | None) -> None:
    """Visit iteratively: pages nest deeper than Python's stack."""
    stack: list[tuple[Element, Iterator[Element], bool]] = []
    collector.add_text(root.text, is_linked=root.tag == "a")
    stack.append((root, iter(root), root.tag == "a"))
    while stack and (limit is None or len(collector.blocks) < limit):
        parent, children, is_linked = stack[-1]
        child = next(children, None)
        if child is None:
            stack.pop()
            if stack:
                _leave(parent, collector)
                collector.add_text(parent.tail, is_linked=stack[-1][2])
            continue
        if child.tag in SKIPPED or is_hidden(child):
            collector.add_text(child.tail, is_linked=is_linked)
            continue
        if child.tag == "br":
            collector.add_break()
            collector.add_text(child.tail, is_linked=is_linked)
            continue
        if child.tag == "table" and is_data_table(child):
            collector.close(parent)
            _add_table(child, collector)
            collector.add_text(child.tail, is_linked=is_linked)
            continue
        if child.tag in _BLOCKS:
            collector.close(parent)
        if child.tag == "li":
            collector.open_item()
        is_link = is_linked or child.tag == "a"
        collector.add_text(child.text, is_linked=is_link)
        stack.append((child, iter(child), is_link))


def _leave(element: Element, collector: _Collector) -> None:
    if element.tag in _BLOCKS:
        collector.close(element)
    if element.tag == "li":
        collector.close_item()


def _add_table(table: Element, collector: _Collector) -> None:
    rows = [" | ".join(text_of(cell) for cell in cells_of(row)) for row in table.iter("tr")]
    lines = [row for row in rows if row.replace("|", "").strip()]
    if lines:
        text = "\n".join(clean_line(line) for line in lines)
        linked = sum(len(text_of(link)) for link in table.iter("a"))
        collector.blocks.append(Block(text, table, min(1.0, linked / len(text))))


def cells_of(row: Element) -> list[Element]:
    """Return the cells of a table row."""
    return [cell for cell in row if cell.tag in ("td", "th")]


def is_data_table(table: Element) -> bool:
    """Whether a table holds facts in rows and columns, rather than laying out a page."""
    if next(table.iterdescendants("table"), None) is not None:
        return False
    rows = [cells_of(row) for row in table.iter("tr")]
    wide = [row for row in rows if len(row) > 1]
    if len(rows) < 2 or len(wide) * 2 < len(rows):  # noqa: PLR2004 - one row is a line, not a table
        return False
    lengths = [len(text_of(cell)) for row in wide for cell in row]
    prose_limit_characters = 400
    return sum(lengths) < prose_limit_characters * len(lengths)


def is_hidden(element: Element) -> bool:
    """Whether a reader does not see an element."""
    if element.get("hidden") is not None:
        return True
    style, name = element.get("style"), element.get("class")
    if style is not None and _HIDDEN.search(style) is not None:
        return True
    return name is not None and _READ_ALOUD.search(name) is not None


def cut_after(root: Element, *, limit_elements: int = ELEMENT_LIMIT) -> bool:
    """Remove what follows the first elements of a tree; return whether there was more.

    Example:
        >>> root = parse(b"<p>a<p>b<p>c")
        >>> cut_after(root, limit_elements=4), text_of(root)
        (True, 'a b')
    """
    last: Element | None = None
    for count, element in enumerate(root.iter(), start=1):
        if count > limit_elements:
            break
        last = element
    else:
        return False
    assert last is not None  # noqa: S101 - the limit is at least one
    del last[:]
    while last is not None and last is not root:
        parent = last.getparent()
        if parent is not None:
            del parent[parent.index(last) + 1 :]
        last = parent
    return True


def drop(element: Element) -> None:
    """Remove an element, keeping the text that follows it."""
    parent = element.getparent()
    if parent is None:
        return
    if element.tail:
        previous = element.getprevious()
        if previous is not None:
            previous.tail = (previous.tail or "") + element.tail
        else:
            parent.text = (parent.text or "") + element.tail
    parent.remove(element)
