"""Charts in a real Chromium, as files and as data; all figures are invented.

Screenshots are kept under test-output/desk/.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from elasticsearch import Elasticsearch
from playwright.sync_api import expect

from indexer.domain.documents import build_figures
from indexer.mappings import IndexLayout, ensure_indices
from services.chassis.settings import ElasticsearchSettings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, ViewportSize

    from tests.services.search.conftest import ServedDesk

pytestmark = [pytest.mark.browser, pytest.mark.integration]

SCREENSHOTS = Path(__file__).parents[3] / "test-output" / "desk"
WIDE: "ViewportSize" = {"width": 1280, "height": 900}
PHONE: "ViewportSize" = {"width": 390, "height": 844}
OpenPage = Callable[..., "Page"]

HAI_PHONG = "Liên đoàn Lao động thành phố Hải Phòng"
NGHE_AN = "Liên đoàn Lao động tỉnh Nghệ An"
HOSTILE = "Công đoàn <script>alert(1)</script> \"A' & Co"
FACTS: list[tuple[str, str, str, str, str, str, str]] = [
    # organisation, place, indicator, counted, value, period, published
    (HAI_PHONG, "Hải Phòng", "members", "đoàn viên", "610000", "2023", "2024-01-10"),
    (HAI_PHONG, "Hải Phòng", "members", "đoàn viên", "629000", "2024", "2025-01-12"),
    (HAI_PHONG, "Hải Phòng", "members", "đoàn viên", "629000", "2024", "2025-01-13"),
    (HAI_PHONG, "Hải Phòng", "members", "đoàn viên", "1050000", "2025", "2026-01-09"),
    (NGHE_AN, "Nghệ An", "members", "đoàn viên", "150000", "2023", "2024-01-11"),
    (NGHE_AN, "Nghệ An", "members", "đoàn viên", "156000", "2025", "2026-01-12"),
    (NGHE_AN, "Nghệ An", "gifts", "quà", "1000", "2025-Q1", "2025-04-05"),
    (NGHE_AN, "Nghệ An", "gifts", "quà", "2500", "2025-H1", "2025-07-05"),
    (NGHE_AN, "Nghệ An", "gifts", "quà", "900", "2024", "2025-01-05"),
    (HAI_PHONG, "Hải Phòng", "gifts", "quà", "7000", "2025", "2026-01-05"),
    (HAI_PHONG, "Hải Phòng", "gifts", "quà", "7300", "2025", "2026-01-20"),
    (HAI_PHONG, "Hải Phòng", "gifts", "quà", "6000", "2024", "2025-01-05"),
    (HOSTILE, "Huế", "gifts", "quà <b>", "50", "2025", "2026-01-05"),
]  # fmt: skip


def tell(number: int, fact: tuple[str, str, str, str, str, str, str]) -> dict[str, Any]:
    organisation, place, indicator, counted, value, period, published = fact
    body = f"{organisation} cho biết con số {value} {counted}."
    return {
        "article_id": f"chart:{number}",
        "outlet": ("Báo A", "Báo B")[number % 2],
        "source": "chart",
        "site": "generic",
        "url": f"https://chart.example/{number}",
        "published_at": f"{published}T03:00:00Z",
        "title": f"Tin số liệu {number}",
        "lead": "",
        "body": body,
        "entities": [],
        "figures": [
            {
                "field": "body",
                "surface": value,
                "kind": "count",
                "value": value,
                "counted": counted,
                "indicator": indicator,
                "organisation": organisation,
                "place": place,
                "period": period,
            }
        ],
    }


@pytest.fixture(scope="module")
def charted(
    elasticsearch_settings: ElasticsearchSettings,
    articles_module: ModuleType,
    start_desk: "Callable[..., ServedDesk]",
) -> Iterator[str]:
    """Return the address of a desk with the facts above."""
    prefix = f"charts-{id(articles_module):x}-"
    with Elasticsearch(elasticsearch_settings.url) as client:
        layout = IndexLayout(prefix=prefix)
        articles_module.drop_index(client, prefix)
        ensure_indices(client, layout)
        for number, fact in enumerate(FACTS):
            article = articles_module.build_article(tell(number, fact))
            client.index(
                index=layout.articles,
                id=article.article_id,
                document=article.model_dump(mode="json"),
            )
            for name, figure in build_figures(article).items():
                document = figure.model_dump(mode="json")
                client.index(index=layout.figures, id=name, document=document)
        client.indices.refresh(index=f"{prefix}*")
        served = start_desk(elasticsearch_url=elasticsearch_settings.url, prefix=prefix)
        yield served.url
        served.process.terminate()
        served.process.communicate(timeout=20)
        articles_module.drop_index(client, prefix)


@pytest.fixture
def open_page(chromium: "Browser", charted: str) -> Iterator[OpenPage]:
    """Open paths of the desk; a page that runs into its own policy fails the test."""
    with ExitStack() as contexts:
        complaints: list[str] = []

        def open_path(
            path: str,
            *,
            viewport: "ViewportSize" = WIDE,
            **options: Any,  # noqa: ANN401 - Playwright's
        ) -> "Page":
            context = chromium.new_context(base_url=charted, viewport=viewport, **options)
            contexts.callback(context.close)
            page = context.new_page()
            page.set_default_timeout(60_000)
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on(
                "console",
                lambda said: complaints.append(said.text) if said.type == "error" else None,
            )
            page.goto(path)
            return page

        yield open_path
    assert complaints == []


def photograph(page: "Page", name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


def has_sideways_scroll(page: "Page") -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))


@pytest.mark.parametrize("has_javascript", [True, False])
def test_a_stock_is_drawn_as_levels_that_lead_to_their_sentences(
    open_page: OpenPage,
    has_javascript: bool,  # noqa: FBT001 - a pytest parameter
) -> None:
    page = open_page("/charts", java_script_enabled=has_javascript)
    photograph(page, f"charts-{'script' if has_javascript else 'no-script'}")
    page.get_by_role("link", name="đoàn viên công đoàn").click()
    expect(page.locator(".drawn svg")).to_be_visible()
    expect(page.locator(".drawn a")).to_have_count(5)
    expect(page.locator(".break")).to_contain_text("Từ 1/7/2025, Hải Phòng gồm cả Hải Dương")
    expect(page.locator(".drawn svg")).to_contain_text("1/7/2025: sáp nhập")
    photograph(page, f"chart-stock-{'script' if has_javascript else 'no-script'}")
    page.get_by_label(re.compile("LĐLĐ .*Hải Phòng, 31/12/2023: 610.000")).click()
    expect(page).to_have_url(re.compile(r"/articles/chart:0#figure-body-"))
    expect(page.locator(":target")).to_have_text("610000")
    page.go_back()
    twice = page.get_by_label(re.compile("LĐLĐ .*Hải Phòng, 31/12/2024: 629.000"))
    twice.click()
    expect(page.locator("tr:target .claims li")).to_have_count(2)


def test_a_flow_is_summed_once_over_disjoint_periods(open_page: OpenPage) -> None:
    page = open_page("/charts?indicator=gifts&organisation=ldld+nghe+an")
    expect(page.locator(".points-table tbody tr")).to_have_count(2)
    rows = page.locator(".points-table tbody tr").all_inner_texts()
    assert "năm 2024" in rows[0]
    assert "900" in rows[0]
    assert "2.500" in rows[1]
    assert "181 trên 365 ngày" in rows[1]
    page.get_by_text("1 số liệu khác, không tính vào").click()
    expect(page.locator(".points-table")).to_contain_text("con số 1000 quà")
    photograph(page, "chart-flow")


def test_owners_are_compared_at_one_time(open_page: OpenPage) -> None:
    page = open_page("/charts?indicator=gifts")
    page.get_by_role("link", name="So sánh").click()
    expect(page.locator(".points-table tbody th").first).to_contain_text("Hải Phòng")
    expect(page.locator(".points-table .number").first).to_have_text("7.300")
    expect(page.locator(".drawn")).to_contain_text("năm 2025")
    photograph(page, "chart-comparison")
    page.get_by_label("Thời gian").select_option("2024")
    page.get_by_role("button", name="Vẽ").click()
    expect(page.locator(".points-table .number").first).to_have_text("6.000")


def test_hostile_names_stay_text_in_every_form(open_page: OpenPage, charted: str) -> None:
    path = "?indicator=gifts&place=Hu%E1%BA%BF"
    page = open_page(f"/charts{path}")
    expect(page.locator(".drawn svg")).to_be_visible()
    expect(page.locator("main script, .drawn b, .drawn [style], .drawn [onclick]")).to_have_count(0)
    svg = httpx.get(f"{charted}/charts.svg{path}")
    assert "<script" not in svg.text
    assert "&lt;script&gt;" in svg.text
    assert svg.headers["content-disposition"] == 'attachment; filename="chart.svg"'
    assert f'xlink:href="{charted}/articles/chart:12#figure-body-' in svg.text


def test_the_picture_is_a_png_of_twice_the_size(charted: str) -> None:
    picture = httpx.get(f"{charted}/charts.png?indicator=members&lang=en", timeout=30)
    assert picture.headers["content-type"] == "image/png"
    assert picture.content.startswith(b"\x89PNG")
    assert int.from_bytes(picture.content[16:20], "big") > 1500
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    (SCREENSHOTS / "chart-download.png").write_bytes(picture.content)


def test_the_numbers_are_data_too(charted: str) -> None:
    answer = httpx.get(f"{charted}/api/v1/series", params={"indicator": "gifts"}).json()
    nghe_an = next(one for one in answer["series"] if one["organisation"] == NGHE_AN)
    assert [(p["period"], p["value"], p["is_partial"]) for p in nghe_an["points"]] == [
        ("2024", "900", False),
        ("2025", "2500", True),
    ]
    assert nghe_an["points"][1]["figures"] == ["chart:7#body:48-52"]
    refused = httpx.get(f"{charted}/api/v1/series", params={"indicator": "no such"})
    assert (refused.status_code, refused.json()["parameter"]) == (400, "indicator")


def test_a_form_of_several_lines_becomes_a_plain_link(open_page: OpenPage) -> None:
    page = open_page("/charts?indicator=members")
    page.get_by_label("Của ai (mỗi dòng một tên)").fill("ldld hai phong\nldld nghe an")
    page.get_by_label("Mỗi bước").select_option("quarter")
    page.get_by_role("button", name="Vẽ").click()
    expect(page).to_have_url(
        re.compile(
            r"/charts\?indicator=members&organisation=ldld\+hai\+phong"
            r"&organisation=ldld\+nghe\+an&modality=reported&grain=quarter$"
        )
    )
    expect(page.locator(".drawn a")).to_have_count(5)


def test_a_chart_on_a_phone_in_english(open_page: OpenPage) -> None:
    page = open_page("/charts?indicator=gifts&lang=en", viewport=PHONE, has_touch=True)
    expect(page.locator(".drawn svg")).to_be_visible()
    assert not has_sideways_scroll(page)
    photograph(page, "chart-phone")


def test_nothing_to_draw_is_said(open_page: OpenPage) -> None:
    page = open_page("/charts?indicator=strikes")
    expect(page.get_by_role("heading", name="Không có số liệu nào đủ để vẽ")).to_be_visible()
