"""The demo as a process and as a block in a test: ports, control, sources, clean ends."""

import signal
import socket
import subprocess
import sys

import httpx
import pytest
import yaml

from deploy.demo.in_process import Reader
from deploy.demo.outlets import OUTLETS
from deploy.demo.server import PortTakenError, bind_ports, running_demo, sources_yaml
from deploy.demo.world import World


def test_running_demo_serves_every_port() -> None:
    with running_demo() as demo, httpx.Client() as client:
        for outlet in OUTLETS:
            assert client.get(demo.base_url(outlet) + "/robots.txt").status_code == 200
        health = client.get(demo.control_url + "/healthz").json()
        assert health["status"] == "ok"
        assert sum(health["articles"].values()) == 35
        urls = [entry["url"] for entry in demo.world.ledger()]
        assert all(client.get(url).status_code == 200 for url in urls[:5])
        assert demo.hits.report()["total"] == len(OUTLETS) + 5


def test_taken_port_is_named() -> None:
    base, sockets = bind_ports(None)
    try:
        with pytest.raises(PortTakenError, match=f"Port {base} is in use"):
            bind_ports(base)
    finally:
        for each in sockets:
            each.close()


def test_control_publishes_what_the_pages_then_show(world: World, reader: Reader) -> None:
    made = reader.order(
        "/publish",
        {
            "outlet": "laodongthudo",
            "title": "Trao 77 suất quà",
            "lead": "(LĐTĐ) Một tin ngắn.",
            "body": ["Công đoàn trao 77 suất quà.", "Mỗi suất 400 nghìn đồng."],
            "captions": ["Ảnh buổi trao quà"],
            "author": "An Nhiên",
        },
    ).json()
    page = reader.get(made["url"]).text
    assert "Mỗi suất 400 nghìn đồng." in page.replace("&nbsp;", " ")
    assert made["captions"] == ["Ảnh buổi trao quà"]
    assert made["url"] in reader.get(world.base_url("laodongthudo") + "/cong-doan").text


@pytest.mark.parametrize(
    ("path", "body", "status", "says"),
    [
        ("/publish", {"outlet": "nld"}, 422, "title"),
        ("/publish", {"outlet": "bogus", "title": "x"}, 422, "no outlet 'bogus'"),
        ("/publish", {"outlet": "nld", "title": "x", "colour": 1}, 422, "colour"),
        ("/withdraw", {"article": "nope"}, 404, "nope"),
        ("/withdraw", {}, 422, "article"),
        ("/correct", {"article": "ld-mai-am", "replace": [["zzz", "y"]]}, 422, "zzz"),
        ("/bulk", None, 422, "count"),
    ],
)
def test_control_refuses_with_one_sentence(
    reader: Reader, path: str, body: object, status: int, says: str
) -> None:
    response = reader.order(path, body)
    assert response.status_code == status
    assert says in response.json()["error"]


def test_control_carries_out_every_order(world: World, reader: Reader) -> None:
    replace = [["58 căn", "59 căn"]]
    changed = reader.order("/correct", {"article": "ld-mai-am", "replace": replace}).json()
    assert changed["revision_count"] == 2
    gone = reader.order("/withdraw", {"article": changed["url"]}).json()
    assert gone["status"] == "withdrawn"
    assert reader.order("/restore", {"article": "ld-mai-am"}).json()["status"] == "published"
    assert reader.order("/block", {"article": "ld-mai-am"}).json()["status"] == "blocked"
    assert reader.order("/block", {"outlet": "nld"}).json() == {
        "outlet": "nld",
        "is_blocked": True,
    }
    shuffled = reader.order("/shuffle-related", {"article": "ld-bua-com"}).json()
    assert shuffled["revision_count"] == 1
    assert reader.order("/bulk?count=12&seed=4").json()["count"] == 12
    assert reader.order("/advance?seconds=60").json()["script_seconds"] == 60
    ledger = reader.get(world.control_url + "/ledger").json()["articles"]
    assert len(ledger) == 35 + 12 + 1


def test_sources_name_each_outlet_with_its_own_address() -> None:
    sources = yaml.safe_load(sources_yaml(26_200))["sources"]
    by_id = {source["id"]: source for source in sources}
    assert len(by_id) == len(OUTLETS)
    assert by_id["demo-laodong"] == {
        "id": "demo-laodong",
        "site": "laodong",
        "outlet": "Lao Động",
        "feeds": [
            "http://127.0.0.1:26200/rss/home.rss",
            "http://127.0.0.1:26200/rss/cong-doan.rss",
        ],
        "sitemaps": ["http://127.0.0.1:26200/sitemap.xml"],
        "sections": [
            "http://127.0.0.1:26200/cong-doan",
            "http://127.0.0.1:26200/vi-loi-ich-doan-vien",
            "http://127.0.0.1:26200/cong-doan-toan-quoc",
            "http://127.0.0.1:26200/tin-moi",
        ],
        "allowed_hosts": ["127.0.0.1:26200"],
        "private_addresses": ["127.0.0.1:26200"],
    }


def test_every_address_of_the_sources_answers(reader: Reader) -> None:
    for source in yaml.safe_load(sources_yaml(26_200))["sources"]:
        for url in (*source["feeds"], *source["sitemaps"], *source["sections"]):
            assert reader.get(url).status_code == 200


def test_process_ends_with_0_on_sigterm() -> None:
    base, sockets = bind_ports(None)
    for each in sockets:
        each.close()
    command = [sys.executable, "-m", "deploy.demo", "--port-base", str(base)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(len(OUTLETS) + 1)]
        assert lines[-1].startswith("control: http://127.0.0.1:")
        assert httpx.get(f"http://127.0.0.1:{base + 9}/healthz").status_code == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_process_says_which_port_is_taken() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "deploy.demo", "--port-base", str(port)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == f"Port {port} is in use; choose another --port-base.\n"
