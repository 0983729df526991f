"""How long to wait before trying again.

In: the number of attempts so far. Out: seconds, doubling, capped, with jitter.
"""

import random


def backoff_seconds(attempt: int, *, base_seconds: float = 0.2, cap_seconds: float = 10.0) -> float:
    """Return the wait after `attempt` failed attempts: doubling, capped, half to one and a half.

    Example:
        >>> 0.1 <= backoff_seconds(0) <= 0.3
        True
    """
    wanted_seconds = min(cap_seconds, base_seconds * 2.0 ** min(attempt, 20))
    return float(wanted_seconds * random.uniform(0.5, 1.5))  # noqa: S311 - jitter, not a secret
