"""Where a consumer group stands: `python -m services.chassis.offsets show | move GROUP TOPIC`.

In: a group, a topic, and where to. Out: a table; moved offsets. Kafka moves those of a group only
while none of its workers is alive.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from kafka import TopicPartition
from kafka.admin import KafkaAdminClient, OffsetSpec, OffsetTimestamp
from kafka.errors import KafkaError

from services.chassis.dlq import read_moment
from services.chassis.errors import Fatal, Retry
from services.chassis.kafka import build_admin
from services.chassis.process import run_command
from services.chassis.settings import KafkaSettings, load

_WORDS = {"earliest": OffsetSpec.EARLIEST, "latest": OffsetSpec.LATEST}


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(prog="python -m services.chassis.offsets", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, meaning in (
        ("show", "print where a group stands"),
        ("move", "let a group go on elsewhere; stop its workers first"),
    ):
        command = commands.add_parser(name, help=meaning)
        command.add_argument("group")
        command.add_argument("topic")
    move = commands.choices["move"]
    move.add_argument(
        "--to",
        required=True,
        help="earliest, latest, an offset, a time (2026-05-28T08:30) or how long ago (90m, 6h, 2d)",
    )
    move.add_argument("--partition", type=int, help="only this one; all by default")
    move.add_argument("--dry-run", action="store_true", help="only say what would be done")
    return parser


def main(arguments: Sequence[str] | None = None, *, now: datetime | None = None) -> int:
    """Run one command and return the exit code."""
    options = build_parser().parse_args(arguments)
    admin = build_admin(load(KafkaSettings), client_id="unionwire-offsets")
    try:
        places = _list_places(admin, options.topic)
        before = _read_offsets(admin, options.group, places)
        if options.command == "show":
            _print(admin, places, before, moved={})
            return 0
        if options.partition is not None:
            places = [place for place in places if place.partition == options.partition]
        target = _read_target(options.to, now=now or datetime.now(UTC))
        if options.dry_run:
            moved = _resolve(admin, places, target)
        else:
            moved = _move(admin, options.group, places, target)
        _print(admin, places, before, moved=moved)
    except KafkaError as error:
        raise Retry(f"Kafka stopped answering: {error!r}") from error
    finally:
        admin.close()
    return 0


def _list_places(admin: KafkaAdminClient, topic: str) -> list[TopicPartition]:
    if topic not in admin.list_topics():
        raise Fatal(f"Kafka has no topic {topic}.")
    (found,) = admin.describe_topics([topic])
    numbers = sorted(each["partition_index"] for each in found["partitions"])
    return [TopicPartition(topic, number) for number in numbers]


def _read_offsets(
    admin: KafkaAdminClient, group: str, places: Sequence[TopicPartition]
) -> dict[TopicPartition, int | None]:
    committed = admin.list_group_offsets(group)[group]
    return {place: committed[place].offset if place in committed else None for place in places}


def _read_target(text: str, *, now: datetime) -> Any:  # noqa: ANN401 - the library's kinds of it
    if text in _WORDS:
        return _WORDS[text]
    if text.isdecimal():
        return int(text)
    try:
        return OffsetTimestamp(int(read_moment(text, now=now).timestamp() * 1000))
    except ValueError as error:
        raise Fatal(f"--to {text} is no place: write earliest, 1200, 2026-05-28 or 6h.") from error


def _resolve(
    admin: KafkaAdminClient,
    places: Sequence[TopicPartition],
    target: Any,  # noqa: ANN401 - as above
) -> dict[TopicPartition, int]:
    begins = admin.list_partition_offsets(dict.fromkeys(places, OffsetSpec.EARLIEST))
    ends = admin.list_partition_offsets(dict.fromkeys(places, OffsetSpec.LATEST))
    if isinstance(target, int) and not isinstance(target, OffsetSpec | OffsetTimestamp):
        wanted = dict.fromkeys(places, target)
    else:
        found = admin.list_partition_offsets(dict.fromkeys(places, target))
        # no event is that young: the end
        wanted = {p: o.offset if o.offset >= 0 else ends[p].offset for p, o in found.items()}
    return {
        place: min(max(offset, begins[place].offset), ends[place].offset)
        for place, offset in wanted.items()
    }


def _move(
    admin: KafkaAdminClient,
    group: str,
    places: Sequence[TopicPartition],
    target: Any,  # noqa: ANN401 - as above
) -> dict[TopicPartition, int]:
    state = next(
        (each["group_state"] for each in admin.list_groups() if each["group_id"] == group), None
    )
    if state not in (None, "Empty", "Dead"):
        raise Fatal(f"Workers of {group} are alive: stop them, wait ten seconds, try again.")
    answers = admin.reset_group_offsets(group, dict.fromkeys(places, target))
    for place, answer in answers.items():
        error = answer["error"]
        if getattr(error, "errno", 0) != 0:
            raise Retry(f"Kafka does not move {group} on partition {place.partition}: {error!r}")
    return {place: answer["offset"] for place, answer in answers.items()}


def _print(
    admin: KafkaAdminClient,
    places: Sequence[TopicPartition],
    before: Mapping[TopicPartition, int | None],
    *,
    moved: Mapping[TopicPartition, int],
) -> None:
    ends = admin.list_partition_offsets(dict.fromkeys(places, OffsetSpec.LATEST))
    print("partition    stands at    moved to    end")
    for place in places:
        stands = "-" if before[place] is None else str(before[place])
        print(
            f"{place.partition:>9}{stands:>13}{moved.get(place, '-')!s:>12}{ends[place].offset:>7}"
        )


if __name__ == "__main__":
    sys.exit(run_command(main))
