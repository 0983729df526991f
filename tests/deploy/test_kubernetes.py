"""The Kubernetes manifests: rendered by Kustomize's own code, held to the API's own schemas."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from pydantic_settings import BaseSettings

from crawler.settings import CrawlerSettings
from crawler.sources import load_sources
from enricher.settings import EnricherSettings
from indexer.settings import IndexerSettings
from services.chassis.settings import ElasticsearchSettings, KafkaSettings, describe
from services.contracts.topics import PARTITIONS
from services.pulse.settings import PulseSettings
from services.search.notifier.settings import NotifierSettings
from services.search.settings import SearchSettings

pytestmark = pytest.mark.integration

REPOSITORY = Path(__file__).parents[2]
MANIFESTS = REPOSITORY / "deploy" / "kubernetes"
RENDERER = Path(__file__).parent / "kustomize_check"
API_VERSIONS = ("1.31", "1.37")
"""The oldest and the newest Kubernetes that these manifests are for."""

SETTINGS: tuple[type[BaseSettings], ...] = (
    KafkaSettings,
    ElasticsearchSettings,
    CrawlerSettings,
    EnricherSettings,
    IndexerSettings,
    SearchSettings,
    NotifierSettings,
    PulseSettings,
)
CONFIGURED = {
    "KAFKA_BOOTSTRAP_SERVERS",
    "KAFKA_REPLICATION_FACTOR",
    "KAFKA_SECURITY_PROTOCOL",
    "KAFKA_SASL_MECHANISM",
    "KAFKA_SASL_USERNAME",
    "ELASTICSEARCH_URL",
    "INDEXER_INDEX_REPLICAS",
    "CRAWLER_CONTACT",
    "CRAWLER_LOG_FORMAT",
    "ENRICHER_LOG_FORMAT",
    "INDEXER_LOG_FORMAT",
    "SEARCH_LOG_FORMAT",
    "NOTIFIER_LOG_FORMAT",
    "PULSE_LOG_FORMAT",
    "SEARCH_ALLOWED_HOSTS",
    "SEARCH_PUBLIC_URL",
}
WORKLOADS = {"crawler", "enricher", "indexer", "desk", "pulse"}


@pytest.fixture(scope="session")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """The manifests as `kubectl apply -k deploy/kubernetes/production` would send them."""
    go = shutil.which("go", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if go is None:
        pytest.fail("Kustomize is written in Go, and there is no `go`: install Go 1.23 or newer.")
    program = tmp_path_factory.mktemp("kustomize") / "kustomize_check"
    commands: tuple[list[str | Path], ...] = (
        [go, "build", "-mod=readonly", "-o", program, "."],
        [program, MANIFESTS / "production"],
    )
    for command in commands:
        ended = subprocess.run(command, cwd=RENDERER, capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stderr
    return [each for each in yaml.safe_load_all(ended.stdout) if each]


def find(rendered: list[dict[str, Any]], kind: str) -> dict[str, dict[str, Any]]:
    return {each["metadata"]["name"]: each for each in rendered if each["kind"] == kind}


def pods(rendered: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    for kind in ("Deployment", "Job"):
        for name, workload in find(rendered, kind).items():
            yield name, workload["spec"]["template"]["spec"]


def containers(rendered: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, pod in pods(rendered):
        for container in pod["containers"]:
            yield name, container


@pytest.mark.parametrize("version", API_VERSIONS)
def test_every_manifest_fits_the_api(rendered: list[dict[str, Any]], version: str) -> None:
    for manifest in rendered:
        kubernetes_validate.validate(manifest, version, strict=True)


def test_every_file_is_part_of_the_base() -> None:
    listed = yaml.safe_load((MANIFESTS / "base" / "kustomization.yaml").read_text())["resources"]
    assert sorted(listed) == sorted(
        path.name
        for path in (MANIFESTS / "base").glob("*.yaml")
        if path.name != "kustomization.yaml"
    )


def test_everything_that_runs_is_there(rendered: list[dict[str, Any]]) -> None:
    assert set(find(rendered, "Deployment")) == WORKLOADS
    assert set(find(rendered, "Job")) == {"topics"}
    images = {container["image"] for _, container in containers(rendered)}
    names = ("topics", "crawler", "enricher", "indexer", "search", "notifier", "pulse")
    assert images == {f"registry.example.org/unionwire/{name}:0.1.0" for name in names}
    dockerfile = (REPOSITORY / "deploy" / "docker" / "Dockerfile").read_text()
    assert all(f" AS {name}\n" in dockerfile for name in names)


def test_settings_are_known_and_accepted(
    rendered: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = find(rendered, "ConfigMap")["unionwire"]["data"]
    assert set(data) == CONFIGURED
    known = {variable for each in SETTINGS for variable, _, _ in describe(each)}
    assert set(data) <= known
    for variable in known:
        monkeypatch.delenv(variable, raising=False)
    for variable, value in data.items():
        monkeypatch.setenv(variable, value)
    for settings in SETTINGS:
        settings()


def test_every_container_gets_the_settings_and_the_secrets(rendered: list[dict[str, Any]]) -> None:
    for name, container in containers(rendered):
        assert container["envFrom"] == [
            {"configMapRef": {"name": "unionwire"}},
            {"secretRef": {"name": "unionwire", "optional": True}},
        ], name


def test_every_pod_is_locked_down(rendered: list[dict[str, Any]]) -> None:
    for name, pod in pods(rendered):
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        assert pod["securityContext"]["runAsUser"] == 10001, name
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert pod["automountServiceAccountToken"] is False, name
    for name, container in containers(rendered):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }, name
        assert {"cpu", "memory"} <= set(container["resources"]["requests"]), name
        assert {"cpu", "memory"} <= set(container["resources"]["limits"]), name


def test_every_service_is_probed_where_it_answers(rendered: list[dict[str, Any]]) -> None:
    for name, container in containers(rendered):
        if name == "topics":
            continue
        ports = {port["name"]: port["containerPort"] for port in container["ports"]}
        paths = {
            probe: container[probe]["httpGet"]["path"]
            for probe in ("startupProbe", "readinessProbe", "livenessProbe")
        }
        assert paths == {
            "startupProbe": "/livez",
            "readinessProbe": "/readyz",
            "livenessProbe": "/livez",
        }
        for probe in paths:
            assert container[probe]["httpGet"]["port"] in ports, name
    (notifier,) = [c for _, c in containers(rendered) if c["name"] == "notifier"]
    assert notifier["env"] == [{"name": "NOTIFIER_ADMIN_PORT", "value": "9101"}]
    assert notifier["ports"][0]["containerPort"] == 9101


def test_writers_of_a_volume_run_alone(rendered: list[dict[str, Any]]) -> None:
    claims = set(find(rendered, "PersistentVolumeClaim"))
    for name, deployment in find(rendered, "Deployment").items():
        volumes = deployment["spec"]["template"]["spec"]["volumes"]
        claimed = {
            each["persistentVolumeClaim"]["claimName"]
            for each in volumes
            if "persistentVolumeClaim" in each
        }
        assert claimed <= claims
        if claimed:
            assert deployment["spec"]["replicas"] == 1, name
            assert deployment["spec"]["strategy"] == {"type": "Recreate"}, name


def test_every_workload_has_a_disruption_budget(rendered: list[dict[str, Any]]) -> None:
    budgets = find(rendered, "PodDisruptionBudget")
    assert set(budgets) == WORKLOADS
    for name, budget in budgets.items():
        assert budget["spec"]["selector"]["matchLabels"] == {"app.kubernetes.io/name": name}


def test_scaling_ends_where_partitions_do(rendered: list[dict[str, Any]]) -> None:
    (scaler,) = find(rendered, "HorizontalPodAutoscaler").values()
    assert scaler["spec"]["maxReplicas"] == PARTITIONS
    assert scaler["spec"]["scaleTargetRef"]["name"] in WORKLOADS


def test_network_lets_only_the_named_through(rendered: list[dict[str, Any]]) -> None:
    policies = find(rendered, "NetworkPolicy")
    nothing = policies["nothing"]["spec"]
    assert set(nothing["policyTypes"]) == {"Ingress", "Egress"}
    assert "ingress" not in nothing
    assert "egress" not in nothing
    (metrics,) = policies["metrics"]["spec"]["ingress"]
    assert [port["port"] for port in metrics["ports"]] == [9100, 9101]
    (readers,) = policies["readers"]["spec"]["ingress"]
    assert [port["port"] for port in readers["ports"]] == [8080]
    (web,) = policies["web"]["spec"]["egress"]
    private = {block for to in web["to"] for block in to["ipBlock"]["except"]}
    assert {"10.0.0.0/8", "192.168.0.0/16", "169.254.0.0/16", "fc00::/7"} <= private
    labels = {name: w["spec"]["template"]["metadata"]["labels"] for name, w in find(
        rendered, "Deployment").items()}  # fmt: skip
    assert all(each["app.kubernetes.io/part-of"] == "unionwire" for each in labels.values())


def test_the_sources_that_are_mounted_can_be_read() -> None:
    assert load_sources(MANIFESTS / "production" / "sources.yaml")
