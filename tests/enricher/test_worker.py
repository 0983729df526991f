"""A worker as a process: it waits for Kafka, and leaves when told."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from services.chassis.kafka import Publisher, build_producer
from services.chassis.settings import KafkaSettings
from services.chassis.topics import ensure_topics
from services.contracts.topics import RAW


def test_worker_waits_for_kafka_and_leaves_when_told() -> None:
    settings = {
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
        "ENRICHER_ADMIN_PORT": "0",
        "ENRICHER_LOG_FORMAT": "json",
    }
    with subprocess.Popen(
        [sys.executable, "-m", "enricher", "run"],
        stdout=subprocess.PIPE,
        env={**os.environ, **settings, "PYTHONUNBUFFERED": "1"},
    ) as process:
        assert process.stdout is not None
        events = (json.loads(line) for line in process.stdout)
        started = next(event for event in events if event["event"] == "enricher_started")
        for _ in range(3):
            assert next(events)["event"] == "dependency_missing"
        admin = http.client.HTTPConnection("127.0.0.1", started["admin_port"], timeout=10)
        admin.request("GET", "/livez")
        assert json.load(admin.getresponse())["ok"]
        admin.request("GET", "/readyz")
        assert json.load(admin.getresponse())["kafka"] is False
        admin.close()
        process.send_signal(signal.SIGTERM)
        process.stdout.close()
        assert process.wait(timeout=30) == 0


@pytest.mark.integration
def test_worker_consumes_however_early_it_is_asked_whether_it_is_ready(
    kafka_settings: KafkaSettings, unique_name: str
) -> None:
    # a question from the admin thread bound parts of Faust to a loop that never ran
    ensure_topics(kafka_settings)
    settings = {
        "KAFKA_BOOTSTRAP_SERVERS": kafka_settings.bootstrap_servers,
        "ENRICHER_GROUP": unique_name,
        "ENRICHER_ADMIN_PORT": "0",
        "ENRICHER_LOG_FORMAT": "json",
    }
    with subprocess.Popen(
        [sys.executable, "-m", "enricher", "run"],
        stdout=subprocess.PIPE,
        env={**os.environ, **settings, "PYTHONUNBUFFERED": "1"},
    ) as process:
        assert process.stdout is not None
        events = (json.loads(line) for line in process.stdout)
        started = next(event for event in events if event["event"] == "enricher_started")
        deadline = time.monotonic() + 120
        while not is_ready(started["admin_port"]) and time.monotonic() < deadline:
            time.sleep(0.01)
        publisher = Publisher(build_producer(kafka_settings, client_id=unique_name))
        publisher.confirm([publisher.publish(RAW, key=unique_name, value=b"no event")])
        publisher.close()
        assert next(event for event in events if event["event"] == "article_rejected")
        process.send_signal(signal.SIGTERM)
        process.stdout.close()
        assert process.wait(timeout=30) == 0


def is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=10):
            return True
    except urllib.error.URLError:
        return False
