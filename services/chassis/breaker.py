"""A breaker: stops a service that rejects too much of what it gets.

In: the outcome of each event. Out: whether to go on. A bad deploy must not drain a topic into
the dead letters; the service pauses, turns unready, and tries again after a while.
"""

from collections import deque

from services.chassis.clock import Clock


class Breaker:
    """Opens when too large a share of the recent events was rejected.

    After `open_seconds` it lets events through again; one more rejection while still over the
    limit opens it anew.

    Example:
        >>> from services.chassis.clock import SystemClock
        >>> breaker = Breaker(SystemClock(), minimum_events=2, maximum_rejected_share=0.5)
        >>> for is_rejected in (False, True, True):
        ...     breaker.record(is_rejected=is_rejected)
        >>> breaker.is_open
        True
    """

    def __init__(
        self,
        clock: Clock,
        *,
        recent_events: int = 200,
        minimum_events: int = 50,
        maximum_rejected_share: float = 0.5,
        open_seconds: float = 60.0,
    ) -> None:
        self._clock = clock
        self._recent: deque[bool] = deque(maxlen=recent_events)
        self._minimum_events = minimum_events
        self._maximum_rejected_share = maximum_rejected_share
        self._open_seconds = open_seconds
        self._open_until_seconds: float | None = None

    def record(self, *, is_rejected: bool) -> None:
        """Note the outcome of one event."""
        self._recent.append(is_rejected)
        if is_rejected and self._has_too_many_rejected():
            self._open_until_seconds = self._clock.monotonic_seconds() + self._open_seconds

    @property
    def is_open(self) -> bool:
        """Whether the service should stand still."""
        return (
            self._open_until_seconds is not None
            and self._clock.monotonic_seconds() < self._open_until_seconds
        )

    def _has_too_many_rejected(self) -> bool:
        return len(self._recent) >= self._minimum_events and sum(
            self._recent
        ) > self._maximum_rejected_share * len(self._recent)
