"""What a tenant's admins see and remove of what an install stores: 1 find the install, 2 check the names, 3 read or clear."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from kernel import fields
from kernel.errors import Fault, Reason
from kernel.fields import Page
from registry.access import own_install
from registry.model import Entry, NamespaceUsage
from registry.ports import Catalog
from registry.storage import check_key, check_namespace, cut
from registry.storage_quota import Quota


@dataclass(frozen=True, slots=True)
class Stored:
    """What an install stores, by namespace, and what it may."""

    namespaces: list[NamespaceUsage]
    quota: Quota


class StorageAdmin:
    """The use-case; one for the process. All methods raise NOT_FOUND for an install that the tenant does not have."""

    def __init__(self, catalog: Catalog, quota: Quota, now: Callable[[], datetime]) -> None:
        self._catalog, self._quota, self._now = catalog, quota, now

    async def namespaces(self, tenant_id: str, ref: str) -> Stored:
        """All namespaces that hold anything."""
        async with self._catalog.read() as tables:
            install = await own_install(tables, tenant_id, ref)
            return Stored(await tables.storage.usage(tenant_id, install.id), self._quota)

    async def keys(self, tenant_id: str, ref: str, namespace: str, size: int, token: str) -> tuple[list[Entry], str]:
        """One page in key order, and the token of the next. Raises INVALID_ARGUMENT."""
        page: Page = fields.page(size, token, 1)
        async with self._catalog.read() as tables:
            install = await own_install(tables, tenant_id, ref)
            check_namespace(namespace)
            found = await tables.storage.page(tenant_id, install.id, namespace, page, self._now())
        entries, more = cut(found, page.size)
        return entries, fields.next_token(entries[-1].key) if more else ""

    async def read(self, tenant_id: str, ref: str, namespace: str, key: str) -> Entry:
        """One entry. Raises STORAGE_KEY_MISSING, INVALID_ARGUMENT."""
        async with self._catalog.read() as tables:
            install = await own_install(tables, tenant_id, ref)
            check_namespace(namespace)
            check_key(key)
            entry = await tables.storage.get(tenant_id, install.id, namespace, key, self._now())
        if entry is None:
            raise Fault(Reason.STORAGE_KEY_MISSING)
        return entry

    async def clear(self, tenant_id: str, ref: str, namespace: str) -> int:
        """Remove a namespace; answers the number of its entries. Raises INVALID_ARGUMENT."""
        async with self._catalog.write() as tables:
            install = await own_install(tables, tenant_id, ref)
            check_namespace(namespace)
            return await tables.storage.clear(tenant_id, install.id, namespace)
