"""The indexer as a process between the real Kafka and the real Elasticsearch."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch
from kafka import TopicPartition
from kafka.structs import OffsetAndMetadata

from deploy.local.stack import Stack
from indexer.mappings import IndexLayout, ensure_indices
from indexer.reconcile import reconcile
from services.chassis.kafka import Publisher, build_consumer, build_producer
from services.chassis.settings import ElasticsearchSettings, KafkaSettings
from services.chassis.topics import ensure_topics
from services.contracts.articles import EnrichedArticleV1
from services.contracts.topics import ENRICHED, INDEXED, Topic

pytestmark = pytest.mark.integration

EventMaker = Any
REPOSITORY = Path(__file__).parents[2]
_WAIT_SECONDS = 60.0


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _WAIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


class Service:
    """One process of the indexer."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self.environment = environment
        self._log = log
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "indexer", "run"],
                env=self.environment,
                cwd=REPOSITORY,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        wait_until(lambda: self._find_port() is not None)

    def stop(self, signal_number: int = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(signal_number)
        return self.process.wait(timeout=15)

    def _find_port(self) -> int | None:
        for line in self.log_lines():
            if line.get("event") == "service_started":
                return int(line["admin_port"])
        return None

    def log_lines(self) -> list[dict[str, Any]]:
        lines = self._log.read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def ask(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{self._find_port()}{path}", timeout=5
            ) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    @property
    def is_ready(self) -> bool:
        return self.ask("/readyz")[0] == 200

    def outcomes_of(self, prefix: str) -> list[str]:
        return [
            line["outcome"]
            for line in self.log_lines()
            if line.get("event") == "article_indexed" and line["article_id"].startswith(prefix)
        ]


def skip_what_others_published(kafka_settings: KafkaSettings, *, group_id: str) -> None:
    consumer = build_consumer(kafka_settings, group_id=group_id, client_id="test")
    partitions = [TopicPartition(ENRICHED.name, n) for n in range(ENRICHED.partitions)]
    consumer.assign(partitions)
    ends = consumer.end_offsets(partitions)
    consumer.commit({p: OffsetAndMetadata(offset, "", -1) for p, offset in ends.items()})
    consumer.close()


@pytest.fixture
def service(
    kafka_settings: KafkaSettings,
    elasticsearch_settings: ElasticsearchSettings,
    layout: IndexLayout,
    unique_name: str,
    tmp_path: Path,
) -> Iterator[Service]:
    ensure_topics(kafka_settings)
    skip_what_others_published(kafka_settings, group_id=unique_name)
    environment = {
        "PATH": os.environ["PATH"],
        "KAFKA_BOOTSTRAP_SERVERS": kafka_settings.bootstrap_servers,
        "ELASTICSEARCH_URL": elasticsearch_settings.url,
        "INDEXER_INDEX_PREFIX": layout.prefix,
        "INDEXER_GROUP_ID": unique_name,
        "INDEXER_LOG_FORMAT": "json",
    }
    started = Service(environment, tmp_path / "indexer.log")
    yield started
    if started.process is not None and started.process.poll() is None:
        started.stop(signal.SIGKILL)


@pytest.fixture
def publisher(kafka_settings: KafkaSettings) -> Iterator[Publisher]:
    opened = Publisher(build_producer(kafka_settings, client_id="test"))
    yield opened
    opened.close()


def publish(publisher: Publisher, *events: EnrichedArticleV1) -> None:
    publisher.confirm(
        [publisher.publish(ENRICHED, key=e.article_id, value=e.encode()) for e in events]
    )


def read_all(kafka_settings: KafkaSettings, topic: Topic, key_prefix: str, count: int) -> list[Any]:
    consumer = build_consumer(kafka_settings, group_id=f"{key_prefix}-reader", client_id="test")
    consumer.subscribe([topic.name])
    found: list[Any] = []

    def has_all() -> bool:
        for records in consumer.poll(timeout_ms=200).values():
            found.extend(r for r in records if (r.key or b"").startswith(key_prefix.encode()))
        return len(found) >= count

    wait_until(has_all)
    consumer.close()
    return found


def count_articles(client: Elasticsearch, layout: IndexLayout, prefix: str) -> int:
    if not client.indices.exists_alias(name=layout.articles):
        return 0
    client.indices.refresh(index=layout.articles)
    answer = client.search(
        index=layout.articles, query={"prefix": {"article_id": prefix}}, track_total_hits=True
    )
    return int(answer["hits"]["total"]["value"])


def test_indexer_indexes_announces_and_dead_letters(
    service: Service,
    publisher: Publisher,
    client: Elasticsearch,
    layout: IndexLayout,
    kafka_settings: KafkaSettings,
    unique_name: str,
    make_event: EventMaker,
) -> None:
    service.start()
    wait_until(lambda: service.is_ready)
    publish(publisher, *(make_event(1, article_id=f"{unique_name}:{n}") for n in range(20)))
    publisher.confirm([publisher.publish(ENRICHED, key=f"{unique_name}:x", value=b'{"a": 1}')])
    wait_until(lambda: count_articles(client, layout, unique_name) == 20)
    announced = read_all(kafka_settings, INDEXED, unique_name, 20)
    assert len(announced) == 20
    (letter,) = read_all(kafka_settings, ENRICHED.dead_letters, f"{unique_name}:x", 1)
    assert letter.value == b'{"a": 1}'
    assert dict(letter.headers)["dlq-reason"] == b"invalid_event"
    assert service.stop() == 0
    assert service.outcomes_of(unique_name) == ["created"] * 20
    service.start()
    wait_until(lambda: service.is_ready)
    publish(publisher, make_event(1, article_id=f"{unique_name}:last"))
    wait_until(lambda: service.outcomes_of(unique_name) == ["created"])


def test_indexer_killed_at_work_loses_and_doubles_nothing(
    service: Service,
    publisher: Publisher,
    client: Elasticsearch,
    layout: IndexLayout,
    unique_name: str,
    make_event: EventMaker,
) -> None:
    ensure_indices(client, layout)
    first = [make_event(1, article_id=f"{unique_name}:{n}", figures=2) for n in range(300)]
    second = [
        make_event(2, "b", cause="source", article_id=f"{unique_name}:{n}", figures=1)
        for n in range(300)
    ]
    publish(publisher, *first, *second)
    service.start()
    wait_until(lambda: count_articles(client, layout, unique_name) > 0)
    service.stop(signal.SIGKILL)
    service.start()

    def is_complete() -> bool:
        client.indices.refresh(index=layout.figures)
        figures = client.count(index=layout.figures, query={"prefix": {"article_id": unique_name}})[
            "count"
        ]
        return count_articles(client, layout, unique_name) == 300 and figures == 300

    wait_until(is_complete)
    client.indices.refresh(index=layout.revisions)
    history = client.count(index=layout.revisions, query={"prefix": {"article_id": unique_name}})
    assert history["count"] == 600
    assert service.stop() == 0


def test_indexers_hand_partitions_over_at_work(
    service: Service,
    publisher: Publisher,
    client: Elasticsearch,
    layout: IndexLayout,
    tmp_path: Path,
    unique_name: str,
    make_event: EventMaker,
) -> None:
    events = [make_event(1, article_id=f"{unique_name}:{n}", figures=2) for n in range(200)]
    events += [
        make_event(2, "b", cause="source", article_id=f"{unique_name}:{n}", figures=1)
        for n in range(200)
    ]
    second = Service(service.environment, tmp_path / "second.log")
    service.start()
    wait_until(lambda: service.is_ready)
    try:
        second.start()
        publish(publisher, *events)
        wait_until(lambda: second.is_ready)
        assert service.stop() == 0
        wait_until(lambda: count_articles(client, layout, unique_name) == 200)
        publish(publisher, *events)
        outcomes = ["duplicate"] * 400
        wait_until(lambda: second.outcomes_of(unique_name)[-400:] == outcomes)
    finally:
        second.stop()
    assert reconcile(client, layout).is_clean
    client.indices.refresh(index=layout.figures)
    assert client.count(index=layout.figures)["count"] == 200


def test_indexer_waits_for_elasticsearch_and_goes_on(
    service: Service,
    publisher: Publisher,
    client: Elasticsearch,
    layout: IndexLayout,
    stack: Stack,
    unique_name: str,
    make_event: EventMaker,
) -> None:
    service.start()
    wait_until(lambda: service.is_ready)
    stack.stop("elasticsearch")
    try:
        publish(publisher, *(make_event(1, article_id=f"{unique_name}:{n}") for n in range(20)))
        wait_until(lambda: not service.is_ready)
        wait_until(
            lambda: any(line.get("event") == "batch_retried" for line in service.log_lines())
        )
        assert service.ask("/livez")[0] == 200
    finally:
        stack.start("elasticsearch")
    wait_until(lambda: count_articles(client, layout, unique_name) == 20)
    assert service.outcomes_of(unique_name) == ["created"] * 20
    assert not any(line.get("event") == "event_rejected" for line in service.log_lines())
    assert service.stop() == 0


def test_reconcile_command_says_by_its_exit_code_whether_the_indices_agree(
    client: Elasticsearch,
    layout: IndexLayout,
    elasticsearch_settings: ElasticsearchSettings,
) -> None:
    ensure_indices(client, layout)
    ghost = {"figure_id": "gone:1#body:0-1", "article_id": "gone:1"}
    client.index(index=layout.figures, id="gone:1#body:0-1", document=ghost)
    environment = {
        "PATH": os.environ["PATH"],
        "ELASTICSEARCH_URL": elasticsearch_settings.url,
        "INDEXER_INDEX_PREFIX": layout.prefix,
    }

    def run(*options: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "indexer", "reconcile", *options],
            env=environment,
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            check=False,
        )

    found = run("--json")
    assert found.returncode == 1
    assert json.loads(found.stdout)["findings"][0]["problem"] == "ghost_figure"
    assert run("--fix").returncode == 0
    assert run().returncode == 0
