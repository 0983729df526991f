"""A Faust worker that hands events on untouched: the ceiling of the enricher's frame.

It is the enricher's app and agent with nothing between input and output. Started by the bench:
`python -m deploy.bench.passthrough`.
"""

from pathlib import Path
from tempfile import mkdtemp
from typing import Any, cast

import faust

from enricher.app import Stage, add_agent, build_app
from enricher.settings import EnricherSettings
from services.chassis.clock import SystemClock
from services.chassis.health import Health
from services.chassis.logs import configure_logging
from services.chassis.settings import KafkaSettings, load
from services.contracts.topics import RAW

OUTPUT = "bench.passed"


class PassThrough:
    """Sends what comes in, and returns when the broker holds it."""

    def __init__(self, app: faust.App) -> None:
        self.raw: Any = app.topic(RAW.name)
        self._output: Any = app.topic(OUTPUT)

    async def finish(self, event: Any) -> None:  # noqa: ANN401 - untyped library
        """Hand one event on."""
        sent = await self._output.send(key=event.key, value=event.value)
        await sent


def main() -> None:
    """Run until SIGTERM."""
    configure_logging("passthrough", level="WARNING", log_format="json")
    settings = EnricherSettings(group="bench-passthrough", instance="bench")
    app = build_app(settings, load(KafkaSettings))
    app.conf.datadir = Path(mkdtemp(prefix="unionwire-bench-"))
    stage = cast("Stage", PassThrough(app))
    add_agent(app, stage, window_size=settings.window, health=Health(SystemClock()))
    worker = faust.Worker(app, override_logging=False, redirect_stdouts=False, quiet=True)
    worker.spinner = None
    worker.execute_from_commandline()


if __name__ == "__main__":
    main()
