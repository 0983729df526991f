"""The indices as code: settings and mappings from the document models and `FACETS`.

In: the models of `services.contracts.documents`. Out: indices in Elasticsearch, each behind its
alias. A changed mapping is a new `MAPPING_VERSION`; an added field needs none.
"""

import types
import typing
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal

from elasticsearch import BadRequestError, Elasticsearch
from pydantic import BaseModel

from indexer.analysis import EXACT_ANALYZER, FOLDED_ANALYZER, SPELLING_ANALYZER, build_analysis
from services.chassis.errors import Fatal
from services.contracts.documents import (
    ARTICLES_ALIAS,
    FIGURES_ALIAS,
    HEARTBEATS_ALIAS,
    REVISIONS_ALIAS,
    SPELLING_FIELD,
    ArticleDocument,
    FigureDocument,
    HeartbeatDocument,
    RevisionDocument,
)
from services.contracts.facets import FACETS

MAPPING_VERSION = 1
KEYWORD_LIMIT_CHARACTERS = 1024
"""Longer values stay in the document but are no term; Lucene refuses terms over 32 KiB."""


@dataclass(frozen=True, kw_only=True)
class IndexLayout:
    """Where the indices are and how they are cut; `prefix` goes before every name."""

    prefix: str = ""
    shards: int = 1
    replicas: int = 0
    refresh_interval_seconds: float = 1.0

    @property
    def articles(self) -> str:
        """The alias of the articles."""
        return self.prefix + ARTICLES_ALIAS

    @property
    def figures(self) -> str:
        """The alias of the figures."""
        return self.prefix + FIGURES_ALIAS

    @property
    def revisions(self) -> str:
        """The alias of the articles' revisions."""
        return self.prefix + REVISIONS_ALIAS

    @property
    def heartbeats(self) -> str:
        """The alias of the heartbeats."""
        return self.prefix + HEARTBEATS_ALIAS


@dataclass(frozen=True, kw_only=True)
class IndexPlan:
    """One index: the model of its documents and how their texts are treated."""

    alias: str
    model: type[BaseModel]
    text_fields: frozenset[str]
    """Fields with a folded main form and an `.exact` one."""
    stored_fields: frozenset[str] = frozenset()
    """Fields that are kept, not searched."""
    keyword_fields: frozenset[str] = frozenset()
    """Text fields that are counted too, as `.keyword`."""
    name_fields: frozenset[str] = frozenset()
    """Keywords of names: found by their words (`.words`), counted without case (`.folded`)."""
    counted_fields: frozenset[str] = frozenset()
    """Keywords that readers count all the time: made ready at a refresh, not at a search."""
    spelling_sources: frozenset[str] = frozenset()
    """Text fields whose words are known words when a query is mended; empty: none are kept."""
    has_phrases: bool = False


INDEX_PLANS: tuple[IndexPlan, ...] = (
    IndexPlan(
        alias=ARTICLES_ALIAS,
        model=ArticleDocument,
        text_fields=frozenset({"title", "lead", "body", "names", "captions", "tags"}),
        stored_fields=frozenset({"figures", "entities", "revisions", "passages"}),
        keyword_fields=frozenset({"tags"}),
        name_fields=frozenset(
            {"author", "section", *(facet.field for facet in FACETS if facet.holds_names)}
        ),
        counted_fields=frozenset(facet.field for facet in FACETS if facet.kind == "terms"),
        spelling_sources=frozenset({"title", "lead", "names", "tags"}),
        has_phrases=True,
    ),
    IndexPlan(
        alias=FIGURES_ALIAS,
        model=FigureDocument,
        text_fields=frozenset({"title", "sentence"}),
        name_fields=frozenset({"organisation", "place", "counted"}),
        counted_fields=frozenset(
            {"outlet", "indicator", "organisation", "place", "unit", "modality", "language"}
        ),
    ),
    IndexPlan(
        alias=REVISIONS_ALIAS,
        model=RevisionDocument,
        text_fields=frozenset(),
        stored_fields=frozenset({"title", "lead", "body", "figures", "entities"}),
    ),
    IndexPlan(alias=HEARTBEATS_ALIAS, model=HeartbeatDocument, text_fields=frozenset()),
)


def _bare_type(annotation: Any) -> Any:  # noqa: ANN401 - annotations are any object
    """Return what a field holds, without `None`, `Annotated` and `tuple[..., ...]`."""
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return _bare_type(typing.get_args(annotation)[0])
    if origin in (types.UnionType, typing.Union):
        (inner,) = (a for a in typing.get_args(annotation) if a is not types.NoneType)
        return _bare_type(inner)
    if origin is tuple:
        return _bare_type(typing.get_args(annotation)[0])
    if origin is Literal:
        return str
    return annotation


def _map_value(held: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
    if issubclass(held, bool):
        return {"type": "boolean"}
    if issubclass(held, str | StrEnum):
        return {"type": "keyword", "ignore_above": KEYWORD_LIMIT_CHARACTERS}
    if issubclass(held, int):
        return {"type": "long"}
    if issubclass(held, float | Decimal):
        # For sorting and sums; the exact number is the string in the document. One beyond the
        # range of a double must not cost the whole document.
        return {"type": "double", "ignore_malformed": True}
    if issubclass(held, date):  # a time is one too
        return {"type": "date"}
    if issubclass(held, BaseModel):
        return {"type": "object", "dynamic": "strict", "properties": _map_fields(held)}
    message = f"no mapping for {held!r}"
    raise TypeError(message)


def _map_fields(model: type[BaseModel]) -> dict[str, Any]:
    return {
        name: _map_value(_bare_type(field.annotation)) for name, field in model.model_fields.items()
    }


def _map_text(*, has_phrases: bool, has_keyword: bool) -> dict[str, Any]:
    subfields: dict[str, Any] = {"exact": {"type": "text", "analyzer": EXACT_ANALYZER}}
    if has_keyword:
        subfields["keyword"] = {"type": "keyword", "ignore_above": KEYWORD_LIMIT_CHARACTERS}
    mapped: dict[str, Any] = {"type": "text", "analyzer": FOLDED_ANALYZER, "fields": subfields}
    if has_phrases:
        # Offsets: what is found is marked without analysing whole articles again at each search.
        found = {"index_phrases": True, "index_options": "offsets"}
        mapped |= found
        subfields["exact"] |= found
    return mapped


def _map_name_fields() -> dict[str, Any]:
    folded = {
        "type": "keyword",
        "normalizer": "lowercase",
        "ignore_above": KEYWORD_LIMIT_CHARACTERS,
    }
    words = {"type": "text", "analyzer": FOLDED_ANALYZER, "norms": False}
    return {"folded": folded, "words": words}


def build_mappings(plan: IndexPlan) -> dict[str, Any]:
    """Return the mappings of one index: every field of its model, and its known words.

    Example:
        >>> build_mappings(INDEX_PLANS[1])["properties"]["value"]["type"]
        'double'
    """
    properties = _map_fields(plan.model)
    for name in plan.text_fields:
        properties[name] = _map_text(
            has_phrases=plan.has_phrases, has_keyword=name in plan.keyword_fields
        )
    for name in plan.name_fields:
        properties[name] |= {"fields": _map_name_fields()}
    for name in plan.counted_fields:
        properties[name]["eager_global_ordinals"] = True
        if name in plan.name_fields:
            properties[name]["fields"]["folded"]["eager_global_ordinals"] = True
    for name in plan.spelling_sources:
        properties[name]["copy_to"] = [SPELLING_FIELD]  # as Elasticsearch gives it back
    if plan.spelling_sources:
        properties[SPELLING_FIELD] = {"type": "text", "analyzer": SPELLING_ANALYZER}
    for name in plan.stored_fields:
        held = _bare_type(plan.model.model_fields[name].annotation)
        properties[name] = (
            {"type": "object", "enabled": False}
            if issubclass(held, BaseModel)
            else {"type": "text", "index": False}
        )
    return {"dynamic": "strict", "properties": properties}


def build_settings(layout: IndexLayout) -> dict[str, Any]:
    """Return the settings of every index."""
    return {
        "index": {
            "number_of_shards": layout.shards,
            "number_of_replicas": layout.replicas,
            # Named, so that an index nobody searched for 30 s is still refreshed.
            "refresh_interval": f"{round(layout.refresh_interval_seconds * 1000)}ms",
        },
        "analysis": build_analysis(),
    }


def name_index(layout: IndexLayout, plan: IndexPlan) -> str:
    """Return the name of the index behind a plan's alias.

    Example:
        >>> name_index(IndexLayout(prefix="demo-"), INDEX_PLANS[0])
        'demo-articles-v1'
    """
    return f"{layout.prefix}{plan.alias}-v{MAPPING_VERSION}"


def ensure_indices(client: Elasticsearch, layout: IndexLayout) -> list[str]:
    """Create the indices and aliases that are missing, add fields that are new; return the names.

    Safe to run any number of times and by several workers at once.

    Raises:
        Fatal: an index of that name exists with fields that do not fit, or takes an alias's name.
        elasticsearch.ApiError, elastic_transport.TransportError: the server said no, or nothing.
    """
    return [_ensure_index(client, layout, plan) for plan in INDEX_PLANS]


def _ensure_index(client: Elasticsearch, layout: IndexLayout, plan: IndexPlan) -> str:
    name, alias = name_index(layout, plan), layout.prefix + plan.alias
    mappings = build_mappings(plan)
    if behind := _find_written_index(client, alias):
        # a rebuild has put it there, under a name of its own
        _extend_index(client, behind, mappings)
        return behind
    if client.indices.exists(index=alias) and not client.indices.exists_alias(name=alias):
        raise Fatal(
            f"{alias} is an index of its own, but must be an alias: delete or rename that index"
        )
    try:
        client.indices.create(
            index=name,
            mappings=mappings,
            settings=build_settings(layout),
            aliases={alias: {"is_write_index": True}},
        )
    except BadRequestError as error:
        if error.error != "resource_already_exists_exception":
            raise Fatal(f"Elasticsearch refuses the index {name}: {error}") from error
        _extend_index(client, name, mappings)
        client.indices.put_alias(index=name, name=alias, is_write_index=True)
    return name


def _find_written_index(client: Elasticsearch, alias: str) -> str | None:
    """Return the index that an alias writes to, None without such an alias."""
    if not client.indices.exists_alias(name=alias):
        return None
    behind = client.indices.get_alias(name=alias).body
    written = [
        name for name, each in behind.items() if each["aliases"][alias].get("is_write_index")
    ]
    return str((written or sorted(behind))[-1])


def _extend_index(client: Elasticsearch, name: str, mappings: dict[str, Any]) -> None:
    try:
        client.indices.put_mapping(index=name, properties=mappings["properties"])
    except BadRequestError as error:
        raise Fatal(
            f"the index {name} has other field types than this release needs ({error}): "
            "make it anew with `python -m indexer rebuild`, then start the new release"
        ) from error
