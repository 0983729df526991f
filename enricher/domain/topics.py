"""Tells what an article is about: wages, strikes, safety, care, housing and so on.

In: the article's paragraphs with their names, its figures, its section and tags. Out: topics, the
strongest first, each with the cues that told it.

Every cue of the lexicon that is found adds its weight, times the logarithm of how often and how
prominently it stands: in the headline, the lead, the tags or the body. A topic holds when its sum
is high by itself and not far below the best one's; what only the body speaks of counts for less.
Names of unions, companies and persons are no cues: "Công đoàn Y tế" is not about health.
"""

import functools
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from enricher.domain.linking import ReadParagraph
from enricher.domain.text import TOKEN_PATTERN, Phrases
from services.contracts.entities import EntityType
from services.contracts.figures import Figure
from services.contracts.stories import ArticleTopic
from services.lexicon.fold import fold, strip_diacritics, to_nfc
from services.lexicon.tables import read_table
from services.lexicon.topics import NO_TOPIC, topic_cues

TOPICS_LIMIT: Final = 3
"""A story that is about everything is about nothing."""

_TITLE, _LEAD, _TAG, _BODY, _SECTION = 5.0, 2.5, 2.0, 1.0, 1.0
_MINIMUM_SCORE: Final = 10.0
_SHARE_OF_BEST: Final = 0.55
_SHARE_OF_BODY: Final = 0.75
"""What headline, lead, tags and section do not mention at all is rarely what a story is about."""

_FIRST_PARAGRAPHS: Final = 8
"""Behind so many paragraphs a story tells its background: cues count half there."""

_HALF_CONFIDENT_SCORE: Final = 10.0
_TRAIL_LENGTH: Final = 4
_HANGUL: Final = re.compile("[\uac00-\ud7a3]")
_SEPARATORS: Final = re.compile(r"[\W_]+")
_COUNTRIES_OF_A_STORY: Final = 2
_HOME: Final = "Việt Nam"

Weights = tuple[tuple[str, int], ...]


@dataclass(slots=True)
class _Evidence:
    """How prominently one cue stands, and where it stands first."""

    weight: int
    where: str
    prominence: float = 0.0

    @property
    def score(self) -> float:
        return self.weight * math.log2(1 + self.prominence)


@dataclass(slots=True)
class _Tally:
    """The evidence found so far: topic → cue → evidence."""

    found: dict[str, dict[str, _Evidence]] = field(default_factory=dict)

    def add(self, weights: Weights, cue: str, where: str, prominence: float) -> None:
        for topic, weight in weights:
            cues = self.found.setdefault(topic, {})
            cues.setdefault(cue, _Evidence(weight, where)).prominence += prominence


def read_topics(
    paragraphs: Sequence[ReadParagraph],
    figures: Iterable[Figure],
    *,
    section: str | None = None,
    tags: Iterable[str] = (),
) -> tuple[ArticleTopic, ...]:
    """Return the topics of an article, the strongest first; () when nothing tells one."""
    tally = _Tally()
    for read in paragraphs:
        _read_paragraph(tally, read)
    if country := _find_only_abroad(paragraphs):
        tally.add(_weights("abroad")["only"], f"only {country}", "title", _TITLE)
    for tag in tags:
        _read_words(tally, TOKEN_PATTERN.findall(fold(to_nfc(tag))), "tag", _TAG)
    for figure in figures:
        weights = _weights("indicator").get(figure.indicator or "")
        if weights:
            prominence = {"title": _TITLE, "lead": _LEAD}.get(figure.field, _BODY)
            tally.add(weights, f"indicator {figure.indicator}", figure.field, prominence)
    name = _name_section(section or "")
    if weights := _weights("section").get(name):
        tally.add(weights, name, "section", _SECTION)
    return _choose(tally)


def _read_paragraph(tally: _Tally, read: ReadParagraph) -> None:
    paragraph = read.paragraph
    prominence = {"title": _TITLE, "lead": _LEAD}.get(paragraph.field, _BODY)
    if paragraph.field == "body" and paragraph.index >= _FIRST_PARAGRAPHS:
        prominence /= 2
    names: set[int] = set()
    for mention in read.mentions:
        if mention.type is EntityType.PERSON or (
            mention.type is EntityType.ORGANISATION and mention.kind in {"union", "company"}
        ):
            names.update(range(mention.first, mention.stop))
        abroad = _name_abroad(mention.type, mention.id, mention.rule, mention.name)
        if abroad is not None:
            # all countries are one cue: a list of markets makes no story of foreign affairs
            tally.add(_weights("abroad")[abroad], f"abroad {abroad}", paragraph.field, prominence)
    if paragraph.language == "ko":
        for match in _korean_pattern().finditer(paragraph.low):
            cue = match.group()
            tally.add(_korean_weights()[cue], cue, paragraph.field, prominence)
    else:
        _read_words(tally, paragraph.words, paragraph.field, prominence, names=names)


def _find_only_abroad(paragraphs: Sequence[ReadParagraph]) -> str | None:
    """Return the country of a story of elsewhere: named up front, and nothing of Viet Nam.

    More than two countries up front are a list of markets or guests.
    """
    countries: list[str] = []
    for read in paragraphs:
        for mention in read.mentions:
            if mention.type is EntityType.PLACE:
                if mention.rule != "place.country" or mention.name == _HOME:
                    return None
                if read.paragraph.field in {"title", "lead"} and mention.name not in countries:
                    countries.append(mention.name)
            elif mention.type is EntityType.ORGANISATION and (
                mention.id is not None
                and mention.id not in _foreign_unions()
                and mention.kind in {"union", "state", "party"}
            ):
                return None
    return countries[0] if 1 <= len(countries) <= _COUNTRIES_OF_A_STORY else None


def _name_abroad(kind: EntityType, identity: str | None, rule: str, name: str) -> str | None:
    """Return whether a mention is of a "country" or a "union" other than Viet Nam's, else None."""
    if kind is EntityType.PLACE and rule == "place.country" and name != _HOME:
        return "country"
    if kind is EntityType.ORGANISATION and identity in _foreign_unions():
        return "union"
    return None


def _read_words(
    tally: _Tally,
    words: list[str],
    where: str,
    prominence: float,
    *,
    names: set[int] | frozenset[int] = frozenset(),
) -> None:
    free_from, phrases = 0, _phrases()
    for at, word in enumerate(words):
        if at < free_from or not phrases.opens(word) or at in names:
            continue
        if found := phrases.match(words, at):
            free_from, weights = found
            tally.add(weights, " ".join(words[at:free_from]), where, prominence)


def _choose(tally: _Tally) -> tuple[ArticleTopic, ...]:
    scores = {
        topic: sum(evidence.score for evidence in cues.values())
        for topic, cues in tally.found.items()
    }
    for topic, cues in tally.found.items():
        if all(evidence.where == "body" for evidence in cues.values()):
            scores[topic] *= _SHARE_OF_BODY
    best = max(scores.values(), default=0.0)
    ranked = sorted(scores, key=lambda topic: (-scores[topic], topic))
    return tuple(
        ArticleTopic(
            code=topic,
            rule=_tell_trail(tally.found[topic]),
            confidence=round(scores[topic] / (scores[topic] + _HALF_CONFIDENT_SCORE), 2),
        )
        for topic in ranked[:TOPICS_LIMIT]
        if scores[topic] >= max(_MINIMUM_SCORE, _SHARE_OF_BEST * best)
    )


def _tell_trail(cues: dict[str, _Evidence]) -> str:
    strongest = sorted(cues.items(), key=lambda item: (-item[1].score, item[0]))[:_TRAIL_LENGTH]
    return "; ".join(f"{evidence.where}:{cue}" for cue, evidence in strongest)


def _name_section(section: str) -> str:
    """Return a section's name or slug as one spelling: "chinh sach" of "lao-dong/chinh-sach".

    Example:
        >>> _name_section("Chính sách"), _name_section("lao-dong/chinh-sach")
        ('chinh sach', 'chinh sach')
    """
    last = to_nfc(section).rstrip("/").rsplit("/", 1)[-1]
    return _SEPARATORS.sub(" ", strip_diacritics(last)).strip()


@functools.cache
def _weights(source: str) -> dict[str, Weights]:
    """Return the cues of one source and what they weigh for which topics."""
    table: dict[str, Weights] = {}
    for cue in topic_cues():
        if cue.source == source:
            for phrase in cue.phrases:
                key = _name_section(phrase) if source == "section" else phrase
                known = table.get(key, ())
                if (cue.topic, cue.weight) not in known:
                    table[key] = (*known, (cue.topic, cue.weight))
    return table


@functools.cache
def _phrases() -> Phrases[Weights]:
    table: dict[str, Weights] = {}
    for cue in topic_cues():
        if cue.source == "words":
            for phrase in cue.phrases:
                weights = () if cue.topic == NO_TOPIC else ((cue.topic, cue.weight),)
                table[fold(phrase)] = (*table.get(fold(phrase), ()), *weights)
    return Phrases(table)


@functools.cache
def _korean_weights() -> dict[str, Weights]:
    return {cue: weights for cue, weights in _weights("words").items() if _HANGUL.search(cue)}


@functools.cache
def _korean_pattern() -> re.Pattern[str]:
    cues = sorted(_korean_weights(), key=lambda cue: (-len(cue), cue))
    return re.compile("|".join(map(re.escape, cues)))


@functools.cache
def _foreign_unions() -> frozenset[str]:
    """Return the ids of unions of other countries and of the world."""
    return frozenset(
        row[0]
        for row in read_table("organisations.tsv")
        if row[0].startswith("union:") and row[0] not in {"union:vgcl", "union:vn"} and not row[3]
    )
