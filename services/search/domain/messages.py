"""The words of the desk's messages and feeds.

In: a saved search, its news, and where the desk is. Out: the JSON of a webhook, the text of an
e-mail, the lines of a feed. All links lead to the desk or, beside it, to the original.
"""

import hashlib
import urllib.parse
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from services.search.domain.formatting import Language, format_time
from services.search.domain.labels import label_value
from services.search.domain.marking import name_anchor
from services.search.domain.saved import NewsItem
from services.search.domain.wording import say

_SUBJECT_LIMIT_CHARACTERS: Final = 200
_SHOWN_FIGURES: Final = 3


def link_item(base_url: str, item: NewsItem) -> str:
    """Return the address of an item's article at the desk, at its figure if it was found by one.

    Example:
        >>> from datetime import UTC, datetime
        >>> item = NewsItem(key="k", cause="new", article_id="a:1", revision=1, outlet="A",
        ...     title="T", fetched_at=datetime(2026, 1, 2, tzinfo=UTC),
        ...     indexed_at=datetime(2026, 1, 2, tzinfo=UTC))
        >>> link_item("https://desk.example/", item)
        'https://desk.example/articles/a:1'
    """
    path = f"{base_url.rstrip('/')}/articles/{urllib.parse.quote(item.article_id, safe=':')}"
    if not item.figures:
        return path
    within_article = item.figures[0].figure_id.rpartition("#")[2]
    return f"{path}#{name_anchor(within_article)}"


def describe_item(item: NewsItem, language: Language) -> str:
    """Return what happened and for which figures, in one line."""
    parts = [item.outlet, label_value("cause", item.cause.value, language)]
    if item.published_at is not None:
        parts.append(format_time(item.published_at, language))
    parts += [figure.surface for figure in item.figures[:_SHOWN_FIGURES]]
    if item.figure_count > _SHOWN_FIGURES:
        more = item.figure_count - _SHOWN_FIGURES
        parts.append(say("figures_more", language, count=more))
    return " · ".join(part for part in parts if part)


def name_message(items: Sequence[NewsItem]) -> str:
    """Return the id of a message: the same for the same news."""
    return hashlib.sha256("".join(item.key for item in items).encode()).hexdigest()[:32]


def build_payload(
    items: Sequence[NewsItem],
    *,
    search_id: int,
    name: str,
    search_url: str,
    base_url: str,
    created_at: datetime,
) -> dict[str, Any]:
    """Return what a webhook carries; the same for each attempt."""
    return {
        "type": "articles.found",
        "id": name_message(items),
        "timestamp": created_at.isoformat(),
        "data": {
            "saved_search": {"id": search_id, "name": name, "url": search_url},
            "articles": [
                {
                    **item.model_dump(mode="json"),
                    "idempotency_key": item.key,
                    "desk_url": link_item(base_url, item),
                }
                for item in items
            ],
        },
    }


def write_subject(name: str, items: Sequence[NewsItem], language: Language) -> str:
    """Return the subject of an e-mail: the headline, or how many there are."""
    first = items[0].title or items[0].article_id
    text = first if len(items) == 1 else say("mail_subject_many", language, count=len(items))
    line = " ".join(f"{name}: {text}".split())
    return line[:_SUBJECT_LIMIT_CHARACTERS]


def write_text(
    name: str,
    items: Sequence[NewsItem],
    *,
    language: Language,
    base_url: str,
    search_url: str,
) -> str:
    """Return the text of an e-mail: one paragraph for each article."""
    paragraphs = [
        "\n".join(
            line
            for line in (
                item.title or item.article_id,
                describe_item(item, language),
                *(f"“{f.sentence}”" for f in item.figures[:_SHOWN_FIGURES] if f.sentence),
                link_item(base_url, item),
                item.url or "",
            )
            if line
        )
        for item in items
    ]
    saved = say("mail_footer", language, name=name, url=f"{base_url.rstrip('/')}/saved")
    return "\n\n".join([*paragraphs, f"--\n{saved}\n{search_url}"]) + "\n"
