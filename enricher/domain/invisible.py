"""Reads through characters that nobody sees: soft hyphens, zero-width joiners, marks of direction.

In: a text as it came. Out: the text without them, and the way back: each place of the read text as
a place of the text as it came. Pages hold such characters inside words ("công\u00adnhân"), where
they would cut the words in two.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from services.contracts.entities import Entity
from services.contracts.figures import Figure, TextField
from services.contracts.stories import Passage

_INVISIBLE: Final = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200c-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff]+"
)
"""Not the zero-width space: it stands between words, and is read as a space."""


@dataclass(frozen=True, slots=True)
class VisibleText:
    """A text without what nobody sees; `places[i]` is where its character i stood in `source`."""

    source: str
    text: str
    places: tuple[int, ...]

    def restore(self, start: int, end: int) -> tuple[int, int]:
        """Return a half-open range of the source for one of the text that is not empty."""
        return self.places[start], self.places[end - 1] + 1


def hide_invisible(text: str) -> VisibleText | None:
    r"""Return the text without invisible characters; None when it has none.

    Example:
        >>> hide_invisible("công\u00adnhân").text
        'côngnhân'
        >>> hide_invisible("công nhân") is None
        True
    """
    if _INVISIBLE.search(text) is None:
        return None
    parts: list[str] = []
    places: list[int] = []
    kept_from = 0
    for match in _INVISIBLE.finditer(text):
        parts.append(text[kept_from : match.start()])
        places.extend(range(kept_from, match.start()))
        kept_from = match.end()
    parts.append(text[kept_from:])
    places.extend(range(kept_from, len(text)))
    return VisibleText(text, "".join(parts), tuple(places))


Visible = Mapping[TextField, VisibleText]


def restore_figures(figures: Iterable[Figure], visible: Visible) -> list[Figure]:
    """Return the figures with the places and surfaces of the text as it came."""
    before = list(figures)
    after = [
        figure.model_copy(update=_find_source(figure, visible[figure.field]))
        if figure.field in visible
        else figure
        for figure in before
    ]
    ids = {old.id: new.id for old, new in zip(before, after, strict=True)}
    return [
        figure.model_copy(
            update={
                "part_of": ids.get(figure.part_of or "", figure.part_of),
                "same_as": ids.get(figure.same_as or "", figure.same_as),
            }
        )
        for figure in after
    ]


def restore_entities(entities: Iterable[Entity], visible: Visible) -> list[Entity]:
    """Return the entities with the places and surfaces of the text as it came."""
    return [
        entity.model_copy(update=_find_source(entity, visible[entity.field]))
        if entity.field in visible
        else entity
        for entity in entities
    ]


def restore_passages(passages: Iterable[Passage], visible: Visible) -> list[Passage]:
    """Return the passages with the places of the text as it came."""
    restored = []
    for passage in passages:
        if passage.field in visible:
            start, end = visible[passage.field].restore(passage.start, passage.end)
            restored.append(passage.model_copy(update={"start": start, "end": end}))
        else:
            restored.append(passage)
    return restored


def _find_source(found: Figure | Entity, visible: VisibleText) -> dict[str, object]:
    start, end = visible.restore(found.start, found.end)
    return {"start": start, "end": end, "surface": visible.source[start:end]}
