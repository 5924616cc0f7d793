"""How a fetch connects: one lookup, whose every address is checked, and a connection to one of just those addresses.

Nothing looks the name up again between check and connection, so an answer that changes meanwhile changes nothing.
"""

import socket
import ssl
from ipaddress import ip_address
from typing import Final

import aiodns
import aiohttp
import pycares
from aiohttp.abc import AbstractResolver, ResolveResult

from runner.backends.http.addresses import Addresses

_TRIES: Final = 2


class Forbidden(OSError):  # noqa: N818 - it says what the address is
    """An address that may not be connected to. An OSError, since that is what connectors expect of sockets and resolvers."""


class Resolver(AbstractResolver):
    """Looks names up; answers addresses that may be connected to."""

    def __init__(self, addresses: Addresses, nameservers: tuple[str, ...], seconds: float) -> None:
        self._addresses = addresses
        # Without the machine's search list: `api.example.com` must not mean `api.example.com.internal`.
        flags = pycares.ARES_FLAG_NOSEARCH | pycares.ARES_FLAG_EDNS
        self._dns = aiodns.DNSResolver(list(nameservers) or None, flags=flags, timeout=seconds / _TRIES, tries=_TRIES)

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC) -> list[ResolveResult]:
        """The addresses of a host.

        Raises Forbidden when one of them may not be connected to, whatever the others are: an honest name has no such address,
        and which one is taken would be chance. Raises OSError when there is none.
        """
        try:
            answer = await self._dns.getaddrinfo(host, port=port, type=socket.SOCK_STREAM, family=family)
        except aiodns.error.DNSError as error:
            raise OSError(None, f"lookup failed with {error.args[0]}") from error
        found = [_result(host, port, node.addr[0]) for node in answer.nodes]
        if not all(self._addresses.allow(one["host"]) for one in found):
            raise Forbidden(None, "a name leads to a forbidden address")
        if not found:
            raise OSError(None, "a name has no address")
        return found

    async def close(self) -> None:
        """End all lookups."""
        await self._dns.close()


def _result(host: str, port: int, address: bytes | str) -> ResolveResult:
    text = address.decode("ascii") if isinstance(address, bytes) else address
    family = socket.AF_INET6 if ip_address(text).version == 6 else socket.AF_INET
    return ResolveResult(hostname=host, host=text, port=port, family=family, proto=0, flags=socket.AI_NUMERICHOST)


def connector(
    addresses: Addresses, resolver: Resolver, tls: ssl.SSLContext, *, idle_seconds: float, most: int
) -> aiohttp.TCPConnector:
    """Connections of one install to one origin."""

    def checked(info: tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[object, ...]]) -> socket.socket:
        # The last gate, which addresses in URLs pass too: connectors do not ask a resolver for those.
        family, kind, protocol, _, place = info
        if not addresses.allow(str(place[0])):
            raise Forbidden(None, "a forbidden address")
        return socket.socket(family, kind, protocol)

    return aiohttp.TCPConnector(
        resolver=resolver,
        socket_factory=checked,
        ssl=tls,
        use_dns_cache=False,  # addresses are checked when they are used
        keepalive_timeout=idle_seconds,
        limit=most,
        timeout_ceil_threshold=60,
    )
