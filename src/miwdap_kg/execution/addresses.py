"""Tells which network addresses are anybody's, and which lead into a network of our own."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

__all__ = ["is_loopback", "is_public"]

# What `is_global` lets pass: addresses that stand for others, whose route nobody here knows, and
# one by which machines in a cloud are managed.
_NOT_ASKED: Final[tuple[IPv4Network | IPv6Network, ...]] = (
    IPv4Network("192.88.99.0/24"),  # 6to4 relays, RFC 7526
    IPv4Network("168.63.129.16/32"),  # the host of a virtual machine, at Azure
    IPv6Network("::/96"),  # IPv4-compatible, RFC 4291
    IPv6Network("::ffff:0:0/96"),  # IPv4-mapped, RFC 4291
    IPv6Network("::ffff:0:0:0/96"),  # IPv4-translated, RFC 7915
    IPv6Network("64:ff9b::/96"),  # NAT64, RFC 6052
    IPv6Network("64:ff9b:1::/48"),  # NAT64 in a local network, RFC 8215
    IPv6Network("2001::/23"),  # protocols, Teredo among them, RFC 2928
    IPv6Network("2002::/16"),  # 6to4, RFC 3056
    IPv6Network("fec0::/10"),  # site-local, RFC 3879
    IPv6Network("5f00::/16"),  # segment routing, RFC 9602
)


def is_public(address: str) -> bool:
    """Tell whether an address is a single one of the public network.

    Private, loopback, link-local, multicast, shared, reserved and documentation addresses are
    none, and neither are IPv6 addresses that stand for IPv4 ones.

    >>> is_public("93.184.216.34"), is_public("169.254.169.254"), is_public("::ffff:10.0.0.1")
    (True, False, False)
    """
    found = _parsed(address)
    return (
        found is not None
        and found.is_global
        and not found.is_multicast
        and not found.is_reserved
        and not any(found in network for network in _NOT_ASKED if network.version == found.version)
    )


def is_loopback(address: str) -> bool:
    """Tell whether an address is this machine's own, as 127.0.0.1 and ::1 are."""
    found = _parsed(address)
    return found is not None and found.is_loopback


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(address)
    except ValueError:
        return None
