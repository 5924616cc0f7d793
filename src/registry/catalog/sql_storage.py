"""Entries of installs in SQL, with their sums beside them.

What guests wait for most is made from the tables once and run by the driver itself: building and running an expression takes
SQLAlchemy ten times of what the database does.
"""

from collections import Counter
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Table, bindparam, delete, func, literal_column, or_, select
from sqlalchemy.dialects.sqlite import Insert, insert

from kernel.fields import Page
from registry.catalog.rows import SqlTable, counting, to_micros, to_micros_or_none, to_time_or_none, written
from registry.catalog.tables import extension_storage, extension_storage_usage
from registry.model import Entry, NamespaceUsage

_S, _U = extension_storage.c, extension_storage_usage.c
_WRITTEN: Final = ("value", "revision", "expires_at")


def lives(now: Any) -> ColumnElement[bool]:
    """Whether an entry's time is not over; `now` in microseconds, or what stands for them."""
    return or_(_S.expires_at.is_(None), _S.expires_at > now)


def _writing() -> Insert:
    put = insert(extension_storage)
    new = {name: put.excluded[name] for name in _WRITTEN}
    return put.on_conflict_do_update(index_elements=["tenant_id", "install_id", "namespace", "key"], set_=new)


def _named(table: Table, *names: str) -> list[ColumnElement[bool]]:
    return [table.c[name] == bindparam(name) for name in names]


_HERE: Final = _named(extension_storage, "tenant_id", "install_id", "namespace", "key")
_SUMS: Final = _named(extension_storage_usage, "tenant_id", "install_id", "namespace")
_LIVES: Final = lives(bindparam("now"))
_GET: Final = written(select(*(_S[name] for name in _WRITTEN)).where(*_HERE, _LIVES))
_SIZE: Final = written(select(func.length(_S.value)).where(*_HERE))  # whether its time is over or not
_LIVE_SIZE: Final = written(select(func.length(_S.value)).where(*_HERE, _LIVES))
_PUT: Final = written(_writing())
_DELETE: Final = written(delete(extension_storage).where(*_HERE))
_COUNT: Final = written(counting(extension_storage_usage))
_EMPTY: Final = written(delete(extension_storage_usage).where(*_SUMS, _U["keys"] == literal_column("0")))
_USAGE: Final = written(select(_U.namespace, _U["keys"], _U.total_bytes).where(*_SUMS[:2]).order_by(_U.namespace))


class SqlStorage(SqlTable):
    """The tables `extension_storage` and `extension_storage_usage`."""

    async def get(self, tenant_id: str, install_id: str, namespace: str, key: str, now: datetime) -> Entry | None:
        """One entry."""
        row = (await self._run(_GET, _at(tenant_id, install_id, namespace, key) | {"now": to_micros(now)})).fetchone()
        if row is None:
            return None
        value, revision, expires_at = row
        return Entry(namespace, key, value, revision, to_time_or_none(expires_at))

    async def put(self, tenant_id: str, install_id: str, entry: Entry) -> None:
        """Write one entry and count it."""
        at = _at(tenant_id, install_id, entry.namespace, entry.key)
        old = await self._size(_SIZE, at)
        new = {"value": entry.value, "revision": entry.revision, "expires_at": to_micros_or_none(entry.expires_at)}
        await self._run(_PUT, at | new)
        await self._count(tenant_id, install_id, entry.namespace, int(old is None), entry.size - (old or 0))

    async def delete(self, tenant_id: str, install_id: str, namespace: str, key: str, now: datetime) -> bool:
        """Remove one entry."""
        at = _at(tenant_id, install_id, namespace, key)
        old = await self._size(_LIVE_SIZE, at | {"now": to_micros(now)})
        if old is None:
            return False
        await self._run(_DELETE, at)
        await self._count(tenant_id, install_id, namespace, -1, -old)
        return True

    async def page(self, tenant_id: str, install_id: str, namespace: str, page: Page, now: datetime) -> list[Entry]:
        """Ordered by key."""
        query = select(extension_storage).where(*_of(extension_storage, tenant_id, install_id, namespace), lives(to_micros(now)))
        if page.after:
            query = query.where(_S.key > page.after[0])
        return [_entry(row) for row in await self._all(query.order_by(_S.key).limit(page.size + 1))]

    async def usage(self, tenant_id: str, install_id: str) -> list[NamespaceUsage]:
        """The namespaces that hold anything."""
        rows = (await self._run(_USAGE, {"tenant_id": tenant_id, "install_id": install_id})).fetchall()
        return [NamespaceUsage(*row) for row in rows]

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
            await self._count(tenant_id, install_id, namespace, -count, -size[namespace])
        return len(rows)

    async def expired(self, now: datetime, most: int) -> list[tuple[str, str]]:
        """Tenants and installs that have entries whose time is over."""
        query = select(_S.tenant_id, _S.install_id).where(_S.expires_at <= to_micros(now)).distinct().limit(most)
        return [(row.tenant_id, row.install_id) for row in await self._all(query)]

    async def _count(self, tenant_id: str, install_id: str, namespace: str, keys: int, size: int) -> None:
        """So many keys and bytes more, or fewer."""
        sums = {"tenant_id": tenant_id, "install_id": install_id, "namespace": namespace}
        await self._run(_COUNT, sums | {"keys": keys, "total_bytes": size})
        if keys < 0:
            await self._run(_EMPTY, sums)

    async def _size(self, statement: str, at: dict[str, Any]) -> int | None:
        """Bytes that an entry counts; None when there is none."""
        row = (await self._run(statement, at)).fetchone()
        return None if row is None else row[0] + len(at["key"].encode())


def _at(tenant_id: str, install_id: str, namespace: str, key: str) -> dict[str, Any]:
    return {"tenant_id": tenant_id, "install_id": install_id, "namespace": namespace, "key": key}


def _of(table: Table, tenant_id: str, install_id: str, namespace: str | None = None) -> list[ColumnElement[bool]]:
    where = [table.c.tenant_id == tenant_id, table.c.install_id == install_id]
    return where if namespace is None else [*where, table.c.namespace == namespace]


def _entry(row: Any) -> Entry:
    return Entry(row.namespace, row.key, row.value, row.revision, to_time_or_none(row.expires_at))
