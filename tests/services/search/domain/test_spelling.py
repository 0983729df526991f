import pytest

from services.search.domain.query import Words, parse_query
from services.search.domain.spelling import build_suggest, mend, spell_as_written


def answer(*texts: str) -> dict[str, object]:
    return {"0": [{"options": [{"text": text} for text in texts]}]}


def test_operators_and_excluded_words_stay_as_typed() -> None:
    text = "cong daon  OR -thuogn"
    assert mend(text, parse_query(text).node, answer("cong doan")) == "cong doan OR -thuogn"


def test_numbers_are_never_mended() -> None:
    node = Words("41 cong daon")
    assert mend("41 cong daon", node, answer("42 cong doan", "41 cong doan")) == "41 cong doan"
    assert mend("41 cong daon", node, answer("42 cong doan")) is None


def test_nothing_suggested_mends_nothing() -> None:
    assert mend("cong doan", Words("cong doan"), answer()) is None
    assert mend("cong doan", Words("cong doan"), {}) is None


def test_words_in_facet_fields_are_not_mended() -> None:
    assert build_suggest(parse_query("outlet:daon").node) == {}


@pytest.mark.parametrize(
    ("typed", "mended", "texts", "expected"),
    [
        ("cong daon", "cong doan", ["công đoàn"], "cong doan"),
        ("công daon", "công doan", ["Công đoàn", "công đoàn", "công đoạn"], "công đoàn"),
        ("khám sứt khỏe", "kham suc khoe", ["sức khỏe"], "khám sức khỏe"),
        ("tiền thưởgn", "tien thuong", [], "tiền thuong"),
    ],
)
def test_diacritics_come_back_as_the_articles_write_them(
    typed: str, mended: str, texts: list[str], expected: str
) -> None:
    assert spell_as_written(typed, mended, texts) == expected
