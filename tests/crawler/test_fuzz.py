"""Whatever a server sends is read without failing: pages, listings, robots.txt, times."""

import unicodedata
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scrapy.http import Response

from crawler.domain.dates import parse_time
from crawler.domain.feeds import parse_feed
from crawler.domain.html import parse as parse_html
from crawler.domain.pages import ParsedPage
from crawler.domain.sections import find_archives, find_articles, next_page
from crawler.domain.sitemaps import parse_sitemap
from crawler.domain.text import fold
from crawler.domain.urls import canonicalise
from crawler.middlewares import RobotsMiddleware
from crawler.sites import GENERIC, SITES, parse

FIXTURES = Path(__file__).parent / "fixtures"
PAGES = [page.read_bytes() for page in sorted(FIXTURES.glob("*/*.html"))]
EARLIEST, LATEST = datetime(1995, 1, 1), datetime(2026, 5, 31)  # noqa: DTZ001 - local times
NOW = datetime(2026, 6, 1, tzinfo=UTC)
URL = "https://laodong.vn/cong-doan/a-1234567.ldo"
FEED = (
    b'<?xml version="1.0"?><rss version="2.0"><channel><item><title>A &amp; B</title>'
    b"<link>https://e.org/a-1.html</link><pubDate>Thu, 28 May 2026 03:08:00 +07</pubDate>"
    b"<content:encoded><![CDATA[<p>x</p>]]></content:encoded></item></channel></rss>"
)
JSON_FEED = b'{"version": "1", "items": [{"url": "https://e.org/a", "date_published": "2026"}]}'
SITEMAP = (
    b'<urlset xmlns:news="n"><url><loc>https://e.org/a-1.html</loc><lastmod>2026-05-28</lastmod>'
    b"<news:news><news:title>A</news:title></news:news></url></urlset>"
)
ROBOTS = b"User-agent: *\nDisallow: /tag/*.html$\nCrawl-delay: 10\nSitemap: https://e.org/s.xml\n"


@st.composite
def damaged(draw: st.DrawFn, originals: list[bytes]) -> bytes:
    """Return a document cut, doubled, overwritten and mixed with another."""
    content = bytearray(draw(st.sampled_from(originals)))
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, len(content)))
        end = min(len(content), at + draw(st.integers(0, 300)))
        piece = bytes(content[at:end])
        other = draw(st.sampled_from(originals))
        start = draw(st.integers(0, len(other)))
        content[at:end] = draw(
            st.sampled_from(
                [b"", piece * 3, other[start : start + 200], b"<", b">", b"\x00", b"\xff\xfe", b"&",
                 b"</div>", b"<table><tr>", b"<!--", b"<![CDATA[", b'"']
            )
        )  # fmt: skip
    return bytes(content)


def check(page: ParsedPage) -> None:
    """Whatever a page was, this holds of what was read."""
    for text in (page.title, page.lead, page.body, page.author, page.section, *page.captions):
        assert text is None or (text.strip() and unicodedata.is_normalized("NFC", text))
        assert "\x00" not in (text or "")
    for moment in (page.published_at, page.modified_at):
        assert moment is None or moment <= NOW + timedelta(days=1)
    site = SITES.get(page.site)
    names = {fold(name) for name in (site.outlet, *site.names)} if site else set()
    assert page.author is None or fold(page.author) not in names
    _ = page.content_hash, page.metadata_hash


@pytest.mark.parametrize("site", [*SITES, GENERIC, None])
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(page=damaged(PAGES))
def test_damaged_pages_are_read(site: str | None, page: bytes) -> None:
    check(parse(page, url=URL, site=site, now=NOW))


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.text(max_size=40))
def test_any_bytes_of_any_type_are_read(page: bytes, content_type: str) -> None:
    check(parse(page, url=URL, content_type=content_type, now=NOW))
    check(parse(b"<article><h1>" + page, content_type=f"text/html; charset={content_type}"))


@settings(max_examples=80, deadline=None)
@given(damaged([FEED, JSON_FEED, SITEMAP, b"<feed><entry><link href='/a'/></entry></feed>"]))
def test_damaged_listings_are_read(listing: bytes) -> None:
    feed = parse_feed(listing, url=URL, now=NOW)
    sitemap = parse_sitemap(listing, url=URL, now=NOW)

    items = (*(feed.items if feed else ()), *(sitemap.items if sitemap else ()))
    for item in items:
        assert canonicalise(item.url) == item.url
        assert item.published_at is None or item.published_at.tzinfo is UTC


@settings(max_examples=40, deadline=None)
@given(damaged(PAGES))
def test_damaged_sections_are_read(page: bytes) -> None:
    root = parse_html(page)
    if root is not None:
        find_articles(root, url=URL)
        next_page(root, url=URL)
        find_archives(root, url=URL, since=NOW - timedelta(days=900), now=NOW)


@settings(max_examples=60, deadline=None)
@given(st.one_of(damaged([ROBOTS]), st.binary(max_size=300)), st.sampled_from([200, 302, 404, 503]))
def test_any_robots_txt_is_read(body: bytes, status: int) -> None:
    rules = RobotsMiddleware._read(Response("https://e.org/robots.txt", status=status, body=body),
                                   now=0.0)  # fmt: skip

    assert (rules.parser is None) == (status >= 500)
    if rules.parser is not None:
        assert rules.parser.can_fetch(URL, "unionwire") in (True, False)


FORMS = [
    "Thứ 5, %d/%m/%Y %H:%M:%S GMT+7", "%d %b %Y %H:%M:%S +07", "%d/%m/%Y %H:%M GMT+7",
    "Thứ tư, %d/%m/%Y %H:%M (GMT+7)", "%H:%M | %d/%m/%Y", "%H:%M %d/%m/%Y", "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%Y %I:%M:%S\u202f%p", "%Y-%m-%dT%H:%M:%S+07:00", "%Y-%m-%d %H:%M", "%Y.%m.%d %H:%M",
    "%Y년 %m월 %d일 %H:%M", "Ngày %d tháng %m năm %Y, %Hh%M", "%d-%m-%Y %H:%M",
    "%Y%m%dT%H%M%S+0700",
    "%b %d, %Y %I:%M %p", "%d/%m/%Y - %H:%M (GMT+7)", "%H giờ %M phút, %d/%m/%Y",
]  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=40, deadline=None)
@given(moment=st.datetimes(min_value=EARLIEST, max_value=LATEST))
def test_every_form_of_a_time_is_read_to_the_minute(form: str, moment: datetime) -> None:
    local = moment.replace(second=0, microsecond=0, tzinfo=timezone(timedelta(hours=7)))

    read = parse_time(local.strftime(form), now=NOW)

    assert read == local


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="0123456789/-:. TZ+apm|giờthángnămGMTVHMnOct\u202f,()", max_size=40))
def test_any_text_is_a_plausible_time_or_none(text: str) -> None:
    read = parse_time(text, now=NOW)

    assert read is None or (read.tzinfo is UTC and 1989 < read.year <= 2026)
