"""The page in a real Chromium; screenshots are kept under test-output/desk/."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Page, ViewportSize

    from tests.services.search.conftest import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.integration]

SCREENSHOTS = Path(__file__).parents[3] / "test-output" / "desk"
WIDE: "ViewportSize" = {"width": 1280, "height": 900}
PHONE: "ViewportSize" = {"width": 390, "height": 844}


def photograph(page: "Page", name: str, *, is_full: bool = False) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=is_full)


def has_sideways_scroll(page: "Page") -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))


def list_titles(page: "Page") -> list[str]:
    return page.locator(".card h2").all_inner_texts()


@pytest.mark.parametrize("has_javascript", [True, False])
def test_searching_filtering_and_reading(open_page: "OpenPage", has_javascript: bool) -> None:  # noqa: FBT001 - a pytest parameter
    name = "script" if has_javascript else "no-script"
    page = open_page("/", java_script_enabled=has_javascript)
    page.locator("#q").fill("lien doan lao dong hai phong")
    page.locator("#q").press("Enter")
    expect(page.locator(".card h2")).to_have_text(
        ["LĐLĐ TP Hải Phòng chi hơn 220 tỉ đồng chăm lo đoàn viên dịp Tết"]
    )
    expect(page.locator(".card mark").first).to_have_text("LĐLĐ")
    photograph(page, f"search-{name}")

    page.locator("#q").fill("công đoàn")
    page.get_by_role("button", name="Tìm").click()
    expect(page.locator(".card")).to_have_count(7)
    page.get_by_role("link", name="Chỉ Báo Lao Động: 1 bài").click()
    page.get_by_role("link", name="Chỉ Lao động Thủ đô: 1 bài").click()
    expect(page.locator(".card")).to_have_count(2)
    assert page.url.count("outlet=") == 2
    photograph(page, f"filtered-{name}")
    page.go_back()
    expect(page.locator(".card")).to_have_count(1)
    page.get_by_role("link", name="Bỏ lọc: Báo: Báo Lao Động").click()
    expect(page.locator(".card")).to_have_count(7)

    page.get_by_role("link", name="hơn 220 tỉ đồng chăm lo đoàn viên", exact=True).click()
    expect(page).to_have_url(re.compile("#figure-title-22-37$"))
    expect(page.locator(":target")).to_have_text("hơn 220 tỉ đồng")
    photograph(page, f"article-{name}")
    page.locator(":target").click()
    expect(page.locator("tr:target th")).to_have_text("hơn 220 tỉ đồng")
    page.locator("tr:target th a").click()
    expect(page.locator("a.figure:target")).to_have_count(1)


@pytest.mark.parametrize("has_javascript", [True, False])
def test_dates_narrow_the_search(open_page: "OpenPage", has_javascript: bool) -> None:  # noqa: FBT001 - as above
    page = open_page("/", java_script_enabled=has_javascript)
    page.get_by_label("Từ ngày").fill("2026-10-05")
    page.get_by_label("Đến ngày").fill("2026-10-10")
    page.get_by_role("button", name="Lọc ngày").click()
    expect(page.locator(".card")).to_have_count(2)
    expect(page.locator(".chips")).to_contain_text("Ngày: 5/10/2026 – 10/10/2026")
    page.locator(".chart a").first.click()
    expect(page.locator(".card")).to_have_count(1)
    expect(page.locator(".chips")).to_contain_text("Ngày: 5/10/2026×")


def test_a_new_search_keeps_the_filters(open_page: "OpenPage") -> None:
    page = open_page("/?language=vi&date_from=2026-09-01")
    page.locator("#q").fill("lương")
    page.locator("#q").press("Enter")
    expect(page).to_have_url(re.compile(r"/\?q=l.*&date_from=2026-09-01&language=vi$"))


def test_the_keyboard_is_enough(open_page: "OpenPage") -> None:
    page = open_page("/?q=c%C3%B4ng")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    focused = "document.activeElement.textContent"
    assert page.evaluate(focused) == list_titles(page)[0]
    photograph(page, "keyboard")
    page.keyboard.press("/")
    page.keyboard.type("học bổng")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("q=h"))
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/articles/"))
    expect(page.locator("h1")).to_contain_text("học bổng")


def test_the_first_tab_skips_to_the_content(open_page: "OpenPage") -> None:
    page = open_page("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#content$"))


@pytest.mark.parametrize("has_javascript", [True, False])
def test_a_phone_shows_results_first_and_unfolds_filters(
    open_page: "OpenPage",
    has_javascript: bool,  # noqa: FBT001 - as above
) -> None:
    name = "script" if has_javascript else "no-script"
    page = open_page(
        "/?q=c%C3%B4ng+%C4%91o%C3%A0n",
        viewport=PHONE,
        java_script_enabled=has_javascript,
        has_touch=True,
    )
    photograph(page, f"phone-{name}")
    assert not has_sideways_scroll(page)
    expect(page.get_by_label("Từ ngày")).to_be_hidden()
    page.get_by_text("Bộ lọc", exact=True).tap()
    expect(page.get_by_label("Từ ngày")).to_be_visible()
    photograph(page, f"phone-filters-{name}")
    page.get_by_role("link", name="Chỉ Báo Lao Động: 1 bài").tap()
    expect(page.locator(".card")).to_have_count(1)
    page.locator(".card h2 a").tap()
    expect(page.locator("#figures")).to_be_visible()
    assert not has_sideways_scroll(page)
    photograph(page, f"phone-article-{name}", is_full=True)


def test_english_is_kept_from_page_to_page(open_page: "OpenPage") -> None:
    page = open_page("/?q=garment")
    page.get_by_role("link", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("button", name="Search")).to_be_visible()
    photograph(page, "english")
    page.locator(".card h2 a").click()
    expect(page.get_by_role("heading", name="Figures in this article")).to_be_visible()
    photograph(page, "english-article")
    page.get_by_role("link", name="Tiếng Việt").click()
    expect(page.get_by_role("heading", name="Số liệu trong bài")).to_be_visible()


def test_dark_is_readable(open_page: "OpenPage") -> None:
    page = open_page("/?q=h%E1%BB%8Dc+b%E1%BB%95ng", color_scheme="dark")
    photograph(page, "dark")
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == "rgb(22, 22, 20)"


def test_nothing_found_says_what_to_try(open_page: "OpenPage") -> None:
    page = open_page("/?q=%22thư viện bay%22&outlet=Báo Lao Động".replace(" ", "%20"))
    expect(page.get_by_role("heading", name="Không tìm thấy bài nào")).to_be_visible()
    photograph(page, "nothing-found")
    page.get_by_role("link", name="bỏ mọi bộ lọc").click()
    expect(page).to_have_url(re.compile(r"/\?q=[^&]*$"))


def test_hostile_text_does_nothing(open_page: "OpenPage") -> None:
    page = open_page("/?q=%22ki%E1%BB%83m+th%E1%BB%AD%22")
    expect(page.locator(".card h2")).to_have_text(
        ["<script>alert('tấn công')</script> & \"trích\" công cụ kiểm thử"]
    )
    page.locator(".card h2 a").click()
    expect(page.locator(".reading h1")).to_contain_text("kiểm thử")
    expect(page.locator("main script, main img, main b > svg")).to_have_count(0)
    photograph(page, "hostile")


def test_history_leads_to_the_earlier_text_and_back(open_page: "OpenPage") -> None:
    page = open_page("/articles/tuoitrethudo:vi:1006")
    page.get_by_role("link", name="xem bản này").click()
    expect(page.locator(".text")).to_contain_text("1.200 suất")
    photograph(page, "earlier-revision")
    page.get_by_role("link", name="Xem bản hiện tại").click()
    expect(page.locator(".text")).to_contain_text("1.250 suất")


def test_a_wide_table_scrolls_in_its_own_box(open_page: "OpenPage") -> None:
    page = open_page("/articles/laodong:vi:1001", viewport={"width": 800, "height": 900})
    assert not has_sideways_scroll(page)
    photograph(page, "tablet-article", is_full=True)


def test_every_link_and_field_has_a_name(open_page: "OpenPage") -> None:
    for path in (
        "/?q=c%C3%B4ng&outlet=B%C3%A1o+Lao+%C4%90%E1%BB%99ng",
        "/articles/laodong:vi:1001",
    ):
        page = open_page(path)
        nameless = page.evaluate(
            """() => [...document.querySelectorAll("a, button, input:not([type=hidden])")]
            .filter((e) => !(e.textContent.trim() || e.ariaLabel || e.labels?.length))
            .map((e) => e.outerHTML)"""
        )
        assert nameless == []
        ids = page.evaluate("[...document.querySelectorAll('[id]')].map((e) => e.id)")
        assert len(ids) == len(set(ids))
        expect(page.locator("h1")).to_have_count(1)


@pytest.mark.parametrize("has_javascript", [True, False])
def test_two_revisions_are_compared_word_by_word(
    open_page: "OpenPage",
    has_javascript: bool,  # noqa: FBT001 - as above
) -> None:
    page = open_page("/articles/tuoitrethudo:vi:1006", java_script_enabled=has_javascript)
    page.get_by_role("link", name="so với bản trước").click()
    changes = page.locator("#changes")
    expect(changes.locator(".compared del").first).to_contain_text("1.200")
    expect(changes.locator(".compared ins").first).to_contain_text("1.250")
    photograph(page, f"comparison-{'script' if has_javascript else 'no-script'}", is_full=True)
    page.get_by_role("button", name="So sánh hai bản").click()
    expect(page).to_have_url(re.compile(r"compare=\d+&revision=\d+#changes$"))
    expect(changes.locator("del").first).to_be_visible()


def test_dragging_over_the_bars_chooses_their_days(open_page: "OpenPage") -> None:
    page = open_page("/?date_from=2026-10-01&date_to=2026-10-31")
    bars = page.locator(".chart g")
    first, last = bars.first.bounding_box(), bars.last.bounding_box()
    assert first
    assert last
    page.mouse.move(first["x"] + 1, first["y"] + 20)
    page.mouse.down()
    page.mouse.move(last["x"] + 1, last["y"] + 20, steps=5)
    expect(page.locator(".chart g.brushed")).to_have_count(bars.count())
    photograph(page, "brush")
    page.mouse.up()
    days = f"date_from={bars.first.get_attribute('data-first')}"
    page.wait_for_url(re.compile(days))
    page.go_back()
    expect(page).to_have_url(re.compile("date_from=2026-10-01&date_to=2026-10-31"))


def test_filters_reading_and_comparing_need_no_mouse(open_page: "OpenPage") -> None:
    page = open_page("/")

    def walk_to(name: str, *, role: str = "link") -> None:
        """Press Tab until what has that name has the focus."""
        wanted = page.get_by_role(role, name=name).first  # type: ignore[arg-type] # a role
        expect(wanted).to_be_visible()
        for _ in range(120):
            page.keyboard.press("Tab")
            if wanted.evaluate("element => element === document.activeElement"):
                return
        raise AssertionError(f"the focus never reached {name}")

    walk_to("Chỉ Tuổi trẻ Thủ đô: 1 bài")
    page.keyboard.press("Enter")
    expect(page.locator(".card")).to_have_count(1)
    walk_to("Bỏ lọc: Báo: Tuổi trẻ Thủ đô")
    focus = page.locator(":focus").evaluate("e => getComputedStyle(e).outlineStyle")
    assert focus != "none"
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/articles/"))
    walk_to("so với bản trước")
    page.keyboard.press("Enter")
    expect(page.locator("#changes")).to_be_visible()
    walk_to("So sánh hai bản", role="button")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("compare="))


def test_a_comparison_fits_a_phone(open_page: "OpenPage") -> None:
    page = open_page("/articles/tuoitrethudo:vi:1006", viewport=PHONE, has_touch=True)
    page.get_by_role("link", name="so với bản trước").tap()
    expect(page.locator("#changes")).to_be_visible()
    assert not has_sideways_scroll(page)
    photograph(page, "phone-comparison", is_full=True)
