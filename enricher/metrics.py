"""Metrics of the enricher, beside those that every service has."""

from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge

from services.chassis.metrics import ConsumerMetrics


@dataclass(frozen=True)
class EnricherMetrics:
    """The enricher's metrics."""

    service: ConsumerMetrics
    figures: Counter
    entities: Counter
    extractor_restarts: Counter
    extractors_busy: Gauge


def build_metrics(registry: CollectorRegistry) -> EnricherMetrics:
    """Register the enricher's metrics.

    Example:
        >>> build_metrics(CollectorRegistry()).figures.inc(3)
    """
    return EnricherMetrics(
        service=ConsumerMetrics("enricher", registry),
        figures=Counter("unionwire_enricher_figures_total", "Figures found.", registry=registry),
        entities=Counter(
            "unionwire_enricher_entities_total", "Mentions of entities found.", registry=registry
        ),
        extractor_restarts=Counter(
            "unionwire_enricher_extractor_restarts_total",
            "Extractor processes started again, by what ended the last one.",
            ["cause"],
            registry=registry,
        ),
        extractors_busy=Gauge(
            "unionwire_enricher_extractors_busy",
            "Extractor processes at work.",
            registry=registry,
        ),
    )
