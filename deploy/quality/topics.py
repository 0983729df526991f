"""How well the topics of articles are told, against the judgement of a reader.

In: tests/quality/topic_judgements.jsonl: for an article of the demo or of an open half of the
corpus, the topics it is about (the first is its main one) and others that are right too. Out: a
tally of the topics, and how often the strongest one is right.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from deploy.demo.stories import load_stories
from enricher.domain.enrich import Reading, read_text
from services.lexicon.zones import zone_saved_text

PUBLISHED = date(2026, 10, 5)


@dataclass
class TopicReport:
    """Right, wrong and missed topics, and articles whose strongest topic is right."""

    articles: int = 0
    strongest_right: int = 0
    right: int = 0
    wrong: int = 0
    missed: int = 0
    errors: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        """The share of the topics told that are right."""
        return self.right / max(1, self.right + self.wrong)

    @property
    def recall(self) -> float:
        """The share of the judge's topics that were told."""
        return self.right / max(1, self.right + self.missed)


def measure_topics(corpus: Path, *, with_section: bool) -> TopicReport:
    """Measure on the judged articles, with or without the publisher's section and tags.

    A topic that is right too counts neither as right nor as wrong; the strongest topic is right
    when the judge named it at all.
    """
    report = TopicReport()
    for name, required, allowed, reading in _read_judged(corpus, with_section=with_section):
        told = [topic.code for topic in reading.topics]
        report.articles += 1
        report.strongest_right += told[0] in {*required, *allowed} if told else not required
        report.right += len(set(told) & set(required))
        report.missed += len(set(required) - set(told))
        wrong = set(told) - set(required) - set(allowed)
        report.wrong += len(wrong)
        if wrong or set(required) - set(told):
            trail = " | ".join(f"{t.code} {t.confidence} {t.rule}" for t in reading.topics)
            report.errors.append(f"topics {name}: {required} {allowed}: {trail}")
    return report


def _read_judged(
    corpus: Path, *, with_section: bool
) -> Iterator[tuple[str, list[str], list[str], Reading]]:
    stories = load_stories()
    for line in (corpus / "topic_judgements.jsonl").read_text(encoding="utf-8").splitlines():
        judged = json.loads(line)
        origin, name = judged["article"].split("/")
        if origin == "demo":
            story = stories[name]
            reading = read_text(
                story.title,
                story.lead or "",
                story.text,
                published=PUBLISHED,
                section=story.section if with_section else None,
                tags=story.tags if with_section else (),
            )
        else:
            saved = zone_saved_text((corpus / origin / f"{name}.txt").read_text(encoding="utf-8"))
            reading = read_text(saved.title, saved.lead, saved.body, published=PUBLISHED)
        yield judged["article"], judged["topics"], judged["also"], reading
