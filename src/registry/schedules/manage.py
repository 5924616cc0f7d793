"""Makes, changes, removes and tells the schedules of an install, and lets one fire now.

Each change: 1 open the install for its owner, 2 count it, 3 check what is wanted, 4 record it, 5 wake who waits for what is due.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from kernel.errors import Fault, Reason
from registry.bell import Bell
from registry.model import Install, VersionState, new_id
from registry.ports import Tables
from registry.schedules.arm import armed
from registry.schedules.model import NamedEndpoint, Occurrence, OccurrenceState, Schedule, endpoints_of
from registry.schedules.owner import Door, Owner
from registry.schedules.rates import PerMinute
from registry.schedules.rules import Wanted, changes
from registry.update import installed_version

MAX_SCHEDULES: Final = 50  # of an install
MAX_PAYLOAD_BYTES: Final = 5_000_000  # of an install's schedules together: a guest reads all of them at once
MAX_CHANGES: Final = 10  # a minute and install
MAX_RUNS: Final = 5  # asked for with RunNow, a minute and tenant
HISTORY: Final = 100  # occurrences of a schedule that are kept once they are over


class Schedules:
    """The use-cases; one for the process."""

    def __init__(self, door: Door, bell: Bell, now: Callable[[], datetime]) -> None:
        self._door, self._bell, self._now = door, bell, now
        self._changes = PerMinute("schedule_changes_per_minute", MAX_CHANGES, now)
        self._runs = PerMinute("schedule_runs_per_minute", MAX_RUNS, now)

    async def create(self, owner: Owner, wanted: Wanted) -> Schedule:
        """The new schedule. Raises what CreateSchedule documents."""
        async with self._changing(owner) as (tables, install):
            found = changes(wanted, await installed_version(tables, install))
            others = await tables.schedules.of_install(install.tenant_id, install.id)
            if len(others) >= MAX_SCHEDULES:
                raise Fault(Reason.QUOTA_EXCEEDED, facts={"quota": "schedules", "limit": MAX_SCHEDULES})
            now = self._now()
            values: dict[str, Any] = {"timezone": "UTC", "enabled": True, "name": None, "payload": None} | found
            made = Schedule(
                id=new_id(), tenant_id=install.tenant_id, install_id=install.id, created_at=now, updated_at=now, **values
            )
            _check_beside(made, others)
            made = armed(made, install, now)
            await tables.schedules.add(made)
        return made

    async def update(self, owner: Owner, schedule_id: str, wanted: Wanted) -> Schedule:
        """The schedule as it is now. Raises what UpdateSchedule documents."""
        async with self._changing(owner) as (tables, install):
            old = await _own(tables, install, schedule_id)
            found = changes(wanted, await installed_version(tables, install))
            others = await tables.schedules.of_install(install.tenant_id, install.id)
            changed = replace(old, **found, updated_at=self._now())
            _check_beside(changed, [one for one in others if one.id != old.id])
            changed = armed(changed, install, self._now())
            await tables.schedules.save(changed)
        return changed

    async def delete(self, owner: Owner, schedule_id: str) -> Schedule:
        """The schedule as it was. Raises NOT_FOUND."""
        async with self._changing(owner) as (tables, install):
            old = await _own(tables, install, schedule_id)
            await tables.schedules.remove(old.tenant_id, old.id)
        return old

    async def get(self, owner: Owner, schedule_id: str) -> Schedule:
        """Raises NOT_FOUND."""
        async with self._door.open(owner, write=False) as (tables, install):
            return await _own(tables, install, schedule_id)

    async def of(self, owner: Owner) -> list[Schedule]:
        """Oldest first."""
        async with self._door.open(owner, write=False) as (tables, install):
            return await tables.schedules.of_install(install.tenant_id, install.id)

    async def endpoints(self, owner: Owner) -> list[NamedEndpoint]:
        """Those of the installed version."""
        async with self._door.open(owner, write=False) as (tables, install):
            return endpoints_of(await installed_version(tables, install))

    async def history(self, owner: Owner, schedule_id: str) -> list[Occurrence]:
        """Latest first. Raises NOT_FOUND."""
        async with self._door.open(owner, write=False) as (tables, install):
            mine = await _own(tables, install, schedule_id)
            return await tables.occurrences.of_schedule(mine.tenant_id, mine.id, HISTORY)

    async def run_now(self, owner: Owner, schedule_id: str) -> Occurrence:
        """An occurrence that waits for a gateway. Raises what RunNow documents."""
        async with self._door.open(owner, write=True) as (tables, install):
            mine = await _own(tables, install, schedule_id)
            self._runs.hit(install.tenant_id)
            switched_on = mine.enabled and install.enabled and install.version_state is not VersionState.REVOKED
            if not switched_on or await tables.occurrences.open_of(mine.tenant_id, mine.id) is not None:
                raise Fault(Reason.SCHEDULE_NOT_RUNNABLE)
            asked = Occurrence(new_id(), mine.tenant_id, mine.id, self._now(), manual=True, state=OccurrenceState.WAITING)
            if not await tables.occurrences.add(asked):
                raise Fault(Reason.SCHEDULE_NOT_RUNNABLE, log="there is an occurrence of this very moment")
        self._bell.ring()
        return asked

    @asynccontextmanager
    async def _changing(self, owner: Owner) -> AsyncIterator[tuple[Tables, Install]]:
        # 1 open the install for its owner
        async with self._door.open(owner, write=True) as (tables, install):
            # 2 count it
            self._changes.hit(install.id)
            # 3 check what is wanted, 4 record it
            yield tables, install
        # 5 wake who waits for what is due
        self._bell.ring()


async def _own(tables: Tables, install: Install, schedule_id: str) -> Schedule:
    found = await tables.schedules.get(install.tenant_id, install.id, schedule_id.lower())
    if found is None:
        raise Fault(Reason.NOT_FOUND, log=f"schedule {schedule_id[:80]!r} of {install.id}")
    return found


def _check_beside(schedule: Schedule, others: list[Schedule]) -> None:
    """Raises ALREADY_EXISTS for a name that another has, QUOTA_EXCEEDED for payloads that are too large together."""
    if schedule.name is not None and any(one.name == schedule.name for one in others):
        raise Fault.invalid("name", "must be unique in its install", Reason.ALREADY_EXISTS)
    total = sum(len((one.payload or "").encode()) for one in (schedule, *others))
    if total > MAX_PAYLOAD_BYTES:
        raise Fault(Reason.QUOTA_EXCEEDED, facts={"quota": "schedule_payload_bytes", "limit": MAX_PAYLOAD_BYTES})
