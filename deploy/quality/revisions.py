"""How well the figures of two revisions of an article are told apart.

In: the articles of the demo and of the open half of the corpus, corrected as papers correct them:
numbers changed, a paragraph dropped, one added, paragraphs moved. Out: how many of the changes made
are told, and how many told changes nobody made.
"""

import random
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

from deploy.quality.copies import Paragraphs, read_stories
from enricher.domain.enrich import read_text
from services.contracts.figure_changes import compare_figures
from services.contracts.figures import Figure

SEED = 20261121
PUBLISHED = date(2026, 10, 5)
_NUMERAL = re.compile(r"\d+")
_ONE_IN = 6
"""So many figures to one that is corrected."""

Told = tuple[str, Decimal | None, Decimal | None]


@dataclass
class RevisionReport:
    """Changes told rightly, told though nobody made them, and missed."""

    right: int = 0
    wrong: int = 0
    missed: int = 0
    errors: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        """The share of the changes told that were made."""
        return self.right / max(1, self.right + self.wrong)

    @property
    def recall(self) -> float:
        """The share of the changes made that were told."""
        return self.right / max(1, self.right + self.missed)


def measure_revisions(corpus: Path, *, one_in: int = 1) -> RevisionReport:
    """Correct every article, or one in `one_in`, and compare the figures before and after."""
    chance = random.Random(SEED)  # noqa: S311 - no secret
    stories = [text for _, text in read_stories(corpus)][::one_in]
    report = RevisionReport()
    for number, text in enumerate(stories):
        corrected, made = _correct(text, chance)
        corrected, others = _rearrange(text, corrected, stories[number - 1], chance)
        made += others
        before, after = _read(text), _read(corrected)
        told: Counter[Told] = Counter(
            (c.kind, c.before.value if c.before else None, c.after.value if c.after else None)
            for c in compare_figures(before, after)
        )
        report.right += (told & made).total()
        report.wrong += (told - made).total()
        report.missed += (made - told).total()
        report.errors += [f"wrong {one}" for one in (told - made)]
        report.errors += [f"missed {one}" for one in (made - told)]
    return report


def _read(text: Paragraphs) -> tuple[Figure, ...]:
    return read_text("", text[0], "\n\n".join(text[1:]), published=PUBLISHED).figures


def _correct(text: Paragraphs, chance: random.Random) -> tuple[Paragraphs, "Counter[Told]"]:
    """Change one figure in six, and count which value became which."""
    corrected = list(text)
    made: Counter[Told] = Counter()
    for at, line in enumerate(text):
        figures = read_text("", line, "", published=PUBLISHED).figures
        for figure in reversed(figures):
            if chance.randrange(_ONE_IN):
                continue
            surface = _NUMERAL.sub(lambda m: _shift(m[0], chance), figure.surface, count=1)
            changed = corrected[at][: figure.start] + surface + corrected[at][figure.end :]
            again = read_text("", changed, "", published=PUBLISHED).figures
            values = Counter(f.value for f in again) - Counter(f.value for f in figures)
            if len(again) == len(figures) and values.total() == 1:
                corrected[at] = changed
                figures = again
                made["changed", figure.value, next(iter(values))] += 1
    return corrected, made


def _shift(digits: str, chance: random.Random) -> str:
    """Return a number of as many digits that is another one."""
    last = (int(digits[-1]) + chance.randrange(1, 9)) % 10
    return f"{digits[:-1]}{last or 1}"


def _rearrange(
    text: Paragraphs, corrected: Paragraphs, other: Paragraphs, chance: random.Random
) -> tuple[Paragraphs, "Counter[Told]"]:
    """Move a paragraph to the end, drop one that was left as it was, add one of another story."""
    lines = list(corrected)
    told: Counter[Told] = Counter()
    untouched = [at for at in range(2, len(text)) if text[at] == corrected[at]]
    if untouched:
        dropped = lines.pop(chance.choice(untouched))
        told += Counter(("went", value, None) for value in _values(dropped))
    added = chance.choice(other[1:] or other)
    told += Counter(("came", None, value) for value in _values(added))
    return [*lines[:1], *lines[2:], *lines[1:2], added], told


def _values(line: str) -> list[Decimal | None]:
    return [figure.value for figure in read_text("", line, "", published=PUBLISHED).figures]
