"""`python -m deploy.bench.load`: fills indices with a large, varied, repeatable body of articles.

In: how many articles and figures, a seed, a prefix; Elasticsearch as ELASTICSEARCH_URL names it.
Out: the desk's own indices under that prefix, refreshed, each figure in its article and flat.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import closing
from functools import partial
from itertools import islice

import orjson
from elasticsearch import Elasticsearch

from deploy.bench.corpus import build_article
from indexer.domain.documents import build_figures
from indexer.mappings import IndexLayout, ensure_indices
from services.chassis.elasticsearch import build_client
from services.chassis.settings import ElasticsearchSettings, load

ARTICLES, FIGURES_PER_ARTICLE, SEED = 100_000, 15, 7
_CHUNK_ARTICLES = 100
_WAITING_CHUNKS = 8
_HEADERS = {"content-type": "application/x-ndjson", "accept": "application/json"}
_TIMEOUT_SECONDS = 300


def write_bulk(first: int, *, count: int, seed: int, figure_count: int, prefix: str) -> bytes:
    """Return the bulk request of some articles and their figures."""
    layout = IndexLayout(prefix=prefix)
    lines: list[bytes] = []
    for number in range(first, first + count):
        article = build_article(number, seed=seed, figure_count=figure_count)
        lines += [_act(layout.articles, article.article_id), article.encode()]
        for figure_id, figure in build_figures(article).items():
            lines += [_act(layout.figures, figure_id), figure.encode()]
    return b"\n".join([*lines, b""])


def _act(index: str, document_id: str) -> bytes:
    return orjson.dumps({"index": {"_index": index, "_id": document_id}})


def fill(
    client: Elasticsearch, *, articles: int, figure_count: int, seed: int, prefix: str
) -> Iterator[int]:
    """Index the articles; yield how many are done, again and again.

    Raises:
        RuntimeError: a document was refused.
    """
    layout = IndexLayout(prefix=prefix)
    indices = ensure_indices(client, layout)
    client.indices.put_settings(index=indices, settings={"index.refresh_interval": "-1"})
    write = partial(write_bulk, seed=seed, figure_count=figure_count, prefix=prefix)
    firsts = iter(range(0, articles, _CHUNK_ARTICLES))
    done = 0
    with ProcessPoolExecutor(1) as writers:

        def submit(first: int) -> "Future[bytes]":
            return writers.submit(write, first, count=min(_CHUNK_ARTICLES, articles - first))

        waiting = [submit(first) for first in islice(firsts, _WAITING_CHUNKS)]
        while waiting:
            _send(client, waiting.pop(0).result())
            waiting += [submit(first) for first in islice(firsts, 1)]
            done = min(done + _CHUNK_ARTICLES, articles)
            yield done
    client.indices.put_settings(
        index=indices,
        settings={"index.refresh_interval": f"{round(layout.refresh_interval_seconds * 1000)}ms"},
    )
    client.indices.refresh(index=indices)


def _send(client: Elasticsearch, request: bytes) -> None:
    answer = client.perform_request("POST", "/_bulk", headers=_HEADERS, body=request)
    if answer.body["errors"]:
        refused = next(i["index"]["error"] for i in answer.body["items"] if "error" in i["index"])
        raise RuntimeError(f"Elasticsearch refused a document of the load: {refused}")


def main() -> int:
    """Fill the indices and say how far it is."""
    parser = argparse.ArgumentParser(prog="python -m deploy.bench.load", description=__doc__)
    parser.add_argument("--articles", type=int, default=ARTICLES)
    parser.add_argument("--figures-per-article", type=int, default=FIGURES_PER_ARTICLE)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--prefix", default="load-", help="stands before the names of the indices")
    options = parser.parse_args()
    began = time.monotonic()
    with closing(build_client(load(ElasticsearchSettings))) as client:
        for done in fill(
            client.options(request_timeout=_TIMEOUT_SECONDS),
            articles=options.articles,
            figure_count=options.figures_per_article,
            seed=options.seed,
            prefix=options.prefix,
        ):
            if done % (100 * _CHUNK_ARTICLES) == 0 or done == options.articles:
                figures = done * options.figures_per_article
                print(f"{done} articles, {figures} figures in {time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
