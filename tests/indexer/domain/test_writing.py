"""The writing protocol: what each event changes, and that order and repetition change nothing."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.domain.documents import build_figures
from indexer.domain.writing import (
    Outcome,
    WritePlan,
    compare_figures,
    fold,
    label,
    merge_revisions,
)
from services.contracts.articles import EnrichedArticleV1
from services.contracts.documents import ArticleDocument, RevisionDocument, RevisionEntry

NOW = datetime(2026, 10, 5, 8, 0, tzinfo=UTC)
EventMaker = Callable[..., EnrichedArticleV1]
CASES = json.loads((Path(__file__).parent / "writing_cases.json").read_text(encoding="utf-8"))


def labels_of(line: RevisionEntry | RevisionDocument) -> tuple[Any, ...]:
    """What a line of the history and its document must agree on."""
    return (line.last_revision, line.cause, line.status, line.content_hash)


class Store:
    """An article with its figures and history, as the indices would hold them."""

    def __init__(self) -> None:
        self.article: ArticleDocument | None = None
        self.figures: dict[str, Any] = {}
        self.revisions: dict[int, Any] = {}
        self.plans: list[WritePlan] = []

    def take(self, *events: EnrichedArticleV1) -> None:
        for event in events:
            plan = fold(self.article, event, now=NOW)
            self.plans.append(plan)
            if not plan.is_changed:
                continue
            changes = compare_figures(self.article, plan.article)
            self.figures.update(changes.written)
            for name in changes.deleted:
                del self.figures[name]
            history = merge_revisions([plan])
            for revision in history.deleted:
                self.revisions.pop(revision, None)
            self.revisions.update(history.written)
            for revision, entry in history.relabelled.items():
                if revision in self.revisions:
                    document = self.revisions[revision]
                    self.revisions[revision] = document.model_copy(update=label(entry))
            self.article = plan.article

    @property
    def outcomes(self) -> list[str]:
        return [plan.outcome.value for plan in self.plans]

    @property
    def shown(self) -> ArticleDocument:
        assert self.article is not None
        return self.article

    @property
    def searchable(self) -> dict[str, Any]:
        """What a search sees of the article."""
        unseen = {
            "indexed_at",
            "revisions",
            "version",
            "revision",
            "cause",
            "is_corrected",
            "states",
        }
        return self.shown.model_dump(exclude=unseen)


def store_of(events: Sequence[EnrichedArticleV1]) -> Store:
    store = Store()
    store.take(*events)
    return store


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_fold_follows_case(case: dict[str, Any], make_event: EventMaker) -> None:
    store = store_of([make_event(**event) for event in case["events"]])
    first = make_event(0).article.revision
    history = [
        [(e.revision - first) // 1000, (e.last_revision - first) // 1000, e.cause.value]
        for e in store.shown.revisions
    ]
    assert store.outcomes == case["outcomes"]
    assert history == case["history"]
    assert store.shown.title == case["title"]
    assert store.shown.status == case.get("status", "published")
    assert store.shown.is_corrected is case.get("is_corrected", False)
    assert store.shown.generation == case.get("generation", 1)
    assert store.shown.author == case.get("author", "An" if case["title"] else None)
    assert [plan.announcement.cause if plan.announcement else None for plan in store.plans] == (
        case["announced"]
    )
    assert [plan.announcement.is_news for plan in store.plans if plan.announcement] == (
        case["is_news"]
    )


EVENTS = st.lists(
    st.fixed_dictionaries(
        {
            "revision": st.integers(0, 6),
            "text": st.sampled_from("abc"),
            "generation": st.integers(1, 3),
            "cause": st.sampled_from(["new", "source", "parser", "enricher", "restored"]),
            "author": st.sampled_from(["An", "Bình"]),
        }
    ),
    min_size=1,
    max_size=8,
)
FETCHES = st.dictionaries(
    st.integers(0, 6),
    st.fixed_dictionaries(
        {
            "text": st.sampled_from("abc"),
            "cause": st.sampled_from(["new", "source", "restored"]),
            "author": st.sampled_from(["An", "Bình"]),
        }
    ),
    min_size=1,
    max_size=6,
)
"""What each fetch showed: one text."""
WITHDRAWALS = st.sets(st.integers(10, 14), max_size=2)


@settings(max_examples=400, deadline=None)
@given(facts=EVENTS, withdrawals=WITHDRAWALS, data=st.data())
def test_fold_ends_the_same_in_any_order_and_number(
    facts: list[dict[str, Any]],
    withdrawals: set[int],
    data: st.DataObject,
    make_event: EventMaker,
) -> None:
    # A fetch either finds the article or not: no revision is both. Withdrawn ones are moved
    # between the others.
    events = [make_event(**{**fact, "revision": fact["revision"] * 2}) for fact in facts]
    events += [make_event((moment - 10) * 2 + 1, cause="withdrawn") for moment in withdrawals]
    repeated = data.draw(st.lists(st.sampled_from(events), max_size=5))
    shuffled = data.draw(st.permutations(events + repeated))
    assert store_of(shuffled).searchable == store_of(events).searchable


@settings(max_examples=200, deadline=None)
@given(fetches=FETCHES, readings=st.fixed_dictionaries({t: st.sampled_from("abd") for t in "abc"}))
def test_fold_changes_nothing_when_a_topic_is_replayed(
    fetches: dict[int, dict[str, Any]], readings: dict[str, str], make_event: EventMaker
) -> None:
    events = [make_event(moment, **fetches[moment]) for moment in sorted(fetches)]
    events += [
        make_event(moment, readings[fetches[moment]["text"]], generation=2, cause="parser")
        for moment in sorted(fetches)
    ]
    store = store_of(events)
    before = store.shown
    store.plans.clear()
    store.take(*events)
    assert store.shown is before
    assert not any(plan.is_changed for plan in store.plans)


@settings(max_examples=200, deadline=None)
@given(fetches=FETCHES, data=st.data())
def test_fold_settles_when_shuffled_events_are_replayed(
    fetches: dict[int, dict[str, Any]], data: st.DataObject, make_event: EventMaker
) -> None:
    events = data.draw(
        st.permutations([make_event(moment, **fetches[moment]) for moment in fetches])
    )
    store = store_of(events)
    searchable = store.searchable
    store.take(*events)
    assert store.searchable == searchable
    replayed = store.shown
    store.take(*events)
    assert store.shown is replayed


@settings(max_examples=200, deadline=None)
@given(facts=EVENTS, withdrawals=WITHDRAWALS)
def test_fold_keeps_figures_and_history_in_step_with_the_article(
    facts: list[dict[str, Any]], withdrawals: set[int], make_event: EventMaker
) -> None:
    events = [make_event(**{**fact, "revision": fact["revision"] * 2}) for fact in facts]
    events += [make_event((moment - 10) * 2 + 1, cause="withdrawn") for moment in withdrawals]
    store = store_of(events)
    assert store.figures == build_figures(store.shown)
    lines = {entry.revision: labels_of(entry) for entry in store.shown.revisions}
    held = {number: labels_of(revision) for number, revision in store.revisions.items()}
    assert held.items() <= lines.items()


@settings(max_examples=200, deadline=None)
@given(fetches=FETCHES, data=st.data())
def test_fold_calls_an_article_corrected_in_any_order(
    fetches: dict[int, dict[str, Any]], data: st.DataObject, make_event: EventMaker
) -> None:
    events = [make_event(moment, **fetches[moment]) for moment in fetches]
    shuffled = data.draw(st.permutations(events))
    texts = {fetch["text"] for fetch in fetches.values()}
    assert store_of(shuffled).shown.is_corrected is (len(texts) > 1)


def test_fold_writes_nothing_for_a_duplicate(make_event: EventMaker) -> None:
    store = store_of([make_event(1)])
    plan = fold(store.article, make_event(1), now=NOW)
    assert (plan.outcome, plan.is_changed, plan.article) == (
        Outcome.DUPLICATE,
        False,
        store.article,
    )


def test_fold_announces_news_again_when_it_is_delivered_again(make_event: EventMaker) -> None:
    store = store_of([make_event(1), make_event(1)])
    first, second = (plan.announcement for plan in store.plans)
    assert first == second


def test_fold_rewrites_figures_when_the_status_changes(make_event: EventMaker) -> None:
    store = store_of([make_event(1, figures=2), make_event(2, cause="withdrawn")])
    assert {figure.status for figure in store.figures.values()} == {"withdrawn"}


def test_fold_keeps_only_the_new_figures_of_a_corrected_article(make_event: EventMaker) -> None:
    store = store_of([make_event(1, "a", figures=5), make_event(2, "b", figures=2)])
    assert sorted(store.figures) == ["demo:1#body:0-1", "demo:1#body:1-2"]


def test_fold_leaves_figures_alone_when_the_text_is_only_seen_again(
    make_event: EventMaker,
) -> None:
    stored = fold(None, make_event(1), now=NOW).article
    plan = fold(stored, make_event(2), now=NOW)
    changes = compare_figures(stored, plan.article)
    assert plan.is_changed
    assert not changes.written
    assert not changes.deleted


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_fold_keeps_the_address_when_a_saved_page_has_none(
    order: tuple[int, int], make_event: EventMaker
) -> None:
    fetched = make_event(1)
    saved = make_event(2, cause="parser")
    saved = saved.model_copy(update={"article": saved.article.model_copy(update={"url": None})})
    store = store_of([(fetched, saved)[place] for place in order])
    assert store.shown.url == fetched.article.url is not None
    assert store.shown.revisions[-1].last_revision == saved.article.revision


def test_fold_moves_the_history_document_when_a_run_turns_out_to_start_earlier(
    make_event: EventMaker,
) -> None:
    store = store_of([make_event(5), make_event(2)])
    (revision,) = store.revisions
    assert revision == make_event(2).article.revision == store.shown.revision


def test_fold_gives_the_shown_text_a_history_document_when_its_run_is_cut(
    make_event: EventMaker,
) -> None:
    store = store_of([make_event(1), make_event(5), make_event(3, "b")])
    assert [store.revisions[e.revision].title for e in store.shown.revisions] == [
        "Tin a",
        "Tin b",
        "Tin a",
    ]


def test_merge_revisions_lets_later_plans_overrule_earlier_ones(make_event: EventMaker) -> None:
    store = store_of([make_event(5), make_event(2)])
    history = merge_revisions(store.plans)
    assert list(history.written) == [make_event(2).article.revision]
    assert history.deleted == {make_event(5).article.revision}


def test_merge_revisions_leaves_what_the_plans_one_by_one_would(make_event: EventMaker) -> None:
    events = [make_event(1), make_event(5), make_event(3, "b"), make_event(4, cause="withdrawn")]
    store = store_of(events)
    assert merge_revisions(store.plans).written == store.revisions
