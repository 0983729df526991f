import os
import socket
import sys
import threading
import time
from pathlib import Path

import pytest

from deploy.local import processes
from deploy.local.errors import LocalServerError
from deploy.local.processes import (
    choose_port,
    exclusive_lock,
    find_processes,
    is_port_free,
    spawn_detached,
    stop_processes,
    wait_until,
)

WAITS_FOR_A_SIGNAL = "import signal; signal.pause()"
IGNORES_SIGTERM = (
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "print('ready', flush=True); signal.pause()"
)


def spawn(program: str, *arguments: str, console: Path) -> None:
    spawn_detached(
        [sys.executable, "-c", program, *arguments],
        console=console,
        directory=console.parent,
        environment={},
    )


def test_spawn_detached_starts_a_process_that_is_found_at_once(tmp_path: Path, marker: str) -> None:
    spawn(WAITS_FOR_A_SIGNAL, marker, console=tmp_path / "console")

    assert [process.memory_bytes > 0 for process in find_processes(marker)] == [True]


def test_find_processes_sees_a_process_that_exchanges_its_program(
    tmp_path: Path, marker: str
) -> None:
    # in the middle of exec, which is short, a process has no arguments
    again = (
        "import os, sys, time; n = int(sys.argv[2]); "
        "os.execv(sys.executable, [sys.executable, '-S', '-c', sys.orig_argv[-3], sys.argv[1], "
        "str(n - 1)]) if n else time.sleep(60)"
    )
    spawn(again, marker, "30", console=tmp_path / "console")
    deadline = time.monotonic() + 1.0
    while time.monotonic() < deadline:
        assert len(find_processes(marker)) == 1
    assert (tmp_path / "console").read_text() == ""


def test_spawn_detached_leaves_a_session_of_its_own(tmp_path: Path, marker: str) -> None:
    spawn(WAITS_FOR_A_SIGNAL, marker, console=tmp_path / "console")

    (process,) = find_processes(marker)
    assert os.getsid(process.pid) != os.getsid(0)


def test_find_processes_wants_the_whole_argument(tmp_path: Path, marker: str) -> None:
    spawn(WAITS_FOR_A_SIGNAL, f"{marker}-other", console=tmp_path / "console")
    try:
        assert find_processes(marker) == []
    finally:
        stop_processes(f"{marker}-other", grace_seconds=0)


def test_find_processes_with_ps_agrees_with_proc(tmp_path: Path, marker: str) -> None:
    spawn(WAITS_FOR_A_SIGNAL, marker, console=tmp_path / "console")
    wait_until(lambda: len(find_processes(marker)) == 1, timeout_seconds=10)

    by_ps = processes._find_with_ps(marker)

    assert [process.pid for process in by_ps] == [find_processes(marker)[0].pid]


def test_stop_processes_ends_them_by_sigterm(tmp_path: Path, marker: str) -> None:
    spawn(WAITS_FOR_A_SIGNAL, marker, console=tmp_path / "console")

    assert stop_processes(marker, grace_seconds=20)
    assert find_processes(marker) == []


def test_stop_processes_kills_what_ignores_sigterm(tmp_path: Path, marker: str) -> None:
    console = tmp_path / "console"
    spawn(IGNORES_SIGTERM, marker, console=console)
    wait_until(lambda: "ready" in console.read_text(), timeout_seconds=10)

    assert stop_processes(marker, grace_seconds=0.2)
    assert find_processes(marker) == []


def test_stop_processes_says_that_nothing_was_running(marker: str) -> None:
    assert not stop_processes(marker, grace_seconds=0)


def test_exclusive_lock_makes_a_second_holder_wait(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    order: list[str] = []
    is_waiting = threading.Event()

    def second() -> None:
        with exclusive_lock(lock, on_wait=is_waiting.set):
            order.append("second")

    thread = threading.Thread(target=second)
    with exclusive_lock(lock, on_wait=lambda: order.append("waited in vain")):
        thread.start()
        assert is_waiting.wait(timeout=10)
        order.append("first")
    thread.join(timeout=10)

    assert order == ["first", "second"]


def test_exclusive_lock_ends_with_its_holder(tmp_path: Path, marker: str) -> None:
    lock, console = tmp_path / "lock", tmp_path / "console"
    holds = (
        "import fcntl, signal, sys; f = open(sys.argv[1], 'w'); fcntl.flock(f, fcntl.LOCK_EX);"
        "print('held', flush=True); signal.pause()"
    )
    spawn(holds, str(lock), marker, console=console)
    wait_until(lambda: "held" in console.read_text(), timeout_seconds=10)
    stop_processes(marker, grace_seconds=0)
    waits: list[str] = []

    with exclusive_lock(lock, on_wait=lambda: waits.append("waited")):
        assert waits == []


def test_is_port_free_sees_a_listener_on_all_addresses() -> None:
    with socket.create_server(("", 0)) as listener:
        assert not is_port_free(listener.getsockname()[1])


def test_is_port_free_does_not_mind_a_connection_that_lingers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as client:
            accepted, _ = listener.accept()
            accepted.close()  # The server's side closes first: its port stays in TIME_WAIT.
            client.recv(1)

    assert is_port_free(port)


def test_choose_port_avoids_taken_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    first = choose_port(taken=frozenset())
    second = choose_port(taken=frozenset({first}))
    monkeypatch.setattr(
        processes, "_SERVER_PORTS", range(min(first, second), min(first, second) + 1)
    )

    with pytest.raises(LocalServerError, match="No free port"):
        choose_port(taken=frozenset({first, second}))
