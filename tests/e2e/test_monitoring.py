"""A real Prometheus watches the running services: every panel shows data, heartbeats arrive."""

import json
import shutil
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.grafana.__main__ import render_dashboards
from deploy.local.processes import choose_port
from deploy.pipeline.pipeline import ADMIN_PORTS, fetch_json
from services.contracts.heartbeats import HEARTBEAT_SOURCE
from services.contracts.topics import RAW

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

System = Any  # the fixture's class lives in conftest.py
REPOSITORY = Path(__file__).parents[2]
RULES = REPOSITORY / "deploy" / "prometheus" / "rules"
WAIT_SECONDS = 180.0

ONLY_ON_OCCASION = (
    "ALERTS",
    "unionwire_enricher_extractor_restarts_total",
    "unionwire_search_elasticsearch_errors_total",
    "_retries_total",
    "_dead_letters_total",
    "_rejected_requests",
    "unionwire_notifier_attempts_total",
    "unionwire_notifier_searchable_to_sent_seconds",
)
"""Series that do not exist while all goes well and nobody wants to be told: may be empty."""


class Prometheus:
    """A Prometheus that scrapes the running services every second."""

    def __init__(self, system: System, folder: Path) -> None:
        self.port = choose_port(taken=frozenset())
        targets = {stage: system.runner.url(port) for stage, port in ADMIN_PORTS.items()}
        self.jobs = set(targets)
        configuration = {
            "global": {"scrape_interval": "1s", "evaluation_interval": "2s"},
            "rule_files": [str(RULES / "*.yml")],
            "scrape_configs": [
                {
                    "job_name": job,
                    "static_configs": [{"targets": [url.removeprefix("http://")]}],
                }
                for job, url in targets.items()
            ],
        }
        file = folder / "prometheus.yml"
        file.write_text(yaml.safe_dump(configuration))
        program = shutil.which("prometheus")
        if program is None:
            pytest.fail("There is no prometheus: on Debian and Ubuntu apt-get install prometheus.")
        self.process = subprocess.Popen(
            [
                program,
                f"--config.file={file}",
                f"--storage.tsdb.path={folder / 'series'}",
                f"--web.listen-address=127.0.0.1:{self.port}",
                "--log.level=error",
            ]
        )

    def ask(self, path: str, **parameters: str) -> Any:  # noqa: ANN401 - JSON
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=30) as response:
                return json.load(response)["data"]
        except urllib.error.HTTPError as error:
            with error:
                pytest.fail(f"{parameters}: {error.read().decode()}")

    def query(self, expression: str) -> list[dict[str, Any]]:
        return list(self.ask("query", query=expression)["result"])

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=30)


@pytest.fixture(scope="module")
def prometheus(demo: System, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """Prometheus, after the services have worked under its eyes for a while."""
    demo.publish(RAW, "unreadable", b"\x00 no json")
    started = Prometheus(demo, tmp_path_factory.mktemp("prometheus"))

    def has_seen_all() -> bool:
        up = started.query("up == 1")
        beats = started.query("increase(unionwire_pulse_heartbeats_total[5m]) > 0")
        news = started.query(
            "increase(unionwire_indexer_fetched_to_searchable_seconds_count[5m]) > 0"
        )
        return {each["metric"]["job"] for each in up} == started.jobs and bool(beats and news)

    try:
        demo.wait("Prometheus answers", lambda: started.ask("status/runtimeinfo"))
        work_under_its_eyes(demo)
        demo.wait("Prometheus has seen all services at work", has_seen_all)
        yield started
    finally:
        started.stop()


def work_under_its_eyes(demo: System) -> None:
    """Let everything that a panel shows happen: news, a correction, searches."""
    time.sleep(3)  # a rate needs a value from before
    entry = demo.order(
        "/publish",
        outlet="laodong",
        section="cong-doan",
        title="Tin cho đồng hồ đo",
        lead="Chương trình diễn ra cuối tuần qua.",
        body=["Trao 77 suất quà."],
    )
    demo.wait("the story is found", lambda: entry["url"] in demo.articles())
    demo.order("/withdraw", article=entry["key"])
    demo.wait(
        "the withdrawal is seen",
        lambda: demo.articles()[entry["url"]]["status"] == "withdrawn",
    )
    for query in ("suất quà", "không có chữ này"):
        demo.pipeline.search(query)


def list_panels() -> list[Any]:
    return [
        pytest.param(target["expr"], id=f"{file.removesuffix('.json')}: {panel['title']}")
        for file, text in render_dashboards().items()
        for panel in json.loads(text)["panels"]
        for target in panel.get("targets") or ()
    ]


@pytest.mark.parametrize("expression", list_panels())
def test_each_panel_shows_data(prometheus: Prometheus, expression: str) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    may_be_empty = any(series in expression for series in ONLY_ON_OCCASION)
    while not (found := prometheus.query(expression)) and not may_be_empty:
        assert time.monotonic() < deadline, f"no data: {expression}"
        time.sleep(1)
    assert found or may_be_empty


def test_each_rule_is_evaluated_without_errors(prometheus: Prometheus) -> None:
    rules = [rule for group in prometheus.ask("rules")["groups"] for rule in group["rules"]]
    wanted = {
        rule["alert"]
        for path in RULES.glob("*.yml")
        for group in yaml.safe_load(path.read_text())["groups"]
        for rule in group["rules"]
    }
    assert {rule["name"] for rule in rules} == wanted
    assert [(rule["name"], rule.get("lastError")) for rule in rules if rule.get("lastError")] == []


def test_a_dead_letter_is_alarmed(demo: System, prometheus: Prometheus) -> None:
    firing = 'ALERTS{alertname="DeadLetters", job="enricher", alertstate="firing"}'
    demo.publish(RAW, "unreadable", b"\x00 no json either")
    demo.wait("the alert fires", lambda: prometheus.query(firing))


def test_heartbeats_arrive_and_no_reader_sees_them(demo: System, prometheus: Prometheus) -> None:
    demo.wait(
        "heartbeats of several partitions arrive",
        lambda: (
            float(
                prometheus.query('sum(unionwire_pulse_heartbeats_total{outcome="found"})')[0][
                    "value"
                ][1]
            )
            >= 3
        ),
    )
    assert prometheus.query('unionwire_pulse_heartbeats_total{outcome="misread"} > 0') == []
    assert demo.ask("heartbeats/_count")["count"] > 0
    desk = demo.runner.url("SEARCH_PORT")
    words = urllib.parse.quote("Nhịp tim của hệ thống")
    assert fetch_json(f"{desk}/api/v1/search?q=%22{words}%22")["total"] == 0
    for index in ("articles", "figures", "article-revisions"):
        answer = demo.ask(
            f"{index}/_count", query={"prefix": {"article_id": {"value": HEARTBEAT_SOURCE}}}
        )
        assert answer["count"] == 0, index
