"""Settings from the environment.

In: environment variables, listed with their meaning in `.env.example`. Out: frozen settings
objects, built in a service's `__main__` only. An empty variable counts as not set.
"""

from typing import Literal, TypeVar

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.chassis.errors import Fatal

Model = TypeVar("Model", bound=BaseSettings)


class KafkaSettings(BaseSettings):
    """How to reach Kafka."""

    model_config = SettingsConfigDict(env_prefix="KAFKA_", frozen=True, env_ignore_empty=True)

    bootstrap_servers: str = Field(
        "127.0.0.1:9092", description="Kafka brokers, host:port, separated by commas."
    )
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="How to talk to Kafka."
    )
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = Field(
        None, description="How to log in to Kafka, for the SASL protocols."
    )
    sasl_username: str | None = Field(None, description="Kafka user, for the SASL protocols.")
    sasl_password: SecretStr | None = Field(None, description="Kafka password.")
    ssl_cafile: str | None = Field(None, description="File with the authority that Kafka trusts.")
    ssl_certfile: str | None = Field(None, description="File with our certificate for Kafka.")
    ssl_keyfile: str | None = Field(None, description="File with our key for Kafka.")
    replication_factor: int = Field(
        1, ge=1, description="Copies of each topic; 3 on a cluster. Used when topics are created."
    )


class ElasticsearchSettings(BaseSettings):
    """How to reach Elasticsearch."""

    model_config = SettingsConfigDict(
        env_prefix="ELASTICSEARCH_", frozen=True, env_ignore_empty=True
    )

    url: str = Field("http://127.0.0.1:9200", description="Elasticsearch address.")
    api_key: SecretStr | None = Field(
        None, description="API key, base64 as Elasticsearch gives it."
    )
    username: str | None = Field(None, description="User, when no API key is used.")
    password: SecretStr | None = Field(None, description="Password, when no API key is used.")
    ca_certs: str | None = Field(None, description="File with the authority to trust, for https.")
    request_timeout_seconds: float = Field(
        30.0, gt=0, le=60, description="Longest wait for an answer."
    )


class ServiceSettings(BaseSettings):
    """What every service lets you set; each service subclasses it with its own prefix."""

    model_config = SettingsConfigDict(frozen=True, env_ignore_empty=True)

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="Least important log lines to write."
    )
    log_format: Literal["auto", "json", "console"] = Field(
        "auto", description="JSON lines, or readable; auto is readable on a terminal only."
    )
    admin_host: str = Field("127.0.0.1", description="Address of /metrics, /livez and /readyz.")
    admin_port: int = Field(0, ge=0, le=65535, description="Their port; 0 takes a free one.")


def load(settings_class: type[Model]) -> Model:
    """Build settings from the environment.

    Raises:
        Fatal: a variable is missing or does not fit; the message names it.
    """
    try:
        return settings_class()
    except ValidationError as error:
        prefix = settings_class.model_config.get("env_prefix", "")
        first = error.errors()[0]
        variable = prefix + "_".join(str(part) for part in first["loc"]).upper()
        raise Fatal(f"The setting {variable} does not fit: {first['msg']}.") from error


def describe(settings_class: type[BaseSettings]) -> list[tuple[str, str, str]]:
    """Return (variable, default, meaning) of each setting of a class.

    Example:
        >>> describe(ElasticsearchSettings)[0]
        ('ELASTICSEARCH_URL', 'http://127.0.0.1:9200', 'Elasticsearch address.')
    """
    prefix = settings_class.model_config.get("env_prefix", "")
    return [
        (
            (prefix + name).upper(),
            "" if field.default is None else str(field.default),
            field.description or "",
        )
        for name, field in settings_class.model_fields.items()
    ]
