"""What was published, and what the index has to say in the end.

In: a seed and a number. Out: events with corrections, withdrawals, repetitions, wrong order and
bytes that are no events; and the state that follows from them, folded without any server.
"""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from deploy.bench.documents import build_events
from enricher.domain import ENRICHER_GENERATION
from enricher.domain.enrich import enrich
from indexer.domain.documents import build_figures
from indexer.domain.writing import fold
from services.contracts.articles import Cause, RawArticleV1, content_hash
from services.contracts.documents import ArticleDocument

_FOLDED_AT = datetime(2026, 10, 5, tzinfo=UTC)
_CORRECTED_SHARE, _WITHDRAWN_SHARE, _REPEATED_SHARE, _POISON_SHARE = 0.4, 0.1, 0.15, 0.03
_BODY_CHARACTERS = 1_500


@dataclass(frozen=True, kw_only=True)
class Sending:
    """One message: its key and its bytes."""

    key: str
    payload: bytes


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """What is published, in this order, and what must come of it."""

    series: str
    sendings: tuple[Sending, ...]
    expected: Mapping[str, ArticleDocument]
    poison: frozenset[str]
    """Keys of the messages that are no events: each becomes a dead letter."""


@dataclass(frozen=True, kw_only=True)
class Findings:
    """Where the index differs from the ledger, by article_id."""

    missing: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    """Another text, status or history than the ledger says."""
    ghosts: tuple[str, ...] = ()
    """Figures that are not the article's, or that are missing."""
    doubled: tuple[str, ...] = field(default=())
    """Revisions that are stored, but are none of the article."""

    @property
    def is_clean(self) -> bool:
        """Whether all is as it should be."""
        return not (self.missing or self.wrong or self.ghosts or self.doubled)


def build_ledger(*, series: str, articles: int, seed: int) -> Ledger:
    """Return the ledger of a seed: the same one each time.

    Example:
        >>> ledger = build_ledger(series="x", articles=3, seed=1)
        >>> sorted(ledger.expected) == [f"bench:x:{number}" for number in range(3)]
        True
    """
    dice = random.Random(seed)  # noqa: S311 - to be repeated, not secret
    sendings: list[Sending] = []
    expected: dict[str, ArticleDocument] = {}
    for event in build_events(articles, series=series):
        history = _build_history(event, dice)
        expected[event.article_id] = _fold_all(history)
        sendings += [Sending(key=e.article_id, payload=e.encode()) for e in history]
    poison = [
        Sending(key=f"poison:{series}:{number}", payload=dice.randbytes(dice.randrange(200)))
        for number in range(max(1, round(articles * _POISON_SHARE)))
    ]
    repeated = [each for each in sendings if dice.random() < _REPEATED_SHARE]
    everything = sendings + repeated + poison
    dice.shuffle(everything)
    return Ledger(
        series=series,
        sendings=tuple(everything),
        expected=expected,
        poison=frozenset(each.key for each in poison),
    )


def _build_history(event: RawArticleV1, dice: random.Random) -> list[RawArticleV1]:
    short = event.body[:_BODY_CHARACTERS]
    first = _revise(event, 0, event.title, short)
    history = [first]
    if dice.random() < _CORRECTED_SHARE:
        number = dice.randrange(100, 9_000)
        body = f"{short}\n\nCông đoàn đã trao {number} suất quà."
        history.append(_revise(event, 1, event.title, body, cause=Cause.SOURCE))
    if dice.random() < _WITHDRAWN_SHARE:
        history.append(
            _revise(event, 2, "", "", cause=Cause.WITHDRAWN).model_copy(
                update={"content_hash": None}
            )
        )
    return history


def _revise(
    event: RawArticleV1, minutes: int, title: str, body: str, *, cause: Cause = Cause.NEW
) -> RawArticleV1:
    moment = event.fetched_at + timedelta(minutes=minutes)
    return event.model_copy(
        update={
            "revision": int(moment.timestamp() * 1000),
            "fetched_at": moment,
            "cause": cause,
            "title": title,
            "body": body,
            "content_hash": content_hash(title=title, lead="", body=body),
        }
    )


def _fold_all(history: Sequence[RawArticleV1]) -> ArticleDocument:
    article: ArticleDocument | None = None
    for event in history:
        enriched = enrich(event, generation=ENRICHER_GENERATION)
        # the worker adds the parser's generation to its own, as it does here
        article = fold(article, enriched, now=_FOLDED_AT).article
    if article is None:
        raise ValueError("an article without events")
    return article


def compare(
    ledger: Ledger,
    *,
    articles: Mapping[str, ArticleDocument],
    figure_ids: Iterable[str],
    revision_ids: Iterable[str],
) -> Findings:
    """Return where the stored documents of a series differ from its ledger."""
    stored_figures, stored_revisions = set(figure_ids), set(revision_ids)
    wanted_figures = {
        name for article in ledger.expected.values() for name in build_figures(article)
    }
    wanted_revisions = {
        f"{article.article_id}@{entry.revision}"
        for article in ledger.expected.values()
        for entry in article.revisions
    }
    return Findings(
        missing=tuple(sorted(ledger.expected.keys() - articles.keys())),
        wrong=tuple(
            sorted(
                name
                for name, article in articles.items()
                if name not in ledger.expected or _shown(article) != _shown(ledger.expected[name])
            )
        ),
        ghosts=tuple(sorted(stored_figures ^ wanted_figures)),
        doubled=tuple(sorted(stored_revisions ^ wanted_revisions)),
    )


def _shown(article: ArticleDocument) -> tuple[object, ...]:
    lines = tuple((e.revision, e.status, e.content_hash) for e in article.revisions)
    return article.status, article.title, article.body, article.figure_count, lines
