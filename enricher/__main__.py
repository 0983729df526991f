"""`python -m enricher`: run the stage, extract from files by hand, or read the past again.

In: command line and environment. Out: a running worker, JSON on stdout, or a replay.
"""

import argparse
import sys
from datetime import UTC, datetime

from enricher.extract import run_extract
from enricher.settings import EnricherSettings
from services.chassis.clock import SystemClock
from services.chassis.logs import configure_logging
from services.chassis.process import install_stop_signals, run_command
from services.chassis.settings import KafkaSettings, load


def parse_time(text: str) -> datetime:
    """Read an ISO time; without an offset it is taken as UTC.

    Raises:
        argparse.ArgumentTypeError: it is no ISO time.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no ISO time such as 2026-05-28") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def build_parser() -> argparse.ArgumentParser:
    """Return the command line's grammar."""
    parser = argparse.ArgumentParser(prog="python -m enricher", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="consume raw articles from Kafka and publish enriched ones")
    extract = commands.add_parser(
        "extract", help="print figures and entities of texts, one JSON object each"
    )
    extract.add_argument(
        "--format",
        choices=("text", "article"),
        default="text",
        help="text: a saved text, headline first; article: JSON lines as `crawler extract` prints",
    )
    extract.add_argument(
        "--published", type=parse_time, help="when the texts were published (ISO), for periods"
    )
    extract.add_argument("paths", nargs="+", metavar="FILE", help="files, or - for stdin")
    replay = commands.add_parser(
        "replay", help="read articles of the past again by the rules of today"
    )
    replay.add_argument(
        "--from",
        dest="source",
        choices=("enriched", "raw"),
        default="enriched",
        help="the topic to read: enriched keeps every article for ever, raw those of 30 days",
    )
    replay.add_argument("--since", type=parse_time, help="only events that came then or later")
    replay.add_argument("--until", type=parse_time, help="only events that came before")
    replay.add_argument(
        "--article", action="append", default=[], metavar="ID", help="only this one; repeatable"
    )
    replay.add_argument("--limit", type=_parse_count, help="end after so many articles")
    replay.add_argument(
        "--rate", type=_parse_count, default=50, help="articles a second at most; default 50"
    )
    replay.add_argument(
        "--dry-run", action="store_true", help="publish nothing: print what would differ"
    )
    replay.add_argument(
        "--restart", action="store_true", help="begin anew where the same replay ran before"
    )
    return parser


def _parse_count(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1")
    return int(text)


def _replay(arguments: argparse.Namespace) -> int:
    # Kafka's client is imported for those commands only that talk to it
    from enricher.replay import ReplayPlan, run_replay  # noqa: PLC0415

    settings, kafka = load(EnricherSettings), load(KafkaSettings)
    # what differs goes to stdout, to be kept or counted; the log beside it
    configure_logging(
        "enricher", level=settings.log_level, log_format=settings.log_format, stream=sys.stderr
    )
    plan = ReplayPlan(
        source=arguments.source,
        generation=settings.generation,
        since=arguments.since,
        until=arguments.until,
        articles=frozenset(arguments.article),
        limit=arguments.limit,
        rate=arguments.rate,
        is_dry=arguments.dry_run,
        is_restart=arguments.restart,
    )
    run_replay(
        plan,
        settings=settings,
        kafka=kafka,
        clock=SystemClock(),
        stopping=install_stop_signals(),
        stdout=sys.stdout,
    )
    return 0


def main() -> int:
    """Run what the command line asks for."""
    arguments = build_parser().parse_args()
    if arguments.command == "replay":
        return _replay(arguments)
    if arguments.command == "extract":
        return run_extract(
            format=arguments.format,
            published=arguments.published,
            paths=arguments.paths,
            stdin=sys.stdin.buffer,
            stdout=sys.stdout,
        )
    # Faust is imported for the stage only: `extract` starts in a tenth of the time without it
    from enricher.worker import run_worker  # noqa: PLC0415

    return run_worker()


if __name__ == "__main__":
    sys.exit(run_command(main))
