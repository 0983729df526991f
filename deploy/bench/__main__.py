"""`make bench`: reading pages beside other readers, each stage beside its ceiling, latency, memory.

Numbers of a shared machine swing; the ratios are taken in one run with the same documents and
mean more than the rates. Everything runs on servers of its own, which are dropped afterwards.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import orjson
from elasticsearch import Elasticsearch
from elasticsearch.helpers import scan
from kafka import KafkaConsumer, TopicPartition

from crawler.delivery import Delivery, KafkaSink
from deploy.bench.documents import build_events
from deploy.bench.measures import percentile, resident_bytes
from deploy.bench.passthrough import OUTPUT
from deploy.pipeline.pipeline import ADMIN_PORTS, Pipeline
from deploy.pipeline.services import Service
from deploy.quality.reading import print_reading
from enricher.domain.enrich import enrich
from indexer.mappings import IndexLayout, ensure_indices
from services.chassis.kafka import build_consumer, build_producer
from services.chassis.settings import KafkaSettings
from services.chassis.topics import ensure_topics
from services.contracts.articles import EnrichedArticleV1, RawArticleV1
from services.contracts.topics import ENRICHED, INDEXED, RAW, Topic

PASSED = Topic(
    name=OUTPUT, model=None, max_message_bytes=RAW.max_message_bytes, retention_ms=3_600_000
)
RUN_TIMEOUT_SECONDS = 600
READING_STORIES = 8
LATENCY_RATE = 5
LATENCY_SECONDS = 40
INDEXER_TURNS = 5
BULK_BYTES = 5 * 1024 * 1024


def main() -> int:
    """Measure everything and print it."""
    parser = argparse.ArgumentParser(prog="python -m deploy.bench", description=__doc__)
    parser.add_argument("--documents", type=int, default=2_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="unionwire-bench-") as folder:
        bench = Bench(Path(folder), count=options.documents)
        try:
            bench.run()
        finally:
            bench.pipeline.down()
            bench.pipeline.stack.clean()
    return 0


def say(line: str = "") -> None:
    """Print one line at once."""
    print(line, flush=True)


class Bench:
    """One run on servers of its own."""

    def __init__(self, folder: Path, *, count: int) -> None:
        self.pipeline = Pipeline("demo", sources=None, report=lambda _line: None, state_dir=folder)
        self.count = count

    @property
    def kafka(self) -> KafkaSettings:
        """Where Kafka is."""
        return KafkaSettings(bootstrap_servers=self.pipeline.stack.kafka_bootstrap_servers)

    def run(self) -> None:
        """Measure stage by stage."""
        print_reading(stories_each=READING_STORIES)
        say()
        say(f"{self.count} documents of about 5,000 characters; servers are starting")
        self.pipeline.stack.up()
        ensure_topics(self.kafka)
        ensure_topics(self.kafka, topics=[PASSED])
        say()
        say(f"{'stage':<32}{'documents/s':>12}{'ceiling':>12}{'ratio':>8}")
        self.measure_crawler()
        self.measure_enricher()
        self.measure_indexer()
        say()
        self.measure_latency()
        say()
        self.print_memory()

    def measure_crawler(self) -> None:
        """Publish by the crawler's delivery and by a bare producer, in turns."""
        delivered: list[float] = []
        bare: list[float] = []
        for turn in range(3):
            events = build_events(self.count // 3, series=f"raw{turn}")
            bare.append(self._publish_bare(events))
            delivered.append(self._publish_delivered(events))
        print_row("crawler: publish", max(delivered), "bare producer", max(bare))

    def _publish_bare(self, events: Sequence[RawArticleV1]) -> float:
        producer = build_producer(self.kafka, client_id="bench")
        started = time.perf_counter()
        futures = [
            producer.send(PASSED.name, key=event.article_id.encode(), value=event.encode())
            for event in events
        ]
        for future in futures:
            future.get(timeout=60)
        rate = len(events) / (time.perf_counter() - started)
        producer.close()
        return rate

    def _publish_delivered(self, events: Sequence[RawArticleV1]) -> float:
        sink = KafkaSink(self.kafka)
        sink.connect()
        done = threading.Semaphore(0)
        delivery = Delivery(sink, call=lambda function: function())
        delivery.start()
        started = time.perf_counter()
        for event in events:
            delivery.submit(event, lambda _outcome: done.release())
        for _ in events:
            done.acquire()
        rate = len(events) / (time.perf_counter() - started)
        delivery.stop(timeout_seconds=10)
        return rate

    def measure_enricher(self) -> None:
        """Run the enricher, a Faust worker that does nothing, and the extraction alone."""
        wanted = sum(self._ends(RAW).values())
        before = sum(self._ends(PASSED).values())
        through = self._rate_of(
            Service(
                name="passthrough",
                arguments=("deploy.bench.passthrough",),
                admin_port="PASSTHROUGH_PORT",
            ),
            output=PASSED,
            count=wanted,
            already=before,
        )
        answer = subprocess.run(
            [sys.executable, "-m", "deploy.bench.extraction", str(min(500, self.count))],
            capture_output=True,
            text=True,
            check=True,
        )
        alone = float(answer.stdout)
        rate = self._rate_of(self._service("enricher"), output=ENRICHED, count=wanted)
        print_row("enricher: one extractor", rate, "extraction alone", alone)
        print_row("", rate, "Faust pass-through", through)

    def _service(self, name: str) -> Service:
        services = (service for group in self.pipeline.services() for service in group)
        return next(service for service in services if service.name == name)

    def _rate_of(self, service: Service, *, output: Topic, count: int, already: int = 0) -> float:
        """Run a service on what waits for it; return its rate from its first to its last result."""
        servers = self.pipeline.servers()
        self.pipeline.runner.start(service, environment=servers)
        started = first = 0.0
        deadline = time.monotonic() + RUN_TIMEOUT_SECONDS
        try:
            while time.monotonic() < deadline:
                done = sum(self._ends(output).values()) - already
                now = time.perf_counter()
                if done > 0 and not started:
                    started, first = now, float(done)
                if done >= count:
                    return (count - first) / max(now - started, 1e-9)
                time.sleep(0.05)
        finally:
            self.pipeline.runner.stop(service.name)
        raise TimeoutError(f"{service.name} did not finish {count} documents")

    def measure_indexer(self) -> None:
        """Index and send the same documents as ready-made bulk requests, in turns.

        What the enricher left warms the servers up: a Java server doubles its speed in its first
        minute, so that whoever came second would win.
        """
        events = [
            enrich(event, generation=1)
            for event in build_events(max(100, self.count // 2), series="index")
        ]
        indexer = self._service("indexer")
        self.pipeline.runner.start(indexer, environment=self.pipeline.servers())
        self._wait_for(INDEXED, count=sum(self._ends(ENRICHED).values()))
        client = Elasticsearch(self.pipeline.stack.elasticsearch_url, request_timeout=60)
        created = ensure_indices(client, IndexLayout(prefix="bench-"))
        indexed_seconds = sent_seconds = 0.0
        size = len(events) // INDEXER_TURNS
        for turn in range(INDEXER_TURNS):
            part = events[turn * size : (turn + 1) * size]
            indexed_seconds += self._index(part)
            sent_seconds += self._send(client, [event.article_id for event in part])
        for index in created:
            client.indices.delete(index=index)
        client.close()
        self.pipeline.runner.stop(indexer.name)
        count = size * INDEXER_TURNS
        print_row("indexer", count / indexed_seconds, "bulk, ready-made", count / sent_seconds)

    def _index(self, events: Sequence[EnrichedArticleV1]) -> float:
        """Let events wait for the indexer, then return its seconds to the last result.

        It is held while they are published: what the producer takes is not the indexer's.
        """
        payloads = [(event.article_id.encode(), event.encode()) for event in events]
        before = sum(self._ends(INDEXED).values())
        producer = build_producer(self.kafka, client_id="bench")
        indexer = self.pipeline.runner.find("indexer")
        if indexer is None:
            raise RuntimeError("the indexer ended while it was measured")
        os.kill(indexer.pid, signal.SIGSTOP)
        for key, payload in payloads:
            producer.send(ENRICHED.name, key=key, value=payload)
        producer.flush()
        producer.close()
        os.kill(indexer.pid, signal.SIGCONT)
        started = time.perf_counter()
        self._wait_for(INDEXED, count=before + len(events))
        return time.perf_counter() - started

    def _send(self, client: Elasticsearch, article_ids: Sequence[str]) -> float:
        """Send what is stored of these articles as bulk requests; return the seconds."""
        client.indices.refresh(index="articles,figures,article-revisions")
        requests = [bytearray()]
        for index in ("figures", "article-revisions", "articles"):
            hits = scan(
                client, index=index, query={"query": {"terms": {"article_id": article_ids}}}
            )
            for hit in hits:
                action = {"index": {"_index": f"bench-{index}", "_id": hit["_id"]}}
                requests[-1] += orjson.dumps(action) + b"\n" + orjson.dumps(hit["_source"]) + b"\n"
                if len(requests[-1]) >= BULK_BYTES:
                    requests.append(bytearray())
        headers = {"content-type": "application/x-ndjson", "accept": "application/json"}
        started = time.perf_counter()
        for request in filter(None, requests):
            answer = client.perform_request("POST", "/_bulk", headers=headers, body=bytes(request))
            if answer.body["errors"]:
                raise RuntimeError("a bulk request of the bench was refused")
        return time.perf_counter() - started

    def _wait_for(self, topic: Topic, *, count: int) -> None:
        deadline = time.monotonic() + RUN_TIMEOUT_SECONDS
        while sum(self._ends(topic).values()) < count:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{topic.name} did not get {count} events")
            time.sleep(0.02)

    def measure_latency(self) -> None:
        """Publish at a steady rate and note when each article is found by a search."""
        self.pipeline.up()
        self.pipeline.wait_until_searchable()
        client = Elasticsearch(self.pipeline.stack.elasticsearch_url)
        producer = build_producer(self.kafka, client_id="bench")
        events = build_events(LATENCY_RATE * LATENCY_SECONDS, series="latency")
        sent: dict[str, float] = {}
        found: dict[str, float] = {}

        def publish() -> None:
            started = time.monotonic()
            for number, event in enumerate(events):
                time.sleep(max(0.0, started + number / LATENCY_RATE - time.monotonic()))
                sent[event.article_id] = time.monotonic()
                producer.send(RAW.name, key=event.article_id.encode(), value=event.encode())

        thread = threading.Thread(target=publish)
        thread.start()
        deadline = time.monotonic() + LATENCY_SECONDS + 60
        while len(found) < len(events) and time.monotonic() < deadline:
            hits = client.search(
                index="articles",
                size=len(events),
                query={"prefix": {"article_id": "bench:latency:"}},
                source=False,
            )["hits"]["hits"]
            now = time.monotonic()
            for hit in hits:
                found.setdefault(hit["_id"], now)
            time.sleep(0.05)
        thread.join()
        producer.close()
        client.close()
        waits = sorted(found[name] - sent[name] for name in found)
        say(
            f"published to searchable at {LATENCY_RATE} articles/s: "
            f"p50 {percentile(waits, 50):.2f} s, p95 {percentile(waits, 95):.2f} s, "
            f"longest {waits[-1]:.2f} s, {len(events) - len(found)} of {len(events)} missing"
        )

    def print_memory(self) -> None:
        """Print what each process, with its children, holds in memory."""
        say(f"{'resident memory':<32}{'MB':>12}")
        total = 0
        for status in self.pipeline.stack.status():
            total += status.memory_bytes
            say(f"{status.name:<32}{status.memory_bytes / 1e6:>12.0f}")
        for name in ADMIN_PORTS:
            process = self.pipeline.runner.find(name)
            size = resident_bytes(process.pid) if process else 0
            total += size
            say(f"{name:<32}{size / 1e6:>12.0f}")
        say(f"{'all of it':<32}{total / 1e6:>12.0f}")

    def _ends(self, topic: Topic) -> dict[TopicPartition, int]:
        consumer = self._offset_reader()
        partitions = [TopicPartition(topic.name, number) for number in range(topic.partitions)]
        return dict(consumer.end_offsets(partitions))

    def _offset_reader(self) -> KafkaConsumer:
        if not hasattr(self, "_reader"):
            self._reader = build_consumer(self.kafka, group_id="bench-reader", client_id="bench")
        return self._reader


def print_row(stage: str, rate: float, ceiling: str, ceiling_rate: float) -> None:
    """Print a stage's rate beside its ceiling's."""
    say(f"{stage:<32}{rate:>12.0f}{ceiling_rate:>12.0f}{rate / ceiling_rate:>8.2f}  {ceiling}")


if __name__ == "__main__":
    sys.exit(main())
