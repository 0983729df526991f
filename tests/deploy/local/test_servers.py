import os
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from deploy.local import servers
from deploy.local.errors import LocalServerError
from deploy.local.servers import (
    Elasticsearch,
    Kafka,
    Server,
    ensure_own_folder,
    parse_described_cluster,
)

# What Kafka 4.3.1 answered to DescribeCluster, version 0, with one broker at 127.0.0.1:28562.
DESCRIBED = (
    b"\0\0\0\1\0\0\0\0\0\0\0\0\x17JbRJdOgeQO-IZa5m0gE7uA\0\0\0\1\2"
    b"\0\0\0\1\n127.0.0.1\0\0o\x92\0\0\x80\0\0\0\0"
)


@contextmanager
def answering(answer: bytes) -> Iterator[int]:
    """Listen on a port and give everybody the same answer."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(timeout=10)


def build(kind: type[Server], state_dir: Path) -> Server:
    return kind(state_dir=state_dir, cache_dir=state_dir / "cache")


def test_parse_described_cluster_reads_id_and_number_of_brokers() -> None:
    assert parse_described_cluster(DESCRIBED) == ("JbRJdOgeQO-IZa5m0gE7uA", 1)


def test_parse_described_cluster_raises_on_an_error_code() -> None:
    with pytest.raises(ValueError, match="error code 35"):
        parse_described_cluster(struct.pack(">ibih", 1, 0, 0, 35) + DESCRIBED[11:])


@pytest.mark.parametrize(
    ("cluster_id", "is_ours"), [("JbRJdOgeQO-IZa5m0gE7uA", True), ("x", False)]
)
def test_kafka_is_answering_only_as_its_own_cluster(
    tmp_path: Path,
    cluster_id: str,
    is_ours: bool,  # noqa: FBT001 - a case of the table
) -> None:
    meta = tmp_path / "kafka" / "data" / "log" / "meta.properties"
    meta.parent.mkdir(parents=True)
    meta.write_text(f"#\nversion=1\ncluster.id={cluster_id}\n")

    with answering(struct.pack(">i", len(DESCRIBED)) + DESCRIBED) as port:
        assert build(Kafka, tmp_path).is_answering({"kafka": port}) is is_ours


@pytest.mark.parametrize("kind", [Kafka, Elasticsearch])
@pytest.mark.parametrize(
    "answer", [b"", b"\0\0\0\4\0\0\0\1", b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"]
)
def test_is_answering_does_not_believe_another_server(
    tmp_path: Path, kind: type[Server], answer: bytes
) -> None:
    with answering(answer) as port:
        assert not build(kind, tmp_path).is_answering({"kafka": port, "elasticsearch": port})


@pytest.mark.parametrize("kind", [Kafka, Elasticsearch])
def test_is_answering_is_false_before_ports_are_known(tmp_path: Path, kind: type[Server]) -> None:
    assert not build(kind, tmp_path).is_answering({})


def test_marker_differs_between_state_directories(tmp_path: Path) -> None:
    assert build(Kafka, tmp_path / "a").marker != build(Kafka, tmp_path / "b").marker


def test_ensure_own_folder_refuses_another_user_s_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 4711)

    with pytest.raises(LocalServerError, match=r"belongs to user .*set\s+UNIONWIRE_STATE_DIR"):
        ensure_own_folder(tmp_path)


def test_ensure_own_folder_says_what_to_do_when_it_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(LocalServerError, match="set UNIONWIRE_STATE_DIR"):
        ensure_own_folder(tmp_path / "file" / "state")


def test_drop_state_follows_a_link_but_removes_nothing_beside_it(tmp_path: Path) -> None:
    elsewhere = tmp_path / "disk" / "elasticsearch"
    elsewhere.mkdir(parents=True)
    (tmp_path / "disk" / "holiday.jpg").write_text("")
    state_dir = tmp_path / "state"
    state_dir.mkdir()
    (state_dir / "elasticsearch").symlink_to(elsewhere)

    build(Elasticsearch, state_dir).drop_state()

    assert list(state_dir.iterdir()) == []
    assert [path.name for path in (tmp_path / "disk").iterdir()] == ["holiday.jpg"]


@pytest.mark.parametrize("is_reachable", [True, False])
def test_elasticsearch_of_root_is_fetched_where_its_user_can_read_it(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    is_reachable: bool,  # noqa: FBT001 - a case of the table
) -> None:
    def can_reach(_path: Path, _user_id: int) -> bool:
        return is_reachable

    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(servers, "_can_reach", can_reach)

    place = build(Elasticsearch, tmp_path).cache_dir

    assert (place == tmp_path / "cache") is is_reachable
    assert is_reachable or place.name.startswith("unionwire-0-")


def test_elasticsearch_of_a_plain_user_stays_in_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    assert build(Elasticsearch, tmp_path).cache_dir == tmp_path / "cache"
