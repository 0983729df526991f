"""How well and how fast main texts are read, beside trafilatura and readability-lxml.

`python -m deploy.quality.reading` measures on invented pages in the structures of news sites, and
on the demo's and the tests' pages of the sites that we know; `--pages FOLDER` on a benchmark that
you have (ground-truth.json and html/). F1 is that of the article-extraction-benchmark: shingles of
four words, each page of the same weight, the harmonic mean of mean precision and mean recall. All
extractors read the same pages in turns in one run; their seconds are processor time of one core.
"""

import argparse
import importlib
import logging
import re
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import trafilatura

from crawler.domain.html import blocks_of
from crawler.domain.html import parse as parse_html
from crawler.sites import parse
from deploy.quality.pages import GoldPage, build_known_pages, build_pages, load_pages

SHINGLE_WORDS = 4
_WORD = re.compile(r"\w+")


@dataclass
class Score:
    """What an extractor reached over many pages."""

    precisions: list[float] = field(default_factory=list)
    recalls: list[float] = field(default_factory=list)
    seconds: float = 0.0
    exact: int = 0
    by_page: dict[str, tuple[float, float]] = field(default_factory=dict)

    @property
    def precision(self) -> float:
        """The mean precision of the pages on which something was found."""
        return statistics.mean(self.precisions) if self.precisions else 0.0

    @property
    def recall(self) -> float:
        """The mean recall of the pages that have a text."""
        return statistics.mean(self.recalls) if self.recalls else 0.0

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    def add(self, name: str, *, gold: str, found: str) -> None:
        """Compare one page's text with its gold."""
        right, wrong, missed = compare(gold, found)
        self.exact += found == gold
        if right + wrong:
            self.precisions.append(right / (right + wrong))
        if right + missed:
            self.recalls.append(right / (right + missed))
        self.by_page[name] = (right / max(1, right + wrong), right / max(1, right + missed))


def compare(gold: str, found: str) -> tuple[int, int, int]:
    """Return how many shingles are right, wrong and missed.

    Example:
        >>> compare("a b c d e", "a b c d x")
        (1, 1, 1)
    """
    wanted, had = _shingles(gold), _shingles(found)
    right = sum((wanted & had).values())
    return right, sum(had.values()) - right, sum(wanted.values()) - right


def _shingles(text: str) -> Counter[tuple[str, ...]]:
    words = _WORD.findall(text)
    if not words:
        return Counter()
    last = max(1, len(words) - SHINGLE_WORDS + 1)
    return Counter(tuple(words[at : at + SHINGLE_WORDS]) for at in range(last))


def read_by_unionwire(page: bytes) -> str:
    """Return what `python -m crawler extract` prints as the body."""
    return parse(page).body or ""


def read_by_trafilatura(page: bytes) -> str:
    """Return what trafilatura reads by its defaults; comments are not the article's text."""
    return trafilatura.extract(page.decode("utf-8", "replace"), include_comments=False) or ""


def build_extractors() -> dict[str, Callable[[bytes], str]]:
    """Return what is measured: readability-lxml where it is installed, else trafilatura's copy."""
    try:
        name, readability = "readability-lxml", importlib.import_module("readability")
    except ImportError:
        name = "readability (trafilatura's)"
        readability = importlib.import_module("trafilatura.readability_lxml")

    def read_by_readability(page: bytes) -> str:
        text = page.decode("utf-8", "replace")
        # trafilatura's copy takes a tree.
        document = text if name == "readability-lxml" else trafilatura.load_html(text)
        root = parse_html(readability.Document(document).summary().encode())
        return "" if root is None else "\n\n".join(block.text for block in blocks_of(root))

    return {
        "unionwire": read_by_unionwire,
        "trafilatura": read_by_trafilatura,
        name: read_by_readability,
    }


def measure(pages: Sequence[GoldPage]) -> dict[str, Score]:
    """Return each extractor's score on the same pages, read in turns."""
    extractors = build_extractors()
    scores = {name: Score() for name in extractors}
    for extract in extractors.values():
        extract(pages[0].html)  # tables and stop lists are read at the first use
    for page in pages:
        for name, extract in extractors.items():
            begun = time.process_time()
            found = extract(page.html)
            scores[name].seconds += time.process_time() - begun
            scores[name].add(page.name, gold=page.text, found=found)
    return scores


def print_scores(scores: dict[str, Score], *, count: int, title: str) -> None:
    """Print a line for each extractor; exact are the pages whose text is the gold's."""
    print(f"{title:<36}{'precision':>10}{'recall':>10}{'F1':>8}{'exact':>8}{'pages/s':>10}")
    for name, score in scores.items():
        rate = count / max(score.seconds, 1e-9)
        print(
            f"{name:<36}{score.precision:>10.3f}{score.recall:>10.3f}{score.f1:>8.3f}"
            f"{score.exact / max(count, 1):>8.2f}{rate:>10.0f}",
            flush=True,
        )


def print_reading(*, stories_each: int) -> None:
    """Measure on invented pages of unknown sites and on pages of the known ones, and print."""
    unknown, known = build_pages(stories_each=stories_each), build_known_pages()
    print_scores(measure(unknown), count=len(unknown),
                 title=f"main text, {len(unknown)} pages of no site")  # fmt: skip
    print_scores(measure(known), count=len(known),
                 title=f"main text, {len(known)} pages of our sites")  # fmt: skip


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m deploy.quality.reading", description=__doc__)
    parser.add_argument("--pages", type=Path, help="a benchmark's folder")
    parser.add_argument("--stories", type=int, default=8, help="stories in each invented layout")
    parser.add_argument("--errors", type=int, default=0, help="show so many of the worst pages")
    options = parser.parse_args()
    logging.getLogger("readability").setLevel(logging.CRITICAL)
    if options.pages is None and not options.errors:
        print_reading(stories_each=options.stories)
        return 0
    pages = (
        list(load_pages(options.pages))
        if options.pages
        else build_pages(stories_each=options.stories)
    )
    scores = measure(pages)
    print_scores(scores, count=len(pages), title=f"main text of {len(pages)} pages")
    worst = sorted(scores["unionwire"].by_page.items(), key=lambda item: min(item[1]))
    for name, (precision, recall) in worst[: options.errors]:
        print(f"{name:<60} precision {precision:.2f} recall {recall:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
