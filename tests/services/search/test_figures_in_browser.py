"""The table of figures in a real Chromium; screenshots are kept under test-output/desk/."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, ViewportSize

    from tests.services.search.conftest import ServedDesk

pytestmark = [pytest.mark.browser, pytest.mark.integration]

SCREENSHOTS = Path(__file__).parents[3] / "test-output" / "desk"
WIDE: "ViewportSize" = {"width": 1280, "height": 900}
PHONE: "ViewportSize" = {"width": 390, "height": 844}
OpenPage = Callable[..., "Page"]


@pytest.fixture
def complaints() -> list[str]:
    """What Chromium's console said was wrong."""
    return []


@pytest.fixture
def open_page(
    chromium: "Browser", served_desk: "ServedDesk", complaints: list[str]
) -> Iterator[OpenPage]:
    """Open paths of the desk; a page that runs into its own policy fails the test."""
    with ExitStack() as contexts:

        def open_path(
            path: str,
            *,
            viewport: "ViewportSize" = WIDE,
            **options: Any,  # noqa: ANN401 - Playwright's
        ) -> "Page":
            context = chromium.new_context(base_url=served_desk.url, viewport=viewport, **options)
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


def photograph(page: "Page", name: str, *, is_full: bool = False) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=is_full)


def has_sideways_scroll(page: "Page") -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))


def list_values(page: "Page") -> list[str]:
    return page.locator(".fact th a").all_inner_texts()


@pytest.mark.parametrize("has_javascript", [True, False])
def test_a_question_in_words_leads_to_its_sentence(
    open_page: OpenPage,
    has_javascript: bool,  # noqa: FBT001 - a pytest parameter
) -> None:
    name = "script" if has_javascript else "no-script"
    page = open_page("/figures", java_script_enabled=has_javascript)
    photograph(page, f"figures-{name}", is_full=True)
    page.get_by_label("Chỉ tiêu").select_option("support_amount")
    page.get_by_label("Từ", exact=True).fill("100 tỉ đồng")
    page.get_by_label("Của ai").fill("ldld hai phong")
    page.get_by_label("Kỳ từ").fill("2024")
    page.get_by_label("Kỳ đến").fill("2026")
    page.get_by_role("button", name="Lọc").click()
    expect(page.locator(".fact")).to_have_count(2)
    expect(page).to_have_url(
        re.compile(
            r"/figures\?indicator=support_amount&organisation=ldld\+hai\+phong&unit=VND"
            r"&min=100000000000&period_from=2024-01-01&period_to=2026-12-31$"
        )
    )
    expect(page.locator(".meaning")).to_contain_text("Liên đoàn Lao động thành phố Hải Phòng")
    assert list_values(page) == ["hơn 220 tỉ đồng", "hơn 220 tỉ đồng"]
    photograph(page, f"figures-asked-{name}")
    page.locator(".fact th a").last.click()
    expect(page).to_have_url(re.compile("/articles/laodong:vi:1001#figure-title-22-37$"))
    expect(page.locator(":target")).to_have_text("hơn 220 tỉ đồng")
    page.go_back()
    expect(page.locator(".fact")).to_have_count(2)
    page.get_by_role("link", name="Bỏ lọc: Giá trị: từ 100 tỉ đồng").click()
    expect(page.get_by_label("Từ", exact=True)).to_have_value("")


def test_values_of_several_units_ask_for_one(open_page: OpenPage) -> None:
    page = open_page("/figures?sort=largest")
    expect(page.locator(".notice")).to_contain_text("đơn vị khác nhau")
    page.locator(".notice").get_by_role("link", name="đồng").click()
    expect(page).to_have_url(re.compile(r"unit=VND&sort=largest$"))
    assert list_values(page)[0] == "hơn 220 tỉ đồng"


def test_a_typed_name_offers_the_names_it_is_part_of(open_page: OpenPage) -> None:
    page = open_page("/figures?organisation=lien+doan+lao+dong")
    expect(page.locator(".meaning")).to_contain_text("“lien doan lao dong” có trong")
    page.locator(".meaning").get_by_role("link", name="Hà Nội").click()
    expect(page.locator(".fact")).to_have_count(1)
    expect(page.locator(".meaning")).to_have_count(0)


def test_what_cannot_be_read_is_said_above_the_conditions(
    open_page: OpenPage, complaints: list[str]
) -> None:
    page = open_page("/figures")
    page.get_by_label("Từ", exact=True).fill("rất nhiều")
    page.get_by_role("button", name="Lọc").click()
    expect(page.get_by_role("alert")).to_contain_text("Viết chẳng hạn 100 tỉ đồng")
    photograph(page, "figures-problem")
    assert [c for c in complaints if "400" in c] == complaints  # Chromium says so of any refusal
    complaints.clear()


def test_a_figure_is_cited_without_javascript(open_page: OpenPage) -> None:
    page = open_page("/figures?indicator=training_participants", java_script_enabled=False)
    page.get_by_text("Trích dẫn").click()
    citation = page.get_by_label("Trích dẫn để dán").input_value()
    assert citation.startswith("“350 cán bộ” trong câu: “LĐLĐ thành phố Hà Nội khai giảng")
    assert "Lao động Thủ đô, “Thủ đô mở lớp" in citation
    assert re.search(
        r"http://127\.0\.0\.1:\d+/articles/laodongthudo:vi:1002#figure-body-", citation
    )


@pytest.mark.parametrize("has_javascript", [True, False])
def test_a_phone_reads_facts_one_below_the_other(
    open_page: OpenPage,
    has_javascript: bool,  # noqa: FBT001 - a pytest parameter
) -> None:
    page = open_page(
        "/figures?unit=VND", viewport=PHONE, java_script_enabled=has_javascript, has_touch=True
    )
    assert not has_sideways_scroll(page)
    photograph(page, f"figures-phone-{'script' if has_javascript else 'no-script'}", is_full=True)
    expect(page.get_by_label("Của ai")).to_be_hidden()
    page.locator("#filters > summary").tap()
    page.get_by_label("Của ai").fill("hai phong")
    page.get_by_role("button", name="Lọc").tap()
    expect(page).to_have_url(re.compile("organisation=hai"))
    assert not has_sideways_scroll(page)


def test_the_figures_in_english_and_dark(open_page: OpenPage) -> None:
    page = open_page("/figures?lang=en&unit=VND", color_scheme="dark")
    expect(page.get_by_role("heading", name="Table of figures")).to_be_visible()
    photograph(page, "figures-english-dark")
    page.get_by_label("At least", exact=True).fill("100 billion")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator(".fact th a").first).to_have_text("over 220 billion VND")


def test_conditions_go_along_from_part_to_part(open_page: OpenPage) -> None:
    page = open_page("/?place=H%C3%A0+N%E1%BB%99i")
    page.get_by_role("navigation", name="Các phần của bàn tin").get_by_text("Số liệu").click()
    expect(page).to_have_url(re.compile(r"/figures\?place=H"))
    expect(page.locator(".fact")).to_have_count(1)


def test_the_table_is_reached_and_left_by_keyboard(open_page: OpenPage) -> None:
    page = open_page("/figures?unit=VND")
    page.keyboard.press("/")
    page.keyboard.type("mái ấm")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/figures\?q=m.*unit=VND"))
    nameless = page.evaluate(
        """() => [...document.querySelectorAll(
            "a, button, select, textarea, input:not([type=hidden])")]
        .filter((e) => !(e.textContent.trim() || e.ariaLabel || e.labels?.length))
        .map((e) => e.outerHTML)"""
    )
    assert nameless == []
