"""The pages of logging in, of one's account and its keys.

In: forms. Out: HTML, session cookies. A key is shown on the one page that answers its making.
"""

from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from services.search.access import (
    LOGIN_PATH,
    SESSION_COOKIE,
    Door,
    Reader,
    RowNumber,
    SentForm,
    get_visitor,
    set_cookie,
)
from services.search.accounts import AccountError
from services.search.domain.access import Visitor, choose_target
from services.search.pages import Pages
from services.search.problems import Problem

SEE_OTHER = 303
log = structlog.get_logger()


def require_account(visitor: Reader) -> Visitor:
    """Return a visitor who is a user, in a browser.

    Raises:
        Problem: there are no accounts here, or an API key asks.
    """
    if visitor.user_id is None:
        raise Problem(404, "missing_title", "missing_page")
    if not visitor.has_session:
        raise Problem(403, "refused_title", "problem_not_allowed")
    return visitor


Owner = Annotated[Visitor, Depends(require_account)]


class AccountPages:
    """Renders and answers the pages of logging in and of the account."""

    def __init__(self, pages: Pages, door: Door) -> None:
        self._pages = pages
        self._door = door
        self._accounts = door.accounts

    @property
    def router(self) -> APIRouter:
        """The routes."""
        router = APIRouter(include_in_schema=False)
        read = ["GET", "HEAD"]
        router.add_api_route(LOGIN_PATH, self.show_login, methods=read)
        router.add_api_route(LOGIN_PATH, self.log_in, methods=["POST"])
        router.add_api_route("/logout", self.log_out, methods=["POST"])
        router.add_api_route("/account", self.show_account, methods=read)
        router.add_api_route("/account/password", self.change_password, methods=["POST"])
        router.add_api_route("/account/keys", self.make_key, methods=["POST"])
        router.add_api_route("/account/keys/{key_id}/remove", self.remove_key, methods=["POST"])
        return router

    def show_login(self, request: Request) -> Response:
        """Show the form, if there is anybody to log in as."""
        target = choose_target(request.query_params.get("next"))
        if not self._door.needs_login():
            return RedirectResponse(target, status_code=SEE_OTHER)
        return self._render_login(request, target=target)

    def log_in(self, request: Request, form: SentForm) -> Response:
        """Begin a session and go where the visitor wanted to."""
        name, target = form.get("name", ""), choose_target(form.get("next"))
        self._door.take_login(address=_name_address(request), name=name)
        user = self._accounts.check_password(name, form.get("password", ""))
        log.info("login_answered", is_right=user is not None, user=user and user.user_id)
        if user is None:
            return self._render_login(request, target=target, status=401)
        response = RedirectResponse(target, status_code=SEE_OTHER)
        set_cookie(
            response,
            SESSION_COOKIE,
            self._accounts.begin_session(user.user_id),
            request=request,
            max_age_seconds=round(self._accounts.session_seconds),
        )
        return response

    def log_out(self, request: Request, _form: SentForm) -> Response:
        """End the session."""
        self._accounts.end_session(request.cookies.get(SESSION_COOKIE, ""))
        response = RedirectResponse(LOGIN_PATH, status_code=SEE_OTHER)
        response.delete_cookie(SESSION_COOKIE, httponly=True, samesite="lax")
        return response

    def show_account(self, request: Request, owner: Owner) -> Response:
        """Show the account."""
        return self._render_account(request, owner)

    def change_password(self, request: Request, owner: Owner, form: SentForm) -> Response:
        """Change the password for one who knows it, and end all other sessions."""
        self._door.take_login(address=_name_address(request), name=owner.name)
        if self._accounts.check_password(owner.name, form.get("current", "")) is None:
            return self._render_account(request, owner, problem="problem_bad_login")
        try:
            self._accounts.set_password(
                owner.user_id or 0,
                form.get("new", ""),
                kept_token=request.cookies.get(SESSION_COOKIE),
            )
        except AccountError as error:
            return self._render_account(request, owner, problem=str(error))
        return self._render_account(request, owner, is_changed=True)

    def make_key(self, request: Request, owner: Owner, form: SentForm) -> Response:
        """Make a key and show it, this once."""
        try:
            key = self._accounts.add_key(
                owner.user_id or 0, form.get("label", ""), is_read_only="read_only" in form
            )
        except AccountError as error:
            return self._render_account(request, owner, problem=str(error))
        return self._render_account(request, owner, key=key)

    def remove_key(self, owner: Owner, key_id: RowNumber, _form: SentForm) -> Response:
        """Revoke a key."""
        self._accounts.remove_key(owner.user_id or 0, key_id)
        return RedirectResponse("/account", status_code=SEE_OTHER)

    def _render_login(self, request: Request, *, target: str, status: int = 200) -> Response:
        visitor = get_visitor(request)
        return self._pages.render(
            "login.html",
            request,
            status=status,
            target=target,
            form_token=visitor.csrf_token if visitor else request.state.form_token,
            problem="problem_bad_login" if status != 200 else None,  # noqa: PLR2004 - HTTP's own number
        )

    def _render_account(
        self,
        request: Request,
        owner: Visitor,
        *,
        key: str | None = None,
        problem: str | None = None,
        is_changed: bool = False,
    ) -> Response:
        return self._pages.render(
            "account.html",
            request,
            status=400 if problem else 200,
            keys=self._accounts.list_keys(owner.user_id or 0),
            new_key=key,
            problem=problem,
            is_changed=is_changed,
        )


def _name_address(request: Request) -> str:
    return request.client.host if request.client else "unknown"
