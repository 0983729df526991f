"""The script, its clock, orders, and the journal that survives a restart."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deploy.demo.in_process import HandClock, Reader
from deploy.demo.stories import Story
from deploy.demo.world import NoSuchArticleError, World


def keys(world: World) -> set[str]:
    return {entry["key"] for entry in world.ledger()}


def test_happenings_wait_for_their_time(world: World, clock: HandClock) -> None:
    assert "ld-moi-mua-lu" not in keys(world)
    clock.pass_seconds(29)
    assert "ld-moi-mua-lu" not in keys(world)
    clock.pass_seconds(1)
    assert "ld-moi-mua-lu" in keys(world)


def test_story_is_stamped_when_it_was_due_not_when_it_was_asked_for(
    world: World, clock: HandClock
) -> None:
    clock.pass_seconds(45)
    due = world.started_at + timedelta(seconds=30)
    assert world.find("ld-moi-mua-lu").published_at == due


def test_speed_makes_the_script_run_faster(clock: HandClock) -> None:
    world = World(port_base=26_200, clock=clock, speed=60)
    clock.pass_seconds(2.1)
    assert "nld-moi-tang-ca" in keys(world)
    assert world.find("nld-moi-tang-ca").published_at <= clock()


def test_advance_never_publishes_in_the_future(world: World, clock: HandClock) -> None:
    world.advance(86_400)
    assert len(world.ledger()) == 41
    assert all(
        datetime.fromisoformat(entry[name]) <= clock()
        for entry in world.ledger()
        for name in ("published_at", "modified_at")
    )


def test_timeline_does_all_that_a_news_world_does(world: World, clock: HandClock) -> None:
    old = world.ledger_entry(world.find("ldtd-kham-suc-khoe"))
    clock.pass_seconds(5 * 60 + 30)
    new = world.ledger_entry(world.find("ldtd-kham-suc-khoe"))
    copy, original = world.find("tttd-bua-com"), world.find("ld-bua-com")

    assert (old["url"], old["revision_count"], new["revision_count"]) == (new["url"], 1, 2)
    assert "148 người (4,1%)" in " ".join(old["body"])
    assert "158 người (4,4%)" in " ".join(new["body"])
    assert new["modified_at"] > old["modified_at"]
    assert new["published_at"] == old["published_at"]
    assert copy.outlet.id != original.outlet.id
    assert copy.body != original.body
    assert set(copy.body[1:]) & set(original.body[1:])
    assert world.find("ld-nha-o-xa-hoi").status == "blocked"
    assert world.find("tttd-nha-tro").status == "withdrawn"
    clock.pass_seconds(8 * 60)
    assert world.find("ld-nha-o-xa-hoi").status == "published"


def test_withdrawn_story_is_gone_everywhere(world: World, reader: Reader) -> None:
    url = world.url_of(world.withdraw("tttd-hien-mau"))
    base = world.base_url("tuoitrethudo")
    feed = base + "/rss_feed/lao-dong-cong-doan"
    assert reader.get(url).status_code == 404
    assert url not in reader.get(feed).text
    assert url not in reader.get(base + "/lao-dong-cong-doan").text
    assert url not in reader.get(base + "/sitemaps/news-2026-11.xml").text

    world.restore(url)
    assert reader.get(url).status_code == 200
    assert url in reader.get(feed).text


def test_correction_that_moves_the_address_keeps_the_number(world: World, reader: Reader) -> None:
    old_url = world.url_of(world.find("nld-khu-tro"))
    world.correct("nld-khu-tro", replace=[("11 năm", "mười một năm")], slug="ten-moi")
    moved = reader.get(old_url)
    assert moved.status_code == 301
    assert moved.headers["location"].endswith(f"/ten-moi-{world.find('nld-khu-tro').number}.htm")


def test_correction_of_words_that_are_not_there_is_refused(world: World) -> None:
    with pytest.raises(ValueError, match="nothing reads"):
        world.correct("ld-mai-am", replace=[("không có câu này", "x")])
    assert world.find("ld-mai-am").revision_count == 1


def test_unknown_article_is_named(world: World) -> None:
    with pytest.raises(NoSuchArticleError, match="nope"):
        world.withdraw("nope")


def test_bulk_articles_are_distinct_and_the_same_for_a_seed(world: World, clock: HandClock) -> None:
    articles = world.bulk(200, seed=3)
    twins = World(port_base=26_200, clock=clock).bulk(200, seed=3)
    assert len({article.body for article in articles}) == 200
    assert len({world.url_of(article) for article in articles}) == 200
    assert [article.body for article in articles] == [twin.body for twin in twins]
    assert {article.outlet.id for article in articles} == {
        "laodong",
        "nld",
        "laodongthudo",
        "tuoitrethudo",
    }


def test_world_resumes_from_its_journal(clock: HandClock, tmp_path: Path) -> None:
    journal = tmp_path / "world.jsonl"
    first = World(port_base=26_200, clock=clock, journal=journal)
    clock.pass_seconds(40)
    first.publish(Story(outlet="nld", title="Một tin", lead="Hai câu.", text="Ba đoạn."))
    first.advance(100)
    clock.pass_seconds(10)
    first.correct("ld-mai-am", replace=[("960 triệu đồng", "980 triệu đồng")])
    first.withdraw("ld-dai-hoi")
    first.shuffle_related("ld-bua-com")
    first.bulk(8, seed=2)
    clock.pass_seconds(3600)

    second = World(port_base=26_200, clock=clock, journal=journal)

    assert second.ledger() == first.ledger()
    assert second.script_seconds() == first.script_seconds()


def test_journal_with_a_torn_last_line_still_opens(clock: HandClock, tmp_path: Path) -> None:
    journal = tmp_path / "world.jsonl"
    World(port_base=26_200, clock=clock, journal=journal).withdraw("ld-dai-hoi")
    with journal.open("a", encoding="utf-8") as lines:
        lines.write('{"at": "2026-11-')
    world = World(port_base=26_200, clock=clock, journal=journal)
    assert world.find("ld-dai-hoi").status == "withdrawn"
    world.withdraw("ld-mai-am")
    again = World(port_base=26_200, clock=clock, journal=journal)
    assert again.find("ld-mai-am").status == "withdrawn"


def test_orders_that_fail_leave_no_line_in_the_journal(clock: HandClock, tmp_path: Path) -> None:
    journal = tmp_path / "world.jsonl"
    world = World(port_base=26_200, clock=clock, journal=journal)
    with pytest.raises(ValueError, match="nothing reads"):
        world.correct("ld-mai-am", replace=[("không có câu này", "x")])
    assert [json.loads(line) for line in journal.read_text().splitlines()] == [
        {"started_at": clock().isoformat(), "speed": 1.0}
    ]


@pytest.mark.parametrize("month", [1, 2, 3, 12])
def test_world_can_begin_in_any_month(month: int) -> None:
    start = datetime(2027, month, 1, 0, 5, tzinfo=UTC)
    world = World(port_base=26_200, clock=lambda: start)
    world.advance(86_400)
    assert all("{" not in " ".join(entry["body"]) for entry in world.ledger())
