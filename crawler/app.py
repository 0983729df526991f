"""Wiring: from settings and a command line to a running crawler.

In: options of the command line. Out: an exit code.
"""

import logging
import os
import queue
import signal
import sqlite3
import sys
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog

from crawler.archive import Archive
from crawler.delivery import Delivery, FileSink, Sink, build_sink
from crawler.metrics import build_metrics
from crawler.past import Past, seeds_of
from crawler.settings import CrawlerSettings
from crawler.sources import Source, load_sources
from crawler.state import State
from services.chassis.clock import SystemClock
from services.chassis.errors import Fatal
from services.chassis.health import AdminServer, Health
from services.chassis.logs import configure_logging
from services.chassis.metrics import build_registry
from services.chassis.settings import KafkaSettings, load

STOP_SECONDS = 5.0
"""How long requests under way may take once the process is told to stop."""

FLUSH_SECONDS = 3.0
LIVE_WITHIN_SECONDS = 120.0

log = structlog.get_logger()


def build_scrapy_settings(settings: CrawlerSettings, sources: Sequence[Source]) -> dict[str, Any]:
    """Return Scrapy's settings: everything that is unsafe by default turned off."""
    private = sorted({address for source in sources for address in source.private})
    slots: dict[str, dict[str, Any]] = {}
    if settings.private_delay_seconds is not None:
        delay = settings.private_delay_seconds
        slots = {address: {"concurrency": 1, "delay": delay, "jitter": 0.0} for address in private}
    own = "crawler.middlewares"
    theirs = "scrapy.downloadermiddlewares"
    return {
        "USER_AGENT": settings.full_user_agent,
        "PRIVATE_ADDRESSES": private,
        "TWISTED_DNS_RESOLVER": "crawler.network.GuardedResolver",
        "DOWNLOADER_MIDDLEWARES": {
            f"{own}.GuardMiddleware": 10,
            f"{own}.RobotsMiddleware": 20,
            f"{own}.BudgetMiddleware": 30,
            f"{own}.PatientRetryMiddleware": 550,
            f"{theirs}.retry.RetryMiddleware": None,
            f"{theirs}.offsite.OffsiteMiddleware": None,
            f"{theirs}.robotstxt.RobotsTxtMiddleware": None,
            f"{theirs}.httpauth.HttpAuthMiddleware": None,
            f"{theirs}.cookies.CookiesMiddleware": None,
            f"{theirs}.httpproxy.HttpProxyMiddleware": None,
            f"{theirs}.httpcache.HttpCacheMiddleware": None,
            f"{theirs}.redirect.MetaRefreshMiddleware": None,
            f"{theirs}.stats.DownloaderStats": None,
        },
        # http and https only: no file:, data:, ftp: or s3:
        "DOWNLOAD_HANDLERS": {"data": None, "file": None, "ftp": None, "s3": None},
        "ROBOTSTXT_OBEY": False,  # our own middleware does, by RFC 9309
        "HTTPERROR_ALLOW_ALL": True,
        "HTTPPROXY_ENABLED": False,
        "COOKIES_ENABLED": False,
        "METAREFRESH_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "MEMUSAGE_ENABLED": False,
        "AUTOTHROTTLE_ENABLED": False,
        "REFERER_ENABLED": True,
        "REFERRER_POLICY": "no-referrer",
        "REDIRECT_MAX_TIMES": 5,
        # Once, for a fault of chance; after that the host is asked ever less.
        "RETRY_TIMES": 1,
        "RETRY_HTTP_CODES": [408, 500, 502, 504, 522, 524],
        # Not what took too long: a page whose bytes trickle takes too long each time.
        "RETRY_EXCEPTIONS": [
            "scrapy.exceptions.CannotResolveHostError",
            "scrapy.exceptions.DownloadConnectionRefusedError",
            "scrapy.exceptions.DownloadFailedError",
            "scrapy.exceptions.ResponseDataLossError",
        ],
        "RETRY_GIVE_UP_LOG_LEVEL": "INFO",
        "CONCURRENT_REQUESTS": settings.maximum_concurrent_requests,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        "DOWNLOAD_DELAY": settings.delay_seconds,
        "DOWNLOAD_DELAY_JITTER": 0.0,  # the delay is the least there may be
        "DOWNLOAD_SLOTS": slots,
        "DOWNLOAD_TIMEOUT": settings.timeout_seconds,
        "DOWNLOAD_MAXSIZE": settings.maximum_page_bytes,
        "DOWNLOAD_WARNSIZE": 0,
        "DOWNLOAD_FAIL_ON_DATALOSS": True,
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "DNS_TIMEOUT": settings.timeout_seconds,
        "URLLENGTH_LIMIT": 2_083,
        "DEFAULT_REQUEST_HEADERS": {
            "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "Accept-Language": "vi,en;q=0.8,ko;q=0.6",
        },
        "EXTENSIONS_BASE": {},
        "STATS_DUMP": False,
        "LOG_ENABLED": False,
        "LOG_INSTALL_ROOT_HANDLER": False,
    }


def quieten_libraries() -> None:
    """Hear of Scrapy and Twisted from WARNING on, through our own log."""
    for name in ("scrapy", "twisted", "filelock", "trafilatura", "htmldate", "charset_normalizer"):
        logging.getLogger(name).setLevel(logging.WARNING)


def watch(*, sources_file: Path, is_once: bool, sink: str, state_file: Path | None) -> int:
    """Watch sources until told to stop, or once.

    Raises:
        Fatal: settings, sources file, state file or sink do not fit.
    """
    settings = load(CrawlerSettings)
    configure_logging("crawler", level=settings.log_level, log_format=settings.log_format)
    sources = load_sources(sources_file)
    if settings.contact is None and settings.user_agent is None:
        log.warning("contact_not_set", advice="set CRAWLER_CONTACT so that webmasters can write")
    state = State(state_file or settings.state_file)
    state.claim()
    return Watch(
        settings, sources,
        sink=build_sink(sink, kafka=lambda: load(KafkaSettings)),
        state=state,
        is_once=is_once,
    ).run()  # fmt: skip


def check_sources(*, sources_file: Path, only: Sequence[str]) -> int:
    """Fetch each source once, print what is found and wrong; return 1 when something is.

    Raises:
        Fatal: settings or sources file do not fit.
    """
    from crawler.checking import (  # noqa: PLC0415 - only this command needs it
        Collected,
        Level,
        build_rows,
        render_table,
        terminal_width,
        to_check_settings,
    )

    settings = to_check_settings(load(CrawlerSettings))
    configure_logging("crawler", level="ERROR", log_format=settings.log_format)
    sources = load_sources(sources_file)
    unknown = sorted(set(only) - {source.id for source in sources})
    if unknown:
        known = ", ".join(source.id for source in sources)
        raise Fatal(f"There is no source {unknown[0]!r} in {sources_file}; there are: {known}.")
    chosen = tuple(source for source in sources if not only or source.id in only)
    collected = Collected()
    check = Watch(
        settings, chosen, sink=collected, state=State(":memory:"), is_once=True,
        load_spider=_load_check_spider,
    )  # fmt: skip
    check.run()
    facts = check.spider.facts if check.spider is not None else {}
    rows = build_rows(chosen, facts, collected.events, now=SystemClock().now())
    wrong = {row.source for row in rows if row.level is Level.WRONG}
    well = f"{len(chosen) - len(wrong)} of {len(chosen)} sources are well."
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]  # a terminal or a file
    sys.stdout.write(f"{render_table(rows, width=terminal_width())}\n\n{well}\n")
    return 1 if wrong else 0


def _load_spider() -> Any:  # noqa: ANN401 - a class that may be imported only later
    from crawler.spider import ArticleSpider  # noqa: PLC0415 - imports the reactor

    return ArticleSpider


def _load_check_spider() -> Any:  # noqa: ANN401 - as above
    from crawler.check_spider import CheckSpider  # noqa: PLC0415 - imports the reactor

    return CheckSpider


def backfill(
    *, sources_file: Path, source_id: str, since: datetime, requests: int, sink: str,
    state_file: Path | None,
) -> int:  # fmt: skip
    """Fetch a source's past within a budget of requests, or let the running watch do it.

    Raises:
        Fatal: settings, sources file, state file or sink do not fit, or no such source.
    """
    settings = load(CrawlerSettings)
    configure_logging("crawler", level=settings.log_level, log_format=settings.log_format)
    sources = load_sources(sources_file)
    source = next((each for each in sources if each.id == source_id), None)
    if source is None:
        known = ", ".join(each.id for each in sources)
        raise Fatal(f"{sources_file} has no source {source_id!r}; it has: {known}.")
    clock, state = SystemClock(), State(state_file or settings.state_file)
    past = Past(state)
    now = clock.now().timestamp()
    order = past.place(
        source.id, since=since.timestamp(), requests=requests, seeds=seeds_of(source), now=now
    )
    log.info("backfill_ordered", source=order.source, since=since.isoformat(), requests=requests)
    try:
        state.claim()
    except Fatal:
        state.close()
        log.info("backfill_handed_over", source=source.id,
                 advice="a crawler is running with this state file: it does the work, behind its "
                 "own, if the source is one of its own")  # fmt: skip
        return 0
    if requests == 0:
        state.close()
        return 0
    return Watch(
        settings, sources, sink=build_sink(sink, kafka=lambda: load(KafkaSettings)), state=state,
        is_once=False, past_only=source.id,
    ).run()  # fmt: skip


class Watch:
    """A crawler process: Scrapy, delivery, admin server, and how they end together."""

    def __init__(
        self, settings: CrawlerSettings, sources: tuple[Source, ...], *, sink: Sink, state: State,
        is_once: bool, load_spider: Callable[[], Any] = _load_spider,
        past_only: str | None = None,
    ) -> None:  # fmt: skip
        self.spider: Any = None
        """The spider that ran, once it has ended."""
        self._load_spider = load_spider
        self._settings = settings
        self._past_only = past_only
        self._sources = sources
        self._sink = sink
        self._state = state
        self._is_once = is_once
        self._fatal: Fatal | None = None
        self._is_forced = False
        self._crawler: Any = None
        self._reactor: Any = None
        self._calls: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()

    def run(self) -> int:
        """Run to the end and return the exit code.

        Raises:
            Fatal: the sink refuses us for good.
        """
        from scrapy.crawler import AsyncCrawlerProcess  # noqa: PLC0415 - installs the reactor

        settings, clock = self._settings, SystemClock()
        registry = build_registry()
        metrics = build_metrics(registry)
        health = Health(clock, live_within_seconds=LIVE_WITHIN_SECONDS)
        is_file = isinstance(self._sink, FileSink)
        health.add_readiness("sink" if is_file else "kafka", self._sink.is_answering)
        admin = AdminServer(
            service="crawler",
            host=settings.admin_host,
            port=settings.admin_port,
            registry=registry,
            health=health,
        )
        logging.disable(logging.INFO)  # Scrapy tells its versions before it can be quietened
        process = AsyncCrawlerProcess(build_scrapy_settings(settings, self._sources))
        logging.disable(logging.NOTSET)
        quieten_libraries()
        from twisted.internet import reactor  # noqa: PLC0415 - after Scrapy has installed it

        from crawler.spider import ArticleSpider, Parts  # noqa: PLC0415 - imports the reactor

        self._reactor = reactor
        delivery = Delivery(
            self._sink,
            call=self._call,
            on_retry=metrics.service.retries.labels("file" if is_file else "kafka").inc,
            on_fatal=self._on_fatal,
        )
        archive = self._open_archive()
        parts = Parts(
            sources=self._sources, settings=settings, state=self._state, delivery=delivery,
            metrics=metrics, health=health, clock=clock, archive=archive, is_once=self._is_once,
            past=Past(self._state), past_only=self._past_only,
        )  # fmt: skip
        crawler = process.create_crawler(self._load_spider())
        port = admin.start()
        log.info("crawler_started", admin_port=port, sources=len(self._sources),
                 is_once=self._is_once, user_agent=settings.full_user_agent)  # fmt: skip
        delivery.start()
        self._crawler = crawler
        self._install_signals()
        crawling = process.crawl(crawler, parts=parts)
        process.start(install_signal_handlers=False)
        is_delivered = delivery.stop(timeout_seconds=FLUSH_SECONDS)
        self._run_calls()
        if archive is not None:
            archive.close()
        self._tell_progress()
        self._state.close()
        admin.stop()
        self.spider = spider = crawler.spider
        published: dict[str, int] = {}
        if isinstance(spider, ArticleSpider):
            published = dict(spider.published)
            self._fatal = self._fatal or spider.failure
        log.info("crawler_stopped", published=published, is_delivered=is_delivered)
        if self._fatal is not None:
            raise self._fatal
        if crawling.done() and not crawling.cancelled() and (error := crawling.exception()):
            raise error
        if self._is_forced or not is_delivered:
            # Requests and threads that still hang must not keep the process.
            sys.stdout.flush()
            os._exit(0)
        return 0

    def _open_archive(self) -> Archive | None:
        settings = self._settings
        if settings.archive_dir is None:
            return None
        days = settings.archive_keep_days
        return Archive(
            settings.archive_dir,
            file_limit_bytes=settings.archive_file_bytes,
            keep=None if days is None else timedelta(days=days),
            total_limit_bytes=settings.archive_total_bytes,
        )

    def _tell_progress(self) -> None:
        """Say how far the order has come that was all there was to do."""
        source = self._past_only
        if source is None:
            return
        past = Past(self._state)
        order, progress = past.order(source), past.progress(source)
        log.info("backfill_stopped", source=source, is_finished=progress.is_finished,
                 requests_made=order.requests_made if order else 0,
                 pages_done=progress.pages_done, pages_left=progress.pages_left,
                 listings_left=progress.listings_left)  # fmt: skip

    def _call(self, function: Callable[[], None]) -> None:
        """Run a function on the reactor's thread, or after it has ended, in order."""
        self._calls.put(function)
        if self._reactor.running:
            self._reactor.callFromThread(self._run_calls)

    def _run_calls(self) -> None:
        while True:
            try:
                function = self._calls.get_nowait()
            except queue.Empty:
                return
            try:
                function()
            except sqlite3.Error as error:
                self._on_fatal(Fatal(f"The state file cannot be used any more: {error}."))

    def _install_signals(self) -> None:
        def stop(number: int, _frame: object) -> None:
            # The second time, the process ends as if we were not here.
            signal.signal(number, signal.SIG_DFL)
            self._reactor.callFromThread(self._stop)

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)

    def _on_fatal(self, error: Fatal) -> None:
        self._fatal = error
        self._stop()

    def _stop(self) -> None:
        """Take nothing new; end what is under way, or give it up when it takes too long."""
        spider = self._crawler.spider
        if spider is None:
            self._reactor.stop()
            return
        spider.stop()
        if self._reactor.running:
            self._reactor.callLater(STOP_SECONDS, self._force)

    def _force(self) -> None:
        self._is_forced = True
        if self._reactor.running:
            self._reactor.stop()


def import_files(
    paths: Sequence[Path], *, sink: str, site: str | None, outlet: str | None,
    published_at: datetime | None, state_file: Path | None,
) -> int:  # fmt: skip
    """Publish saved pages, texts and archives; return 1 when one of them could not be read.

    Raises:
        Fatal: settings, state file or sink do not fit.
        Retry: the sink does not answer.
    """
    from crawler.importing import Importer  # noqa: PLC0415 - loads the lexicon
    from crawler.sites import GENERIC, SITES  # noqa: PLC0415

    settings = load(CrawlerSettings)
    configure_logging("crawler", level=settings.log_level, log_format=settings.log_format)
    if site is not None and site not in {*SITES, GENERIC}:
        known = ", ".join((*SITES, GENERIC))
        raise Fatal(f"There is no parser for the site {site!r}; there are: {known}.")
    state = State(state_file or settings.state_file)
    out = build_sink(sink, kafka=lambda: load(KafkaSettings))
    importer = Importer(
        sink=out, state=state, site=site, outlet=outlet, published_at=published_at,
        clock=SystemClock(),
    )  # fmt: skip
    try:
        is_complete = importer.import_files(paths)
    finally:
        out.close()
        state.close()
    return 0 if is_complete else 1
