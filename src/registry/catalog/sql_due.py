"""What should happen now, in SQL."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select

from registry.catalog.rows import SqlTable, to_micros, to_time
from registry.catalog.sql_schedules import OPEN, PAIRS, pair_of, schedule_of
from registry.catalog.tables_schedules import tenant_extension_schedule, tenant_extension_schedule_occurrence
from registry.schedules.model import Occurrence, OccurrenceState, Schedule

_S, _O = tenant_extension_schedule.c, tenant_extension_schedule_occurrence.c
_RUNNING, _WAITING = _O.state == OccurrenceState.RUNNING, _O.state == OccurrenceState.WAITING
_BUSY = select(_O.schedule_id).where(_O.state.in_(OPEN)).scalar_subquery()


class SqlDue(SqlTable):
    """The `Due` port. Few occurrences are open at a time, and an index finds them."""

    async def schedules(self, now: datetime, most: int, without: Collection[str]) -> list[Schedule]:
        """Those whose time has come."""
        query = select(tenant_extension_schedule).where(_S.next_at <= to_micros(now), *_ready(without))
        return [schedule_of(row) for row in await self._all(query.order_by(_S.next_at, _S.id).limit(most))]

    async def waiting(self, most: int, without: Collection[str]) -> list[tuple[Occurrence, Schedule]]:
        """Those that wait for a gateway."""
        query = PAIRS.where(_WAITING, _O.tenant_id.not_in(without)).order_by(_O.due_at, _O.id).limit(most)
        return [pair_of(row) for row in await self._all(query)]

    async def lapsed(self, now: datetime, asked_before: datetime, most: int) -> list[tuple[Occurrence, Schedule]]:
        """Those that were given up."""
        gone = or_(_RUNNING & (_O.lease_ends <= to_micros(now)), _WAITING & (_O.due_at < to_micros(asked_before)))
        return [pair_of(row) for row in await self._all(PAIRS.where(gone).order_by(_O.due_at, _O.id).limit(most))]

    async def running(self) -> Mapping[str, int]:
        """By tenant."""
        query = select(_O.tenant_id, func.count()).where(_RUNNING).group_by(_O.tenant_id)
        return {row[0]: row[1] for row in await self._all(query)}

    async def next_at(self, without: Collection[str]) -> datetime | None:
        """The earliest time of all."""
        times: tuple[tuple[Any, tuple[ColumnElement[bool], ...]], ...] = (
            (_S.next_at, (_S.next_at.is_not(None), *_ready(without))),
            (_O.due_at, (_WAITING, _O.tenant_id.not_in(without))),
            (_O.lease_ends, (_RUNNING,)),
        )
        found = [(await self._one(select(column).where(*which).order_by(column).limit(1))) for column, which in times]
        return min((to_time(row[0]) for row in found if row), default=None)


def _ready(without: Collection[str]) -> tuple[ColumnElement[bool], ...]:
    return _S.tenant_id.not_in(without), _S.id.not_in(_BUSY)
