"""The spider's decisions, driven by a clock that the test moves and a web in memory."""

# ruff: noqa: ANN401 - what conftest gives has no importable type

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

import pytest
from prometheus_client import CollectorRegistry
from scrapy import Request
from scrapy.exceptions import IgnoreRequest
from scrapy.http import HtmlResponse
from twisted.python.failure import Failure

from crawler.delivery import Outcome
from crawler.metrics import build_metrics
from crawler.past import Past, PastListing
from crawler.settings import CrawlerSettings
from crawler.sites import PARSER_GENERATION
from crawler.sources import Source
from crawler.spider import ArticleSpider, Parts
from crawler.state import Found, State
from services.chassis.errors import Reject
from services.chassis.health import Health
from services.contracts.articles import Cause, RawArticleV1

BASE = "http://127.0.0.1:1"
RECHECKS = (600.0, 3_600.0, 21_600.0, 86_400.0)


class FakeClock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.at = datetime(2026, 6, 1, tzinfo=UTC)
        self.passed_seconds = 0.0

    def now(self) -> datetime:
        return self.at

    def monotonic_seconds(self) -> float:
        return self.passed_seconds

    def move(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        self.passed_seconds += seconds

    def set(self, seconds: float) -> None:
        """Set the wall clock forward or back; a second passes meanwhile."""
        self.move(1)
        self.at += timedelta(seconds=seconds)


class FakeDelivery:
    """Holds events until the test says what became of them."""

    def __init__(self) -> None:
        self.waiting: list[tuple[RawArticleV1, Callable[[Outcome], None]]] = []
        self.events: list[RawArticleV1] = []
        self.is_down = False

    @property
    def unacknowledged(self) -> int:
        return len(self.waiting)

    def submit(self, event: RawArticleV1, on_done: Callable[[Outcome], None]) -> None:
        self.waiting.append((event, on_done))
        if not self.is_down:
            self.settle()

    def settle(self, outcome: Outcome = None) -> None:
        waiting, self.waiting = self.waiting, []
        for event, on_done in waiting:
            if outcome is None:
                self.events.append(event)
            on_done(outcome)


class Simulation:
    """A spider over a web in memory; each look fetches what is due."""

    def __init__(
        self, web: Any, *, state: State | None = None, source: dict[str, Any] | None = None,
        **settings: Any,
    ) -> None:  # fmt: skip
        self.web = web
        web.base = BASE
        self.clock = FakeClock()
        self.delivery = FakeDelivery()
        self.state = state or State(":memory:")
        self.registry = CollectorRegistry()
        self.fetched: list[str] = []
        self.broken: set[str] = set()
        self.crawl_delay_seconds: float | None = None
        self.errors: dict[str, Exception] = {}
        watched = {
            "id": "thudo", "site": "laodongthudo", "outlet": "Thủ đô", "feeds": (f"{BASE}/rss",),
            "allowed_hosts": ("127.0.0.1:1",), "private_addresses": ("127.0.0.1:1",),
        }  # fmt: skip
        self.spider = ArticleSpider(
            Parts(
                sources=(Source.model_validate({**watched, **(source or {})}),),
                settings=CrawlerSettings(
                    recheck_seconds=RECHECKS,
                    poll_seconds=300,
                    withdraw_confirm_seconds=600,
                    **settings,
                ),
                state=self.state,
                delivery=self.delivery,  # type: ignore[arg-type]  # the same methods
                metrics=build_metrics(self.registry),
                health=Health(self.clock),
                clock=self.clock,
                archive=None,
                is_once=False,
            )
        )
        self.spider.prepare()

    def look(self) -> list[RawArticleV1]:
        """Fetch all that is due now and return the events that were acknowledged."""
        before = len(self.delivery.events)
        while requests := self.spider.due_requests():
            for request in requests:
                self._fetch(request)
        return self.delivery.events[before:]

    def look_after(self, seconds: float) -> list[RawArticleV1]:
        self.clock.move(seconds)
        return self.look()

    def _fetch(self, request: Request) -> None:
        path = request.url.removeprefix(BASE)
        self.fetched.append(path)
        if self.crawl_delay_seconds is not None:
            request.meta["crawl_delay_seconds"] = self.crawl_delay_seconds
        if path in self.broken or path in self.errors:
            error = self.errors.get(path, ConnectionRefusedError("no"))
            failure = Failure(error)  # type: ignore[no-untyped-call]
            failure.request = request  # type: ignore[attr-defined]  # as Scrapy does
            assert request.errback is not None
            request.errback(failure)
            return
        headers = {
            name.decode(): values[0].decode() for name, values in request.headers.items()
        }  # fmt: skip
        status, own, body = self.web.answer(path, headers)
        response = HtmlResponse(request.url, status=status, headers=own, body=body, request=request)
        assert callable(request.callback)
        request.callback(response)

    def count(self, outcome: str, *, kind: str = "page") -> float:
        labels = {"source": "thudo", "kind": kind, "outcome": outcome}
        value = self.registry.get_sample_value("unionwire_crawler_fetches_total", labels)
        return value or 0.0


@pytest.fixture
def web(new_web: Callable[[], Any]) -> Any:
    made = new_web()
    made.base = BASE
    return made


def causes(events: list[RawArticleV1]) -> list[Cause]:
    return [event.cause for event in events]


def test_spider_rechecks_on_a_decaying_schedule(web: Any) -> None:
    path = web.article(1001, ETag='"a"')
    web.feed([path])
    simulation = Simulation(web)
    simulation.look()
    looks = []

    for minute in range(0, 3 * 24 * 60, 5):
        before = simulation.web.hits[path]
        simulation.look_after(300)
        if simulation.web.hits[path] > before:
            looks.append((minute + 5) * 60)

    assert looks == [600, 3_600, 21_600, 86_400]
    assert causes(simulation.delivery.events) == [Cause.NEW]


def test_spider_notices_a_correction_at_the_next_recheck(web: Any) -> None:
    web.feed([web.article(1001)])
    simulation = Simulation(web)
    first = simulation.look()
    web.article(1001, text="Công đoàn trao 501 suất quà.")

    early = simulation.look_after(300)
    events = simulation.look_after(300)

    assert early == []
    assert causes(events) == [Cause.SOURCE]
    assert events[0].revision > first[0].revision


def test_spider_looks_at_once_when_a_listing_says_that_an_article_changed(web: Any) -> None:
    path = web.article(1001, ETag='"lies"')
    web.feed([path])
    simulation = Simulation(web)
    simulation.look()
    web.article(1001, text="Công đoàn trao 501 suất quà.", ETag='"lies"')
    page = web.pages["/rss"][2].replace(b"<title>", b"<title>Moi: ")
    web.put("/rss", page, kind="text/xml")

    events = simulation.look_after(300)

    assert causes(events) == [Cause.SOURCE]


def test_spider_finds_a_change_behind_an_etag_that_lies(web: Any) -> None:
    web.feed([web.article(1001, ETag='"lies"')])
    simulation = Simulation(web)
    simulation.look()
    web.article(1001, text="Công đoàn trao 501 suất quà.", ETag='"lies"')

    events = [event for _ in range(290) for event in simulation.look_after(300)]

    assert causes(events) == [Cause.SOURCE]


def test_spider_publishes_changed_metadata(web: Any) -> None:
    path = web.article(1001)
    web.feed([path])
    simulation = Simulation(web)
    simulation.look()
    page = web.pages[path][2].replace(b"2026-05-28T10:00:00", b"2026-05-28T11:00:00")
    web.put(path, page)

    events = simulation.look_after(600)

    assert causes(events) == [Cause.SOURCE]


def test_spider_withdraws_after_the_second_time_apart(web: Any) -> None:
    path = web.article(1001)
    web.feed([path])
    simulation = Simulation(web)
    simulation.look()
    web.put(path, "", status=404)

    first = simulation.look_after(600)
    too_early = simulation.look_after(300)
    second = simulation.look_after(300)
    web.article(1001)
    restored = simulation.look_after(600)

    assert first == []
    assert too_early == []
    assert causes(second) == [Cause.WITHDRAWN]
    assert second[0].body == ""
    assert causes(restored) == [Cause.RESTORED]


def test_spider_does_not_withdraw_for_a_passing_fault(web: Any) -> None:
    path = web.article(1001)
    web.feed([path])
    simulation = Simulation(web)
    simulation.look()
    page = web.pages[path]
    web.put(path, "", status=404)
    simulation.look_after(600)
    web.pages[path] = page

    events = [event for _ in range(20) for event in simulation.look_after(300)]

    assert events == []


def test_spider_keeps_an_article_whose_page_is_blocked_later(web: Any) -> None:
    path = web.article(1001)
    web.feed([path])
    simulation = Simulation(web)
    simulation.look()
    web.put(path, "<script>document.cookie='D1N=1';location.reload()</script>")

    events = [event for _ in range(20) for event in simulation.look_after(300)]

    assert events == []
    assert simulation.count("blocked") >= 1
    assert simulation.state.article("laodongthudo:vi:1001") is not None


def test_spider_saves_state_only_after_acknowledgement(web: Any) -> None:
    web.feed([web.article(1001)])
    simulation = Simulation(web)
    simulation.delivery.is_down = True
    simulation.look()
    assert simulation.state.article("laodongthudo:vi:1001") is None

    # The process dies here; the next one starts from the same file.
    again = Simulation(web, state=simulation.state)
    events = again.look()

    assert causes(events) == [Cause.NEW]
    assert again.state.article("laodongthudo:vi:1001") is not None


def test_spider_stops_fetching_while_nothing_is_acknowledged(web: Any) -> None:
    web.feed([web.article(number) for number in range(1000, 1100)])
    simulation = Simulation(web, maximum_unacknowledged=10)
    simulation.delivery.is_down = True

    simulation.look()
    held = simulation.delivery.unacknowledged
    simulation.delivery.is_down = False
    simulation.delivery.settle()
    simulation.look()

    assert held < 20
    assert len({event.article_id for event in simulation.delivery.events}) == 100


def test_spider_tries_again_what_could_not_be_fetched(web: Any) -> None:
    path = web.article(1001)
    web.feed([path])
    simulation = Simulation(web)
    simulation.broken.add(path)
    simulation.look()
    simulation.broken.clear()

    events = simulation.look_after(60)

    assert causes(events) == [Cause.NEW]


def test_spider_lets_a_busy_host_rest(web: Any) -> None:
    paths = [web.article(number) for number in range(1000, 1010)]
    web.feed(paths)
    web.put(paths[0], "", status=503, Retry_After="1800")
    simulation = Simulation(web)
    simulation.look()
    fetched = len(simulation.fetched)

    simulation.look_after(900)
    resting = len(simulation.fetched)
    web.article(1000)
    events = simulation.look_after(1_000)

    assert resting == fetched
    assert len(events) + 1 >= 2
    assert {event.article_id for event in simulation.delivery.events} == {
        f"laodongthudo:vi:{number}" for number in range(1000, 1010)
    }


def test_spider_publishes_an_article_once_from_two_addresses(web: Any) -> None:
    page = web.pages[web.article(1001)]
    web.pages["/khac.media"] = (
        page[0], page[1],
        page[2] + b"<link rel=canonical href='http://127.0.0.1:1/khac.media'>",
    )  # fmt: skip
    web.pages["/khac-2.media"] = web.pages["/khac.media"]
    web.feed(["/khac.media", "/khac-2.media"])
    simulation = Simulation(web)

    events = [event for _ in range(30) for event in simulation.look_after(300)]

    assert causes(events) == [Cause.NEW]


def test_spider_survives_a_refused_event(web: Any) -> None:
    web.feed([web.article(1001)])
    simulation = Simulation(web)
    simulation.delivery.is_down = True
    simulation.look()

    simulation.delivery.settle(Reject("too_large", "The event is too large."))
    simulation.delivery.is_down = False

    assert simulation.count("too_large") == 1
    assert causes(simulation.look_after(300)) == [Cause.NEW]


def test_spider_reads_again_what_an_older_parser_read(
    web: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    web.feed([web.article(1001), web.article(1002)])
    simulation = Simulation(web)
    simulation.look()
    newer = PARSER_GENERATION + 1
    monkeypatch.setattr("crawler.spider.PARSER_GENERATION", newer)
    web.article(1001, text="Đọc kỹ hơn.")

    later = Simulation(web, state=simulation.state)
    later.clock.move(1)
    events = later.look()

    assert [(event.article_id[-4:], event.cause) for event in events] == [("1001", Cause.PARSER)]
    known = later.state.article("laodongthudo:vi:1002")
    assert known is not None
    assert known.known.generation == newer


def test_spider_does_not_hammer_a_listing_that_cannot_be_read(web: Any) -> None:
    web.put("/rss", "<html>no feed", kind="text/html")
    simulation = Simulation(web)

    for _ in range(60):
        simulation.look_after(60)

    assert 1 < web.hits["/rss"] < 12
    assert simulation.count("unreadable", kind="feed") == web.hits["/rss"]


def test_spider_takes_the_time_from_the_feed_where_the_page_has_none(web: Any) -> None:
    path = web.article(1001)
    web.feed([path])
    web.put(path, web.pages[path][2].replace(b"article:published_time", b"x"))
    time = b"<pubDate>5/9/2026 8:08:00 PM</pubDate></item>"
    web.put("/rss", web.pages["/rss"][2].replace(b"</item>", time), kind="text/xml")
    simulation = Simulation(web)

    events = simulation.look()

    assert events[0].published_at == datetime(2026, 5, 9, 13, 8, tzinfo=UTC)


def test_spider_leaves_out_what_is_older_than_the_source_wants(web: Any) -> None:
    old, new = web.article(1001), web.article(1002)
    entry = "<url><loc>{}{}</loc><lastmod>{}</lastmod></url>"
    entries = entry.format(BASE, old, "2026-01-01") + entry.format(BASE, new, "2026-05-30")
    web.put("/map.xml", f"<urlset>{entries}</urlset>", kind="text/xml")
    wanted = {"feeds": (), "sitemaps": (f"{BASE}/map.xml",), "maximum_age_days": 7}

    events = Simulation(web, source=wanted).look()

    assert [event.article_id for event in events] == ["laodongthudo:vi:1002"]


def test_spider_reads_old_shards_of_a_sitemap_once(web: Any) -> None:
    shards = {"/map-2026-05-01.xml": 1001, "/map-2026-05-02.xml": 1002, "/map-2026-05-31.xml": 1003}
    times = ("2026-05-02", "2026-05-03", "2026-05-31")
    for path, number in shards.items():
        entry = f"<url><loc>{BASE}{web.article(number)}</loc></url>"
        web.put(path, f"<urlset>{entry}</urlset>", kind="text/xml")
    index = "".join(
        f"<sitemap><loc>{BASE}{path}</loc><lastmod>{time}</lastmod></sitemap>"
        for path, time in zip(shards, times, strict=True)
    )
    web.put("/sitemap.xml", f"<sitemapindex>{index}</sitemapindex>", kind="text/xml")
    simulation = Simulation(web, source={"feeds": (), "sitemaps": (f"{BASE}/sitemap.xml",)})
    simulation.look()

    for _ in range(5):
        simulation.look_after(300)
    changed = index.replace(">2026-05-02<", ">2026-06-01<")
    web.put("/sitemap.xml", f"<sitemapindex>{changed}</sitemapindex>", kind="text/xml")
    simulation.look_after(300)

    assert len(simulation.delivery.events) == 3
    assert web.hits["/map-2026-05-01.xml"] == 2
    assert web.hits["/map-2026-05-31.xml"] > 2


def test_spider_turns_the_pages_of_a_section_while_they_have_news(web: Any) -> None:
    for page in (1, 2, 3, 4):
        links = "".join(f"<a href='{web.article(1000 + 10 * page + n)}'>x</a>" for n in range(3))
        path = "/cong-doan" if page == 1 else f"/cong-doan?page={page}"
        web.put(path, f"{links}<a href='/cong-doan?page={page + 1}'>{page + 1}</a>")
    simulation = Simulation(web, source={"feeds": (), "sections": (f"{BASE}/cong-doan",)})

    simulation.look()
    for _ in range(3):
        simulation.look_after(300)

    assert len(simulation.delivery.events) == 9
    assert web.hits["/cong-doan"] == 4
    assert web.hits["/cong-doan?page=3"] == 1
    assert web.hits["/cong-doan?page=4"] == 0


def test_spider_asks_an_empty_feed_again_in_full(web: Any) -> None:
    web.feed([], ETag='"e"')
    simulation = Simulation(web)
    simulation.look()
    web.feed([web.article(1001)], ETag='"e"')

    events = simulation.look_after(300)

    assert simulation.count("empty", kind="feed") == 1
    assert causes(events) == [Cause.NEW]


def test_spider_names_a_page_too_large_when_unpacking_it_is(web: Any) -> None:
    class UnpackedMaxSizeError(Exception):
        """As Scrapy's own, which is private."""

    path = web.article(1001)
    web.feed([path])
    simulation = Simulation(web)
    error = IgnoreRequest("too large")
    error.__cause__ = UnpackedMaxSizeError()
    simulation.errors[path] = error

    simulation.look()

    assert simulation.count("too_large") == 1


def seconds_between_looks(simulation: Simulation, path: str, *, hours: float) -> list[float]:
    """Return the times between looks at a path, to ten seconds."""
    looks = []
    for _ in range(int(hours * 360)):
        before = simulation.web.hits[path]
        simulation.look_after(10)
        if simulation.web.hits[path] > before:
            looks.append(simulation.clock.now().timestamp())
    return [later - sooner for sooner, later in pairwise(looks)]


def test_spider_looks_more_often_at_a_listing_that_has_news(web: Any) -> None:
    web.feed([web.article(1000)])
    simulation = Simulation(web)
    simulation.look()
    for number in range(1001, 1040):
        web.feed([web.article(number)])
        simulation.look_after(300)
    busy = seconds_between_looks(simulation, "/rss", hours=0.2)
    quiet = seconds_between_looks(simulation, "/rss", hours=48)

    assert max(busy) < 150
    assert quiet[-1] == pytest.approx(1_500, abs=20)
    assert quiet == sorted(quiet)


@pytest.mark.parametrize(
    ("headers", "channel", "seconds"),
    [
        ({"Cache_Control": "max-age=3600"}, "", 3_600),
        ({"Cache_Control": "max-age=3600", "Age": "2600"}, "", 1_000),
        ({}, "<ttl>90</ttl>", 5_400),
        ({"Cache_Control": "max-age=31536000"}, "", 21_600),
    ],
)
def test_spider_leaves_a_listing_alone_as_long_as_it_asks(
    web: Any, headers: dict[str, str], channel: str, seconds: float
) -> None:
    web.feed([web.article(1001)], ETag='"e"', **headers)
    page = web.pages["/rss"][2].replace(b"<item>", f"{channel}<item>".encode(), 1)
    web.put("/rss", page, kind="text/xml", ETag='"e"', **headers)
    simulation = Simulation(web)
    simulation.look()

    simulation.look_after(seconds - 10)
    before = web.hits["/rss"]
    simulation.look_after(20)
    simulation.look_after(seconds - 10)

    # The second wait follows an answer 304.
    assert (before, web.hits["/rss"], web.not_modified["/rss"]) == (1, 2, 1)


def test_spider_leaves_a_listing_alone_in_the_hours_it_names(web: Any) -> None:
    web.feed([web.article(1001)])
    hours = b"<skipHours><hour>0</hour><hour>1</hour></skipHours><item>"
    web.put("/rss", web.pages["/rss"][2].replace(b"<item>", hours, 1), kind="text/xml")
    simulation = Simulation(web)  # it begins at midnight UTC
    simulation.look()

    simulation.look_after(7_190)
    before = web.hits["/rss"]
    simulation.look_after(20)

    assert (before, web.hits["/rss"]) == (1, 2)


def test_spider_hears_by_a_304_that_a_copy_is_fresh_for_less(web: Any) -> None:
    web.feed([web.article(1001)], ETag='"e"', Cache_Control="max-age=7200")
    simulation = Simulation(web)
    simulation.look()
    web.feed(["/bai-viet-1001.html"], ETag='"e"', Cache_Control="max-age=600")
    simulation.look_after(7_200)

    simulation.look_after(900)

    assert web.hits["/rss"] == 3


def test_spider_leaves_a_page_alone_while_it_is_fresh(web: Any) -> None:
    path = web.article(1001, Cache_Control="max-age=1800")
    web.feed([path])
    simulation = Simulation(web)
    simulation.look()

    simulation.look_after(1_700)
    early = web.hits[path]
    simulation.look_after(200)

    assert (early, web.hits[path]) == (1, 2)


@pytest.mark.parametrize("days", [1, 3])
def test_spider_goes_on_when_the_clock_is_set_back(web: Any, days: int) -> None:
    path = web.article(1001)
    web.feed([path])
    simulation = Simulation(web)
    simulation.look()

    simulation.clock.set(-days * 86_400)
    simulation.look()
    web.feed([path, web.article(1002)])
    events = simulation.look_after(600)

    assert causes(events) == [Cause.NEW]
    assert web.hits[path] == 2


@pytest.mark.parametrize("days", [1, 3])
def test_spider_goes_on_when_the_clock_was_set_back_meanwhile(web: Any, days: int) -> None:
    path = web.article(1001)
    web.feed([path])
    simulation = Simulation(web)
    simulation.look()
    simulation.clock.move(11)
    simulation.look()

    again = Simulation(web, state=simulation.state)
    again.clock.set(-days * 86_400)
    again.spider.prepare()
    web.feed([path, web.article(1002)])
    events = again.look_after(600)

    assert causes(events) == [Cause.NEW]


def test_spider_goes_on_when_the_clock_is_set_forward_and_back(web: Any) -> None:
    path = web.article(1001, ETag='"a"')
    web.feed([path])
    simulation = Simulation(web)
    simulation.look()
    simulation.clock.set(400 * 86_400)
    simulation.look()
    simulation.clock.set(-400 * 86_400)
    simulation.look()
    web.feed([path, web.article(1002)])

    events = [event for _ in range(6) for event in simulation.look_after(300)]

    assert causes(events) == [Cause.NEW]
    assert web.hits["/rss"] < 12


def test_spider_brings_forward_what_a_wrong_clock_planned(web: Any) -> None:
    web.feed([web.article(1001)])
    simulation = Simulation(web)
    simulation.look()
    year = 365 * 86_400.0
    simulation.state.move_due_times(year)

    again = Simulation(web, state=simulation.state)
    web.feed([web.article(1002)])

    assert causes([e for _ in range(24) for e in again.look_after(3_600)]) == [Cause.NEW]


def test_spider_obeys_retry_after_beyond_a_restart(web: Any) -> None:
    path = web.article(1001)
    web.feed([path, web.article(1002)])
    web.put(path, "", status=429, Retry_After="7200")
    simulation = Simulation(web)
    simulation.look()
    before = len(simulation.fetched)

    again = Simulation(web, state=simulation.state)
    again.look_after(7_100)
    early = len(again.fetched)
    again.look_after(200)

    assert before >= 2
    assert early == 0
    assert again.fetched


def test_spider_slows_down_for_a_host_whose_pages_fail(web: Any) -> None:
    paths = [web.article(number) for number in range(1000, 1040)]
    web.feed(paths)
    simulation = Simulation(web)
    simulation.broken.update(paths)

    for _ in range(120):
        simulation.look_after(1)
    tried = len(simulation.fetched)
    simulation.broken.clear()
    for _ in range(60):
        simulation.look_after(300)

    assert tried < 20
    assert len({event.article_id for event in simulation.delivery.events}) == 40


def test_spider_loses_no_article_of_a_host_that_is_down_for_a_day(web: Any) -> None:
    paths = [web.article(number) for number in range(1000, 1010)]
    web.feed(paths)
    simulation = Simulation(web)
    simulation.look_after(1)
    web.feed([web.article(1010), *paths])
    simulation.broken.update(("/bai-viet-1010.html",))
    simulation.look_after(600)
    simulation.broken.update(("/rss", *paths))

    for _ in range(24 * 12):
        simulation.look_after(300)
    simulation.broken.clear()
    for _ in range(7 * 12):
        simulation.look_after(300)

    assert len({event.article_id for event in simulation.delivery.events}) == 11


@pytest.mark.parametrize("lastmod", ["", "<lastmod>2020-01-01</lastmod>"])
def test_spider_polls_all_sitemaps_of_an_index_that_never_changes(web: Any, lastmod: str) -> None:
    shards = [f"/map-{name}.xml" for name in ("a", "b", "c", "d", "e", "f")]
    for number, path in enumerate(shards):
        entry = f"<url><loc>{BASE}{web.article(1000 + number)}</loc></url>"
        web.put(path, f"<urlset>{entry}</urlset>", kind="text/xml")
    index = "".join(f"<sitemap><loc>{BASE}{path}</loc>{lastmod}</sitemap>" for path in shards)
    web.put("/sitemap.xml", f"<sitemapindex>{index}</sitemapindex>", kind="text/xml")
    simulation = Simulation(web, source={"feeds": (), "sitemaps": (f"{BASE}/sitemap.xml",)})
    simulation.look()
    for number, path in enumerate(shards):
        web.put(
            path,
            web.pages[path][2].replace(
                b"</urlset>",
                f"<url><loc>{BASE}{web.article(2000 + number)}</loc></url></urlset>".encode(),
            ),
            kind="text/xml",
        )

    events = [event for _ in range(12) for event in simulation.look_after(300)]

    assert len(events) == len(shards)


def test_spider_looks_seldom_at_the_old_sitemaps_of_a_large_index(web: Any) -> None:
    shards = [f"/map-{2000 + n // 12}-{n % 12 + 1:02}.xml" for n in range(26 * 12)]
    for number, path in enumerate(shards):
        time = path[5:12]
        entry = f"<loc>{BASE}{web.article(1000 + number)}</loc><lastmod>{time}-02</lastmod>"
        web.put(path, f"<urlset><url>{entry}</url></urlset>", kind="text/xml")
    index = "".join(
        f"<sitemap><loc>{BASE}{path}</loc><lastmod>{path[5:12]}-01</lastmod></sitemap>"
        for path in shards
    )
    web.put("/sitemap.xml", f"<sitemapindex>{index}</sitemapindex>", kind="text/xml")
    simulation = Simulation(web, source={"feeds": (), "sitemaps": (f"{BASE}/sitemap.xml",)})
    simulation.look()
    simulation.fetched.clear()

    for _ in range(24 * 12):
        simulation.look_after(300)

    looks = [path for path in simulation.fetched if path.startswith("/map-")]
    assert set(looks) == set(shards)
    assert len(looks) < 5 * len(shards)


def test_spider_measures_each_source(web: Any) -> None:
    web.feed([web.article(1001)])
    simulation = Simulation(web)
    simulation.look()
    path = web.article(1002)
    fresh = simulation.clock.now() + timedelta(seconds=200)
    stamp = fresh.isoformat().encode()
    web.put(path, web.pages[path][2].replace(b"2026-05-28T10:00:00+07:00", stamp))
    web.feed([path, "/bai-viet-1001.html", web.article(1003)])
    simulation.look_after(500)
    web.feed([web.article(1004)])
    simulation.spider.stop()
    simulation.clock.move(3_600)
    simulation.spider._look()

    def metric(name: str, **labels: str) -> float | None:
        return simulation.registry.get_sample_value(
            f"unionwire_crawler_{name}", {"source": "thudo", **labels}
        )

    assert metric("items_found_total", kind="feed") == 3
    # The articles of before the first look say nothing about how fast we are.
    assert metric("discovery_delay_seconds_count") == 1
    assert metric("discovery_delay_seconds_sum") == 300
    assert metric("source_last_new_article_timestamp_seconds") == fresh.timestamp()
    assert metric("pages_due") == 3


def test_spider_does_not_take_an_empty_feed_that_stays_the_same_for_nothing_new(web: Any) -> None:
    web.feed([])
    simulation = Simulation(web)
    simulation.look()

    simulation.look_after(600)

    assert simulation.count("empty", kind="feed") == 2


def test_spider_takes_an_empty_news_sitemap_for_two_quiet_days(web: Any) -> None:
    web.put("/news.xml", "<urlset></urlset>", kind="text/xml")
    simulation = Simulation(web, source={"feeds": (), "sitemaps": (f"{BASE}/news.xml",)})

    simulation.look()

    name = "unionwire_crawler_source_last_success_timestamp_seconds"
    read_at = simulation.registry.get_sample_value(name, {"source": "thudo"})
    assert read_at == simulation.clock.now().timestamp()


def with_order(simulation: Simulation, *, requests: int = 20) -> Past:
    """Let a simulation have an order to fetch the past by a sitemap."""
    past = Past(simulation.state)
    simulation.spider._parts = replace(simulation.spider._parts, past=past)
    seed = PastListing(source="thudo", url=f"{BASE}/map.xml", kind="sitemap")
    now = simulation.clock.now().timestamp()
    past.place("thudo", since=0.0, requests=requests, seeds=[seed], now=now)
    return past


def put_map(web: Any, *paths: str) -> None:
    entries = "".join(f"<url><loc>{BASE}{path}</loc></url>" for path in paths)
    web.put("/map.xml", f"<urlset>{entries}</urlset>", kind="text/xml")


def test_spider_fetches_the_past_one_by_one_when_nothing_else_is_due(web: Any) -> None:
    put_map(web, web.article(1001, day="2020-01-01"), web.article(1002, day="2020-01-02"))
    web.feed([web.article(2001), web.article(2002)])
    simulation = Simulation(web)
    with_order(simulation)

    sizes = []
    while requests := simulation.spider.due_requests():
        sizes.append(len(requests))
        for request in requests:
            simulation._fetch(request)

    assert simulation.fetched[:3] == ["/rss", "/bai-viet-2001.html", "/bai-viet-2002.html"]
    assert simulation.fetched[3] == "/map.xml"
    assert sizes[-3:] == [1, 1, 1]
    assert [e.cause for e in simulation.delivery.events] == [Cause.NEW] * 2 + [Cause.PARSER] * 2


def test_spider_leaves_to_the_watch_what_it_knows(web: Any) -> None:
    put_map(web, web.article(1001), "/bai-viet-1002.html")
    web.feed([web.article(1001)])
    simulation = Simulation(web)
    simulation.look()
    with_order(simulation)

    simulation.look()

    assert simulation.fetched.count("/bai-viet-1001.html") == 1
    assert simulation.fetched.count("/bai-viet-1002.html") == 1


def test_spider_does_not_check_again_what_it_fetched_for_the_past(web: Any) -> None:
    put_map(web, web.article(1001, day="2020-01-01"))
    simulation = Simulation(web, source={"feeds": (), "sections": (f"{BASE}/none",)})
    with_order(simulation)
    simulation.look()

    for seconds in RECHECKS:
        simulation.look_after(seconds)

    assert simulation.fetched.count("/bai-viet-1001.html") == 1


def test_spider_calls_new_what_is_young_though_a_backfill_found_it(web: Any) -> None:
    put_map(web, web.article(1001, day="2026-05-31"))
    simulation = Simulation(web, source={"feeds": (), "sections": (f"{BASE}/none",)})
    with_order(simulation)

    assert causes(simulation.look()) == [Cause.NEW]


def test_spider_tries_the_past_again_when_its_host_is_well(web: Any) -> None:
    path = web.article(1001, day="2020-01-01")
    put_map(web, path)
    simulation = Simulation(web, source={"feeds": (), "sections": (f"{BASE}/none",)})
    past = with_order(simulation)
    simulation.broken.add(path)
    simulation.look()
    simulation.broken.clear()

    events = simulation.look_after(900)

    assert causes(events) == [Cause.PARSER]
    assert past.progress("thudo").is_finished


@pytest.mark.parametrize("validator", ["ETag", "Last_Modified"])
def test_spider_finds_news_behind_validators_that_lie(web: Any, validator: str) -> None:
    lies = {validator: "Mon, 01 Jun 2026 00:00:00 GMT"}
    path = web.article(1001)
    web.feed([path], **lies)
    web.always_304.add("/rss")
    simulation = Simulation(web)
    simulation.look()

    found = []
    for number in (1002, 1003):
        web.feed([web.article(number), path], **lies)
        found.append(len([e for _ in range(60) for e in simulation.look_after(300)]))
        later = web.not_modified["/rss"]
    simulation.look_after(3_600)

    assert found == [1, 1]
    # Once caught, it is asked for as a whole each time.
    assert web.not_modified["/rss"] == later


@pytest.mark.parametrize("status", [403, 500])
def test_spider_slows_down_for_a_host_that_refuses_or_fails(web: Any, status: int) -> None:
    paths = [web.article(number, status=status) for number in range(1000, 1040)]
    web.feed(paths)
    simulation = Simulation(web)

    for _ in range(120):
        simulation.look_after(1)

    assert len(simulation.fetched) < 20


def test_spider_tries_failing_listings_again_when_it_is_restarted(web: Any) -> None:
    web.put("/rss", "<html>no feed", kind="text/html")
    simulation = Simulation(web)
    for _ in range(60):
        simulation.look_after(60)
    web.feed([web.article(1001)])

    again = Simulation(web, state=simulation.state)

    assert causes(again.look_after(1)) == [Cause.NEW]


def test_spider_believes_no_sitemap_that_calls_all_changed_each_time(web: Any) -> None:
    paths = [web.article(1000 + n, ETag='"a"') for n in range(20)]

    def stamp(time: str) -> None:
        entries = "".join(
            f"<url><loc>{BASE}{path}</loc><lastmod>{time}</lastmod></url>" for path in paths
        )
        web.put("/map.xml", f"<urlset>{entries}</urlset>", kind="text/xml")
        index = f"<sitemap><loc>{BASE}/map.xml</loc><lastmod>{time}</lastmod></sitemap>" + "".join(
            f"<sitemap><loc>{BASE}/old-{n}.xml</loc><lastmod>{time}</lastmod></sitemap>"
            for n in range(9)
        )
        web.put("/sitemap.xml", f"<sitemapindex>{index}</sitemapindex>", kind="text/xml")

    for n in range(9):
        web.put(f"/old-{n}.xml", "<urlset></urlset>", kind="text/xml")
    stamp("2026-06-01T00:00:00Z")
    simulation = Simulation(web, source={"feeds": (), "sitemaps": (f"{BASE}/sitemap.xml",)})
    simulation.look()
    simulation.fetched.clear()

    for minute in range(5, 60, 5):
        stamp(f"2026-06-01T00:{minute:02}:00Z")
        simulation.look_after(300)

    # The scheduled rechecks after ten minutes and an hour, not eleven looks at each.
    assert sum(path.startswith("/bai-viet") for path in simulation.fetched) <= 40
    assert sum(path.startswith("/old") for path in simulation.fetched) <= 40


def test_spider_believes_a_sitemap_that_calls_some_changed(web: Any) -> None:
    paths = [web.article(1000 + n) for n in range(20)]
    entry = "<url><loc>{}{}</loc><lastmod>2026-05-31T23:30:00Z</lastmod></url>"
    text = "".join(entry.format(BASE, path) for path in paths)
    web.put("/map.xml", f"<urlset>{text}</urlset>", kind="text/xml")
    simulation = Simulation(web, source={"feeds": (), "sitemaps": (f"{BASE}/map.xml",)})
    simulation.look()
    for number in range(5):
        web.article(1000 + number, text="Công đoàn trao 501 suất quà.")
    text = text.replace("23:30", "23:59", 5)
    web.put("/map.xml", f"<urlset>{text}</urlset>", kind="text/xml")

    events = simulation.look_after(400)

    assert causes(events) == [Cause.SOURCE] * 5


def test_spider_keeps_a_long_crawl_delay_itself(web: Any) -> None:
    web.feed([web.article(number) for number in range(1000, 1010)])
    simulation = Simulation(web)
    simulation.crawl_delay_seconds = 30.0
    simulation.look()
    looks = []

    for _ in range(60):
        before = len(simulation.fetched)
        simulation.look_after(5)
        looks.append(len(simulation.fetched) - before)

    assert max(looks) == 1
    assert sum(looks) == 10


def test_spider_lets_no_host_wait_for_another_with_much_to_fetch(web: Any) -> None:
    web.feed([web.article(number) for number in range(1000, 1100)])
    simulation = Simulation(web, maximum_concurrent_requests=2)
    simulation.look_after(1)
    state, now = simulation.state, simulation.clock.now().timestamp()
    for host in ("a.example", "z.example"):
        found = [Found(key=f"{host}{n}", url=f"https://{host}/{n}") for n in range(20)]
        state.find_pages("thudo", f"{BASE}/rss", found, now=now)
    simulation.clock.move(1)

    turns = []
    for _ in range(6):
        requests = simulation.spider.due_requests()
        turns.append({urlsplit(request.url).hostname for request in requests})
        for request in requests:
            simulation.spider._release(request.meta)

    assert turns == [{"a.example"}, {"z.example"}] * 3


def test_spider_counts_what_publishers_changed(web: Any) -> None:
    web.feed([web.article(1001)])
    simulation = Simulation(web)
    simulation.look()
    web.article(1001, text="Công đoàn trao 501 suất quà.")

    simulation.look_after(600)

    assert (simulation.count("new"), simulation.count("changed")) == (1, 1)
