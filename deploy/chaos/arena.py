"""The pipeline that faults are done to: two workers of each kind on servers of their own.

In: a state directory. Out: hands (publish, kill, freeze, start), eyes (lags, documents, letters).
"""

import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from elasticsearch import Elasticsearch
from elasticsearch.helpers import scan
from kafka import TopicPartition
from kafka.errors import KafkaError

from deploy.chaos.ledger import Findings, Ledger, Sending, compare
from deploy.chaos.proxy import FaultyProxy
from deploy.pipeline.pipeline import Pipeline
from deploy.pipeline.services import Service
from services.chassis.backoff import backoff_seconds
from services.chassis.errors import Retry
from services.chassis.kafka import Publisher, build_admin, build_producer, build_reader
from services.chassis.letter_box import LetterBox
from services.chassis.settings import KafkaSettings
from services.contracts.documents import ArticleDocument
from services.contracts.topics import ENRICHED, RAW, Topic

GROUPS = {"enricher": RAW, "indexer": ENRICHED}


class Arena:
    """The running pipeline; `proxy` stands before Elasticsearch where it was built with one."""

    def __init__(self, pipeline: Pipeline, *, proxy: FaultyProxy | None = None) -> None:
        self.pipeline = pipeline
        self.proxy = proxy

    @property
    def kafka(self) -> KafkaSettings:
        """Where Kafka is."""
        return KafkaSettings(bootstrap_servers=self.pipeline.stack.kafka_bootstrap_servers)

    # -- hands -------------------------------------------------------------------------------

    def start_worker(self, kind: str, number: int) -> str:
        """Start one more worker of a kind and return its name."""
        (service,) = [s for group in self.pipeline.services() for s in group if s.name == kind]
        name = f"{kind}-{number}"
        environment = dict(service.environment)
        if kind == "enricher":
            environment["ENRICHER_INSTANCE"] = f"{self.pipeline.name}-{name}"
        self.pipeline.runner.start(
            Service(
                name=name,
                arguments=service.arguments,
                environment=environment,
                # a variable that no service reads: it takes a free port by itself
                admin_port=f"{kind}_{number}_ADMIN_PORT".upper(),
            ),
            environment={**self.pipeline.servers(), **self.pipeline.environment},
        )
        return name

    def kill(self, name: str) -> None:
        """End a service or a server by SIGKILL."""
        if name in ("kafka", "elasticsearch"):
            self.pipeline.stack.kill(name)
        else:
            self.pipeline.runner.kill(name)

    def freeze(self, name: str) -> None:
        """Stop a process where it stands: it holds its connections and answers nothing."""
        os.kill(self._pid(name), signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        """Let it go on."""
        os.kill(self._pid(name), signal.SIGCONT)

    def recover(self) -> None:
        """Start whatever does not run."""
        for server in ("kafka", "elasticsearch"):
            self.pipeline.stack.start(server)
        self.pipeline.start_services()

    def put_settings(self, **settings: object) -> None:
        """Change settings of all our indices."""
        with self.elasticsearch() as client:
            client.indices.put_settings(
                index="articles,figures,article-revisions", settings=settings
            )

    def publish(self, sendings: Sequence[Sending], *, within_seconds: float) -> None:
        """Publish evenly over a time; what Kafka does not take is tried until it does."""
        publisher: Publisher | None = None
        started = time.monotonic()
        for number, sending in enumerate(sendings):
            wanted_at = started + within_seconds * number / len(sendings)
            time.sleep(max(0.0, wanted_at - time.monotonic()))
            failures = 0
            while True:
                try:
                    publisher = publisher or Publisher(
                        build_producer(self.kafka, client_id="chaos")
                    )
                    sent = publisher.publish(RAW, key=sending.key, value=sending.payload)
                    publisher.confirm([sent], timeout_seconds=15)
                    break
                except Retry:
                    if publisher is not None:
                        publisher.close(timeout_seconds=0.0)
                        publisher = None
                    time.sleep(backoff_seconds(failures, cap_seconds=2.0))
                    failures += 1
        if publisher is not None:
            publisher.close()

    # -- eyes --------------------------------------------------------------------------------

    def elasticsearch(self) -> Elasticsearch:
        """Return a client that does not go through the proxy."""
        return Elasticsearch(
            self.pipeline.stack.elasticsearch_url, request_timeout=20, max_retries=0
        )

    def count_behind(self) -> int:
        """Return how many events the groups have not committed, of all partitions.

        Raises:
            Retry: Kafka does not answer.
        """
        admin = build_admin(self.kafka, client_id="chaos")
        reader = build_reader(self.kafka, client_id="chaos")
        try:
            behind = 0
            for group, topic in GROUPS.items():
                places = [TopicPartition(topic.name, n) for n in range(topic.partitions)]
                committed = admin.list_group_offsets(group)[group]
                ends = reader.end_offsets(places)
                behind += sum(
                    end - (committed[place].offset if place in committed else 0)
                    for place, end in ends.items()
                )
        except KafkaError as error:
            raise Retry(f"Kafka does not answer: {error!r}") from error
        finally:
            admin.close()
            reader.close()
        return behind

    def count_events(self, topic: Topic) -> int:
        """Return how many events a topic keeps."""
        reader = build_reader(self.kafka, client_id="chaos")
        try:
            places = [TopicPartition(topic.name, n) for n in range(topic.partitions)]
            ends, begins = reader.end_offsets(places), reader.beginning_offsets(places)
            return sum(ends[place] - begins[place] for place in places)
        finally:
            reader.close()

    def find(self, ledger: Ledger) -> Findings:
        """Compare the index with a ledger.

        Raises:
            ApiError, TransportError: Elasticsearch does not answer.
        """
        prefix = {"prefix": {"article_id": f"bench:{ledger.series}:"}}
        with self.elasticsearch() as client:
            client.indices.refresh(index="articles,figures,article-revisions")
            articles = {
                hit["_id"]: ArticleDocument.model_validate(hit["_source"])
                for hit in scan(client, index="articles", query={"query": prefix})
            }
            ids = {
                alias: [
                    hit["_id"]
                    for hit in scan(client, index=alias, query={"query": prefix}, _source=False)
                ]
                for alias in ("figures", "article-revisions")
            }
        return compare(
            ledger,
            articles=articles,
            figure_ids=ids["figures"],
            revision_ids=ids["article-revisions"],
        )

    def list_letters(self) -> dict[str, str]:
        """Return the reasons of all dead letters by key."""
        reader = build_reader(self.kafka, client_id="chaos")
        unused: Any = None
        try:
            return {
                letter.key: letter.reason
                for topic in GROUPS.values()
                for letter in LetterBox(
                    consumer=reader, admin=unused, publisher=unused, source=topic
                ).list_open()
            }
        finally:
            reader.close()

    def _pid(self, name: str) -> int:
        for status in self.pipeline.stack.status():
            if status.name == name and status.pid is not None:
                return status.pid
        process = self.pipeline.runner.find(name)
        if process is None:
            raise RuntimeError(f"{name} does not run")
        return process.pid


def build_arena(state_dir: Path, *, seed: int, report: Any) -> Arena:  # noqa: ANN401 - prints lines
    """Start two workers of each kind behind a proxy before Elasticsearch."""
    environment: dict[str, str] = {"PULSE_INTERVAL_SECONDS": "5"}
    pipeline = Pipeline(
        "demo", sources=None, report=report, state_dir=state_dir, environment=environment
    )
    pipeline.stack.up()
    proxy = FaultyProxy(pipeline.stack.elasticsearch_url.removeprefix("http://"), seed=seed)
    proxy.start()
    environment["ELASTICSEARCH_URL"] = proxy.url
    pipeline.environment.update(environment)
    pipeline.up()
    arena = Arena(pipeline, proxy=proxy)
    for kind in GROUPS:
        arena.start_worker(kind, 2)
    return arena
