import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.local.fetch import default_cache_dir
from deploy.local.processes import stop_processes
from deploy.local.stack import Stack

REPOSITORY = Path(__file__).parents[3]


@pytest.fixture
def marker(tmp_path: Path) -> Iterator[str]:
    """A marker for processes, all ended afterwards."""
    unique = f"-Dunionwire.server=test@{tmp_path}"
    yield unique
    stop_processes(unique, grace_seconds=0)


@pytest.fixture
def install_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Path]:
    """Make shell scripts the only programs on PATH."""
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.delenv("JAVA_HOME", raising=False)

    def install(name: str, script: str) -> Path:
        program = programs / name
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        return program

    return install


@pytest.fixture(scope="module")
def real_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Real servers of this module's own, so that they can be killed; nothing of them is left."""
    yield from stack_until_done(tmp_path_factory.mktemp("local") / "state")


@pytest.fixture
def fresh_stack(tmp_path: Path) -> Iterator[Stack]:
    """A stack that was never up; nothing of it is left."""
    yield from stack_until_done(tmp_path / "state")


def stack_until_done(state_dir: Path) -> Iterator[Stack]:
    stack = Stack(state_dir)
    yield stack
    stack.clean()
    assert [path.name for path in stack.state_dir.iterdir()] == ["lock"]


@pytest.fixture
def run_local() -> Callable[[Path, str], "subprocess.Popen[str]"]:
    """Start `python -m deploy.local ARGUMENTS` for a state directory."""

    def run(state_dir: Path, arguments: str) -> "subprocess.Popen[str]":
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": os.environ["HOME"],
            "UNIONWIRE_CACHE_DIR": str(default_cache_dir()),
            "UNIONWIRE_STATE_DIR": str(state_dir),
        }
        if "JAVA_HOME" in os.environ:
            environment["JAVA_HOME"] = os.environ["JAVA_HOME"]
        return subprocess.Popen(
            [sys.executable, "-m", "deploy.local", *arguments.split()],
            cwd=REPOSITORY,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return run
