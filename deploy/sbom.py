"""`python -m deploy.sbom`: what the services are made of, as CycloneDX JSON with licences.

In: requirements/runtime.txt and what the installed packages say of themselves; nothing is fetched.
Out: a bill of materials on stdout, or with `--table` a table for a person.
"""

import argparse
import json
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from services.chassis.metrics import read_version

LOCK = Path(__file__).parents[1] / "requirements" / "runtime.txt"

ALLOWED = frozenset({
    "MIT", "MIT-0", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "PSF-2.0", "MPL-1.1", "MPL-2.0",
    "LGPL-2.1-or-later", "ZPL-2.1", "CNRI-Python", "ISC", "Unlicense", "0BSD", "BSD-derived-Repoze",
})  # fmt: skip
"""Licences that the services may be run and passed on under, unchanged, as libraries."""

_BY_WORDS = (
    ("lesser general public license v2", "LGPL-2.1-or-later"),
    ("repoze", "BSD-derived-Repoze"),
    ("apache", "Apache-2.0"),
    ("mozilla public license 2.0", "MPL-2.0"),
    ("python software foundation", "PSF-2.0"),
    ("bsd 2-clause", "BSD-2-Clause"),
    ("bsd-2-clause", "BSD-2-Clause"),
    ("bsd", "BSD-3-Clause"),
    ("mit license", "MIT"),
)
"""What packages wrote before there were expressions, by words in their classifiers or text."""

_ELSEWHERE = {"colorama": "BSD-3-Clause", "brotlicffi": "MIT", "pypydispatcher": "BSD-3-Clause"}
"""Of packages that are installed on other systems only, as their own files say."""


@dataclass(frozen=True, kw_only=True)
class Component:
    """One library; `licence` is an SPDX expression, None if the package says nothing known."""

    name: str
    version: str
    licence: str | None
    hashes: tuple[str, ...]

    @property
    def is_allowed(self) -> bool:
        """Whether one of the choices that the expression leaves is allowed as a whole."""
        return self.licence is not None and allows(self.licence)


def allows(expression: str) -> bool:
    """Return whether an SPDX expression leaves a choice that is allowed as a whole.

    Example:
        >>> allows("GPL-2.0-only OR MIT"), allows("GPL-2.0-only AND (MIT OR Apache-2.0)")
        (True, False)
    """
    while "(" in expression:
        expression, replaced = re.subn(
            r"\(([^()]*)\)", lambda inner: "MIT" if allows(inner[1]) else "refused", expression
        )
        if not replaced:
            return False
    choices = re.split(r"\s+OR\s+", expression)
    return any(
        {each.strip() for each in re.split(r"\s+AND\s+", choice)} <= ALLOWED for choice in choices
    )


def list_components(lock: str) -> list[Component]:
    """Return what a lock file pins, in its order."""
    return [
        Component(
            name=found[1],
            version=found[2],
            licence=_read_licence(found[1]),
            hashes=tuple(re.findall(r"--hash=sha256:([0-9a-f]{64})", entry)),
        )
        for entry in re.split(r"\n(?=\S)", lock)
        if (found := re.match(r"([A-Za-z0-9._-]+)==([^ ;\\]+)", entry))
    ]


def _read_licence(name: str) -> str | None:
    try:
        metadata = distribution(name).metadata
    except PackageNotFoundError:
        return _ELSEWHERE.get(name)
    if "License-Expression" in metadata:
        return str(metadata["License-Expression"])
    text = str((metadata.get_all("License") or [""])[0]).strip()
    if text in ALLOWED:
        return text
    classifiers = [
        str(each) for each in metadata.get_all("Classifier", []) if each.startswith("License")
    ]
    words = " ".join([*classifiers, text.partition("\n")[0]]).lower()
    return next((licence for part, licence in _BY_WORDS if part in words), None)


def render(components: Sequence[Component]) -> str:
    """Return the bill of materials as CycloneDX 1.6 JSON."""
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {"type": "application", "name": "unionwire", "version": read_version()}
        },
        "components": [
            {
                "type": "library",
                "name": each.name,
                "version": each.version,
                "purl": f"pkg:pypi/{each.name}@{each.version}",
                "licenses": [{"expression": each.licence}] if each.licence else [],
                "properties": [
                    {"name": "unionwire:archive:sha256", "value": digest} for digest in each.hashes
                ],
            }
            for each in components
        ],
    }
    return json.dumps(bill, indent=1)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the bill; return 1 if a licence is unknown or not allowed."""
    parser = argparse.ArgumentParser(prog="python -m deploy.sbom", description=__doc__)
    parser.add_argument("--table", action="store_true", help="a table instead of JSON")
    options = parser.parse_args(arguments)
    components = list_components(LOCK.read_text())
    if options.table:
        for each in components:
            mark = "" if each.is_allowed else "  NOT ALLOWED"
            print(f"{each.name:<28}{each.version:<14}{each.licence or 'unknown'}{mark}")
    else:
        print(render(components))
    return 0 if all(each.is_allowed for each in components) else 1


if __name__ == "__main__":
    sys.exit(main())
