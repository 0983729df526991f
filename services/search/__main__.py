"""Runs the desk: `python -m services.search`, and looks after its store and users.

In: the environment (see `.env.example`). Out: the page and the API on one port, /metrics, /livez
and /readyz on another. SIGTERM ends it: answers under way are finished, then exit 0.
"""

import argparse
import getpass
import secrets
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import structlog
import uvicorn

from services.chassis.clock import SystemClock
from services.chassis.elasticsearch import build_client
from services.chassis.errors import Fatal
from services.chassis.health import AdminServer, Health
from services.chassis.logs import configure_logging
from services.chassis.metrics import build_registry
from services.chassis.process import install_stop_signals, leave_within, run_command
from services.chassis.settings import ElasticsearchSettings, KafkaSettings, load
from services.search.access import AccessOptions
from services.search.accounts import AccountError, Accounts
from services.search.app import build_app
from services.search.article_index import ArticleIndex, IndexOptions
from services.search.domain.access import Role, is_loopback
from services.search.domain.wording import say
from services.search.metrics import build_metrics
from services.search.notifier.app import STOP_WITHIN_SECONDS, Notifier, run_notifier
from services.search.notifier.settings import MailSettings, NotifierSettings
from services.search.saved_pages import SavedOptions
from services.search.settings import DeskSettings, SearchSettings
from services.search.store import Store, back_up, restore

Answer = TypeVar("Answer")

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


def build_parser() -> argparse.ArgumentParser:
    """Return the command line's grammar; without a command the desk is served."""
    parser = argparse.ArgumentParser(prog="python -m services.search", description=__doc__)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    commands.add_parser("serve", help="serve the desk (the default)")
    commands.add_parser("notify", help="tell those who saved a search of its news")
    backup = commands.add_parser("backup", help="copy the store to a new file, also while it runs")
    backup.add_argument("file", type=Path)
    restoring = commands.add_parser("restore", help="put a backup in the store's place")
    restoring.add_argument("file", type=Path)
    user = commands.add_parser("user", help="users of the desk")
    users = user.add_subparsers(dest="what", required=True, metavar="WHAT")
    users.add_parser("list", help="all users and their roles")
    for what, meaning in (
        ("add", "make a user; the password is asked for, or read from standard input"),
        ("role", "give a user another role"),
        ("password", "give a user another password and end the user's sessions"),
        ("remove", "remove a user with keys and saved searches; judgements stay"),
    ):
        about = users.add_parser(what, help=meaning)
        about.add_argument("name")
        if what in ("add", "role"):
            about.add_argument(
                "--role",
                choices=[role.value for role in Role],
                required=what == "role",
                default=Role.EDITOR.value,
            )
    key = commands.add_parser("key", help="make an API key for a user, printed this once")
    key.add_argument("name")
    key.add_argument("label", help="what it is for")
    key.add_argument("--read-only", action="store_true")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = build_parser().parse_args(arguments)
    match options.command:
        case "notify":
            notify()
        case "backup":
            size_bytes = back_up(load(DeskSettings).store_file, options.file)
            print(f"{options.file}: {size_bytes} bytes")
        case "restore":
            former = restore(options.file, load(DeskSettings).store_file)
            print("Restored." if former is None else f"Restored; the former store is {former}.")
        case "user":
            _manage_users(options)
        case "key":
            accounts = _open_accounts()
            user = accounts.get_user(options.name)
            print(
                _said(accounts.add_key, user.user_id, options.label, is_read_only=options.read_only)
            )
        case _:
            serve()
    return 0


def _open_accounts() -> Accounts:
    return Accounts(Store(load(DeskSettings).store_file), clock=SystemClock())


def _manage_users(options: argparse.Namespace) -> None:
    accounts = _open_accounts()
    match options.what:
        case "list":
            for user in accounts.list_users():
                print(f"{user.name}\t{user.role.value}\tsince {user.created_at:%Y-%m-%d}")
        case "add":
            _said(accounts.add_user, options.name, _read_password(), Role(options.role))
        case "role":
            accounts.set_role(options.name, Role(options.role))
        case "password":
            user = accounts.get_user(options.name)
            _said(accounts.set_password, user.user_id, _read_password())
        case "remove":
            accounts.remove_user(options.name)


def _said(do: Callable[..., Answer], *values: object, **options: object) -> Answer:
    try:
        return do(*values, **options)
    except AccountError as error:
        raise Fatal(say(str(error), "en")) from error


def _read_password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Once more: ") != password:
        raise Fatal("The two passwords differ.")
    return password


def choose_access(settings: SearchSettings, accounts: Accounts) -> AccessOptions:
    """Return how the door is set.

    Raises:
        Fatal: the desk would stand open to other machines.
    """
    is_beyond = not is_loopback(settings.host)
    if is_beyond and not settings.without_login and not accounts.has_users():
        raise Fatal(
            f"The desk would be open to everybody who reaches {settings.host}: make a user with "
            "`python -m services.search user add NAME --role admin`, or set "
            "SEARCH_WITHOUT_LOGIN=true if something else asks for a login."
        )
    return AccessOptions(
        needs_login=is_beyond and not settings.without_login,
        requests_per_second=settings.requests_per_second,
        requests_burst=settings.requests_burst,
    )


def notify() -> None:
    """Match and send news until told to stop."""
    settings, desk = load(NotifierSettings), load(DeskSettings)
    kafka, elasticsearch = load(KafkaSettings), load(ElasticsearchSettings)
    configure_logging("notifier", level=settings.log_level, log_format=settings.log_format)
    stopping = install_stop_signals(lambda: leave_within(STOP_WITHIN_SECONDS))
    notifier = Notifier(
        settings=settings, desk=desk, elasticsearch=elasticsearch, clock=SystemClock()
    )
    run_notifier(notifier, settings=settings, kafka=kafka, stopping=stopping)


def serve() -> None:
    """Serve until told to stop."""
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
    store = Store(settings.store_file)
    accounts = Accounts(store, clock=clock)
    app = build_app(
        index,
        store=store,
        accounts=accounts,
        access=choose_access(settings, accounts),
        saved=SavedOptions(
            public_url=settings.public_url, has_email=bool(load(MailSettings).smtp_host)
        ),
        metrics=metrics,
        clock=clock,
        crawler_metrics_url=settings.crawler_metrics_url,
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
            forwarded_allow_ips=settings.proxy_addresses,
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
    store.close()
    log.info("desk_stopped")


if __name__ == "__main__":
    sys.exit(run_command(main))
