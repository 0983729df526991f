"""`make load`: bursts, steady rates, and what an article costs as their number grows.

In: how many articles. Out: tables. Two workers of each kind run on servers of their own, which are
dropped afterwards. Numbers of one machine; docs/capacity.md says what follows from them.
"""

import argparse
import contextlib
import os
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from elasticsearch import Elasticsearch

from deploy.bench.documents import build_events
from deploy.bench.measures import percentile
from deploy.chaos.arena import GROUPS, Arena
from deploy.pipeline.pipeline import Pipeline
from services.chassis.kafka import build_admin, build_producer
from services.contracts.topics import ENRICHED, INDEXED, RAW

_PATIENCE_SECONDS = 1_800.0
_QUERIES = ("công đoàn", "lien doan lao dong", '"suất quà"', "tai nạn lao động", "lương tối thiểu")
_SEARCHES = 40


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; return 1 if an article did not become searchable."""
    parser = argparse.ArgumentParser(prog="python -m deploy.load", description=__doc__)
    parser.add_argument(
        "--sizes",
        default="1000,10000",
        help="how many articles lie in the index at each measuring, rising",
    )
    parser.add_argument("--rates", default="5,20,40", help="steady rates, articles a second")
    parser.add_argument("--seconds", type=float, default=30.0, help="how long each rate is held")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="unionwire-load-") as folder:
        load = Load(Path(folder))
        try:
            load.start()
            is_whole = load.measure_steady(
                [float(rate) for rate in options.rates.split(",")], seconds=options.seconds
            )
            load.measure_growth([int(size) for size in options.sizes.split(",")])
        finally:
            load.stop()
    return 0 if is_whole else 1


class Load:
    """A pipeline with two workers of each kind, and what is measured on it."""

    def __init__(self, folder: Path) -> None:
        self.pipeline = Pipeline("demo", sources=None, report=say, state_dir=folder)
        self.arena = Arena(self.pipeline)
        self._published = 0

    def start(self) -> None:
        """Start everything but the crawler, which would publish in between."""
        self.pipeline.up()
        self.pipeline.wait_until_searchable()
        self.pipeline.runner.stop("crawler")
        for kind in GROUPS:
            self.arena.start_worker(kind, 2)
        self._wait_until_idle()

    def stop(self) -> None:
        """End everything and drop what was stored."""
        for kind in GROUPS:
            self.pipeline.runner.stop(f"{kind}-2")
        self.pipeline.down()
        self.pipeline.stack.clean()

    def measure_steady(self, rates: Sequence[float], *, seconds: float) -> bool:
        """Hold each rate for a while; print how late articles become searchable."""
        say(f"\n{'steady, articles/s':>20}{'p50 s':>10}{'p95 s':>10}{'longest':>10}{'missing':>10}")
        is_whole = True
        for rate in rates:
            count = max(1, round(rate * seconds))
            waits = self._flow(count, rate=rate, series=f"steady{rate:g}")
            missing = count - len(waits)
            is_whole = is_whole and not missing
            say(
                f"{rate:>20g}{percentile(waits, 50):>10.2f}{percentile(waits, 95):>10.2f}"
                f"{waits[-1]:>10.2f}{missing:>10}"
            )
        return is_whole

    def measure_growth(self, sizes: Sequence[int]) -> None:
        """Fill the index by bursts; print the rate of each, and what an article costs by then."""
        say(
            f"\n{'articles':>10}{'burst of':>10}{'a second':>10}{'search p95 ms':>15}"
            f"{'index kB':>10}{'raw kB':>9}{'enriched kB':>13}{'indexed kB':>12}"
        )
        stored = 0
        costs: list[dict[str, float]] = []
        for turn, size in enumerate(sizes):
            burst = size - stored
            before = self._processor_seconds()
            rate = self._burst(burst, series=f"burst{turn}")
            after = self._processor_seconds()
            costs.append({name: (after[name] - before[name]) / burst for name in after})
            stored = size
            with self.arena.elasticsearch() as client:
                total = int(client.count(index="articles")["count"])
                index_kb = self._index_size_bytes(client) / total / 1000
            topics = self._topic_sizes_bytes()
            per_event = [
                topics[topic.name] / max(1, self.arena.count_events(topic)) / 1000
                for topic in (RAW, ENRICHED, INDEXED)
            ]
            say(
                f"{total:>10}{burst:>10}{rate:>10.0f}{self._search_p95_ms():>15.0f}"
                f"{index_kb:>10.1f}{per_event[0]:>9.1f}{per_event[1]:>13.1f}{per_event[2]:>12.2f}"
            )

        say("\nprocessor time of an article, ms, by burst")
        for name in costs[0]:
            say(f"{name:>20}" + "".join(f"{cost[name] * 1000:>10.1f}" for cost in costs))

    # -- parts -------------------------------------------------------------------------------

    def _processor_seconds(self) -> dict[str, float]:
        """Return what each kind of process has used since it started, children included."""
        used = {status.name: read_processor_seconds(status.pid) for status in
                self.pipeline.stack.status() if status.pid is not None}  # fmt: skip
        for kind in GROUPS:
            workers = [self.pipeline.runner.find(name) for name in (kind, f"{kind}-2")]
            used[kind] = sum(read_processor_seconds(each.pid) for each in workers if each)
        return used

    def _burst(self, count: int, *, series: str) -> float:
        events = build_events(count, series=series)
        producer = build_producer(self.arena.kafka, client_id="load")
        started = time.monotonic()
        for event in events:
            producer.send(RAW.name, key=event.article_id.encode(), value=event.encode())
        producer.flush()
        producer.close()
        self._wait_until_idle()
        return count / (time.monotonic() - started)

    def _flow(self, count: int, *, rate: float, series: str) -> list[float]:
        """Publish evenly; return for each article the seconds until a search finds it, sorted."""
        events = build_events(count, series=series)
        sent: dict[str, float] = {}
        found: dict[str, float] = {}
        producer = build_producer(self.arena.kafka, client_id="load")

        def publish() -> None:
            started = time.monotonic()
            for number, event in enumerate(events):
                time.sleep(max(0.0, started + number / rate - time.monotonic()))
                sent[event.article_id] = time.monotonic()
                producer.send(RAW.name, key=event.article_id.encode(), value=event.encode())

        thread = threading.Thread(target=publish)
        thread.start()
        deadline = time.monotonic() + count / rate + 120
        with self.arena.elasticsearch() as client:
            while len(found) < count and time.monotonic() < deadline:
                hits = client.search(
                    index="articles",
                    size=count,
                    query={"prefix": {"article_id": f"bench:{series}:"}},
                    source=False,
                )["hits"]["hits"]
                now = time.monotonic()
                for hit in hits:
                    found.setdefault(hit["_id"], now)
                time.sleep(0.1)
        thread.join()
        producer.close()
        return sorted(found[name] - sent[name] for name in found)

    def _wait_until_idle(self) -> None:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while self.arena.count_behind():
            if time.monotonic() > deadline:
                raise TimeoutError("the pipeline does not catch up")
            time.sleep(0.5)

    def _search_p95_ms(self) -> float:
        desk = self.pipeline.runner.url("SEARCH_PORT")
        waits = []
        for number in range(_SEARCHES):
            words = urllib.parse.quote(_QUERIES[number % len(_QUERIES)])
            started = time.perf_counter()
            with urllib.request.urlopen(  # noqa: S310 - our own http address
                f"{desk}/api/v1/search?q={words}&size=20", timeout=30
            ) as answer:
                answer.read()
            waits.append((time.perf_counter() - started) * 1000)
        return percentile(sorted(waits), 95)

    @staticmethod
    def _index_size_bytes(client: Elasticsearch) -> int:
        aliases = "articles,figures,article-revisions"
        client.indices.flush(index=aliases)
        stats = client.indices.stats(index=aliases, metric="store")
        return int(stats["_all"]["primaries"]["store"]["size_in_bytes"])

    def _topic_sizes_bytes(self) -> dict[str, int]:
        admin = build_admin(self.arena.kafka, client_id="load")
        try:
            sizes: dict[str, int] = {}
            for broker in admin.describe_log_dirs():
                for folder in broker["log_dirs"]:
                    for topic in folder["topics"]:
                        partitions = topic["partitions"]
                        sizes[topic["name"]] = sum(each["partition_size"] for each in partitions)
            return sizes
        finally:
            admin.close()


def read_processor_seconds(pid: int) -> float:
    """Return the processor time of a process and its descendants, in seconds."""
    ticks: dict[int, tuple[int, int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            with contextlib.suppress(OSError):
                # the name in parentheses may hold spaces
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
                ticks[int(folder.name)] = (int(fields[1]), int(fields[11]) + int(fields[12]))
    family = {pid}
    while children := {child for child, (parent, _) in ticks.items() if parent in family} - family:
        family |= children
    return sum(ticks[each][1] for each in family if each in ticks) / os.sysconf("SC_CLK_TCK")


def say(line: str) -> None:
    """Print a line at once."""
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
