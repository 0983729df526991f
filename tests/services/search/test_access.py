"""Who is let in, what they may do, and what a foreign page cannot do in their name."""

import re
import unicodedata
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from argon2 import PasswordHasher
from prometheus_client import CollectorRegistry

from services.search.access import AccessOptions
from services.search.accounts import Accounts
from services.search.app import build_app
from services.search.domain.access import Role
from services.search.metrics import build_metrics
from services.search.observing import AsgiApp
from services.search.store import Store

if TYPE_CHECKING:
    from tests.conftest import TurnedClock

Serve = Callable[[AsgiApp], httpx.Client]
PASSWORD = "mật khẩu của An"  # noqa: S105 - invented
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class NoIndex:
    """An index that holds nothing."""

    def get_article(self, _article_id: str) -> None:
        return None

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - any other method
        raise ZeroDivisionError(name)


class Newsroom:
    """A desk with its accounts in reach."""

    def __init__(self, serve: Serve, clock: "TurnedClock", **options: Any) -> None:  # noqa: ANN401 - as AccessOptions
        self.store = Store(None)
        self.clock = clock
        self.accounts = Accounts(self.store, clock=clock, hasher=CHEAP)
        self.http = serve(
            build_app(
                NoIndex(),  # type: ignore[arg-type] # stands in for the index
                metrics=build_metrics(CollectorRegistry()),
                clock=clock,
                allowed_hosts=("127.0.0.1",),
                store=self.store,
                accounts=self.accounts,
                access=AccessOptions(**options),
            )
        )

    def add(self, name: str, role: Role) -> int:
        return self.accounts.add_user(name, PASSWORD, role).user_id

    def token(self, path: str = "/login") -> str:
        found = re.search(r'name="csrf" value="([0-9a-f]+)"', self.http.get(path).text)
        assert found
        return found[1]

    def log_in(self, name: str, password: str = PASSWORD, target: str = "/nowhere") -> Any:  # noqa: ANN401 - a response
        form = {"csrf": self.token(), "name": name, "password": password, "next": target}
        return self.http.post("/login", data=form)


OpenNewsroom = Callable[..., Newsroom]


@pytest.fixture
def open_newsroom(
    serve_app: Serve, clock: "TurnedClock", request: pytest.FixtureRequest
) -> OpenNewsroom:
    def build(**options: Any) -> Newsroom:  # noqa: ANN401 - as AccessOptions
        room = Newsroom(serve_app, clock, **options)
        request.addfinalizer(room.store.close)
        return room

    return build


def test_a_desk_without_users_lets_everybody_in(open_newsroom: OpenNewsroom) -> None:
    room = open_newsroom()
    assert room.http.get("/nowhere").status_code == 404
    assert room.http.get("/api/v1/articles/a").status_code == 404
    assert room.http.get("/login").headers["location"] == "/"


def test_the_first_user_closes_the_door(open_newsroom: OpenNewsroom) -> None:
    room = open_newsroom()
    room.add("An", Role.ADMIN)
    answer = room.http.get("/?q=l%C6%B0%C6%A1ng&sort=newest")
    assert answer.status_code == 303
    assert (
        answer.headers["location"]
        == "/login?next=%2F%3Fq%3Dl%25C6%25B0%25C6%25A1ng%26sort%3Dnewest"
    )
    refused = room.http.get("/api/v1/articles/a")
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == "Bearer"
    assert refused.headers["content-type"] == "application/problem+json"


def test_a_desk_that_needs_login_stays_closed_without_users(open_newsroom: OpenNewsroom) -> None:
    assert open_newsroom(needs_login=True).http.get("/nowhere").status_code == 303


def test_static_files_and_the_login_page_need_no_login(open_newsroom: OpenNewsroom) -> None:
    room = open_newsroom(needs_login=True)
    assert room.http.get("/login").status_code == 200
    assert room.http.get("/static/desk.css").status_code == 200


def test_logging_in_leads_to_where_one_wanted(open_newsroom: OpenNewsroom) -> None:
    room = open_newsroom()
    room.add("An", Role.EDITOR)
    answer = room.log_in("an", target="/nowhere?q=1")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/nowhere?q=1"
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert room.http.get("/nowhere").status_code == 404
    assert "An" in room.http.get("/nowhere").text


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "/\t/evil.example", ""]
)
def test_logging_in_never_leads_to_another_site(open_newsroom: OpenNewsroom, target: str) -> None:
    room = open_newsroom()
    room.add("An", Role.EDITOR)
    assert room.log_in("An", target=target).headers["location"] == "/"


@pytest.mark.parametrize(("name", "password"), [("An", "wrong one here"), ("nobody", PASSWORD)])
def test_a_wrong_name_or_password_is_told_alike(
    open_newsroom: OpenNewsroom, name: str, password: str
) -> None:
    room = open_newsroom()
    room.add("An", Role.EDITOR)
    answer = room.log_in(name, password)
    assert answer.status_code == 401
    assert "Tên hoặc mật khẩu không đúng" in answer.text
    assert "desk_session" not in room.http.cookies


def test_logging_out_ends_the_session_itself(open_newsroom: OpenNewsroom) -> None:
    room = open_newsroom()
    room.add("An", Role.EDITOR)
    room.log_in("An")
    session = room.http.cookies["desk_session"]
    room.http.post("/logout", data={"csrf": room.token("/account")})
    room.http.cookies.set("desk_session", session, domain="127.0.0.1", path="/")
    assert room.http.get("/nowhere").status_code == 303


def test_a_session_ends_after_two_weeks(open_newsroom: OpenNewsroom) -> None:
    room = open_newsroom()
    room.add("An", Role.EDITOR)
    room.log_in("An")
    room.clock.turn(14 * 24 * 3600 - 60)
    assert room.http.get("/nowhere").status_code == 404
    room.clock.turn(61)
    assert room.http.get("/nowhere").status_code == 303


def test_names_and_passwords_are_the_same_however_letters_are_composed(
    open_newsroom: OpenNewsroom,
) -> None:
    room = open_newsroom()
    room.accounts.add_user("Minh Hạnh", "mật khẩu dài", Role.EDITOR)
    name, password = (unicodedata.normalize("NFD", text) for text in ("Minh Hạnh", "mật khẩu dài"))
    assert room.log_in(name, password).status_code == 303


def test_a_removed_user_is_out_at_once(open_newsroom: OpenNewsroom) -> None:
    room = open_newsroom()
    room.add("An", Role.EDITOR)
    room.add("Bình", Role.ADMIN)
    key = room.accounts.add_key(room.accounts.get_user("An").user_id, "test", is_read_only=True)
    room.log_in("An")
    room.accounts.remove_user("An")
    assert room.http.get("/nowhere").status_code == 303
    bearer = {"authorization": f"Bearer {key}"}
    assert room.http.get("/api/v1/articles/a", headers=bearer).status_code == 401


def test_a_new_password_ends_the_other_sessions(open_newsroom: OpenNewsroom) -> None:
    room = open_newsroom()
    user_id = room.add("An", Role.EDITOR)
    elsewhere = room.accounts.begin_session(user_id)
    room.log_in("An")
    form = {"csrf": room.token("/account"), "current": PASSWORD, "new": "một mật khẩu khác"}
    assert "Đã đổi mật khẩu" in room.http.post("/account/password", data=form).text
    assert room.http.get("/account").status_code == 200
    assert room.accounts.find_session(elsewhere) is None
    assert room.accounts.check_password("An", PASSWORD) is None


def test_a_password_is_changed_only_by_who_knows_it(open_newsroom: OpenNewsroom) -> None:
    room = open_newsroom()
    room.add("An", Role.EDITOR)
    room.log_in("An")
    form = {"csrf": room.token("/account"), "current": "a guess of mine", "new": "x" * 12}
    assert room.http.post("/account/password", data=form).status_code == 400
    assert room.accounts.check_password("An", PASSWORD)


def test_a_key_is_shown_once_and_opens_the_api(open_newsroom: OpenNewsroom) -> None:
    room = open_newsroom()
    room.add("An", Role.EDITOR)
    room.log_in("An")
    made = room.http.post("/account/keys", data={"csrf": room.token("/account"), "label": "R"})
    (key,) = re.findall(r"uwk_[\w-]+", made.text)
    assert made.headers["cache-control"] == "no-store"
    assert key not in room.http.get("/account").text
    room.http.cookies.clear()
    bearer = {"authorization": f"Bearer {key}"}
    assert room.http.get("/api/v1/articles/a", headers=bearer).status_code == 404
    assert room.http.get("/account", headers=bearer).status_code == 403
    wrong = {"authorization": f"Bearer {key[:-1]}"}
    assert room.http.get("/api/v1/articles/a", headers=wrong).status_code == 401


def test_the_store_holds_no_password_token_or_key(open_newsroom: OpenNewsroom) -> None:
    room = open_newsroom()
    user_id = room.add("An", Role.EDITOR)
    key = room.accounts.add_key(user_id, "test", is_read_only=False)
    session = room.accounts.begin_session(user_id)
    tables = [
        row[0] for row in room.store.read("SELECT name FROM sqlite_schema WHERE type='table'")
    ]
    stored = repr([tuple(row) for t in tables for row in room.store.read(f"SELECT * FROM {t}")])  # noqa: S608 - names of our own tables
    assert "$argon2id$" in stored
    assert all(secret not in stored for secret in (PASSWORD, key, key[4:], session))


def test_too_many_attempts_to_log_in_are_stopped_from_one_address_and_for_one_name(
    open_newsroom: OpenNewsroom,
) -> None:
    room = open_newsroom(logins_burst=3, logins_per_second=0.1)
    room.add("An", Role.EDITOR)
    assert [room.log_in("An", "a wrong guess").status_code for _ in range(3)] == [401] * 3
    stopped = room.log_in("An")
    assert stopped.status_code == 429
    assert 1 <= int(stopped.headers["retry-after"]) <= 10
    room.clock.turn(11)
    assert room.log_in("An").status_code == 303


def test_too_many_requests_are_told_when_to_come_again(open_newsroom: OpenNewsroom) -> None:
    room = open_newsroom(requests_per_second=0.5, requests_burst=2)
    answers = [room.http.get("/api/v1/articles/a") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [404, 404, 429]
    assert answers[2].headers["retry-after"] == "2"
    assert answers[2].headers["content-type"] == "application/problem+json"
    assert "Quá nhiều yêu cầu" in room.http.get("/nowhere").text
    room.clock.turn(2)
    assert room.http.get("/api/v1/articles/a").status_code == 404


def test_users_have_limits_of_their_own(open_newsroom: OpenNewsroom) -> None:
    room = open_newsroom(requests_per_second=0.5, requests_burst=2)
    keys = [
        room.accounts.add_key(room.add(name, Role.READER), "test", is_read_only=True)
        for name in ("An", "Bình")
    ]
    statuses = [
        room.http.get("/api/v1/articles/a", headers={"authorization": f"Bearer {key}"}).status_code
        for key in (*keys, *keys, *keys)
    ]
    assert statuses == [404, 404, 404, 404, 429, 429]


FORM_PATHS = ["/login", "/logout", "/account/password", "/account/keys", "/account/keys/1/remove"]


@pytest.mark.parametrize("path", FORM_PATHS)
@pytest.mark.parametrize("csrf", ["", "0" * 64])
def test_a_form_without_its_token_does_nothing(
    open_newsroom: OpenNewsroom, path: str, csrf: str
) -> None:
    room = open_newsroom()
    room.add("An", Role.ADMIN)
    room.log_in("An")
    form = {"csrf": csrf, "name": "An", "password": PASSWORD, "label": "x"}
    assert room.http.post(path, data=form).status_code == 403


def test_a_token_of_another_browser_is_refused(open_newsroom: OpenNewsroom) -> None:
    room = open_newsroom()
    room.add("An", Role.ADMIN)
    foreign = room.token()
    room.http.cookies.clear()
    room.token()
    form = {"csrf": foreign, "name": "An", "password": PASSWORD}
    assert room.http.post("/login", data=form).status_code == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_form_sent_by_another_site_is_refused(open_newsroom: OpenNewsroom, site: str) -> None:
    room = open_newsroom()
    room.add("An", Role.ADMIN)
    form = {"csrf": room.token(), "name": "An", "password": PASSWORD}
    answer = room.http.post("/login", data=form, headers={"sec-fetch-site": site})
    assert answer.status_code == 403


def test_a_form_of_another_kind_or_size_is_refused(open_newsroom: OpenNewsroom) -> None:
    room = open_newsroom()
    room.add("An", Role.ADMIN)
    assert room.http.post("/login", json={"name": "An"}).status_code == 415
    assert room.http.post("/login", data={"name": "x" * 70_000}).status_code == 413
    assert room.http.post("/login", data={str(n): "" for n in range(300)}).status_code == 400
