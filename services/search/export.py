"""Whole results to take away: CSV and JSON Lines of articles and figures, streamed.

In: the parameters of a search. Out: a file of any size, written page by page from one point in
time, so that it holds one state of the index and never more than a page in memory. A file that
breaks off in the middle ends without its end mark, which HTTP clients tell.
"""

import csv
import io
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, Final, Literal, TypeVar, cast

import orjson
import structlog
from fastapi import APIRouter, Request
from starlette.responses import Response, StreamingResponse

from services.chassis.clock import Clock
from services.chassis.errors import Reject
from services.contracts.documents import (
    ARTICLES_ALIAS,
    FIGURES_ALIAS,
    ArticleDocument,
    FigureDocument,
)
from services.contracts.models import Contract
from services.search.answers import ProblemAnswer
from services.search.article_index import ArticleIndex, read_document, read_models
from services.search.domain.export import (
    ARTICLE_COLUMNS,
    BYTE_ORDER_MARK,
    FIGURE_COLUMNS,
    SEPARATORS,
    Cell,
    Separator,
    write_cell,
)
from services.search.domain.figure_request import read_figures
from services.search.domain.formatting import to_vietnam
from services.search.domain.judging import Judgement
from services.search.domain.links import link_article
from services.search.domain.request import RequestError, read_search
from services.search.figure_index import FigureIndex
from services.search.problems import PROBLEM_TYPE, Problem

EXPORT_PATH: Final = "/api/v1/export"
FIGURE_FILE_COLUMNS: Final = (*FIGURE_COLUMNS, "judgement", "corrected_value")
EXPORTS_LIMIT: Final = 4
"""Files that are written at the same time; each costs Elasticsearch a point in time."""
_RETRY_SECONDS: Final = 30
_CSV: Final = "text/csv; charset=utf-8"
_JSONL: Final = "application/x-ndjson"
log = structlog.get_logger()

Document = TypeVar("Document", bound=Contract)
Format = Literal["csv", "jsonl"]
Parameter = dict[str, Any]


class Exports:
    """Streams results as files."""

    def __init__(self, index: ArticleIndex, figure_index: FigureIndex, *, clock: Clock) -> None:
        self._index = index
        self._figure_index = figure_index
        self._clock = clock
        self._slots = threading.BoundedSemaphore(EXPORTS_LIMIT)

    def stream_figures(self, request: Request, file_format: Format) -> Response:
        """Stream all figures of a search."""
        pairs, separator = _split_separator(request)
        asked = read_figures(pairs)
        body = self._figure_index.build_body(asked)
        base = str(request.base_url).rstrip("/")

        judged: dict[str, Judgement] = {}

        def link(figure: FigureDocument) -> str:
            return base + link_article(figure.article_id, figure=figure)

        def read(sources: Iterable[Mapping[str, Any]]) -> tuple[FigureDocument, ...]:
            figures = read_models(FigureDocument, sources)
            judged.clear()  # of one page at a time
            judged.update(self._figure_index.find_judgements(f.article_id for f in figures))
            return figures

        def name_verdict(figure: FigureDocument, _url: str) -> Cell:
            known = judged.get(figure.figure_id)
            return known.verdict.value if known else None

        def name_correction(figure: FigureDocument, _url: str) -> Cell:
            known = judged.get(figure.figure_id)
            return known.correction.value if known else None

        own = {"judgement": name_verdict, "corrected_value": name_correction}
        return self._stream(
            "figures",
            file_format,
            self._read(FIGURES_ALIAS, body, read),
            columns={**FIGURE_COLUMNS, **own},
            own=own,
            link=link,
            separator=separator,
        )

    def stream_articles(self, request: Request, file_format: Format) -> Response:
        """Stream all articles of a search."""
        pairs, separator = _split_separator(request)
        asked = read_search(pairs, is_strict=True)
        body = self._index.build_export(asked)
        base = str(request.base_url).rstrip("/")

        def link(article: ArticleDocument) -> str:
            return base + link_article(article.article_id)

        return self._stream(
            "articles",
            file_format,
            self._read(ARTICLES_ALIAS, body, _read_articles),
            columns=ARTICLE_COLUMNS,
            own={},
            link=link,
            separator=separator,
        )

    def _read(
        self,
        alias: str,
        body: Mapping[str, Any],
        read: Callable[[Iterable[Mapping[str, Any]]], tuple[Document, ...]],
    ) -> Iterator[tuple[Document, ...]]:
        if not self._slots.acquire(blocking=False):
            facts: dict[str, object] = {"limit": EXPORTS_LIMIT, "retry_after": _RETRY_SECONDS}
            raise Problem(429, "too_many_title", "problem_too_many_exports", facts)
        try:
            for hits in self._index.stream(alias, body):
                yield read(hit["_source"] for hit in hits)
        finally:
            self._slots.release()

    def _stream(
        self,
        name: str,
        file_format: Format,
        pages: Iterator[tuple[Document, ...]],
        *,
        columns: Mapping[str, Callable[[Document, str], Cell]],
        own: Mapping[str, Callable[[Document, str], Cell]],
        link: Callable[[Document], str],
        separator: Separator,
    ) -> Response:
        if file_format == "csv":
            chunks = _write_csv(pages, columns=columns, link=link, separator=separator)
        else:
            chunks = _write_lines(pages, own=own, link=link)
        # The first chunk is made before the answer begins: what fails at once has its own status.
        whole = chain([next(chunks)], chunks)
        moment = to_vietnam(self._clock.now())
        file_name = f"{name}-{moment:%Y%m%d-%H%M}.{file_format}"
        return StreamingResponse(
            whole,
            media_type=_CSV if file_format == "csv" else _JSONL,
            headers={"Content-Disposition": f'attachment; filename="{file_name}"'},
        )


def _read_articles(sources: Iterable[Mapping[str, Any]]) -> tuple[ArticleDocument, ...]:
    read = []
    for source in sources:
        try:
            read.append(read_document(ArticleDocument, source))
        except Reject:
            log.warning("stored_value_skipped", model="ArticleDocument")
    return tuple(read)


def _split_separator(request: Request) -> tuple[list[tuple[str, str]], Separator]:
    pairs = request.query_params.multi_items()
    separator = next((value for name, value in pairs if name == "separator" and value), "comma")
    if separator not in SEPARATORS:
        raise RequestError("separator", "bad_choice")
    return [pair for pair in pairs if pair[0] != "separator"], cast("Separator", separator)


def _write_csv(
    pages: Iterator[tuple[Document, ...]],
    *,
    columns: Mapping[str, Callable[[Document, str], Cell]],
    link: Callable[[Document], str],
    separator: Separator,
) -> Iterator[bytes]:
    """Write the header row and then a chunk a page; a semicolon goes with decimal commas."""
    begins = BYTE_ORDER_MARK
    has_comma = separator == "semicolon"
    is_begun = False
    for page in pages:
        text = io.StringIO()
        writer = csv.writer(text, delimiter=SEPARATORS[separator])
        if not is_begun:
            text.write(begins)
            writer.writerow(columns)
            is_begun = True
        for document in page:
            url = link(document)
            writer.writerow(
                write_cell(column(document, url), has_decimal_comma=has_comma)
                for column in columns.values()
            )
        yield text.getvalue().encode()
    if not is_begun:
        text = io.StringIO()
        text.write(begins)
        csv.writer(text, delimiter=SEPARATORS[separator]).writerow(columns)
        yield text.getvalue().encode()


def _write_lines(
    pages: Iterator[tuple[Document, ...]],
    *,
    own: Mapping[str, Callable[[Document, str], Cell]],
    link: Callable[[Document], str],
) -> Iterator[bytes]:
    """Write a document a line, with what the desk itself knows of it."""
    yield b""  # an empty result is an empty file
    for page in pages:
        lines = []
        for document in page:
            url = link(document)
            known = {name: column(document, url) for name, column in own.items()}
            line = document.model_dump(mode="json") | {"desk": url} | known
            lines.append(orjson.dumps(line, default=str) + b"\n")
        yield b"".join(lines)


def build_exports(
    exports: Exports, *, figure_parameters: list[Parameter], search_parameters: list[Parameter]
) -> APIRouter:
    """Return the routes of the files, described for OpenAPI."""
    router = APIRouter(prefix=EXPORT_PATH, tags=["files"])
    separator = {
        "name": "separator",
        "in": "query",
        "description": "Between cells; with semicolon, numbers have decimal commas, as a "
        "Vietnamese spreadsheet expects.",
        "schema": {"type": "string", "enum": list(SEPARATORS), "default": "comma"},
    }
    kinds: tuple[tuple[str, Callable[[Request, Format], Response], list[Parameter], Any], ...] = (
        ("figures", exports.stream_figures, figure_parameters, FIGURE_FILE_COLUMNS),
        ("articles", exports.stream_articles, search_parameters, ARTICLE_COLUMNS),
    )
    for name, stream, parameters, columns in kinds:
        for file_format, media in (("csv", _CSV), ("jsonl", _JSONL)):
            is_csv = file_format == "csv"
            router.add_api_route(
                f"/{name}.{file_format}",
                _bind(stream, cast("Format", file_format)),
                methods=["GET"],
                summary=f"Download {name} as {'CSV' if is_csv else 'JSON Lines'}",
                description="The whole result, of any size, as it stood when asked for."
                + (f" Columns: {', '.join(columns)}." if is_csv else ""),
                response_class=StreamingResponse,
                responses={
                    200: {"content": {media.partition(";")[0]: {"schema": {"type": "string"}}}},
                    **_describe_problems(),
                },
                openapi_extra={"parameters": [*parameters, *([separator] if is_csv else [])]},
                operation_id=f"export_{name}_{file_format}",
            )
    return router


def _bind(
    stream: Callable[[Request, Format], Response], file_format: Format
) -> Callable[[Request], Response]:
    def answer(request: Request) -> Response:
        return stream(request, file_format)

    return answer


def _describe_problems() -> dict[int | str, dict[str, Any]]:
    meanings = {
        400: "A parameter or the query does not fit; `detail` says what to change.",
        429: "Too many files are being written: try again after Retry-After seconds.",
        503: "Elasticsearch does not answer: try again after Retry-After seconds.",
    }
    schema = ProblemAnswer.model_json_schema()
    return {
        status: {"description": meaning, "content": {PROBLEM_TYPE: {"schema": schema}}}
        for status, meaning in meanings.items()
    }
