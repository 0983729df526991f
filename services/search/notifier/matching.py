"""Which saved searches find which articles.

In: saved searches and ids of articles that just became searchable. Out: for each search the
articles it finds, figures with them. Elasticsearch is asked with the conditions of the desk's own
pages, so that a saved search finds what its page shows; fifty searches go into one request as
named conditions over the few articles, so that the cost does not grow with the index.
"""

import itertools
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import structlog
from elastic_transport import TransportError
from elasticsearch import ApiError, Elasticsearch

from services.chassis.clock import Clock
from services.chassis.errors import Fatal, Retry
from services.contracts.documents import ARTICLES_ALIAS, FIGURES_ALIAS
from services.search.domain.figure_bodies import build_name_search
from services.search.domain.names import NameChoice, choose_names
from services.search.domain.query import QueryError
from services.search.domain.request import RequestError
from services.search.domain.saved import (
    KINDS,
    Kind,
    MatchedFigure,
    SavedQuery,
    build_condition,
    list_typed_names,
    narrow_choice,
)

SEARCHES_A_REQUEST: Final = 50
_GROUPS_A_REQUEST: Final = 20
_PARALLEL_REQUESTS: Final = 2
_CHOICES_KEPT_SECONDS: Final = 60.0
_NAMES_MS: Final = 10_000
_HITS_LIMIT: Final = 10_000
"""Elasticsearch gives no more hits at once; a batch that finds more figures is halved."""
_ALIASES: Final[dict[Kind, str]] = {"articles": ARTICLES_ALIAS, "figures": FIGURES_ALIAS}
_FIELDS: Final[dict[Kind, list[str]]] = {
    "articles": [],
    "figures": ["article_id", "figure_id", "surface", "sentence"],
}
_REFUSED: Final = 400
_NOT_ALLOWED: Final = (401, 403)

Found = Mapping[SavedQuery, Mapping[str, tuple[MatchedFigure, ...]]]
"""Query → id of each article it finds → the figures for which it does."""
TypedName = tuple[str, str]
"""The condition and what was typed there."""
Answer = TypeVar("Answer")
log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class _Group:
    """Some queries that are asked together."""

    kind: Kind
    conditions: tuple[tuple[SavedQuery, Mapping[str, Any]], ...]

    def build_body(self, article_ids: Sequence[str]) -> dict[str, Any]:
        named = [
            {"bool": {"filter": [condition], "_name": str(number)}}
            for number, (_, condition) in enumerate(self.conditions)
        ]
        return {
            "query": {
                "bool": {
                    "filter": [{"terms": {"article_id": list(article_ids)}}],
                    "should": named,
                    "minimum_should_match": 1,
                }
            },
            "size": _HITS_LIMIT if self.kind == "figures" else len(article_ids),
            "_source": _FIELDS[self.kind] or False,
            "sort": ["_doc"],
            "track_total_hits": True,
        }


class Matcher:
    """Asks Elasticsearch which queries find which articles."""

    def __init__(self, client: Elasticsearch, *, prefix: str, clock: Clock) -> None:
        self._client = client
        self._prefix = prefix
        self._clock = clock
        self._choices: dict[TypedName, NameChoice] = {}
        self._chosen_at_seconds = -_CHOICES_KEPT_SECONDS
        self._conditions: dict[SavedQuery, Mapping[str, Any] | None] = {}
        """What each query comes to; None for one that this release does not know."""
        self.unusable: frozenset[SavedQuery] = frozenset()
        """Queries of the last call that could not be asked."""

    def match(self, queries: Sequence[SavedQuery], article_ids: Sequence[str]) -> Found:
        """Return what each query finds among some articles, once those are searchable.

        Raises:
            Retry: Elasticsearch is down, overloaded, or answers in part only.
            Fatal: it does not let us.
        """
        distinct = dict.fromkeys(queries)
        if not distinct or not article_ids:
            return {}
        self._call(
            lambda: self._client.indices.refresh(
                index=[self._prefix + alias for alias in _ALIASES.values()]
            )
        )
        self._build(distinct, article_ids)
        unknown = {query for query, condition in self._conditions.items() if condition is None}
        found: dict[SavedQuery, dict[str, tuple[MatchedFigure, ...]]] = {}
        refused: set[SavedQuery] = set()
        groups = list(self._group())
        for chunk in _batch(groups, _GROUPS_A_REQUEST):
            bodies = [(group.kind, group.build_body(article_ids)) for group in chunk]
            for group, response in zip(chunk, self._ask(bodies), strict=True):
                self._read(group, response, article_ids, found=found, refused=refused)
        self.unusable = frozenset(unknown | refused)
        return found

    def _build(self, queries: Iterable[SavedQuery], article_ids: Sequence[str]) -> None:
        """Write the conditions anew that are new, or that name names."""
        typed: dict[SavedQuery, tuple[TypedName, ...]] = {}
        conditions: dict[SavedQuery, Mapping[str, Any] | None] = {}
        for query in queries:
            conditions[query] = self._conditions.get(query)
            try:
                typed[query] = list_typed_names(query)
                if conditions[query] is None and not typed[query]:
                    conditions[query] = build_condition(query)
            except (QueryError, RequestError) as error:
                if query not in self._conditions:
                    log.warning("saved_search_unusable", kind=query.kind, error=str(error))
        choices = self._choose({name for names in typed.values() for name in names}, article_ids)
        for query, names in typed.items():
            if names:
                conditions[query] = build_condition(query, choices)
        self._conditions = conditions

    def _choose(
        self, typed: Collection[TypedName], article_ids: Sequence[str]
    ) -> Mapping[TypedName, NameChoice]:
        """Return what typed names stand for among the articles."""
        if not typed:
            return {}
        now_seconds = self._clock.monotonic_seconds()
        if now_seconds - self._chosen_at_seconds > _CHOICES_KEPT_SECONDS:
            self._choices = {}
            self._chosen_at_seconds = now_seconds
        for batch in _batch(iter(sorted(set(typed) - self._choices.keys())), SEARCHES_A_REQUEST):
            bodies = [build_name_search(*name, timeout_milliseconds=_NAMES_MS) for name in batch]
            answers = self._ask([("figures", body) for body in bodies])
            for name, answer in zip(batch, answers, strict=True):
                _check(answer)
                self._choices[name] = choose_names(name[1], _list_names(answer))
        fields = dict.fromkeys(name for name, _ in typed)
        body: dict[str, Any] = {
            "query": {"terms": {"article_id": list(article_ids)}},
            "size": 0,
            "aggs": {f: {"terms": {"field": f, "size": _HITS_LIMIT}} for f in fields},
        }
        (answer,) = self._ask([("figures", body)])
        _check(answer)
        seen = {field: set(_list_names(answer, field)) for field in fields}
        return {name: narrow_choice(self._choices[name], seen[name[0]]) for name in typed}

    def _group(self) -> Iterator[_Group]:
        for kind in KINDS:
            usable = (
                (query, condition)
                for query, condition in self._conditions.items()
                if query.kind == kind and condition is not None
            )
            for batch in _batch(usable, SEARCHES_A_REQUEST):
                yield _Group(kind=kind, conditions=tuple(batch))

    def _ask(self, bodies: Iterable[tuple[Kind, Mapping[str, Any]]]) -> list[Any]:
        lines: list[Mapping[str, Any]] = []
        for kind, body in bodies:
            # an answer without some shards would pass articles over
            index = self._prefix + _ALIASES[kind]
            lines += [{"index": index, "allow_partial_search_results": False}, body]
        answer = self._call(
            lambda: (
                self._client.msearch(
                    searches=lines, max_concurrent_searches=_PARALLEL_REQUESTS
                ).body
            )
        )
        return list(answer["responses"])

    def _read(
        self,
        group: _Group,
        response: Mapping[str, Any],
        article_ids: Sequence[str],
        *,
        found: dict[SavedQuery, dict[str, tuple[MatchedFigure, ...]]],
        refused: set[SavedQuery],
    ) -> None:
        """Read an answer; a part that was refused or too large is asked again in halves."""
        if response.get("status") == _REFUSED:
            if len(group.conditions) == 1:
                (query, _), *_ = group.conditions
                log.error("saved_search_refused", kind=query.kind, error=response["error"]["type"])
                refused.add(query)
                return
            half = len(group.conditions) // 2
            for part in (group.conditions[:half], group.conditions[half:]):
                smaller = _Group(kind=group.kind, conditions=part)
                (answer,) = self._ask([(group.kind, smaller.build_body(article_ids))])
                self._read(smaller, answer, article_ids, found=found, refused=refused)
            return
        _check(response)
        if response["hits"]["total"]["value"] > _HITS_LIMIT and len(article_ids) > 1:
            half = len(article_ids) // 2
            for ids in (article_ids[:half], article_ids[half:]):
                (answer,) = self._ask([(group.kind, group.build_body(ids))])
                self._read(group, answer, ids, found=found, refused=refused)
            return
        self._collect(group, response, found)

    @staticmethod
    def _collect(
        group: _Group,
        response: Mapping[str, Any],
        found: dict[SavedQuery, dict[str, tuple[MatchedFigure, ...]]],
    ) -> None:
        figures: dict[tuple[int, str], list[MatchedFigure]] = defaultdict(list)
        for hit in response["hits"]["hits"]:
            source = hit.get("_source", {})
            article_id = source.get("article_id", hit["_id"])
            for name in hit["matched_queries"]:
                held = figures[int(name), article_id]
                if source:
                    held.append(MatchedFigure.model_validate(source))
        for (number, article_id), held in figures.items():
            query, _ = group.conditions[number]
            found.setdefault(query, {})[article_id] = tuple(held)

    def _call(self, call: Callable[[], Answer]) -> Answer:
        try:
            return call()
        except TransportError as error:
            raise Retry("Elasticsearch cannot be reached.") from error
        except ApiError as error:
            if error.meta.status in _NOT_ALLOWED:
                raise Fatal(
                    "Elasticsearch does not let the notifier read and refresh the desk's indices: "
                    f"{error}; check the ELASTICSEARCH_ settings."
                ) from error
            raise Retry(f"Elasticsearch cannot answer now (status {error.meta.status}).") from error


def _check(response: Mapping[str, Any]) -> None:
    if "error" in response or response["timed_out"] or response["_shards"]["failed"]:
        status = response.get("status")
        raise Retry(f"Elasticsearch did not match all articles (status {status}).")


def _list_names(response: Mapping[str, Any], field: str = "names") -> list[str]:
    return [bucket["key"] for bucket in response["aggregations"][field]["buckets"]]


Item = TypeVar("Item")


def _batch(items: "Sequence[Item] | Iterator[Item]", size: int) -> Iterator[list[Item]]:
    """Cut into lists of a size; `itertools.batched` comes with Python 3.12."""
    iterator = iter(items)
    while batch := list(itertools.islice(iterator, size)):
        yield batch
