"""Health: ready by its checks, alive by progress, told over HTTP."""

import json
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from prometheus_client import CollectorRegistry, Counter

from services.chassis.clock import SystemClock
from services.chassis.errors import Fatal
from services.chassis.health import AdminServer, Health


@pytest.fixture
def health() -> Health:
    return Health(SystemClock(), live_within_seconds=30)


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def address(health: Health, registry: CollectorRegistry) -> Iterator[str]:
    server = AdminServer(service="desk", host="127.0.0.1", port=0, registry=registry, health=health)
    yield f"http://127.0.0.1:{server.start()}"
    server.stop()


def fetch(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310 - our own server
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_readyz_names_the_check_that_fails(address: str, health: Health) -> None:
    health.add_readiness("kafka", lambda: True)
    health.add_readiness("elasticsearch", lambda: False)
    status, body = fetch(f"{address}/readyz")
    assert status == 503
    assert json.loads(body) == {"ok": False, "kafka": True, "elasticsearch": False}


def test_readyz_counts_a_check_that_raises_as_no(address: str, health: Health) -> None:
    health.add_readiness("kafka", lambda: bool(1 / 0))
    assert fetch(f"{address}/readyz")[0] == 503


def test_livez_fails_when_progress_stops(health: Health) -> None:
    assert health.is_live()[0]
    late = Health(SystemClock(), live_within_seconds=-1)
    assert not late.is_live()[0]


def test_livez_does_not_wait_for_a_client_that_says_nothing(address: str) -> None:
    port = int(address.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port)):
        assert fetch(f"{address}/livez")[0] == 200


def test_livez_does_not_wait_for_a_slow_readyz(address: str, health: Health) -> None:
    asked, answer = threading.Event(), threading.Event()

    def check() -> bool:
        asked.set()
        return answer.wait(30)

    health.add_readiness("elasticsearch", check)
    probe = threading.Thread(target=fetch, args=(f"{address}/readyz",))
    probe.start()
    assert asked.wait(30)
    assert fetch(f"{address}/livez")[0] == 200
    answer.set()
    probe.join()


def test_metrics_are_served(address: str, registry: CollectorRegistry) -> None:
    Counter("unionwire_test_events_total", "Events.", registry=registry).inc()
    status, body = fetch(f"{address}/metrics")
    assert status == 200
    assert "unionwire_test_events_total 1.0" in body


def test_admin_server_says_which_port_is_taken(address: str, health: Health) -> None:
    port = int(address.rsplit(":", 1)[1])
    server = AdminServer(
        service="desk", host="127.0.0.1", port=port, registry=CollectorRegistry(), health=health
    )
    with pytest.raises(Fatal, match=f"127.0.0.1:{port}"):
        server.start()


def test_metrics_tell_readiness_and_each_check(address: str, health: Health) -> None:
    answers = {"kafka": False}
    health.add_readiness("kafka", lambda: answers["kafka"])
    health.add_readiness("breaker", lambda: True)
    _, before = fetch(f"{address}/metrics")
    assert "unionwire_desk_ready 0.0" in before
    assert 'unionwire_desk_check_passed{check="kafka"} 0.0' in before
    assert 'unionwire_desk_check_passed{check="breaker"} 1.0' in before
    answers["kafka"] = True
    _, after = fetch(f"{address}/metrics")
    assert "unionwire_desk_ready 1.0" in after
