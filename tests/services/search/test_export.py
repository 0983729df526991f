"""Files of whole results on the real Elasticsearch; broken ones by a stand-in that fails."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import httpx
import pytest
from fastapi import FastAPI

from services.chassis.clock import SystemClock
from services.chassis.errors import Retry
from services.search.domain.export import ARTICLE_COLUMNS
from services.search.export import EXPORTS_LIMIT, FIGURE_FILE_COLUMNS, Exports, build_exports
from services.search.observing import AsgiApp

if TYPE_CHECKING:
    from tests.services.search.conftest import Desk

PATH = "/api/v1/export"


def read_csv(answer: httpx.Response, delimiter: str = ",") -> list[dict[str, str]]:
    text = answer.content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))


@pytest.mark.integration
def test_figures_as_csv_hold_every_figure_of_the_search(desk: "Desk") -> None:
    answer = desk.http.get(f"{PATH}/figures.csv", params={"organisation": "hai phong"})
    assert answer.content.startswith(b"\xef\xbb\xbffigure_id,")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith('attachment; filename="figures-20')
    rows = read_csv(answer)
    total = desk.http.get("/api/v1/figures", params={"organisation": "hai phong"}).json()["total"]
    assert len(rows) == total > 0
    assert tuple(rows[0]) == FIGURE_FILE_COLUMNS
    support = next(row for row in rows if row["surface"] == "hơn 220 tỉ đồng")
    assert support["value"] == "220000000000"
    assert support["published_vietnam"] == "2026-10-05 09:15:00"
    assert "/articles/laodong:vi:1001#figure-" in support["desk"]


@pytest.mark.integration
def test_a_vietnamese_spreadsheet_gets_semicolons_and_decimal_commas(desk: "Desk") -> None:
    answer = desk.http.get(f"{PATH}/figures.csv?separator=semicolon&kind=change")
    assert read_csv(answer, ";")[0]["value"] == "12,5"


@pytest.mark.integration
def test_figures_as_json_lines_keep_exact_numbers(desk: "Desk") -> None:
    answer = desk.http.get(f"{PATH}/figures.jsonl?unit=VND")
    figures = [json.loads(line) for line in answer.text.splitlines()]
    assert {figure["value"] for figure in figures} >= {"220000000000", "1550000000"}
    assert all(figure["desk"].startswith(str(desk.http.base_url)) for figure in figures)


@pytest.mark.integration
@pytest.mark.parametrize("file_format", ["csv", "jsonl"])
def test_articles_are_those_of_the_search(desk: "Desk", file_format: str) -> None:
    parameters = {"q": "công đoàn"}
    answer = desk.http.get(f"{PATH}/articles.{file_format}", params=parameters)
    wanted = desk.http.get("/api/v1/search", params=parameters).json()
    found = (
        read_csv(answer)
        if file_format == "csv"
        else [json.loads(line) for line in answer.text.splitlines()]
    )
    assert {article["article_id"] for article in found} >= {
        article["article_id"] for article in wanted["articles"]
    }
    if file_format == "csv":
        assert tuple(found[0]) == tuple(ARTICLE_COLUMNS)


@pytest.mark.integration
def test_an_empty_result_is_a_header_or_nothing(desk: "Desk") -> None:
    assert read_csv(desk.http.get(f"{PATH}/figures.csv?unit=parsec")) == []
    assert "figure_id" in desk.http.get(f"{PATH}/figures.csv?unit=parsec").text
    assert desk.http.get(f"{PATH}/figures.jsonl?unit=parsec").content == b""


@pytest.mark.integration
@pytest.mark.parametrize(
    ("path", "parameter"),
    [("figures.csv?min=many", "min"), ("articles.csv?color=red", "color"),
     ("figures.csv?separator=pipe", "separator")],
)  # fmt: skip
def test_what_does_not_fit_is_refused_before_the_file_begins(
    desk: "Desk", path: str, parameter: str
) -> None:
    answer = desk.http.get(f"{PATH}/{path}")
    assert (answer.status_code, answer.json()["parameter"]) == (400, parameter)


@pytest.mark.integration
def test_a_stream_reaches_every_document_once_over_many_pages(desk: "Desk") -> None:
    body = {"query": {"match_all": {}}, "sort": [{"sort_at": "desc"}, {"figure_id": "asc"}]}
    pages = list(desk.index.stream("figures", body, page_size=4))
    ids = [hit["_id"] for page in pages for hit in page]
    assert len(pages) > 2
    assert len(ids) == len(set(ids)) == desk.client.count(index=f"{desk.prefix}figures")["count"]


@pytest.mark.integration
def test_what_readers_said_goes_into_tables_charts_and_files(desk: "Desk") -> None:
    judged = desk.http.get("/api/v1/figures?indicator=training_participants").json()["figures"][0]
    place = f"{judged['field']}:{judged['start']}-{judged['end']}"
    sent = desk.http.post(
        "/api/v1/judgements",
        json={
            "article_id": judged["article_id"],
            "figure_id": place,
            "verdict": "corrected",
            "correction": {"value": "355"},
        },
    )
    assert sent.status_code == 201
    (row,) = read_csv(desk.http.get(f"{PATH}/figures.csv?indicator=training_participants"))
    assert (row["value"], row["judgement"], row["corrected_value"]) == ("350", "corrected", "355")
    line = desk.http.get(f"{PATH}/figures.jsonl?indicator=training_participants").json()
    assert (line["judgement"], line["corrected_value"]) == ("corrected", "355")
    assert "✎" in desk.http.get("/figures?indicator=training_participants").text
    chart = desk.http.get("/api/v1/series?indicator=training_participants").json()
    assert [p["value"] for one in chart["series"] for p in one["points"]] == ["355"]


class BreakingIndex:
    """Gives a page of nothing readable and then fails, or hangs open for ever."""

    timeout_milliseconds = 1

    def stream(self, _alias: str, _body: object) -> Iterator[list[dict[str, Any]]]:
        yield []
        raise Retry("Elasticsearch is gone.")

    def build_export(self, _request: object) -> dict[str, Any]:
        return {}


def build_files(index: object) -> FastAPI:
    figures = SimpleNamespace(build_body=lambda _request: {}, find_judgements=lambda _articles: {})
    exports = Exports(cast("Any", index), cast("Any", figures), clock=SystemClock())
    app = FastAPI()
    app.include_router(build_exports(exports, figure_parameters=[], search_parameters=[]))
    return app


def test_a_file_that_breaks_off_is_told_from_a_whole_one(
    serve_app: Callable[[AsgiApp], httpx.Client],
) -> None:
    http = serve_app(build_files(BreakingIndex()))
    with pytest.raises(httpx.RemoteProtocolError):
        http.get(f"{PATH}/figures.csv")


def test_a_place_among_the_files_is_given_back(
    serve_app: Callable[[AsgiApp], httpx.Client],
) -> None:
    http = serve_app(build_files(BreakingIndex()))
    for _ in range(EXPORTS_LIMIT + 2):
        with pytest.raises(httpx.RemoteProtocolError):
            http.get(f"{PATH}/articles.csv")
