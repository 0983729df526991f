"""How the enricher and its extractor processes talk: frames of bytes over pipes.

In: bytes. Out: bytes with their length before them. A request is a raw event; an answer is a
JSON header (`AnswerHeader`) and the enriched event.
"""

import struct
from typing import Literal

from services.contracts.models import Contract

LENGTH = struct.Struct(">I")


class AnswerHeader(Contract):
    """What became of one article in an extractor process."""

    outcome: Literal["enriched", "rejected", "failed"]
    article_id: str | None = None
    revision: int | None = None
    figures: int = 0
    entities: int = 0
    reason: str = ""
    message: str = ""


def frame(*parts: bytes) -> bytes:
    r"""Return the parts, each with its length before it.

    Example:
        >>> frame(b"ab", b"")
        b'\x00\x00\x00\x02ab\x00\x00\x00\x00'
    """
    return b"".join(piece for part in parts for piece in (LENGTH.pack(len(part)), part))
