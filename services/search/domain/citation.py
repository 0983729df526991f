"""Citations to paste: who printed it, where, when, and which sentence is meant.

In: an article or a figure, and the address of its page here. Out: one line of text.
"""

from datetime import datetime

from services.contracts.documents import ArticleDocument, FigureDocument, RevisionDocument
from services.search.domain.formatting import Language, format_day, format_time, to_vietnam
from services.search.domain.wording import say


def cite_article(
    article: ArticleDocument,
    *,
    url: str,
    language: Language,
    revision: RevisionDocument | None = None,
) -> str:
    """Return the citation of an article, or of one of its revisions: with the time of fetching."""
    shown = revision or article
    return _join(
        shown.author,
        article.outlet,
        f"“{shown.title or article.title}”",
        _name_day(shown.published_at, language),
        say("cite_withdrawn", language) if article.status == "withdrawn" else None,
        article.url,
        say("cite_read", language, time=format_time(shown.fetched_at, language)),
        url,
    )


def cite_figure(figure: FigureDocument, *, url: str, language: Language) -> str:
    """Return the citation of a figure: its words, its sentence, its article.

    Example:
        >>> from datetime import UTC
        >>> figure = FigureDocument(field="title", start=0, end=7, surface="31 căn", kind="count",
        ...     sentence="Trao 31 căn nhà", figure_id="f", article_id="a", article_version=1,
        ...     article_revision=1, status="published", outlet="Báo A", source="a",
        ...     title="Trao nhà", sort_at=datetime(2026, 5, 2, tzinfo=UTC),
        ...     published_at=datetime(2026, 5, 2, tzinfo=UTC))
        >>> cite_figure(figure, url="http://desk/articles/a", language="vi")
        '“31 căn” trong câu: “Trao 31 căn nhà”. Báo A, “Trao nhà”, 2/5/2026, http://desk/articles/a'
    """
    said = f"“{figure.surface}”"
    if figure.sentence:
        words = {"surface": figure.surface, "sentence": figure.sentence.strip()}
        said = say("cite_figure", language, **words)
    where = _join(
        figure.outlet,
        f"“{figure.title}”",
        _name_day(figure.published_at, language),
        say("cite_withdrawn", language) if figure.status == "withdrawn" else None,
        figure.url,
        url,
    )
    return f"{said}. {where}"


def _name_day(moment: datetime | None, language: Language) -> str:
    if moment is None:
        return say("cite_undated", language)
    return format_day(to_vietnam(moment).date(), language)


def _join(*parts: str | None) -> str:
    return ", ".join(part for part in parts if part)
