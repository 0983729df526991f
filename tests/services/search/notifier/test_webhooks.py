"""Webhooks against real servers of this machine."""

import base64
import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from services.contracts.articles import Cause
from services.search.domain.saved import NewsItem, read_address
from services.search.notifier.sending import SendError
from services.search.notifier.webhooks import WebhookSender
from services.search.saved_searches import Message, SavedSearch, make_webhook_secret

if TYPE_CHECKING:
    from tests.conftest import TurnedClock

SECRET = make_webhook_secret()
NOW = datetime(2026, 10, 5, 8, 0, tzinfo=UTC)


def build_message(url: str, *, name: str = "Lương") -> Message:
    search = SavedSearch(
        search_id=7,
        owner_id=None,
        name=name,
        query=read_address("/?q=l%C6%B0%C6%A1ng"),
        language="vi",
        feed_token="t",  # noqa: S106 - invented
        email="an@example.org",
        webhook_url=url,
        webhook_secret=SECRET,
        is_paused=False,
        created_at=NOW,
    )
    item = NewsItem(
        key="k1",
        cause=Cause.NEW,
        article_id="báo:1",
        revision=1,
        outlet="Báo",
        title="Lương tăng 7%",
        url="https://news.example/1",
        fetched_at=NOW,
        indexed_at=NOW,
    )
    return Message(
        message_id=1,
        search=search,
        channel="webhook",
        attempts=0,
        created_at=NOW,
        items=(item,),
    )


@dataclass
class Receiver:
    """A webhook's receiver that notes what it gets."""

    url: str
    netloc: str
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    status: int = 204
    location: str = ""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            noted.got.append(({k.lower(): v for k, v in self.headers.items()}, body))
            self.send_response(noted.status)
            self.send_header("content-length", "0")
            if noted.location:
                self.send_header("location", noted.location)
            self.end_headers()

        def log_message(self, *_: Any) -> None:  # noqa: ANN401 - as above
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        netloc = f"127.0.0.1:{server.server_port}"
        noted = Receiver(url=f"http://{netloc}/hook?room=1", netloc=netloc)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield noted
        server.shutdown()
        thread.join()


def build_sender(clock: "TurnedClock", *named: str, timeout_seconds: float = 5.0) -> WebhookSender:
    return WebhookSender(
        base_url="https://desk.example",
        private_addresses=named,
        timeout_seconds=timeout_seconds,
        clock=clock,
    )


def test_a_message_carries_its_news_and_a_signature(
    receiver: Receiver, clock: "TurnedClock"
) -> None:
    with closing(build_sender(clock, receiver.netloc)) as send:
        send(build_message(receiver.url))
    ((headers, body),) = receiver.got
    payload = json.loads(body)
    assert payload["type"] == "articles.found"
    assert payload["data"]["saved_search"]["url"] == "https://desk.example/?q=l%C6%B0%C6%A1ng"
    (article,) = payload["data"]["articles"]
    assert article["idempotency_key"] == "k1"
    assert article["title"] == "Lương tăng 7%"
    assert article["desk_url"] == "https://desk.example/articles/b%C3%A1o:1"
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert headers["webhook-timestamp"] == str(int(clock.now().timestamp()))


def test_a_repeated_message_has_the_same_id_and_body_and_a_fresh_signature(
    receiver: Receiver, clock: "TurnedClock"
) -> None:
    with closing(build_sender(clock, receiver.netloc)) as send:
        send(build_message(receiver.url))
        clock.turn(60)
        send(build_message(receiver.url))
    (first, body), (second, again) = receiver.got
    assert body == again
    assert first["idempotency-key"] == second["idempotency-key"] == first["webhook-id"]
    assert first["webhook-signature"] != second["webhook-signature"]


@pytest.mark.parametrize("status", [301, 307, 400, 404, 429, 500, 503])
def test_what_is_no_success_is_an_error(
    receiver: Receiver, clock: "TurnedClock", status: int
) -> None:
    receiver.status = status
    with closing(build_sender(clock, receiver.netloc)) as send:
        with pytest.raises(SendError, match=f"webhook_status {status}") as caught:
            send(build_message(receiver.url))
        assert not caught.value.is_final


def test_redirects_are_not_followed(receiver: Receiver, clock: "TurnedClock") -> None:
    receiver.status, receiver.location = 307, f"{receiver.url}&again=1"
    with (
        closing(build_sender(clock, receiver.netloc)) as send,
        pytest.raises(SendError, match="webhook_status 307"),
    ):
        send(build_message(receiver.url))
    assert len(receiver.got) == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "2130706433", "[::1]"])
def test_private_addresses_are_not_connected_to(
    receiver: Receiver, clock: "TurnedClock", host: str
) -> None:
    port = receiver.netloc.partition(":")[2]
    with (
        closing(build_sender(clock)) as send,
        pytest.raises(SendError, match=r"webhook_(private|unreachable)"),
    ):
        send(build_message(f"http://{host}:{port}/"))
    assert receiver.got == []


def test_a_name_is_judged_by_the_address_that_is_connected_to(
    receiver: Receiver, clock: "TurnedClock", monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve, asked = socket.getaddrinfo, []

    def turn_private(host: Any, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - the library's
        """Public when first asked for, private from then on: DNS rebinding."""
        if host != "turns.example":
            return resolve(host, *args, **options)
        asked.append(host)
        return resolve("192.0.2.1" if len(asked) == 1 else "127.0.0.1", *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", turn_private)
    monkeypatch.setattr("services.chassis.network.is_public", lambda a: a != "127.0.0.1")
    port = receiver.netloc.partition(":")[2]
    with closing(build_sender(clock, timeout_seconds=0.3)) as send, pytest.raises(SendError):
        send(build_message(f"http://turns.example:{port}/"))
    assert asked == ["turns.example"]
    assert receiver.got == []


def serve_raw(answer: Callable[[socket.socket], None]) -> tuple[socket.socket, str]:
    server = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        with connection:
            answer(connection)

    threading.Thread(target=run, daemon=True).start()
    return server, f"127.0.0.1:{server.getsockname()[1]}"


def drip(connection: socket.socket) -> None:
    """Answer a byte at a time, for ever."""
    try:
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        while True:
            connection.sendall(b"x")
            time.sleep(0.05)
    except OSError:
        return


def flood(connection: socket.socket) -> None:
    """Answer without end."""
    try:
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 9999999999\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65536)
    except OSError:
        return


def test_a_receiver_that_answers_too_slowly_is_left(clock: "TurnedClock") -> None:
    server, netloc = serve_raw(drip)
    with (
        closing(server),
        closing(build_sender(clock, netloc, timeout_seconds=0.5)) as send,
        pytest.raises(SendError, match="webhook_timeout"),
    ):
        send(build_message(f"http://{netloc}/"))


def test_an_endless_answer_is_not_read(clock: "TurnedClock") -> None:
    server, netloc = serve_raw(flood)
    with closing(server), closing(build_sender(clock, netloc)) as send:
        send(build_message(f"http://{netloc}/"))


def test_what_is_no_http_is_an_error(clock: "TurnedClock") -> None:
    server, netloc = serve_raw(lambda connection: connection.sendall(b"220 mail\r\n\r\n"))
    with (
        closing(server),
        closing(build_sender(clock, netloc)) as send,
        pytest.raises(SendError, match="webhook_unreachable"),
    ):
        send(build_message(f"http://{netloc}/"))


def test_a_receiver_that_is_away_is_an_error(clock: "TurnedClock") -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        netloc = f"127.0.0.1:{taken.getsockname()[1]}"
        with (
            closing(build_sender(clock, netloc)) as send,
            pytest.raises(SendError, match="webhook_unreachable"),
        ):
            send(build_message(f"http://{netloc}/"))


def test_an_address_that_cannot_be_is_given_up(clock: "TurnedClock") -> None:
    with closing(build_sender(clock)) as send, pytest.raises(SendError) as caught:
        send(build_message("ftp://files.example/"))
    assert caught.value.is_final
