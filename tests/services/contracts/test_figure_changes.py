"""Between two revisions, each figure is unchanged, changed, gone or new, and nothing else."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deploy.quality.revisions import measure_revisions
from services.contracts.figure_changes import FigureChange, compare_figures
from services.contracts.figures import Figure, FigureKind

# invented sentences
CASES = json.loads(Path(__file__).with_name("figure_change_cases.json").read_text("utf-8"))


def build(fields: dict[str, Any]) -> Figure:
    sentence = str(fields["sentence"])
    start = sentence.find(fields["surface"])
    return Figure(
        field="body",
        start=start,
        end=start + len(fields["surface"]),
        surface=fields["surface"],
        kind=fields.get("kind", "count"),
        value=Decimal(fields["n"]),
        unit=fields.get("unit"),
        counted=fields.get("counted"),
        comparator=fields.get("comparator", "eq"),
        indicator=fields.get("indicator"),
        sentence=sentence,
    )


def tell(change: FigureChange, *, with_sentence: bool) -> str:
    figures = [figure for figure in (change.before, change.after) if figure is not None]
    words = [change.kind, *(str(figure.value) for figure in figures), *change.differences]
    if with_sentence:
        words += [figure.sentence or "" for figure in figures]
    return " ".join(words)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["about"])
def test_figures_that_changed_came_and_went(case: dict[str, Any]) -> None:
    before, after = ([build(fields) for fields in case[side]] for side in ("before", "after"))
    told = [
        tell(change, with_sentence=" " in expected.partition(" ")[2] and "went" in expected)
        for change, expected in zip(compare_figures(before, after), case["expected"], strict=True)
    ]
    assert told == case["expected"]


figures = st.lists(
    st.builds(
        lambda number, noun, kind, words: Figure(
            field="body",
            start=0,
            end=1,
            surface=str(number),
            kind=kind,
            value=Decimal(number),
            counted=noun,
            sentence=f"{' '.join(words)} {number} {noun}",
        ),
        st.integers(0, 5),
        st.sampled_from(["người", "suất quà", None]),
        st.sampled_from([FigureKind.COUNT, FigureKind.MONEY, FigureKind.PERCENT]),
        st.lists(st.sampled_from(["có", "trao", "mất", "12"]), max_size=3),
    ),
    max_size=8,
)


@given(figures)
def test_a_text_has_no_changes_against_itself(own: list[Figure]) -> None:
    assert compare_figures(own, own) == ()
    assert compare_figures(own, own[::-1]) == ()


@given(figures, figures)
def test_every_figure_is_told_of_once_at_most(before: list[Figure], after: list[Figure]) -> None:
    changes = compare_figures(before, after)
    came = sum(change.kind == "came" for change in changes)
    went = sum(change.kind == "went" for change in changes)
    assert came - went == len(after) - len(before)
    assert all(change.differences for change in changes if change.kind == "changed")
    assert len([c for c in changes if c.after is not None]) <= len(after)


@settings(max_examples=20)
@given(figures, figures)
def test_changes_backwards_mirror_those_forwards(before: list[Figure], after: list[Figure]) -> None:
    there, back = compare_figures(before, after), compare_figures(after, before)
    assert sum(c.kind == "came" for c in there) == sum(c.kind == "went" for c in back)


def test_thousands_of_figures_are_compared_without_all_pairs() -> None:
    def read(number: int, *, shift: int) -> Figure:
        name = "".join(chr(ord("a") + int(digit)) for digit in str(number))
        value = number + shift
        sentence = f"Kho {name} có {value} cái."
        return build(
            {"n": value, "counted": f"cái {name}", "surface": str(value), "sentence": sentence}
        )

    before, after = ([read(number, shift=shift) for number in range(1500)] for shift in (0, 10_000))
    changes = compare_figures(before, after)
    assert [change.kind for change in changes] == ["changed"] * 1500
    assert {
        ((c.after and c.after.value) or 0) - ((c.before and c.before.value) or 0) for c in changes
    } == {10_000}


def test_changes_made_to_real_texts_are_told_and_no_others() -> None:
    report = measure_revisions(Path(__file__).parents[2] / "quality", one_in=5)
    assert report.precision >= 0.95
    assert report.recall >= 0.95
