"""Which addresses may be connected to."""

from typing import Any

import pytest
from twisted.internet.address import IPv4Address

from crawler.network import GuardedResolver


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
