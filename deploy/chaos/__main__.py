"""`make chaos`: every fault on the real processes, and a table of how it ended.

In: a seed; the same one does the same again. Out: a table; exit code 1 if a fault did harm.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from deploy.chaos.arena import Arena, build_arena
from deploy.chaos.faults import FAULTS, Fault
from deploy.chaos.trial import Verdict, run_trial

_HEAD = (
    f"{'fault':<30}{'seed':>12}{'messages':>10}{'well after':>12}{'limit':>8}"
    f"{'lost':>6}{'wrong':>7}{'ghosts':>8}{'twice':>7}{'letters':>9}  verdict"
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the faults one after the other and print what came of each."""
    parser = argparse.ArgumentParser(prog="python -m deploy.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, help="to do the same again; printed with each fault")
    parser.add_argument("--only", action="append", metavar="NAME", help="only this fault")
    parser.add_argument("--articles", type=int, default=150, help="articles in each trial")
    parser.add_argument("--flow-seconds", type=float, default=15.0, help="how long events flow")
    options = parser.parse_args(arguments)
    seed = options.seed if options.seed is not None else time.time_ns() % 1_000_000_000
    chosen = [fault for fault in FAULTS if not options.only or fault.name in options.only]
    if not chosen:
        print(f"There are: {', '.join(fault.name for fault in FAULTS)}.")
        return 2
    with tempfile.TemporaryDirectory(prefix="unionwire-chaos-") as folder:
        arena = build_arena(Path(folder), seed=seed, report=_tell)
        try:
            verdicts = [_try(arena, fault, seed=seed, options=options) for fault in chosen]
        finally:
            for name in ("enricher-2", "enricher-3", "indexer-2", "indexer-3"):
                arena.pipeline.runner.stop(name)
            arena.pipeline.down()
            arena.pipeline.stack.clean()
    print(f"\n{_HEAD}")
    for verdict in verdicts:
        print(render(verdict))
    return 0 if all(verdict.is_good for verdict in verdicts) else 1


def _try(arena: Arena, fault: Fault, *, seed: int, options: argparse.Namespace) -> Verdict:
    _tell(f"{fault.name}: begins, seed {seed}")
    verdict = run_trial(
        arena,
        fault,
        seed=seed,
        articles=options.articles,
        flow_seconds=options.flow_seconds,
    )
    print(render(verdict), flush=True)
    for name, found in vars(verdict.findings).items():
        if found:
            print(f"    {name}: {', '.join(found[:5])}", flush=True)
    return verdict


def render(verdict: Verdict) -> str:
    """Return the line of a verdict in the table."""
    found = verdict.findings
    well = "never" if verdict.well_after_seconds is None else f"{verdict.well_after_seconds:.0f} s"
    letters = len(verdict.lost_letters) + len(verdict.wrong_letters)
    return (
        f"{verdict.fault:<30}{verdict.seed:>12}{verdict.messages:>10}{well:>12}"
        f"{verdict.well_within_seconds:>6.0f} s{len(found.missing):>6}{len(found.wrong):>7}"
        f"{len(found.ghosts):>8}{len(found.doubled):>7}{letters:>9}"
        f"  {'good' if verdict.is_good else 'BAD'}"
    )


def _tell(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
