"""The services as processes of this machine: their command lines, ports, start and end.

In: a state directory and the addresses of Kafka and Elasticsearch. Out: detached processes that
outlive the command, each with a log file, found again by a marker among their arguments.
"""

import hashlib
import json
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.errors import LocalServerError
from deploy.local.processes import (
    HOST,
    Process,
    choose_port,
    find_processes,
    is_port_free,
    spawn_detached,
    stop_processes,
)

REPOSITORY = Path(__file__).parents[2]
STOP_GRACE_SECONDS = 12
PROBE_TIMEOUT_SECONDS = 2
LAST_LINES = 15


@dataclass(frozen=True, kw_only=True)
class Service:
    """One service: its module and arguments, and which ports it wants by which variables.

    `admin_port` is where /readyz is, by the variable's name; `ports` are the others.
    """

    name: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    admin_port: str
    ports: tuple[str, ...] = ()
    ready_path: str = "/readyz"


class ServiceRunner:
    """Starts, watches and ends the services of one state directory."""

    def __init__(self, state_dir: Path) -> None:
        self.state_dir = state_dir.expanduser().resolve()
        self._digest = hashlib.sha256(os.fsencode(self.state_dir)).hexdigest()[:16]

    def log(self, name: str) -> Path:
        """Return the file that a service writes to."""
        return self.state_dir / "logs" / f"{name}.log"

    def find(self, name: str) -> Process | None:
        """Return the running process of a service."""
        processes = find_processes(self._marker(name))
        return processes[-1] if processes else None

    def port(self, variable: str, *, room: int = 1) -> int:
        """Return the recorded port of a variable, or a new one with `room` free ports from it."""
        recorded = self._read_ports()
        if variable in recorded:
            return recorded[variable]
        taken = frozenset(recorded.values())
        while True:
            port = choose_port(taken=taken)
            wanted = range(port, port + room)
            if not taken & set(wanted) and all(is_port_free(each) for each in wanted):
                break
        self._write_ports({**recorded, variable: port})
        return port

    def start(self, service: Service, *, environment: Mapping[str, str]) -> bool:
        """Start a service that does not run; returns whether it was started now."""
        if self.find(service.name) is not None:
            return False
        variables = (service.admin_port, *service.ports)
        self._forget_taken_ports(variables)
        ports = {variable: str(self.port(variable)) for variable in variables}
        self.log(service.name).parent.mkdir(parents=True, exist_ok=True)
        spawn_detached(
            [sys.executable, "-X", self._marker(service.name), "-m", *service.arguments],
            console=self.log(service.name),
            directory=REPOSITORY,
            environment={
                **os.environ,
                "PYTHONUNBUFFERED": "1",
                **service.environment,
                **environment,
                **ports,
            },
        )
        return True

    def stop(self, name: str) -> bool:
        """End a service; returns whether it ran."""
        return stop_processes(self._marker(name), grace_seconds=STOP_GRACE_SECONDS)

    def kill(self, name: str) -> bool:
        """End a service by SIGKILL, as a crash would; returns whether it ran."""
        return stop_processes(self._marker(name), grace_seconds=0)

    def is_ready(self, service: Service) -> bool:
        """Ask the service whether it is ready."""
        url = f"{self.url(service.admin_port)}{service.ready_path}"
        try:
            with urllib.request.urlopen(url, timeout=PROBE_TIMEOUT_SECONDS) as response:  # noqa: S310 - our own http address
                return bool(response.status == 200)  # noqa: PLR2004 - the one good answer
        except (OSError, urllib.error.URLError):
            return False

    def url(self, variable: str) -> str:
        """Return the address of a recorded port."""
        return f"http://{HOST}:{self._read_ports().get(variable, 0)}"

    def last_lines(self, name: str) -> str:
        """Return the end of a service's log, for a person."""
        try:
            lines = self.log(name).read_text(errors="replace").splitlines()
        except OSError:
            return ""
        return "\n".join(f"    {line[:400]}" for line in lines[-LAST_LINES:])

    def _marker(self, name: str) -> str:
        return f"unionwire.service={name}@{self._digest}"

    @property
    def _ports_file(self) -> Path:
        return self.state_dir / "service-ports.json"

    def _read_ports(self) -> dict[str, int]:
        try:
            recorded = json.loads(self._ports_file.read_text())
            return {str(name): int(port) for name, port in recorded.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}

    def _write_ports(self, ports: Mapping[str, int]) -> None:
        self.state_dir.mkdir(parents=True, exist_ok=True)
        unfinished = self._ports_file.with_suffix(".unfinished")
        unfinished.write_text(json.dumps(ports, indent=2, sort_keys=True) + "\n")
        unfinished.replace(self._ports_file)

    def _forget_taken_ports(self, variables: tuple[str, ...]) -> None:
        recorded = self._read_ports()
        kept = {
            name: port
            for name, port in recorded.items()
            if name not in variables or is_port_free(port)
        }
        if kept != recorded:
            self._write_ports(kept)


def describe_end(runner: ServiceRunner, name: str) -> LocalServerError:
    """Return the error for a service that ended instead of starting."""
    return LocalServerError(
        f"{name} ended instead of starting; its log {runner.log(name)} says:\n"
        f"{runner.last_lines(name)}"
    )
