"""The door of the desk: who asks, whether they may, and how much.

In: every request. Out: the request with its `Visitor` in `request.state.visitor`, or an answer
that says to log in, to slow down, or that a form is not ours.

A desk without users, on this machine only, lets everybody in as its administrator. Otherwise a
session (cookie) or an API key (`Authorization: Bearer …`) is needed for all but the login page,
static files, and feeds, whose addresses are secrets themselves.
"""

import hashlib
import hmac
import math
import secrets
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Path, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.responses import RedirectResponse, Response

from services.chassis.clock import Clock
from services.search.accounts import Accounts
from services.search.domain.access import Action, Role, Visitor
from services.search.domain.formatting import Language
from services.search.domain.wording import say
from services.search.observing import STATIC_PATH, AsgiApp, Message, Receive, Scope, Send
from services.search.problems import Problem
from services.search.rate_limits import RateLimit

SESSION_COOKIE: Final = "desk_session"
VISIT_COOKIE: Final = "desk_visit"
"""A random value of a browser, which the tokens in its forms are made from."""
CSRF_FIELD: Final = "csrf"
FEEDS_PATH: Final = "/feeds/"
LOGIN_PATH: Final = "/login"
FORM_LIMIT_BYTES: Final = 64 * 1024
_FIELDS_LIMIT: Final = 200
_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_BEARER: Final = "bearer "

Form = dict[str, str]
Render = Callable[[Request, Exception], Response]


@dataclass(frozen=True, kw_only=True)
class AccessOptions:
    """How the door is set.

    `needs_login`: also while there are no users: the desk listens beyond this machine.
    """

    needs_login: bool = False
    requests_per_second: float = 30.0
    requests_burst: float = 200.0
    logins_burst: float = 10.0
    logins_per_second: float = 1 / 30


class Door:
    """Knows visitors; shared by the application's wrapper and the pages that log in."""

    def __init__(
        self, accounts: Accounts, *, csrf_key: bytes, options: AccessOptions, clock: Clock
    ) -> None:
        self.accounts = accounts
        self._csrf_key = csrf_key
        self._options = options
        self._requests = RateLimit(
            clock, per_second=options.requests_per_second, burst=options.requests_burst
        )
        self._logins = RateLimit(
            clock, per_second=options.logins_per_second, burst=options.logins_burst
        )

    def needs_login(self) -> bool:
        """Return whether nobody comes in without a session or key."""
        return self._options.needs_login or self.accounts.has_users()

    def identify(self, request: Request, *, visit: str) -> Visitor | None:
        """Return who asks, None for a stranger.

        Raises:
            Problem: a key that is none.
        """
        header = request.headers.get("authorization", "")
        if header[: len(_BEARER)].lower() == _BEARER:
            visitor = self.accounts.find_key(header[len(_BEARER) :].strip())
            if visitor is None:
                raise Problem(401, "login_title", "problem_bad_key")
            return visitor
        session = request.cookies.get(SESSION_COOKIE, "")
        user = self.accounts.find_session(session) if session else None
        token = self.sign(visit, session if user else "")
        if user is not None:
            return Visitor(
                user_id=user.user_id,
                name=user.name,
                role=user.role,
                csrf_token=token,
                has_session=True,
            )
        if self.needs_login():
            return None
        return Visitor(user_id=None, name="", role=Role.ADMIN, csrf_token=token)

    def sign(self, visit: str, session: str) -> str:
        """Return the token of forms, of one browser and one login."""
        return hmac.new(self._csrf_key, f"{visit}|{session}".encode(), hashlib.sha256).hexdigest()

    def take_request(self, name: str) -> None:
        """Count a request.

        Raises:
            Problem: there were too many.
        """
        _refuse_surplus(self._requests.take(name))

    def take_login(self, *, address: str, name: str) -> None:
        """Count an attempt to log in, by address and by name.

        Raises:
            Problem: there were too many.
        """
        _refuse_surplus(self._logins.take(f"from {address}"))
        _refuse_surplus(self._logins.take(f"as {name.casefold()[:100]}"))


def _refuse_surplus(wait_seconds: float) -> None:
    if wait_seconds > 0:
        seconds = math.ceil(wait_seconds)
        raise Problem(
            429, "too_many_title", "problem_too_many", {"seconds": seconds, "retry_after": seconds}
        )


class GuardedApp:
    """Wraps the application; whatever passes has a visitor."""

    def __init__(self, app: AsgiApp, *, door: Door, render: Render) -> None:
        self._app = app
        self._door = door
        self._render = render

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request in, or answer it here."""
        if scope["type"] != "http" or scope["path"].startswith(STATIC_PATH):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        known_visit = request.cookies.get(VISIT_COOKIE, "")
        visit = known_visit or secrets.token_urlsafe(24)
        refusal = await run_in_threadpool(self._admit, request, visit)
        if refusal is not None:
            await refusal(scope, receive, send)
            return

        async def send_with_visit(message: Message) -> None:
            if message["type"] == "http.response.start" and not known_visit and _is_page(scope):
                response = Response()
                set_cookie(response, VISIT_COOKIE, visit, request=request)
                MutableHeaders(scope=message).append("set-cookie", response.headers["set-cookie"])
            await send(message)

        await self._app(scope, receive, send_with_visit)

    def _admit(self, request: Request, visit: str) -> Response | None:
        """Note the visitor in the request; return an answer only for who must not pass."""
        try:
            visitor = self._door.identify(request, visit=visit)
            address = request.client.host if request.client else "unknown"
            is_user = visitor is not None and visitor.user_id is not None
            self._door.take_request(
                f"user {visitor.user_id}" if visitor and is_user else f"from {address}"
            )
            _refuse_foreign(request)
        except Problem as problem:
            return self._render(request, problem)
        request.state.visitor = visitor
        request.state.form_token = self._door.sign(visit, "") if visitor is None else ""
        if visitor is not None or _is_public(request.url.path):
            return None
        if request.url.path.startswith("/api/") or request.method not in _SAFE_METHODS:
            return self._render(request, Problem(401, "login_title", "problem_login"))
        query = f"?{request.url.query}" if request.url.query else ""
        target = urllib.parse.urlencode({"next": request.url.path + query})
        return RedirectResponse(f"{LOGIN_PATH}?{target}", status_code=303)


def _is_public(path: str) -> bool:
    return path == LOGIN_PATH or path.startswith(FEEDS_PATH)


def _is_page(scope: Scope) -> bool:
    return not scope["path"].startswith(("/api/", FEEDS_PATH))


def _refuse_foreign(request: Request) -> None:
    """Refuse what another site's page sends in a reader's name.

    Browsers say where a request comes from in Sec-Fetch-Site. Those that do not are held by the
    token in forms, and by the content type of the API, which no foreign page may send unasked.
    """
    if request.method in _SAFE_METHODS:
        return
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Problem(403, "refused_title", "problem_foreign")
    if request.url.path.startswith("/api/"):
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json" and request.method != "DELETE":
            raise Problem(415, "refused_title", "problem_not_json")


def set_cookie(
    response: Response,
    name: str,
    value: str,
    *,
    request: Request,
    max_age_seconds: int | None = None,
) -> None:
    """Set a cookie that no script reads and no other site's form carries along."""
    response.set_cookie(
        name,
        value,
        max_age=max_age_seconds,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )


def get_visitor(request: Request) -> Visitor | None:
    """Return who asks; None on the login page and at feeds."""
    visitor = getattr(request.state, "visitor", None)
    return visitor if isinstance(visitor, Visitor) else None


def require(action: Action) -> Callable[[Request], Visitor]:
    """Return a dependency that gives the visitor, if they may do this.

    It raises `Problem` (401, 403) for those who may not.
    """

    def check(request: Request) -> Visitor:
        visitor = get_visitor(request)
        if visitor is None:
            raise Problem(401, "login_title", "problem_login")
        if not visitor.may(action):
            raise Problem(403, "refused_title", "problem_not_allowed")
        return visitor

    return check


async def read_form(request: Request) -> Form:
    """Return the fields of a form of this desk; of a repeated field the last.

    Raises:
        Problem: it is too long, or its token is not of this browser and login.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != (
        "application/x-www-form-urlencoded"
    ):
        raise Problem(415, "refused_title", "problem_foreign")
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > FORM_LIMIT_BYTES:
            raise Problem(413, "refused_title", "problem_form_too_long")
    try:
        pairs = urllib.parse.parse_qsl(
            body.decode("ascii"), keep_blank_values=True, max_num_fields=_FIELDS_LIMIT
        )
    except ValueError as error:
        raise Problem(400, "refused_title", "problem_foreign") from error
    form = {name: value.replace("\r\n", "\n") for name, value in pairs}
    visitor = get_visitor(request)
    wanted = visitor.csrf_token if visitor else request.state.form_token
    given = form.pop(CSRF_FIELD, "")
    if not wanted or not hmac.compare_digest(given.encode(), wanted.encode()):
        raise Problem(403, "refused_title", "problem_foreign")
    return form


Reader = Annotated[Visitor, Depends(require("read"))]
Writer = Annotated[Visitor, Depends(require("write"))]
SentForm = Annotated[Form, Depends(read_form)]
RowNumber = Annotated[int, Path(ge=1, lt=2**63, description="Its number, as lists give it.")]


def choose_role_label(role: Role, language: Language) -> str:
    """Return a role's name."""
    return say(f"role_{role.value}", language)
