"""The crawler as a process, against servers on this machine."""

# ruff: noqa: ANN401 - what conftest gives has no importable type

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from crawler.archive import read_archive

QUICK = {
    "CRAWLER_PRIVATE_DELAY_SECONDS": "0",
    "CRAWLER_RECHECK_SECONDS": "0.001,0.002,0.003,0.004,0.005,0.006,0.007,0.008",
    "CRAWLER_WITHDRAW_CONFIRM_SECONDS": "0",
    "CRAWLER_POLL_SECONDS": "0.3",
    "CRAWLER_CONTACT": "desk@example.org",
    "CRAWLER_LOG_FORMAT": "json",
    "CRAWLER_TIMEOUT_SECONDS": "3",
    "CRAWLER_MAXIMUM_PAGE_BYTES": "200000",
}


class Crawler:
    """Runs `python -m crawler watch` in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.out = folder / "out.jsonl"
        self.state = folder / "state.sqlite"
        self.log = ""

    def write_sources(self, *sources: dict[str, Any]) -> None:
        text = yaml.safe_dump({"sources": list(sources)})
        (self.folder / "sources.yaml").write_text(text, encoding="utf-8")

    def arguments(self, *more: str) -> list[str]:
        return [
            sys.executable, "-m", "crawler", "watch", "--sources",
            str(self.folder / "sources.yaml"), "--sink", f"file:{self.out}", "--state",
            str(self.state), *more,
        ]  # fmt: skip

    def run_once(self, **environment: str) -> list[dict[str, Any]]:
        """Run once and return the events of this run."""
        before = len(self.events())
        done = subprocess.run(
            self.arguments("--once"), env={**os.environ, **QUICK, **environment},
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        self.log = done.stdout
        assert done.returncode == 0, done.stdout + done.stderr
        return self.events()[before:]

    def start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.arguments(), env={**os.environ, **QUICK}, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip

    def events(self) -> list[dict[str, Any]]:
        if not self.out.exists():
            return []
        return [json.loads(line) for line in self.out.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def crawler(tmp_path: Path) -> Crawler:
    return Crawler(tmp_path)


def source(web: Any, **more: Any) -> dict[str, Any]:
    host = web.base.removeprefix("http://")
    return {
        "id": "thudo", "site": "laodongthudo", "outlet": "Thủ đô", "feeds": [f"{web.base}/rss"],
        "allowed_hosts": [host], "private_addresses": [host], **more,
    }  # fmt: skip


def wait_for(condition: Callable[[], bool], *, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def test_watch_once_finds_by_feed_sitemap_and_section(web: Any, crawler: Crawler) -> None:
    web.feed([web.article(1001)])
    shard = f"<urlset><url><loc>{web.base}{web.article(1002)}</loc></url></urlset>"
    web.put("/map-1.xml", shard, kind="text/xml")
    index = f"<sitemapindex><sitemap><loc>{web.base}/map-1.xml</loc></sitemap></sitemapindex>"
    web.put("/sitemap.xml", index, kind="text/xml")
    web.put("/cong-doan", f"<a href='{web.article(1003)}'>3</a><a href='?page=2'>2</a>")
    web.put("/cong-doan?page=2", f"<a href='{web.article(1004)}'>4</a>")
    crawler.write_sources(
        source(web, sitemaps=[f"{web.base}/sitemap.xml"], sections=[f"{web.base}/cong-doan"])
    )

    events = crawler.run_once()

    assert {event["article_id"] for event in events} == {
        f"laodongthudo:vi:{number}" for number in (1001, 1002, 1003, 1004)
    }
    assert {event["cause"] for event in events} == {"new"}
    assert events[0]["published_at"] == "2026-05-28T03:00:00Z"
    assert events[0]["outlet"] == "Thủ đô"
    assert all("desk@example.org" in agent for agent in web.user_agents)
    assert max(web.hits.values()) == 1
    assert "library_log" not in crawler.log


def test_watch_once_again_asks_conditionally_and_publishes_nothing(
    web: Any, crawler: Crawler
) -> None:
    web.feed([web.article(1001, ETag='"a"')], ETag='"f"')
    crawler.write_sources(source(web))
    crawler.run_once()

    events = crawler.run_once()

    assert events == []
    assert web.not_modified["/rss"] == 1
    assert web.not_modified["/bai-viet-1001.html"] == 1


def test_watch_publishes_corrections_withdrawals_and_returns(web: Any, crawler: Crawler) -> None:
    path = web.article(1001)
    web.feed([path])
    crawler.write_sources(source(web))
    first = crawler.run_once()

    web.article(1001, text="Công đoàn trao 600 suất quà.")
    corrected = crawler.run_once()
    web.put(path, "gone", status=410)
    once_gone = crawler.run_once()
    twice_gone = crawler.run_once()
    web.article(1001, text="Công đoàn trao 600 suất quà.")
    restored = crawler.run_once()

    assert [event["cause"] for event in corrected] == ["source"]
    assert corrected[0]["revision"] > first[0]["revision"]
    assert once_gone == []
    assert [(event["cause"], event["body"]) for event in twice_gone] == [("withdrawn", "")]
    assert [event["cause"] for event in restored] == ["restored"]
    revisions = [event["revision"] for event in crawler.events()]
    assert revisions == sorted(set(revisions))


def test_watch_obeys_robots(web: Any, crawler: Crawler) -> None:
    web.put("/cam/bai-viet-1002.html", "x")
    web.feed([web.article(1001), "/cam/bai-viet-1002.html"])
    crawler.write_sources(source(web))

    events = crawler.run_once()

    assert len(events) == 1
    assert web.hits["/cam/bai-viet-1002.html"] == 0


@pytest.mark.parametrize(("status", "count"), [(404, 1), (403, 1), (429, 0), (500, 0), (503, 0)])
def test_watch_reads_the_status_of_robots(
    web: Any, crawler: Crawler, status: int, count: int
) -> None:
    web.put("/robots.txt", "User-agent: *\nDisallow: /\n", status=status)
    web.feed([web.article(1001)])
    crawler.write_sources(source(web))

    assert len(crawler.run_once()) == count


def test_watch_does_not_take_blocked_for_new_nor_for_nothing_new(
    web: Any, crawler: Crawler
) -> None:
    challenge = '<script>document.cookie="D1N=1";window.location.reload(true);</script>'
    path = web.article(1001)
    web.feed([path, web.article(1002)])
    web.put(path, challenge, ETag='"same"')
    crawler.write_sources(source(web))
    blocked = crawler.run_once()
    web.put("/rss", challenge, ETag='"same"')
    crawler.run_once()
    assert "blocked" in crawler.log

    web.feed([path, web.article(1003)], ETag='"same"')
    found = crawler.run_once()

    assert [event["article_id"] for event in blocked] == ["laodongthudo:vi:1002"]
    assert [event["article_id"] for event in found] == ["laodongthudo:vi:1003"]


def test_watch_refuses_private_addresses_that_are_not_named(
    web: Any, serve: Callable[[], Any], crawler: Crawler
) -> None:
    inside = serve()
    inside.article(1009)
    port = inside.base.rpartition(":")[2]
    web.put("/bai-viet-1005.html", "", status=302, Location=f"{inside.base}/bai-viet-1009.html")
    web.put("/bai-viet-1006.html", "", status=302, Location=f"http://localhost:{port}/secret")
    web.put("/bai-viet-1007.html", "", status=302, Location="file:///etc/passwd")
    web.feed([web.article(1001), "/bai-viet-1005.html", "/bai-viet-1006.html",
              "/bai-viet-1007.html"])  # fmt: skip
    host = web.base.removeprefix("http://")
    inside_host = inside.base.removeprefix("http://")
    shards = "".join(
        f"<sitemap><loc>{url}/map.xml</loc></sitemap>"
        for url in (inside.base, f"http://localhost:{port}")
    )
    web.put("/sitemap.xml", f"<sitemapindex>{shards}</sitemapindex>", kind="text/xml")
    crawler.write_sources(
        source(
            web,
            sitemaps=[f"{web.base}/sitemap.xml"],
            # Even a host that is allowed must be named as private to be connected to.
            allowed_hosts=[host, inside_host, f"localhost:{port}"],
        )
    )

    events = crawler.run_once()

    assert [event["article_id"] for event in events] == ["laodongthudo:vi:1001"]
    assert sum(inside.hits.values()) == 0


def test_private_addresses_of_one_source_do_not_serve_another(
    web: Any, serve: Callable[[], Any], crawler: Crawler
) -> None:
    other = serve()
    other.put("/robots.txt", "", kind="text/plain")
    other.feed([other.article(1002)])
    other_host = other.base.removeprefix("http://")
    web.put("/bai-viet-1005.html", "", status=302, Location=f"{other.base}/bai-viet-1003.html")
    other.article(1003)
    web.feed([web.article(1001), "/bai-viet-1005.html"])
    host = web.base.removeprefix("http://")
    crawler.write_sources(source(web, allowed_hosts=[host, other_host]), source(other, id="other"))

    events = crawler.run_once()

    assert {event["article_id"][-4:] for event in events} == {"1001", "1002"}
    assert other.hits["/bai-viet-1003.html"] == 0


def test_watch_follows_redirects_and_keeps_identity(web: Any, crawler: Crawler) -> None:
    target = web.article(1001)
    web.put("/ten-cu-1001.html", "", status=301, Location=target)
    web.feed(["/ten-cu-1001.html"])
    web.put("/cong-doan", f"<a href='{target}'>x</a>")
    crawler.write_sources(source(web, sections=[f"{web.base}/cong-doan"]))

    events = crawler.run_once()

    assert [event["article_id"] for event in events] == ["laodongthudo:vi:1001"]


def test_watch_survives_traps(web: Any, crawler: Crawler) -> None:
    web.put("/bai-viet-1002.html", "<p>" + "x" * 300_000)
    web.put("/bai-viet-1003.html", b"%PDF-1.4", kind="application/pdf")
    web.put("/bai-viet-1004.html", "", status=302, Location="/bai-viet-1004.html")
    web.put("/bai-viet-1005.html", "", status=302, Location="/")
    web.put("/", web.pages[web.article(1006)][2])
    web.put("/bai-viet-1007.html", "<title>404</title><h1>Trang không tồn tại</h1>")
    web.put("/bai-viet-1008.html", b"\xff\xfe\x00<\x00")
    web.feed([web.article(1001), *(f"/bai-viet-{n}.html" for n in range(1002, 1009))])
    crawler.write_sources(source(web))

    events = crawler.run_once()

    assert {event["article_id"][-4:] for event in events} == {"1001", "1006"}


def test_watch_publishes_again_after_a_lost_state(web: Any, crawler: Crawler) -> None:
    web.feed([web.article(1001)])
    crawler.write_sources(source(web))
    first = crawler.run_once()
    for file in crawler.folder.glob("state.sqlite*"):
        file.unlink()

    again = crawler.run_once()

    assert [event["cause"] for event in again] == ["new"]
    assert again[0]["content_hash"] == first[0]["content_hash"]
    assert again[0]["metadata_hash"] == first[0]["metadata_hash"]


def test_watch_archives_what_it_publishes(web: Any, crawler: Crawler, tmp_path: Path) -> None:
    web.feed([web.article(1001)])
    crawler.write_sources(source(web))
    archive = tmp_path / "archive"

    events = crawler.run_once(CRAWLER_ARCHIVE_DIR=str(archive))

    name, _, record = events[0]["archive_record"].partition("#")
    assert (archive / name).stat().st_size > 0
    assert record.startswith("urn:uuid:")
    imported = tmp_path / "imported.jsonl"
    done = subprocess.run(
        [sys.executable, "-m", "crawler", "import", "--sink", f"file:{imported}", "--site",
         "laodongthudo", "--state", str(crawler.state), str(archive / name)],
        env={**os.environ, **QUICK}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    event = json.loads(imported.read_text(encoding="utf-8"))
    assert (event["cause"], event["revision"]) == ("parser", events[0]["revision"])
    assert event["content_hash"] == events[0]["content_hash"]


def test_watch_archives_the_answer_that_withdraws(
    web: Any, crawler: Crawler, tmp_path: Path
) -> None:
    path = web.article(1001)
    web.feed([path])
    crawler.write_sources(source(web))
    archive = tmp_path / "archive"
    crawler.run_once()
    web.put(path, "<h1>gone", status=410)
    crawler.run_once()

    (event,) = crawler.run_once(CRAWLER_ARCHIVE_DIR=str(archive))

    name, _, _ = event["archive_record"].partition("#")
    (kept,) = read_archive(archive / name)
    assert event["cause"] == "withdrawn"
    assert (kept.status, kept.body, kept.record) == (410, b"<h1>gone", event["archive_record"])


def test_watch_stops_cleanly_on_sigterm_and_goes_on_after_a_kill(
    web: Any, crawler: Crawler
) -> None:
    web.feed([web.article(number) for number in range(1000, 1040)])
    crawler.write_sources(source(web))
    process = crawler.start()
    wait_for(lambda: len(crawler.events()) > 5)
    process.kill()
    process.communicate()

    process = crawler.start()
    wait_for(lambda: len({event["article_id"] for event in crawler.events()}) == 40)
    begun = time.monotonic()
    process.send_signal(signal.SIGTERM)
    log, _ = process.communicate(timeout=15)

    assert process.returncode == 0
    assert time.monotonic() - begun < 10
    assert '"event":"crawler_stopped"' in log


def test_watch_names_what_is_wrong_in_one_sentence(crawler: Crawler) -> None:
    crawler.write_sources({"id": "x", "outlet": "X", "feed": ["http://e.org/rss"]})

    done = subprocess.run(
        crawler.arguments("--once"), capture_output=True, text=True, timeout=60, check=False
    )

    assert done.returncode == 1
    assert "line 2" in done.stderr
    assert "'feed'" in done.stderr
    assert "Traceback" not in done.stderr


def test_watch_reads_sites_of_no_known_structure(web: Any, crawler: Crawler) -> None:
    page = (Path(__file__).parent / "fixtures" / "generic" / "article.html").read_bytes()
    address = b"https://harbourvoice.example/2026/dockers-win-nine-per-cent"
    path = "/2026/05/dockers-win-nine-per-cent"
    web.put(path, page.replace(address, f"{web.base}{path}".encode()))
    links = f"<a href='{path}'>Dockers</a><a href='/about'>About</a><a href='/tag/a-b-c-d'>t</a>"
    web.put("/", f"<html><body><h1>Harbour Voice</h1>{links}")
    crawler.write_sources(source(web, site="generic", feeds=[], sections=[f"{web.base}/"]))

    events = crawler.run_once()

    host = web.base.removeprefix("http://")
    assert [event["title"] for event in events] == ["Dockers win nine per cent rise"]
    assert events[0]["article_id"].startswith(f"{host}:")
    assert events[0]["author"] == "Ines Calloway"
    assert web.hits["/about"] == web.hits["/tag/a-b-c-d"] == 0


def test_watch_keeps_the_crawl_delay_between_all_requests(web: Any, crawler: Crawler) -> None:
    web.put("/robots.txt", "User-agent: *\nCrawl-delay: 0.5\n", kind="text/plain")
    web.feed([web.article(number) for number in range(1001, 1005)])
    crawler.write_sources(source(web))

    crawler.run_once()

    gaps = [later - sooner for sooner, later in pairwise(web.asked_at)]
    assert len(web.asked_at) == 6
    # The rules are known from the second request on.
    assert min(gaps[1:]) > 0.45


@pytest.mark.parametrize(("redirects", "count"), [(5, 0), (6, 1)])
def test_watch_follows_five_redirects_to_robots(
    web: Any, crawler: Crawler, redirects: int, count: int
) -> None:
    web.put("/robots.txt", "", status=302, Location="/robots-1.txt")
    for number in range(1, redirects):
        web.put(f"/robots-{number}.txt", "", status=302, Location=f"/robots-{number + 1}.txt")
    web.put(f"/robots-{redirects}.txt", "User-agent: unionwire\nDisallow: /\n", kind="text/plain")
    web.feed([web.article(1001)])
    crawler.write_sources(source(web))

    assert len(crawler.run_once()) == count


def test_watch_asks_once_for_a_page_whose_bytes_trickle(web: Any, crawler: Crawler) -> None:
    web.trickling.add("/bai-viet-1002.html")
    web.feed([web.article(1001), "/bai-viet-1002.html", web.article(1003)])
    crawler.write_sources(source(web))

    events = crawler.run_once(CRAWLER_TIMEOUT_SECONDS="1")

    assert {event["article_id"][-4:] for event in events} == {"1001", "1003"}
    assert web.hits["/bai-viet-1002.html"] == 1


@pytest.mark.parametrize(
    ("status", "headers"), [(503, {"Retry_After": "1"}), (500, {"Retry_After": "1"}), (500, {})]
)
def test_watch_once_comes_back_to_a_server_that_failed(
    web: Any, crawler: Crawler, status: int, headers: dict[str, str]
) -> None:
    path = web.article(1001)
    page = web.pages[path]
    web.put(path, "", status=status, **headers)
    web.later[path] = page
    web.feed([path, web.article(1002)])
    crawler.write_sources(source(web))

    events = crawler.run_once()

    assert {event["article_id"][-4:] for event in events} == {"1001", "1002"}
    assert web.hits[path] == 2


def test_watch_refuses_a_state_file_that_is_in_use(web: Any, crawler: Crawler) -> None:
    web.feed([web.article(1001)])
    crawler.write_sources(source(web))
    process = crawler.start()
    wait_for(lambda: len(crawler.events()) == 1)

    second = subprocess.run(
        crawler.arguments("--once"), env={**os.environ, **QUICK}, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=15)

    assert second.returncode == 1
    assert "in use by another crawler" in second.stderr
    assert "Traceback" not in second.stderr


def check_sources(crawler: Crawler) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "crawler", "sources", "check",
         str(crawler.folder / "sources.yaml")],
        env={**os.environ, **QUICK, "COLUMNS": "400"}, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip


def test_sources_check_tells_that_all_is_well(web: Any, crawler: Crawler) -> None:
    text = "Công đoàn trao 500 suất quà cho đoàn viên khó khăn ở các tổ. " * 5
    paths = [web.article(number, text=text) for number in range(1001, 1010)]
    web.feed(paths)
    entries = "".join(f"<url><loc>{web.base}{path}</loc></url>" for path in paths)
    for number in range(5):
        web.put(f"/map-{number}.xml", f"<urlset>{entries}</urlset>", kind="text/xml")
    shards = "".join(f"<sitemap><loc>{web.base}/map-{n}.xml</loc></sitemap>" for n in range(5))
    web.put("/sitemap.xml", f"<sitemapindex>{shards}</sitemapindex>", kind="text/xml")
    crawler.write_sources(source(web, sitemaps=[f"{web.base}/sitemap.xml"]))

    done = check_sources(crawler)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "items: 9, of them articles: 9" in done.stdout
    assert "3 of 3 read" in done.stdout
    assert "1 of 1 sources are well." in done.stdout
    # robots.txt, the feed, the index, one of its sitemaps, three articles
    assert sum(web.hits.values()) == 7
    assert not crawler.state.exists()


def test_sources_check_says_what_is_wrong_and_what_to_do(
    web: Any, serve: Callable[[], Any], crawler: Crawler
) -> None:
    web.feed(["/cam/bai-viet-1001.html", "/bai-viet-1002.html"])
    web.put("/bai-viet-1002.html", "<html><body><h1>x</h1>")
    elsewhere = serve()
    elsewhere.put("/rss", "", status=301, Location="https://moved.example/rss")
    crawler.write_sources(source(web), source(elsewhere, id="moved"))

    done = check_sources(crawler)

    assert done.returncode == 1, done.stdout + done.stderr
    assert "redirects elsewhere: https://moved.example/rss" in done.stdout
    assert "moved.example into allowed_hosts" in done.stdout
    assert "bai-viet-1001.html: robots.txt forbids it" in done.stdout
    assert "bai-viet-1002.html: no" in done.stdout
    assert "0 of 2 sources are well." in done.stdout
    assert done.stderr == ""


def backfill(crawler: Crawler, *more: str, requests: int, **environment: str) -> None:
    """Run the command to its end."""
    arguments = crawler.arguments(*more)
    arguments[arguments.index("watch")] = "backfill"
    done = subprocess.run(
        [*arguments, "--source", "thudo", "--since", "2024-01-01", "--requests", str(requests)],
        env={**os.environ, **QUICK, **environment}, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    crawler.log = done.stdout
    assert done.returncode == 0, done.stdout + done.stderr


def shard(web: Any, name: str, articles: dict[int, str]) -> str:
    """Serve a sitemap of articles with their days and return its entry in an index."""
    entries = "".join(
        f"<url><loc>{web.base}{web.article(number, day=day)}</loc><lastmod>{day}</lastmod></url>"
        for number, day in articles.items()
    )
    web.put(name, f"<urlset>{entries}</urlset>", kind="text/xml")
    return (
        f"<sitemap><loc>{web.base}{name}</loc><lastmod>{max(articles.values())}</lastmod></sitemap>"
    )


def past_web(web: Any) -> dict[str, Any]:
    """Serve three years of articles by sitemap, and one that only a section lists."""
    index = (
        shard(web, "/map-2025.xml", {1025: "2025-05-01", 1026: "2025-06-01"})
        + shard(web, "/map-2024.xml", {1023: "2023-12-31", 1024: "2024-05-01"})
        + shard(web, "/map-2020.xml", {1020: "2020-05-01"})
    )
    web.put("/sitemap.xml", f"<sitemapindex>{index}</sitemapindex>", kind="text/xml")
    for page, number in ((1, 1026), (2, 1027)):
        link = web.article(number, day="2025-06-01")
        path = "/cong-doan" if page == 1 else f"/cong-doan?page={page}"
        web.put(path, f"<a href='{link}'>x</a><a href='?page={page + 1}'>next</a>")
    web.put("/cong-doan?page=3", f"<a href='{web.article(1020, day='2020-05-01')}'>x</a>")
    return source(web, feeds=[], sitemaps=[f"{web.base}/sitemap.xml"],
                  sections=[f"{web.base}/cong-doan"])  # fmt: skip


def test_backfill_publishes_the_past_as_no_news_back_to_its_date(
    web: Any, crawler: Crawler
) -> None:
    crawler.write_sources(past_web(web))

    backfill(crawler, requests=50)

    events = {event["article_id"].rpartition(":")[2]: event for event in crawler.events()}
    assert sorted(events) == ["1024", "1025", "1026", "1027"]
    assert {event["cause"] for event in events.values()} == {"parser"}
    assert web.hits["/map-2020.xml"] == 0
    assert max(web.hits.values()) == 1


def test_backfill_keeps_to_its_budget_and_goes_on_where_it_was_left(
    web: Any, crawler: Crawler
) -> None:
    crawler.write_sources(past_web(web))

    backfill(crawler, requests=4)
    first = web.hits.total()
    while web.hits.total() < 50 and '"is_finished":true' not in crawler.log.replace(" ", ""):
        before = web.hits.total()
        backfill(crawler, requests=4)
        assert web.hits.total() - before <= 4

    assert first == 4
    assert len(crawler.events()) == 4
    assert all(count == 1 for path, count in web.hits.items() if path != "/robots.txt")


def test_a_running_watch_takes_a_backfill_over(web: Any, crawler: Crawler) -> None:
    listed = past_web(web)
    live = web.article(2001)
    web.feed([live])
    feeds = [f"{web.base}/rss"]
    crawler.write_sources({**listed, "feeds": feeds, "sitemaps": [], "sections": []})
    process = crawler.start()
    try:
        wait_for(lambda: any(e["article_id"].endswith(":2001") for e in crawler.events()))
        crawler.write_sources({**listed, "feeds": feeds})
        backfill(crawler, requests=50)
        assert "backfill_handed_over" in crawler.log
        past = {"1024", "1025", "1026", "1027"}
        wait_for(lambda: {e["article_id"][-4:] for e in crawler.events()} >= past)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)

    causes = {event["article_id"][-4:]: event["cause"] for event in crawler.events()}
    assert causes == {"2001": "new", **dict.fromkeys(past, "parser")}
