"""Resolves hosts, and decides which network addresses may be fetched from.

A host is resolved once, every address is checked, and the connection is made to a checked address.
So a name that resolves differently the second time (DNS rebinding) doesn't help an attacker.
"""

from __future__ import annotations

import asyncio
import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from retrieval.errors import FetchError
from retrieval.messages import UserMessage

# Global according to some Python versions, but not part of the public web.
_REFUSED_V4 = (
    IPv4Network("192.0.0.0/24"),  # protocol assignments
    IPv4Network("192.88.99.0/24"),  # 6to4 relays
    IPv4Network("168.63.129.16/32"),  # Azure's host service
)
_PUBLIC_V6 = IPv6Network("2000::/3")
# Tunnels and translations that can lead to a private IPv4 address, and documentation ranges.
_REFUSED_V6 = (
    IPv6Network("2001::/23"),  # Teredo, ORCHID, benchmarking
    IPv6Network("2001:db8::/32"),
    IPv6Network("2002::/16"),  # 6to4
    IPv6Network("3fff::/20"),
)


def is_public(address: str) -> bool:
    """Whether `address` (IPv4 or IPv6, without port) belongs to the public internet.

    IPv4 inside IPv6 (mapped, compatible, NAT64, 6to4, Teredo) is never public.
    """
    ip = ip_address(address.partition("%")[0])
    return _is_public_v4(ip) if isinstance(ip, IPv4Address) else _is_public_v6(ip)


def _is_public_v4(ip: IPv4Address) -> bool:
    return ip.is_global and not ip.is_multicast and not any(ip in net for net in _REFUSED_V4)


def _is_public_v6(ip: IPv6Address) -> bool:
    return ip in _PUBLIC_V6 and ip.is_global and not any(ip in net for net in _REFUSED_V6)


async def addresses_of(host: str, port: int, *, allow_private: bool) -> tuple[str, ...]:
    """The addresses of `host`, all of them public unless `allow_private`.

    Raises:
        FetchError: the name is unknown, or one of its addresses is not public.
    """
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise FetchError(
            UserMessage("I couldn't find a server named {host}.", host=host)
        ) from error
    addresses = tuple(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not allow_private:
        require_public(host, addresses)
    return addresses


def require_public(host: str, addresses: tuple[str, ...]) -> None:
    """Raise FetchError unless `host` has addresses and all of them are public."""
    if not addresses or not all(is_public(address) for address in addresses):
        raise FetchError(
            UserMessage(
                "{host} isn't on the public internet, so I won't fetch it. Send the page's "
                "text instead.",
                host=host,
            )
        )
