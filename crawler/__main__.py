"""The crawler's command line.

`python -m crawler watch` watches sources, `backfill` fetches their past, `sources check` tells how
they are, `extract` prints what is read from saved pages, `import` publishes saved pages, texts and
WARC files, `forget` removes pages from the archive.
"""

import argparse
import signal
import sys
from datetime import datetime
from pathlib import Path

from services.chassis.errors import Fatal
from services.chassis.process import run_command


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(prog="python -m crawler", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)

    watch = commands.add_parser(
        "watch",
        help="watch the sources of a file and publish what is new",
        description="Watch the sources of a YAML file by feed, sitemap and section page, and "
        "publish new, changed and withdrawn articles. Settings: environment, CRAWLER_*.",
    )
    watch.add_argument(
        "--sources",
        type=Path,
        required=True,
        metavar="FILE",
        help="the sources file (crawler/sources.yaml is one)",
    )
    watch.add_argument(
        "--once", action="store_true", help="look at each source once, fetch what is due, and exit"
    )
    _add_sink(watch)
    watch.add_argument(
        "--state",
        type=Path,
        metavar="FILE",
        help="where to remember what was seen (default: CRAWLER_STATE_FILE)",
    )

    sources = commands.add_parser("sources", help="look after a sources file")
    actions = sources.add_subparsers(dest="action", required=True)
    check = actions.add_parser(
        "check",
        help="fetch each source once; print what is found, what is wrong and what to do",
        description="Fetch the listings and a few articles of each source, as watch does, and "
        "print a table: what was found, what is wrong, what to do. Nothing is published or kept. "
        "The exit code is 0 when all is well, 1 when something is wrong.",
    )
    check.add_argument("file", type=Path, metavar="FILE", help="the sources file")
    check.add_argument(
        "--source", action="append", default=[], metavar="ID", help="only this source (repeatable)"
    )

    past = commands.add_parser(
        "backfill",
        help="fetch what a source published in the past",
        description="Walk a source's sitemaps, feeds, section pages and archives back to a date, "
        "and publish the articles as no news (cause: parser). Interrupted or out of budget, the "
        "same command goes on where it was left. While `watch` runs with the same state file, it "
        "does the work itself, when nothing else is due; --requests 0 ends that.",
    )
    past.add_argument("--sources", type=Path, required=True, metavar="FILE",
                      help="the sources file")  # fmt: skip
    past.add_argument("--source", required=True, metavar="ID", help="which source of the file")
    past.add_argument(
        "--since",
        type=_time,
        required=True,
        metavar="DATE",
        help="how far back, such as 2026-01-31",
    )
    past.add_argument(
        "--requests", type=_count, default=1_000, metavar="N",
        help="how many requests to make at most, robots.txt, redirects and repetitions counted "
        "(default: %(default)s)",
    )  # fmt: skip
    _add_sink(past)
    past.add_argument(
        "--state",
        type=Path,
        metavar="FILE",
        help="where to remember what was seen (default: CRAWLER_STATE_FILE)",
    )

    extract = commands.add_parser(
        "extract",
        help="print what is read from saved pages, one JSON object a page",
        description="Print one JSON object for each HTML file. Unknown is null or [].",
    )
    extract.add_argument("--url", help="where the page was fetched from")
    extract.add_argument("--site", help="which parser to use; guessed from the page by default")
    extract.add_argument("files", type=Path, nargs="+", metavar="FILE")

    importing = commands.add_parser(
        "import",
        help="publish saved pages (.html), saved texts (.txt) and WARC files",
        description="Publish saved pages (.html), saved texts (.txt) and archives (.warc, "
        ".warc.gz). The revision of a file is its time of change, that of a WARC record its "
        "date, so importing twice changes nothing.",
    )
    _add_sink(importing)
    importing.add_argument("--site", help="which parser to use; guessed from the page by default")
    importing.add_argument("--outlet", help="the outlet's name; by default that of the site")
    importing.add_argument(
        "--published",
        type=_time,
        metavar="ISO",
        help="when the texts were published, where they do not say",
    )
    importing.add_argument(
        "--state",
        type=Path,
        metavar="FILE",
        help="where to remember what was seen (default: CRAWLER_STATE_FILE)",
    )
    importing.add_argument("files", type=Path, nargs="+", metavar="FILE")

    forgetting = commands.add_parser(
        "forget",
        help="remove pages from the WARC archive, on legal request; stop the crawler first",
        description="Remove every record of these addresses from the WARC files of a folder. The "
        "other records stay as they are. `python -m indexer takedown` names the addresses.",
    )
    forgetting.add_argument(
        "--archive",
        type=Path,
        metavar="FOLDER",
        help="where the WARC files are (default: CRAWLER_ARCHIVE_DIR)",
    )
    forgetting.add_argument("urls", nargs="+", metavar="URL")
    return parser


def _add_sink(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--sink",
        default="kafka",
        metavar="kafka|file:OUT.jsonl",
        help="where events go (default: kafka, by the KAFKA_* settings)",
    )


def _time(text: str) -> datetime:
    from crawler.domain.dates import parse_time  # noqa: PLC0415 - only this option needs it

    moment = parse_time(text)
    if moment is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no time such as 2026-05-28T10:00:00+07:00")
    return moment


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no number of requests such as 1000")
    return int(text)


def _backfill(options: argparse.Namespace) -> int:
    signal.signal(signal.SIGTERM, _leave)
    from crawler.app import backfill  # noqa: PLC0415

    return backfill(
        sources_file=options.sources, source_id=options.source, since=options.since,
        requests=options.requests, sink=options.sink, state_file=options.state,
    )  # fmt: skip


def _extract(options: argparse.Namespace) -> int:
    from crawler.extract import extract_files  # noqa: PLC0415 - each command loads its own parts
    from crawler.sites import GENERIC, SITES  # noqa: PLC0415

    if options.site is not None and options.site not in {*SITES, GENERIC}:
        known = ", ".join((*SITES, GENERIC))
        raise Fatal(f"There is no parser for the site {options.site!r}; there are: {known}.")
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]  # a terminal or a file
    return extract_files(
        options.files, url=options.url, site=options.site, output=sys.stdout, errors=sys.stderr
    )


def _leave(_signal: int, _frame: object) -> None:
    raise SystemExit(0)


def _watch(options: argparse.Namespace) -> int:
    # Until the crawler is built and handles it itself, being told to stop is no failure.
    signal.signal(signal.SIGTERM, _leave)
    from crawler.app import watch  # noqa: PLC0415

    return watch(
        sources_file=options.sources, is_once=options.once, sink=options.sink,
        state_file=options.state,
    )  # fmt: skip


def _check_sources(options: argparse.Namespace) -> int:
    signal.signal(signal.SIGTERM, _leave)
    from crawler.app import check_sources  # noqa: PLC0415

    return check_sources(sources_file=options.file, only=options.source)


def _import(options: argparse.Namespace) -> int:
    from crawler.app import import_files  # noqa: PLC0415

    return import_files(
        options.files, sink=options.sink, site=options.site, outlet=options.outlet,
        published_at=options.published, state_file=options.state,
    )  # fmt: skip


def _forget(options: argparse.Namespace) -> int:
    from crawler.archive import forget  # noqa: PLC0415 - as above
    from crawler.settings import CrawlerSettings  # noqa: PLC0415
    from services.chassis.settings import load  # noqa: PLC0415

    folder = options.archive or load(CrawlerSettings).archive_dir
    if folder is None or not folder.is_dir():
        raise Fatal("There is no archive: name its folder with --archive.")
    print(f"{forget(folder, options.urls)} records removed")
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = build_parser().parse_args(arguments)
    commands = {
        "watch": _watch, "backfill": _backfill, "sources": _check_sources, "extract": _extract,
        "import": _import,
        "forget": _forget,
    }  # fmt: skip
    return run_command(lambda: commands[options.command](options))


if __name__ == "__main__":
    raise SystemExit(main())
