"""Idempotency keys in memory."""

from collections.abc import Iterable
from datetime import datetime

from registry.catalog.memory_state import State
from registry.idempotency.model import KeyUsage, Place, Record


class MemoryIdempotencyKeys:
    """The `IdempotencyKeys` port."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def find(self, place: Place) -> Record | None:
        """One key."""
        return self._state.idempotency.get(place)

    async def add(self, record: Record) -> None:
        """Record a key."""
        self._state.idempotency[record.place] = record

    async def save(self, record: Record) -> None:
        """Write state and answer."""
        self._state.idempotency[record.place] = record

    async def remove(self, place: Place) -> None:
        """Remove a key."""
        self._state.idempotency.pop(place, None)

    async def usage(self, place: Place) -> tuple[KeyUsage, KeyUsage]:
        """Of the tenant, and of the principal."""
        mine = [one for one in self._state.idempotency.values() if one.place.tenant_id == place.tenant_id]
        return _sum(mine), _sum(one for one in mine if one.place.principal == place.principal)

    async def expire(self, now: datetime, most: int, tenant_id: str | None = None) -> int:
        """Remove keys whose time is over."""
        over = [
            one for one in self._state.idempotency.values() if one.expires_at <= now and tenant_id in {None, one.place.tenant_id}
        ]
        over = sorted(over, key=lambda one: one.expires_at)[:most]
        for one in over:
            del self._state.idempotency[one.place]
        return len(over)

    async def clear(self, tenant_id: str, install_id: str) -> None:
        """Remove all keys of an install."""
        for place in [one for one in self._state.idempotency if (one.tenant_id, one.install_id) == (tenant_id, install_id)]:
            del self._state.idempotency[place]


def _sum(records: Iterable[Record]) -> KeyUsage:
    sizes = [record.size for record in records]
    return KeyUsage(len(sizes), sum(sizes))
