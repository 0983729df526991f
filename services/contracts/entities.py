"""A named thing mentioned in an article: person, organisation, place, document, event.

In: what the enricher reads from text. Out: the model that events, index and API share.
"""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from services.contracts.figures import TextField
from services.contracts.models import Contract

EventKind = Literal[
    "congress", "conference", "month", "day", "campaign", "programme", "contest", "award", "forum"
]


class EntityType(StrEnum):
    """What a mention names."""

    PERSON = "person"
    ORGANISATION = "organisation"
    PLACE = "place"
    DOCUMENT = "document"
    EVENT = "event"


class Entity(Contract):
    """One mention: where it stands, and the canonical name of what it names.

    `id` is the lexicon's id where it has one. `kind` and `parent` belong to organisations, with
    the names of their `predecessors` and `successors`, since when (`changed_on`) and whether the
    organisation `has_ended`; `role` and `organisation` to persons; `code`, `code_system` and
    `as_of` to places; `number`, `document_kind`, `issuer` and `date` to legal documents;
    `event_kind` to events, with `date` for their year or term ("2025/2030") and `organisation`
    for whose congress it is.

    Example:
        >>> Entity(
        ...     type=EntityType.ORGANISATION, field="title", start=0, end=11, surface="LĐLĐ Hà Nội",
        ...     name="Liên đoàn Lao động thành phố Hà Nội", kind="union",
        ... ).name
        'Liên đoàn Lao động thành phố Hà Nội'
    """

    type: EntityType
    field: TextField
    start: int = Field(ge=0)
    end: int = Field(gt=0)
    surface: str
    name: str
    id: str | None = None
    kind: Literal["union", "party", "state", "company", "other"] | None = None
    parent: str | None = None
    role: str | None = None
    organisation: str | None = None
    code: str | None = None
    code_system: str | None = None
    as_of: str | None = None
    number: str | None = None
    document_kind: str | None = None
    date: str | None = None
    issuer: str | None = None
    event_kind: EventKind | None = None
    predecessors: tuple[str, ...] = ()
    successors: tuple[str, ...] = ()
    changed_on: str | None = None
    has_ended: bool = False
    rule: str | None = None
    confidence: float | None = Field(default=None, ge=0, le=1)
