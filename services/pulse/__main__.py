"""Runs the pulse: `python -m services.pulse`.

In: the environment (see `.env.example`). Out: /metrics, /livez and /readyz on one port; exit
code 0 after SIGTERM.
"""

import argparse
import sys

from services.chassis.clock import SystemClock
from services.chassis.logs import configure_logging
from services.chassis.process import install_stop_signals, leave_within, run_command
from services.chassis.settings import ElasticsearchSettings, KafkaSettings, load
from services.pulse.app import SERVICE, run_pulse
from services.pulse.settings import PulseSettings

STOP_WITHIN_SECONDS = 9.0


def main() -> int:
    """Take the pulse until told to stop."""
    argparse.ArgumentParser(prog="python -m services.pulse", description=__doc__).parse_args()
    settings = load(PulseSettings)
    configure_logging(SERVICE, level=settings.log_level, log_format=settings.log_format)
    run_pulse(
        settings=settings,
        kafka=load(KafkaSettings),
        elasticsearch=load(ElasticsearchSettings),
        clock=SystemClock(),
        stopping=install_stop_signals(lambda: leave_within(STOP_WITHIN_SECONDS)),
    )
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main))
