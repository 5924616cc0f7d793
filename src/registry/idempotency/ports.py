"""What idempotency keys need of the catalog: small operations, each part of a transaction of `registry.ports`."""

from datetime import datetime
from typing import Protocol

from registry.idempotency.model import KeyUsage, Place, Record


class IdempotencyKeys(Protocol):
    """The keys, and their sums for each tenant and for each principal of it."""

    async def find(self, place: Place) -> Record | None:
        """One key, whether its time is over or not."""

    async def add(self, record: Record) -> None:
        """Record a key that is not there, of an install that is, and count it."""

    async def save(self, record: Record) -> None:
        """Write state and answer of a key that is there, and count the answer."""

    async def remove(self, place: Place) -> None:
        """Remove a key, if it is there."""

    async def usage(self, place: Place) -> tuple[KeyUsage, KeyUsage]:
        """Of the tenant, and of the principal there."""

    async def expire(self, now: datetime, most: int, tenant_id: str | None = None) -> int:
        """Remove keys whose time is over, the oldest first, of a tenant or of all; answers their number."""

    async def clear(self, tenant_id: str, install_id: str) -> None:
        """Remove all keys of an install."""
