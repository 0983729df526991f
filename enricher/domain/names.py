"""Gives each organisation of an article one name, however often the text changes its writing.

In: the mentions of all paragraphs. Out: the same mentions, renamed in place. Papers drop the legal
form of a company ("Công ty Dệt kim Hòa An" is the Công ty TNHH Dệt kim Hòa An), shorten it to the
end of its name, and are not firm in capitals ("các Khu công nghiệp", "các khu công nghiệp").
"""

import re
from collections.abc import Iterable
from typing import Final

from enricher.domain.mentions import Mention
from services.contracts.entities import EntityType
from services.lexicon.fold import fold

_FORMS: Final = re.compile(
    r"(?<!\w)(?:tnhh|trách nhiệm hữu hạn|cổ phần|cp|mtv|một thành viên|hai thành viên|"
    r"1 thành viên|2 thành viên|cơ sở)(?!\w)"
)
"""Words that a second mention leaves out: the legal form, and that a union is a grassroots one."""

_COMPANY: Final = fold("công ty")
_SHORTEST_TAIL_WORDS: Final = 2


def unify_names(mentions: Iterable[Mention]) -> None:
    """Rename organisations that are one, and the organisations of persons with them."""
    mentions = list(mentions)
    found = [one for one in mentions if one.type is EntityType.ORGANISATION]
    renamed = _find_full_names(list(dict.fromkeys(one.name for one in found)))
    if not renamed:
        return
    by_name = {one.name: one for one in reversed(found)}
    for one in mentions:
        if one.type is EntityType.ORGANISATION and one.name in renamed:
            full = by_name[renamed[one.name]]
            one.name, one.id, one.parent = full.name, one.id or full.id, one.parent or full.parent
        if one.organisation in renamed:
            one.organisation = renamed[one.organisation]


def _find_full_names(names: list[str]) -> dict[str, str]:
    """Return the full name of each name that has a fuller writing in the article.

    Example:
        >>> _find_full_names(["Công ty Dệt kim Hòa An", "Công ty TNHH Dệt kim Hòa An"])
        {'Công ty Dệt kim Hòa An': 'Công ty TNHH Dệt kim Hòa An'}
        >>> _find_full_names(["Công ty Hòa An", "Công ty TNHH Dệt kim Hòa An"])
        {'Công ty Hòa An': 'Công ty TNHH Dệt kim Hòa An'}
    """
    keys = {name: " ".join(_FORMS.sub(" ", fold(name)).split()) for name in names}
    full: dict[str, str] = {}
    for name, key in keys.items():
        if key not in full or len(name) > len(full[key]):
            full[key] = name
    companies = [key for key in full if _COMPANY in key]
    renamed = {}
    for name, key in keys.items():
        fuller = full[_find_longer(key, companies) or key]
        if fuller != name:
            renamed[name] = fuller
    return renamed


def _find_longer(key: str, companies: list[str]) -> str | None:
    """Return the one longer company key that ends or begins as this one does."""
    head, mark, own = key.partition(_COMPANY)
    own = own.strip()
    if not mark or len(own.split()) < _SHORTEST_TAIL_WORDS:
        return None
    longer = [
        other
        for other in companies
        if len(other) > len(key)
        and other.startswith(f"{head}{_COMPANY} ")
        and (other.endswith(f" {own}") or other.startswith(f"{key} "))
    ]
    return longer[0] if len(longer) == 1 else None
