"""What an article is as a whole: topics, the signature that its copies share, its languages.

In: what the enricher reads from text. Out: models and look-ups that events, index and desk share.
"""

from collections.abc import Iterable
from typing import Literal

from pydantic import Field

from services.contracts.figures import TextField
from services.contracts.models import Contract


class ArticleTopic(Contract):
    """One topic of an article: a code of the lexicon's topics.tsv, and what told it.

    `rule` lists the strongest cues with where they stand, such as "title:ngừng việc".

    Example:
        >>> ArticleTopic(code="strikes", rule="title:ngừng việc", confidence=0.9).code
        'strikes'
    """

    code: str
    rule: str
    confidence: float = Field(ge=0, le=1)


class Passage(Contract):
    """Paragraphs of one language: a half-open range of code points in `field`."""

    field: TextField
    start: int = Field(ge=0)
    end: int = Field(gt=0)
    language: Literal["vi", "en", "ko", "other"]


SHARED_KEYWORDS_OF_COPIES = 3
"""Two articles that share so many keywords of their signatures are copies of one story."""


def are_copies(one: Iterable[str], other: Iterable[str]) -> bool:
    """Return whether two signatures are of one story, as when a paper takes over another's text.

    Example:
        >>> are_copies(("a", "b", "c", "d"), ("x", "b", "c", "d"))
        True
        >>> are_copies((), ())
        False
    """
    return len(set(one) & set(other)) >= SHARED_KEYWORDS_OF_COPIES
