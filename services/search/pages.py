"""The page: search, one article, problems; rendered on the server, escaped by the templates.

In: requests. Out: HTML in the reader's language. Templates hold no words and build no links.
"""

import hashlib
import re
import urllib.parse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Request
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

from services.chassis.clock import to_epoch_milliseconds
from services.contracts.documents import ArticleDocument, RevisionDocument
from services.contracts.entities import Entity
from services.contracts.facets import FACETS
from services.contracts.figures import Figure, TextField
from services.search.access import get_visitor
from services.search.answers import ArticleHit, FacetCounts, FacetValue
from services.search.article_index import ArticleIndex
from services.search.comparing import (
    Comparison,
    compare_copies,
    compare_revisions,
    list_meanings,
    list_texts,
)
from services.search.coverage import CoverageReader
from services.search.domain import formatting
from services.search.domain.citation import cite_article
from services.search.domain.formatting import LANGUAGES, Language
from services.search.domain.histogram import HEIGHT, Bar, build_bars
from services.search.domain.labels import label_value
from services.search.domain.links import link_article
from services.search.domain.marking import (
    Segment,
    list_marks,
    mark_text,
    name_anchor,
    split_paragraphs,
)
from services.search.domain.query import QueryError
from services.search.domain.request import (
    DateSpan,
    RequestError,
    SearchRequest,
    read_search,
)
from services.search.domain.wording import say
from services.search.problems import Problem, describe_problem

LANGUAGE_COOKIE: Final = "lang"
_YEAR_SECONDS: Final = 365 * 24 * 3600
_SHOWN_VALUES: Final = 6
"""Facet values in sight; the others unfold."""
_BAR_WIDTH, _BAR_GAP = 10, 2
_FEW_BARS: Final = 8
"""Fewer bars do not fill the chart's width: one month is no wall."""
_SAFE_LINK = re.compile(r"https?://", re.IGNORECASE)
_ENTITY_FACETS: Final = {"person": "person", "organisation": "organisation", "place": "place"}


@dataclass(frozen=True)
class Link:
    """A link with its words; `hint` is what it does, for those who do not see its place."""

    label: str
    url: str
    hint: str = ""
    count: str = ""
    is_chosen: bool = False
    notes: tuple[str, ...] = ()
    """What is missing beside the count."""


@dataclass(frozen=True)
class FacetView:
    """A facet as the page shows it."""

    label: str
    shown: tuple[Link, ...]
    folded: tuple[Link, ...]


@dataclass(frozen=True)
class BarView:
    """A bar of the date chart, in the units of its drawing."""

    x: int
    y: int
    height: int
    url: str
    hint: str
    is_empty: bool
    first: str
    last: str


@dataclass(frozen=True)
class DateView:
    """A date facet: its chart and its form."""

    name: str
    label: str
    bars: tuple[BarView, ...]
    width: int
    begins: str
    ends: str
    first: str
    last: str
    hidden: tuple[tuple[str, str], ...]


def view_exports(
    name: str, pairs: Sequence[tuple[str, str]], language: Language
) -> tuple[Link, ...]:
    """Return the files of a whole result."""
    files = (
        ("csv", "export_csv", ()),
        ("csv", "export_csv_semicolon", (("separator", "semicolon"),)),
        ("jsonl", "export_jsonl", ()),
    )
    links = []
    for file_format, key, extra in files:
        query = urllib.parse.urlencode([*pairs, *extra])
        url = f"/api/v1/export/{name}.{file_format}" + (f"?{query}" if query else "")
        links.append(Link(say(key, language), url))
    return tuple(links)


def choose_language(request: Request) -> Language:
    """Return the language of the URL, else of the cookie, else Vietnamese."""
    asked = (request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE))
    return next((known for choice in asked for known in LANGUAGES if choice == known), "vi")


class Pages:
    """Renders the desk's HTML."""

    def __init__(
        self, index: ArticleIndex, *, coverage: CoverageReader, static_folder: Path
    ) -> None:
        self._index = index
        self._coverage = coverage
        self._versions = {
            path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:12]
            for path in static_folder.iterdir()
            if path.is_file()
        }
        self._templates = Environment(
            loader=PackageLoader("services.search"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals |= {
            "link_static": self._link_static,
            "link_article": link_article,
            "name_anchor": name_anchor,
            "safe_link": _safe_link,
            "format_revision": _date_revision,
            "chart_height": HEIGHT,
            "bar_width": _BAR_WIDTH,
            "few_width": _FEW_BARS * (_BAR_WIDTH + _BAR_GAP),
        }

    def provide(self, name: str, value: object) -> None:
        """Let templates use something of another part of the desk."""
        self._templates.globals[name] = value

    def _link_static(self, name: str) -> str:
        return f"/static/{name}?v={self._versions[name]}"

    def render(
        self, template: str, request: Request, *, status: int = 200, **facts: object
    ) -> HTMLResponse:
        """Render a template in the reader's language; a language asked for is remembered."""
        language = choose_language(request)
        other: Language = "en" if language == "vi" else "vi"
        content = self._templates.get_template(template).render(
            lang=language,
            say=lambda key, **words: say(key, language, **words),
            format_time=partial(formatting.format_time, language=language),
            format_number=lambda n: formatting.format_number(Decimal(n), language),
            format_figure=partial(formatting.format_figure, language=language),
            format_unit=partial(formatting.format_unit, language=language),
            format_period=partial(formatting.format_period, language=language),
            format_comparator=partial(formatting.format_comparator, language=language),
            format_modality=partial(formatting.format_modality, language=language),
            label_value=partial(label_value, language=language),
            other_language=Link(
                "English" if other == "en" else "Tiếng Việt", _switch_language(request, other)
            ),
            other=other,
            visitor=get_visitor(request),
            tabs=list_tabs(request, language),
            **facts,
        )
        response = HTMLResponse(content, status_code=status)
        if request.query_params.get("lang") in LANGUAGES:
            response.set_cookie(
                LANGUAGE_COOKIE,
                language,
                max_age=_YEAR_SECONDS,
                httponly=True,
                samesite="lax",
                secure=request.url.scheme == "https",
            )
        return response

    def render_search(self, request: Request) -> HTMLResponse:
        """Render the search page; what does not fit is told beside the search box."""
        language = choose_language(request)
        try:
            asked = read_search(request.query_params.multi_items())
        except RequestError as error:
            words = request.query_params.get("q", "")[:_SHOWN_QUERY_CHARACTERS]
            return self._render_refused(request, SearchRequest(text=words), error)
        try:
            answer = self._index.search(asked)
        except QueryError as error:
            return self._render_refused(request, asked, error)
        mistyped = None
        if answer.did_you_mean and not answer.total:
            mistyped, asked = asked.text, asked.with_text(answer.did_you_mean)
            answer = self._index.search(asked)
        as_of = asked.as_of_milliseconds or to_epoch_milliseconds(answer.as_of)
        facets, dates = _view_facets(asked, self._coverage.add_to(answer.facets, asked), language)
        return self.render(
            "search.html",
            request,
            asked=asked,
            answer=answer,
            mistyped=mistyped,
            did_you_mean=_link_spelling(asked, answer.did_you_mean),
            facets=facets,
            dates=dates,
            chips=_view_chips(asked, language),
            suggestions=_suggest(asked, language) if not answer.articles else (),
            hidden=_list_hidden(asked, without=("q", "page", "as_of")),
            sorts=_view_sorts(asked, language),
            exports=view_exports(
                "articles", _list_hidden(asked, without=("page", "as_of", "size")), language
            ),
            pages=answer.pages_count,
            previous=asked.with_page(asked.page - 1, as_of_milliseconds=as_of).to_url()
            if asked.page > 1
            else None,
            following=asked.with_page(asked.page + 1, as_of_milliseconds=as_of).to_url()
            if answer.has_more
            else None,
            is_cut=not answer.has_more and answer.pages_count is None,
            first_number=(asked.page - 1) * asked.size + 1,
            problem=None,
            list_figures=_list_figures,
        )

    def _render_refused(
        self, request: Request, asked: SearchRequest, error: QueryError | RequestError
    ) -> HTMLResponse:
        problem = describe_problem(error)
        return self.render(
            "search.html",
            request,
            status=problem.status,
            asked=asked,
            answer=None,
            hidden=_list_hidden(asked, without=("q", "page", "as_of")),
            problem=problem.describe(choose_language(request)),
        )

    def render_article(self, request: Request, article_id: str) -> HTMLResponse:
        """Render an article, or with `?revision=` one of its revisions."""
        article = self._index.get_article(article_id)
        if article is None:
            raise Problem(404, "missing_title", "missing_article", {"article_id": article_id})
        revision = self._read_revision(request, article)
        shown = article if revision is None else revision
        return self.render(
            "article.html",
            request,
            article=article,
            revision=revision,
            title=_mark(shown, "title"),
            lead=split_paragraphs(_mark(shown, "lead")),
            body=split_paragraphs(_mark(shown, "body")),
            shown=shown,
            figures=_sort_figures(shown.figures),
            marked_ids=_list_marked(shown),
            kinds=_list_kinds(shown),
            entities={
                f"{e.type.value}|{e.field}:{e.start}-{e.end}": _view_entity(e)
                for e in shown.entities
            },
            link_entity=link_entity,
            texts=list_texts(article.revisions),
            comparison=self._compare(request, article, shown),
            list_meanings=list_meanings,
            copies=compare_copies(shown, self._index.list_copies(article)),
            citation=cite_article(
                article,
                url=str(request.base_url).rstrip("/") + link_article(article_id),
                language=choose_language(request),
                revision=revision,
            ),
        )

    def _compare(
        self, request: Request, article: ArticleDocument, shown: ArticleDocument | RevisionDocument
    ) -> Comparison | None:
        """Compare what is shown with the revision of `?compare=`, the older one first."""
        asked = request.query_params.get("compare")
        if not asked:
            return None
        other = self._read_text(article, asked)
        older, newer = sorted((other, shown), key=lambda text: text.revision)
        return compare_revisions(older, newer)

    def _read_text(
        self, article: ArticleDocument, revision: str
    ) -> ArticleDocument | RevisionDocument:
        if revision == str(article.revision) and article.status == "published":
            return article
        is_known = any(str(entry.revision) == revision for entry in list_texts(article.revisions))
        found = self._index.get_revision(article.article_id, int(revision)) if is_known else None
        if found is None:
            raise Problem(404, "missing_title", "missing_revision")
        return found

    def _read_revision(self, request: Request, article: ArticleDocument) -> RevisionDocument | None:
        asked = request.query_params.get("revision")
        if asked is None or asked == str(article.revision):
            return None
        is_known = any(str(entry.revision) == asked for entry in article.revisions)
        found = self._index.get_revision(article.article_id, int(asked)) if is_known else None
        if found is None:
            raise Problem(404, "missing_title", "missing_revision")
        return found

    def render_problem(self, problem: Problem, request: Request) -> HTMLResponse:
        """Render what went wrong."""
        response = self.render(
            "problem.html",
            request,
            status=problem.status,
            title=problem.title,
            sentence=problem.describe(choose_language(request)),
            retry_url=str(request.url.replace(scheme="", netloc="")),
            can_retry=problem.status >= 500,  # noqa: PLR2004 - HTTP's own number
        )
        if problem.status != 401:  # noqa: PLR2004 - as above; a page asks with its own form
            response.headers.update(problem.headers)
        return response

    @property
    def router(self) -> APIRouter:
        """The routes of the page."""
        router = APIRouter(include_in_schema=False)

        @router.api_route("/", methods=["GET", "HEAD"])
        def search(request: Request) -> HTMLResponse:
            return self.render_search(request)

        @router.api_route("/articles/{article_id:path}", methods=["GET", "HEAD"])
        def article(request: Request, article_id: str) -> HTMLResponse:
            return self.render_article(request, article_id)

        return router


_SHOWN_QUERY_CHARACTERS: Final = 300
_TABS: Final = {"articles": "/", "figures": "/figures", "charts": "/charts"}
_SHARED_PARAMETERS: Final = {
    "articles": frozenset({"organisation", "place", "indicator", "outlet", "language", "status"}),
    "figures": frozenset({"organisation", "place", "indicator", "outlet", "language", "status"}),
    "charts": frozenset({"organisation", "place", "indicator"}),
}
_SEARCH_PARAMETERS: Final = frozenset({"q", "date_from", "date_to"})


def list_tabs(request: Request, language: Language) -> tuple[Link, ...]:
    """Return the parts of the desk; conditions that another part knows go along."""
    here = next((name for name, path in _TABS.items() if path == request.url.path), None)
    links = []
    for name, path in _TABS.items():
        known = _SHARED_PARAMETERS[name]
        if "charts" not in (name, here):
            known |= _SEARCH_PARAMETERS
        pairs = [
            pair
            for pair in request.query_params.multi_items()
            if here and pair[0] in known and pair[1]
        ]
        url = f"{path}?{urllib.parse.urlencode(pairs)}" if pairs else path
        links.append(Link(say(f"tab_{name}", language), url, is_chosen=name == here))
    return tuple(links)


def build_pages(index: ArticleIndex, *, coverage: CoverageReader, static_folder: Path) -> Pages:
    """Return the page over an index."""
    return Pages(index, coverage=coverage, static_folder=static_folder)


def _switch_language(request: Request, language: Language) -> str:
    pairs = [pair for pair in request.query_params.multi_items() if pair[0] != "lang"]
    query = urllib.parse.urlencode([*pairs, ("lang", language)])
    return f"{urllib.parse.quote(request.url.path, safe='/:')}?{query}"


def _date_revision(revision: int) -> datetime:
    """Return when a revision was fetched: its number is that time."""
    return datetime.fromtimestamp(revision / 1000, tz=UTC)


def _safe_link(url: str | None) -> str | None:
    """Return a link only if it leads to the web: an article must not carry javascript: links."""
    return url if url and _SAFE_LINK.match(url) else None


def _list_hidden(asked: SearchRequest, *, without: Sequence[str]) -> tuple[tuple[str, str], ...]:
    return tuple(pair for pair in asked.to_pairs() if pair[0] not in without)


def _link_spelling(asked: SearchRequest, text: str | None) -> Link | None:
    return None if text is None else Link(text, asked.with_text(text).to_url())


def _view_sorts(asked: SearchRequest, language: Language) -> tuple[Link, ...]:
    return tuple(
        Link(
            say(f"sort_{order}", language),
            asked.with_sort(order).to_url(),
            is_chosen=asked.order == order,
        )
        for order in ("relevant", "newest")
        if asked.text
    )


def _view_facets(
    asked: SearchRequest, facets: Sequence[FacetCounts], language: Language
) -> tuple[list[FacetView], list[DateView]]:
    views, dates = [], []
    for facet in facets:
        label = facet.label_vi if language == "vi" else facet.label_en
        if facet.kind == "date":
            dates.append(_view_date(asked, facet, label, language))
            continue
        links = [_view_value(asked, facet.name, value, language) for value in facet.values]
        links.sort(key=lambda link: not link.is_chosen)
        if links:
            views.append(
                FacetView(label, tuple(links[:_SHOWN_VALUES]), tuple(links[_SHOWN_VALUES:]))
            )
    return views, dates


def _view_value(asked: SearchRequest, name: str, value: FacetValue, language: Language) -> Link:
    label = value.label_vi if language == "vi" else value.label_en
    shown = formatting.format_number(Decimal(value.count), language)
    notes = tuple(_list_gaps(value, language))
    is_chosen = value.value in asked.chosen.get(name, ())
    if is_chosen:
        url = asked.without_value(name, value.value).to_url()
        hint = say("filter_remove", language, label=label)
    else:
        url = asked.with_value(name, value.value).to_url()
        hint = say("filter_add", language, label=label, count=shown)
    hint = ", ".join((hint, *notes))
    return Link(label, url, hint, shown, is_chosen=is_chosen, notes=notes)


def _list_gaps(value: FacetValue, language: Language) -> Iterator[str]:
    """Say what is missing beside a count."""
    if value.unread_since:
        time = formatting.format_time(value.unread_since, language)
        yield say("unread_since", language, time=time)
    if value.silent_since:
        yield say("silent_since", language, day=formatting.format_day(value.silent_since, language))
    if value.begins:
        yield say("begins_late", language, day=formatting.format_day(value.begins, language))


def _name_span(bar: Bar, language: Language) -> str:
    first = bar.span.first or date.min
    if bar.step == "year":
        return say("date_year", language, year=first.year)
    if bar.step == "month":
        return formatting.format_month(first.year, first.month, language)
    return formatting.format_day(first, language)


def _view_date(
    asked: SearchRequest, facet: FacetCounts, label: str, language: Language
) -> DateView:
    counts = [(value.first, value.count) for value in facet.values if value.first]
    bars = build_bars(counts, interval=facet.interval or "month")
    span = asked.spans.get(facet.name, DateSpan())
    names = (f"{facet.name}_from", f"{facet.name}_to")
    return DateView(
        name=facet.name,
        label=label,
        bars=tuple(
            BarView(
                x=number * (_BAR_WIDTH + _BAR_GAP),
                y=HEIGHT - bar.height,
                height=bar.height,
                url=asked.with_span(facet.name, bar.span).to_url(),
                hint=say("date_bar", language, label=_name_span(bar, language), count=bar.count),
                is_empty=not bar.count,
                first=bar.span.first.isoformat() if bar.span.first else "",
                last=bar.span.last.isoformat() if bar.span.last else "",
            )
            for number, bar in enumerate(bars)
        ),
        width=max(1, len(bars) * (_BAR_WIDTH + _BAR_GAP) - _BAR_GAP),
        begins=_name_span(bars[0], language) if bars else "",
        ends=_name_span(bars[-1], language) if bars else "",
        first=span.first.isoformat() if span.first else "",
        last=span.last.isoformat() if span.last else "",
        hidden=_list_hidden(asked, without=("page", "as_of", *names)),
    )


def _view_chips(asked: SearchRequest, language: Language) -> tuple[Link, ...]:
    chips = []
    for facet in FACETS:
        title = facet.label_vi if language == "vi" else facet.label_en
        for value in asked.chosen.get(facet.name, ()):
            label = f"{title}: {label_value(facet.name, value, language)}"
            url = asked.without_value(facet.name, value).to_url()
            chips.append(Link(label, url, say("filter_remove", language, label=label)))
        span = asked.spans.get(facet.name)
        if span:
            label = f"{title}: {name_days(span, language)}"
            url = asked.with_span(facet.name, DateSpan()).to_url()
            chips.append(Link(label, url, say("filter_remove", language, label=label)))
    return tuple(chips)


def name_days(span: DateSpan, language: Language) -> str:
    """Return the days of a span in words."""
    first = formatting.format_day(span.first, language) if span.first else ""
    last = formatting.format_day(span.last, language) if span.last else ""
    if first and last:
        return first if first == last else f"{first} – {last}"
    key = "date_since" if first else "date_until"
    return say(key, language, day=first or last)


def _suggest(asked: SearchRequest, language: Language) -> tuple[Link, ...]:
    """Return what to try when nothing is found."""
    tries: list[Link] = []
    if asked.is_filtered:
        url = asked.without_filters().to_url()
        tries.append(Link(say("empty_clear_filters", language), url))
    text = asked.text
    for key, other in (
        ("empty_unquote", re.sub(r'["“”]', " ", text)),
        ("empty_any_word", _join_any(text)),
    ):
        words = " ".join(other.split())
        if words and words != " ".join(text.split()):
            tries.append(Link(say(key, language, text=words), asked.with_text(words).to_url()))
    if text and not asked.chosen.get("status"):
        url = asked.with_value("status", "published").with_value("status", "withdrawn").to_url()
        tries.append(Link(say("empty_withdrawn", language), url))
    if text or asked.is_filtered:
        tries.append(Link(say("empty_start", language), "/"))
    return tuple(tries)


_ANY_LIMIT_WORDS: Final = 12


def _join_any(text: str) -> str:
    """Return words joined by OR; a query that has operators of its own is left alone."""
    words = text.split()
    if not 1 < len(words) <= _ANY_LIMIT_WORDS or not all(word.isalnum() for word in words):
        return text
    return text if {"AND", "OR", "NOT"} & set(words) else " OR ".join(words)


def _list_figures(hit: ArticleHit) -> tuple[tuple[Figure, str], ...]:
    return tuple(
        (figure, link_article(hit.article_id, figure=figure)) for figure in hit.key_figures
    )


def _mark(shown: ArticleDocument | RevisionDocument, field: TextField) -> tuple[Segment, ...]:
    text: str = getattr(shown, field)
    return mark_text(text, list_marks(text, field, shown.figures, shown.entities))


def _list_marked(shown: ArticleDocument | RevisionDocument) -> frozenset[str]:
    """Return the ids of the figures whose marks stand in the text."""
    fields: tuple[TextField, ...] = ("title", "lead", "body")
    return frozenset(
        mark.id
        for field in fields
        for mark in list_marks(getattr(shown, field), field, shown.figures, ())
    )


def _sort_figures(figures: Sequence[Figure]) -> tuple[Figure, ...]:
    places = {"title": 0, "lead": 1, "body": 2}
    return tuple(sorted(figures, key=lambda f: (places[f.field], f.start, f.end)))


def _list_kinds(shown: ArticleDocument | RevisionDocument) -> tuple[str, ...]:
    """Return the kinds of marks in the text, for the legend."""
    present = {entity.type.value for entity in shown.entities}
    kinds = ("organisation", "person", "place", "document")
    return (*(("figure",) if shown.figures else ()), *(k for k in kinds if k in present))


def _view_entity(entity: Entity) -> str:
    """Return what a name stands for: canonical name, and a person's role."""
    return ", ".join(part for part in (entity.name, entity.role, entity.organisation) if part)


def link_entity(kind: str, name: str) -> str | None:
    """Return the search for a name's other articles, for kinds that have a facet.

    Example:
        >>> link_entity("place", "Hà Nội"), link_entity("event", "Đại hội")
        ('/?place=H%C3%A0+N%E1%BB%99i', None)
    """
    facet = _ENTITY_FACETS.get(kind)
    return SearchRequest(chosen={facet: (name,)}).to_url() if facet else None
