from hypothesis import given
from hypothesis import strategies as st

from services.search.domain.copies import build_copies_search, fold_copies, match_copies

signatures = st.lists(st.text("abcdef", min_size=3, max_size=4), max_size=25)


@given(found=signatures, read=st.integers(0, 25))
def test_what_is_folded_does_not_depend_on_how_much_is_read(found: list[str], read: int) -> None:
    ranked = [(str(place), keywords) for place, keywords in enumerate(found)]
    whole = fold_copies(ranked)
    part = fold_copies(ranked[:read])
    assert [group.first for group in part] == [group.first for group in whole][: len(part)]


@given(found=signatures)
def test_every_article_is_in_one_group(found: list[str]) -> None:
    ranked = [(str(place), keywords) for place, keywords in enumerate(found)]
    groups = fold_copies(ranked)
    members = [name for group in groups for name in (group.first, *group.copies)]
    assert sorted(members) == sorted(name for name, _ in ranked)


def test_articles_too_short_for_a_signature_are_never_folded() -> None:
    assert [group.first for group in fold_copies([("a", ()), ("b", ())])] == ["a", "b"]


def test_a_copy_shares_several_keywords_not_one() -> None:
    assert match_copies({"a": "1234"}, [("b", "1789"), ("c", "1239"), ("a", "1234")]) == {
        "a": ["c"]
    }


def test_nothing_is_looked_up_without_signatures() -> None:
    body = build_copies_search({"a": ()}, fields=("title",), timeout_milliseconds=9)
    assert body["size"] == 0
