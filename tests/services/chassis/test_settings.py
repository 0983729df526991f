"""Settings: from the environment, wrong ones told in one sentence."""

import pytest

from services.chassis.errors import Fatal
from services.chassis.settings import KafkaSettings, load


def test_load_reads_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "broker:9092")
    assert load(KafkaSettings).bootstrap_servers == "broker:9092"


def test_load_takes_an_empty_variable_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_SASL_MECHANISM", "")
    assert load(KafkaSettings).sasl_mechanism is None


def test_load_names_the_variable_that_does_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_SECURITY_PROTOCOL", "TELNET")
    with pytest.raises(Fatal, match="KAFKA_SECURITY_PROTOCOL"):
        load(KafkaSettings)


def test_settings_do_not_show_the_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_SASL_PASSWORD", "hidden-word")
    assert "hidden-word" not in repr(load(KafkaSettings))
