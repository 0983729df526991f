"""`make quality`: precision and recall of figures and entities on the gold corpus.

Prints totals for each part of tests/quality. The sealed part is measured like the others, but
only its totals are shown: whoever looks at its errors spoils it.
"""

import argparse
import io
import json
import re
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from deploy.quality.copies import CopyReport, measure_copies
from deploy.quality.gold import GoldArticle, Span, is_same_number, load_gold, locate, normalise
from deploy.quality.others import measure_others
from deploy.quality.revisions import measure_revisions
from deploy.quality.tally import Tally
from deploy.quality.topics import TopicReport, measure_topics
from enricher.extract import run_extract

CORPUS = Path(__file__).parents[2] / "tests" / "quality"
COUNT_KINDS = frozenset({"count", "ratio", "other"})
LINKS = ("comparator", "indicator", "organisation", "place", "period", "modality")
PARTIAL_SHARE = 0.5


@dataclass
class Report:
    """The totals of one part of the corpus, and its errors."""

    spans: Tally = field(default_factory=Tally)
    values: Tally = field(default_factory=Tally)
    links: dict[str, Counter[bool]] = field(default_factory=dict)
    names: dict[str, Tally] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    articles: int = 0

    def link(self, name: str, *, is_right: bool) -> None:
        """Count one link of a figure whose value is right."""
        self.links.setdefault(name, Counter())[is_right] += 1


def main() -> int:
    """Measure all parts and print."""
    parser = argparse.ArgumentParser(prog="python -m deploy.quality", description=__doc__)
    parser.add_argument(
        "--errors", action="store_true", help="show the errors, but never of the sealed part"
    )
    options = parser.parse_args()
    started = time.perf_counter()
    reports = {
        part: measure(load_gold(CORPUS / part)) for part in ("open", "development", "sealed")
    }
    print_reports(reports)
    print_others({part: measure_others(load_gold(CORPUS / part)) for part in reports})
    topics = measure_topics(CORPUS, with_section=True)
    print_topics(topics, without_section=measure_topics(CORPUS, with_section=False))
    print_copies(measure_copies(CORPUS))
    changes = measure_revisions(CORPUS)
    print(
        f"figures of two revisions: precision {changes.precision:.3f}, recall {changes.recall:.3f} "
        f"of {changes.right + changes.missed} changes"
    )
    print(f"\n{time.perf_counter() - started:.1f} s")
    if options.errors:
        errors = [*reports["open"].errors, *reports["development"].errors, *topics.errors]
        print("\n".join(errors))
    return 0


def print_copies(report: CopyReport) -> None:
    """Print how well signatures tell copies."""
    print(
        f"copies: recall {report.recall:.3f} of {report.found + report.missed} edited stories, "
        f"{report.false} of {report.different} pairs of different stories taken for copies"
    )
    for edit, (found, count) in report.by_edit.items():
        print(f"  {edit}: {found} of {count}")


def print_topics(topics: TopicReport, *, without_section: TopicReport) -> None:
    """Print how well topics are told."""
    for name, report in (("", topics), ("without section and tags", without_section)):
        print(
            f"topics of {report.articles} judged articles {name}".rstrip()
            + f": precision {report.precision:.3f}, recall {report.recall:.3f}, "
            f"strongest right in {report.strongest_right}"
        )


def measure(articles: list[GoldArticle]) -> Report:
    """Compare what the extractor finds in each article with its gold."""
    report = Report(articles=len(articles))
    for article in articles:
        found = extract(article)
        compare_figures(article, found, report)
        compare_names(article, found, report)
    return report


def extract(article: GoldArticle) -> dict[str, Any]:
    """Run the extractor as its command line does, on the saved text."""
    published = datetime.fromisoformat(article.gold["published"]).replace(tzinfo=UTC)
    output = io.StringIO()
    run_extract(
        format="text",
        published=published,
        paths=["-"],
        stdin=io.BytesIO(article.text.encode()),
        stdout=output,
    )
    return dict(json.loads(output.getvalue()))


def place(article: GoldArticle, found: dict[str, Any], figure: dict[str, Any]) -> Span | None:
    """Return where a found figure stands in the file: its paragraph is looked up there."""
    text = normalise(found[figure["field"]])
    start = text.rfind("\n\n", 0, figure["start"] + 1) + 2 if "\n\n" in text else 0
    start = start if start >= 2 or not text.startswith("\n\n") else 0  # noqa: PLR2004 - "\n\n"
    if text.rfind("\n\n", 0, figure["start"] + 1) < 0:
        start = 0
    paragraph = text[start:].split("\n\n", 1)[0]
    at = article.text.find(paragraph)
    if at < 0:
        return None
    first = at + figure["start"] - start
    return Span(first, first + len(figure["surface"]))


def compare_figures(article: GoldArticle, found: dict[str, Any], report: Report) -> None:
    """Pair figures by their spans, then compare values and links."""
    free = [
        (figure, span)
        for figure in found["figures"]
        if (span := place(article, found, figure)) is not None
    ]
    for gold in article.gold["figures"]:
        where = locate(article, gold)
        overlapping = [pair for pair in free if pair[1].overlap(where)]
        best = max(
            overlapping,
            key=lambda pair: (is_same_value(gold, pair[0]), pair[1].overlap(where)),
            default=None,
        )
        is_optional = gold.get("optional", False)
        if best is not None:
            free.remove(best)
        if is_optional:
            continue
        count_figure(article, gold, None if best is None else best[0], report)
    for figure, _span in free:
        report.spans.wrong += 1
        report.values.wrong += 1
        report.errors.append(f"{article.name}: false {figure['surface']!r} ({figure['rule']})")


def count_figure(
    article: GoldArticle, gold: dict[str, Any], figure: dict[str, Any] | None, report: Report
) -> None:
    """Count one gold figure and what was found in its place."""
    if figure is None:
        report.spans.missed += 1
        report.values.missed += 1
        report.errors.append(f"{article.name}: missed {gold['text']!r}")
        return
    report.spans.right += 1
    if not is_same_value(gold, figure):
        report.values.wrong += 1
        report.values.missed += 1
        report.errors.append(
            f"{article.name}: {gold['text']!r} is {gold['value']} {gold['unit']}, "
            f"not {figure['value']} {figure['unit']} ({figure['kind']}, {figure['rule']})"
        )
        return
    report.values.right += 1
    aliases = article.gold.get("aliases", {})
    for name in LINKS:
        wanted, got = gold.get(name), figure.get(name)
        if wanted is not None:
            equal = aliases.get(wanted, ()) if name == "organisation" else ()
            is_right = fold(got or "") in {fold(one) for one in (wanted, *equal)}
            report.link(name, is_right=is_right)
            if not is_right:
                report.errors.append(
                    f"{article.name}: {name} of {gold['text']!r} is {wanted}, not {got}"
                )
        elif name == "indicator" and got is not None:
            report.link("no indicator where none fits", is_right=False)
        elif name == "indicator":
            report.link("no indicator where none fits", is_right=True)
    if gold.get("counted") is not None:
        accepted = [gold["counted"], *gold.get("counted_also", ())]
        got = figure.get("counted") or ""
        full = f"{figure.get('unit') or ''} {got}"
        is_exact = any(fold(want) in (fold(got), fold(full)) for want in accepted)
        is_partial = any(shares_words(want, full) for want in accepted)
        report.link("counted, exact", is_right=is_exact)
        report.link("counted, partial", is_right=is_partial)
        if not is_exact:
            report.errors.append(
                f"{article.name}: counted of {gold['text']!r} is {gold['counted']!r}, not {got!r}"
            )


def is_same_value(gold: dict[str, Any], figure: dict[str, Any]) -> bool:
    """Return whether value, bounds and unit agree."""
    numbers = ("value", "value_max", "numerator", "denominator", "from_value")
    if any(
        not is_same_number(gold.get(name), figure.get(name))
        for name in numbers
        if name == "value" or gold.get(name) is not None
    ):
        return False
    unit = figure.get("unit")
    if gold["unit"] == "count":
        return figure["kind"] in COUNT_KINDS
    if gold["unit"] is None:
        return True
    return fold(unit or "") == fold(gold["unit"])


def fold(text: str) -> str:
    """Return a text as it is compared: lower case, single spaces."""
    return " ".join(text.lower().split())


def shares_words(one: str, other: str) -> bool:
    """Return whether two phrases share half of the shorter one's words."""
    words, others = (set(re.findall(r"\w+", text.lower())) for text in (one, other))
    return len(words & others) >= PARTIAL_SHARE * max(1, min(len(words), len(others)))


def compare_names(article: GoldArticle, found: dict[str, Any], report: Report) -> None:
    """Compare the distinct names of each kind."""
    gold = article.gold
    aliases = {
        fold(other): name for name, others in gold.get("aliases", {}).items() for other in others
    }

    def canonical(name: str) -> str:
        return fold(aliases.get(fold(name), name))

    for kind, key in (
        ("person", "persons"),
        ("organisation", "organisations"),
        ("place", "places"),
    ):
        wanted = {
            canonical(entry["name"] if isinstance(entry, dict) else entry) for entry in gold[key]
        }
        optional = {canonical(name) for name in gold.get(f"{key}_optional", ())}
        got = {
            canonical(entity["name"]) for entity in found["entities"] if entity["type"] == kind
        } - (optional - wanted)
        tally = report.names.setdefault(key, Tally())
        tally.right += len(wanted & got)
        tally.wrong += len(got - wanted)
        tally.missed += len(wanted - got)
        report.errors += [f"{article.name}: false {kind} {name!r}" for name in got - wanted]
        report.errors += [f"{article.name}: missed {kind} {name!r}" for name in wanted - got]
    compare_persons(article.name, gold, found, report, canonical=canonical)


def compare_persons(
    name: str,
    gold: dict[str, Any],
    found: dict[str, Any],
    report: Report,
    *,
    canonical: Any,  # noqa: ANN401 - a function
) -> None:
    """Compare role and organisation of the persons that were found."""
    mentions = [entity for entity in found["entities"] if entity["type"] == "person"]
    for person in gold["persons"]:
        same = [one for one in mentions if canonical(one["name"]) == canonical(person["name"])]
        if not same:
            continue
        if person.get("role"):
            is_right = any(shares_words(person["role"], one["role"] or "") for one in same)
            report.link("role of persons", is_right=is_right)
            if not is_right:
                report.errors.append(
                    f"{name}: role of {person['name']} is {person['role']}, not {same[0]['role']}"
                )
        if person.get("organisation"):
            wanted = canonical(person["organisation"])
            is_right = any(canonical(one["organisation"] or "") == wanted for one in same)
            report.link("organisation of persons", is_right=is_right)
            if not is_right:
                report.errors.append(
                    f"{name}: {person['name']} is of {person['organisation']}, "
                    f"not {same[0]['organisation']}"
                )


def print_reports(reports: dict[str, Report]) -> None:
    """Print the totals side by side."""
    print(f"{'':<30}" + "".join(f"{part:>27}" for part in reports))
    rows: dict[str, list[Tally]] = {
        "figures, span": [report.spans for report in reports.values()],
        "figures, value and unit": [report.values for report in reports.values()],
    }
    for key in ("persons", "organisations", "places"):
        rows[key] = [report.names[key] for report in reports.values()]
    for label, tallies in rows.items():
        cells = [
            f"P {tally.precision:.3f} R {tally.recall:.3f} F1 {tally.f1:.3f}" for tally in tallies
        ]
        print(f"{label:<30}" + "".join(f"{cell:>27}" for cell in cells))
    for name in sorted({name for report in reports.values() for name in report.links}):
        cells = []
        for report in reports.values():
            counts = report.links.get(name, Counter())
            cells.append(f"{counts[True] / max(1, counts.total()):.3f} of {counts.total()}")
        print(f"{name:<30}" + "".join(f"{cell:>27}" for cell in cells))
    false = [f"{report.values.wrong / max(1, report.articles):.1f}" for report in reports.values()]
    print(f"{'false figures an article':<30}" + "".join(f"{cell:>27}" for cell in false))


def print_others(others: dict[str, dict[str, Tally]]) -> None:
    """Print what other libraries find in the same texts, where they are installed."""
    for name in sorted({name for tallies in others.values() for name in tallies}):
        cells = [
            f"P {tally.precision:.3f} R {tally.recall:.3f} F1 {tally.f1:.3f}"
            for tally in (tallies[name] for tallies in others.values())
        ]
        print(f"{name:<30}" + "".join(f"{cell:>27}" for cell in cells))


if __name__ == "__main__":
    sys.exit(main())
