"""One spelling for each address."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.domain.urls import canonicalise

CASES = [
    json.loads(line)
    for line in (Path(__file__).parent / "addresses.jsonl").read_text(encoding="utf-8").splitlines()
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["url"]))
def test_canonicalise_gives_one_spelling(case: dict[str, str]) -> None:
    assert canonicalise(case["url"]) == case["canonical"]


@given(st.text(max_size=80), st.sampled_from([None, "https://e.org/a/b?c=1"]))
def test_canonicalise_never_fails_and_is_stable(url: str, base: str | None) -> None:
    canonical = canonicalise(url, base=base)

    if canonical is not None:
        assert canonicalise(canonical) == canonical


@given(st.text(max_size=40))
def test_canonicalise_is_stable_on_paths(path: str) -> None:
    canonical = canonicalise(f"https://e.org/{path}")

    assert canonical is None or canonicalise(canonical) == canonical
