"""The spider's decisions, driven by a clock that the test moves and a web in memory."""

# ruff: noqa: ANN401 - what conftest gives has no importable type

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from scrapy import Request
from scrapy.exceptions import IgnoreRequest
from scrapy.http import HtmlResponse
from twisted.python.failure import Failure

from crawler.delivery import Outcome
from crawler.metrics import build_metrics
from crawler.settings import CrawlerSettings
from crawler.sources import Source
from crawler.spider import ArticleSpider, Parts
from crawler.state import State
from services.chassis.errors import Reject
from services.chassis.health import Health
from services.contracts.articles import Cause, RawArticleV1

BASE = "http://127.0.0.1:1"
RECHECKS = (600.0, 3_600.0, 21_600.0, 86_400.0)


class FakeClock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.at = datetime(2026, 6, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def monotonic_seconds(self) -> float:
        return self.at.timestamp()

    def move(self, seconds: float) -> None:
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
        self.spider._begun_at = self.clock.now().timestamp()
        self.spider._register_listings()

    def look(self) -> list[RawArticleV1]:
        """Fetch all that is due now and return the events that were acknowledged."""
        before = len(self.delivery.events)
        while requests := self.spider._due_requests():
            for request in requests:
                self._fetch(request)
        return self.delivery.events[before:]

    def look_after(self, seconds: float) -> list[RawArticleV1]:
        self.clock.move(seconds)
        return self.look()

    def _fetch(self, request: Request) -> None:
        path = request.url.removeprefix(BASE)
        self.fetched.append(path)
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
    monkeypatch.setattr("crawler.spider.PARSER_GENERATION", 2)
    web.article(1001, text="Đọc kỹ hơn.")

    later = Simulation(web, state=simulation.state)
    later.clock.move(1)
    events = later.look()

    assert [(event.article_id[-4:], event.cause) for event in events] == [("1001", Cause.PARSER)]
    known = later.state.article("laodongthudo:vi:1002")
    assert known is not None
    assert known.known.generation == 2


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
