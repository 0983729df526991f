"""Dead letters: facts in headers, the original headers kept, never ours twice."""

from datetime import UTC, datetime

from services.chassis.dead_letters import build_headers
from services.chassis.errors import Reject

AT = datetime(2026, 10, 5, tzinfo=UTC)


def headers_of(
    error: Exception, original: list[tuple[str, bytes | None]] | None = None
) -> dict[str, bytes]:
    return dict(
        build_headers(
            error=error,
            service="indexer",
            topic="articles.enriched.v1",
            partition=2,
            offset=17,
            attempts=2,
            rejected_at=AT,
            original_headers=original or [],
        )
    )


def test_headers_name_reason_and_origin() -> None:
    headers = headers_of(Reject("refused", "Elasticsearch refuses the document."))
    assert headers["dlq-reason"] == b"refused"
    assert headers["dlq-error"] == b"Elasticsearch refuses the document."
    assert headers["dlq-topic"] == b"articles.enriched.v1"
    assert (headers["dlq-partition"], headers["dlq-offset"]) == (b"2", b"17")


def test_headers_of_an_unknown_error_hold_its_traceback() -> None:
    try:
        _ = dict[str, str]()["missing"]
    except KeyError as error:
        headers = headers_of(error)
    assert headers["dlq-reason"] == b"unexpected_error"
    assert b"KeyError" in headers["dlq-error"]


def test_headers_keep_the_events_own_and_replace_old_dead_letter_facts() -> None:
    headers = headers_of(Reject("again", "x"), [("trace", b"1"), ("dlq-reason", b"old")])
    assert headers["trace"] == b"1"
    assert headers["dlq-reason"] == b"again"


def test_headers_give_a_value_to_an_original_header_that_has_none() -> None:
    assert headers_of(Reject("again", "x"), [("trace", None)])["trace"] == b""
