import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.search.domain.highlights import (
    MARK_CLOSES,
    MARK_OPENS,
    Run,
    choose_snippet,
    tidy_fragments,
)
from services.search.domain.query import Node, Phrase, Words, parse_query


def mark(text: str) -> str:
    """Write [x] for what Elasticsearch has found."""
    return text.replace("[", MARK_OPENS).replace("]", MARK_CLOSES)


def list_marked(fragments: list[str], node: Node | None) -> list[str]:
    runs = tidy_fragments([mark(fragment) for fragment in fragments], node)
    return [run.text for fragment in runs for run in fragment if run.is_marked]


@pytest.mark.parametrize(
    ("query", "fragment", "marked"),
    [
        ("công đoàn", "[Công] [đoàn] [công] ty", ["Công đoàn"]),
        ("công đoàn", "[công] việc và [đoàn] kết", ["công", "đoàn"]),
        ("công đoàn", "[công] [đoạn] của [công] [đoàn]", ["công đoàn"]),
        ("công đoàn", "chỉ có [công] [đoạn]", ["công đoạn"]),
        ("cong doan", "[công] [đoạn] và [công] [đoàn]", ["công đoạn", "công đoàn"]),
        ("lương", "tiền [lương]", ["lương"]),
        ("LĐLĐ hải phòng", "[LĐLĐ] TP [Hải] [Phòng]", ["LĐLĐ", "Hải Phòng"]),
        ("lương OR mái ấm", "[lương], [mái] [ấm], [ấm] áp", ["lương", "mái ấm"]),
        ("tỉ đồng", "5 [tỷ] [đồng]", ["tỷ đồng"]),
        ("CNVC-LĐ", "[CNVC]-[LĐ] thủ đô", ["CNVC-LĐ"]),
    ],
)
def test_tidy_fragments_marks_what_was_meant(query: str, fragment: str, marked: list[str]) -> None:
    assert list_marked([fragment], parse_query(query).node) == marked


def test_a_phrase_in_one_fragment_silences_lone_syllables_in_others() -> None:
    assert list_marked(["[công] nhân", "[công] [đoàn]"], Phrase("công đoàn")) == ["công đoàn"]


@given(st.lists(st.text(alphabet="ab " + MARK_OPENS + MARK_CLOSES, max_size=30), max_size=4))
def test_no_text_is_lost_and_no_private_mark_is_left(fragments: list[str]) -> None:
    runs = tidy_fragments(fragments, Words("a b"))
    plain = [f.replace(MARK_OPENS, "").replace(MARK_CLOSES, "") for f in fragments]
    assert ["".join(run.text for run in fragment) for fragment in runs] == plain


def test_nothing_asked_marks_nothing() -> None:
    assert tidy_fragments(["đầu bài"], None) == ((Run("đầu bài"),),)


runs = st.builds(Run, st.text(alphabet="ab \n", max_size=40), st.booleans())


@given(st.lists(st.lists(runs, max_size=5).map(tuple), max_size=5), st.integers(1, 120))
def test_any_fragments_give_a_snippet_within_its_length(
    fragments: list[tuple[Run, ...]], limit: int
) -> None:
    snippet = choose_snippet(fragments, limit=limit)
    length = sum(len(run.text) for fragment in snippet for run in fragment)
    assert length <= limit + len(snippet)
    assert bool(snippet) == any(run.text.strip() for fragment in fragments for run in fragment)


def test_a_long_fragment_ends_at_a_word() -> None:
    (fragment,) = choose_snippet([(Run("một hai ba bốn"),)], limit=9)
    assert fragment == (Run("một hai…"),)


def test_a_long_sentence_begins_near_its_first_mark() -> None:
    long = "một hai ba bốn " * 40
    (fragment,) = choose_snippet([(Run(long), Run("mái ấm", is_marked=True), Run(" " + long))])
    assert fragment[0].text.startswith("…")
    assert fragment[1] == Run("mái ấm", is_marked=True)
    assert sum(len(run.text) for run in fragment) < 200


def test_fragments_without_marks_give_way_to_those_with() -> None:
    marked = (Run("x", is_marked=True),)
    assert choose_snippet([(Run("đầu"),), marked]) == (marked,)
