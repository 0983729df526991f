"""A signature is shared by copies of a story, however they are spelt, and by no other story."""

import unicodedata
from itertools import combinations
from pathlib import Path

import pytest

from deploy.demo.stories import load_stories
from deploy.quality.copies import measure_copies
from enricher.domain.signature import BANDS, MINIMUM_SHINGLES, SHINGLE_WORDS, sign_text
from services.contracts.stories import SHARED_KEYWORDS_OF_COPIES, are_copies

CORPUS = Path(__file__).parents[2] / "quality"
STORIES = load_stories()
LEAD, BODY = STORIES["ld-bua-com"].lead, STORIES["ld-bua-com"].text


def test_signature_of_a_syndicated_copy_is_shared() -> None:
    copy = STORIES["tttd-bua-com"]
    assert are_copies(sign_text(LEAD, BODY), sign_text(copy.lead, copy.text))


def test_signatures_of_different_stories_differ() -> None:
    signed = {key: sign_text(story.lead, story.text) for key, story in STORIES.items()}
    copies = {
        frozenset(pair)
        for pair in combinations(signed, 2)
        if are_copies(signed[pair[0]], signed[pair[1]])
    }
    assert copies == {frozenset({"ld-bua-com", "tttd-bua-com"})}


@pytest.mark.parametrize(
    ("lead", "body"),
    [
        (unicodedata.normalize("NFD", LEAD), unicodedata.normalize("NFD", BODY)),
        (LEAD.upper(), BODY.replace("\n\n", "\n")),
        ("", f"{LEAD}\n\n{BODY}"),
        (LEAD.replace(" tỉ ", " tỷ "), BODY.replace(" tỉ ", " tỷ ")),
    ],
    ids=["nfd", "shouting", "zones", "spelling"],
)
def test_signature_ignores_form(lead: str, body: str) -> None:
    shared = set(sign_text(lead, body)) & set(sign_text(LEAD, BODY))
    assert len(shared) >= BANDS - 2


def test_signature_is_the_same_for_ever() -> None:
    # stored signatures must match those of the next release
    assert sign_text("", " ".join(str(number) for number in range(100)))[:2] == (
        "972ca5c6e4fb",
        "b8404164de98",
    )


def test_signature_needs_enough_text() -> None:
    words = [f"w{number}" for number in range(MINIMUM_SHINGLES + SHINGLE_WORDS - 1)]
    assert sign_text("", " ".join(words[1:])) == ()
    assert len(sign_text("", " ".join(words))) == BANDS
    assert sign_text("", "lặp lại " * 500) == ()


def test_are_copies_asks_for_enough_shared_keywords() -> None:
    shared = [str(number) for number in range(SHARED_KEYWORDS_OF_COPIES)]
    assert are_copies([*shared, "a"], [*shared, "b"])
    assert not are_copies([*shared[1:], "a"], [*shared[1:], "b"])


def test_signatures_find_edited_stories_and_no_others() -> None:
    report = measure_copies(CORPUS, one_in=3)
    assert report.recall >= 0.97
    assert report.precision >= 0.995
