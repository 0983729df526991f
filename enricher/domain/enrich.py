"""Reads an article: its language, its figures and its named things.

In: a `RawArticleV1`, or plain title, lead and body. Out: an `EnrichedArticleV1`, or a `Reading`.
Pure and deterministic: the same text and the same day give the same bytes. The cost is linear in
the length of the text.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta, timezone
from itertools import groupby
from typing import Final

from enricher.domain.blockers import block_numbers
from enricher.domain.documents import name_issuers, read_documents
from enricher.domain.events import read_events
from enricher.domain.figure_places import date_places
from enricher.domain.figures import find_drafts
from enricher.domain.invisible import (
    hide_invisible,
    restore_entities,
    restore_figures,
    restore_passages,
)
from enricher.domain.korean import find_korean_drafts
from enricher.domain.lineage import trace_lineage
from enricher.domain.linking import Linker, ReadParagraph
from enricher.domain.mentions import Mention
from enricher.domain.names import unify_names
from enricher.domain.nouns import NAME_STARTS
from enricher.domain.organisations import OrganisationReader
from enricher.domain.persons import PersonReader
from enricher.domain.places import read_places
from enricher.domain.signature import sign_folded
from enricher.domain.text import Language, Paragraph, detect_language, read_paragraphs
from enricher.domain.times import Calendar, build_calendar, find_times
from enricher.domain.topics import read_topics
from services.contracts.articles import Cause, EnrichedArticleV1, RawArticleV1
from services.contracts.entities import Entity, EntityType
from services.contracts.figures import Figure, TextField
from services.contracts.stories import ArticleTopic, Passage
from services.lexicon.fold import to_nfc
from services.lexicon.organisations import Lineage

LOCAL_TIME: Final = timezone(timedelta(hours=7))
"""The publishers' time zone: a story of 23:30 UTC is of the next day there."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text says: its main language, its figures and its named things, in reading order.

    `topics` are what it is about, the strongest first; `signature` is what its copies share;
    `passages` are the runs of paragraphs of one language.
    """

    language: str | None
    figures: tuple[Figure, ...]
    entities: tuple[Entity, ...]
    topics: tuple[ArticleTopic, ...]
    signature: tuple[str, ...]
    passages: tuple[Passage, ...]


def enrich(article: RawArticleV1, *, generation: int) -> EnrichedArticleV1:
    """Return the article with its figures and entities; a withdrawn one has none.

    `generation` is the enricher's own; the result's is the sum of the parser's and ours.
    """
    total = article.generation + generation
    if article.cause is Cause.WITHDRAWN:
        return EnrichedArticleV1(article=article, generation=total, language=article.language)
    published = article.published_at.astimezone(LOCAL_TIME).date() if article.published_at else None
    reading = read_text(
        article.title,
        article.lead,
        article.body,
        published=published,
        section=article.section,
        tags=article.tags,
    )
    return EnrichedArticleV1.model_construct(
        article=article,
        generation=total,
        language=reading.language or article.language,
        figures=reading.figures,
        entities=reading.entities,
        topics=reading.topics,
        signature=reading.signature,
        passages=reading.passages,
    )


def read_text(
    title: str,
    lead: str,
    body: str,
    *,
    published: date | None,
    section: str | None = None,
    tags: Iterable[str] = (),
) -> Reading:
    """Return the reading of a text; offsets count code points of the NFC text of each field.

    Characters that nobody sees are read through. `section` and `tags` are the publisher's own;
    they help to tell the topics.

    Example:
        >>> reading = read_text("", "", "Công đoàn trao 300 suất quà.", published=None)
        >>> [(figure.surface, str(figure.value)) for figure in reading.figures]
        [('300 suất quà', '300')]
    """
    sources: dict[TextField, str] = {
        "title": to_nfc(title), "lead": to_nfc(lead), "body": to_nfc(body),
    }  # fmt: skip
    visible = {name: seen for name, text in sources.items() if (seen := hide_invisible(text))}
    fields = tuple(
        (name, visible[name].text if name in visible else text) for name, text in sources.items()
    )
    language = _main_language(fields)
    calendar = build_calendar(published, (text for _, text in fields))
    organisations, persons = OrganisationReader(published), PersonReader()
    read: list[ReadParagraph] = []
    for name, text in fields:
        read.extend(
            _read_paragraph(paragraph, calendar, organisations, persons)
            for paragraph in read_paragraphs(name, text, inherited=language)
        )
    unify_names(mention for one in read for mention in one.mentions)
    linked = Linker(calendar, read).link()
    provinces = frozenset(
        mention.area
        for one in read
        for mention in one.mentions
        if mention.rule == "place.province" and mention.area
    )
    entities = [
        _entity(mention, provinces=provinces, day=published)
        for one in read
        for mention in sorted((*one.mentions, *one.events), key=lambda m: (m.start, -m.end))
        if mention.rule != "organisation.short"  # "LĐLĐ tỉnh" of nobody knows which
    ]
    figures = date_places(linked, entities)
    topics = read_topics(read, figures, section=section, tags=tags)
    passages = _join_passages(one.paragraph for one in read)
    if visible:
        figures = restore_figures(figures, visible)
        entities = restore_entities(entities, visible)
        passages = restore_passages(passages, visible)
    return Reading(
        language=language,
        figures=tuple(figures),
        entities=tuple(entities),
        topics=topics,
        signature=sign_folded(
            "\n".join(one.paragraph.low for one in read if one.paragraph.field != "title")
        ),
        passages=tuple(passages),
    )


def _join_passages(paragraphs: Iterable[Paragraph]) -> list[Passage]:
    """Return the runs of paragraphs of one field and one language."""
    passages: list[Passage] = []
    for (field, language), run in groupby(paragraphs, key=lambda one: (one.field, one.language)):
        lines = list(run)
        end = lines[-1].start + len(lines[-1].text)
        passages.append(Passage(field=field, start=lines[0].start, end=end, language=language))
    return passages


def _main_language(fields: tuple[tuple[TextField, str], ...]) -> Language | None:
    letters: Counter[Language] = Counter()
    for _, text in fields:
        for line in text.split("\n"):
            if line.strip():
                letters[detect_language(line)] += len(line)
    if not letters:
        return None
    most = max(letters.values())
    return min(language for language, count in letters.items() if count == most)


def _read_paragraph(
    paragraph: Paragraph,
    calendar: Calendar,
    organisations: OrganisationReader,
    persons: PersonReader,
) -> ReadParagraph:
    times = find_times(paragraph.low, paragraph.language, calendar, vocabulary=paragraph.vocabulary)
    blocked = block_numbers(paragraph, times)
    documents = read_documents(paragraph)
    for document in documents:
        blocked[document.start : document.end] = b"\x01" * (document.end - document.start)
    bodies = organisations.read(paragraph)
    bodies = [body for body in bodies if not _overlaps(body, documents)]
    name_issuers(documents, bodies)
    taken = {
        token for mention in (*bodies, *documents) for token in range(mention.first, mention.stop)
    }
    people = persons.read(paragraph, bodies, taken)
    named = {token for person in people for token in range(person.first, person.stop)}
    named |= {token for document in documents for token in range(document.first, document.stop)}
    places = read_places(paragraph, bodies, organisations, named)
    if paragraph.language == "ko":
        drafts = find_korean_drafts(paragraph, blocked)
    else:
        _mark_names(blocked, bodies, people)
        drafts = find_drafts(paragraph, blocked)
    mentions = sorted((*bodies, *people, *places, *documents), key=lambda m: (m.start, -m.end))
    read = ReadParagraph(paragraph, times, drafts, mentions, blocked)
    read.events = read_events(paragraph, bodies)
    return read


def _overlaps(mention: Mention, others: list[Mention]) -> bool:
    return any(mention.first < other.stop and other.first < mention.stop for other in others)


def _mark_names(blocked: bytearray, *groups: list[Mention]) -> None:
    """Block digits inside names ("May 10") and mark where names begin: no counted noun goes on."""
    for group in groups:
        for mention in group:
            low = mention.paragraph.low
            for position in range(mention.start, mention.end):
                if low[position].isdecimal():
                    blocked[position] = 1
            if blocked[mention.start] == 0 and mention.rule != "organisation.short":
                blocked[mention.start] = NAME_STARTS


def _entity(mention: Mention, *, provinces: frozenset[str], day: date | None) -> Entity:
    offset = mention.paragraph.start
    is_body = mention.type is EntityType.ORGANISATION
    lineage = trace_lineage(mention, provinces=provinces, day=day) if is_body else Lineage()
    return Entity.model_construct(
        type=mention.type,
        field=mention.paragraph.field,
        start=offset + mention.start,
        end=offset + mention.end,
        surface=mention.paragraph.text[mention.start : mention.end],
        name=mention.name,
        id=mention.id,
        kind=mention.kind,
        parent=lineage.parent or mention.parent,
        role=mention.role,
        organisation=mention.organisation,
        code=mention.code,
        code_system=mention.code_system,
        as_of=mention.as_of,
        number=mention.number,
        document_kind=mention.document_kind,
        date=mention.date,
        issuer=mention.issuer,
        event_kind=mention.event_kind,
        predecessors=lineage.predecessors,
        successors=lineage.successors,
        changed_on=lineage.changed_on,
        has_ended=lineage.has_ended,
        rule=mention.rule,
        confidence=mention.confidence,
    )
