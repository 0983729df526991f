"""Elasticsearch as the indexer uses it: read articles by id, write documents in bulk.

In: ids and write actions. Out: stored articles with what compare-and-set needs, and for each
action whether it worked; failures of the server become `Retry`, `Reject` or `Fatal`.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal

import elastic_transport
import orjson
from elasticsearch import ApiError, Elasticsearch, UnsupportedProductError

from indexer.mappings import IndexLayout
from indexer.metrics import IndexerMetrics
from services.chassis.errors import Fatal, Reject, Retry
from services.contracts.documents import ArticleDocument
from services.contracts.models import Contract

_SMALLEST_SHARE_BYTES = 256 * 1024
_BULK_FIELDS = ("errors", "items.*.status", "items.*.error.type", "items.*.error.reason")
_MISSING = "index_not_found_exception"
_NOT_FOUND, _CONFLICT, _TOO_LARGE, _TOO_MANY = 404, 409, 413, 429
_BAD_REQUEST, _UNAUTHENTICATED, _FORBIDDEN, _SERVER_ERROR = 400, 401, 403, 500


@dataclass(frozen=True, kw_only=True)
class StoredArticle:
    """An article as it is stored, and the mark by which a later writing is noticed."""

    article: ArticleDocument
    index: str
    """Where it was read; it is written there and nowhere else, whatever the alias says by then."""
    seq_no: int
    primary_term: int


@dataclass(frozen=True, kw_only=True)
class Action:
    """One line of a bulk request, for one article."""

    article_id: str
    kind: Literal["articles", "figures", "revisions", "heartbeats"]
    header: bytes
    body: bytes | None

    @property
    def size_bytes(self) -> int:
        """What it adds to a request."""
        return len(self.header) + len(self.body or b"") + 2


class Conflict(Exception):  # noqa: N818 - an answer, not a failure
    """The document is newer than what was to be written."""


Answer = Conflict | Reject | Retry | None
"""What became of an action; None when it worked."""


def to_error_kind(error: Exception) -> Reject | Retry | Fatal:
    """Return what a failed request means for the service."""
    if isinstance(error, UnsupportedProductError):
        return Fatal(f"What answers at ELASTICSEARCH_URL is not Elasticsearch: {error}.")
    if isinstance(error, ApiError):
        reason = str(error.body)[:300]
        return _to_kind(error.status_code, error.error, f"{error.error}: {reason}")
    return Retry(f"Elasticsearch (ELASTICSEARCH_URL) does not answer: {str(error)[:300]}")


def _to_kind(status: int, kind: str, reason: str) -> Reject | Retry | Fatal:
    if status == _UNAUTHENTICATED or (status == _FORBIDDEN and kind == "security_exception"):
        return Fatal(f"Elasticsearch refuses us: {reason}; check the ELASTICSEARCH_ settings.")
    if status == _TOO_LARGE:
        return Reject("too_large", f"Elasticsearch finds the document too large: {reason}")
    if status == _BAD_REQUEST:
        return Reject("refused_by_elasticsearch", f"Elasticsearch refuses the document: {reason}")
    # 403 with a block (disk full, read-only), 404 without index, 429, 5xx: the world, not us.
    return Retry(f"Elasticsearch cannot take it now: {status} {reason}")


class Store:
    """Reads articles and writes documents."""

    def __init__(
        self,
        client: Elasticsearch,
        layout: IndexLayout,
        metrics: IndexerMetrics,
        *,
        request_size_bytes: int = 5 * 1024 * 1024,
        parallel_requests: int = 2,
        on_answer: Callable[[], None] = lambda: None,
        on_missing: Callable[[], None] = lambda: None,
    ) -> None:
        """Wire a store.

        From any thread `on_answer` hears of each request that worked, and `on_missing` of one that
        found no index: somebody has wiped Elasticsearch.
        """
        self._client = client
        self._layout = layout
        self._metrics = metrics
        self._request_size_bytes = request_size_bytes
        self._parallel_requests = parallel_requests
        self._on_answer = on_answer
        self._on_missing = on_missing
        # One request keeps one core of the server busy with one shard's analysis.
        self._senders = ThreadPoolExecutor(parallel_requests, thread_name_prefix="bulk")

    def close(self) -> None:
        """End the threads that send requests."""
        self._senders.shutdown(wait=False, cancel_futures=True)

    def is_ready(self) -> bool:
        """Return whether Elasticsearch answers and the indices are there."""
        client = self._client.options(request_timeout=2.0)
        return bool(client.indices.exists_alias(name=self._layout.articles))

    def get_articles(self, article_ids: Iterable[str]) -> dict[str, StoredArticle]:
        """Return the stored articles among these ids, as they are now (no refresh needed).

        Raises:
            Retry, Fatal: Elasticsearch cannot answer now, or will not.
        """
        ids = list(article_ids)
        if not ids:
            return {}
        found = self._ask(
            lambda: self._client.mget(index=self._layout.articles, ids=ids, realtime=True)
        )
        stored = {}
        for answer in found["docs"]:
            if "error" in answer:
                if answer["error"]["type"] == _MISSING:
                    self._on_missing()
                raise Retry(f"Elasticsearch cannot read articles now: {answer['error']['reason']}")
            if answer["found"]:
                stored[answer["_id"]] = StoredArticle(
                    article=ArticleDocument.model_validate(answer["_source"]),
                    index=answer["_index"],
                    seq_no=answer["_seq_no"],
                    primary_term=answer["_primary_term"],
                )
        return stored

    def put_article(self, article: ArticleDocument, *, over: StoredArticle | None) -> Action:
        """Return the action that writes an article if it is still what was read."""
        article_id = article.article_id
        header = (
            {"create": {"_index": self._layout.articles, "_id": article_id}}
            if over is None
            else {
                "index": {
                    "_index": over.index,
                    "require_alias": False,
                    "_id": article_id,
                    "if_seq_no": over.seq_no,
                    "if_primary_term": over.primary_term,
                }
            }
        )
        return Action(
            article_id=article_id,
            kind="articles",
            header=orjson.dumps(header),
            body=article.encode(),
        )

    def put(
        self,
        kind: Literal["figures", "revisions", "heartbeats"],
        document_id: str,
        document: Contract,
        *,
        article_id: str,
        order: int | None = None,
    ) -> Action:
        """Return the action that writes a document, unless a later `order` has written it."""
        return Action(
            article_id=article_id,
            kind=kind,
            header=orjson.dumps({"index": self._name(kind, document_id, order)}),
            body=document.encode(),
        )

    def relabel(self, document_id: str, fields: dict[str, object], *, article_id: str) -> Action:
        """Return the action that changes some fields of a revision, if that document exists."""
        return Action(
            article_id=article_id,
            kind="revisions",
            header=orjson.dumps({"update": self._name("revisions", document_id, None)}),
            body=orjson.dumps({"doc": fields}),
        )

    def delete(
        self,
        kind: Literal["figures", "revisions"],
        document_id: str,
        *,
        article_id: str,
        order: int | None = None,
    ) -> Action:
        """Return the action that deletes a document, unless a later `order` has written it."""
        return Action(
            article_id=article_id,
            kind=kind,
            header=orjson.dumps({"delete": self._name(kind, document_id, order)}),
            body=None,
        )

    def _name(
        self,
        kind: Literal["figures", "revisions", "heartbeats"],
        document_id: str,
        order: int | None,
    ) -> dict[str, Any]:
        index = {
            "figures": self._layout.figures,
            "revisions": self._layout.revisions,
            "heartbeats": self._layout.heartbeats,
        }[kind]
        version = {} if order is None else {"version": order, "version_type": "external_gte"}
        return {"_index": index, "_id": document_id, **version}

    def write(self, actions: Sequence[Action]) -> list[Answer]:
        """Run actions, some requests at a time; return an answer for each.

        The actions of one call may run in any order. A request that is refused as a whole is
        halved until the guilty document stands alone.

        Raises:
            Fatal: Elasticsearch refuses us.
        """
        parts = self._cut(actions)
        if len(parts) <= 1:
            return [answer for part in parts for answer in self._write_part(part)]
        return [answer for part in self._senders.map(self._write_part, parts) for answer in part]

    def _cut(self, actions: Sequence[Action]) -> list[list[Action]]:
        """Cut actions into requests: none too large, and enough to be sent side by side."""
        total_bytes = sum(action.size_bytes for action in actions)
        share_bytes = max(_SMALLEST_SHARE_BYTES, total_bytes // self._parallel_requests + 1)
        limit_bytes = min(self._request_size_bytes, share_bytes)
        parts: list[list[Action]] = []
        size_bytes = 0
        for action in actions:
            if not parts or size_bytes + action.size_bytes > limit_bytes:
                parts.append([])
                size_bytes = 0
            parts[-1].append(action)
            size_bytes += action.size_bytes
        return parts

    def _write_part(self, actions: Sequence[Action]) -> list[Answer]:
        lines: list[bytes] = []
        for action in actions:
            lines.append(action.header)
            if action.body is not None:
                lines.append(action.body)
        payload = b"\n".join(lines) + b"\n"
        started_at = time.perf_counter()
        try:
            response = self._ask(
                lambda: self._client.bulk(
                    operations=payload,  # type: ignore[arg-type] # bytes are sent as they are
                    require_alias=True,
                    filter_path=_BULK_FIELDS,
                )
            )
        except Retry as error:
            return [error] * len(actions)
        except Reject as error:
            if len(actions) == 1:
                return [error]
            middle = len(actions) // 2
            return self._write_part(actions[:middle]) + self._write_part(actions[middle:])
        self._metrics.bulk_seconds.observe(time.perf_counter() - started_at)
        self._metrics.bulk_size_bytes.observe(len(payload))
        for action in actions:
            self._metrics.documents.labels(action.kind).inc()
        if not response["errors"]:
            return [None] * len(actions)
        if any(_is_missing(item) for item in response["items"]):
            self._on_missing()
        return [_read_item(next(iter(item.items()))) for item in response["items"]]

    def _ask(self, request: Any) -> Any:  # noqa: ANN401 - the client's answers are untyped
        try:
            answer = request()
        except (ApiError, elastic_transport.TransportError) as error:
            kind = to_error_kind(error)
            is_missing = isinstance(error, ApiError) and error.error == _MISSING
            self._metrics.is_elasticsearch_up.set(is_missing or not isinstance(kind, Retry))
            if is_missing:
                self._on_missing()
            raise kind from error
        self._metrics.is_elasticsearch_up.set(1)
        self._on_answer()
        return answer


def _is_missing(item: dict[str, dict[str, Any]]) -> bool:
    return any(each.get("error", {}).get("type") == _MISSING for each in item.values())


def _read_item(item: tuple[str, dict[str, Any]]) -> Answer:
    name, answer = item
    status = answer["status"]
    # A delete of what is not there answers 404 without an error, an update with this one.
    if answer.get("error", {}).get("type") in (None, "document_missing_exception"):
        return None
    if status == _CONFLICT:
        return Conflict(f"{name}: {answer['error']['reason']}")
    kind = _to_kind(status, answer["error"]["type"], answer["error"]["reason"][:300])
    if isinstance(kind, Fatal):
        raise kind
    return kind
