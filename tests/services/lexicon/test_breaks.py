"""Names whose area changed on 1 July 2025 break their series, others do not."""

import pytest

from services.lexicon.breaks import find_break


@pytest.mark.parametrize(
    ("name", "kind", "others"),
    [
        ("Bình Dương", "ended", {"Hồ Chí Minh"}),
        ("Hồ Chí Minh", "grown", {"Bình Dương", "Bà Rịa - Vũng Tàu"}),
        ("Liên đoàn Lao động tỉnh Hải Dương", "ended", {"Hải Phòng"}),
        ("LĐLĐ thành phố Hải Phòng", "grown", {"Hải Dương"}),
        ("Quận Đống Đa", "ended", {"Hà Nội"}),
    ],
)
def test_find_break_tells_what_a_name_became(name: str, kind: str, others: set[str]) -> None:
    found = find_break(name)
    assert found is not None
    assert (found.kind, set(found.others)) == (kind, others)
    assert found.day.isoformat() == "2025-07-01"


@pytest.mark.parametrize(
    "name", [None, "", "Hà Nội", "Nghệ An", "Tổng Liên đoàn Lao động Việt Nam", "Bình"]
)
def test_find_break_is_none_where_the_area_stayed(name: str | None) -> None:
    assert find_break(name) is None


@pytest.mark.parametrize(
    ("name", "day", "kind", "others"),
    [
        ("Bộ Lao động - Thương binh và Xã hội", "2025-03-01", "ended", ("Bộ Nội vụ",)),
        ("Công đoàn Viên chức Việt Nam", "2025-06-15", "ended", ()),
        ("Bộ Nội vụ", "2025-03-01", "grown", ("Bộ Lao động - Thương binh và Xã hội",)),
    ],
)
def test_find_break_tells_what_became_of_an_organisation(
    name: str, day: str, kind: str, others: tuple[str, ...]
) -> None:
    found = find_break(name)
    assert found is not None
    assert (found.day.isoformat(), found.kind, found.others) == (day, kind, others)
