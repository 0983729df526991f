"""The JSON API: searches, articles, figures, facets.

In: URLs. Out: the answers of `answers.py`. Described at /api/openapi.json.
"""

import urllib.parse
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Request

from services.contracts.documents import ArticleDocument
from services.contracts.facets import FACETS
from services.search.answers import (
    FacetsAnswer,
    FiguresAnswer,
    ProblemAnswer,
    SearchAnswer,
    SuggestionsAnswer,
)
from services.search.article_index import ArticleIndex
from services.search.charts import SeriesAnswer, answer_series, decide_chart
from services.search.coverage import CoverageReader
from services.search.domain.chart_request import read_chart
from services.search.domain.figure_request import FIGURE_FILTERS, read_figures
from services.search.domain.query import QUERY_LIMIT_CHARACTERS
from services.search.domain.request import (
    PAGE_SIZE,
    SIZE_LIMIT,
    RequestError,
    read_search,
)
from services.search.domain.series import GRAINS
from services.search.figure_index import FigureIndex
from services.search.problems import PROBLEM_TYPE, Problem
from services.search.suggestions import suggest

Parameter = dict[str, Any]


def _describe_parameter(name: str, description: str, **schema: object) -> Parameter:
    return {"name": name, "in": "query", "description": description, "schema": schema}


def _describe_list(name: str, description: str) -> Parameter:
    return {
        **_describe_parameter(name, description, type="array", items={"type": "string"}),
        "style": "form",
        "explode": True,
    }


_DAY_FORM: Final = "YYYY, YYYY-MM or YYYY-MM-DD, a day in Vietnam, included."
_CURSOR: Final = _describe_parameter(
    "cursor", "Place in the list, from `next`; the other parameters stay the same.", type="string"
)
_SIZE: Final = _describe_parameter(
    "size", "Results a page.", type="integer", minimum=1, maximum=SIZE_LIMIT, default=PAGE_SIZE
)
_LANG: Final = _describe_parameter(
    "lang", "Language of error messages.", type="string", enum=["en", "vi"], default="en"
)


def describe_search() -> list[Parameter]:
    """Return the parameters that say which articles are meant."""
    parameters = [
        _describe_parameter(
            "q",
            'Words, all of which must be found; "quoted phrases"; AND, OR, NOT in capitals, -word, '
            'parentheses, field words such as place:"Hà Nội". '
            "With or without diacritics; abbreviations and numbers in any style.",
            type="string",
            maxLength=QUERY_LIMIT_CHARACTERS,
        )
    ]
    for facet in FACETS:
        label = facet.label_en
        if facet.kind == "terms":
            parameters.append(_describe_list(facet.name, f"{label}; several are alternatives."))
            continue
        parameters += [
            _describe_parameter(f"{facet.name}_from", f"{label}: from. {_DAY_FORM}", type="string"),
            _describe_parameter(f"{facet.name}_to", f"{label}: to. {_DAY_FORM}", type="string"),
        ]
    return [*parameters, _LANG]


def describe_figures(*, is_paged: bool = True) -> list[Parameter]:
    """Return the parameters that say which figures are meant, and which page of them."""
    number = {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"}
    return [
        *(
            _describe_list(known.name, f"{known.meaning} Several are alternatives.")
            for known in FIGURE_FILTERS
        ),
        _describe_parameter(
            "q",
            "Words of the sentence, the headline or the names; as in the search of articles.",
            type="string",
            maxLength=QUERY_LIMIT_CHARACTERS,
        ),
        _describe_parameter("min", "Smallest value, in the unit asked for.", **number),
        _describe_parameter("max", "Largest value, in the unit asked for.", **number),
        *(
            _describe_parameter(f"{name}_{end}", f"{meaning}: {end}. {_DAY_FORM}", type="string")
            for name, meaning in (
                ("period", "The figure's period lies within these days"),
                ("date", "The article was published within these days"),
            )
            for end in ("from", "to")
        ),
        _describe_parameter(
            "sort",
            "Order.",
            type="string",
            enum=["newest", "largest", "smallest", "period"],
            default="newest",
        ),
        *((_SIZE, _CURSOR) if is_paged else ()),
        _LANG,
    ]


def _describe_series() -> list[Parameter]:
    return [
        _describe_parameter("indicator", "Code or label of the indicator.", type="string"),
        _describe_list("organisation", "Owner, as in the search of figures."),
        _describe_list("place", "Place, as in the search of figures."),
        _describe_list("counted", "Class of what is counted, as `counted` of a series."),
        _describe_list("modality", "reported (default), target, estimate."),
        _describe_parameter(
            "by",
            "Without owner and place: whether those of most owners or most places are taken.",
            type="string",
            enum=["organisation", "place"],
            default="organisation",
        ),
        _describe_parameter(
            "grain",
            "The steps that flows are summed over.",
            type="string",
            enum=list(GRAINS),
            default="year",
        ),
        _describe_parameter("period_from", f"Points from here. {_DAY_FORM}", type="string"),
        _describe_parameter("period_to", f"Points to here. {_DAY_FORM}", type="string"),
        _LANG,
    ]


def _describe_problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    meanings = {
        400: "A parameter or the query does not fit; `detail` says what to change.",
        404: "There is no such article.",
        410: "The cursor has expired: begin again without it.",
        503: "Elasticsearch does not answer: try again after Retry-After seconds.",
    }
    schema = ProblemAnswer.model_json_schema()
    return {
        status: {"description": meanings[status], "content": {PROBLEM_TYPE: {"schema": schema}}}
        for status in statuses
    }


_SORT: Final = _describe_parameter(
    "sort",
    "Order; by default relevant with `q`, newest without.",
    type="string",
    enum=["relevant", "newest"],
)


def build_api(
    index: ArticleIndex, figure_index: FigureIndex, coverage: CoverageReader
) -> APIRouter:
    """Return the routes of the API."""
    router = APIRouter(prefix="/api/v1", tags=["desk"])

    @router.get(
        "/search",
        summary="Search articles",
        responses=_describe_problems(400, 410, 503),
        openapi_extra={"parameters": [*describe_search(), _SORT, _SIZE, _CURSOR]},
    )
    def search(request: Request) -> SearchAnswer:
        """Articles with highlights and key figures; facets come with the first page."""
        pairs = request.query_params.multi_items()
        cursor = request.query_params.get("cursor") or None
        asked = read_search(pairs, is_strict=True)
        answer = index.page_search(asked, cursor=cursor, has_facets=cursor is None)
        facets = coverage.add_to(answer.facets, asked)
        return answer.model_copy(
            update={"facets": facets, "next": _link_next(request, answer.next)}
        )

    @router.get(
        "/suggest",
        summary="Suggest while someone types",
        responses=_describe_problems(400, 503),
        openapi_extra={"parameters": describe_search()},
    )
    def suggestions(request: Request) -> SuggestionsAnswer:
        """Names, key words and headlines that begin as the last words of `q`, a few of each."""
        asked = read_search(request.query_params.multi_items(), is_strict=True)
        return suggest(index, asked, "vi" if request.query_params.get("lang") == "vi" else "en")

    @router.get(
        "/facets",
        summary="Count facets",
        responses=_describe_problems(400, 503),
        openapi_extra={"parameters": describe_search()},
    )
    def facets(request: Request) -> FacetsAnswer:
        """The values of every facet with their counts, each under the choices of the others."""
        asked = read_search(request.query_params.multi_items(), is_strict=True)
        return FacetsAnswer(facets=coverage.add_to(index.count_facets(asked), asked))

    @router.get(
        "/figures",
        summary="Search figures",
        responses=_describe_problems(400, 410, 503),
        openapi_extra={"parameters": describe_figures()},
    )
    def figures(request: Request) -> FiguresAnswer:
        """Figures with their unit, owner, place, period and source sentence."""
        asked = read_figures(request.query_params.multi_items())
        answer = figure_index.page(asked, cursor=request.query_params.get("cursor") or None)
        return answer.model_copy(update={"next": _link_next(request, answer.next)})

    @router.get(
        "/series",
        summary="Series of an indicator",
        responses=_describe_problems(400, 503),
        openapi_extra={"parameters": _describe_series()},
    )
    def series(request: Request) -> SeriesAnswer:
        """The points of a chart: levels of stocks, sums of flows, each with its figures."""
        asked = read_chart(request.query_params.multi_items(), is_strict=True)
        indicator = asked.known_indicator
        if indicator is None:
            raise RequestError("indicator", "bad_choice")
        claims = figure_index.list_claims(asked, indicator)
        return answer_series(asked, decide_chart(asked, indicator, claims))

    @router.get(
        "/articles/{article_id:path}",
        summary="Read an article",
        responses=_describe_problems(400, 404, 503),
    )
    def article(
        article_id: Annotated[str, Path(description="Id of the article, as results give it.")],
    ) -> ArticleDocument:
        """The latest revision: text, figures, entities, history. Offsets count code points."""
        found = index.get_article(article_id)
        if found is None:
            facts: dict[str, object] = {"article_id": article_id}
            raise Problem(404, "missing_title", "missing_article", facts)
        return found

    return router


def _link_next(request: Request, cursor: str | None) -> str | None:
    if cursor is None:
        return None
    pairs = [pair for pair in request.query_params.multi_items() if pair[0] != "cursor"]
    return f"{request.url.path}?{urllib.parse.urlencode([*pairs, ('cursor', cursor)])}"
