"""The extraction alone, in a process of its own: the ceiling of one extractor.

In: the number of documents, on the command line. Out: documents a second, on stdout.
"""

import sys
import time

from deploy.bench.documents import build_events
from enricher.domain.enrich import enrich
from services.contracts.articles import RawArticleV1


def main() -> None:
    """Measure and print."""
    payloads = [event.encode() for event in build_events(int(sys.argv[1]), series="alone")]
    for payload in payloads[:10]:  # tables are read at the first use
        enrich(RawArticleV1.decode(payload), generation=1)
    started = time.perf_counter()
    for payload in payloads:
        enrich(RawArticleV1.decode(payload), generation=1).encode()
    print(len(payloads) / (time.perf_counter() - started))


if __name__ == "__main__":
    main()
