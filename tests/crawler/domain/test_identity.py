"""Which article a page shows."""

import pytest

from crawler.domain.identity import accept_canonical, hashed_id
from crawler.sites import SITES, parse

LAODONG = SITES["laodong"]


@pytest.mark.parametrize(
    ("site", "url", "expected"),
    [
        ("laodong", "https://laodong.vn/cong-doan/a-b-1234567.ldo", "laodong:vi:1234567"),
        ("laodong", "https://amp.laodong.vn/x/khac-1234567.ldo?a=1", "laodong:vi:1234567"),
        ("laodong", "https://laodong.vn/cong-doan/a-612047.bld", "laodong:vi:612047"),
        ("laodong", "https://news.laodong.vn/union/a-1234567.ldo", "laodong:en:1234567"),
        ("laodong", "https://ko.laodong.vn/union/a-1234567.ldo", "laodong:ko:1234567"),
        ("nld", "https://tuoitre.vn/nld/a-196251005154200123.htm", "nld:vi:196251005154200123"),
        ("nld", "https://nld.com.vn/x/a-20230319201538996.htm", "nld:vi:20230319201538996"),
        ("laodongthudo", "https://laodongthudo.vn/a-158012.html", "laodongthudo:vi:158012"),
        ("tuoitrethudo", "http://tuoitrethudo.vn/a-296001.html", "tuoitrethudo:vi:296001"),
    ],
)
def test_article_id_is_the_sites_own_number(site: str, url: str, expected: str) -> None:
    page = b"<html><body><h1>Ten bai</h1><p>Noi dung bai viet.</p></body></html>"

    assert parse(page, url=url, site=site).article_id == expected
    assert parse(page, url=url).article_id == expected


@pytest.mark.parametrize(
    ("url", "is_article"),
    [
        ("https://laodong.vn/tags/cong-nhan-123456.ldo", False),
        ("https://laodong.vn/cong-doan", False),
        ("/cong-doan/a-1234567.ldo", True),
        ("/tags/a-1234567.ldo", False),
    ],
)
def test_is_article_tells_listings_apart(url: str, *, is_article: bool) -> None:
    assert LAODONG.is_article(url) is is_article


@pytest.mark.parametrize(
    ("link", "page"),
    [
        ("https://laodong.vn/", "https://laodong.vn/a/b-1234567.ldo"),
        ("https://laodong.vn/index.html", "https://laodong.vn/a/b-1234567.ldo"),
        ("https://another.example/a/b-1234567.ldo", "https://laodong.vn/a/b-1234567.ldo"),
        ("https://laodong.vn/a/other-7654321.ldo", "https://laodong.vn/a/b-1234567.ldo"),
        ("https://laodong.vn/cong-doan", "https://laodong.vn/a/b-1234567.ldo"),
        ("http://127.0.0.1:8002/b-1234567.ldo", "http://127.0.0.1:8001/b-1234567.ldo"),
        ("javascript:void(0)", "https://laodong.vn/a/b-1234567.ldo"),
        ("", "https://laodong.vn/a/b-1234567.ldo"),
    ],
)
def test_accept_canonical_ignores_what_cannot_be_believed(link: str, page: str) -> None:
    hosts = frozenset(LAODONG.hosts)

    accepted = accept_canonical(
        link, page_url=page, publisher_hosts=hosts, number_of=LAODONG.number
    )

    assert accepted is None


def test_accept_canonical_takes_the_publishers_other_host() -> None:
    link = "https://laodong.vn/a/b-1234567.ldo"
    page = "https://amp.laodong.vn/a/b-1234567.ldo"

    accepted = accept_canonical(
        link, page_url=page, publisher_hosts=frozenset(LAODONG.hosts), number_of=LAODONG.number
    )

    assert accepted == link


def test_hashed_id_is_one_for_twins() -> None:
    ids = {
        hashed_id(publisher="e.org", canonical_url=url)
        for url in ("https://e.org/a", "http://www.e.org/a", "https://amp.e.org/a")
    }

    assert len(ids) == 1
