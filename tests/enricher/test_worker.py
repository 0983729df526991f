"""A worker as a process: it waits for Kafka, and leaves when told."""

import http.client
import json
import os
import signal
import subprocess
import sys


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
