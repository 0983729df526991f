"""The command line: `python -m deploy.pipeline demo | watch | status | down | clean`."""

import argparse
import shutil
import sys
from pathlib import Path

from deploy.local.errors import LocalServerError
from deploy.local.stack import default_state_dir
from deploy.pipeline.pipeline import ADMIN_PORTS, Pipeline
from services.chassis.errors import Fatal, Retry

EXIT_FAILED = 1
EXIT_NOT_RUNNING = 3
PIPELINES = ("demo", "watch")
SERVICES = ("demo-site", "crawler", "enricher", "indexer", "search", "notifier", "pulse")
SAMPLE_QUERY = "lien doan lao dong ha noi"


def main() -> int:
    """Do what the command line asks; returns the exit code."""
    options = build_parser().parse_args()
    try:
        return run(options)
    except LocalServerError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except (Fatal, Retry, OSError) as error:
        print(error, file=sys.stderr)
        return EXIT_FAILED
    except KeyboardInterrupt:
        print("Interrupted; `make down` ends what was started.", file=sys.stderr)
        return 130


def build_parser() -> argparse.ArgumentParser:
    """Return the command line's grammar."""
    parser = argparse.ArgumentParser(prog="python -m deploy.pipeline", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("demo", help="run everything on the bundled demo news site")
    watch = commands.add_parser("watch", help="run everything on live sites")
    watch.add_argument("--sources", type=Path, default=Path("crawler/sources.yaml"))
    commands.add_parser("status", help="what runs; exit code 3 unless a pipeline is complete")
    commands.add_parser("down", help="end everything; what is stored stays")
    commands.add_parser("clean", help="end everything and drop what is stored")
    return parser


def run(options: argparse.Namespace) -> int:
    """Do one command."""
    match options.command:
        case "demo":
            demo = build_pipeline("demo", sources=None)
            demo.up()
            demo.wait_until_searchable()
            print_summary(demo)
        case "watch":
            if not options.sources.is_file():
                print(f"There is no sources file {options.sources}.", file=sys.stderr)
                return 2
            watch = build_pipeline("watch", sources=options.sources.resolve())
            watch.up()
            print_addresses(watch)
        case "status":
            return print_status()
        case "down" | "clean":
            for name in PIPELINES:
                pipeline = build_pipeline(name, sources=None)
                if pipeline.state_dir.exists():
                    pipeline.down()
                    if options.command == "clean":
                        pipeline.stack.clean()
                        shutil.rmtree(pipeline.state_dir)
            print("Nothing of unionwire runs." if options.command == "down" else "Dropped.")
    return 0


def build_pipeline(name: str, *, sources: Path | None) -> Pipeline:
    """Return a pipeline that reports its steps to the terminal."""
    return Pipeline(name, sources=sources, report=lambda line: print(line, flush=True))


def print_summary(pipeline: Pipeline) -> None:
    """Say what the demo did."""
    print()
    print(f"articles searchable   {pipeline.count('articles')}")
    print(f"figures extracted     {pipeline.count('figures')}")
    answer = pipeline.search(SAMPLE_QUERY)
    print(f'search "{SAMPLE_QUERY}"   {answer["total"]} hits, first:')
    for hit in answer["articles"][:3]:
        print(f"  - {hit['title']}  ({hit['outlet']})")
    print()
    print_addresses(pipeline)


def print_addresses(pipeline: Pipeline) -> None:
    """Say where everything is."""
    print(f"the desk              {pipeline.runner.url('SEARCH_PORT')}/")
    for stage, variable in ADMIN_PORTS.items():
        print(f"{stage + ' metrics':<21} {pipeline.runner.url(variable)}/metrics")
    print(f"Kafka                 {pipeline.stack.kafka_bootstrap_servers}")
    print(f"Elasticsearch         {pipeline.stack.elasticsearch_url}")
    print(f"logs                  {pipeline.runner.log('crawler').parent}")
    print("It goes on running: `make status` looks, `make down` ends it.")


def print_status() -> int:
    """Print a table of what runs; returns 0 if a pipeline is complete."""
    is_complete = False
    for name in PIPELINES:
        if not (default_state_dir() / name).exists():
            continue
        pipeline = build_pipeline(name, sources=None)
        print(name)
        answers = [status.is_answering for status in pipeline.stack.status()]
        for status in pipeline.stack.status():
            state = "answering" if status.is_answering else "stopped"
            size = f"{status.memory_bytes / 1e6:.0f} MB" if status.memory_bytes else ""
            print(f"  {status.name:<14} {state:<10} {size:>8}  {status.address or ''}")
        for service in SERVICES:
            process = pipeline.runner.find(service)
            if service == "demo-site" and name != "demo":
                continue
            answers.append(process is not None)
            state = "stopped" if process is None else "running"
            size = "" if process is None else f"{process.memory_bytes / 1e6:.0f} MB"
            print(f"  {service:<14} {state:<10} {size:>8}")
        is_complete = is_complete or all(answers)
    if not any((default_state_dir() / name).exists() for name in PIPELINES):
        print("Nothing was started yet: `make demo` does.")
    return 0 if is_complete else EXIT_NOT_RUNNING


if __name__ == "__main__":
    sys.exit(main())
