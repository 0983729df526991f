"""Suggestions while someone types.

In: the text so far and the filters in force. Out: what to offer, each with its address. One
bounded search of the articles an answer, none for what the lexicon knows.
"""

from services.contracts.documents import ARTICLES_ALIAS
from services.contracts.facets import FACETS
from services.search.answers import SuggestionAnswer, SuggestionsAnswer
from services.search.article_index import ArticleIndex
from services.search.domain.formatting import Language
from services.search.domain.links import link_article
from services.search.domain.request import SearchRequest
from services.search.domain.suggesting import (
    Suggestion,
    build_suggestions_search,
    link_suggestion,
    list_suggestions,
    read_typed,
)
from services.search.domain.wording import say

TIMEOUT_MILLISECONDS = 500
"""A suggestion that comes later is no help."""
_FACET_LABELS = {f.name: {"vi": f.label_vi, "en": f.label_en} for f in FACETS}


def suggest(index: ArticleIndex, request: SearchRequest, language: Language) -> SuggestionsAnswer:
    """Return what to offer for the text of a request.

    Raises:
        Retry: Elasticsearch is down or overloaded.
    """
    typed = read_typed(request.text)
    if typed is None:
        return SuggestionsAnswer(suggestions=())
    body = build_suggestions_search(typed, timeout_milliseconds=TIMEOUT_MILLISECONDS)
    (response,) = index.search_many(ARTICLES_ALIAS, [body])
    return SuggestionsAnswer(
        suggestions=tuple(
            _answer(suggestion, request, language)
            for suggestion in list_suggestions(typed, response, language)
        )
    )


def _answer(suggestion: Suggestion, request: SearchRequest, language: Language) -> SuggestionAnswer:
    if suggestion.article_id is not None:
        url = link_article(suggestion.article_id)
    else:
        url = link_suggestion(suggestion, request)
    hint = _FACET_LABELS[suggestion.facet][language] if suggestion.facet else None
    return SuggestionAnswer(
        kind=suggestion.kind,
        label=suggestion.label,
        hint=hint or say(f"suggestion_{suggestion.kind}", language),
        url=url,
    )
