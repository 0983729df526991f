"""ETag, Last-Modified and 304: they hold exactly as long as the page does."""

import pytest

from deploy.demo.in_process import HandClock, Reader
from deploy.demo.outlets import OUTLETS
from deploy.demo.world import World

TARGETS = [
    pytest.param("laodong", "/rss/home.rss", id="feed"),
    pytest.param("nld", "/nld/sitemap.xml", id="sitemap"),
    pytest.param("laodongthudo", "/cong-doan", id="section"),
]


@pytest.mark.parametrize(("outlet", "path"), TARGETS)
def test_unchanged_listing_answers_304_to_both_validators(
    world: World, reader: Reader, outlet: str, path: str
) -> None:
    url = world.base_url(outlet) + path
    first = reader.get(url)
    for name, value in (
        ("If-None-Match", first.headers["etag"]),
        ("If-Modified-Since", first.headers["last-modified"]),
    ):
        again = reader.get(url, headers={name: value})
        assert again.status_code == 304
        assert again.content == b""
        assert again.headers["etag"] == first.headers["etag"]


@pytest.mark.parametrize("outlet", OUTLETS)
def test_unchanged_article_answers_304(world: World, reader: Reader, outlet: str) -> None:
    url = world.url_of(world.visible(outlet)[0])
    tag = reader.get(url).headers["etag"]
    assert reader.get(url, headers={"If-None-Match": f'"other", {tag}'}).status_code == 304


def test_correction_ends_both_validators(world: World, reader: Reader, clock: HandClock) -> None:
    url = world.url_of(world.find("ld-mai-am"))
    first = reader.get(url)
    clock.pass_seconds(5)
    world.correct("ld-mai-am", replace=[("960 triệu đồng", "980 triệu đồng")])

    by_tag = reader.get(url, headers={"If-None-Match": first.headers["etag"]})
    by_time = reader.get(url, headers={"If-Modified-Since": first.headers["last-modified"]})

    assert by_tag.status_code == by_time.status_code == 200
    assert "980 triệu đồng" in by_tag.text
    assert "960 triệu đồng" not in by_tag.text


def test_stale_etag_wins_over_a_fresh_date(world: World, reader: Reader) -> None:
    url = world.url_of(world.find("ld-mai-am"))
    modified = reader.get(url).headers["last-modified"]
    headers = {"If-None-Match": '"stale"', "If-Modified-Since": modified}
    assert reader.get(url, headers=headers).status_code == 200


def test_new_story_ends_the_feeds_validator(world: World, reader: Reader, clock: HandClock) -> None:
    url = world.base_url("laodong") + "/rss/home.rss"
    tag = reader.get(url).headers["etag"]
    clock.pass_seconds(31)
    assert reader.get(url, headers={"If-None-Match": tag}).status_code == 200


def test_other_outlets_validators_hold_when_one_publishes(
    world: World, reader: Reader, clock: HandClock
) -> None:
    url = world.base_url("laodongthudo") + "/rss_feed/"
    tag = reader.get(url).headers["etag"]
    clock.pass_seconds(31)
    world.catch_up()
    assert reader.get(url, headers={"If-None-Match": tag}).status_code == 304


def test_shuffled_boxes_change_the_page_and_not_the_article(
    world: World, reader: Reader, clock: HandClock
) -> None:
    before = world.ledger_entry(world.find("ldtd-tong-ket"))
    first = reader.get(before["url"])
    clock.pass_seconds(5)
    world.shuffle_related("ldtd-tong-ket")
    after = world.ledger_entry(world.find("ldtd-tong-ket"))

    second = reader.get(before["url"], headers={"If-None-Match": first.headers["etag"]})

    assert second.status_code == 200
    assert second.text != first.text
    assert before.pop("related_titles") != after.pop("related_titles")
    assert after == before


def test_head_has_headers_and_no_body(world: World, reader: Reader) -> None:
    response = reader.get(world.url_of(world.find("ld-mai-am")), method="HEAD")
    assert response.status_code == 200
    assert "etag" in response.headers
