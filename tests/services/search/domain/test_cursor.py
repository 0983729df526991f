import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.search.domain.cursor import (
    Cursor,
    CursorError,
    fingerprint,
    read_cursor,
    write_cursor,
)

KEY = b"a key"
CURSOR = Cursor(pit_id="46ToAwMD", after=(1.5, "id", None), search="s", began_milliseconds=7)


def test_a_cursor_comes_back() -> None:
    assert read_cursor(write_cursor(CURSOR, key=KEY), key=KEY, search="s") == CURSOR


def test_a_cursor_is_safe_in_a_url() -> None:
    assert set(write_cursor(CURSOR, key=KEY)) <= set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    )


@pytest.mark.parametrize("search", ["t", ""])
def test_a_cursor_of_another_search_is_refused(search: str) -> None:
    with pytest.raises(CursorError):
        read_cursor(write_cursor(CURSOR, key=KEY), key=KEY, search=search)


def test_a_cursor_signed_with_another_key_is_refused() -> None:
    with pytest.raises(CursorError):
        read_cursor(write_cursor(CURSOR, key=b"other"), key=KEY, search="s")


def test_a_changed_cursor_is_refused() -> None:
    raw = bytearray(base64.urlsafe_b64decode(write_cursor(CURSOR, key=KEY) + "=="))
    raw[-3] ^= 1
    with pytest.raises(CursorError):
        read_cursor(base64.urlsafe_b64encode(bytes(raw)).decode(), key=KEY, search="s")


@given(st.text() | st.binary().map(lambda b: base64.urlsafe_b64encode(b).decode()))
def test_any_text_is_refused_as_a_cursor(text: str) -> None:
    with pytest.raises(CursorError):
        read_cursor(text, key=KEY, search="s")


def test_fingerprint_tells_searches_apart() -> None:
    assert fingerprint("articles", [("q", "a")]) != fingerprint("articles", [("q", "b")])
