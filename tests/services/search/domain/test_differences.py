import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.search.domain.differences import Piece, compare_texts, compare_words, count_changed

TEXTS = st.lists(st.text("ab1. \n", max_size=12), max_size=6).map("\n\n".join)


def read(text: str, *, without: str) -> str:
    return text.replace(without, "")


@given(old=TEXTS, new=TEXTS)
def test_both_texts_can_be_read_from_the_differences(old: str, new: str) -> None:
    stretches = compare_texts(old, new)
    pieces = [piece for s in stretches for paragraph in s.paragraphs for piece in paragraph]
    for text, gone in ((old, "added"), (new, "removed")):
        read = "".join(piece.text for piece in pieces if piece.kind != gone)
        assert "".join(read.split()) == "".join(text.split())


@given(text=TEXTS)
def test_a_text_does_not_differ_from_itself(text: str) -> None:
    assert count_changed(compare_texts(text, text)) == 0


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "trao 1.200 suất quà",
            "trao 1.250 suất quà",
            [("kept", "trao "), ("removed", "1.200"), ("added", "1.250"), ("kept", " suất quà")],
        ),
        (
            "tăng 5,4% trong năm",
            "tăng 6% trong năm",
            [("kept", "tăng "), ("removed", "5,4%"), ("added", "6%"), ("kept", " trong năm")],
        ),
    ],
)
def test_compare_words_keeps_numbers_whole_and_changes_together(
    old: str, new: str, expected: list[tuple[str, str]]
) -> None:
    assert [(piece.kind, piece.text) for piece in compare_words(old, new)] == expected


def test_a_new_paragraph_is_added_between_unchanged_ones() -> None:
    stretches = compare_texts("một hai\n\nba bốn", "một hai\n\nmới hẳn đây\n\nba bốn")
    assert [stretch.is_changed for stretch in stretches] == [False, True, False]
    assert stretches[1].paragraphs == ((Piece("added", "mới hẳn đây"),),)


def test_very_long_paragraphs_are_replaced_whole() -> None:
    old, new = "a " * 3_000, "b " * 3_000
    assert [piece.kind for piece in compare_words(old, new)] == ["removed", "added"]
