"""Pages in the real structures, with invented text, and what must be read from them."""

import json
import time
from pathlib import Path

import pytest

from crawler.domain.pages import PageKind
from crawler.extract import FIELDS, to_json
from crawler.sites import GENERIC, SITES, parse

FIXTURES = Path(__file__).parents[1] / "fixtures"
PAGES = sorted(FIXTURES.glob("*/*.html"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}/{page.stem}")
def test_parse_reads_page(page: Path) -> None:
    expected = json.loads(page.with_suffix(".json").read_text(encoding="utf-8"))

    parsed = parse(page.read_bytes(), url=expected["url"])

    read = json.loads(to_json(parsed))
    read["url"] = expected["url"]
    read |= {"article_id": parsed.article_id, "kind": parsed.kind.value}
    assert read == expected


@pytest.mark.parametrize("site", [*SITES, GENERIC])
def test_every_site_has_cases(site: str) -> None:
    assert list((FIXTURES / site).glob("*.html"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}/{page.stem}")
def test_parse_guesses_site_without_address(page: Path) -> None:
    expected = json.loads(page.with_suffix(".json").read_text(encoding="utf-8"))
    if expected["kind"] != "article" or page.parent.name == GENERIC:
        return

    parsed = parse(page.read_bytes())

    assert parsed.site == expected["site"]
    assert (parsed.title, parsed.lead, parsed.body) == (
        expected["title"], expected["lead"], expected["body"],
    )  # fmt: skip


def test_parse_reads_known_site_of_unknown_layout_by_general_extraction() -> None:
    page = (FIXTURES / "generic" / "article.html").read_bytes()

    parsed = parse(page, url="https://laodong.vn/cong-doan/a-1234567.ldo", site="laodong")

    assert parsed.article_id == "laodong:vi:1234567"
    assert parsed.title == "Dockers win nine per cent rise"
    assert parsed.body is not None
    assert "Rail workers" not in parsed.body


def test_fields_are_those_of_the_command_line() -> None:
    assert FIELDS == (
        "url", "canonical_url", "site", "title", "lead", "body", "author", "published_at",
        "section", "tags", "captions",
    )  # fmt: skip


def test_a_box_that_holds_the_article_is_no_junk_whatever_it_is_called() -> None:
    prose = "<p>Công đoàn cơ sở trao 500 suất quà cho công nhân.</p>" * 3
    page = (
        "<h1 class=article-detail-title>Tên</h1><div class=__MASTERCMS_CONTENT>"
        f"<div class='ads-content'>{prose}</div><div class=share-box>Chia sẻ</div></div>"
    )

    body = parse(page.encode(), site="laodongthudo").body

    assert body is not None
    assert body.count("500 suất quà") == 3
    assert "Chia sẻ" not in body


PROSE = "".join(
    f"<p>Members in yard {n} voted on the offer that the owners made last week, and took it.</p>"
    for n in range(8)
)


@pytest.mark.parametrize(
    ("head", "byline", "author"),
    [
        # WordPress writes one graph, in which an article refers to its author.
        (
            ('{"@graph": [{"@type": "Article", "headline": "Vote", "author": {"@id": "#p"},'
            ' "publisher": {"@id": "#o"}}, {"@type": "Person", "@id": "#p", "name": "Mara Finch"},'
            ' {"@type": "Organization", "@id": "#o", "name": "Yard News"}]}'),
            "",
            "Mara Finch",
        ),
        (
            ('{"@graph": [{"@type": "Article", "headline": "Vote", "author": {"@id": "#o"},'
            ' "publisher": {"@id": "#o"}}, {"@type": "Person", "@id": "#o", "name": "Yard"}]}'),
            "",
            None,
        ),
        ('{"@type": "Article", "author": {"@id": "#nobody"}}', "", None),
        ("{}", "<span class=byline>by <a class=fn>Mara Finch</a></span>", "Mara Finch"),
        ("{}", "<p itemprop=author>by <b itemprop=name>Mara Finch</b></p>", "Mara Finch"),
        ("{}", "<a rel=author>Mara Finch</a><a rel=author>Jo Lee</a>", None),
        ("{}", "<div id=comments><b itemprop=author>Mara Finch</b></div>", None),
    ],
)  # fmt: skip
def test_parse_finds_the_author_of_a_page_of_no_known_site(
    head: str, byline: str, author: str | None
) -> None:
    page = (
        f"<title>Vote</title><script type='application/ld+json'>{head}</script>"
        f"<article><h1>Vote</h1>{byline}{PROSE}</article>"
    )

    assert parse(page.encode(), url="https://e.org/a-vote-in-the-yard").author == author


LAODONG = (
    "<article class=article-detail><h1 class=title>Tên</h1><div id=gallery-ctt class=art-body>"
)


@pytest.mark.parametrize("site", ["laodong", GENERIC])
@pytest.mark.parametrize(
    "filling",
    [
        ("<div>chữ lồng " * 200 + "</div>" * 200) * 600,
        ("<table><tr><td>" * 60 + "x" + "</table>" * 60) * 2_000,
        "<p>" + "<span>a</span>" * 200_000,
    ],
    ids=["nested boxes", "nested tables", "spans"],
)
def test_parse_gives_pages_made_to_cost_a_bounded_time(site: str, filling: str) -> None:
    begun = time.process_time()

    page = parse((LAODONG + PROSE + filling).encode(), site=site)

    assert time.process_time() - begun < 30
    assert page.is_truncated
    assert page.body is not None
    assert "yard 0 voted" in page.body


def test_parse_reads_the_text_of_a_page_without_title() -> None:
    page = parse(f"<article>{PROSE}</article>".encode(), site=GENERIC)

    assert page.kind is not PageKind.ARTICLE
    assert page.title is None
    assert page.body is not None
    assert "yard 0 voted" in page.body
