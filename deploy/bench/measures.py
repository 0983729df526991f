"""What benches measure with: percentiles, and the memory of processes.

In: waits, a process id. Out: numbers.
"""

import subprocess
from collections.abc import Sequence


def percentile(sorted_values: Sequence[float], percent: int) -> float:
    """Return the value below which `percent` of the values lie.

    Example:
        >>> percentile([1.0, 2.0, 3.0, 4.0], 50)
        2.0
    """
    return sorted_values[max(0, -(-len(sorted_values) * percent // 100) - 1)]


def resident_bytes(pid: int) -> int:
    """Return the resident memory of a process and its descendants, in bytes."""
    listing = subprocess.run(
        ["ps", "-eo", "pid=,ppid=,rss="], capture_output=True, text=True, check=True
    ).stdout
    rows = [tuple(map(int, line.split())) for line in listing.splitlines()]
    family = {pid}
    while True:
        children = {child for child, parent, _size in rows if parent in family} - family
        if not children:
            return sum(size for child, _parent, size in rows if child in family) * 1024
        family |= children
