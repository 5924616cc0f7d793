"""What fires when: told to gateways that wait, taken by one of them, and ended.

A claim: 1 give up what was taken and not ended, 2 take what somebody asked for, 3 take what is due. All of it is one transaction of
the only writer, and a schedule has one occurrence for a time: no two gateways get the same.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from kernel.errors import Fault, Reason
from registry.bell import Bell
from registry.model import VersionState, new_id
from registry.ports import Catalog, Tables
from registry.schedules import cron
from registry.schedules.arm import disabled, without_endpoint
from registry.schedules.manage import HISTORY
from registry.schedules.model import MAX_ERROR, Claimed, Occurrence, OccurrenceState, Schedule, endpoint_of

MAX_CLAIM: Final = 64  # occurrences at once
MAX_WAIT: Final = 20.0  # seconds of one wait
_ROUNDS: Final = 4  # of one claim: a backlog that is only recorded as missed must not hold the writer
_LOST: Final = "The gateway that took it was not heard of again. It may have run, and is not run again."
_NOT_TAKEN: Final = "No gateway took it."
_PASSED: Final = "Its time passed before a gateway could take it."


@dataclass(frozen=True, slots=True)
class Terms:
    """How late an occurrence may still fire, how long a gateway has for one, how many of a tenant run at once."""

    catch_up: timedelta
    lease: timedelta
    per_tenant: int


class Firing:
    """The use-case; one for the process."""

    def __init__(self, catalog: Catalog, bell: Bell, changes: Bell, terms: Terms, now: Callable[[], datetime]) -> None:
        self._catalog, self._bell, self._changes, self._terms, self._now = catalog, bell, changes, terms, now

    @property
    def lease(self) -> timedelta:
        """How long a gateway has."""
        return self._terms.lease

    async def await_due(self, seconds: float) -> bool:
        """Whether something is due, as soon as it is, or after that many seconds. Raises INVALID_ARGUMENT."""
        if seconds > MAX_WAIT:
            raise Fault.invalid("wait_ms", f"must be at most {MAX_WAIT * 1000:.0f}")
        loop = asyncio.get_running_loop()
        ends = loop.time() + seconds
        while True:
            rung, changed = self._bell.rung(), self._changes.rung()
            async with self._catalog.read() as tables:
                next_at = await tables.due.next_at(self._full(await tables.due.running()))
            left = ends - loop.time()
            if next_at is not None:
                until = (next_at - self._now()).total_seconds()
                if until <= 0:
                    return True
                left = min(left, until)
            if ends <= loop.time() or self._changes.closed:
                return False
            await _either(rung, changed, left)

    async def claim(self, most: int) -> list[Claimed]:
        """At most that many occurrences, for the caller alone. Raises INVALID_ARGUMENT."""
        if not 1 <= most <= MAX_CLAIM:
            raise Fault.invalid("most", f"must be 1 to {MAX_CLAIM}")
        taken: list[Claimed] = []
        async with self._catalog.write() as tables:
            # 1 give up what was taken and not ended
            await self._give_up(tables)
            running = Counter(await tables.due.running())
            # 2 take what somebody asked for
            for occurrence, schedule in await tables.due.waiting(most, self._full(running)):
                if running[schedule.tenant_id] < self._terms.per_tenant and (
                    one := await self._asked(tables, occurrence, schedule)
                ):
                    taken.append(one)
                    running[schedule.tenant_id] += 1
            # 3 take what is due
            for _ in range(_ROUNDS):
                found = await tables.due.schedules(self._now(), most - len(taken), self._full(running)) if len(taken) < most else []
                for schedule in found:
                    if running[schedule.tenant_id] < self._terms.per_tenant and (one := await self._due(tables, schedule)):
                        taken.append(one)
                        running[schedule.tenant_id] += 1
        return taken

    async def complete(self, occurrence_id: str, status: int, error: str) -> Occurrence:
        """The occurrence as it is recorded. Raises NOT_FOUND."""
        async with self._catalog.write() as tables:
            found = await tables.occurrences.get(occurrence_id)
            if found is None or found[0].state is OccurrenceState.WAITING:
                raise Fault(Reason.NOT_FOUND, log=f"occurrence {occurrence_id[:80]!r}")
            occurrence, schedule = found
            # One that was given up may yet be told of: what happened is better than not to know.
            if occurrence.state not in {OccurrenceState.RUNNING, OccurrenceState.UNKNOWN}:
                return occurrence
            good = 200 <= status < 300
            error = "" if good else error or f"The extension answered with status {status}."
            state = OccurrenceState.SUCCESS if good else OccurrenceState.FAILURE
            ended = await self._end(tables, replace(occurrence, state=state, status=status, error=error[:MAX_ERROR]), schedule)
        self._bell.ring()
        return ended

    async def _give_up(self, tables: Tables) -> None:
        now = self._now()
        for occurrence, schedule in await tables.due.lapsed(now, now - self._terms.catch_up, MAX_CLAIM):
            if occurrence.state is OccurrenceState.RUNNING:
                lost = replace(occurrence, state=OccurrenceState.UNKNOWN, error=_LOST)
            else:
                lost = replace(occurrence, state=OccurrenceState.MISSED, error=_NOT_TAKEN)
            await self._end(tables, lost, schedule)

    async def _end(self, tables: Tables, occurrence: Occurrence, schedule: Schedule) -> Occurrence:
        ended = replace(occurrence, finished_at=self._now(), lease_ends=None)
        await tables.occurrences.save(ended)
        await tables.occurrences.trim(schedule.tenant_id, schedule.id, HISTORY)
        began = occurrence.started_at
        if began is not None and (schedule.last_run_at is None or schedule.last_run_at <= began):
            told = replace(schedule, last_run_at=began, last_run_status=ended.state, last_error=ended.error or None)
            await tables.schedules.save(told)
        return ended

    async def _asked(self, tables: Tables, occurrence: Occurrence, schedule: Schedule) -> Claimed | None:
        timeout_ms = await self._ready(tables, schedule)
        if timeout_ms is None:
            await self._end(tables, replace(occurrence, state=OccurrenceState.MISSED, error=_PASSED), schedule)
            return None
        begun = self._begun(occurrence)
        await tables.occurrences.save(begun)
        return Claimed(begun, schedule, timeout_ms)

    async def _due(self, tables: Tables, schedule: Schedule) -> Claimed | None:
        timeout_ms = await self._ready(tables, schedule)
        if timeout_ms is None:
            return None
        now, due_at = self._now(), schedule.next_at
        assert due_at is not None, "only such are due"
        try:
            times = cron.latest(schedule.cron, schedule.timezone, due_at, now, HISTORY)
            moved = replace(schedule, next_at=cron.after(schedule.cron, schedule.timezone, now))
        except Fault as fault:  # the time zone left the database
            await tables.schedules.save(disabled(schedule, f"Disabled: {fault.public}", now))
            return None
        await tables.schedules.save(moved)
        fires = times[:1] if times and now - times[0] <= self._terms.catch_up else []
        for moment in times[len(fires) :]:
            passed = Occurrence(new_id(), schedule.tenant_id, schedule.id, moment, manual=False, state=OccurrenceState.MISSED)
            await tables.occurrences.add(replace(passed, finished_at=now, error=_PASSED))
        await tables.occurrences.trim(schedule.tenant_id, schedule.id, HISTORY)
        for moment in fires:
            waiting = Occurrence(new_id(), schedule.tenant_id, schedule.id, moment, manual=False, state=OccurrenceState.WAITING)
            begun = self._begun(waiting)
            if await tables.occurrences.add(begun):
                return Claimed(begun, moved, timeout_ms)
        return None

    async def _ready(self, tables: Tables, schedule: Schedule) -> int | None:
        """The time limit of the schedule's endpoint; None, and it does not fire any more, when its install cannot be called."""
        install = await tables.installs.find(schedule.tenant_id, schedule.install_id)
        version = await tables.versions.by_hash(install.content_hash) if install else None
        if install is None or version is None or not install.enabled or version.state is VersionState.REVOKED:
            await tables.schedules.save(replace(schedule, next_at=None))
            return None
        endpoint = endpoint_of(version, schedule)
        if endpoint is None:
            await tables.schedules.save(without_endpoint(schedule, version, self._now()))
            return None
        return endpoint.timeout_ms

    def _begun(self, occurrence: Occurrence) -> Occurrence:
        now = self._now()
        return replace(occurrence, state=OccurrenceState.RUNNING, started_at=now, lease_ends=now + self._terms.lease)

    def _full(self, running: Mapping[str, int]) -> frozenset[str]:
        return frozenset(tenant for tenant, count in running.items() if count >= self._terms.per_tenant)


async def _either(first: asyncio.Event, second: asyncio.Event, seconds: float) -> None:
    """Wait for one of two events, or so long."""
    waits = [asyncio.ensure_future(event.wait()) for event in (first, second)]
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
