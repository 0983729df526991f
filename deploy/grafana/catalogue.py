"""All metrics of all services, as their registries know them.

In: each service's `metrics.py`. Out: what a query may name; tests hold panels and alerts to it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, Summary

from crawler.metrics import build_metrics as build_crawler_metrics
from enricher.metrics import build_metrics as build_enricher_metrics
from indexer.metrics import build_indexer_metrics
from services.chassis.metrics import ServiceMetrics, build_registry
from services.search.metrics import build_metrics as build_search_metrics

_SUFFIXES = {
    Counter: ("_total",),
    Gauge: ("",),
    Histogram: ("_bucket", "_sum", "_count"),
    Summary: ("_sum", "_count"),
    Info: ("_info",),
}
_OF_PROMETHEUS = frozenset({"job", "instance", "le", "quantile"})
_OWN = ("unionwire_", "process_", "python_")
_MADE_BY_PROMETHEUS = {
    "up": _OF_PROMETHEUS,
    "ALERTS": _OF_PROMETHEUS | {"alertname", "alertstate", "severity"},
}
_NAME = re.compile(r"(?<![\w$.])([a-zA-Z_:][\w:]*)\s*(\{[^}]*\})?")
_BY_PATTERN = re.compile(r"""\{\s*__name__\s*=~\s*"([^"]*)"\s*((?:,[^}]*)?)\}""")
_GROUPING = re.compile(r"\b(?:by|on|without|ignoring)\s*\(([^)]*)\)")
_LABEL = re.compile(r"(\w+)\s*(?:=~|!~|!=|=)")


@dataclass(frozen=True)
class Use:
    """A query's use of a metric: its name, or a pattern for several, and the labels it asks for."""

    name: str
    labels: frozenset[str]
    is_pattern: bool = False


def read_catalogue() -> Mapping[str, frozenset[str]]:
    """Return the labels of every series that a query may name, by the series' name.

    Example:
        >>> sorted(read_catalogue()["unionwire_indexer_dead_letters_total"])
        ['instance', 'job', 'le', 'quantile', 'reason']
    """
    registry = build_registry()
    build_crawler_metrics(registry)
    build_enricher_metrics(registry)
    ServiceMetrics("indexer", registry)
    build_indexer_metrics(registry)
    build_search_metrics(registry)
    return {**_MADE_BY_PROMETHEUS, **dict(_read(registry))}


def _read(registry: CollectorRegistry) -> Iterator[tuple[str, frozenset[str]]]:
    for collector in registry._collector_to_names:  # noqa: SLF001 - collect() omits label names
        if isinstance(collector, Counter | Gauge | Histogram | Summary | Info):
            labels = _OF_PROMETHEUS | set(collector._labelnames)  # noqa: SLF001 - as above
            if isinstance(collector, Info):
                labels |= {"version"}
            for suffix in _SUFFIXES[type(collector)]:
                yield f"{collector._name}{suffix}", labels  # noqa: SLF001 - as above
        else:
            for family in collector.collect():
                for sample in family.samples:
                    yield sample.name, _OF_PROMETHEUS | set(sample.labels)


def find_uses(query: str) -> list[Use]:
    """Return the metrics that a PromQL query names.

    Example:
        >>> use, = find_uses('sum by (le) (rate(unionwire_search_seconds_bucket{route="/"}[5m]))')
        >>> use.name, sorted(use.labels)
        ('unionwire_search_seconds_bucket', ['route'])
    """
    uses = [
        Use(pattern, frozenset(_LABEL.findall(rest)), is_pattern=True)
        for pattern, rest in _BY_PATTERN.findall(query)
    ]
    for name, selector in _NAME.findall(_BY_PATTERN.sub("", query)):
        if name.startswith(_OWN) or name in _MADE_BY_PROMETHEUS:
            uses.append(Use(name, frozenset(_LABEL.findall(selector))))
    return uses


def find_mistakes(query: str, catalogue: Mapping[str, frozenset[str]]) -> list[str]:
    """Return a sentence for each metric or label of a query that no service has.

    Example:
        >>> find_mistakes("unionwire_search_smiles", {})
        ['No service has the metric unionwire_search_smiles.']
    """
    mistakes = []
    reachable = set(_OF_PROMETHEUS)
    for use in find_uses(query):
        names = (
            [name for name in catalogue if re.fullmatch(use.name, name)]
            if use.is_pattern
            else [use.name]
        )
        if not names or not catalogue.keys() >= set(names):
            mistakes.append(f"No service has the metric {use.name}.")
            continue
        reachable.update(*(catalogue[name] for name in names))
        mistakes.extend(
            f"{name} has no label {label}."
            for name in names
            for label in sorted(use.labels - catalogue[name])
        )
    grouped = {word for words in _GROUPING.findall(query) for word in re.findall(r"\w+", words)}
    mistakes.extend(f"Nothing here has the label {label}." for label in sorted(grouped - reachable))
    return mistakes
