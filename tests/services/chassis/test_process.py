"""How a process ends: in time, with the agreed code, whatever hangs."""

import os
import signal
import subprocess
import sys

HANGING = """
import logging, sys, time
from services.chassis.logs import configure_logging
from services.chassis.process import install_stop_signals, leave_within

configure_logging("test")
install_stop_signals(lambda: leave_within(0.5))
print("ready", flush=True)
logging.getLogger().handlers[0].acquire()  # as when the reader of our logs hangs
while True:
    time.sleep(60)
"""


def test_stop_ends_a_process_that_hangs_in_its_logs() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HANGING], stdout=subprocess.PIPE, env={**os.environ}
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.stdout.close()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
