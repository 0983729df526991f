"""E-mail: one message to one address through the newsroom's mail server.

In: a message. Out: the server's acceptance, or why not. The Message-ID is the same at each attempt,
so that mail programs show a repeated one once.
"""

import smtplib
import ssl
from contextlib import suppress
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Final

from services.search.domain.messages import name_message, write_subject, write_text
from services.search.notifier.sending import SendError
from services.search.notifier.settings import NotifierSettings
from services.search.saved_searches import Message

_PERMANENT: Final = 500


class MailSender:
    """Sends messages to the e-mail addresses of saved searches; used from several threads."""

    def __init__(self, settings: NotifierSettings, *, base_url: str) -> None:
        self._settings = settings
        self._base_url = base_url

    def __call__(self, message: Message) -> None:
        """Send one message.

        Raises:
            SendError: the mail server did not take it.
        """
        try:
            mail = self.write(message)
            server = self._connect()
            try:
                server.send_message(mail)
            finally:
                # the mail is taken: how the server says good-bye changes nothing
                with suppress(smtplib.SMTPException, OSError):
                    server.quit()
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            is_final = bool(codes) and min(codes) >= _PERMANENT
            raise SendError("mail_recipient_refused", is_final=is_final) from error
        except (smtplib.SMTPException, ssl.SSLError) as error:
            raise SendError("mail_refused", detail=type(error).__name__) from error
        except OSError as error:
            raise SendError("mail_unreachable") from error
        except ValueError as error:
            raise SendError("mail_bad_address", is_final=True) from error

    def write(self, message: Message) -> EmailMessage:
        """Return the e-mail of a message.

        Raises:
            ValueError: the address is none.
        """
        search, sender = message.search, self._settings.smtp_from
        mail = EmailMessage(policy=SMTP)
        mail["From"] = sender
        mail["To"] = Address(addr_spec=search.email or "")
        mail["Subject"] = write_subject(search.name, message.items, search.language)
        mail["Message-ID"] = f"<{name_message(message.items)}@{sender.rpartition('@')[2]}>"
        mail["Date"] = message.created_at
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(
            write_text(
                search.name,
                message.items,
                language=search.language,
                base_url=self._base_url,
                search_url=self._base_url.rstrip("/") + search.query.to_url(),
            )
        )
        return mail

    def _connect(self) -> smtplib.SMTP:
        settings = self._settings
        timeout, context = settings.send_timeout_seconds, ssl.create_default_context()
        if settings.smtp_security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                settings.smtp_host, settings.smtp_port, timeout=timeout, context=context
            )
        else:
            server = smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=timeout)
            if settings.smtp_security == "starttls":
                server.starttls(context=context)
        if settings.smtp_username is not None and settings.smtp_password is not None:
            server.login(settings.smtp_username, settings.smtp_password.get_secret_value())
        return server
