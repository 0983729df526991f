"""What happens around every request: security headers, metrics, one log line, no leaked errors.

In: the application. Out: the same as an ASGI application that never raises.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import structlog

from services.chassis.clock import Clock
from services.search.metrics import SearchMetrics

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]

_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (
        b"content-security-policy",
        (
            b"default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
            b"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        ),
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
)
_PRIVATE = (b"cache-control", b"private, no-cache")
_NEVER = (b"cache-control", b"no-store")
_SECRET_PATHS = ("/account", "/login", "/saved")
"""What they show is not for the browser's cache: keys, addresses that are secrets."""
_FOR_EVER = (b"cache-control", b"public, max-age=31536000, immutable")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})

STATIC_PATH = "/static/"
log = structlog.get_logger()


class ObservedApp:
    """Wraps the application; queries themselves are never logged, only their length."""

    def __init__(self, app: AsgiApp, *, metrics: SearchMetrics, clock: Clock) -> None:
        self._app = app
        self._metrics = metrics
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass other kinds of connections through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began_seconds = self._clock.monotonic_seconds()
        status = 500
        is_begun = False

        async def send_with_headers(message: Message) -> None:
            nonlocal status, is_begun
            if message["type"] == "http.response.start":
                is_begun = True
                status = message["status"]
                message = {**message, "headers": [*message["headers"], *_choose_headers(scope)]}
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        except Exception:
            # The application has answered 500 already; the reader's client may have gone too.
            log.exception("request_failed", route=name_route(scope))
            if not is_begun:
                await send_with_headers(
                    {"type": "http.response.start", "status": 500, "headers": []}
                )
                await send({"type": "http.response.body", "body": b""})
        finally:
            self._record(scope, status, self._clock.monotonic_seconds() - began_seconds)

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        route = name_route(scope)
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._metrics.requests.labels(route, method, str(status)).inc()
        self._metrics.request_seconds.labels(route).observe(seconds)
        log.info(
            "request_answered",
            route=route,
            method=method,
            status=status,
            seconds=round(seconds, 4),
            query_string_bytes=len(scope.get("query_string", b"")),
        )


def name_route(scope: Scope) -> str:
    """Return the template of the route that answered, so that labels stay few.

    Example:
        >>> name_route({"path": "/static/desk.css"}), name_route({"path": "/wp-admin"})
        ('/static', 'unmatched')
    """
    if scope["path"].startswith(STATIC_PATH):
        return "/static"
    template = getattr(scope.get("route"), "path", None)
    return template if isinstance(template, str) and template else "unmatched"


def _choose_headers(scope: Scope) -> tuple[tuple[bytes, bytes], ...]:
    if scope["path"].startswith(_SECRET_PATHS):
        return (*_HEADERS, _NEVER)
    is_versioned = scope["path"].startswith(STATIC_PATH) and scope.get("query_string")
    return (*_HEADERS, _FOR_EVER if is_versioned else _PRIVATE)
