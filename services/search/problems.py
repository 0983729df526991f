"""What went wrong, as one status and one sentence.

In: an exception that ended a request. Out: a problem that the page and the API both can show.
"""

from dataclasses import dataclass, field
from typing import Final

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from services.chassis.errors import Reject, Retry
from services.search.answers import ProblemAnswer
from services.search.article_index import CursorExpired
from services.search.domain import query
from services.search.domain.cursor import CursorError
from services.search.domain.formatting import Language
from services.search.domain.query import QueryError
from services.search.domain.request import DEPTH_LIMIT, SIZE_LIMIT, VALUES_LIMIT, RequestError
from services.search.domain.wording import say

PROBLEM_TYPE: Final = "application/problem+json"
RETRY_AFTER_SECONDS: Final = 10

_LIMITS: Final = {
    "too_long": query.QUERY_LIMIT_CHARACTERS,
    "too_many_words": query.WORDS_LIMIT,
    "bad_size": SIZE_LIMIT,
    "page_too_deep": DEPTH_LIMIT,
    "too_many_values": VALUES_LIMIT,
}


@dataclass  # not frozen: Python writes a traceback into what is raised
class Problem(Exception):  # noqa: N818 - it is told to the reader, not to a programmer
    """A status, the keys of its title and sentence, and the facts in the sentence."""

    status: int
    title: str
    sentence: str
    facts: dict[str, object] = field(default_factory=dict)

    def describe(self, language: Language) -> str:
        """Return the sentence."""
        return say(self.sentence, language, **self.facts)

    @property
    def headers(self) -> dict[str, str]:
        """What HTTP wants to be said beside the status."""
        match self.status:
            case 401:
                return {"WWW-Authenticate": "Bearer"}
            case 429:
                return {"Retry-After": str(self.facts["retry_after"])}
            case 503:
                return {"Retry-After": str(RETRY_AFTER_SECONDS)}
            case _:
                return {}


def describe_problem(error: Exception) -> Problem:
    """Return the problem behind an exception; an unknown one is ours, with status 500.

    Example:
        >>> describe_problem(QueryError("too_long")).describe("vi")
        'Câu tìm dài quá 300 ký tự. Hãy giữ lại những từ quan trọng nhất.'
    """
    if isinstance(error, Problem):
        return error
    if isinstance(error, HTTPException):
        return Problem(error.status_code, "missing_title", "missing_page")
    if isinstance(error, Retry):
        return Problem(503, "down_title", "down")
    return _describe_refusal(error) or Problem(500, "error_title", "error")


def _describe_refusal(error: Exception) -> Problem | None:
    """Return the problem of a request that must be changed to be answered."""
    match error:
        case QueryError():
            problem = _refuse(error.problem)
        case RequestError():
            kind = "page_too_deep" if error.problem == "too_deep" else error.problem
            problem = _refuse(kind, parameter=error.parameter)
        case RequestValidationError():
            problem = _refuse("bad_choice", parameter=error.errors()[0]["loc"][-1])
        case CursorError():
            problem = _refuse("bad_cursor")
        case CursorExpired():
            problem = Problem(410, "problem_title", "problem_cursor_expired")
        case Reject(reason="query_refused"):
            problem = _refuse("query_refused")
        case Reject():
            problem = Problem(500, "error_title", "problem_article_unreadable")
        case _:
            return None
    return problem


def _refuse(kind: str, **facts: object) -> Problem:
    return Problem(400, "problem_title", f"problem_{kind}", {**facts, "limit": _LIMITS.get(kind)})


def render_json(problem: Problem, request: Request) -> JSONResponse:
    """Return a problem as the API tells it (RFC 9457); English unless `lang=vi`."""
    language: Language = "vi" if request.query_params.get("lang") == "vi" else "en"
    parameter = problem.facts.get("parameter")
    answer = ProblemAnswer(
        title=say(problem.title, language),
        status=problem.status,
        detail=problem.describe(language),
        parameter=str(parameter) if parameter else None,
    )
    return JSONResponse(
        answer.model_dump(exclude_none=True),
        status_code=problem.status,
        media_type=PROBLEM_TYPE,
        headers=problem.headers,
    )
