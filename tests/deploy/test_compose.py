"""docker-compose.yml and the Dockerfile, checked as far as it goes without an engine.

Compose's own loader reads the file (a Go program in `compose_check`), Kafka's own code turns the
broker's environment into its configuration, and every command is started with exactly the files
that its image holds.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic_settings import BaseSettings

from crawler.settings import CrawlerSettings
from crawler.sources import load_sources
from deploy.demo.server import sources_yaml
from deploy.local import fetch
from enricher.settings import EnricherSettings
from indexer.settings import IndexerSettings
from services.chassis.kafka import LARGEST_MESSAGE_BYTES
from services.chassis.settings import ElasticsearchSettings, KafkaSettings, describe
from services.contracts.topics import TOPICS
from services.pulse.settings import PulseSettings
from services.search.notifier.settings import MailSettings, NotifierSettings
from services.search.settings import DeskSettings, SearchSettings

pytestmark = pytest.mark.integration

REPOSITORY = Path(__file__).parents[2]
COMPOSE_FILE = REPOSITORY / "docker-compose.yml"
DOCKERFILE = REPOSITORY / "deploy" / "docker" / "Dockerfile"
CHECKER = Path(__file__).parent / "compose_check"

SETTINGS: Mapping[str, tuple[type[BaseSettings], ...]] = {
    "topics": (KafkaSettings,),
    "crawler": (KafkaSettings, CrawlerSettings),
    "demo-crawler": (KafkaSettings, CrawlerSettings),
    "enricher": (KafkaSettings, EnricherSettings),
    "indexer": (KafkaSettings, ElasticsearchSettings, IndexerSettings),
    "search": (ElasticsearchSettings, SearchSettings, MailSettings),
    "notifier": (KafkaSettings, ElasticsearchSettings, DeskSettings, NotifierSettings),
    "pulse": (KafkaSettings, ElasticsearchSettings, PulseSettings),
    "demo-site": (),
}
"""Our services, and which settings each reads."""

THEIRS = {"kafka", "elasticsearch", "prometheus", "alertmanager", "grafana"}

EVERY_ADDRESS = "0.0.0.0"  # noqa: S104 - inside a container


@dataclass
class Target:
    """What one target of the Dockerfile amounts to, its base targets included."""

    copies: list[tuple[str, str]] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)
    entrypoint: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)
    user: str = ""
    healthcheck: str = ""


def read_targets(text: str) -> dict[str, Target]:
    targets: dict[str, Target] = {}
    current = Target()
    for line in re.sub(r"\\\n\s*", " ", text).splitlines():
        if not line or line.startswith("#"):
            continue
        instruction, _, rest = line.partition(" ")
        match instruction:
            case "FROM":
                base, name = rest.split(" AS ")
                old = targets.get(base, Target())
                current = targets[name] = Target(
                    copies=[*old.copies],
                    environment={**old.environment},
                    user=old.user,
                    healthcheck=old.healthcheck,
                )
            case "COPY" if not rest.startswith("--from"):
                source, place = rest.split()
                current.copies.append((source, place))
            case "ENV":
                current.environment |= dict(part.split("=", 1) for part in shlex.split(rest))
            case "ENTRYPOINT":
                current.entrypoint = json.loads(rest)
            case "CMD":
                current.command = json.loads(rest)
            case "USER":
                current.user = rest
            case "HEALTHCHECK":
                current.healthcheck = rest
    return targets


@pytest.fixture(scope="module")
def targets() -> dict[str, Target]:
    return read_targets(DOCKERFILE.read_text())


@pytest.fixture(scope="session")
def compose_loader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compose's loader as a program."""
    go = shutil.which("go", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if go is None:
        pytest.fail(
            "docker-compose.yml is checked by Compose's own loader, which is written in Go, and "
            "there is no `go`: install Go 1.23 or newer."
        )
    program = tmp_path_factory.mktemp("compose") / "compose_check"
    built = subprocess.run(
        [go, "build", "-mod=readonly", "-o", program, "."],
        cwd=CHECKER,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, f"{go} (1.23 or newer is needed) says:\n{built.stderr}"
    return program


def run_loader(
    loader: Path, file: Path, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [loader, file],
        env={"PATH": os.environ["PATH"], **environment},
        cwd=file.parent,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def services(compose_loader: Path) -> dict[str, dict[str, Any]]:
    """The services as Compose sees them, without any setting."""
    loaded = run_loader(compose_loader, COMPOSE_FILE, {})
    assert loaded.returncode == 0, loaded.stderr
    found: dict[str, dict[str, Any]] = json.loads(loaded.stdout)["services"]
    return found


def test_compose_file_has_exactly_the_known_services(services: dict[str, Any]) -> None:
    assert set(services) == set(SETTINGS) | THEIRS


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("stop_grace_period:", "stop_grace_perod:"),
        ("target: indexer}", "target: indexer, tarjet: x}"),
        ("{condition: service_healthy}", "{condition: service_happy}"),
        ("networks: [monitoring]", "networks: [watching]"),
        ("- prometheus:/prometheus", "- promotheus:/prometheus"),
    ],
)
def test_compose_loader_refuses_mistakes(
    compose_loader: Path, tmp_path: Path, old: str, new: str
) -> None:
    text = COMPOSE_FILE.read_text()
    assert old in text
    broken = tmp_path / "docker-compose.yml"
    broken.write_text(text.replace(old, new))
    assert run_loader(compose_loader, broken, {}).returncode != 0


def test_compose_mounts_only_paths_that_exist(services: dict[str, Any]) -> None:
    sources = [
        Path(mount["source"])
        for service in services.values()
        for mount in service.get("volumes", ())
        if mount["type"] == "bind"
    ]
    assert len(sources) >= 7
    missing = [path for path in sources if not path.exists()]
    assert missing == []
    assert all(path.is_relative_to(REPOSITORY) for path in sources)


def test_compose_mounts_the_repository_read_only(services: dict[str, Any]) -> None:
    writable = [
        mount["source"]
        for service in services.values()
        for mount in service.get("volumes", ())
        if mount["type"] == "bind" and not mount.get("read_only")
    ]
    assert writable == []


def test_compose_builds_targets_of_the_dockerfile(
    services: dict[str, Any], targets: dict[str, Target]
) -> None:
    for name in SETTINGS:
        build = services[name]["build"]
        assert Path(build["context"]) == REPOSITORY
        assert build["dockerfile"] == "deploy/docker/Dockerfile"
        assert build["target"] in targets
    images = [services[name]["image"] for name in SETTINGS]
    assert len(set(images)) == len(images), "two services would build the same tag at once"


def test_compose_pins_every_foreign_image(services: dict[str, Any]) -> None:
    for name in THEIRS:
        assert re.search(r":v?\d+\.\d+\.\d+$", services[name]["image"]), services[name]["image"]
    pythons = re.findall(r"^FROM (python\S+)", DOCKERFILE.read_text(), re.MULTILINE)
    versions = {re.sub("-slim", "", image) for image in pythons}
    assert len(pythons) == 3
    assert len(versions) == 1, "the libraries are built for another Python than they run on"
    assert re.fullmatch(r"python:3\.\d+\.\d+-[a-z]+", versions.pop())


def test_compose_publishes_on_loopback_only(services: dict[str, Any]) -> None:
    published = {
        (name, port.get("host_ip"), port["target"])
        for name, service in services.items()
        for port in service.get("ports", ())
    }
    assert published == {
        ("search", "127.0.0.1", 8080),
        ("kafka", "127.0.0.1", 19092),
        ("elasticsearch", "127.0.0.1", 9200),
        ("prometheus", "127.0.0.1", 9090),
        ("alertmanager", "127.0.0.1", 9093),
        ("grafana", "127.0.0.1", 3000),
    }


def test_compose_runs_everything_without_privileges(services: dict[str, Any]) -> None:
    for name, service in services.items():
        user_id, _, group_id = service["user"].partition(":")
        assert user_id.isdecimal(), name
        assert int(user_id) > 0, name
        assert group_id.isdecimal(), name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert not service.get("privileged"), name
        assert "cap_add" not in service, name


def test_compose_keeps_file_systems_read_only(services: dict[str, Any]) -> None:
    # these two write their configuration into their installation when they start
    writable = {name for name, service in services.items() if not service.get("read_only")}
    assert writable == {"kafka", "elasticsearch"}


def test_compose_limits_memory_processes_and_logs(services: dict[str, Any]) -> None:
    for name, service in services.items():
        limits = service["deploy"]["resources"]["limits"]
        assert {"cpus", "memory", "pids"} <= set(limits), name
        assert set(service["logging"]["options"]) == {"max-size", "max-file"}, name


def test_compose_restarts_all_but_the_one_shot(services: dict[str, Any]) -> None:
    restarts = {name: service["restart"] for name, service in services.items()}
    assert restarts.pop("topics") == "no"
    assert set(restarts.values()) == {"unless-stopped"}


def test_everything_that_goes_on_running_has_a_health_check(
    services: dict[str, Any], targets: dict[str, Target]
) -> None:
    for name in THEIRS:
        assert "test" in services[name]["healthcheck"], name
    for name in set(SETTINGS) - {"topics"}:
        assert "CMD" in targets[services[name]["build"]["target"]].healthcheck, name


def test_services_wait_for_what_they_need(services: dict[str, Any]) -> None:
    waits = {
        name: {on: need["condition"] for on, need in service.get("depends_on", {}).items()}
        for name, service in services.items()
    }
    assert waits["topics"] == {"kafka": "service_healthy"}
    for name in ("crawler", "demo-crawler", "enricher", "indexer"):
        assert waits[name]["topics"] == "service_completed_successfully"
    for name in ("indexer", "search", "notifier"):
        assert waits[name]["elasticsearch"] == "service_healthy"


def test_only_crawlers_and_the_demo_need_a_profile(services: dict[str, Any]) -> None:
    profiles = {name: service.get("profiles") for name, service in services.items()}
    assert {name: profile for name, profile in profiles.items() if profile} == {
        "crawler": ["live"],
        "demo-crawler": ["demo"],
        "demo-site": ["demo"],
    }


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_of_a_service_reaches_it(
    services: dict[str, Any], targets: dict[str, Target], name: str
) -> None:
    known = {variable for settings in SETTINGS[name] for variable, _, _ in describe(settings)}
    target = targets[services[name]["build"]["target"]]
    passed = set(services[name].get("environment", {}))
    fixed = {
        variable
        for variable in target.environment
        if variable.startswith(
            ("CRAWLER_", "ENRICHER_", "INDEXER_", "SEARCH_", "NOTIFIER_", "PULSE_")
        )
    }
    assert passed - known == set(), "these are no settings"
    assert fixed - known == set(), "these are no settings"
    assert known - passed - fixed == set(), "these cannot be set"


@pytest.mark.parametrize("name", [name for name, classes in SETTINGS.items() if classes])
def test_settings_of_a_service_are_accepted(
    services: dict[str, Any],
    targets: dict[str, Target],
    name: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    environment = {**targets[services[name]["build"]["target"]].environment}
    environment |= {
        key: value for key, value in services[name]["environment"].items() if value is not None
    }
    for key, value in environment.items():
        if key not in {"PATH", "PYTHONPATH", "HOME"}:
            monkeypatch.setenv(key, value)
    for settings in SETTINGS[name]:
        settings()


def test_settings_from_the_environment_override_the_defaults(compose_loader: Path) -> None:
    loaded = run_loader(
        compose_loader,
        COMPOSE_FILE,
        {
            "SEARCH_PORT": "8090",
            "SEARCH_ALLOWED_HOSTS": "desk.example.org",
            "KAFKA_BOOTSTRAP_SERVERS": "broker.example.org:9093",
            "UNIONWIRE_KAFKA_PORT": "9192",
        },
    )
    services = json.loads(loaded.stdout)["services"]
    search = services["search"]
    assert [(port["published"], port["target"]) for port in search["ports"]] == [("8090", 8080)]
    assert search["environment"]["SEARCH_ALLOWED_HOSTS"] == "desk.example.org"
    assert "SEARCH_PORT" not in search["environment"]
    assert services["indexer"]["environment"]["KAFKA_BOOTSTRAP_SERVERS"] == (
        "broker.example.org:9093"
    )
    kafka = services["kafka"]
    assert kafka["ports"][0]["published"] == "9192"
    assert "HOST://127.0.0.1:9192" in kafka["environment"]["KAFKA_ADVERTISED_LISTENERS"]


@pytest.fixture(scope="module")
def images(
    targets: dict[str, Target], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Path]]:
    """A folder for each target, with the files that its image would hold below /app."""
    root = tmp_path_factory.mktemp("images")
    kept = re.findall(r"^!(\S+)$", (REPOSITORY / ".dockerignore").read_text(), re.MULTILINE)
    for name, target in targets.items():
        for source, place in target.copies:
            assert any(source == path or source.startswith(f"{path}/") for path in kept), (
                f".dockerignore hides {source}"
            )
            if not place.startswith("/app/"):
                continue
            to = root / name / place.removeprefix("/")
            to.parent.mkdir(parents=True, exist_ok=True)
            if (REPOSITORY / source).is_dir():
                shutil.copytree(
                    REPOSITORY / source, to, ignore=shutil.ignore_patterns("__pycache__")
                )
            else:
                shutil.copy(REPOSITORY / source, to)
    yield {name: root / name for name in targets}
    shutil.rmtree(root)


@pytest.mark.parametrize("name", SETTINGS)
def test_commands_start_with_only_the_files_of_their_image(
    services: dict[str, Any], targets: dict[str, Target], images: dict[str, Path], name: str
) -> None:
    target = services[name]["build"]["target"]
    entrypoint = targets[target].entrypoint
    command = services[name].get("command") or targets[target].command
    assert entrypoint[:2] == ["python", "-m"]
    application = images[target] / "app"
    environment = {
        "PATH": os.environ["PATH"],
        **{key: value or "" for key, value in services[name].get("environment", {}).items()},
        **targets[target].environment,
        "PYTHONPATH": str(application),
    }
    # One wrong option, so that nothing starts: what comes before it must have been understood.
    if name == "topics":
        environment["KAFKA_SECURITY_PROTOCOL"] = "no such protocol"
    module = entrypoint[2:]
    ended = subprocess.run(
        [sys.executable, "-m", *module, *command, "--no-such-option"],
        env=environment,
        cwd=application,
        capture_output=True,
        text=True,
        check=False,
    )
    if name == "topics":  # it takes no options
        assert ended.returncode == 1, ended.stderr
        assert "The setting KAFKA_SECURITY_PROTOCOL does not fit" in ended.stderr
        return
    assert ended.returncode == 2, ended.stderr
    assert "unrecognized arguments: --no-such-option" in ended.stderr


@pytest.mark.parametrize(
    ("target", "modules"),
    [
        ("crawler", ("crawler.app",)),
        ("enricher", ("enricher.worker",)),
        ("indexer", ("indexer.app",)),
        ("search", ("services.search.app",)),
        ("notifier", ("services.search.notifier.app",)),
        ("demo-site", ("deploy.demo.server",)),
    ],
)
def test_images_hold_every_module_that_their_service_imports(
    images: dict[str, Path], target: str, modules: tuple[str, ...]
) -> None:
    application = images[target] / "app"
    ended = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", f"import {', '.join(modules)}"],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(application)},
        cwd=application,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr


def test_images_listen_where_compose_and_prometheus_look(
    services: dict[str, Any], targets: dict[str, Target]
) -> None:
    for service in ("crawler", "enricher", "indexer", "search", "notifier"):
        target = targets[service]
        prefix = service.upper()
        assert target.environment[f"{prefix}_ADMIN_HOST"] == EVERY_ADDRESS
        assert target.environment[f"{prefix}_ADMIN_PORT"] == "9100"
        assert "'127.0.0.1', 9100" in target.healthcheck
    search = targets["search"].environment
    assert search["SEARCH_HOST"] == EVERY_ADDRESS
    assert search["SEARCH_PORT"] == str(services["search"]["ports"][0]["target"])


def test_images_run_as_the_user_that_compose_names(
    services: dict[str, Any], targets: dict[str, Target]
) -> None:
    for name in SETTINGS:
        assert targets[services[name]["build"]["target"]].user == services[name]["user"]


def test_sources_of_the_demo_are_what_the_demo_says(targets: dict[str, Target]) -> None:
    port_base = targets["demo-site"].command[targets["demo-site"].command.index("--port-base") + 1]
    file = REPOSITORY / "deploy" / "docker" / "demo-sources.yaml"
    assert yaml.safe_load(file.read_text()) == yaml.safe_load(sources_yaml(int(port_base)))


def test_sources_that_are_mounted_are_valid(services: dict[str, Any]) -> None:
    for name in ("crawler", "demo-crawler"):
        (mounted,) = (
            mount["source"]
            for mount in services[name]["volumes"]
            if mount["target"] == "/etc/unionwire/sources.yaml"
        )
        assert load_sources(Path(mounted))


@pytest.fixture(scope="module")
def kafka_properties(
    services: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """The configuration that the image's own start-up code makes of the environment."""
    jars = fetch.fetch(fetch.KAFKA, fetch.default_cache_dir(), report=print)
    folder = tmp_path_factory.mktemp("kafka")
    for name in ("default", "mounted", "final"):
        (folder / name).mkdir()
    (folder / "default" / "server.properties").touch()
    for name in ("log4j2.yaml", "tools-log4j2.yaml"):
        (folder / "default" / name).write_text("Configuration:\n  Loggers: {}\n")
    environment = {
        **services["kafka"]["environment"],
        "KAFKA_LOG_DIRS": str(folder / "data"),
        "PATH": os.environ["PATH"],
    }
    set_up = subprocess.run(
        [
            "java",
            "-cp",
            f"{jars}/*",
            "kafka.docker.KafkaDockerWrapper",
            "setup",
            f"--default-configs-dir={folder / 'default'}",
            f"--mounted-configs-dir={folder / 'mounted'}",
            f"--final-configs-dir={folder / 'final'}",
        ],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    # it formats the storage too, which checks the configuration as the broker does
    assert set_up.returncode == 0, set_up.stdout + set_up.stderr
    assert (folder / "data" / "meta.properties").is_file(), set_up.stdout + set_up.stderr
    lines = (folder / "final" / "server.properties").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


def test_kafka_takes_the_largest_event(kafka_properties: dict[str, str]) -> None:
    assert int(kafka_properties["message.max.bytes"]) == LARGEST_MESSAGE_BYTES
    assert int(kafka_properties["replica.fetch.max.bytes"]) == LARGEST_MESSAGE_BYTES
    assert all(topic.max_message_bytes < LARGEST_MESSAGE_BYTES for topic in TOPICS)


def test_kafka_creates_no_topic_by_itself(kafka_properties: dict[str, str]) -> None:
    assert kafka_properties["auto.create.topics.enable"] == "false"


def test_kafka_tells_each_side_the_address_it_can_reach(kafka_properties: dict[str, str]) -> None:
    assert kafka_properties["advertised.listeners"] == (
        "INTERNAL://kafka:9092,HOST://127.0.0.1:9092"
    )


def test_kafka_is_asked_for_its_health_where_it_can_answer_within_the_container(
    compose_loader: Path,
) -> None:
    # the address for the host leads nowhere in there once its port is moved
    loaded = run_loader(compose_loader, COMPOSE_FILE, {"UNIONWIRE_KAFKA_PORT": "9192"})
    kafka = json.loads(loaded.stdout)["services"]["kafka"]
    asked = kafka["healthcheck"]["test"][-1]
    assert f"INTERNAL://{asked}," in kafka["environment"]["KAFKA_ADVERTISED_LISTENERS"]
    assert asked.startswith(f"{kafka['hostname']}:")


@pytest.mark.parametrize("release", [fetch.KAFKA, fetch.ELASTICSEARCH], ids=lambda each: each.name)
def test_servers_have_the_version_of_the_local_ones(
    services: dict[str, Any], release: fetch.Release
) -> None:
    assert services[release.name]["image"].endswith(f":{release.version}")
