"""Which addresses may be connected to: those of the public Internet, and what the operator allows by network.

A name says nothing about where it leads, so this is asked of every address, whatever the lists of destinations say.
"""

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# IANA's registries of special addresses, and what clouds answer metadata on.
_REFUSED: Final[tuple[Network, ...]] = (
    IPv4Network("0.0.0.0/8"),  # this network
    IPv4Network("10.0.0.0/8"),  # private
    IPv4Network("100.64.0.0/10"),  # carriers' translation; 100.100.100.200 is a cloud's metadata
    IPv4Network("127.0.0.0/8"),  # loopback
    IPv4Network("168.63.129.16/32"),  # a cloud's own service for its machines, on a public address
    IPv4Network("169.254.0.0/16"),  # link-local; 169.254.169.254 is most clouds' metadata
    IPv4Network("172.16.0.0/12"),  # private
    IPv4Network("192.0.0.0/24"),  # protocols; 192.0.0.192 is a cloud's metadata
    IPv4Network("192.0.2.0/24"),  # documentation
    IPv4Network("192.31.196.0/24"),  # AS112
    IPv4Network("192.52.193.0/24"),  # AMT
    IPv4Network("192.88.99.0/24"),  # 6to4 relays
    IPv4Network("192.168.0.0/16"),  # private
    IPv4Network("192.175.48.0/24"),  # AS112
    IPv4Network("198.18.0.0/15"),  # benchmarks
    IPv4Network("198.51.100.0/24"),  # documentation
    IPv4Network("203.0.113.0/24"),  # documentation
    IPv4Network("224.0.0.0/4"),  # multicast
    IPv4Network("240.0.0.0/4"),  # reserved, broadcast
    IPv6Network("2001::/23"),  # protocols: Teredo, benchmarks, ORCHID
    IPv6Network("2001:db8::/32"),  # documentation
    IPv6Network("2002::/16"),  # 6to4
    IPv6Network("2620:4f:8000::/48"),  # AS112
    IPv6Network("3fff::/20"),  # documentation
)
# All else of IPv6 is loopback, mapped, translated (64:ff9b::/96), unique-local (fd00:ec2::254 is metadata), link-local, multicast
# or not assigned.
_UNICAST: Final = IPv6Network("2000::/3")
_TRANSLATED: Final = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"), IPv6Network("::/96"))


class Addresses:
    """The rule. `allowed` are networks of the operator: an address in one of them may be connected to whatever it is."""

    def __init__(self, allowed: Sequence[Network] = ()) -> None:
        self._allowed = tuple(allowed)

    def allow(self, text: str) -> bool:
        """Whether it may be connected to. Text that is no address, or one with a zone, may not."""
        try:
            address = ip_address(text)
        except ValueError:
            return False
        if isinstance(address, IPv6Address) and address.scope_id:
            return False
        return self._may(address) and all(self._may(inner) for inner in _inside(address))

    def _may(self, address: Address) -> bool:
        if any(address in network for network in self._allowed):
            return True
        if isinstance(address, IPv6Address) and address not in _UNICAST:
            return False
        return not any(address in network for network in _REFUSED)


def _inside(address: Address) -> Iterator[IPv4Address]:
    """IPv4 addresses that a network on the way may make of this one: allowing the outer form is not allowing those."""
    if isinstance(address, IPv4Address):
        return
    if address.ipv4_mapped:
        yield address.ipv4_mapped
    if address.sixtofour:
        yield address.sixtofour
    if address.teredo:
        yield from address.teredo
    number = int(address)
    if number <= 1:  # unspecified and loopback are nobody's form of 0.0.0.1
        return
    if any(address in network for network in _TRANSLATED) or (number >> 32) & 0xFDFFFFFF == 0x00005EFE:  # the last: ISATAP
        yield IPv4Address(number & 0xFFFFFFFF)
