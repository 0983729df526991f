"""What the API answers: the shapes that its OpenAPI description shows.

In: what `article_index.py` read from Elasticsearch. Out: frozen models, JSON on the wire.
"""

from datetime import date, datetime

from pydantic import Field

from services.contracts.documents import FigureDocument, Status
from services.contracts.figures import Figure
from services.contracts.models import Contract, UtcTime


class MarkedRun(Contract):
    """A piece of text, marked when it matches the search; plain text, never HTML."""

    text: str
    is_marked: bool = False


class ArticleCopy(Contract):
    """A copy of an article's story, in another paper or another edition."""

    article_id: str
    outlet: str
    title: str
    url: str | None = Field(default=None, description="Address of the original.")
    published_at: UtcTime | None = None
    sort_at: UtcTime


class ArticleHit(Contract):
    """One article in a list of results."""

    article_id: str
    status: Status
    is_corrected: bool = Field(description="The publisher changed the text after we first saw it.")
    outlet: str
    url: str | None = Field(default=None, description="Address of the original.")
    title: str
    title_runs: tuple[MarkedRun, ...] = Field(description="The title, cut at what matches.")
    snippet: tuple[tuple[MarkedRun, ...], ...] = Field(
        description="The fragments that match best, else how the article begins."
    )
    language: str | None = None
    published_at: UtcTime | None = None
    sort_at: UtcTime = Field(description="Published, else first seen: what lists are ordered by.")
    figure_count: int = 0
    key_figures: tuple[Figure, ...] = Field(
        default=(), description="The few figures that say most; all are at the article itself."
    )
    copies: tuple[ArticleCopy, ...] = Field(
        default=(), description="The same story elsewhere, whatever the filters; newest first."
    )
    score: float | None = Field(default=None, description="Relevance; null when sorted by time.")


class FacetValue(Contract):
    """One value of a facet and how many articles have it."""

    value: str = Field(description="What to send as the facet's parameter.")
    label_vi: str
    label_en: str
    count: int
    is_chosen: bool = False
    first: date | None = Field(default=None, description="Date facets: first day, Vietnam time.")
    last: date | None = Field(default=None, description="Date facets: last day, Vietnam time.")
    begins: date | None = Field(
        default=None, description="Its first article, if that is well within the period asked for."
    )
    silent_since: date | None = Field(
        default=None, description="Outlets: the last day with articles, if silent against habit."
    )
    unread_since: UtcTime | None = Field(
        default=None, description="Outlets: when the crawler last could read it, if long ago."
    )


class FacetCounts(Contract):
    """One facet, counted under the choices of all the others."""

    name: str
    kind: str = Field(description='"terms" or "date".')
    label_vi: str
    label_en: str
    interval: str | None = Field(default=None, description='Date facets: "month" or "day".')
    values: tuple[FacetValue, ...] = ()
    other_count: int = Field(default=0, description="Articles under values that are not listed.")


class SearchAnswer(Contract):
    """A page of a search."""

    total: int = Field(description="Articles found.")
    is_total_exact: bool = Field(description="False: there are more than `total`.")
    is_complete: bool = Field(description="False: Elasticsearch ran out of time, some are missing.")
    articles: tuple[ArticleHit, ...]
    folded_count: int = Field(
        default=0,
        description="Articles of `total` that the page shows under another one: its copies.",
    )
    pages_count: int | None = Field(
        default=None, description="Pages there are; null when copies make that unknown (page only)."
    )
    has_more: bool = Field(default=False, description="There is a next page (page only).")
    facets: tuple[FacetCounts, ...] = ()
    notes: tuple[str, ...] = Field(
        default=(),
        description="What was mended in the query: unbalanced_quote, unbalanced_parenthesis, "
        "stray_operator, stray_field, unknown_field, unknown_value.",
    )
    did_you_mean: str | None = Field(
        default=None, description="A query that finds far more, if this one seems mistyped."
    )
    next: str | None = Field(default=None, description="Address of the next page; null at the end.")
    as_of: datetime


class SuggestionAnswer(Contract):
    """One thing to offer while someone types."""

    kind: str = Field(description='"words" to search for, "value" of a facet, or "article".')
    label: str
    hint: str = Field(description="What it is, in the reader's language.")
    url: str = Field(description="The page it leads to.")


class SuggestionsAnswer(Contract):
    """What to offer while someone types."""

    suggestions: tuple[SuggestionAnswer, ...]


class FacetsAnswer(Contract):
    """All facets of a search."""

    facets: tuple[FacetCounts, ...]


class FiguresAnswer(Contract):
    """A page of figures."""

    total: int = Field(description="Figures found.")
    is_total_exact: bool = Field(description="False: there are more than `total`.")
    is_complete: bool = Field(description="False: Elasticsearch ran out of time, some are missing.")
    figures: tuple[FigureDocument, ...]
    next: str | None = Field(default=None, description="Address of the next page; null at the end.")


class ProblemAnswer(Contract):
    """What went wrong (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    parameter: str | None = Field(default=None, description="The parameter that does not fit.")
