"""Main text of a page of no known structure, by trafilatura.

In: the tree of a page. Out: its paragraphs, its captions apart.
"""

import logging
from dataclasses import dataclass

from trafilatura import bare_extraction
from trafilatura.settings import Extractor

from crawler.domain.html import Element, text_of
from crawler.domain.text import clean_line, clean_paragraph

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)


@dataclass(frozen=True)
class MainText:
    """The text that a page is about."""

    paragraphs: tuple[str, ...]
    captions: tuple[str, ...]


def extract_main_text(root: Element) -> MainText:
    """Return the main text of a page; empty where it has none.

    trafilatura finds the text; what it renders line by line becomes paragraphs, and the rows of a
    table stay together, as `domain.html.blocks_of` gives them.
    """
    captions = tuple(
        dict.fromkeys(
            caption for element in root.iter("figcaption") if (caption := text_of(element))
        )
    )
    options = Extractor(output_format="python", comments=False, tables=True)
    try:
        document = bare_extraction(root, options=options)
    except Exception:  # noqa: BLE001 - a library over arbitrary pages: whatever fails means "no text"
        document = None
    text = getattr(document, "text", None) or ""
    return MainText(paragraphs=tuple(_paragraphs(text)), captions=captions)


def _paragraphs(text: str) -> list[str]:
    paragraphs: list[str] = []
    is_in_table = False
    for line in text.split("\n"):
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
