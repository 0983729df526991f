"""What the article page compares: two revisions of an article, an article with its copies.

In: documents. Out: what the templates show. Which figure became which is told by the contracts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.contracts.documents import ArticleDocument, RevisionDocument, RevisionEntry
from services.contracts.figure_changes import FigureChange, compare_figures
from services.search.domain.differences import Stretch, compare_texts, count_changed

Text = ArticleDocument | RevisionDocument


@dataclass(frozen=True, kw_only=True)
class TextPart:
    """A part of the article, "title", "lead" or "body", with what changed in it."""

    name: str
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two revisions beside each other."""

    older: int
    newer: int
    parts: tuple[TextPart, ...]
    figures: tuple[FigureChange, ...]

    @property
    def is_same(self) -> bool:
        """Whether neither the text nor a figure changed."""
        return not self.figures and not self.parts


@dataclass(frozen=True, kw_only=True)
class CopyView:
    """A copy of the article, and the figures that it tells otherwise."""

    article: ArticleDocument
    figures: tuple[FigureChange, ...]


_MEANINGS = ("counted", "indicator", "period")
"""What a figure says beside its number, in words that a reader knows from the table."""
_MEASURES = frozenset(
    {
        *("value", "value_max", "numerator", "denominator", "from_value", "magnitude"),
        *("unit", "comparator", "change"),
    }
)


def list_shown(changes: Iterable[FigureChange]) -> tuple[FigureChange, ...]:
    """Return the changes that a reader can see: of the number, or of what it says."""
    shown = _MEASURES | set(_MEANINGS)
    return tuple(c for c in changes if c.kind != "changed" or shown & set(c.differences))


def list_meanings(change: FigureChange) -> tuple[str, ...]:
    """Return what else changed, when the number did not."""
    if _MEASURES & set(change.differences):
        return ()
    return tuple(name for name in _MEANINGS if name in change.differences)


def list_texts(entries: Sequence[RevisionEntry]) -> list[RevisionEntry]:
    """Return the revisions that hold a text, the newest first: a withdrawal holds none."""
    texts = [entry for entry in entries if entry.status == "published"]
    return sorted(texts, key=lambda entry: entry.revision, reverse=True)


def compare_revisions(older: Text, newer: Text) -> Comparison:
    """Return what changed from one revision to another; unchanged parts are left out."""
    compared = [
        TextPart(name=name, stretches=compare_texts(getattr(older, name), getattr(newer, name)))
        for name in ("title", "lead", "body")
    ]
    return Comparison(
        older=older.revision,
        newer=newer.revision,
        parts=tuple(part for part in compared if count_changed(part.stretches)),
        figures=list_shown(compare_figures(older.figures, newer.figures)),
    )


def compare_copies(article: Text, copies: Sequence[ArticleDocument]) -> tuple[CopyView, ...]:
    """Return the copies of an article with the figures that differ from its own."""
    return tuple(
        CopyView(article=copy, figures=list_shown(compare_figures(article.figures, copy.figures)))
        for copy in copies
    )
