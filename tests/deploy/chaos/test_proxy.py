"""The proxy between a service and a server, in each of its modes."""

import http.client
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from deploy.chaos.proxy import FaultyProxy

BODY = b"x" * 100_000


class Answering(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def proxy() -> Iterator[FaultyProxy]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    proxy = FaultyProxy(f"127.0.0.1:{server.server_port}", seed=1)
    proxy.start()
    yield proxy
    proxy.stop()
    server.shutdown()
    server.server_close()


def fetch(proxy: FaultyProxy, *, timeout_seconds: float = 10) -> tuple[int, bytes]:
    host, port = proxy.url.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=timeout_seconds)
    try:
        connection.request("GET", "/")
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_proxy_passes_bytes_on(proxy: FaultyProxy) -> None:
    assert fetch(proxy) == (200, BODY)


def test_proxy_slows_down_and_loses_nothing(proxy: FaultyProxy) -> None:
    proxy.mode = "slow"
    assert fetch(proxy) == (200, BODY)


def test_proxy_answers_too_many_requests(proxy: FaultyProxy) -> None:
    proxy.mode = "busy"
    assert fetch(proxy)[0] == 429


def test_proxy_cuts_connections_somewhere(proxy: FaultyProxy) -> None:
    proxy.mode = "cut"
    failures = 0
    for _ in range(40):
        try:
            fetch(proxy)
        except (OSError, http.client.HTTPException):
            failures += 1
    assert failures


def test_proxy_hangs_and_goes_on(proxy: FaultyProxy) -> None:
    proxy.mode = "hang"
    with pytest.raises(TimeoutError):
        fetch(proxy, timeout_seconds=0.3)
    proxy.mode = "pass"
    assert fetch(proxy) == (200, BODY)
