"""Copies, names in several cases, silent outlets and typos, on the real Elasticsearch."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
from elasticsearch import Elasticsearch
from elasticsearch.helpers import bulk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexer.mappings import (
    INDEX_PLANS,
    IndexLayout,
    build_mappings,
    build_settings,
    ensure_indices,
)
from services.chassis.settings import ElasticsearchSettings

if TYPE_CHECKING:
    from tests.services.search.conftest import Desk

pytestmark = pytest.mark.integration

NOW = datetime.now(UTC).replace(microsecond=0)
TITLE = "Công đoàn may áo ấm cho công nhân vùng cao"
STORY = [f"band-{number}" for number in range(8)]


def make_case(number: int, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - fields of an article
    return {
        "article_id": f"room:vi:{number}",
        "outlet": "Báo Ngày",
        "source": "ngay",
        "site": "ngay",
        "title": f"Tin số {number}",
        "lead": "",
        "body": "Nội dung bài viết.",
        "published_at": NOW - timedelta(days=200),
        "figures": [],
        "entities": [],
        **fields,
    }


def list_cases() -> list[dict[str, Any]]:
    def name(surface: str, name: str) -> dict[str, str]:
        return {"type": "organisation", "field": "body", "surface": surface, "name": name}

    daily = [
        make_case(number, published_at=NOW - timedelta(days=number)) for number in range(9, 19)
    ]
    copies = [
        make_case(
            30 + place,
            outlet=outlet,
            title=TITLE,
            signature=(*STORY[place:], f"own-{place}"),
            published_at=NOW - timedelta(days=100, hours=place),
        )
        for place, outlet in enumerate(("Báo Gốc", "Báo Chép", "Báo Lại"))
    ]
    return [
        *daily,
        *copies,
        make_case(40, body="Gặp Hội thợ May Một.", entities=[name("May Một", "Hội thợ May Một")]),
        make_case(41, body="Gặp Hội thợ May Một.", entities=[name("May Một", "Hội thợ May Một")]),
        make_case(42, body="Gặp HỘI THỢ MAY MỘT.", entities=[name("MAY MỘT", "HỘI THỢ MAY MỘT")]),
        make_case(50, outlet="Báo Mới", published_at=NOW - timedelta(days=2)),
        make_case(60, title="Tai nạn lao động giảm", tags=["tai nạn lao động"], author="Lê Thị An"),
        make_case(61, title="Bàn về tai nạn lao động", signature=(*STORY[:1], "x", "y")),
    ]


@pytest.fixture(scope="module")
def newsroom(
    elasticsearch_settings: ElasticsearchSettings, articles_module: ModuleType
) -> Iterator[str]:
    prefix = f"room-{random.SystemRandom().getrandbits(32):08x}-"
    with Elasticsearch(elasticsearch_settings.url) as client:
        ensure_indices(client, IndexLayout(prefix=prefix))
        articles = [articles_module.build_article(case) for case in list_cases()]
        actions = (
            {
                "_index": IndexLayout(prefix=prefix).articles,
                "_id": article.article_id,
                "_source": json.loads(article.model_dump_json()),
            }
            for article in articles
        )
        bulk(client, actions, refresh=True)
        yield prefix
        articles_module.drop_index(client, prefix)


@pytest.fixture
def room(desk: "Desk", newsroom: str) -> "Desk":
    desk.index._options = type(desk.index._options)(prefix=newsroom, cursor_key=b"k")
    return desk


def ask(room: "Desk", path: str = "search", **parameters: object) -> dict[str, Any]:
    answer = room.http.get(f"/api/v1/{path}", params=parameters)  # type: ignore[arg-type] # strings and lists
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def read_facet(answer: dict[str, Any], name: str) -> dict[str, dict[str, Any]]:
    facet = next(facet for facet in answer["facets"] if facet["name"] == name)
    return {value["value"]: value for value in facet["values"]}


def test_the_page_folds_copies_and_counts_articles(room: "Desk") -> None:
    page = room.http.get("/", params={"q": f'"{TITLE}"', "sort": "newest"}).text
    assert page.count('<article class="card') == 1
    assert "3 bài" in page
    assert "2 bản đăng lại được gộp ở trang này" in page
    assert page.index("Báo Gốc") < page.index("Báo Chép") < page.index("Báo Lại")


def test_the_api_lists_every_article_with_its_copies(room: "Desk") -> None:
    answer = ask(room, q=f'"{TITLE}"')
    assert answer["total"] == 3
    assert [len(article["copies"]) for article in answer["articles"]] == [2, 2, 2]


def test_copies_are_told_whatever_the_filters(room: "Desk") -> None:
    (article,) = ask(room, q=f'"{TITLE}"', outlet="Báo Lại")["articles"]
    assert {copy["outlet"] for copy in article["copies"]} == {"Báo Gốc", "Báo Chép"}


def test_one_shared_keyword_makes_no_copy(room: "Desk") -> None:
    (article,) = ask(room, q='title:"bàn về"')["articles"]
    assert article["copies"] == []


def test_names_that_differ_by_case_are_one_value(room: "Desk") -> None:
    organisations = read_facet(ask(room), "organisation")
    assert organisations["Hội thợ May Một"]["count"] == 3
    assert "HỘI THỢ MAY MỘT" not in organisations
    for spelling in ("Hội thợ May Một", "HỘI THỢ MAY MỘT"):
        assert ask(room, organisation=spelling)["total"] == 3


def test_an_outlet_that_fell_silent_is_told_beside_its_count(room: "Desk") -> None:
    outlets = read_facet(ask(room), "outlet")
    silent = (NOW - timedelta(days=9)).astimezone(tz=None)
    since = datetime.fromisoformat(outlets["Báo Ngày"]["silent_since"]).date()
    assert abs((since - silent.date()).days) <= 1
    assert outlets["Báo Mới"]["silent_since"] is None
    assert "im từ" in room.http.get("/").text


def test_a_series_that_begins_late_is_told_beside_its_count(room: "Desk") -> None:
    outlets = read_facet(ask(room), "outlet")
    assert outlets["Báo Mới"]["begins"] is not None
    assert outlets["Báo Ngày"]["begins"] is None
    later = {"date_from": (NOW - timedelta(days=20)).date().isoformat()}
    assert read_facet(ask(room, **later), "outlet")["Báo Mới"]["begins"] is None


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("title:giảm", {"room:vi:60"}),
        ("tags:lao", {"room:vi:60"}),
        ("tácgiả:an", {"room:vi:60"}),
        ('bao:("báo gốc" OR "báo mới")', {"room:vi:30", "room:vi:50"}),
        ("-outlet:ngay outlet:moi", {"room:vi:50"}),
        ('organisation:"may một" -body:"HỘI THỢ MAY BA"', {f"room:vi:{n}" for n in (40, 41, 42)}),
        ("status:corrected", set()),
    ],
)
def test_field_words_look_in_one_field(room: "Desk", query: str, found: set[str]) -> None:
    assert {article["article_id"] for article in ask(room, q=query)["articles"]} == found


def test_a_mistyped_query_is_mended_as_the_articles_spell_it(room: "Desk") -> None:
    assert ask(room, q="tai nạn lao độgn")["did_you_mean"] == "tai nạn lao động"
    assert ask(room, q="tai nan lao dogn")["did_you_mean"] == "tai nan lao dong"
    assert ask(room, q="tai nạn lao động")["did_you_mean"] is None
    page = room.http.get("/", params={"q": "tai nạn lao độgn"})
    assert "Không có bài nào cho “tai nạn lao độgn”" in page.text
    assert page.text.count('<article class="card') == 2


PARTS = st.sampled_from(
    [
        *("AND ", "OR ", "NOT ", "-", "(", ")", '"', "“", ":", "|", "\\", "*", "~2", "^", "/", " "),
        *("title:", "báo:", "status:", "place:(", "topic:lương ", "xyz:", "tai nạn ", "LĐLĐ "),
        *("ộ", "629.000", "1,5%", "\u0000", "\u0301", "\U0001f389", "công đoàn ", "a" * 40),
    ]
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.lists(PARTS, max_size=30).map("".join))
def test_no_query_is_an_error_of_ours(room: "Desk", text: str) -> None:
    for path in ("/api/v1/search", "/api/v1/suggest", "/"):
        answer = room.http.get(path, params={"q": text})
        assert answer.status_code in (200, 400), (path, text, answer.text[:300])


def test_suggestions_are_names_key_words_and_headlines(room: "Desk") -> None:
    offered = ask(room, "suggest", q="tai nạn l", lang="vi")["suggestions"]
    assert ("words", "tai nạn lao động") in {(one["kind"], one["label"]) for one in offered}
    assert "article" in {one["kind"] for one in offered}
    (outlet,) = ask(room, "suggest", q="báo:gố")["suggestions"]
    assert (outlet["label"], outlet["hint"]) == ("Báo Gốc", "Outlet")
    assert ask(room, "suggest", q="x")["suggestions"] == []


def test_an_index_of_an_earlier_release_is_still_searched(room: "Desk") -> None:
    older = "room-older-" + room.index._options.prefix
    mappings = build_mappings(INDEX_PLANS[0])
    del mappings["properties"]["spelling"]
    for mapped in mappings["properties"].values():
        mapped.pop("copy_to", None)
    settings = build_settings(IndexLayout(prefix=older))
    room.client.indices.create(index=f"{older}articles", mappings=mappings, settings=settings)
    try:
        room.index._options = type(room.index._options)(prefix=older, cursor_key=b"k")
        answer = room.http.get("/api/v1/search", params={"q": "thuogn"})
        assert answer.json()["total"] == 0
        assert answer.json()["did_you_mean"] is None
    finally:
        room.client.indices.delete(index=f"{older}articles")
