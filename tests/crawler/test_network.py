"""Which addresses may be connected to."""

from typing import Any

import pytest
from twisted.internet.address import IPv4Address

from crawler.network import GuardedResolver, is_public


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


class FakeResolver:
    """Resolves every name to one public and one private address."""

    def resolveHostName(self, receiver: Any, _host: str, port: int, *_: Any) -> None:  # noqa: N802, ANN401 - Twisted's interface
        for address in ("8.8.8.8", "10.0.0.1"):
            receiver.addressResolved(IPv4Address("TCP", address, port))
        receiver.resolutionComplete()


class FakeReactor:
    """Has a resolver."""

    nameResolver = FakeResolver()  # noqa: N815 - Twisted's name


class Receiver:
    """Notes what it is given."""

    def __init__(self) -> None:
        self.hosts: list[str] = []
        self.is_complete = False

    def addressResolved(self, address: Any) -> None:  # noqa: N802, ANN401 - Twisted's interface
        self.hosts.append(address.host)

    def resolutionComplete(self) -> None:  # noqa: N802 - Twisted's interface
        self.is_complete = True


@pytest.mark.parametrize(("port", "hosts"), [(80, ["8.8.8.8"]), (8001, ["8.8.8.8", "10.0.0.1"])])
def test_resolver_keeps_back_private_addresses(port: int, hosts: list[str]) -> None:
    resolver = GuardedResolver(FakeReactor(), private_addresses=["intranet.example:8001"])
    receiver = Receiver()

    resolver.resolveHostName(receiver, "intranet.example", port)  # type: ignore[arg-type]  # enough of one

    assert receiver.hosts == hosts
    assert receiver.is_complete
