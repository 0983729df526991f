"""Judging figures: a page with a form, and the same through the API.

In: a figure of an article and what a reader says of it. Out: HTML, JSON, and all judgements as
JSON Lines. What is judged is checked against the article as it is now: a form that was opened
before the article was read anew is refused, not attached to another figure.
"""

import urllib.parse
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.responses import RedirectResponse, Response, StreamingResponse

from services.contracts.documents import ArticleDocument, FigureDocument
from services.contracts.figures import Figure
from services.search.access import Form, Reader, RowNumber, SentForm, Writer
from services.search.answers import ProblemAnswer
from services.search.article_index import ArticleIndex
from services.search.domain.amounts import read_amount
from services.search.domain.judging import (
    NAME_LIMIT_CHARACTERS,
    NOTE_LIMIT_CHARACTERS,
    Attached,
    Correction,
    ExportedJudgement,
    Judgement,
    Verdict,
    attach,
    export,
    find_figure,
)
from services.search.domain.links import link_article
from services.search.judgements import Judgements
from services.search.pages import Pages
from services.search.problems import PROBLEM_TYPE, Problem

JUDGE_PATH: Final = "/judge"
NDJSON_TYPE: Final = "application/x-ndjson"
_SEE_OTHER: Final = 303
_CORRECTABLE: Final = ("value", "unit", "counted", "indicator", "organisation", "place", "period")


class NewJudgement(BaseModel):
    """What is sent to judge a figure."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    article_id: str = Field(max_length=400)
    figure_id: str = Field(
        max_length=60, description="The figure's id within its article, such as body:4-19."
    )
    surface: str | None = Field(
        None, description="The figure's words, if it must still be the one that was seen."
    )
    verdict: Verdict
    correction: Correction = Correction()
    note: str = Field("", max_length=NOTE_LIMIT_CHARACTERS, description="Why.")


class JudgementPages:
    """Renders and answers what is about judgements."""

    def __init__(self, pages: Pages, index: ArticleIndex, judgements: Judgements) -> None:
        self._pages = pages
        self._index = index
        self._judgements = judgements
        pages.provide("attach_judgements", self.attach)
        pages.provide("attach_to_facts", self.attach_to_facts)
        pages.provide("link_judging", link_judging)
        pages.provide("list_corrections", _list_corrections)

    @property
    def router(self) -> APIRouter:
        """The routes of the pages."""
        router = APIRouter(include_in_schema=False)
        router.add_api_route(JUDGE_PATH, self.show, methods=["GET", "HEAD"])
        router.add_api_route(JUDGE_PATH, self.judge, methods=["POST"])
        router.add_api_route(JUDGE_PATH + "/{judgement_id}/end", self.end, methods=["POST"])
        return router

    @property
    def api(self) -> APIRouter:
        """The routes of the API."""
        router = APIRouter(prefix="/api/v1", tags=["judgements"])
        problems: dict[int | str, dict[str, Any]] = {
            status: {
                "description": meaning,
                "content": {PROBLEM_TYPE: {"schema": ProblemAnswer.model_json_schema()}},
            }
            for status, meaning in {
                403: "The key or role may only read, or the judgement is somebody else's.",
                404: "There is no such article, figure or judgement.",
                409: "The figure has other words by now: look at it again.",
                503: "Elasticsearch does not answer: try again after Retry-After seconds.",
            }.items()
        }
        router.add_api_route(
            "/judgements",
            self.export_all,
            methods=["GET"],
            summary="Export judgements",
            response_class=StreamingResponse,
            responses={
                200: {"content": {NDJSON_TYPE: {"schema": ExportedJudgement.model_json_schema()}}},
                503: problems[503],
            },
        )
        router.add_api_route(
            "/judgements",
            self.add,
            methods=["POST"],
            status_code=201,
            summary="Judge a figure",
            responses=problems,
        )
        router.add_api_route(
            "/judgements/{judgement_id}",
            self.take_back,
            methods=["DELETE"],
            status_code=204,
            summary="Take a judgement back",
            responses={status: problems[status] for status in (403, 404, 503)},
        )
        return router

    def attach(self, article_id: str, figures: Sequence[Figure]) -> Attached:
        """Return what was said of the figures of an article, for its page."""
        found = self._judgements.list_for([article_id])
        return attach(found.get(article_id, ()), figures)

    def attach_to_facts(self, figures: Sequence[FigureDocument]) -> dict[str, Sequence[Judgement]]:
        """Return what was said of figures of several articles, by the figure's full id."""
        by_article = self._judgements.list_for([figure.article_id for figure in figures])
        said: dict[str, Sequence[Judgement]] = {}
        for article_id, judgements in by_article.items():
            article = self._index.get_article(article_id)
            if article is not None:
                attached = attach(judgements, article.figures).by_figure
                said |= {f"{article_id}#{figure}": held for figure, held in attached.items()}
        return said

    # -- pages ---------------------------------------------------------------------------------

    def show(self, request: Request, visitor: Reader, article: str, figure: str) -> Response:
        """Show a figure with what was said of it, and the form for who may judge."""
        del visitor
        document, found = self._find(article, figure)
        return self._render(request, document, found)

    def judge(self, request: Request, visitor: Writer, form: SentForm) -> Response:
        """Store what a reader says."""
        article, found = self._find(form.get("article", ""), form.get("figure", ""))
        if form.get("surface") != found.surface:
            raise Problem(409, "refused_title", "problem_figure_changed")
        try:
            sent = NewJudgement(
                article_id=article.article_id,
                figure_id=found.id,
                verdict=Verdict(form.get("verdict", "")),
                correction=_read_correction(form, found),
                note=form.get("note", "").strip(),
            )
            self._check(sent)
        except (Problem, ValueError) as error:
            problem = error.sentence if isinstance(error, Problem) else "problem_bad_verdict"
            return self._render(request, article, found, problem=problem, form=form)
        self._store(visitor, article, found, sent)
        return RedirectResponse(
            f"{link_article(article.article_id)}#row-{found.id.replace(':', '-')}",
            status_code=_SEE_OTHER,
        )

    def end(self, visitor: Writer, judgement_id: RowNumber, _form: SentForm) -> Response:
        """Take a judgement back, and go to its article."""
        judgement = self._take_back(visitor, judgement_id)
        return RedirectResponse(
            f"{link_article(judgement.article_id)}#figures", status_code=_SEE_OTHER
        )

    # -- the API -------------------------------------------------------------------------------

    def add(self, visitor: Writer, sent: NewJudgement) -> ExportedJudgement:
        """Confirm, correct or reject a figure; what you said of it before ends."""
        article, found = self._find(sent.article_id, sent.figure_id)
        if sent.surface is not None and sent.surface != found.surface:
            raise Problem(409, "refused_title", "problem_figure_changed")
        self._check(sent)
        judgement = self._store(visitor, article, found, sent)
        return export(judgement, figure_id=found.id, state="attached")

    def take_back(self, visitor: Writer, judgement_id: RowNumber) -> Response:
        """End a judgement of your own; it stays in the export with the time of its end."""
        self._take_back(visitor, judgement_id)
        return Response(status_code=204)

    def export_all(
        self,
        visitor: Reader,
        article: Annotated[str | None, Query(description="Only of this article.")] = None,
        since: Annotated[
            datetime | None, Query(description="Only made or ended since, with UTC offset.")
        ] = None,
    ) -> StreamingResponse:
        """Every judgement, one a line, oldest first: who, when, why, and of which figure."""
        del visitor
        if since is not None and since.tzinfo is None:
            raise Problem(400, "problem_title", "problem_bad_choice", {"parameter": "since"})
        lines = self._write_lines(article_id=article, since=since)
        return StreamingResponse(lines, media_type=NDJSON_TYPE)

    def _write_lines(self, *, article_id: str | None, since: datetime | None) -> Iterator[bytes]:
        judgements = self._judgements.read_all(article_id=article_id, since=since)
        for current_id, group in groupby(judgements, key=lambda each: each.article_id):
            document = self._index.get_article(current_id)
            for judgement in group:
                yield _export(judgement, document).encode() + b"\n"

    # -- parts ---------------------------------------------------------------------------------

    def _find(self, article_id: str, figure_id: str) -> tuple[ArticleDocument, Figure]:
        article = self._index.get_article(article_id)
        if article is None:
            raise Problem(404, "missing_title", "missing_article", {"article_id": article_id})
        within = figure_id.rpartition("#")[2]
        found = next((figure for figure in article.figures if figure.id == within), None)
        if found is None:
            raise Problem(404, "missing_title", "missing_figure")
        return article, found

    @staticmethod
    def _check(sent: NewJudgement) -> None:
        if (sent.verdict is Verdict.CORRECTED) == sent.correction.is_empty:
            key = "problem_no_correction" if sent.correction.is_empty else "problem_not_correcting"
            raise Problem(400, "problem_title", key)

    def _store(
        self, visitor: Writer, article: ArticleDocument, figure: Figure, sent: NewJudgement
    ) -> Judgement:
        return self._judgements.add(
            visitor,
            article.article_id,
            figure,
            article.figures,
            verdict=sent.verdict,
            correction=sent.correction,
            note=sent.note,
        )

    def _take_back(self, visitor: Writer, judgement_id: int) -> Judgement:
        judgement = self._judgements.find(judgement_id)
        if judgement is None or judgement.ended_at is not None:
            raise Problem(404, "missing_title", "missing_judgement")
        if not visitor.owns(judgement.user_id):
            raise Problem(403, "refused_title", "problem_not_yours")
        self._judgements.end(judgement)
        return judgement

    def _render(
        self,
        request: Request,
        article: ArticleDocument,
        figure: Figure,
        *,
        problem: str | None = None,
        form: Mapping[str, str] | None = None,
    ) -> Response:
        attached = self.attach(article.article_id, article.figures)
        return self._pages.render(
            "judge.html",
            request,
            status=400 if problem else 200,
            article=article,
            figure=figure,
            sentence=_cut_sentence(article, figure),
            said=attached.by_figure.get(figure.id, ()),
            verdicts=tuple(Verdict),
            correctable=_CORRECTABLE,
            form=form or {},
            problem=problem,
            note_limit=NOTE_LIMIT_CHARACTERS,
            name_limit=NAME_LIMIT_CHARACTERS,
        )


def link_judging(article_id: str, figure_id: str) -> str:
    """Return the path of a figure's judging page.

    Example:
        >>> link_judging("báo:1", "body:4-19")
        '/judge?article=b%C3%A1o%3A1&figure=body%3A4-19'
    """
    within_article = figure_id.rpartition("#")[2]
    query = urllib.parse.urlencode({"article": article_id, "figure": within_article})
    return f"{JUDGE_PATH}?{query}"


def _cut_sentence(article: ArticleDocument, figure: Figure) -> tuple[str, str, str]:
    """Return the sentence of a figure: what stands before it, its words, what follows."""
    text: str = getattr(article, figure.field)
    around = figure.sentence or ""
    begin = text.rfind(around, 0, figure.start + len(around)) if around else figure.start
    if not 0 <= begin <= figure.start or begin + len(around) < figure.end:
        return "", figure.surface, ""
    return text[begin : figure.start], figure.surface, text[figure.end : begin + len(around)]


def _read_correction(form: Form, figure: Figure) -> Correction:
    """Read the fields that differ from what was extracted; an empty one corrects nothing.

    Raises:
        Problem: the value is no number.
    """
    if form.get("verdict") != Verdict.CORRECTED:
        return Correction()
    typed = {name: form.get(name, "").strip() for name in _CORRECTABLE}
    changed: dict[str, Any] = {
        name: text
        for name, text in typed.items()
        if name != "value" and text and text != (getattr(figure, name) or "")
    }
    is_same_value = figure.value is not None and typed["value"] == format(figure.value, "f")
    if typed["value"] and not is_same_value:
        amount = read_amount(typed["value"])
        if amount is None:
            raise Problem(400, "problem_title", "problem_bad_value")
        if amount.value != figure.value:
            changed["value"] = amount.value
        if amount.unit and amount.unit != figure.unit and "unit" not in changed:
            changed["unit"] = amount.unit
    try:
        return Correction(**changed)
    except ValidationError as error:
        raise Problem(400, "problem_title", "problem_bad_value") from error


def _list_corrections(correction: Correction) -> list[tuple[str, str]]:
    """Return what is corrected: (field, what it should say)."""
    return [
        (name, str(value)) for name, value in correction.model_dump(mode="json").items() if value
    ]


def _export(judgement: Judgement, article: ArticleDocument | None) -> ExportedJudgement:
    if article is None:
        return export(judgement, figure_id=None, state="article_missing")
    figure = find_figure(judgement.judged, article.figures)
    if figure is None:
        return export(judgement, figure_id=None, state="orphaned")
    return export(judgement, figure_id=figure.id, state="attached")
