"""Logs: one JSON object a line on stdout, readable text on a terminal.

In: structlog events, and what libraries write to `logging`. Out: stdout.
"""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import orjson
import structlog

Event = MutableMapping[str, Any]

_QUIET_LIBRARIES = ("kafka", "aiokafka", "elastic_transport", "elasticsearch", "faust", "mode")


def _serialise(event: Event, **_: object) -> str:
    return orjson.dumps(event, default=str).decode()


def configure_logging(
    service: str, *, level: str = "INFO", log_format: str = "auto", stream: TextIO | None = None
) -> None:
    """Send the logs of this process to `stream` (else stdout), each line naming the service.

    `log_format` is "json", "console" or "auto" (console when the stream is a terminal).
    Libraries that chat are heard from WARNING on.
    """
    stream = stream or sys.stdout
    is_console = log_format == "console" or (log_format == "auto" and stream.isatty())

    def add_service(_logger: object, _method: str, event: Event) -> Event:
        event.setdefault("service", service)
        return event

    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        add_service,
    ]
    endings: list[Any] = (
        [structlog.dev.ConsoleRenderer()]
        if is_console
        else [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(serializer=_serialise),
        ]
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder(), _name_foreign_event],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *endings],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in _QUIET_LIBRARIES:
        library = logging.getLogger(name)
        library.handlers = []
        library.propagate = True
        library.setLevel(max(logging.WARNING, logging.getLevelName(level)))


def _name_foreign_event(_logger: object, _method: str, event: Event) -> Event:
    """Give a library's free text a constant event name, its words as a fact."""
    record = event.get("_record")
    event["message"] = event.get("event")
    event["event"] = "library_log"
    if record is not None:
        event["library"] = record.name
    return event
