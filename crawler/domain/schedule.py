"""When to look again: listings, articles, hosts in trouble.

In: what is known of a page, and seconds. Out: seconds to wait.
"""

from collections.abc import Sequence

RECHECK_SECONDS = (600.0, 3_600.0, 6 * 3_600.0, 86_400.0, 7 * 86_400.0)
"""After publication: ten minutes, an hour, six hours, a day, a week."""

RETRY_FIRST_SECONDS = 60.0
RETRY_LONGEST_SECONDS = 6 * 3_600.0


def seconds_to_recheck(
    checks: int, *, steps_seconds: Sequence[float] = RECHECK_SECONDS
) -> float | None:
    """Return how long to wait for the next look after `checks` looks, None after the last.

    The steps count from the first look, so each wait is the difference to the step before.

    Example:
        >>> [seconds_to_recheck(n) for n in (1, 2)], seconds_to_recheck(6) is None
        ([600.0, 3000.0], True)
    """
    if not 1 <= checks <= len(steps_seconds):
        return None
    before = steps_seconds[checks - 2] if checks > 1 else 0.0
    return max(steps_seconds[checks - 1] - before, 0.0)


def seconds_to_retry(failures: int, *, asked_seconds: float | None = None) -> float:
    """Return how long to leave a page alone after its n-th failure in a row.

    `asked_seconds` is the server's own Retry-After; the longer of the two is taken.

    Example:
        >>> seconds_to_retry(1), seconds_to_retry(3), seconds_to_retry(1, asked_seconds=900)
        (60.0, 240.0, 900.0)
    """
    backoff = min(RETRY_FIRST_SECONDS * 2.0 ** min(max(failures, 1) - 1, 20), RETRY_LONGEST_SECONDS)
    asked = min(asked_seconds, RETRY_LONGEST_SECONDS) if asked_seconds is not None else 0
    return float(max(backoff, asked))
