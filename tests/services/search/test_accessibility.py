"""axe-core finds nothing serious on any page, in both languages, light and dark."""

from types import ModuleType
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe

if TYPE_CHECKING:
    from tests.services.search.conftest import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.integration]

PAGES = {
    "latest": "/",
    "results": "/?q=c%C3%B4ng&outlet=B%C3%A1o+Lao+%C4%90%E1%BB%99ng&date_from=2026-01-01",
    "mended": "/?q=h%E1%BB%8Dc+b%E1%BB%95gn",
    "nothing-found": "/?q=%22th%C6%B0+vi%E1%BB%87n+bay%22",
    "refused": "/?date_from=x",
    "article": "/articles/laodong:vi:1001",
    "comparison": "/articles/tuoitrethudo:vi:1006?compare={earlier}",
    "withdrawn": "/articles/laodong:vi:1007",
    "missing": "/articles/none",
    "figures": "/figures?q=t%E1%BB%89",
    "charts": "/charts",
    "chart": "/charts?indicator=support_amount",
    "judgement": "/judge?article=laodong%3Avi%3A1001&figure=title%3A22-37",
    "saved": "/saved",
    "saved-form": "/saved/new?address=%2F%3Fq%3Dl%C6%B0%C6%A1ng",
    "login": "/login",
}
SERIOUS = {"serious", "critical"}


def list_serious(page_path: str, open_page: "OpenPage", **options: str) -> list[str]:
    page = open_page(page_path, **options)
    found = Axe().run(page).response["violations"]
    return [
        f"{page_path}: {one['id']} {node['html'][:200]} {node['failureSummary']}"
        for one in found
        if one["impact"] in SERIOUS
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("name", list(PAGES))
def test_axe_finds_nothing_serious(
    open_page: "OpenPage", articles_module: ModuleType, name: str
) -> None:
    path = PAGES[name].replace("{earlier}", str(articles_module.EARLIER))
    joint = "&" if "?" in path else "?"
    assert list_serious(f"{path}{joint}lang=vi", open_page) == []
    assert list_serious(f"{path}{joint}lang=en", open_page, color_scheme="dark") == []


def test_axe_finds_nothing_serious_in_open_suggestions(open_page: "OpenPage") -> None:
    page = open_page("/")
    page.locator("#q").press_sequentially("hai ph")
    page.get_by_role("option").first.wait_for()
    found = Axe().run(page).response["violations"]
    assert [one["id"] for one in found if one["impact"] in SERIOUS] == []
