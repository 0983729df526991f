"""Main text of a page of no known structure: trafilatura's choice, read again from the page.

In: the tree of a page and what it says of itself. Out: its paragraphs, its captions apart.

trafilatura says which text is the article's. Its lines are then found again among the blocks of
the page, because the page tells what a text does not: which blocks stand between two paragraphs
of the article and were left out, which are captions, bylines, boxes of other stories or calls to
subscribe, and what is a paragraph, an item of a list or a row of a table.
"""

import logging
import re
import unicodedata
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from trafilatura import bare_extraction
from trafilatura.settings import Extractor

from crawler.domain.dates import parse_time
from crawler.domain.html import Block, Element, blocks_of, is_data_table, text_of
from crawler.domain.text import clean_line, clean_paragraph, fold
from crawler.sites.base import is_lead_in, is_named_junk, is_tail_heading, take_signature

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)

PROSE_CHARACTERS = 80
"""A block of this length is a paragraph, not a label; also in scripts that write densely."""

ENOUGH_CHARACTERS = 300
"""After so much text, a heading of other stories ends the article."""

FOUND_SHARE = 0.8
"""So much of what trafilatura returns must be found on the page again to be read from there."""

MISSED_SHARE = 0.3
PART_SHARE = 0.5
"""trafilatura took something else, or a part, when it has less of the page's densest text."""

CONTAINER_SHARE = 0.85
DENSEST_SHARE = 0.6
"""How much of the text the element holds that counts as the article's, and as the densest."""

PROSE_LINK_SHARE = 0.35
GAP_LINK_SHARE = 0.5
LEAD_IN_LINK_SHARE = 0.4
ALL_LINK_SHARE = 0.9
"""How much of a block may be links: in prose, beside prose, after "Read more:", but for a mark."""

GALLERY_SHARE = 0.6
LIST_SHARE = 0.4
"""An article has so much of its text in boxes of its own when it is a list of things."""

CARD_LEVELS = 4
CARD_SHARE = 2
HEADLINE_CHARACTERS = 12
HEADLINE_WORDS = 4
"""How deep a box of one teaser is, how much longer than its text, and how long headlines are."""

SHORT_LINE_CHARACTERS = 20
FRAME_BLOCKS = 6
FRAME_LINES = 2
LEAD_CHARACTERS = 600
LEAD_LEAST_CHARACTERS = 20
PROMO_CHARACTERS = 200
LABEL_WORDS = 14
DATE_WORDS = 8

STATED_CHARACTERS = 600
STATED_SHARE = 0.9
RESCUE_SHARE = 0.3
"""Text that a page states for machines replaces what is seen when that is but this share of it."""

_NOT_TEXT = re.compile(r"\W+")
_CAPTION_NAME = re.compile(
    r"caption|cutline|(photo|image|img|picture)[-_]*credit|chu-?thich-?anh", re.IGNORECASE
)
_CAPTION_LIMIT_CHARACTERS = 600
_OUTSIDE = frozenset(("aside", "figure", "figcaption", "footer", "nav", "form", "button", "label"))
_PARAGRAPHS = frozenset(("p", "li", "blockquote", "dd", "dt", "pre", "h2", "h3", "h4", "h5"))
_HEADINGS = frozenset(("h2", "h3", "h4", "h5", "h6"))
_LINKED_TEXT = frozenset(("h2", "h3", "h4", "table", "dt"))
_LEAD_NAME = re.compile(
    r"sapo|summary|stand-?first|(^|[-_ ])de(c)?k([-_ ]|$)|excerpt|(^|[-_ ])lead([-_ ]|$)|intro"
    r"|sub-?(title|head)|descri|chapeau|teaser|abstract",
    re.IGNORECASE,
)
_STOP = re.compile(r"[.!?…]\W*$")
_SENTENCE_END = re.compile(r"[.!?…。:;\"”’')\]]\s*$")

_PROMO = re.compile(
    r"advertisements?$|advertising$|quang cao$|(story|article) continues|continue reading"
    r"|sign up (for|to)|subscribe( now| today| to|$)|(follow|like) us (on|at)|share (this|on|via)\b"
    r"|click here|download (the|our)( \w+)? app|get (the|our) (latest|newsletter|app)"
    r"|support (our|us\b)|already a (subscriber|member)|log ?in (to|or)\b|register (now|to)\b"
    r"|join (our|the conversation)|(view|show|post|leave|add) (a |\d+ |all )?(comments?|reply)$"
    r"|comments?( \(\d+\))?$|loading\W*$|print( this)?$|e-?mail( this)?$|(re)?tweet$|facebook$"
    r"|twitter$|copy link$|listen to (this|the) (article|story|episode|podcast)"
    r"|this video (is|has|cannot|could|file)|watch( now| live)?:|media playback|your browser"
    r"|(please )?(enable|turn on) javascript|skip (to|advert)"
    r"|theo doi .{0,60}(facebook|zalo|youtube|google|fanpage|kenh)|dang ky (nhan|theo doi) tin"
    r"|chia se( bai( viet)?( len| qua)?| len (facebook|zalo))?$|binh luan( \(\d+\))?$"
    r"|moi (quy|ban) doc|tai ung dung|구독|공유하기|기사제보|무단 ?전재|저작권자"
)
"""How short lines begin, folded, that ask their reader to do something; prose may begin so too."""

_ASKS = re.compile(r"(^|[.!?] )(subscribe|sign up) (today|now|to|for)\b|uses? cookies")
_AUTHOR_LINE = re.compile(
    r"\s*(by|written by|words by|t[aá]c gi[aả]|th[uự]c hi[eệ]n|b[aà]i( vi[eế]t)?)\b[ :]+",
    re.IGNORECASE,
)
_IS_ONE = ("isa", "isan", "isthe", "hasreported", "haswritten", "covers", "writes", "reportson",
           "làphóngviên", "lànhàbáo")  # fmt: skip
"""How a line on the author goes on after the name, as `_key` writes it."""

_RIGHTS = re.compile(
    r"(©|\(c\) ?\d|copyright\b|all rights reserved|ban quyen|무단 ?전재|ⓒ)|"
    r"(filed under|tags?|topics?|tu khoa|the|chu de|categor(y|ies)|posted in) ?:"
    r"|(related|more (from|on|in|stories|news)|read (more|also|next)|recommended)\b"
)
_BYLINE = re.compile(
    r"(by|written by|words by|reporting by|photos? by|theo|tac gia|bai|nguon|published|posted"
    r"|updated|last (updated|modified)|first published|cap nhat|dang)\b[ :]"
    r"|\d+ min(ute)?s? (read|ago)|\d+ (hours?|days?) ago"
)


@dataclass(frozen=True)
class MainText:
    """The text that a page is about."""

    paragraphs: tuple[str, ...]
    captions: tuple[str, ...]
    lead: str | None = None
    byline: str | None = None
    time_text: str | None = None
    """A line between title and text that names the author, and one that is a date."""


def extract_main_text(
    root: Element,
    *,
    title: str | None = None,
    authors: Sequence[str] = (),
    description: str | None = None,
    stated_body: str | None = None,
) -> MainText:
    """Return the main text of a page; empty where it has none.

    `title`, `authors` and `description` are what the page states, to know them when they are
    repeated; `stated_body` is the text that it states for machines. The tree may be used up.

    Example:
        >>> from crawler.domain.html import parse
        >>> prose = "<p>Nine hundred dockers of pier {} voted for the new agreement on Monday."
        >>> text = "".join(prose.format(n) for n in range(4))
        >>> page = parse(f"<article>{text}</article><footer>About us</footer>".encode())
        >>> len(extract_main_text(page).paragraphs)
        4
    """
    body = root.find("body")
    blocks = blocks_of(body if body is not None else root)
    captions = _Captions()
    page = _Page(blocks, captions=captions, title=title, authors=authors, description=description)
    for block in blocks:
        captions.is_one(block)  # before the tree is used up
    lines = _chosen_lines(root)
    shown = page.read(lines)
    paragraphs = _paragraphs(lines) if shown is None else shown
    stated = clean_paragraph(stated_body or "")
    if len(stated) >= STATED_CHARACTERS:
        paragraphs = _agree(paragraphs, page, stated, is_shown=shown is not None)
    return MainText(
        paragraphs=tuple(paragraphs), captions=page.captions_near(), lead=page.lead,
        byline=page.byline, time_text=page.time_text,
    )  # fmt: skip


def _chosen_lines(root: Element) -> list[str]:
    """Return the lines that trafilatura takes for the article's.

    Its comparison with readability and jusText is left out: what they would rescue is found by
    where the page's text is densest, in a fraction of their time.
    """
    options = Extractor(output_format="python", comments=False, tables=True, fast=True)
    try:
        document = bare_extraction(root, options=options)
    except Exception:  # noqa: BLE001 - a library over arbitrary pages: whatever fails means "no text"
        document = None
    return (getattr(document, "text", None) or "").split("\n")


def _key(text: str) -> str:
    """Return what two spellings of one text have in common."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    return _NOT_TEXT.sub("", text).casefold()


class _Captions:
    """Which blocks belong to a picture."""

    def __init__(self) -> None:
        self._known: dict[Element, bool] = {}
        self._frames: dict[Element, bool] = {}

    def is_one(self, block: Block) -> bool:
        """Whether a block is the caption or credit of a picture."""
        element = block.element
        if len(block.text) > _CAPTION_LIMIT_CHARACTERS:
            return False
        if element not in self._known:
            self._known[element] = self._is_below_picture(element) or self._is_span(block)
        return self._known[element]

    @staticmethod
    def _is_span(block: Block) -> bool:
        """Whether all of a block stands in a span that is called a caption."""
        for child in block.element.iter("span", "em", "i", "small", "font"):
            name = child.get("class")
            if name and _CAPTION_NAME.search(name):
                return len(text_of(child)) * 2 > len(block.text)
        return False

    def _is_below_picture(self, element: Element) -> bool:
        ancestor: Element | None = element
        for _ in range(4):
            if ancestor is None or ancestor.tag in ("body", "article", "main"):
                return False
            if ancestor.tag == "figcaption":
                return True
            if ancestor.tag == "figure":
                return next(ancestor.iter("table", "blockquote", "pre"), None) is None
            if ancestor.tag == "table":
                return self._is_frame(ancestor)
            name = f"{ancestor.get('class') or ''} {ancestor.get('id') or ''}"
            if any(_CAPTION_NAME.search(part) for part in name.split()):
                return True
            ancestor = ancestor.getparent()
        return False

    def _is_frame(self, table: Element) -> bool:
        """Whether a table holds a picture and the few words below it."""
        if table not in self._frames:
            self._frames[table] = (
                next(table.iter("img"), None) is not None
                and len(blocks_of(table, limit=FRAME_LINES + 1)) <= FRAME_LINES
                and not is_data_table(table)
            )
        return self._frames[table]


class _Page:
    """The blocks of a page, and which of them are the article's."""

    def __init__(
        self, blocks: list[Block], *, captions: _Captions, title: str | None,
        authors: Sequence[str], description: str | None,
    ) -> None:  # fmt: skip
        self._blocks = blocks
        self._captions = captions
        self._keys = [_key(block.text) for block in blocks]
        self._title = _key(title or "")
        self._authors = {_key(name) for name in authors}
        self._frame = {self._title, *self._authors}
        self._description = _key(description or "")
        self._paths = [_path_of(block.element) for block in blocks]
        self._starts: list[int] = []
        end = 0
        for key in self._keys:
            self._starts.append(end)
            end += len(key)
        self._text = "".join(self._keys)
        self._prose = [
            len(block.text) >= PROSE_CHARACTERS and block.link_share < PROSE_LINK_SHARE
            for block in blocks
        ]
        self._teasers = self._find_teasers()
        self._chosen: list[int] = []
        self._link_lists: dict[Element, bool] = {}
        self._is_list = False
        self._has_captions = True
        self._container: Element | None = None
        self.lead: str | None = None
        self.byline: str | None = None
        self.time_text: str | None = None

    def read(self, lines: Sequence[str]) -> list[str] | None:
        """Return the article's paragraphs, None when the page does not tell which they are."""
        chosen = self._find(lines)
        densest = self._densest()
        if chosen is None and (any(map(_key, lines)) or not densest):
            return None
        chosen = chosen or set()
        densest_size = self._size(densest)
        is_elsewhere = self._size(chosen & densest) < MISSED_SHARE * densest_size
        if is_elsewhere and self._size(chosen - self._teasers) < densest_size:
            chosen = densest
        elif self._size(chosen & densest) < PART_SHARE * densest_size and not is_elsewhere:
            chosen = chosen | densest
        chosen = self._one_article(chosen)
        chosen = self._without_teasers(chosen)
        self._container = _innermost(
            ((self._paths[i], len(self._keys[i])) for i in chosen), share=CONTAINER_SHARE
        )
        filled = self._filled(chosen)
        pictures = {index for index in filled if self._captions.is_one(self._blocks[index])}
        # A gallery tells its story below the pictures.
        self._has_captions = self._size(pictures) < GALLERY_SHARE * self._size(filled)
        junk = self._junk_boxes()
        dropped = {index for index in filled if self._is_junk(index, junk)}
        kept = self._inside(sorted(filled - dropped - self._headings_of(dropped)))
        kept = self._trimmed(self._without_lead(self._trimmed(kept)))
        self._read_frame(kept)
        self._chosen = self._without_signature(self._without_biography(kept))
        return [self._blocks[index].text for index in self._chosen]

    def _size(self, indices: set[int]) -> int:
        return sum(len(self._keys[index]) for index in indices)

    # Which text

    def _find(self, lines: Sequence[str]) -> set[int] | None:
        """Return the blocks that hold these lines, None when they are not those of this page."""
        places: dict[str, list[int]] = {}
        for index, key in enumerate(self._keys):
            places.setdefault(key, []).append(index)
        covered: Counter[int] = Counter()
        at = found = total = 0
        for line in lines:
            key = _key(line)
            total += len(key)
            start = self._start_of(key, places.get(key, ()), after=at) if key else -1
            if start < 0:
                continue
            found += len(key)
            at = start + len(key)
            index = bisect_right(self._starts, start) - 1
            while index < len(self._starts) and self._starts[index] < at:
                end = self._starts[index] + len(self._keys[index])
                covered[index] += max(0, min(at, end) - max(start, self._starts[index]))
                index += 1
        if not total or found < FOUND_SHARE * total:
            return None
        return {i for i, size in covered.items() if size and size * 2 >= len(self._keys[i])}

    def _start_of(self, key: str, places: Sequence[int], *, after: int) -> int:
        """Return where a line stands on the page, -1 when it is not there.

        A line is a whole block as a rule. Long ones may be a part of one or reach over several;
        short ones stand within other words too often.
        """
        starts = [self._starts[place] for place in places]
        if starts:
            return next((start for start in starts if start >= after), starts[0])
        if len(key) < SHORT_LINE_CHARACTERS:
            return -1
        start = self._text.find(key, after)
        return start if start >= 0 else self._text.find(key)

    def _find_teasers(self) -> set[int]:
        """Return the paragraphs that stand alone in a box with a linked headline."""
        prose: Counter[Element] = Counter()
        headlines: Counter[Element] = Counter()
        sizes: Counter[Element] = Counter()
        for index, path in enumerate(self._paths):
            block, size = self._blocks[index], len(self._keys[index])
            for element in path[-CARD_LEVELS:]:
                sizes[element] += size
                prose[element] += self._prose[index]
            if block.link_share > ALL_LINK_SHARE and size > HEADLINE_CHARACTERS:
                headlines.update(path[-CARD_LEVELS:])
        return {
            index for index, path in enumerate(self._paths)
            if self._prose[index]
            and any(
                headlines[e] and prose[e] == 1
                and sizes[e] < CARD_SHARE * len(self._keys[index]) + PROSE_CHARACTERS
                for e in path[-CARD_LEVELS:]
            )
        }  # fmt: skip

    def _without_teasers(self, chosen: set[int]) -> set[int]:
        """Return the chosen blocks but for boxes of other stories.

        An article that consists of such boxes, with some words around them, is a list of things.
        """
        others = chosen - self._teasers
        if self._size(others) < ENOUGH_CHARACTERS:
            self._is_list = self._size(others) < self._size(chosen & self._teasers)
            return chosen
        container = _innermost(
            ((self._paths[i], len(self._keys[i])) for i in others if self._prose[i]),
            share=DENSEST_SHARE,
        )
        within = {i for i in chosen & self._teasers if container in self._paths[i]}
        is_list = self._size(within) > LIST_SHARE * self._size(others | within)
        self._is_list = is_list
        return others | within if is_list else others

    def _densest(self) -> set[int]:
        """Return the paragraphs in the innermost element that holds most of the page's."""
        candidates = {
            index for index, path in enumerate(self._paths)
            if self._prose[index]
            and index not in self._teasers
            and not self._captions.is_one(self._blocks[index])
            and not any(e.tag in _OUTSIDE or is_named_junk(e) for e in path[1:])
        }  # fmt: skip
        container = _innermost(
            ((self._paths[i], len(self._keys[i])) for i in candidates), share=DENSEST_SHARE
        )
        return {index for index in candidates if container in self._paths[index]}

    def _one_article(self, chosen: set[int]) -> set[int]:
        """Return the blocks of the article with the title, where a page holds several."""
        titled = next((i for i, key in enumerate(self._keys) if key and key == self._title), None)
        if titled is None:
            return chosen
        article = next((e for e in self._paths[titled] if e.tag == "article"), None)
        if article is None:
            return chosen
        others = {i for i in chosen if article not in self._paths[i]}
        if not any(e.tag == "article" for i in others for e in self._paths[i]):
            return chosen
        own = {
            index for index, path in enumerate(self._paths)
            if article in path and (index in chosen or self._prose[index])
        }  # fmt: skip
        return own if self._size(own - self._teasers) >= ENOUGH_CHARACTERS else chosen

    def _below(self, index: int) -> tuple[Element, ...]:
        """Return the elements between the article's container and a block."""
        path = self._paths[index]
        if self._container is None or self._container not in path:
            return ()
        return path[path.index(self._container) + 1 :]

    # What was left out

    def _filled(self, chosen: set[int]) -> set[int]:
        """Return the chosen blocks and those of the article that stand between them."""
        prose = [i for i in chosen if len(self._blocks[i].text) >= PROSE_CHARACTERS]
        if not prose:
            return chosen
        parents = {self._blocks[i].element.getparent() for i in prose}
        own = {self._blocks[i].element for i in prose}
        seen = {self._keys[i] for i in chosen}
        filled = set(chosen)
        for index in range(min(prose), max(prose)):
            if index not in filled and self._is_gap(index, parents, seen):
                filled.add(index)
        after = max(prose) + 1
        while after < len(self._blocks) and self._goes_on(after, parents, own, seen):
            filled.add(after)
            after += 1
        before = min(prose) - 1
        while before >= 0 and self._goes_on(before, parents, own, seen):
            filled.add(before)
            before -= 1
        return filled

    def _is_gap(self, index: int, parents: set[Element | None], seen: set[str]) -> bool:
        """Whether a block between two paragraphs of the article is one that was left out."""
        block, key = self._blocks[index], self._keys[index]
        is_name = self._is_list and block.element.tag in _HEADINGS
        if (
            (block.link_share > GAP_LINK_SHARE and not is_name)
            or key in seen
            or self._is_repeated(key)
        ):
            return False
        between = self._below(index)
        if not between and block.element is not self._container:
            return False
        is_teaser = index in self._teasers and not self._is_list
        if is_teaser or any(element.tag in _OUTSIDE for element in between):
            return False
        tag = block.element.tag
        is_text = tag in _PARAGRAPHS or (tag == "table" and is_data_table(block.element))
        if not is_text and len(block.text) < PROSE_CHARACTERS:
            return False
        is_beside = block.element in parents or any(e.getparent() in parents for e in between[-3:])
        return is_beside and not _is_promo(block)

    def _is_repeated(self, key: str) -> bool:
        """Whether a text stands elsewhere as part of a longer one: a pull quote."""
        return len(key) < PROSE_CHARACTERS * 3 and self._text.count(key) > 1

    def _goes_on(
        self, index: int, parents: set[Element | None], own: set[Element], seen: set[str]
    ) -> bool:
        """Whether a block beside the article's first or last paragraph is one more."""
        block = self._blocks[index]
        return (
            self._prose[index]
            and (
                (block.element.tag == "p" and block.element.getparent() in parents)
                or block.element in own  # paragraphs that only breaks part
            )
            and _SENTENCE_END.search(block.text) is not None
            and self._keys[index] not in seen
            and not _is_promo(block)
        )

    # What does not belong

    def _junk_boxes(self) -> frozenset[Element]:
        """Return the boxes in the container that are named as junk and are not most of it."""
        sizes: Counter[Element] = Counter()
        total = 0
        for index, key in enumerate(self._keys):
            below = self._below(index)
            total += len(key) if below else 0
            for element in below:
                sizes[element] += len(key)
        return frozenset(e for e, size in sizes.items() if size * 2 <= total and is_named_junk(e))

    def _is_junk(self, index: int, junk: frozenset[Element]) -> bool:
        """Whether a block is a caption, a title repeated, or leads away from the article."""
        block = self._blocks[index]
        if self._is_frame(self._keys[index]) or _is_promo(block):
            return True
        if self._has_captions and self._captions.is_one(block):
            return True
        if any(element in junk for element in self._below(index)):
            return True
        if block.link_share > LEAD_IN_LINK_SHARE and is_lead_in(block.text):
            return True
        return block.link_share > ALL_LINK_SHARE and self._leads_away(index)

    def _is_frame(self, key: str) -> bool:
        """Whether a line is the title again, with a date perhaps, or the author."""
        if key in self._frame:
            return True
        is_title = len(self._title) >= HEADLINE_CHARACTERS and key.startswith(self._title)
        return is_title and len(key) - len(self._title) < HEADLINE_CHARACTERS * 2

    def _leads_away(self, index: int) -> bool:
        """Whether a block that is all link is the headline of another story.

        Headings may link, and the items of a list that holds other things, or mere names.
        """
        tag = self._blocks[index].element.tag
        if tag in _LINKED_TEXT:
            return False
        list_element = self._blocks[index].element.getparent()
        if tag != "li" or list_element is None:
            return True
        if list_element not in self._link_lists:
            self._link_lists[list_element] = self._is_link_list(list_element)
        return self._link_lists[list_element]

    def _is_link_list(self, list_element: Element) -> bool:
        """Whether most items of a list are links as long as headlines."""
        items = [self._blocks[i] for i, path in enumerate(self._paths) if list_element in path[-3:]]
        linked = sum(item.link_share > ALL_LINK_SHARE for item in items)
        words = sum(len(item.text.split()) - 1 for item in items)
        return linked * 2 > len(items) and words >= HEADLINE_WORDS * len(items)

    def _inside(self, indices: list[int]) -> list[int]:
        """Return the blocks without those that follow below the element that holds the article."""
        if self._container is None:
            return indices
        inside = [index for index in indices if self._container in self._paths[index]]
        if sum(self._prose[index] for index in inside) < 2:  # noqa: PLR2004 - one may be a teaser
            return indices
        return [index for index in indices if index <= inside[-1]]

    def _headings_of(self, dropped: set[int]) -> set[int]:
        """Return the headings that stand right above what was dropped."""
        return {
            index - 1 for index in dropped
            if index and self._blocks[index - 1].element.tag in _HEADINGS
            and not self._captions.is_one(self._blocks[index])
            and self._keys[index] not in self._frame
        }  # fmt: skip

    def _without_biography(self, indices: list[int]) -> list[int]:
        """Return the blocks without last ones that tell who the author is."""
        names = {*self._authors, _key(_AUTHOR_LINE.sub("", self.byline or "", count=1))} - {""}
        while indices:
            key = self._keys[indices[-1]]
            is_about = any(key.startswith(f"{name}{word}") for name in names for word in _IS_ONE)
            if not is_about or len(key) > LEAD_CHARACTERS:
                break
            indices = indices[:-1]
        return indices

    def _without_signature(self, indices: list[int]) -> list[int]:
        """Return the blocks without the name of who signs below the text."""
        author, signed = take_signature([self._blocks[index] for index in indices])
        self.byline = self.byline or author
        return indices[: len(signed)]

    def _read_frame(self, kept: list[int]) -> None:
        """Note who wrote the article and when, where a line above the text says so."""
        if not kept:
            return
        first = kept[0]
        start = next((i for i in range(first) if self._keys[i] == self._title), first)
        for index in range(max(0, start - FRAME_BLOCKS), first):
            text = self._blocks[index].text
            if (
                self.lead is None and index > start and self._is_called_lead(index)
                and len(self._keys[index]) >= LEAD_LEAST_CHARACTERS
                and self._blocks[index].link_share < PROSE_LINK_SHARE
                and not _is_head_label(self._blocks[index])
                and not self._captions.is_one(self._blocks[index])
            ):  # fmt: skip
                self.lead = text
            if len(text.split()) > LABEL_WORDS:
                continue
            if self.byline is None and index > start and _AUTHOR_LINE.match(text):
                self.byline = text
            if self.time_text is None and _is_date(text):
                self.time_text = text

    def _is_called_lead(self, index: int) -> bool:
        """Whether a block is what the page says of itself, or stands in a box called lead."""
        return self._keys[index] == self._description or any(
            e.tag == "header" or _LEAD_NAME.search(e.get("class") or "")
            for e in self._paths[index][-3:]
        )

    def _trimmed(self, indices: list[int]) -> list[int]:
        """Return the blocks without what frames the article: bylines above, labels below."""
        seen = 0
        for position, index in enumerate(indices):
            text = self._blocks[index].text
            if seen >= ENOUGH_CHARACTERS and is_tail_heading(text.removeprefix("- ")):
                indices = indices[:position]
                break
            seen += len(text)
        first, last = 0, len(indices)
        while first < last and _is_head_label(self._blocks[indices[first]]):
            first += 1
        while last > first and _is_tail_label(self._blocks[indices[last - 1]]):
            last -= 1
        return indices[first:last]

    def _without_lead(self, indices: list[int]) -> list[int]:
        """Return the blocks without the lead, which is kept apart.

        A lead stands between the title and the text, outside of what holds the paragraphs, and is
        called one, belongs to the page's head, or is what the page says of itself. A first
        paragraph that is merely bold or larger is text.
        """
        if self._size(set(indices[1:])) < 2 * PROSE_CHARACTERS:
            return indices  # what remains must be a text
        first = indices[0]
        element = self._blocks[first].element
        holds_most = _innermost(
            ((self._paths[i], len(self._keys[i])) for i in indices[1:]), share=CONTAINER_SHARE
        )
        if len(self._keys[first]) > LEAD_CHARACTERS:
            return indices
        is_heading = element.tag in ("h2", "h3")
        if holds_most is None or holds_most in self._paths[first]:
            is_lead = is_heading and self._prose[first]
        else:
            is_lead = is_heading or self._is_called_lead(first)
        if not is_lead:
            return indices
        self.lead = self._blocks[first].text
        return indices[1:]

    def captions_near(self) -> tuple[str, ...]:
        """Return the captions of the article's pictures."""
        if not self._chosen or not self._has_captions:
            return ()
        outer = self._container.getparent() if self._container is not None else None
        is_page = outer is None or outer.tag == "body"
        first, last = self._chosen[0], self._chosen[-1]
        found = [
            clean_line(block.text) for index, block in enumerate(self._blocks)
            if index < last + 3 and self._captions.is_one(block)
            and (first <= index or (not is_page and outer in self._paths[index]))
        ]  # fmt: skip
        return tuple(dict.fromkeys(found))

    def matching(self, stated: str) -> list[str]:
        """Return the blocks whose text a stated body holds, in the page's order, each once."""
        key = _key(stated)
        texts: dict[str, str] = {}
        for block, own in zip(self._blocks, self._keys, strict=True):
            if len(own) > 1 and own in key and not self._captions.is_one(block):
                texts.setdefault(own, block.text)
        return list(texts.values())


def _path_of(element: Element) -> tuple[Element, ...]:
    """Return the elements that hold an element, from the outermost on, and itself."""
    path = [element, *element.iterancestors()]
    path.reverse()
    return tuple(path)


def _innermost(sized: Iterable[tuple[tuple[Element, ...], int]], *, share: float) -> Element | None:
    """Return the innermost element that holds this share of the text of these paths."""
    sizes: dict[Element, int] = {}
    depths: dict[Element, int] = {}
    total = 0
    for path, size in sized:
        total += size
        for depth, element in enumerate(path):
            sizes[element] = sizes.get(element, 0) + size
            depths[element] = depth
    holding = [element for element, size in sizes.items() if size >= share * total]
    return max(holding, key=depths.__getitem__, default=None)


def _is_promo(block: Block) -> bool:
    """Whether a block asks its reader to do something."""
    if len(block.text) >= PROMO_CHARACTERS:
        return False
    folded = fold(block.text)
    return _PROMO.match(folded) is not None or _ASKS.search(folded) is not None


def _is_head_label(block: Block) -> bool:
    """Whether a line above an article is a byline, a date or a note of rights."""
    text = block.text
    if block.link_share > GAP_LINK_SHARE and block.element.tag not in _LINKED_TEXT:
        return True
    if len(text.split()) > LABEL_WORDS or len(text) > PROSE_CHARACTERS * 2:
        return False
    folded = fold(text)
    if _BYLINE.match(folded) or _RIGHTS.match(folded):
        return _STOP.search(text) is None  # "Theo luật, …" may begin a text
    return _is_date(text)


def _is_date(text: str) -> bool:
    """Whether a line is a date, with its weekday, zone and the word for "published" at most."""
    if not re.search(r"\d", text) or len(re.findall(r"[^\W\d_]{2,}", text)) > DATE_WORDS:
        return False
    return parse_time(text) is not None


def _is_tail_label(block: Block) -> bool:
    """Whether a line below an article is a heading of nothing, labels or a note of rights."""
    text = block.text
    if len(text) < 2 * PROSE_CHARACTERS and _RIGHTS.match(fold(text.removeprefix("- "))):
        return True
    is_heading = block.element.tag in _HEADINGS
    return is_heading or (block.link_share > GAP_LINK_SHARE and len(text) < PROSE_CHARACTERS)


def _agree(paragraphs: list[str], page: _Page, stated: str, *, is_shown: bool) -> list[str]:
    """Return the text that a page states for machines where it tells more than what was found."""
    key = _key(stated)
    if is_shown and sum(len(_key(text)) for text in paragraphs) >= RESCUE_SHARE * len(key):
        return paragraphs
    shown = page.matching(stated)
    if sum(len(_key(text)) for text in shown) >= STATED_SHARE * len(key):
        return shown
    return [line for line in stated.split("\n") if line.strip()]


def _paragraphs(lines: Sequence[str]) -> list[str]:
    """Return lines as paragraphs; the rows of a table stay together, as `blocks_of` gives them."""
    paragraphs: list[str] = []
    is_in_table = False
    for line in lines:
        stripped = line.strip()
        is_row = stripped.startswith("| ") and stripped.endswith("|")
        if not stripped or set(stripped) <= set("|- "):
            is_in_table = is_in_table and bool(stripped)
            continue
        if not is_row:
            paragraphs.append(clean_paragraph(stripped))
        else:
            row = " | ".join(clean_line(cell) for cell in stripped.strip("|").split(" | "))
            if is_in_table:
                paragraphs[-1] += f"\n{row.strip()}"
            else:
                paragraphs.append(row.strip())
        is_in_table = is_row
    return [paragraph for paragraph in paragraphs if paragraph]
