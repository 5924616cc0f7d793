"""Strangers: requests without good credentials are limited by the address that they come from.

The address is the connection's own; nothing that a client writes into a field changes it. Addresses that stand for many (a proxy in
front, this machine) are exempt by setting.
"""

import ipaddress
from collections.abc import Sequence
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Final

from gateway.limits.memory import MemoryBuckets
from gateway.limits.model import Limited, Rate, Want
from kernel.errors import Reason

NAME: Final = "address"
IPV6_PREFIX: Final = 64  # a household or server has as many addresses as it likes below that
MAX_FAILURE_COST: Final = 10


class Peers:
    """Refuses and counts."""

    def __init__(self, rate: Rate | None, exempt: Sequence[str], buckets: MemoryBuckets) -> None:
        self._rate, self._buckets = rate, buckets
        self._networks = [ipaddress.ip_network(text) for text in exempt]
        self._key = lru_cache(maxsize=4_096)(self._key_of)

    def key(self, peer: Any) -> str:
        """Whose bucket a peer's is; empty = it is not limited."""
        if self._rate is None or not isinstance(peer, tuple) or not peer:
            return ""  # a unix socket has no address
        return self._key(str(peer[0]))

    def check(self, key: str) -> None:
        """Raises RATE_LIMITED when this address has nothing left."""
        if not key or self._rate is None:
            return
        level = self._buckets.peek_now(Want(NAME, key, self._rate))
        if level.wait:
            rule = f"must send at most {self._rate.per_second:g} requests a second without good credentials"
            raise Limited(Reason.RATE_LIMITED, NAME, rule, level.wait)

    def count(self, key: str, status: int, *, public: bool) -> None:
        """An answer went out: answers of public routes cost one token, refusals of others too, of bad credentials more."""
        if key and self._rate is not None and status != HTTPStatus.TOO_MANY_REQUESTS:
            if status == HTTPStatus.UNAUTHORIZED:
                cost = MAX_FAILURE_COST  # each may cost the registry a question
            else:
                cost = int(public or HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR)
            if cost:
                self._buckets.owe_now(Want(NAME, key, self._rate, cost))

    def _key_of(self, host: str) -> str:
        try:
            address = ipaddress.ip_address(host.partition("%")[0])
        except ValueError:
            return host[:64]
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        if any(address in network for network in self._networks):
            return ""
        if isinstance(address, ipaddress.IPv6Address):
            return str(ipaddress.ip_network((address, IPV6_PREFIX), strict=False))
        return str(address)
