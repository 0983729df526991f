"""Fetching the servers: Maven downloads them into a cache that all state directories share.

The versions are pinned in `maven/*.pom.xml`. A server's folder in the cache is named after them
and appears by one rename when it is complete, so that an interrupted download leaves nothing that
looks usable. Maven is not even started when the cache is complete.
"""

import contextlib
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from deploy.local.errors import LocalServerError, MissingPrerequisiteError
from deploy.local.processes import exclusive_lock

Report = Callable[[str], None]
"""Takes one line for a person."""

MINIMUM_JAVA_VERSION = 17

JAVA_LOCALE = {"LC_ALL": "C.UTF-8"}
"""Without it Java cannot open a file whose path has letters beyond ASCII (`/home/đạt`)."""

_HERE = Path(__file__).parent
_PLUGIN_DIR = _HERE / "elasticsearch-analysis"
_MANIFEST = "manifest.json"
_LEFTOVER_PREFIX = ".fetching-"


@dataclass(frozen=True, kw_only=True)
class Release:
    """A pinned version of a server and how Maven brings it."""

    name: str
    title: str
    pom: Path
    goal: str
    download_size: str
    sources: tuple[Path, ...] = ()
    """Our own sources that are compiled into it."""

    @property
    def version(self) -> str:
        """The version that the pom pins."""
        maven = {"m": "http://maven.apache.org/POM/4.0.0"}
        # Our own file, not somebody's input.
        version = ET.parse(self.pom).findtext(  # noqa: S314
            "m:dependencies/m:dependency/m:version", namespaces=maven
        )
        if version is None:
            raise LocalServerError(f"{self.pom} names no version.")
        return version

    @property
    def folder_name(self) -> str:
        """Name of its folder in a cache; another one whenever a version or a source changes."""
        digest = hashlib.sha256()
        for path in (self.pom, *self.sources):
            digest.update(path.read_bytes())
        return f"{self.name}-{self.version}-{digest.hexdigest()[:10]}"


KAFKA = Release(
    name="kafka",
    title="Kafka",
    pom=_HERE / "maven" / "kafka.pom.xml",
    goal="copy-dependencies",
    download_size="44 MB",
)

ELASTICSEARCH = Release(
    name="elasticsearch",
    title="Elasticsearch",
    pom=_HERE / "maven" / "elasticsearch.pom.xml",
    goal="unpack-dependencies",
    download_size="107 MB",
    sources=(
        _PLUGIN_DIR / "AnalysisLitePlugin.java",
        _PLUGIN_DIR / "plugin-descriptor.properties",
    ),
)


def default_cache_dir() -> Path:
    """Where downloads go: `$UNIONWIRE_CACHE_DIR`, or `~/.cache/unionwire`."""
    configured = os.environ.get("UNIONWIRE_CACHE_DIR")
    if configured:
        return Path(configured).expanduser().absolute()
    return Path.home() / ".cache" / "unionwire"


def find_java_program(name: str) -> Path | None:
    """Find `java` or `javac`: that of `$JAVA_HOME` first, then that on `$PATH`."""
    found = _java_of_java_home(name) or shutil.which(name)
    return Path(found) if found else None


def _java_of_java_home(name: str) -> Path | None:
    java_home = os.environ.get("JAVA_HOME")
    program = Path(java_home) / "bin" / name if java_home else None
    return program if program and os.access(program, os.X_OK) else None


def java_version(java: Path) -> int | None:
    """Ask a `java` or `javac` for its major version; unknown when it does not really run."""
    try:
        answer = subprocess.run(
            [str(java), "-version"], capture_output=True, text=True, check=False, timeout=60
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return parse_java_version(answer.stderr + answer.stdout)


def parse_java_version(answer: str) -> int | None:
    """Read the major version from what `java -version` or `javac -version` prints.

    >>> parse_java_version('openjdk version "17.0.15" 2025-04-15')
    17
    >>> parse_java_version('java version "1.8.0_402"')
    8
    >>> parse_java_version('javac 21')
    21
    """
    match = re.search(r'(?:version "|javac )(\d+)(?:\.(\d+))?', answer)
    if match is None:
        return None
    major, minor = match.groups()
    return int(minor) if major == "1" and minor else int(major)


def check_prerequisites(*, needs_fetching: bool) -> None:
    """Check that what the servers need is installed.

    Args:
        needs_fetching: whether a server must be downloaded and compiled too.

    Raises:
        MissingPrerequisiteError: names all that is missing and how to install it.
    """
    programs = ["java", "javac"] if needs_fetching else ["java"]
    found = {name: find_java_program(name) for name in programs}
    if needs_fetching:
        maven = shutil.which("mvn")
        found["mvn"] = Path(maven) if maven else None
    problems = [
        f"{program} {'does not run' if version is None else f'is version {version}'}"
        for name in programs
        if (program := found[name]) is not None
        and ((version := java_version(program)) is None or version < MINIMUM_JAVA_VERSION)
    ]
    absent = [f"`{name}`" for name, program in found.items() if program is None]
    if absent:
        problems.append(f"{', '.join(absent)} {'is' if len(absent) == 1 else 'are'} missing")
    if problems:
        raise _missing(problems)


def require_java_program(name: str) -> Path:
    """Find `java` or `javac` where it was checked before.

    Raises:
        MissingPrerequisiteError: it is gone.
    """
    program = find_java_program(name)
    if program is None:
        raise _missing([f"`{name}` is missing"])
    return program


def _missing(problems: Sequence[str]) -> MissingPrerequisiteError:
    return MissingPrerequisiteError(
        f"Kafka and Elasticsearch need a JDK of version {MINIMUM_JAVA_VERSION} or newer and Maven,"
        f" but {' and '.join(problems)}: install them (Debian, Ubuntu:"
        " `apt-get install openjdk-17-jdk-headless maven`; macOS: `brew install openjdk@17 maven`"
        " and `export JAVA_HOME=$(brew --prefix openjdk@17)`), or use Docker instead"
        " (`docker compose --profile demo up --build`), or set KAFKA_BOOTSTRAP_SERVERS and"
        " ELASTICSEARCH_URL to use servers that you already have."
    )


def is_fetched(release: Release, cache_dir: Path) -> bool:
    """Tell whether `release` is complete in the cache: every file there, with its size."""
    folder = cache_dir / release.folder_name
    try:
        manifest = json.loads((folder / _MANIFEST).read_text())
        return all((folder / path).stat().st_size == size for path, size in manifest.items())
    except (OSError, ValueError):
        return False


def fetch(release: Release, cache_dir: Path, *, report: Report) -> Path:
    """Bring `release` into the cache unless it is there.

    Args:
        release: what to bring.
        cache_dir: the cache; made if needed.
        report: gets a line for each step.

    Returns:
        The server's folder.

    Raises:
        LocalServerError: Maven or the compiler fails, or the cache cannot be written.
    """
    folder = cache_dir / release.folder_name
    if is_fetched(release, cache_dir):
        return folder
    make_cache_dir(cache_dir)
    try:
        lock = exclusive_lock(
            cache_dir / "lock",
            on_wait=lambda: report("waiting for another run that is fetching servers"),
        )
        with lock:
            if not is_fetched(release, cache_dir):
                _fetch_locked(release, cache_dir, report=report)
    except OSError as error:
        raise _cannot_write_cache(cache_dir, error) from error
    return folder


def make_cache_dir(cache_dir: Path) -> None:
    """Make the cache unless it is there.

    Raises:
        LocalServerError: it cannot be made.
    """
    try:
        cache_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _cannot_write_cache(cache_dir, error) from error


def _cannot_write_cache(cache_dir: Path, error: OSError) -> LocalServerError:
    return LocalServerError(
        f"Cannot write {error.filename or cache_dir} ({error.strerror}): set UNIONWIRE_CACHE_DIR"
        " to a folder of yours with 500 MB of room."
    )


def _fetch_locked(release: Release, cache_dir: Path, *, report: Report) -> None:
    for leftover in cache_dir.glob(f"{_LEFTOVER_PREFIX}*"):
        shutil.rmtree(leftover, ignore_errors=True)
    work_dir = Path(tempfile.mkdtemp(prefix=_LEFTOVER_PREFIX, dir=cache_dir))
    try:
        server_dir = work_dir / "server"
        report(
            f"{release.title} {release.version}: fetching {release.download_size} with Maven"
            " (only the first time)"
        )
        _run_maven(release, server_dir, log=cache_dir / f"maven-{release.name}.log", report=report)
        unpacked = server_dir / f"{release.name}-{release.version}"
        if unpacked.is_dir():
            server_dir = unpacked
        if release.sources:
            report(f"{release.title} {release.version}: compiling the analysis plugin")
            _compile_plugin(release, server_dir, work_dir / "classes")
        _seal(server_dir)
        folder = cache_dir / release.folder_name
        if folder.exists():  # Damaged, or we would not be here.
            folder.rename(work_dir / "damaged")
        server_dir.rename(folder)
    finally:
        shutil.rmtree(work_dir, ignore_errors=True)


def _run_maven(release: Release, target: Path, *, log: Path, report: Report) -> None:
    command = [
        "mvn",
        "--quiet",
        "--batch-mode",
        f"--file={release.pom}",
        f"dependency:{release.goal}",
        "-DincludeScope=runtime",
        f"-DoutputDirectory={target}",
        # Notes on what is unpacked already: by default they would outlive an interrupted run.
        f"-DmarkersDirectory={target.with_name('markers')}",
    ]
    environment = os.environ | JAVA_LOCALE
    if find_java_program("java") != _java_of_java_home("java"):
        environment.pop("JAVA_HOME", None)  # It is wrong, and Maven would insist on it.
    started = time.monotonic()
    with log.open("wb") as output:
        maven = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            while True:
                try:
                    exit_code = maven.wait(timeout=10)
                    break
                except subprocess.TimeoutExpired:
                    elapsed_seconds = time.monotonic() - started
                    report(f"{release.title}: still fetching, {elapsed_seconds:.0f} s so far")
        finally:
            if maven.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(maven.pid, signal.SIGKILL)
                maven.wait()
    if exit_code != 0 or not target.is_dir():
        raise LocalServerError(
            f"Maven could not fetch {release.title} {release.version} (exit code {exit_code}):"
            f" check the network and Maven's settings; its log is {log}.\n{last_lines(log)}"
        )


def _compile_plugin(release: Release, server_dir: Path, classes_dir: Path) -> None:
    """Compile the sources of `elasticsearch-analysis/` against the server and install them."""
    classes_dir.mkdir()
    javac = require_java_program("javac")
    source, descriptor = release.sources
    compilation = subprocess.run(
        [
            str(javac),
            "-nowarn",
            f"--release={MINIMUM_JAVA_VERSION}",
            f"--class-path={server_dir / 'lib'}/*",
            "-d",
            str(classes_dir),
            str(source),
        ],
        env=os.environ | JAVA_LOCALE,
        capture_output=True,
        text=True,
        check=False,
    )
    if compilation.returncode != 0:
        raise LocalServerError(f"{source} does not compile:\n{compilation.stderr}")
    plugin_dir = server_dir / "plugins" / "unionwire-analysis"
    plugin_dir.mkdir(parents=True)
    (plugin_dir / descriptor.name).write_text(
        descriptor.read_text() + f"elasticsearch.version={release.version}\n"
    )
    with zipfile.ZipFile(plugin_dir / "unionwire-analysis.jar", "w") as jar:
        for path in sorted(classes_dir.rglob("*.class")):
            jar.write(path, path.relative_to(classes_dir))


def _seal(server_dir: Path) -> None:
    """Make everything readable (Elasticsearch may run as another user) and list it."""
    manifest = {}
    server_dir.chmod(0o755)
    for path in sorted(server_dir.rglob("*")):
        if path.is_dir():
            path.chmod(0o755)
        else:
            path.chmod(0o644)
            manifest[str(path.relative_to(server_dir))] = path.stat().st_size
    (server_dir / _MANIFEST).write_text(json.dumps(manifest))
    (server_dir / _MANIFEST).chmod(0o644)


def drop_downloads(cache_dir: Path) -> None:
    """Remove every fetched server, whatever its version."""
    for release in (KAFKA, ELASTICSEARCH):
        for folder in cache_dir.glob(f"{release.name}-*"):
            shutil.rmtree(folder)


def last_lines(log: Path, *, count: int = 15, offset_bytes: int = 0) -> str:
    """Read the last lines of a log, none from before `offset_bytes`; empty when there are none."""
    try:
        with log.open("rb") as stream:
            size_bytes = stream.seek(0, os.SEEK_END)
            # A log that is now shorter was rolled over: all of it is new.
            start = offset_bytes if offset_bytes <= size_bytes else 0
            stream.seek(max(start, size_bytes - 64_000))
            text = stream.read().decode(errors="replace")
    except OSError:
        return ""
    return "\n".join(f"    {line}" for line in text.splitlines()[-count:])
