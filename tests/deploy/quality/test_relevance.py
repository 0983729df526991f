"""The desk finds what judges hoped for, and far more of it than a plain search."""

import pytest
from elasticsearch import Elasticsearch

from deploy.quality.relevance import (
    average,
    describe_relevance,
    load_articles,
    load_queries,
    measure_ndcg,
    measure_relevance,
)
from services.chassis.settings import ElasticsearchSettings


def test_every_judgement_names_an_article() -> None:
    judged = {name for query in load_queries() for name in query.grades}
    assert judged <= set(load_articles())
    assert len({query.query for query in load_queries()}) >= 60


def test_measure_ndcg_rewards_order_and_counts_ten_only() -> None:
    grades = {"a": 3, "b": 1}
    assert measure_ndcg(["b", "a"], grades) == pytest.approx(0.7098, abs=1e-4)
    assert measure_ndcg([*"0123456789", "a"], grades) == 0


@pytest.mark.integration
def test_the_desk_finds_what_judges_hoped_for(
    elasticsearch_settings: ElasticsearchSettings, unique_name: str
) -> None:
    with Elasticsearch(elasticsearch_settings.url) as client:
        measured = measure_relevance(client, prefix=f"{unique_name}-")
    report = "\n".join(describe_relevance(measured))
    desk = average([one.desk for one in measured])
    assert desk >= 0.9, report
    assert desk >= average([one.plain for one in measured]) + 0.1, report
    typed_badly = [one.desk for one in measured if one.judged.kind == "typo"]
    assert average(typed_badly) >= 0.8, report
