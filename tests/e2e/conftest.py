"""The whole system on its own servers, driven from outside as its users drive it."""

import json
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from kafka import TopicPartition
from kafka.admin import KafkaAdminClient

from deploy.pipeline.pipeline import Pipeline, fetch_json
from services.chassis.kafka import Publisher, build_consumer, build_producer, connection
from services.chassis.settings import KafkaSettings
from services.contracts.topics import Topic

HURRY = {
    "CRAWLER_POLL_SECONDS": "2",
    "CRAWLER_POLL_MAXIMUM_SECONDS": "2",
    "PULSE_INTERVAL_SECONDS": "5",
    "PULSE_LOOK_SECONDS": "3",
}
GROUPS = ("enricher", "indexer")
KEYS = {
    "articles": ("article_id",),
    "figures": ("article_id", "figure_id"),
    "article-revisions": ("article_id", "revision"),
}
WAIT_SECONDS = 120.0


class System:
    """The pipeline of `make demo` in a folder of its own, and eyes and hands for tests."""

    def __init__(self, state_dir: Path, *, environment: dict[str, str] | None = None) -> None:
        self.pipeline = Pipeline(
            "demo",
            sources=None,
            report=_say,
            state_dir=state_dir,
            environment={**HURRY, **(environment or {})},
        )
        self.runner = self.pipeline.runner
        self.stack = self.pipeline.stack

    @property
    def kafka(self) -> KafkaSettings:
        return KafkaSettings(bootstrap_servers=self.stack.kafka_bootstrap_servers)

    def order(self, path: str, **body: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        """Give the demo's site an order."""
        request = urllib.request.Request(  # noqa: S310 - our own http address
            f"{self.pipeline.demo_control_url}{path}", data=json.dumps(body).encode()
        )
        with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310 - as above
            return dict(json.load(response))

    def ledger(self) -> list[dict[str, Any]]:
        return list(fetch_json(f"{self.pipeline.demo_control_url}/ledger")["articles"])

    def hits(self) -> dict[str, Any]:
        return fetch_json(f"{self.pipeline.demo_control_url}/hits")

    def ask(self, path: str, **body: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        """Ask Elasticsearch."""
        request = urllib.request.Request(  # noqa: S310 - our own http address
            f"{self.stack.elasticsearch_url}/{path}",
            data=json.dumps(body).encode() if body else None,
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310 - as above
            return dict(json.load(response))

    def put(self, path: str, **body: Any) -> None:  # noqa: ANN401 - JSON
        request = urllib.request.Request(  # noqa: S310 - our own http address
            f"{self.stack.elasticsearch_url}/{path}",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
            method="PUT",
        )
        urllib.request.urlopen(request, timeout=60).close()  # noqa: S310 - as above

    def documents(self, index: str) -> dict[str, dict[str, Any]]:
        """Return all documents of an index by id, with the mark of their last write."""
        self.ask(f"{index}/_refresh")
        found: dict[str, dict[str, Any]] = {}
        after: list[Any] = []
        while True:
            page = self.ask(
                f"{index}/_search",
                size=2000,
                sort=[{field: "asc"} for field in KEYS[index]],
                seq_no_primary_term=True,
                track_total_hits=True,
                **({"search_after": after} if after else {}),
            )["hits"]
            for hit in page["hits"]:
                found[hit["_id"]] = {**hit["_source"], "_seq_no": hit["_seq_no"]}
            if len(found) >= page["total"]["value"] or not page["hits"]:
                return found
            after = page["hits"][-1]["sort"]

    def urls(self) -> set[str]:
        """Return the addresses of the articles that searches find."""
        self.ask("articles/_refresh")
        found: set[str] = set()
        after: list[Any] = []
        while True:
            hits = self.ask(
                "articles/_search",
                size=5000,
                _source=["url"],
                sort=[{"article_id": "asc"}],
                **({"search_after": after} if after else {}),
            )["hits"]["hits"]
            if not hits:
                return found
            found |= {hit["_source"]["url"] for hit in hits}
            after = hits[-1]["sort"]

    def articles(self) -> dict[str, dict[str, Any]]:
        """Return the articles of the index by their address."""
        return {article["url"]: article for article in self.documents("articles").values()}

    def figures(self, article_id: str) -> dict[str, dict[str, Any]]:
        return {
            name: figure
            for name, figure in self.documents("figures").items()
            if figure["article_id"] == article_id
        }

    def snapshot(self) -> dict[str, dict[str, dict[str, Any]]]:
        """Return everything that is stored, with the marks of the last writes."""
        return {
            index: self.documents(index) for index in ("articles", "figures", "article-revisions")
        }

    def wait(
        self,
        what: str,
        is_true: Callable[[], object],
        *,
        timeout_seconds: float = WAIT_SECONDS,
        rest: Callable[[], object] = lambda: None,
    ) -> None:
        """Wait until something is true of the running system.

        Args:
            what: what is waited for, for the message.
            is_true: asked again and again; an exception counts as no, and is shown at the end.
            timeout_seconds: how long `rest` may stay the same before it is a failure.
            rest: what is left to be done: while it changes, a slow machine is at work.
        """
        left = None
        deadline = time.monotonic() + timeout_seconds
        while not _holds(is_true):
            if (now_left := _ask(rest)) != left:
                left = now_left
                deadline = time.monotonic() + timeout_seconds
            if time.monotonic() > deadline:
                logs = "\n".join(
                    f"{name}:\n{self.runner.last_lines(name)}"
                    for name in ("demo-site", "crawler", "enricher", "indexer")
                )
                answer = _ask(is_true)
                pytest.fail(
                    f"not within {timeout_seconds:.0f} s: {what}\n"
                    f"last answer: {answer!r}\nleft to do: {left!r:.3000}\n{logs}"
                )
            time.sleep(0.5)

    def wait_until_idle(self) -> None:
        """Wait until both consumer groups have committed all there is."""
        self.wait("all events are consumed", lambda: sum(self.lags().values()) == 0, rest=self.lags)

    def wait_until_searchable(self, urls: set[str]) -> None:
        """Wait until searches find all these articles."""
        self.wait(
            "all articles are searchable",
            lambda: urls <= self.urls(),
            rest=lambda: sorted(urls - self.urls()),
        )

    def lags(self) -> dict[str, int]:
        """Return how many events each group has not committed yet, -1 when it never began."""
        admin = KafkaAdminClient(**connection(self.kafka))
        try:
            lags = {}
            for group, topic in zip(
                GROUPS, ("articles.raw.v1", "articles.enriched.v1"), strict=True
            ):
                committed = {
                    partition: offset.offset
                    for partition, offset in admin.list_group_offsets([group])[group].items()
                    if partition.topic == topic
                }
                ends = self.ends(topic)
                lags[group] = sum(
                    end - max(0, committed.get(partition, 0)) for partition, end in ends.items()
                )
            return lags
        finally:
            admin.close()

    def ends(self, topic: str) -> dict[Any, int]:
        """Return the end offset of each partition of a topic."""
        consumer = build_consumer(self.kafka, group_id="test-ends", client_id="test")
        try:
            partitions = [TopicPartition(topic, n) for n in consumer.partitions_for_topic(topic)]
            return dict(consumer.end_offsets(partitions))
        finally:
            consumer.close()

    def events(self, topic: Topic) -> list[tuple[str, bytes, dict[str, bytes]]]:
        """Return all events of a topic: key, value, headers."""
        consumer = build_consumer(self.kafka, group_id="test-events", client_id="test")
        try:
            partitions = [TopicPartition(topic.name, n) for n in range(topic.partitions)]
            consumer.assign(partitions)
            consumer.seek_to_beginning()
            wanted = sum(consumer.end_offsets(partitions).values())
            found: list[tuple[str, bytes, dict[str, bytes]]] = []
            while len(found) < wanted:
                for records in consumer.poll(1000).values():
                    found += [
                        ((record.key or b"").decode(), record.value, dict(record.headers))
                        for record in records
                    ]
            return found
        finally:
            consumer.close()

    def publish(self, topic: Topic, key: str, payload: bytes) -> None:
        """Publish bytes as they are."""
        publisher = Publisher(build_producer(self.kafka, client_id="test"))
        try:
            publisher.confirm([publisher.publish(topic, key=key, value=payload)])
        finally:
            publisher.close()

    def rewind(self) -> None:
        """Let both groups start from the first event; they must not run."""
        admin = KafkaAdminClient(**connection(self.kafka))
        try:
            # members that were killed leave after their session ends
            self.wait("the groups are empty", lambda: _delete_groups(admin), timeout_seconds=60)
        finally:
            admin.close()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _delete_groups(admin: KafkaAdminClient) -> bool:
    return "NonEmptyGroupError" not in admin.delete_groups(list(GROUPS)).values()


def _ask(question: Callable[[], object]) -> object:
    """Ask a system that may be just starting, where any answer is possible."""
    try:
        return question()
    except Exception as error:  # noqa: BLE001 - as above
        return error


def _holds(is_true: Callable[[], object]) -> bool:
    answer = _ask(is_true)
    return bool(answer) and not isinstance(answer, Exception)


def _run_system(state_dir: Path, *, environment: dict[str, str]) -> Iterator[System]:
    running = System(state_dir, environment=environment)
    try:
        running.pipeline.up()
        running.pipeline.wait_until_searchable()
        yield running
    finally:
        running.pipeline.down()


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """The running demo, its crawler in a hurry; all that its site shows at first is searchable."""
    hurry = {
        # the site corrects stories long after they were found
        "CRAWLER_RECHECK_SECONDS": ",".join(map(str, [*range(2, 60, 2), *range(60, 3600, 10)])),
        "CRAWLER_WITHDRAW_CONFIRM_SECONDS": "2",
    }
    yield from _run_system(tmp_path_factory.mktemp("demo"), environment=hurry)


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """The same for tests that break things."""
    patience = {"CRAWLER_RECHECK_SECONDS": "900"}
    yield from _run_system(tmp_path_factory.mktemp("system"), environment=patience)
