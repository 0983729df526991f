from decimal import Decimal
from typing import Any

from services.contracts.figures import Figure, FigureKind, Modality
from services.search.domain.key_figures import choose_key_figures


def build_figure(start: int, **facts: Any) -> Figure:  # noqa: ANN401 - a figure's fields
    defaults: dict[str, Any] = {
        "field": "body",
        "start": start,
        "end": start + 1,
        "surface": "5",
        "kind": FigureKind.COUNT,
        "value": Decimal(start + 1),
    }
    return Figure(**(defaults | facts))


def test_known_indicators_and_headlines_come_first() -> None:
    plain = build_figure(1)
    headline = build_figure(2, field="title")
    known = build_figure(3, field="title", indicator="members")
    assert choose_key_figures([plain, headline, known]) == (known, headline, plain)


def test_ages_durations_vague_figures_and_repetitions_are_left_out() -> None:
    assert not choose_key_figures(
        [
            build_figure(1, kind=FigureKind.AGE),
            build_figure(2, kind=FigureKind.DURATION),
            build_figure(3, value=None),
            build_figure(4, same_as="title:0-3"),
        ]
    )


def test_the_same_fact_is_told_once() -> None:
    twice = [build_figure(1, value=Decimal(7)), build_figure(9, value=Decimal(7))]
    assert choose_key_figures(twice) == (twice[0],)


def test_facts_come_before_targets() -> None:
    target = build_figure(1, modality=Modality.TARGET)
    fact = build_figure(2)
    assert choose_key_figures([target, fact]) == (fact, target)


def test_their_number_is_limited() -> None:
    assert len(choose_key_figures([build_figure(n) for n in range(9)], limit=2)) == 2
