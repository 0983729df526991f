"""Topics are told from the cues of the whole article, each with the trail that led to it."""

import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from deploy.quality.topics import measure_topics
from enricher.domain.enrich import read_text
from enricher.domain.topics import TOPICS_LIMIT
from services.lexicon.topics import NO_TOPIC, topic_cues, topics

CASES = [
    json.loads(line)
    for line in Path(__file__).with_name("topic_cases.jsonl").read_text("utf-8").splitlines()
]
CORPUS = Path(__file__).parents[2] / "quality"
STRIKE = "Hơn 300 công nhân ngừng việc tập thể vì bị nợ lương"


def tell(title: str, lead: str = "", body: str = "", **options: Any) -> list[str]:  # noqa: ANN401
    return [t.code for t in read_text(title, lead, body, published=None, **options).topics]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["title"][:40])
def test_topics_of_a_story(case: dict[str, Any]) -> None:
    told = tell(case["title"], case["lead"])
    assert set(case["topics"]) <= set(told)
    assert not set(told) & set(case["not"])
    assert told or not case["topics"]


def test_topics_carry_the_cues_that_told_them() -> None:
    (topic, *_) = read_text(STRIKE, "", "", published=None).topics
    assert topic.code == "strikes"
    assert "title:ngừng việc tập thể" in topic.rule
    assert 0.5 <= topic.confidence < 1


def test_topics_are_the_same_in_any_normal_form() -> None:
    assert tell(unicodedata.normalize("NFD", STRIKE)) == tell(STRIKE)


def test_topics_listen_to_section_and_tags() -> None:
    plain = "Câu chuyện ở một phường"
    assert tell(plain) == []
    assert tell(plain, section="lao-dong/viec-lam", tags=["tuyển dụng", "việc làm"]) == ["jobs"]


def test_topics_of_a_story_about_everything_are_few() -> None:
    phrases = [phrase for cue in topic_cues() if cue.source == "words" for phrase in cue.phrases]
    assert len(tell(STRIKE, "", ". ".join(phrases))) <= TOPICS_LIMIT


def test_topic_cues_name_known_topics_and_sources() -> None:
    assert {cue.topic for cue in topic_cues()} == {NO_TOPIC, *topics()}
    assert {cue.source for cue in topic_cues()} == {"words", "indicator", "section", "abroad"}
    assert {cue.weight for cue in topic_cues() if cue.topic != NO_TOPIC} <= {1, 2, 3, 4}


def test_topics_of_judged_articles_stay_as_good() -> None:
    report = measure_topics(CORPUS, with_section=True)
    assert report.precision >= 0.9
    assert report.recall >= 0.9
