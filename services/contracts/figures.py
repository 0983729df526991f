"""A figure: a claim with a number, found in an article.

In: what the enricher reads from text. Out: the model that events, index and API share.
Terms and conventions: docs/figures.md.
"""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from services.contracts.models import Contract, Number

TextField = Literal["title", "lead", "body"]
"""The part of an article that offsets count in."""


class FigureKind(StrEnum):
    """What sort of claim a figure makes."""

    COUNT = "count"
    MONEY = "money"
    PERCENT = "percent"
    RATIO = "ratio"
    FRACTION = "fraction"
    CHANGE = "change"
    MULTIPLE = "multiple"
    SCORE = "score"
    AGE = "age"
    AREA = "area"
    DURATION = "duration"
    LENGTH = "length"
    WEIGHT = "weight"
    VOLUME = "volume"
    TEMPERATURE = "temperature"
    OTHER = "other"


class Comparator(StrEnum):
    """How the true value stands to the printed one."""

    EQ = "eq"
    GT = "gt"
    GTE = "gte"
    LT = "lt"
    LTE = "lte"
    APPROX = "approx"
    APPROX_BELOW = "approx_below"
    BETWEEN = "between"
    VAGUE = "vague"


class Modality(StrEnum):
    """Whether a figure happened, is aimed at, or is guessed by the source."""

    REPORTED = "reported"
    TARGET = "target"
    ESTIMATE = "estimate"


class Change(Contract):
    """The direction of a change and what it is measured against ("so với cùng kỳ")."""

    direction: Literal["up", "down", "none"]
    baseline: str | None = None


class Figure(Contract):
    """One figure with its evidence and its links.

    `start` and `end` are a half-open range of code points in `field`, and slice to `surface`.
    `value` is None when the text is vague ("hàng nghìn"); `magnitude` then holds its scale.
    For a/b, `value` equals `numerator`; for "from x to y" changes it is the new value.
    `place_id` names a unit with its code system, such as "place:2025:79": codes alone were used
    for other units before the reform of 2025. `part_of` and `same_as` hold the `id` of another
    figure of the same article.

    Example:
        >>> from decimal import Decimal
        >>> figure = Figure(
        ...     field="body", start=4, end=19, surface="hơn 220 tỉ đồng", kind=FigureKind.MONEY,
        ...     value=Decimal(220_000_000_000), unit="VND", comparator=Comparator.GT,
        ... )
        >>> figure.id
        'body:4-19'
    """

    field: TextField
    start: int = Field(ge=0)
    end: int = Field(gt=0)
    surface: str
    kind: FigureKind
    value: Number | None = None
    value_max: Number | None = None
    numerator: Number | None = None
    denominator: Number | None = None
    from_value: Number | None = None
    magnitude: Number | None = None
    unit: str | None = None
    counted: str | None = None
    comparator: Comparator = Comparator.EQ
    change: Change | None = None
    per: tuple[str, ...] = ()
    of: str | None = None
    modality: Modality = Modality.REPORTED
    indicator: str | None = None
    organisation: str | None = None
    place: str | None = None
    place_code: str | None = None
    place_id: str | None = None
    period: str | None = None
    part_of: str | None = None
    same_as: str | None = None
    rule: str | None = None
    confidence: float | None = Field(default=None, ge=0, le=1)
    sentence: str | None = None

    @property
    def id(self) -> str:
        """The name of this figure within its article, such as "body:4-19"."""
        return f"{self.field}:{self.start}-{self.end}"
