"""`make bench-desk`: how long readers wait, on 100,000 articles and 1,500,000 figures.

In: a state directory (kept, so that the load is made once) and a rate. Out: median and 95th
percentile of every kind of page at that rate, beside bare Elasticsearch queries of the same kind
in the same run; and what a long CSV costs in memory. Elasticsearch, the desk and this script share
the machine. Requests are sent at their time, whether or not earlier ones were answered, and waits
count from that time.
"""

import argparse
import hashlib
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
import orjson
from elasticsearch import Elasticsearch

from deploy.bench.load import ARTICLES, FIGURES_PER_ARTICLE, SEED, fill
from deploy.bench.measures import percentile, resident_bytes
from deploy.local.stack import Stack, default_state_dir
from indexer.mappings import INDEX_PLANS, IndexLayout, build_mappings, ensure_indices
from services.lexicon.indicators import indicators
from services.lexicon.tables import read_table

PREFIX: Final = "load-"
RATE_PER_SECOND: Final = 5.0
TURN_SECONDS: Final = 30
CSV_FIGURES: Final = 100_000
HEAP: Final = "1g"
_TARGETS_MS: Final = {"search": 300, "figures": 300, "chart": 400, "suggestions": 80}
_START_SECONDS: Final = 60
_WORKERS: Final = 32
_WORDS: Final = (
    "công đoàn", "lương tối thiểu", "tai nan lao dong", "thưởng Tết", "mái ấm công đoàn",
    "nợ bảo hiểm xã hội", "ngừng việc tập thể", "thoa uoc lao dong", "quà Tết công nhân",
    '"hỗ trợ đoàn viên"', "đối thoại OR kiến nghị", "học bổng -thưởng", "LĐLĐ", "CNVCLĐ",
    "khám sức khỏe lao động nữ", "vay vốn", "nhà ở xã hội", "tập huấn cán bộ", "mất việc",
)  # fmt: skip
_PREFIXES: Final = ("l", "lđ", "công", "hà n", "nguy", "mái ấ", "thưởng t", "bảo h", "đà", "tổng l")


@dataclass
class Waits:
    """How long the answers to one kind of request took, in milliseconds."""

    asked: list[float] = field(default_factory=list)
    failures: int = 0


@dataclass(frozen=True)
class Question:
    """A page a reader asks for, and the bare query of the same kind."""

    kind: str
    path: str
    bare: Mapping[str, Any]
    index: str


def draw_questions(seed: int) -> Iterator[Question]:
    """Yield varied questions for ever, the kinds in turn."""
    chance = random.Random(seed)  # noqa: S311 - a load, no secret
    provinces = [row[4] for row in read_table("places.tsv") if row[1] == "province"]
    bodies = [f"Liên đoàn Lao động tỉnh {name}" for name in provinces]
    makers: tuple[Callable[[random.Random, Sequence[str], Sequence[str]], Question], ...] = (
        _ask_search,
        _ask_figures,
        _ask_chart,
        _ask_suggestions,
    )
    while True:
        for make in makers:
            yield make(chance, provinces, bodies)


def _link(path: str, pairs: Sequence[tuple[str, str]]) -> str:
    return f"{path}?{urllib.parse.urlencode(pairs)}"


def _ask_search(
    chance: random.Random, provinces: Sequence[str], _bodies: Sequence[str]
) -> Question:
    words = chance.choice(_WORDS)
    if chance.random() < 0.5:  # noqa: PLR2004 - half of them
        words += f" {chance.choice(provinces)}"
    pairs = [("q", words)]
    filters: list[dict[str, Any]] = []
    if chance.random() < 0.3:  # noqa: PLR2004 - some
        place = chance.choice(provinces)
        pairs.append(("place", place))
        filters.append({"term": {"places": place}})
    match = {
        "multi_match": {
            "query": words, "fields": ["title^3", "lead^2", "body"], "type": "cross_fields",
            "operator": "and",
        }
    }  # fmt: skip
    counted = ("outlet", "organisations", "persons", "places", "indicators", "language", "status")
    bare = {
        "query": {"bool": {"must": [match], "filter": filters}},
        "size": 20,
        "_source": ["title", "lead", "outlet", "sort_at"],
        "highlight": {"fields": {"title": {}, "body": {}}},
        "aggs": {name: {"terms": {"field": name, "size": 30}} for name in counted},
    }
    return Question("search", _link("/", pairs), bare, "articles")


def _ask_figures(
    chance: random.Random, provinces: Sequence[str], bodies: Sequence[str]
) -> Question:
    pairs: list[tuple[str, str]] = []
    filters: list[dict[str, Any]] = [{"term": {"status": "published"}}]
    if chance.random() < 0.7:  # noqa: PLR2004 - most
        code = chance.choice(list(indicators()))
        pairs.append(("indicator", code))
        filters.append({"term": {"indicator": code}})
    if chance.random() < 0.4:  # noqa: PLR2004 - some
        body = chance.choice(bodies)
        pairs.append(("organisation", body))
        filters.append({"term": {"organisation": body}})
    elif chance.random() < 0.4:  # noqa: PLR2004 - some
        place = chance.choice(provinces)
        pairs.append(("place", place))
        filters.append({"term": {"place": place}})
    if chance.random() < 0.5:  # noqa: PLR2004 - half of them
        least = 10 ** chance.randint(2, 11)
        pairs += [("unit", "VND"), ("min", str(least)), ("period_from", "2024")]
        filters += [
            {"term": {"unit": "VND"}},
            {"range": {"value": {"gte": least}}},
            {"range": {"period_first": {"gte": "2024-01-01"}}},
        ]
    sort = chance.choice(("newest", "largest"))
    pairs.append(("sort", sort))
    counted = ("indicator", "organisation", "place", "unit", "outlet", "modality", "language")
    bare = {
        "query": {"bool": {"filter": filters}},
        "size": 20,
        "sort": [{"value" if sort == "largest" else "sort_at": "desc"}],
        "aggs": {name: {"terms": {"field": name, "size": 20}} for name in counted},
    }
    return Question("figures", _link("/figures", pairs), bare, "figures")


def _ask_chart(chance: random.Random, provinces: Sequence[str], bodies: Sequence[str]) -> Question:
    code = chance.choice(list(indicators()))
    names = chance.sample(bodies, chance.randint(1, 4))
    pairs = [("indicator", code), *(("organisation", name) for name in names)]
    scope: dict[str, Any] = {"terms": {"organisation": names}}
    if chance.random() < 0.3:  # noqa: PLR2004 - some
        place = chance.choice(provinces)
        pairs = [("indicator", code), ("place", place), ("by", "place")]
        scope = {"term": {"place": place}}
    pairs.append(("grain", chance.choice(("year", "quarter"))))
    filters = [{"term": {"status": "published"}}, {"term": {"indicator": code}}, scope]
    bare = {"query": {"bool": {"filter": filters}}, "size": 3000, "sort": [{"sort_at": "desc"}]}
    return Question("chart", _link("/charts", pairs), bare, "figures")


def _ask_suggestions(
    chance: random.Random, provinces: Sequence[str], _bodies: Sequence[str]
) -> Question:
    name = chance.choice(provinces)
    words = chance.choice((*_PREFIXES, name[: chance.randint(1, len(name))]))
    bare = {
        "query": {"match_phrase_prefix": {"names": words}},
        "size": 0,
        "aggs": {"names": {"terms": {"field": "places", "size": 8}}},
    }
    return Question("suggestions", _link("/api/v1/suggest", [("q", words)]), bare, "articles")


def drive(
    questions: Iterator[Question],
    ask: Callable[[Question], None],
    *,
    rate_per_second: float,
    seconds: float,
) -> dict[str, Waits]:
    """Ask at a steady rate; return the waits of each kind."""
    waits: dict[str, Waits] = {}
    lock = threading.Lock()
    began = time.perf_counter()

    def put(question: Question, due: float) -> None:
        try:
            ask(question)
            is_answered = True
        except Exception as error:  # noqa: BLE001 - a failed request is a result
            say(f"failed: {question.path}: {error!r}")
            is_answered = False
        took_ms = (time.perf_counter() - due) * 1000
        with lock:
            kind = waits.setdefault(question.kind, Waits())
            if is_answered:
                kind.asked.append(took_ms)
            else:
                kind.failures += 1

    with ThreadPoolExecutor(_WORKERS) as workers:
        for number in range(int(rate_per_second * seconds)):
            due = began + number / rate_per_second
            time.sleep(max(0.0, due - time.perf_counter()))
            workers.submit(put, next(questions), due)
    return waits


def say(line: str = "") -> None:
    """Print one line at once."""
    print(line, flush=True)


def _find_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serve_desk(elasticsearch_url: str, folder: Path) -> Iterator[tuple[str, int]]:
    """Run the desk on the load; yield its address and process id."""
    port, admin_port = _find_port(), _find_port()
    environment = {
        **os.environ,
        "ELASTICSEARCH_URL": elasticsearch_url,
        "SEARCH_INDEX_PREFIX": PREFIX,
        "SEARCH_PORT": str(port),
        "SEARCH_ADMIN_PORT": str(admin_port),
        "SEARCH_STORE_FILE": str(folder / "desk.sqlite"),
        "SEARCH_LOG_LEVEL": "WARNING",
        "SEARCH_REQUESTS_BURST": "100000",
        "SEARCH_REQUESTS_PER_SECOND": "10000",
    }
    process = subprocess.Popen([sys.executable, "-m", "services.search"], env=environment)
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                httpx.get(f"{url}/static/desk.css", timeout=5)
                break
            except httpx.TransportError:
                if time.monotonic() > deadline or process.poll() is not None:
                    raise
                time.sleep(0.2)
        yield url, process.pid
    finally:
        process.terminate()
        process.wait(30)


def measure_pages(url: str, client: Elasticsearch, *, rate_per_second: float, turns: int) -> bool:
    """Drive the desk and the bare queries in turns; print both; return whether all kept up."""
    desk: dict[str, Waits] = {}
    bare: dict[str, Waits] = {}
    limits = httpx.Limits(max_keepalive_connections=_WORKERS)
    with httpx.Client(base_url=url, timeout=30, limits=limits, follow_redirects=True) as http:

        def ask_desk(question: Question) -> None:
            http.get(question.path).raise_for_status()

        def ask_bare(question: Question) -> None:
            client.search(index=PREFIX + question.index, body=dict(question.bare))

        drive(draw_questions(0), ask_desk, rate_per_second=rate_per_second, seconds=TURN_SECONDS)
        for turn in range(turns):
            for ask, waits in ((ask_desk, desk), (ask_bare, bare)):
                told = drive(
                    draw_questions(turn + 1),
                    ask,
                    rate_per_second=rate_per_second,
                    seconds=TURN_SECONDS,
                )
                for kind, heard in told.items():
                    kept = waits.setdefault(kind, Waits())
                    kept.asked += heard.asked
                    kept.failures += heard.failures
    return print_waits(desk, bare)


def print_waits(desk: Mapping[str, Waits], bare: Mapping[str, Waits]) -> bool:
    """Print the waits of each kind beside the bare query's; return whether all are in time."""
    say(
        f"{'milliseconds':<14}{'requests':>9}{'p50':>7}{'p95':>7}{'limit':>7}"
        f"{'bare p50':>10}{'bare p95':>10}"
    )
    is_in_time = True
    for kind, limit_ms in _TARGETS_MS.items():
        heard, plain = desk[kind], bare[kind]
        asked, least = sorted(heard.asked), sorted(plain.asked)
        p95 = percentile(asked, 95)
        is_in_time &= p95 <= limit_ms and not heard.failures
        say(
            f"{kind:<14}{len(asked):>9}{statistics.median(asked):>7.0f}{p95:>7.0f}{limit_ms:>7}"
            f"{statistics.median(least):>10.0f}{percentile(least, 95):>10.0f}"
            + (f"  {heard.failures} failed" if heard.failures else "")
        )
    return is_in_time


def measure_csv(url: str, client: Elasticsearch, pid: int) -> None:
    """Stream a CSV of at least `CSV_FIGURES` figures and watch the desk's memory."""
    with httpx.Client(base_url=url, timeout=120) as http:
        code = choose_long_result(client)
        before = resident_bytes(pid)
        sizes: list[int] = []
        is_done = threading.Event()

        def watch() -> None:
            while not is_done.wait(0.2):
                sizes.append(resident_bytes(pid))

        watcher = threading.Thread(target=watch)
        watcher.start()
        began = time.perf_counter()
        rows = size = 0
        with http.stream("GET", "/api/v1/export/figures.csv", params={"indicator": code}) as answer:
            for chunk in answer.iter_bytes():
                rows += chunk.count(b"\r\n")
                size += len(chunk)
        seconds = time.perf_counter() - began
        is_done.set()
        watcher.join()
    half = len(sizes) // 2
    say(
        f"CSV: {rows - 1} figures, {size / 1e6:.0f} MB in {seconds:.1f} s "
        f"({rows / seconds:.0f} rows/s); desk's memory {before / 1e6:.0f} MB before, "
        f"at most {max(sizes[:half]) / 1e6:.0f} MB in the first half, "
        f"{max(sizes[half:]) / 1e6:.0f} MB in the second"
    )


def choose_long_result(client: Elasticsearch) -> str:
    """Return the indicator with the fewest figures above `CSV_FIGURES`, else the one with most."""
    answer = client.search(
        index=f"{PREFIX}figures",
        size=0,
        query={"term": {"status": "published"}},
        aggs={"codes": {"terms": {"field": "indicator", "size": 100}}},
    )
    counts: dict[str, int] = {
        b["key"]: b["doc_count"] for b in answer["aggregations"]["codes"]["buckets"]
    }
    enough = [code for code, count in counts.items() if count >= CSV_FIGURES]
    return min(enough, key=counts.__getitem__) if enough else max(counts, key=counts.__getitem__)


def main() -> int:
    """Make the load if it is not there, then measure."""
    parser = argparse.ArgumentParser(prog="python -m deploy.bench.desk", description=__doc__)
    parser.add_argument("--articles", type=int, default=ARTICLES)
    parser.add_argument("--rate", type=float, default=RATE_PER_SECOND, help="requests a second")
    parser.add_argument("--turns", type=int, default=4, help=f"of {TURN_SECONDS} seconds each")
    parser.add_argument("--state-dir", type=Path, default=default_state_dir() / "bench-desk")
    options = parser.parse_args()
    os.environ.setdefault("UNIONWIRE_ELASTICSEARCH_HEAP", HEAP)
    stack = Stack(options.state_dir, report=say)
    stack.up(only="elasticsearch")
    try:
        with (
            closing(Elasticsearch(stack.elasticsearch_url, request_timeout=300)) as client,
            tempfile.TemporaryDirectory(prefix="unionwire-bench-") as folder,
        ):
            ensure_load(client, articles=options.articles)
            with serve_desk(stack.elasticsearch_url, Path(folder)) as (url, pid):
                is_in_time = measure_pages(
                    url, client, rate_per_second=options.rate, turns=options.turns
                )
                measure_csv(url, client, pid)
    finally:
        stack.stop("elasticsearch")
    return 0 if is_in_time else 1


def ensure_load(client: Elasticsearch, *, articles: int) -> None:
    """Make the load unless it is there, as this release would make it."""
    figures = articles * FIGURES_PER_ARTICLE
    mark = _mark_load(articles)
    layout = IndexLayout(prefix=PREFIX)
    there = client.indices.get_mapping(index=f"{PREFIX}*", expand_wildcards="all")
    marks = {known["mappings"].get("_meta", {}).get("load") for known in there.body.values()}
    if marks != {mark}:
        say(f"making {articles} articles with {figures} figures")
        if names := list(there):
            client.indices.delete(index=names)
        for done in fill(
            client, articles=articles, figure_count=FIGURES_PER_ARTICLE, seed=SEED, prefix=PREFIX
        ):
            if done % 10_000 == 0:
                say(f"{done} articles")
        client.indices.put_mapping(index=ensure_indices(client, layout), meta={"load": mark})
    say(f"{articles} articles, {figures} figures on {os.cpu_count()} cores")


def _mark_load(articles: int) -> str:
    """Return what tells this load from others: its size, its maker, the mappings it went into."""
    maker = (
        Path(__file__).with_name(name).read_bytes() for name in ("corpus.py", "statements.tsv")
    )
    mappings = [build_mappings(plan) for plan in INDEX_PLANS]
    parts = [*maker, orjson.dumps([articles, SEED, mappings])]
    return hashlib.sha256(b"".join(parts)).hexdigest()[:16]


if __name__ == "__main__":
    sys.exit(main())
