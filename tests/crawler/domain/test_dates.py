"""Times in all the broken forms that sites write."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.domain.dates import parse_time

NOW = datetime(2026, 12, 31, 12, tzinfo=UTC)
CASES = [
    json.loads(line)
    for line in (Path(__file__).parent / "times.jsonl").read_text(encoding="utf-8").splitlines()
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['from']}: {case['text']}")
def test_parse_time_reads(case: dict[str, str | None]) -> None:
    read = parse_time(case["text"], now=NOW)

    assert (read.isoformat() if read else None) == case["time"]


@given(st.text(max_size=60))
def test_parse_time_never_fails(text: str) -> None:
    read = parse_time(text, now=NOW)

    assert read is None or read.utcoffset() is not None


@given(st.datetimes(min_value=datetime(1991, 1, 1), max_value=datetime(2026, 12, 1)))  # noqa: DTZ001 - local times
def test_parse_time_reads_what_feeds_write(local: datetime) -> None:
    local = local.replace(second=0, microsecond=0)
    forms = (
        f"Thứ 5, {local:%d/%m/%Y %H:%M:%S} GMT+7",
        f"{local.month}/{local.day}/{local.year} {local:%I:%M:%S %p}",
        f"{local:%Y-%m-%dT%H:%M:%S}+07:00",
        f"{local:%H:%M} | {local:%d/%m/%Y}",
    )

    read = {parse_time(form, now=NOW) for form in forms}

    assert len(read) == 1
    assert None not in read
