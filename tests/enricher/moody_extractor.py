"""An extractor process for tests: does what the title of the article says."""

import os
import signal
import sys
from unittest.mock import patch

from enricher import extractor_process
from services.contracts.articles import EnrichedArticleV1, RawArticleV1


def enrich(article: RawArticleV1, *, generation: int) -> EnrichedArticleV1:
    match article.title:
        case "hang":
            while True:
                pass
        case "die":
            os.kill(os.getpid(), signal.SIGKILL)
        case "throw":
            raise ZeroDivisionError("as asked")
        case "eat":
            list(range(10**9))
        case "print":
            sys.stdout.write("noise on standard output\n")
            os.write(1, b"noise of a library in C\n")
    return EnrichedArticleV1(article=article, generation=article.generation + generation)


if __name__ == "__main__":
    with patch.object(extractor_process, "enrich", enrich):
        extractor_process.main()
