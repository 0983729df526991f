"""What readers said of figures, for tables, charts and files of many articles.

In: ids of articles. Out: the judgement that holds of each judged figure, the latest, by the id of
the figure's document. Judged articles are few: only they are read whole.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from services.search.article_index import ArticleIndex
from services.search.domain.judging import Judgement, Verdict, attach
from services.search.judgements import Judgements


class FigureJudgements:
    """Finds the judgements of figures across articles."""

    def __init__(self, index: ArticleIndex, judgements: Judgements) -> None:
        self._index = index
        self._judgements = judgements

    def find(self, article_ids: Iterable[str]) -> dict[str, Judgement]:
        """Return the latest judgement of each judged figure of some articles.

        Raises:
            Retry: Elasticsearch is down or overloaded.
            Reject: a judged article does not fit this release.
        """
        found: dict[str, Judgement] = {}
        held = self._judgements.list_for(sorted(set(article_ids)))
        for article_id, judgements in held.items():
            article = self._index.get_article(article_id)
            attached = attach(judgements, article.figures if article else ()).by_figure
            found |= {f"{article_id}#{name}": said[-1] for name, said in attached.items()}
        return found


def apply_judgement(
    source: Mapping[str, Any], judgement: Judgement | None
) -> Mapping[str, Any] | None:
    """Return a stored figure as a reader has corrected it, or None for a rejected one."""
    if judgement is None:
        return source
    if judgement.verdict is Verdict.REJECTED:
        return None
    return {**source, **judgement.correction.model_dump(mode="json", exclude_none=True)}
