"""The walk into the past: what it asks for next, when it ends, how it is taken up again."""

from datetime import UTC, datetime

import pytest

from crawler.past import Order, Past, PastListing, PastPage, read_past, seeds_of, turn_pages
from crawler.sources import Source
from crawler.state import Found, State

SINCE = datetime(2024, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 6, 1, tzinfo=UTC)
AT = NOW.timestamp()
MAP = PastListing(source="s", url="https://e.org/sitemap.xml", kind="sitemap")
SECTION = PastListing(source="s", url="https://e.org/news", kind="section")
INDEX = (
    b"<sitemapindex><sitemap><loc>https://e.org/2023.xml</loc><lastmod>2023-05-01</lastmod>"
    b"</sitemap><sitemap><loc>https://e.org/2025.xml</loc><lastmod>2025-05-01</lastmod>"
    b"</sitemap></sitemapindex>"
)
NEWS = (
    b"<a href='/a-b-c-d'>A</a><a href='/news?page=2'>2</a><a href='/2025/11/'>11</a>"
    b"<a href='/2019/11/'>11</a><a href='/2031/11/'>11</a>"
)


@pytest.fixture
def past() -> Past:
    return Past(State(":memory:"))


def place(past: Past, *seeds: PastListing, requests: int = 10) -> Order:
    return past.place("s", since=SINCE.timestamp(), requests=requests, seeds=seeds, now=AT)


def found(number: int, *, at: float | None = None) -> Found:
    return Found(key=f"k{number}", url=f"https://e.org/a-{number}", published_at=at)


def test_next_item_is_the_newest_article_then_a_listing(past: Past) -> None:
    order = place(past, SECTION, MAP)
    past.add_pages(order, MAP.url, [found(1, at=5.0), found(2, at=9.0), found(3)])

    taken = []
    while isinstance(item := past.next_item(order), PastPage):
        taken.append(item.key)
        past.finish_page(item)

    assert taken == ["k2", "k1", "k3"]
    assert item == MAP


def test_newer_sitemaps_come_first(past: Past) -> None:
    order = place(past)
    past.add_listings(
        PastListing(source="s", url=f"https://e.org/{n}.xml", kind="sitemap", depth=1, rank=n)
        for n in (1.0, 3.0, 2.0)
    )

    item = past.next_item(order)

    assert isinstance(item, PastListing)
    assert item.rank == 3.0


def test_a_section_is_not_turned_beyond_a_page_that_is_all_too_old(past: Past) -> None:
    order = place(past)
    following = PastListing(source="s", url="https://e.org/news?page=2", kind="section",
                            previous=SECTION.url)  # fmt: skip
    past.add_pages(order, SECTION.url, [found(1), found(2)])
    for key in ("k1", "k2"):
        page = PastPage(source="s", key=key, url="u")
        past.note_time(page, SINCE.timestamp() - 1)
        past.finish_page(page)
    past.add_listings([following])

    assert past.next_item(order) is None
    assert past.progress("s").is_finished


def test_a_section_is_turned_while_a_page_has_one_that_is_young_enough(past: Past) -> None:
    order = place(past)
    past.add_pages(order, SECTION.url, [found(1), found(2)])
    for key, at in (("k1", SINCE.timestamp() - 1), ("k2", SINCE.timestamp())):
        page = PastPage(source="s", key=key, url="u")
        past.note_time(page, at)
        past.finish_page(page)
    past.add_listings([PastListing(source="s", url="https://e.org/news?page=2", kind="section",
                                   previous=SECTION.url)])  # fmt: skip

    assert past.next_item(order) is not None


def test_budget_is_spent_and_renewed(past: Past) -> None:
    place(past, SECTION, requests=2)

    assert [past.spend("s") for _ in range(3)] == [True, True, False]
    assert past.open_orders() == []
    order = place(past, SECTION, requests=1)
    assert [each.source for each in past.open_orders()] == ["s"]
    assert order.requests_left == 1


def test_placing_again_goes_on_where_it_was_left(past: Past) -> None:
    order = place(past, SECTION)
    past.add_pages(order, SECTION.url, [found(1), found(2)])
    past.finish_listing(SECTION)
    past.finish_page(PastPage(source="s", key="k1", url="u"))

    item = past.next_item(place(past, SECTION))

    assert isinstance(item, PastPage)
    assert item.key == "k2"


def test_placing_further_back_walks_again_without_fetching_pages_again(past: Past) -> None:
    order = place(past, SECTION)
    past.add_pages(order, SECTION.url, [found(1), found(2)])
    past.finish_listing(SECTION)
    for key, at in (("k1", SINCE.timestamp() - 9), ("k2", SINCE.timestamp() + 9)):
        past.note_time(PastPage(source="s", key=key, url="u"), at)
        past.finish_page(PastPage(source="s", key=key, url="u"))

    older = past.place("s", since=0.0, requests=5, seeds=[SECTION], now=AT + 1)
    assert past.next_item(older) == SECTION
    new = past.add_pages(older, SECTION.url, [found(1), found(2)])

    item = past.next_item(older)
    assert new == 2
    assert isinstance(item, PastPage)
    assert item.key == "k1"


def test_what_fails_again_and_again_is_left_out(past: Past) -> None:
    order = place(past, SECTION)
    for _ in range(4):
        past.fail(SECTION)

    assert past.next_item(order) is None


def test_turning_ends_after_pages_that_name_nothing_new() -> None:
    listing, turned = SECTION, 0
    while True:
        following = PastListing(source="s", url=f"{SECTION.url}?page={turned}", kind="section",
                                previous=listing.url)  # fmt: skip
        further = turn_pages(listing, [following], has_news=False)
        if not further:
            break
        listing, turned = further[0], turned + 1

    assert turned == 2
    assert turn_pages(listing, [following], has_news=True)[0].rank == 0.0


@pytest.mark.parametrize(
    ("kind", "body", "items", "further"),
    [
        (
            "sitemap",
            INDEX,
            [],
            ["https://e.org/2025.xml"],
        ),
        (
            "feed",
            b'{"version": "1", "items": [{"url": "https://e.org/a-b-c-d"}], "next_url": "/f?p=2"}',
            ["https://e.org/a-b-c-d"],
            ["https://e.org/f?p=2"],
        ),
        (
            "section",
            NEWS,
            ["https://e.org/a-b-c-d"],
            ["https://e.org/news?page=2", "https://e.org/2025/11/"],
        ),
    ],
)
def test_read_past_follows_sitemaps_paging_and_archives(
    kind: str, body: bytes, items: list[str], further: list[str]
) -> None:
    listing = PastListing(source="s", url="https://e.org/news", kind=kind)

    content = read_past(body, listing=listing, url=listing.url, content_type=None, site=None,
                        since=SINCE, now=NOW)  # fmt: skip

    assert content is not None
    assert [item.url for item in content.items] == items
    assert [each.url for each in content.further] == further


@pytest.mark.parametrize("kind", ["sitemap", "feed", "section"])
def test_read_past_tells_what_cannot_be_read(kind: str) -> None:
    listing = PastListing(source="s", url="https://e.org/news", kind=kind)

    content = read_past(b"", listing=listing, url=listing.url, content_type=None, site=None,
                        since=SINCE, now=NOW)  # fmt: skip

    assert content is None


def test_seeds_are_the_listings_and_the_usual_sitemap() -> None:
    source = Source(id="s", outlet="S", sections=("https://e.org/news",))

    assert [(seed.kind, seed.url) for seed in seeds_of(source)] == [
        ("sitemap", "https://e.org/sitemap.xml"), ("section", "https://e.org/news"),
    ]  # fmt: skip
