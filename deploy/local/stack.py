"""Both servers of one state directory: up, down, start, stop, kill, status.

In: a state directory (ports, data, logs) and a shared cache of fetched servers. Out: a real Kafka
and a real Elasticsearch on loopback ports that stay the same from run to run while they are free.
Any of them can be external instead: then it is neither fetched nor started.
"""

import json
import os
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from deploy.local import fetch
from deploy.local.errors import LocalServerError
from deploy.local.fetch import Report
from deploy.local.processes import (
    choose_port,
    exclusive_lock,
    find_processes,
    is_port_free,
    stop_processes,
)
from deploy.local.servers import (
    PROBE_TIMEOUT_SECONDS,
    Elasticsearch,
    Kafka,
    Ports,
    Server,
    ensure_own_folder,
)

SETTINGS = {"kafka": "KAFKA_BOOTSTRAP_SERVERS", "elasticsearch": "ELASTICSEARCH_URL"}
"""The environment variable that says where a server is."""

_START_TIMEOUT_SECONDS = 180
_STOP_GRACE_SECONDS = 30
_POLL_SECONDS = 0.1


def _say_nothing(_line: str) -> None:
    pass


@dataclass(frozen=True, kw_only=True)
class ServerStatus:
    """How one server is doing."""

    name: str
    is_external: bool
    is_answering: bool
    address: str | None
    """What clients use; unknown before the first start."""

    port: int | None
    pid: int | None
    """Of the running process; none when it is stopped or external."""

    memory_bytes: int
    log: Path | None


class Stack:
    """The local servers of one state directory.

    Args:
        state_dir: holds ports, data and logs; made if needed.
        cache_dir: holds fetched servers; by default `fetch.default_cache_dir()`.
        external: addresses of servers that are somewhere else, by name (`kafka`,
            `elasticsearch`).
        report: gets a line for each step.

    Every method that changes something waits for another process that is changing the same state
    directory, and raises `LocalServerError` with a sentence for a person when it fails.
    """

    def __init__(
        self,
        state_dir: Path,
        *,
        cache_dir: Path | None = None,
        external: Mapping[str, str] | None = None,
        report: Report = _say_nothing,
    ) -> None:
        self.state_dir = state_dir.expanduser().resolve()
        self._report = report
        self._external = dict(external or {})
        self._servers: dict[str, Server] = {
            kind.release.name: kind(
                state_dir=self.state_dir, cache_dir=cache_dir or fetch.default_cache_dir()
            )
            for kind in (Kafka, Elasticsearch)
        }

    @property
    def kafka_bootstrap_servers(self) -> str:
        """Where Kafka is: `host:port`.

        Raises:
            LocalServerError: it was never started.
        """
        return self._require_address("kafka")

    @property
    def elasticsearch_url(self) -> str:
        """Where Elasticsearch is.

        Raises:
            LocalServerError: it was never started.
        """
        return self._require_address("elasticsearch")

    def up(self, *, only: str | None = None) -> None:
        """Fetch what is missing, start what does not run, and wait until all of it answers.

        Interrupted or failed, it ends what it has started itself.

        Args:
            only: just this server.
        """
        self._start([name for name in self._servers if only in {None, name}])

    def check(self) -> None:
        """Check that what the servers need is installed; fetches and starts nothing.

        Raises:
            MissingPrerequisiteError: says what to install.
        """
        self._check_prerequisites(self._local_servers(list(self._servers)))

    def start(self, name: str) -> None:
        """Start one server, on its recorded ports if they are free, and wait for its answer."""
        if name in self._external:
            raise LocalServerError(f"{name} is external ({SETTINGS[name]} is set): start it there.")
        self._start([name])

    def stop(self, name: str) -> None:
        """Stop one server and wait until its process is gone."""
        self._end([name], grace_seconds=_STOP_GRACE_SECONDS)

    def kill(self, name: str) -> None:
        """End one server by SIGKILL, as a crash would."""
        self._end([name], grace_seconds=0)

    def down(self) -> None:
        """Stop everything that runs locally; data stays."""
        self._end(list(self._servers), grace_seconds=_STOP_GRACE_SECONDS)

    def clean(self, *, downloads: bool = False) -> None:
        """Stop everything and remove data, logs and ports.

        Args:
            downloads: remove the fetched servers too.
        """
        self.down()
        with self._locked():
            try:
                for server in self._servers.values():
                    server.drop_state()
                    if downloads:
                        fetch.drop_downloads(server.cache_dir)
                self._ports_file.unlink(missing_ok=True)
            except OSError as error:
                raise LocalServerError(
                    f"Cannot remove {error.filename} ({error.strerror}): remove it yourself."
                ) from error

    def status(self) -> list[ServerStatus]:
        """Look at both servers."""
        ports = self._read_ports()
        return [self._status_of(server, ports) for server in self._servers.values()]

    def _status_of(self, server: Server, ports: Ports) -> ServerStatus:
        external = self._external.get(server.name)
        if external is not None:
            return ServerStatus(
                name=server.name,
                is_external=True,
                is_answering=_accepts_connections(external),
                address=external,
                port=None,
                pid=None,
                memory_bytes=0,
                log=None,
            )
        processes = find_processes(server.marker)
        return ServerStatus(
            name=server.name,
            is_external=False,
            is_answering=bool(processes) and server.is_answering(ports),
            address=self.address(server.name),
            port=ports.get(server.port_names[0]),
            pid=processes[-1].pid if processes else None,
            memory_bytes=sum(process.memory_bytes for process in processes),
            log=server.log,
        )

    def address(self, name: str) -> str | None:
        """Say what clients of a server use; unknown before its first start."""
        if name in self._external:
            return self._external[name]
        server = self._servers[name]
        port = self._read_ports().get(server.port_names[0])
        return None if port is None else server.address(port)

    def _require_address(self, name: str) -> str:
        address = self.address(name)
        if address is None:
            raise LocalServerError(
                f"No {name} was started in {self.state_dir} yet: run `python -m deploy.local up`."
            )
        return address

    @property
    def _ports_file(self) -> Path:
        return self.state_dir / "ports.json"

    def _read_ports(self) -> dict[str, int]:
        try:
            ports = json.loads(self._ports_file.read_text())
            return {str(name): int(port) for name, port in ports.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}  # Never written, or damaged: new ports are chosen.

    def _write_ports(self, ports: Ports) -> None:
        unfinished = self._ports_file.with_suffix(".unfinished")
        unfinished.write_text(json.dumps(ports, indent=2, sort_keys=True) + "\n")
        unfinished.replace(self._ports_file)

    def _choose_ports(self, server: Server) -> dict[str, int]:
        """Keep the recorded ports of `server` that are free, choose others for the rest."""
        ports = self._read_ports()
        for name in server.port_names:
            if name not in ports or not is_port_free(ports[name]):
                ports[name] = choose_port(taken=frozenset(ports.values()))
        self._write_ports(ports)
        return ports

    @contextmanager
    def _locked(self) -> Iterator[None]:
        ensure_own_folder(self.state_dir)
        lock = exclusive_lock(
            self.state_dir / "lock",
            on_wait=lambda: self._report(
                f"waiting for another run that is at work in {self.state_dir}"
            ),
        )
        with lock:
            yield

    def _end(self, names: Sequence[str], *, grace_seconds: float) -> None:
        with self._locked():
            for name in names:
                server = self._servers[name]
                if stop_processes(server.marker, grace_seconds=grace_seconds):
                    self._report(f"{server.title}: stopped")

    def _start(self, names: Sequence[str]) -> None:
        servers = self._local_servers(names)
        self._check_prerequisites(servers)
        with self._locked():
            launched: list[Server] = []
            try:
                self._launch_idle(servers, launched=launched)
                self._wait_for_answers(servers, launched=launched)
            except BaseException:
                for server in launched:
                    stop_processes(server.marker, grace_seconds=0)
                raise

    def _local_servers(self, names: Sequence[str]) -> list[Server]:
        return [self._servers[name] for name in names if name not in self._external]

    def _check_prerequisites(self, servers: Sequence[Server]) -> None:
        idle = [server for server in servers if not server.is_running()]
        if idle:
            fetch.check_prerequisites(needs_fetching=not all(server.is_fetched for server in idle))

    def _launch_idle(self, servers: Sequence[Server], *, launched: list[Server]) -> None:
        """Launch what does not run; adds to `launched` before anything is launched."""
        ports = self._read_ports()
        for server in servers:
            # A process whose ports are not known (any more) is of no use to anybody.
            if not set(server.port_names) <= ports.keys():
                stop_processes(server.marker, grace_seconds=_STOP_GRACE_SECONDS)
        idle = [server for server in servers if not server.is_running()]
        homes = {server.name: server.fetch(report=self._report) for server in idle}
        for server in reversed(idle):  # Elasticsearch first: it takes longest.
            java = fetch.require_java_program("java")
            launched.append(server)
            self._report(f"{server.title}: starting")
            server.launch(home=homes[server.name], java=java, ports=self._choose_ports(server))

    def _wait_for_answers(self, servers: Sequence[Server], *, launched: Sequence[Server]) -> None:
        ports = self._read_ports()
        started = time.monotonic()
        waiting = list(servers)
        while waiting:
            elapsed_seconds = time.monotonic() - started
            for server in list(waiting):
                if server.is_answering(ports):
                    waiting.remove(server)
                    if server in launched:
                        self._report(f"{server.title}: ready after {elapsed_seconds:.1f} s")
                elif not server.is_running():
                    raise LocalServerError(
                        f"{server.title} ended instead of starting." + _describe_logs(server)
                    )
                elif elapsed_seconds > _START_TIMEOUT_SECONDS:
                    raise LocalServerError(
                        f"{server.title} runs but does not answer after"
                        f" {_START_TIMEOUT_SECONDS} s." + _describe_logs(server)
                    )
            if waiting:
                time.sleep(_POLL_SECONDS)


def _describe_logs(server: Server) -> str:
    shown = "".join(
        f"\n  {log}:\n{lines}"
        for log, offset_bytes in ((server.log, server.log_offset_bytes), (server.console, 0))
        if (lines := fetch.last_lines(log, offset_bytes=offset_bytes))
    )
    return shown or f" Its log {server.log} is empty."


def _accepts_connections(address: str) -> bool:
    """Tell whether anything listens at an external address: `host:port,…` or a URL."""
    first = address.split(",", maxsplit=1)[0]
    parts = urlsplit(first if "://" in first else f"//{first}")
    try:
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
        if port is None or parts.hostname is None:
            return False
        with socket.create_connection((parts.hostname, port), timeout=PROBE_TIMEOUT_SECONDS):
            return True
    except (OSError, ValueError):
        return False


def default_state_dir() -> Path:
    """Where state goes: `$UNIONWIRE_STATE_DIR`, or `.unionwire` in the repository."""
    configured = os.environ.get("UNIONWIRE_STATE_DIR")
    return Path(configured) if configured else Path(__file__).parents[2] / ".unionwire"


def build_stack(*, report: Report = _say_nothing) -> Stack:
    """Build the stack that the environment describes.

    A setting of `SETTINGS` that names another address than our own makes that server external;
    our own address is what `env` printed into the same shell.
    """
    ours = Stack(default_state_dir())
    external = {
        name: value
        for name, setting in SETTINGS.items()
        if (value := os.environ.get(setting)) and value != ours.address(name)
    }
    return Stack(default_state_dir(), external=external, report=report)
