"""The crawler's settings.

In: the environment, CRAWLER_*. Out: frozen settings.
"""

from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from crawler.domain.schedule import RECHECK_SECONDS
from services.chassis.metrics import read_version
from services.chassis.settings import ServiceSettings


class CrawlerSettings(ServiceSettings):
    """What the crawler lets you set."""

    model_config = SettingsConfigDict(env_prefix="CRAWLER_", frozen=True, env_ignore_empty=True)

    contact: str | None = Field(
        None, description="A mail address or page for webmasters; part of the user agent."
    )
    user_agent: str | None = Field(
        None, description="The whole user agent, instead of unionwire/<version> and the contact."
    )
    state_file: Path = Field(
        Path(".unionwire/crawler.sqlite"),
        description="Remembers what was seen. Losing it costs fetches, never articles.",
    )
    archive_dir: Path | None = Field(
        None, description="Folder for WARC files of every fetched article page; none by default."
    )
    archive_file_bytes: int = Field(
        256 * 1024 * 1024, gt=0, description="A WARC file that is larger is closed."
    )
    archive_keep_days: float | None = Field(
        None,
        gt=0,
        description="A WARC file is removed when its last record is older; kept by default.",
    )
    archive_total_bytes: int | None = Field(
        None,
        gt=0,
        description="The oldest WARC files are removed when all are larger than this together "
        "(one more file may be under way); kept by default.",
    )
    poll_seconds: float = Field(
        360.0,
        gt=0,
        description="How often a feed, sitemap or section page with one new article an hour is "
        "looked at; busier ones more often, quieter ones less.",
    )
    poll_minimum_seconds: float | None = Field(
        None,
        gt=0,
        description="Never more often than this; a sixth of CRAWLER_POLL_SECONDS by default.",
    )
    poll_maximum_seconds: float | None = Field(
        None,
        gt=0,
        description="Never less often than this, unless the site asks for it; five times "
        "CRAWLER_POLL_SECONDS by default.",
    )
    asked_limit_seconds: float = Field(
        21_600.0,
        ge=0,
        description="A site that asks to be left alone longer (Cache-Control, Expires, ttl, "
        "skipHours) is looked at after this all the same.",
    )
    recheck_seconds: Annotated[tuple[float, ...], NoDecode] = Field(
        RECHECK_SECONDS,
        description="When an article is looked at again for corrections, in seconds since it was "
        "found, separated by commas.",
    )
    withdraw_confirm_seconds: float = Field(
        600.0, ge=0, description="An article that is gone for this long counts as withdrawn."
    )
    silence_floor_seconds: float = Field(
        86_400.0,
        gt=0,
        description="A source counts as silent when it has no new article for twice as long as "
        "its gaps usually get, and never sooner than this.",
    )
    delay_seconds: float = Field(
        1.0, gt=0, description="Least time between two requests to one host."
    )
    private_delay_seconds: float | None = Field(
        None,
        ge=0,
        description="The same for hosts in private_addresses, where it may be 0.",
    )
    maximum_concurrent_requests: int = Field(
        16, gt=0, description="Requests under way at once, over all hosts; one per host."
    )
    timeout_seconds: float = Field(20.0, gt=0, description="Longest wait for a page.")
    maximum_page_bytes: int = Field(
        10 * 1024 * 1024, gt=0, description="Larger pages are dropped, unpacked size counted."
    )
    section_pages: int = Field(
        3, gt=0, description="How many pages of a section to turn while they hold new articles."
    )
    maximum_unacknowledged: int = Field(
        500, gt=0, description="Fetching waits while so many events are not yet acknowledged."
    )

    @field_validator("recheck_seconds", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:  # noqa: ANN401 - pydantic's signature
        if isinstance(value, str):
            return tuple(part.strip() for part in value.strip("[]() ").split(",") if part.strip())
        return value

    @field_validator("recheck_seconds", mode="after")
    @classmethod
    def _check_rising(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        if not value or min(value) <= 0 or list(value) != sorted(value):
            raise ValueError("it needs rising numbers of seconds, such as 600,3600,86400")
        return value

    @property
    def poll_bounds_seconds(self) -> tuple[float, float]:
        """The shortest and the longest time between two looks at a listing."""
        shortest = self.poll_minimum_seconds or self.poll_seconds / 6
        return shortest, max(self.poll_maximum_seconds or self.poll_seconds * 5, shortest)

    @property
    def full_user_agent(self) -> str:
        """The user agent: the project, its version and a contact."""
        if self.user_agent:
            return self.user_agent
        contact = f" (+{self.contact})" if self.contact else ""
        return f"unionwire/{read_version()}{contact}"
