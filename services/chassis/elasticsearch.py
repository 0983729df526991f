"""Elasticsearch: how a service reaches it.

In: settings. Out: a client that leaves retrying to us.
"""

from typing import Any

import elastic_transport
from elasticsearch import Elasticsearch

from services.chassis.errors import Fatal
from services.chassis.settings import ElasticsearchSettings


def build_client(settings: ElasticsearchSettings) -> Elasticsearch:
    """Return a client; it connects at its first call.

    Raises:
        Fatal: the settings do not fit together.
    """
    api_key, password = settings.api_key, settings.password
    options: dict[str, Any] = {}
    if api_key is not None:
        options["api_key"] = api_key.get_secret_value()
    elif settings.username is not None and password is not None:
        options["basic_auth"] = (settings.username, password.get_secret_value())
    if settings.ca_certs is not None:
        options["ca_certs"] = settings.ca_certs
    try:
        return Elasticsearch(
            settings.url,
            request_timeout=settings.request_timeout_seconds,
            max_retries=0,
            retry_on_timeout=False,
            http_compress=False,
            serializers={
                "application/json": elastic_transport.OrjsonSerializer(),
                "application/vnd.elasticsearch+json": elastic_transport.OrjsonSerializer(),
            },
            **options,
        )
    except (ValueError, OSError) as error:
        raise Fatal(
            f"The setting ELASTICSEARCH_URL, or one beside it, does not fit: {error}."
        ) from error
