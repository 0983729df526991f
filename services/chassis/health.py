"""Whether a service is ready and alive, and the small server that says so.

In: checks, and a call on each turn of the service's loop. Out: /metrics, /livez, /readyz.
"""

import json
import threading
from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CollectorRegistry, Gauge, make_wsgi_app

from services.chassis.clock import Clock
from services.chassis.errors import Fatal

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

Check = Callable[[], bool]


class Health:
    """Ready when every check says so; alive while the loop makes progress.

    Example:
        >>> from services.chassis.clock import SystemClock
        >>> health = Health(SystemClock(), live_within_seconds=60)
        >>> health.add_readiness("kafka", lambda: True)
        >>> health.is_ready()
        (True, {'kafka': True})
    """

    def __init__(self, clock: Clock, *, live_within_seconds: float = 120.0) -> None:
        self._clock = clock
        self._live_within_seconds = live_within_seconds
        self._checks: dict[str, Check] = {}
        self._progressed_at_seconds = clock.monotonic_seconds()

    def add_readiness(self, name: str, check: Check) -> None:
        """Demand that `check` is true before the service counts as ready."""
        self._checks[name] = check

    def progress(self) -> None:
        """Note that the loop turned, with or without work to do."""
        self._progressed_at_seconds = self._clock.monotonic_seconds()

    def is_ready(self) -> tuple[bool, dict[str, bool]]:
        """Return whether all checks pass, and each check's answer."""
        answers = {name: _answers(check) for name, check in self._checks.items()}
        return all(answers.values()), answers

    def is_live(self) -> tuple[bool, dict[str, float]]:
        """Return whether the loop turned lately, and how many seconds ago."""
        idle_seconds = self._clock.monotonic_seconds() - self._progressed_at_seconds
        return idle_seconds <= self._live_within_seconds, {"idle_seconds": round(idle_seconds, 1)}


def _answers(check: Check) -> bool:
    try:
        return check()
    except Exception:  # noqa: BLE001 - a check that fails in any way is a "no"
        return False


class _QuietHandler(WSGIRequestHandler):
    timeout = 5.0
    """For how long a client may keep its request to itself."""

    def log_message(self, *_: Any) -> None:  # noqa: ANN401 - the base class's signature
        """Say nothing: probes and scrapes come every few seconds."""


class _AdminWsgiServer(ThreadingMixIn, WSGIServer):
    """A thread for each request: a slow check or client must not keep /livez waiting."""

    daemon_threads = True
    request_queue_size = 16

    def handle_error(self, *_: Any) -> None:  # noqa: ANN401 - the base class's signature
        """Say nothing: a client that goes away is no news."""


class AdminServer:
    """Serves /metrics, /livez and /readyz from a thread; readiness is among the metrics."""

    def __init__(
        self, *, service: str, host: str, port: int, registry: CollectorRegistry, health: Health
    ) -> None:
        self._host = host
        self._port = port
        self._health = health
        self._metrics = make_wsgi_app(registry)
        self._ready = Gauge(
            f"unionwire_{service}_ready",
            "Whether the service can do its work: all its checks pass.",
            registry=registry,
        )
        self._check_passed = Gauge(
            f"unionwire_{service}_check_passed",
            "Whether a check of the readiness passes.",
            ["check"],
            registry=registry,
        )
        self._server: WSGIServer | None = None

    def start(self) -> int:
        """Start serving and return the port.

        Raises:
            Fatal: the address cannot be bound.
        """
        try:
            self._server = make_server(
                self._host,
                self._port,
                self._answer,
                server_class=_AdminWsgiServer,
                handler_class=_QuietHandler,
            )
        except OSError as error:
            raise Fatal(
                f"Cannot serve metrics on {self._host}:{self._port}: {error.strerror}; "
                "set another admin port."
            ) from error
        threading.Thread(target=self._server.serve_forever, name="admin", daemon=True).start()
        return self._server.server_port

    def stop(self) -> None:
        """Stop serving."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def _measure_readiness(self) -> None:
        is_ready, answers = self._health.is_ready()
        self._ready.set(is_ready)
        for name, passes in answers.items():
            self._check_passed.labels(name).set(passes)

    def _answer(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "/")
        if path == "/metrics":
            self._measure_readiness()
            answer: Iterable[bytes] = self._metrics(environ, start_response)
            return answer
        facts: tuple[bool, dict[str, bool]] | tuple[bool, dict[str, float]]
        if path == "/readyz":
            facts = self._health.is_ready()
        elif path == "/livez":
            facts = self._health.is_live()
        else:
            start_response("404 Not Found", [("Content-Type", "text/plain")])
            return [b"Try /metrics, /livez or /readyz.\n"]
        is_good, details = facts
        status = "200 OK" if is_good else "503 Service Unavailable"
        start_response(status, [("Content-Type", "application/json")])
        return [json.dumps({"ok": is_good, **details}).encode()]
