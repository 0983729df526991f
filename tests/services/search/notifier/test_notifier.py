"""`python -m services.search notify` as a process, on the real Kafka and Elasticsearch."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from kafka import KafkaConsumer, TopicPartition

from services.chassis.clock import SystemClock
from services.chassis.kafka import Publisher, build_consumer, build_producer
from services.chassis.settings import ElasticsearchSettings, KafkaSettings
from services.chassis.topics import ensure_topics
from services.contracts.articles import Cause, IndexedArticleV1
from services.contracts.topics import INDEXED
from services.search.domain.saved import read_address
from services.search.saved_searches import Draft, SavedSearches
from services.search.store import Store

pytestmark = pytest.mark.integration

REPOSITORY = Path(__file__).parents[4]
DEADLINE_SECONDS = 60.0
HAI_PHONG, HA_NOI = "laodong:vi:1001", "laodongthudo:vi:1002"


def wait_until(is_so: Callable[[], bool], *, what: str) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, f"not within {DEADLINE_SECONDS} s: {what}"
        time.sleep(0.05)


class Newsroom:
    """A webhook, saved searches, and a notifier that is started and ended."""

    def __init__(self, kafka: KafkaSettings, folder: Path, environment: dict[str, str]) -> None:
        self.kafka = kafka
        self.folder = folder
        self.environment = environment
        self.got: list[dict[str, Any]] = []
        self.searches = SavedSearches(Store(folder / "desk.sqlite"), clock=SystemClock())
        self.process: subprocess.Popen[str] | None = None
        self.hook = ""

    def save(self, address: str) -> int:
        draft = Draft(
            name=address, query=read_address(address), language="vi", webhook_url=self.hook
        )
        return self.searches.add(None, draft).search_id

    def publish(self, *payloads: bytes, key: str = "test") -> None:
        publisher = Publisher(build_producer(self.kafka, client_id="test"))
        publisher.confirm([publisher.publish(INDEXED, key=key, value=each) for each in payloads])
        publisher.close()

    @property
    def admin_url(self) -> str:
        return f"http://127.0.0.1:{self.environment['NOTIFIER_ADMIN_PORT']}"

    def is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.admin_url}/readyz", timeout=3).status_code == 200
        except httpx.TransportError:
            return False

    def start(self) -> None:
        with (self.folder / "log").open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "services.search", "notify"],
                cwd=REPOSITORY,
                env={**os.environ, **self.environment},
                stdout=log,
                stderr=log,
                text=True,
            )
        wait_until(self.is_ready, what="the notifier is ready")

    def end(self, by: signal.Signals) -> int:
        assert self.process is not None
        self.process.send_signal(by)
        return self.process.wait(DEADLINE_SECONDS)

    def list_told(self) -> list[tuple[int, str, str]]:
        return [
            (message["data"]["saved_search"]["id"], article["article_id"], article["cause"])
            for message in self.got
            for article in message["data"]["articles"]
        ]

    def list_told_by_key(self) -> dict[str, tuple[int, str, str]]:
        """What a receiver holds who knows repetitions by their keys, as they may follow a crash."""
        keys = [a["idempotency_key"] for message in self.got for a in message["data"]["articles"]]
        return dict(zip(keys, self.list_told(), strict=True))

    def read_metric(self, line: str) -> float:
        for each in httpx.get(f"{self.admin_url}/metrics", timeout=10).text.splitlines():
            if each.startswith(f"{line} "):
                return float(each.rpartition(" ")[2])
        return 0.0

    def list_events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.folder / "log").read_text().splitlines()]


@contextmanager
def receive(got: list[dict[str, Any]]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:  # noqa: ANN401 - as above
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def newsroom(
    kafka_settings: KafkaSettings,
    elasticsearch_settings: ElasticsearchSettings,
    filled_prefix: str,
    unique_name: str,
    tmp_path: Path,
    find_free_port: Callable[[], int],
) -> Iterator[Newsroom]:
    ensure_topics(kafka_settings)
    environment = {
        "KAFKA_BOOTSTRAP_SERVERS": kafka_settings.bootstrap_servers,
        "ELASTICSEARCH_URL": elasticsearch_settings.url,
        "SEARCH_INDEX_PREFIX": filled_prefix,
        "SEARCH_STORE_FILE": str(tmp_path / "desk.sqlite"),
        "SEARCH_PUBLIC_URL": "https://desk.example",
        "NOTIFIER_GROUP_ID": unique_name,
        "NOTIFIER_ADMIN_PORT": str(find_free_port()),
        "NOTIFIER_LOG_FORMAT": "json",
    }
    room = Newsroom(kafka_settings, tmp_path, environment)
    with receive(room.got) as netloc:
        room.hook = f"http://{netloc}/"
        environment["NOTIFIER_PRIVATE_ADDRESSES"] = netloc
        yield room
        if room.process is not None and room.process.poll() is None:
            room.process.kill()
            room.process.wait()


def build_event(article_id: str, *, cause: str = "new", revision: int = 1) -> bytes:
    now = datetime.now(UTC)
    return IndexedArticleV1(
        article_id=article_id,
        revision=revision,
        generation=0,
        cause=Cause(cause),
        is_news=Cause(cause).is_news,
        status="published",
        outlet="Báo",
        title=f"Tin {article_id}",
        fetched_at=now,
        indexed_at=now,
    ).encode()


def test_news_is_told_once_across_redelivery_and_crashes(newsroom: Newsroom) -> None:
    words, money = (
        newsroom.save("/?q=hai+phong"),
        newsroom.save("/figures?unit=VND&min=100000000000"),
    )
    newsroom.save("/?q=kh%C3%B4ng+ai+t%C3%ACm")
    newsroom.start()
    first = build_event(HAI_PHONG)
    newsroom.publish(
        first, build_event(HA_NOI), b"no event", build_event(HAI_PHONG, cause="parser")
    )
    wait_until(lambda: len(newsroom.list_told()) >= 2, what="both searches are told")
    assert newsroom.end(signal.SIGKILL) == -signal.SIGKILL
    newsroom.publish(first)
    newsroom.start()
    newsroom.publish(first, build_event(HAI_PHONG, cause="source", revision=2))
    wait_until(lambda: len(newsroom.list_told_by_key()) >= 4, what="the correction is told")
    assert sorted(newsroom.list_told_by_key().values()) == sorted(
        (search, HAI_PHONG, cause) for search in (words, money) for cause in ("new", "source")
    )
    assert newsroom.end(signal.SIGTERM) == 0
    assert newsroom.list_events()[-1]["event"] == "service_stopped"


def test_every_event_ends_in_one_outcome_and_what_cannot_be_read_in_the_dead_letters(
    newsroom: Newsroom, kafka_settings: KafkaSettings, unique_name: str
) -> None:
    newsroom.save("/?q=hai+phong")
    newsroom.start()
    broken = f"broken {unique_name}".encode()
    newsroom.publish(
        build_event(HAI_PHONG), build_event(HA_NOI), build_event(HA_NOI, cause="enricher"), broken
    )
    outcome = 'unionwire_notifier_events_total{{outcome="{}"}}'
    wait_until(lambda: newsroom.read_metric(outcome.format("rejected")) >= 1, what="the rejection")
    # other tests' events lie in the topic too
    outcomes = [
        newsroom.read_metric(outcome.format(name))
        for name in ("told", "unmatched", "no_news", "stale", "rejected")
    ]
    assert all(count >= 1 for count in (*outcomes[:3], outcomes[4]))
    received = newsroom.read_metric("unionwire_notifier_events_received_total")
    assert received >= sum(outcomes)
    consumer: KafkaConsumer = build_consumer(kafka_settings, group_id=unique_name, client_id="test")
    dead = INDEXED.dead_letters.name
    consumer.assign([TopicPartition(dead, number) for number in range(INDEXED.partitions)])
    consumer.seek_to_beginning()
    letters: list[bytes] = []

    def has_letter() -> bool:
        for records in consumer.poll(timeout_ms=200).values():
            letters.extend(record.value for record in records)
        return broken in letters

    wait_until(has_letter, what="the dead letter")
    consumer.close(autocommit=False)


def test_a_second_notifier_of_one_store_ends_with_one_sentence(newsroom: Newsroom) -> None:
    newsroom.start()
    ended = subprocess.run(
        [sys.executable, "-m", "services.search", "notify"],
        cwd=REPOSITORY,
        env={**os.environ, **newsroom.environment, "NOTIFIER_ADMIN_PORT": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert "Another notifier runs on" in ended.stderr


def test_a_first_start_says_what_is_wrong_with_the_store(newsroom: Newsroom) -> None:
    (newsroom.folder / "other.sqlite").write_text("this is no database, but a text " * 100)
    environment = {
        **newsroom.environment,
        "SEARCH_STORE_FILE": str(newsroom.folder / "other.sqlite"),
    }
    ended = subprocess.run(
        [sys.executable, "-m", "services.search", "notify"],
        cwd=REPOSITORY,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert "set SEARCH_STORE_FILE" in ended.stderr.splitlines()[-1]
