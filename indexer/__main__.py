"""The command line: `python -m indexer run | create-indices | reconcile | rebuild`.

In: settings from the environment. Out: the service, or a report on stdout; exit code 0 when good.
"""

import argparse
import sys

from elastic_transport import TransportError
from elasticsearch import ApiError
from kafka.errors import KafkaError

from indexer.app import STOP_WITHIN_SECONDS, build_indexer, create_indices, run_indexer
from indexer.metrics import build_indexer_metrics
from indexer.rebuild import Rebuild
from indexer.reconcile import reconcile
from indexer.settings import IndexerSettings
from indexer.store import to_error_kind
from services.chassis.clock import SystemClock
from services.chassis.elasticsearch import build_client
from services.chassis.errors import Retry
from services.chassis.kafka import build_reader
from services.chassis.logs import configure_logging
from services.chassis.metrics import build_registry
from services.chassis.process import install_stop_signals, leave_within, run_command
from services.chassis.settings import ElasticsearchSettings, KafkaSettings, load


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(prog="python -m indexer", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="index enriched articles until stopped")
    commands.add_parser("create-indices", help="create what is missing of indices and aliases")
    check = commands.add_parser(
        "reconcile", help="compare figures and history with the articles; exit 1 if they differ"
    )
    check.add_argument("--fix", action="store_true", help="mend what differs")
    check.add_argument("--json", action="store_true", help="print JSON instead of a table")
    again = commands.add_parser(
        "rebuild", help="make all indices anew from Kafka, while the workers go on"
    )
    again.add_argument(
        "--restart", action="store_true", help="drop what an interrupted rebuild left"
    )
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = build_parser().parse_args(arguments)
    if options.command == "run":
        return _run()
    if options.command == "create-indices":
        return _create_indices()
    if options.command == "rebuild":
        return _rebuild(is_restarted=options.restart)
    return _reconcile(is_fixing=options.fix, is_json=options.json)


def _run() -> int:
    settings = load(IndexerSettings)
    kafka, elasticsearch = load(KafkaSettings), load(ElasticsearchSettings)
    configure_logging("indexer", level=settings.log_level, log_format=settings.log_format)
    stopping = install_stop_signals(lambda: leave_within(STOP_WITHIN_SECONDS))
    indexer = build_indexer(settings=settings, elasticsearch=elasticsearch, clock=SystemClock())
    run_indexer(indexer, settings=settings, kafka=kafka, stopping=stopping)
    return 0


def _create_indices() -> int:
    settings = load(IndexerSettings)
    client = build_client(load(ElasticsearchSettings))
    for name in create_indices(client, settings):
        print(name)
    return 0


def _rebuild(*, is_restarted: bool) -> int:
    settings = load(IndexerSettings)
    configure_logging("indexer", level="WARNING", log_format=settings.log_format)
    client = build_client(load(ElasticsearchSettings))
    consumer = build_reader(load(KafkaSettings), client_id="unionwire-rebuild")
    try:
        rebuild = Rebuild(
            client=client,
            layout=settings.layout,
            consumer=consumer,
            metrics=build_indexer_metrics(build_registry()),
            clock=SystemClock(),
            report=lambda line: print(line, flush=True),
            batch_events=settings.batch_events,
        )
        old = rebuild.run(is_restarted=is_restarted)
    except (ApiError, TransportError) as error:
        raise to_error_kind(error) from error
    except KafkaError as error:
        raise Retry(f"Kafka stopped answering: {error!r}; say --restart later.") from error
    finally:
        consumer.close()
        client.close()
    for outcome, events in sorted(rebuild.outcomes.items()):
        print(f"{events:>9}  {outcome}")
    if old:
        print(f"Delete the old indices when you are content: {', '.join(old)}")
    return 0


def _reconcile(*, is_fixing: bool, is_json: bool) -> int:
    settings = load(IndexerSettings)
    client = build_client(load(ElasticsearchSettings))
    report = reconcile(client, settings.layout, is_fixing=is_fixing)
    print(report.to_json() if is_json else report.to_table())
    return 0 if report.is_clean else 1


if __name__ == "__main__":
    sys.exit(run_command(main))
