"""`make week`: a week of watching, simulated by the clock, beside a fixed poll.

In: a seed. Out: how many articles, corrections and withdrawals were found, how soon, and how many
requests that took. The spider, its schedules, the state file, the parsers and the delivery to a
file are the real ones; only the clock and the network are not. Servers fail at random, some are
down for hours, and the crawler is killed and started again now and then.
"""

import argparse
import heapq
import json
import logging
import queue
import random
import statistics
import tempfile
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import structlog
from prometheus_client import CollectorRegistry
from scrapy import Request
from scrapy.exceptions import DownloadConnectionRefusedError, DownloadTimeoutError
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.delivery import Delivery, FileSink
from crawler.metrics import build_metrics
from crawler.settings import CrawlerSettings
from crawler.sources import Source
from crawler.spider import ArticleSpider, Parts
from crawler.state import State
from services.chassis.health import Health

BEGIN = datetime(2026, 6, 1, tzinfo=UTC)
DAY_SECONDS = 86_400.0
LOCAL = timedelta(hours=7)
BACKLOG = 30
"""Articles that each source has when the crawler first sees it; they are not measured."""

FEED_ITEMS = 25
PAGE_ITEMS = 20
AFTER_SECONDS = 7.5 * DAY_SECONDS
"""The crawler goes on so long after the last day, as the last recheck but two is after a week."""

ETAG_SHARE = 0.7
FAILURE_SHARE = 0.02
OUTAGE_SHARE = 0.3
OUTAGE_HOURS = (1.0, 8.0)
RESTARTS = 3
LATENCY_SECONDS = (0.1, 1.5)
DELIVERY_SECONDS = 30.0

# How much is published by the hour of the local day; little at night, less at the weekend.
_BY_HOUR = (1, 1, 0, 0, 1, 4, 8, 10, 10, 9, 8, 7, 5, 6, 8, 8, 8, 7, 6, 5, 5, 4, 3, 2)
_WEEKEND = 0.4
_KINDS = ("dated feed", "feed", "section", "sitemaps", "feed and section", "news sitemap")


@dataclass
class Article:
    """What happens to an article, in seconds since the week began."""

    number: int
    published_at: float
    corrected_at: float | None = None
    withdrawn_at: float | None = None
    restored_at: float | None = None

    def version(self, at: float) -> int:
        """Return which text the page shows."""
        return 2 if self.corrected_at is not None and at >= self.corrected_at else 1

    def is_gone(self, at: float) -> bool:
        """Whether the page answers 404."""
        if self.withdrawn_at is None or at < self.withdrawn_at:
            return False
        return self.restored_at is None or at < self.restored_at


@dataclass
class Site:
    """A server with articles, and its faults."""

    name: str
    kind: str
    has_etags: bool
    articles: list[Article]
    """In the order of their publication."""
    outages: list[tuple[float, float]] = field(default_factory=list)

    @property
    def base(self) -> str:
        """Where it is."""
        return f"https://{self.name}.example"

    def source(self) -> Source:
        """Return the source that an operator would write for it."""
        listings: dict[str, Any] = {
            "dated feed": {"feeds": (f"{self.base}/rss",)},
            "feed": {"feeds": (f"{self.base}/rss",)},
            "section": {"sections": (f"{self.base}/cong-doan",)},
            "sitemaps": {"sitemaps": (f"{self.base}/sitemap.xml",)},
            "feed and section": {
                "feeds": (f"{self.base}/rss",),
                "sections": (f"{self.base}/cong-doan",),
            },
            "news sitemap": {"sitemaps": (f"{self.base}/news.xml",)},
        }[self.kind]
        return Source(id=self.name, site="laodongthudo", outlet=self.name, **listings)

    def is_down(self, at: float) -> bool:
        """Whether nothing is answered."""
        return any(begin <= at < end for begin, end in self.outages)

    def answer(self, path: str, at: float) -> bytes | None:
        """Return what lies at a path, None for nothing."""
        shown = self.articles[: bisect_right(self.articles, at, key=lambda a: a.published_at)]
        newest = [article for article in reversed(shown) if not article.is_gone(at)]
        path, _, query = path.partition("?")
        if path == "/rss":
            return self._feed(newest[:FEED_ITEMS])
        if path == "/cong-doan":
            page = int(query.removeprefix("page=") or 1)
            return self._section(newest, page)
        if path == "/news.xml":
            return _sitemap(self.base, [a for a in newest if a.published_at > at - 2 * DAY_SECONDS])
        if path == "/sitemap.xml":
            return self._index(shown)
        if path.startswith("/map-"):
            day = int(path.removeprefix("/map-").removesuffix(".xml"))
            return _sitemap(self.base, [a for a in newest if _day(a) == day], at=at)
        number = int(path.rpartition("-")[2].removesuffix(".html"))
        found = next((a for a in reversed(shown) if a.number == number), None)
        return None if found is None or found.is_gone(at) else _page(found, at)

    def _feed(self, articles: Sequence[Article]) -> bytes:
        dates = self.kind == "dated feed"
        items = "".join(
            f"<item><title>Bài {a.number}</title><link>{self.base}{_path(a)}</link>"
            + (f"<pubDate>{format_datetime(_moment(a.published_at))}</pubDate>" if dates else "")
            + "</item>"
            for a in articles
        )
        return f"<rss version='2.0'><channel>{items}</channel></rss>".encode()

    def _section(self, articles: Sequence[Article], page: int) -> bytes:
        here = articles[(page - 1) * PAGE_ITEMS : page * PAGE_ITEMS]
        links = "".join(f"<a href='{_path(a)}'>Bài {a.number}</a>" for a in here)
        more = f"<a href='/cong-doan?page={page + 1}'>{page + 1}</a>"
        return f"<html><body>{links}{more}</body></html>".encode()

    def _index(self, shown: Sequence[Article]) -> bytes:
        # The times never change: they say when each sitemap was made.
        days = sorted({_day(article) for article in shown})
        shards = "".join(
            f"<sitemap><loc>{self.base}/map-{day}.xml</loc>"
            f"<lastmod>{(BEGIN + timedelta(days=day)).date()}</lastmod></sitemap>"
            for day in days
        )
        return f"<sitemapindex>{shards}</sitemapindex>".encode()


def _day(article: Article) -> int:
    return int(article.published_at // DAY_SECONDS)


def _path(article: Article) -> str:
    return f"/bai-viet-{article.number}.html"


def _moment(at: float) -> datetime:
    return BEGIN + timedelta(seconds=at)


def _sitemap(base: str, articles: Sequence[Article], *, at: float | None = None) -> bytes:
    entries = "".join(f"<url><loc>{base}{_path(a)}</loc>{_lastmod(a, at)}</url>" for a in articles)
    return f"<urlset>{entries}</urlset>".encode()


def _lastmod(article: Article, at: float | None) -> str:
    if at is None:
        return ""
    changed = article.published_at
    if article.version(at) > 1:
        changed = article.corrected_at or changed
    return f"<lastmod>{_moment(changed).isoformat()}</lastmod>"


def _page(article: Article, at: float) -> bytes:
    published = _moment(article.published_at).isoformat()
    number, version = article.number, article.version(at)
    text = (
        f"Công đoàn cơ sở số {number} trao {number * version} suất quà cho đoàn viên khó khăn. "
        f"Bản thứ {version} của bài nêu thêm danh sách của từng tổ."
    )
    return (
        f"<html lang=vi><meta property='article:published_time' content='{published}'>"
        f"<h1 class=article-detail-title>Bài viết số {number}</h1>"
        f"<div class=article-detail-desc>Lời dẫn của bài {number}.</div>"
        f"<div class=__MASTERCMS_CONTENT><p>{text}</p></div>"
    ).encode()


def build_sites(seed: int, *, sources: int, articles: int, days: float) -> list[Site]:
    """Return servers whose articles are published, corrected, withdrawn and restored at random.

    Shares as in the plan of this project: 5 % corrected, 1 % withdrawn, half of those restored.
    A few sources publish most articles (the n-th one 1/n of the first).
    """
    chance = random.Random(f"{seed} world")  # noqa: S311 - no secret
    weights = [1 / (n + 1) for n in range(sources)]
    owners = [n % sources for n in range(min(articles, sources))]  # none stays without
    owners += chance.choices(range(sources), weights, k=articles - len(owners))
    numbers = count(100_001)
    sites = []
    for n in range(sources):
        own = [Article(next(numbers), -chance.uniform(0, 7 * DAY_SECONDS)) for _ in range(BACKLOG)]
        own += [Article(next(numbers), _publication(chance, days)) for _ in range(owners.count(n))]
        own.sort(key=lambda article: article.published_at)
        sites.append(
            Site(name=f"bao-{n + 1:02}", kind=_KINDS[n % len(_KINDS)],
                 has_etags=chance.random() < ETAG_SHARE, articles=own)
        )  # fmt: skip
        if chance.random() < OUTAGE_SHARE:
            begin = chance.uniform(0, days) * DAY_SECONDS
            sites[-1].outages = [(begin, begin + chance.uniform(*OUTAGE_HOURS) * 3_600)]
    _change(chance, [a for site in sites for a in site.articles if a.published_at >= 0])
    return sites


def _publication(chance: random.Random, days: float) -> float:
    while True:
        at = chance.uniform(0, days * DAY_SECONDS)
        local = _moment(at) + LOCAL
        share = _BY_HOUR[local.hour] * (_WEEKEND if local.weekday() > 4 else 1)  # noqa: PLR2004 - Saturday
        if chance.random() < share / max(_BY_HOUR):
            return at


def _change(chance: random.Random, articles: list[Article]) -> None:
    corrected = chance.sample(articles, round(0.05 * len(articles)))
    for article in corrected:
        # Most corrections come within hours, some after days; none after the recheck of a week.
        delay = min(chance.lognormvariate(9.0, 1.8), 5 * DAY_SECONDS)
        article.corrected_at = article.published_at + delay
    # Others than those: a correction that is withdrawn before the next look can be seen by nobody.
    others = [article for article in articles if article.corrected_at is None]
    withdrawn = chance.sample(others, round(0.01 * len(articles)))
    for n, article in enumerate(withdrawn):
        article.withdrawn_at = article.published_at + chance.uniform(600, 2 * DAY_SECONDS)
        if n % 2:
            article.restored_at = article.withdrawn_at + chance.uniform(1, 3) * DAY_SECONDS


class SimulatedClock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.at = 0.0

    def now(self) -> datetime:
        """Return the simulated time."""
        return _moment(self.at)

    def monotonic_seconds(self) -> float:
        """Return the same in seconds."""
        return self.at


@dataclass(frozen=True)
class Fault:
    """An answer that is none."""

    status: int = 0
    retry_after: str | None = None
    error: Exception | None = None


class Network:
    """Answers requests as the sites would, with faults; one request at a time per host."""

    def __init__(self, sites: Sequence[Site], *, seed: int, delay_seconds: float) -> None:
        self._sites = {f"{site.name}.example": site for site in sites}
        self._chance = random.Random(f"{seed} network")  # noqa: S311 - no secret
        self._delay_seconds = delay_seconds
        self._free_at: dict[str, float] = {}
        self.requests: list[tuple[float, str, int]] = []
        """When, what kind (listing or page), and the status (0: none)."""

    def send(self, request: Request, at: float) -> tuple[float, Callable[[], None]]:
        """Return when the answer is there, and what hands it over."""
        host = urlsplit(request.url).netloc
        begun = max(at, self._free_at.get(host, 0.0))
        ends = begun + self._chance.uniform(*LATENCY_SECONDS)
        self._free_at[host] = max(begun + self._delay_seconds, ends)
        return ends, self._answer(request, self._sites[host], ends)

    def _answer(self, request: Request, site: Site, at: float) -> Callable[[], None]:
        kind = "page" if "page" in request.meta else "listing"
        fault = self._fault(site, at)
        if fault is not None and fault.error is not None:
            self.requests.append((at, kind, 0))
            failure = Failure(fault.error)  # type: ignore[no-untyped-call]
            failure.request = request  # type: ignore[attr-defined]  # as Scrapy does
            return lambda: _call(request.errback, failure)
        address = urlsplit(request.url)
        path = f"{address.path}?{address.query}" if address.query else address.path
        headers: dict[str, str] = {}
        status, body = 200, b""
        if fault is not None:
            status = fault.status
            headers = {"Retry-After": fault.retry_after} if fault.retry_after else {}
        elif (content := site.answer(path, at)) is None:
            status = 404
        else:
            body = content
            etag = f'"{sha256(body).hexdigest()[:16]}"'
            if site.has_etags:
                headers = {"ETag": etag}
                if request.headers.get("If-None-Match") == etag.encode():
                    status, body = 304, b""
        self.requests.append((at, kind, status))
        response = Response(request.url, status=status, headers=headers, body=body, request=request)
        return lambda: _call(request.callback, response)

    def _fault(self, site: Site, at: float) -> Fault | None:
        if site.is_down(at):
            return Fault(error=DownloadConnectionRefusedError())
        if self._chance.random() >= FAILURE_SHARE:
            return None
        return self._chance.choice(
            (
                Fault(status=500),
                Fault(status=502),
                Fault(status=503, retry_after=str(self._chance.randint(1, 600))),
                Fault(status=429),
                Fault(error=DownloadTimeoutError()),
                Fault(error=DownloadConnectionRefusedError()),
            )
        )


def _call(function: Any, argument: object) -> None:  # noqa: ANN401 - Scrapy's callbacks
    function(argument)


class Week:
    """A run of the crawler over the sites."""

    def __init__(
        self, sites: Sequence[Site], *, seed: int, days: float, folder: Path,
        poll_seconds: tuple[float, float, float],
    ) -> None:  # fmt: skip
        usual, shortest, longest = poll_seconds
        self._settings = CrawlerSettings(
            poll_seconds=usual, poll_minimum_seconds=shortest, poll_maximum_seconds=longest,
        )  # fmt: skip
        self._sources = tuple(site.source() for site in sites)
        self._ends_at = days * DAY_SECONDS + AFTER_SECONDS
        self._folder = folder
        self._clock = SimulatedClock()
        self.network = Network(sites, seed=seed, delay_seconds=self._settings.delay_seconds)
        chance = random.Random(f"{seed} restarts")  # noqa: S311 - no secret
        restarts = (chance.uniform(0, days * DAY_SECONDS) for _ in range(RESTARTS))
        self._lives = [*sorted(restarts), self._ends_at]

    @property
    def out(self) -> Path:
        """Where the events are."""
        return self._folder / "out.jsonl"

    def run(self) -> None:
        """Watch to the end; each life of the crawler ends with what was under way lost."""
        for until in self._lives:
            self._live(until)

    def _live(self, until: float) -> None:
        calls: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        state = State(self._folder / "state.sqlite")
        delivery = Delivery(FileSink(self.out), call=calls.put)
        delivery.start()
        spider = ArticleSpider(
            Parts(
                sources=self._sources, settings=self._settings, state=state, delivery=delivery,
                metrics=build_metrics(CollectorRegistry()), health=Health(self._clock),
                clock=self._clock, archive=None, is_once=False,
            )
        )  # fmt: skip
        spider.prepare()
        answers: list[tuple[float, int, Callable[[], None]]] = []
        order = count()
        while True:
            for request in spider.due_requests():
                at, hand_over = self.network.send(request, self._clock.at)
                heapq.heappush(answers, (at, next(order), hand_over))
            due_at = self._next_due(state)
            if answers and answers[0][0] <= due_at:
                self._clock.at, _, hand_over = heapq.heappop(answers)
                hand_over()
                while delivery.unacknowledged:
                    calls.get(timeout=DELIVERY_SECONDS)()
            else:
                self._clock.at = due_at
            if self._clock.at >= until:
                break
        delivery.stop(timeout_seconds=DELIVERY_SECONDS)
        state.close()

    def _next_due(self, state: State) -> float:
        """Return when to look again, in a second when something due has to wait."""
        due_at = state.next_due_at()
        if due_at is None:
            return self._ends_at
        return max(due_at - BEGIN.timestamp(), self._clock.at + 1.0)


@dataclass(frozen=True, kw_only=True)
class Result:
    """What was there, and what was found."""

    published: int
    found: int
    corrected: int
    corrections_found: int
    withdrawn: int
    withdrawals_found: int
    restored: int
    restorations_found: int
    wrong_at_the_end: int
    """Articles whose last event is not what their page shows."""
    repeated: int
    """Events that told nothing new."""
    delays_seconds: tuple[float, ...]
    correction_delays_seconds: tuple[float, ...]
    requests: int
    """During the days of publication."""
    listing_requests: int
    unchanged_requests: int

    @property
    def requests_per_article(self) -> float:
        """All requests of the week, by articles found."""
        return self.requests / max(self.found, 1)


def measure(week: Week, sites: Sequence[Site], *, days: float) -> Result:
    """Compare what the crawler told with what happened."""
    events: dict[int, list[dict[str, Any]]] = {}
    for event in _events(week.out):
        events.setdefault(int(event["article_id"].rpartition(":")[2]), []).append(event)
    articles = [a for site in sites for a in site.articles if a.published_at >= 0]
    counts: Counter[str] = Counter()
    delays, correction_delays = [], []
    end = days * DAY_SECONDS + AFTER_SECONDS
    for article in articles:
        told = events.get(article.number, [])
        counts["repeated"] += _repeated(told)
        counts["wrong"] += not told or not _is_right(told[-1], article, end)
        if told:
            delays.append(_age(told[0]) - article.published_at)
        if article.corrected_at is not None:
            second = [e for e in told if _version(e) == 2 and e["cause"] in ("new", "source")]  # noqa: PLR2004 - the corrected text
            if second:
                correction_delays.append(_age(second[0]) - article.corrected_at)
        causes = {event["cause"] for event in told}
        counts["withdrawn"] += article.withdrawn_at is not None
        counts["withdrawals"] += "withdrawn" in causes
        counts["restored"] += article.restored_at is not None
        counts["restorations"] += "restored" in causes
    live = [each for each in week.network.requests if each[0] < days * DAY_SECONDS]
    return Result(
        published=len(articles), found=len(delays),
        corrected=sum(1 for a in articles if a.corrected_at is not None),
        corrections_found=len(correction_delays),
        withdrawn=counts["withdrawn"], withdrawals_found=counts["withdrawals"],
        restored=counts["restored"], restorations_found=counts["restorations"],
        wrong_at_the_end=counts["wrong"], repeated=counts["repeated"],
        delays_seconds=tuple(sorted(delays)),
        correction_delays_seconds=tuple(sorted(correction_delays)),
        requests=len(live), listing_requests=sum(1 for _, kind, _ in live if kind == "listing"),
        unchanged_requests=sum(1 for *_, status in live if status == 304),  # noqa: PLR2004 - HTTP
    )  # fmt: skip


def _events(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _age(event: dict[str, Any]) -> float:
    return (datetime.fromisoformat(event["fetched_at"]) - BEGIN).total_seconds()


def _version(event: dict[str, Any]) -> int:
    return 2 if "Bản thứ 2" in event["body"] else 1


def _is_right(event: dict[str, Any], article: Article, at: float) -> bool:
    if article.is_gone(at):
        return bool(event["cause"] == "withdrawn")
    return event["cause"] != "withdrawn" and _version(event) == article.version(at)


def _repeated(told: Sequence[dict[str, Any]]) -> int:
    states = [(event["cause"] == "withdrawn", event["body"]) for event in told]
    return sum(1 for n, state in enumerate(states) if n and state == states[n - 1])


def simulate(
    seed: int, *, sources: int, articles: int, days: float,
    poll_seconds: tuple[float, float, float], folder: Path,
) -> Result:  # fmt: skip
    """Watch for `days` by polls of (usual, shortest, longest) seconds and return what was found."""
    sites = build_sites(seed, sources=sources, articles=articles, days=days)
    week = Week(sites, seed=seed, days=days, folder=folder, poll_seconds=poll_seconds)
    week.run()
    return measure(week, sites, days=days)


def _percentile(values: Sequence[float], share: float) -> float:
    return values[min(int(len(values) * share), len(values) - 1)] if values else float("nan")


def _print(name: str, result: Result, *, took_seconds: float) -> None:
    def delay(values: Sequence[float]) -> str:
        middle = statistics.median(values) if values else float("nan")
        return f"median {middle / 60:6.1f} min, p95 {_percentile(values, 0.95) / 60:6.1f} min"

    r = result
    print(
        f"{name} ({took_seconds:.0f} s to simulate)\n"
        f"  articles     {r.found} of {r.published} found, {delay(r.delays_seconds)}\n"
        f"  corrections  {r.corrections_found} of {r.corrected} found, "
        f"{delay(r.correction_delays_seconds)}\n"
        f"  withdrawals  {r.withdrawals_found} of {r.withdrawn} seen, "
        f"returns {r.restorations_found} of {r.restored}; the rest came back between two looks\n"
        f"  at the end   {r.wrong_at_the_end} articles not as their page, "
        f"{r.repeated} events that told nothing new\n"
        f"  requests     {r.requests}: {r.listing_requests} to listings, "
        f"{r.requests - r.listing_requests} to pages; {r.unchanged_requests} answered 304\n"
        f"  requests per article found: {r.requests_per_article:.1f}",
        flush=True,
    )


def main() -> int:
    """Simulate the week twice and print both; 1 when an article or correction was missed."""
    parser = argparse.ArgumentParser(prog="python -m deploy.bench.week", description=__doc__)
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))  # noqa: S311 - no secret
    parser.add_argument("--sources", type=int, default=20)
    parser.add_argument("--articles", type=int, default=2_000)
    parser.add_argument("--days", type=float, default=7.0)
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    print(f"a simulated week: {options.sources} sources, {options.articles} articles, "
          f"seed {options.seed}")  # fmt: skip
    own = CrawlerSettings()
    is_complete = True
    for name, poll_seconds in (
        ("adaptive", (own.poll_seconds, *own.poll_bounds_seconds)),
        ("fixed 10 minutes", (600.0, 600.0, 600.0)),
    ):
        begun = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="unionwire-week-") as folder:
            result = simulate(
                options.seed, sources=options.sources, articles=options.articles,
                days=options.days, poll_seconds=poll_seconds, folder=Path(folder),
            )  # fmt: skip
        _print(name, result, took_seconds=time.monotonic() - begun)
        is_complete &= result.found == result.published
        is_complete &= result.corrections_found == result.corrected
        is_complete &= result.wrong_at_the_end == 0
    return 0 if is_complete else 1


if __name__ == "__main__":
    raise SystemExit(main())
