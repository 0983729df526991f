"""The archive: every fetched article page as WARC, as evidence and to be read again.

In: responses. Out: WARC files, rotated by size and day, the oldest removed beyond what is to be
kept; the name of each record.
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import structlog
from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from crawler.domain.dates import parse_time
from crawler.domain.urls import canonicalise
from services.chassis.errors import Reject

_STATUS_WORDS = {200: "OK", 404: "Not Found", 410: "Gone"}
_REWRITTEN_HEADERS = frozenset({"content-encoding", "content-length", "transfer-encoding",
                                "connection", "set-cookie"})  # fmt: skip


FILE_NAME = "unionwire-*.warc.gz"
FILE_AGE = timedelta(days=1)
"""A file is closed after a day, however small: only whole files are removed."""

log = structlog.get_logger()


class Archive:
    """Writes responses to WARC files in a folder, and removes the oldest of these files."""

    def __init__(
        self, folder: Path, *, file_limit_bytes: int, keep: timedelta | None = None,
        total_limit_bytes: int | None = None,
    ) -> None:  # fmt: skip
        """Take a folder; files are kept for so long and up to so many bytes, None: for ever."""
        self._folder = folder
        self._file_limit_bytes = file_limit_bytes
        self._keep = keep
        self._total_limit_bytes = total_limit_bytes
        self._opened_at: datetime | None = None
        self._stream: Any = None
        self._writer: WARCWriter | None = None
        self._name = ""

    def write(
        self, *, url: str, status: int, headers: Iterable[tuple[str, str]], body: bytes,
        fetched_at: datetime,
    ) -> tuple[str, int]:  # fmt: skip
        """Write one response and return the record's name (file#id) and its size in bytes."""
        writer = self._open(fetched_at)
        record_id = f"<urn:uuid:{uuid4()}>"
        kept = [(name, value) for name, value in headers if name.lower() not in _REWRITTEN_HEADERS]
        kept.append(("Content-Length", str(len(body))))
        http = StatusAndHeaders(
            f"{status} {_STATUS_WORDS.get(status, 'Status')}", kept, protocol="HTTP/1.1"
        )
        record = writer.create_warc_record(
            url, "response", payload=BytesIO(body), length=len(body), http_headers=http,
            warc_headers_dict={
                "WARC-Record-ID": record_id,
                "WARC-Date": fetched_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            },
        )  # fmt: skip
        before = self._stream.tell()
        writer.write_record(record)
        self._stream.flush()
        return f"{self._name}#{record_id.strip('<>')}", self._stream.tell() - before

    def close(self) -> None:
        """Close the file that is open."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None
            self._writer = None

    def _open(self, now: datetime) -> WARCWriter:
        if self._stream is not None and (
            self._stream.tell() >= self._file_limit_bytes
            or (self._opened_at is not None and now - self._opened_at >= FILE_AGE)
        ):
            self.close()
        if self._writer is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            self.remove_oldest(now)
            self._opened_at = now
            self._name = f"unionwire-{now.astimezone(UTC):%Y%m%d%H%M%S}-{uuid4().hex[:8]}.warc.gz"
            self._stream = (self._folder / self._name).open("ab")
            self._writer = WARCWriter(self._stream, gzip=True, warc_version="WARC/1.1")
        return self._writer

    def remove_oldest(self, now: datetime) -> list[str]:
        """Remove the files that are not to be kept; return their names.

        A file is as old as its last record. Files of other names are left alone.
        """
        files = []
        for path in self._folder.glob(FILE_NAME):
            facts = path.stat()
            files.append((facts.st_mtime, facts.st_size, path))
        files.sort(reverse=True)
        removed: list[str] = []
        total_bytes = 0
        for changed_at, size_bytes, path in files:
            total_bytes += size_bytes
            is_old = self._keep is not None and changed_at < (now - self._keep).timestamp()
            limit = self._total_limit_bytes
            if is_old or (limit is not None and total_bytes > limit):
                path.unlink(missing_ok=True)
                removed.append(path.name)
        if removed:
            log.info("archive_files_removed", count=len(removed), oldest=removed[-1])
        return removed


@dataclass(frozen=True, kw_only=True)
class ArchivedPage:
    """A page from a WARC file."""

    url: str
    status: int
    content_type: str | None
    body: bytes
    fetched_at: datetime
    record: str


def read_archive(path: Path) -> Iterator[ArchivedPage]:
    """Return the HTML responses of a WARC file, in order.

    Raises:
        Reject: the file is no WARC, or ends in the middle of a record.
    """
    with path.open("rb") as stream:
        try:
            for record in ArchiveIterator(stream):
                page = _read_record(record, file_name=path.name)
                if page is not None:
                    yield page
        except (ArchiveLoadFailed, EOFError, OSError, ValueError) as error:
            raise Reject(
                "unreadable_archive", f"{path} cannot be read as WARC: {error}."
            ) from error


def _read_record(record: Any, *, file_name: str) -> ArchivedPage | None:  # noqa: ANN401 - untyped library
    url = record.rec_headers.get_header("WARC-Target-URI")
    moment = parse_time(record.rec_headers.get_header("WARC-Date"))
    if record.rec_type != "response" or record.http_headers is None or not url or moment is None:
        return None
    status = record.http_headers.get_statuscode()
    content_type = record.http_headers.get_header("Content-Type")
    if content_type and "html" not in content_type.lower():
        return None
    record_id = record.rec_headers.get_header("WARC-Record-ID") or ""
    return ArchivedPage(
        url=url,
        status=int(status) if status and status.isdigit() else 0,
        content_type=content_type,
        body=record.content_stream().read(),
        fetched_at=moment,
        record=f"{file_name}#{record_id.strip('<>')}",
    )


def forget(folder: Path, urls: Iterable[str]) -> int:
    """Remove every record of these addresses from the WARC files of a folder; return how many.

    The other records keep their bytes. The crawler must not be writing meanwhile. A file is
    replaced as a whole, so that an interruption leaves it as it was.

    Raises:
        Reject: a file is no WARC, or ends in the middle of a record.
    """
    unwanted = {canonicalise(url) or url for url in urls}
    return sum(_forget_in(path, unwanted) for path in sorted(folder.glob("*.warc.gz")))


def _forget_in(path: Path, unwanted: set[str]) -> int:
    kept: list[tuple[int, int]] = []
    removed = 0
    with path.open("rb") as stream:
        try:
            records = ArchiveIterator(stream)
            for record in records:
                url = record.rec_headers.get_header("WARC-Target-URI") or ""
                offset = records.get_record_offset()
                length = records.get_record_length()
                if (canonicalise(url) or url) in unwanted:
                    removed += 1
                else:
                    kept.append((offset, length))
        except (ArchiveLoadFailed, EOFError, OSError, ValueError) as error:
            raise Reject(
                "unreadable_archive", f"{path} cannot be read as WARC: {error}."
            ) from error
        if removed:
            unfinished = path.with_suffix(".unfinished")
            with unfinished.open("wb") as output:
                for offset, length in kept:
                    stream.seek(offset)
                    output.write(stream.read(length))
                output.flush()
                os.fsync(output.fileno())
            unfinished.replace(path)
    return removed
