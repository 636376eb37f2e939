"""Which addresses a buyer may have: public ones, and those the operator allowed. Pure.

A buyer's URL is typed by people we do not know. Without this table it would reach our own
database, the cloud's metadata service, or the office behind the firewall.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# Our own table and not `is_global`, which changed its mind between patch releases of Python.
REFUSED_V4 = (
    IPv4Network("0.0.0.0/8"),  # "This network": Linux connects it to itself.
    IPv4Network("10.0.0.0/8"),
    IPv4Network("100.64.0.0/10"),  # Carrier-grade NAT.
    IPv4Network("127.0.0.0/8"),
    IPv4Network("169.254.0.0/16"),  # Link-local, and the cloud's metadata.
    IPv4Network("172.16.0.0/12"),
    IPv4Network("192.0.0.0/24"),  # Protocol assignments.
    IPv4Network("192.0.2.0/24"),  # Documentation, as the next two of that kind.
    IPv4Network("192.88.99.0/24"),  # 6to4 relays.
    IPv4Network("192.168.0.0/16"),
    IPv4Network("198.18.0.0/15"),  # Benchmarks.
    IPv4Network("198.51.100.0/24"),
    IPv4Network("203.0.113.0/24"),
    IPv4Network("224.0.0.0/4"),  # Multicast.
    IPv4Network("240.0.0.0/4"),  # Reserved, and broadcast.
)
# Of IPv6 only the global unicast block is public. So ::, ::1, NAT64 (64:ff9b::), unique local
# (fc00::), link-local (fe80::) and multicast (ff00::) are refused by not being in it.
PUBLIC_V6 = IPv6Network("2000::/3")
REFUSED_V6 = (
    IPv6Network("2001::/23"),  # Protocol assignments; Teredo carries an IPv4 address inside.
    IPv6Network("2001:db8::/32"),  # Documentation.
    IPv6Network("2002::/16"),  # 6to4: carries an IPv4 address inside.
    IPv6Network("3fff::/20"),  # Documentation.
)


def read_address(text: str) -> Address | None:
    """Return `text` as an address, or None if it is a name. An IPv4 inside an IPv6 comes out."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def is_refused(address: Address, allowed: Sequence[Network]) -> bool:
    """Return whether nobody may be asked at `address`: it is not public, and not `allowed`."""
    if any(address in network for network in allowed):
        return False
    if isinstance(address, IPv4Address):
        return any(address in network for network in REFUSED_V4)
    return address not in PUBLIC_V6 or any(address in network for network in REFUSED_V6)
