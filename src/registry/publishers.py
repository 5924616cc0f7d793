"""Who may publish, and which keys sign for whom."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from kernel import fields
from kernel.auth import Principal, Role
from kernel.errors import Fault, Reason
from kernel.signing import PublicKey
from registry.model import Publisher, PublisherKey, new_id
from registry.ports import Catalog, Tables

MAX_KEYS: Final = 64  # of one publisher, revoked ones included: every publish reads them


class Publishing:
    """The use-cases around publishers."""

    def __init__(self, catalog: Catalog, now: Callable[[], datetime]) -> None:
        self._catalog, self._now = catalog, now

    async def create(self, name: str) -> Publisher:
        """The publisher, new or existing. Raises INVALID_ARGUMENT."""
        fields.publisher_name(name, "name")
        async with self._catalog.write() as tables:
            if (existing := await tables.publishers.by_name(name)) is not None:
                return existing
            publisher = Publisher(new_id(), name, self._now())
            await tables.publishers.add(publisher)
            return publisher

    async def get(self, principal: Principal, name: str) -> Publisher:
        """A publisher; publishers read themselves only. Raises NOT_FOUND."""
        if principal.role is Role.PUBLISHER and principal.publisher != name:
            raise Fault(Reason.NOT_FOUND, log=f"{principal.publisher} asked for {name[:80]!r}")
        async with self._catalog.read() as tables:
            return await _known(tables, name)

    async def add_key(self, name: str, pem: bytes) -> Publisher:
        """The publisher as it is now; adding a key again changes nothing.

        Raises NOT_FOUND, INVALID_ARGUMENT, ALREADY_EXISTS (the key is somebody else's, or was revoked), QUOTA_EXCEEDED.
        """
        key = PublicKey.parse(pem)
        async with self._catalog.write() as tables:
            publisher = await _known(tables, name)
            owner = await tables.publishers.by_key(key.key_id)
            if owner is None:
                if len(publisher.keys) >= MAX_KEYS:
                    raise Fault(Reason.QUOTA_EXCEEDED, facts={"quota": "keys", "limit": MAX_KEYS})
                await tables.publishers.add_key(publisher.id, PublisherKey(key.key_id, key.pem.decode(), self._now()))
            elif owner.id != publisher.id or key.key_id not in _holding(publisher):
                raise Fault(Reason.ALREADY_EXISTS, log=f"{key.key_id} belongs to {owner.name} or was revoked")
            return await _known(tables, name)

    async def revoke_key(self, name: str, key_id: str) -> Publisher:
        """The publisher as it is now. Raises NOT_FOUND."""
        async with self._catalog.write() as tables:
            publisher = await _known(tables, name)
            if key_id not in {key.key_id for key in publisher.keys}:
                raise Fault(Reason.NOT_FOUND, log=f"{name} has no key {key_id[:80]!r}")
            await tables.publishers.revoke_key(key_id, self._now())
            return await _known(tables, name)


def _holding(publisher: Publisher) -> set[str]:
    return {key.key_id for key in publisher.keys if key.revoked_at is None}


async def _known(tables: Tables, name: str) -> Publisher:
    publisher = await tables.publishers.by_name(name)
    if publisher is None:
        raise Fault(Reason.NOT_FOUND, log=f"no publisher {name[:80]!r}")
    return publisher
