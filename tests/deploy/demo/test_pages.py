"""Each site's articles have the structure of the real site, and say what the ledger says."""

import json
import re
import unicodedata
from typing import Any

import pytest
from parsel import Selector

from deploy.demo.in_process import Reader
from deploy.demo.outlets import LOCAL_ZONE, OUTLETS
from deploy.demo.pages import INTERSTITIAL
from deploy.demo.stories import load_stories, load_teasers
from deploy.demo.world import World

READ_AT_START = sorted(key for key, story in load_stories().items() if not story.waits)


def words_of(node: Selector) -> str:
    text = "".join(node.xpath(".//text()").getall())
    return unicodedata.normalize("NFC", " ".join(text.replace("\xa0", " ").split()))


def pruned(page: Selector, container: str, *junk: str) -> Selector:
    root = page.css(container)[0]
    for rule in junk:
        root.css(rule).drop()
    return root


def paragraphs(root: Selector) -> list[str]:
    return [text for text in map(words_of, root.css("p")) if text]


def read_laodong(page: Selector) -> dict[str, Any]:
    captions = [words_of(node) for node in page.css("#gallery-ctt figcaption.image-caption")]
    body = pruned(page, "div#gallery-ctt.art-body", ".tin-lien-quan", "figure")
    return {
        "title": words_of(page.css("article.article-detail > h1.title")[0]),
        "lead": words_of(page.css("div.chappeau")[0]),
        "author": words_of(page.css(".art-info .authors")[0]),
        "time": words_of(page.css("span.time")[0]),
        "body": paragraphs(body),
        "captions": captions,
        "tags": [words_of(tag) for tag in page.css(".lst-tags a")],
    }


def read_nld(page: Selector) -> dict[str, Any]:
    captions = [words_of(node) for node in page.css("[type=Photo] .PhotoCMS_Caption")]
    kinds = ("RelatedNewsBox", "RelatedOneNews", "VideoStream", "Photo")
    junk = [f".VCSortableInPreviewMode[type={kind}]" for kind in kinds]
    body = pruned(page, ".detail-content.afcbc-body[data-role=content]", *junk)
    return {
        "title": words_of(page.css("h1.detail-title[data-role=title]")[0]),
        "lead": words_of(page.css(".detail-sapo[data-role=sapo]")[0]),
        "author": words_of(page.css("[data-role=author] a.name")[0]),
        "time": words_of(page.css("[data-role=publishdate]")[0]),
        "body": paragraphs(body),
        "captions": captions,
        "tags": [words_of(tag) for tag in page.css("[data-role=tags] a")],
    }


def read_mastercms(page: Selector) -> dict[str, Any]:
    container = next(
        rule
        for rule in (".__MASTERCMS_CONTENT", "#__MB_MASTERCMS_EL_3", ".__MB_CONTENT.detail_info")
        if page.css(rule)
    )
    captions = [
        words_of(node)
        for node in page.css(container).css("table.MASTERCMS_TPL_TABLE tr:nth-child(2) td")
    ]
    junk = ("table.__MB_ARTICLE_A", "table.__mb_article_in_image", "table.MASTERCMS_TPL_TABLE")
    *body, author = paragraphs(pruned(page, container, *junk))
    times = (page.css(".format_time")[0], page.css(".format_date")[0])
    return {
        "title": words_of(page.css("h1.article-detail-title")[0]),
        "lead": words_of(page.css(".article-detail-desc")[0]),
        "author": author,
        "time": " | ".join(map(words_of, times)),
        "body": body,
        "captions": captions,
        "tags": [words_of(tag) for tag in page.css(".article-tags a")],
    }


READERS = {
    "laodong": read_laodong,
    "nld": read_nld,
    "laodongthudo": read_mastercms,
    "tuoitrethudo": read_mastercms,
}


def shown_time(world: World, key: str) -> str:
    article = world.find(key)
    local = article.published_at.astimezone(LOCAL_ZONE)
    if article.outlet.site == "laodong":
        return f"{local:%d/%m/%Y %H:%M} (GMT+7)"
    return (
        f"{local:%d/%m/%Y %H:%M} GMT+7"
        if article.outlet.site == "nld"
        else (f"{local:%H:%M} | {local:%d/%m/%Y}")
    )


@pytest.mark.parametrize("key", READ_AT_START)
def test_page_says_what_the_ledger_says(world: World, reader: Reader, key: str) -> None:
    entry = world.ledger_entry(world.find(key))
    page = Selector(reader.get(entry["url"]).text)

    read = READERS[entry["site"]](page)

    assert read.pop("time").endswith(shown_time(world, key))
    assert read == {name: entry[name] for name in read}
    assert page.css('link[rel="canonical"]::attr(href)').get() == entry["canonical_url"]
    published = page.css('meta[property="article:published_time"]::attr(content)').get()
    assert published is not None
    assert published.endswith("+07:00")


def test_laodong_leaves_paragraphs_unclosed(world: World, reader: Reader) -> None:
    text = reader.get(world.url_of(world.find("ld-thoa-uoc"))).text
    body = text.split('id="gallery-ctt"')[1].split('class="lst-tags"')[0]
    assert "<p>" in body
    assert "</p>" not in body


def test_laodong_structured_data_is_an_array_without_a_body(world: World, reader: Reader) -> None:
    page = Selector(reader.get(world.url_of(world.find("ld-thoa-uoc"))).text)
    (script,) = page.css('script[type="application/ld+json"]::text').getall()
    news = next(each for each in json.loads(script) if each["@type"] == "NewsArticle")
    assert news["headline"] == world.find("ld-thoa-uoc").title
    assert news["datePublished"].endswith("+07:00")
    assert "articleBody" not in news


def test_mastercms_structured_data_names_no_article(world: World, reader: Reader) -> None:
    page = Selector(reader.get(world.url_of(world.find("ldtd-tong-ket"))).text)
    scripts = page.css('script[type="application/ld+json"]::text').getall()
    assert {json.loads(each)["@type"] for each in scripts} == {
        "NewsMediaOrganization",
        "BreadcrumbList",
    }


def test_laodong_video_page_has_a_lead_and_no_body(world: World) -> None:
    entry = world.ledger_entry(world.find("ld-video"))
    assert entry["lead"]
    assert entry["body"] == []


def test_amp_twin_has_the_same_text_and_points_back(world: World, reader: Reader) -> None:
    entry = world.ledger_entry(world.find("ld-bua-com"))
    page = Selector(reader.get(entry["url"]).text)
    twin_url = page.css('link[rel="amphtml"]::attr(href)').get()

    twin = Selector(reader.get(str(twin_url)).text)

    assert twin.css('link[rel="canonical"]::attr(href)').get() == entry["url"]
    assert paragraphs(pruned(twin, "#gallery-ctt", "figure")) == entry["body"]


def test_nld_number_carries_the_time_of_publication(world: World) -> None:
    article = world.find("nld-khu-tro")
    local = article.published_at.astimezone(LOCAL_ZONE)
    assert re.fullmatch(rf"196{local:%y%m%d%H%M%S}\d{{3}}", article.number)
    assert re.search(r"/nld/[a-z0-9-]+-196\d{15}\.htm$", world.url_of(article))


def test_nld_bylines_and_one_text_are_decomposed(world: World, reader: Reader) -> None:
    byline = Selector(reader.get(world.url_of(world.find("nld-nu-cong-nhan"))).text)
    name = byline.css("[data-role=author] a.name::text").get() or ""
    assert name != unicodedata.normalize("NFC", name)
    text = reader.get(world.url_of(world.find("nld-hoc-bong"))).text
    assert text == unicodedata.normalize("NFD", text)


@pytest.mark.parametrize(
    ("key", "headings"),
    [
        ("ldtd-tong-ket", ["Có thể bạn quan tâm", "Nên xem", "Tin khác"]),
        ("tttd-hien-mau", ["Đọc thêm", "Có thể bạn quan tâm", "Xem thêm"]),
    ],
)
def test_mastercms_tails_hold_other_stories_figures(
    world: World, reader: Reader, key: str, headings: list[str]
) -> None:
    article = world.find(key)
    page = Selector(reader.get(world.url_of(article)).text)

    assert [words_of(node) for node in page.css(".cat-box .cat-name")] == headings
    tail = " ".join(words_of(node) for node in page.css(".cat-box"))
    own = " ".join((article.title, article.lead, *article.body))
    assert set(re.findall(r"\d[\d.,]+", tail)) - set(re.findall(r"\d[\d.,]+", own))
    assert "Phiên bản di động" in words_of(page.css("footer")[0])


def test_teasers_figures_occur_in_no_article(world: World) -> None:
    world.advance(86_400)
    written = "\n".join(
        "\n".join((entry["title"], entry["lead"], *entry["body"])) for entry in world.ledger()
    )
    teasers = [teaser for group in load_teasers().values() for teaser in group]
    figures = {
        figure
        for teaser in teasers
        for figure in re.findall(r"\d[\d.,]*\d{2}", f"{teaser.title} {teaser.lead}")
    }
    assert len(figures) > 15
    assert [
        figure for figure in figures if re.search(rf"(?<!\d){re.escape(figure)}", written)
    ] == []


def test_every_link_of_every_page_stays_on_this_machine(world: World, reader: Reader) -> None:
    for entry in world.ledger():
        page = Selector(reader.get(entry["url"]).text)
        links = page.css("a::attr(href), img::attr(src), link::attr(href)").getall()
        assert links
        assert {link.split("/")[2].split(":")[0] for link in links} == {"127.0.0.1"}


def test_another_slug_answers_moved_permanently(world: World, reader: Reader) -> None:
    article = world.find("nld-khu-tro")
    url = f"{world.base_url('nld')}/nld/mot-ten-khac-{article.number}.htm"
    response = reader.get(url)
    assert response.status_code == 301
    assert response.headers["location"] == world.url_of(article)


def test_blocked_article_answers_the_interstitial_with_200(world: World, reader: Reader) -> None:
    url = world.url_of(world.block("ld-dai-hoi"))
    response = reader.get(url)
    assert response.status_code == 200
    assert response.text == INTERSTITIAL
    assert 'document.cookie="D1N=' in response.text
    assert "etag" not in response.headers

    world.restore("ld-dai-hoi")
    assert "article-detail" in reader.get(url).text


def test_blocked_outlet_answers_the_interstitial_for_its_feeds_too(
    world: World, reader: Reader
) -> None:
    world.block_outlet("laodong", is_blocked=True)
    feed = world.base_url("laodong") + OUTLETS["laodong"].feeds[0].path
    assert reader.get(feed).text == INTERSTITIAL
    world.block_outlet("laodong", is_blocked=False)
    assert "<rss" in reader.get(feed).text
