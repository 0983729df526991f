"""Judging figures through the page and the API."""

import json
import re
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from argon2 import PasswordHasher
from prometheus_client import CollectorRegistry

from services.contracts.documents import ArticleDocument
from services.search.accounts import Accounts
from services.search.app import build_app
from services.search.domain.access import Role
from services.search.metrics import build_metrics
from services.search.observing import AsgiApp
from services.search.store import Store

if TYPE_CHECKING:
    from tests.conftest import TurnedClock

Serve = Callable[[AsgiApp], httpx.Client]
LONG_PASSWORD = "dài đủ mười"  # noqa: S105 - invented
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
ARTICLE = "laodong:vi:1001"


class Shelf:
    """An index of articles that can be read anew."""

    def __init__(self, articles: list[ArticleDocument]) -> None:
        self.articles = {article.article_id: article for article in articles}

    def get_article(self, article_id: str) -> ArticleDocument | None:
        return self.articles.get(article_id)

    def list_copies(self, _article: ArticleDocument) -> tuple[ArticleDocument, ...]:
        return ()

    def move_figures(self, by: int) -> None:
        """Read the article anew: a paragraph was added to its body."""
        article = self.articles[ARTICLE]
        self.articles[ARTICLE] = article.model_copy(
            update={
                "body": "x" * by + article.body,
                "figures": tuple(
                    figure.model_copy(update={"start": figure.start + by, "end": figure.end + by})
                    if figure.field == "body"
                    else figure
                    for figure in article.figures
                ),
            }
        )

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - no other method is called
        raise ZeroDivisionError(name)


class Desk:
    """A desk over a shelf of articles."""

    def __init__(self, serve: Serve, clock: "TurnedClock", shelf: Shelf) -> None:
        self.clock = clock
        self.shelf = shelf
        self.store = Store(None)
        self.accounts = Accounts(self.store, clock=clock, hasher=CHEAP)
        self.http = serve(
            build_app(
                shelf,  # type: ignore[arg-type] # stands in for the index
                metrics=build_metrics(CollectorRegistry()),
                clock=clock,
                allowed_hosts=("127.0.0.1",),
                store=self.store,
                accounts=self.accounts,
            )
        )

    def find(self, surface: str) -> str:
        figures = self.shelf.articles[ARTICLE].figures
        return next(figure.id for figure in figures if figure.surface == surface)

    def open(self, surface: str) -> str:
        return self.http.get(
            "/judge", params={"article": ARTICLE, "figure": self.find(surface)}
        ).text

    def judge(self, surface: str, /, **fields: str) -> httpx.Response:
        page = self.open(surface)
        form = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
        form |= dict(re.findall(r'<input name="(\w+)" maxlength="\d+" value="([^"]*)"', page))
        return self.http.post("/judge", data={**form, **fields})

    def send(self, surface: str, /, **fields: Any) -> httpx.Response:  # noqa: ANN401 - JSON
        sent = {"article_id": ARTICLE, "figure_id": self.find(surface), **fields}
        return self.http.post("/api/v1/judgements", json=sent)

    def export(self, **parameters: str) -> list[dict[str, Any]]:
        answer = self.http.get("/api/v1/judgements", params=parameters)
        assert answer.headers["content-type"] == "application/x-ndjson"
        return [json.loads(line) for line in answer.text.splitlines()]

    def log_in(self, name: str, role: Role) -> None:
        if name not in [user.name for user in self.accounts.list_users()]:
            self.accounts.add_user(name, LONG_PASSWORD, role)
        self.http.cookies.clear()
        page = self.http.get("/login").text
        (token,) = re.findall(r'name="csrf" value="(\w+)"', page)
        form = {"csrf": token, "name": name, "password": LONG_PASSWORD}
        assert self.http.post("/login", data=form).status_code == 303


@pytest.fixture
def desk_of_articles(
    serve_app: Serve, clock: "TurnedClock", articles_module: ModuleType
) -> Iterator[Desk]:
    articles = [articles_module.build_article(case) for case in articles_module.read_articles()]
    opened = Desk(serve_app, clock, Shelf(articles))
    yield opened
    opened.store.close()


def test_a_figure_is_confirmed_and_shown_so_on_its_article(desk_of_articles: Desk) -> None:
    desk = desk_of_articles
    answer = desk.judge("31 căn", verdict="confirmed", note="đã gọi điện")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/articles/laodong:vi:1001#row-body-")
    page = desk.http.get(f"/articles/{ARTICLE}").text
    assert "✓ Xác nhận" in page
    assert "đã gọi điện" in page
    assert "✓ Confirmed" in desk.http.get(f"/articles/{ARTICLE}?lang=en").text


def test_a_figure_is_corrected_in_the_fields_that_change(desk_of_articles: Desk) -> None:
    desk = desk_of_articles
    desk.judge("31 căn", verdict="corrected", value="32", organisation="LĐLĐ Huế")
    (line,) = desk.export()
    corrected = {name: value for name, value in line["correction"].items() if value is not None}
    assert corrected == {"value": "32", "organisation": "LĐLĐ Huế"}
    assert (line["verdict"], line["state"]) == ("corrected", "attached")
    assert line["figure"]["value"] == "31"


def test_amounts_are_typed_as_people_write_them(desk_of_articles: Desk) -> None:
    desk_of_articles.judge("1.550.000.000 đồng", verdict="corrected", value="1,6 tỉ")
    (line,) = desk_of_articles.export()
    assert line["correction"]["value"] == "1600000000"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "Hãy chọn"),
        ({"verdict": "maybe"}, "Hãy chọn"),
        ({"verdict": "corrected"}, "Hãy sửa ít nhất một ô"),
        ({"verdict": "corrected", "value": "nhiều"}, "Giá trị cần là một con số"),
    ],
)
def test_what_does_not_fit_is_told_and_nothing_is_stored(
    desk_of_articles: Desk, fields: dict[str, str], sentence: str
) -> None:
    answer = desk_of_articles.judge("31 căn", **fields)
    assert answer.status_code == 400
    assert sentence in answer.text
    assert desk_of_articles.export() == []


def test_a_judgement_follows_its_figure_through_a_new_reading(desk_of_articles: Desk) -> None:
    desk = desk_of_articles
    desk.judge("31 căn", verdict="confirmed")
    before = desk.find("31 căn")
    desk.shelf.move_figures(40)
    (line,) = desk.export()
    assert line["state"] == "attached"
    assert line["figure_id"] == desk.find("31 căn") != before
    assert "✓ Xác nhận" in desk.http.get(f"/articles/{ARTICLE}").text


def test_a_judgement_whose_figure_is_gone_is_shown_as_an_orphan(desk_of_articles: Desk) -> None:
    desk = desk_of_articles
    desk.judge("31 căn", verdict="rejected", note="số cũ")
    article = desk.shelf.articles[ARTICLE]
    kept = tuple(figure for figure in article.figures if figure.surface != "31 căn")
    desk.shelf.articles[ARTICLE] = article.model_copy(update={"figures": kept})
    page = desk.http.get(f"/articles/{ARTICLE}").text
    assert "1 đánh giá về số liệu không còn trong bài" in page
    assert "số cũ" in page
    assert [line["state"] for line in desk.export()] == ["orphaned"]
    del desk.shelf.articles[ARTICLE]
    assert [line["state"] for line in desk.export()] == ["article_missing"]


def test_a_form_from_before_a_new_reading_judges_nothing(desk_of_articles: Desk) -> None:
    desk = desk_of_articles
    figure = desk.find("31 căn")
    answer = desk.judge("31 căn", verdict="confirmed", surface="32 căn", figure=figure)
    assert answer.status_code == 409
    assert desk.send("31 căn", verdict="confirmed", surface="32 căn").status_code == 409
    assert desk.export() == []


def test_judging_again_ends_what_one_said_before(desk_of_articles: Desk) -> None:
    desk = desk_of_articles
    desk.send("31 căn", verdict="confirmed")
    desk.clock.turn(60)
    desk.send("31 căn", verdict="rejected")
    assert [(line["verdict"], line["ended_at"] is None) for line in desk.export()] == [
        ("confirmed", False),
        ("rejected", True),
    ]


def test_the_api_judges_answers_and_takes_back(desk_of_articles: Desk) -> None:
    desk = desk_of_articles
    made = desk.send("31 căn", verdict="corrected", correction={"unit": "nhà"}, note="đếm nhà")
    assert made.status_code == 201
    assert made.json()["correction"]["unit"] == "nhà"
    number = made.json()["judgement_id"]
    assert desk.http.delete(f"/api/v1/judgements/{number}").status_code == 204
    assert desk.http.delete(f"/api/v1/judgements/{number}").status_code == 404
    assert desk.export()[0]["ended_at"] is not None


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"verdict": "confirmed", "correction": {"unit": "nhà"}}, 400),
        ({"verdict": "corrected"}, 400),
        ({"verdict": "perhaps"}, 400),
        ({"verdict": "confirmed", "figure_id": "body:1-2"}, 404),
        ({"verdict": "confirmed", "article_id": "no:1"}, 404),
        ({"verdict": "confirmed", "extra": 1}, 400),
        ({"verdict": "confirmed", "note": "x" * 2_001}, 400),
    ],
)
def test_the_api_refuses_what_does_not_fit(
    desk_of_articles: Desk, sent: dict[str, Any], status: int
) -> None:
    answer = desk_of_articles.send("31 căn", **sent)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert desk_of_articles.export() == []


def test_the_api_takes_json_only(desk_of_articles: Desk) -> None:
    sent = json.dumps({"article_id": ARTICLE, "figure_id": "body:1-2", "verdict": "confirmed"})
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        answer = desk_of_articles.http.post(
            "/api/v1/judgements", content=sent, headers={"content-type": kind}
        )
        assert answer.status_code == 415


def test_judgements_are_their_makers_and_readers_make_none(desk_of_articles: Desk) -> None:
    desk = desk_of_articles
    desk.log_in("An", Role.EDITOR)
    desk.judge("31 căn", verdict="confirmed")
    number = desk.export()[0]["judgement_id"]
    desk.log_in("Bình", Role.EDITOR)
    assert desk.http.delete(f"/api/v1/judgements/{number}").status_code == 403
    desk.judge("31 căn", verdict="rejected")
    assert [line["user"] for line in desk.export()] == ["An", "Bình"]
    assert all(line["ended_at"] is None for line in desk.export())
    desk.log_in("Chi", Role.READER)
    assert desk.send("31 căn", verdict="confirmed").status_code == 403
    assert 'action="/judge"' not in desk.open("31 căn")
    page = desk.http.get(f"/articles/{ARTICLE}").text
    assert "An" in page
    assert "Đánh giá</a>" not in page
    desk.accounts.remove_user("An")
    assert desk.export()[0]["user"] == "An"


def test_a_form_without_its_token_does_nothing(desk_of_articles: Desk) -> None:
    desk = desk_of_articles
    assert desk.judge("31 căn", verdict="confirmed", csrf="0" * 64).status_code == 403
    made = desk.send("31 căn", verdict="confirmed").json()["judgement_id"]
    assert desk.http.post(f"/judge/{made}/end", data={"csrf": "0" * 64}).status_code == 403
    assert [line["ended_at"] for line in desk.export()] == [None]


def test_the_export_is_narrowed_by_article_and_time(desk_of_articles: Desk) -> None:
    desk = desk_of_articles
    desk.send("31 căn", verdict="confirmed")
    desk.clock.turn(3600)
    since = desk.clock.now().isoformat()
    desk.send("12,5%", verdict="confirmed")
    assert len(desk.export(article=ARTICLE)) == 2
    assert desk.export(article="other:1") == []
    assert [line["figure"]["surface"] for line in desk.export(since=since)] == ["12,5%"]
    assert desk.http.get("/api/v1/judgements?since=2026-10-05T08:00:00").status_code == 400


def test_hostile_words_stay_words(desk_of_articles: Desk) -> None:
    desk = desk_of_articles
    desk.judge("31 căn", verdict="rejected", note="<script>alert(1)</script>")
    page = desk.http.get(f"/articles/{ARTICLE}").text
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page
