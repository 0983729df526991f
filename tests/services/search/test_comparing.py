from decimal import Decimal

import pytest

from services.contracts.articles import Cause
from services.contracts.documents import RevisionEntry
from services.contracts.figure_changes import FigureChange
from services.contracts.figures import Figure, FigureKind
from services.search.comparing import list_meanings, list_shown, list_texts


def make_figure(value: int, **fields: str) -> Figure:
    return Figure(
        field="body",
        start=0,
        end=2,
        surface=str(value),
        kind=FigureKind.COUNT,
        value=Decimal(value),
        **fields,
    )


def make_change(*differences: str) -> FigureChange:
    return FigureChange(
        kind="changed",
        before=make_figure(86, counted="đơn vị"),
        after=make_figure(86, counted="công đoàn"),
        differences=differences,
    )


@pytest.mark.parametrize(
    ("differences", "is_shown", "meanings"),
    [
        (("value",), True, ()),
        (("value", "counted"), True, ()),
        (("counted", "of"), True, ("counted",)),
        (("of",), False, ()),
    ],
)
def test_only_what_a_reader_can_see_is_a_change(
    differences: tuple[str, ...],
    is_shown: bool,  # noqa: FBT001 - a pytest parameter
    meanings: tuple[str, ...],
) -> None:
    change = make_change(*differences)
    assert bool(list_shown([change])) is is_shown
    assert list_meanings(change) == meanings


def test_figures_that_came_or_went_are_always_shown() -> None:
    came = FigureChange(kind="came", after=make_figure(1))
    assert list_shown([came]) == (came,)
    assert list_meanings(came) == ()


def test_a_withdrawal_is_no_text_to_compare() -> None:
    shared = {"last_revision": 9, "generation": 0}
    entries = [
        RevisionEntry(revision=1, cause=Cause.NEW, status="published", **shared),
        RevisionEntry(revision=3, cause=Cause.WITHDRAWN, status="withdrawn", **shared),
        RevisionEntry(revision=2, cause=Cause.SOURCE, status="published", **shared),
    ]
    assert [entry.revision for entry in list_texts(entries)] == [2, 1]
