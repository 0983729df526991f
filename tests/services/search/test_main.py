"""`python -m services.search` as a process."""

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import httpx
import pytest

from services.chassis.elasticsearch import build_client
from services.chassis.errors import Fatal
from services.chassis.settings import ElasticsearchSettings
from services.search.__main__ import bind

if TYPE_CHECKING:
    from tests.services.search.conftest import ServedDesk

Serve = Callable[[str, str], "ServedDesk"]
STOP_WITHIN_SECONDS = 10


@pytest.mark.integration
def test_the_desk_serves_and_ends_cleanly(
    serve_process: Serve, elasticsearch_settings: ElasticsearchSettings, filled_prefix: str
) -> None:
    served = serve_process(elasticsearch_settings.url, filled_prefix)
    assert httpx.get(f"{served.url}/?q=l%C6%B0%C6%A1ng+b%C3%AD+m%E1%BA%ADt").status_code == 200
    assert httpx.get(f"{served.admin_url}/readyz").json() == {"ok": True, "elasticsearch": True}
    assert httpx.get(f"{served.admin_url}/livez").json()["ok"]
    metrics = httpx.get(f"{served.admin_url}/metrics").text
    assert 'unionwire_search_requests_total{method="GET",route="/",status="200"} 1.0' in metrics
    assert 'unionwire_search_elasticsearch_seconds_count{operation="search"}' in metrics
    began = time.monotonic()
    served.process.send_signal(signal.SIGTERM)
    served.process.wait(timeout=STOP_WITHIN_SECONDS)
    output = served.log.read_text()
    assert served.process.returncode == 0, output
    assert time.monotonic() - began < STOP_WITHIN_SECONDS
    lines = [json.loads(line) for line in output.splitlines()]
    (answered,) = (line for line in lines if line["event"] == "request_answered")
    assert answered["route"] == "/"
    assert answered["query_string_bytes"] == len("q=l%C6%B0%C6%A1ng+b%C3%AD+m%E1%BA%ADt")
    assert "l%C6%B0" not in output
    assert "lương" not in output


@pytest.mark.integration
def test_requests_under_way_are_answered_before_the_end(
    serve_process: Serve, elasticsearch_settings: ElasticsearchSettings, filled_prefix: str
) -> None:
    served = serve_process(elasticsearch_settings.url, filled_prefix)
    statuses: list[int] = []

    def read_until_stopped() -> None:
        with httpx.Client() as client:
            while True:
                try:
                    statuses.append(client.get(served.url).status_code)
                except httpx.ConnectError:
                    return

    readers = [threading.Thread(target=read_until_stopped) for _ in range(3)]
    for reader in readers:
        reader.start()
    while len(statuses) < 6:
        time.sleep(0.05)
    served.process.send_signal(signal.SIGTERM)
    served.process.wait(timeout=STOP_WITHIN_SECONDS)
    for reader in readers:
        reader.join(timeout=STOP_WITHIN_SECONDS)
    assert served.process.returncode == 0
    assert set(statuses) == {200}


def test_the_desk_starts_and_says_not_ready_without_elasticsearch(serve_process: Serve) -> None:
    served = serve_process("http://127.0.0.1:1", "")
    ready = httpx.get(f"{served.admin_url}/readyz")
    assert (ready.status_code, ready.json()["elasticsearch"]) == (503, False)
    assert httpx.get(served.url).status_code == 503


def test_a_wrong_setting_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEARCH_PORT", "many")
    ended = subprocess.run(
        [sys.executable, "-m", "services.search"],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith("The setting SEARCH_PORT does not fit")
    assert ended.stderr.count("\n") == 1


def test_a_taken_port_is_one_sentence() -> None:
    with (
        bind("127.0.0.1", 0) as taken,
        pytest.raises(Fatal, match=r"Cannot serve the desk on 127\.0\.0\.1:\d+: .*SEARCH_PORT"),
    ):
        bind("127.0.0.1", taken.getsockname()[1])


def test_an_address_that_is_none_is_one_sentence() -> None:
    with pytest.raises(Fatal, match="ELASTICSEARCH_URL"):
        build_client(ElasticsearchSettings(url="not an address"))
