"""Coverages are read now and then, and a crawler that does not answer hides nothing."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any, ClassVar

from services.chassis.errors import Retry
from services.search.answers import FacetCounts, FacetValue
from services.search.coverage import KEPT_SECONDS, CoverageReader
from services.search.domain.request import SearchRequest

if TYPE_CHECKING:
    from tests.conftest import TurnedClock

GAUGE = "unionwire_crawler_source_last_success_timestamp_seconds"


class FakeIndex:
    """An index that knows one outlet, or is down."""

    timeout_milliseconds = 100

    def __init__(self) -> None:
        self.searches = 0
        self.is_down = False

    def search_many(self, _alias: str, _bodies: object) -> list[dict[str, Any]]:
        self.searches += 1
        if self.is_down:
            raise Retry("down")
        day = {"value": datetime(2026, 10, 1, tzinfo=UTC).timestamp() * 1000}
        bucket = {
            "key": "báo a",
            "begins": day,
            "ends": day,
            "sources": {"buckets": [{"key": "a"}]},
        }
        return [{"aggregations": {"outlet": {"buckets": [bucket]}}}]


@contextmanager
def serve_metrics(text: str) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        body: ClassVar[bytes] = text.encode()

        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(self.body)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/metrics"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def build_reader(index: FakeIndex, clock: "TurnedClock", url: str | None = None) -> CoverageReader:
    return CoverageReader(index, clock=clock, crawler_metrics_url=url)  # type: ignore[arg-type] # stands in for the index


def test_coverages_are_kept_for_a_minute(clock: "TurnedClock") -> None:
    index = FakeIndex()
    reader = build_reader(index, clock)
    reader.read()
    clock.turn(KEPT_SECONDS - 1)
    reader.read()
    assert index.searches == 1
    clock.turn(2)
    reader.read()
    assert index.searches == 2


def test_an_outlet_that_the_crawler_cannot_read_is_told(clock: "TurnedClock") -> None:
    late = clock.now() - timedelta(days=1)
    with serve_metrics(f'{GAUGE}{{source="a"}} {late.timestamp()}\n') as url:
        facet = FacetCounts(
            name="outlet",
            kind="terms",
            label_vi="Báo",
            label_en="Outlet",
            values=(FacetValue(value="Báo A", label_vi="Báo A", label_en="Báo A", count=1),),
        )
        ((told,),) = (
            facet.values
            for facet in build_reader(FakeIndex(), clock, url).add_to([facet], SearchRequest())
        )
    assert told.unread_since == late


def test_a_crawler_that_does_not_answer_hides_nothing(clock: "TurnedClock") -> None:
    reader = build_reader(FakeIndex(), clock, "http://127.0.0.1:1/metrics")
    found = reader.read().find("outlet", "Báo A")
    assert found is not None
    assert found.unread_since is None


def test_counts_are_shown_without_their_gaps_when_these_cannot_be_read(
    clock: "TurnedClock",
) -> None:
    index = FakeIndex()
    index.is_down = True
    assert build_reader(index, clock).read().by_facet == {}
