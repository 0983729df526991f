"""What stands between the spider and the network: the guard, and robots.txt by RFC 9309.

In: Scrapy requests that carry their source. Out: the same requests, or a refusal with its reason.
"""

import asyncio
import re
from dataclasses import dataclass
from typing import Any

import structlog
from protego import Protego
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from crawler.domain.html import decode
from crawler.domain.schedule import RETRY_AFTER_LIMIT_SECONDS
from crawler.domain.urls import (
    canonicalise,
    host_and_port,
    host_of,
    is_allowed_host,
    netloc_of,
)
from crawler.domain.wishes import read_retry_after
from services.chassis.network import is_public, literal_address

ROBOTS_SECONDS = 24 * 3600.0
ROBOTS_RETRY_SECONDS = 600.0
ROBOTS_LIMIT_BYTES = 512 * 1024
ROBOTS_DOWNLOAD_BYTES = 10 * 1024 * 1024
"""What lies beyond the first limit is not read (RFC 9309, 2.5), but is no fault."""

CRAWL_DELAY_LIMIT_SECONDS = 600.0
PRODUCT = "unionwire"

_TOO_MANY_REQUESTS = 429

log = structlog.get_logger()


class Refused(IgnoreRequest):
    """A request that must not be made; `reason` is a fetch outcome, `detail` for people."""

    def __init__(self, reason: str, *, detail: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail


def product_of(user_agent: str) -> str:
    """Return the name that robots.txt may call us by (RFC 9309, 2.2.1: the product token).

    Example:
        >>> product_of("unionwire/1.0 (+desk@example.org)"), product_of("Newsroom Watcher/2")
        ('unionwire', 'Newsroom')
        >>> product_of("Mozilla/5.0 (compatible; unionwire/1.0)")
        'unionwire'
    """
    if PRODUCT in user_agent.lower():
        return PRODUCT
    product = re.match(r"[A-Za-z_-]+", user_agent)
    return product.group() if product else PRODUCT


def asked_delay_seconds(parser: Protego, user_agent: str) -> float:
    r"""Return the seconds between two requests that robots.txt asks for, 0 where it does not.

    Crawl-delay and Request-rate are no part of RFC 9309, but sites use them.

    Example:
        >>> asked_delay_seconds(Protego.parse("User-agent: *\nCrawl-delay: 10"), "unionwire")
        10.0
        >>> asked_delay_seconds(Protego.parse("User-agent: *\nRequest-rate: 1/5s"), "unionwire")
        5.0
    """
    rate = parser.request_rate(user_agent)
    by_rate = rate.seconds / rate.requests if rate is not None and rate.requests else 0.0
    return max(parser.crawl_delay(user_agent) or 0.0, by_rate)


class PatientRetryMiddleware(RetryMiddleware):
    """Tries again at once what failed by chance, never a server that says when to come back."""

    def process_response(  # type: ignore[override]  # the spider is no argument any more
        self, request: Request, response: Response
    ) -> Request | Response:
        """Return the answer, or the request to be made again."""
        if "Retry-After" in response.headers:
            return response
        return super().process_response(request, response)


class GuardMiddleware:
    """Lets through only http(s) requests to hosts of their source; runs on each redirect too."""

    def __init__(self, all_private: frozenset[str]) -> None:
        self._all_private = all_private

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "GuardMiddleware":
        """Build the middleware from Scrapy's settings."""
        return cls(frozenset(crawler.settings.getlist("PRIVATE_ADDRESSES")))

    def process_request(self, request: Request) -> None:
        """Refuse a request, or give it the slot of its host.

        Raises:
            Refused: another scheme or host, or a private address that the source does not name.
        """
        source = request.meta["source"]
        address = canonicalise(request.url)
        if address is None:
            raise Refused("bad_address")
        # A robots.txt may redirect anywhere (RFC 9309, 2.3.1.2), but not into private networks.
        if not request.meta.get("is_robots") and not is_allowed_host(address, source.hosts):
            raise Refused("foreign_host")
        pair = host_and_port(address)
        literal = literal_address(host_of(address))
        is_private = pair in self._all_private or (literal is not None and not is_public(literal))
        if is_private and pair not in source.private:
            raise Refused("private_address")
        # A redirect copies the slot of the page that it came from.
        request.meta["download_slot"] = netloc_of(address)


class BudgetMiddleware:
    """Counts each request for the past, redirects and repetitions too, and ends at the budget."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "BudgetMiddleware":
        """Build the middleware."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Take a request from its order's budget.

        Raises:
            Refused: the budget is used up.
        """
        source = request.meta.get("budget")
        if source is None:
            return
        is_allowed = getattr(self._crawler.spider, "spend")(source)  # noqa: B009 - our spider's, not every one's
        # A robots.txt that is not had counts as silence, for the live watch too: it is fetched.
        if not is_allowed and not request.meta.get("is_robots"):
            raise Refused("budget")


@dataclass(frozen=True)
class _Rules:
    parser: Any
    """None allows nothing."""
    expires_at: float
    fault: str | None = None
    """Why they cannot be had."""


class RobotsMiddleware:
    """Obeys robots.txt: 4xx allows all, 5xx and silence allow nothing, a copy lasts 24 hours."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._user_agent = product_of(crawler.settings["USER_AGENT"])
        self._rules: dict[str, _Rules] = {}
        self._pending: dict[str, asyncio.Future[_Rules]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "RobotsMiddleware":
        """Build the middleware."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Refuse what robots.txt forbids.

        Raises:
            Refused: the rules forbid it, or cannot be had.
        """
        if request.meta.get("is_robots"):
            return
        rules = await self._rules_for(request)
        if rules.parser is None:
            raise Refused("robots_unreachable", detail=rules.fault)
        if not rules.parser.can_fetch(request.url, self._user_agent):
            raise Refused("robots")
        self._slow_down(request, rules.parser)

    def _slow_down(self, request: Request, parser: Any) -> None:  # noqa: ANN401 - untyped library
        """Keep the delay that robots.txt asks for, where it is longer than our own."""
        wanted = asked_delay_seconds(parser, self._user_agent)
        engine: Any = self._crawler.engine
        if not wanted or engine is None:
            return
        downloader, name = engine.downloader, request.meta["download_slot"]
        own = float(self._crawler.settings["DOWNLOAD_DELAY"])
        own = max(own, self._crawler.settings["DOWNLOAD_SLOTS"].get(name, {}).get("delay", 0.0))
        delay = max(own, min(wanted, CRAWL_DELAY_LIMIT_SECONDS))
        request.meta["crawl_delay_seconds"] = delay
        # Slots that were idle are dropped and made anew: the one there is, and those to come.
        downloader.per_slot_settings[name] = {"concurrency": 1, "delay": delay, "jitter": 0.0}
        if name in downloader.slots:
            downloader.slots[name].delay = delay
            downloader.slots[name].jitter = 0.0

    async def _rules_for(self, request: Request) -> _Rules:
        scheme = request.url.partition(":")[0]
        origin = f"{scheme}://{netloc_of(request.url)}"
        rules = self._rules.get(origin)
        if rules is not None and rules.expires_at > self._now():
            return rules
        future = self._pending.get(origin)
        if future is None:
            future = asyncio.ensure_future(self._fetch(origin, request))
            self._pending[origin] = future
            future.add_done_callback(lambda _: self._pending.pop(origin))
        return await future

    def _now(self) -> float:
        seconds: float = getattr(self._crawler.spider, "clock").monotonic_seconds()  # noqa: B009 - our spider's, not every one's
        return seconds

    async def _fetch(self, origin: str, request: Request) -> _Rules:
        robots = Request(
            f"{origin}/robots.txt",
            meta={
                "source": request.meta["source"],
                "is_robots": True,
                **({"budget": request.meta["budget"]} if "budget" in request.meta else {}),
                "handle_httpstatus_list": [],
                "max_retry_times": 1,
                "download_maxsize": ROBOTS_DOWNLOAD_BYTES,
            },
            priority=1_000,
            dont_filter=True,
        )
        now = self._now()
        engine: Any = self._crawler.engine
        try:
            response = await engine.download_async(robots)
            rules = self._read(response, now=now, retry_seconds=self._retry_seconds(response))
        except Refused as error:
            # A redirect to a host that may not be fetched: as if there were no answer.
            log.info("robots_unreachable", origin=origin, reason=error.reason)
            rules = _Rules(None, now + ROBOTS_RETRY_SECONDS, error.reason)
        except IgnoreRequest:
            # More than five redirects: as if there were no robots.txt (RFC 9309, 2.3.1.2).
            log.info("robots_redirects", origin=origin)
            rules = _Rules(Protego.parse(""), now + ROBOTS_SECONDS)
        except Exception as error:  # noqa: BLE001 - whatever goes wrong on the way means "unreachable"
            log.info("robots_unreachable", origin=origin, reason=type(error).__name__)
            rules = _Rules(None, now + ROBOTS_RETRY_SECONDS, f"{type(error).__name__}: {error}")
        self._rules[origin] = rules
        return rules

    def _retry_seconds(self, response: Response) -> float:
        """Return when to ask again for rules that cannot be had, by the server if it says."""
        clock = getattr(self._crawler.spider, "clock")  # noqa: B009 - as above
        text = (response.headers.get("Retry-After") or b"").decode("latin-1")
        asked = read_retry_after(text, now=clock.now()) or 0.0
        return min(max(asked, ROBOTS_RETRY_SECONDS), RETRY_AFTER_LIMIT_SECONDS)

    @staticmethod
    def _read(
        response: Response, *, now: float, retry_seconds: float = ROBOTS_RETRY_SECONDS
    ) -> _Rules:
        if 200 <= response.status < 300:  # noqa: PLR2004 - HTTP's classes
            text = decode(response.body[:ROBOTS_LIMIT_BYTES])
            return _Rules(Protego.parse(text), now + ROBOTS_SECONDS)
        # "Too many requests" is no word about robots.txt, and a host that says so is left alone.
        if 300 <= response.status < 500 and response.status != _TOO_MANY_REQUESTS:  # noqa: PLR2004 - RFC 9309 2.3.1.2 and 2.3.1.3
            return _Rules(Protego.parse(""), now + ROBOTS_SECONDS)
        return _Rules(None, now + retry_seconds, f"HTTP {response.status}")
