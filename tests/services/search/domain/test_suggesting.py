import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.search.domain.request import SearchRequest
from services.search.domain.suggesting import (
    Suggestion,
    Typed,
    build_suggestions_search,
    choose_matching,
    link_suggestion,
    list_suggestions,
    read_typed,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("lương t", Typed(head="", fragment="lương t")),
        ("(lương OR thưởng t", Typed(head="(lương OR ", fragment="thưởng t")),
        ('"mái ấm" hà', Typed(head='"mái ấm" ', fragment="hà")),
        ("báo:lao", Typed(head="", fragment="lao", facet="outlet")),
        ("title:lương", None),
        ("a", None),
        ("", None),
        ('"', None),
        ("lương AND ", None),
    ],
)
def test_read_typed_takes_the_last_run_of_words(text: str, expected: Typed | None) -> None:
    assert read_typed(text) == expected


@given(st.text(max_size=300))
def test_read_typed_reads_anything(text: str) -> None:
    typed = read_typed(text)
    if typed is not None:
        assert typed.fragment
        build_suggestions_search(typed, timeout_milliseconds=100)
        assert list_suggestions(typed, {}, "vi") is not None


@pytest.mark.parametrize(
    ("fragment", "names", "expected"),
    [
        ("hai ph", ["Hải Phòng", "Hà Nội"], ["Hải Phòng"]),
        ("hải ph", ["Hai Phòng", "Hải Phòng"], ["Hải Phòng", "Hai Phòng"]),
        ("lđlđ tây", ["Liên đoàn Lao động tỉnh Tây Ninh"], ["Liên đoàn Lao động tỉnh Tây Ninh"]),
        ("ninh tây", ["Tây Ninh"], []),
        ("nội", ["Hà Nội", "HÀ NỘI"], ["Hà Nội"]),
        ("hanoi", ["Hà Nội"], []),
    ],
)
def test_choose_matching_reads_names_word_by_word(
    fragment: str, names: list[str], expected: list[str]
) -> None:
    assert choose_matching(fragment, names) == expected


def test_a_chosen_value_leaves_the_words_before_it() -> None:
    chosen = Suggestion(kind="value", label="Huế", facet="place", value="Huế", text="lương")
    asked = SearchRequest(text="lương place:hu", chosen={"outlet": ("A",)})
    assert link_suggestion(chosen, asked) == "/?q=l%C6%B0%C6%A1ng&outlet=A&place=Hu%E1%BA%BF"


def test_what_the_lexicon_knows_is_offered_without_any_article() -> None:
    typed = read_typed("ngừng v")
    assert typed is not None
    offered = list_suggestions(typed, {}, "vi")
    assert {"topic", "indicator"} & {suggestion.facet for suggestion in offered}
