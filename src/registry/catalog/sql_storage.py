"""Entries of installs in SQL, with their sums beside them."""

from typing import Any

from sqlalchemy import ColumnElement, Table, delete, func, select, update
from sqlalchemy.dialects.sqlite import insert

from kernel.fields import Page
from registry.catalog.rows import SqlTable
from registry.catalog.tables import extension_storage, extension_storage_usage
from registry.model import Entry, Usage

_S, _U = extension_storage.c, extension_storage_usage.c


class SqlStorage(SqlTable):
    """The tables `extension_storage` and `extension_storage_usage`."""

    async def get(self, tenant_id: str, install_id: str, namespace: str, key: str) -> Entry | None:
        """One entry."""
        query = select(extension_storage).where(*_of(extension_storage, tenant_id, install_id, namespace), _S.key == key)
        row = await self._one(query)
        return _entry(row) if row else None

    async def put(self, tenant_id: str, install_id: str, entry: Entry) -> None:
        """Write one entry and count it."""
        old = await self._size(tenant_id, install_id, entry.namespace, entry.key)
        row = {"tenant_id": tenant_id, "install_id": install_id, "namespace": entry.namespace}
        upsert = insert(extension_storage).values(**row, key=entry.key, value=entry.value, revision=entry.revision)
        upsert = upsert.on_conflict_do_update(
            index_elements=[*row, "key"], set_={"value": upsert.excluded.value, "revision": upsert.excluded.revision}
        )
        await self._connection.execute(upsert)
        grown = _bytes(entry.key, entry.value) - (old or 0)
        count = insert(extension_storage_usage).values(**row, keys=int(old is None), total_bytes=grown)
        count = count.on_conflict_do_update(
            index_elements=[*row],
            set_={"keys": _U["keys"] + count.excluded["keys"], "total_bytes": _U.total_bytes + count.excluded.total_bytes},
        )
        await self._connection.execute(count)

    async def delete(self, tenant_id: str, install_id: str, namespace: str, key: str) -> bool:
        """Remove one entry."""
        old = await self._size(tenant_id, install_id, namespace, key)
        if old is None:
            return False
        mine = _of(extension_storage, tenant_id, install_id, namespace)
        await self._connection.execute(delete(extension_storage).where(*mine, _S.key == key))
        sums = _of(extension_storage_usage, tenant_id, install_id, namespace)
        less = {"keys": _U["keys"] - 1, "total_bytes": _U.total_bytes - old}
        await self._connection.execute(update(extension_storage_usage).where(*sums).values(less))
        await self._connection.execute(delete(extension_storage_usage).where(*sums, _U["keys"] == 0))
        return True

    async def page(self, tenant_id: str, install_id: str, namespace: str, page: Page) -> list[Entry]:
        """Ordered by key."""
        query = select(extension_storage).where(*_of(extension_storage, tenant_id, install_id, namespace))
        if page.after:
            query = query.where(_S.key > page.after[0])
        return [_entry(row) for row in await self._all(query.order_by(_S.key).limit(page.size + 1))]

    async def usage(self, tenant_id: str, install_id: str, namespace: str) -> Usage:
        """What is stored now."""
        rows = await self._all(select(extension_storage_usage).where(*_of(extension_storage_usage, tenant_id, install_id)))
        keys = sum(row._mapping["keys"] for row in rows if row.namespace == namespace)
        return Usage(keys, len(rows), sum(row.total_bytes for row in rows))

    async def clear(self, tenant_id: str, install_id: str) -> None:
        """Remove all entries of an install."""
        for table in (extension_storage, extension_storage_usage):
            await self._connection.execute(delete(table).where(*_of(table, tenant_id, install_id)))

    async def _size(self, tenant_id: str, install_id: str, namespace: str, key: str) -> int | None:
        """Bytes that an entry counts, None when there is none."""
        query = select(func.length(_S.value).label("size"))
        row = await self._one(query.where(*_of(extension_storage, tenant_id, install_id, namespace), _S.key == key))
        return None if row is None else row.size + len(key.encode())


def _of(table: Table, tenant_id: str, install_id: str, namespace: str | None = None) -> list[ColumnElement[bool]]:
    where = [table.c.tenant_id == tenant_id, table.c.install_id == install_id]
    return where if namespace is None else [*where, table.c.namespace == namespace]


def _bytes(key: str, value: bytes) -> int:
    return len(key.encode()) + len(value)


def _entry(row: Any) -> Entry:
    return Entry(row.namespace, row.key, row.value, row.revision)
