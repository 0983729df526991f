"""Ties figures to units of the map with their code system, and no old figure to a new unit.

In: linked figures and the named places of the article. Out: the figures, `place_id` filled where
the unit is known for certain.

The provinces of 2025 took over names and codes of smaller ones of 2024. A figure of a period that
ended before the reform is of the old unit, whatever name a later article gives it: then name and
period do not tell the unit, and it stays unknown.
"""

from collections.abc import Iterable

from services.contracts.entities import Entity, EntityType
from services.contracts.figures import Figure
from services.lexicon.periods import read_period
from services.lexicon.places import REFORM_DAY, provinces_that_became

_NEW_SYSTEM = "VN-GSO-2025"


def date_places(figures: Iterable[Figure], entities: Iterable[Entity]) -> list[Figure]:
    """Return the figures with `place_id`; one that is of an older unit loses its code."""
    places: dict[tuple[str, str], Entity] = {}
    for entity in entities:
        if entity.type is EntityType.PLACE and entity.code and entity.id:
            places.setdefault((entity.name, entity.code), entity)
    return [_date_place(figure, places) for figure in figures]


def _date_place(figure: Figure, places: dict[tuple[str, str], Entity]) -> Figure:
    if figure.place is None or figure.place_code is None:
        return figure
    place = places.get((figure.place, figure.place_code))
    if place is None:
        return figure
    if _is_older(figure, place):
        return figure.model_copy(update={"place_code": None})
    return figure.model_copy(update={"place_id": place.id})


def _is_older(figure: Figure, place: Entity) -> bool:
    """Return whether the figure's period ended before its place was what it is now."""
    if place.code_system != _NEW_SYSTEM or place.code is None:
        return False
    period = read_period(figure.period)
    if period is None or period.last >= REFORM_DAY:
        return False
    is_province = place.id is not None and place.id.count(":") == 2 and len(place.code) == 2  # noqa: PLR2004
    # wards were cut anew everywhere; a province that took in no other is what it was
    return not is_province or len(provinces_that_became(place.code)) > 1
