"""Logging in, saved searches and judgements in a real Chromium, mostly without JavaScript."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from argon2 import PasswordHasher
from playwright.sync_api import expect
from prometheus_client import CollectorRegistry

from services.chassis.clock import SystemClock
from services.search.accounts import Accounts
from services.search.app import build_app
from services.search.domain.access import Role
from services.search.metrics import build_metrics
from services.search.saved_pages import SavedOptions
from services.search.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx
    from playwright.sync_api import Browser, Page, ViewportSize

    from services.search.observing import AsgiApp
    from tests.services.search.conftest import Desk, OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.integration]

SCREENSHOTS = Path(__file__).parents[3] / "test-output" / "desk"
PHONE: "ViewportSize" = {"width": 390, "height": 844}
LONG_PASSWORD = "dài đủ mười"  # noqa: S105 - invented
SCRIPTS = pytest.mark.parametrize("has_javascript", [True, False])


def photograph(page: "Page", name: str, *, is_full: bool = True) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=is_full)


def has_sideways_scroll(page: "Page") -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))


@pytest.fixture
def own_store() -> Iterator[Store]:
    store = Store(None)
    yield store
    store.close()


@pytest.fixture
def own_page(
    desk: "Desk",
    own_store: Store,
    chromium: "Browser",
    serve_app: "Callable[[AsgiApp], httpx.Client]",
    open_pages_of: "Callable[[Browser, str], Any]",
) -> Iterator["OpenPage"]:
    """Pages of a desk of its own, over the shared index."""
    clock = SystemClock()
    http = serve_app(
        build_app(
            desk.index,
            metrics=build_metrics(CollectorRegistry()),
            clock=clock,
            allowed_hosts=("127.0.0.1",),
            store=own_store,
            accounts=Accounts(
                own_store,
                clock=clock,
                hasher=PasswordHasher(time_cost=1, memory_cost=8, parallelism=1),
            ),
            saved=SavedOptions(has_email=True),
        )
    )
    with open_pages_of(chromium, str(http.base_url)) as opened:
        yield opened


@SCRIPTS
def test_a_search_is_saved_changed_paused_and_deleted(
    own_page: "OpenPage",
    has_javascript: bool,  # noqa: FBT001 - a pytest parameter
) -> None:
    name = "script" if has_javascript else "no-script"
    page = own_page("/?q=h%E1%BB%8Dc+b%E1%BB%95ng", java_script_enabled=has_javascript)
    page.get_by_role("link", name="Lưu tìm kiếm này").click()
    expect(page.get_by_label("Tên", exact=True)).to_have_value("học bổng")
    page.get_by_label("Báo qua thư điện tử").fill("an@example.org")
    page.get_by_label("Báo qua webhook").fill("https://hooks.example/news")
    photograph(page, f"save-{name}")
    page.get_by_role("button", name="Lưu", exact=True).click()
    expect(page.get_by_role("link", name="học bổng", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Atom")).to_be_visible()
    page.get_by_role("button", name="Tạm dừng: học bổng").click()
    expect(page.locator(".rows")).to_contain_text("đang tạm dừng")
    photograph(page, f"saved-{name}")
    page.get_by_role("link", name="Sửa: học bổng").click()
    expect(page.locator("code.secret")).to_contain_text("whsec_")
    page.get_by_label("Báo qua webhook").fill("javascript:alert(1)")
    if not has_javascript:
        photograph(page, "saved-change")
    page.get_by_role("button", name="Xóa", exact=True).click()
    expect(page.locator("main")).to_contain_text("Chưa lưu tìm kiếm nào")


@SCRIPTS
def test_a_figure_is_judged_from_its_article(
    own_page: "OpenPage",
    has_javascript: bool,  # noqa: FBT001 - as above
) -> None:
    name = "script" if has_javascript else "no-script"
    page = own_page("/articles/laodong:vi:1001", java_script_enabled=has_javascript)
    page.get_by_role("link", name="Đánh giá: 31 căn").click()
    expect(page.locator("mark")).to_have_text("31 căn")
    page.get_by_label("đọc chưa đúng").check()
    page.get_by_label("Giá trị", exact=True).fill("32")
    page.get_by_label("Vì sao").fill("Biên bản bàn giao ghi 32 căn")
    photograph(page, f"judge-{name}")
    page.get_by_role("button", name="Gửi đánh giá").click()
    expect(page).to_have_url(re.compile("#row-body-"))
    row = page.locator("tr:target")
    expect(row).to_contain_text("✎ Sửa")
    expect(row).to_contain_text("Giá trị: 32")
    photograph(page, f"judged-{name}")
    row.get_by_role("link", name="Đánh giá: 31 căn").click()
    page.get_by_role("button", name="Rút lại").click()
    expect(page.locator("#figures")).not_to_contain_text("✎ Sửa")


def test_a_judgement_is_shown_in_the_table_of_figures(own_page: "OpenPage") -> None:
    page = own_page("/figures?q=%22b%C3%A0n+giao%22", java_script_enabled=False)
    page.get_by_role("link", name="Đánh giá: 31 căn").click()
    page.get_by_label("đúng như trong bài").check()
    page.get_by_role("button", name="Gửi đánh giá").click()
    page.goto("/figures?q=%22b%C3%A0n+giao%22")
    expect(page.locator(".judgement.confirmed")).to_have_count(1)
    photograph(page, "judged-figures")
    page.get_by_role("link", name="Lưu tìm kiếm này").click()
    page.get_by_role("button", name="Lưu", exact=True).click()
    expect(page.locator(".rows")).to_contain_text("số liệu")


def test_the_keyboard_is_enough_to_judge(own_page: "OpenPage") -> None:
    page = own_page("/articles/laodong:vi:1001")
    page.get_by_role("link", name="Đánh giá: 31 căn").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/judge"))
    page.locator("input[type=radio]").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/articles/"))
    expect(page.locator("tr:target")).to_contain_text("✓ Xác nhận")


def test_a_newsroom_logs_in_makes_a_key_and_logs_out(
    own_page: "OpenPage", own_store: Store
) -> None:
    accounts = Accounts(
        own_store,
        clock=SystemClock(),
        hasher=PasswordHasher(time_cost=1, memory_cost=8, parallelism=1),
    )
    accounts.add_user("Minh Hạnh", LONG_PASSWORD, Role.EDITOR)
    page = own_page("/?q=h%E1%BB%8Dc+b%E1%BB%95ng", java_script_enabled=False)
    expect(page.get_by_role("heading", name="Đăng nhập")).to_be_visible()
    photograph(page, "login")
    page.get_by_label("Tên", exact=True).fill("minh hạnh")
    page.get_by_label("Mật khẩu").fill(LONG_PASSWORD)
    page.get_by_label("Mật khẩu").press("Enter")
    expect(page.locator(".card").first).to_be_visible()
    page.get_by_role("link", name="Minh Hạnh").click()
    page.get_by_label("Dùng cho việc gì").fill("R")
    page.get_by_role("button", name="Tạo khóa").click()
    expect(page.locator("code.secret")).to_contain_text("uwk_")
    photograph(page, "account")
    page.get_by_role("button", name="Đăng xuất").click()
    expect(page.get_by_role("heading", name="Đăng nhập")).to_be_visible()


def test_a_phone_fits_it_all(own_page: "OpenPage") -> None:
    page = own_page("/saved/new?address=/%3Fq=l%C6%B0%C6%A1ng", viewport=PHONE)
    page.get_by_label("Báo qua webhook").fill("https://hooks.example/" + "x" * 120)
    page.get_by_role("button", name="Lưu", exact=True).click()
    for path, name in (
        ("/saved", "phone-saved"),
        ("/saved/1", "phone-saved-change"),
        ("/articles/laodong:vi:1001", "phone-judgeable"),
        ("/saved?lang=en", "phone-saved-english"),
    ):
        page.goto(path)
        photograph(page, name)
        assert not has_sideways_scroll(page), path


def test_every_link_and_field_has_a_name(own_page: "OpenPage") -> None:
    page = own_page("/saved/new?address=/")
    page.get_by_label("Tên", exact=True).fill("mọi tin")
    page.get_by_role("button", name="Lưu", exact=True).click()
    page.goto("/articles/laodong:vi:1001")
    judging = page.get_by_role("link", name="Đánh giá: 31 căn").get_attribute("href")
    assert judging is not None
    for path in ("/saved", "/saved/1", "/saved/new", judging):
        page.goto(path)
        nameless = page.evaluate(
            """() => [...document.querySelectorAll("a, button, textarea, input:not([type=hidden])")]
            .filter((e) => !(e.textContent.trim() || e.ariaLabel || e.labels?.length))
            .map((e) => e.outerHTML)"""
        )
        assert nameless == []
        expect(page.locator("h1")).to_have_count(1)
