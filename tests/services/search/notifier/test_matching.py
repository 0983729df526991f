"""Which saved searches find which articles, on the real Elasticsearch."""

from collections.abc import Iterator

import pytest
from elasticsearch import Elasticsearch

from services.chassis.clock import SystemClock
from services.chassis.errors import Retry
from services.chassis.settings import ElasticsearchSettings
from services.search.domain import saved
from services.search.domain.saved import SavedQuery, read_address
from services.search.notifier import matching
from services.search.notifier.matching import Matcher

pytestmark = pytest.mark.integration

HAI_PHONG, HA_NOI, THOA_UOC = "laodong:vi:1001", "laodongthudo:vi:1002", "nld:vi:1003"
BATCH = [HAI_PHONG, HA_NOI, THOA_UOC]


@pytest.fixture
def matcher(elasticsearch_settings: ElasticsearchSettings, filled_prefix: str) -> Iterator[Matcher]:
    with Elasticsearch(elasticsearch_settings.url) as client:
        yield Matcher(client, prefix=filled_prefix, clock=SystemClock())


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("/", BATCH),
        ("/?q=lien+doan+lao+dong+hai+phong", [HAI_PHONG]),
        ("/?q=c%C3%B4ng+%C4%91o%C3%A0n+-%22t%E1%BA%ADp+hu%E1%BA%A5n%22", [HAI_PHONG, THOA_UOC]),
        ("/?outlet=Ng%C6%B0%E1%BB%9Di+Lao+%C4%90%E1%BB%99ng", [THOA_UOC]),
        ("/?date_from=2026-10-01&date_to=2026-10-04", [HA_NOI]),
        ("/?q=kh%C3%B4ng+c%C3%B3+t%E1%BB%AB+n%C3%A0y", []),
        ("/figures?unit=VND&min=100000000000", [HAI_PHONG]),
        ("/figures?min=350&max=350", [HA_NOI]),
        ("/figures?indicator=training_participants&period=2026", [HA_NOI]),
        ("/figures?unit=VND&min=5000000&max=6000000", [THOA_UOC]),
        ("/figures?unit=EUR", []),
        ("/figures?organisation=L%C4%90L%C4%90+TP+H%E1%BA%A3i+Ph%C3%B2ng", [HAI_PHONG]),
        ("/figures?organisation=hai+phong", [HAI_PHONG]),
        ("/figures?place=ha+noi&organisation=lao+dong", [HA_NOI]),
        ("/figures?unit=dong&at_least=100+t%E1%BB%89", [HAI_PHONG]),
        ("/figures?q=%22b%C3%A0n+giao%22", [HAI_PHONG]),
    ],
)
def test_a_saved_search_finds_what_its_page_shows(
    matcher: Matcher, address: str, expected: list[str]
) -> None:
    query = read_address(address)
    found = matcher.match([query], BATCH)
    assert sorted(found.get(query, {})) == sorted(expected)


def test_only_the_articles_of_the_batch_are_found(matcher: Matcher) -> None:
    query = read_address("/")
    assert list(matcher.match([query], [HA_NOI])[query]) == [HA_NOI]


def test_the_matching_figures_are_named(matcher: Matcher) -> None:
    query = read_address("/figures?unit=VND&min=100000000000")
    figures = matcher.match([query], BATCH)[query][HAI_PHONG]
    assert {figure.surface for figure in figures} == {"hơn 220 tỉ đồng"}
    assert {figure.figure_id.partition("#")[0] for figure in figures} == {HAI_PHONG}
    assert len(figures) == 2


def test_many_searches_keep_apart(matcher: Matcher) -> None:
    queries = [read_address(f"/figures?min={n}&max={n}") for n in range(300, 500)]
    queries += [read_address("/?q=t%E1%BA%ADp+hu%E1%BA%A5n"), *queries[:3]]
    found = matcher.match(queries, BATCH)
    assert set(found) == {queries[50], queries[200]}


def test_a_search_that_elasticsearch_refuses_costs_only_itself(
    matcher: Matcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad = read_address("/?q=t%E1%BA%ADp+hu%E1%BA%A5n"), read_address("/?q=x")
    build = saved.build_condition
    monkeypatch.setattr(
        matching,
        "build_condition",
        lambda q: {"range": {"sort_at": {"gte": "no time"}}} if q == bad else build(q),
    )
    found = matcher.match([good, bad, read_address("/")], BATCH)
    assert set(found) == {good, read_address("/")}
    assert matcher.unusable == {bad}


def test_a_search_that_this_release_does_not_know_costs_only_itself(matcher: Matcher) -> None:
    old = SavedQuery(kind="figures", query="a_filter_of_before=1")
    found = matcher.match([old, read_address("/")], BATCH)
    assert set(found) == {read_address("/")}
    assert matcher.unusable == {old}


def test_more_figures_than_one_answer_holds_are_asked_for_in_parts(
    matcher: Matcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = read_address("/figures")
    whole = matcher.match([query], BATCH)[query]
    monkeypatch.setattr(matching, "_HITS_LIMIT", 10)
    assert {key: len(value) for key, value in matcher.match([query], BATCH)[query].items()} == {
        key: len(value) for key, value in whole.items()
    }


def test_an_article_just_written_is_found_before_its_refresh(
    matcher: Matcher, elasticsearch_settings: ElasticsearchSettings, filled_prefix: str
) -> None:
    with Elasticsearch(elasticsearch_settings.url) as client:
        source = dict(client.get(index=f"{filled_prefix}articles", id=HA_NOI)["_source"])
        source |= {"article_id": "fresh:1", "title": "Tin vừa ghi"}
        client.index(index=f"{filled_prefix}articles", id="fresh:1", document=source)
        query = read_address("/?q=v%E1%BB%ABa+ghi")
        try:
            assert list(matcher.match([query], ["fresh:1"])[query]) == ["fresh:1"]
        finally:
            client.delete(index=f"{filled_prefix}articles", id="fresh:1", refresh=True)


def test_a_withdrawn_article_is_found_unless_the_search_leaves_it_out(
    matcher: Matcher, elasticsearch_settings: ElasticsearchSettings, filled_prefix: str
) -> None:
    with Elasticsearch(elasticsearch_settings.url) as client:
        source = dict(client.get(index=f"{filled_prefix}articles", id=HA_NOI)["_source"])
        source |= {"article_id": "gone:1", "status": "withdrawn", "states": ["withdrawn"]}
        client.index(index=f"{filled_prefix}articles", id="gone:1", document=source)
        anyhow, published = read_address("/"), read_address("/?status=published")
        try:
            assert set(matcher.match([anyhow, published], ["gone:1"])) == {anyhow}
        finally:
            client.delete(index=f"{filled_prefix}articles", id="gone:1", refresh=True)


def test_elasticsearch_that_is_away_is_waited_for() -> None:
    with Elasticsearch("http://127.0.0.1:9", max_retries=0) as client:
        matcher = Matcher(client, prefix="", clock=SystemClock())
        with pytest.raises(Retry, match="cannot be reached"):
            matcher.match([read_address("/")], ["a"])
