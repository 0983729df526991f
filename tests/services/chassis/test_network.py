"""Which addresses may be connected to, and that no other is."""

import socket
from typing import Any

import pytest

from services.chassis.network import (
    AddressRefusedError,
    is_public,
    list_public_addresses,
)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "0.0.0.1", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "fe80::1%eth0",
        "ff02::1", "not an address", "",
    ],
)  # fmt: skip
def test_is_public_refuses(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "123.30.215.27", "2001:4860:4860::8888", "::ffff:8.8.8.8"]
)
def test_is_public_accepts(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1", "0", "127.1", "[::ffff:127.0.0.1]"],
)
def test_whatever_leads_to_this_machine_is_refused(host: str) -> None:
    with pytest.raises(OSError, match=r"public internet|not known|resol|Name|family"):
        list_public_addresses(host, 80)


def test_a_private_address_that_is_named_is_used_at_that_port_only() -> None:
    named = {"127.0.0.1:8080"}
    assert list_public_addresses("127.0.0.1", 8080, private_addresses=named) == ("127.0.0.1",)
    with pytest.raises(AddressRefusedError):
        list_public_addresses("127.0.0.1", 8081, private_addresses=named)


def test_only_the_public_addresses_of_a_name_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(_host: str, port: int, **_: Any) -> list[Any]:  # noqa: ANN401 - the library's
        stream = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        return [(*stream, ("10.0.0.1", port)), (*stream, ("8.8.8.8", port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    assert list_public_addresses("news.example", 443) == ("8.8.8.8",)


def test_a_name_with_private_addresses_only_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(_host: str, port: int, **_: Any) -> list[Any]:  # noqa: ANN401 - as above
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.168.1.7", port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(AddressRefusedError):
        list_public_addresses("inside.example", 443, private_addresses={"other.example:443"})
