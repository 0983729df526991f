"""Grafana's dashboards: what their code makes, and only of metrics that exist."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.grafana.__main__ import FOLDER, render_dashboards
from deploy.grafana.catalogue import find_mistakes, find_uses, list_metrics, read_catalogue
from deploy.grafana.metrics_page import PAGE, render_page

REPOSITORY = Path(__file__).parents[2]
PROVISIONING = REPOSITORY / "deploy" / "grafana" / "provisioning"
DASHBOARDS: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))
}


def list_panels(dashboard: dict[str, Any]) -> list[dict[str, Any]]:
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def list_queries() -> Iterator[tuple[str, str]]:
    for name, dashboard in DASHBOARDS.items():
        for panel in list_panels(dashboard):
            for target in panel["targets"]:
                yield f"{name}: {panel['title']} {target['refId']}", target["expr"]


QUERIES = dict(list_queries())


def test_dashboards_are_what_their_code_makes() -> None:
    kept = {path.name: path.read_text() for path in FOLDER.glob("*.json")}
    assert kept == render_dashboards(), "run: python -m deploy.grafana"


def test_metrics_page_is_what_the_code_makes() -> None:
    assert PAGE.read_text() == render_page(render_dashboards()), "run: python -m deploy.grafana"


@pytest.mark.parametrize("service", [name for name in list_metrics() if name != "process"])
def test_metrics_are_named_by_service_described_and_used(service: str) -> None:
    page = PAGE.read_text()
    for metric in list_metrics()[service]:
        assert metric.name.startswith(f"unionwire_{service}_")
        (row,) = re.findall(rf"^\| `{metric.name}` \|.*$", page, re.MULTILINE)
        *_, meaning, used, _ = row.split(" |")
        assert meaning.strip().endswith("."), metric.name
        assert used.strip(), f"no panel and no alert uses {metric.name}"


def test_there_is_an_overview_one_dashboard_a_service_sources_and_servers() -> None:
    assert set(DASHBOARDS) == {
        "overview",
        "crawler",
        "enricher",
        "indexer",
        "search",
        "notifier",
        "pulse",
        "sources",
        "servers",
    }


@pytest.mark.parametrize("query", QUERIES.values(), ids=list(QUERIES))
def test_panels_ask_for_metrics_that_exist(query: str) -> None:
    assert find_mistakes(query, read_catalogue()) == []
    assert find_uses(query)


def test_panels_ask_in_valid_promql(tmp_path: Path) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.fail(
            "There is no promtool: install Prometheus (Debian: apt-get install prometheus)."
        )
    rules = [
        {"record": f"panel:{number}", "expr": query}
        for number, query in enumerate(QUERIES.values())
    ]
    file = tmp_path / "panels.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    ended = subprocess.run(
        [promtool, "check", "rules", file], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert f"{len(QUERIES)} rules found" in ended.stdout


@pytest.mark.parametrize("name", DASHBOARDS)
def test_dashboards_can_be_read(name: str) -> None:
    dashboard = DASHBOARDS[name]
    assert dashboard["uid"] == f"unionwire-{name}"
    panels = list_panels(dashboard)
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])
    assert len({panel["title"] for panel in panels}) == len(panels)
    for panel in panels:
        assert panel["description"], panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
        assert panel["targets"], panel["title"]


@pytest.mark.parametrize("name", DASHBOARDS)
def test_panels_do_not_overlap(name: str) -> None:
    cells = [
        (x, y)
        for panel in DASHBOARDS[name]["panels"]
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24


def test_panels_use_the_provisioned_datasource() -> None:
    (file,) = (PROVISIONING / "datasources").glob("*.yaml")
    (source,) = yaml.safe_load(file.read_text())["datasources"]
    used = {
        (part["datasource"]["type"], part["datasource"]["uid"])
        for dashboard in DASHBOARDS.values()
        for panel in list_panels(dashboard)
        for part in (panel, *panel["targets"])
    }
    assert used == {(source["type"], source["uid"])}


def test_grafana_finds_the_dashboards_where_compose_mounts_them() -> None:
    (file,) = (PROVISIONING / "dashboards").glob("*.yaml")
    (provider,) = yaml.safe_load(file.read_text())["providers"]
    services = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())["services"]
    mounts = [mount.split(":") for mount in services["grafana"]["volumes"]]
    (source,) = (source for source, place, *_ in mounts if place == provider["options"]["path"])
    assert REPOSITORY / source == FOLDER
    home = services["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert (FOLDER / Path(home).relative_to(provider["options"]["path"])).is_file()


def test_grafana_asks_the_prometheus_of_the_compose_file() -> None:
    (file,) = (PROVISIONING / "datasources").glob("*.yaml")
    (source,) = yaml.safe_load(file.read_text())["datasources"]
    assert source["url"] == "http://prometheus:9090"


def test_find_mistakes_names_a_missing_metric_and_a_missing_label() -> None:
    catalogue = read_catalogue()
    assert find_mistakes("rate(unionwire_indexer_smiles_total[5m])", catalogue) == [
        "No service has the metric unionwire_indexer_smiles_total."
    ]
    assert find_mistakes('unionwire_indexer_events_total{source="nld"}', catalogue) == [
        "unionwire_indexer_events_total has no label source."
    ]
    assert find_mistakes("sum by (outlet) (unionwire_indexer_events_total)", catalogue) == [
        "Nothing here has the label outlet."
    ]
    assert find_mistakes('{__name__=~"unionwire_(desk)_smiles"}', catalogue) == [
        "No service has the metric unionwire_(desk)_smiles."
    ]
