"""Which addresses may be connected to: public ones, and private ones that a source names.

In: what the name resolver found, at the moment of connecting. Out: the addresses that may be used.
Every connection goes through here, those of redirects too, and the address that was checked is
the one that is connected to, so a name that changes its address in between gains nothing.
"""

from collections.abc import Collection, Sequence
from typing import Any

import structlog
from twisted.internet.interfaces import (
    IAddress,
    IHostnameResolver,
    IHostResolution,
    IResolutionReceiver,
)
from zope.interface import implementer

from services.chassis.network import is_public

log = structlog.get_logger()


@implementer(IHostnameResolver)
class GuardedResolver:
    """Wraps the reactor's resolver and keeps back addresses that may not be connected to."""

    def __init__(self, reactor: Any, *, private_addresses: Collection[str]) -> None:  # noqa: ANN401 - untyped library
        self._reactor = reactor
        self._inner: Any = reactor.nameResolver
        self._private = frozenset(private_addresses)

    @classmethod
    def from_crawler(cls, crawler: Any, reactor: Any) -> "GuardedResolver":  # noqa: ANN401 - Scrapy's signature
        """Build the resolver from Scrapy's settings."""
        return cls(reactor, private_addresses=crawler.settings.getlist("PRIVATE_ADDRESSES"))

    def install_on_reactor(self) -> None:
        """Make every connection of the process go through this resolver."""
        self._reactor.installNameResolver(self)

    def resolveHostName(  # noqa: N802 - Twisted's interface
        self,
        resolutionReceiver: IResolutionReceiver,  # noqa: N803
        hostName: str,  # noqa: N803
        portNumber: int = 0,  # noqa: N803
        addressTypes: Sequence[type[IAddress]] | None = None,  # noqa: N803
        transportSemantics: str = "TCP",  # noqa: N803
    ) -> IHostResolution:
        """Resolve a name; addresses that are not public are kept back unless they are named."""
        host = f"[{hostName}]" if ":" in hostName else hostName.lower()
        is_named = f"{host}:{portNumber}" in self._private
        receiver = resolutionReceiver if is_named else _PublicOnly(resolutionReceiver, hostName)
        resolution: IHostResolution = self._inner.resolveHostName(
            receiver, hostName, portNumber, addressTypes, transportSemantics
        )
        return resolution


@implementer(IResolutionReceiver)
class _PublicOnly:
    def __init__(self, receiver: Any, host: str) -> None:  # noqa: ANN401 - untyped library
        self._receiver = receiver
        self._host = host

    def resolutionBegan(self, resolution: IHostResolution) -> None:  # noqa: N802 - Twisted's interface
        self._receiver.resolutionBegan(resolution)

    def addressResolved(self, address: Any) -> None:  # noqa: N802, ANN401 - Twisted's interface
        if is_public(address.host):
            self._receiver.addressResolved(address)
        else:
            log.warning("private_address_refused", host=self._host)

    def resolutionComplete(self) -> None:  # noqa: N802 - Twisted's interface
        self._receiver.resolutionComplete()
