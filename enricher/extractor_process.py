"""The process that does the extraction, so that a text which hangs it can be killed with it.

In: raw events on stdin, framed. Out: an answer for each on stdout. Ends when stdin ends.
Started by `enricher.extractor`, never by hand.
"""

import os
import resource
import signal
import sys
import traceback
from typing import BinaryIO

from pydantic import ValidationError

from enricher.domain.enrich import enrich
from enricher.frames import LENGTH, AnswerHeader, frame
from services.contracts.articles import RawArticleV1

MESSAGE_LIMIT_CHARACTERS = 3_000


def answer(payload: bytes, *, generation: int) -> tuple[AnswerHeader, bytes]:
    """Enrich one raw event; whatever goes wrong becomes an answer too."""
    try:
        article = RawArticleV1.decode(payload)
    except ValidationError as error:
        return AnswerHeader(
            outcome="rejected", reason="invalid_event", message=_describe_invalid(error)
        ), b""
    try:
        event = enrich(article, generation=generation)
        return AnswerHeader(
            outcome="enriched",
            article_id=article.article_id,
            revision=article.revision,
            figures=len(event.figures),
            entities=len(event.entities),
        ), event.encode()
    except Exception:  # noqa: BLE001 - the message border: the parent decides what it means
        return AnswerHeader(
            outcome="failed",
            article_id=article.article_id,
            revision=article.revision,
            reason="extractor_failed",
            message=traceback.format_exc()[-MESSAGE_LIMIT_CHARACTERS:],
        ), b""


def _describe_invalid(error: ValidationError) -> str:
    """Name the fields and what is wrong with them, never their contents."""
    problems = [
        f"{'.'.join(str(part) for part in problem['loc']) or 'event'}: {problem['msg']}"
        for problem in error.errors(include_url=False, include_input=False)
    ]
    return "; ".join(problems)[:MESSAGE_LIMIT_CHARACTERS]


def serve(requests: BinaryIO, answers: BinaryIO, *, generation: int, alarm_seconds: float) -> None:
    """Say that we are here by an empty frame, then answer requests until their stream ends.

    A request that takes longer than `alarm_seconds` ends the process: a parent that lives kills
    it earlier, but one that was killed itself cannot.
    """
    answers.write(frame(b""))
    answers.flush()
    while len(length := requests.read(LENGTH.size)) == LENGTH.size:
        payload = requests.read(LENGTH.unpack(length)[0])
        signal.setitimer(signal.ITIMER_REAL, alarm_seconds)
        header, event = answer(payload, generation=generation)
        signal.setitimer(signal.ITIMER_REAL, 0)
        answers.write(frame(header.encode(), event))
        answers.flush()


def main() -> None:
    """Read the limits from the command line and serve."""
    generation, memory_bytes, timeout_seconds = (
        int(sys.argv[1]),
        int(sys.argv[2]),
        float(sys.argv[3]),
    )
    # a signal to the terminal's process group is for the parent, which then closes our stdin
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a stray print must not break the frames, a library's in C neither
    serve(sys.stdin.buffer, answers, generation=generation, alarm_seconds=2 * timeout_seconds)


if __name__ == "__main__":
    main()
