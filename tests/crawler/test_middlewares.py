"""robots.txt by RFC 9309, over a downloader in memory."""

import asyncio
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy import Request
from scrapy.exceptions import DownloadTimeoutError, IgnoreRequest
from scrapy.http import Response
from scrapy.settings import Settings

from crawler.middlewares import GuardMiddleware, Refused, RobotsMiddleware
from crawler.sources import Source

HOUR = 3_600.0
TWO_GROUPS = """User-agent: unionwire
Disallow: /a

User-agent: y
Disallow: /

User-agent: unionwire
Disallow: /b
"""
SOURCE = Source(id="e", outlet="E", feeds=("https://e.org/rss",))


class Slot:
    """As Scrapy's."""

    delay = 1.0
    jitter = 0.0


class Site:
    """A site's robots.txt, and the middleware that reads it."""

    def __init__(self, text: str = "", *, status: int = 200, user_agent: str = "") -> None:
        self.text = text
        self.status = status
        self.headers: dict[str, str] = {}
        self.error: Exception | None = None
        self.fetches = 0
        self.seconds = 0.0
        self.downloader = SimpleNamespace(slots={}, per_slot_settings={})
        crawler: Any = SimpleNamespace(
            settings=Settings(
                {"USER_AGENT": user_agent or "unionwire/1.0 (+desk@example.org)",
                 "DOWNLOAD_DELAY": 1.0, "DOWNLOAD_SLOTS": {}}
            ),
            spider=SimpleNamespace(
                clock=SimpleNamespace(
                    monotonic_seconds=lambda: self.seconds,
                    now=lambda: datetime(2026, 6, 1, tzinfo=UTC),
                )
            ),
            engine=SimpleNamespace(download_async=self._download, downloader=self.downloader),
        )  # fmt: skip
        self._robots = RobotsMiddleware(crawler)
        self._guard = GuardMiddleware(frozenset())

    async def _download(self, request: Request) -> Response:
        self.fetches += 1
        assert request.url == "https://e.org/robots.txt"
        await asyncio.sleep(0)
        if self.error is not None:
            raise self.error
        return Response(
            request.url, status=self.status, headers=self.headers, body=self.text.encode()
        )

    def refusals(self, *paths: str) -> list[str | None]:
        """Return why each path, asked for at the same time, may not be fetched."""

        async def ask(path: str) -> str | None:
            request = Request(f"https://e.org{path}", meta={"source": SOURCE})
            self._guard.process_request(request)
            try:
                await self._robots.process_request(request)
            except Refused as refusal:
                return refusal.reason
            return None

        async def ask_all() -> list[str | None]:
            return list(await asyncio.gather(*(ask(path) for path in paths)))

        return asyncio.run(ask_all())


@pytest.mark.parametrize(
    ("rules", "path", "refusal"),
    [
        ("", "/a", None),
        ("User-agent: *\nDisallow: /a\nAllow: /a/b\n", "/a/b/c", None),
        ("User-agent: *\nAllow: /a\nDisallow: /a\n", "/a", None),
        ("User-agent: *\nDisallow:\n", "/a", None),
        ("User-agent: *\nDisallow: /*.pdf$\n", "/a.pdf", "robots"),
        ("User-agent: *\nDisallow: /*.pdf$\n", "/a.pdf?x", None),
        ("User-agent: *\nDisallow: /tag/\n\nUser-agent: unionwire\nAllow: /\n", "/tag/a", None),
        ("User-agent: UnionWire\nDisallow: /\n\nUser-agent: *\nAllow: /\n", "/a", "robots"),
        ("User-agent: x\nUser-agent: unionwire\nDisallow: /a\n", "/a", "robots"),
        (TWO_GROUPS, "/b", "robots"),
        ("User-agent: unionwire-images\nDisallow: /\n", "/a", None),
        ("\ufeffUser-agent: *\r\nDisallow: /a\r\n", "/a", "robots"),
        ("User-agent: *\rDisallow: /a\r", "/a", "robots"),
        ("User-agent: *\nDisallow: /c%C3%B4ng\n", "/c%c3%b4ng-doan", "robots"),
        ("User-agent: *\nDisallow: /công\n", "/c%C3%B4ng-doan", "robots"),
        ("User-agent: *\nDisallow: / # all\n", "/a", "robots"),
        ("<html><body>Not found</body></html>", "/a", None),
    ],
)
def test_robots_are_obeyed_by_the_standard(rules: str, path: str, refusal: str | None) -> None:
    assert Site(rules).refusals(path) == [refusal]


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 410, 451])
def test_robots_that_are_unavailable_allow_all(status: int) -> None:
    site = Site("User-agent: *\nDisallow: /\n", status=status)

    assert site.refusals("/a") == [None]


@pytest.mark.parametrize("status", [429, 500, 502, 503, 599])
def test_robots_that_are_unreachable_allow_nothing(status: int) -> None:
    assert Site(status=status).refusals("/a") == ["robots_unreachable"]


def test_robots_that_time_out_allow_nothing_and_are_asked_for_again() -> None:
    site = Site()
    site.error = DownloadTimeoutError()
    first = site.refusals("/a", "/b")
    second = site.refusals("/c")
    site.error = None
    site.seconds = 601.0

    assert first == ["robots_unreachable"] * 2
    assert second == ["robots_unreachable"]
    assert site.refusals("/a") == [None]
    assert site.fetches == 2


def test_robots_are_asked_for_again_when_their_server_says() -> None:
    site = Site(status=503)
    site.headers = {"Retry-After": "7200"}
    site.refusals("/a")
    site.seconds = 7_100.0
    site.refusals("/a")
    before = site.fetches
    site.seconds = 7_300.0
    site.refusals("/a")

    assert (before, site.fetches) == (1, 2)


def test_robots_that_redirect_for_ever_allow_all() -> None:
    site = Site()
    site.error = IgnoreRequest("max redirections reached")

    assert site.refusals("/a") == [None]


def test_robots_that_lead_to_a_private_network_allow_nothing() -> None:
    site = Site()
    site.error = Refused("private_address")

    assert site.refusals("/a") == ["robots_unreachable"]


def test_robots_are_fetched_once_a_day() -> None:
    site = Site("User-agent: *\nDisallow: /a\n")
    site.refusals("/a", "/b", "/c")
    site.seconds = 23.9 * HOUR
    site.refusals("/a")
    before = site.fetches
    site.text = "User-agent: *\nDisallow: /b\n"
    site.seconds = 24.1 * HOUR

    assert before == 1
    assert site.refusals("/a", "/b") == [None, "robots"]
    assert site.fetches == 2


@pytest.mark.parametrize(
    ("rules", "seconds"),
    [
        ("Crawl-delay: 10", 10.0),
        ("Crawl-delay: 0.2", 1.0),
        ("Request-rate: 1/5s", 5.0),
        ("Crawl-delay: 86400", 600.0),
        ("Crawl-delay: soon", None),
        ("Disallow: /b", None),
    ],
)
def test_robots_slow_down_the_slots_there_are_and_those_to_come(
    rules: str, seconds: float | None
) -> None:
    site = Site(f"User-agent: *\n{rules}\n")
    site.downloader.slots["e.org"] = Slot()
    site.refusals("/a")

    settings = site.downloader.per_slot_settings.get("e.org")
    assert (settings and settings["delay"]) == seconds
    assert site.downloader.slots["e.org"].delay == (seconds or 1.0)


def test_robots_know_us_by_name_within_another_user_agent() -> None:
    rules = "User-agent: unionwire\nDisallow: /\n"

    site = Site(rules, user_agent="Mozilla/5.0 (compatible; unionwire/1.0)")

    assert site.refusals("/a") == ["robots"]
