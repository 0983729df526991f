"""The desk as one ASGI application.

In: the index it reads, metrics, a clock. Out: an application with the page, the API and static
files, that answers every error with a sentence a reader can act on.
"""

from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from services.chassis.clock import Clock
from services.chassis.errors import Reject, Retry
from services.chassis.metrics import read_version
from services.search.access import AccessOptions, Door, GuardedApp
from services.search.account_pages import AccountPages
from services.search.accounts import Accounts
from services.search.api import build_api, describe_figures, describe_search
from services.search.article_index import ArticleIndex, CursorExpired
from services.search.charts import ChartPages
from services.search.coverage import CoverageReader
from services.search.domain.cursor import CursorError
from services.search.domain.query import QueryError
from services.search.domain.request import RequestError
from services.search.export import Exports, build_exports
from services.search.figure_index import FigureIndex
from services.search.figure_judgements import FigureJudgements
from services.search.figures_pages import FigurePages
from services.search.judgement_pages import JudgementPages
from services.search.judgements import Judgements
from services.search.metrics import SearchMetrics
from services.search.observing import AsgiApp, ObservedApp
from services.search.pages import build_pages
from services.search.problems import Problem, describe_problem, render_json
from services.search.saved_pages import SavedOptions, SavedPages
from services.search.saved_searches import SavedSearches
from services.search.store import Store

STATIC_FOLDER = Path(__file__).parent / "static"
_GZIP_FROM_BYTES = 1_000
_DESCRIPTION = """\
Trade-union news as text and as data. Judgements of figures can be sent; all else is read-only.

Lists are paged by cursor: follow `next` until it is null. A list stays as it was when its first
page was asked for, however the index grows. A cursor lives for about two minutes after its page.
When the desk has users, send an API key as `Authorization: Bearer …`; keys are made at /account.
Times are UTC; dates in parameters are days in Vietnam. Numbers are decimal strings.
Errors are `application/problem+json` with one sentence in `detail` (`lang=vi` for Vietnamese).
"""


def build_app(
    index: ArticleIndex,
    *,
    metrics: SearchMetrics,
    clock: Clock,
    allowed_hosts: tuple[str, ...],
    store: Store | None = None,
    access: AccessOptions | None = None,
    accounts: Accounts | None = None,
    saved: SavedOptions | None = None,
    crawler_metrics_url: str | None = None,
) -> AsgiApp:
    """Wire the desk together.

    Args:
        index: what is read.
        metrics: what is counted.
        clock: what time it is.
        allowed_hosts: names the desk answers to.
        store: what is users' own; by default it is kept in memory.
        access: how the door is set.
        accounts: the store's users, when there is something special about them.
        saved: what the pages of saved searches need to know.
        crawler_metrics_url: where the crawler tells which outlets it cannot read.
    """
    store = store or Store(None)
    door = Door(
        accounts or Accounts(store, clock=clock),
        csrf_key=store.read_secret("csrf"),
        options=access or AccessOptions(),
        clock=clock,
    )
    app = FastAPI(
        title="Union news desk",
        version=read_version(),
        description=_DESCRIPTION,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    coverage = CoverageReader(index, clock=clock, crawler_metrics_url=crawler_metrics_url)
    pages = build_pages(index, coverage=coverage, static_folder=STATIC_FOLDER)
    app.include_router(pages.router)
    app.include_router(AccountPages(pages, door).router)
    judgements = Judgements(store, clock=clock)
    figure_index = FigureIndex(index, clock=clock, judgements=FigureJudgements(index, judgements))
    app.include_router(FigurePages(pages, figure_index).router)
    app.include_router(ChartPages(pages, figure_index).router)
    app.include_router(
        build_exports(
            Exports(index, figure_index, clock=clock),
            figure_parameters=describe_figures(is_paged=False),
            search_parameters=describe_search(),
        )
    )
    judging = JudgementPages(pages, index, judgements)
    app.include_router(judging.router)
    app.include_router(judging.api)
    searches = SavedSearches(store, clock=clock)
    app.include_router(SavedPages(pages, searches, options=saved or SavedOptions()).router)
    app.include_router(build_api(index, figure_index, coverage))
    app.mount("/static", StaticFiles(directory=STATIC_FOLDER), name="static")

    def answer(request: Request, error: Exception) -> Response:
        problem = describe_problem(error)
        if request.url.path.startswith("/api/"):
            return render_json(problem, request)
        return pages.render_problem(problem, request)

    for kind in (
        QueryError,
        RequestError,
        CursorError,
        CursorExpired,
        Retry,
        Reject,
        Problem,
        HTTPException,
        RequestValidationError,
        Exception,
    ):
        app.add_exception_handler(kind, answer)
    app.add_middleware(GuardedApp, door=door, render=answer)
    app.add_middleware(GZipMiddleware, minimum_size=_GZIP_FROM_BYTES)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(allowed_hosts))
    return ObservedApp(app, metrics=metrics, clock=clock)
