import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.search.domain.query import (
    EXACT_FIELDS,
    FOLDED_FIELDS,
    QUERY_LIMIT_CHARACTERS,
    WORDS_LIMIT,
    AllOf,
    AnyOf,
    Fielded,
    Node,
    Not,
    Phrase,
    QueryError,
    Words,
    build_highlight_query,
    build_query,
    list_positive,
    parse_query,
    write_variants,
)

CASES = json.loads(Path(__file__).with_name("query_cases.json").read_text(encoding="utf-8"))


def spell(node: Node | None) -> str:  # noqa: PLR0911 - one for each kind
    match node:
        case None:
            return "everything"
        case Words(text):
            return f"(words {text})"
        case Phrase(text):
            return f"(phrase {text})"
        case Not(inner):
            return f"(not {spell(inner)})"
        case AllOf(nodes):
            return f"(all {' '.join(map(spell, nodes))})"
        case AnyOf(nodes):
            return f"(any {' '.join(map(spell, nodes))})"
        case Fielded(field, inner):
            return f"(in {field} {spell(inner)})"


def list_leaves(clause: object) -> list[dict[str, Any]]:
    """Return every multi_match in a query."""
    if isinstance(clause, list):
        return [leaf for part in clause for leaf in list_leaves(part)]
    if isinstance(clause, dict):
        found = [clause["multi_match"]] if "multi_match" in clause else []
        return found + [leaf for part in clause.values() for leaf in list_leaves(part)]
    return []


@pytest.mark.parametrize("case", CASES, ids=[case["why"] for case in CASES])
def test_parse_query_reads(case: dict[str, Any]) -> None:
    parsed = parse_query(case["text"])
    assert spell(parsed.node) == case["tree"]
    assert list(parsed.notes) == case.get("notes", [])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a" * (QUERY_LIMIT_CHARACTERS + 1), "too_long"),
        ("a " * (WORDS_LIMIT + 1), "too_many_words"),
        ("(" * 20 + "a" + ")" * 20, "too_deep"),
        ("!!! ...", "nothing_to_search"),
        ('""', "nothing_to_search"),
        ("OR", "nothing_to_search"),
        ("( )", "nothing_to_search"),
    ],
)
def test_parse_query_refuses_with_a_reason(text: str, problem: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse_query(text)
    assert caught.value.problem == problem


WORD_PIECES = ("công", "đoàn", "cong", "LĐLĐ", "TP.HCM", "629.000", "2/3", "🎉", "\ud7a3")
SIGNS = ('"', "“", "(", ")", "-", "AND", "OR", "NOT", "|", " ", "--", "&&")
HAZARDS = ("*", "~", "^", ":", "\\", "\u0000", "\u200b")
PIECES = st.sampled_from((*WORD_PIECES, *SIGNS, *HAZARDS))


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=30).map(" ".join) | st.lists(PIECES, max_size=30).map("".join))
def test_any_text_gives_a_bounded_query_or_a_reason(text: str) -> None:
    try:
        node = parse_query(text).node
    except QueryError:
        return
    query = json.dumps(build_query(node))
    assert "query_string" not in query
    assert query.count('"multi_match"') <= 20 * WORDS_LIMIT
    build_highlight_query(node, "body")


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=QUERY_LIMIT_CHARACTERS))
def test_any_unicode_is_read_or_refused(text: str) -> None:
    try:
        build_query(parse_query(text).node)
    except QueryError as error:
        assert error.problem  # noqa: PT017 - either outcome is right


def test_words_must_all_be_found_across_fields() -> None:
    leaf = build_query(Words("lương tối thiểu"), is_ranked=False)["multi_match"]
    assert leaf["type"] == "cross_fields"
    assert leaf["operator"] == "and"
    assert leaf["fields"] == list(FOLDED_FIELDS)


def test_abbreviations_are_alternatives_of_what_was_typed() -> None:
    query = build_query(Words("lien doan lao dong hai phong"), is_ranked=False)
    texts = [leaf["query"] for leaf in list_leaves(query)]
    assert texts[0] == "lien doan lao dong hai phong"
    assert "LĐLĐ hai phong" in texts
    assert query["bool"]["minimum_should_match"] == 1


def test_variants_are_bounded() -> None:
    assert len(write_variants("LĐLĐ TP CĐCS NLĐ UBND HĐND KCN BHXH")) <= 6


def test_unranked_query_leaves_out_what_only_ranks() -> None:
    assert len(list_leaves(build_query(Words("an toàn lao"), is_ranked=False))) < len(
        list_leaves(build_query(Words("an toàn lao")))
    )


def test_accented_words_rank_by_exact_spelling_above_folded() -> None:
    boosts: dict[bool, float] = {}
    for leaf in list_leaves(build_query(Words("công đoạn"))):
        is_exact = "exact" in leaf["fields"][0]
        boosts[is_exact] = max(boosts.get(is_exact, 0), leaf["boost"])
    assert boosts[True] > 10 * boosts[False]


def test_plain_words_never_ask_for_exact_spelling_of_what_was_typed() -> None:
    leaves = list_leaves(build_query(Words("tien luong")))
    assert not any("exact" in field for leaf in leaves for field in leaf["fields"])


def test_accented_phrase_is_meant_as_spelt() -> None:
    assert list_leaves(build_query(Phrase("công đoàn")))[0]["fields"] == list(EXACT_FIELDS)
    assert list_leaves(build_query(Phrase("cong doan")))[0]["fields"] == list(FOLDED_FIELDS)


def test_exclusion_is_as_spelt_and_in_one_piece() -> None:
    query = build_query(parse_query("công đoàn -công đoạn").node)
    (excluded,) = query["bool"]["must_not"]
    assert excluded["multi_match"]["type"] == "phrase"
    assert excluded["multi_match"]["fields"] == list(EXACT_FIELDS)


def test_exclusion_alone_is_a_query() -> None:
    assert build_query(parse_query("-lương").node) == {
        "bool": {"must_not": [list_must_not("lương")]}
    }


def list_must_not(text: str) -> dict[str, Any]:
    query = build_query(Not(Words(text)))
    clause: dict[str, Any] = query["bool"]["must_not"][0]
    return clause


def test_excluded_words_are_not_highlighted() -> None:
    node = parse_query("lương -thưởng").node
    assert list_positive(node) == (Words("lương"),)
    assert "thưởng" not in json.dumps(build_highlight_query(node, "body"), ensure_ascii=False)


def test_nothing_to_highlight_without_words() -> None:
    assert build_highlight_query(None, "body") is None
