"""The spider: looks at listings, fetches the articles they name, publishes what changed.

In: sources, and the state that says what is due. Out: article events, and new state once the
events are acknowledged. What to fetch comes from the state alone, a few requests at a time, so
memory stays bounded and a restart goes on where the last run ended.
"""

import asyncio
import hashlib
import re
import sqlite3
from bisect import bisect_right
from collections import Counter, deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import structlog
from scrapy import Request, Spider
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.archive import Archive
from crawler.delivery import Delivery, Outcome
from crawler.domain.changes import cause_of, is_believable, next_revision
from crawler.domain.feeds import Listed, parse_feed
from crawler.domain.html import cut_after, decode, parse_text, text_of
from crawler.domain.pages import PageKind, ParsedPage, is_challenge, was_sent_away
from crawler.domain.schedule import (
    DAY_SECONDS,
    REST_LONGEST_SECONDS,
    RETRY_AFTER_LIMIT_SECONDS,
    assume_habit,
    learn_habit,
    respect_wishes,
    seconds_to_poll,
    seconds_to_recheck,
    seconds_to_rest,
    seconds_to_retry,
)
from crawler.domain.sections import find_articles, next_page
from crawler.domain.sitemaps import DEPTH_LIMIT, Shard, is_recent, parse_sitemap
from crawler.domain.urls import canonicalise, host_of, is_allowed_host, netloc_of
from crawler.domain.wishes import Wishes, read_feed_wishes, read_max_age, read_retry_after
from crawler.metrics import CrawlerMetrics
from crawler.middlewares import ROBOTS_RETRY_SECONDS, Refused
from crawler.past import Order, Past, PastListing, PastPage, read_past, turn_pages
from crawler.publishing import build_event, build_withdrawal, known_of
from crawler.settings import CrawlerSettings
from crawler.silence import Silence
from crawler.sites import PARSER_GENERATION, SITES, parse
from crawler.sources import Source
from crawler.state import Article, Found, Listing, Page, State
from services.chassis.clock import Clock, to_epoch_milliseconds
from services.chassis.errors import Fatal, Reject
from services.chassis.health import Health
from services.contracts.articles import Cause, RawArticleV1

IN_FLIGHT_PER_HOST = 2
IDLE_SECONDS = 1.0
LONG_DELAY_SECONDS = 2.0
MAXIMUM_FAILURES_UNKNOWN = 8
"""A page that was never read is given up after so many failures (two hours)."""

MAXIMUM_FAILURES_OF_HOST = 50
"""The same where the host is in trouble, not the page (twelve days): a server that is down for a
day must not cost us its articles."""

ROBOTS_RECHECK_SECONDS = DAY_SECONDS
LOOK_SECONDS = 0.5
"""How often the state is asked which hosts have something due."""

COUNT_SECONDS = 10.0
"""How often the metrics are told how much is due."""

QUEUE_LIMIT = 50
"""How many due listings or pages of a host are taken from the state at once."""

SHARD_LONGEST_SECONDS = DAY_SECONDS
"""Each sitemap of an index is looked at once a day at least: its time in the index may never
change."""

CLOCK_TOLERANCE_SECONDS = 30.0
"""A clock that is set back further than this takes all plans along."""

ONCE_PATIENCE_SECONDS = 30.0
"""A single run waits so long for a host that rests, and no longer."""

BUSY_DELAY_SECONDS = 15.0
"""A host that says it is busy, and not for how long, rests twice this, then four times."""

ONCE_RETRIES = 2
ONCE_REST_SECONDS = 10.0
ONCE_HOST_FAILURES = 8

UNCONDITIONAL_EVERY = 4
"""Each fourth look asks for the whole page: some sites' ETags lie."""

NEWS_AGE = timedelta(days=2)
"""An article that is younger is news, however it was found."""

WHOLE_LISTING_EVERY = 12
"""After so many answers 304 in a row a listing is asked for as a whole, for the same reason."""

LYING = -1

_GONE = (404, 410)
_REFUSING = (401, 403, 407, 451)
_BUSY = (429, 503)
_HOST_TROUBLES = frozenset(("busy", "server_error", "timeout", "unreachable", "unknown_host"))
"""Outcomes that speak of the host, not of one address, and pass."""

_SLOWING = _HOST_TROUBLES | {"refused", "blocked"}
"""Outcomes after which a host is asked less."""

_PAST_TROUBLES = frozenset(("blocked", "error", "pending", "robots_unreachable"))
"""More outcomes after which a page of the past is tried again."""

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What the spider works with."""

    sources: tuple[Source, ...]
    settings: CrawlerSettings
    state: State
    delivery: Delivery
    metrics: CrawlerMetrics
    health: Health
    clock: Clock
    archive: Archive | None
    is_once: bool
    past: Past | None = None
    """Orders to fetch the past, when nothing else is due."""
    past_only: str | None = None
    """A source whose order is all there is to do."""


class ArticleSpider(Spider):
    """Watches all sources in one process."""

    name = "articles"

    def __init__(self, parts: Parts, **arguments: Any) -> None:  # noqa: ANN401 - Scrapy's signature
        super().__init__(**arguments)
        self._parts = parts
        self._sources = {source.id: source for source in parts.sources}
        self._in_flight: Counter[str] = Counter()
        self._busy: set[tuple[str, str]] = set()
        self._waiting: dict[str, deque[Listing | Page]] = {}
        self._due_hosts: list[str] = []
        self._looked_at = -LOOK_SECONDS
        self._counted_at = -COUNT_SECONDS
        self._pending_articles: set[str] = set()
        self._host_rests_until: dict[str, float] = {}
        self._host_failures: Counter[str] = Counter()
        self._free_at: dict[str, float] = {}
        """When hosts with a long crawl-delay may be asked again, by the monotonic clock."""
        self._served: Counter[str] = Counter()
        self._turns = 0
        self._private = {address for source in parts.sources for address in source.private}
        self._clock_seen_at = 0.0
        self._silence = Silence(
            parts.state, parts.metrics, floor_seconds=parts.settings.silence_floor_seconds
        )
        self._is_stopping = False
        self._wake: asyncio.Event | None = None
        self._begun_at = 0.0
        self._past_item: PastListing | PastPage | None = None
        self.published: Counter[str] = Counter()
        self.failure: Fatal | None = None
        """Why the spider ended, when it ended because it could not go on."""

    @property
    def clock(self) -> Clock:
        """The clock that the middlewares go by too."""
        return self._parts.clock

    # The loop

    async def start(self) -> AsyncIterator[Any]:
        """Yield requests as they come due, until told to stop (or, once, until all is done)."""
        self._wake = asyncio.Event()
        try:
            self.prepare()
            while not self._is_stopping:
                self._parts.health.progress()
                requests = self.due_requests()
                for request in requests:
                    yield request
                if not requests:
                    if self._parts.is_once and self._is_done():
                        return
                    if self._parts.past_only and self._is_past_done():
                        return
                    await self._rest()
        except sqlite3.Error as error:
            self.failure = Fatal(f"The state file cannot be used any more: {error}.")

    def stop(self) -> None:
        """Take nothing new."""
        self._is_stopping = True
        self._wake_up()

    def _wake_up(self) -> None:
        if self._wake is not None:
            self._wake.set()

    async def _rest(self) -> None:
        assert self._wake is not None  # noqa: S101 - set before the loop
        self._wake.clear()
        try:
            await asyncio.wait_for(self._wake.wait(), timeout=IDLE_SECONDS)
        except TimeoutError:
            return

    def prepare(self) -> None:
        """Bring the state into line with the sources and the clock."""
        state = self._parts.state
        self._begun_at = now = self._now()
        with state.transaction():
            self._clock_seen_at = max(state.seen_at() or now, now)
            self._follow_clock()
            self._bring_forward()
            self._host_rests_until = state.resting_hosts(now=now)
            self._register_listings()
            self._silence.begin(self._sources, now=now)
        for host, until in self._host_rests_until.items():
            log.info("host_rests", host=host, seconds=round(until - now))

    def _follow_clock(self) -> None:
        """When the clock was set back, move all that is planned back with it.

        A clock that is set forward needs nothing: what is due then is fetched, a little early.
        """
        now = self._now()
        shift = now - self._clock_seen_at
        self._clock_seen_at = now
        if shift >= -CLOCK_TOLERANCE_SECONDS:
            return
        log.warning("clock_set_back", seconds=round(-shift))
        self._parts.state.move_due_times(shift)
        self._begun_at = min(self._begun_at, now)
        for host in self._host_rests_until:
            self._host_rests_until[host] += shift
        self._bring_forward()

    def _bring_forward(self) -> None:
        """Let nothing wait longer than the longest wait there is (a file of a wrong clock)."""
        settings, now = self._parts.settings, self._now()
        steps = settings.recheck_seconds
        longest_poll = max(settings.poll_bounds_seconds[1], settings.asked_limit_seconds,
                           SHARD_LONGEST_SECONDS, RETRY_AFTER_LIMIT_SECONDS)  # fmt: skip
        gaps = (later - sooner for sooner, later in pairwise((0.0, *steps)))
        moved = self._parts.state.bring_forward(
            listings_by=now + longest_poll,
            pages_by=now + max(*gaps, longest_poll, settings.withdraw_confirm_seconds),
        )
        if moved:
            log.warning("due_times_brought_forward", count=moved)

    def _register_listings(self) -> None:
        now, state = self._begun_at, self._parts.state
        for source in self._parts.sources:
            listings = [
                Listing(url=address, source=source.id, kind=kind)
                for kind, urls in (("feed", source.feeds), ("sitemap", source.sitemaps),
                                   ("section", source.sections))
                for url in urls
                if (address := canonicalise(url)) is not None
            ]  # fmt: skip
            state.add_listings(listings, now=now)
            addresses = {listing.url for listing in listings}
            state.retire_listings(source.id, kept=addresses)
            state.revive_listings(addresses, now=now)
            if self._parts.is_once:
                soon_seconds = 2 * self._parts.settings.poll_seconds
                state.make_polled_due(source.id, now=now, within_seconds=soon_seconds)
        state.make_outdated_due(PARSER_GENERATION, now=now)

    def _horizon(self) -> float:
        """Return up to when something must have been due.

        A single run looks at what was due when it began; what it finds on the way counts as due
        then, and what it puts off has its turn in a later run.
        """
        return self._begun_at if self._parts.is_once else self._now()

    def _is_done(self) -> bool:
        if self._in_flight.total() or self._parts.delivery.unacknowledged:
            return False
        self._look()
        patient_until = self._now() + ONCE_PATIENCE_SECONDS
        return not any(
            self._host_rests_until.get(host, 0.0) <= patient_until for host in self._due_hosts
        )

    def _is_awake(self, host: str) -> bool:
        if self._free_at.get(host, 0.0) > self._parts.clock.monotonic_seconds():
            return False
        return self._host_rests_until.get(host, 0.0) <= self._now()

    def _look(self) -> None:
        self._follow_clock()
        self._due_hosts = self._parts.state.due_hosts(now=self._horizon())
        self._looked_at = self._parts.clock.monotonic_seconds()
        if self._looked_at - self._counted_at >= COUNT_SECONDS:
            self._counted_at = self._looked_at
            self._parts.state.save_seen_at(self._clock_seen_at)
            due = self._parts.state.count_due_pages(now=self._now())
            for source in self._sources:
                self._parts.metrics.pages_due.labels(source).set(due.get(source, 0))
            self._silence.count(now=self._now())

    def due_requests(self) -> list[Request]:
        """Return what is to be fetched now; each request holds a place until it is answered."""
        if self._parts.past_only:
            return self._past_requests()
        return self._live_requests() or self._past_requests()

    def _live_requests(self) -> list[Request]:
        settings = self._parts.settings
        room = settings.maximum_concurrent_requests - self._in_flight.total()
        requests: list[Request] = []
        if room <= 0 or self._parts.delivery.unacknowledged >= settings.maximum_unacknowledged:
            return requests
        if self._parts.clock.monotonic_seconds() - self._looked_at >= LOOK_SECONDS:
            self._look()
        # Who has waited longest comes first, so a host with much to fetch keeps nobody waiting.
        for host in sorted(self._due_hosts, key=lambda host: self._served[host]):
            while (
                len(requests) < room
                and self._in_flight[host] < self._limit_of(host)
                and self._is_awake(host)
                and (item := self._take(host)) is not None
            ):
                self._in_flight[host] += 1
                self._turns += 1
                self._served[host] = self._turns
                self._busy.add(_name_of(item))
                requests.append(self._request(item))
        return requests

    def _limit_of(self, host: str) -> int:
        """Return how many requests to a host may be under way; Scrapy makes one at a time."""
        return 1 if host in self._free_at else IN_FLIGHT_PER_HOST

    # The past

    def _past_requests(self) -> list[Request]:
        """Return the next request for the past, when its host has nothing else to do.

        One at a time over all hosts, so what is news never waits for more than that one.
        """
        past, parts = self._parts.past, self._parts
        if past is None or parts.is_once or self._past_item is not None:
            return []
        if parts.delivery.unacknowledged >= parts.settings.maximum_unacknowledged:
            return []
        for order in past.open_orders():
            if order.source in self._sources and parts.past_only in (None, order.source):
                request = self._past_request(order, past)
                if request is not None:
                    return [request]
        return []

    def _past_request(self, order: Order, past: Past) -> Request | None:
        while (item := past.next_item(order)) is not None:
            if isinstance(item, PastPage) and not self._is_unread(item):
                past.finish_page(item)
                continue
            host = netloc_of(item.url)
            if self._has_live(host) or self._in_flight[host] or not self._is_awake(host):
                return None
            self._past_item = item
            self._in_flight[host] += 1
            task = {"past": item, "order": order, "budget": order.source}
            if isinstance(item, PastListing):
                return Request(
                    item.url, callback=self.read_past_listing, errback=self.fail_past_listing,
                    dont_filter=True, meta=self._meta(item.source, item.url, **task),
                )  # fmt: skip
            page = Page(source=item.source, key=item.key, url=item.url,
                        published_at=item.published_at, is_past=True)  # fmt: skip
            self._parts.state.add_page(page)
            self._busy.add(_name_of(page))
            request = self._page_request(page)
            request.meta.update(task)
            return request
        return None

    def _has_live(self, host: str) -> bool:
        """Whether a host has something due that is not of the past, or under way."""
        if self._parts.past_only is not None:
            return False
        return host in self._parts.state.due_hosts(now=self._horizon())

    def _is_unread(self, item: PastPage) -> bool:
        """Whether nobody has fetched an article's page, or is about to."""
        state = self._parts.state
        page = state.page(item.source, item.key)
        if page is None:
            return True
        if _name_of(page) in self._busy or page.checks or page.article_id:
            return False
        return not state.is_planned(page)

    def _is_past_done(self) -> bool:
        past, source = self._parts.past, self._parts.past_only
        if self._past_item is not None or self._parts.delivery.unacknowledged or past is None:
            return False
        order = next((order for order in past.open_orders() if order.source == source), None)
        item = past.next_item(order) if order else None
        patient_until = self._now() + REST_LONGEST_SECONDS
        return item is None or self._host_rests_until.get(netloc_of(item.url), 0) > patient_until

    def spend(self, source: str) -> bool:
        """Take a request from the budget of a source's order; return whether there was one."""
        return self._parts.past is None or self._parts.past.spend(source)

    def read_past_listing(self, response: Response) -> None:
        """Note what a listing names of the past."""
        meta = response.meta
        listing: PastListing = meta["past"]
        try:
            outcome = self._read_past_listing(response, listing, meta["order"])
        except Exception:
            log.exception("listing_failed", source=listing.source, url=listing.url)
            outcome = "error"
        self._note_health(meta, outcome)
        self._count(meta, kind=listing.kind, outcome=outcome)
        self._release(meta)

    def _read_past_listing(self, response: Response, listing: PastListing, order: Order) -> str:
        if response.status != 200:  # noqa: PLR2004 - HTTP
            outcome = _outcome_of(response)
            self._wait_after(1, response=response, url=listing.url, outcome=outcome)
            return outcome
        source, past = self._sources[listing.source], self._parts.past
        since = datetime.fromtimestamp(order.since, tz=UTC)
        content = None
        if not _is_blocked(response):
            content = read_past(
                response.body, listing=listing, url=canonicalise(response.url) or listing.url,
                content_type=_header(response, "Content-Type"), site=SITES.get(source.site),
                since=since, now=self._parts.clock.now(),
            )  # fmt: skip
        if content is None or past is None:
            return "blocked" if _is_blocked(response) else "unreadable"
        found = [
            each for item in content.items
            if (each := self._to_found(item, source, since=since)) is not None
        ]  # fmt: skip
        further = [each for each in content.further if is_allowed_host(each.url, source.hosts)]
        with self._parts.state.transaction():
            new = past.add_pages(order, listing.url, found)
            past.add_listings(turn_pages(listing, further, has_news=new > 0))
            past.finish_listing(listing)
        if new:
            self._parts.metrics.items_found.labels(source.id, listing.kind).inc(new)
        return "changed" if new or further else "unchanged"

    def fail_past_listing(self, failure: Failure) -> None:
        """Note that a listing of the past could not be fetched."""
        meta = failure.request.meta  # type: ignore[attr-defined]  # Scrapy sets it
        listing: PastListing = meta["past"]
        outcome = _outcome_of_failure(failure)
        self._wait_after(1, response=None, url=listing.url, outcome=outcome)
        self._count(meta, kind=listing.kind, outcome=outcome)
        self._release(meta)

    def _settle_past(self, item: PastListing | PastPage, outcome: str) -> None:
        """Note what came of a request for the past; a host in trouble is tried again."""
        past = self._parts.past
        self._past_item = None
        if past is None or outcome == "budget":
            return
        if outcome in _HOST_TROUBLES or outcome in _PAST_TROUBLES:
            past.fail(item)
        elif isinstance(item, PastListing):
            past.finish_listing(item)
        else:
            past.finish_page(item)

    def _is_too_old(self, parsed: ParsedPage, meta: dict[str, Any]) -> bool:
        """Whether an article is older than what its order asks for; its time is noted."""
        order, past = meta["order"], self._parts.past
        if parsed.published_at is None or past is None:
            return False
        published_at = parsed.published_at.timestamp()
        past.note_time(meta["past"], published_at)
        return bool(published_at < order.since)

    def _is_history(self, parsed: ParsedPage) -> bool:
        """Whether an article is so old that its being found is no news."""
        published_at = parsed.published_at
        return published_at is None or published_at < self._parts.clock.now() - NEWS_AGE

    def _take(self, host: str) -> Listing | Page | None:
        """Return the next thing to fetch from a host, as the state has it now."""
        state, horizon = self._parts.state, self._horizon()
        waiting = self._waiting.setdefault(host, deque())
        if not waiting:
            look = QUEUE_LIMIT + len(self._busy)
            waiting.extend(state.due_listings(host, now=horizon, limit=look))
            waiting.extend(state.due_pages(host, now=horizon, limit=look))
        while waiting:
            item = waiting.popleft()
            if _name_of(item) in self._busy or not state.is_due(item, now=horizon):
                continue
            if item.source not in self._sources:
                self._forget(item)
                continue
            fresh = (
                state.listing(item.url)
                if isinstance(item, Listing)
                else state.page(item.source, item.key)
            )
            if fresh is not None:
                return fresh
        del self._waiting[host]
        return None

    def _forget(self, item: Listing | Page) -> None:
        """Stop looking at what belongs to a source that is no longer watched."""
        if isinstance(item, Listing):
            self._parts.state.save_listing(item, next_at=None)
        else:
            self._parts.state.save_page(item, next_at=None)

    def _request(self, item: Listing | Page) -> Request:
        if isinstance(item, Listing):
            return self._listing_request(item)
        return self._page_request(item)

    def _listing_request(self, listing: Listing) -> Request:
        is_whole = not 0 <= listing.looks < WHOLE_LISTING_EVERY
        return Request(
            listing.url,
            callback=self.read_listing,
            errback=self.fail_listing,
            dont_filter=True,
            headers={} if is_whole else _validators(listing.etag, listing.last_modified),
            meta=self._meta(listing.source, listing.url, listing=listing),
        )

    def _page_request(self, page: Page) -> Request:
        is_whole = page.is_changed or page.checks % UNCONDITIONAL_EVERY == 0
        headers = {} if is_whole else _validators(page.etag, page.last_modified)
        return Request(
            page.url,
            callback=self.read_page,
            errback=self.fail_page,
            dont_filter=True,
            headers=headers,
            meta=self._meta(page.source, page.url, page=page),
        )

    def _meta(self, source: str, url: str, **task: Any) -> dict[str, Any]:  # noqa: ANN401 - a listing or a page
        return {
            "source": self._sources[source],
            "host": netloc_of(url),
            "asked_url": url,
            **task,
        }

    def _now(self) -> float:
        return self._parts.clock.now().timestamp()

    def _release(self, meta: dict[str, Any]) -> None:
        """Make room for the next request to a host."""
        host = meta["host"]
        self._in_flight[host] -= 1
        if not self._in_flight[host]:
            del self._in_flight[host]
        delay = meta.get("crawl_delay_seconds", 0.0)
        if delay > LONG_DELAY_SECONDS:
            # It waits here, not among the requests under way, of which there are few for all.
            self._free_at[host] = self._parts.clock.monotonic_seconds() + delay
        else:
            self._free_at.pop(host, None)
        self._wake_up()

    def _count(self, meta: dict[str, Any], *, kind: str, outcome: str) -> None:
        """Count a fetch's one outcome."""
        if "past" in meta:
            self._settle_past(meta["past"], outcome)
        metrics = self._parts.metrics
        metrics.fetches.labels(meta["source"].id, kind, outcome).inc()
        latency = meta.get("download_latency")  # Scrapy's, without the wait for the host's turn
        if outcome == "timeout":
            latency = self._parts.settings.timeout_seconds
        if latency is not None:
            metrics.fetch_seconds.labels(meta["source"].id, kind).observe(latency)

    # Listings

    def read_listing(self, response: Response) -> None:
        """Note what a listing names."""
        meta = response.meta
        listing: Listing = meta["listing"]
        try:
            outcome = self._read_listing(response, listing, meta["source"])
        except Exception:
            # One listing that we cannot handle must not stop the others; it is tried again later.
            log.exception("listing_failed", source=listing.source, url=listing.url)
            outcome = self._fail_listing(listing, response=None, outcome="error")
        self._end_listing(meta, listing, outcome)

    def _end_listing(self, meta: dict[str, Any], listing: Listing, outcome: str) -> None:
        self._busy.discard(_name_of(listing))
        self._looked_at = -LOOK_SECONDS
        self._note_health(meta, outcome)
        self._count(meta, kind=listing.kind, outcome=outcome)
        self._release(meta)

    def _read_listing(self, response: Response, listing: Listing, source: Source) -> str:
        now = self._now()
        if response.status == 304:  # noqa: PLR2004 - HTTP
            self._succeed(source)
            # A 304 tells anew how long the copy is fresh (RFC 9111, 4.3.4), if it tells at all.
            fresh_seconds = _max_age(response)
            wishes = listing.wishes
            if fresh_seconds is not None:
                wishes = replace(wishes, fresh_seconds=fresh_seconds)
            looks = listing.looks + 1
            self._save_listing(replace(listing, failures=0, looks=looks, wishes=wishes), now=now)
            return "unchanged"
        if response.status != 200:  # noqa: PLR2004 - HTTP
            return self._fail_listing(listing, response=response, outcome=_outcome_of(response))
        wishes = read_feed_wishes(response.body) if listing.kind == "feed" else Wishes()
        body_hash = hashlib.sha256(response.body).hexdigest()
        seen = replace(
            listing, etag=_header(response, "ETag"), failures=0, body_hash=body_hash,
            last_modified=_header(response, "Last-Modified"), looks=0,
            wishes=replace(wishes, fresh_seconds=_max_age(response) or 0.0),
        )  # fmt: skip
        if listing.looks == LYING or _is_lying(listing, seen):
            seen = replace(seen, looks=LYING)
        if body_hash == listing.body_hash:
            self._succeed(source)
            self._save_listing(seen, now=now)
            return "unchanged"
        content = self._content_of(response, listing, source)
        if content is None:
            is_blocked = _is_blocked(response)
            outcome = "blocked" if is_blocked else "unreadable"
            return self._fail_listing(listing, response=response, outcome=outcome)
        items, further = content
        if not items and not further:
            # An empty feed of a site that publishes is no "nothing new": it is asked for in full.
            empty = replace(seen, etag=None, last_modified=None, body_hash=listing.body_hash)
            self._save_listing(empty, now=now)
            if listing.kind == "sitemap":
                self._succeed(source)  # rightly empty: a news sitemap holds two days
            return "empty"
        state, horizon = self._parts.state, self._horizon()
        # One transaction: the validator that makes this listing answer 304 next time must not be
        # durable before what it listed.
        with state.transaction():
            since = self._since(source)
            found = [
                each for item in items
                if (each := self._to_found(item, source, since=since)) is not None
            ]  # fmt: skip
            new = state.find_pages(source.id, listing.url, found, now=horizon)
            moved = self._note_further(listing, further, has_news=bool(new))
            habit = learn_habit(
                listing.habit,
                listed=[item.published_at or item.listed_at for item in found],
                new=[item.published_at or item.listed_at for item in new] + [None] * moved,
                now=now,
                is_first=listing.body_hash is None,
            )
            self._save_listing(replace(seen, habit=habit), now=now)
        self._succeed(source)
        if new:
            self._parts.metrics.items_found.labels(source.id, listing.kind).inc(len(new))
        return "changed"

    def _note_further(
        self, listing: Listing, further: list[tuple[Listing, str | None]], *, has_news: bool
    ) -> int:
        """Look at further listings that are new, or that this listing says have changed.

        Returns how many sitemaps these are; the pages of a section are no news.
        """
        state, horizon = self._parts.state, self._horizon()
        moved = 0
        changed = {
            each.url for each, hint in further
            if hint is not None and state.has_changed(each.source, each.url, listing.url, hint)
        }  # fmt: skip
        if not is_believable(len(changed), listed=len(further)):
            changed.clear()
        for each, _ in further:
            is_changed = each.url in changed
            is_turned = listing.kind == "section" and has_news
            added = 0
            if listing.kind != "section" or is_turned:
                added = state.add_listings([each], now=horizon)
            if not added and each.kind == "sitemap":
                state.save_rank(each.url, each.habit.rank)
            if is_changed or is_turned:
                state.make_listings_due([each.url], now=horizon)
            moved += listing.kind != "section" and (is_changed or added > 0)
        return moved

    def _content_of(
        self, response: Response, listing: Listing, source: Source
    ) -> tuple[tuple[Listed, ...], list[tuple[Listing, str | None]]] | None:
        """Return what a listing names, and further listings; None when it cannot be read."""
        now = self._parts.clock.now()
        url = canonicalise(response.url) or listing.url
        if listing.kind == "feed":
            feed = parse_feed(response.body, url=url, now=now,
                              content_type=_header(response, "Content-Type"))  # fmt: skip
            return None if feed is None else (feed.items, [])
        if listing.kind == "sitemap":
            sitemap = parse_sitemap(response.body, url=url, now=now)
            if sitemap is None:
                return None
            return sitemap.items, self._shards(sitemap.shards, listing, source)
        text = decode(response.body, content_type=_header(response, "Content-Type"))
        root = parse_text(text)
        if root is None or _is_blocked(response):
            return None
        cut_after(root)
        site = SITES.get(source.site)
        items = find_articles(root, url=url, is_article=site.is_article if site else None)
        following = next_page(root, url=url)
        further: list[tuple[Listing, str | None]] = []
        if following and listing.depth + 1 < self._parts.settings.section_pages:
            following_page = Listing(url=following, source=source.id, kind="section",
                                     depth=listing.depth + 1, is_driven=True)  # fmt: skip
            further = [(following_page, None)]
        return items, further

    def _shards(
        self, shards: tuple[Shard, ...], listing: Listing, source: Source
    ) -> list[tuple[Listing, str | None]]:
        """Return the sitemaps of an index that matter, each with the time the index tells.

        One is read again when that time changes. As some sites never change the times in their
        index, each has a schedule of its own too.
        """
        if listing.depth + 1 >= DEPTH_LIMIT:
            return []
        now, since = self._parts.clock.now(), self._since(source)
        times = sorted((s.changed_at for s in shards if s.changed_at), reverse=True)
        further = []
        for shard in shards:
            if not is_recent(shard, since=since) or not is_allowed_host(shard.url, source.hosts):
                continue
            changed_at = shard.changed_at
            rank = bisect_right(times, -changed_at.timestamp(), key=_falling) if changed_at else 0
            age = None
            if changed_at and changed_at != times[0]:
                age = (now - changed_at).total_seconds()
            habit = assume_habit(rank or len(shards), age_seconds=age, now=now.timestamp())
            each = Listing(url=shard.url, source=source.id, kind="sitemap",
                           depth=listing.depth + 1, habit=habit)  # fmt: skip
            further.append((each, changed_at.isoformat() if changed_at else None))
        return further

    def _since(self, source: Source) -> datetime | None:
        if source.maximum_age_days is None:
            return None
        return self._parts.clock.now() - timedelta(days=source.maximum_age_days)

    def _to_found(self, item: Listed, source: Source, *, since: datetime | None) -> Found | None:
        """Return the page of a listed article, None when it is none of this source's articles."""
        if not is_allowed_host(item.url, source.hosts):
            return None
        site = SITES.get(source.site)
        if site is not None and not site.is_article(item.url):
            return None
        number = site.number_of(item.url) if site else None
        published_at = item.published_at
        if published_at is None and number and site and site.time_of_number:
            published_at = site.time_of_number(number)
        listed_at = item.changed_at or published_at
        if since is not None and listed_at is not None and listed_at < since:
            return None
        edition = site.hosts.get(host_of(item.url), "") if site else ""
        return Found(
            key=f"{edition}:{number}" if number else item.url,
            url=item.url,
            published_at=published_at.timestamp() if published_at else None,
            listed_at=listed_at.timestamp() if listed_at else None,
            hint=item.changed_hint,
        )

    def _save_listing(self, listing: Listing, *, now: float) -> None:
        next_at = None if listing.is_driven else now + self._seconds_to_poll(listing, now=now)
        self._parts.state.save_listing(listing, next_at=next_at)

    def _seconds_to_poll(self, listing: Listing, *, now: float) -> float:
        settings = self._parts.settings
        shortest, longest = settings.poll_bounds_seconds
        is_shard = listing.kind == "sitemap" and listing.depth > 0
        wait = seconds_to_poll(
            listing.habit, now=now, usual_seconds=settings.poll_seconds,
            shortest_seconds=shortest,
            longest_seconds=max(longest, SHARD_LONGEST_SECONDS) if is_shard else longest,
        )  # fmt: skip
        return respect_wishes(
            wait, listing.wishes, now=now, limit_seconds=settings.asked_limit_seconds
        )

    def _succeed(self, source: Source) -> None:
        self._silence.note_success(source.id, now=self._now())

    def fail_listing(self, failure: Failure) -> None:
        """Note that a listing could not be fetched."""
        meta = failure.request.meta  # type: ignore[attr-defined]  # Scrapy sets it
        listing: Listing = meta["listing"]
        outcome = _outcome_of_failure(failure)
        self._fail_listing(listing, response=None, outcome=outcome)
        self._end_listing(meta, listing, outcome)

    def _fail_listing(self, listing: Listing, *, response: Response | None, outcome: str) -> str:
        failures = listing.failures + 1
        wait = self._wait_after(failures, response=response, url=listing.url, outcome=outcome)
        if wait > 0:
            longest = self._parts.settings.poll_bounds_seconds[1]
            if outcome in _HOST_TROUBLES and "Retry-After" not in (
                response.headers if response else ()
            ):
                # What it lists while it is down may be gone from it when it is back.
                wait = min(wait, longest)
            wait = max(wait, self._seconds_to_poll(listing, now=self._now()))
        failed = replace(listing, failures=failures)
        self._parts.state.save_listing(failed, next_at=self._now() + wait)
        log.warning("listing_failed", source=listing.source, kind=listing.kind, outcome=outcome,
                    url=listing.url, failures=failures)  # fmt: skip
        return outcome

    def _wait_after(
        self, failures: int, *, response: Response | None, url: str, outcome: str
    ) -> float:
        if outcome == "robots":
            return ROBOTS_RECHECK_SECONDS
        asked = None
        if response is not None:
            text = _header(response, "Retry-After")
            asked = read_retry_after(text, now=self._parts.clock.now())
        wait = seconds_to_retry(failures, asked_seconds=asked)
        self._let_rest(netloc_of(url), asked_seconds=asked, outcome=outcome)
        is_soon = outcome in _HOST_TROUBLES and outcome != "timeout"
        is_soon = is_soon and (asked or 0.0) <= ONCE_PATIENCE_SECONDS
        retries = ONCE_RETRIES if outcome == "busy" else 1
        if self._parts.is_once and is_soon and failures <= retries:
            # Within a single run, once the host has rested: it asks for no more than that.
            return self._begun_at - self._now() - 1.0
        return wait

    def _let_rest(self, host: str, *, asked_seconds: float | None, outcome: str) -> None:
        """Leave a whole host alone that asks for it, or that is in trouble."""
        if asked_seconds is None and outcome not in _SLOWING:
            if outcome == "robots_unreachable":
                until = self._now() + ROBOTS_RETRY_SECONDS
                self._host_rests_until[host] = max(self._host_rests_until.get(host, 0.0), until)
            return
        settings = self._parts.settings
        delay = settings.delay_seconds
        if host in self._private and settings.private_delay_seconds is not None:
            delay = settings.private_delay_seconds
        if outcome == "busy":
            delay = max(delay, BUSY_DELAY_SECONDS)
        self._host_failures[host] += 1
        rest = seconds_to_rest(
            self._host_failures[host], delay_seconds=delay, asked_seconds=asked_seconds
        )
        if self._parts.is_once and asked_seconds is None:
            # A single run bears with a host for a while, and then gives it up.
            is_hopeless = self._host_failures[host] >= ONCE_HOST_FAILURES
            rest = ROBOTS_RETRY_SECONDS if is_hopeless else min(rest, ONCE_REST_SECONDS)
        until = max(self._host_rests_until.get(host, 0.0), self._now() + rest)
        self._host_rests_until[host] = until
        if asked_seconds is not None:
            self._parts.state.save_rest(host, until=until)

    def _note_health(self, meta: dict[str, Any], outcome: str) -> None:
        """Forget a host's failures once it answers well."""
        if outcome not in _SLOWING and not outcome.startswith("robots"):
            self._host_failures.pop(meta["host"], None)

    # Articles

    def read_page(self, response: Response) -> None:
        """Publish what an article's page says, when it is news."""
        meta = response.meta
        page: Page = meta["page"]
        try:
            outcome = self._read_page(response, page, meta["source"])
        except Exception:
            # One page that we cannot handle must not stop the others; it is tried again later.
            log.exception("page_failed", source=page.source, url=page.url)
            outcome = "error"
            self._put_off(page, response=None, outcome=outcome)
        self._note_health(meta, outcome)
        if outcome != "submitted":
            self._busy.discard(_name_of(page))
            self._count(meta, kind="page", outcome=outcome)
        self._release(meta)

    def _read_page(self, response: Response, page: Page, source: Source) -> str:
        if response.status == 304:  # noqa: PLR2004 - HTTP
            return self._keep(page, response)
        if response.status in _GONE or was_sent_away(page.url, response.url):
            return self._lose(page, source, response)
        if response.status != 200:  # noqa: PLR2004 - HTTP
            outcome = _outcome_of(response)
            self._put_off(page, response=response, outcome=outcome)
            return outcome
        return self._read_content(response, page, source)

    def _read_content(self, response: Response, page: Page, source: Source) -> str:
        content_type = _header(response, "Content-Type")
        if content_type and not re.search(r"html|xml", content_type, re.IGNORECASE):
            self._parts.state.save_page(replace(page, checks=page.checks + 1), next_at=None)
            return "not_html"
        parsed = parse(
            response.body,
            url=response.url,
            content_type=content_type,
            site=source.site,
            publisher_hosts=source.hosts,
            now=self._parts.clock.now(),
        )
        if parsed.kind is PageKind.GONE:
            return self._lose(page, source, response)
        if parsed.kind is PageKind.BLOCKED:
            self._put_off(page, response=None, outcome="blocked")
            return "blocked"
        if parsed.kind is not PageKind.ARTICLE or not parsed.title or not parsed.article_id:
            return self._skip(page, parsed)
        if parsed.published_at is None and page.published_at is not None:
            # The page does not say when; the feed that listed it did.
            moment = datetime.fromtimestamp(page.published_at, tz=UTC)
            parsed = replace(parsed, published_at=moment)
        if page.is_past and self._is_too_old(parsed, response.meta):
            self._parts.state.save_page(replace(page, checks=page.checks + 1), next_at=None)
            return "too_old"
        return self._publish(parsed, page, source, response)

    def _keep(self, page: Page, response: Response) -> str:
        kept = replace(page, checks=page.checks + 1, failures=0, gone_at=None, is_changed=False)
        next_at = self._next_check(kept.checks, fresh_seconds=_max_age(response))
        self._parts.state.save_page(kept, next_at=next_at)
        return "unchanged"

    def _skip(self, page: Page, parsed: ParsedPage) -> str:
        """Pass over a page that is no article; look once more, it may be written later."""
        if page.article_id is not None or parsed.kind is PageKind.EMPTY:
            self._put_off(page, response=None, outcome="unreadable")
            return "unreadable"
        self._parts.state.save_page(replace(page, checks=page.checks + 1), next_at=None)
        return "no_article"

    def _next_check(self, checks: int, *, fresh_seconds: float | None = None) -> float | None:
        settings = self._parts.settings
        wait = seconds_to_recheck(checks, steps_seconds=settings.recheck_seconds)
        if wait is None:
            return None
        return self._now() + max(wait, min(fresh_seconds or 0.0, settings.asked_limit_seconds))

    def _put_off(self, page: Page, *, response: Response | None, outcome: str) -> None:
        failures = page.failures + 1
        wait = self._wait_after(failures, response=response, url=page.url, outcome=outcome)
        is_of_host = outcome in _HOST_TROUBLES or outcome in ("blocked", "robots_unreachable")
        limit = MAXIMUM_FAILURES_OF_HOST if is_of_host else MAXIMUM_FAILURES_UNKNOWN
        is_hopeless = page.article_id is None and failures >= limit
        next_at = None if is_hopeless else self._now() + wait
        self._parts.state.save_page(replace(page, failures=failures), next_at=next_at)

    def _publish(self, parsed: ParsedPage, page: Page, source: Source, response: Response) -> str:
        state = self._parts.state
        article_id = parsed.article_id or ""
        if article_id in self._pending_articles:
            # The same article is on its way from another address; look again when it arrived.
            state.save_page(page, next_at=self._now() + IDLE_SECONDS)
            return "pending"
        article = state.article(article_id)
        if article is not None and not self._owns(page, article):
            self._archive(response, self._parts.clock.now())
            state.save_page(
                replace(page, article_id=article_id, checks=page.checks + 1), next_at=None
            )
            return "alias"
        known = article.known if article else None
        cause = cause_of(
            known, content_hash=parsed.content_hash, metadata_hash=parsed.metadata_hash,
            generation=PARSER_GENERATION,
        )  # fmt: skip
        if cause is Cause.NEW and page.is_past and self._is_history(parsed):
            cause = Cause.PARSER  # new to us only: no news for a reader
        etag, modified = _header(response, "ETag"), _header(response, "Last-Modified")
        page = replace(page, article_id=article_id, etag=etag, last_modified=modified)
        fetched_at = self._parts.clock.now()
        record = self._archive(response, fetched_at)
        if cause is None:
            state.save_generation(article_id, PARSER_GENERATION)
            return self._keep(page, response)
        asked_url: str = response.meta["asked_url"]
        event = build_event(
            parsed,
            article_id=article_id,
            cause=cause,
            revision=next_revision(known, fetched_ms=to_epoch_milliseconds(fetched_at)),
            generation=PARSER_GENERATION,
            source=source.id,
            outlet=source.outlet,
            fetched_at=fetched_at,
            archive_record=record,
            asked_url=asked_url,
        )
        done = replace(page, checks=page.checks + 1, failures=0, gone_at=None, is_changed=False)
        self._submit(event, done, response, before=article)
        return "submitted"

    def _owns(self, page: Page, article: Article) -> bool:
        """Whether an article's changes are told by this page, or by another that is well."""
        if (article.source, article.page_key) == (page.source, page.key):
            return True
        owner = self._parts.state.page(article.source, article.page_key)
        return owner is None or owner.gone_at is not None or article.source not in self._sources

    def _archive(self, response: Response, fetched_at: datetime) -> str | None:
        archive = self._parts.archive
        if archive is None:
            return None
        headers = [
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, values in response.headers.items()
            for value in values
        ]
        try:
            record, size_bytes = archive.write(
                url=response.url, status=response.status, headers=headers, body=response.body,
                fetched_at=fetched_at,
            )  # fmt: skip
        except OSError as error:
            # News without evidence are better than no news.
            log.warning("archive_failed", error=str(error))
            return None
        self._parts.metrics.archived_bytes.inc(size_bytes)
        return record

    def _lose(self, page: Page, source: Source, response: Response) -> str:
        """Note that a page is gone; the second time, apart from the first, it is withdrawn."""
        state, settings, now = self._parts.state, self._parts.settings, self._now()
        article = state.article(page.article_id) if page.article_id else None
        if article is None or not self._owns(page, article):
            failures = page.failures + 1
            is_hopeless = failures >= MAXIMUM_FAILURES_UNKNOWN
            next_at = None if is_hopeless else now + seconds_to_retry(failures)
            gone = replace(page, failures=failures, gone_at=page.gone_at or now)
            state.save_page(gone, next_at=next_at)
            return "gone"
        if article.known.is_withdrawn:
            gone = replace(page, checks=page.checks + 1, gone_at=page.gone_at or now,
                           is_changed=False)  # fmt: skip
            state.save_page(gone, next_at=self._next_check(gone.checks))
            return "gone"
        if page.gone_at is None or now - page.gone_at < settings.withdraw_confirm_seconds:
            since = page.gone_at or now
            gone = replace(page, gone_at=since, is_changed=False)
            state.save_page(gone, next_at=since + settings.withdraw_confirm_seconds)
            return "gone"
        if article.article_id in self._pending_articles:
            state.save_page(page, next_at=now + IDLE_SECONDS)
            return "pending"
        fetched_at = self._parts.clock.now()
        event = build_withdrawal(
            article_id=article.article_id, known=article.known, generation=PARSER_GENERATION,
            source=source.id, site=source.site, outlet=source.outlet, url=page.url,
            fetched_at=fetched_at, archive_record=self._archive(response, fetched_at),
        )  # fmt: skip
        # From here on it is looked at as often as a new article: it may come back.
        done = replace(page, checks=1, failures=0, etag=None, last_modified=None, is_changed=False)
        self._submit(event, done, response, before=article)
        return "submitted"

    def _submit(
        self, event: RawArticleV1, done: Page, response: Response, *, before: Article | None
    ) -> None:
        """Hand an event over; the state follows when it is acknowledged."""
        meta, fresh_seconds = response.meta, _max_age(response)
        self._pending_articles.add(event.article_id)
        service = self._parts.metrics.service
        service.received.inc()
        service.in_progress.inc()
        begun = self._parts.clock.monotonic_seconds()

        def finish(outcome: Outcome) -> None:
            self._pending_articles.discard(event.article_id)
            self._busy.discard(_name_of(done))
            service.in_progress.dec()
            service.seconds.observe(self._parts.clock.monotonic_seconds() - begun)
            service.last_processed.set(self._now())
            if outcome is None:
                self._acknowledge(event, done, before, fresh_seconds=fresh_seconds)
            else:
                self._refuse(event, done, outcome)
            label = "changed" if event.cause is Cause.SOURCE else event.cause.value
            label = label if outcome is None else outcome.reason
            service.outcomes.labels("published" if outcome is None else "rejected").inc()
            self._count(meta, kind="page", outcome=label)
            self._wake_up()
            self._parts.metrics.unacknowledged.set(self._parts.delivery.unacknowledged)

        self._parts.delivery.submit(event, finish)
        self._parts.metrics.unacknowledged.set(self._parts.delivery.unacknowledged)

    def _acknowledge(
        self, event: RawArticleV1, done: Page, before: Article | None, *,
        fresh_seconds: float | None,
    ) -> None:  # fmt: skip
        state, metrics = self._parts.state, self._parts.metrics
        new_at = before.new_at if before else None
        if before is None and event.cause is Cause.NEW:
            new_at = min(event.published_at or event.fetched_at, event.fetched_at).timestamp()
        article = Article(
            article_id=event.article_id,
            source=done.source,
            page_key=done.key,
            known=known_of(event, before=before.known if before else None),
            new_at=new_at,
        )
        with state.transaction():
            state.save_article(article)
            state.save_page(
                done, next_at=self._next_check(done.checks, fresh_seconds=fresh_seconds)
            )
        self.published[event.cause.value] += 1
        metrics.published.labels(event.source, event.cause.value).inc()
        if event.cause is Cause.NEW and new_at is not None:
            self._silence.note_news(event.source, at=new_at, now=self._now())
            is_seen_live = self._silence.is_watched_since(event.source, new_at)
            if event.published_at is not None and is_seen_live:
                delay = (event.fetched_at - event.published_at).total_seconds()
                metrics.publish_delay.labels(event.source).observe(max(0.0, delay))
        log.info(
            "article_published",
            article_id=event.article_id, cause=event.cause.value, revision=event.revision,
            generation=event.generation, source=event.source, outlet=event.outlet, url=event.url,
            title_characters=len(event.title), body_characters=len(event.body),
            published_at=event.published_at.isoformat() if event.published_at else None,
        )  # fmt: skip

    def _refuse(self, event: RawArticleV1, done: Page, reason: Reject) -> None:
        log.error("article_refused", article_id=event.article_id, source=event.source,
                  url=event.url, reason=reason.reason, error=str(reason))  # fmt: skip
        self._put_off(replace(done, checks=max(done.checks - 1, 0)), response=None,
                      outcome=reason.reason)  # fmt: skip

    def fail_page(self, failure: Failure) -> None:
        """Note that an article's page could not be fetched."""
        meta = failure.request.meta  # type: ignore[attr-defined]  # Scrapy sets it
        page: Page = meta["page"]
        outcome = _outcome_of_failure(failure)
        if outcome in ("foreign_host", "bad_address", "private_address"):
            self._parts.state.save_page(replace(page, checks=page.checks + 1), next_at=None)
        else:
            self._put_off(page, response=None, outcome=outcome)
        self._busy.discard(_name_of(page))
        self._count(meta, kind="page", outcome=outcome)
        self._release(meta)


def _name_of(item: Listing | Page) -> tuple[str, str]:
    """Return what nothing else of the run is called."""
    return ("", item.url) if isinstance(item, Listing) else (item.source, item.key)


def _validators(etag: str | None, last_modified: str | None) -> dict[str, str]:
    headers = {}
    if etag:
        headers["If-None-Match"] = etag
    if last_modified:
        headers["If-Modified-Since"] = last_modified
    return headers


def _header(response: Response, name: str) -> str | None:
    value = response.headers.get(name)
    return value.decode("latin-1") if value else None


def _is_lying(before: Listing, after: Listing) -> bool:
    """Whether a listing changed and its validators did not."""
    if before.body_hash in (None, after.body_hash):
        return False
    is_same_tag = before.etag is not None and before.etag == after.etag
    has_no_tag = before.etag is None and after.etag is None
    is_same_time = before.last_modified is not None and before.last_modified == after.last_modified
    return is_same_tag or (has_no_tag and is_same_time)


def _max_age(response: Response) -> float | None:
    return read_max_age(
        cache_control=_header(response, "Cache-Control"), age=_header(response, "Age"),
        expires=_header(response, "Expires"), date=_header(response, "Date"),
    )  # fmt: skip


def _falling(moment: datetime) -> float:
    return -moment.timestamp()


def _is_blocked(response: Response) -> bool:
    text = decode(response.body, content_type=_header(response, "Content-Type"))
    if "<html" not in text[:5_000].lower() and "<script" not in text[:5_000].lower():
        return False
    root = parse_text(text)
    if root is None:
        return False
    body = root.find("body")
    return is_challenge(text, visible=text_of(body if body is not None else root))


def _outcome_of(response: Response) -> str:
    status = response.status
    if status in _GONE:
        return "gone"
    if status in _REFUSING:
        return "refused"
    if status in _BUSY:
        return "busy"
    return "server_error" if status >= 500 else "unexpected_status"  # noqa: PLR2004 - HTTP's classes


def _outcome_of_failure(failure: Failure) -> str:
    error = failure.value
    if isinstance(error, Refused):
        return error.reason
    if error is not None and "MaxSize" in type(error.__cause__).__name__:
        return "too_large"  # when unpacked
    name = type(error).__name__.lower()
    for word, outcome in (
        ("timeout", "timeout"), ("dns", "unknown_host"), ("hostname", "unknown_host"),
        ("cannotresolve", "unknown_host"), ("cancelled", "too_large"), ("refused", "unreachable"),
        ("ignorerequest", "redirects"),
    ):  # fmt: skip
        if word in name:
            return outcome
    return "unreachable"
