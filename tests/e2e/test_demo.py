"""The running demo: what its site shows is found, corrected, withdrawn, as the site does it."""

import urllib.parse
import urllib.request
from typing import Any

import pytest

from deploy.pipeline.pipeline import ADMIN_PORTS, fetch_json

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

System = Any  # the fixture's class lives in conftest.py
Article = dict[str, Any]


def publish(demo: System, outlet: str, section: str, title: str, *body: str) -> Article:
    """Let an outlet publish a story."""
    return dict(
        demo.order(
            "/publish",
            outlet=outlet,
            section=section,
            title=title,
            lead="Chương trình diễn ra cuối tuần qua.",
            body=list(body),
        )
    )


def stored(demo: System, entry: Article) -> Article:
    return dict(demo.articles()[entry["url"]])


def test_every_article_is_there_once_with_the_text_that_readers_see(demo: System) -> None:
    def differences() -> list[str]:
        articles = demo.articles()
        return [
            f"{entry['url']}: {field}"
            for entry in demo.ledger()
            if entry["status"] == "published"
            for field, wanted in (
                ("title", entry["title"]),
                ("lead", entry["lead"]),
                ("body", "\n\n".join(entry["body"])),
            )
            if articles.get(entry["url"], {}).get(field) != wanted
        ]

    demo.wait("the index says what the site says", lambda: not differences(), rest=differences)
    articles = demo.articles()
    assert len({article["article_id"] for article in articles.values()}) == len(articles)


def test_a_blocked_page_is_no_article(demo: System) -> None:
    entry = publish(demo, "laodong", "cong-doan", "Tin sẽ bị chặn", "Trao 77 suất quà.")
    demo.order("/block", article=entry["key"])
    path = urllib.parse.urlsplit(entry["url"]).path
    demo.wait("the page was asked for", lambda: path in str(demo.hits()["paths"]))
    demo.wait_until_idle()
    assert entry["url"] not in demo.articles()
    assert all("D1N=" not in article["body"] for article in demo.articles().values())


def test_figures_of_an_article_are_found_as_data(demo: System) -> None:
    articles = [article for article in demo.articles().values() if article["figure_count"]]
    assert articles
    for article in articles:
        figures = demo.figures(article["article_id"])
        assert len(figures) == article["figure_count"] == len(article["figures"])
        for figure in figures.values():
            text = article[figure["field"]]
            assert text[figure["start"] : figure["end"]] == figure["surface"]


def test_a_correction_leaves_one_article_two_revisions_and_the_new_figures(
    demo: System,
) -> None:
    entry = publish(
        demo,
        "nld",
        "lao-dong/cong-doan-cong-nhan",
        "Tặng quà công nhân ở trọ",
        "Công đoàn cơ sở đã trao 1.234 suất quà cho công nhân.",
    )
    demo.wait("the story is found", lambda: stored(demo, entry)["figure_count"] > 0)
    article_id = stored(demo, entry)["article_id"]
    assert "1234" in {figure["value"] for figure in demo.figures(article_id).values()}

    demo.order("/correct", article=entry["key"], replace=[["1.234", "2.345"]])
    demo.wait("the correction is found", lambda: stored(demo, entry)["is_corrected"])

    article = stored(demo, entry)
    values = {figure["value"] for figure in demo.figures(article_id).values()}
    assert "2345" in values
    assert "1234" not in values
    assert [line["cause"] for line in article["revisions"]] == ["new", "source"]
    revisions = [
        document
        for document in demo.documents("article-revisions").values()
        if document["article_id"] == article_id
    ]
    assert sorted(revision["body"].count("1.234") for revision in revisions) == [0, 1]


def test_changed_related_stories_are_no_revision(demo: System) -> None:
    entry = publish(demo, "laodongthudo", "cong-doan", "Khai mạc hội thao", "Có 12 đội dự thi.")
    demo.wait("the story is found", lambda: bool(stored(demo, entry)))
    before = stored(demo, entry)

    def fetches() -> int:
        path = urllib.parse.urlsplit(entry["url"]).path
        hits = demo.hits()["paths"].items()
        return sum(hit["count"] for target, hit in hits if target.endswith(path))

    demo.order("/shuffle-related", article=entry["key"])
    asked = fetches()
    demo.wait("the crawler looked again", lambda: fetches() >= asked + 2)
    demo.wait_until_idle()
    assert stored(demo, entry)["revisions"] == before["revisions"]


def test_a_withdrawn_story_keeps_its_text_and_is_marked(demo: System) -> None:
    entry = publish(
        demo, "tuoitrethudo", "lao-dong-cong-doan", "Tin sẽ gỡ", "Trao 31 suất học bổng."
    )
    demo.wait("the story is found", lambda: bool(stored(demo, entry)))
    text = stored(demo, entry)["body"]
    demo.order("/withdraw", article=entry["key"])
    demo.wait("the withdrawal is seen", lambda: stored(demo, entry)["status"] == "withdrawn")
    assert stored(demo, entry)["body"] == text
    figures = demo.figures(stored(demo, entry)["article_id"]).values()
    assert {figure["status"] for figure in figures} <= {"withdrawn"}


def test_the_desk_finds_words_without_their_diacritics(demo: System) -> None:
    answer = demo.pipeline.search("lien doan lao dong")
    assert answer["total"] > 0
    page = urllib.request.urlopen(  # noqa: S310 - our own http address
        f"{demo.runner.url('SEARCH_PORT')}/?q=li%C3%AAn+%C4%91o%C3%A0n", timeout=10
    )
    with page:
        assert "<mark" in page.read().decode()


@pytest.mark.parametrize("stage", sorted(ADMIN_PORTS))
def test_each_service_tells_its_metrics_and_health(demo: System, stage: str) -> None:
    address = demo.runner.url(ADMIN_PORTS[stage])
    assert fetch_json(f"{address}/readyz")["ok"] is True
    assert fetch_json(f"{address}/livez")["ok"] is True
    with urllib.request.urlopen(f"{address}/metrics", timeout=10) as response:  # noqa: S310 - as above
        assert f"unionwire_{stage}_build_info" in response.read().decode()


def test_the_crawler_asks_for_nothing_forbidden(demo: System) -> None:
    assert demo.hits()["forbidden"] == {}
