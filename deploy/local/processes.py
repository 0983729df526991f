"""Processes, locks and ports of this machine: finding, starting and ending servers.

A server is recognised by a marker among its command-line arguments, never by a recorded process
id: ids are reused, pid files go stale, a marker is there exactly as long as its process is.
"""

import contextlib
import fcntl
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.local.errors import LocalServerError

HOST = "127.0.0.1"

# Below the range that Linux (32768) and macOS (49152) hand out to outgoing connections, so that
# a client's connection cannot take a server's port while the server is down.
_SERVER_PORTS = range(20_000, 32_000)

_POLL_SECONDS = 0.1
_EXEC_SECONDS = 1.0
_EXEC_POLL_SECONDS = 0.001


@dataclass(frozen=True, kw_only=True)
class Process:
    """A process that is running now."""

    pid: int
    memory_bytes: int
    """Resident memory."""


def find_processes(marker: str) -> list[Process]:
    """Find the running processes that have `marker` as one of their arguments.

    Args:
        marker: the whole argument, unique to one server of one state directory.

    Returns:
        The processes, oldest id first; zombies are not running and not listed.
    """
    proc = Path("/proc")
    if (proc / "self" / "cmdline").exists():
        return _find_in_proc(proc, marker)
    return _find_with_ps(marker)


def _find_in_proc(proc: Path, marker: str) -> list[Process]:
    wanted = marker.encode()
    found = []
    for pid in sorted(int(entry.name) for entry in proc.iterdir() if entry.name.isdecimal()):
        try:
            if wanted not in _read_arguments(proc / str(pid)):
                continue
            resident_pages = int((proc / str(pid) / "statm").read_text().split()[1])
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue  # It ended while we looked, or it is somebody else's and hidden from us.
        memory_bytes = resident_pages * os.sysconf("SC_PAGE_SIZE")
        found.append(Process(pid=pid, memory_bytes=memory_bytes))
    return found


def _read_arguments(process: Path) -> list[bytes]:
    """Read the arguments of a process, of the next program if it is just exchanging its program.

    In the middle of exec a process has memory but no arguments; zombies and the kernel's own have
    neither.
    """
    deadline = time.monotonic() + _EXEC_SECONDS
    while True:
        arguments = (process / "cmdline").read_bytes()
        has_memory = not (process / "statm").read_text().startswith("0 ")
        if arguments or not has_memory or time.monotonic() >= deadline:
            return arguments.split(b"\0")
        time.sleep(_EXEC_POLL_SECONDS)


def _find_with_ps(marker: str) -> list[Process]:
    """Do the same where there is no /proc (macOS)."""
    listing = subprocess.run(
        ["ps", "-axww", "-o", "pid=,rss=,stat=,command="],
        capture_output=True,
        text=True,
        errors="replace",
        check=True,
    ).stdout
    found = []
    for line in listing.splitlines():
        pid, resident_kibibytes, state, *arguments = line.split()
        if marker in arguments and not state.startswith("Z"):
            found.append(Process(pid=int(pid), memory_bytes=int(resident_kibibytes) * 1024))
    return found


def spawn_detached(
    command: Sequence[str],
    *,
    console: Path,
    directory: Path,
    environment: Mapping[str, str],
    user_id: int | None = None,
) -> None:
    """Start a process that outlives this one and is nobody's child here.

    A shell puts it in the background and leaves, so that init reaps it: no zombie stays in a long
    test session that starts and kills servers. It gets a session of its own, so that a Ctrl-C in
    the terminal does not reach it.

    Args:
        command: program and arguments.
        console: file that gets its output; replaced.
        directory: its working directory.
        environment: its whole environment.
        user_id: run it as this user and group, without others (only root can).
    """
    with console.open("wb") as output:
        subprocess.run(
            ["/bin/sh", "-c", '"$@" &', "sh", *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=directory,
            env=dict(environment),
            start_new_session=True,
            user=user_id,
            group=user_id,
            extra_groups=None if user_id is None else [],
            check=True,
        )


def stop_processes(marker: str, *, grace_seconds: float) -> bool:
    """End every process with `marker`: SIGTERM, and SIGKILL for what is left after a while.

    Args:
        marker: as for `find_processes`.
        grace_seconds: how long to wait after SIGTERM; 0 kills at once.

    Returns:
        Whether anything was running.

    Raises:
        LocalServerError: a process belongs to somebody else, or survives SIGKILL.
    """
    if not find_processes(marker):
        return False
    if grace_seconds > 0:
        _signal_all(marker, signal.SIGTERM)
        if wait_until(lambda: not find_processes(marker), timeout_seconds=grace_seconds):
            return True

    def is_gone_after_kill() -> bool:
        _signal_all(marker, signal.SIGKILL)  # Each time: a dying parent may just have had a child.
        return not find_processes(marker)

    if not wait_until(is_gone_after_kill, timeout_seconds=20):
        pids = [process.pid for process in find_processes(marker)]
        raise LocalServerError(f"Processes {pids} do not end, not even by SIGKILL: look at them.")
    return True


def _signal_all(marker: str, number: signal.Signals) -> None:
    for process in find_processes(marker):
        try:
            os.kill(process.pid, number)
        except ProcessLookupError:
            continue
        except PermissionError:
            raise LocalServerError(
                f"Process {process.pid} was started by another user: stop it as that user or root."
            ) from None


def wait_until(is_true: Callable[[], bool], *, timeout_seconds: float) -> bool:
    """Ask again and again until the answer is yes; returns whether it came in time."""
    deadline = time.monotonic() + timeout_seconds
    while not is_true():
        if time.monotonic() >= deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


@contextlib.contextmanager
def exclusive_lock(path: Path, *, on_wait: Callable[[], None]) -> Iterator[None]:
    """Hold the lock file `path`; a second holder waits for the first.

    The kernel drops the lock when its holder ends, however it ends.

    Args:
        path: the lock file; it stays.
        on_wait: called once if another process holds the lock.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            on_wait()
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def is_port_free(port: int) -> bool:
    """Tell whether a server could listen on `port` of the loopback address now."""
    with socket.socket() as probe:
        # As servers do: connections of an earlier run that linger in TIME_WAIT do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    # macOS lets us bind beside a server that listens on all addresses.
    with socket.socket() as client:
        client.settimeout(1)
        return client.connect_ex((HOST, port)) != 0


def choose_port(*, taken: frozenset[int]) -> int:
    """Choose a free port for a server, none of `taken`.

    Raises:
        LocalServerError: no free port was found.
    """
    for _ in range(200):
        port = random.choice(_SERVER_PORTS)  # noqa: S311 - a port is not a secret
        if port not in taken and is_port_free(port):
            return port
    raise LocalServerError(
        f"No free port on {HOST} between {_SERVER_PORTS.start} and {_SERVER_PORTS.stop}:"
        " stop some servers."
    )
