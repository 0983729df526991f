"""`python -m enricher`: run the stage, or extract from files by hand.

In: command line and environment. Out: a running worker, or JSON on stdout.
"""

import argparse
import sys
from datetime import UTC, datetime

from enricher.extract import run_extract
from services.chassis.process import run_command


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
    return parser


def main() -> int:
    """Run what the command line asks for."""
    arguments = build_parser().parse_args()
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
