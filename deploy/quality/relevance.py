"""Relevance of the desk's search: nDCG@10 on judged queries, beside a plain search of the same.

In: the invented articles of the demo, of tests/quality/open and of tests/quality/relevance, and
the judged queries there. Out: nDCG@10 of the desk and of a plain `multi_match` on the standard
analyzer, which folds nothing, in the same run on the same Elasticsearch.

`python -m deploy.quality.relevance` asks the Elasticsearch of ELASTICSEARCH_URL, else one of its
own. A query that finds nothing and is mended, as on the page, is measured by what that finds.
"""

import argparse
import json
import math
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import yaml
from elasticsearch import Elasticsearch
from elasticsearch.helpers import bulk
from prometheus_client import CollectorRegistry

from deploy.demo.stories import load_stories, told_on
from deploy.local.stack import Stack
from enricher.domain.enrich import enrich
from indexer.domain.documents import build_article
from indexer.mappings import IndexLayout, ensure_indices
from services.chassis.clock import SystemClock, to_epoch_milliseconds
from services.contracts.articles import Cause, RawArticleV1, content_hash
from services.contracts.documents import ArticleDocument, RevisionEntry
from services.search.article_index import ArticleIndex, IndexOptions
from services.search.domain.request import SearchRequest
from services.search.metrics import build_metrics

CORPUS: Final = Path(__file__).parents[2] / "tests" / "quality"
DEPTH: Final = 10
PLAIN_FIELDS: Final = ("title", "lead", "body")
_FETCHED_AT: Final = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class JudgedQuery:
    """What someone typed, its kind, and the grade of each article that is worth something."""

    query: str
    kind: str
    grades: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One query with what both searches made of it."""

    judged: JudgedQuery
    desk: float
    plain: float


def measure_ndcg(found: Sequence[str], grades: Mapping[str, int]) -> float:
    """Return nDCG@10 with gains 2^grade - 1 (Järvelin and Kekäläinen 2002, as TREC uses it).

    Example:
        >>> measure_ndcg(["a", "b"], {"a": 3, "b": 1}), measure_ndcg(["x"], {"a": 3})
        (1.0, 0.0)
    """

    def discount(gains: Sequence[int]) -> float:
        return sum((2.0**gain - 1) / math.log2(rank + 2) for rank, gain in enumerate(gains[:DEPTH]))

    ideal = discount(sorted(grades.values(), reverse=True))
    return discount([grades.get(name, 0) for name in found]) / ideal


def load_queries() -> list[JudgedQuery]:
    """Return the judged queries."""
    cases = yaml.safe_load((CORPUS / "relevance" / "queries.yaml").read_text(encoding="utf-8"))
    return [JudgedQuery(**case) for case in cases]


def load_articles() -> dict[str, ArticleDocument]:
    """Return the corpus as the pipeline would index it, by the key that judgements name."""
    articles = {}
    for key, fields in _read_texts():
        text = {name: str(fields.get(name) or "") for name in ("title", "lead", "body")}
        raw = RawArticleV1(
            article_id=key,
            revision=to_epoch_milliseconds(_FETCHED_AT),
            generation=0,
            cause=Cause.NEW,
            source="quality",
            site="quality",
            outlet=str(fields["outlet"]),
            fetched_at=_FETCHED_AT,
            published_at=fields.get("published") or _FETCHED_AT,
            tags=tuple(fields.get("tags") or ()),
            content_hash=content_hash(**text),
            **text,
        )
        entry = RevisionEntry(
            revision=raw.revision,
            last_revision=raw.revision,
            generation=0,
            cause=Cause.NEW,
            status="published",
        )
        articles[key] = build_article(
            enrich(raw, generation=0),
            entries=(entry,),
            first_seen_at=_FETCHED_AT,
            indexed_at=_FETCHED_AT,
        )
    return articles


def _read_texts() -> Iterator[tuple[str, Mapping[str, Any]]]:
    for key, story in load_stories().items():
        body = "\n\n".join(block.plain for block in story.blocks if block.kind != "photo")
        texts = {"title": story.title, "lead": story.lead, "body": body}
        told = {name: told_on(text, _FETCHED_AT) for name, text in texts.items()}
        yield key, {**told, "tags": story.tags, "outlet": story.outlet}
    for path in sorted((CORPUS / "open").glob("*.txt")):
        title, _, body = path.read_text(encoding="utf-8").partition("\n")
        yield f"open-{path.stem[:2]}", {"title": title, "body": body.strip(), "outlet": "open"}
    extra = (CORPUS / "relevance" / "articles.yaml").read_text(encoding="utf-8")
    yield from yaml.safe_load(extra).items()


def measure_relevance(client: Elasticsearch, *, prefix: str) -> list[Measured]:
    """Index the corpus twice under a prefix, ask every query of both, and drop the indices."""
    articles = load_articles()
    plain = f"{prefix}plain"
    try:
        created = ensure_indices(client, IndexLayout(prefix=prefix))
        text = {name: {"type": "text", "analyzer": "standard"} for name in PLAIN_FIELDS}
        client.indices.create(index=plain, mappings={"properties": text})
        bulk(
            client,
            _list_actions(articles, IndexLayout(prefix=prefix).articles, plain),
            refresh=True,
        )
        index = ArticleIndex(
            client,
            options=IndexOptions(prefix=prefix, cursor_key=b"relevance"),
            metrics=build_metrics(CollectorRegistry()),
            clock=SystemClock(),
        )
        return [
            Measured(
                judged=judged,
                desk=measure_ndcg(_ask_desk(index, judged.query), judged.grades),
                plain=measure_ndcg(_ask_plain(client, plain, judged.query), judged.grades),
            )
            for judged in load_queries()
        ]
    finally:
        client.indices.delete(index=[*created, plain], ignore_unavailable=True)


def _list_actions(
    articles: Mapping[str, ArticleDocument], desk: str, plain: str
) -> Iterator[dict[str, Any]]:
    for key, article in articles.items():
        source = json.loads(article.model_dump_json())
        yield {"_index": desk, "_id": key, "_source": source}
        yield {"_index": plain, "_id": key, "_source": {n: source[n] for n in PLAIN_FIELDS}}


def _ask_desk(index: ArticleIndex, query: str) -> list[str]:
    """Ask as the API does: every article in its rank, copies of a story not folded."""
    request = SearchRequest(text=query, size=DEPTH)
    answer = index.page_search(request, cursor=None, has_facets=False)
    if not answer.total and answer.did_you_mean:
        mended = request.with_text(answer.did_you_mean)
        answer = index.page_search(mended, cursor=None, has_facets=False)
    return [hit.article_id for hit in answer.articles]


def _ask_plain(client: Elasticsearch, index: str, query: str) -> list[str]:
    match = {"multi_match": {"query": query, "fields": list(PLAIN_FIELDS)}}
    answer = client.search(index=index, query=match, size=DEPTH, source=False)
    return [hit["_id"] for hit in answer["hits"]["hits"]]


def average(values: Sequence[float]) -> float:
    """Return the mean; 0 of nothing."""
    return sum(values) / len(values) if values else 0.0


def describe_relevance(measured: Sequence[Measured]) -> list[str]:
    """Return the lines of the report: by kind of query, and all."""
    lines = [f"{'relevance: nDCG@10':<24}{'queries':>9}{'desk':>9}{'plain':>9}"]
    kinds = sorted({one.judged.kind for one in measured})
    for kind in (*kinds, None):
        ones = [one for one in measured if kind in (None, one.judged.kind)]
        desk, plain = average([one.desk for one in ones]), average([one.plain for one in ones])
        lines.append(f"  {kind or 'all':<22}{len(ones):>9}{desk:>9.3f}{plain:>9.3f}")
    return lines


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m deploy.quality.relevance", description=__doc__)
    parser.add_argument("--each", action="store_true", help="show every query, the worst first")
    options = parser.parse_args()
    address = os.environ.get("ELASTICSEARCH_URL")
    with tempfile.TemporaryDirectory(prefix="unionwire-relevance-") as folder:
        stack = Stack(Path(folder), external={"elasticsearch": address} if address else {})
        stack.up(only="elasticsearch")
        try:
            with Elasticsearch(stack.elasticsearch_url, request_timeout=60) as client:
                measured = measure_relevance(client, prefix="relevance-")
        finally:
            stack.down()
    print("\n".join(describe_relevance(measured)))
    if options.each:
        for one in sorted(measured, key=lambda one: one.desk):
            print(f"{one.desk:.3f} {one.plain:.3f} {one.judged.kind}: {one.judged.query}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
