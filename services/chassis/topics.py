"""Creates the topics up front: `python -m services.chassis.topics`.

In: Kafka settings and `TOPICS`. Out: topics with the agreed partitions, sizes and retention.
Safe to repeat; settings of topics that exist are brought into line, partitions never change.
"""

import sys
from collections.abc import Iterable

from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient
from kafka.errors import KafkaError, TopicAlreadyExistsError

from services.chassis.errors import Fatal, Retry
from services.chassis.kafka import connection
from services.chassis.process import run_command
from services.chassis.settings import KafkaSettings, load
from services.contracts.topics import DAY_MS, TOPICS, Topic


def ensure_topics(settings: KafkaSettings, *, topics: Iterable[Topic] = TOPICS) -> list[str]:
    """Create the topics that are missing and return their names.

    Raises:
        Retry: Kafka does not answer.
        Fatal: a topic has another number of partitions than agreed.
    """
    wanted = {topic.name: topic for topic in topics}
    try:
        admin = KafkaAdminClient(**connection(settings), client_id="unionwire-topics")
    except (KafkaError, OSError) as error:
        raise Retry(f"Kafka at {settings.bootstrap_servers} does not answer: {error!r}") from error
    try:
        existing = set(admin.list_topics()) & wanted.keys()
        missing = [wanted[name] for name in wanted if name not in existing]
        created = _create(admin, missing, replication_factor=settings.replication_factor)
        _check_partitions(admin, wanted, names=existing)
        _align(admin, [wanted[name] for name in sorted(existing)])
    except KafkaError as error:
        raise Retry(f"Kafka could not create the topics: {error!r}") from error
    finally:
        admin.close()
    return created


def _create(admin: KafkaAdminClient, topics: list[Topic], *, replication_factor: int) -> list[str]:
    if not topics:
        return []
    try:
        admin.create_topics(
            {
                topic.name: {
                    "num_partitions": topic.partitions,
                    "replication_factor": replication_factor,
                    "configs": _settings_of(topic),
                }
                for topic in topics
            },
            wait_for_metadata=True,
        )
    except TopicAlreadyExistsError:
        if len(topics) == 1:
            return []
        # another process is creating them too: go on one by one
        return [
            name
            for topic in topics
            for name in _create(admin, [topic], replication_factor=replication_factor)
        ]
    return [topic.name for topic in topics]


def _settings_of(topic: Topic) -> dict[str, str]:
    return {
        "max.message.bytes": str(topic.max_message_bytes + 64 * 1024),
        "retention.ms": str(topic.retention_ms),
        "cleanup.policy": "compact" if topic.is_compacted else "delete",
        # what was deleted leaves the disk with its segment: not later than a day, where events come
        "segment.ms": str(DAY_MS),
    }


def _check_partitions(
    admin: KafkaAdminClient, wanted: dict[str, Topic], *, names: set[str]
) -> None:
    if not names:
        return
    for found in admin.describe_topics(sorted(names)):
        name = found["name"]
        partitions = len(found["partitions"])
        if partitions != wanted[name].partitions:
            raise Fatal(
                f"The topic {name} has {partitions} partitions instead of "
                f"{wanted[name].partitions}: articles would change partition; see docs/runbook.md."
            )


def _align(admin: KafkaAdminClient, topics: list[Topic]) -> None:
    if topics:
        admin.alter_configs(
            [
                ConfigResource(ConfigResourceType.TOPIC, topic.name, _settings_of(topic))
                for topic in topics
            ]
        )


def main() -> int:
    """Create the topics, say which, and return the exit code."""
    created = ensure_topics(load(KafkaSettings))
    names = ", ".join(created)
    sys.stdout.write(f"Created {names}.\n" if names else "All topics are there.\n")
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main))
