"""Bytes to trees to paragraphs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.domain.html import blocks_of, decode, parse, text_of


@pytest.mark.parametrize(
    ("page", "content_type", "text"),
    [
        ("đoàn".encode(), None, "đoàn"),
        (b"\xef\xbb\xbf" + "đ".encode(), "text/html; charset=iso-8859-1", "đ"),
        ("đ".encode("utf-16"), None, "đ"),
        ("abc đ".encode("utf-16-le"), None, "abc đ"),
        (b"<meta charset=windows-1258>\xd5", None, "<meta charset=windows-1258>Ơ"),
        (b"<meta charset=utf-16>\xc4\x91", None, "<meta charset=utf-16>đ"),
        (b"<meta charset=nonsense>\xc4\x91", None, "<meta charset=nonsense>đ"),
        (b"<meta charset=hex>\xc4\x91", None, "<meta charset=hex>đ"),
        (b"caf\xe9", None, "café"),
        ("đ".encode() + b"\xff", None, "đ\ufffd"),
        (b"\xc4\x91", "text/html; charset=utf-8", "đ"),
        ("Đoàn viên".encode(), "text/html; charset=iso-8859-1", "Đoàn viên"),
        ("Đoàn viên".encode(), "text/html; charset=us-ascii", "Đoàn viên"),
        ("<meta charset=windows-1258>Đoàn".encode(), None, "<meta charset=windows-1258>Đoàn"),
        ("Grève".encode("cp1252"), "text/html; charset=iso-8859-1", "Grève"),
        (b"\x00\x00<p>\x00\xc4\x91</p>", None, "\0\0<p>\0đ</p>"),
        ("<p>đ".encode("utf-16-be"), None, "<p>đ"),
    ],
)
def test_decode_as_browsers_do(page: bytes, content_type: str | None, text: str) -> None:
    assert decode(page, content_type=content_type) == text


@pytest.mark.parametrize(
    ("markup", "blocks"),
    [
        ("<p>a<p>b", ["a", "b"]),
        ("a<br>b<br><br>c", ["a\nb", "c"]),
        ("<div>a <span>b</span><div>c</div> d</div>", ["a b", "c", "d"]),
        ("<ul><li>a<li><p>b</p></ul>", ["- a", "- b"]),
        ("<table><tr><td>1<td>2<tr><td>3<td>4</table>", ["1 | 2\n3 | 4"]),
        ("<table><tr><td><p>a</p><p>b</p></td></tr></table>", ["a", "b"]),
        ("<p>a<script>x()</script> b</p><style>c</style>", ["a b"]),
        ("<p hidden>a</p><p style='display: none'>b</p><p>c</p>", ["c"]),
        ("<form><p>a</p></form>", ["a"]),
        ("<p>Công đoàn\u200b \u00a0 Hà\n Nội</p>", ["Công đoàn Hà Nội"]),
    ],
)
def test_blocks_of_cuts_text(markup: str, blocks: list[str]) -> None:
    root = parse(f"<body>{markup}</body>".encode())

    assert root is not None
    assert [block.text for block in blocks_of(root)] == blocks


@given(st.binary(max_size=400))
def test_parse_never_fails(page: bytes) -> None:
    root = parse(page)

    if root is not None:
        assert isinstance(text_of(root), str)
        blocks_of(root)


def test_blocks_of_survives_deep_nesting() -> None:
    root = parse(b"<div>" * 5_000 + b"x" + b"</div>" * 5_000)

    assert root is not None
    blocks_of(root)
    text_of(root)
