"""To which figure a judgement belongs after its article was read anew."""

import json
import re
import unicodedata
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from services.contracts.figures import Figure, FigureKind, TextField
from services.search.domain.judging import (
    Correction,
    Judgement,
    Verdict,
    attach,
    find_figure,
    note_figure,
)

CASES: list[dict[str, Any]] = json.loads(
    Path(__file__).with_name("judging_cases.json").read_text(encoding="utf-8")
)
NOW = datetime(2026, 10, 5, 8, 0, tzinfo=UTC)


def find_sentence(text: str, start: int, end: int) -> str:
    begins = max(text.rfind(mark, 0, start) + len(mark) for mark in (". ", "\n\n"))
    if text.rfind(". ", 0, start) < 0 and text.rfind("\n\n", 0, start) < 0:
        begins = 0
    stop = text.find(". ", end)
    return text[begins : len(text) if stop < 0 else stop + 1]


def build_figures(
    text: str, surface: str, *, field: TextField = "body", value: str = "1"
) -> list[Figure]:
    return [
        Figure(
            field=field,
            start=found.start(),
            end=found.end(),
            surface=surface,
            kind=FigureKind.COUNT,
            value=Decimal(value),
            sentence=find_sentence(text, found.start(), found.end()),
        )
        for found in re.finditer(re.escape(surface), text)
    ]


def judge(
    figure: Figure, figures: list[Figure], number: int = 1, *, user: int = 1, hours: int = 0
) -> Judgement:
    return Judgement(
        judgement_id=number,
        article_id="a",
        judged=note_figure(figure, figures),
        verdict=Verdict.CONFIRMED,
        user_id=user,
        judged_at=NOW + timedelta(hours=hours),
    )


@pytest.mark.parametrize("case", CASES, ids=[case["about"] for case in CASES])
def test_find_figure_finds_the_claim_that_was_judged(case: dict[str, Any]) -> None:
    value = case.get("value", "1")
    before = build_figures(case["text"], case["judge"], value=value)
    if "sentence" in case:
        before = [figure.model_copy(update={"sentence": case["sentence"]}) for figure in before]
    judged = note_figure(before[case.get("occurrence", 0)], before)
    now: list[Figure] = []
    surfaces = case.get("now_figures", [case["judge"]])
    for surface in surfaces:
        now += build_figures(
            case["now"],
            surface,
            field=case.get("now_field", "body"),
            value=case.get("now_value", value),
        )
    found = find_figure(judged, now)
    if case["expected"] is None:
        assert found is None
        return
    assert found is not None
    assert found.surface == case["expected"]
    alike = [figure for figure in now if figure.surface == case["expected"]]
    assert found == alike[case.get("expected_occurrence", 0)]


def test_find_figure_knows_composed_and_decomposed_letters() -> None:
    text = "Tặng 5 suất quà."
    before = build_figures(text, "5 suất")
    judged = note_figure(before[0], before)
    other = unicodedata.normalize("NFD", text)
    now = build_figures(other, unicodedata.normalize("NFD", "5 suất"))
    assert find_figure(judged, now) == now[0]


def test_attach_keeps_all_who_judged_one_figure_in_order() -> None:
    figures = build_figures("Trao 31 căn nhà.", "31 căn")
    later, first = judge(figures[0], figures, 1, hours=2), judge(figures[0], figures, 2, user=2)
    attached = attach([later, first], figures)
    assert attached.by_figure[figures[0].id] == (first, later)
    assert attached.orphans == ()


def test_attach_joins_judgements_from_before_and_after_a_change() -> None:
    old = build_figures("Trao 31 căn nhà.", "31 căn")
    new = build_figures("Thêm đoạn.\n\nTrao 31 căn nhà.", "31 căn")
    attached = attach([judge(old[0], old, 1), judge(new[0], new, 2, user=2)], new)
    assert [each.judgement_id for each in attached.by_figure[new[0].id]] == [1, 2]


def test_attach_shows_what_lost_its_figure_as_an_orphan() -> None:
    figures = build_figures("Trao 31 căn nhà.", "31 căn")
    judgement = judge(figures[0], figures)
    assert attach([judgement], []).orphans == (judgement,)


def test_attach_leaves_out_what_was_taken_back() -> None:
    figures = build_figures("Trao 31 căn nhà.", "31 căn")
    ended = Judgement(**{**judge(figures[0], figures).__dict__, "ended_at": NOW})
    attached = attach([ended], figures)
    assert (dict(attached.by_figure), attached.orphans) == ({}, ())


def test_the_hash_of_a_sentence_does_not_depend_on_white_space() -> None:
    one = build_figures("Trao 31 căn nhà.", "31 căn")
    two = build_figures("Trao \n31 căn  nhà.", "31 căn")
    assert note_figure(one[0], one).sentence_hash == note_figure(two[0], two).sentence_hash


def test_a_correction_says_whether_it_corrects_anything() -> None:
    assert Correction().is_empty
    assert not Correction(unit="VND").is_empty
