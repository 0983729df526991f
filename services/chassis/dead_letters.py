"""Dead letters: an event that can never work, kept with the reason.

In: the original bytes and what went wrong. Out: a record for `<topic>.dlq`, key and value
untouched, the facts in its headers.
"""

import traceback
from collections.abc import Sequence
from datetime import datetime

from services.chassis.errors import Reject

Headers = list[tuple[str, bytes]]
ERROR_LIMIT_CHARACTERS = 4_000
REPLAYS_HEADER = "dlq-replays"


def build_headers(
    *,
    error: Exception,
    service: str,
    topic: str,
    partition: int,
    offset: int,
    attempts: int,
    rejected_at: datetime,
    event_timestamp_ms: int | None = None,
    original_headers: Sequence[tuple[str, bytes | None]] = (),
) -> Headers:
    """Return the headers of a dead letter: original ones first, then ours (`dlq-…`).

    Example:
        >>> from datetime import UTC
        >>> dict(build_headers(
        ...     error=Reject("invalid_event", "no title"), service="enricher",
        ...     topic="articles.raw.v1", partition=3, offset=7, attempts=1,
        ...     rejected_at=datetime(2026, 1, 2, tzinfo=UTC)))["dlq-reason"]
        b'invalid_event'
    """
    facts = {
        "dlq-reason": error.reason if isinstance(error, Reject) else "unexpected_error",
        "dlq-error-class": type(error.__cause__ or error).__name__,
        "dlq-error": _describe(error),
        "dlq-service": service,
        "dlq-topic": topic,
        "dlq-partition": str(partition),
        "dlq-offset": str(offset),
        "dlq-attempts": str(attempts),
        "dlq-rejected-at": rejected_at.isoformat(),
        "dlq-event-timestamp-ms": "" if event_timestamp_ms is None else str(event_timestamp_ms),
    }
    return (
        original_part(original_headers)
        + count_replays(original_headers)
        + [(name, value.encode(errors="replace")) for name, value in facts.items()]
    )


def original_part(headers: Sequence[tuple[str, bytes | None]]) -> Headers:
    """Return the headers that an event had before any of ours.

    Example:
        >>> original_part([("trace", b"1"), ("dlq-reason", b"too_large")])
        [('trace', b'1')]
    """
    # Kafka knows headers without a value, its Python clients refuse to send them
    return [(name, value or b"") for name, value in headers if not name.startswith("dlq-")]


def count_replays(headers: Sequence[tuple[str, bytes | None]], *, more: int = 0) -> Headers:
    """Return the header that counts how often an event was sent back, if it was.

    Example:
        >>> count_replays([("dlq-replays", b"1")], more=1), count_replays([])
        ([('dlq-replays', b'2')], [])
    """
    found = next((value for name, value in headers if name == REPLAYS_HEADER), None) or b""
    replays = (int(found) if found.isdigit() else 0) + more
    return [(REPLAYS_HEADER, str(replays).encode())] if replays else []


def _describe(error: Exception) -> str:
    if isinstance(error, Reject):
        return str(error)[:ERROR_LIMIT_CHARACTERS]
    return "".join(traceback.format_exception(error))[-ERROR_LIMIT_CHARACTERS:]
