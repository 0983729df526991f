"""E-mail to a small mail server of this machine."""

import email
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default

import pytest

from services.contracts.articles import Cause
from services.search.domain.saved import MatchedFigure, NewsItem, read_address
from services.search.notifier.mail import MailSender
from services.search.notifier.sending import SendError
from services.search.notifier.settings import NotifierSettings
from services.search.saved_searches import Message, SavedSearch

NOW = datetime(2026, 10, 5, 8, 0, tzinfo=UTC)


@dataclass
class MailServer:
    """Takes mail until it is closed; `refusal` answers the recipient."""

    port: int
    refusal: bytes = b""
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)

    def converse(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as lines:
            connection.sendall(b"220 mail\r\n")
            for line in lines:
                word = line[:4].upper()
                if word == b"DATA":
                    connection.sendall(b"354 go on\r\n")
                    self._take(b"".join(iter(lines.readline, b".\r\n")))
                elif word == b"RCPT" and self.refusal:
                    connection.sendall(self.refusal)
                    continue
                elif word == b"RCPT":
                    self.recipients.append(line.decode().strip())
                connection.sendall(b"250 ok\r\n")

    def _take(self, content: bytes) -> None:
        mail = email.message_from_bytes(content, policy=default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        server = MailServer(port=listener.getsockname()[1])

        def run() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                server.converse(connection)

        threading.Thread(target=run, daemon=True).start()
        yield server


def build_message(*, name: str = "Lương", articles: int = 1) -> Message:
    search = SavedSearch(
        search_id=7,
        owner_id=None,
        name=name,
        query=read_address("/?q=l%C6%B0%C6%A1ng"),
        language="vi",
        feed_token="t",  # noqa: S106 - invented
        email="an@example.org",
        webhook_url=None,
        webhook_secret="",
        is_paused=False,
        created_at=NOW,
    )
    items = tuple(
        NewsItem(
            key=f"k{number}",
            cause=Cause.NEW,
            article_id=f"a:{number}",
            revision=1,
            outlet="Báo",
            title=f"Lương tăng {number}%",
            fetched_at=NOW,
            indexed_at=NOW,
            figures=(MatchedFigure(figure_id="a#body:1-4", surface="7%", sentence="Tăng 7%."),),
            figure_count=1,
        )
        for number in range(articles)
    )
    return Message(
        message_id=1, search=search, channel="email", attempts=0, created_at=NOW, items=items
    )


def build_sender(port: int) -> MailSender:
    settings = NotifierSettings(
        smtp_host="127.0.0.1",
        smtp_port=port,
        smtp_security="none",
        smtp_from="desk@news.example",
        send_timeout_seconds=5,
    )
    return MailSender(settings, base_url="https://desk.example/")


def test_a_mail_names_its_articles_and_how_to_end_it(mail_server: MailServer) -> None:
    build_sender(mail_server.port)(build_message())
    (mail,) = mail_server.mails
    assert mail["subject"] == "Lương: Lương tăng 0%"
    assert mail["from"] == "desk@news.example"
    assert mail["auto-submitted"] == "auto-generated"
    assert mail_server.recipients == ["rcpt TO:<an@example.org>"]
    text = mail.get_content()
    assert "“Tăng 7%.”" in text
    assert "https://desk.example/articles/a:0#figure-body-1-4" in text
    assert "https://desk.example/saved" in text


def test_several_articles_come_in_one_mail(mail_server: MailServer) -> None:
    build_sender(mail_server.port)(build_message(articles=3))
    (mail,) = mail_server.mails
    assert mail["subject"] == "Lương: 3 tin"
    assert mail.get_content().count("https://desk.example/articles/") == 3


def test_a_repeated_mail_has_the_same_id(mail_server: MailServer) -> None:
    send = build_sender(mail_server.port)
    send(build_message())
    send(build_message())
    first, second = mail_server.mails
    assert first["message-id"] == second["message-id"]


def test_a_name_cannot_add_headers(mail_server: MailServer) -> None:
    build_sender(mail_server.port)(build_message(name="x\r\nBcc: all@example.org"))
    (mail,) = mail_server.mails
    assert mail["bcc"] is None
    assert len(mail_server.recipients) == 1


@pytest.mark.parametrize(
    ("refusal", "is_final"), [(b"550 unknown\r\n", True), (b"450 later\r\n", False)]
)
def test_a_refused_recipient_is_given_up_only_for_good(
    mail_server: MailServer, refusal: bytes, *, is_final: bool
) -> None:
    mail_server.refusal = refusal
    with pytest.raises(SendError, match="mail_recipient_refused") as caught:
        build_sender(mail_server.port)(build_message())
    assert caught.value.is_final is is_final


def test_a_mail_server_that_is_away_is_tried_again() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(SendError, match="mail_unreachable") as caught:
            build_sender(taken.getsockname()[1])(build_message())
    assert not caught.value.is_final


def test_an_address_that_is_none_is_given_up(mail_server: MailServer) -> None:
    message = build_message()
    message = replace(message, search=replace(message.search, email="no address"))
    with pytest.raises(SendError, match="mail_bad_address") as caught:
        build_sender(mail_server.port)(message)
    assert caught.value.is_final
