"""All metrics of all services, as their registries know them.

In: each service's `metrics.py`. Out: what a query may name; tests hold panels and alerts to it.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, Summary

from crawler.metrics import build_metrics as build_crawler_metrics
from enricher.metrics import build_metrics as build_enricher_metrics
from indexer.metrics import build_indexer_metrics
from services.chassis.clock import SystemClock
from services.chassis.health import AdminServer, Health
from services.chassis.metrics import ConsumerMetrics, build_registry
from services.pulse.metrics import build_metrics as build_pulse_metrics
from services.search.metrics import build_metrics as build_search_metrics
from services.search.notifier.metrics import build_notifier_metrics

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
    catalogue = dict(_MADE_BY_PROMETHEUS)
    for metrics in list_metrics().values():
        for metric in metrics:
            catalogue |= dict.fromkeys(metric.series, metric.reachable_labels)
    return catalogue


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One metric: its name without the endings that Prometheus gives its series."""

    name: str
    kind: str
    labels: tuple[str, ...]
    meaning: str
    series: tuple[str, ...]

    @property
    def reachable_labels(self) -> frozenset[str]:
        """The labels that a query may ask for."""
        return _OF_PROMETHEUS | set(self.labels)


def list_metrics() -> Mapping[str, tuple[Metric, ...]]:
    """Return the metrics of every service, in the order of their definition, by its name.

    Under "process" stand those that every process has.

    Example:
        >>> [metric.kind for metric in list_metrics()["pulse"] if metric.name.endswith("_build")]
        ['info']
    """
    builders: Mapping[str, Callable[[CollectorRegistry], object]] = {
        "crawler": build_crawler_metrics,
        "enricher": build_enricher_metrics,
        "indexer": _build_all_indexer_metrics,
        "search": build_search_metrics,
        "notifier": _build_all_notifier_metrics,
        "pulse": build_pulse_metrics,
    }
    listed = {"process": tuple(_read(build_registry()))}
    for service, build in builders.items():
        registry = CollectorRegistry()
        build(registry)
        AdminServer(
            service=service, host="", port=0, registry=registry, health=Health(SystemClock())
        )
        listed[service] = tuple(_read(registry))
    return listed


def _build_all_indexer_metrics(registry: CollectorRegistry) -> None:
    ConsumerMetrics("indexer", registry)
    build_indexer_metrics(registry)


def _build_all_notifier_metrics(registry: CollectorRegistry) -> None:
    ConsumerMetrics("notifier", registry)
    build_notifier_metrics(registry)


def _read(registry: CollectorRegistry) -> Iterator[Metric]:
    for collector in registry._collector_to_names:  # noqa: SLF001 - collect() omits label names
        if isinstance(collector, Counter | Gauge | Histogram | Summary | Info):
            name = collector._name  # noqa: SLF001 - as above
            labels = tuple(collector._labelnames)  # noqa: SLF001 - as above
            yield Metric(
                name=name,
                kind=type(collector).__name__.lower(),
                labels=(*labels, "version") if isinstance(collector, Info) else labels,
                meaning=collector._documentation,  # noqa: SLF001 - as above
                series=tuple(f"{name}{suffix}" for suffix in _SUFFIXES[type(collector)]),
            )
        else:
            for family in collector.collect():
                yield Metric(
                    name=family.name,
                    kind=family.type,
                    labels=tuple(sorted({key for each in family.samples for key in each.labels})),
                    meaning=family.documentation,
                    series=tuple({sample.name: None for sample in family.samples}),
                )


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
