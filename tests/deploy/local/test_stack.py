import json
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.error import HTTPError

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic

from deploy.local import stack as stack_module
from deploy.local.errors import LocalServerError, MissingPrerequisiteError
from deploy.local.processes import find_processes, is_port_free
from deploy.local.stack import Stack, build_stack

RunLocal = Callable[[Path, str], "subprocess.Popen[str]"]

LARGE_MESSAGE_BYTES = 8 * 1024 * 1024


def markers(stack: Stack) -> list[str]:
    return [server.marker for server in stack._servers.values()]


def call(
    url: str, method: str = "GET", body: Mapping[str, object] | None = None
) -> dict[str, object]:
    request = urllib.request.Request(  # noqa: S310 - our own server
        url,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"content-type": "application/json"},
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=30) as response:
        answer: dict[str, object] = json.load(response)
        return answer


# Without servers


def test_status_before_the_first_start_makes_nothing(tmp_path: Path) -> None:
    statuses = Stack(tmp_path / "state").status()

    assert [(status.name, status.pid, status.address) for status in statuses] == [
        ("kafka", None, None),
        ("elasticsearch", None, None),
    ]
    assert list(tmp_path.iterdir()) == []


def test_address_before_the_first_start_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(LocalServerError, match=r"run `python -m deploy\.local up`"):
        _ = Stack(tmp_path).kafka_bootstrap_servers


def test_up_checks_prerequisites_before_anything_is_made(
    tmp_path: Path, install_program: object
) -> None:
    del install_program  # PATH is empty.

    with pytest.raises(MissingPrerequisiteError):
        Stack(tmp_path / "state", cache_dir=tmp_path / "cache").up()

    assert not (tmp_path / "cache").exists()
    assert not (tmp_path / "state").exists()


def test_up_leaves_external_servers_alone(tmp_path: Path, install_program: object) -> None:
    del install_program  # PATH is empty: nothing could be started.
    external = {"kafka": "kafka.example:9092", "elasticsearch": "https://search.example"}
    stack = Stack(tmp_path / "state", cache_dir=tmp_path / "cache", external=external)

    stack.up()

    assert stack.kafka_bootstrap_servers == "kafka.example:9092"
    assert stack.elasticsearch_url == "https://search.example"


def test_start_of_an_external_server_is_refused(tmp_path: Path) -> None:
    stack = Stack(tmp_path, external={"kafka": "kafka.example:9092"})

    with pytest.raises(LocalServerError, match="KAFKA_BOOTSTRAP_SERVERS is set"):
        stack.start("kafka")


def test_status_of_an_external_server_says_whether_it_answers(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        external = {
            "kafka": f"127.0.0.1:{port},127.0.0.1:1",
            "elasticsearch": f"http://reader:secret@127.0.0.1:{port}/",
        }
        statuses = Stack(tmp_path, external=external).status()

    assert [status.is_answering for status in statuses] == [True, True]
    assert not any(status.is_answering for status in Stack(tmp_path, external=external).status())


def test_build_stack_takes_its_own_printed_address_for_local(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNIONWIRE_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:20001")
    monkeypatch.setenv("ELASTICSEARCH_URL", "http://127.0.0.1:20003")
    (tmp_path / "ports.json").write_text('{"kafka": 20001, "elasticsearch": 20004}')

    statuses = build_stack().status()

    assert [status.is_external for status in statuses] == [False, True]


def test_describe_logs_shows_nothing_of_an_earlier_start(tmp_path: Path) -> None:
    server = Stack(tmp_path)._servers["kafka"]
    server.log.parent.mkdir(parents=True)
    server.log.write_text("old\n")
    server.log_offset_bytes = len("old\n")
    assert stack_module._describe_logs(server) == f" Its log {server.log} is empty."

    with server.log.open("a") as log:
        log.write("new\n")

    assert stack_module._describe_logs(server) == f"\n  {server.log}:\n    new"


@pytest.mark.parametrize("ports", ["", "{", "[1]", '{"kafka": "x"}', '{"kafka": null}'])
def test_damaged_ports_are_unknown_ports(tmp_path: Path, ports: str) -> None:
    (tmp_path / "ports.json").write_text(ports)

    assert Stack(tmp_path).address("kafka") is None


def test_choose_ports_keeps_free_ones_and_replaces_taken_ones(tmp_path: Path) -> None:
    stack = Stack(tmp_path)
    kafka = stack._servers["kafka"]
    first = stack._choose_ports(kafka)
    with socket.create_server(("127.0.0.1", first["kafka"])):
        second = stack._choose_ports(kafka)

    assert second["kafka"] != first["kafka"]
    assert second["kafka_controller"] == first["kafka_controller"]
    assert json.loads((tmp_path / "ports.json").read_text()) == second


def test_runs_with_the_standard_library_alone() -> None:
    """`make demo` starts the servers before it has installed anything."""
    root = Path(stack_module.__file__).parents[2]
    command = [sys.executable, "-I", "-S", "-c"]
    program = f"import sys; sys.path.insert(0, {str(root)!r}); import deploy.local.__main__"

    subprocess.run([*command, program], check=True, timeout=30)


# With the real servers


@pytest.mark.integration
def test_up_keeps_addresses_and_data_after_a_crash_of_both(real_stack: Stack) -> None:
    real_stack.up()
    before = real_stack.kafka_bootstrap_servers, real_stack.elasticsearch_url
    admin = KafkaAdminClient(bootstrap_servers=before[0])
    admin.create_topics([NewTopic("crash", 1, 1)])
    admin.close()
    producer = KafkaProducer(bootstrap_servers=before[0], max_request_size=2 * LARGE_MESSAGE_BYTES)
    producer.send("crash", b"x" * LARGE_MESSAGE_BYTES).get(timeout=30)
    producer.close()
    call(f"{before[1]}/crash", "PUT")
    call(f"{before[1]}/crash/_doc/1", "PUT", {"title": "Lương"})

    real_stack.kill("kafka")
    real_stack.kill("elasticsearch")
    assert [status.pid for status in real_stack.status()] == [None, None]
    real_stack.up()

    assert (real_stack.kafka_bootstrap_servers, real_stack.elasticsearch_url) == before
    assert call(f"{before[1]}/crash/_doc/1")["_source"] == {"title": "Lương"}
    consumer = KafkaConsumer(bootstrap_servers=before[0], fetch_max_bytes=2 * LARGE_MESSAGE_BYTES)
    partition = TopicPartition("crash", 0)
    consumer.assign([partition])
    assert consumer.end_offsets([partition]) == {partition: 1}
    consumer.close()


@pytest.mark.integration
def test_elasticsearch_analyses_as_the_full_distribution_does(real_stack: Stack) -> None:
    real_stack.up()
    url = real_stack.elasticsearch_url
    analysis = {
        "char_filter": {
            "letters": {"type": "mapping", "mappings": ["\\u0111 => d", "& => \\u0020"]},
            "abbreviations": {"type": "pattern_replace", "pattern": r"TP\.(?=\p{Lu})"},
        },
        "filter": {
            "final_i": {"type": "pattern_replace", "pattern": "(?<=[kt])y$", "replacement": "i"},
            "start": {"type": "edge_ngram", "min_gram": 3, "max_gram": 3},
        },
        "analyzer": {
            "folded": {
                "tokenizer": "standard",
                "char_filter": ["letters", "abbreviations"],
                "filter": ["lowercase", "asciifolding", "final_i", "start"],
            }
        },
        "normalizer": {"plain": {"type": "custom", "filter": ["lowercase", "asciifolding"]}},
    }
    call(f"{url}/analysis", "PUT", {"settings": {"analysis": analysis}})

    text = {"analyzer": "folded", "text": "Tỷ lệ&kỹ đoàn TP.HCM"}
    tokens = call(f"{url}/analysis/_analyze", "POST", text)["tokens"]

    assert isinstance(tokens, list)
    assert [token["token"] for token in tokens] == ["doa", "hcm"]


@pytest.mark.integration
def test_elasticsearch_refuses_analysis_settings_that_it_would_ignore(real_stack: Stack) -> None:
    real_stack.up()
    analysis = {"tokenizer": {"parts": {"type": "ngram", "token_chars": ["letter"]}}}

    with pytest.raises(HTTPError) as caught:
        call(
            f"{real_stack.elasticsearch_url}/refused",
            "PUT",
            {"settings": {"analysis": analysis}},
        )
    with caught.value as error:
        assert "setting [token_chars] of [parts] is not supported" in error.read().decode()


@pytest.mark.integration
def test_two_ups_at_once_start_one_server(fresh_stack: Stack, run_local: RunLocal) -> None:
    runs = [run_local(fresh_stack.state_dir, "up --only kafka") for _ in range(2)]
    outputs = [run.communicate(timeout=120)[0] for run in runs]

    assert [run.returncode for run in runs] == [0, 0], outputs
    assert sorted(output.count(": starting") for output in outputs) == [0, 1]
    assert sum("waiting for another run" in output for output in outputs) == 1
    assert [len(find_processes(marker)) for marker in markers(fresh_stack)] == [1, 0]


@pytest.mark.integration
def test_status_exits_with_3_unless_everything_answers(
    real_stack: Stack, run_local: RunLocal
) -> None:
    real_stack.up()
    up = run_local(real_stack.state_dir, "status --json")
    rows = json.loads(up.communicate(timeout=30)[0])
    real_stack.stop("kafka")
    partly = run_local(real_stack.state_dir, "status")
    lines = partly.communicate(timeout=30)[0].splitlines()

    assert up.returncode == 0
    assert [(row["name"], row["is_answering"]) for row in rows] == [
        ("kafka", True),
        ("elasticsearch", True),
    ]
    assert sum(row["memory_bytes"] for row in rows) < 1_500_000_000
    assert partly.returncode == 3
    assert lines[0].split() == ["kafka", "stopped"]


@pytest.mark.integration
def test_down_leaves_no_process_and_no_listener(real_stack: Stack, run_local: RunLocal) -> None:
    real_stack.up()

    down = run_local(real_stack.state_dir, "down")
    down.communicate(timeout=90)

    assert down.returncode == 0
    assert [find_processes(marker) for marker in markers(real_stack)] == [[], []]
    assert all(is_port_free(port) for port in real_stack._read_ports().values())


@pytest.mark.integration
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_up_interrupted_leaves_no_process(
    fresh_stack: Stack, run_local: RunLocal, number: signal.Signals
) -> None:
    up = run_local(fresh_stack.state_dir, "up")
    assert up.stdout is not None
    for line in up.stdout:
        if line.startswith("Kafka"):
            break
    up.send_signal(number)
    up.communicate(timeout=60)

    assert up.returncode == 128 + number
    assert [find_processes(marker) for marker in markers(fresh_stack)] == [[], []]


@pytest.mark.integration
def test_start_that_fails_shows_the_log(
    fresh_stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNIONWIRE_ELASTICSEARCH_HEAP", "plenty")

    with pytest.raises(LocalServerError, match=r"(?s)ended instead of starting.*Xmxplenty"):
        fresh_stack.start("elasticsearch")

    assert [find_processes(marker) for marker in markers(fresh_stack)] == [[], []]


@pytest.mark.integration
def test_up_starts_a_server_whose_ports_are_forgotten_on_new_ones(fresh_stack: Stack) -> None:
    fresh_stack.up(only="kafka")
    before = find_processes(markers(fresh_stack)[0])
    (fresh_stack.state_dir / "ports.json").unlink()

    fresh_stack.up(only="kafka")

    assert find_processes(markers(fresh_stack)[0]) != before
    assert fresh_stack.status()[0].is_answering
