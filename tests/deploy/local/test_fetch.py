import dataclasses
import shutil
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.local import fetch
from deploy.local.errors import LocalServerError, MissingPrerequisiteError
from deploy.local.fetch import KAFKA, check_prerequisites, drop_downloads, is_fetched, last_lines
from deploy.local.processes import find_processes, wait_until

InstallProgram = Callable[[str, str], Path]

# Finds its own -DoutputDirectory and puts one file there.
MAVEN = """
for argument in "$@"; do
  case "$argument" in -DoutputDirectory=*) target="${argument#*=}" ;; esac
done
/bin/mkdir -p "$target"
echo jar > "$target/kafka.jar"
echo called >> "${0%/*}/calls"
"""


def ignore(_line: str) -> None:
    pass


def test_fetch_brings_a_release_once(tmp_path: Path, install_program: InstallProgram) -> None:
    maven = install_program("mvn", MAVEN)

    first = fetch.fetch(KAFKA, tmp_path / "cache", report=ignore)
    second = fetch.fetch(KAFKA, tmp_path / "cache", report=ignore)

    assert first == second
    assert (first / "kafka.jar").read_text() == "jar\n"
    assert (maven.parent / "calls").read_text() == "called\n"


def test_fetch_leaves_nothing_usable_when_maven_fails(
    tmp_path: Path, install_program: InstallProgram
) -> None:
    cache = tmp_path / "cache"
    install_program("mvn", MAVEN + "echo 'no route to the registry'; exit 1")

    with pytest.raises(LocalServerError, match="no route to the registry"):
        fetch.fetch(KAFKA, cache, report=ignore)

    assert not is_fetched(KAFKA, cache)
    assert [path for path in cache.iterdir() if path.is_dir()] == []


def test_fetch_removes_what_a_killed_run_left(
    tmp_path: Path, install_program: InstallProgram
) -> None:
    leftover = tmp_path / "cache" / ".fetching-killed" / "server"
    leftover.mkdir(parents=True)
    install_program("mvn", MAVEN)

    fetch.fetch(KAFKA, tmp_path / "cache", report=ignore)

    assert not leftover.parent.exists()


@pytest.mark.parametrize("damage", ["truncated", "removed", "no manifest"])
def test_fetch_replaces_a_damaged_release(
    tmp_path: Path, install_program: InstallProgram, damage: str
) -> None:
    install_program("mvn", MAVEN)
    folder = fetch.fetch(KAFKA, tmp_path / "cache", report=ignore)
    match damage:
        case "truncated":
            (folder / "kafka.jar").write_text("")
        case "removed":
            (folder / "kafka.jar").unlink()
        case _:
            (folder / "manifest.json").write_text("{")

    assert not is_fetched(KAFKA, tmp_path / "cache")
    fetch.fetch(KAFKA, tmp_path / "cache", report=ignore)

    assert (folder / "kafka.jar").read_text() == "jar\n"


def test_fetch_ends_maven_when_interrupted(
    tmp_path: Path, install_program: InstallProgram, marker: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sleep = shutil.which("sleep", path="/bin:/usr/bin")
    install_program("mvn", f'{sleep} 60 & exec /bin/sh -c "wait; {sleep} 60" {marker}')
    cache = tmp_path / "cache"

    def interrupt(_maven: "subprocess.Popen[bytes]", timeout: float | None = None) -> int:
        assert timeout
        assert wait_until(lambda: bool(find_processes(marker)), timeout_seconds=10)
        monkeypatch.undo()
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess.Popen, "wait", interrupt)
    with pytest.raises(KeyboardInterrupt):
        fetch.fetch(KAFKA, cache, report=ignore)

    assert find_processes(marker) == []
    assert not is_fetched(KAFKA, cache)


def test_fetch_in_two_runs_at_once_calls_maven_once(
    tmp_path: Path, install_program: InstallProgram
) -> None:
    maven = install_program("mvn", MAVEN)
    runs = [
        threading.Thread(target=fetch.fetch, args=(KAFKA, tmp_path), kwargs={"report": ignore})
        for _ in range(3)
    ]
    for run in runs:
        run.start()
    for run in runs:
        run.join(timeout=20)

    assert (maven.parent / "calls").read_text() == "called\n"


def test_fetch_says_what_to_do_when_the_cache_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(LocalServerError, match="set UNIONWIRE_CACHE_DIR"):
        fetch.fetch(KAFKA, tmp_path / "file" / "cache", report=ignore)


def test_drop_downloads_removes_releases_only(
    tmp_path: Path, install_program: InstallProgram
) -> None:
    install_program("mvn", MAVEN)
    fetch.fetch(KAFKA, tmp_path / "cache", report=ignore)
    (tmp_path / "cache" / "something else").mkdir()

    drop_downloads(tmp_path / "cache")

    folders = [path.name for path in (tmp_path / "cache").iterdir() if path.is_dir()]
    assert folders == ["something else"]


def test_release_has_another_folder_when_its_pom_changes(tmp_path: Path) -> None:
    pom = tmp_path / "pom.xml"
    pom.write_text(KAFKA.pom.read_text().replace("<!--", "<!-- Changed."))

    assert dataclasses.replace(KAFKA, pom=pom).folder_name != KAFKA.folder_name


def test_check_prerequisites_names_all_that_is_missing(install_program: InstallProgram) -> None:
    del install_program  # PATH is empty.

    with pytest.raises(MissingPrerequisiteError) as caught:
        check_prerequisites(needs_fetching=True)

    sentence = str(caught.value)
    assert "`java`, `javac`, `mvn` are missing" in sentence
    assert "apt-get install openjdk-17-jdk-headless maven" in sentence
    assert "\n" not in sentence


def test_check_prerequisites_refuses_an_old_java(install_program: InstallProgram) -> None:
    java = install_program("java", "echo 'openjdk version \"11.0.2\" 2019-01-15' >&2")

    with pytest.raises(MissingPrerequisiteError, match=f"{java} is version 11"):
        check_prerequisites(needs_fetching=False)


def test_check_prerequisites_refuses_a_java_that_is_only_a_stub(
    install_program: InstallProgram,
) -> None:
    java = install_program("java", "echo 'Unable to locate a Java Runtime.' >&2; exit 1")

    with pytest.raises(MissingPrerequisiteError, match=f"{java} does not run"):
        check_prerequisites(needs_fetching=False)


def test_check_prerequisites_wants_no_maven_for_what_is_fetched(
    install_program: InstallProgram,
) -> None:
    install_program("java", "echo 'openjdk version \"21\" 2023-09-19' >&2")

    check_prerequisites(needs_fetching=False)
    with pytest.raises(MissingPrerequisiteError, match="`javac`, `mvn` are missing"):
        check_prerequisites(needs_fetching=True)


def test_find_java_program_prefers_java_home(
    tmp_path: Path, install_program: InstallProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_path = install_program("java", "")
    in_home = tmp_path / "jdk" / "bin" / "java"
    in_home.parent.mkdir(parents=True)
    shutil.copy(on_path, in_home)

    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "jdk"))
    assert fetch.find_java_program("java") == in_home
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "nowhere"))
    assert fetch.find_java_program("java") == on_path


def test_last_lines_shows_only_what_is_new(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("old\nnew\nnewest\n")

    assert last_lines(log, offset_bytes=4) == "    new\n    newest"
    assert last_lines(log, count=1) == "    newest"
    assert last_lines(log, offset_bytes=400) == "    old\n    new\n    newest"
    assert last_lines(tmp_path / "none") == ""
