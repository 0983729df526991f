"""The notifier's settings, from environment variables that begin with NOTIFIER_."""

from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.chassis.consumer import BatchLimits
from services.chassis.settings import ServiceSettings


class MailSettings(BaseSettings):
    """What the desk needs to know as well: whether there is e-mail."""

    model_config = SettingsConfigDict(env_prefix="NOTIFIER_", frozen=True, env_ignore_empty=True)

    smtp_host: str = Field("", description="Mail server; without one no e-mail is sent.")


class NotifierSettings(MailSettings, ServiceSettings):
    """What can be set about the notifier; it shares store, indices and address with the desk."""

    model_config = SettingsConfigDict(env_prefix="NOTIFIER_", frozen=True, env_ignore_empty=True)

    group_id: str = Field("notifier", description="Consumer group of the notifier.")
    group_instance_id: str | None = Field(
        None, description="Name of this worker that survives restarts, for static membership."
    )
    batch_events: int = Field(100, ge=1, le=1000, description="Most articles matched at once.")
    batch_linger_seconds: float = Field(
        0.2, ge=0, description="Longest wait for more articles to match at once."
    )
    news_days: float = Field(
        7.0,
        gt=0,
        description="What was fetched longer ago is no news: an index that is rebuilt "
        "tells nobody of old articles.",
    )
    keep_days: float = Field(
        90.0, ge=8, description="How long news stays in feeds and in the desk's store."
    )
    parallel_messages: int = Field(
        32, ge=2, le=256, description="Messages sent side by side; a quarter is for repeated ones."
    )
    send_timeout_seconds: float = Field(
        10.0, gt=0, le=60, description="Longest wait for a webhook's or mail server's answer."
    )
    give_up_hours: float = Field(
        24.0, gt=0, description="A message that nobody took for so long is given up."
    )
    private_addresses: str = Field(
        "",
        description="Webhooks inside the newsroom's network, host:port, separated by commas; "
        "others are called at public addresses only.",
    )
    smtp_port: int = Field(587, ge=1, le=65535, description="Its port.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="How the connection to the mail server is protected."
    )
    smtp_username: str | None = Field(None, description="User at the mail server, if it wants one.")
    smtp_password: SecretStr | None = Field(None, description="Password at the mail server.")
    smtp_from: str = Field(
        "unionwire@localhost", description="Sender of the desk's messages, an e-mail address."
    )

    @property
    def limits(self) -> BatchLimits:
        """When a batch is full."""
        return BatchLimits(events=self.batch_events, linger_seconds=self.batch_linger_seconds)

    @property
    def named_addresses(self) -> frozenset[str]:
        """The private "host:port" that webhooks may have."""
        parts = (part.strip().lower() for part in self.private_addresses.split(","))
        return frozenset(part for part in parts if part)
