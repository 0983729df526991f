"""The demo's command line.

`python -m deploy.demo --port-base N` serves until SIGTERM or Ctrl-C and exits 0.
`python -m deploy.demo sources --port-base N` prints the crawler's sources file.
"""

import argparse
import signal
import sys
import threading
from pathlib import Path

from deploy.demo.outlets import OUTLETS
from deploy.demo.server import PortTakenError, running_demo, sources_yaml

DEFAULT_PORT_BASE = 26_200


def main(arguments: list[str] | None = None) -> int:
    """Serve the demo, or print its sources; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m deploy.demo", description=__doc__)
    parser.add_argument("what", nargs="?", choices=("serve", "sources"), default="serve")
    parser.add_argument("--port-base", type=int, default=DEFAULT_PORT_BASE, metavar="N")
    parser.add_argument("--speed", type=float, default=1.0, help="script seconds a real second")
    parser.add_argument("--state", type=Path, help="keeps the world's start and orders in FILE")
    options = parser.parse_args(arguments)
    if options.what == "sources":
        print(sources_yaml(options.port_base), end="")
        return 0
    return _serve(options)


def _serve(options: argparse.Namespace) -> int:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        with running_demo(
            port_base=options.port_base, speed=options.speed, state=options.state
        ) as demo:
            for outlet in OUTLETS.values():
                print(f"{outlet.name}: {demo.base_url(outlet.id)}/")
            print(f"control: {demo.control_url}/healthz", flush=True)
            stop.wait()
    except PortTakenError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
