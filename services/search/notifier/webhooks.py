"""Webhooks: one POST for each message, signed, to an address that was checked.

In: a message. Out: the receiver's "2xx", or why not. Signed as Standard Webhooks wants it
(https://www.standardwebhooks.com): `webhook-id`, `webhook-timestamp`, and `webhook-signature`, the
HMAC-SHA256 of id, timestamp and body. Redirects are not followed; an attempt has one deadline,
however slowly the receiver answers.
"""

import base64
import hashlib
import hmac
import json
import socket
import ssl
import threading
import time
from collections.abc import Collection, Iterable
from typing import Any, Final

import httpcore

from services.chassis.clock import Clock
from services.chassis.metrics import read_version
from services.chassis.network import AddressRefusedError, list_public_addresses
from services.search.domain.messages import build_payload, name_message
from services.search.notifier.sending import SendError
from services.search.saved_searches import Message

_CONNECTIONS: Final = 256
_KEPT_SECONDS: Final = 30.0
_READ_BYTES: Final = 64 * 1024


class CheckedNetwork(httpcore.NetworkBackend):
    """Connects to public addresses only, and to private ones that are named."""

    def __init__(self, *, private_addresses: Collection[str]) -> None:
        self._private = frozenset(private_addresses)
        self._inner = httpcore.SyncBackend()
        self._of_thread = threading.local()

    def set_deadline(self, seconds: float) -> None:
        """Let all that this thread does here end by then."""
        self._of_thread.ends_at = time.monotonic() + seconds

    def left_seconds(self) -> float:
        """Return how long this thread may still wait.

        Raises:
            httpcore.ReadTimeout: no longer.
        """
        left_seconds: float = self._of_thread.ends_at - time.monotonic()
        if left_seconds <= 0:
            raise httpcore.ReadTimeout("no complete answer in time")
        return left_seconds

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the library's interface; ours is the deadline
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to what the name stands for now, if it may be connected to."""
        try:
            addresses = list_public_addresses(host, port, private_addresses=self._private)
        except socket.gaierror as error:
            raise httpcore.ConnectError(f"{host} is not known") from error
        failure: Exception | None = None
        for address in addresses:
            try:
                stream = self._inner.connect_tcp(
                    address, port, self.left_seconds(), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _TimedStream(stream, network=self)
        raise failure or httpcore.ConnectError(f"{host} has no address")


class _TimedStream(httpcore.NetworkStream):
    """A connection whose every wait ends at the deadline of the thread that uses it."""

    def __init__(self, inner: httpcore.NetworkStream, *, network: CheckedNetwork) -> None:
        self._inner = inner
        self._network = network

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - as above
        return self._inner.read(max_bytes, self._network.left_seconds())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002 - as above
        self._inner.write(buffer, self._network.left_seconds())

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002 - as above
    ) -> httpcore.NetworkStream:
        left_seconds = self._network.left_seconds()
        secured = self._inner.start_tls(ssl_context, server_hostname, left_seconds)
        return _TimedStream(secured, network=self._network)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - as above
        return self._inner.get_extra_info(info)


def sign(secret: str, *, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the `webhook-signature` of a message.

    Example:
        >>> sign("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        ...     message_id="msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp=1614265330,
        ...     body=b'{"test": 2432232314}')
        'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
    """
    key = base64.b64decode(secret.removeprefix("whsec_"))
    content = f"{message_id}.{timestamp}.".encode() + body
    digest = hmac.new(key, content, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


class WebhookSender:
    """Sends messages to the webhooks of saved searches; used from several threads."""

    def __init__(
        self,
        *,
        base_url: str,
        private_addresses: Collection[str],
        timeout_seconds: float,
        clock: Clock,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._base_url = base_url
        self._timeout_seconds = timeout_seconds
        self._clock = clock
        self._network = CheckedNetwork(private_addresses=private_addresses)
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl_context,
            max_connections=_CONNECTIONS,
            keepalive_expiry=_KEPT_SECONDS,
            network_backend=self._network,
        )

    def __call__(self, message: Message) -> None:
        """Send one message.

        Raises:
            SendError: the receiver did not take it.
        """
        url = message.search.webhook_url or ""
        body = self._write(message)
        message_id = name_message(message.items)
        timestamp = int(self._clock.now().timestamp())
        headers: dict[bytes | str, bytes | str] = {
            "content-type": "application/json; charset=utf-8",
            "user-agent": f"unionwire/{read_version()}",
            "idempotency-key": message_id,
            "webhook-id": message_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign(
                message.search.webhook_secret, message_id=message_id, timestamp=timestamp, body=body
            ),
        }
        self._network.set_deadline(self._timeout_seconds)
        wait = {"pool": self._timeout_seconds}
        try:
            with self._pool.stream(
                "POST", url, headers=headers, content=body, extensions={"timeout": wait}
            ) as response:
                status = response.status
                self._drain(response)
        except AddressRefusedError as error:
            raise SendError("webhook_private") from error
        except (httpcore.TimeoutException, TimeoutError) as error:
            raise SendError("webhook_timeout") from error
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
            raise SendError("webhook_unreachable") from error
        except (httpcore.UnsupportedProtocol, ValueError, UnicodeError) as error:
            raise SendError("webhook_bad_address", is_final=True) from error
        if not 200 <= status < 300:  # noqa: PLR2004 - HTTP's own numbers
            raise SendError("webhook_status", detail=str(status))

    @staticmethod
    def _drain(response: httpcore.Response) -> None:
        """Read a short answer, so that the connection can be used again; drop a long one."""
        read_bytes = 0
        for piece in response.iter_stream():
            read_bytes += len(piece)
            if read_bytes > _READ_BYTES:
                return

    def _write(self, message: Message) -> bytes:
        search = message.search
        payload = build_payload(
            message.items,
            search_id=search.search_id,
            name=search.name,
            search_url=self._base_url.rstrip("/") + search.query.to_url(),
            base_url=self._base_url,
            created_at=message.created_at,
        )
        return json.dumps(payload, ensure_ascii=False).encode()

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()
