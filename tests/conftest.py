"""What tests share: a real Kafka and a real Elasticsearch for the session, and a clock to turn."""

import os
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deploy.local.stack import Stack
from services.chassis.settings import ElasticsearchSettings, KafkaSettings

REPOSITORY = Path(__file__).parents[1]


class TurnedClock:
    """A clock that stands still until it is turned."""

    def __init__(self, start: datetime = datetime(2026, 10, 5, 8, 0, tzinfo=UTC)) -> None:
        self._now = start
        self._monotonic_seconds = 1000.0

    def now(self) -> datetime:
        return self._now

    def monotonic_seconds(self) -> float:
        return self._monotonic_seconds

    def turn(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)
        self._monotonic_seconds += seconds


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The real servers; stopped at the end unless they ran before."""
    state = os.environ.get("UNIONWIRE_TEST_STATE_DIR", str(REPOSITORY / ".unionwire" / "test"))
    servers = Stack(Path(state))
    was_running = all(status.is_answering for status in servers.status())
    servers.up()
    yield servers
    if not was_running:
        servers.down()


@pytest.fixture(scope="session")
def kafka_settings(stack: Stack) -> KafkaSettings:
    return KafkaSettings(bootstrap_servers=stack.kafka_bootstrap_servers)


@pytest.fixture(scope="session")
def kafka_bootstrap_servers(kafka_settings: KafkaSettings) -> str:
    return kafka_settings.bootstrap_servers


@pytest.fixture(scope="session")
def elasticsearch_settings(stack: Stack) -> ElasticsearchSettings:
    return ElasticsearchSettings(url=stack.elasticsearch_url)


@pytest.fixture
def unique_name() -> str:
    """A name that no other test uses, for topics, groups and indices."""
    return f"test-{random.SystemRandom().getrandbits(48):012x}"
