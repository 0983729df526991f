"""The documents of the indices, built from enriched articles.

In: an event and the article's history. Out: article, figure and revision documents.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from indexer.domain.history import Entries, find_newest_text, has_correction
from services.contracts.articles import EnrichedArticleV1, RawArticleV1
from services.contracts.documents import (
    ArticleDocument,
    FigureDocument,
    HeartbeatDocument,
    RevisionDocument,
    RevisionEntry,
)
from services.contracts.entities import Entity, EntityType
from services.contracts.figures import Figure
from services.contracts.stories import Passage
from services.lexicon.periods import read_period


def build_article(
    event: EnrichedArticleV1, *, entries: Entries, first_seen_at: datetime, indexed_at: datetime
) -> ArticleDocument:
    """Return the article document that shows an event's text."""
    article, entities = event.article, event.entities
    newest = entries[-1]
    return ArticleDocument(
        article_id=article.article_id,
        version=to_version(newest),
        revision=newest.revision,
        generation=newest.generation,
        status=newest.status,
        is_corrected=has_correction(entries),
        states=_list_states(entries),
        cause=newest.cause,
        source=article.source,
        site=article.site,
        outlet=article.outlet,
        url=article.url,
        canonical_url=article.canonical_url,
        aliases=article.aliases,
        title=article.title,
        lead=article.lead,
        body=article.body,
        is_truncated=article.is_truncated,
        author=article.author,
        section=article.section,
        tags=article.tags,
        captions=article.captions,
        images=article.images,
        language=event.language or article.language,
        published_at=article.published_at,
        modified_at=article.modified_at,
        fetched_at=article.fetched_at,
        first_seen_at=first_seen_at,
        sort_at=article.published_at or first_seen_at,
        indexed_at=indexed_at,
        content_hash=article.content_hash,
        metadata_hash=article.metadata_hash,
        archive_record=article.archive_record,
        organisations=_distinct_names(entities, EntityType.ORGANISATION),
        persons=_distinct_names(entities, EntityType.PERSON),
        places=_distinct_names(entities, EntityType.PLACE),
        documents=_distinct_names(entities, EntityType.DOCUMENT),
        events=_distinct_names(entities, EntityType.EVENT),
        indicators=_distinct(f.indicator for f in event.figures if f.indicator),
        names=_distinct(entity.name for entity in entities),
        topics=_distinct(topic.code for topic in event.topics),
        signature=event.signature,
        languages=_rank_languages(event.passages),
        passages=event.passages,
        figure_count=len({figure.id for figure in event.figures}),
        figures=event.figures,
        entities=entities,
        revisions=entries,
    )


def keep_text(
    stored: ArticleDocument, *, entries: Entries, first_seen_at: datetime, indexed_at: datetime
) -> ArticleDocument:
    """Return a stored article with another history and the same text."""
    newest = entries[-1]
    return stored.model_copy(
        update={
            "version": to_version(newest),
            "revision": newest.revision,
            "generation": newest.generation,
            "status": newest.status,
            "is_corrected": has_correction(entries),
            "states": _list_states(entries),
            "cause": newest.cause,
            "first_seen_at": first_seen_at,
            "sort_at": stored.published_at or first_seen_at,
            "indexed_at": indexed_at,
            "revisions": entries,
        }
    )


def build_figures(article: ArticleDocument) -> dict[str, FigureDocument]:
    """Return the figure documents of an article by their ids; they follow from the article alone.

    Two figures at one place share an id: the later one stays.
    """
    shared: dict[str, Any] = {
        "article_id": article.article_id,
        "article_version": article.version,
        "article_revision": article.revision,
        "status": article.status,
        "outlet": article.outlet,
        "source": article.source,
        "url": article.url,
        "title": article.title,
        "language": article.language,
        "published_at": article.published_at,
        "sort_at": article.sort_at,
    }
    return {
        name_figure(article.article_id, figure): _build_figure(article, figure, shared)
        for figure in article.figures
    }


def _build_figure(
    article: ArticleDocument, figure: Figure, shared: dict[str, Any]
) -> FigureDocument:
    days = read_period(figure.period)
    return FigureDocument.model_construct(  # of valid parts
        figure_id=name_figure(article.article_id, figure),
        period_first=days.first if days else None,
        period_last=days.last if days else None,
        **shared,
        **dict(figure),
    )


def name_figure(article_id: str, figure: Figure) -> str:
    """Return the id of a figure's document, such as "nld:1#body:4-19"."""
    return f"{article_id}#{figure.id}"


def name_revision(article_id: str, revision: int) -> str:
    """Return the id of a revision's document, such as "nld:1@1700000000000"."""
    return f"{article_id}@{revision}"


def build_revision(event: EnrichedArticleV1, *, entry: RevisionEntry) -> RevisionDocument:
    """Return the document of one line of the history, with the text of an event."""
    return _build_line(
        event.article,
        entry=entry,
        generation=event.generation,
        content_hash=entry.content_hash,
        figures=event.figures,
        entities=event.entities,
    )


def copy_shown_revision(article: ArticleDocument) -> RevisionDocument | None:
    """Return the document of the line whose text an article shows, from the article itself."""
    entry = find_newest_text(article.revisions)
    if entry is None:
        return None
    return _build_line(
        article,
        entry=entry,
        generation=entry.generation,
        content_hash=article.content_hash,
        figures=article.figures,
        entities=article.entities,
    )


def _build_line(
    text: RawArticleV1 | ArticleDocument,
    *,
    entry: RevisionEntry,
    generation: int,
    content_hash: str | None,
    figures: tuple[Figure, ...],
    entities: tuple[Entity, ...],
) -> RevisionDocument:
    return RevisionDocument(
        article_id=text.article_id,
        revision=entry.revision,
        last_revision=entry.last_revision,
        generation=generation,
        cause=entry.cause,
        status=entry.status,
        outlet=text.outlet,
        title=text.title,
        lead=text.lead,
        body=text.body,
        author=text.author,
        published_at=text.published_at,
        modified_at=text.modified_at,
        fetched_at=text.fetched_at,
        content_hash=content_hash,
        metadata_hash=text.metadata_hash,
        archive_record=text.archive_record,
        figures=figures,
        entities=entities,
    )


def build_withdrawn_revision(article: ArticleDocument, entry: RevisionEntry) -> RevisionDocument:
    """Return the document of a line that says that an article was withdrawn: it has no text."""
    return RevisionDocument(
        article_id=article.article_id,
        revision=entry.revision,
        last_revision=entry.last_revision,
        generation=entry.generation,
        cause=entry.cause,
        status=entry.status,
        outlet=article.outlet,
        title="",
        lead="",
        body="",
        fetched_at=article.fetched_at,
    )


def build_heartbeat_document(
    event: EnrichedArticleV1, *, indexed_at: datetime
) -> HeartbeatDocument:
    """Return what is kept of a heartbeat."""
    return HeartbeatDocument(
        article_id=event.article_id,
        revision=event.article.revision,
        fetched_at=event.article.fetched_at,
        indexed_at=indexed_at,
        figure_count=len(event.figures),
    )


def to_version(entry: RevisionEntry) -> int:
    """Return the version of an article that shows an entry: revision × 1000 + generation."""
    return entry.revision * 1000 + entry.generation


def to_order(article: ArticleDocument) -> int:
    """Return the place of an article's state among its states: it only grows.

    Unlike `version`, it grows when a text is only seen again, and when a run of sightings turns
    out to begin earlier. It guards figures against a worker that lost its partitions and does not
    know it yet.
    """
    newest = article.revisions[-1]
    return newest.last_revision * 1000 + newest.generation


def _list_states(entries: Entries) -> tuple[str, ...]:
    return (entries[-1].status, *(("corrected",) if has_correction(entries) else ()))


def _rank_languages(passages: Iterable[Passage]) -> tuple[str, ...]:
    """Return the languages of an article, the one with most text first."""
    sizes: Counter[str] = Counter()
    for passage in passages:
        sizes[passage.language] += passage.end - passage.start
    return tuple(sorted(sizes, key=lambda language: (-sizes[language], language)))


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _distinct_names(entities: Iterable[Entity], kind: EntityType) -> tuple[str, ...]:
    return _distinct(entity.name for entity in entities if entity.type is kind)
