"""Kafka: how events are published and consumed.

In: settings. Out: a `Publisher` that says when the broker holds an event, and consumers that
commit nothing by themselves.
"""

import socket
import ssl
import struct
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, TypedDict

from kafka import KafkaConsumer, KafkaProducer
from kafka.admin import KafkaAdminClient
from kafka.errors import (
    AuthorizationError,
    FencedInstanceIdError,
    InvalidTopicError,
    KafkaError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    SaslAuthenticationFailedError,
)

from services.chassis.errors import Fatal, Reject, Retry
from services.chassis.settings import KafkaSettings
from services.contracts.topics import MEBIBYTE, Topic

LARGEST_MESSAGE_BYTES = 9 * MEBIBYTE
"""A dead letter of 8 MiB, and room for its headers."""


REFUSALS = (AuthorizationError, FencedInstanceIdError, SaslAuthenticationFailedError)
"""What no waiting helps against: rights, a password, a worker that took our instance's name."""

_PROBE_SECONDS = 2.0
_API_VERSIONS_REQUEST = struct.pack(">ihhih", 10, 18, 0, 1, -1)
"""Its size, the question ApiVersions in version 0, our number for it, no client's name.

Source: https://kafka.apache.org/protocol.html#The_Messages_ApiVersions
"""
_ANSWER_SIZE_BYTES = 4


class Connection(TypedDict, total=False):
    """The part of kafka-python's configuration that reaches the brokers."""

    bootstrap_servers: list[str]
    security_protocol: str
    sasl_mechanism: str | None
    sasl_plain_username: str | None
    sasl_plain_password: str | None
    ssl_cafile: str | None
    ssl_certfile: str | None
    ssl_keyfile: str | None


def connection(settings: KafkaSettings) -> Connection:
    """Return the connection part of a kafka-python client's configuration.

    Example:
        >>> connection(KafkaSettings(bootstrap_servers="a:1,b:2"))["bootstrap_servers"]
        ['a:1', 'b:2']
    """
    password = settings.sasl_password
    return Connection(
        bootstrap_servers=[part.strip() for part in settings.bootstrap_servers.split(",")],
        security_protocol=settings.security_protocol,
        sasl_mechanism=settings.sasl_mechanism,
        sasl_plain_username=settings.sasl_username,
        sasl_plain_password=None if password is None else password.get_secret_value(),
        ssl_cafile=settings.ssl_cafile,
        ssl_certfile=settings.ssl_certfile,
        ssl_keyfile=settings.ssl_keyfile,
    )


def build_consumer(
    settings: KafkaSettings,
    *,
    group_id: str,
    client_id: str,
    group_instance_id: str | None = None,
    maximum_poll_records: int = 500,
) -> KafkaConsumer:
    """Return a consumer that starts at the earliest event and commits only when told.

    Raises:
        Retry: no broker answers.
        Fatal: the broker refuses us.
    """
    return _connect(
        KafkaConsumer,
        settings,
        group_id=group_id,
        client_id=client_id,
        group_instance_id=group_instance_id,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        allow_auto_create_topics=False,
        max_poll_records=maximum_poll_records,
        max_partition_fetch_bytes=LARGEST_MESSAGE_BYTES,
        session_timeout_ms=10_000,
        heartbeat_interval_ms=3_000,
        request_timeout_ms=40_000,
    )


def build_producer(settings: KafkaSettings, *, client_id: str) -> KafkaProducer:
    """Return a producer that keeps the order of each partition and waits for all replicas.

    Raises:
        Retry: no broker answers.
        Fatal: the broker refuses us.
    """
    return _connect(
        KafkaProducer,
        settings,
        client_id=client_id,
        acks="all",
        # one refused event makes kafka-python's idempotent producer refuse all that follow; one
        # request at a time keeps the order too, and all who read know a repetition
        enable_idempotence=False,
        max_in_flight_requests_per_connection=1,
        allow_auto_create_topics=False,
        linger_ms=5,
        batch_size=256 * 1024,
        max_request_size=LARGEST_MESSAGE_BYTES,
        compression_type="gzip",
        delivery_timeout_ms=120_000,
        max_block_ms=10_000,
    )


def build_reader(settings: KafkaSettings, *, client_id: str) -> KafkaConsumer:
    """Return a consumer without a group, for partitions that its user assigns.

    Raises:
        Retry: no broker answers.
        Fatal: the broker refuses us.
    """
    return _connect(
        KafkaConsumer,
        settings,
        client_id=client_id,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        allow_auto_create_topics=False,
        max_partition_fetch_bytes=LARGEST_MESSAGE_BYTES,
    )


def build_admin(settings: KafkaSettings, *, client_id: str) -> KafkaAdminClient:
    """Return a client for topics, groups and the deletion of records.

    Raises:
        Retry: no broker answers.
        Fatal: the broker refuses us.
    """
    return _connect(KafkaAdminClient, settings, client_id=client_id)


def _connect(client: type, settings: KafkaSettings, **options: Any) -> Any:  # noqa: ANN401 - untyped library
    try:
        return client(**connection(settings), bootstrap_timeout_ms=10_000, **options)
    except REFUSALS as error:
        raise Fatal(
            f"Kafka at {settings.bootstrap_servers} refuses us: {error}; check the KAFKA_ settings."
        ) from error
    except (KafkaError, OSError) as error:
        # the library keeps a refused login to itself and runs out of time
        if settings.security_protocol.startswith("SASL") and is_answering(settings):
            raise Fatal(
                f"Kafka at {settings.bootstrap_servers} answers, but refuses us: check the "
                "KAFKA_SASL_ settings."
            ) from error
        raise Retry(f"Kafka at {settings.bootstrap_servers} does not answer: {error!r}") from error


def is_answering(settings: KafkaSettings) -> bool:
    """Return whether a broker answers a question; its clients do not tell when it is away.

    A connection is no proof: the system takes it for a process that hangs. So it is asked which
    versions it speaks, which every broker tells before any login.
    """
    servers = settings.bootstrap_servers.split(",")
    return any(_answers(server.strip(), settings) for server in servers)


def _answers(server: str, settings: KafkaSettings) -> bool:
    host, _, port = server.rpartition(":")
    host = host.strip("[]")
    try:
        with ExitStack() as open_things:
            connection: socket.socket = open_things.enter_context(
                socket.create_connection((host, int(port)), timeout=_PROBE_SECONDS)
            )
            if settings.security_protocol.endswith("SSL"):
                context = ssl.create_default_context(cafile=settings.ssl_cafile)
                if settings.ssl_certfile is not None:
                    context.load_cert_chain(settings.ssl_certfile, settings.ssl_keyfile)
                connection = open_things.enter_context(
                    context.wrap_socket(connection, server_hostname=host)
                )
            connection.sendall(_API_VERSIONS_REQUEST)
            return connection.recv(_ANSWER_SIZE_BYTES) != b""
    except (OSError, ValueError):
        return False


@dataclass(frozen=True)
class PendingEvent:
    """An event handed to the producer, of which the broker has not answered yet."""

    topic: str
    key: str
    future: Any


class Publisher:
    """Publishes events and tells when the broker holds them."""

    def __init__(self, producer: KafkaProducer) -> None:
        self._producer = producer

    def publish(
        self,
        topic: Topic,
        *,
        key: str | bytes | None,
        value: bytes,
        headers: Sequence[tuple[str, bytes]] = (),
        partition: int | None = None,
        timestamp_ms: int | None = None,
    ) -> PendingEvent:
        """Hand one event to the producer; `confirm` tells what became of it.

        Without a partition the key chooses it; without a timestamp the event is of now.

        Raises:
            Reject: the event is larger than its topic takes.
            Retry: the producer has no room or no broker.
        """
        if len(value) > topic.max_message_bytes:
            raise Reject(
                "too_large",
                f"The event has {len(value)} bytes; {topic.name} takes {topic.max_message_bytes}.",
            )
        key_bytes = key.encode() if isinstance(key, str) else key
        try:
            future = self._producer.send(
                topic.name,
                key=key_bytes,
                value=value,
                headers=list(headers),
                partition=partition,
                timestamp_ms=timestamp_ms,
            )
        except Exception as error:
            raise _to_kind(error, topic=topic.name) from error
        return PendingEvent(topic=topic.name, key=str(key), future=future)

    def confirm(self, pending: Iterable[PendingEvent], *, timeout_seconds: float = 130.0) -> None:
        """Wait until the broker holds these events.

        Raises:
            Reject: the broker says that an event is too large.
            Retry: the broker did not take an event; publishing it again is safe.
            Fatal: the broker refuses us.
        """
        for event in pending:
            try:
                event.future.get(timeout=timeout_seconds)
            except Exception as error:
                raise _to_kind(error, topic=event.topic) from error

    def close(self, *, timeout_seconds: float = 5.0) -> None:
        """Flush what can be flushed in time, then close the producer, whatever is left."""
        try:
            self._producer.close(timeout=timeout_seconds)
        except KafkaError:
            # it gives up in the middle and leaves its thread at work on what nobody waits for
            sender = self._producer._sender  # noqa: SLF001 - no public way
            if sender is not None:
                sender.force_close()
            self._producer._closed = True  # noqa: SLF001 - else it tries again when collected


def to_error_kind(error: BaseException, *, topic: str) -> Reject | Retry | Fatal:
    """Return what a failed publish means for the service."""
    if isinstance(error, MessageSizeTooLargeError | RecordListTooLargeError):
        return Reject("too_large", f"Kafka finds the event too large for {topic}.")
    if isinstance(error, (*REFUSALS, InvalidTopicError)):
        return Fatal(f"Kafka refuses to take events for {topic}: {error}.")
    return Retry(f"Kafka did not take an event for {topic}: {error!r}")


def _to_kind(error: Exception, *, topic: str) -> Reject | Retry | Fatal:
    if isinstance(error, KafkaError | OSError):
        return to_error_kind(error, topic=topic)
    return Retry(f"Publishing to {topic} failed: {error!r}")
