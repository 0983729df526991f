"""The desk's settings, from environment variables that begin with SEARCH_."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.chassis.settings import ServiceSettings


class DeskSettings(BaseSettings):
    """What the desk and its notifier must agree on."""

    model_config = SettingsConfigDict(env_prefix="SEARCH_", frozen=True, env_ignore_empty=True)

    store_file: Path = Field(
        Path(".unionwire/desk.sqlite"),
        description="Users, saved searches, deliveries and judgements; shared by the desk and its "
        "notifier. Back it up with `python -m services.search backup FILE`.",
    )
    public_url: str = Field(
        "", description="Address of the desk as readers see it, for links in feeds and messages."
    )
    index_prefix: str = Field(
        "", description="What stands before the names of the indices, as the indexer has it."
    )


class SearchSettings(DeskSettings, ServiceSettings):
    """What can be set about the desk."""

    model_config = SettingsConfigDict(env_prefix="SEARCH_", frozen=True, env_ignore_empty=True)

    host: str = Field("127.0.0.1", description="Address of the page and the API.")
    port: int = Field(8080, ge=0, le=65535, description="Their port; 0 takes a free one.")
    allowed_hosts: str = Field(
        "localhost,127.0.0.1",
        description="Names the desk answers to, separated by commas; others are refused, so that "
        "no foreign page can read a desk without login through a name of its own.",
    )
    without_login: bool = Field(
        default=False,
        description="Let everybody in as administrator who reaches the desk from beyond this "
        "machine, as long as there are no users.",
    )
    proxy_addresses: str = Field(
        "127.0.0.1",
        description="Reverse proxies whose X-Forwarded-For and X-Forwarded-Proto are believed, "
        "separated by commas.",
    )
    requests_per_second: float = Field(
        30.0, gt=0, description="Requests that one user or address may send in the long run."
    )
    requests_burst: float = Field(
        200.0, ge=1, description="Requests that one user or address may send at once."
    )
    crawler_metrics_url: str | None = Field(
        None,
        description="Address of the crawler's /metrics: outlets that it cannot read are told "
        "beside their counts. Not set: only silence is, which the index shows.",
    )
    search_timeout_seconds: float = Field(
        3.0, gt=0, le=60, description="Longest time one search may take in Elasticsearch."
    )
    cursor_key: SecretStr | None = Field(
        None,
        description="Secret that signs the API's cursors; the same in all copies of the desk. "
        "Not set: a new one at each start.",
    )
    cursor_seconds: int = Field(
        120, ge=10, le=3600, description="How long a cursor lives after its page."
    )
    cursors_limit: int = Field(
        100, ge=1, le=10_000, description="Open cursors; the longest unused one gives way."
    )
