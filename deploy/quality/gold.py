"""The gold corpus of tests/quality: articles and what a careful reader finds in them.

In: the corpus folder; its README defines the format. Out: gold articles, all text in NFC, every
figure with its place in the file.
"""

import json
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class GoldArticle:
    """One article: its saved text, and the gold as in its JSON file."""

    name: str
    text: str
    gold: dict[str, Any]


@dataclass(frozen=True)
class Span:
    """A half-open range of code points in the file's NFC text."""

    start: int
    end: int

    def overlap(self, other: "Span") -> int:
        """Return how many code points both cover.

        Example:
            >>> Span(0, 5).overlap(Span(3, 9))
            2
        """
        return max(0, min(self.end, other.end) - max(self.start, other.start))


def load_gold(folder: Path) -> list[GoldArticle]:
    """Read the articles of a folder, by name."""
    return [
        GoldArticle(
            name=path.stem,
            text=normalise(path.read_text(encoding="utf-8")),
            gold=_normalise_all(json.loads(path.with_suffix(".gold.json").read_text())),
        )
        for path in sorted(folder.glob("*.txt"))
    ]


def normalise(text: str) -> str:
    """Return the text in NFC."""
    return unicodedata.normalize("NFC", text)


def _normalise_all(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, str):
        return normalise(value)
    if isinstance(value, list):
        return [_normalise_all(item) for item in value]
    if isinstance(value, dict):
        return {key: _normalise_all(item) for key, item in value.items()}
    return value


def locate(article: GoldArticle, figure: dict[str, Any]) -> Span:
    """Return where a gold figure stands: the n-th occurrence of its text, from 1."""
    start = -1
    for _ in range(figure["occurrence"]):
        start = article.text.index(figure["text"], start + 1)
    return Span(start, start + len(figure["text"]))


def is_same_number(gold: float | None, found: str | None) -> bool:
    """Return whether two numbers agree to the places that the gold has; two unknown ones do.

    Example:
        >>> is_same_number(0.6667, "0.6666667"), is_same_number(None, "1")
        (True, False)
    """
    if gold is None or found is None:
        return gold is None and found is None
    wanted, got = Decimal(str(gold)), Decimal(found)
    return wanted == got or wanted == round(got, max(2, -int(wanted.as_tuple().exponent)))
