"""Expansion of queries, as the search service uses it."""

import pytest

from services.lexicon.abbreviations import (
    VARIANTS_LIMIT,
    expand_abbreviation,
    expand_abbreviations,
)


@pytest.mark.parametrize(
    ("query", "variant"),
    [
        ("LĐLĐ Hải Phòng", "Liên đoàn Lao động Hải Phòng"),
        ("ldld hai phong", "Liên đoàn Lao động hai phong"),
        ("Liên đoàn Lao động Hà Nội", "LĐLĐ Hà Nội"),
        ("lien doan lao dong ha noi", "LĐLĐ ha noi"),
        ("CĐCS", "công đoàn cơ sở"),
        ("CNVCLĐ", "công nhân, viên chức, lao động"),
        ("LĐLĐ TP.HCM", "Liên đoàn Lao động Thành phố Hồ Chí Minh"),
        ("nợ BHXH", "nợ bảo hiểm xã hội"),
    ],
)
def test_expand_abbreviations_writes_the_other_form(query: str, variant: str) -> None:
    assert variant in expand_abbreviations(query)


@pytest.mark.parametrize("query", ["", "tiền lương", "ldldx", "x" * 5000])
def test_expand_abbreviations_of_plain_words_is_empty(query: str) -> None:
    assert expand_abbreviations(query) == ()


def test_expand_abbreviations_is_bounded() -> None:
    assert len(expand_abbreviations("LĐLĐ CĐCS BHXH KCN " * 40)) <= VARIANTS_LIMIT


def test_expand_abbreviation_of_an_unknown_word_is_empty() -> None:
    assert expand_abbreviation("XYZ") == ()
