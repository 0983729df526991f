"""A Kafka with login and TLS, reached by settings alone: the library clients and the services."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from kafka import TopicPartition
from pydantic import SecretStr

from deploy.local import fetch
from deploy.local.processes import choose_port, stop_processes
from deploy.local.servers import Kafka, Ports
from services.chassis.errors import Fatal
from services.chassis.kafka import (
    Publisher,
    build_admin,
    build_producer,
    build_reader,
    is_answering,
)
from services.chassis.settings import KafkaSettings
from services.chassis.topics import ensure_topics
from services.contracts.articles import EnrichedArticleV1
from services.contracts.heartbeats import build_heartbeat
from services.contracts.topics import ENRICHED, RAW

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

REPOSITORY = Path(__file__).parents[2]
PASSWORD = "một-mật-khẩu-chỉ-để-thử"  # noqa: S105 - of this test's own server
AT = datetime(2026, 10, 5, 8, tzinfo=UTC)
_WAIT_SECONDS = 120.0


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _WAIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.2)


class SecuredKafka(Kafka):
    """The local Kafka, with a listener that wants a password and speaks TLS only."""

    def _configure(self, *, home: Path, java: Path, ports: Ports) -> list[str]:
        command = super()._configure(home=home, java=java, ports=ports)
        properties = Path(command[-1])
        listener = f"SASL_SSL://127.0.0.1:{ports['kafka']}"
        login = "org.apache.kafka.common.security.plain.PlainLoginModule required"
        secured = {
            "listeners": f"{listener},CONTROLLER://127.0.0.1:{ports['kafka_controller']}",
            "advertised.listeners": listener,
            "inter.broker.listener.name": "SASL_SSL",
            "listener.security.protocol.map": "SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT",
            "sasl.enabled.mechanisms": "PLAIN",
            "sasl.mechanism.inter.broker.protocol": "PLAIN",
            "listener.name.sasl_ssl.plain.sasl.jaas.config": f'{login} username="unionwire" '
            f'password="{PASSWORD}" user_unionwire="{PASSWORD}";',
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(self.state_dir / "server.pem"),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(self.state_dir / "authority.pem"),
        }
        lines = [
            line
            for line in properties.read_text().splitlines()
            if line.partition("=")[0] not in secured
        ]
        lines += [
            f"{key}={value.encode('unicode_escape').decode()}" for key, value in secured.items()
        ]
        properties.write_text("\n".join(lines) + "\n")
        return command


def make_certificates(folder: Path) -> None:
    """Make an authority, and a key with its certificate for 127.0.0.1."""

    def openssl(*arguments: str) -> None:
        ended = subprocess.run(
            ["openssl", *arguments], cwd=folder, capture_output=True, text=True, check=False
        )
        assert ended.returncode == 0, ended.stderr

    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=authority",
            "-keyout", "authority.key", "-out", "authority.pem")  # fmt: skip
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1",
            "-keyout", "server.key", "-out", "server.csr")  # fmt: skip
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1\n")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "authority.pem", "-CAkey", "authority.key",
            "-CAcreateserial", "-days", "2", "-extfile", "names", "-out", "server.crt")  # fmt: skip
    key, certificate = (folder / name for name in ("server.key", "server.crt"))
    (folder / "server.pem").write_text(key.read_text() + certificate.read_text())


@dataclass(frozen=True)
class Secured:
    """The running server and how to reach it."""

    settings: KafkaSettings
    environment: dict[str, str]


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    folder = tmp_path_factory.mktemp("secured")
    make_certificates(folder)
    server = SecuredKafka(state_dir=folder, cache_dir=fetch.default_cache_dir())
    port = choose_port(taken=frozenset())
    controller = choose_port(taken=frozenset({port}))
    environment = {
        "KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{port}",
        "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
        "KAFKA_SASL_MECHANISM": "PLAIN",
        "KAFKA_SASL_USERNAME": "unionwire",
        "KAFKA_SASL_PASSWORD": PASSWORD,
        "KAFKA_SSL_CAFILE": str(folder / "authority.pem"),
    }
    settings = KafkaSettings(
        **{
            variable.removeprefix("KAFKA_").lower(): value
            for variable, value in environment.items()
        }  # type: ignore[arg-type] # checked when built
    )
    server.launch(
        home=server.fetch(report=lambda _: None),
        java=fetch.require_java_program("java"),
        ports={"kafka": port, "kafka_controller": controller},
    )
    try:
        wait_until(lambda: is_answering(settings))
        yield Secured(settings, environment)
    finally:
        stop_processes(server.marker, grace_seconds=10)


def test_clients_publish_and_read_by_login_over_tls(secured: Secured) -> None:
    ensure_topics(secured.settings)
    publisher = Publisher(build_producer(secured.settings, client_id="test"))
    beat = build_heartbeat(1, sent_at=AT)
    publisher.confirm([publisher.publish(RAW, key=beat.article_id, value=beat.encode())])
    publisher.close()
    assert read_all(secured.settings, RAW.name)


def test_wrong_password_is_fatal_and_named(secured: Secured) -> None:
    wrong = secured.settings.model_copy(update={"sasl_password": SecretStr("sai")})
    with pytest.raises(Fatal, match="refuses us"):
        build_producer(wrong, client_id="test")
    with pytest.raises(Fatal, match="refuses us"):
        build_admin(wrong, client_id="test")


def test_unknown_authority_is_not_trusted(secured: Secured) -> None:
    assert not is_answering(secured.settings.model_copy(update={"ssl_cafile": None}))


def test_enricher_works_by_login_over_tls(secured: Secured, tmp_path: Path) -> None:
    ensure_topics(secured.settings)
    log = tmp_path / "enricher.log"
    with log.open("wb") as output:
        worker = subprocess.Popen(
            [sys.executable, "-m", "enricher", "run"],
            cwd=REPOSITORY,
            env={"PATH": os.environ["PATH"], "ENRICHER_LOG_FORMAT": "json", **secured.environment},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        publisher = Publisher(build_producer(secured.settings, client_id="test"))
        beat = build_heartbeat(2, sent_at=AT)
        publisher.confirm([publisher.publish(RAW, key=beat.article_id, value=beat.encode())])
        publisher.close()
        wait_until(
            lambda: (
                beat.article_id
                in {
                    EnrichedArticleV1.decode(value).article_id
                    for value in read_all(secured.settings, ENRICHED.name)
                }
            )
        )
    finally:
        worker.terminate()
        assert worker.wait(timeout=20) == 0, log.read_text()[-2000:]
    assert PASSWORD not in log.read_text()


def read_all(settings: KafkaSettings, topic: str) -> list[bytes]:
    reader = build_reader(settings, client_id="test")
    places = [TopicPartition(topic, number) for number in reader.partitions_for_topic(topic) or ()]
    reader.assign(places)
    reader.seek_to_beginning(*places)
    ends = reader.end_offsets(places)
    values: list[bytes] = []
    while any(reader.position(place) < end for place, end in ends.items()):
        values += [record.value for found in reader.poll(500).values() for record in found]
    reader.close()
    return values
