"""Kafka and Elasticsearch: their configuration, how each is launched and how each answers.

In: a server's folder from the cache (`fetch`), its folder in the state directory, its ports. Out:
configuration files, a launched process, and whether it really answers.
"""

import base64
import hashlib
import http.client
import json
import os
import pwd
import shutil
import socket
import struct
import subprocess
import uuid
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from deploy.local import fetch
from deploy.local.errors import LocalServerError
from deploy.local.fetch import Release, Report
from deploy.local.processes import HOST, find_processes, spawn_detached

Ports = Mapping[str, int]
"""Port by its name in `ports.json`."""

PROBE_TIMEOUT_SECONDS = 2.0

# `nobody` on Debian and most others; Elasticsearch refuses to run as root.
_UNPRIVILEGED_USER_ID = 65534

# The dead-letter topic carries records of up to 8 MB; the rest is headers and room.
_LARGEST_MESSAGE_BYTES = 9 * 1024 * 1024

_LOGGING = """\
status = warn
appender.file.type = RollingFile
appender.file.name = file
appender.file.fileName = {log}
appender.file.filePattern = {log}.%i
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d{{ISO8601}} %-5p %c{{1}}: %m%n
appender.file.policies.type = Policies
appender.file.policies.size.type = SizeBasedTriggeringPolicy
appender.file.policies.size.size = 10MB
appender.file.strategy.type = DefaultRolloverStrategy
appender.file.strategy.max = 3
rootLogger.level = info
rootLogger.appenderRef.file.ref = file
"""


class Server(ABC):
    """One server of one state directory.

    Args:
        state_dir: the state directory; the server uses the folder of its name there.
        cache_dir: where fetched servers are shared.
    """

    release: ClassVar[Release]
    port_names: ClassVar[tuple[str, ...]]
    """What its ports are called in `ports.json`; the one that clients use comes first."""
    folder_names: ClassVar[tuple[str, ...]] = ("config", "data", "logs", "tmp")

    def __init__(self, *, state_dir: Path, cache_dir: Path) -> None:
        self.state_dir = state_dir
        self.shared_cache_dir = cache_dir
        self.marker = f"-Dunionwire.server={self.name}@{_digest(state_dir)}"
        self.log_offset_bytes = 0
        """Where the log of the last launch begins in `log`."""

    @property
    def name(self) -> str:
        """`kafka` or `elasticsearch`."""
        return self.release.name

    @property
    def title(self) -> str:
        """Its name and version for a person."""
        return f"{self.release.title} {self.release.version}"

    @property
    def user_id(self) -> int | None:
        """The user to run it as, if not the one who asks."""
        return None

    @property
    def cache_dir(self) -> Path:
        """Where its release is, or will be."""
        return self.shared_cache_dir

    @property
    def folder(self) -> Path:
        """Where its data, logs and configuration really are, whatever is a symbolic link."""
        return (self.state_dir / self.name).resolve()

    @property
    def log(self) -> Path:
        """What the server logs."""
        return self.folder / "logs" / f"{self.name}.log"

    @property
    def console(self) -> Path:
        """What it prints before it can log; begun anew by every start."""
        return self.state_dir / f"{self.name}.console.log"

    @property
    def is_fetched(self) -> bool:
        """Whether the cache has all of it."""
        return fetch.is_fetched(self.release, self.cache_dir)

    def fetch(self, *, report: Report) -> Path:
        """Bring it into the cache unless it is there; see `fetch.fetch`."""
        fetch.make_cache_dir(self.shared_cache_dir)
        if self.cache_dir != self.shared_cache_dir:
            ensure_own_folder(self.cache_dir, is_open_to_all=True)
        return fetch.fetch(self.release, self.cache_dir, report=report)

    def is_running(self) -> bool:
        """Tell whether a process of it exists, answering or not."""
        return bool(find_processes(self.marker))

    def launch(self, *, home: Path, java: Path, ports: Ports) -> None:
        """Write its configuration and start it, without waiting for an answer.

        Args:
            home: its folder in the cache.
            java: the `java` program.
            ports: free ports, by `port_names`.

        Raises:
            LocalServerError: its folders are another user's, or it cannot be set up.
        """
        try:
            self._choose_folder()
            # A killed server leaves its unpacked native libraries there.
            shutil.rmtree(self.folder / "tmp", ignore_errors=True)
            for name in ("", *self.folder_names):
                ensure_own_folder(self.folder / name, user_id=self.user_id)
            self.log_offset_bytes = self.log.stat().st_size if self.log.exists() else 0
            spawn_detached(
                self._configure(home=home, java=java, ports=ports),
                console=self.console,
                directory=home,  # Elasticsearch's launcher takes it for the server's home.
                environment=_server_environment(self.folder / "tmp"),
                user_id=self.user_id,
            )
        except OSError as error:
            raise LocalServerError(f"{self.title} cannot be set up: {error}.") from error

    def _choose_folder(self) -> None:  # noqa: B027 - most have nothing to decide
        """Decide on `folder` before its first use."""

    @abstractmethod
    def _configure(self, *, home: Path, java: Path, ports: Ports) -> list[str]:
        """Write the configuration; returns the command that starts the server."""

    def _write_config(self, path: Path, text: str) -> None:
        path.write_text(text, encoding="utf-8")
        if self.user_id is not None:
            os.chown(path, self.user_id, self.user_id)  # The umask may hide it from others.

    @abstractmethod
    def is_answering(self, ports: Ports) -> bool:
        """Ask the server itself; an answer from some other server on its port does not count."""

    @abstractmethod
    def address(self, port: int) -> str:
        """Say how clients reach it, in the form that its setting has."""

    def drop_state(self) -> None:
        """Remove its data, logs and configuration."""
        folder = self.folder
        if folder.exists():
            shutil.rmtree(folder)
        entry = self.state_dir / self.name
        if entry.is_symlink():
            entry.unlink()
        self.console.unlink(missing_ok=True)


class Kafka(Server):
    """One Kafka broker that is its own KRaft controller."""

    release = fetch.KAFKA
    port_names = ("kafka", "kafka_controller")

    def address(self, port: int) -> str:
        """Say what goes into `KAFKA_BOOTSTRAP_SERVERS`."""
        return f"{HOST}:{port}"

    def _configure(self, *, home: Path, java: Path, ports: Ports) -> list[str]:
        config = self.folder / "config"
        properties = config / "server.properties"
        data = self.folder / "data" / "log"
        logging = config / "log4j2.properties"
        self._write_config(logging, _LOGGING.format(log=escape_property(self.log)))
        self._write_config(properties, _kafka_properties(ports, data=data))
        class_path = ["-cp", f"{home}/*"]
        if not data.exists():
            self._format(java=java, class_path=class_path, ports=ports, data=data)
        return [
            str(java),
            self.marker,
            "-Xms64m",
            "-Xmx512m",
            "-XX:+UseSerialGC",
            "-XX:+ExitOnOutOfMemoryError",
            f"-Djava.io.tmpdir={self.folder / 'tmp'}",
            f"-Dlog4j2.configurationFile={logging}",
            *class_path,
            "kafka.Kafka",
            str(properties),
        ]

    def _format(self, *, java: Path, class_path: list[str], ports: Ports, data: Path) -> None:
        """Format the storage beside its place and move it there when it is complete."""
        unfinished = data.with_name("unformatted")
        shutil.rmtree(unfinished, ignore_errors=True)
        properties = self.folder / "config" / "format.properties"
        self._write_config(properties, _kafka_properties(ports, data=unfinished))
        cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        formatting = subprocess.run(
            [
                str(java),
                "-XX:TieredStopAtLevel=1",
                *class_path,
                "kafka.tools.StorageTool",
                "format",
                f"--cluster-id={cluster_id}",
                f"--config={properties}",
            ],
            env=_server_environment(self.folder / "tmp"),
            capture_output=True,
            text=True,
            check=False,
        )
        if formatting.returncode != 0:
            raise LocalServerError(
                f"{self.title} cannot format {unfinished}:\n{formatting.stdout}{formatting.stderr}"
            )
        unfinished.rename(data)

    def is_answering(self, ports: Ports) -> bool:
        """Ask for the cluster's description; a broker that takes requests lists itself."""
        try:
            with socket.create_connection(
                (HOST, ports["kafka"]), timeout=PROBE_TIMEOUT_SECONDS
            ) as connection:
                connection.sendall(_build_describe_cluster_request())
                with connection.makefile("rb") as stream:
                    (size_bytes,) = struct.unpack(">i", stream.read(4))
                    cluster_id, brokers_count = parse_described_cluster(stream.read(size_bytes))
            return brokers_count > 0 and cluster_id == self._cluster_id()
        except (OSError, KeyError, ValueError, struct.error, IndexError):
            return False

    def _cluster_id(self) -> str | None:
        meta = self.folder / "data" / "log" / "meta.properties"
        for line in meta.read_text().splitlines():
            key, _, value = line.partition("=")
            if key == "cluster.id":
                return value
        return None


def _kafka_properties(ports: Ports, *, data: Path) -> str:
    broker, controller = (f"{HOST}:{ports[name]}" for name in Kafka.port_names)
    properties = {
        "process.roles": "broker,controller",
        "node.id": 1,
        "controller.quorum.voters": f"1@{controller}",
        "controller.listener.names": "CONTROLLER",
        "listeners": f"PLAINTEXT://{broker},CONTROLLER://{controller}",
        "advertised.listeners": f"PLAINTEXT://{broker}",
        "log.dirs": data,
        "auto.create.topics.enable": "false",
        "message.max.bytes": _LARGEST_MESSAGE_BYTES,
        "replica.fetch.max.bytes": _LARGEST_MESSAGE_BYTES,
        "replica.fetch.response.max.bytes": 2 * _LARGEST_MESSAGE_BYTES,
        # A single node: no replicas, and no waiting for more members of a consumer group.
        "default.replication.factor": 1,
        "offsets.topic.replication.factor": 1,
        "offsets.topic.num.partitions": 8,
        "transaction.state.log.replication.factor": 1,
        "transaction.state.log.min.isr": 1,
        "transaction.state.log.num.partitions": 8,
        "share.coordinator.state.topic.replication.factor": 1,
        "share.coordinator.state.topic.min.isr": 1,
        "group.initial.rebalance.delay.ms": 0,
        # A broker that crashed may come back only when its old session is over (9 s by default).
        "broker.session.timeout.ms": 5000,
        "broker.heartbeat.interval.ms": 1000,
        # The default of 128 MB is for far more keys than a developer's topics have.
        "log.cleaner.dedupe.buffer.size": 16 * 1024 * 1024,
    }
    return "".join(f"{key}={escape_property(value)}\n" for key, value in properties.items())


def escape_property(value: object) -> str:
    r"""Escape a value for a Java properties file, which knows Latin-1 only.

    >>> print(escape_property("/home/đạt"))
    /home/\u0111\u1ea1t
    """
    units = str(value).replace("\\", "\\\\").encode("utf-16-be")
    codes = (unit for (unit,) in struct.iter_unpack(">H", units))
    return "".join(chr(code) if code < 128 else f"\\u{code:04x}" for code in codes)  # noqa: PLR2004


def _build_describe_cluster_request() -> bytes:
    """Build DescribeCluster (key 60), version 0, with a flexible header: see Kafka's protocol."""
    client_id = b"unionwire"
    correlation_id = 1
    header = struct.pack(">hhih", 60, 0, correlation_id, len(client_id)) + client_id + b"\0"
    body = b"\0\0"  # No authorised operations, no tags.
    return struct.pack(">i", len(header) + len(body)) + header + body


def parse_described_cluster(response: bytes) -> tuple[str, int]:
    """Read a DescribeCluster response, version 0, without its length.

    Returns:
        The cluster's id and the number of brokers that take requests.

    Raises:
        ValueError: the broker reports an error.
        IndexError, struct.error: the response is no such response.
    """
    # Correlation id, tags, throttle time, error code.
    _, _, _, error_code = struct.unpack_from(">ibih", response)
    if error_code != 0:
        raise ValueError(f"Kafka answers with error code {error_code}.")
    offset = 11
    _, offset = _read_compact_string(response, offset)  # The error message: null.
    cluster_id, offset = _read_compact_string(response, offset)
    offset += 4  # The controller's id.
    brokers_length, _ = _read_varint(response, offset)
    return cluster_id, brokers_length - 1


def _read_compact_string(response: bytes, offset: int) -> tuple[str, int]:
    length, offset = _read_varint(response, offset)
    end = offset + max(length - 1, 0)  # The length is one too large, so that 0 can mean null.
    return response[offset:end].decode(), end


def _read_varint(response: bytes, offset: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = response[offset]
        offset += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return value, offset


class Elasticsearch(Server):
    """One Elasticsearch node: the vendor's server with our analysis plugin.

    It refuses root. Started by root it runs as an unprivileged user, and what that user has to
    reach but cannot (a state directory or a cache below a private home) lies in `/var/tmp`; the
    state directory then has a symbolic link `elasticsearch` that says where.
    """

    release = fetch.ELASTICSEARCH
    port_names = ("elasticsearch", "elasticsearch_transport")

    folder_names = (*Server.folder_names, "snapshots")

    @property
    def cache_dir(self) -> Path:
        """The shared cache if the server's user can reach it."""
        if self.user_id is None:
            return self.shared_cache_dir
        return _reachable_place(self.shared_cache_dir, self.user_id)

    @property
    def user_id(self) -> int | None:
        """An unprivileged user when we are root."""
        return _UNPRIVILEGED_USER_ID if os.geteuid() == 0 else None

    def address(self, port: int) -> str:
        """Say what goes into `ELASTICSEARCH_URL`."""
        return f"http://{HOST}:{port}"

    def _choose_folder(self) -> None:
        entry = self.state_dir / self.name
        if self.user_id is None or entry.exists() or entry.is_symlink():
            return  # An earlier start decided; its data stays in use.
        place = _reachable_place(self.state_dir, self.user_id)
        if place != self.state_dir:
            ensure_own_folder(place, is_open_to_all=True)
            entry.symlink_to(place / self.name)

    def _configure(self, *, home: Path, java: Path, ports: Ports) -> list[str]:
        user_id = self.user_id
        if user_id is not None:
            java = java.resolve()
            if not _can_reach(java, user_id):
                raise LocalServerError(
                    f"Elasticsearch refuses to run as root, and user {user_id}, who runs it"
                    f" instead, cannot read {java}: install a JDK for the whole system, or run"
                    " this as a plain user."
                )
        config = self.folder / "config"
        self._write_config(
            config / "elasticsearch.yml", _elasticsearch_settings(self.folder, ports)
        )
        self._write_config(
            config / "log4j2.properties", _LOGGING.format(log=escape_property(self.log))
        )
        heap = os.environ.get("UNIONWIRE_ELASTICSEARCH_HEAP") or "512m"
        jvm_options = (
            self.marker,
            f"-Xmx{heap}",
            "-Xms128m",
            # As fast here as the vendor's choice G1, in half the memory (374 against 745 MB
            # after 15,000 documents).
            "-XX:+UseSerialGC",
            # The server asks for it; on a developer's machine it only costs memory.
            "-XX:-AlwaysPreTouch",
            "-XX:+ExitOnOutOfMemoryError",
            f"-Djava.io.tmpdir={self.folder / 'tmp'}",
            # As the vendor's own jvm.options has it, for the vendor's reasons.
            "20-:--add-modules=jdk.incubator.vector",
            "-Dorg.apache.lucene.store.MMapDirectory.sharedArenaMaxPermits=1",
        )
        self._write_config(config / "jvm.options", "\n".join(jvm_options) + "\n")
        # The vendor's script `bin/elasticsearch` without the shell; `--daemonize` ends the
        # launcher, a second Java process, when the server is up.
        return [
            str(java),
            self.marker,
            "-Xms4m",
            "-Xmx64m",
            "-XX:+UseSerialGC",
            "-Dcli.name=server",
            f"-Dcli.script={home / 'bin' / 'elasticsearch'}",
            "-Dcli.libs=lib/tools/server-cli",
            f"-Des.path.home={home}",
            f"-Des.path.conf={config}",
            "-Des.distribution.type=zip",
            "-Des.java.type=JAVA_HOME",
            "-cp",
            f"{home}/lib/*:{home}/lib/cli-launcher/*",
            "org.elasticsearch.launcher.CliToolLauncher",
            "--daemonize",
        ]

    def is_answering(self, ports: Ports) -> bool:
        """Ask for the cluster's health: its own name, and every primary shard in place."""
        try:
            connection = http.client.HTTPConnection(
                HOST, ports["elasticsearch"], timeout=PROBE_TIMEOUT_SECONDS
            )
            try:
                connection.request("GET", "/_cluster/health")
                health = json.loads(connection.getresponse().read())
            finally:
                connection.close()
        except (OSError, KeyError, ValueError, http.client.HTTPException):
            return False
        is_ours = health.get("cluster_name") == _cluster_name(self.folder)
        return is_ours and health.get("status") in {"green", "yellow"}

    def drop_state(self) -> None:
        """Remove its folder, and the place in `/var/tmp` that was made for it."""
        place = self.folder.parent
        super().drop_state()
        if place == _place_elsewhere(self.state_dir) and place.is_dir():
            place.rmdir()


def _cluster_name(folder: Path) -> str:
    return f"unionwire-{_digest(folder)}"


def _elasticsearch_settings(folder: Path, ports: Ports) -> str:
    http_port, transport_port = (ports[name] for name in Elasticsearch.port_names)
    settings = {
        "cluster.name": _cluster_name(folder),
        "node.name": "local",
        "path.data": str(folder / "data"),
        "path.logs": str(folder / "logs"),
        "path.repo": [str(folder / "snapshots")],
        "network.host": HOST,
        "http.port": http_port,
        "transport.port": transport_port,
        "discovery.type": "single-node",
        "xpack.security.enabled": False,
        "action.auto_create_index": False,
        # A developer's disk may be nearly full; indices must not turn read-only for it.
        "cluster.routing.allocation.disk.threshold_enabled": False,
    }
    # JSON values are YAML values.
    return "".join(f"{key}: {json.dumps(value)}\n" for key, value in settings.items())


def _server_environment(temporary_dir: Path) -> dict[str, str]:
    """Give a server only what it needs; a person's JAVA_TOOL_OPTIONS shall change nothing."""
    kept = ("PATH", "TZ", "JAVA_HOME", "HOME")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    environment |= fetch.JAVA_LOCALE
    environment["TMPDIR"] = environment["ES_TMPDIR"] = str(temporary_dir)
    return environment


def ensure_own_folder(
    folder: Path, *, user_id: int | None = None, is_open_to_all: bool = False
) -> None:
    """Make `folder` unless it is there, and see that it is ours.

    Args:
        folder: made with its parents.
        user_id: who shall own it, if not the one who asks.
        is_open_to_all: others shall read it, whatever the umask says.

    Raises:
        LocalServerError: it is somebody else's, or cannot be made.
    """
    owner = os.geteuid() if user_id is None else user_id
    try:
        if not folder.is_dir():
            folder.mkdir(parents=True)
            if user_id is not None:
                os.chown(folder, user_id, user_id)
            if is_open_to_all:
                folder.chmod(0o755)
        # Not of what a symbolic link points to: in /var/tmp anybody may have put one.
        actual_owner = folder.lstat().st_uid
    except OSError as error:
        raise LocalServerError(
            f"Cannot make the folder {folder} ({error.strerror}): set UNIONWIRE_STATE_DIR to a"
            " folder that you may write."
        ) from error
    if actual_owner != owner:
        raise LocalServerError(
            f"{folder} belongs to {_user_name(actual_owner)}, but must belong to"
            f" {_user_name(owner)}: run this as the user who ran it before, remove the folder, or"
            " set UNIONWIRE_STATE_DIR to another one."
        )


def _user_name(user_id: int) -> str:
    try:
        return f"user {pwd.getpwuid(user_id).pw_name}"
    except KeyError:
        return f"user {user_id}"


def _reachable_place(folder: Path, user_id: int) -> Path:
    """Find a place for what `folder` should hold and `user_id` must reach: there if possible."""
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    if _can_reach(existing, user_id):
        return folder
    return _place_elsewhere(folder)


def _place_elsewhere(folder: Path) -> Path:
    # Anybody can write to /var/tmp, so `ensure_own_folder` looks at the owner.
    return Path(f"/var/tmp/unionwire-{os.geteuid()}-{_digest(folder)}")  # noqa: S108


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:16]


def _can_reach(path: Path, user_id: int) -> bool:
    """Try it as that user, so that modes, access lists and mounts all count."""
    attempt = subprocess.run(
        ["/bin/sh", "-c", 'test -r "$1" && test -x "$1"', "sh", str(path)],
        cwd="/",
        user=user_id,
        group=user_id,
        extra_groups=[],
        check=False,
    )
    return attempt.returncode == 0
