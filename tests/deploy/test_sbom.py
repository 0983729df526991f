"""The bill of materials: whole, and nothing in it that the services may not be passed on with."""

import json
import re

import pytest

from deploy.sbom import LOCK, Component, list_components, main

COMPONENTS = list_components(LOCK.read_text())


def test_bill_names_every_pinned_library_with_its_archives(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([]) == 0
    bill = json.loads(capsys.readouterr().out)
    pinned = set(re.findall(r"^([A-Za-z0-9._-]+)==", LOCK.read_text(), re.MULTILINE))
    assert {each["name"] for each in bill["components"]} == pinned
    assert bill["bomFormat"] == "CycloneDX"
    for each in bill["components"]:
        assert each["purl"] == f"pkg:pypi/{each['name']}@{each['version']}"
        assert each["properties"]


@pytest.mark.parametrize("component", COMPONENTS, ids=lambda component: component.name)
def test_licence_is_known_and_allowed(component: Component) -> None:
    assert component.is_allowed, component.licence


@pytest.mark.parametrize(
    ("licence", "is_allowed"),
    [
        ("MIT", True),
        ("GPL-3.0-only", False),
        ("AGPL-3.0-or-later AND MIT", False),
        ("GPL-2.0-only OR MPL-1.1", True),
        ("MPL-2.0 AND (Apache-2.0 OR MIT)", True),
        ("GPL-3.0-only AND (Apache-2.0 OR MIT)", False),
        ("MIT OR (GPL-3.0-only", False),
        (None, False),
    ],
)
def test_licence_with_a_choice_needs_one_that_is_allowed(
    licence: str | None,
    is_allowed: bool,  # noqa: FBT001 - a case of the table
) -> None:
    component = Component(name="x", version="1", licence=licence, hashes=())
    assert component.is_allowed is is_allowed
