"""Articles to measure with: the demo's stories, put together to a usual length.

In: a number. Out: that many distinct events of about 5,000 characters, the same each time.
"""

from datetime import UTC, datetime, timedelta
from itertools import cycle, islice

from deploy.demo.stories import load_stories
from services.contracts.articles import Cause, RawArticleV1, content_hash

START = datetime(2026, 10, 5, 8, tzinfo=UTC)
BODY_CHARACTERS = 5_000


def build_events(count: int, *, series: str) -> list[RawArticleV1]:
    """Return `count` events; those of another series are other articles."""
    stories = sorted(load_stories().items())
    paragraphs = [text for _key, story in stories for text in story.text.split("\n\n")]
    titles = cycle([story.title for _key, story in stories])
    flow = cycle(paragraphs)
    return [
        _build_event(number, series=series, title=title, body=_take_body(flow))
        for number, title in enumerate(islice(titles, count))
    ]


def _take_body(flow: "cycle[str]") -> str:
    taken: list[str] = []
    while sum(map(len, taken)) < BODY_CHARACTERS:
        taken.append(next(flow))
    return "\n\n".join(taken)


def _build_event(number: int, *, series: str, title: str, body: str) -> RawArticleV1:
    headline = f"{title} ({series} {number})"
    moment = START + timedelta(seconds=number)
    return RawArticleV1(
        article_id=f"bench:{series}:{number}",
        revision=int(moment.timestamp() * 1000),
        generation=1,
        cause=Cause.NEW,
        source="bench",
        site="generic",
        outlet="Bench",
        url=f"https://bench.example/{series}/{number}",
        fetched_at=moment,
        published_at=moment,
        title=headline,
        body=body,
        content_hash=content_hash(title=headline, lead="", body=body),
    )
