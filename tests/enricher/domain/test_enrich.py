"""The event that `enrich` makes of an article."""

from datetime import UTC, datetime

from enricher.domain import ENRICHER_GENERATION
from enricher.domain.enrich import enrich
from services.contracts.articles import Cause, EnrichedArticleV1, RawArticleV1, content_hash


def article(**changes: object) -> RawArticleV1:
    title, body = "Công đoàn tặng quà", "Sáng nay, LĐLĐ tỉnh Lào Cai trao 450 suất quà."
    fields: dict[str, object] = {
        "article_id": "outlet:1",
        "revision": 5,
        "generation": 3,
        "cause": Cause.NEW,
        "source": "demo",
        "site": "laodong",
        "outlet": "outlet",
        "fetched_at": datetime(2025, 11, 20, 1, tzinfo=UTC),
        "published_at": datetime(2025, 11, 19, 18, tzinfo=UTC),
        "title": title,
        "body": body,
        "content_hash": content_hash(title=title, lead="", body=body),
    }
    return RawArticleV1.model_validate(fields | changes)


def test_enrich_adds_figures_and_sums_the_generations() -> None:
    enriched = enrich(article(), generation=ENRICHER_GENERATION)

    assert enriched.generation == 3 + ENRICHER_GENERATION
    assert enriched.language == "vi"
    assert [figure.surface for figure in enriched.figures] == ["450 suất quà"]
    assert enriched.figures[0].organisation == "Liên đoàn Lao động tỉnh Lào Cai"


def test_enrich_dates_by_the_day_of_the_publisher() -> None:
    (figure,) = enrich(article(), generation=1).figures

    assert figure.period == "2025-11-20"  # 01:00 there, though 18:00 the day before in UTC


def test_enrich_of_a_withdrawn_article_is_empty() -> None:
    enriched = enrich(
        article(cause=Cause.WITHDRAWN, title="", body="", content_hash=None), generation=1
    )

    assert (enriched.figures, enriched.entities) == ((), ())


def test_enriched_article_survives_the_wire() -> None:
    enriched = enrich(article(), generation=1)

    assert EnrichedArticleV1.decode(enriched.encode()) == enriched
