"""Who may publish: makes publishers and reads them."""

from collections.abc import Callable
from datetime import datetime

from kernel import fields
from kernel.auth import Principal, Role
from kernel.errors import Fault, Reason
from registry.model import Account, Publisher, new_id
from registry.ports import Catalog, Tables


class Publishing:
    """The use-cases around publishers. `quota_bytes` is what the archives of one may take."""

    def __init__(self, catalog: Catalog, quota_bytes: int, now: Callable[[], datetime]) -> None:
        self._catalog, self._quota_bytes, self._now = catalog, quota_bytes, now

    async def create(self, name: str) -> Account:
        """The publisher, new or existing. Raises INVALID_ARGUMENT."""
        fields.publisher_name(name, "name")
        async with self._catalog.write() as tables:
            if await tables.publishers.by_name(name) is None:
                await tables.publishers.add(Publisher(new_id(), name, self._now()))
            return await account(tables, name, self._quota_bytes)

    async def get(self, principal: Principal, name: str) -> Account:
        """A publisher; publishers read themselves only. Raises NOT_FOUND."""
        async with self._catalog.read() as tables:
            await own_publisher(tables, principal, name)
            return await account(tables, name, self._quota_bytes)


async def own_publisher(tables: Tables, principal: Principal, name: str) -> Publisher:
    """A publisher that the caller is, or operates. Raises NOT_FOUND, alike for one that does not exist and a stranger's."""
    publisher = await tables.publishers.by_name(name)
    if publisher is None or (principal.role is Role.PUBLISHER and principal.publisher != name):
        raise Fault(Reason.NOT_FOUND, log=f"publisher {name[:80]!r} for {principal}")
    return publisher


async def account(tables: Tables, name: str, quota_bytes: int) -> Account:
    """A publisher that exists, as it is now."""
    publisher = await tables.publishers.by_name(name)
    assert publisher is not None, "it was there in the same transaction"
    return Account(publisher, await tables.publishers.stored_bytes(publisher.id), quota_bytes)
