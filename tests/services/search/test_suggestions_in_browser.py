"""Suggestions while typing, in a real Chromium, by keyboard and by mouse."""

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.services.search.conftest import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.integration]


def test_arrows_walk_through_suggestions_and_enter_follows_one(open_page: "OpenPage") -> None:
    page = open_page("/?language=vi")
    box = page.get_by_role("combobox", name="Tìm trong tin bài")
    box.press_sequentially("hai ph")
    expect(page.get_by_role("option").first).to_be_visible()
    expect(box).to_have_attribute("aria-expanded", "true")
    place = page.get_by_role("option", name="Hải Phòng Địa danh", exact=True)
    while place.get_attribute("aria-selected") != "true":
        box.press("ArrowDown")
    expect(box).to_have_attribute("aria-activedescendant", place.get_attribute("id") or "")
    box.press("Enter")
    expect(page).to_have_url(re.compile(r"/\?place=H[^&]*&language=vi$"))
    expect(page.locator(".card")).to_have_count(1)


def test_escape_closes_the_list_and_enter_searches_as_typed(open_page: "OpenPage") -> None:
    page = open_page("/")
    box = page.locator("#q")
    box.press_sequentially("học b")
    expect(page.get_by_role("option").first).to_be_visible()
    box.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(box).to_be_focused()
    box.press("Enter")
    expect(page).to_have_url(re.compile(r"/\?q=h%E1%BB%8Dc\+b$"))


def test_a_click_follows_a_suggestion(open_page: "OpenPage") -> None:
    page = open_page("/?lang=en")
    page.locator("#q").press_sequentially("trao 1.250")
    page.get_by_role("option").filter(has_text="học bổng").click()
    expect(page).to_have_url(re.compile(r"/articles/"))


def test_hostile_names_are_plain_text_in_the_list(open_page: "OpenPage") -> None:
    page = open_page("/")
    page.locator("#q").press_sequentially("tấn cô")
    expect(page.get_by_role("option").filter(has_text="<script>")).to_be_visible()
    expect(page.locator("#suggestions script")).to_have_count(0)
