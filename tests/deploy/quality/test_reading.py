"""The measure of reading: its pages, its score, and what is reached on them."""

import json
from pathlib import Path

import pytest

from deploy.quality.pages import build_known_pages, build_pages, load_pages
from deploy.quality.reading import Score, compare, measure, read_by_unionwire


@pytest.mark.parametrize(
    ("gold", "found", "expected"),
    [
        ("a b c d", "a b c d", (1, 0, 0)),
        ("a b c d e", "a b c d", (1, 0, 1)),
        ("a b", "A b", (0, 1, 1)),
        ("", "a b c d", (0, 1, 0)),
        ("", "", (0, 0, 0)),
    ],
)
def test_compare_counts_shingles(gold: str, found: str, expected: tuple[int, int, int]) -> None:
    assert compare(gold, found) == expected


def test_score_leaves_out_pages_where_nothing_was_found_from_precision() -> None:
    score = Score()
    score.add("empty", gold="a b c d", found="")
    score.add("right", gold="a b c d", found="a b c d")

    assert (score.precision, score.recall) == (1.0, 0.5)


def test_build_pages_gives_the_same_pages_each_time() -> None:
    first, second = build_pages(stories_each=1), build_pages(stories_each=1)

    assert first == second
    assert len({page.name for page in first}) == len(first)


def test_load_pages_reads_a_benchmark_folder(tmp_path: Path) -> None:
    (tmp_path / "html").mkdir()
    (tmp_path / "html" / "p1.html").write_text("<p>a b", encoding="utf-8")
    gold = {"p1": {"articleBody": "a b", "url": "https://e.org/"}}
    (tmp_path / "ground-truth.json").write_text(json.dumps(gold), encoding="utf-8")

    assert [(page.name, page.text) for page in load_pages(tmp_path)] == [("p1", "a b")]


def test_main_text_is_read_better_than_by_trafilatura_alone() -> None:
    pages = build_pages(stories_each=1)

    scores = measure(pages)

    assert scores["unionwire"].f1 > max(0.95, scores["trafilatura"].f1)


def test_pages_of_the_sites_that_we_know_are_read_exactly() -> None:
    pages = build_known_pages()

    wrong = [page.name for page in pages if read_by_unionwire(page.html) != page.text]

    assert len(pages) > 40
    assert wrong == []
