"""What crosses a process border stays readable: released schemas and golden payloads."""

import hashlib
import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from services.contracts.articles import Cause, EnrichedArticleV1, RawArticleV1, content_hash
from services.contracts.models import Contract
from services.contracts.topics import TOPICS

CONTRACTS = Path(__file__).parents[3] / "services" / "contracts"
MODELS: dict[str, type[Contract]] = {
    topic.name: topic.model for topic in TOPICS if topic.model is not None
}
GOLDEN = sorted((CONTRACTS / "golden").glob("*.json"))
GOLDEN_DIGESTS = {
    # append-only: what was published once must be readable for ever
    "articles.enriched.v1-001-new.json": "27a5a04fbd64d35e",
    "articles.enriched.v1-002-topics.json": "0a40a406adbbff82",
    "articles.enriched.v1-003-events.json": "c6b17062161139df",
    "articles.indexed.v1-001-created.json": "fb6cdc9058bad487",
    "articles.raw.v1-001-new.json": "c633920518118eb2",
    "articles.raw.v1-002-withdrawn.json": "cde3e9747022ee32",
    "articles.takedowns.v1-001-decided.json": "3b4a27fbd3c37212",
}


def model_of(golden: Path) -> type[Contract]:
    return MODELS[golden.name.split("-", 1)[0]]


def find_breaks(released: dict[str, Any], current: dict[str, Any]) -> list[str]:
    """List what a reader or writer of the released schema would stumble over."""
    breaks = []
    old_parts = {"": released, **released.get("$defs", {})}
    new_parts = {"": current, **current.get("$defs", {})}
    for name, old in old_parts.items():
        if name not in new_parts:
            breaks.append(f"{name} is gone")
            continue
        new = new_parts[name]
        if "enum" in old:
            breaks += [
                f"{name} no longer takes {value}"
                for value in old["enum"]
                if value not in new.get("enum", [])
            ]
        for field, shape in old.get("properties", {}).items():
            now = new.get("properties", {}).get(field)
            if now is None:
                breaks.append(f"{name}.{field} is gone")
            elif strip_words(now) != strip_words(shape):
                breaks.append(f"{name}.{field} has another shape")
        added = set(new.get("properties", {})) - set(old.get("properties", {}))
        breaks += [
            f"{name}.{field} is new and has no default"
            for field in sorted(added)
            if "default" not in new["properties"][field]
        ]
    return breaks


def strip_words(shape: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(shape, dict):
        return {key: strip_words(value) for key, value in shape.items() if key != "description"}
    return shape


@pytest.mark.parametrize("topic", sorted(MODELS))
def test_model_fits_its_released_schema(topic: str) -> None:
    released = json.loads((CONTRACTS / "schemas" / f"{topic}.json").read_text())
    current = MODELS[topic].model_json_schema(mode="serialization")
    assert find_breaks(released, current) == []


def test_find_breaks_sees_a_field_that_goes_a_shape_that_changes_and_a_new_demand() -> None:
    released = {"properties": {"a": {"type": "string"}, "b": {"type": "string"}}}
    current = {"properties": {"a": {"type": "integer"}, "c": {"type": "string"}}}
    assert find_breaks(released, current) == [
        ".a has another shape",
        ".b is gone",
        ".c is new and has no default",
    ]


def test_golden_payloads_are_only_ever_added() -> None:
    digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:16] for path in GOLDEN}
    assert digests == GOLDEN_DIGESTS


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda path: path.stem)
def test_golden_payload_reads_and_writes_the_same(golden: Path) -> None:
    payload = json.loads(golden.read_bytes())
    written = json.loads(model_of(golden).decode(golden.read_bytes()).encode())
    assert keep_known(written, payload) == payload


def keep_known(written: Any, payload: Any) -> Any:  # noqa: ANN401 - JSON
    """Return what is written without the fields, at any depth, that were added later."""
    if isinstance(written, dict) and isinstance(payload, dict):
        return {key: keep_known(written.get(key), value) for key, value in payload.items()}
    if isinstance(written, list) and isinstance(payload, list) and len(written) == len(payload):
        return [keep_known(*pair) for pair in zip(written, payload, strict=True)]
    return written


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda path: path.stem)
def test_consumer_ignores_fields_it_does_not_know(golden: Path) -> None:
    payload = json.loads(golden.read_bytes()) | {"added_later": {"deep": [1]}}
    model = model_of(golden)
    assert model.decode(json.dumps(payload).encode()) == model.decode(golden.read_bytes())


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda path: path.stem)
def test_figures_slice_to_their_surface(golden: Path) -> None:
    event = model_of(golden).decode(golden.read_bytes())
    if not isinstance(event, EnrichedArticleV1):
        return
    for figure in event.figures:
        text = str(getattr(event.article, figure.field))
        assert text[figure.start : figure.end] == figure.surface


def raw_payload(**changes: object) -> bytes:
    payload = json.loads((CONTRACTS / "golden" / "articles.raw.v1-001-new.json").read_bytes())
    return json.dumps(payload | changes).encode()


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"title": " "}, "needs a title"),
        ({"content_hash": None}, "needs its content_hash"),
        ({"fetched_at": "2026-11-18T10:00:00"}, "UTC offset"),
        ({"revision": 0}, "greater than 0"),
        ({"cause": "whim"}, "cause"),
    ],
)
def test_raw_article_refuses_what_nobody_could_use(
    changes: dict[str, object], complaint: str
) -> None:
    with pytest.raises(ValidationError, match=complaint):
        RawArticleV1.decode(raw_payload(**changes))


def test_content_hash_ignores_spacing_and_normal_form_only() -> None:
    composed = content_hash(title="Hoà giải", lead="", body="một  hai")
    decomposed = unicodedata.normalize("NFD", "Hoà giải")
    assert composed == content_hash(title=decomposed, lead=" ", body="một\n\nhai")
    assert composed != content_hash(title="Hoà giải", lead="", body="một ba")
    assert composed != content_hash(title="Hoà giải một", lead="", body="hai")


def test_only_causes_of_the_publisher_are_news() -> None:
    assert {cause for cause in Cause if not cause.is_news} == {Cause.PARSER, Cause.ENRICHER}
