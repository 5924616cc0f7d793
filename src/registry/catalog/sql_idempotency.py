"""Idempotency keys in SQL, with their sums beside them."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, delete, func, select, update
from sqlalchemy.dialects.sqlite import insert

from registry.catalog.rows import SqlTable, to_micros, to_time
from registry.catalog.tables_idempotency import tenant_extension_idempotency, tenant_extension_idempotency_usage
from registry.idempotency.model import Answer, KeyState, KeyUsage, Place, Record

_K, _U = tenant_extension_idempotency.c, tenant_extension_idempotency_usage.c
_TENANT = ""  # the principal of the sums of a whole tenant


class SqlIdempotencyKeys(SqlTable):
    """The `IdempotencyKeys` port."""

    async def find(self, place: Place) -> Record | None:
        """One key."""
        row = await self._one(select(tenant_extension_idempotency).where(*_at(place)))
        return None if row is None else _record(row)

    async def add(self, record: Record) -> None:
        """Record a key and count it."""
        place = record.place
        row: dict[str, Any] = {
            "tenant_id": place.tenant_id,
            "install_id": place.install_id,
            "scope": place.scope,
            "principal": place.principal,
        }
        row |= {"request_hash": record.request_hash, "claim_id": record.claim_id}
        row |= {"lease_ends": to_micros(record.lease_ends), "expires_at": to_micros(record.expires_at)}
        await self._connection.execute(insert(tenant_extension_idempotency).values(**row, **_ended(record)))
        await self._count(place.tenant_id, place.principal, 1, record.size)

    async def save(self, record: Record) -> None:
        """Write state and answer."""
        old = await self._one(select(_K.kept_bytes).where(*_at(record.place)))
        await self._connection.execute(update(tenant_extension_idempotency).where(*_at(record.place)).values(**_ended(record)))
        await self._count(record.place.tenant_id, record.place.principal, 0, record.size - (old[0] or 0))

    async def remove(self, place: Place) -> None:
        """Remove a key."""
        old = await self._one(select(_K.kept_bytes).where(*_at(place)))
        if old is not None:
            await self._connection.execute(delete(tenant_extension_idempotency).where(*_at(place)))
            await self._count(place.tenant_id, place.principal, -1, -(old[0] or 0))

    async def usage(self, place: Place) -> tuple[KeyUsage, KeyUsage]:
        """Of the tenant, and of the principal."""
        which = _U.principal.in_((_TENANT, place.principal))
        rows = await self._all(select(tenant_extension_idempotency_usage).where(_U.tenant_id == place.tenant_id, which))
        found = {row.principal: KeyUsage(row._mapping["keys"], row.total_bytes) for row in rows}
        return found.get(_TENANT, KeyUsage()), found.get(place.principal, KeyUsage())

    async def expire(self, now: datetime, most: int, tenant_id: str | None = None) -> int:
        """Remove keys whose time is over."""
        over = [_K.expires_at <= to_micros(now), *([] if tenant_id is None else [_K.tenant_id == tenant_id])]
        query = select(_K.tenant_id, _K.install_id, _K.scope, _K.principal, _K.kept_bytes).where(*over)
        rows = await self._all(query.order_by(_K.expires_at).limit(most))
        if rows:
            names = ("tenant_id", "install_id", "scope")
            one = delete(tenant_extension_idempotency).where(*(_K[name] == bindparam(f"its_{name}") for name in names))
            await self._connection.execute(one, [{f"its_{name}": getattr(row, name) for name in names} for row in rows])
            await self._discount((row.tenant_id, row.principal, 1, row.kept_bytes or 0) for row in rows)
        return len(rows)

    async def clear(self, tenant_id: str, install_id: str) -> None:
        """Remove all keys of an install."""
        mine = (_K.tenant_id == tenant_id, _K.install_id == install_id)
        sums = (func.count(), func.coalesce(func.sum(_K.kept_bytes), 0))
        rows = await self._all(select(_K.principal, *sums).where(*mine).group_by(_K.principal))
        await self._connection.execute(delete(tenant_extension_idempotency).where(*mine))
        await self._discount((tenant_id, principal, keys, size) for principal, keys, size in rows)

    async def _discount(self, gone: Iterable[tuple[str, str, int, int]]) -> None:
        sums: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
        for tenant_id, principal, keys, size in gone:
            sums[tenant_id, principal][0] += keys
            sums[tenant_id, principal][1] += size
        for (tenant_id, principal), (keys, size) in sums.items():
            await self._count(tenant_id, principal, -keys, -size)

    async def _count(self, tenant_id: str, principal: str, keys: int, size: int) -> None:
        if not keys and not size:
            return
        rows = [{"tenant_id": tenant_id, "principal": one, "keys": keys, "total_bytes": size} for one in (_TENANT, principal)]
        count = insert(tenant_extension_idempotency_usage)
        more = {"keys": _U["keys"] + count.excluded["keys"], "total_bytes": _U.total_bytes + count.excluded.total_bytes}
        await self._connection.execute(count.on_conflict_do_update(index_elements=["tenant_id", "principal"], set_=more), rows)
        if keys < 0:
            await self._connection.execute(
                delete(tenant_extension_idempotency_usage).where(_U.tenant_id == tenant_id, _U["keys"] <= 0)
            )


def _at(place: Place) -> tuple[ColumnElement[bool], ...]:
    return _K.tenant_id == place.tenant_id, _K.install_id == place.install_id, _K.scope == place.scope


def _ended(record: Record) -> dict[str, Any]:
    answer = record.answer
    whole = answer is not None and answer.whole
    return {
        "state": record.state,
        "status": answer.status if answer else None,
        "headers": [list(header) for header in answer.headers] if answer and whole else None,
        "body": answer.body if answer and whole else None,
        "kept_bytes": answer.size if answer and whole else None,
    }


def _record(row: Any) -> Record:
    answer = None
    if row.status is not None:
        headers = tuple((name, value) for name, value in row.headers or ())
        answer = Answer(row.status, headers, row.body, whole=row.kept_bytes is not None)
    return Record(
        place=Place(row.tenant_id, row.install_id, row.scope, row.principal),
        request_hash=row.request_hash,
        claim_id=row.claim_id,
        lease_ends=to_time(row.lease_ends),
        expires_at=to_time(row.expires_at),
        state=KeyState(row.state),
        answer=answer,
    )
