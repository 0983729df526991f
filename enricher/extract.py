"""The `extract` command: reads texts or articles from files and prints what they say as JSON.

In: paths ("-" is standard input) of saved texts, or of articles as `python -m crawler extract`
prints them, one JSON object a line. Out: one JSON object a text on standard output: `language`,
`figures` and `entities` with every field of the contracts, null when unknown.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import IO, Literal

from enricher.domain.enrich import LOCAL_TIME, Reading, read_text
from services.contracts.articles import BODY_LIMIT_CHARACTERS
from services.lexicon.zones import zone_saved_text

Format = Literal["text", "article"]
_ARTICLE_KEYS = ("url", "canonical_url", "title")


def run_extract(
    *,
    format: Format,  # noqa: A002 - the name of the command's option
    published: datetime | None,
    paths: Sequence[str],
    stdin: IO[bytes],
    stdout: IO[str],
    stderr: IO[str] | None = None,
) -> int:
    """Print the reading of each text; return 0, or 1 when one could not be read.

    `published` stands in for articles without a date of their own. A text or line that cannot be
    read gives one sentence on standard error, and the next one is read.
    """
    errors = sys.stderr if stderr is None else stderr
    exit_code = 0
    for path in paths or ("-",):
        try:
            payload = stdin.read() if path == "-" else Path(path).read_bytes()
            text = payload.decode("utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            print(f"{path}: cannot be read as UTF-8 text: {error}", file=errors)
            exit_code = 1
            continue
        for where, result in _read_all(path, text, format=format, published=published):
            if isinstance(result, str):
                print(f"{where}: {result}", file=errors)
                exit_code = 1
            else:
                print(json.dumps(result, ensure_ascii=False), file=stdout)
    return exit_code


def _read_all(
    path: str,
    text: str,
    *,
    format: Format,  # noqa: A002 - as above
    published: datetime | None,
) -> Iterator[tuple[str, dict[str, object] | str]]:
    if format == "text":
        yield path, _read_saved_text(text, published=published)
        return
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield f"{path}, line {number}", _read_article(line, published=published)


def _read_saved_text(text: str, *, published: datetime | None) -> dict[str, object] | str:
    if not text.strip():
        return "holds no text"
    saved = zone_saved_text(text[: 2 * BODY_LIMIT_CHARACTERS])
    day = _local_day(published)
    if day is None and saved.published_hint:
        day = _iso_day(saved.published_hint)
    reading = read_text(saved.title, saved.lead, saved.body[:BODY_LIMIT_CHARACTERS], published=day)
    return {
        "title": saved.title,
        "lead": saved.lead,
        "body": saved.body[:BODY_LIMIT_CHARACTERS],
        "author": saved.author,
        "captions": list(saved.captions),
        **_dump(reading),
    }


def _read_article(line: str, *, published: datetime | None) -> dict[str, object] | str:
    try:
        article = json.loads(line)
    except ValueError as error:
        return f"is no JSON: {error}"
    if not isinstance(article, dict):
        return (
            "is no JSON object; give one article a line, as `python -m crawler extract` prints it"
        )
    texts = {}
    for name in ("title", "lead", "body"):
        value = article.get(name)
        if value is not None and not isinstance(value, str):
            return f'"{name}" is no text'
        texts[name] = value or ""
    if not any(text.strip() for text in texts.values()):
        return 'has no text in "title", "lead" or "body"'
    moment = article.get("published_at")
    day = _local_day(published)
    if isinstance(moment, str):
        try:
            day = _local_day(datetime.fromisoformat(moment)) or day
        except ValueError:
            return f'"published_at" is no ISO 8601 time: {moment[:40]}'
    reading = read_text(
        texts["title"], texts["lead"], texts["body"][:BODY_LIMIT_CHARACTERS], published=day
    )
    return {name: article.get(name) for name in _ARTICLE_KEYS} | _dump(reading)


def _local_day(moment: datetime | None) -> date | None:
    """Return the day of a time where the publishers are; a time without offset is theirs."""
    if moment is None:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=LOCAL_TIME)
    return (aware.astimezone(LOCAL_TIME) + timedelta()).date()


def _iso_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _dump(reading: Reading) -> dict[str, object]:
    return {
        "language": reading.language,
        "figures": [
            {**figure.model_dump(mode="json"), "id": figure.id} for figure in reading.figures
        ],
        "entities": [entity.model_dump(mode="json") for entity in reading.entities],
        "topics": [topic.model_dump(mode="json") for topic in reading.topics],
        "signature": list(reading.signature),
        "passages": [passage.model_dump(mode="json") for passage in reading.passages],
    }
