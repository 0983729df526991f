"""The desk's reading of Elasticsearch.

In: requests of `domain`. Out: answers and documents. Reads the desk's three aliases and nothing
else; every call has a deadline.
"""

import dataclasses
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn, TypeVar

import structlog
from elastic_transport import ConnectionTimeout, TransportError
from elasticsearch import ApiError, BadRequestError, Elasticsearch, NotFoundError
from pydantic import ValidationError

from services.chassis.clock import Clock, to_epoch_milliseconds
from services.chassis.errors import Reject, Retry
from services.contracts.documents import (
    ARTICLES_ALIAS,
    REVISIONS_ALIAS,
    ArticleDocument,
    RevisionDocument,
)
from services.contracts.entities import Entity
from services.contracts.facets import FACETS, Facet
from services.contracts.figures import Figure
from services.contracts.models import Contract
from services.search.answers import (
    ArticleCopy,
    ArticleHit,
    FacetCounts,
    FacetValue,
    MarkedRun,
    SearchAnswer,
)
from services.search.domain.bodies import (
    build_search,
    choose_interval,
    list_days,
    narrow_to_articles,
    narrow_to_ranks,
)
from services.search.domain.copies import (
    Group,
    build_copies_search,
    fold_copies,
    match_copies,
)
from services.search.domain.cursor import Cursor, fingerprint, read_cursor, write_cursor
from services.search.domain.formatting import format_day, format_month
from services.search.domain.highlights import (
    MARK_CLOSES,
    MARK_OPENS,
    Run,
    choose_snippet,
    tidy_fragments,
)
from services.search.domain.key_figures import choose_key_figures
from services.search.domain.labels import label_value
from services.search.domain.query import QUERY_LIMIT_CHARACTERS, Node, ParsedQuery, parse_query
from services.search.domain.request import DEPTH_LIMIT, SearchRequest
from services.search.domain.spelling import (
    FEW_ARTICLES,
    build_suggest,
    is_worth_asking,
    list_marked,
    mend,
    spell_as_written,
)
from services.search.metrics import SearchMetrics

_NETWORK_GRACE_SECONDS = 2.0
_TOO_MANY_REQUESTS = 429
_RANKS_AHEAD = 60
"""Ranks read beyond twice the page: folded copies leave room for what follows."""
COPIES_SHOWN_LIMIT = 20
_COPY_FIELDS = tuple(set(ArticleDocument.model_fields) - {"lead", "body", "revisions", "entities"})
_SPELLING_ARTICLES = 5
"""Articles that show how a mended word is spelt."""
_SERVER_ERRORS = 500

Answer = TypeVar("Answer")
Model = TypeVar("Model", bound=Contract)
log = structlog.get_logger()


class CursorExpired(Exception):  # noqa: N818 - a fact about the cursor, answered with 410
    """The point in time of a cursor is gone: the reader has to begin again."""


@dataclass(frozen=True, kw_only=True)
class IndexOptions:
    """How the desk reads: names, deadlines, cursors."""

    prefix: str = ""
    timeout_seconds: float = 3.0
    cursor_key: bytes
    cursor_seconds: int = 120
    cursors_limit: int = 100


@dataclass(frozen=True, kw_only=True)
class CursorPage:
    """One page of a list that does not move, and the cursor to the next."""

    response: Mapping[str, Any]
    next_cursor: str | None


class ArticleIndex:
    """Searches articles and figures, and reads one article with its revisions."""

    def __init__(
        self, client: Elasticsearch, *, options: IndexOptions, metrics: SearchMetrics, clock: Clock
    ) -> None:
        timeout = options.timeout_seconds + _NETWORK_GRACE_SECONDS
        self._client = client.options(
            request_timeout=timeout, max_retries=1, retry_on_timeout=False
        )
        self._options = options
        self._metrics = metrics
        self._clock = clock
        self._timeout_milliseconds = round(options.timeout_seconds * 1000)
        self._open_pits: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()

    def is_reachable(self) -> bool:
        """Return whether Elasticsearch answers a search of the articles now."""
        name = self._options.prefix + ARTICLES_ALIAS
        self._client.options(request_timeout=2.0).search(
            index=name, size=0, terminate_after=1, ignore_unavailable=True
        )
        return True

    def search(self, request: SearchRequest, *, has_facets: bool = True) -> SearchAnswer:
        """Return one numbered page of a search.

        Raises:
            QueryError: the words cannot be searched.
            Retry: Elasticsearch is down or overloaded.
            Reject: Elasticsearch refuses the query.
        """
        parsed = parse_query(request.text)
        now = self._clock.now()
        body = build_search(
            request,
            parsed.node,
            now=now,
            has_facets=has_facets,
            timeout_milliseconds=self._timeout_milliseconds,
        )
        response, groups = self._rank(body, request)
        first = (request.page - 1) * request.size
        shown = groups[first : first + request.size]
        hits, copies = self._read_shown(body, shown)
        answer = _read_search(response, hits, request, parsed, copies, now=now)
        is_whole = len(response["hits"]["hits"]) >= answer.total
        counted = {
            "folded_count": sum(len(group.copies) for group in shown),
            "pages_count": max(1, -(-len(groups) // request.size)) if is_whole else None,
            "has_more": len(groups) > first + request.size
            and (request.page + 1) * request.size <= DEPTH_LIMIT,
        }
        return self._offer_spelling(request, parsed, answer.model_copy(update=counted))

    def _rank(
        self, body: Mapping[str, Any], request: SearchRequest
    ) -> tuple[Mapping[str, Any], list[Group]]:
        """Return the answer without articles, and its stories up to the page asked for and on."""
        wanted = request.page * request.size
        for count in (min(DEPTH_LIMIT, 2 * wanted + _RANKS_AHEAD), DEPTH_LIMIT):
            response = self._search(ARTICLES_ALIAS, narrow_to_ranks(dict(body), count=count))
            ranked = response["hits"]["hits"]
            groups = fold_copies((hit["_id"], _read_signature(hit)) for hit in ranked)
            if len(groups) > wanted or len(ranked) < count:
                break
        return response, groups

    def _read_shown(
        self, body: Mapping[str, Any], shown: Sequence[Group]
    ) -> tuple[list[Mapping[str, Any]], dict[str, tuple[ArticleCopy, ...]]]:
        """Return the articles that lead some groups, in their order, and their copies."""
        if not shown:
            return [], {}
        some = narrow_to_articles(dict(body), [group.first for group in shown])
        hits = {hit["_id"]: hit for hit in self._search(ARTICLES_ALIAS, some)["hits"]["hits"]}
        found = [hits[group.first] for group in shown if group.first in hits]
        return found, self._find_copies(found)

    def _find_copies(self, hits: Iterable[Mapping[str, Any]]) -> dict[str, tuple[ArticleCopy, ...]]:
        """Return the copies of each article that has some, by its id."""
        signatures = {hit["_id"]: _read_signature(hit) for hit in hits}
        if not any(signatures.values()):
            return {}
        body = build_copies_search(
            signatures,
            fields=ArticleCopy.model_fields,
            timeout_milliseconds=self._timeout_milliseconds,
        )
        found = self._search(ARTICLES_ALIAS, body)["hits"]["hits"]
        known = {hit["_id"]: hit["_source"] for hit in found}
        matched = match_copies(signatures, ((hit["_id"], _read_signature(hit)) for hit in found))
        return {
            article_id: read_models(ArticleCopy, (known[copy] for copy in copies))
            for article_id, copies in matched.items()
            if copies
        }

    def list_copies(self, article: ArticleDocument) -> tuple[ArticleDocument, ...]:
        """Return the other articles that tell an article's story, the newest first.

        Raises:
            Retry: Elasticsearch is down or overloaded.
        """
        if not article.signature:
            return ()
        signatures = {article.article_id: article.signature}
        body = build_copies_search(
            signatures,
            fields=_COPY_FIELDS,
            timeout_milliseconds=self._timeout_milliseconds,
        )
        found = self._search(ARTICLES_ALIAS, body)["hits"]["hits"]
        matched = match_copies(signatures, ((hit["_id"], _read_signature(hit)) for hit in found))
        wanted = set(matched[article.article_id][:COPIES_SHOWN_LIMIT])
        return tuple(
            read_document(ArticleDocument, {**hit["_source"], "body": "", "lead": ""})
            for hit in found
            if hit["_id"] in wanted
        )

    def count_facets(self, request: SearchRequest) -> tuple[FacetCounts, ...]:
        """Return the facets of a search; raises as `search` does."""
        node = parse_query(request.text).node
        body = build_search(
            request,
            node,
            now=self._clock.now(),
            has_hits=False,
            timeout_milliseconds=self._timeout_milliseconds,
        )
        return _read_facets(self._search(ARTICLES_ALIAS, body), request)

    def page_search(
        self, request: SearchRequest, *, cursor: str | None, has_facets: bool
    ) -> SearchAnswer:
        """Return a page of a search that stays as it is while the index grows.

        `next` of the answer holds the bare cursor. Raises as `search` does, and:

        Raises:
            CursorError: the cursor is not of this search.
            CursorExpired: the cursor's snapshot is gone.
        """
        parsed = parse_query(request.text)
        search = fingerprint("articles", request.to_pairs())
        place = self._read_cursor(cursor, search)
        now = self._clock.now() if place is None else _from_milliseconds(place.began_milliseconds)
        body = build_search(
            request,
            parsed.node,
            now=now,
            has_facets=has_facets,
            timeout_milliseconds=self._timeout_milliseconds,
        )
        page = self._page(ARTICLES_ALIAS, body, place, search=search, now=now)
        hits = page.response["hits"]["hits"]
        copies = self._find_copies(hits)
        answer = _read_search(page.response, hits, request, parsed, copies, now=now)
        answer = answer.model_copy(update={"next": page.next_cursor})
        return answer if place else self._offer_spelling(request, parsed, answer)

    def _offer_spelling(
        self, request: SearchRequest, parsed: ParsedQuery, answer: SearchAnswer
    ) -> SearchAnswer:
        """Add what may have been meant to an answer that found little."""
        suggest = build_suggest(parsed.node)
        if not suggest or answer.total > FEW_ARTICLES or request.page > 1:
            return answer
        try:
            response = self._search(ARTICLES_ALIAS, {"size": 0, "suggest": suggest})
        except Reject:  # an index of an earlier release knows no words
            return answer
        mended = mend(request.text, parsed.node, response.get("suggest", {}))
        if mended is None or len(mended) > QUERY_LIMIT_CHARACTERS:
            return answer
        meant = parse_query(mended)
        body = build_search(
            dataclasses.replace(request.with_text(mended), size=_SPELLING_ARTICLES),
            meant.node,
            now=answer.as_of,
            has_facets=False,
            timeout_milliseconds=self._timeout_milliseconds,
        )
        found = self._search(ARTICLES_ALIAS, body)
        if not is_worth_asking(found=answer.total, mended_found=read_total(found)[0]):
            return answer
        fragments = [
            fragment
            for hit in found["hits"]["hits"]
            for field in hit.get("highlight", {}).values()
            for fragment in field
        ]
        marked = list_marked(fragments, MARK_OPENS, MARK_CLOSES)
        text = spell_as_written(request.text, mended, marked)
        return answer.model_copy(update={"did_you_mean": text})

    @property
    def timeout_milliseconds(self) -> int:
        """Longest time that one search may take in Elasticsearch."""
        return self._timeout_milliseconds

    def search_many(
        self, alias: str, bodies: Sequence[Mapping[str, Any]]
    ) -> list[Mapping[str, Any]]:
        """Return the answers to several searches of one index, made at once.

        Raises:
            Retry: Elasticsearch is down or overloaded.
            Reject: Elasticsearch refuses a query.
        """
        header = {"index": self._options.prefix + alias, "ignore_unavailable": True}
        searches = [part for body in bodies for part in (header, dict(body))]
        answers: list[Mapping[str, Any]] = self._call(
            "search", lambda: self._client.msearch(searches=searches).body
        )["responses"]
        for answer in answers:
            if "error" in answer:
                self._refuse(answer)
        return answers

    def _refuse(self, answer: Mapping[str, Any]) -> NoReturn:
        is_refused = answer["status"] < _SERVER_ERRORS and answer["status"] != _TOO_MANY_REQUESTS
        kind = "refused" if is_refused else "failed"
        self._metrics.elasticsearch_errors.labels("search", kind).inc()
        log.error("query_refused", operation="search", error=answer["error"].get("type"))
        if is_refused:
            raise Reject("query_refused", "Elasticsearch refuses this query.")
        raise Retry("Elasticsearch cannot answer now.")

    def page(
        self, alias: str, body: Mapping[str, Any], *, cursor: str | None, search: str
    ) -> CursorPage:
        """Return a page of a list that stays as it is while the index grows.

        `search` is the fingerprint of the search. Raises as `page_search` does.
        """
        place = self._read_cursor(cursor, search)
        return self._page(alias, dict(body), place, search=search, now=self._clock.now())

    def stream(
        self, alias: str, body: Mapping[str, Any], *, page_size: int = 1_000
    ) -> Iterator[list[Mapping[str, Any]]]:
        """Yield all hits of a search, a page at a time, from one point in time.

        Raises:
            Retry: Elasticsearch is down, overloaded, or has lost the point in time.
            Reject: Elasticsearch refuses the query.
        """
        keep_alive = f"{self._options.cursor_seconds}s"
        try:
            pit_id = self._open_pit(alias, keep_alive)
        except NotFoundError:
            return  # nothing was ever indexed
        asked = {name: value for name, value in body.items() if name not in ("from", "size")}
        asked |= {"size": page_size, "track_total_hits": False}
        try:
            while True:
                asked["pit"] = {"id": pit_id, "keep_alive": keep_alive}
                try:
                    response = self._call("stream", lambda: self._client.search(body=asked).body)
                except NotFoundError as error:
                    raise Retry("Elasticsearch has lost the point in time.") from error
                pit_id = response.get("pit_id", pit_id)
                if response["timed_out"]:
                    raise Retry("Elasticsearch ran out of time in the middle of a file.")
                hits: list[Mapping[str, Any]] = response["hits"]["hits"]
                if hits:
                    yield hits
                if len(hits) < page_size:
                    return
                asked["search_after"] = hits[-1]["sort"]
        finally:
            self._close_pit(pit_id)

    def build_export(self, request: SearchRequest) -> dict[str, Any]:
        """Return the body that lists all articles of a search, none folded under another."""
        body = build_search(
            request,
            parse_query(request.text).node,
            now=self._clock.now(),
            has_facets=False,
            timeout_milliseconds=self._timeout_milliseconds,
        )
        kept = ("query", "post_filter", "sort", "timeout")
        return {name: body[name] for name in kept if name in body}

    def get_article(self, article_id: str) -> ArticleDocument | None:
        """Return an article, or None when there is none of that id.

        Raises:
            Retry: Elasticsearch is down or overloaded.
            Reject: the stored document does not fit this release.
        """
        source = self._get(ARTICLES_ALIAS, article_id)
        return None if source is None else read_document(ArticleDocument, source)

    def get_revision(self, article_id: str, revision: int) -> RevisionDocument | None:
        """Return one revision of an article, or None; raises as `get_article` does."""
        source = self._get(REVISIONS_ALIAS, f"{article_id}@{revision}")
        return None if source is None else read_document(RevisionDocument, source)

    def _get(self, alias: str, document_id: str) -> Mapping[str, Any] | None:
        name = self._options.prefix + alias
        try:
            response = self._call("get", lambda: self._client.get(index=name, id=document_id))
        except NotFoundError:
            return None
        source: Mapping[str, Any] = response["_source"]
        return source

    def _search(self, alias: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        name = self._options.prefix + alias
        return self._call(
            "search",
            lambda: self._client.search(index=name, body=dict(body), ignore_unavailable=True).body,
        )

    def _read_cursor(self, cursor: str | None, search: str) -> Cursor | None:
        if cursor is None:
            return None
        return read_cursor(cursor, key=self._options.cursor_key, search=search)

    def _page(
        self,
        alias: str,
        body: dict[str, Any],
        place: Cursor | None,
        *,
        search: str,
        now: datetime,
    ) -> CursorPage:
        """Search a point in time: a new one for the first page, the cursor's for the others."""
        body = {name: value for name, value in body.items() if name != "from"}
        keep_alive = f"{self._options.cursor_seconds}s"
        if place is None:
            try:
                pit_id = self._open_pit(alias, keep_alive)
            except NotFoundError:
                empty = {"hits": {"hits": [], "total": {"value": 0}}, "timed_out": False}
                return CursorPage(response=empty, next_cursor=None)
        else:
            pit_id = place.pit_id
            body["search_after"] = list(place.after)
        body["pit"] = {"id": pit_id, "keep_alive": keep_alive}
        try:
            response = self._call("search", lambda: self._client.search(body=body).body)
        except NotFoundError as error:
            self._forget_pit(pit_id)
            raise CursorExpired from error
        hits = response["hits"]["hits"]
        renewed = response.get("pit_id", pit_id)
        if len(hits) < body["size"]:
            self._close_pit(pit_id)
            return CursorPage(response=response, next_cursor=None)
        self._keep_pit(pit_id, renewed)
        following = Cursor(
            pit_id=renewed,
            after=tuple(hits[-1]["sort"]),
            search=search,
            began_milliseconds=to_epoch_milliseconds(now),
        )
        return CursorPage(
            response=response,
            next_cursor=write_cursor(following, key=self._options.cursor_key),
        )

    def _open_pit(self, alias: str, keep_alive: str) -> str:
        name = self._options.prefix + alias
        opened = self._call(
            "open_cursor",
            lambda: self._client.open_point_in_time(index=name, keep_alive=keep_alive),
        )
        pit_id: str = opened["id"]
        return pit_id

    def _keep_pit(self, pit_id: str, renewed: str) -> None:
        """Note a point in time as just used, and close the longest unused beyond the limit."""
        with self._lock:
            self._open_pits.pop(pit_id, None)
            self._open_pits[renewed] = None
            surplus = []
            while len(self._open_pits) > self._options.cursors_limit:
                surplus.append(self._open_pits.popitem(last=False)[0])
            self._metrics.open_cursors.set(len(self._open_pits))
        for old in surplus:
            self._close_pit(old)

    def _forget_pit(self, pit_id: str) -> None:
        with self._lock:
            self._open_pits.pop(pit_id, None)
            self._metrics.open_cursors.set(len(self._open_pits))

    def _close_pit(self, pit_id: str) -> None:
        self._forget_pit(pit_id)
        try:
            self._call("close_cursor", lambda: self._client.close_point_in_time(id=pit_id))
        except (NotFoundError, Retry):
            log.info("cursor_not_closed")  # it expires by itself

    def _call(self, operation: str, call: Callable[[], Answer]) -> Answer:
        """Make one call, timed and counted; what fails becomes `Retry` or `Reject`."""
        began_seconds = self._clock.monotonic_seconds()
        try:
            return call()
        except NotFoundError:
            raise
        except BadRequestError as error:
            self._metrics.elasticsearch_errors.labels(operation, "refused").inc()
            log.error("query_refused", operation=operation, error=error.error)  # noqa: TRY400 - its cause is the query, not a place in the code
            raise Reject("query_refused", "Elasticsearch refuses this query.") from error
        except ConnectionTimeout as error:
            self._metrics.elasticsearch_errors.labels(operation, "timeout").inc()
            raise Retry("Elasticsearch did not answer in time.") from error
        except TransportError as error:
            self._metrics.elasticsearch_errors.labels(operation, "unreachable").inc()
            raise Retry("Elasticsearch cannot be reached.") from error
        except ApiError as error:
            status = error.meta.status
            kind = "overloaded" if status == _TOO_MANY_REQUESTS else "failed"
            self._metrics.elasticsearch_errors.labels(operation, kind).inc()
            log.warning("elasticsearch_failed", operation=operation, status=status)
            raise Retry("Elasticsearch cannot answer now.") from error
        finally:
            took_seconds = self._clock.monotonic_seconds() - began_seconds
            self._metrics.elasticsearch_seconds.labels(operation).observe(took_seconds)


def _from_milliseconds(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC)


def read_total(response: Mapping[str, Any]) -> tuple[int, bool]:
    """Return how many were found, and whether that is all."""
    total = response["hits"]["total"]
    return total["value"], total.get("relation", "eq") == "eq"


def read_models(model: type[Model], sources: Iterable[object]) -> tuple[Model, ...]:
    """Read what fits; one that a newer release wrote must not hide the others."""
    read = []
    for source in sources:
        try:
            read.append(model.model_validate(source))
        except ValidationError:
            log.warning("stored_value_skipped", model=model.__name__)
    return tuple(read)


def read_document(model: type[Model], source: Mapping[str, Any]) -> Model:
    """Read an article or a revision; parts that a newer release wrote must not hide the rest.

    Raises:
        Reject: the stored document does not fit this release.
    """
    fitting = dict(source)
    fitting["figures"] = read_models(Figure, source.get("figures") or ())
    fitting["entities"] = read_models(Entity, source.get("entities") or ())
    try:
        return model.model_validate(fitting)
    except ValidationError as error:
        raise Reject("article_unreadable", "The stored article does not fit this release.") from (
            error
        )


def _read_signature(hit: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(hit.get("fields", {}).get("signature", ()))


def _read_search(
    response: Mapping[str, Any],
    found: Iterable[Mapping[str, Any]],
    request: SearchRequest,
    parsed: ParsedQuery,
    copies: Mapping[str, tuple[ArticleCopy, ...]],
    *,
    now: datetime,
) -> SearchAnswer:
    total, is_exact = read_total(response)
    hits = (_read_hit(hit, parsed.node, copies.get(hit["_id"], ())) for hit in found)
    return SearchAnswer(
        total=total,
        is_total_exact=is_exact,
        is_complete=not response["timed_out"],
        articles=tuple(hit for hit in hits if hit is not None),
        facets=_read_facets(response, request),
        notes=parsed.notes,
        as_of=now,
    )


def _read_hit(
    hit: Mapping[str, Any], node: Node | None, copies: tuple[ArticleCopy, ...]
) -> ArticleHit | None:
    source = hit["_source"]
    highlight = hit.get("highlight", {})
    title = highlight.get("title", [source["title"]])
    lead = highlight.get("lead", [])
    body = highlight.get("body", [])
    runs = tidy_fragments([*title, *lead, *body], node)
    title_runs, rest = runs[: len(title)], runs[len(title) :]
    snippet = choose_snippet(rest)
    fields = {name: value for name, value in source.items() if name not in ("figures", "lead")}
    figures = read_models(Figure, source.get("figures") or ())
    try:
        return ArticleHit.model_validate(
            fields
            | {
                "title_runs": [_to_run(run) for runs in title_runs for run in runs],
                "snippet": [[_to_run(run) for run in fragment] for fragment in snippet],
                "key_figures": choose_key_figures(figures),
                "copies": copies,
                "score": hit.get("_score"),
            }
        )
    except ValidationError:
        log.warning("stored_value_skipped", model="ArticleHit")
        return None


def _to_run(run: Run) -> MarkedRun:
    return MarkedRun(text=run.text, is_marked=run.is_marked)


def _read_facets(response: Mapping[str, Any], request: SearchRequest) -> tuple[FacetCounts, ...]:
    counted = response.get("aggregations", {})
    return tuple(
        _read_facet(facet, counted[facet.name], request)
        for facet in FACETS
        if facet.name in counted
    )


def _read_facet(facet: Facet, aggregated: Mapping[str, Any], request: SearchRequest) -> FacetCounts:
    interval = None
    counted = aggregated["values"]
    if facet.kind == "date":
        interval = choose_interval(request.spans.get(facet.name))
        values = [_read_days(bucket, interval, facet, request) for bucket in counted["buckets"]]
    else:
        chosen = request.chosen.get(facet.name, ())
        spellings = _read_spellings(aggregated, chosen)
        counts = {
            spellings.get(bucket["key"], bucket["key"]): bucket["doc_count"]
            for bucket in counted["buckets"]
        }
        counts |= {value: 0 for value in chosen if value not in counts}
        values = [
            FacetValue(
                value=value,
                label_vi=label_value(facet.name, value, "vi"),
                label_en=label_value(facet.name, value, "en"),
                count=count,
                is_chosen=value in chosen,
            )
            for value, count in counts.items()
        ]
    return FacetCounts(
        name=facet.name,
        kind=facet.kind,
        label_vi=facet.label_vi,
        label_en=facet.label_en,
        interval=interval,
        values=tuple(values),
        other_count=counted.get("sum_other_doc_count", 0),
    )


def _read_spellings(aggregated: Mapping[str, Any], chosen: Iterable[str]) -> dict[str, str]:
    """Return names by their lower-case form: as chosen, else as most articles write them."""
    buckets = aggregated.get("spellings", {"buckets": []})["buckets"]
    names = [*reversed([bucket["key"] for bucket in buckets]), *chosen]
    return {name.lower(): name for name in names} if buckets else {}


def _read_days(
    bucket: Mapping[str, Any], interval: str, facet: Facet, request: SearchRequest
) -> FacetValue:
    days = list_days(bucket["key"], interval)
    first = days.first or days.last
    if first is None:  # a bucket has both ends
        raise TypeError(interval)
    label_vi, label_en = (
        format_day(first, language)
        if interval == "day"
        else format_month(first.year, first.month, language)
        for language in ("vi", "en")
    )
    return FacetValue(
        value=first.isoformat() if interval == "day" else f"{first:%Y-%m}",
        label_vi=label_vi,
        label_en=label_en,
        count=bucket["doc_count"],
        is_chosen=request.spans.get(facet.name) == days,
        first=days.first,
        last=days.last,
    )
