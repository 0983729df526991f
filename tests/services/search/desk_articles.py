"""The invented articles of articles.json as documents, and an index that holds them."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from elasticsearch import Elasticsearch
from elasticsearch.helpers import bulk

from indexer.domain.documents import build_figures
from indexer.mappings import IndexLayout, ensure_indices
from services.chassis.clock import to_epoch_milliseconds
from services.contracts.documents import ArticleDocument, RevisionDocument

CASES = Path(__file__).with_name("articles.json")
FETCHED_AT = datetime(2026, 10, 12, 3, 0, tzinfo=UTC)
REVISION = to_epoch_milliseconds(FETCHED_AT)
EARLIER = REVISION - 3_600_000


def read_articles() -> list[dict[str, Any]]:
    return json.loads(CASES.read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def locate(article: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    """Give a figure or entity its offsets: those of its surface's first place in its field."""
    start = article[found["field"]].index(found["surface"])
    return {**found, "start": start, "end": start + len(found["surface"])}


def find_sentence(article: Mapping[str, Any], figure: Mapping[str, Any]) -> str:
    """Return the sentence that a figure stands in."""
    text: str = article[figure["field"]]
    begins = max(text.rfind(mark, 0, figure["start"]) for mark in (". ", "\n"))
    ends = [place for mark in (". ", "\n") if (place := text.find(mark, figure["end"])) >= 0]
    return text[begins + 1 : min([*ends, len(text)])].strip()


def build_article(case: Mapping[str, Any]) -> ArticleDocument:
    figures = [locate(case, figure) for figure in case["figures"]]
    figures = [{"sentence": find_sentence(case, figure), **figure} for figure in figures]
    entities = [locate(case, entity) for entity in case["entities"]]
    names = {
        kind: sorted({e["name"] for e in entities if e["type"] == kind})
        for kind in ("organisation", "person", "place", "document")
    }
    entry = {
        "generation": 0,
        "cause": "new",
        "status": "published",
        "revision": REVISION,
        "last_revision": REVISION,
    }
    revisions = [entry]
    if "earlier" in case:
        revisions = [
            {**entry, "revision": EARLIER, "last_revision": EARLIER},
            {**entry, "cause": "source"},
        ]
    text = {k: v for k, v in case.items() if k not in ("about", "earlier")}
    states = [case.get("status", "published"), *(["corrected"] if "earlier" in case else [])]
    return ArticleDocument.model_validate(
        {
            "language": "vi",
            "status": "published",
            **text,
            "version": REVISION * 1000,
            "revision": REVISION,
            "generation": 0,
            "is_corrected": "earlier" in case,
            "states": states,
            "cause": revisions[-1]["cause"],
            "fetched_at": FETCHED_AT,
            "first_seen_at": FETCHED_AT,
            "indexed_at": FETCHED_AT,
            "sort_at": case["published_at"] or FETCHED_AT,
            "organisations": names["organisation"],
            "persons": names["person"],
            "places": names["place"],
            "documents": names["document"],
            "indicators": sorted({f["indicator"] for f in figures if f.get("indicator")}),
            "names": sorted({e["name"] for e in entities}),
            "figure_count": len(figures),
            "figures": figures,
            "entities": entities,
            "revisions": revisions,
        }
    )


def build_revision(case: Mapping[str, Any], article: ArticleDocument) -> RevisionDocument:
    return RevisionDocument.model_validate(
        {
            **article.model_dump(exclude={"figures", "entities"}),
            **case["earlier"],
            "revision": EARLIER,
            "last_revision": EARLIER,
            "cause": "new",
        }
    )


def list_actions(prefix: str) -> Iterator[dict[str, Any]]:
    layout = IndexLayout(prefix=prefix)

    def act(index: str, document_id: str, document: Any) -> dict[str, Any]:  # noqa: ANN401 - any model
        source = json.loads(document.model_dump_json())
        return {"_index": index, "_id": document_id, "_source": source}

    for case in read_articles():
        article = build_article(case)
        yield act(layout.articles, article.article_id, article)
        for document_id, document in build_figures(article).items():
            yield act(layout.figures, document_id, document)
        if "earlier" in case:
            revision = build_revision(case, article)
            yield act(layout.revisions, f"{article.article_id}@{EARLIER}", revision)


def fill_index(client: Elasticsearch, prefix: str) -> None:
    """Create the indices under `prefix` and put the articles in."""
    drop_index(client, prefix)
    ensure_indices(client, IndexLayout(prefix=prefix))
    bulk(client, list_actions(prefix), refresh=True)


def drop_index(client: Elasticsearch, prefix: str) -> None:
    names = list(client.indices.get(index=f"{prefix}*", expand_wildcards="all"))
    if prefix and names:
        client.indices.delete(index=names)
