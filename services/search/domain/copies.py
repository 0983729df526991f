"""Folds the copies of one story under the article that ranks first.

In: articles in their order, each with its signature. Out: groups of copies in the same order. What
is folded depends on the articles before it only, so that pages stay the same when more is read.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from services.contracts.stories import SHARED_KEYWORDS_OF_COPIES, are_copies
from services.search.domain.query import Clause

COPIES_LIMIT: Final = 200
"""Copies that are looked up for one page of results."""


@dataclass
class Group:
    """One story: the id of the article that ranks first, and those of its copies."""

    first: str
    copies: list[str] = field(default_factory=list)


def fold_copies(ranked: Iterable[tuple[str, Iterable[str]]]) -> list[Group]:
    """Return groups of copies, for (article_id, signature) pairs in their order.

    An article joins the first group whose leading article it is a copy of.

    Example:
        >>> [(group.first, group.copies) for group in fold_copies(
        ...     [("a", "123"), ("b", ""), ("c", "1234"), ("d", "456")])]
        [('a', ['c']), ('b', []), ('d', [])]
    """
    groups: list[Group] = []
    leading: dict[str, list[int]] = {}
    for article_id, signature in ranked:
        keywords = set(signature)
        shared = Counter(place for keyword in keywords for place in leading.get(keyword, ()))
        alike = [place for place, count in shared.items() if count >= SHARED_KEYWORDS_OF_COPIES]
        if alike:
            groups[min(alike)].copies.append(article_id)
            continue
        for keyword in keywords:
            leading.setdefault(keyword, []).append(len(groups))
        groups.append(Group(article_id))
    return groups


def build_copies_search(
    signatures: Mapping[str, Iterable[str]], *, fields: Iterable[str], timeout_milliseconds: int
) -> Clause:
    """Return the body of a search for what may be copies of some articles, the newest first.

    Whether they are is told by `match_copies`: sharing one keyword is not enough.
    """
    keywords = sorted({keyword for signature in signatures.values() for keyword in signature})
    return {
        "query": {
            "bool": {
                "filter": [{"terms": {"signature": keywords}}],
                "must_not": [{"term": {"status": "withdrawn"}}],
            }
        },
        "sort": [{"sort_at": "desc"}, {"article_id": "asc"}],
        "size": COPIES_LIMIT if keywords else 0,
        "_source": list(fields),
        "docvalue_fields": ["signature"],
        "track_total_hits": False,
        "timeout": f"{timeout_milliseconds}ms",
    }


def match_copies(
    signatures: Mapping[str, Iterable[str]], found: Iterable[tuple[str, Iterable[str]]]
) -> dict[str, list[str]]:
    """Return the ids of each article's copies, among what was found.

    Example:
        >>> match_copies({"a": "123"}, [("a", "123"), ("b", "1238"), ("c", "18")])
        {'a': ['b']}
    """
    candidates = [(article_id, tuple(signature)) for article_id, signature in found]
    return {
        article_id: [
            other
            for other, keywords in candidates
            if other != article_id and are_copies(signature, keywords)
        ]
        for article_id, signature in ((name, tuple(keys)) for name, keys in signatures.items())
    }
