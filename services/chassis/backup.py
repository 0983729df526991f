"""A copy of an embedded store while it is in use: `python -m services.chassis.backup FROM TO`.

In: an SQLite file, a crawler's state for example. Out: a whole, checked copy of one moment; the
service goes on meanwhile. To restore: stop the service, put the copy in its place, start it.
"""

import argparse
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from services.chassis.errors import Fatal
from services.chassis.process import run_command


def back_up(source: Path, target: Path) -> int:
    """Copy a store and return the size of the copy in bytes.

    Raises:
        Fatal: the source is no SQLite file, is damaged, or the target cannot be written.
    """
    if not source.is_file():
        raise Fatal(f"There is no file {source}.")
    unfinished = target.with_name(f"{target.name}.unfinished")
    try:
        unfinished.unlink(missing_ok=True)
        with (
            closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as reading,
            closing(sqlite3.connect(unfinished)) as writing,
        ):
            reading.backup(writing)
            (answer,) = writing.execute("PRAGMA integrity_check").fetchone()
        if answer != "ok":
            raise Fatal(f"{source} is damaged: {answer}")
        unfinished.replace(target)
    except (sqlite3.Error, OSError) as error:
        raise Fatal(f"{source} cannot be copied to {target}: {error}.") from error
    return target.stat().st_size


def main(arguments: Sequence[str] | None = None) -> int:
    """Copy, say how much, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m services.chassis.backup", description=__doc__)
    parser.add_argument("source", type=Path, metavar="FROM")
    parser.add_argument("target", type=Path, metavar="TO")
    options = parser.parse_args(arguments)
    size_bytes = back_up(options.source, options.target)
    sys.stdout.write(f"{options.target}: {size_bytes} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main))
