"""The crawler's settings."""

import pytest

from crawler.settings import CrawlerSettings
from services.chassis.errors import Fatal
from services.chassis.settings import load


def test_settings_read_recheck_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRAWLER_RECHECK_SECONDS", "5, 15,60")

    assert load(CrawlerSettings).recheck_seconds == (5.0, 15.0, 60.0)


@pytest.mark.parametrize("text", ["60,5", "a", "0,5", ",", "-1"])
def test_settings_name_the_variable_that_does_not_fit(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("CRAWLER_RECHECK_SECONDS", text)

    with pytest.raises(Fatal, match="CRAWLER_RECHECK_SECONDS"):
        load(CrawlerSettings)


def test_settings_delay_is_zero_only_for_private_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRAWLER_DELAY_SECONDS", "0")

    with pytest.raises(Fatal, match="CRAWLER_DELAY_SECONDS"):
        load(CrawlerSettings)


def test_user_agent_names_project_and_contact() -> None:
    agent = CrawlerSettings(contact="desk@example.org").full_user_agent

    assert agent.startswith("unionwire/")
    assert "desk@example.org" in agent
