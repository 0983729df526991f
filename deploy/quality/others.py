"""What other libraries find in the gold corpus, for comparison; none of them is a requirement.

In: gold articles. Out: tallies of quantulum3 (numbers) and underthesea (names), or nothing where
they are not installed. underthesea is GPL: it is measured, never shipped. Neither downloads
anything for what is called here.
"""

import importlib
import importlib.util
import logging
from collections.abc import Callable
from typing import Any

from deploy.quality.gold import GoldArticle, Span, is_same_number, locate
from deploy.quality.tally import Tally

_LABELS = {"PER": "persons", "ORG": "organisations", "LOC": "places"}


def measure_others(articles: list[GoldArticle]) -> dict[str, Tally]:
    """Return the tallies of the libraries that are installed, by what they measure."""
    tallies: dict[str, Tally] = {}
    for name, measure in (("quantulum3", _measure_numbers), ("underthesea", _measure_names)):
        if importlib.util.find_spec(name) is not None:
            for what, tally in measure(articles).items():
                tallies[f"{name}, {what}"] = tally
    return tallies


def _measure_numbers(articles: list[GoldArticle]) -> dict[str, Tally]:
    """Compare the values that quantulum3 reads with the gold's; units are not asked for."""
    logging.disable(logging.WARNING)
    parse: Callable[[str], list[Any]] = importlib.import_module("quantulum3.parser").parse
    tally = Tally()
    for article in articles:
        free = []
        for paragraph, start in _paragraphs(article.text):
            for quantity in parse(paragraph):
                first, last = quantity.span
                free.append((str(quantity.value), Span(start + first, start + last)))
        for gold in article.gold["figures"]:
            where = locate(article, gold)
            best = max(free, key=lambda pair: pair[1].overlap(where), default=None)
            found = best if best is not None and best[1].overlap(where) else None
            if found is not None:
                free.remove(found)
            if gold.get("optional"):
                continue
            is_right = found is not None and is_same_number(gold["value"], found[0])
            tally.right += is_right
            tally.missed += not is_right
            tally.wrong += found is not None and not is_right
        tally.wrong += len(free)
    logging.disable(logging.NOTSET)
    return {"value": tally}


def _measure_names(articles: list[GoldArticle]) -> dict[str, Tally]:
    """Compare the distinct names that underthesea finds with the gold's, as they are written."""
    recognise: Callable[[str], list[tuple[str, ...]]] = importlib.import_module("underthesea").ner
    tallies = {kind: Tally() for kind in _LABELS.values()}
    for article in articles:
        found: dict[str, set[str]] = {kind: set() for kind in _LABELS.values()}
        for paragraph, _ in _paragraphs(article.text):
            for kind, name in _spans(recognise(paragraph)):
                found[kind].add(name)
        for kind, tally in tallies.items():
            wanted = {
                (entry["name"] if isinstance(entry, dict) else entry).lower()
                for entry in article.gold[kind]
            }
            spared = {name.lower() for name in article.gold.get(f"{kind}_optional", ())}
            tally.right += len(wanted & found[kind])
            tally.wrong += len(found[kind] - wanted - spared)
            tally.missed += len(wanted - found[kind])
    return tallies


def _spans(words: list[tuple[str, ...]]) -> list[tuple[str, str]]:
    """Join B- and I- words to names with their kind."""
    names: list[tuple[str, str]] = []
    for word, *_, label in words:
        mark, _, kind = label.partition("-")
        if mark == "B" and kind in _LABELS:
            names.append((_LABELS[kind], word.lower()))
        elif mark == "I" and names and kind in _LABELS:
            names[-1] = (names[-1][0], f"{names[-1][1]} {word.lower()}")
    return names


def _paragraphs(text: str) -> list[tuple[str, int]]:
    """Return the lines that hold something, with where they begin."""
    lines, at = [], 0
    for line in text.split("\n"):
        if line.strip():
            lines.append((line, at))
        at += len(line) + 1
    return lines
