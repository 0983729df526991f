"""Feeds, sitemaps, section pages and robots.txt of each outlet."""

import re
from itertools import pairwise

import pytest
from parsel import Selector
from protego import Protego

from deploy.demo.in_process import HandClock, Reader
from deploy.demo.outlets import OUTLETS, Feed
from deploy.demo.stories import Story
from deploy.demo.world import World

DATES = {
    "us_narrow": r"\d{1,2}/\d{1,2}/\d{4} \d{1,2}:\d\d:\d\d\u202f[AP]M",
    "us": r"\d{1,2}/\d{1,2}/\d{4} \d{1,2}:\d\d:\d\d [AP]M",
    "plus_07": r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+07",
    "vietnamese": r"(Thứ [2-7]|CN), \d\d/\d\d/\d{4} \d\d:\d\d:\d\d GMT\+7",
    "rfc822": r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0700",
}
FEEDS = [
    pytest.param(outlet.id, feed, id=f"{outlet.id}{feed.path}")
    for outlet in OUTLETS.values()
    for feed in outlet.feeds
]


def xml(text: str) -> Selector:
    selector = Selector(text, type="xml")
    selector.remove_namespaces()
    return selector


def sitemap_urls(world: World, reader: Reader, outlet: str) -> list[str]:
    index = xml(reader.get(world.base_url(outlet) + OUTLETS[outlet].sitemap).text)
    shards = index.css("sitemap > loc::text").getall()
    return [
        url
        for shard in shards
        for url in xml(reader.get(shard).text).css("url > loc::text").getall()
    ]


@pytest.mark.parametrize(("outlet", "feed"), FEEDS)
def test_feed_dates_are_written_the_sites_way(
    world: World, reader: Reader, outlet: str, feed: Feed
) -> None:
    selector = xml(reader.get(world.base_url(outlet) + feed.path).text)
    dates = selector.css("item > pubDate::text").getall()
    assert dates
    assert [date for date in dates if not re.fullmatch(DATES[feed.dates], date)] == []
    has_text = bool(selector.css("item > encoded::text").getall())
    assert has_text == feed.is_full_text


def test_feeds_carry_only_the_newest(world: World, reader: Reader) -> None:
    world.bulk(400, seed=5)
    for outlet, feed, limit in (
        ("laodong", "/rss/home.rss", 50),
        ("laodongthudo", "/rss_feed/", 25),
        ("tuoitrethudo", "/rss_feed/lao-dong-cong-doan", 25),
    ):
        text = reader.get(world.base_url(outlet) + feed).text
        links = xml(text).css("item > link::text").getall()
        assert links == [world.url_of(article) for article in world.visible(outlet)[:limit]]


def test_nld_feed_stands_still_while_its_sitemap_goes_on(
    world: World, reader: Reader, clock: HandClock
) -> None:
    feed = world.base_url("nld") + OUTLETS["nld"].feeds[0].path
    before = reader.get(feed)
    clock.pass_seconds(60)
    article = world.publish(Story(outlet="nld", title="Tin mới", lead="Vừa xong."))

    assert reader.get(feed).text == before.text
    assert reader.get(feed, headers={"If-None-Match": before.headers["etag"]}).status_code == 304
    assert world.url_of(article) in sitemap_urls(world, reader, "nld")


@pytest.mark.parametrize("outlet", OUTLETS)
def test_sitemaps_list_every_article_once(world: World, reader: Reader, outlet: str) -> None:
    listed = sitemap_urls(world, reader, outlet)
    assert sorted(listed) == sorted(world.url_of(article) for article in world.visible(outlet))


def test_nld_sitemap_shards_span_five_days(world: World, reader: Reader) -> None:
    index = xml(reader.get(world.base_url("nld") + OUTLETS["nld"].sitemap).text)
    shards = index.css("loc::text").getall()
    spans = [
        re.search(r"/StaticSitemaps/sitemaps-\d{4}-\d{1,2}-(\d+)-(\d+)\.xml$", url)
        for url in shards
    ]
    assert len(shards) > 1
    for span in spans:
        assert span is not None
        first, last = map(int, span.groups())
        assert first % 5 == 1
        assert last == first + 4 or (first == 26 and last >= 28)


@pytest.mark.parametrize("outlet", OUTLETS)
def test_section_pages_lead_to_every_article(world: World, reader: Reader, outlet: str) -> None:
    found: list[str] = []
    for section in OUTLETS[outlet].sections:
        url: str | None = world.base_url(outlet) + OUTLETS[outlet].path_of_section(section)
        while url:
            page = Selector(reader.get(url).text)
            found += page.css("article h3 a::attr(href)").getall()
            url = page.css(".pagination a.next::attr(href)").get()
    assert set(found) == {world.url_of(article) for article in world.visible(outlet)}


def test_section_pages_go_from_new_to_old_without_overlap(world: World, reader: Reader) -> None:
    base = world.base_url("laodong") + "/tin-moi"
    pages = [Selector(reader.get(f"{base}?page={number}").text) for number in (1, 2, 3)]
    links = [page.css("article h3 a::attr(href)").getall() for page in pages]
    times = [time for page in pages for time in page.css("time::attr(datetime)").getall()]
    assert len(links[0]) == 10
    assert not set(links[0]) & set(links[1])
    assert links[2] == []
    assert all(newer >= older for newer, older in pairwise(times))


def test_mastercms_robots_forbid_what_pages_link_to(world: World, reader: Reader) -> None:
    rules = Protego.parse(reader.get(world.base_url("laodongthudo") + "/robots.txt").text)
    url = world.url_of(world.find("ldtd-tong-ket"))
    links = Selector(reader.get(url).text).css("a::attr(href)").getall()

    forbidden = [link for link in links if not rules.can_fetch(link, "unionwire")]

    assert rules.can_fetch(url, "unionwire")
    for part in ("/article/", "/tag/", "/apicenter@/", ".pdf"):
        assert any(part in link for link in forbidden)
    assert list(rules.sitemaps) == [world.base_url("laodongthudo") + "/sitemap.xml"]


def test_hits_tell_forbidden_requests_apart(world: World, reader: Reader) -> None:
    base = world.base_url("tuoitrethudo")
    reader.get(base + "/tag/1-298113.tag")
    reader.get(base + "/stores/bao-giay/so-1.pdf")
    reader.get(base + "/robots.txt")
    report = reader.hits.report()
    assert report["total"] == 3
    assert set(report["forbidden"]) == {
        "tuoitrethudo /tag/1-298113.tag",
        "tuoitrethudo /stores/bao-giay/so-1.pdf",
    }
