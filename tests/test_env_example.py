"""`.env.example` names every setting, says what it means, and changes nothing when copied."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml
from pydantic_settings import BaseSettings

from crawler.settings import CrawlerSettings
from enricher.settings import EnricherSettings
from indexer.settings import IndexerSettings
from services.chassis.settings import ElasticsearchSettings, KafkaSettings, describe
from services.pulse.settings import PulseSettings
from services.search.notifier.settings import NotifierSettings
from services.search.settings import SearchSettings

REPOSITORY = Path(__file__).parents[1]
CLASSES: tuple[type[BaseSettings], ...] = (
    KafkaSettings,
    ElasticsearchSettings,
    CrawlerSettings,
    EnricherSettings,
    IndexerSettings,
    SearchSettings,
    NotifierSettings,
    PulseSettings,
)


class Entry(NamedTuple):
    value: str
    meaning: str


def read_example() -> Mapping[str, Entry]:
    entries: dict[str, Entry] = {}
    words: list[str] = []
    for line in (REPOSITORY / ".env.example").read_text().splitlines():
        if setting := re.fullmatch(r"#([A-Z][A-Z0-9_]*)=(.*)", line):
            assert setting[1] not in entries, f"{setting[1]} stands there twice"
            entries[setting[1]] = Entry(setting[2], " ".join(words))
            words = []
        elif line.startswith("# "):
            words.append(line.removeprefix("# "))
        else:
            words = []
    return entries


EXAMPLE = read_example()
OF_SERVICES = {variable for each in CLASSES for variable, _, _ in describe(each)}


def find_compose_variables() -> dict[str, str]:
    """The variables of docker-compose.yml with their defaults."""
    text = (REPOSITORY / "docker-compose.yml").read_text()
    return dict(re.findall(r"\$\{([A-Z_]+):-([^}]*)\}", text))


def find_local_variables() -> set[str]:
    """The variables that the commands of `make` read."""
    texts = [path.read_text() for path in (REPOSITORY / "deploy").rglob("*.py")]
    return set(re.findall(r'environ(?:\.get\(|\[)"(UNIONWIRE_[A-Z_]+)"', "\n".join(texts)))


def test_example_changes_nothing_when_it_is_copied() -> None:
    lines = (REPOSITORY / ".env.example").read_text().splitlines()
    assert [line for line in lines if line and not line.startswith("#")] == []


def test_example_names_every_setting_and_no_other() -> None:
    known = OF_SERVICES | set(find_compose_variables()) | find_local_variables()
    assert set(EXAMPLE) == known | {"COMPOSE_PROFILES"}


@pytest.mark.parametrize("settings_class", CLASSES, ids=lambda each: each.__name__)
def test_example_says_what_each_setting_means(settings_class: type[BaseSettings]) -> None:
    described = {variable: meaning for variable, _, meaning in describe(settings_class)}
    assert {variable: EXAMPLE[variable].meaning for variable in described} == described
    assert all(described.values())


@pytest.mark.parametrize("settings_class", CLASSES, ids=lambda each: each.__name__)
def test_example_shows_the_default_of_each_setting(
    settings_class: type[BaseSettings], monkeypatch: pytest.MonkeyPatch
) -> None:
    variables = [variable for variable, _, _ in describe(settings_class)]
    for variable in variables:
        monkeypatch.delenv(variable, raising=False)
    defaults = settings_class()
    for variable in variables:
        monkeypatch.setenv(variable, EXAMPLE[variable].value)
    assert settings_class() == defaults


def test_example_shows_the_defaults_of_the_compose_file() -> None:
    only_there = {
        variable: default
        for variable, default in find_compose_variables().items()
        if variable not in OF_SERVICES
    }
    assert {variable: EXAMPLE[variable].value for variable in only_there} == only_there


@pytest.mark.parametrize("variable", sorted(EXAMPLE))
def test_example_explains_each_variable(variable: str) -> None:
    assert EXAMPLE[variable].meaning.endswith(".")


def test_example_names_the_profiles_of_the_compose_file() -> None:
    services = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())["services"]
    profiles = {name for service in services.values() for name in service.get("profiles", ())}
    assert EXAMPLE["COMPOSE_PROFILES"].value == ""
    assert profiles | {"live"} == set(re.findall(r"`(\w+)`", EXAMPLE["COMPOSE_PROFILES"].meaning))
