"""The pulse: sends heartbeats through the pipeline and looks at Kafka and Elasticsearch.

In: settings. Out: metrics only; it changes nothing that a reader sees.
"""
