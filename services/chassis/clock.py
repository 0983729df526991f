"""The clock, so that code and tests agree on what time it is.

In: nothing. Out: aware UTC times and monotonic seconds.
"""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What a service may ask of time."""

    def now(self) -> datetime:
        """Return the wall-clock time, aware, in UTC."""
        ...

    def monotonic_seconds(self) -> float:
        """Return seconds that never run backwards."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the wall-clock time, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic_seconds(self) -> float:
        """Return seconds that never run backwards."""
        return time.monotonic()


def to_epoch_milliseconds(moment: datetime) -> int:
    """Return the whole milliseconds from 1970 to `moment`.

    Example:
        >>> to_epoch_milliseconds(datetime(1970, 1, 1, 0, 0, 1, 500_000, tzinfo=UTC))
        1500
    """
    return int(moment.timestamp() * 1000)
