"""Which addresses may be connected to: public ones, and private ones that a source names.

In: what the name resolver found, at the moment of connecting. Out: the addresses that may be used.
Every connection goes through here, those of redirects too, and the address that was checked is
the one that is connected to, so a name that changes its address in between gains nothing.
"""

import ipaddress
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

log = structlog.get_logger()

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_IP = ipaddress.IPv4Address | ipaddress.IPv6Address


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet, whatever it is wrapped in.

    Example:
        >>> [is_public(a) for a in ("8.8.8.8", "127.0.0.1", "100.64.0.1", "::ffff:10.0.0.1")]
        [True, False, False, False]
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return all(_is_public(each) for each in (ip, *_embedded(ip)))


def _embedded(ip: _IP) -> list[_IP]:
    if isinstance(ip, ipaddress.IPv4Address):
        return []
    inner: list[_IP | None] = [ip.ipv4_mapped, ip.sixtofour]
    if ip.teredo:
        inner.extend(ip.teredo)
    if ip in _NAT64:
        inner.append(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
    return [each for each in inner if each is not None]


def _is_public(ip: _IP) -> bool:
    if isinstance(ip, ipaddress.IPv6Address) and (ip.ipv4_mapped or ip in _NAT64):
        return True  # what it wraps is judged by itself
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def literal_address(host: str) -> str | None:
    """Return the IP address that a host is written as, or None when it is a name.

    Example:
        >>> literal_address("[::1]"), literal_address("laodong.vn")
        ('::1', None)
    """
    bare = host.strip("[]")
    try:
        ipaddress.ip_address(bare)
    except ValueError:
        return None
    return bare


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
