"""The dashboards: an overview that answers in one look, sources, servers, and one a service.

In: nothing. Out: builders of grafana-foundation-sdk; `python -m deploy.grafana` makes JSON of them.
"""

from collections.abc import Mapping

from grafana_foundation_sdk.builders import common as common_builders
from grafana_foundation_sdk.builders import dashboard as dashboard_builders
from grafana_foundation_sdk.builders import stat, timeseries
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.models.common import (
    BigValueColorMode,
    BigValueGraphMode,
    LegendDisplayMode,
    LegendPlacement,
    StackingMode,
    TooltipDisplayMode,
)
from grafana_foundation_sdk.models.dashboard import (
    DashboardLinkType,
    DataSourceRef,
    Threshold,
    ThresholdsMode,
)

PROMETHEUS = DataSourceRef(type_val="prometheus", uid="prometheus")
SERVICES = ("crawler", "enricher", "indexer", "search", "pulse")
CONSUMERS = ("enricher", "indexer")

SECONDS, SHORT, PER_SECOND, BYTES = "s", "short", "cps", "bytes"

Queries = Mapping[str, str]
"""PromQL by what the legend calls it."""


def build_dashboards() -> Mapping[str, dashboard_builders.Dashboard]:
    """Return every dashboard by its file's name."""
    return {
        "overview": build_overview(),
        "crawler": build_crawler(),
        "enricher": build_enricher(),
        "indexer": build_indexer(),
        "search": build_search(),
        "notifier": build_notifier(),
        "pulse": build_pulse(),
        "sources": build_sources(),
        "servers": build_servers(),
    }


# --- the overview --------------------------------------------------------------------------


def build_overview() -> dashboard_builders.Dashboard:
    """Is news flowing, how late is it, what is broken."""
    return (
        _dashboard("overview", "unionwire: overview", "Is news flowing, how late, what is broken.")
        .with_row(dashboard_builders.Row("Is news flowing?"))
        .with_panel(
            _number(
                "Since the last new article",
                "Time since any source had an article that was not known.",
                "time() - max(unionwire_crawler_source_last_new_article_timestamp_seconds)",
                unit=SECONDS,
                warn_above=3 * 3600,
                bad_above=6 * 3600,
            )
        )
        .with_panel(
            _number(
                "New articles, 24 h",
                "Published by the crawler.",
                'sum(increase(unionwire_crawler_articles_published_total{cause="new"}[24h]))',
            )
        )
        .with_panel(
            _number(
                "Became searchable, 24 h",
                "New articles, corrections, withdrawals and returns that the indexer wrote.",
                "sum(increase(unionwire_indexer_events_total"
                '{outcome=~"created|corrected|withdrawn|restored"}[24h]))',
            )
        )
        .with_panel(
            _number(
                "Figures extracted, 24 h",
                "Found in articles by the enricher.",
                "sum(increase(unionwire_enricher_figures_total[24h]))",
            )
        )
        .with_panel(
            _number(
                "Heartbeat unanswered",
                "Age of the oldest heartbeat that no search finds. Alert HeartbeatMissing: 300 s.",
                "max(unionwire_pulse_heartbeat_unanswered_seconds)",
                unit=SECONDS,
                warn_above=60,
                bad_above=300,
            )
        )
        .with_panel(
            _number(
                "Heartbeat, end to end",
                "From its sending to a search's finding it; 95 of 100 in the last 30 minutes.",
                _quantiles("unionwire_pulse_heartbeat_seconds")["95 of 100"],
                unit=SECONDS,
                warn_above=30,
                bad_above=300,
            )
        )
        .with_panel(
            _number(
                "Searchable within five minutes, 24 h",
                "Share of news that was, from its fetch. The objective is 95 of 100.",
                _share_in_time("24h"),
                unit="percentunit",
                bad_below=0.95,
            )
        )
        .with_panel(
            _number(
                "Services not ready",
                "Their readiness checks say no; the dashboard of the service says which.",
                'count({__name__=~"unionwire_.+_ready"} == 0) or vector(0)',
                warn_above=1,
                bad_above=1,
            )
        )
        .with_panel(
            _graph(
                "New articles an hour, by source",
                "A source that falls silent shows here first.",
                {
                    "{{source}}": "sum by (source) (increase("
                    'unionwire_crawler_articles_published_total{cause="new"}[1h]))'
                },
                is_stacked=True,
            )
        )
        .with_panel(
            _graph(
                "Events finished, by stage",
                "All stages move together when news flows.",
                {
                    "crawler": "sum(rate(unionwire_crawler_articles_published_total[5m]))",
                    "enricher": "sum(rate(unionwire_enricher_events_total[5m]))",
                    "indexer": "sum(rate(unionwire_indexer_events_total[5m]))",
                },
                unit=PER_SECOND,
            )
        )
        .with_row(dashboard_builders.Row("How late is it?"))
        .with_panel(
            _graph(
                "From the fetch to searchable",
                "What the pipeline itself takes. News only.",
                _quantiles("unionwire_indexer_fetched_to_searchable_seconds"),
                unit=SECONDS,
            )
        )
        .with_panel(
            _graph(
                "From the publication to searchable",
                "What a reader of the desk sees, the publishers' own delays included.",
                _quantiles("unionwire_indexer_published_to_searchable_seconds"),
                unit=SECONDS,
            )
        )
        .with_panel(
            _graph(
                "Behind, in seconds",
                "Age of the newest finished event while others wait. Alert NewsLate: 300 s.",
                {
                    service: f"max(unionwire_{service}_consumer_lag_seconds)"
                    for service in CONSUMERS
                },
                unit=SECONDS,
            )
        )
        .with_panel(
            _graph(
                "Events that wait",
                "Published, assigned to a worker and not yet finished.",
                {
                    service: f"sum(unionwire_{service}_consumer_lag_messages)"
                    for service in CONSUMERS
                },
            )
        )
        .with_row(dashboard_builders.Row("What is broken?"))
        .with_panel(
            _number(
                "Alerts",
                "They fire now; http://127.0.0.1:9093/ lists them.",
                'count(ALERTS{alertstate="firing"}) or vector(0)',
                warn_above=1,
                bad_above=1,
            )
        )
        .with_panel(
            _number(
                "Dead letters, 24 h",
                "Events that were given up; docs/runbook.md says how to look at them.",
                'sum(increase({__name__=~"unionwire_(enricher|indexer)_dead_letters_total"}[24h]))'
                " or vector(0)",
                warn_above=1,
                bad_above=100,
            )
        )
        .with_panel(
            _number(
                "Services up",
                "Of the five of a kind; several workers count one by one.",
                f'sum(up{{job=~"{"|".join(SERVICES)}"}})',
                bad_below=len(SERVICES),
            )
        )
        .with_panel(
            _number(
                "Searches that failed",
                "Share of the desk's answers with a 5xx status in ten minutes.",
                'sum(rate(unionwire_search_requests_total{status=~"5.."}[10m]))'
                " / sum(rate(unionwire_search_requests_total[10m])) or vector(0)",
                unit="percentunit",
                warn_above=0.01,
                bad_above=0.05,
            )
        )
        .with_panel(
            _graph(
                "Alerts that fire",
                "By name.",
                {"{{alertname}}": 'count by (alertname) (ALERTS{alertstate="firing"})'},
                is_stacked=True,
            )
        )
        .with_panel(
            _graph(
                "Since a source was last read",
                "Any of its listings. Alert SourceUnreachable: two hours.",
                {
                    "{{source}}": "time() - max by (source) "
                    "(unionwire_crawler_source_last_success_timestamp_seconds)"
                },
                unit=SECONDS,
            )
        )
        .with_panel(
            _graph(
                "Dead letters an hour",
                "By the service that gave up, and why.",
                {
                    "{{job}}: {{reason}}": "sum by (job, reason) (increase("
                    '{__name__=~"unionwire_(enricher|indexer)_dead_letters_total"}[1h]))'
                },
            )
        )
        .with_panel(
            _graph(
                "Waiting for a dependency",
                "Attempts that were repeated, by the service and what failed it.",
                {
                    "{{job}}: {{dependency}}": "sum by (job, dependency) (rate("
                    '{__name__=~"unionwire_.+_retries_total"}[5m]))'
                },
                unit=PER_SECOND,
            )
        )
    )


# --- one a service -------------------------------------------------------------------------


def build_crawler() -> dashboard_builders.Dashboard:
    """What the crawler fetches, finds and publishes, by source."""
    prefix = "unionwire_crawler"
    board = (
        _dashboard("crawler", "unionwire: crawler", "What is fetched, found and published.")
        .with_row(dashboard_builders.Row("Sources"))
        .with_panel(
            _graph(
                "Events published an hour",
                "By cause: new, corrected by the publisher, withdrawn, read better by us.",
                {"{{cause}}": f"sum by (cause) (increase({prefix}_articles_published_total[1h]))"},
                is_stacked=True,
            )
        )
        .with_panel(
            _graph(
                "New addresses found an hour",
                "In feeds, sitemaps and section pages.",
                {"{{source}}": f"sum by (source) (increase({prefix}_items_found_total[1h]))"},
                is_stacked=True,
            )
        )
        .with_panel(
            _graph(
                "Since a new article",
                "By source. Alert NoNews: six hours for all of them.",
                {
                    "{{source}}": "time() - max by (source) "
                    f"({prefix}_source_last_new_article_timestamp_seconds)"
                },
                unit=SECONDS,
            )
        )
        .with_panel(
            _graph(
                "From the publication to our fetch",
                "95th percentile, by source; new articles only.",
                {
                    "{{source}}": "histogram_quantile(0.95, sum by (source, le) "
                    f"(rate({prefix}_discovery_delay_seconds_bucket[1h])))"
                },
                unit=SECONDS,
            )
        )
        .with_row(dashboard_builders.Row("Fetches"))
        .with_panel(
            _graph(
                "Fetches, by what came of them",
                "Listings and article pages.",
                {
                    "{{kind}}: {{outcome}}": "sum by (kind, outcome) "
                    f"(rate({prefix}_fetches_total[5m]))"
                },
                unit=PER_SECOND,
            )
        )
        .with_panel(
            _graph(
                "Time to fetch",
                "95th percentile, by what is fetched.",
                {
                    "{{kind}}": "histogram_quantile(0.95, sum by (kind, le) "
                    f"(rate({prefix}_fetch_seconds_bucket[5m])))"
                },
                unit=SECONDS,
            )
        )
        .with_panel(
            _graph(
                "Pages whose time has come",
                "They wait for their host's turn; a growing number means too many for its delay.",
                {"{{source}}": f"max by (source) ({prefix}_pages_due)"},
            )
        )
        .with_panel(
            _graph(
                "Not yet acknowledged",
                "Events that Kafka has not confirmed; fetching waits at the set maximum.",
                {"events": f"sum({prefix}_unacknowledged_events)"},
            )
        )
        .with_panel(
            _graph(
                "Archived",
                "Bytes written to WARC files.",
                {"bytes/s": f"sum(rate({prefix}_archived_bytes_total[5m]))"},
                unit="Bps",
            )
        )
    )
    return _with_process(_with_events(board, "crawler"), "crawler")


def build_enricher() -> dashboard_builders.Dashboard:
    """What the enricher finds, and how its extractor processes do."""
    prefix = "unionwire_enricher"
    board = (
        _dashboard("enricher", "unionwire: enricher", "Figures and entities from articles.")
        .with_row(dashboard_builders.Row("Extraction"))
        .with_panel(
            _graph(
                "Found in each article",
                "On average; a sudden change means that a site or a release changed.",
                {
                    "figures": f"sum(rate({prefix}_figures_total[15m]))"
                    f' / sum(rate({prefix}_events_total{{outcome="enriched"}}[15m]))',
                    "mentions": f"sum(rate({prefix}_entities_total[15m]))"
                    f' / sum(rate({prefix}_events_total{{outcome="enriched"}}[15m]))',
                },
            )
        )
        .with_panel(
            _graph(
                "Extractor processes at work",
                "All of them busy for long: set ENRICHER_EXTRACTORS higher, or add workers.",
                {"{{instance}}": f"{prefix}_extractors_busy"},
            )
        )
        .with_panel(
            _graph(
                "Extractors started again an hour",
                "By what ended the last one: an article that took too long, or too much memory.",
                {"{{cause}}": f"sum by (cause) (increase({prefix}_extractor_restarts_total[1h]))"},
            )
        )
    )
    return _with_process(_with_consuming(_with_events(board, "enricher"), "enricher"), "enricher")


def build_indexer() -> dashboard_builders.Dashboard:
    """What the indexer writes, and how Elasticsearch takes it."""
    prefix = "unionwire_indexer"
    board = (
        _dashboard("indexer", "unionwire: indexer", "Articles, figures and revisions written.")
        .with_row(dashboard_builders.Row("Elasticsearch"))
        .with_panel(
            _graph(
                "Does Elasticsearch answer?",
                "1 when the last request was answered.",
                {"{{instance}}": f"{prefix}_elasticsearch_up"},
            )
        )
        .with_panel(
            _graph(
                "Documents written and deleted",
                "By index.",
                {"{{index}}": f"sum by (index) (rate({prefix}_documents_total[5m]))"},
                unit=PER_SECOND,
            )
        )
        .with_panel(
            _graph(
                "Time of a bulk request",
                "As Elasticsearch took it.",
                _quantiles(f"{prefix}_bulk_seconds", within="5m"),
                unit=SECONDS,
            )
        )
        .with_panel(
            _graph(
                "Size of a bulk request",
                "INDEXER_BATCH_SIZE_BYTES bounds it.",
                _quantiles(f"{prefix}_bulk_size_bytes", within="5m"),
                unit=BYTES,
            )
        )
        .with_panel(
            _graph(
                "Write conflicts",
                "Articles that another worker wrote in between: normal while workers change.",
                {"conflicts": f"sum(rate({prefix}_write_conflicts_total[5m]))"},
                unit=PER_SECOND,
            )
        )
        .with_panel(
            _graph(
                "From the fetch to searchable",
                "News only.",
                _quantiles(f"{prefix}_fetched_to_searchable_seconds"),
                unit=SECONDS,
            )
        )
        .with_panel(
            _graph(
                "From the enriched event to searchable",
                "The indexer's own part. News only.",
                _quantiles(f"{prefix}_event_to_searchable_seconds"),
                unit=SECONDS,
            )
        )
    )
    return _with_process(_with_consuming(_with_events(board, "indexer"), "indexer"), "indexer")


def build_search() -> dashboard_builders.Dashboard:
    """How the desk answers."""
    prefix = "unionwire_search"
    board = (
        _dashboard("search", "unionwire: search", "The desk: requests, times, errors.")
        .with_row(dashboard_builders.Row("Readers"))
        .with_panel(
            _graph(
                "Requests",
                "By route and status.",
                {
                    "{{route}} {{status}}": "sum by (route, status) "
                    f"(rate({prefix}_requests_total[5m]))"
                },
                unit=PER_SECOND,
            )
        )
        .with_panel(
            _graph(
                "Time to answer",
                "95th percentile, by route. Alert SearchSlow: two seconds.",
                {
                    "{{route}}": "histogram_quantile(0.95, sum by (route, le) "
                    f"(rate({prefix}_request_seconds_bucket[5m])))"
                },
                unit=SECONDS,
            )
        )
        .with_row(dashboard_builders.Row("Elasticsearch"))
        .with_panel(
            _graph(
                "Time in Elasticsearch",
                "95th percentile, by operation.",
                {
                    "{{operation}}": "histogram_quantile(0.95, sum by (operation, le) "
                    f"(rate({prefix}_elasticsearch_seconds_bucket[5m])))"
                },
                unit=SECONDS,
            )
        )
        .with_panel(
            _graph(
                "Calls that failed",
                "By operation and kind.",
                {
                    "{{operation}}: {{kind}}": "sum by (operation, kind) "
                    f"(rate({prefix}_elasticsearch_errors_total[5m]))"
                },
                unit=PER_SECOND,
            )
        )
        .with_panel(
            _graph(
                "Open cursors",
                "Points in time that Elasticsearch keeps for readers of the API.",
                {"{{instance}}": f"{prefix}_open_cursors"},
            )
        )
    )
    return _with_process(board, "search")


def build_notifier() -> dashboard_builders.Dashboard:
    """What saved searches find, and whether its receivers take it."""
    prefix = "unionwire_notifier"
    board = (
        _dashboard("notifier", "unionwire: notifier", "News of saved searches: found and sent.")
        .with_row(dashboard_builders.Row("Saved searches"))
        .with_panel(
            _graph(
                "Saved searches",
                "Those that are not paused, and among them those that cannot be searched for.",
                {
                    "active": f"max({prefix}_saved_searches_count)",
                    "unusable": f"max({prefix}_saved_searches_unusable_count)",
                },
            )
        )
        .with_panel(
            _graph(
                "News found",
                "Each article once for each saved search.",
                {"news": f"sum(rate({prefix}_news_total[5m]))"},
                unit=PER_SECOND,
            )
        )
        .with_panel(
            _graph(
                "Time to match a batch",
                "All saved searches against the articles that just became searchable.",
                _quantiles(f"{prefix}_match_seconds", within="5m"),
                unit=SECONDS,
            )
        )
        .with_row(dashboard_builders.Row("Sending"))
        .with_panel(
            _graph(
                "From searchable to sent",
                "By channel, 95 of 100. Feeds are there as soon as news is found.",
                {
                    "{{channel}}": (
                        "histogram_quantile(0.95, sum by (le, channel) "
                        f"(rate({prefix}_searchable_to_sent_seconds_bucket[30m])))"
                    )
                },
                unit=SECONDS,
            )
        )
        .with_panel(
            _graph(
                "Attempts to send",
                "By channel and outcome; failed is given up.",
                {
                    "{{channel}} {{outcome}}": (
                        f"sum by (channel, outcome) (rate({prefix}_attempts_total[5m]))"
                    )
                },
                unit=PER_SECOND,
            )
        )
        .with_panel(
            _graph(
                "Messages not taken yet",
                "By channel; a receiver that is away gets them when it is back.",
                {"{{channel}}": f"max by (channel) ({prefix}_messages_pending_count)"},
            )
        )
    )
    return _with_process(_with_consuming(_with_events(board, "notifier"), "notifier"), "notifier")


def build_pulse() -> dashboard_builders.Dashboard:
    """Whether heartbeats get through, and how fast."""
    prefix = "unionwire_pulse"
    board = (
        _dashboard("pulse", "unionwire: pulse", "Heartbeats through the whole pipeline.")
        .with_row(dashboard_builders.Row("Heartbeats"))
        .with_panel(
            _graph(
                "Unanswered",
                "Age of the oldest heartbeat that no search finds. One partition that stands "
                "still shows here too: they take turns. Alert HeartbeatMissing: 300 s.",
                {"{{instance}}": f"{prefix}_heartbeat_unanswered_seconds"},
                unit=SECONDS,
            )
        )
        .with_panel(
            _graph(
                "End to end",
                "From a heartbeat's being due to a search's finding it.",
                _quantiles(f"{prefix}_heartbeat_seconds"),
                unit=SECONDS,
            )
        )
        .with_panel(
            _graph(
                "Sent and arrived, an hour",
                "Misread: found, but without its figures. Lost: a later one came first.",
                {
                    "sent": f"sum(increase({prefix}_heartbeats_sent_total[1h]))",
                    "{{outcome}}": f"sum by (outcome) (increase({prefix}_heartbeats_total[1h]))",
                },
            )
        )
        .with_panel(
            _graph(
                "Since one was found",
                "By worker.",
                {"{{instance}}": f"time() - ({prefix}_heartbeat_last_found_timestamp_seconds > 0)"},
                unit=SECONDS,
            )
        )
    )
    return _with_process(board, "pulse")


# --- across services -----------------------------------------------------------------------


def build_sources() -> dashboard_builders.Dashboard:
    """Which outlet is silent, blocked or slow."""
    prefix = "unionwire_crawler"
    return (
        _dashboard("sources", "unionwire: sources", "Which outlet is silent, blocked or slow.")
        .with_row(dashboard_builders.Row("Silent?"))
        .with_panel(
            _graph(
                "Since a new article, by source",
                "Alert NoNews: six hours for all of them.",
                {
                    "{{source}}": "time() - max by (source) "
                    f"({prefix}_source_last_new_article_timestamp_seconds)"
                },
                unit=SECONDS,
            )
        )
        .with_panel(
            _graph(
                "Silent beyond its habit, by source",
                "Beyond twice the gaps that are usual for it. Alert SourceSilent.",
                {"{{source}}": f"max by (source) ({prefix}_source_overdue_seconds)"},
                unit=SECONDS,
            )
        )
        .with_panel(
            _graph(
                "How long it may be silent, by source",
                "Twice its usual gaps of four weeks, nights and weekends included.",
                {"{{source}}": f"max by (source) ({prefix}_source_silence_limit_seconds)"},
                unit=SECONDS,
            )
        )
        .with_panel(
            _graph(
                "New articles a day, by source",
                "Over the last 24 hours.",
                {
                    "{{source}}": "sum by (source) (increase("
                    f'{prefix}_articles_published_total{{cause="new"}}[24h]))'
                },
            )
        )
        .with_panel(
            _graph(
                "Found in listings an hour, by source",
                "Addresses that were not known, in feeds, sitemaps and section pages.",
                {"{{source}}": f"sum by (source) (increase({prefix}_items_found_total[1h]))"},
            )
        )
        .with_panel(
            _graph(
                "Withdrawn a day, by source",
                "Many at once: does the site answer with errors, or has it moved?",
                {
                    "{{source}}": "sum by (source) (increase("
                    f'{prefix}_articles_published_total{{cause="withdrawn"}}[24h]))'
                },
            )
        )
        .with_row(dashboard_builders.Row("Blocked?"))
        .with_panel(
            _graph(
                "Since a listing was read, by source",
                "Alert SourceUnreachable: two hours.",
                {
                    "{{source}}": "time() - max by (source) "
                    f"({prefix}_source_last_success_timestamp_seconds)"
                },
                unit=SECONDS,
            )
        )
        .with_panel(
            _graph(
                "Fetches an hour that brought nothing, by source",
                "All outcomes but new, changed and unchanged.",
                {
                    "{{source}}: {{outcome}}": "sum by (source, outcome) (increase("
                    f'{prefix}_fetches_total{{outcome!~"new|changed|unchanged|ok|read"}}[1h]))'
                },
            )
        )
        .with_row(dashboard_builders.Row("Slow?"))
        .with_panel(
            _graph(
                "From the publication to our fetch, by source",
                "Half of the new articles are faster.",
                {
                    "{{source}}": "histogram_quantile(0.5, sum by (source, le) "
                    f"(rate({prefix}_discovery_delay_seconds_bucket[6h])))"
                },
                unit=SECONDS,
            )
        )
        .with_panel(
            _graph(
                "Fetches an hour, by source",
                "What we ask of each outlet.",
                {"{{source}}": f"sum by (source) (increase({prefix}_fetches_total[1h]))"},
            )
        )
    )


def build_servers() -> dashboard_builders.Dashboard:
    """How Kafka and Elasticsearch do, as the pulse sees them."""
    prefix = "unionwire_pulse"
    return (
        _dashboard("servers", "unionwire: servers", "Kafka and Elasticsearch, seen from outside.")
        .with_row(dashboard_builders.Row("Kafka"))
        .with_panel(
            _graph(
                "Does Kafka answer?",
                "1 when it did, and its brokers.",
                {"up": f"min({prefix}_kafka_up)", "brokers": f"max({prefix}_kafka_brokers)"},
            )
        )
        .with_panel(
            _graph(
                "Partitions without all their copies",
                "Of our topics. More than 0 for long: a broker is away.",
                {"partitions": f"max({prefix}_kafka_under_replicated_partitions)"},
            )
        )
        .with_panel(
            _graph(
                "Events that wait, by group",
                "Seen from outside: also while a group has no worker. Alert LagGrowing.",
                {"{{group}}": f"max by (group) ({prefix}_kafka_group_lag_messages)"},
            )
        )
        .with_panel(
            _graph(
                "Events kept, by topic",
                "What retention leaves; dead letters count their marks too.",
                {"{{topic}}": f"max by (topic) ({prefix}_kafka_topic_events)"},
            )
        )
        .with_panel(
            _graph(
                "Disk taken, by topic",
                "All copies together.",
                {"{{topic}}": f"max by (topic) ({prefix}_kafka_topic_size_bytes)"},
                unit=BYTES,
                is_stacked=True,
            )
        )
        .with_row(dashboard_builders.Row("Elasticsearch"))
        .with_panel(
            _graph(
                "How does Elasticsearch do?",
                "up: 1 when it answers. status: 0 green, 1 yellow, 2 red.",
                {
                    "up": f"min({prefix}_elasticsearch_up)",
                    "status": f"max({prefix}_elasticsearch_status)",
                },
            )
        )
        .with_panel(
            _graph(
                "Disk used",
                "Share, by node. Alert DiskFilling: 0.85; at 0.95 it stops writing.",
                {"{{node}}": f"max by (node) ({prefix}_elasticsearch_disk_used_ratio)"},
                unit="percentunit",
            )
        )
        .with_panel(
            _graph(
                "Disk free",
                "By node.",
                {"{{node}}": f"min by (node) ({prefix}_elasticsearch_disk_free_bytes)"},
                unit=BYTES,
            )
        )
        .with_panel(
            _graph(
                "Java heap used",
                "Share, by node; a saw is normal, a plateau is not. Alert HeapHigh.",
                {"{{node}}": f"max by (node) ({prefix}_elasticsearch_heap_used_ratio)"},
                unit="percentunit",
            )
        )
        .with_panel(
            _graph(
                "Requests refused, an hour",
                "Its queues were full.",
                {
                    "{{node}} {{queue}}": "max by (node, queue) (delta("
                    f"{prefix}_elasticsearch_rejected_requests[1h]))"
                },
            )
        )
        .with_panel(
            _graph(
                "Documents, by index",
                "Behind our aliases.",
                {"{{index}}": f"max by (index) ({prefix}_elasticsearch_index_documents)"},
            )
        )
        .with_panel(
            _graph(
                "Size, by index",
                "Without copies.",
                {"{{index}}": f"max by (index) ({prefix}_elasticsearch_index_size_bytes)"},
                unit=BYTES,
                is_stacked=True,
            )
        )
    )


# --- what several have ---------------------------------------------------------------------


def _with_events(board: dashboard_builders.Dashboard, service: str) -> dashboard_builders.Dashboard:
    prefix = f"unionwire_{service}"
    return (
        board.with_row(dashboard_builders.Row("Events"))
        .with_panel(
            _graph(
                "Taken in and finished",
                "Each event ends in exactly one outcome.",
                {
                    "received": f"sum(rate({prefix}_events_received_total[5m]))",
                    "{{outcome}}": f"sum by (outcome) (rate({prefix}_events_total[5m]))",
                },
                unit=PER_SECOND,
            )
        )
        .with_panel(
            _graph(
                "Time from taking in to the outcome",
                "The wait for Kafka or Elasticsearch included.",
                _quantiles(f"{prefix}_event_seconds", within="5m"),
                unit=SECONDS,
            )
        )
        .with_panel(
            _graph(
                "In work",
                "Taken in and not finished.",
                {"{{instance}}": f"{prefix}_events_in_progress"},
            )
        )
        .with_panel(
            _graph(
                "Since the last one was finished",
                "By worker.",
                {"{{instance}}": f"time() - ({prefix}_last_processed_timestamp_seconds > 0)"},
                unit=SECONDS,
            )
        )
        .with_panel(
            _graph(
                "Attempts repeated",
                "By the dependency that failed.",
                {"{{dependency}}": f"sum by (dependency) (rate({prefix}_retries_total[5m]))"},
                unit=PER_SECOND,
            )
        )
    )


def _with_consuming(
    board: dashboard_builders.Dashboard, service: str
) -> dashboard_builders.Dashboard:
    prefix = f"unionwire_{service}"
    return (
        board.with_row(dashboard_builders.Row("Kafka"))
        .with_panel(
            _graph(
                "Events that wait",
                "By partition.",
                {"{{partition}}": f"sum by (partition) ({prefix}_consumer_lag_messages)"},
                is_stacked=True,
            )
        )
        .with_panel(
            _graph(
                "Behind, in seconds",
                "Age of the newest finished event while others wait. Alert NewsLate: 300 s.",
                {"{{instance}}": f"{prefix}_consumer_lag_seconds"},
                unit=SECONDS,
            )
        )
        .with_panel(
            _graph(
                "Dead letters an hour",
                "By reason.",
                {"{{reason}}": f"sum by (reason) (increase({prefix}_dead_letters_total[1h]))"},
            )
        )
    )


def _with_process(
    board: dashboard_builders.Dashboard, service: str
) -> dashboard_builders.Dashboard:
    chosen = f'{{job="{service}"}}'
    return (
        board.with_row(dashboard_builders.Row("Processes"))
        .with_panel(
            _graph(
                "Ready",
                "1 when all checks pass, and each of the checks. Alert NotReady.",
                {
                    "ready": f"min(unionwire_{service}_ready)",
                    "{{check}}": f"min by (check) (unionwire_{service}_check_passed)",
                },
            )
        )
        .with_panel(
            _graph(
                "Memory",
                "Resident.",
                {"{{instance}}": f"process_resident_memory_bytes{chosen}"},
                unit=BYTES,
            )
        )
        .with_panel(
            _graph(
                "Processor",
                "1 is one core.",
                {"{{instance}}": f"rate(process_cpu_seconds_total{chosen}[5m])"},
            )
        )
        .with_panel(
            _graph(
                "Running since",
                "A line that drops to zero is a restart.",
                {"{{instance}}": f"time() - process_start_time_seconds{chosen}"},
                unit=SECONDS,
            )
        )
        .with_panel(
            _graph(
                "Versions",
                "Workers by version.",
                {"{{version}}": f"count by (version) (unionwire_{service}_build_info)"},
                is_stacked=True,
            )
        )
    )


def _dashboard(uid: str, title: str, description: str) -> dashboard_builders.Dashboard:
    links = dashboard_builders.DashboardLink("unionwire").type(DashboardLinkType.DASHBOARDS)
    return (
        dashboard_builders.Dashboard(title)
        .uid(f"unionwire-{uid}")
        .description(description)
        .tags(["unionwire"])
        .link(links.tags(["unionwire"]).keep_time(keep_time=True))
        .readonly()
        .timezone("browser")
        .time("now-24h", "now")
        .refresh("30s")
    )


def _quantiles(histogram: str, *, within: str = "30m") -> Queries:
    return {
        name: f"histogram_quantile({share}, sum by (le) (rate({histogram}_bucket[{within}])))"
        for name, share in (("half", "0.5"), ("95 of 100", "0.95"))
    }


def _share_in_time(within: str) -> str:
    histogram = "unionwire_indexer_fetched_to_searchable_seconds"
    return (
        f'sum(increase({histogram}_bucket{{le="300.0"}}[{within}]))'
        f" / sum(increase({histogram}_count[{within}]))"
    )


def _number(
    title: str,
    description: str,
    query: str,
    *,
    unit: str = SHORT,
    warn_above: float | None = None,
    bad_above: float | None = None,
    bad_below: float | None = None,
) -> stat.Panel:
    steps = [Threshold(value=None, color="red" if bad_below is not None else "green")]
    for value, colour in ((warn_above, "orange"), (bad_above, "red"), (bad_below, "green")):
        if value is not None:
            steps.append(Threshold(value=value, color=colour))
    thresholds = dashboard_builders.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps)
    latest = common_builders.ReduceDataOptions().calcs(["lastNotNull"]).values(values=False)
    return (
        stat.Panel()
        .title(title)
        .description(description)
        .datasource(PROMETHEUS)
        .unit(unit)
        .no_value("nothing yet")
        .thresholds(thresholds)
        .color_mode(BigValueColorMode.VALUE)
        .graph_mode(BigValueGraphMode.AREA)
        .reduce_options(latest)
        .span(6)
        .height(4)
        .with_target(_query(query, legend="", letter="A"))
    )


def _graph(
    title: str,
    description: str,
    queries: Queries,
    *,
    unit: str = SHORT,
    is_stacked: bool = False,
) -> timeseries.Panel:
    legend = (
        common_builders.VizLegendOptions()
        .display_mode(LegendDisplayMode.LIST)
        .placement(LegendPlacement.BOTTOM)
        .show_legend(show_legend=True)
    )
    tooltip = common_builders.VizTooltipOptions().mode(TooltipDisplayMode.MULTI)
    panel = (
        timeseries.Panel()
        .title(title)
        .description(description)
        .datasource(PROMETHEUS)
        .unit(unit)
        .min(0)
        .fill_opacity(30 if is_stacked else 10)
        .legend(legend)
        .tooltip(tooltip)
        .span(12)
        .height(8)
    )
    if is_stacked:
        panel = panel.stacking(common_builders.StackingConfig().mode(StackingMode.NORMAL))
    for letter, (name, query) in zip("ABCDEFG", queries.items(), strict=False):
        panel = panel.with_target(_query(query, legend=name, letter=letter))
    return panel


def _query(query: str, *, legend: str, letter: str) -> Dataquery:
    return (
        Dataquery().expr(query).legend_format(legend).ref_id(letter).range().datasource(PROMETHEUS)
    )
