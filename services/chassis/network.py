"""Which addresses may be connected to: public ones, and private ones that are named.

In: a host and a port. Out: the addresses to connect to. Connect to these, not to the name: looked
up a second time it may have changed its address.
"""

import ipaddress
import socket
from collections.abc import Collection

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


class AddressRefusedError(OSError):
    """The host has no address that may be connected to."""


def list_public_addresses(
    host: str, port: int, *, private_addresses: Collection[str] = ()
) -> tuple[str, ...]:
    """Return the addresses of a host that may be connected to now.

    Args:
        host: a name, or an address as it stands in a URL.
        port: of the connection.
        private_addresses: "host:port" that may be connected to whatever their addresses are.

    Raises:
        AddressRefusedError: all its addresses are private.
        OSError: the name is not known.

    Example:
        >>> list_public_addresses("127.0.0.1", 80, private_addresses={"127.0.0.1:80"})
        ('127.0.0.1',)
    """
    bare = literal_address(host) or host
    found = socket.getaddrinfo(bare, port, type=socket.SOCK_STREAM)
    addresses = tuple(dict.fromkeys(str(each[4][0]) for each in found))
    named = f"[{bare}]" if ":" in bare else bare.lower()
    if f"{named}:{port}" in private_addresses:
        return addresses
    public = tuple(address for address in addresses if is_public(address))
    if not public:
        raise AddressRefusedError(f"{host} is no address of the public internet")
    return public
