"""What a saved search looks for, and the news of it.

In: the address of a search at the desk; events of articles. Out: the conditions that an article
must meet; news items, each with the key that says when two are the same.
"""

import hashlib
import urllib.parse
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final, Literal

from services.contracts.articles import Cause, IndexedArticleV1
from services.contracts.models import Contract, UtcTime
from services.search.domain.bodies import list_filters
from services.search.domain.figure_bodies import NameChoices, list_figure_filters
from services.search.domain.figure_request import FIGURE_FILTERS, FiguresRequest, read_figures
from services.search.domain.names import NameChoice, fold_name, write_name
from services.search.domain.query import build_query, parse_query
from services.search.domain.request import PAGE_SIZE, SearchRequest, read_search

Kind = Literal["articles", "figures"]
KINDS: Final[tuple[Kind, ...]] = ("articles", "figures")
QUERY_LIMIT_CHARACTERS: Final = 4_000
FIGURES_LIMIT: Final = 20
"""Matching figures that one item names; it counts the others."""
_PATHS: Final[dict[Kind, str]] = {"articles": "/", "figures": "/figures"}
_OF_A_PAGE: Final = frozenset({"page", "as_of", "size", "sort", "lang", "cursor"})
"""Parameters that say how results are shown, not what is looked for."""


class SavedQueryError(ValueError):
    """An address that cannot be saved; the key of the sentence that says why."""


@dataclass(frozen=True, kw_only=True)
class SavedQuery:
    """What is looked for: articles or figures, and the query string of the desk's page."""

    kind: Kind
    query: str

    def to_url(self) -> str:
        """Return the path that shows it at the desk.

        Example:
            >>> SavedQuery(kind="articles", query="q=l%C6%B0%C6%A1ng").to_url()
            '/?q=l%C6%B0%C6%A1ng'
        """
        return f"{_PATHS[self.kind]}?{self.query}" if self.query else _PATHS[self.kind]


class MatchedFigure(Contract):
    """A figure for which an article was found."""

    figure_id: str
    surface: str
    sentence: str | None = None


class NewsItem(Contract):
    """One article that a saved search is told of, and why; what feeds and messages carry.

    `key` is the same whenever the same news comes again.
    """

    key: str
    cause: Cause
    article_id: str
    revision: int
    outlet: str
    title: str
    url: str | None = None
    published_at: UtcTime | None = None
    fetched_at: UtcTime
    indexed_at: UtcTime
    figures: tuple[MatchedFigure, ...] = ()
    figure_count: int = 0


def read_address(address: str) -> SavedQuery:
    """Read the address of a search or of figures at the desk.

    Only what is looked for is kept: not the page, the order, the language.

    Raises:
        SavedQueryError: it is not one of these pages.
        RequestError, QueryError: a parameter or the words do not fit.

    Example:
        >>> read_address("/?page=2&q=l%C6%B0%C6%A1ng&outlet=Nld")
        SavedQuery(kind='articles', query='q=l%C6%B0%C6%A1ng&outlet=Nld')
    """
    try:
        parts = urllib.parse.urlsplit(address.strip())
        pairs = urllib.parse.parse_qsl(parts.query, max_num_fields=200)
    except ValueError as error:
        raise SavedQueryError("problem_bad_address") from error
    kinds = {path: kind for kind, path in _PATHS.items()}
    path = parts.path.rstrip("/") or "/"
    # the API's address of the same search is as good
    path = {"/api/v1/search": "/", "/api/v1/figures": "/figures"}.get(path, path)
    if path not in kinds or len(parts.query) > QUERY_LIMIT_CHARACTERS:
        raise SavedQueryError("problem_bad_address")
    kept = [pair for pair in pairs if pair[0] not in _OF_A_PAGE]
    saved = SavedQuery(kind=kinds[path], query=urllib.parse.urlencode(kept))
    canonical = _write_canonical(saved)
    build_condition(canonical)
    return canonical


def _write_canonical(saved: SavedQuery) -> SavedQuery:
    """Return the same query in the one way that the desk writes it."""
    if saved.kind == "figures":
        figures = read_figures(_read_pairs(saved), is_strict=False)
        pairs = replace(figures, page=1, sort="newest", size=PAGE_SIZE).to_pairs()
    else:
        articles = read_search(_read_pairs(saved))
        pairs = replace(articles, page=1, sort=None, size=PAGE_SIZE).to_pairs()
    return replace(saved, query=urllib.parse.urlencode(pairs))


def _read_pairs(saved: SavedQuery) -> list[tuple[str, str]]:
    return urllib.parse.parse_qsl(saved.query)


def list_typed_names(saved: SavedQuery) -> tuple[tuple[str, str], ...]:
    """Return the (condition, typed name) that stand for names of the index.

    Example:
        >>> list_typed_names(read_address("/figures?organisation=L%C4%90L%C4%90+Hu%E1%BA%BF"))
        (('organisation', 'LĐLĐ Huế'),)
    """
    if saved.kind != "figures":
        return ()
    chosen = _read_figures(saved).chosen
    return tuple(
        (known.name, typed)
        for known in FIGURE_FILTERS
        if known.kind == "name"
        for typed in chosen.get(known.name, ())
    )


def narrow_choice(choice: NameChoice, names: Collection[str]) -> NameChoice:
    """Return what a typed name stands for among the names of a few articles.

    Where some name of the index is written as typed, only such names are meant; else every name
    that holds the words, also one that the index sees for the first time.
    """
    if not choice.is_exact:
        return replace(choice, names=(), is_open=True)
    wanted = {fold_name(way) for way in (choice.typed, *write_name(choice.typed))}
    same = tuple(name for name in names if name in choice.names or fold_name(name) in wanted)
    return replace(choice, names=same or (choice.typed,))


def build_condition(
    saved: SavedQuery, choices: NameChoices = MappingProxyType({})
) -> Mapping[str, Any]:
    """Return the Elasticsearch query for what is looked for.

    Args:
        saved: what is looked for.
        choices: what its typed names stand for.

    Withdrawn articles count unless the search says otherwise: that a found article was taken down
    is news too.

    Raises:
        RequestError, QueryError: this release does not know such a search.
    """
    if saved.kind == "figures":
        figures = _read_figures(saved)
        status = figures.chosen.get("status") or ("published", "withdrawn")
        figures = replace(figures, chosen={**figures.chosen, "status": status})
        words = parse_query(figures.text).node
        return {"bool": {"filter": list_figure_filters(figures, words, choices)}}
    articles: SearchRequest = read_search(_read_pairs(saved), is_strict=True)
    if not articles.chosen.get("status"):
        articles = articles.with_value("status", "published").with_value("status", "withdrawn")
    query = build_query(parse_query(articles.text).node, is_ranked=False)
    return {"bool": {"filter": [query, *list_filters(articles)]}}


def _read_figures(saved: SavedQuery) -> FiguresRequest:
    """Read figures strictly: a condition that is not known must not be passed over."""
    return read_figures(_read_pairs(saved))


def build_key(saved_search_id: int, event: IndexedArticleV1) -> str:
    """Return the idempotency key of a saved search's news.

    Example:
        >>> from datetime import UTC, datetime
        >>> now = datetime(2026, 1, 2, tzinfo=UTC)
        >>> event = IndexedArticleV1(article_id="a:1", revision=1, generation=0, cause="new",
        ...     is_news=True, status="published", outlet="A", title="T", fetched_at=now,
        ...     indexed_at=now)
        >>> build_key(7, event)
        'f8171796938c8e70c7e2bed7d2a4126d'
    """
    parts = (str(saved_search_id), event.article_id, str(event.revision), event.cause.value)
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]


def build_item(
    saved_search_id: int, event: IndexedArticleV1, figures: tuple[MatchedFigure, ...] = ()
) -> NewsItem:
    """Return the news of an event for a saved search that it fits."""
    return NewsItem(
        key=build_key(saved_search_id, event),
        cause=event.cause,
        article_id=event.article_id,
        revision=event.revision,
        outlet=event.outlet,
        title=event.title,
        url=event.url,
        published_at=event.published_at,
        fetched_at=event.fetched_at,
        indexed_at=event.indexed_at,
        figures=figures[:FIGURES_LIMIT],
        figure_count=len(figures),
    )
