"""Runs the desk: `python -m services.search`.

In: the environment (see `.env.example`). Out: the page and the API on one port, /metrics, /livez
and /readyz on another. SIGTERM ends it: answers under way are finished, then exit 0.
"""

import argparse
import secrets
import socket
import sys

import structlog
import uvicorn

from services.chassis.clock import SystemClock
from services.chassis.elasticsearch import build_client
from services.chassis.errors import Fatal
from services.chassis.health import AdminServer, Health
from services.chassis.logs import configure_logging
from services.chassis.metrics import build_registry
from services.chassis.process import install_stop_signals, run_command
from services.chassis.settings import ElasticsearchSettings, load
from services.search.app import build_app
from services.search.article_index import ArticleIndex, IndexOptions
from services.search.metrics import build_metrics
from services.search.settings import SearchSettings

GRACE_SECONDS = 8
"""Longest wait for answers under way when the desk is told to stop."""

log = structlog.get_logger()


def bind(host: str, port: int) -> socket.socket:
    """Return a socket bound to the desk's address.

    Raises:
        Fatal: the address is taken or not ours.
    """
    try:
        return socket.create_server((host, port), backlog=512, reuse_port=False)
    except OSError as error:
        raise Fatal(
            f"Cannot serve the desk on {host}:{port}: {error.strerror}; set SEARCH_PORT."
        ) from error


def main() -> int:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m services.search", description=__doc__)
    parser.parse_args()
    settings = load(SearchSettings)
    elasticsearch = load(ElasticsearchSettings)
    configure_logging("search", level=settings.log_level, log_format=settings.log_format)
    clock = SystemClock()
    registry = build_registry()
    metrics = build_metrics(registry)
    key = settings.cursor_key.get_secret_value().encode() if settings.cursor_key else None
    index = ArticleIndex(
        build_client(elasticsearch),
        options=IndexOptions(
            prefix=settings.index_prefix,
            timeout_seconds=settings.search_timeout_seconds,
            cursor_key=key or secrets.token_bytes(32),
            cursor_seconds=settings.cursor_seconds,
            cursors_limit=settings.cursors_limit,
        ),
        metrics=metrics,
        clock=clock,
    )
    app = build_app(
        index,
        metrics=metrics,
        clock=clock,
        allowed_hosts=tuple(h.strip() for h in settings.allowed_hosts.split(",") if h.strip()),
    )
    health = Health(clock)
    health.add_readiness("elasticsearch", index.is_reachable)
    admin = AdminServer(
        service="search",
        host=settings.admin_host,
        port=settings.admin_port,
        registry=registry,
        health=health,
    )
    listener = bind(settings.host, settings.port)
    admin_port = admin.start()

    async def progress() -> None:
        health.progress()

    server = uvicorn.Server(
        uvicorn.Config(
            app,
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            lifespan="off",
            timeout_graceful_shutdown=GRACE_SECONDS,
            callback_notify=progress,
            timeout_notify=5,
        )
    )
    # uvicorn handles the signals while it serves, and raises them again once it has finished:
    # without a handler of ours that second time would end the process by signal, not with 0.
    install_stop_signals()
    port = listener.getsockname()[1]
    log.info("desk_serving", host=settings.host, port=port, admin_port=admin_port)
    server.run(sockets=[listener])
    admin.stop()
    log.info("desk_stopped")
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main))
