"""Events to a sink, and the news of what was acknowledged."""

import json
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from kafka import KafkaConsumer, TopicPartition

from crawler.delivery import Delivery, FileSink, KafkaSink, Outcome, build_sink
from services.chassis.errors import Fatal, Reject, Retry
from services.chassis.settings import KafkaSettings
from services.chassis.topics import ensure_topics
from services.contracts.articles import Cause, RawArticleV1
from services.contracts.topics import RAW


def make_event(article_id: str, *, body: str = "Nội dung.") -> RawArticleV1:
    return RawArticleV1(
        article_id=article_id, revision=1, generation=1, cause=Cause.NEW, source="s", site="nld",
        outlet="NLĐ", fetched_at=datetime(2026, 6, 1, tzinfo=UTC), title="Tên", body=body,
        content_hash="x",
    )  # fmt: skip


class FakeSink:
    """Answers as it is told, then takes everything."""

    def __init__(self, *answers: Exception | Callable[[int], list[Outcome | Retry]]) -> None:
        self.answers = list(answers)
        self.taken: list[str] = []

    def deliver(self, events: Sequence[RawArticleV1]) -> list[Outcome | Retry]:
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, Exception):
            raise answer
        outcomes: list[Outcome | Retry] = [None] * len(events)
        if answer is not None:
            outcomes = answer(len(events))
        self.taken += [
            event.article_id
            for event, outcome in zip(events, outcomes, strict=True)
            if outcome is None
        ]
        return outcomes

    def is_answering(self) -> bool:
        return True

    def close(self) -> None:
        pass


def deliver(sink: FakeSink, ids: list[str]) -> dict[str, Outcome]:
    done: dict[str, Outcome] = {}
    delivery = Delivery(sink, call=lambda function: function())
    for article_id in ids:
        delivery.submit(
            make_event(article_id),
            lambda outcome, name=article_id: done.__setitem__(name, outcome),  # type: ignore[misc]
        )
    delivery.start()
    assert delivery.stop(timeout_seconds=20)
    assert delivery.unacknowledged == 0
    return done


def test_delivery_tries_again_until_the_sink_takes_it() -> None:
    sink = FakeSink(Retry("down", after_seconds=0.01), Retry("down", after_seconds=0.01))

    done = deliver(sink, ["a", "b"])

    assert done == {"a": None, "b": None}
    assert sink.taken == ["a", "b"]


def test_delivery_repeats_only_what_was_not_taken() -> None:
    sink = FakeSink(lambda count: [None, *[Retry("full", after_seconds=0.01)] * (count - 1)])

    done = deliver(sink, ["a", "b", "c"])

    assert set(done) == {"a", "b", "c"}
    assert sorted(sink.taken) == ["a", "b", "c"]


def test_delivery_tells_what_will_never_be_taken() -> None:
    refusal = Reject("too_large", "The event is too large.")
    sink = FakeSink(lambda count: [refusal, *[None] * (count - 1)])

    done = deliver(sink, ["a", "b"])

    assert done == {"a": refusal, "b": None}


@pytest.mark.parametrize("error", [Fatal("no access"), RuntimeError("no access")])
def test_delivery_says_that_the_sink_refuses_us(error: Exception) -> None:
    fatal: list[Fatal] = []
    said = threading.Event()

    def hear(error: Fatal) -> None:
        fatal.append(error)
        said.set()

    delivery = Delivery(FakeSink(error), call=lambda function: function(), on_fatal=hear)
    done: list[Outcome] = []
    delivery.submit(make_event("a"), done.append)

    delivery.start()

    assert said.wait(10)
    assert "no access" in str(fatal[0])
    assert done == []


def test_delivery_gives_up_in_time_when_the_sink_is_down() -> None:
    delivery = Delivery(
        FakeSink(*[Retry("down", after_seconds=30)] * 9), call=lambda function: function()
    )
    done: list[Outcome] = []
    delivery.submit(make_event("a"), done.append)
    delivery.start()

    assert not delivery.stop(timeout_seconds=0.2)
    assert done == []


def test_file_sink_appends_events_as_lines(tmp_path: Path) -> None:
    path = tmp_path / "below" / "out.jsonl"
    for article_id in ("a", "b"):
        sink = FileSink(path)
        assert sink.deliver([make_event(article_id)]) == [None]
        sink.close()

    lines = path.read_text(encoding="utf-8").splitlines()

    assert [json.loads(line)["article_id"] for line in lines] == ["a", "b"]


def test_file_sink_cuts_a_line_that_was_not_finished(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_bytes(make_event("a").encode() + b'\n{"article_id": "b", "ti')

    sink = FileSink(path)
    sink.deliver([make_event("c")])
    sink.close()

    lines = path.read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["article_id"] for line in lines] == ["a", "c"]


@pytest.mark.parametrize("name", ["", "file:", "ftp:x", "Kafka"])
def test_build_sink_names_the_sinks_there_are(name: str) -> None:
    with pytest.raises(Fatal, match="give kafka or file:"):
        build_sink(name, kafka=KafkaSettings)


def test_kafka_sink_waits_for_a_broker_that_is_down() -> None:
    sink = KafkaSink(KafkaSettings(bootstrap_servers="127.0.0.1:1"))

    with pytest.raises(Retry, match=r"127\.0\.0\.1:1"):
        sink.deliver([make_event("a")])
    assert not sink.is_answering()


@pytest.mark.integration
def test_kafka_sink_publishes_by_article(kafka_bootstrap_servers: str, unique_name: str) -> None:
    settings = KafkaSettings(bootstrap_servers=kafka_bootstrap_servers)
    ensure_topics(settings)
    consumer = KafkaConsumer(
        bootstrap_servers=kafka_bootstrap_servers, enable_auto_commit=False, group_id=None
    )
    partitions = [TopicPartition(RAW.name, number) for number in range(RAW.partitions)]
    consumer.assign(partitions)
    consumer.seek_to_end(*partitions)
    for partition in partitions:
        consumer.position(partition)
    sink = KafkaSink(settings)
    huge = make_event(f"{unique_name}-huge").model_copy(update={"captions": ("x" * 3_000_000,)})

    answers = sink.deliver([make_event(f"{unique_name}-1"), huge, make_event(f"{unique_name}-2")])

    assert sink.is_answering()
    sink.close()
    assert answers[0] is None
    assert isinstance(answers[1], Reject)
    assert answers[2] is None
    read: dict[str, RawArticleV1] = {}
    for _ in range(50):
        for records in consumer.poll(timeout_ms=200).values():
            for record in records:
                if record.key.decode().startswith(unique_name):
                    read[record.key.decode()] = RawArticleV1.decode(record.value)
        if len(read) == 2:
            break
    consumer.close()
    assert set(read) == {f"{unique_name}-1", f"{unique_name}-2"}
