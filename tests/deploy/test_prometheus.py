"""Prometheus' configuration and alerts, and Alertmanager's, checked by their own tools."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.grafana.catalogue import find_mistakes, find_uses, read_catalogue

REPOSITORY = Path(__file__).parents[2]
PROMETHEUS = REPOSITORY / "deploy" / "prometheus"
ALERTMANAGER = REPOSITORY / "deploy" / "alertmanager" / "alertmanager.yml"
RUNBOOK = REPOSITORY / "docs" / "runbook.md"
RULE_FILES = sorted((PROMETHEUS / "rules").glob("*.yml"))
TEST_FILES = sorted((PROMETHEUS / "tests").glob("*.yml"))

WATCHED = ("crawler", "enricher", "indexer", "search", "notifier", "pulse")

RULES: list[dict[str, Any]] = [
    rule
    for path in RULE_FILES
    for group in yaml.safe_load(path.read_text())["groups"]
    for rule in group["rules"]
]
ALERTS = [rule["alert"] for rule in RULES]
CASES: list[dict[str, Any]] = [
    {**expectation, "series": case["input_series"]}
    for path in TEST_FILES
    for case in yaml.safe_load(path.read_text())["tests"]
    for expectation in case["alert_rule_test"]
]


def run_tool(*command: str | Path) -> str:
    program = shutil.which(str(command[0]))
    if program is None:
        pytest.fail(
            f"There is no {command[0]}: install Prometheus and Alertmanager, on Debian and Ubuntu "
            "with apt-get install prometheus prometheus-alertmanager."
        )
    ended = subprocess.run([program, *command[1:]], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def test_prometheus_configuration_is_valid() -> None:
    assert "1 rule files found" in run_tool(
        "promtool", "check", "config", PROMETHEUS / "prometheus.yml"
    )


def test_prometheus_loads_every_rule_file() -> None:
    (pattern,) = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())["rule_files"]
    assert sorted(PROMETHEUS.glob(pattern)) == RULE_FILES
    assert RULE_FILES


def test_prometheus_watches_the_services_where_they_answer() -> None:
    scrapes = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())["scrape_configs"]
    services = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())["services"]
    watched = {
        scrape["job_name"]: (*source["names"], source["port"])
        for scrape in scrapes
        for source in scrape.get("dns_sd_configs", ())
    }
    assert watched == {name: (name, 9100) for name in WATCHED}
    for name in watched:
        assert "monitoring" in services[name]["networks"]
    # the demo's crawler shares its site's network, and with it this name
    assert services["demo-site"]["networks"]["monitoring"]["aliases"] == ["crawler"]


@pytest.mark.parametrize("path", RULE_FILES, ids=lambda path: path.stem)
def test_rules_are_valid(path: Path) -> None:
    run_tool("promtool", "check", "rules", path)


@pytest.mark.parametrize("path", TEST_FILES, ids=lambda path: path.stem)
def test_alerts_fire_and_do_not_fire_as_described(path: Path) -> None:
    run_tool("promtool", "test", "rules", path)


@pytest.mark.parametrize("alert", ALERTS)
def test_each_alert_has_its_three_cases(alert: str) -> None:
    cases = [case for case in CASES if case["alertname"] == alert]
    assert any(case["exp_alerts"] for case in cases), "none where it fires"
    assert any(case["series"] and not case["exp_alerts"] for case in cases), "none where it is calm"
    assert any(not case["series"] for case in cases), "none where the series are absent"


def test_cases_are_about_alerts_that_exist() -> None:
    assert {case["alertname"] for case in CASES} == set(ALERTS)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_each_alert_asks_for_metrics_that_exist(rule: dict[str, Any]) -> None:
    assert find_mistakes(rule["expr"], read_catalogue()) == []
    assert find_uses(rule["expr"])


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_each_alert_says_what_it_means(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert rule["annotations"]["summary"]
    assert rule["annotations"]["runbook"] == f"docs/runbook.md#{rule['alert'].lower()}"


def test_runbook_has_a_section_for_each_alert_and_no_other() -> None:
    _, _, after = RUNBOOK.read_text().partition("\n## Alerts\n")
    alerts, _, _ = after.partition("\n## ")
    assert re.findall(r"^### (\w+)$", alerts, re.MULTILINE) == ALERTS


def test_alertmanager_configuration_is_valid() -> None:
    run_tool("amtool", "check-config", ALERTMANAGER)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_alertmanager_sends_each_alert_to_its_receiver(rule: dict[str, Any]) -> None:
    severity = rule["labels"]["severity"]
    receiver = run_tool(
        "amtool",
        "config",
        "routes",
        "test",
        f"--config.file={ALERTMANAGER}",
        f"severity={severity}",
        f"alertname={rule['alert']}",
    )
    assert receiver.split() == [f"{severity}s"]


def test_alertmanager_inhibits_only_alerts_that_exist() -> None:
    inhibitions = yaml.safe_load(ALERTMANAGER.read_text())["inhibit_rules"]
    named = re.findall(r'alertname=~?\\"([^"\\]+)\\"', json.dumps(inhibitions))
    assert len(named) == 2 * len(inhibitions)
    assert {name for names in named for name in names.split("|")} <= set(ALERTS)
