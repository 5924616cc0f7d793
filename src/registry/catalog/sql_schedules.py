"""Schedules and their occurrences in SQL."""

from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from kernel.errors import Reason
from registry.catalog.rows import SqlTable, to_micros, to_micros_or_none, to_time, to_time_or_none, unique
from registry.catalog.tables_schedules import tenant_extension_schedule, tenant_extension_schedule_occurrence
from registry.schedules.model import Occurrence, OccurrenceState, Schedule

_S, _O = tenant_extension_schedule.c, tenant_extension_schedule_occurrence.c
OPEN = (OccurrenceState.WAITING, OccurrenceState.RUNNING)
# An occurrence with its schedule, whose columns have other names beside it.
PAIRS = select(
    tenant_extension_schedule_occurrence, *(column.label(f"its_{column.name}") for column in tenant_extension_schedule.c)
).join(tenant_extension_schedule, (_S.id == _O.schedule_id) & (_S.tenant_id == _O.tenant_id))


class SqlSchedules(SqlTable):
    """The table `tenant_extension_schedule`."""

    async def add(self, schedule: Schedule) -> None:
        """Record a schedule."""
        own = {"id": schedule.id, "tenant_id": schedule.tenant_id, "install_id": schedule.install_id}
        row = own | {"created_at": to_micros(schedule.created_at)} | _changing(schedule)
        with unique(Reason.ALREADY_EXISTS):
            await self._connection.execute(insert(tenant_extension_schedule).values(row))

    async def save(self, schedule: Schedule) -> None:
        """Write all that can change."""
        mine = (_S.tenant_id == schedule.tenant_id, _S.id == schedule.id)
        with unique(Reason.ALREADY_EXISTS):
            await self._connection.execute(update(tenant_extension_schedule).where(*mine).values(_changing(schedule)))

    async def get(self, tenant_id: str, install_id: str, schedule_id: str) -> Schedule | None:
        """One of this install."""
        mine = (_S.tenant_id == tenant_id, _S.install_id == install_id, _S.id == schedule_id)
        row = await self._one(select(tenant_extension_schedule).where(*mine))
        return schedule_of(row) if row else None

    async def of_install(self, tenant_id: str, install_id: str) -> list[Schedule]:
        """All of them, oldest first."""
        mine = (_S.tenant_id == tenant_id, _S.install_id == install_id)
        return [
            schedule_of(row)
            for row in await self._all(select(tenant_extension_schedule).where(*mine).order_by(_S.created_at, _S.id))
        ]

    async def remove(self, tenant_id: str, schedule_id: str) -> None:
        """Remove a schedule and its occurrences."""
        theirs = (_O.tenant_id == tenant_id, _O.schedule_id == schedule_id)
        await self._connection.execute(delete(tenant_extension_schedule_occurrence).where(*theirs))
        mine = (_S.tenant_id == tenant_id, _S.id == schedule_id)
        await self._connection.execute(delete(tenant_extension_schedule).where(*mine))

    async def clear(self, tenant_id: str, install_id: str) -> None:
        """Remove all schedules of an install and their occurrences."""
        for schedule in await self.of_install(tenant_id, install_id):
            await self.remove(tenant_id, schedule.id)


class SqlOccurrences(SqlTable):
    """The table `tenant_extension_schedule_occurrence`."""

    async def add(self, occurrence: Occurrence) -> bool:
        """Record an occurrence, once for a time."""
        own = {"id": occurrence.id, "tenant_id": occurrence.tenant_id, "schedule_id": occurrence.schedule_id}
        row = own | {"due_at": to_micros(occurrence.due_at), "manual": occurrence.manual} | _state(occurrence)
        written = await self._connection.execute(
            upsert(tenant_extension_schedule_occurrence)
            .values(row)
            .on_conflict_do_nothing(index_elements=["schedule_id", "due_at"])
        )
        return written.rowcount == 1

    async def save(self, occurrence: Occurrence) -> None:
        """Write state, times, status and error."""
        mine = (_O.tenant_id == occurrence.tenant_id, _O.id == occurrence.id)
        await self._connection.execute(update(tenant_extension_schedule_occurrence).where(*mine).values(_state(occurrence)))

    async def get(self, occurrence_id: str) -> tuple[Occurrence, Schedule] | None:
        """By id, with its schedule."""
        row = await self._one(PAIRS.where(_O.id == occurrence_id))
        return pair_of(row) if row else None

    async def of_schedule(self, tenant_id: str, schedule_id: str, most: int) -> list[Occurrence]:
        """Latest first."""
        mine = (_O.tenant_id == tenant_id, _O.schedule_id == schedule_id)
        query = select(tenant_extension_schedule_occurrence).where(*mine).order_by(_O.due_at.desc()).limit(most)
        return [occurrence_of(row) for row in await self._all(query)]

    async def open_of(self, tenant_id: str, schedule_id: str) -> Occurrence | None:
        """The one that is not over."""
        mine = (_O.tenant_id == tenant_id, _O.schedule_id == schedule_id, _O.state.in_(OPEN))
        row = await self._one(select(tenant_extension_schedule_occurrence).where(*mine))
        return occurrence_of(row) if row else None

    async def trim(self, tenant_id: str, schedule_id: str, keep: int) -> None:
        """Remove those that are over, but the latest."""
        mine = (_O.tenant_id == tenant_id, _O.schedule_id == schedule_id, _O.state.not_in(OPEN))
        kept = select(_O.id).where(*mine).order_by(_O.due_at.desc()).limit(keep).scalar_subquery()
        await self._connection.execute(delete(tenant_extension_schedule_occurrence).where(*mine, _O.id.not_in(kept)))


def pair_of(row: Any) -> tuple[Occurrence, Schedule]:
    """A row of `PAIRS`."""
    return occurrence_of(row), schedule_of(row, "its_")


def schedule_of(row: Any, prefix: str = "") -> Schedule:
    """A schedule, whose columns begin with the prefix."""
    told = {name: getattr(row, prefix + name) for name in tenant_extension_schedule.c.keys()}  # noqa: SIM118 - no dictionary
    times = {name: to_time_or_none(told[name]) for name in ("next_at", "last_run_at")}
    times |= {name: to_time(told[name]) for name in ("created_at", "updated_at")}
    status = told["last_run_status"]
    return Schedule(**(told | times | {"last_run_status": OccurrenceState(status) if status else None}))


def occurrence_of(row: Any) -> Occurrence:
    """An occurrence."""
    return Occurrence(
        id=row.id,
        tenant_id=row.tenant_id,
        schedule_id=row.schedule_id,
        due_at=to_time(row.due_at),
        manual=row.manual,
        state=OccurrenceState(row.state),
        started_at=to_time_or_none(row.started_at),
        lease_ends=to_time_or_none(row.lease_ends),
        finished_at=to_time_or_none(row.finished_at),
        status=row.status,
        error=row.error,
    )


def _changing(schedule: Schedule) -> dict[str, Any]:
    return {
        "method": schedule.method,
        "path": schedule.path,
        "name": schedule.name,
        "cron": schedule.cron,
        "timezone": schedule.timezone,
        "enabled": schedule.enabled,
        "payload": schedule.payload,
        "next_at": to_micros_or_none(schedule.next_at),
        "last_run_at": to_micros_or_none(schedule.last_run_at),
        "last_run_status": schedule.last_run_status,
        "last_error": schedule.last_error,
        "updated_at": to_micros(schedule.updated_at),
    }


def _state(occurrence: Occurrence) -> dict[str, Any]:
    return {
        "state": occurrence.state,
        "started_at": to_micros_or_none(occurrence.started_at),
        "lease_ends": to_micros_or_none(occurrence.lease_ends),
        "finished_at": to_micros_or_none(occurrence.finished_at),
        "status": occurrence.status,
        "error": occurrence.error,
    }
