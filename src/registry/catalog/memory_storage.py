"""Entries of installs in memory."""

from datetime import datetime

from kernel.fields import Page
from registry.catalog.memory_state import State
from registry.model import Entry, NamespaceUsage


class MemoryStorage:
    """The `Storage` port."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def get(self, tenant_id: str, install_id: str, namespace: str, key: str, now: datetime) -> Entry | None:
        """One entry."""
        entry = self._state.entries.get((tenant_id, install_id, namespace, key))
        return entry if entry and not _over(entry, now) else None

    async def put(self, tenant_id: str, install_id: str, entry: Entry) -> None:
        """Write one entry."""
        self._state.entries[tenant_id, install_id, entry.namespace, entry.key] = entry

    async def delete(self, tenant_id: str, install_id: str, namespace: str, key: str, now: datetime) -> bool:
        """Remove one entry."""
        if await self.get(tenant_id, install_id, namespace, key, now) is None:
            return False
        del self._state.entries[tenant_id, install_id, namespace, key]
        return True

    async def page(self, tenant_id: str, install_id: str, namespace: str, page: Page, now: datetime) -> list[Entry]:
        """Ordered by key."""
        mine = [one for one in self._of(tenant_id, install_id) if one.namespace == namespace and not _over(one, now)]
        after = [entry for entry in mine if not page.after or entry.key > page.after[0]]
        return sorted(after, key=lambda entry: entry.key)[: page.size + 1]

    async def usage(self, tenant_id: str, install_id: str) -> list[NamespaceUsage]:
        """The namespaces that hold anything."""
        mine = self._of(tenant_id, install_id)
        found = []
        for namespace in sorted({entry.namespace for entry in mine}):
            sizes = [entry.size for entry in mine if entry.namespace == namespace]
            found.append(NamespaceUsage(namespace, len(sizes), sum(sizes)))
        return found

    async def clear(self, tenant_id: str, install_id: str, namespace: str | None = None) -> int:
        """Remove all entries of an install or namespace."""
        return self._remove(
            tenant_id, install_id, [one for one in self._of(tenant_id, install_id) if namespace in (None, one.namespace)]
        )

    async def expire(self, tenant_id: str, install_id: str, now: datetime, most: int) -> int:
        """Remove entries whose time is over."""
        over = [entry for entry in self._of(tenant_id, install_id) if _over(entry, now)]
        return self._remove(tenant_id, install_id, sorted(over, key=lambda entry: entry.expires_at or now)[:most])

    async def expired(self, now: datetime, most: int) -> list[tuple[str, str]]:
        """Tenants and installs that have entries whose time is over."""
        return sorted({key[:2] for key, entry in self._state.entries.items() if _over(entry, now)})[:most]

    def _of(self, tenant_id: str, install_id: str) -> list[Entry]:
        return [entry for key, entry in self._state.entries.items() if key[:2] == (tenant_id, install_id)]

    def _remove(self, tenant_id: str, install_id: str, entries: list[Entry]) -> int:
        for entry in entries:
            del self._state.entries[tenant_id, install_id, entry.namespace, entry.key]
        return len(entries)


def _over(entry: Entry, now: datetime) -> bool:
    return entry.expires_at is not None and entry.expires_at <= now
