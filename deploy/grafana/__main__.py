"""`python -m deploy.grafana`: write the dashboards' JSON and the page of metrics.

In: `dashboards.py`, the metrics, the alerts. Out: a file for each dashboard in
`deploy/grafana/dashboards/`, others there are removed; and `docs/metrics.md`.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from deploy.grafana.dashboards import build_dashboards
from deploy.grafana.metrics_page import PAGE, render_page

FOLDER = Path(__file__).parent / "dashboards"


def render_dashboards() -> Mapping[str, str]:
    """Return the JSON of every dashboard by its file's name."""
    rendered = {}
    for name, builder in build_dashboards().items():
        dashboard = builder.build()
        for number, panel in enumerate(dashboard.panels or (), start=1):
            panel.id_val = number  # so that a link to a panel stays good
        text = json.dumps(dashboard, cls=JSONEncoder, indent=2, sort_keys=True)
        rendered[f"{name}.json"] = f"{text}\n"
    return rendered


def main() -> int:
    """Write the files."""
    rendered = render_dashboards()
    for path in FOLDER.glob("*.json"):
        if path.name not in rendered:
            path.unlink()
    for name, text in rendered.items():
        (FOLDER / name).write_text(text)
        print(FOLDER / name)
    PAGE.write_text(render_page(rendered))
    print(PAGE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
