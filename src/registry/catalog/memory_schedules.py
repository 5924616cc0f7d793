"""Schedules and their occurrences in memory."""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime

from kernel.errors import Fault, Reason
from registry.catalog.memory_state import State
from registry.schedules.model import Occurrence, OccurrenceState, Schedule

_RUNNING, _WAITING = OccurrenceState.RUNNING, OccurrenceState.WAITING


class MemorySchedules:
    """The `Schedules` port."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def add(self, schedule: Schedule) -> None:
        """Record a schedule."""
        await self.save(schedule)

    async def save(self, schedule: Schedule) -> None:
        """Write all of it."""
        for one in await self.of_install(schedule.tenant_id, schedule.install_id):
            if one.id != schedule.id and one.name == schedule.name and one.name is not None:
                raise Fault(Reason.ALREADY_EXISTS)
        self._state.schedules[schedule.id] = schedule

    async def get(self, tenant_id: str, install_id: str, schedule_id: str) -> Schedule | None:
        """One of this install."""
        found = self._state.schedules.get(schedule_id)
        return found if found and (found.tenant_id, found.install_id) == (tenant_id, install_id) else None

    async def of_install(self, tenant_id: str, install_id: str) -> list[Schedule]:
        """All of them, oldest first."""
        mine = [one for one in self._state.schedules.values() if (one.tenant_id, one.install_id) == (tenant_id, install_id)]
        return sorted(mine, key=lambda one: (one.created_at, one.id))

    async def remove(self, tenant_id: str, schedule_id: str) -> None:
        """Remove a schedule and its occurrences."""
        found = self._state.schedules.get(schedule_id)
        if found is not None and found.tenant_id == tenant_id:
            del self._state.schedules[schedule_id]
            for one in [one for one in self._state.occurrences.values() if one.schedule_id == schedule_id]:
                del self._state.occurrences[one.id]

    async def clear(self, tenant_id: str, install_id: str) -> None:
        """Remove all schedules of an install and their occurrences."""
        for schedule in await self.of_install(tenant_id, install_id):
            await self.remove(tenant_id, schedule.id)


class MemoryOccurrences:
    """The `Occurrences` port."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def add(self, occurrence: Occurrence) -> bool:
        """Record an occurrence, once for a time."""
        named = (occurrence.schedule_id, occurrence.due_at)
        if any((one.schedule_id, one.due_at) == named for one in self._state.occurrences.values()):
            return False
        self._state.occurrences[occurrence.id] = occurrence
        return True

    async def save(self, occurrence: Occurrence) -> None:
        """Write all of it."""
        self._state.occurrences[occurrence.id] = occurrence

    async def get(self, occurrence_id: str) -> tuple[Occurrence, Schedule] | None:
        """By id, with its schedule."""
        found = self._state.occurrences.get(occurrence_id)
        return (found, self._state.schedules[found.schedule_id]) if found else None

    async def of_schedule(self, tenant_id: str, schedule_id: str, most: int) -> list[Occurrence]:
        """Latest first."""
        every = self._state.occurrences.values()
        mine = [one for one in every if (one.tenant_id, one.schedule_id) == (tenant_id, schedule_id)]
        return sorted(mine, key=lambda one: one.due_at, reverse=True)[:most]

    async def open_of(self, tenant_id: str, schedule_id: str) -> Occurrence | None:
        """The one that is not over."""
        mine = await self.of_schedule(tenant_id, schedule_id, len(self._state.occurrences))
        return next((one for one in mine if one.state.open), None)

    async def trim(self, tenant_id: str, schedule_id: str, keep: int) -> None:
        """Remove those that are over, but the latest."""
        mine = await self.of_schedule(tenant_id, schedule_id, len(self._state.occurrences))
        for one in [one for one in mine if not one.state.open][keep:]:
            del self._state.occurrences[one.id]


class MemoryDue:
    """The `Due` port."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def schedules(self, now: datetime, most: int, without: Collection[str]) -> list[Schedule]:
        """Those whose time has come."""
        found = [(one.next_at, one.id, one) for one in self._ready(without) if one.next_at is not None and one.next_at <= now]
        return [one for _, _, one in sorted(found, key=lambda item: item[:2])][:most]

    async def waiting(self, most: int, without: Collection[str]) -> list[tuple[Occurrence, Schedule]]:
        """Those that wait for a gateway."""
        return [pair for pair in self._pairs() if pair[0].state is _WAITING and pair[0].tenant_id not in without][:most]

    async def lapsed(self, now: datetime, asked_before: datetime, most: int) -> list[tuple[Occurrence, Schedule]]:
        """Those that were given up."""

        def gone(one: Occurrence) -> bool:
            if one.state is _RUNNING:
                return one.lease_ends is not None and one.lease_ends <= now
            return one.state is _WAITING and one.due_at < asked_before

        return [pair for pair in self._pairs() if gone(pair[0])][:most]

    async def running(self) -> Mapping[str, int]:
        """By tenant."""
        return Counter(one.tenant_id for one in self._state.occurrences.values() if one.state is _RUNNING)

    async def next_at(self, without: Collection[str]) -> datetime | None:
        """The earliest time of all."""
        every = self._state.occurrences.values()
        times = [one.next_at for one in self._ready(without)]
        times += [one.due_at for one in every if one.state is _WAITING and one.tenant_id not in without]
        times += [one.lease_ends for one in every if one.state is _RUNNING]
        return min((time for time in times if time is not None), default=None)

    def _ready(self, without: Collection[str]) -> list[Schedule]:
        busy = {one.schedule_id for one in self._state.occurrences.values() if one.state.open}
        return [one for one in self._state.schedules.values() if one.tenant_id not in without and one.id not in busy]

    def _pairs(self) -> list[tuple[Occurrence, Schedule]]:
        found = sorted(self._state.occurrences.values(), key=lambda one: (one.due_at, one.id))
        return [(one, self._state.schedules[one.schedule_id]) for one in found]
