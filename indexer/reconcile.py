"""Finds and mends figures and revisions that disagree with their article.

In: the three indices. Out: a report; with `is_fixing`, indices that agree.

The article is right by definition: it is written last. Every disagreement is looked at a second
time, with reads that need no refresh, so that an indexer at work in between raises no alarm.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import elastic_transport
import orjson
from elasticsearch import ApiError, Elasticsearch
from elasticsearch.helpers import scan

from indexer.domain.documents import (
    build_figures,
    build_withdrawn_revision,
    copy_shown_revision,
    name_revision,
)
from indexer.mappings import IndexLayout
from indexer.store import to_error_kind
from services.chassis.errors import Fatal
from services.contracts.documents import ArticleDocument, RevisionEntry

_PAGE_ARTICLES = 100
_PAGE_IDS = 1000
_SHOWN_FINDINGS = 50


class Problem(StrEnum):
    """How a document disagrees with its article."""

    GHOST_FIGURE = "ghost_figure"
    """The article has no such figure."""
    MISSING_FIGURE = "missing_figure"
    DIFFERENT_FIGURE = "different_figure"
    GHOST_REVISION = "ghost_revision"
    MISSING_REVISION = "missing_revision"
    DIFFERENT_REVISION = "different_revision"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One disagreement; `expected` is the document as it should be, None for none or unknown."""

    problem: Problem
    document_id: str
    article_id: str
    expected: dict[str, Any] | None = None
    is_mended: bool = False


@dataclass(frozen=True, kw_only=True)
class Report:
    """What was found, and what of it was mended."""

    articles: int
    figures: int
    revisions: int
    findings: tuple[Finding, ...]

    @property
    def is_clean(self) -> bool:
        """Whether no disagreement remains."""
        return all(finding.is_mended for finding in self.findings)

    def to_table(self) -> str:
        """Return the report for people."""
        found = Counter(finding.problem for finding in self.findings)
        mended = Counter(finding.problem for finding in self.findings if finding.is_mended)
        lines = [
            f"{self.articles} articles, {self.figures} figures, {self.revisions} revisions",
            f"{'problem':<20}{'found':>8}{'mended':>8}",
            *(f"{problem.value:<20}{found[problem]:>8}{mended[problem]:>8}" for problem in Problem),
        ]
        lines += [f"{f.problem.value}: {f.document_id}" for f in self.findings[:_SHOWN_FINDINGS]]
        if len(self.findings) > _SHOWN_FINDINGS:
            lines.append(f"and {len(self.findings) - _SHOWN_FINDINGS} more; --json lists them all")
        return "\n".join(lines)

    def to_json(self) -> str:
        """Return the report for programs."""
        return orjson.dumps(
            {
                "articles": self.articles,
                "figures": self.figures,
                "revisions": self.revisions,
                "is_clean": self.is_clean,
                "findings": [
                    {
                        "problem": finding.problem.value,
                        "document_id": finding.document_id,
                        "article_id": finding.article_id,
                        "is_mended": finding.is_mended,
                    }
                    for finding in self.findings
                ],
            }
        ).decode()


def reconcile(client: Elasticsearch, layout: IndexLayout, *, is_fixing: bool = False) -> Report:
    """Compare every figure and revision document with its article, and mend if told to.

    Raises:
        Retry, Fatal: Elasticsearch cannot answer now, or will not.
    """
    try:
        return _Reconciliation(client, layout).run(is_fixing=is_fixing)
    except (ApiError, elastic_transport.TransportError) as error:
        raise to_error_kind(error) from error


Documents = dict[str, dict[str, Any]]


class _Reconciliation:
    def __init__(self, client: Elasticsearch, layout: IndexLayout) -> None:
        self._client = client
        self._layout = layout

    def run(self, *, is_fixing: bool) -> Report:
        for alias in (self._layout.articles, self._layout.figures, self._layout.revisions):
            if not self._client.indices.exists_alias(name=alias):
                raise Fatal(f"There is no index {alias}: run `python -m indexer create-indices`.")
            self._client.indices.refresh(index=alias)
        suspects: list[str] = []
        articles = 0
        for page in self._list_articles():
            articles += len(page)
            suspects += sorted({f.article_id for f in self._compare(page)})
        suspects += self._list_orphaned_articles()
        findings = self._look_again(suspects)
        if is_fixing:
            findings = [self._mend(finding) for finding in findings]
            self._client.indices.refresh(index=self._layout.figures)
            self._client.indices.refresh(index=self._layout.revisions)
        return Report(
            articles=articles,
            figures=self._client.count(index=self._layout.figures)["count"],
            revisions=self._client.count(index=self._layout.revisions)["count"],
            findings=tuple(findings),
        )

    def _look_again(self, suspects: Sequence[str]) -> list[Finding]:
        findings: list[Finding] = []
        for start in range(0, len(suspects), _PAGE_ARTICLES):
            ids = suspects[start : start + _PAGE_ARTICLES]
            self._client.indices.refresh(index=self._layout.figures)
            self._client.indices.refresh(index=self._layout.revisions)
            answer = self._client.mget(index=self._layout.articles, ids=ids, realtime=True)
            page: dict[str, ArticleDocument | None] = {
                found["_id"]: (
                    ArticleDocument.model_validate(found["_source"]) if found["found"] else None
                )
                for found in answer["docs"]
            }
            findings += self._compare(page)
        return findings

    def _list_articles(self) -> Iterator[dict[str, ArticleDocument | None]]:
        page: dict[str, ArticleDocument | None] = {}
        for hit in scan(self._client, index=self._layout.articles, size=_PAGE_ARTICLES):
            page[hit["_id"]] = ArticleDocument.model_validate(hit["_source"])
            if len(page) == _PAGE_ARTICLES:
                yield page
                page = {}
        if page:
            yield page

    def _list_orphaned_articles(self) -> list[str]:
        """Return ids that figures or revisions name, but that no article has."""
        orphaned: set[str] = set()
        for alias in (self._layout.figures, self._layout.revisions):
            for ids in self._list_named_articles(alias):
                answer = self._client.mget(index=self._layout.articles, ids=ids, source=False)
                orphaned |= {found["_id"] for found in answer["docs"] if not found["found"]}
        return sorted(orphaned)

    def _list_named_articles(self, alias: str) -> Iterator[list[str]]:
        after: dict[str, Any] = {}
        while True:
            composite = {
                "size": _PAGE_IDS,
                "sources": [{"id": {"terms": {"field": "article_id"}}}],
                **after,
            }
            answer = self._client.search(
                index=alias, size=0, aggregations={"articles": {"composite": composite}}
            )["aggregations"]["articles"]
            if answer["buckets"]:
                yield [bucket["key"]["id"] for bucket in answer["buckets"]]
            if "after_key" not in answer:
                return
            after = {"after": answer["after_key"]}

    def _fetch(self, alias: str, article_ids: Sequence[str]) -> dict[str, Documents]:
        """Return the documents of some articles, by article and id."""
        found: dict[str, Documents] = {article_id: {} for article_id in article_ids}
        query = {"query": {"terms": {"article_id": list(article_ids)}}}
        for hit in scan(self._client, index=alias, query=query, size=_PAGE_IDS):
            found[hit["_source"]["article_id"]][hit["_id"]] = hit["_source"]
        return found

    def _compare(self, page: dict[str, ArticleDocument | None]) -> list[Finding]:
        figures = self._fetch(self._layout.figures, list(page))
        revisions = self._fetch(self._layout.revisions, list(page))
        return [
            finding
            for article_id, article in page.items()
            for finding in (
                *_compare_figures(article_id, article, figures[article_id]),
                *_compare_revisions(article_id, article, revisions[article_id]),
            )
        ]

    def _mend(self, finding: Finding) -> Finding:
        is_figure = finding.problem in (
            Problem.GHOST_FIGURE,
            Problem.MISSING_FIGURE,
            Problem.DIFFERENT_FIGURE,
        )
        alias = self._layout.figures if is_figure else self._layout.revisions
        if finding.expected is not None:
            self._client.index(
                index=alias,
                id=finding.document_id,
                document=finding.expected,
                require_alias=True,
            )
        elif finding.problem in (Problem.GHOST_FIGURE, Problem.GHOST_REVISION):
            self._client.options(ignore_status=404).delete(index=alias, id=finding.document_id)
        else:
            return finding
        return Finding(
            problem=finding.problem,
            document_id=finding.document_id,
            article_id=finding.article_id,
            is_mended=True,
        )


def _compare_figures(
    article_id: str, article: ArticleDocument | None, stored: Documents
) -> Iterator[Finding]:
    expected = {} if article is None else build_figures(article)
    for name, figure in expected.items():
        document = orjson.loads(figure.encode())
        if name not in stored:
            problem = Problem.MISSING_FIGURE
        elif stored[name] != document:
            problem = Problem.DIFFERENT_FIGURE
        else:
            continue
        yield Finding(problem=problem, document_id=name, article_id=article_id, expected=document)
    for name in sorted(stored.keys() - expected.keys()):
        yield Finding(problem=Problem.GHOST_FIGURE, document_id=name, article_id=article_id)


def _compare_revisions(
    article_id: str, article: ArticleDocument | None, stored: Documents
) -> Iterator[Finding]:
    entries = (
        {}
        if article is None
        else {name_revision(article_id, entry.revision): entry for entry in article.revisions}
    )
    for name, entry in entries.items():
        facts = orjson.loads(entry.encode())
        if name in stored and all(stored[name][key] == facts[key] for key in _COMPARED):
            continue
        text = _find_text(entry, article, stored)
        yield Finding(
            problem=Problem.DIFFERENT_REVISION if name in stored else Problem.MISSING_REVISION,
            document_id=name,
            article_id=article_id,
            expected=None if text is None else {**text, **{key: facts[key] for key in _COPIED}},
        )
    for name in sorted(stored.keys() - entries.keys()):
        yield Finding(problem=Problem.GHOST_REVISION, document_id=name, article_id=article_id)


_COMPARED = ("revision", "last_revision", "cause", "status", "content_hash")
_COPIED = (*_COMPARED, "generation", "metadata_hash")


def _find_text(
    entry: RevisionEntry, article: ArticleDocument | None, stored: Documents
) -> dict[str, Any] | None:
    """Return a document with the text of an entry: the article's own, or another revision's."""
    if article is not None and entry.status == "withdrawn":
        blank: dict[str, Any] = orjson.loads(build_withdrawn_revision(article, entry).encode())
        return blank
    shown = None if article is None else copy_shown_revision(article)
    if shown is not None and shown.content_hash == entry.content_hash:
        document: dict[str, Any] = orjson.loads(shown.encode())
        return document
    for candidate in stored.values():
        if (candidate["status"], candidate["content_hash"]) == (entry.status, entry.content_hash):
            return candidate
    return None
