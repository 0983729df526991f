"""The few figures that say most about an article, for its card in a list.

In: an article's figures. Out: some of them, the most telling first.
"""

from collections.abc import Iterable

from services.contracts.figures import Figure, FigureKind, Modality

KEY_FIGURES_LIMIT = 3
_FIELD_POINTS = {"title": 3, "lead": 2, "body": 0}
_KIND_POINTS = {
    FigureKind.MONEY: 2,
    FigureKind.COUNT: 1,
    FigureKind.RATIO: 1,
    FigureKind.PERCENT: 1,
    FigureKind.CHANGE: 1,
}
_INDICATOR_POINTS = 3
_LARGE = 1000
_QUIET_KINDS = frozenset({FigureKind.AGE, FigureKind.DURATION, FigureKind.SCORE})


def _weigh(figure: Figure) -> int:
    points = _FIELD_POINTS[figure.field] + _KIND_POINTS.get(figure.kind, 0)
    points += _INDICATOR_POINTS if figure.indicator else 0
    points += 1 if figure.value is not None and figure.value >= _LARGE else 0
    return points - (1 if figure.modality is not Modality.REPORTED else 0)


def choose_key_figures(
    figures: Iterable[Figure], *, limit: int = KEY_FIGURES_LIMIT
) -> tuple[Figure, ...]:
    """Return up to `limit` figures, each fact once.

    Figures of a known indicator, in the title or lead, of money or large counts come first; ages,
    durations, scores, vague figures and repetitions are left out.

    Example:
        >>> from decimal import Decimal
        >>> money = Figure(field="body", start=9, end=12, surface="5 tỉ", kind=FigureKind.MONEY,
        ...     value=Decimal(5_000_000_000), unit="VND")
        >>> age = Figure(field="title", start=0, end=2, surface="45", kind=FigureKind.AGE,
        ...     value=Decimal(45))
        >>> choose_key_figures([age, money]) == (money,)
        True
    """
    chosen: dict[tuple[object, ...], Figure] = {}
    for figure in sorted(figures, key=_weigh, reverse=True):
        if figure.value is None or figure.kind in _QUIET_KINDS or figure.same_as:
            continue
        fact = (figure.kind, figure.value, figure.value_max, figure.unit)
        chosen.setdefault(fact, figure)
    return tuple(chosen.values())[:limit]
