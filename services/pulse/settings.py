"""Settings of the pulse, from the environment (prefix `PULSE_`)."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from services.chassis.settings import ServiceSettings


class PulseSettings(ServiceSettings):
    """What can be set for the pulse."""

    model_config = SettingsConfigDict(env_prefix="PULSE_", frozen=True, env_ignore_empty=True)

    interval_seconds: float = Field(
        60.0, gt=0, description="How often a heartbeat is sent through the pipeline."
    )
    look_seconds: float = Field(
        15.0, gt=0, description="How often Kafka and Elasticsearch are looked at."
    )
    index_prefix: str = Field(
        "", description="As INDEXER_INDEX_PREFIX: goes before the name of every index."
    )
    enricher_group: str = Field("enricher", description="As ENRICHER_GROUP.")
    indexer_group: str = Field("indexer", description="As INDEXER_GROUP_ID.")
