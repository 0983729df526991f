"""How a service's process begins and ends.

In: the service's main function. Out: an exit code, and one clear sentence when it is not 0.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType

from services.chassis.errors import Fatal, Retry

EXIT_FATAL = 1


def run_command(main: Callable[[], int]) -> int:
    """Run `main` and turn `Fatal` and `Retry` into one sentence on stderr and exit code 1."""
    try:
        return main()
    except (Fatal, Retry) as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_FATAL
    except KeyboardInterrupt:
        return 130


def leave_within(seconds: float) -> None:
    """See to it that the process has ended with 0 by then, whatever hangs.

    Nothing is logged or flushed at that time: that may be what hangs. Services call it when leaving
    at once is safe: what is not committed is delivered again.
    """
    timer = threading.Timer(seconds, os._exit, (0,))
    timer.daemon = True
    timer.start()


def install_stop_signals(on_stop: Callable[[], None] | None = None) -> threading.Event:
    """Return an event that SIGTERM and SIGINT set; `on_stop` is called as well."""
    stopping = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        # first what bounds the stop: to set an event takes a lock that the main thread may hold
        if on_stop is not None:
            on_stop()
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    return stopping
