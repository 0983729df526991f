"""The sources file."""

from pathlib import Path

import pytest

import crawler
from crawler.sources import load_sources
from services.chassis.errors import Fatal

GOOD = "sources:\n- id: x\n  outlet: X\n  feeds: [https://e.org/rss]\n"


def load(tmp_path: Path, text: str) -> tuple[object, ...]:
    path = tmp_path / "sources.yaml"
    path.write_text(text, encoding="utf-8")
    return load_sources(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "needs a list named 'sources'"),
        ("sources: [", "no YAML at line"),
        ("sources: []", "line 1"),
        (GOOD + "  feed: [https://e.org/rss]\n", "line 5, source x: the key 'feed' is unknown"),
        (GOOD + "other: 1\n", "line 5: the key 'other' is unknown"),
        (GOOD.replace("https", "ftp"), "no http or https address"),
        (GOOD + "  site: nowhere\n", "there is no parser 'nowhere'"),
        (GOOD + "  allowed_hosts: [f.org]\n", "allowed_hosts does not name"),
        (GOOD + "  private_addresses: [127.0.0.1]\n", "needs its port"),
        (GOOD + "  maximum_age_days: 0\n", "line 5, source x: maximum_age_days"),
        ("sources:\n- id: x\n  outlet: X\n", "no feeds, sitemaps or sections"),
        ("sources:\n- outlet: X\n  feeds: [https://e.org/rss]\n", "id: Field required"),
        (GOOD + GOOD.removeprefix("sources:\n"), "two sources have the id 'x'"),
    ],
)
def test_load_sources_says_what_is_wrong_and_where(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(Fatal) as caught:
        load(tmp_path, text)

    assert message in str(caught.value)
    assert str(caught.value).count("\n") == 0


def test_load_sources_names_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Fatal, match="cannot be read"):
        load_sources(tmp_path / "none.yaml")


def test_the_live_sources_fit() -> None:
    sources = load_sources(Path(crawler.__file__).parent / "sources.yaml")

    assert {"laodong", "nld", "laodongthudo", "tuoitrethudo"} <= {source.site for source in sources}
    assert not any(source.private_addresses for source in sources)
