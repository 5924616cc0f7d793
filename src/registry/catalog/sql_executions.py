"""Executions and their usage in SQL. Every statement but the one that forgets what is old names tenant and install."""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, date
from typing import Any, Final

from sqlalchemy import Select, case, delete, insert, or_, select, tuple_
from sqlalchemy.dialects.sqlite import insert as upsert

from kernel.digest import Digest
from kernel.errors import TABLE, Reason
from kernel.fields import Page
from registry.catalog.execution_json import lines_from_json, lines_to_json, spent_from_json, spent_to_json
from registry.catalog.rows import SqlTable, to_micros, to_time
from registry.catalog.tables import extension_execution_log, extension_quota_usage, tenant_extension_install
from registry.execution import DayUsage, Execution, Trigger
from registry.ports import Retention

_L, _U, _T = extension_execution_log.c, extension_quota_usage.c, tenant_extension_install.c
_KEY: Final = (_L.tenant_id, _L.install_id, _L.id)
_DAY: Final = (_U.tenant_id, _U.install_id, _U.day)
_WITHOUT_LINES: Final = tuple(column for column in _L if column is not _L.lines)
_SUMS: Final = ("executions", "failures", "egress_bytes", "storage_bytes", "host_wait_us", "handler_us", "log_bytes")
_MAPS: Final = ("failures_by_blame", "host_calls")


class SqlExecutions(SqlTable):
    """The tables `extension_execution_log` and `extension_quota_usage`."""

    async def add(self, executions: Sequence[Execution]) -> int:
        """Record and count what is new."""
        keys = {(one.tenant_id, one.install_id, one.id): one for one in executions}
        known = await self._all(select(*_KEY).where(tuple_(*_KEY).in_(list(keys))))
        installs = {key[:2] for key in keys}
        there = await self._all(select(_T.tenant_id, _T.id).where(tuple_(_T.tenant_id, _T.id).in_(list(installs))))
        exist, old = {tuple(row) for row in there}, {tuple(row) for row in known}
        new = [one for key, one in keys.items() if key not in old and key[:2] in exist]
        if new:
            await self._connection.execute(insert(extension_execution_log), [_row(one) for one in new])
            await self._count(new)
        return len(new)

    async def retain(self, installs: Collection[tuple[str, str]], retention: Retention) -> None:
        """Forget what is too much or too old."""
        for tenant_id, install_id in installs:
            beyond = _newest(select(*_KEY).where(*_mine(tenant_id, install_id))).offset(retention.newest)
            await self._forget(beyond.limit(retention.most))
        old = select(*_KEY).where(_L.started_at < to_micros(retention.since)).order_by(_L.started_at)
        await self._forget(old.limit(retention.most))
        days = select(*_DAY).where(_U.day < retention.usage_since.isoformat()).order_by(_U.day).limit(retention.most)
        await self._connection.execute(delete(extension_quota_usage).where(tuple_(*_DAY).in_(days)))

    async def find(self, tenant_id: str, install_id: str, ref: str) -> Execution | None:
        """By id, or the newest of a request id."""
        query = select(extension_execution_log).where(*_mine(tenant_id, install_id), or_(_L.id == ref, _L.request_id == ref))
        query = query.order_by(case((_L.id == ref, 0), else_=1), _L.started_at.desc(), _L.id.desc()).limit(1)
        row = await self._one(query)
        return _execution(row, row.lines) if row else None

    async def page(self, tenant_id: str, install_id: str, page: Page) -> list[Execution]:
        """Newest first."""
        query = _newest(select(*_WITHOUT_LINES).where(*_mine(tenant_id, install_id))).limit(page.size + 1)
        if page.after:
            query = query.where(tuple_(_L.started_at, _L.id) < (int(page.after[0]), page.after[1]))
        return [_execution(row, []) for row in await self._all(query)]

    async def usage(self, tenant_id: str, install_id: str, since: date) -> list[DayUsage]:
        """Newest first."""
        query = select(extension_quota_usage).where(
            _U.tenant_id == tenant_id, _U.install_id == install_id, _U.day >= since.isoformat()
        )
        return [_usage(row) for row in await self._all(query.order_by(_U.day.desc()))]

    async def clear(self, tenant_id: str, install_id: str) -> None:
        """Remove all of an install."""
        await self._connection.execute(delete(extension_execution_log).where(*_mine(tenant_id, install_id)))
        mine = (_U.tenant_id == tenant_id, _U.install_id == install_id)
        await self._connection.execute(delete(extension_quota_usage).where(*mine))

    async def _forget(self, which: Select[Any]) -> None:
        await self._connection.execute(delete(extension_execution_log).where(tuple_(*_KEY).in_(which)))

    async def _count(self, executions: Iterable[Execution]) -> None:
        grown: dict[tuple[str, str, str], DayUsage] = {}
        for one in executions:
            day = one.started_at.astimezone(UTC).date()
            key = (one.tenant_id, one.install_id, day.isoformat())
            if key not in grown:
                row = await self._one(select(extension_quota_usage).where(tuple_(*_DAY) == key))
                grown[key] = _usage(row) if row else DayUsage(day)
            grown[key] = grown[key].plus(one)
        for (tenant_id, install_id, day_text), usage in grown.items():
            told = {name: getattr(usage, name) for name in (*_SUMS, *_MAPS)}
            row = {"tenant_id": tenant_id, "install_id": install_id, "day": day_text}
            statement = upsert(extension_quota_usage).values(row | told)
            await self._connection.execute(statement.on_conflict_do_update(index_elements=list(row), set_=told))


def _mine(tenant_id: str, install_id: str) -> tuple[Any, Any]:
    return _L.tenant_id == tenant_id, _L.install_id == install_id


def _newest(query: Select[Any]) -> Select[Any]:
    return query.order_by(_L.started_at.desc(), _L.id.desc())


def _row(one: Execution) -> dict[str, Any]:
    return {
        "tenant_id": one.tenant_id,
        "install_id": one.install_id,
        "id": one.id,
        "request_id": one.request_id,
        "extension_id": one.extension_id,
        "version_id": one.version_id,
        "content_hash": one.content_hash.hex,
        "trigger": one.trigger.value,
        "method": one.method,
        "path": one.path,
        "status": one.status,
        "reason": one.reason.value if one.reason else 0,
        "started_at": to_micros(one.started_at),
        "duration_us": one.duration_us,
        "usage": spent_to_json(one.spent),
        "lines": lines_to_json(one.lines),
        "lines_truncated": one.lines_truncated,
    }


def _execution(row: Any, lines: list[Any]) -> Execution:
    reason = Reason(row.reason) if row.reason else None
    return Execution(
        id=row.id,
        request_id=row.request_id,
        tenant_id=row.tenant_id,
        install_id=row.install_id,
        extension_id=row.extension_id,
        version_id=row.version_id,
        content_hash=Digest(row.content_hash),
        trigger=Trigger(row.trigger),
        method=row.method,
        path=row.path,
        status=row.status,
        reason=reason,
        blame=TABLE[reason].blame if reason else None,
        started_at=to_time(row.started_at),
        duration_us=row.duration_us,
        spent=spent_from_json(row.usage),
        lines=lines_from_json(lines),
        lines_truncated=bool(row.lines_truncated),
    )


def _usage(row: Any) -> DayUsage:
    return DayUsage(day=date.fromisoformat(row.day), **{name: getattr(row, name) for name in (*_SUMS, *_MAPS)})
