"""How much one user or address may ask.

In: who asks, and a clock. Out: whether it is too much, and when to come again. Token buckets:
each holds a burst and fills up steadily; those longest unused are forgotten.
"""

import threading
from collections import OrderedDict
from typing import Final

from services.chassis.clock import Clock

_BUCKETS_LIMIT: Final = 20_000


class RateLimit:
    """Token buckets by name.

    Example:
        >>> from services.chassis.clock import SystemClock
        >>> limit = RateLimit(SystemClock(), per_second=0.5, burst=1)
        >>> limit.take("an"), limit.take("an") > 1, limit.take("binh")
        (0.0, True, 0.0)
    """

    def __init__(self, clock: Clock, *, per_second: float, burst: float) -> None:
        self._clock = clock
        self._per_second = per_second
        self._burst = burst
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        """Name → (tokens, seconds at which they were counted), longest unused first."""
        self._lock = threading.Lock()

    def take(self, name: str) -> float:
        """Take one token; returns 0, or how many seconds to wait until there is one."""
        now_seconds = self._clock.monotonic_seconds()
        with self._lock:
            tokens, counted_at = self._buckets.pop(name, (self._burst, now_seconds))
            tokens = min(self._burst, tokens + (now_seconds - counted_at) * self._per_second)
            is_taken = tokens >= 1
            self._buckets[name] = (tokens - 1 if is_taken else tokens, now_seconds)
            if len(self._buckets) > _BUCKETS_LIMIT:
                self._buckets.popitem(last=False)
        return 0.0 if is_taken else (1 - tokens) / self._per_second
