"""Who may do what at the desk.

In: a role and an action. Out: yes or no. Readers only read; editors also own saved searches and
judgements; administrators also see and stop those of others.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal
from urllib.parse import urlsplit


class Role(StrEnum):
    """What a user is at the desk."""

    READER = "reader"
    EDITOR = "editor"
    ADMIN = "admin"


Action = Literal["read", "write", "administer"]

_ALLOWED: Final[dict[Role, frozenset[Action]]] = {
    Role.READER: frozenset({"read"}),
    Role.EDITOR: frozenset({"read", "write"}),
    Role.ADMIN: frozenset({"read", "write", "administer"}),
}
NAME_LIMIT_CHARACTERS: Final = 64
PASSWORD_MINIMUM_CHARACTERS: Final = 10
PASSWORD_LIMIT_CHARACTERS: Final = 200


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """Who asks: a user, or whoever sits at a desk without login (`user_id` None)."""

    user_id: int | None
    name: str
    role: Role
    csrf_token: str = ""
    has_session: bool = False
    """Logged in with a password, in a browser."""
    has_read_only_key: bool = False

    def may(self, action: Action) -> bool:
        """Whether the visitor may do this.

        Example:
            >>> Visitor(user_id=1, name="An", role=Role.READER).may("write")
            False
        """
        if self.has_read_only_key and action != "read":
            return False
        return action in _ALLOWED[self.role]

    def owns(self, owner_id: int | None) -> bool:
        """Whether something is the visitor's own; what was made without login is the admins'.

        Example:
            >>> Visitor(user_id=1, name="An", role=Role.EDITOR).owns(2)
            False
        """
        if self.may("administer"):
            return True
        return self.user_id is not None and owner_id == self.user_id


def choose_target(asked: str | None) -> str:
    r"""Return where to go after the login: a path of the desk, never another site.

    Example:
        >>> choose_target("/?q=a"), choose_target("//evil.example"), choose_target("/\\evil")
        ('/?q=a', '/', '/')
    """
    if not asked or not asked.startswith("/") or asked[1:2] in ("/", "\\"):
        return "/"
    if any(ord(character) < ord(" ") or character == "\\" for character in asked):
        return "/"
    try:
        parts = urlsplit(asked)
    except ValueError:
        return "/"
    return "/" if parts.scheme or parts.netloc else asked


def is_loopback(host: str) -> bool:
    """Whether an address to listen on is reached from this machine only.

    Example:
        >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0")
        (True, True, False)
    """
    bare = host.strip("[]").lower()
    return bare in ("localhost", "::1") or _is_127(bare)


def _is_127(host: str) -> bool:
    parts = host.split(".")
    return len(parts) == 4 and parts[0] == "127" and all(part.isdigit() for part in parts)  # noqa: PLR2004 - bytes of an address
