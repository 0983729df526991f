"""Saving, changing and following searches through the desk's pages and feeds."""

import json
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from argon2 import PasswordHasher
from lxml import etree
from prometheus_client import CollectorRegistry

from services.contracts.articles import Cause, IndexedArticleV1
from services.search.accounts import Accounts
from services.search.app import build_app
from services.search.domain.access import Role
from services.search.domain.saved import MatchedFigure, build_item
from services.search.metrics import build_metrics
from services.search.observing import AsgiApp
from services.search.saved_pages import SavedOptions
from services.search.saved_searches import Match, SavedSearches
from services.search.store import Store

if TYPE_CHECKING:
    from tests.conftest import TurnedClock

Serve = Callable[[AsgiApp], httpx.Client]
ATOM = "{http://www.w3.org/2005/Atom}"
LONG_PASSWORD = "dài đủ mười"  # noqa: S105 - invented
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class Desk:
    """A desk without an index, with its saved searches in reach."""

    def __init__(self, serve: Serve, clock: "TurnedClock") -> None:
        self.clock = clock
        self.store = Store(None)
        self.searches = SavedSearches(self.store, clock=clock)
        self.accounts = Accounts(self.store, clock=clock, hasher=CHEAP)
        self.app = build_app(
            object(),  # type: ignore[arg-type] # these pages never ask the index
            metrics=build_metrics(CollectorRegistry()),
            clock=clock,
            allowed_hosts=("127.0.0.1",),
            store=self.store,
            accounts=self.accounts,
            saved=SavedOptions(public_url="https://desk.example", has_email=True),
        )
        self.http = serve(self.app)

    def token(self, path: str = "/saved/new") -> str:
        found = re.search(r'name="csrf" value="([0-9a-f]+)"', self.http.get(path).text)
        assert found
        return found[1]

    def post(self, path: str, **form: str) -> httpx.Response:
        token_path = "/login" if path == "/login" else "/saved/new"
        return self.http.post(path, data={"csrf": self.token(token_path), **form})

    def save(self, **form: str) -> httpx.Response:
        return self.post("/saved", **{"name": "Lương", "address": "/?q=l%C6%B0%C6%A1ng", **form})

    def log_in(self, name: str) -> None:
        self.http.cookies.clear()
        assert self.post("/login", name=name, password=LONG_PASSWORD).status_code == 303

    def feed_url(self) -> str:
        found = re.search(r'href="https://desk\.example(/feeds/[\w-]+)\.atom"', self.list())
        assert found
        return found[1]

    def list(self) -> str:
        return self.http.get("/saved").text

    def tell(self, title: str, *, cause: str = "new") -> None:
        event = IndexedArticleV1(
            article_id="báo:1",
            revision=1,
            generation=0,
            cause=Cause(cause),
            is_news=True,
            status="published",
            outlet="Báo",
            title=title,
            url="https://news.example/1?a=1&b=2",
            published_at=self.clock.now(),
            fetched_at=self.clock.now(),
            indexed_at=self.clock.now(),
        )
        figure = MatchedFigure(figure_id="báo:1#body:4-19", surface="hơn 220 tỉ đồng")
        self.searches.record(
            Match(search=search, item=build_item(search.search_id, event, (figure,)))
            for search in self.searches.list_active()
        )


@pytest.fixture
def room(serve_app: Serve, clock: "TurnedClock") -> Iterator[Desk]:
    opened = Desk(serve_app, clock)
    yield opened
    opened.store.close()


def test_a_search_is_saved_listed_changed_and_deleted(room: Desk) -> None:
    assert "Chưa lưu tìm kiếm nào" in room.list()
    assert room.save(email="an@example.org", webhook_url="https://h.example/x").status_code == 303
    listed = room.list()
    assert 'href="/?q=l%C6%B0%C6%A1ng"' in listed
    assert "an@example.org" in listed
    form = room.http.get("/saved/1").text
    assert "whsec_" in form
    assert room.post("/saved/1", name="Thưởng", address="/?q=thuong").status_code == 303
    assert "Thưởng" in room.list()
    assert "an@example.org" not in room.list()
    assert room.post("/saved/1/remove").status_code == 303
    assert room.http.get("/saved/1").status_code == 404


def test_pausing_and_going_on(room: Desk) -> None:
    room.save()
    room.post("/saved/1/pause")
    assert "đang tạm dừng" in room.list()
    room.post("/saved/1/resume")
    assert "đang tạm dừng" not in room.list()


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("https://desk.example/?q=a&page=3&as_of=5&sort=newest&lang=en", "/?q=a"),
        ("/figures?unit=VND&min=100000000000&sort=largest", "/figures?unit=VND&min=100000000000"),
        (
            "/figures?at_least=100+t%E1%BB%89+%C4%91%E1%BB%93ng",
            "/figures?unit=VND&min=100000000000",
        ),
        ("/api/v1/figures?unit=VND", "/figures?unit=VND"),
        ("/", "/"),
    ],
)
def test_what_is_looked_for_is_kept_and_how_it_is_shown_is_not(
    room: Desk, address: str, kept: str
) -> None:
    assert room.save(address=address).status_code == 303
    assert room.searches.list_active()[0].query.to_url() == kept


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"name": ""}, "Tên cần từ 1 đến 120 ký tự."),
        ({"name": "x" * 121}, "Tên cần từ 1 đến 120 ký tự."),
        ({"address": "/articles/a:1"}, "Chỉ lưu được địa chỉ"),
        ({"address": "/figures?min=nhiều"}, "cần một con số"),
        ({"address": "/?q=%22%22"}, "Không có từ nào để tìm"),
        ({"email": "an"}, "Địa chỉ thư không đúng."),
        ({"email": "an@example.org\nBcc: all@example.org"}, "Địa chỉ thư không đúng."),
        ({"webhook_url": "javascript:alert(1)"}, "webhook cần bắt đầu bằng"),
        ({"webhook_url": "file:///etc/passwd"}, "webhook cần bắt đầu bằng"),
        ({"webhook_url": "http://an:pw@h.example/"}, "webhook cần bắt đầu bằng"),
        ({"webhook_url": "http://h.example:x/"}, "webhook cần bắt đầu bằng"),
    ],
)
def test_what_does_not_fit_is_told_and_what_was_typed_stays(
    room: Desk, form: dict[str, str], sentence: str
) -> None:
    answer = room.save(**form)
    assert answer.status_code == 400
    assert sentence in answer.text
    assert room.searches.list_active() == []
    if "email" not in form:
        assert 'value="Lương"' in answer.text or "name" in form


@pytest.mark.parametrize("number", ["0", "-1", "99999999999999999999", "x"])
def test_a_number_that_cannot_be_is_refused(room: Desk, number: str) -> None:
    assert room.http.get(f"/saved/{number}").status_code == 400


def test_the_form_offers_the_search_it_came_from(room: Desk) -> None:
    page = room.http.get("/saved/new", params={"address": "/?q=lương&outlet=Báo+A&page=2"}).text
    assert 'value="lương · Báo A"' in page


FORMS = [
    "/saved", "/saved/1", "/saved/1/pause", "/saved/1/resume", "/saved/1/renew", "/saved/1/remove",
]  # fmt: skip


@pytest.mark.parametrize("path", FORMS)
def test_a_form_without_its_token_does_nothing(room: Desk, path: str) -> None:
    room.save()
    before = room.searches.list_active()
    form = {"name": "x", "address": "/", "csrf": "0" * 64}
    assert room.http.post(path, data=form).status_code == 403
    assert room.searches.list_active() == before


def test_readers_save_nothing_and_editors_see_their_own(room: Desk) -> None:
    for name, role in (("An", Role.EDITOR), ("Bình", Role.EDITOR), ("Chi", Role.READER)):
        room.accounts.add_user(name, LONG_PASSWORD, role)
    room.log_in("An")
    room.save(name="Của An")
    room.log_in("Bình")
    assert "Của An" not in room.list()
    for path in ("/saved/1", "/saved/1/pause", "/saved/1/remove", "/saved/1/renew"):
        assert room.post(path, name="x", address="/").status_code == 404
    room.log_in("Chi")
    assert room.http.get("/saved").status_code == 403
    form = {"csrf": room.token("/account"), "name": "x", "address": "/"}
    assert room.http.post("/saved", data=form).status_code == 403
    assert [search.name for search in room.searches.list_active()] == ["Của An"]


def test_a_feed_is_followed_without_login_and_only_by_its_address(room: Desk) -> None:
    room.save()
    path = room.feed_url()
    room.accounts.add_user("An", LONG_PASSWORD, Role.EDITOR)
    room.http.cookies.clear()
    assert room.http.get(f"{path}.atom").status_code == 200
    assert "set-cookie" not in room.http.get(f"{path}.atom").headers
    assert room.http.get(f"{path[:-1]}.atom").status_code == 404
    assert room.http.get("/feeds/.atom").status_code == 404


def test_a_renewed_feed_ends_its_former_address(room: Desk) -> None:
    room.save()
    path = room.feed_url()
    room.post("/saved/1/renew")
    assert room.http.get(f"{path}.atom").status_code == 404
    assert room.http.get(f"{room.feed_url()}.json").status_code == 200


def test_atom_tells_the_news(room: Desk) -> None:
    room.save()
    room.tell("Lương <b>tăng</b> & \x08 😀")
    room.clock.turn(60)
    room.tell("Lương", cause="withdrawn")
    answer = room.http.get(f"{room.feed_url()}.atom")
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    feed = etree.fromstring(answer.content)
    assert feed.findtext(f"{ATOM}title") == "Lương · Bàn tin công đoàn"
    newest, first = feed.findall(f"{ATOM}entry")
    assert newest.findtext(f"{ATOM}title") == "[Đã gỡ] Lương"
    assert (first.findtext(f"{ATOM}title") or "").startswith("Lương <b>tăng</b> & ")
    assert newest.findtext(f"{ATOM}id") != first.findtext(f"{ATOM}id")
    assert feed.findtext(f"{ATOM}updated") == newest.findtext(f"{ATOM}updated")
    links = {link.get("rel"): link.get("href") for link in first.findall(f"{ATOM}link")}
    assert links == {
        "alternate": "https://desk.example/articles/b%C3%A1o:1#figure-body-4-19",
        "related": "https://news.example/1?a=1&b=2",
    }
    assert "hơn 220 tỉ đồng" in (first.findtext(f"{ATOM}summary") or "")


def test_json_feed_tells_the_news_with_its_facts(room: Desk) -> None:
    room.save()
    room.tell("Lương tăng")
    feed = json.loads(room.http.get(f"{room.feed_url()}.json").content)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["home_page_url"] == "https://desk.example/?q=l%C6%B0%C6%A1ng"
    (item,) = feed["items"]
    assert item["title"] == "Lương tăng"
    assert item["_unionwire"]["figures"][0]["surface"] == "hơn 220 tỉ đồng"
    assert item["id"] == item["_unionwire"]["key"]


def test_a_feed_that_did_not_change_is_not_sent_again(room: Desk) -> None:
    room.save()
    path = f"{room.feed_url()}.atom"
    tag = room.http.get(path).headers["etag"]
    assert room.http.get(path, headers={"if-none-match": tag}).status_code == 304
    room.tell("Lương")
    assert room.http.get(path, headers={"if-none-match": tag}).status_code == 200


def test_the_list_says_how_each_channel_does(room: Desk, clock: Any) -> None:  # noqa: ANN401 - a turned clock
    room.save(webhook_url="https://h.example/")
    room.tell("Lương")
    room.searches.pack()
    assert "đang chờ gửi" in room.list()
    (message,) = room.searches.list_due(is_doubtful=False)
    with room.store.transaction() as connection:
        connection.execute(
            "UPDATE messages SET state = 'failed', error = 'webhook_status 500', finished_ms = 0"
        )
    assert "nơi nhận trả lời mã 500" in room.list()
    assert message.created_at == clock.now()
    english = room.http.get("/saved?lang=en").text
    assert "the receiver answered with status 500" in english
