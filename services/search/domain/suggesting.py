"""What to offer while someone types: names, key words, headlines that begin as what is typed.

In: the text so far, and what Elasticsearch found for its last words. Out: searches and articles
to go to, the best few of each kind. What stands before the last run of words stays as it is.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from services.contracts.facets import FACETS, Facet
from services.lexicon.fold import fold, strip_diacritics, to_nfc
from services.search.domain.formatting import Language
from services.search.domain.labels import label_value, list_codes
from services.search.domain.query import FIELD_WORDS, Clause, is_accented, write_variants
from services.search.domain.request import SearchRequest

TEXT_LIMIT_CHARACTERS: Final = 200
_SHORTEST_FRAGMENT: Final = 2
_SAMPLE_ARTICLES: Final = 5_000
"""Names and key words are counted in so many of the articles that match: what is offered costs
the same however large the index is."""
_CANDIDATES: Final = 40
_NAME_GAP_WORDS: Final = 2
_KEY_WORDS_LIMIT, _VALUES_LIMIT, _TITLES_LIMIT = 3, 5, 3
_FRAGMENT: Final = re.compile(
    r"(?:(?P<field>[^\W\d]\w{1,30}):)?(?P<fragment>[^\s\"():|][^\"():|]*)$"
)
_OPERATOR: Final = re.compile(r".*(?:^|\s)(?:AND|OR|NOT)\s+")
_SYLLABLE: Final = re.compile(r"\w+")
_NAMED: Final = tuple(facet for facet in FACETS if facet.holds_names)
_CODED: Final = tuple(f for f in FACETS if f.kind == "terms" and not f.holds_names)

Kind = Literal["words", "value", "article"]


@dataclass(frozen=True, kw_only=True)
class Typed:
    """The text so far, taken apart: what stays, and the run of words being typed."""

    head: str
    fragment: str
    facet: str | None = None
    """The facet of a field word before the fragment: "place:hà n"."""


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """One thing to offer: words to search for, a value to choose, an article to read."""

    kind: Kind
    label: str
    facet: str | None = None
    value: str | None = None
    article_id: str | None = None
    text: str = ""
    """The query's text when this is chosen."""


def read_typed(text: str) -> Typed | None:
    """Return the run of words being typed; None when there is too little to go by.

    Example:
        >>> read_typed("lương OR thưởng t")
        Typed(head='lương OR ', fragment='thưởng t', facet=None)
        >>> read_typed("lương place:hà n")
        Typed(head='lương ', fragment='hà n', facet='place')
        >>> read_typed('"') is None
        True
    """
    text = to_nfc(text)[-TEXT_LIMIT_CHARACTERS:]
    match = _FRAGMENT.search(text)
    if match is None:
        return None
    fragment, head = match["fragment"], text[: match.start()]
    facet = FIELD_WORDS.get(match["field"].lower()) if match["field"] else None
    if match["field"] is None and (operator := _OPERATOR.match(fragment)):
        head, fragment = head + operator.group(), fragment[operator.end() :]
    if match["field"] and facet not in {f.name for f in FACETS}:
        return None
    if len("".join(_SYLLABLE.findall(fragment))) < _SHORTEST_FRAGMENT:
        return None
    return Typed(head=head, fragment=fragment.strip(), facet=facet)


def build_suggestions_search(typed: Typed, *, timeout_milliseconds: int) -> Clause:
    """Return the body of the search behind the suggestions; its cost is bounded."""
    variants = write_variants(typed.fragment)

    def begin(field: str) -> Clause:
        matches = [
            {"match_bool_prefix": {field: {"query": variant, "operator": "and"}}}
            for variant in variants
        ]
        return {"bool": {"should": matches, "minimum_should_match": 1}}

    def count(words: str, values: str) -> Clause:
        terms = {"values": {"terms": {"field": values, "size": _CANDIDATES}}}
        sample = {"sampler": {"shard_size": _SAMPLE_ARTICLES}, "aggs": terms}
        return {"filter": begin(words), "aggs": {"sample": sample}}

    named = [f for f in _NAMED if typed.facet in (None, f.name)]
    aggregations = {f.name: count(str(f.worded_field), f.field) for f in named}
    has_texts = typed.facet is None
    if has_texts:
        aggregations["tags"] = count("tags", "tags.keyword")
    body: Clause = {
        "query": {"bool": {"must_not": [{"term": {"status": "withdrawn"}}]}},
        "size": _TITLES_LIMIT if has_texts else 0,
        "sort": [{"sort_at": "desc"}],
        "_source": ["article_id", "title"],
        "aggs": aggregations,
        "track_total_hits": False,
        "timeout": f"{timeout_milliseconds}ms",
    }
    if has_texts:
        field = "title.exact" if is_accented(typed.fragment) else "title"
        phrases = [{"match_phrase_prefix": {field: variant}} for variant in variants]
        body["post_filter"] = {"bool": {"should": phrases, "minimum_should_match": 1}}
    return body


def _holds(typed: Sequence[str], words: Sequence[str]) -> bool:
    """Return whether words hold the typed ones in their order, the last one perhaps unfinished.

    A name may carry words inside: "Liên đoàn Lao động [tỉnh] Tây Ninh".
    """
    *whole, last = typed
    places = [-1]
    for word in whole:
        places = [
            place
            for before in places
            for place in _reach(before, len(words))
            if words[place] == word
        ]
    return any(
        words[place].startswith(last) for before in places for place in _reach(before, len(words))
    )


def _reach(before: int, end: int) -> range:
    """Return the places that may follow one; the first word may stand anywhere."""
    return range(end) if before < 0 else range(before + 1, min(end, before + 2 + _NAME_GAP_WORDS))


def _list_words(text: str) -> list[str]:
    return [strip_diacritics(word) for word in _SYLLABLE.findall(fold(text))]


def choose_matching(fragment: str, names: Iterable[str]) -> list[str]:
    """Return the names that hold what is typed, in their order, each once whatever its case.

    Names that begin with it come first, and those that spell it alike before the others.

    Example:
        >>> choose_matching("ha n", ["Đà Nẵng", "LĐLĐ Hà Nội", "Hà Nội", "HÀ NỘI"])
        ['Hà Nội', 'LĐLĐ Hà Nội']
    """
    runs = [run for variant in write_variants(fragment) if (run := _list_words(variant))]
    matching = {
        name.lower(): name
        for name in reversed(list(names))
        if any(_holds(run, _list_words(name)) for run in runs)
    }
    folded = fold(fragment)
    plain = strip_diacritics(folded)
    in_order = list(reversed(matching.values()))
    return sorted(
        in_order,
        key=lambda name: (
            folded not in fold(name),
            not strip_diacritics(fold(name)).startswith(plain),
        ),
    )


def list_suggestions(
    typed: Typed, response: Mapping[str, Any], language: Language
) -> tuple[Suggestion, ...]:
    """Return what to offer, from the answer to `build_suggestions_search`."""
    aggregated = response.get("aggregations", {})

    def list_names(name: str) -> list[str]:
        sample = aggregated.get(name, {}).get("sample", {})
        buckets = sample.get("values", {}).get("buckets", [])
        return choose_matching(typed.fragment, [bucket["key"] for bucket in buckets])

    key_words = [
        Suggestion(kind="words", label=tag, text=typed.head + tag) for tag in list_names("tags")
    ]
    values = _interleave(
        [[(facet, name) for name in list_names(facet.name)] for facet in _NAMED]
        + [[(facet, code) for code in _list_codes(typed, facet, language)] for facet in _CODED]
    )
    chosen = [
        Suggestion(
            kind="value",
            label=label_value(facet.name, value, language),
            facet=facet.name,
            value=value,
            text=typed.head.strip(),
        )
        for facet, value in values
    ]
    titles = [
        Suggestion(
            kind="article",
            label=hit["_source"]["title"],
            article_id=hit["_source"]["article_id"],
            text=typed.head + typed.fragment,
        )
        for hit in response.get("hits", {}).get("hits", [])
    ]
    return (
        *key_words[:_KEY_WORDS_LIMIT],
        *chosen[:_VALUES_LIMIT],
        *titles[:_TITLES_LIMIT],
    )


def _list_codes(typed: Typed, facet: Facet, language: Language) -> list[str]:
    if typed.facet not in (None, facet.name):
        return []
    codes = {label_value(facet.name, code, language): code for code in list_codes(facet.name)}
    return [codes[label] for label in choose_matching(typed.fragment, codes) if label in codes]


def _interleave(
    lists: Sequence[Sequence[tuple[Facet, str]]],
) -> list[tuple[Facet, str]]:
    """Take the first of each list, then the second of each, and so on."""
    longest = max(map(len, lists), default=0)
    return [values[place] for place in range(longest) for values in lists if place < len(values)]


def link_suggestion(suggestion: Suggestion, asked: SearchRequest) -> str:
    """Return the search that a suggestion leads to, under the filters already chosen.

    Example:
        >>> link_suggestion(
        ...     Suggestion(kind="value", label="Huế", facet="place", value="Huế"), SearchRequest())
        '/?place=Hu%E1%BA%BF'
    """
    search = asked.with_text(suggestion.text)
    if suggestion.facet and suggestion.value:
        search = search.with_value(suggestion.facet, suggestion.value)
    return search.to_url()
