"""The desk on the real Elasticsearch."""

import html
import json
import re
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
from elasticsearch import Elasticsearch
from elasticsearch.helpers import bulk

from indexer.mappings import IndexLayout, ensure_indices
from services.chassis.settings import ElasticsearchSettings

if TYPE_CHECKING:
    from tests.services.search.conftest import Desk

pytestmark = pytest.mark.integration

RELEVANCE = json.loads(Path(__file__).with_name("relevance.json").read_text(encoding="utf-8"))
EVIL = "/articles/evil%3Avi%3Aa%2Fb%3Fc%23d%20%3C1009%3E"


def search(desk: "Desk", **parameters: object) -> dict[str, Any]:
    answer = desk.http.get("/api/v1/search", params=parameters)  # type: ignore[arg-type] # strings, numbers, lists of them
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def list_ids(answer: dict[str, Any]) -> list[str]:
    return [article["article_id"] for article in answer["articles"]]


@pytest.mark.parametrize("case", RELEVANCE, ids=[case["why"] for case in RELEVANCE])
def test_search_finds(desk: "Desk", case: dict[str, Any]) -> None:
    found = list_ids(search(desk, q=case["query"]))
    assert set(case["found"]) <= set(found)
    assert not set(case.get("missing", ())) & set(found)
    ranked = [found.index(article_id) for article_id in case.get("order", ())]
    assert ranked == sorted(ranked)
    if case.get("first"):
        assert found[0] == case["first"]


@pytest.mark.parametrize(
    "query",
    [
        "title:x AND body:/.*/",
        "*:*",
        "a~9999 b^99999",
        "[1 TO *]",
        '{"match_all":{}}',
        "\\" * 40,
        "((((((a))))))",
        "a " * 40,
        "\u0000\ud7ff\U0001f389",
        "'; DROP TABLE articles; --",
        "ộ" * 300,
        "1.000.000,5%",
    ],
)
def test_no_query_is_an_error_of_ours(desk: "Desk", query: str) -> None:
    assert desk.http.get("/", params={"q": query}).status_code in (200, 400)
    assert desk.http.get("/api/v1/search", params={"q": query}).status_code in (200, 400)


def test_withdrawn_articles_are_found_only_when_asked_for(desk: "Desk") -> None:
    assert "laodong:vi:1007" not in list_ids(search(desk))
    assert list_ids(search(desk, status="withdrawn")) == ["laodong:vi:1007"]
    both = search(desk, status=["withdrawn", "published"], size=100)
    assert "laodong:vi:1007" in list_ids(both)
    page = desk.http.get("/", params={"status": "withdrawn"}).text
    assert "Đã gỡ" in page


def test_facets_count_each_under_the_others(desk: "Desk") -> None:
    answer = search(desk, outlet=["Báo Lao Động", "Người Lao Động"])
    facets = {facet["name"]: facet for facet in answer["facets"]}
    outlets = {value["value"]: value for value in facets["outlet"]["values"]}
    assert outlets["Người Lao Động"]["count"] == 3
    assert outlets["Người Lao Động"]["is_chosen"]
    assert outlets["Tuổi trẻ Thủ đô"]["count"] == 1
    languages = {value["value"]: value["count"] for value in facets["language"]["values"]}
    assert languages == {"vi": answer["total"]} == {"vi": 4}
    statuses = {value["value"]: value["count"] for value in facets["status"]["values"]}
    assert statuses == {"published": 4, "withdrawn": 1}


def test_a_chosen_value_without_articles_can_still_be_taken_back(desk: "Desk") -> None:
    page = desk.http.get("/", params={"place": "Atlantis"})
    assert "Atlantis" in page.text
    assert "Không tìm thấy bài nào" in page.text


def test_dates_are_days_in_vietnam(desk: "Desk") -> None:
    # 1003 was published on 28 September at 08:05 in Vietnam, 01:05 UTC.
    found = search(desk, date_from="2026-09-28", date_to="2026-09-28")
    assert list_ids(found) == ["nld:vi:1003"]
    (dates,) = (facet for facet in found["facets"] if facet["kind"] == "date")
    assert dates["interval"] == "day"
    assert [(v["value"], v["count"]) for v in dates["values"]] == [("2026-09-28", 1)]
    months = search(desk, date_from="2026")["facets"]
    (dates,) = (facet for facet in months if facet["kind"] == "date")
    assert {v["value"]: v["count"] for v in dates["values"]}["2026-09"] == 2


def test_highlights_are_text_not_html(desk: "Desk") -> None:
    hit = search(desk, q="công cụ kiểm thử")["articles"][0]
    assert hit["article_id"].startswith("evil:")
    assert "<script>" in "".join(run["text"] for run in hit["title_runs"])
    assert [run["text"] for run in hit["title_runs"] if run["is_marked"]] == ["công cụ kiểm thử"]


def test_hostile_text_is_shown_as_text(desk: "Desk") -> None:
    for path in ("/?q=ki%E1%BB%83m+th%E1%BB%AD", EVIL, "/?q=%22%3E%3Cscript%3Ex"):
        page = desk.http.get(path).text
        assert page.count("<script") == page.count('<script src="/static/') == 1
        assert "<img" not in page
        assert "<svg onload" not in page
        assert 'href="javascript' not in page
        assert "<em>" not in page
        assert "49" not in re.sub(r"\d{2,}", "", page)
    text = desk.http.get(EVIL).text
    assert "{{ 7*7 }}" in text
    assert html.escape("<script>alert(", quote=False) in text


def test_the_article_page_marks_every_figure_and_links_it_both_ways(
    desk: "Desk", articles_module: ModuleType
) -> None:
    case = articles_module.read_articles()[0]
    article = articles_module.build_article(case)
    page = desk.http.get(f"/articles/{article.article_id}").text
    for figure in article.figures:
        anchor = figure.id.replace(":", "-")
        assert page.count(f'id="figure-{anchor}"') == 1
        assert page.count(f'id="row-{anchor}"') == 1
        assert f'href="#figure-{anchor}"' in page
        assert f'href="#row-{anchor}"' in page
    assert 'rel="noopener noreferrer external"' in page
    assert "Trần Thị Minh Nguyệt, Phó Chủ tịch" in page


def test_a_corrected_article_shows_its_history_and_its_earlier_text(
    desk: "Desk", articles_module: ModuleType
) -> None:
    path = "/articles/tuoitrethudo:vi:1006"
    now = desk.http.get(path).text
    assert "Đã sửa" in now
    assert "1.200 suất" not in now
    earlier = desk.http.get(path, params={"revision": articles_module.EARLIER})
    assert "1.200 suất" in earlier.text
    assert "Đây là bản cũ" in earlier.text
    for wrong in ("1", "x", "99999999999999999999", "1770000000000"):
        assert desk.http.get(path, params={"revision": wrong}).status_code == 404


def test_an_unknown_article_is_told(desk: "Desk") -> None:
    page = desk.http.get("/articles/no:such:<b>")
    assert page.status_code == 404
    assert "&lt;b&gt;" in page.text
    problem = desk.http.get("/api/v1/articles/no:such")
    assert problem.status_code == 404
    assert problem.json()["detail"].startswith("There is no article “no:such”")


def test_the_api_gives_an_article_with_its_exact_figures(desk: "Desk") -> None:
    article = desk.http.get("/api/v1/articles/laodong:vi:1001").json()
    values = {figure["surface"]: figure["value"] for figure in article["figures"]}
    assert values["hơn 220 tỉ đồng"] == "220000000000"
    for figure in article["figures"]:
        assert article[figure["field"]][figure["start"] : figure["end"]] == figure["surface"]


def follow(desk: "Desk", path: str, kind: str) -> list[dict[str, Any]]:
    collected: list[dict[str, Any]] = []
    next_path: str | None = path
    while next_path:
        answer = desk.http.get(next_path).json()
        collected += answer[kind]
        next_path = answer["next"]
    return collected


@pytest.mark.parametrize("query", ["", "công"])
def test_a_list_stays_as_it_was_while_the_index_grows(
    desk: "Desk",
    elasticsearch_settings: ElasticsearchSettings,
    articles_module: ModuleType,
    unique_name: str,
    query: str,
) -> None:
    prefix = f"{unique_name}-"
    with Elasticsearch(elasticsearch_settings.url) as client:
        articles_module.fill_index(client, prefix)
        try:
            desk.index._options = type(desk.index._options)(prefix=prefix, cursor_key=b"k")
            path = f"/api/v1/search?size=2&q={query}"
            before = [a["article_id"] for a in follow(desk, path, "articles")]
            first = desk.http.get(path).json()
            for action in articles_module.list_actions(prefix):
                if action["_index"] == IndexLayout(prefix=prefix).articles:
                    late = {**action["_source"], "article_id": "new:" + action["_id"]}
                    late["sort_at"] = "2027-01-01T00:00:00Z"
                    bulk(client, [{**action, "_id": late["article_id"], "_source": late}])
            client.indices.refresh(index=f"{prefix}*")
            rest = follow(desk, first["next"], "articles")
            assert [a["article_id"] for a in [*first["articles"], *rest]] == before
        finally:
            articles_module.drop_index(client, prefix)


def test_a_cursor_belongs_to_its_search(desk: "Desk") -> None:
    following = search(desk, size=2)["next"]
    for wrong in (following.replace("size=2", "size=3"), following + "x", following[:-9]):
        answer = desk.http.get(wrong)
        assert answer.status_code == 400
        assert "cursor" in answer.json()["detail"]


def test_a_cursor_that_gave_way_has_expired(desk: "Desk") -> None:
    desk.index._options = type(desk.index._options)(
        prefix=desk.prefix, cursor_key=b"k", cursors_limit=1
    )
    first = search(desk, size=2)["next"]
    second = search(desk, size=2)["next"]
    gone = desk.http.get(first)
    assert gone.status_code == 410
    assert gone.headers["content-type"] == "application/problem+json"
    assert desk.http.get(second).status_code == 200
    assert desk.registry.get_sample_value("unionwire_search_open_cursors") == 1


def test_a_list_that_fits_on_a_page_keeps_nothing_open(desk: "Desk") -> None:
    search(desk, size=100)
    assert desk.registry.get_sample_value("unionwire_search_open_cursors") == 0


def test_numbered_pages_do_not_shift(desk: "Desk") -> None:
    page = desk.http.get("/", params={"size": 4}).text
    following = html.unescape(re.findall(r'href="([^"]*)" rel="next', page)[0])
    assert "as_of=" in following
    second = desk.http.get(following).text
    titles = re.findall(r"<h2><a href=\"(/articles/[^\"]*)\"", page + second)
    assert len(titles) == len(set(titles)) == 8
    assert 'rel="prev' in second


def test_an_empty_index_says_so(desk: "Desk", unique_name: str) -> None:
    desk.index._options = type(desk.index._options)(prefix=f"{unique_name}-", cursor_key=b"k")
    assert "Kho bài còn trống" in desk.http.get("/").text
    assert desk.http.get("/api/v1/search").json()["total"] == 0
    assert desk.http.get("/api/v1/figures").json()["figures"] == []
    assert desk.http.get("/articles/a:b").status_code == 404
    ensure_indices(desk.client, IndexLayout(prefix=f"{unique_name}-"))
    try:
        assert "Kho bài còn trống" in desk.http.get("/").text
    finally:
        names = list(desk.client.indices.get(index=f"{unique_name}-*"))
        desk.client.indices.delete(index=names)


def test_a_document_of_a_newer_release_does_not_hide_the_others(
    desk: "Desk",
    articles_module: ModuleType,
    unique_name: str,
) -> None:
    prefix = f"{unique_name}-"
    articles_module.fill_index(desk.client, prefix)
    try:
        source = articles_module.build_article(articles_module.read_articles()[0])
        newer = json.loads(source.model_dump_json())
        newer["figures"][0]["kind"] = "a kind of tomorrow"
        desk.client.index(
            index=f"{prefix}articles", id=newer["article_id"], document=newer, refresh=True
        )
        desk.index._options = type(desk.index._options)(prefix=prefix, cursor_key=b"k")
        assert "laodong:vi:1001" in list_ids(search(desk))
        page = desk.http.get("/articles/laodong:vi:1001")
        assert page.status_code == 200
        assert "8 số liệu" in page.text
    finally:
        articles_module.drop_index(desk.client, prefix)


def test_elasticsearch_down_is_told_clearly(downed_desk: "Desk") -> None:
    page = downed_desk.http.get("/?q=l%C6%B0%C6%A1ng")
    assert page.status_code == 503
    assert page.headers["retry-after"] == "10"
    assert "Elasticsearch" in page.text
    assert "Thử lại" in page.text
    for path in ("search", "facets", "figures", "articles/a"):
        problem = downed_desk.http.get(f"/api/v1/{path}")
        assert problem.status_code == 503
        assert problem.json()["title"] == "Search is down for a moment"
    errors = downed_desk.registry.get_sample_value(
        "unionwire_search_elasticsearch_errors_total",
        {"operation": "search", "kind": "unreachable"},
    )
    assert errors
    with pytest.raises(Exception, match="refused"):
        downed_desk.index.is_reachable()
