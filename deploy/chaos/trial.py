"""One trial: events flow, a fault happens, and in the end everything is as the ledger says.

In: an arena, a fault and a seed. Out: a verdict with what was found.
"""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from elastic_transport import TransportError
from elasticsearch import ApiError

from deploy.chaos.arena import Arena
from deploy.chaos.faults import Fault
from deploy.chaos.ledger import Findings, Ledger, build_ledger
from services.chassis.errors import Retry

_PATIENCE_SECONDS = 300.0
"""After this long it is stuck; the stated time is judged by itself."""
_POLL_SECONDS = 1.0
_POISON_REASON = "invalid_event"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """How a trial ended; `well_after_seconds` is None when it never was well."""

    fault: str
    seed: int
    messages: int
    well_after_seconds: float | None
    well_within_seconds: float
    findings: Findings
    lost_letters: tuple[str, ...]
    """Messages that are no events, and are no dead letters either."""
    wrong_letters: tuple[str, ...]
    """Dead letters that should have been indexed."""

    @property
    def is_harmless(self) -> bool:
        """Whether nothing was lost or doubled, and all is well again, however late."""
        return (
            self.findings.is_clean
            and not self.lost_letters
            and not self.wrong_letters
            and self.well_after_seconds is not None
        )

    @property
    def is_good(self) -> bool:
        """Whether it was harmless and over in time."""
        seconds = self.well_after_seconds
        return self.is_harmless and seconds is not None and seconds <= self.well_within_seconds


def run_trial(
    arena: Arena,
    fault: Fault,
    *,
    seed: int,
    articles: int,
    flow_seconds: float,
    report: Callable[[str], None] = lambda _: None,
) -> Verdict:
    """Run one trial on a well arena."""
    series = f"{fault.name.replace(' ', '-').lower()}-{seed}-{time.monotonic_ns():x}"
    ledger = build_ledger(series=series, articles=articles, seed=seed)
    within_seconds = 0.0 if fault.is_burst else flow_seconds
    flow = threading.Thread(
        target=arena.publish, args=(ledger.sendings,), kwargs={"within_seconds": within_seconds}
    )
    flow.start()
    try:
        fault.do(arena, random.Random(seed))  # noqa: S311 - to be repeated, not secret
        undone_at = time.monotonic()
    finally:
        flow.join()
    # what is published after the fault cannot be well before it is published
    began_at = max(undone_at, time.monotonic() if fault.is_burst else undone_at)
    well_at, findings = _wait_until_well(arena, ledger, report=report)
    letters = arena.list_letters()
    return Verdict(
        fault=fault.name,
        seed=seed,
        messages=len(ledger.sendings),
        well_after_seconds=None if well_at is None else max(0.0, well_at - began_at),
        well_within_seconds=fault.well_within_seconds,
        findings=findings,
        lost_letters=tuple(sorted(k for k in ledger.poison if letters.get(k) != _POISON_REASON)),
        wrong_letters=tuple(sorted(ledger.expected.keys() & letters.keys())),
    )


def _wait_until_well(
    arena: Arena, ledger: Ledger, *, report: Callable[[str], None]
) -> tuple[float | None, Findings]:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    findings = Findings(missing=tuple(sorted(ledger.expected)))
    while time.monotonic() < deadline:
        try:
            findings = arena.find(ledger)
            behind = arena.count_behind()
        except (ApiError, TransportError, Retry) as error:
            report(f"not yet: {error!r:.200}")
        else:
            if findings.is_clean and behind == 0:
                return time.monotonic(), findings
            report(f"not yet: {behind} behind, {len(findings.missing)} missing")
        time.sleep(_POLL_SECONDS)
    return None, findings
