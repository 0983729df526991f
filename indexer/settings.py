"""The indexer's settings, from the environment.

In: variables named INDEXER_…. Out: `IndexerSettings`, built in `__main__` only.
"""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from indexer.mappings import IndexLayout
from services.chassis.consumer import BatchLimits
from services.chassis.settings import ServiceSettings


class IndexerSettings(ServiceSettings):
    """What the indexer lets you set."""

    model_config = SettingsConfigDict(env_prefix="INDEXER_", frozen=True, env_ignore_empty=True)

    group_id: str = Field("indexer", description="Consumer group; workers of one group share work.")
    group_instance_id: str | None = Field(
        None, description="Name of this worker that survives restarts, for static membership."
    )
    index_prefix: str = Field("", description="Goes before the name of every index and alias.")
    index_shards: int = Field(1, ge=1, description="Shards of each index, when it is created.")
    index_replicas: int = Field(0, ge=0, description="Copies of each shard; 1 on a cluster.")
    refresh_interval_seconds: float = Field(
        1.0, gt=0, description="How soon a written article is found by searches."
    )
    batch_events: int = Field(500, ge=1, description="Most events in one batch.")
    batch_size_bytes: int = Field(
        5 * 1024 * 1024, ge=1, description="Most bytes of events in one batch and one bulk request."
    )
    parallel_requests: int = Field(
        2, ge=1, description="Bulk requests of one batch that are sent side by side."
    )
    batch_linger_seconds: float = Field(
        0.2, ge=0, description="Longest wait for a batch to fill up."
    )

    @property
    def layout(self) -> IndexLayout:
        """Where the indices are."""
        return IndexLayout(
            prefix=self.index_prefix,
            shards=self.index_shards,
            replicas=self.index_replicas,
            refresh_interval_seconds=self.refresh_interval_seconds,
        )

    @property
    def limits(self) -> BatchLimits:
        """When a batch is full."""
        return BatchLimits(
            events=self.batch_events,
            size_bytes=self.batch_size_bytes,
            linger_seconds=self.batch_linger_seconds,
        )
