"""The ledger of a trial: the same for a seed, and sharp eyes for what differs from it."""

import pytest

from deploy.chaos.ledger import Ledger, build_ledger, compare
from indexer.domain.documents import build_figures
from services.contracts.articles import RawArticleV1


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    return build_ledger(series="t", articles=20, seed=7)


def figure_ids(ledger: Ledger) -> list[str]:
    return [name for article in ledger.expected.values() for name in build_figures(article)]


def revision_ids(ledger: Ledger) -> list[str]:
    return [f"{a.article_id}@{e.revision}" for a in ledger.expected.values() for e in a.revisions]


def test_ledger_is_the_same_for_a_seed_and_another_for_another(ledger: Ledger) -> None:
    assert build_ledger(series="t", articles=20, seed=7) == ledger
    assert build_ledger(series="t", articles=20, seed=8).sendings != ledger.sendings


def test_ledger_holds_corrections_withdrawals_repetitions_and_poison(ledger: Ledger) -> None:
    payloads = [each.payload for each in ledger.sendings if each.key not in ledger.poison]
    events = [RawArticleV1.decode(payload) for payload in payloads]
    assert {event.cause for event in events} >= {"new", "source", "withdrawn"}
    assert len(set(payloads)) < len(payloads)
    assert ledger.poison
    assert [event.revision for event in events] != sorted(event.revision for event in events)
    assert {article.status for article in ledger.expected.values()} == {"published", "withdrawn"}


def test_compare_finds_nothing_where_all_is_as_it_should_be(ledger: Ledger) -> None:
    found = compare(
        ledger,
        articles=ledger.expected,
        figure_ids=figure_ids(ledger),
        revision_ids=revision_ids(ledger),
    )
    assert found.is_clean


def test_compare_names_what_is_missing_wrong_ghostly_and_doubled(ledger: Ledger) -> None:
    first, second, *_ = sorted(ledger.expected)
    articles = {name: article for name, article in ledger.expected.items() if name != first}
    articles[second] = articles[second].model_copy(update={"body": "khác"})
    found = compare(
        ledger,
        articles=articles,
        figure_ids=[*figure_ids(ledger)[1:], "ghost#1"],
        revision_ids=[*revision_ids(ledger), "ghost@1"],
    )
    assert found.missing == (first,)
    assert found.wrong == (second,)
    assert set(found.ghosts) == {figure_ids(ledger)[0], "ghost#1"}
    assert found.doubled == ("ghost@1",)
    assert not found.is_clean
