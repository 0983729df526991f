"""`python -m crawler extract`: what the parsers read from saved pages.

In: HTML files. Out: one JSON object a page on stdout; errors as one sentence on stderr.
"""

import json
from datetime import datetime
from pathlib import Path
from typing import TextIO

from crawler.domain.pages import ParsedPage
from crawler.sites import parse

FIELDS = ("url", "canonical_url", "site", "title", "lead", "body", "author", "published_at",
          "section", "tags", "captions")  # fmt: skip


def to_json(page: ParsedPage) -> str:
    """Return the fields of a page as one line of JSON; unknown is null or [].

    Example:
        >>> from crawler.domain.pages import PageKind
        >>> to_json(ParsedPage(kind=PageKind.ARTICLE, site="nld", title="Đoàn viên"))[:55]
        '{"url": null, "canonical_url": null, "site": "nld", "ti'
    """
    facts = {name: getattr(page, name) for name in FIELDS}
    return json.dumps(facts, ensure_ascii=False, default=_plain)


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def extract_files(
    paths: list[Path], *, url: str | None, site: str | None, output: TextIO, errors: TextIO
) -> int:
    """Print each file's page; return 1 when a file could not be read, else 0."""
    is_complete = True
    for path in paths:
        try:
            page = path.read_bytes()
        except OSError as error:
            errors.write(f"{path} cannot be read: {error.strerror}.\n")
            is_complete = False
            continue
        output.write(to_json(parse(page, url=url, site=site)) + "\n")
    return 0 if is_complete else 1
