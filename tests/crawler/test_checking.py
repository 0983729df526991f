"""What `sources check` says of what it saw."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crawler.checking import (
    Level,
    ListingFacts,
    PageFacts,
    Remark,
    Row,
    SourceFacts,
    build_rows,
    remark_on_listing,
    render_table,
)
from crawler.domain.feeds import Listed
from crawler.sources import Source
from services.contracts.articles import Cause, RawArticleV1

NOW = datetime(2026, 6, 1, tzinfo=UTC)
URL = "https://e.org/rss"
SOURCE = Source(id="e", outlet="E", feeds=(URL,))


def listed(*, age_days: float | None = 0.0) -> tuple[Listed, ...]:
    published_at = None if age_days is None else NOW - timedelta(days=age_days)
    return (Listed(url="https://e.org/a-1.html", published_at=published_at),)


def facts(**more: Any) -> ListingFacts:  # noqa: ANN401 - any of its fields
    fields = {"kind": "feed", "outcome": "changed", "items": listed(), "articles": 1, **more}
    return ListingFacts(url=URL, **fields)


@pytest.mark.parametrize(
    ("seen", "level", "words"),
    [
        (facts(), Level.OK, ""),
        (facts(items=listed(age_days=None)), Level.OK, ""),
        (facts(outcome="robots"), Level.WRONG, "robots.txt forbids"),
        (facts(outcome="refused", status=403), Level.WRONG, "HTTP 403"),
        (facts(outcome="blocked", status=200), Level.WRONG, "check for browsers"),
        (facts(outcome="foreign_host", final_url="https://x.org/"), Level.WRONG, "https://x.org/"),
        (facts(outcome="unreadable"), Level.WRONG, "no feed"),
        (facts(outcome="robots_unreachable", detail="HTTP 500"), Level.WRONG, "HTTP 500"),
        (facts(outcome="empty", items=()), Level.WRONG, "empty feed"),
        (facts(outcome="empty", items=(), kind="sitemap"), Level.NOTE, "empty"),
        (facts(items=(), kind="sitemap", further=3), Level.OK, ""),
        (facts(articles=0), Level.WRONG, "none of its links is an article"),
        (facts(items=listed(age_days=31)), Level.WRONG, "stands still since 2026-05-01"),
        (facts(items=listed(age_days=29)), Level.OK, ""),
        (facts(final_url="https://e.org/rss2"), Level.NOTE, "redirects to https://e.org/rss2"),
        (facts(quiet_seconds=21_600.0), Level.NOTE, "every 6 hours"),
        (facts(crawl_delay_seconds=60.0), Level.NOTE, "asks for 60 seconds"),
        (facts(sent_at=NOW, asked_at=NOW - timedelta(hours=1)), Level.WRONG, "60 minutes ahead"),
        (facts(sent_at=NOW, asked_at=NOW + timedelta(hours=1)), Level.WRONG, "behind ours"),
        (facts(sent_at=NOW, asked_at=NOW + timedelta(hours=1), age_seconds=3_600.0), Level.OK, ""),
        (facts(sent_at=NOW, asked_at=NOW + timedelta(minutes=4)), Level.OK, ""),
    ],
)
def test_remark_on_listing_says_what_is_wrong(seen: ListingFacts, level: Level, words: str) -> None:
    remarks = tuple(remark_on_listing(seen, SOURCE, now=NOW))

    row = Row(source="e", what="", found="", remarks=remarks)
    assert row.level is level
    assert words in " ".join(remark.what for remark in remarks)
    assert all(remark.advice for remark in remarks)


def test_build_rows_names_what_could_not_be_fetched() -> None:
    (row, articles) = build_rows([SOURCE], {}, [], now=NOW)

    assert (row.what, row.level) == (URL, Level.WRONG)
    assert articles.found == "none"


def test_build_rows_tells_of_articles_that_cannot_be_read() -> None:
    event = RawArticleV1(
        article_id="e:1", revision=1, generation=1, cause=Cause.NEW, source="e", site="generic",
        outlet="E", url="https://e.org/a-1.html", fetched_at=NOW, title="Tên", body="Ngắn.",
        content_hash="x",
    )  # fmt: skip
    seen = SourceFacts(
        listings={URL: facts()},
        pages=[
            PageFacts(url="https://e.org/a-1.html", outcome="new"),
            PageFacts(url="https://e.org/a-2.html", outcome="no_article"),
        ],
    )

    (_, row) = build_rows([SOURCE], {"e": seen}, [event], now=NOW)

    assert row.found == "1 of 2 read, such as “Tên”"
    assert [remark.level for remark in row.remarks] == [Level.WRONG, Level.NOTE]
    assert "a-2.html: no article" in row.remarks[0].what
    assert "without time, author, text (only 5 characters)" in row.remarks[1].what


def test_render_table_keeps_to_its_width() -> None:
    remark = Remark(level=Level.WRONG, what="w" * 30, advice="một câu dài " * 20)
    row = Row(source="nguon", what=f"feed https://e.org/{'x' * 90}", found="3", remarks=(remark,))

    table = render_table([row], width=100)

    assert max(len(line) for line in table.splitlines()) <= 100
    assert table.replace("\n", "").count("x") == 90
