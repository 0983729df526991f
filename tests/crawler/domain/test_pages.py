"""What a page is, and what must not be taken for an article."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.domain.pages import PageKind, was_sent_away
from crawler.sites import GENERIC, SITES, parse
from services.contracts.articles import BODY_LIMIT_CHARACTERS

LONG = "<p>" + "Công đoàn cơ sở trao quà cho công nhân có hoàn cảnh khó khăn. " * 12 + "</p>"

COOKIE = "<script>document.cookie='a=b';location.href='/x'</script>"


@pytest.mark.parametrize(
    ("markup", "kind"),
    [
        (COOKIE, PageKind.BLOCKED),
        ("<title>Just a moment...</title><p>Checking your browser</p>", PageKind.BLOCKED),
        ("<title>Access denied</title><h1>Access denied</h1>", PageKind.BLOCKED),
        ("<title>404 Not Found</title><h1>Not Found</h1>", PageKind.GONE),
        ("<title>Báo</title><h1>Bài viết không tồn tại hoặc đã bị xóa</h1>", PageKind.GONE),
        ("<title>x</title>", PageKind.EMPTY),
        (f"<title>Tên</title><h1>Tên</h1><article>{LONG}</article>", PageKind.ARTICLE),
        (COOKIE + f"<title>Tên</title><h1>Tên</h1><article>{LONG}{LONG}</article>",
         PageKind.ARTICLE),
        (f"<meta property=og:type content=article><h1>Lỗi 404</h1><article>{LONG}</article>",
         PageKind.ARTICLE),
    ],
)  # fmt: skip
def test_parse_tells_kinds_apart(markup: str, kind: PageKind) -> None:
    page = f"<html><body>{markup}</body></html>".encode()

    assert parse(page, url="https://e.org/mot-bai-viet-123.html").kind is kind


def test_home_page_is_no_article() -> None:
    page = f"<html><body><h1>Báo</h1><article>{LONG}</article></body></html>".encode()

    assert parse(page, url="https://e.org/").kind is PageKind.LISTING


def test_was_sent_away_is_a_redirect_to_the_front_page() -> None:
    assert was_sent_away("https://e.org/a-1.html", "https://e.org/")
    assert not was_sent_away("https://e.org/a-1.html", "https://e.org/b-1.html")


def test_parse_cuts_endless_bodies_and_says_so() -> None:
    body = "<p>" + "đ " * (BODY_LIMIT_CHARACTERS) + "</p>"
    page = (
        "<h1 class=article-detail-title>Tên</h1>"
        f"<div class=__MASTERCMS_CONTENT>{body}</div>"
    ).encode()  # fmt: skip

    parsed = parse(page, site="laodongthudo")

    assert parsed.is_truncated
    assert len(parsed.body or "") <= BODY_LIMIT_CHARACTERS


def test_rotating_related_box_is_no_revision() -> None:
    page = (
        "<h1 class=article-detail-title>Tên</h1><div class=__MASTERCMS_CONTENT>"
        "<p>Một.</p><table class=__MB_ARTICLE_A><tr><td><a href=/a-1234.html>{box}</a></table>"
        "<p>Hai.</p><div>Tin khác</div><p>{box}</p></div>"
    )

    hashes = {
        parse(page.format(box=box).encode(), site="laodongthudo").content_hash
        for box in ("9.000 công nhân", "12 tỷ đồng")
    }

    assert len(hashes) == 1


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=600), st.sampled_from([*SITES, GENERIC, None]))
def test_parse_never_fails(page: bytes, site: str | None) -> None:
    parsed = parse(page, url="https://e.org/a-1234567.ldo", site=site)

    assert parsed.content_hash
    assert parsed.metadata_hash


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=300))
def test_parse_never_fails_on_damaged_markup(text: str) -> None:
    page = (
        f'<html lang="{text[:5]}"><head><meta property="og:title" content="{text}">'
        f'<script type="application/ld+json">{{"@type": "NewsArticle", "author": {text}</script>'
        f"</head><body><h1 class=title>{text}</h1><div class=chappeau>{text}</div>"
        f"<div id=gallery-ctt class=art-body><table><tr><td>{text}</div>"
    )

    parse(page.encode("utf-8", "surrogatepass"), site="laodong")
