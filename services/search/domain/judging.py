"""What readers say of figures, and which figure it is about after the article was read anew.

In: judgements as stored, the figures of an article as they are now. Out: the judgements of each
figure, and those whose figure is gone.

A judgement is about a claim, not about a place in a text: offsets move when a paragraph is added,
and a better extraction cuts figures and sentences differently. So a judgement keeps the words it
was made on, and is attached to the figure with the same words, see `_TIERS`. What fits nowhere is
an orphan, shown as such and never dropped.
"""

import hashlib
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from pydantic import Field

from services.contracts.figures import Figure
from services.contracts.models import Contract, Number, UtcTime

NOTE_LIMIT_CHARACTERS: Final = 2_000
NAME_LIMIT_CHARACTERS: Final = 300


class Verdict(StrEnum):
    """What a reader says of a figure."""

    CONFIRMED = "confirmed"
    CORRECTED = "corrected"
    REJECTED = "rejected"


class Correction(Contract):
    """What a figure should say; None leaves as it is what was extracted."""

    value: Number | None = None
    value_max: Number | None = None
    unit: str | None = Field(default=None, max_length=NAME_LIMIT_CHARACTERS)
    counted: str | None = Field(default=None, max_length=NAME_LIMIT_CHARACTERS)
    indicator: str | None = Field(default=None, max_length=NAME_LIMIT_CHARACTERS)
    organisation: str | None = Field(default=None, max_length=NAME_LIMIT_CHARACTERS)
    place: str | None = Field(default=None, max_length=NAME_LIMIT_CHARACTERS)
    period: str | None = Field(default=None, max_length=NAME_LIMIT_CHARACTERS)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is corrected."""
        return not self.model_dump(exclude_none=True)


class JudgedFigure(Contract):
    """The figure that was judged, as it was then.

    `occurrence` counts, from 0, the figures of the article with the same surface and sentence, of
    which there were `occurrences`.
    """

    figure: Figure
    occurrence: int = 0
    occurrences: int = 1

    @property
    def sentence_hash(self) -> str:
        """SHA-256 of the sentence, white space folded."""
        return hashlib.sha256(fold_text(self.figure.sentence).encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """Who said what of which figure, when and why; `ended_at` when it was taken back."""

    judgement_id: int
    article_id: str
    judged: JudgedFigure
    verdict: Verdict
    correction: Correction = field(default_factory=Correction)
    note: str = ""
    user_id: int | None = None
    user_name: str = ""
    judged_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Attached:
    """The judgements of an article: by the id of the figure, and those without one."""

    by_figure: Mapping[str, tuple[Judgement, ...]]
    orphans: tuple[Judgement, ...]


def fold_text(text: str | None) -> str:
    r"""Return text in one way to write it: NFC, white space folded.

    Example:
        >>> fold_text("tặng \n 5 suất")
        'tặng 5 suất'
    """
    return " ".join(unicodedata.normalize("NFC", text or "").split())


def note_figure(figure: Figure, figures: Sequence[Figure]) -> JudgedFigure:
    """Return a figure of an article as it is noted when it is judged."""
    alike = sorted(
        (other for other in figures if _has_same_words(figure, other)), key=lambda f: f.start
    )
    place = next((n for n, other in enumerate(alike) if other.id == figure.id), 0)
    return JudgedFigure(figure=figure, occurrence=place, occurrences=max(1, len(alike)))


def _sentence(figure: Figure) -> str:
    return fold_text(figure.sentence)


def _has_same_words(judged: Figure, other: Figure) -> bool:
    return (
        judged.field == other.field
        and fold_text(judged.surface) == fold_text(other.surface)
        and _sentence(judged) == _sentence(other)
    )


def _has_moved(judged: Figure, other: Figure) -> bool:
    """The same words in another part of the article: a lead that was read as body before."""
    return (
        bool(judged.sentence)
        and fold_text(judged.surface) == fold_text(other.surface)
        and _sentence(judged) == _sentence(other)
    )


def _is_cut_differently(judged: Figure, other: Figure) -> bool:
    """The same number in the same sentence, with more or fewer of the words around it."""
    one, two = fold_text(judged.surface), fold_text(other.surface)
    return (
        bool(judged.sentence)
        and _sentence(judged) == _sentence(other)
        and (one in two or two in one)
        and (judged.value, judged.unit) == (other.value, other.unit)
    )


def _has_longer_or_shorter_sentence(judged: Figure, other: Figure) -> bool:
    """The same surface where sentences are told apart differently."""
    one, two = _sentence(judged), _sentence(other)
    return (
        bool(one and two)
        and fold_text(judged.surface) == fold_text(other.surface)
        and (one in two or two in one)
    )


_TIERS: Final[tuple[Callable[[Figure, Figure], bool], ...]] = (
    _has_same_words,
    _has_moved,
    _is_cut_differently,
    _has_longer_or_shorter_sentence,
)
"""Ways in which a figure can be the one that was judged, the surest first."""


def attach(judgements: Iterable[Judgement], figures: Sequence[Figure]) -> Attached:
    """Return which judgements are about which of an article's figures.

    Those that were taken back are left out.

    Example:
        >>> from datetime import UTC
        >>> figure = Figure(field="body", start=4, end=6, surface="31", kind="count", sentence="S")
        >>> judgement = Judgement(judgement_id=1, article_id="a", verdict=Verdict.CONFIRMED,
        ...     judged=note_figure(figure, [figure]), judged_at=datetime(2026, 1, 2, tzinfo=UTC))
        >>> moved = figure.model_copy(update={"start": 90, "end": 92})
        >>> list(attach([judgement], [moved]).by_figure)
        ['body:90-92']
    """
    by_figure: dict[str, list[Judgement]] = defaultdict(list)
    orphans: list[Judgement] = []
    for judgement in judgements:
        if judgement.ended_at is not None:
            continue
        found = find_figure(judgement.judged, figures)
        (orphans if found is None else by_figure[found.id]).append(judgement)
    return Attached(
        by_figure={key: _sort(held) for key, held in by_figure.items()}, orphans=_sort(orphans)
    )


def find_figure(judged: JudgedFigure, figures: Sequence[Figure]) -> Figure | None:
    """Return the figure that was judged, among those an article has now.

    Of several with the same words it is the one in the same place among them; when there are more
    or fewer than there were, the nearest.
    """
    for is_same in _TIERS:
        alike = [figure for figure in figures if is_same(judged.figure, figure)]
        alike.sort(key=lambda figure: (figure.field, figure.start))
        if len(alike) == judged.occurrences:
            return alike[judged.occurrence]
        if alike:
            return min(alike, key=lambda figure: abs(figure.start - judged.figure.start))
    return None


def _sort(judgements: Iterable[Judgement]) -> tuple[Judgement, ...]:
    return tuple(sorted(judgements, key=lambda each: (each.judged_at, each.judgement_id)))


class ExportedJudgement(Contract):
    """One judgement as it is handed out: a line of the export, an answer of the API.

    `figure` is the figure as it was judged. `figure_id` is its id in the article as the article is
    now; None when the figure is gone, then `state` is "orphaned", or "article_missing".
    """

    judgement_id: int
    article_id: str
    figure_id: str | None
    state: str
    verdict: Verdict
    correction: Correction
    note: str
    user: str
    judged_at: UtcTime
    ended_at: UtcTime | None
    sentence_hash: str
    figure: Figure


def export(judgement: Judgement, *, figure_id: str | None, state: str) -> ExportedJudgement:
    """Return a judgement as it is handed out."""
    return ExportedJudgement(
        judgement_id=judgement.judgement_id,
        article_id=judgement.article_id,
        figure_id=figure_id,
        state=state,
        verdict=judgement.verdict,
        correction=judgement.correction,
        note=judgement.note,
        user=judgement.user_name,
        judged_at=judgement.judged_at,
        ended_at=judgement.ended_at,
        sentence_hash=judgement.judged.sentence_hash,
        figure=judgement.judged.figure,
    )
