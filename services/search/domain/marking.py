"""Marks in a text at exact offsets, in a form that a template can print without thinking.

In: a text and what was found in it, as half-open code-point ranges. Out: paragraphs of segments;
each segment is plain text with the marks that cover it. Nothing here is HTML: the template
escapes each segment.
"""

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from services.contracts.entities import Entity
from services.contracts.figures import Figure, TextField

MarkKind = Literal["figure", "person", "organisation", "place", "document", "event"]


@dataclass(frozen=True, kw_only=True)
class Mark:
    """One marked range: what it is, its id within the article, and the name it stands for."""

    start: int
    end: int
    kind: MarkKind
    id: str
    name: str = ""


@dataclass(frozen=True)
class Segment:
    """A piece of text under the same marks, shortest mark first; `begins` start here."""

    text: str
    marks: tuple[Mark, ...] = ()
    begins: tuple[Mark, ...] = ()

    @property
    def figure(self) -> Mark | None:
        """The narrowest figure over this segment."""
        return next((mark for mark in self.marks if mark.kind == "figure"), None)

    @property
    def entity(self) -> Mark | None:
        """The narrowest named thing over this segment."""
        return next((mark for mark in self.marks if mark.kind != "figure"), None)


def name_anchor(figure_id: str) -> str:
    """Return the HTML id of a figure's mark.

    Example:
        >>> name_anchor("body:4-19")
        'figure-body-4-19'
    """
    return "figure-" + figure_id.replace(":", "-")


def list_marks(
    text: str, field: TextField, figures: Iterable[Figure], entities: Iterable[Entity]
) -> tuple[Mark, ...]:
    """Return the marks of one field; one whose range does not hold its surface is left out.

    Example:
        >>> from services.contracts.figures import FigureKind
        >>> figure = Figure(field="title", start=0, end=2, surface="85", kind=FigureKind.COUNT)
        >>> [mark.id for mark in list_marks("85 xã", "title", [figure, figure], [])]
        ['title:0-2']
    """
    marks: dict[tuple[str, str], Mark] = {}
    for figure in figures:
        if figure.field == field and text[figure.start : figure.end] == figure.surface:
            marks["figure", figure.id] = Mark(
                start=figure.start, end=figure.end, kind="figure", id=figure.id
            )
    for entity in entities:
        if entity.field == field and text[entity.start : entity.end] == entity.surface:
            mark_id = f"{entity.field}:{entity.start}-{entity.end}"
            marks[entity.type.value, mark_id] = Mark(
                start=entity.start,
                end=entity.end,
                kind=entity.type.value,
                id=mark_id,
                name=entity.name,
            )
    return tuple(mark for mark in marks.values() if mark.start < mark.end)


def mark_text(text: str, marks: Sequence[Mark]) -> tuple[Segment, ...]:
    """Cut a text where marks begin and end; overlapping and nested marks share segments.

    The segments' texts joined are the text.

    Example:
        >>> outer = Mark(start=0, end=5, kind="organisation", id="o")
        >>> inner = Mark(start=3, end=8, kind="figure", id="f")
        >>> [(s.text, [m.id for m in s.marks]) for s in mark_text("abcdefghij", [outer, inner])]
        [('abc', ['o']), ('de', ['f', 'o']), ('fgh', ['f']), ('ij', [])]
    """
    inside = [mark for mark in marks if 0 <= mark.start < mark.end <= len(text)]
    cuts = sorted({0, len(text), *(m.start for m in inside), *(m.end for m in inside)})
    starts: dict[int, list[Mark]] = {}
    for mark in inside:
        starts.setdefault(mark.start, []).append(mark)
    segments = []
    open_marks: list[Mark] = []
    for start, end in itertools.pairwise(cuts):
        begins = starts.get(start, [])
        open_marks = [mark for mark in (*open_marks, *begins) if mark.end > start]
        covering = sorted(open_marks, key=lambda m: (m.end - m.start, m.kind != "figure", m.id))
        segments.append(Segment(text[start:end], tuple(covering), tuple(begins)))
    return tuple(segments)


_PARAGRAPH_BREAK = re.compile(r"(\n\s*\n\s*)")


def split_paragraphs(segments: Iterable[Segment]) -> tuple[tuple[Segment, ...], ...]:
    r"""Group segments into paragraphs at blank lines; marks may run over a break.

    Example:
        >>> [[s.text for s in p] for p in split_paragraphs(mark_text("a\n\nb c", ()))]
        [['a'], ['b c']]
    """
    paragraphs: list[list[Segment]] = [[]]
    for segment in segments:
        begins = segment.begins
        for number, piece in enumerate(_PARAGRAPH_BREAK.split(segment.text)):
            if number % 2:
                paragraphs.append([])
            elif piece:
                paragraphs[-1].append(Segment(piece, segment.marks, begins))
                begins = ()
    return tuple(tuple(paragraph) for paragraph in paragraphs if paragraph)
