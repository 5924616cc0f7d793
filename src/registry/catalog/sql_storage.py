"""Entries of installs in SQL, with their sums beside them."""

from collections import Counter
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, bindparam, delete, func, or_, select, update
from sqlalchemy.dialects.sqlite import insert

from kernel.fields import Page
from registry.catalog.rows import SqlTable, to_micros, to_micros_or_none, to_time_or_none
from registry.catalog.tables import extension_storage, extension_storage_usage
from registry.model import Entry, NamespaceUsage

_S, _U = extension_storage.c, extension_storage_usage.c


class SqlStorage(SqlTable):
    """The tables `extension_storage` and `extension_storage_usage`."""

    async def get(self, tenant_id: str, install_id: str, namespace: str, key: str, now: datetime) -> Entry | None:
        """One entry."""
        mine = _of(extension_storage, tenant_id, install_id, namespace)
        row = await self._one(select(extension_storage).where(*mine, _S.key == key, _there(now)))
        return _entry(row) if row else None

    async def put(self, tenant_id: str, install_id: str, entry: Entry) -> None:
        """Write one entry and count it."""
        old = await self._size(tenant_id, install_id, entry.namespace, entry.key)
        row = {"tenant_id": tenant_id, "install_id": install_id, "namespace": entry.namespace}
        written = {"value": entry.value, "revision": entry.revision, "expires_at": to_micros_or_none(entry.expires_at)}
        upsert = insert(extension_storage).values(**row, key=entry.key, **written)
        upsert = upsert.on_conflict_do_update(index_elements=[*row, "key"], set_={name: upsert.excluded[name] for name in written})
        await self._connection.execute(upsert)
        grown = entry.size - (old or 0)
        count = insert(extension_storage_usage).values(**row, keys=int(old is None), total_bytes=grown)
        count = count.on_conflict_do_update(
            index_elements=[*row],
            set_={"keys": _U["keys"] + count.excluded["keys"], "total_bytes": _U.total_bytes + count.excluded.total_bytes},
        )
        await self._connection.execute(count)

    async def delete(self, tenant_id: str, install_id: str, namespace: str, key: str, now: datetime) -> bool:
        """Remove one entry."""
        old = await self._size(tenant_id, install_id, namespace, key, _there(now))
        if old is None:
            return False
        mine = _of(extension_storage, tenant_id, install_id, namespace)
        await self._connection.execute(delete(extension_storage).where(*mine, _S.key == key))
        await self._discount(tenant_id, install_id, namespace, 1, old)
        return True

    async def page(self, tenant_id: str, install_id: str, namespace: str, page: Page, now: datetime) -> list[Entry]:
        """Ordered by key."""
        query = select(extension_storage).where(*_of(extension_storage, tenant_id, install_id, namespace), _there(now))
        if page.after:
            query = query.where(_S.key > page.after[0])
        return [_entry(row) for row in await self._all(query.order_by(_S.key).limit(page.size + 1))]

    async def usage(self, tenant_id: str, install_id: str) -> list[NamespaceUsage]:
        """The namespaces that hold anything."""
        query = select(extension_storage_usage).where(*_of(extension_storage_usage, tenant_id, install_id))
        rows = await self._all(query.order_by(_U.namespace))
        return [NamespaceUsage(row.namespace, row._mapping["keys"], row.total_bytes) for row in rows]

    async def clear(self, tenant_id: str, install_id: str, namespace: str | None = None) -> int:
        """Remove all entries of an install or namespace."""
        await self._connection.execute(
            delete(extension_storage_usage).where(*_of(extension_storage_usage, tenant_id, install_id, namespace))
        )
        mine = _of(extension_storage, tenant_id, install_id, namespace)
        return (await self._connection.execute(delete(extension_storage).where(*mine))).rowcount

    async def expire(self, tenant_id: str, install_id: str, now: datetime, most: int) -> int:
        """Remove entries whose time is over."""
        mine = _of(extension_storage, tenant_id, install_id)
        query = select(_S.namespace, _S.key, func.length(_S.value).label("size")).where(*mine, _S.expires_at <= to_micros(now))
        rows = await self._all(query.order_by(_S.expires_at).limit(most))
        if not rows:
            return 0
        one = delete(extension_storage).where(*mine, _S.namespace == bindparam("its_namespace"), _S.key == bindparam("its_key"))
        await self._connection.execute(one, [{"its_namespace": row.namespace, "its_key": row.key} for row in rows])
        keys, size = Counter[str](), Counter[str]()
        for row in rows:
            keys[row.namespace] += 1
            size[row.namespace] += row.size + len(row.key.encode())
        for namespace, count in keys.items():
            await self._discount(tenant_id, install_id, namespace, count, size[namespace])
        return len(rows)

    async def expired(self, now: datetime, most: int) -> list[tuple[str, str]]:
        """Tenants and installs that have entries whose time is over."""
        query = select(_S.tenant_id, _S.install_id).where(_S.expires_at <= to_micros(now)).distinct().limit(most)
        return [(row.tenant_id, row.install_id) for row in await self._all(query)]

    async def _discount(self, tenant_id: str, install_id: str, namespace: str, keys: int, size: int) -> None:
        sums = _of(extension_storage_usage, tenant_id, install_id, namespace)
        less = {"keys": _U["keys"] - keys, "total_bytes": _U.total_bytes - size}
        await self._connection.execute(update(extension_storage_usage).where(*sums).values(less))
        await self._connection.execute(delete(extension_storage_usage).where(*sums, _U["keys"] == 0))

    async def _size(self, tenant_id: str, install_id: str, namespace: str, key: str, *where: ColumnElement[bool]) -> int | None:
        """Bytes that an entry counts, whether its time is over or not; None when there is none."""
        query = select(func.length(_S.value).label("size")).where(*where)
        row = await self._one(query.where(*_of(extension_storage, tenant_id, install_id, namespace), _S.key == key))
        return None if row is None else row.size + len(key.encode())


def _of(table: Table, tenant_id: str, install_id: str, namespace: str | None = None) -> list[ColumnElement[bool]]:
    where = [table.c.tenant_id == tenant_id, table.c.install_id == install_id]
    return where if namespace is None else [*where, table.c.namespace == namespace]


def _there(now: datetime) -> ColumnElement[bool]:
    return or_(_S.expires_at.is_(None), _S.expires_at > to_micros(now))


def _entry(row: Any) -> Entry:
    return Entry(row.namespace, row.key, row.value, row.revision, to_time_or_none(row.expires_at))
