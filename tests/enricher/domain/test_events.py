"""Events and legal documents carry what identifies them; organisations their past and future."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from enricher.domain.enrich import read_text
from services.contracts.entities import Entity, EntityType

CASES = [
    json.loads(line)
    for line in Path(__file__)
    .with_name("event_and_document_cases.jsonl")
    .read_text("utf-8")
    .splitlines()
]
BEFORE, AFTER = date(2025, 3, 2), date(2025, 12, 1)


def read_entities(
    text: str, kind: EntityType, *, published: date | None = date(2026, 5, 1)
) -> list[Entity]:
    entities = read_text("", "", text, published=published).entities
    return [entity for entity in entities if entity.type is kind]


def cases_with(key: str) -> list[dict[str, Any]]:
    return [case for case in CASES if key in case]


@pytest.mark.parametrize("case", cases_with("events"), ids=lambda case: case["text"][:50])
def test_events_of_a_sentence(case: dict[str, Any]) -> None:
    found = read_entities(case["text"], EntityType.EVENT)
    assert [[event.name, event.event_kind, event.date] for event in found] == case["events"]
    assert all(case["text"][event.start : event.end] == event.surface for event in found)


@pytest.mark.parametrize("case", cases_with("documents"), ids=lambda case: case["text"][:50])
def test_documents_of_a_sentence(case: dict[str, Any]) -> None:
    found = read_entities(case["text"], EntityType.DOCUMENT)
    told = [[d.name, d.number, d.document_kind, d.date, d.issuer] for d in found]
    assert told == case["documents"]


def test_congress_names_whose_it_is() -> None:
    (event,) = read_entities("Đại hội XIV Công đoàn Việt Nam khai mạc.", EntityType.EVENT)
    assert event.organisation == "Công đoàn Việt Nam"


@pytest.mark.parametrize(
    ("text", "published", "expected"),
    [
        ("LĐLĐ tỉnh Bình Dương họp.", BEFORE,
         ((), ("Liên đoàn Lao động thành phố Hồ Chí Minh",), "2025-07-01", True)),
        ("Tỉnh ủy Bình Dương họp.", AFTER, ((), ("Thành ủy Hồ Chí Minh",), "2025-07-01", True)),
        ("LĐLĐ tỉnh Tây Ninh họp.", AFTER,
         (("Liên đoàn Lao động tỉnh Tây Ninh", "Liên đoàn Lao động tỉnh Long An"), (),
          "2025-07-01", False)),
        ("LĐLĐ tỉnh Cao Bằng họp.", AFTER, ((), (), None, False)),
        ("Bộ Giao thông vận tải họp.", BEFORE, ((), ("Bộ Xây dựng",), "2025-03-01", True)),
        ("Công đoàn Viên chức Việt Nam họp.", AFTER, ((), (), "2025-06-15", True)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_organisations_know_their_past_and_future(
    text: str, published: date, expected: tuple[object, ...]
) -> None:
    (body,) = read_entities(text, EntityType.ORGANISATION, published=published)
    told = (body.predecessors, body.successors, body.changed_on, body.has_ended)
    assert told == expected


@pytest.mark.parametrize(("published", "parent"), [(BEFORE, None), (AFTER, "state:fatherland")])
def test_parent_of_an_organisation_depends_on_the_day(published: date, parent: str | None) -> None:
    (body,) = read_entities("Tổng LĐLĐ Việt Nam họp.", EntityType.ORGANISATION, published=published)
    assert body.parent == parent


@pytest.mark.parametrize(
    ("text", "code", "place_id"),
    [
        ("Năm 2024, tỉnh Lâm Đồng có 1.000 đoàn viên.", None, None),
        ("Năm 2026, tỉnh Lâm Đồng có 3.000 đoàn viên.", "68", "place:2025:68"),
        ("Năm 2024, tỉnh Cao Bằng có 300 đoàn viên.", "04", "place:2025:04"),
        ("Năm 2024, tỉnh Bình Dương có 900 đoàn viên.", "74", "place:2024:74"),
    ],
)
def test_no_old_figure_is_put_onto_a_new_unit(
    text: str, code: str | None, place_id: str | None
) -> None:
    (figure,) = read_text("", "", text, published=date(2026, 5, 1)).figures
    assert (figure.place_code, figure.place_id) == (code, place_id)
    assert figure.place is not None


def test_passages_tell_the_language_of_each_run_of_paragraphs() -> None:
    vietnamese, english = "Công đoàn trao quà cho thợ.", "The union said that workers will strike."
    body = f"{vietnamese}\n\n{english}\n\n{english}"
    passages = read_text("노조 파업 예고", "", body, published=None).passages
    told = [(passage.field, passage.language) for passage in passages]
    assert told == [("title", "ko"), ("body", "vi"), ("body", "en")]
    assert body[passages[2].start : passages[2].end] == f"{english}\n\n{english}"


@pytest.mark.parametrize(
    ("text", "parent", "has_ended"),
    [
        ("Công đoàn phường Bến Mây ra mắt tại tỉnh Tây Ninh.", "union:ldld:2025:80", False),
        ("LĐLĐ huyện Tân Trụ (tỉnh Long An) bàn giao hồ sơ.", "union:ldld:2024:80", True),
        ("Công đoàn phường Bến Mây đón đoàn của tỉnh Tây Ninh và tỉnh Nghệ An.", None, False),
        ("Công đoàn Công ty May Suối Vàng ở tỉnh Tây Ninh họp.", None, False),
    ],
)
def test_local_union_belongs_to_the_federation_of_the_only_province(
    text: str,
    parent: str | None,
    has_ended: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    body = read_entities(text, EntityType.ORGANISATION)[0]
    assert (body.parent, body.has_ended) == (parent, has_ended)
