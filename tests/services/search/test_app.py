"""What the desk answers when Elasticsearch is not asked, or does not answer."""

import logging
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from prometheus_client import CollectorRegistry

from services.chassis.clock import SystemClock
from services.chassis.errors import Reject
from services.search.app import build_app
from services.search.metrics import build_metrics
from services.search.observing import AsgiApp

Serve = Callable[[AsgiApp], httpx.Client]


class BrokenIndex:
    """An index in which every call ends in the same exception."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - any method
        def fail(*_: object, **__: object) -> None:
            raise self._error

        return fail


def build_broken(error: Exception, registry: CollectorRegistry | None = None) -> AsgiApp:
    clock = SystemClock()
    metrics = build_metrics(registry or CollectorRegistry())
    return build_app(
        BrokenIndex(error),  # type: ignore[arg-type] # stands in for the index
        metrics=metrics,
        clock=clock,
        allowed_hosts=("127.0.0.1",),
    )


@pytest.fixture
def bug(serve_app: Serve) -> httpx.Client:
    return serve_app(build_broken(ZeroDivisionError("a secret of the inside")))


@pytest.mark.parametrize("path", ["/", "/articles/a:b", "/nowhere", "/static/nothing.css"])
def test_every_page_carries_the_security_headers(bug: httpx.Client, path: str) -> None:
    headers = bug.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"


def test_a_bug_is_told_without_its_inside(
    bug: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    page = bug.get("/")
    assert page.status_code == 500
    assert "Có lỗi ở bàn tin" in page.text
    assert "secret" not in page.text
    problem = bug.get("/api/v1/search")
    assert problem.status_code == 500
    assert problem.headers["content-type"] == "application/problem+json"
    assert "secret" not in problem.text


def test_a_query_that_elasticsearch_refuses_is_told_helpfully(serve_app: Serve) -> None:
    answer = serve_app(build_broken(Reject("query_refused", "no"))).get("/api/v1/search?q=a")
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("The search engine refuses this query.")


def test_a_stored_article_that_does_not_fit_is_told(serve_app: Serve) -> None:
    answer = serve_app(build_broken(Reject("article_unreadable", "no"))).get("/articles/a")
    assert answer.status_code == 500
    assert "không khớp" in answer.text


@pytest.mark.parametrize(
    ("path", "detail"),
    [
        ("/api/v1/search?size=1000", "“size” must be from 1 to 100."),
        ("/api/v1/search?wrong=1", "There is no parameter “wrong”. See /api/openapi.json."),
        ("/api/v1/search?page=2", "There is no parameter “page”. See /api/openapi.json."),
        ("/api/v1/figures?min=many", "“min” needs a number, such as 100000."),
        (
            "/api/v1/facets?date_from=x&lang=vi",
            "Ngày ở “date_from” không đúng. Viết năm-tháng-ngày, ví dụ 2025-09-17.",
        ),
    ],
)
def test_the_api_names_the_parameter_that_does_not_fit(
    bug: httpx.Client, path: str, detail: str
) -> None:
    answer = bug.get(path)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"] == detail
    assert answer.json()["parameter"] in path


def test_the_page_tells_beside_the_search_box_what_does_not_fit(bug: httpx.Client) -> None:
    answer = bug.get("/", params={"q": 'an "toàn', "date_from": "hôm qua"})
    assert answer.status_code == 400
    assert "date_from" in answer.text
    assert 'value="an &#34;toàn"' in answer.text


def test_an_unknown_host_is_refused(bug: httpx.Client) -> None:
    assert bug.get("/", headers={"host": "evil.example"}).status_code == 400


def test_unknown_paths_are_told_in_html_and_json(bug: httpx.Client) -> None:
    page = bug.get("/nowhere?lang=en")
    assert page.status_code == 404
    assert "This address leads nowhere." in page.text
    assert bug.get("/api/v2/search").json()["status"] == 404
    assert bug.post("/").status_code == 405


def test_openapi_describes_every_route_and_its_parameters(bug: httpx.Client) -> None:
    described = bug.get("/api/openapi.json").json()
    assert set(described["paths"]) >= {
        "/api/v1/export/articles.csv",
        "/api/v1/export/figures.jsonl",
        "/api/v1/search",
        "/api/v1/facets",
        "/api/v1/suggest",
        "/api/v1/figures",
        "/api/v1/judgements",
        "/api/v1/judgements/{judgement_id}",
        "/api/v1/articles/{article_id}",
    }
    for path in described["paths"].values():
        for operation in path.values():
            assert operation["summary"]
            assert operation["description"]
            assert all(p.get("description") for p in operation.get("parameters", ()))
            assert "503" in operation["responses"]
    names = {p["name"] for p in described["paths"]["/api/v1/search"]["get"]["parameters"]}
    assert {"q", "outlet", "date_from", "date_to", "status", "size", "cursor"} <= names


def test_there_is_no_documentation_page_from_elsewhere(bug: httpx.Client) -> None:
    assert bug.get("/docs").status_code == 404
    assert bug.get("/redoc").status_code == 404


def test_static_files_are_kept_for_ever_under_their_version(bug: httpx.Client) -> None:
    page = bug.get("/nowhere").text
    start = page.index("/static/desk.css?v=")
    link = page[start : page.index('"', start)]
    assert "immutable" in bug.get(link).headers["cache-control"]
    assert "immutable" not in bug.get("/static/desk.css").headers["cache-control"]


def test_pages_hold_nothing_inline_and_nothing_from_elsewhere(bug: httpx.Client) -> None:
    page = bug.get("/nowhere").text
    assert "<style" not in page
    assert " style=" not in page
    assert "https://" not in page
    assert page.count("<script") == page.count("<script src=") == 1


def test_the_language_is_remembered(bug: httpx.Client) -> None:
    assert 'lang="vi"' in bug.get("/nowhere").text
    first = bug.get("/nowhere?lang=en")
    assert 'lang="en"' in first.text
    assert "samesite=lax" in first.headers["set-cookie"].lower()
    assert "httponly" in first.headers["set-cookie"].lower()
    assert 'lang="en"' in bug.get("/nowhere").text
    assert 'lang="vi"' in bug.get("/nowhere?lang=vi").text


def test_an_unknown_language_is_vietnamese(bug: httpx.Client) -> None:
    assert '<html lang="vi">' in bug.get("/nowhere?lang=%3Cscript%3E").text


def test_metrics_count_by_route_template_never_by_path(serve_app: Serve) -> None:
    registry = CollectorRegistry()
    client = serve_app(build_broken(Reject("query_refused", "no"), registry))
    client.get("/articles/a:1")
    client.get("/articles/a:2")
    client.get("/wp-admin/1")
    client.get("/wp-admin/2")
    client.get("/api/v1/search?q=a")

    def count(route: str, status: str) -> float | None:
        labels = {"route": route, "method": "GET", "status": status}
        return registry.get_sample_value("unionwire_search_requests_total", labels)

    assert count("/articles/{article_id:path}", "400") == 2
    assert count("unmatched", "404") == 2
    assert count("/api/v1/search", "400") == 1
