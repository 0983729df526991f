"""Reads the lexicon's tables.

In: the name of a TSV file of this package. Out: its rows as tuples, without comments and header.
"""

import functools
from importlib import resources


@functools.cache
def read_table(name: str) -> tuple[tuple[str, ...], ...]:
    """Return the rows of the table `name`; lines that start with "#" are comments.

    The first line that is no comment is the header: it says how many fields a row has, and
    fields that are missing at a row's end are empty.

    Raises:
        FileNotFoundError: the package has no such table.
        ValueError: a row has more fields than the header.

    Example:
        >>> ("LĐLĐ", "Liên đoàn Lao động") in read_table("abbreviations.tsv")
        True
    """
    text = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    width = len(lines[0].split("\t"))
    rows = []
    for line in lines[1:]:
        fields = tuple(field.strip() for field in line.split("\t"))
        if len(fields) > width:
            raise ValueError(f"{name}: more than {width} fields in: {line}")
        rows.append(fields + ("",) * (width - len(fields)))
    return tuple(rows)
