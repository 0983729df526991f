"""The command line: `python -m deploy.local up | down | status | ...`."""

import argparse
import dataclasses
import json
import shlex
import signal
import sys
import time
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn
from urllib.parse import urlsplit, urlunsplit

from deploy.local.errors import LocalServerError
from deploy.local.stack import SETTINGS, ServerStatus, Stack, build_stack

EXIT_NOT_RUNNING = 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line asks.

    Returns:
        The exit code: 0, 1 for a failure, 2 for a missing prerequisite or a wrong command line,
        3 when `status` finds something that does not answer, 130 when interrupted.
    """
    options = _build_parser().parse_args(arguments)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _exit_on_signal)
    try:
        return _run(options)
    except LocalServerError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("Interrupted; what this command had started is stopped.", file=sys.stderr)
        return 128 + signal.SIGINT


def _exit_on_signal(number: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(128 + number)  # Unwinds, so that what was started is stopped.


def _build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m deploy.local",
        description="Kafka and Elasticsearch on this machine, without containers.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    names = sorted(SETTINGS)
    up = commands.add_parser("up", help="fetch what is missing, start what does not run")
    up.add_argument("--only", choices=names, help="just this server")
    commands.add_parser("down", help="stop both; data stays")
    status = commands.add_parser("status", help="what runs; exit code 3 unless all of it answers")
    status.add_argument("--json", action="store_true", help="for machines")
    clean = commands.add_parser("clean", help="stop both and remove data, logs and ports")
    clean.add_argument("--all", action="store_true", help="remove the downloads too")
    commands.add_parser("env", help='print addresses: eval "$(python -m deploy.local env)"')
    commands.add_parser("check", help="only check that Java and Maven are installed")
    for command, text in (
        ("start", "start one server"),
        ("stop", "stop one server"),
        ("kill", "end one server by SIGKILL, as a crash would"),
    ):
        commands.add_parser(command, help=text).add_argument("server", choices=names)
    return parser


def _run(options: argparse.Namespace) -> int:
    stack = build_stack(report=_print_step)
    match options.command:
        case "up":
            started = time.monotonic()
            stack.up(only=options.only)
            _print_addresses(stack, only=options.only)
            _print_step(f"all up after {time.monotonic() - started:.1f} s")
        case "down":
            stack.down()
        case "status":
            return _print_status(stack.status(), as_json=options.json)
        case "clean":
            stack.clean(downloads=options.all)
        case "env":
            _print_environment(stack)
        case "check":
            stack.check()
        case "start":
            stack.start(options.server)
        case "stop":
            stack.stop(options.server)
        case "kill":
            stack.kill(options.server)
    return 0


def _print_step(line: str) -> None:
    print(line, flush=True)


def _print_addresses(stack: Stack, *, only: str | None) -> None:
    for status in stack.status():
        if only in {None, status.name}:
            where = " (external)" if status.is_external else ""
            print(f"{SETTINGS[status.name]}={hide_password(status.address or '')}{where}")


def _print_environment(stack: Stack) -> None:
    print(f"export {SETTINGS['kafka']}={shlex.quote(stack.kafka_bootstrap_servers)}")
    print(f"export {SETTINGS['elasticsearch']}={shlex.quote(stack.elasticsearch_url)}")


def _print_status(statuses: Sequence[ServerStatus], *, as_json: bool) -> int:
    if as_json:
        rows = [dataclasses.asdict(status) for status in statuses]
        for row in rows:
            row["address"] = row["address"] and hide_password(row["address"])
        print(json.dumps(rows, indent=2, default=str))
    else:
        for status in statuses:
            print(_describe(status))
    return 0 if all(status.is_answering for status in statuses) else EXIT_NOT_RUNNING


def _describe(status: ServerStatus) -> str:
    answering = "answering" if status.is_answering else "NOT answering"
    address = hide_password(status.address or "")
    if status.is_external:
        return f"{status.name:<14} external  {answering}  {address}"
    if status.pid is None:
        return f"{status.name:<14} stopped"
    memory = f"{status.memory_bytes / 1_000_000:.0f} MB"
    return f"{status.name:<14} pid {status.pid}  {memory}  {answering}  {address}"


def hide_password(address: str) -> str:
    """Replace the password of a URL, for printing.

    >>> hide_password("https://elastic:secret@search.example:9200")
    'https://elastic:***@search.example:9200'
    >>> hide_password("localhost:9092")
    'localhost:9092'
    """
    parts = urlsplit(address)
    user, has_password, _ = parts.netloc.rpartition("@")[0].partition(":")
    if not has_password:
        return address
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{user}:***@{host}"))


if __name__ == "__main__":
    sys.exit(main())
