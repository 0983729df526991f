"""The command line: `python -m indexer run | create-indices | reconcile | rebuild | takedown`.

In: settings from the environment. Out: the service, or a report on stdout; exit code 0 when good.
"""

import argparse
import sys
from contextlib import ExitStack

from elastic_transport import TransportError
from elasticsearch import ApiError
from kafka.errors import KafkaError

from indexer.app import STOP_WITHIN_SECONDS, build_indexer, create_indices, run_indexer
from indexer.metrics import build_indexer_metrics
from indexer.rebuild import Rebuild
from indexer.reconcile import reconcile
from indexer.settings import IndexerSettings
from indexer.store import to_error_kind
from indexer.takedown import Takedown, take_down
from services.chassis.clock import SystemClock
from services.chassis.elasticsearch import build_client
from services.chassis.errors import Retry
from services.chassis.forgetting import Forgetter
from services.chassis.kafka import Publisher, build_admin, build_producer, build_reader
from services.chassis.letter_box import LetterBox
from services.chassis.logs import configure_logging
from services.chassis.metrics import build_registry
from services.chassis.process import install_stop_signals, leave_within, run_command
from services.chassis.settings import ElasticsearchSettings, KafkaSettings, load
from services.chassis.takedowns import TakedownList
from services.contracts.takedowns import TakedownV1
from services.contracts.topics import TAKEDOWNS, TOPICS


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
    gone = commands.add_parser("takedown", help="forget an article on legal request")
    gone.add_argument("article_id")
    gone.add_argument("--by", required=True, help="who asked for it; this is kept")
    gone.add_argument("--reason", required=True, help="why, with the file number; this is kept")
    gone.add_argument("--dry-run", action="store_true", help="only say what there is of it")
    gone.add_argument("--lift", action="store_true", help="allow the article again")
    gone.add_argument(
        "--drop-snapshots", action="store_true", help="delete the snapshots that may hold it"
    )
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = build_parser().parse_args(arguments)
    if options.command == "run":
        return _run()
    if options.command == "create-indices":
        return _create_indices()
    if options.command == "takedown":
        return _take_down(options)
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


def _take_down(options: argparse.Namespace) -> int:
    settings, kafka = load(IndexerSettings), load(KafkaSettings)
    configure_logging("indexer", level="WARNING", log_format=settings.log_format)
    request = TakedownV1(
        article_id=options.article_id,
        requested_by=options.by,
        reason=options.reason,
        decided_at=SystemClock().now(),
        is_lifted=options.lift,
    )
    client = build_client(load(ElasticsearchSettings))
    with ExitStack() as open_things:
        open_things.callback(client.close)
        consumer = build_reader(kafka, client_id="unionwire-takedown")
        open_things.callback(consumer.close)
        admin = build_admin(kafka, client_id="unionwire-takedown")
        open_things.callback(admin.close)
        publisher = Publisher(build_producer(kafka, client_id="unionwire-takedown"))
        open_things.callback(publisher.close)
        parts = {"consumer": consumer, "admin": admin, "publisher": publisher}
        work = Takedown(
            client,
            settings.layout,
            Forgetter(**parts),
            topics=[topic for topic in TOPICS if topic is not TAKEDOWNS],
            boxes={
                source.dead_letters.name: LetterBox(**parts, source=source)
                for source in TOPICS
                if source.dead_letters in TOPICS
            },
        )
        try:
            return take_down(
                work,
                request,
                decide=lambda: publisher.confirm(
                    [publisher.publish(TAKEDOWNS, key=request.article_id, value=request.encode())]
                ),
                report=lambda line: print(line, flush=True),
                is_dry=options.dry_run,
                is_dropping_snapshots=options.drop_snapshots,
            )
        except (ApiError, TransportError) as error:
            raise to_error_kind(error) from error
        except KafkaError as error:
            raise Retry(f"Kafka stopped answering: {error!r}; run it again.") from error


def _rebuild(*, is_restarted: bool) -> int:
    settings = load(IndexerSettings)
    configure_logging("indexer", level="WARNING", log_format=settings.log_format)
    client = build_client(load(ElasticsearchSettings))
    kafka = load(KafkaSettings)
    takedowns = TakedownList(kafka, client_id="unionwire-rebuild-takedowns")
    takedowns.start()
    consumer = build_reader(kafka, client_id="unionwire-rebuild")
    try:
        rebuild = Rebuild(
            client=client,
            layout=settings.layout,
            consumer=consumer,
            metrics=build_indexer_metrics(build_registry()),
            clock=SystemClock(),
            report=lambda line: print(line, flush=True),
            batch_events=settings.batch_events,
            is_taken_down=takedowns.has,
        )
        old = rebuild.run(is_restarted=is_restarted)
    except (ApiError, TransportError) as error:
        raise to_error_kind(error) from error
    except KafkaError as error:
        raise Retry(f"Kafka stopped answering: {error!r}; say --restart later.") from error
    finally:
        takedowns.close()
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
