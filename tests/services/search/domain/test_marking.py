from hypothesis import given
from hypothesis import strategies as st

from services.contracts.entities import Entity, EntityType
from services.contracts.figures import Figure, FigureKind
from services.search.domain.marking import (
    Mark,
    list_marks,
    mark_text,
    name_anchor,
    split_paragraphs,
)

TEXT = "LĐLĐ TP Hà Nội chi hơn 5 tỉ đồng 🎉 cho 85 xã"


def build_figure(surface: str, text: str = TEXT) -> Figure:
    start = text.index(surface)
    return Figure(
        field="body",
        start=start,
        end=start + len(surface),
        surface=surface,
        kind=FigureKind.COUNT,
    )


def build_entity(surface: str, kind: EntityType) -> Entity:
    start = TEXT.index(surface)
    return Entity(
        type=kind,
        field="body",
        start=start,
        end=start + len(surface),
        surface=surface,
        name=surface,
    )


marks = st.builds(
    lambda start, length, kind, number: Mark(
        start=start, end=start + length, kind=kind, id=str(number)
    ),
    st.integers(0, 40),
    st.integers(1, 20),
    st.sampled_from(["figure", "person", "place"]),
    st.integers(),
)


@given(st.text(max_size=50), st.lists(marks, max_size=12))
def test_mark_text_covers_exactly_what_was_marked(text: str, found: list[Mark]) -> None:
    segments = mark_text(text, found)
    assert "".join(segment.text for segment in segments) == text
    place = 0
    for segment in segments:
        for offset in range(place, place + len(segment.text)):
            expected = [m for m in found if m.start <= offset < m.end <= len(text)]
            assert sorted(map(repr, segment.marks)) == sorted(map(repr, expected))
        place += len(segment.text)


@given(st.text(max_size=50), st.lists(marks, max_size=12, unique_by=lambda m: m.id))
def test_each_mark_begins_once(text: str, found: list[Mark]) -> None:
    begins = [mark for segment in mark_text(text, found) for mark in segment.begins]
    assert sorted(m.id for m in begins) == sorted(m.id for m in found if m.end <= len(text))


@given(st.text(alphabet="ab \n", max_size=40), st.lists(marks, max_size=6))
def test_split_paragraphs_keeps_the_words(text: str, found: list[Mark]) -> None:
    paragraphs = split_paragraphs(mark_text(text, found))
    kept = "".join(segment.text for paragraph in paragraphs for segment in paragraph)
    assert kept.split() == text.split() or "".join(kept.split()) == "".join(text.split())


def test_offsets_count_code_points() -> None:
    figure = build_figure("85")
    (mark,) = list_marks(TEXT, "body", [figure], [])
    assert [s.text for s in mark_text(TEXT, [mark]) if s.figure] == ["85"]


def test_nested_entity_and_figure_share_a_segment() -> None:
    found = list_marks(
        TEXT,
        "body",
        [build_figure("hơn 5 tỉ đồng")],
        [
            build_entity("LĐLĐ TP Hà Nội", EntityType.ORGANISATION),
            build_entity("Hà Nội", EntityType.PLACE),
        ],
    )
    covered = {s.text: s.entity.kind for s in mark_text(TEXT, found) if s.entity}
    assert covered == {"LĐLĐ TP ": "organisation", "Hà Nội": "place"}


def test_a_mark_that_does_not_hold_its_surface_is_left_out() -> None:
    moved = build_figure("85").model_copy(update={"start": 0, "end": 2})
    beyond = build_figure("85").model_copy(update={"start": 900, "end": 902})
    other_field = build_figure("85").model_copy(update={"field": "title"})
    assert list_marks(TEXT, "body", [moved, beyond, other_field], []) == ()


def test_name_anchor_is_an_html_id() -> None:
    assert name_anchor("lead:0-12") == "figure-lead-0-12"
