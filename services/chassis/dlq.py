"""Dead letters by hand: `python -m services.chassis.dlq list | show | replay | purge`.

In: which letters, by reason, service, topic, article and time. Out: tables or JSON lines; letters
sent back to where they came from, or deleted. Sending back is safe to repeat, and an event that is
older than what the index shows changes nothing but the article's history.
"""

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from kafka.errors import KafkaError

from services.chassis.clock import Clock, SystemClock
from services.chassis.errors import Fatal, Reject, Retry
from services.chassis.kafka import Publisher, build_admin, build_producer, build_reader
from services.chassis.letter_box import Letter, LetterBox, Place
from services.chassis.process import run_command
from services.chassis.settings import KafkaSettings, load
from services.contracts.topics import TOPICS, Topic

_AGO = re.compile(r"(\d+)([mhd])")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_ERROR_CHARACTERS = 100
_CLIENT = "unionwire-dlq"


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Which letters are meant; None is any. Times are of the rejection, `until` excluded."""

    reason: str | None = None
    service: str | None = None
    article_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def has(self, letter: Letter) -> bool:
        """Return whether a letter is meant."""
        return (
            self.reason in (None, letter.reason)
            and self.service in (None, letter.service)
            and self.article_id in (None, letter.key)
            and (self.since is None or letter.rejected_at >= self.since)
            and (self.until is None or letter.rejected_at < self.until)
        )


def read_moment(text: str, *, now: datetime) -> datetime:
    """Return the time that a person wrote: a date or time (UTC unless it says), or how long ago.

    Raises:
        ValueError: it is neither.

    Example:
        >>> now = datetime(2026, 1, 2, 12, tzinfo=UTC)
        >>> read_moment("2h", now=now).hour, read_moment("2026-01-01", now=now).day
        (10, 1)
    """
    if ago := _AGO.fullmatch(text):
        return now - int(ago[1]) * _UNITS[ago[2]]
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(prog="python -m services.chassis.dlq", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    chosen = argparse.ArgumentParser(add_help=False)
    chosen.add_argument("--topic", help="only those of this topic, articles.raw.v1 for example")
    chosen.add_argument("--reason", help="only those given up for this reason")
    chosen.add_argument("--service", help="only those that this service gave up")
    chosen.add_argument("--article", help="only those of this article_id")
    chosen.add_argument("--since", help="given up then or later: 2026-05-28, …T08:30, 90m, 6h, 2d")
    chosen.add_argument("--until", help="given up before then")
    listing = commands.add_parser("list", parents=[chosen], help="print the open dead letters")
    listing.add_argument("--json", action="store_true", help="print a JSON object a line")
    listing.add_argument("--count", action="store_true", help="print only how many of what")
    show = commands.add_parser("show", help="print one dead letter, headers and text")
    show.add_argument("place", help="as `list` prints it: TOPIC:PARTITION:OFFSET")
    show.add_argument("--value", action="store_true", help="print the original bytes only")
    replay = commands.add_parser(
        "replay", parents=[chosen], help="send the originals back to where they came from"
    )
    replay.add_argument("--limit", type=int, help="send back so many at most, the oldest first")
    purge = commands.add_parser("purge", parents=[chosen], help="delete dead letters for good")
    purge.add_argument("--all", action="store_true", help="needed where nothing else is chosen")
    for command in (replay, purge):
        command.add_argument("--dry-run", action="store_true", help="only say what would be done")
    return parser


def main(
    arguments: Sequence[str] | None = None,
    *,
    topics: Iterable[Topic] = TOPICS,
    clock: Clock | None = None,
) -> int:
    """Run one command; return 0, or 1 when a letter could not be sent back."""
    options = build_parser().parse_args(arguments)
    settings = load(KafkaSettings)
    sources = _choose_sources(topics, named=getattr(options, "topic", None))
    try:
        return _run(options, settings, sources, now=(clock or SystemClock()).now())
    except KafkaError as error:
        raise Retry(f"Kafka stopped answering: {error!r}; run it again.") from error


def _run(
    options: argparse.Namespace, settings: KafkaSettings, sources: list[Topic], *, now: datetime
) -> int:
    with _open_boxes(settings, sources) as boxes:
        if options.command == "show":
            return _show(boxes, options)
        selection = _read_selection(options, now=now)
        chosen = [
            letter for box in boxes.values() for letter in box.list_open() if selection.has(letter)
        ]
        chosen.sort(key=lambda letter: (letter.rejected_at, str(letter.place)))
        if options.command == "list":
            return _list(chosen, options)
        if options.command == "replay":
            return _replay(boxes, chosen[: options.limit], is_dry=options.dry_run)
        if selection == Selection() and options.topic is None and not options.all:
            raise Fatal("This would delete every dead letter: choose some, or say --all.")
        return _purge(boxes, chosen, is_dry=options.dry_run)


def _choose_sources(topics: Iterable[Topic], *, named: str | None) -> list[Topic]:
    known = list(topics)
    names = {topic.name for topic in known}
    sources = [
        topic for topic in known if topic.model is not None and topic.dead_letters.name in names
    ]
    if named is None:
        return sources
    found = [topic for topic in sources if named in (topic.name, topic.dead_letters.name)]
    if not found:
        choice = ", ".join(topic.name for topic in sources)
        raise Fatal(f"There are no dead letters of {named}: --topic takes {choice}.")
    return found


@contextmanager
def _open_boxes(
    settings: KafkaSettings, sources: Iterable[Topic]
) -> Iterator[dict[str, LetterBox]]:
    with ExitStack() as open_things:
        consumer = build_reader(settings, client_id=_CLIENT)
        open_things.callback(consumer.close)
        admin = build_admin(settings, client_id=_CLIENT)
        open_things.callback(admin.close)
        publisher = Publisher(build_producer(settings, client_id=_CLIENT))
        open_things.callback(publisher.close)
        yield {
            source.dead_letters.name: LetterBox(
                consumer=consumer, admin=admin, publisher=publisher, source=source
            )
            for source in sources
        }


def _read_selection(options: argparse.Namespace, *, now: datetime) -> Selection:
    moments = {}
    for name in ("since", "until"):
        text = getattr(options, name)
        try:
            moments[name] = None if text is None else read_moment(text, now=now)
        except ValueError as error:
            raise Fatal(f"--{name} {text} is no time: write 2026-05-28, 90m, 6h or 2d.") from error
    return Selection(
        reason=options.reason, service=options.service, article_id=options.article, **moments
    )


def _list(letters: Sequence[Letter], options: argparse.Namespace) -> int:
    if options.json:
        for letter in letters:
            print(json.dumps(_to_facts(letter), ensure_ascii=False))
        return 0
    if not options.count:
        for letter in letters:
            error = letter.error.strip().rsplit("\n", 1)[-1][:_ERROR_CHARACTERS]
            print(
                f"{letter.place}  {letter.rejected_at:%Y-%m-%d %H:%M:%S}Z  {letter.service}  "
                f"{letter.reason}  {letter.key}  {letter.size_bytes} bytes  "
                f"{f'replayed {letter.replays}x  ' if letter.replays else ''}{error}"
            )
    _print_counts(letters, ending="open")
    return 0


def _to_facts(letter: Letter) -> dict[str, object]:
    facts = asdict(letter) | {
        "place": str(letter.place),
        "rejected_at": letter.rejected_at.isoformat(),
    }
    del facts["origin_partition"]
    return facts


def _print_counts(letters: Sequence[Letter], *, ending: str) -> None:
    counts = Counter((letter.place.topic, letter.service, letter.reason) for letter in letters)
    for (topic, service, reason), number in sorted(counts.items()):
        print(f"{number:>7}  {topic}  {service or '-'}  {reason or '-'}")
    print(f"{len(letters):>7}  {ending}")


def _show(boxes: dict[str, LetterBox], options: argparse.Namespace) -> int:
    try:
        place = Place.parse(options.place)
        box = boxes[place.topic]
    except (ValueError, KeyError) as error:
        raise Fatal(
            f"{options.place} is no dead letter: write TOPIC:PARTITION:OFFSET as `list` prints it."
        ) from error
    try:
        record = box.read_record(place)
    except Reject as error:
        raise Fatal(str(error)) from error
    value = record.value or b""
    if options.value:
        sys.stdout.flush()
        sys.stdout.buffer.write(value)
        return 0
    for name, content in record.headers:
        print(f"{name}: {(content or b'').decode(errors='replace')}")
    print(f"key: {(record.key or b'').decode(errors='replace')}")
    print(f"bytes: {len(value)}\n")
    print(value.decode(errors="backslashreplace"))
    return 0


def _replay(boxes: dict[str, LetterBox], letters: Sequence[Letter], *, is_dry: bool) -> int:
    if is_dry:
        _print_counts(letters, ending="would be sent back")
        return 0
    sent, refused = 0, 0
    for name, box in boxes.items():
        mine = [letter for letter in letters if letter.place.topic == name]
        replay = box.send_back(mine)
        sent += replay.sent
        refused += len(replay.refused)
        for letter, why in replay.refused:
            print(f"{letter.place} stays: {why}")
    _print_counts(letters, ending="chosen")
    print(f"{sent:>7}  sent back\n{refused:>7}  refused")
    return 1 if refused else 0


def _purge(boxes: dict[str, LetterBox], letters: Sequence[Letter], *, is_dry: bool) -> int:
    if not is_dry:
        for name, box in boxes.items():
            if mine := [letter for letter in letters if letter.place.topic == name]:
                box.throw_away(mine)
    _print_counts(letters, ending="would be deleted" if is_dry else "deleted")
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main))
