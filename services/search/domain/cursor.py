"""Cursors: where a reader of the API stands in a list that does not move.

In: a point-in-time id and the sort values of the last result. Out: an opaque, signed text and
back. The signature keeps anyone from naming a point in time that we did not open.
"""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any

CURSOR_LIMIT_CHARACTERS = 8_000
_SIGNATURE_BYTES = 16


class CursorError(ValueError):
    """A cursor that we did not write, or that belongs to another search."""


@dataclass(frozen=True, kw_only=True)
class Cursor:
    """The place after one page: its snapshot, last sort values, and the search it belongs to."""

    pit_id: str
    after: tuple[Any, ...]
    search: str
    """The fingerprint of the search."""
    began_milliseconds: int
    """When the first page was asked for: what "now" means to the ranking on every page."""


def fingerprint(*parts: object) -> str:
    """Return a short text that is the same for the same search.

    Example:
        >>> fingerprint("a", 1) == fingerprint("a", 1) != fingerprint("a", 2)
        True
    """
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def _sign(body: bytes, key: bytes) -> bytes:
    return hmac.digest(key, body, "sha256")[:_SIGNATURE_BYTES]


def write_cursor(cursor: Cursor, *, key: bytes) -> str:
    """Return a cursor as URL-safe text."""
    content = [cursor.pit_id, cursor.after, cursor.search, cursor.began_milliseconds]
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_sign(body, key) + body).decode().rstrip("=")


def read_cursor(text: str, *, key: bytes, search: str) -> Cursor:
    """Read a cursor back.

    Raises:
        CursorError: not ours, damaged, or of another search.

    Example:
        >>> cursor = Cursor(pit_id="p", after=(1, "x"), search="s", began_milliseconds=0)
        >>> read_cursor(write_cursor(cursor, key=b"k"), key=b"k", search="s") == cursor
        True
    """
    if len(text) > CURSOR_LIMIT_CHARACTERS:
        raise CursorError("too long")
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError as error:
        raise CursorError("not a cursor") from error
    signature, body = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
    if not hmac.compare_digest(signature, _sign(body, key)):
        raise CursorError("not one of ours")
    pit_id, after, owner, began = json.loads(body)
    if owner != search:
        raise CursorError("of another search")
    return Cursor(pit_id=pit_id, after=tuple(after), search=owner, began_milliseconds=began)
