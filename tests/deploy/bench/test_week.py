"""Some simulated days of watching: nothing is missed, nothing told twice."""

import random
from pathlib import Path

import pytest

from deploy.bench.week import Result, simulate

SEED = random.SystemRandom().randrange(1_000_000)


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    folder: Path = tmp_path_factory.mktemp("week")
    return simulate(
        SEED, sources=6, articles=120, days=1.0, poll_seconds=(360, 60, 1_800), folder=folder
    )


def test_simulated_days_find_every_article_and_correction(result: Result) -> None:
    assert (result.found, result.published) == (120, 120), f"seed {SEED}"
    assert (result.corrections_found, result.corrected) == (6, 6), f"seed {SEED}"
    assert result.wrong_at_the_end == 0, f"seed {SEED}"


def test_simulated_days_tell_nothing_twice(result: Result) -> None:
    assert result.repeated == 0, f"seed {SEED}"


def test_simulated_days_stay_polite(result: Result) -> None:
    # Six sources looked at each minute would be 13,000.
    assert result.listing_requests < 4_000, f"seed {SEED}"
