"""Settings of the enricher, from the environment (prefix `ENRICHER_`)."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from enricher.domain import ENRICHER_GENERATION
from services.chassis.settings import ServiceSettings


class EnricherSettings(ServiceSettings):
    """What can be set for one enricher worker."""

    model_config = SettingsConfigDict(env_prefix="ENRICHER_", frozen=True, env_ignore_empty=True)

    group: str = Field("enricher", description="Consumer group; all enrichers share one.")
    instance: str | None = Field(
        None, description="Name of this worker that survives restarts, for static membership."
    )
    generation: int = Field(
        ENRICHER_GENERATION,
        ge=0,
        lt=500,
        description="Release count of the extraction; a higher one overwrites what a lower made.",
    )
    extractors: int = Field(1, ge=1, le=64, description="Extractor processes of this worker.")
    extract_timeout_seconds: float = Field(
        20.0, gt=0, description="Longest time for one article; then its process is killed."
    )
    extractor_memory_bytes: int = Field(
        2 * 1024**3, ge=256 * 1024**2, description="Address space of one extractor process."
    )
    window: int = Field(256, ge=1, le=4096, description="Articles in work at the same time.")
    breaker_minimum_events: int = Field(50, ge=1, description="Events before the breaker may open.")
    breaker_open_seconds: float = Field(
        60.0, gt=0, description="How long the breaker keeps the service standing still."
    )
