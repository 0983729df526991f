"""A small web for the crawler's tests: pages in memory, and a server on this machine."""

# ruff: noqa: ANN401 - headers and keyword arguments of any kind

import contextlib
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


@dataclass
class Web:
    """Pages by path; each answer is (status, headers, body)."""

    pages: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    hits: Counter[str] = field(default_factory=Counter)
    not_modified: Counter[str] = field(default_factory=Counter)
    user_agents: set[str] = field(default_factory=set)
    later: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    """What a path answers from the second time on."""
    trickling: set[str] = field(default_factory=set)
    """Paths whose bytes never end."""
    always_304: set[str] = field(default_factory=set)
    """Paths that answer 304 to every request with a validator."""
    asked_at: list[float] = field(default_factory=list)
    base: str = "http://127.0.0.1:1"

    def put(
        self, path: str, body: str | bytes, *, status: int = 200, kind: str = "text/html",
        **headers: str,
    ) -> None:  # fmt: skip
        """Serve a page."""
        content = body.encode() if isinstance(body, str) else body
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[path] = (status, {"Content-Type": f"{kind}; charset=utf-8", **names}, content)

    def article(
        self, number: int, *, text: str = "Công đoàn trao 500 suất quà.",
        day: str = "2026-05-28", **more: Any,
    ) -> str:  # fmt: skip
        """Serve an article of laodongthudo and return its path."""
        path = f"/bai-viet-{number}.html"
        self.put(
            path,
            f"<html lang=vi><meta property='article:published_time' content='{day}T10:00:00"
            f"+07:00'><h1 class=article-detail-title>Bài viết {number}</h1>"
            f"<div class=article-detail-desc>Lời dẫn {number}.</div>"
            f"<div class=__MASTERCMS_CONTENT><p>{text}</p></div>",
            **more,
        )
        return path

    def feed(self, paths: list[str], *, path: str = "/rss", **more: Any) -> None:
        """Serve a feed that lists these paths."""
        items = "".join(
            f"<item><title>{p}</title><link>{self.base}{p}</link></item>" for p in paths
        )
        self.put(
            path, f'<rss version="2.0"><channel>{items}</channel></rss>', kind="text/xml", **more
        )

    def answer(self, path: str, headers: Any) -> tuple[int, dict[str, str], bytes]:
        """Return the answer to a request, 304 when its validators still hold."""
        self.hits[path] += 1
        status, own, body = self.pages.get(path, (404, {}, b"<title>404</title>"))
        if path in self.later:
            self.pages[path] = self.later.pop(path)
        is_conditional = "If-None-Match" in headers or "If-Modified-Since" in headers
        if path in self.always_304 and is_conditional:
            self.not_modified[path] += 1
            return 304, own, b""
        etag = own.get("ETag")
        if status == 200 and etag and headers.get("If-None-Match") == etag:
            self.not_modified[path] += 1
            return 304, own, b""
        return status, own, body


class _Handler(BaseHTTPRequestHandler):
    web: Web
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.web.user_agents.add(self.headers.get("User-Agent", ""))
        self.web.asked_at.append(time.monotonic())
        if self.path in self.web.trickling:
            self._trickle()
            return
        status, headers, body = self.web.answer(self.path, self.headers)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _trickle(self) -> None:
        self.web.hits[self.path] += 1
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        with contextlib.suppress(OSError):
            while True:
                self.wfile.write(b"<p>")
                time.sleep(0.05)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def serve() -> Iterator[Callable[[], Web]]:
    """Return a function that starts a server and gives its web."""
    servers: list[ThreadingHTTPServer] = []

    def start() -> Web:
        web = Web()
        handler = type("Handler", (_Handler,), {"web": web})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        servers.append(server)
        web.base = f"http://127.0.0.1:{server.server_port}"
        return web

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def web(serve: Callable[[], Web]) -> Web:
    """A server with an open robots.txt."""
    started = serve()
    started.put("/robots.txt", "User-agent: *\nDisallow: /cam/\n", kind="text/plain")
    return started


@pytest.fixture
def new_web() -> Callable[[], Web]:
    """Return a web without server, for tests that need no network."""
    return Web
