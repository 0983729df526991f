"""The pages of saved searches, and their feeds.

In: forms and the addresses of feeds. Out: HTML, Atom, JSON Feed. Everything works without
JavaScript; every change is a form with a token.
"""

import hashlib
import urllib.parse
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.headerregistry import Address
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from services.search.access import FEEDS_PATH, Form, RowNumber, SentForm, Writer
from services.search.domain.access import Visitor
from services.search.domain.query import QueryError
from services.search.domain.request import RequestError
from services.search.domain.saved import SavedQuery, SavedQueryError, build_condition, read_address
from services.search.feeds import ATOM_TYPE, JSON_TYPE, write_atom, write_json
from services.search.pages import Pages, choose_language
from services.search.problems import Problem, describe_problem
from services.search.saved_searches import (
    NAME_LIMIT_CHARACTERS,
    Draft,
    SavedSearch,
    SavedSearchError,
    SavedSearches,
)

SAVED_PATH: Final = "/saved"
_SEE_OTHER: Final = 303
_URL_LIMIT_CHARACTERS: Final = 2_000
_EMAIL_LIMIT_CHARACTERS: Final = 254


@dataclass(frozen=True, kw_only=True)
class SavedOptions:
    """What the pages need to know: where readers find the desk, and whether e-mail is sent."""

    public_url: str = ""
    has_email: bool = False


@dataclass(frozen=True, kw_only=True)
class Fields:
    """What stands in the form: as typed, or as stored."""

    name: str = ""
    address: str = ""
    email: str = ""
    webhook_url: str = ""


class SavedPages:
    """Renders and answers the pages of saved searches."""

    def __init__(self, pages: Pages, searches: SavedSearches, *, options: SavedOptions) -> None:
        self._pages = pages
        self._searches = searches
        self._options = options

    @property
    def router(self) -> APIRouter:
        """The routes."""
        router = APIRouter(include_in_schema=False)
        read, send = ["GET", "HEAD"], ["POST"]
        one = SAVED_PATH + "/{search_id}"
        router.add_api_route(SAVED_PATH, self.show_list, methods=read)
        router.add_api_route(SAVED_PATH, self.add, methods=send)
        router.add_api_route(f"{SAVED_PATH}/new", self.show_new, methods=read)
        router.add_api_route(one, self.show_one, methods=read)
        router.add_api_route(one, self.change, methods=send)
        router.add_api_route(one + "/pause", self.pause, methods=send)
        router.add_api_route(one + "/resume", self.resume, methods=send)
        router.add_api_route(one + "/renew", self.renew, methods=send)
        router.add_api_route(one + "/remove", self.remove, methods=send)
        router.add_api_route(FEEDS_PATH + "{token}.atom", self.show_atom, methods=read)
        router.add_api_route(FEEDS_PATH + "{token}.json", self.show_json, methods=read)
        return router

    # -- pages ---------------------------------------------------------------------------------

    def show_list(self, request: Request, visitor: Writer) -> Response:
        """List the visitor's saved searches, with their feeds and how they do."""
        searches = self._searches.list_for(visitor)
        ids = [search.search_id for search in searches]
        base_url = self._choose_base(request)
        return self._pages.render(
            "saved.html",
            request,
            searches=searches,
            states=self._searches.list_states(ids),
            news=self._searches.count_news(ids),
            broken={search.search_id for search in searches if _is_broken(search.query)},
            feed_urls={s.search_id: f"{base_url}{FEEDS_PATH}{s.feed_token}" for s in searches},
        )

    def show_new(self, request: Request, visitor: Writer) -> Response:
        """Show the form for the search whose address is in `address`."""
        address = request.query_params.get("address", "")
        name = ""
        try:
            pairs = urllib.parse.parse_qsl(read_address(address).query)
            name = " · ".join(value for _, value in pairs)[:NAME_LIMIT_CHARACTERS]
        except (SavedQueryError, RequestError, QueryError):
            pass  # told when it is sent
        return self._render_form(request, visitor, Fields(name=name, address=address))

    def add(self, request: Request, visitor: Writer, form: SentForm) -> Response:
        """Save a search."""
        try:
            self._searches.add(visitor.user_id, self._read_draft(request, form))
        except (SavedSearchError, SavedQueryError, RequestError, QueryError) as error:
            return self._render_form(request, visitor, _read_fields(form), error=error)
        return RedirectResponse(SAVED_PATH, status_code=_SEE_OTHER)

    def show_one(self, request: Request, visitor: Writer, search_id: RowNumber) -> Response:
        """Show the form of a saved search."""
        search = self._find(visitor, search_id)
        fields = Fields(
            name=search.name,
            address=search.query.to_url(),
            email=search.email or "",
            webhook_url=search.webhook_url or "",
        )
        return self._render_form(request, visitor, fields, search=search)

    def change(
        self, request: Request, visitor: Writer, search_id: RowNumber, form: SentForm
    ) -> Response:
        """Store a saved search anew."""
        search = self._find(visitor, search_id)
        try:
            self._searches.change(search, self._read_draft(request, form))
        except (SavedSearchError, SavedQueryError, RequestError, QueryError) as error:
            return self._render_form(
                request, visitor, _read_fields(form), search=search, error=error
            )
        return RedirectResponse(SAVED_PATH, status_code=_SEE_OTHER)

    def pause(self, visitor: Writer, search_id: RowNumber, _form: SentForm) -> Response:
        """Stop telling."""
        self._searches.pause(self._find(visitor, search_id), is_paused=True)
        return RedirectResponse(SAVED_PATH, status_code=_SEE_OTHER)

    def resume(self, visitor: Writer, search_id: RowNumber, _form: SentForm) -> Response:
        """Tell again."""
        self._searches.pause(self._find(visitor, search_id), is_paused=False)
        return RedirectResponse(SAVED_PATH, status_code=_SEE_OTHER)

    def renew(self, visitor: Writer, search_id: RowNumber, _form: SentForm) -> Response:
        """Give the feed another address."""
        self._searches.renew_feed(self._find(visitor, search_id))
        return RedirectResponse(SAVED_PATH, status_code=_SEE_OTHER)

    def remove(self, visitor: Writer, search_id: RowNumber, _form: SentForm) -> Response:
        """Delete a saved search."""
        self._searches.remove(self._find(visitor, search_id))
        return RedirectResponse(SAVED_PATH, status_code=_SEE_OTHER)

    # -- feeds ---------------------------------------------------------------------------------

    def show_atom(self, request: Request, token: str) -> Response:
        """Answer a feed reader that wants Atom."""
        return self._answer_feed(request, token, is_atom=True)

    def show_json(self, request: Request, token: str) -> Response:
        """Answer a feed reader that wants JSON Feed."""
        return self._answer_feed(request, token, is_atom=False)

    def _answer_feed(self, request: Request, token: str, *, is_atom: bool) -> Response:
        search = self._searches.find_feed(token)
        if search is None:
            raise Problem(404, "missing_title", "feed_problem")
        base_url = self._choose_base(request)
        news = self._searches.list_news(search)
        write = write_atom if is_atom else write_json
        content = write(search, news, base_url=base_url, feed_url=base_url + request.url.path)
        tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers={"etag": tag})
        media_type = ATOM_TYPE if is_atom else JSON_TYPE
        return Response(content, media_type=media_type, headers={"etag": tag})

    # -- parts ---------------------------------------------------------------------------------

    def _choose_base(self, request: Request) -> str:
        return (self._options.public_url or str(request.base_url)).rstrip("/")

    def _find(self, visitor: Visitor, search_id: int) -> SavedSearch:
        search = self._searches.find(visitor, search_id)
        if search is None:
            raise Problem(404, "missing_title", "missing_saved")
        return search

    def _render_form(
        self,
        request: Request,
        _visitor: Visitor,
        fields: Fields,
        *,
        search: SavedSearch | None = None,
        error: Exception | None = None,
    ) -> Response:
        return self._pages.render(
            "saved_form.html",
            request,
            status=400 if error else 200,
            fields=fields,
            search=search,
            problem=_describe(error, request) if error else None,
            has_email=self._options.has_email,
            name_limit=NAME_LIMIT_CHARACTERS,
        )

    def _read_draft(self, request: Request, form: Form) -> Draft:
        fields = _read_fields(form)
        name = " ".join(fields.name.split())
        if not name or len(name) > NAME_LIMIT_CHARACTERS or not name.isprintable():
            raise SavedSearchError("problem_bad_saved_name")
        return Draft(
            name=name,
            query=read_address(fields.address),
            language=choose_language(request),
            email=_check_email(fields.email),
            webhook_url=_check_webhook(fields.webhook_url),
        )


def _read_fields(form: Form) -> Fields:
    return Fields(**{name: form.get(name, "").strip() for name in Fields.__dataclass_fields__})


def _is_broken(query: SavedQuery) -> bool:
    try:
        build_condition(query)
    except (RequestError, QueryError):
        return True
    return False


def _describe(error: Exception, request: Request) -> str:
    language = choose_language(request)
    if isinstance(error, SavedSearchError | SavedQueryError):
        return Problem(400, "refused_title", str(error)).describe(language)
    return describe_problem(error).describe(language)


def _check_email(email: str) -> str | None:
    """Return an address to send to, None for none.

    Example:
        >>> _check_email("an@example.org"), _check_email("")
        ('an@example.org', None)
    """
    if not email:
        return None
    try:
        address = Address(addr_spec=email)
    except (ValueError, HeaderParseError, IndexError) as error:
        raise SavedSearchError("problem_bad_email") from error
    is_plain = email.isascii() and email.isprintable() and len(email) <= _EMAIL_LIMIT_CHARACTERS
    if not (is_plain and address.username and "." in address.domain):
        raise SavedSearchError("problem_bad_email")
    return email


def _check_webhook(url: str) -> str | None:
    """Return a webhook's address, None for none; where it leads is judged when it is called.

    Example:
        >>> _check_webhook("https://hooks.example/news#part")
        'https://hooks.example/news'
    """
    if not url:
        return None
    try:
        parts = urllib.parse.urlsplit(url)
        has_port = parts.port is None or parts.port > 0
    except ValueError as error:
        raise SavedSearchError("problem_bad_webhook") from error
    is_plain = url.isascii() and url.isprintable() and " " not in url
    if (
        parts.scheme not in ("http", "https")
        or not parts.hostname
        or parts.username is not None
        or not has_port
        or not is_plain
        or len(url) > _URL_LIMIT_CHARACTERS
    ):
        raise SavedSearchError("problem_bad_webhook")
    return parts._replace(fragment="").geturl()
