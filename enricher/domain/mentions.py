"""A named thing found in a paragraph, in token positions.

In and out: the common currency of organisations.py, places.py, persons.py and documents.py.
"""

from dataclasses import dataclass
from typing import Literal

from enricher.domain.text import Paragraph
from services.contracts.entities import EntityType, EventKind

OrganisationKind = Literal["union", "party", "state", "company", "other"]


@dataclass(slots=True)
class Mention:
    """A mention at tokens [first, stop) of its paragraph.

    `exact` are its offsets where it ends inside a token, before a Korean particle.
    `area` is the short name of the province an organisation or place lies in, where known.
    """

    type: EntityType
    paragraph: Paragraph
    first: int
    stop: int
    name: str
    rule: str
    id: str | None = None
    kind: OrganisationKind | None = None
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
    area: str | None = None
    confidence: float = 0.9
    exact: tuple[int, int] | None = None

    @property
    def start(self) -> int:
        """The offset of the mention in its paragraph."""
        if self.exact is not None:
            return self.exact[0]
        return self.paragraph.starts[self.first]

    @property
    def end(self) -> int:
        """The offset behind the mention in its paragraph."""
        if self.exact is not None:
            return self.exact[1]
        return self.paragraph.ends[self.stop - 1]
