"""How well signatures tell copies of a story from other stories.

In: the articles of the demo and of the open half of the corpus, and edits as papers make them to a
story they take over. Out: the share of copies found, and of pairs of different stories taken for
copies; half of these pairs quote the same paragraph.
"""

import itertools
import random
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from deploy.demo.stories import load_stories
from enricher.domain.signature import sign_text
from services.contracts.stories import are_copies
from services.lexicon.zones import zone_saved_text

SEED = 20261121
"""Makes the edits the same in every run."""

Paragraphs = list[str]
Edit = Callable[[Paragraphs, random.Random, Paragraphs], Paragraphs]


@dataclass
class CopyReport:
    """Copies found and missed, and pairs of different stories called copies."""

    found: int = 0
    missed: int = 0
    false: int = 0
    different: int = 0
    by_edit: dict[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def recall(self) -> float:
        """The share of copies that were found."""
        return self.found / max(1, self.found + self.missed)

    @property
    def precision(self) -> float:
        """The share of pairs called copies that are copies."""
        return self.found / max(1, self.found + self.false)


def _change_words(share: float) -> Edit:
    def edit(text: Paragraphs, chance: random.Random, other: Paragraphs) -> Paragraphs:
        spare = " ".join(other).split()
        return [
            " ".join(
                chance.choice(spare) if chance.random() < share else word for word in line.split()
            )
            for line in text
        ]

    return edit


def _rewrite_start(text: Paragraphs, _chance: random.Random, other: Paragraphs) -> Paragraphs:
    return [f"TTTĐ - {other[0]}", *text[1:]]


def _insert(text: Paragraphs, chance: random.Random, other: Paragraphs) -> Paragraphs:
    place = chance.randrange(len(text))
    return [*text[:place], *other[1 : 1 + max(1, len(text) // 4)], *text[place:]]


def _shuffle(text: Paragraphs, chance: random.Random, _other: Paragraphs) -> Paragraphs:
    return chance.sample(text, len(text))


def _drop_one_of_four(text: Paragraphs, chance: random.Random, _other: Paragraphs) -> Paragraphs:
    return [line for line in text if chance.random() > 0.25] or text  # noqa: PLR2004


def _cut_last_third(text: Paragraphs, _chance: random.Random, _other: Paragraphs) -> Paragraphs:
    return text[: max(1, round(len(text) * 2 / 3))]


def _change_numbers(text: Paragraphs, chance: random.Random, _other: Paragraphs) -> Paragraphs:
    """A correction: one number in eight is another."""
    return [
        re.sub(r"\d+", lambda m: m[0] if chance.randrange(8) else str(int(m[0]) + 1), line)
        for line in text
    ]


def _respell(text: Paragraphs, _chance: random.Random, _other: Paragraphs) -> Paragraphs:
    """The same text in NFD, with other tone marks, quotes and dashes."""
    swaps = (("òa", "oà"), ("tỉ", "tỷ"), ("–", "-"), ('"', "”"), ("ủy", "uỷ"))
    lines = []
    for line in text:
        spelt = line
        for one, other in swaps:
            spelt = spelt.replace(one, other)
        lines.append(unicodedata.normalize("NFD", spelt))
    return lines


EDITS: dict[str, Edit] = {
    "2% of words changed": _change_words(0.02),
    "5% of words changed": _change_words(0.05),
    "8% of words changed": _change_words(0.08),
    "other lead": _rewrite_start,
    "a quarter inserted": _insert,
    "paragraphs shuffled": _shuffle,
    "a quarter of paragraphs dropped": _drop_one_of_four,
    "last third cut": _cut_last_third,
    "numbers corrected": _change_numbers,
    "respelt": _respell,
}


def measure_copies(corpus: Path, *, one_in: int = 1) -> CopyReport:
    """Measure on every edit of all stories, or one in `one_in`, and on every pair of them."""
    report = CopyReport()
    chance = random.Random(SEED)  # noqa: S311 - no secret
    stories = dict([*read_stories(corpus)][::one_in])
    signed = {name: sign_text("", "\n".join(text)) for name, text in stories.items()}
    names = sorted(stories)
    for one, other in itertools.combinations(names, 2):
        quoting = [*stories[other], max(stories[one], key=len)]
        report.different += 2
        report.false += are_copies(signed[one], signed[other])
        report.false += are_copies(signed[one], sign_text(quoting[0], "\n\n".join(quoting[1:])))
    for edit_name, edit in EDITS.items():
        found = 0
        for name in names:
            second = stories[chance.choice([n for n in names if n != name])]
            edited = edit(stories[name], chance, second)
            found += are_copies(signed[name], sign_text(edited[0], "\n\n".join(edited[1:])))
        report.by_edit[edit_name] = (found, len(names))
        report.found += found
        report.missed += len(names) - found
    return report


def read_stories(corpus: Path) -> Iterator[tuple[str, Paragraphs]]:
    """Yield name, and lead and paragraphs, of each article; of copies only the original."""
    for key, story in load_stories().items():
        if not story.author or "Theo " not in story.author:  # a copy of another one
            lines = [story.lead, *(block.plain for block in story.blocks if block.kind != "photo")]
            yield key, [line for line in lines if line]
    for path in sorted((corpus / "open").glob("*.txt")):
        saved = zone_saved_text(path.read_text(encoding="utf-8"))
        yield path.stem, [saved.lead, *saved.body.split("\n\n")]
