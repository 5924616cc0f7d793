"""Idempotency keys in SQL, with their sums beside them.

What each call with a key asks for is made from the tables once and run by the driver itself: building and running an expression
takes SQLAlchemy ten times of what the database does.
"""

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, delete, func, or_, select, update
from sqlalchemy.dialects.sqlite import insert

from registry.catalog.rows import SqlTable, counting, to_micros, to_time, written
from registry.catalog.tables_idempotency import tenant_extension_idempotency, tenant_extension_idempotency_usage
from registry.idempotency.model import Answer, KeyState, KeyUsage, Place, Record

_K, _U = tenant_extension_idempotency.c, tenant_extension_idempotency_usage.c
_TENANT: Final = ""  # the principal of the sums of a whole tenant
_ENDED: Final = ("state", "status", "headers", "body", "kept_bytes")


_HERE: Final = tuple(_K[name] == bindparam(f"its_{name}") for name in ("tenant_id", "install_id", "scope"))
_FIND: Final = written(select(tenant_extension_idempotency).where(*_HERE))
_KEPT: Final = written(select(_K.kept_bytes).where(*_HERE))
_ADD: Final = written(insert(tenant_extension_idempotency))
_SAVE: Final = written(update(tenant_extension_idempotency).where(*_HERE).values({name: bindparam(name) for name in _ENDED}))
_REMOVE: Final = written(delete(tenant_extension_idempotency).where(*_HERE))
_COUNT: Final = written(counting(tenant_extension_idempotency_usage))
_USAGE: Final = written(
    select(_U.principal, _U["keys"], _U.total_bytes).where(
        _U.tenant_id == bindparam("tenant_id"), or_(_U.principal == bindparam("tenant"), _U.principal == bindparam("principal"))
    )
)


class SqlIdempotencyKeys(SqlTable):
    """The `IdempotencyKeys` port."""

    async def find(self, place: Place) -> Record | None:
        """One key."""
        row = (await self._run(_FIND, _at(place))).fetchone()
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
        await self._run(_ADD, row | _ended(record))
        await self._count(place.tenant_id, place.principal, 1, record.size)

    async def save(self, record: Record) -> None:
        """Write state and answer."""
        at = _at(record.place)
        old = (await self._run(_KEPT, at)).fetchone()
        await self._run(_SAVE, at | _ended(record))
        kept = old[0] if old else None
        await self._count(record.place.tenant_id, record.place.principal, 0, record.size - (kept or 0))

    async def remove(self, place: Place) -> None:
        """Remove a key."""
        old = (await self._run(_KEPT, _at(place))).fetchone()
        if old is not None:
            await self._run(_REMOVE, _at(place))
            await self._count(place.tenant_id, place.principal, -1, -(old[0] or 0))

    async def usage(self, place: Place) -> tuple[KeyUsage, KeyUsage]:
        """Of the tenant, and of the principal."""
        which = {"tenant_id": place.tenant_id, "tenant": _TENANT, "principal": place.principal}
        rows = (await self._run(_USAGE, which)).fetchall()
        found = {principal: KeyUsage(keys, total_bytes) for principal, keys, total_bytes in rows}
        return found.get(_TENANT, KeyUsage()), found.get(place.principal, KeyUsage())

    async def expire(self, now: datetime, most: int, tenant_id: str | None = None) -> int:
        """Remove keys whose time is over."""
        over = [_K.expires_at <= to_micros(now), *([] if tenant_id is None else [_K.tenant_id == tenant_id])]
        query = select(_K.tenant_id, _K.install_id, _K.scope, _K.principal, _K.kept_bytes).where(*over)
        rows = await self._all(query.order_by(_K.expires_at).limit(most))
        if rows:
            names = ("tenant_id", "install_id", "scope")
            await self._run(_REMOVE, [{f"its_{name}": getattr(row, name) for name in names} for row in rows])
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
        await self._run(_COUNT, rows)
        if keys < 0:
            await self._connection.execute(
                delete(tenant_extension_idempotency_usage).where(_U.tenant_id == tenant_id, _U["keys"] <= 0)
            )


def _at(place: Place) -> dict[str, Any]:
    return {"its_tenant_id": place.tenant_id, "its_install_id": place.install_id, "its_scope": place.scope}


def _ended(record: Record) -> dict[str, Any]:
    answer = record.answer
    whole = answer is not None and answer.whole
    return {
        "state": record.state.value,
        "status": answer.status if answer else None,
        "headers": json.dumps(answer.headers) if answer and whole else None,
        "body": answer.body if answer and whole else None,
        "kept_bytes": answer.size if answer and whole else None,
    }


def _record(row: Any) -> Record:
    place, (request_hash, claim_id, state, lease_ends, expires_at), (status, headers, body, kept_bytes) = row[:4], row[4:9], row[9:]
    answer = None
    if status is not None:
        fields = tuple((name, value) for name, value in json.loads(headers or "null") or ())
        answer = Answer(status, fields, body, whole=kept_bytes is not None)
    return Record(
        place=Place(*place),
        request_hash=request_hash,
        claim_id=claim_id,
        lease_ends=to_time(lease_ends),
        expires_at=to_time(expires_at),
        state=KeyState(state),
        answer=answer,
    )
