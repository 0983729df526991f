"""Brings the whole system up, in order, and says what it did.

In: which pipeline (`demo` or `watch`) and its state directory. Out: running servers and services.
"""

import json
import os
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from deploy.demo.server import sources_yaml
from deploy.local.errors import LocalServerError
from deploy.local.processes import HOST
from deploy.local.stack import SETTINGS, Stack, default_state_dir
from deploy.pipeline.services import PROBE_TIMEOUT_SECONDS, Service, ServiceRunner, describe_end
from services.chassis.settings import KafkaSettings
from services.chassis.topics import ensure_topics

READY_TIMEOUT_SECONDS = 120
SEARCHABLE_TIMEOUT_SECONDS = 240
POLL_SECONDS = 0.25
DEMO_PORTS = 10
"""The demo's outlets and its control port stand beside each other."""

STAGES = ("crawler", "enricher", "indexer", "search", "notifier", "pulse")
ADMIN_PORTS = {stage: f"{stage.upper()}_ADMIN_PORT" for stage in STAGES}

Report = Callable[[str], None]


class Pipeline:
    """One pipeline of this machine: `demo`, or `watch` for live sites.

    Args:
        name: also the folder of its state.
        sources: the crawler's sources file; None for the demo's own.
        report: gets a line for each step.
        state_dir: where the folders of pipelines are; by default as `deploy.local` has it.
        environment: settings for the services, above those of the pipeline itself.
    """

    def __init__(
        self,
        name: str,
        *,
        sources: Path | None,
        report: Report,
        state_dir: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.state_dir = (state_dir or default_state_dir()).resolve() / name
        self.environment = dict(environment or {})
        self.runner = ServiceRunner(self.state_dir)
        self._sources = sources
        self._report = report
        self._external = {
            server: os.environ[variable]
            for server, variable in SETTINGS.items()
            if os.environ.get(variable)
        }
        self.stack = Stack(self.state_dir, external=self._external, report=report)

    def up(self) -> None:
        """Start all that does not run and wait until every part is ready.

        Raises:
            LocalServerError: a part does not start; the message shows the end of its log.
        """
        self.stack.up()
        if created := ensure_topics(
            KafkaSettings(bootstrap_servers=self.stack.kafka_bootstrap_servers)
        ):
            self._report(f"Kafka: {len(created)} topics created")
        self.start_services()

    def start_services(self, *, but: frozenset[str] = frozenset()) -> None:
        """Start the services that do not run and wait until each is ready.

        Args:
            but: services to leave alone.

        Raises:
            LocalServerError: one does not start; the message shows the end of its log.
        """
        servers = self.servers()
        # readers first: what is published then finds somebody who waits for it
        for services in self.services():
            group = [service for service in services if service.name not in but]
            for service in group:
                if self.runner.start(service, environment={**servers, **self.environment}):
                    self._report(f"{service.name}: starting")
            for service in group:
                self._wait_until_ready(service)

    def down(self) -> None:
        """End all services, then the servers; what is stored stays."""
        self.stop_services()
        self.stack.down()

    def stop_services(self) -> None:
        """End all services, writers first."""
        names = ("pulse", "crawler", "demo-site", "enricher", "indexer", "notifier", "search")
        for name in names:
            if self.runner.stop(name):
                self._report(f"{name}: stopped")

    def wait_until_searchable(self) -> int:
        """Wait until all published articles of the demo are found; returns their number.

        Raises:
            LocalServerError: they are not, after a long while.
        """
        started_seconds = time.monotonic()
        told = -1
        while True:
            wanted = self._count_demo_articles()
            found = self.count("articles")
            if found != told:
                self._report(f"searchable: {found} of {wanted} articles")
                told = found
            if found >= wanted > 0:
                return found
            if time.monotonic() - started_seconds > SEARCHABLE_TIMEOUT_SECONDS:
                raise LocalServerError(
                    f"Only {found} of {wanted} articles became searchable in "
                    f"{SEARCHABLE_TIMEOUT_SECONDS} s; look at the logs in "
                    f"{self.runner.log('crawler').parent}."
                )
            time.sleep(POLL_SECONDS * 4)

    def count(self, index: str) -> int:
        """Return how many documents an index holds, 0 before it exists."""
        url = f"{self.stack.elasticsearch_url}/{index}/_count"
        try:
            return int(fetch_json(url)["count"])
        except (OSError, KeyError, ValueError):
            return 0

    def search(self, query: str) -> dict[str, Any]:
        """Ask the search service."""
        words = urllib.parse.urlencode({"q": query, "size": 3})
        return fetch_json(f"{self.runner.url('SEARCH_PORT')}/api/v1/search?{words}")

    @property
    def demo_control_url(self) -> str:
        """Where the demo's site takes orders and tells what it shows."""
        return f"http://127.0.0.1:{self.runner.port('DEMO_PORT_BASE') + DEMO_PORTS - 1}"

    def servers(self) -> dict[str, str]:
        """Return where Kafka and Elasticsearch are, as settings."""
        return {
            SETTINGS["kafka"]: self.stack.kafka_bootstrap_servers,
            SETTINGS["elasticsearch"]: self.stack.elasticsearch_url,
        }

    @property
    def _crawler_metrics_url(self) -> str:
        return f"http://127.0.0.1:{self.runner.port(ADMIN_PORTS['crawler'])}/metrics"

    def services(self) -> tuple[tuple[Service, ...], ...]:
        """Return the services in groups; a group starts when the one before it is ready."""
        store_file = str(self.state_dir / "desk.sqlite")
        readers = (
            Service(
                name="enricher",
                arguments=("enricher", "run"),
                environment={"ENRICHER_INSTANCE": f"{self.name}-enricher"},
                admin_port=ADMIN_PORTS["enricher"],
            ),
            Service(
                name="indexer", arguments=("indexer", "run"), admin_port=ADMIN_PORTS["indexer"]
            ),
            Service(
                name="search",
                arguments=("services.search",),
                environment={
                    "SEARCH_STORE_FILE": store_file,
                    "SEARCH_CRAWLER_METRICS_URL": self._crawler_metrics_url,
                },
                admin_port=ADMIN_PORTS["search"],
                ports=("SEARCH_PORT",),
            ),
            Service(
                name="notifier",
                arguments=("services.search", "notify"),
                environment={
                    "SEARCH_STORE_FILE": store_file,
                    "SEARCH_PUBLIC_URL": f"http://{HOST}:{self.runner.port('SEARCH_PORT')}",
                    "NOTIFIER_GROUP_INSTANCE_ID": f"{self.name}-notifier",
                },
                admin_port=ADMIN_PORTS["notifier"],
            ),
            Service(name="pulse", arguments=("services.pulse",), admin_port=ADMIN_PORTS["pulse"]),
        )
        if self._sources is not None:
            return readers, (self._crawler(self._sources, environment={}),)
        base = self.runner.port("DEMO_PORT_BASE", room=DEMO_PORTS)
        site = Service(
            name="demo-site",
            arguments=(
                "deploy.demo",
                "--port-base",
                str(base),
                "--state",
                str(self.state_dir / "demo-world.json"),
            ),
            admin_port="DEMO_PORT_BASE",
            ready_path="/robots.txt",
        )
        sources = self.state_dir / "sources.yaml"
        sources.write_text(sources_yaml(base))
        # the demo's world moves within minutes; nobody is there whom a fast crawler could hurt
        hurry = {
            "CRAWLER_POLL_SECONDS": "10",
            "CRAWLER_POLL_MAXIMUM_SECONDS": "10",  # its news bear old dates
            "CRAWLER_RECHECK_SECONDS": ",".join(str(30 * turn) for turn in range(1, 60)),
            "CRAWLER_WITHDRAW_CONFIRM_SECONDS": "20",
            "CRAWLER_CONTACT": "https://unionwire.example/demo",
            "CRAWLER_PRIVATE_DELAY_SECONDS": "0",
        }
        return readers, (site,), (self._crawler(sources, environment=hurry),)

    def _crawler(self, sources: Path, *, environment: Mapping[str, str]) -> Service:
        return Service(
            name="crawler",
            arguments=(
                "crawler",
                "watch",
                "--sources",
                str(sources),
                "--state",
                str(self.state_dir / "crawler.sqlite"),
            ),
            environment={"CRAWLER_ARCHIVE_DIR": str(self.state_dir / "archive"), **environment},
            admin_port=ADMIN_PORTS["crawler"],
        )

    def _wait_until_ready(self, service: Service) -> None:
        started_seconds = time.monotonic()
        while not self.runner.is_ready(service):
            waited_seconds = time.monotonic() - started_seconds
            if self.runner.find(service.name) is None:
                raise describe_end(self.runner, service.name)
            if waited_seconds > READY_TIMEOUT_SECONDS:
                raise LocalServerError(
                    f"{service.name} runs but is not ready after {READY_TIMEOUT_SECONDS} s; "
                    f"its log is {self.runner.log(service.name)}."
                )
            time.sleep(POLL_SECONDS)
        waited_seconds = time.monotonic() - started_seconds
        if waited_seconds > POLL_SECONDS:
            self._report(f"{service.name}: ready after {waited_seconds:.1f} s")

    def _count_demo_articles(self) -> int:
        """Count what the demo's site shows as articles: all but the blocked page."""
        try:
            ledger = fetch_json(f"{self.demo_control_url}/ledger")
        except (OSError, ValueError):
            return 0
        return sum(1 for article in ledger["articles"] if article["status"] == "published")


def fetch_json(url: str) -> dict[str, Any]:
    """Return the JSON object at a local address.

    Raises:
        OSError: nothing answers, or not with success.
        ValueError: it is no JSON object.
    """
    with urllib.request.urlopen(url, timeout=PROBE_TIMEOUT_SECONDS * 5) as response:  # noqa: S310 - our own http address
        answer = json.load(response)
    if not isinstance(answer, dict):
        raise ValueError(f"{url} did not answer with a JSON object")  # noqa: TRY004 - a value from outside
    return answer
