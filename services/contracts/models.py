"""The base of every model that crosses a process border.

In: plain values or JSON bytes. Out: frozen, validated models and their canonical JSON.
Producers are strict (mypy knows each field); consumers ignore fields they do not know.
"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, PlainSerializer


def _to_utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a time needs its UTC offset")
    return moment.astimezone(UTC)


def _to_plain_decimal(number: Decimal) -> str:
    return format(number, "f")


def _require_finite(number: Decimal) -> Decimal:
    if not number.is_finite():
        raise ValueError("a number must be finite")
    return number


UtcTime = Annotated[datetime, AfterValidator(_to_utc)]
"""An aware time, kept in UTC."""

Number = Annotated[
    Decimal,
    AfterValidator(_require_finite),
    PlainSerializer(_to_plain_decimal, return_type=str, when_used="json"),
]
"""A finite decimal; on the wire a plain string without exponent, such as "220000000000"."""


class Contract(BaseModel):
    """A frozen model with one JSON form.

    Example:
        >>> class Greeting(Contract):
        ...     words: str
        >>> Greeting.decode(b'{"words": "hello", "later": 1}').encode()
        b'{"words":"hello"}'
    """

    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_inf_nan="null")

    def encode(self) -> bytes:
        """Return the UTF-8 JSON of this model, the same bytes for equal models."""
        return self.model_dump_json().encode()

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        """Read a model from UTF-8 JSON.

        Raises:
            pydantic.ValidationError: the bytes are no JSON or do not fit the model.
        """
        return cls.model_validate_json(payload)
