"""The desk on the real Elasticsearch, with the invented articles of articles.json."""

import importlib.util
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import uvicorn
from elasticsearch import Elasticsearch
from prometheus_client import CollectorRegistry

from services.chassis.clock import SystemClock
from services.chassis.settings import ElasticsearchSettings
from services.search.app import build_app
from services.search.article_index import ArticleIndex, IndexOptions
from services.search.metrics import build_metrics
from services.search.observing import AsgiApp

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, ViewportSize

REPOSITORY = Path(__file__).parents[3]
CHROMIUM = "/usr/bin/chromium"
CHROMIUM_OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


def _load_articles() -> ModuleType:
    """Import the module beside this file: tests are no package."""
    path = Path(__file__).with_name("desk_articles.py")
    spec = importlib.util.spec_from_file_location("desk_articles", path)
    if spec is None or spec.loader is None:
        raise ImportError(path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@dataclass
class Desk:
    """A desk with its parts in reach."""

    http: httpx.Client
    index: ArticleIndex
    registry: CollectorRegistry
    client: Elasticsearch
    prefix: str


@contextmanager
def serve(app: AsgiApp) -> Iterator[httpx.Client]:
    """Serve an application from a thread, as uvicorn does, and give a client to it."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_config=None, log_level="warning", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    try:
        with httpx.Client(base_url=url, timeout=30) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def open_desk(elasticsearch_url: str, *, prefix: str = "") -> Iterator[Desk]:
    registry = CollectorRegistry()
    metrics = build_metrics(registry)
    clock = SystemClock()
    with Elasticsearch(elasticsearch_url) as client:
        options = IndexOptions(prefix=prefix, cursor_key=b"a key of tests")
        index = ArticleIndex(client, options=options, metrics=metrics, clock=clock)
        app = build_app(index, metrics=metrics, clock=clock, allowed_hosts=("127.0.0.1",))
        with serve(app) as http:
            yield Desk(http=http, index=index, registry=registry, client=client, prefix=prefix)


@pytest.fixture
def serve_app() -> Iterator[Callable[[AsgiApp], httpx.Client]]:
    """Serve any number of applications until the test ends."""
    with ExitStack() as served:
        yield lambda app: served.enter_context(serve(app))


@pytest.fixture(scope="session")
def articles_module() -> ModuleType:
    return _load_articles()


@pytest.fixture(scope="session")
def filled_prefix(
    elasticsearch_settings: ElasticsearchSettings, articles_module: ModuleType
) -> Iterator[str]:
    prefix = f"desk-{random.SystemRandom().getrandbits(32):08x}-"
    with Elasticsearch(elasticsearch_settings.url) as client:
        articles_module.fill_index(client, prefix)
        yield prefix
        articles_module.drop_index(client, prefix)


@pytest.fixture
def desk(elasticsearch_settings: ElasticsearchSettings, filled_prefix: str) -> Iterator[Desk]:
    with open_desk(elasticsearch_settings.url, prefix=filled_prefix) as opened:
        yield opened


@pytest.fixture
def downed_desk() -> Iterator[Desk]:
    """A desk whose Elasticsearch refuses connections."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with open_desk(f"http://127.0.0.1:{taken.getsockname()[1]}") as opened:
            yield opened


def find_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def find_free_port() -> Callable[[], int]:
    return find_port


@dataclass
class ServedDesk:
    """`python -m services.search` as it runs for readers."""

    url: str
    admin_url: str
    process: "subprocess.Popen[bytes]"
    log: Path


def serve_desk(
    *, elasticsearch_url: str, prefix: str, settings: "dict[str, str] | None" = None
) -> ServedDesk:
    port, admin_port = find_port(), find_port()
    store = Path(tempfile.mkdtemp(prefix="desk-")) / "desk.sqlite"
    environment = {
        **os.environ,
        "SEARCH_STORE_FILE": str(store),
        **(settings or {}),
        "ELASTICSEARCH_URL": elasticsearch_url,
        "SEARCH_INDEX_PREFIX": prefix,
        "SEARCH_PORT": str(port),
        "SEARCH_ADMIN_PORT": str(admin_port),
        "SEARCH_LOG_FORMAT": "json",
    }
    log = store.with_name("desk.log")
    with log.open("wb") as output:  # a pipe that nobody reads fills up and stops the desk
        process = subprocess.Popen(
            [sys.executable, "-m", "services.search"],
            cwd=REPOSITORY,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    served = ServedDesk(f"http://127.0.0.1:{port}", f"http://127.0.0.1:{admin_port}", process, log)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            httpx.get(f"{served.admin_url}/livez", timeout=1)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return served
    process.kill()
    raise AssertionError(log.read_text())


@pytest.fixture(scope="session")
def served_desk(
    elasticsearch_settings: ElasticsearchSettings, filled_prefix: str
) -> Iterator[ServedDesk]:
    served = serve_desk(elasticsearch_url=elasticsearch_settings.url, prefix=filled_prefix)
    yield served
    served.process.terminate()
    served.process.communicate(timeout=20)


@pytest.fixture(scope="session")
def start_desk() -> Callable[..., ServedDesk]:
    """Start a desk as it runs for readers; whoever asks for it ends it."""
    return serve_desk


@pytest.fixture
def serve_process() -> Iterator[Callable[[str, str], ServedDesk]]:
    """Start desks on an Elasticsearch address and a prefix; all end with the test."""
    started: list[ServedDesk] = []

    def start(elasticsearch_url: str, prefix: str) -> ServedDesk:
        started.append(serve_desk(elasticsearch_url=elasticsearch_url, prefix=prefix))
        return started[-1]

    yield start
    for served in started:
        if served.process.poll() is None:
            served.process.kill()
            served.process.communicate()


@pytest.fixture(scope="module")
def chromium() -> Iterator["Browser"]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(CHROMIUM_OPTIONS))
        yield browser
        browser.close()


WIDE: "ViewportSize" = {"width": 1280, "height": 900}
OpenPage = Callable[..., "Page"]


@contextmanager
def open_pages(browser: "Browser", url: str) -> Iterator[OpenPage]:
    """Open paths of a desk; a page that runs into its own policy, or fails, fails the test."""
    complaints: list[str] = []
    with ExitStack() as contexts:

        def open_path(
            path: str,
            *,
            viewport: "ViewportSize" = WIDE,
            **options: Any,  # noqa: ANN401 - Playwright's
        ) -> "Page":
            context = browser.new_context(base_url=url, viewport=viewport, **options)
            contexts.callback(context.close)
            page = context.new_page()
            page.set_default_timeout(60_000)
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on(
                "console",
                lambda said: complaints.append(said.text) if said.type == "error" else None,
            )
            answer = page.goto(path)
            if answer and not answer.ok:  # Chromium complains of the status that is looked for
                complaints.clear()
            return page

        yield open_path
    assert complaints == []


@pytest.fixture
def open_pages_of() -> Callable[["Browser", str], Any]:
    """Open pages of any desk, as `open_page` does of the shared one."""
    return open_pages


@pytest.fixture
def open_page(chromium: "Browser", served_desk: ServedDesk) -> Iterator[OpenPage]:
    with open_pages(chromium, served_desk.url) as opened:
        yield opened
