"""docs/metrics.md: every metric, and where it is used.

In: the catalogue, the dashboards' and the alerts' queries. Out: one page, a table a service.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from deploy.grafana.catalogue import Metric, find_uses, list_metrics

REPOSITORY = Path(__file__).parents[2]
PAGE = REPOSITORY / "docs" / "metrics.md"
RULES = REPOSITORY / "deploy" / "prometheus" / "rules"

_HEAD = """\
# Metrics

Made by `python -m deploy.grafana` from the code; do not edit. Each service answers `/metrics`.
Times are in seconds, sizes in bytes, shares from 0 to 1. A counter's series ends in `_total`, a
histogram has `_bucket`, `_sum` and `_count`. Labels have few values: never an address, an article
or a reader. Bold names under "used by" are alerts, see the [runbook](runbook.md#alerts); the
others are panels, by dashboard.
"""


def render_page(dashboards: Mapping[str, str]) -> str:
    """Return the page; `dashboards` are the rendered JSON files by their names."""
    users = [*_list_alerts(), *_list_panels(dashboards)]
    parts = [_HEAD]
    for service, metrics in list_metrics().items():
        title = "Every process" if service == "process" else f"The {service}"
        parts.append(f"\n## {title}\n\n")
        parts.append("| metric | kind | labels | meaning | used by |\n|---|---|---|---|---|\n")
        parts.extend(_render_row(metric, users) for metric in metrics)
    return "".join(parts)


def list_users(metric: Metric, users: list[tuple[str, str]]) -> list[str]:
    """Return the alerts and panels among (name, query) that use a metric."""
    series = set(metric.series)
    return [name for name, query in users if any(_is_meant(use, series) for use in _names(query))]


def _names(query: str) -> list[tuple[str, bool]]:
    return [(use.name, use.is_pattern) for use in find_uses(query)]


def _is_meant(use: tuple[str, bool], series: set[str]) -> bool:
    name, is_pattern = use
    return any(re.fullmatch(name, each) for each in series) if is_pattern else name in series


def _render_row(metric: Metric, users: list[tuple[str, str]]) -> str:
    labels = ", ".join(metric.labels)
    used = "; ".join(dict.fromkeys(list_users(metric, users)))
    return f"| `{metric.name}` | {metric.kind} | {labels} | {metric.meaning} | {used} |\n"


def _list_alerts() -> Iterator[tuple[str, str]]:
    for path in sorted(RULES.glob("*.yml")):
        for group in yaml.safe_load(path.read_text())["groups"]:
            for rule in group["rules"]:
                name = rule.get("alert")
                yield (f"**{name}**" if name else f"`{rule['record']}`", rule["expr"])


def _list_panels(dashboards: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for file, text in sorted(dashboards.items()):
        dashboard: dict[str, Any] = json.loads(text)
        for panel in dashboard["panels"]:
            for target in panel.get("targets") or ():
                yield f"{file.removesuffix('.json')}: {panel['title']}", target["expr"]
