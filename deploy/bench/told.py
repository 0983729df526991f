"""`python -m deploy.bench.told`: from searchable to told, for a thousand saved searches.

In: Kafka and Elasticsearch as KAFKA_BOOTSTRAP_SERVERS and ELASTICSEARCH_URL name them. Out: what
the real notifier missed and repeated, and how long it took, at five new articles a second with
bursts of twenty. What should have been told is asked of Elasticsearch afterwards, one search at a
time. Articles are written as the indexer writes them: announced at once, refreshed once a second.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from elasticsearch import Elasticsearch

from deploy.bench.corpus import build_article
from deploy.bench.load import SEED, fill, write_bulk
from deploy.local.processes import HOST, choose_port
from indexer.mappings import IndexLayout
from services.chassis.clock import SystemClock
from services.chassis.elasticsearch import build_client
from services.chassis.kafka import Publisher, build_producer
from services.chassis.settings import ElasticsearchSettings, KafkaSettings, load
from services.chassis.topics import ensure_topics
from services.contracts.articles import Cause, IndexedArticleV1
from services.contracts.documents import ARTICLES_ALIAS, FIGURES_ALIAS
from services.contracts.topics import INDEXED
from services.search.domain.saved import build_condition, read_address
from services.search.saved_searches import Draft, SavedSearch, SavedSearches
from services.search.store import Store

SEARCHES = 1_000
ARTICLES_INDEXED = 20_000
ARTICLES_A_SECOND, BURST, BURST_EVERY_SECONDS = 5, 20, 10
SECONDS = 60
READY_SECONDS = 60
QUIET_SECONDS = 15
CAUGHT_UP_SECONDS = 6
FIRST_NEW_NUMBER = 50_000_000
"""From here on a number for each second: the topic may still hold the events of an earlier run."""
NUMBERS_A_SECOND = 100
PREFIX = "told-"


@dataclass
class Told:
    """What the receiver got: (saved search, article) → when first, and how often."""

    first_at: dict[tuple[int, str], float] = field(default_factory=dict)
    times: Counter[tuple[int, str]] = field(default_factory=Counter)
    messages: int = 0
    newest_at: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What was measured."""

    articles: int
    expected: int
    missed: int
    repeated: int
    messages: int
    seconds: tuple[float, ...]

    def quantile(self, share: float) -> float:
        """Return the time within which a share of the news was told."""
        if not self.seconds:
            return float("nan")
        return sorted(self.seconds)[min(len(self.seconds) - 1, int(share * len(self.seconds)))]


def write_addresses(count: int, *, seed: int) -> Iterator[str]:
    """Yield addresses of searches as people save them: words, names, places, sums."""
    chance = random.Random(f"told:{seed}")  # noqa: S311 - invented searches, no secret
    number = 0
    while number < count:
        article = build_article(chance.randrange(1_000_000), seed=seed)
        figure = chance.choice(article.figures)
        words = article.title.split()
        begin = chance.randrange(max(1, len(words) - 3))
        conditions: list[tuple[str, list[tuple[str, str]]]] = [
            ("/", [("q", " ".join(words[begin : begin + chance.choice((3, 4, 5))]))]),
            ("/", [("q", f'"{" ".join(words[begin : begin + 3])}"'), ("outlet", article.outlet)]),
            (
                "/figures",
                [
                    ("indicator", figure.indicator or ""),
                    ("unit", figure.unit or ""),
                    ("min", str(figure.value or 1)),
                ],
            ),
            ("/figures", [("organisation", figure.organisation or ""), ("min", "100000")]),
            ("/figures", [("indicator", figure.indicator or ""), ("place", figure.place or "")]),
        ]
        if article.places:
            conditions.append(
                ("/", [("q", " ".join(words[begin : begin + 2])), ("place", article.places[0])])
            )
        path, pairs = conditions[number % len(conditions)]
        said = [(name, value) for name, value in pairs if value]
        if len(said) == len(pairs):
            yield f"{path}?{urlencode(said)}"
            number += 1


@contextmanager
def receive(told: Told) -> Iterator[str]:
    """Take webhooks, and note when."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            message = json.loads(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(204)
            self.end_headers()
            now = time.monotonic()
            search = message["data"]["saved_search"]["id"]
            with lock:
                told.messages += 1
                told.newest_at = now
                for article in message["data"]["articles"]:
                    key = (search, article["article_id"])
                    told.first_at.setdefault(key, now)
                    told.times[key] += 1

        def log_message(self, *_: Any) -> None:  # noqa: ANN401 - the base class's signature
            pass

    lock = threading.Lock()
    with ThreadingHTTPServer((HOST, 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"{HOST}:{server.server_port}"
        server.shutdown()
        thread.join()


@contextmanager
def notify(environment: dict[str, str], *, folder: Path) -> Iterator[None]:
    """Run the notifier until the end of the block."""
    port = choose_port(taken=frozenset())
    log = (folder / "notifier.log").open("w")
    process = subprocess.Popen(
        [sys.executable, "-m", "services.search", "notify"],
        env={**os.environ, **environment, "NOTIFIER_ADMIN_PORT": str(port)},
        stdout=log,
        stderr=log,
    )
    try:
        deadline = time.monotonic() + READY_SECONDS
        while not _is_ready(port):
            if time.monotonic() > deadline or process.poll() is not None:
                raise RuntimeError((folder / "notifier.log").read_text()[-2_000:])
            time.sleep(0.1)
        quiet_seconds = 0
        while quiet_seconds < CAUGHT_UP_SECONDS:
            time.sleep(1.0)
            quiet_seconds = quiet_seconds + 1 if _has_caught_up(port) else 0
        yield
    finally:
        process.terminate()
        process.wait(20)
        log.close()


def _has_caught_up(port: int) -> bool:
    """Whether what lay in the topic before is worked off: it is not what is measured."""
    with urllib.request.urlopen(f"http://{HOST}:{port}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    lags = [line for line in lines if line.startswith("unionwire_notifier_consumer_lag_messages{")]
    return len(lags) == INDEXED.partitions and all(line.endswith(" 0.0") for line in lags)


def _is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)  # noqa: PLR2004 - HTTP's own number
    except OSError:
        return False


def measure(
    *,
    kafka: KafkaSettings,
    elasticsearch: ElasticsearchSettings,
    searches: int = SEARCHES,
    articles: int = ARTICLES_INDEXED,
    seconds: int = SECONDS,
    seed: int = SEED,
) -> Outcome:
    """Fill an index, save searches, publish news, and see what is told; drops what it made."""
    ensure_topics(kafka)
    with (
        tempfile.TemporaryDirectory(prefix="unionwire-told-") as name,
        closing(build_client(elasticsearch)) as short,
        closing(Store(Path(name) / "desk.sqlite")) as store,
    ):
        client = short.options(request_timeout=300)
        try:
            for _ in fill(client, articles=articles, figure_count=15, seed=seed, prefix=PREFIX):
                pass
            told = Told()
            with receive(told) as netloc:
                saved = _save(store, netloc, count=searches, seed=seed)
                environment = {
                    "KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap_servers,
                    "ELASTICSEARCH_URL": elasticsearch.url,
                    "SEARCH_INDEX_PREFIX": PREFIX,
                    "SEARCH_STORE_FILE": str(Path(name) / "desk.sqlite"),
                    "NOTIFIER_GROUP_ID": f"bench-told-{os.getpid()}-{time.time_ns()}",
                    "NOTIFIER_PRIVATE_ADDRESSES": netloc,
                }
                with notify(environment, folder=Path(name)):
                    written_at = publish_news(client, kafka, seconds=seconds, seed=seed)
                    _wait_until_quiet(told)
            return _judge(client, saved, written_at, told)
        finally:
            names = list(client.indices.get(index=f"{PREFIX}*", expand_wildcards="all"))
            if names:
                client.indices.delete(index=names)


def _save(store: Store, netloc: str, *, count: int, seed: int) -> list[SavedSearch]:
    shelf = SavedSearches(store, clock=SystemClock())
    with store.transaction() as connection:
        for number in range(count // 200 + 1):
            connection.execute(
                "INSERT INTO users (id, name, role, password_hash, created_ms) "
                "VALUES (?, ?, 'editor', '', 0)",
                (number + 1, f"bench {number}"),
            )
    return [
        shelf.add(
            number // 200 + 1,
            Draft(
                name=address,
                query=read_address(address),
                language="vi",
                webhook_url=f"http://{netloc}/{number}",
            ),
        )
        for number, address in enumerate(write_addresses(count, seed=seed))
    ]


def publish_news(
    client: Elasticsearch, kafka: KafkaSettings, *, seconds: int, seed: int
) -> dict[str, float]:
    """Write and announce new articles at the bench's pace; return when each was written."""
    written_at: dict[str, float] = {}
    publisher = Publisher(build_producer(kafka, client_id="bench-told"))
    began = time.monotonic()
    number = FIRST_NEW_NUMBER + int(time.time()) * NUMBERS_A_SECOND
    for turn in range(seconds):
        count = BURST if turn % BURST_EVERY_SECONDS == 0 else 1
        for step in range(1 if count == BURST else ARTICLES_A_SECOND):
            time.sleep(max(0.0, began + turn + step / ARTICLES_A_SECOND - time.monotonic()))
            body = write_bulk(number, count=count, seed=seed, figure_count=15, prefix=PREFIX)
            headers = {"content-type": "application/x-ndjson", "accept": "application/json"}
            answer = client.perform_request("POST", "/_bulk", headers=headers, body=body)
            if answer.body["errors"]:
                raise RuntimeError("Elasticsearch refused an article of the bench.")
            now, events = datetime.now(UTC), []
            for offset in range(count):
                article = build_article(number + offset, seed=seed)
                written_at[article.article_id] = time.monotonic()
                event = IndexedArticleV1(
                    article_id=article.article_id,
                    revision=1,
                    generation=0,
                    cause=Cause.NEW,
                    is_news=True,
                    status="published",
                    outlet=article.outlet,
                    title=article.title,
                    url=article.url,
                    published_at=article.published_at,
                    fetched_at=now,
                    indexed_at=now,
                    figure_count=article.figure_count,
                )
                events.append(
                    publisher.publish(INDEXED, key=event.article_id, value=event.encode())
                )
            publisher.confirm(events)
            number += count
    publisher.close()
    return written_at


def _wait_until_quiet(told: Told) -> None:
    told.newest_at = max(told.newest_at, time.monotonic())
    while time.monotonic() - told.newest_at < QUIET_SECONDS:
        time.sleep(0.5)


def _judge(
    client: Elasticsearch,
    saved: Sequence[SavedSearch],
    written_at: dict[str, float],
    told: Told,
) -> Outcome:
    layout = IndexLayout(prefix=PREFIX)
    client.indices.refresh(index=[layout.articles, layout.figures])
    expected = {
        (search.search_id, article_id)
        for search in saved
        for article_id in _find(client, search, list(written_at))
    }
    waits = (told.first_at[key] - written_at[key[1]] for key in expected & told.first_at.keys())
    return Outcome(
        articles=len(written_at),
        expected=len(expected),
        missed=len(expected - told.first_at.keys()),
        repeated=sum(times - 1 for times in told.times.values()),
        messages=told.messages,
        seconds=tuple(waits),
    )


def _find(client: Elasticsearch, search: SavedSearch, article_ids: list[str]) -> set[str]:
    """Ask for one search alone what it should have been told of."""
    alias = ARTICLES_ALIAS if search.query.kind == "articles" else FIGURES_ALIAS
    answer = client.search(
        index=PREFIX + alias,
        query={
            "bool": {
                "filter": [
                    {"terms": {"article_id": article_ids}},
                    dict(build_condition(search.query)),
                ]
            }
        },
        size=10_000,
        source_includes=["article_id"],
    )
    return {hit["_source"]["article_id"] for hit in answer["hits"]["hits"]}


def print_outcome(outcome: Outcome, *, searches: int, articles: int) -> None:
    """Print what was measured and under which conditions."""
    print(
        f"told: {searches} saved searches, {articles} articles indexed before, {outcome.articles} "
        f"new at {ARTICLES_A_SECOND} a second with bursts of {BURST}"
    )
    print(
        f"  news {outcome.expected} ({outcome.expected / outcome.articles:.0f} for an article), "
        f"missed {outcome.missed}, repeated {outcome.repeated}, "
        f"messages {outcome.messages}"
    )
    p50, p95, longest = (outcome.quantile(share) for share in (0.5, 0.95, 1))
    print(f"  written to told: p50 {p50:.2f} s, p95 {p95:.2f} s, longest {longest:.2f} s")


def main() -> int:
    """Measure and print; exit code 1 when news was missed or repeated."""
    parser = argparse.ArgumentParser(prog="python -m deploy.bench.told", description=__doc__)
    parser.add_argument("--searches", type=int, default=SEARCHES)
    parser.add_argument("--articles", type=int, default=ARTICLES_INDEXED)
    parser.add_argument("--seconds", type=int, default=SECONDS)
    options = parser.parse_args()
    outcome = measure(
        kafka=load(KafkaSettings),
        elasticsearch=load(ElasticsearchSettings),
        searches=options.searches,
        articles=options.articles,
        seconds=options.seconds,
    )
    print_outcome(outcome, searches=options.searches, articles=options.articles)
    return 1 if outcome.missed or outcome.repeated else 0


if __name__ == "__main__":
    sys.exit(main())
