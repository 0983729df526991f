"""Feeds, sitemaps and section pages."""

import gzip
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.domain.feeds import parse_feed
from crawler.domain.html import parse
from crawler.domain.sections import find_articles, next_page
from crawler.domain.sitemaps import gunzip, parse_sitemap
from crawler.sites import SITES

URL = "https://e.org/rss/home.rss"
RSS = (
    '<?xml version="1.0"?><rss version="2.0"><channel><link>https://e.org/</link>'
    "<item><title>A &amp; B</title><link>/a-1234567.ldo?utm_source=rss</link>"
    "<pubDate>9/10/2026 8:08:00\u202fAM</pubDate></item>"
    "<item><title>C</title><link>https://e.org/c-1234568.ldo</link></item></channel></rss>"
)
ATOM = (
    '<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>A</title><link href="/a"/>'
    "<published>2026-05-28T10:00:00Z</published><updated>2026-05-29T10:00:00Z</updated>"
    "</entry></feed>"
)
JSON_FEED = (
    '{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", '
    '"url": "https://e.org/a", "title": "A", "date_published": "2026-05-28T10:00:00Z"}, {"id": 2}]}'
)


def test_parse_feed_reads_rss_with_our_times() -> None:
    feed = parse_feed(RSS.encode(), url=URL)

    assert feed is not None
    assert [item.url for item in feed.items] == [
        "https://e.org/a-1234567.ldo", "https://e.org/c-1234568.ldo",
    ]  # fmt: skip
    assert feed.items[0].published_at == datetime(2026, 9, 10, 1, 8, tzinfo=UTC)
    assert feed.items[0].title == "A & B"


@pytest.mark.parametrize("text", [ATOM, JSON_FEED])
def test_parse_feed_reads_atom_and_json(text: str) -> None:
    feed = parse_feed(text.encode(), url=URL)

    assert feed is not None
    assert [item.url for item in feed.items] == ["https://e.org/a"]
    assert feed.items[0].published_at == datetime(2026, 5, 28, 10, tzinfo=UTC)


def test_parse_feed_reads_what_can_be_read_of_a_broken_one() -> None:
    broken = RSS.replace("</link><pubDate>", "<pubDate>").replace("</channel></rss>", "<item><ti")

    feed = parse_feed(broken.encode(), url=URL)

    assert feed is not None
    assert "https://e.org/c-1234568.ldo" in {item.url for item in feed.items}


@pytest.mark.parametrize(
    "page",
    [
        b"", b"<html><script>document.cookie='D1N=1'</script></html>", b"{}", b"[1]", b"hello",
        b'{"items": 3}', b"<?xml version='1.0'?><html><body>no</body></html>",
    ],
)  # fmt: skip
def test_parse_feed_tells_no_feed_from_an_empty_one(page: bytes) -> None:
    assert parse_feed(page, url=URL) is None


def test_parse_feed_made_to_cost_takes_a_bounded_time() -> None:
    item = "<item><link>https://e.org/a-1234567.ldo</link></item>"
    begun = time.process_time()

    feed = parse_feed(f"<rss><channel>{item}{'<a>' * 3_000_000}".encode(), url=URL)

    assert time.process_time() - begun < 20
    assert feed is not None
    assert [listed.url for listed in feed.items] == ["https://e.org/a-1234567.ldo"]


def test_parse_feed_of_an_empty_feed_has_no_items() -> None:
    feed = parse_feed(b'<rss version="2.0"><channel><title>x</title></channel></rss>', url=URL)

    assert feed is not None
    assert feed.items == ()


def test_parse_sitemap_reads_index_and_articles() -> None:
    index = (
        b'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap>'
        b"<loc>https://e.org/s1.xml.gz</loc><lastmod>2026-05-28</lastmod></sitemap></sitemapindex>"
    )
    news = gzip.compress(
        b'<urlset xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><url>'
        b"<loc>https://e.org/a-1.html</loc><news:news><news:publication_date>"
        b"2026-05-28T10:00:00+07:00</news:publication_date><news:title>A</news:title></news:news>"
        b"</url></urlset>"
    )

    shards = parse_sitemap(index, url="https://e.org/sitemap.xml")
    items = parse_sitemap(news, url="https://e.org/s1.xml.gz")

    assert shards is not None
    assert shards.shards[0].url == "https://e.org/s1.xml.gz"
    assert items is not None
    assert items.items[0].title == "A"
    assert items.items[0].published_at == datetime(2026, 5, 28, 3, tzinfo=UTC)


def test_parse_sitemap_expands_no_entities() -> None:
    attack = (
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd"><!ENTITY a "aaaaaaaaaa">'
        b'<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
        b"<urlset><url><loc>https://e.org/&e;&b;</loc></url>"
        b"<url><loc>https://e.org/good</loc></url></urlset>"
    )

    sitemap = parse_sitemap(attack, url="https://e.org/sitemap.xml")

    assert sitemap is not None
    addresses = [item.url for item in sitemap.items]
    assert "https://e.org/good" in addresses
    assert not any("root:" in address or "aaaa" in address for address in addresses)


def test_gunzip_refuses_bombs() -> None:
    assert gunzip(gzip.compress(b"0" * 10_000), limit_bytes=1_000) is None


def test_find_articles_takes_those_of_the_site() -> None:
    page = parse(
        b"<a href='/cong-doan/a-1234567.ldo'>A</a><a href='/cong-doan/a-1234567.ldo#c'>A</a>"
        b"<a href='/tags/x-1234568.ldo'>x</a><a href='/cong-doan'>y</a><a>z</a>"
    )

    assert page is not None
    items = find_articles(
        page, url="https://laodong.vn/cong-doan", is_article=SITES["laodong"].is_article
    )
    assert [item.url for item in items] == ["https://laodong.vn/cong-doan/a-1234567.ldo"]


@pytest.mark.parametrize(
    ("markup", "url", "following"),
    [
        (b"<a href='?page=2'>2</a>", "https://e.org/s", "https://e.org/s?page=2"),
        (b"<a href='?page=2'>2</a>", "https://e.org/s?page=2", None),
        (b"<a href='/s/trang-3.htm'>3</a>", "https://e.org/s/trang-2.htm",
         "https://e.org/s/trang-3.htm"),
        (b"<a href='/s/trang-3.htm'>&raquo;</a>", "https://e.org/s/trang-2.htm",
         "https://e.org/s/trang-3.htm"),
        (b"<a href='/calendar?month=2026-07' rel=next>next</a>", "https://e.org/calendar", None),
        (b"<a href='https://f.org/s?page=2' rel=next>2</a>", "https://e.org/s", None),
    ],
)  # fmt: skip
def test_next_page_turns_numbered_pages_only(
    markup: bytes, url: str, following: str | None
) -> None:
    page = parse(markup)

    assert page is not None
    assert next_page(page, url=url) == following


@given(st.binary(max_size=300))
def test_listings_never_fail(page: bytes) -> None:
    for head in (b"", b"<rss>", b"<urlset>", b"\x1f\x8b", b"{"):
        parse_feed(head + page, url=URL)
        parse_sitemap(head + page, url=URL)


ILLUSTRATED = (
    "<image:image><image:loc>https://e.org/i.jpg</image:loc><image:title>I</image:title>"
    "</image:image><loc>https://e.org/a</loc><news:news><news:title>N</news:title></news:news>"
)
ITEM = "<item><title>Công đoàn</title><link>https://e.org/a</link>{}</item>"


@pytest.mark.parametrize(
    "feed",
    [
        f'<?xml version="1.0" encoding="utf-16"?><rss>{ITEM}</rss>'.encode("utf-16"),
        f'<?xml version="1.0" encoding="windows-1258"?><rss>{ITEM}</rss>'.encode(),
        f'\ufeff\n <?xml version="1.0"?><rss>{ITEM}</rss>'.encode(),
        f"<br>Warning: x<br>\n<?xml version='1.0'?><rss>{ITEM}</rss>".encode(),
    ],
)
def test_parse_feed_decodes_as_browsers_do(feed: bytes) -> None:
    read = parse_feed(feed.replace(b"{}", b""), url=URL)

    assert read is not None
    assert [(item.url, item.title) for item in read.items] == [("https://e.org/a", "Công đoàn")]


def test_parse_feed_takes_the_only_date_of_an_rss_item_for_its_publication() -> None:
    item = ITEM.format("<dc:date>28/05/2026 10:00</dc:date>")
    rss = f'<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>{item}'

    feed = parse_feed(rss.encode(), url=URL)

    assert feed is not None
    assert feed.items[0].published_at == datetime(2026, 5, 28, 3, tzinfo=UTC)


def test_parse_feed_reads_json_with_a_byte_order_mark() -> None:
    feed = parse_feed(b"\xef\xbb\xbf" + JSON_FEED.encode(), url=URL)

    assert feed is not None
    assert len(feed.items) == 1


@pytest.mark.parametrize(
    ("entry", "url", "title"),
    [
        ("<loc>https://e.org/a?x=1&y=2</loc>", "https://e.org/a?x=1&y=2", None),
        ("<loc>https://e.org/a?x=1&amp;y=2</loc>", "https://e.org/a?x=1&y=2", None),
        ("<loc><![CDATA[https://e.org/a?x=1&y=2]]></loc>", "https://e.org/a?x=1&y=2", None),
        (
            ILLUSTRATED,
            "https://e.org/a",
            "N",
        ),
    ],
)
def test_parse_sitemap_reads_entries_of_careless_writers(
    entry: str, url: str, title: str | None
) -> None:
    sitemap = parse_sitemap(f"<urlset><url>{entry}</url></urlset>".encode(), url=URL)

    assert sitemap is not None
    assert [(item.url, item.title) for item in sitemap.items] == [(url, title)]


def test_parse_sitemap_reads_feeds() -> None:
    sitemap = parse_sitemap(RSS.encode(), url=URL)

    assert sitemap is not None
    assert len(sitemap.items) == 2
