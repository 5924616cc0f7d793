"""Schedules and their occurrences: what every catalog does."""

from dataclasses import replace
from typing import Any

import pytest

from kernel.errors import Fault, Reason
from registry.ports import Catalog, Tables
from registry.schedules.model import Occurrence, OccurrenceState, Schedule
from tests.contract.samples import NOW, install, later, publish

S = OccurrenceState


def schedule(key: str, tenant: str = "a", **changes: Any) -> Schedule:
    values: dict[str, Any] = {
        "id": f"s-{tenant}-{key}",
        "tenant_id": tenant,
        "install_id": f"i-{tenant}-e-com.acme.reports",
        "method": "GET",
        "path": "/b",
        "name": key,
        "cron": "0 * * * *",
        "timezone": "UTC",
        "enabled": True,
        "payload": None,
        "created_at": NOW,
        "updated_at": NOW,
    }
    return Schedule(**(values | changes))


def occurrence(of: Schedule, seconds: int, state: OccurrenceState = S.RUNNING, **changes: Any) -> Occurrence:
    values: dict[str, Any] = {"manual": False, "state": state, "due_at": later(seconds)}
    return Occurrence(f"o-{of.id}-{seconds}", of.tenant_id, of.id, **(values | changes))


async def installed(tables: Tables) -> None:
    version = await publish(tables)
    for tenant in ("a", "b"):
        await tables.installs.add(install(version, tenant))


async def test_what_is_written_is_read(catalog: Catalog) -> None:
    full = schedule(
        "full",
        payload='{"a": 1}',
        enabled=False,
        next_at=later(60),
        last_run_at=later(1),
        last_run_status=S.UNKNOWN,
        last_error="why",
        created_at=later(2),
    )
    async with catalog.write() as tables:
        await installed(tables)
        for one in (full, schedule("bare"), schedule("c", name=None), schedule("d", name=None), schedule("bare", "b")):
            await tables.schedules.add(one)
    async with catalog.read() as tables:
        assert await tables.schedules.get("a", full.install_id, full.id) == full
        assert await tables.schedules.of_install("a", full.install_id) == [
            schedule("bare"),
            schedule("c", name=None),
            schedule("d", name=None),
            full,
        ]
        assert await tables.schedules.get("b", full.install_id, full.id) is None
        assert await tables.schedules.get("a", "another", full.id) is None
        assert await tables.schedules.of_install("b", full.install_id) == []
    changed = replace(full, name="other", cron="5 * * * *", next_at=None, path="/c", updated_at=later(9))
    async with catalog.write() as tables:
        await tables.schedules.save(changed)
        assert await tables.schedules.get("a", full.install_id, full.id) == changed


@pytest.mark.parametrize("write", ["add", "save"])
async def test_a_name_is_taken_once_in_an_install(catalog: Catalog, write: str) -> None:
    async with catalog.write() as tables:
        await installed(tables)
        await tables.schedules.add(schedule("one"))
        await tables.schedules.add(schedule("two"))
        await tables.schedules.add(schedule("one", "b"))
    taken = schedule("one", id="another") if write == "add" else replace(schedule("two"), name="one")
    with pytest.raises(Fault) as caught:
        async with catalog.write() as tables:
            await getattr(tables.schedules, write)(taken)
    assert caught.value.reason is Reason.ALREADY_EXISTS


async def test_removing_takes_the_history_along_and_nothing_of_others(catalog: Catalog) -> None:
    mine, other, foreign = schedule("one"), schedule("two"), schedule("one", "b")
    async with catalog.write() as tables:
        await installed(tables)
        for one in (mine, other, foreign):
            await tables.schedules.add(one)
            assert await tables.occurrences.add(occurrence(one, 0))
        await tables.schedules.remove("b", mine.id)
        assert await tables.occurrences.get(f"o-{mine.id}-0") is not None
        await tables.schedules.remove("a", mine.id)
        assert await tables.occurrences.get(f"o-{mine.id}-0") is None
        await tables.schedules.clear("a", mine.install_id)
        await tables.installs.remove("a", mine.install_id)
    async with catalog.read() as tables:
        assert await tables.schedules.of_install("a", mine.install_id) == []
        assert await tables.occurrences.get(f"o-{foreign.id}-0") == (occurrence(foreign, 0), foreign)


async def test_a_schedule_has_one_occurrence_for_a_time(catalog: Catalog) -> None:
    mine, other = schedule("one"), schedule("two")
    async with catalog.write() as tables:
        await installed(tables)
        await tables.schedules.add(mine)
        await tables.schedules.add(other)
        first = occurrence(mine, 0, lease_ends=later(5), started_at=later(1))
        assert await tables.occurrences.add(first)
        assert not await tables.occurrences.add(replace(first, id="x"))
        assert await tables.occurrences.add(occurrence(other, 0))
        assert await tables.occurrences.get("x") is None
        ended = replace(first, state=S.FAILURE, status=500, error="e", finished_at=later(3), lease_ends=None)
        await tables.occurrences.save(ended)
        assert await tables.occurrences.get(first.id) == (ended, mine)
        assert await tables.occurrences.open_of("a", mine.id) is None
        assert await tables.occurrences.open_of("a", other.id) == occurrence(other, 0)
        assert await tables.occurrences.open_of("b", other.id) is None


async def test_history_is_told_latest_first_and_trimmed_but_for_what_is_open(catalog: Catalog) -> None:
    mine, other = schedule("one"), schedule("two")
    async with catalog.write() as tables:
        await installed(tables)
        for one in (mine, other):
            await tables.schedules.add(one)
            await tables.occurrences.add(occurrence(one, 0))
            for seconds in (1, 2, 3):
                await tables.occurrences.add(occurrence(one, seconds, S.SUCCESS))
        await tables.occurrences.trim("a", mine.id, 2)
        assert [one.due_at for one in await tables.occurrences.of_schedule("a", mine.id, 9)] == [later(3), later(2), later(0)]
        assert [one.due_at for one in await tables.occurrences.of_schedule("a", other.id, 2)] == [later(3), later(2)]
        assert await tables.occurrences.of_schedule("b", mine.id, 9) == []


async def test_what_is_due(catalog: Catalog) -> None:
    early, late, never, busy = (
        schedule(name, next_at=at) for name, at in zip("abcd", (later(1), later(5), None, later(0)), strict=True)
    )
    foreign = schedule("e", "b", next_at=later(2))
    async with catalog.write() as tables:
        await installed(tables)
        for one in (late, early, never, busy, foreign):
            await tables.schedules.add(one)
        assert await tables.due.next_at(()) == later(0)
        await tables.occurrences.add(occurrence(busy, 0, lease_ends=later(100)))
        assert await tables.due.next_at(()) == later(1)
        assert await tables.due.next_at({"a"}) == later(2)
        assert await tables.due.next_at({"a", "b"}) == later(100)
        assert await tables.due.schedules(later(0), 9, ()) == []
        assert await tables.due.schedules(later(5), 9, ()) == [early, foreign, late]
        assert await tables.due.schedules(later(5), 1, ()) == [early]
        assert await tables.due.schedules(later(5), 9, {"a"}) == [foreign]
        assert await tables.due.running() == {"a": 1}


async def test_what_waits_and_what_is_given_up(catalog: Catalog) -> None:
    one, two, three = schedule("one"), schedule("two"), schedule("three", "b")
    async with catalog.write() as tables:
        await installed(tables)
        for made in (one, two, three):
            await tables.schedules.add(made)
        waiting, running = occurrence(one, 7, S.WAITING), occurrence(two, 0, lease_ends=later(10))
        foreign = occurrence(three, 5, S.WAITING)
        for made_occurrence in (waiting, running, foreign):
            await tables.occurrences.add(made_occurrence)
        assert await tables.due.waiting(9, ()) == [(foreign, three), (waiting, one)]
        assert await tables.due.waiting(9, {"b"}) == [(waiting, one)]
        assert await tables.due.waiting(1, ()) == [(foreign, three)]
        assert await tables.due.next_at(()) == later(5)
        assert await tables.due.next_at({"a"}) == later(5)
        assert await tables.due.next_at({"a", "b"}) == later(10)
        assert await tables.due.lapsed(later(9), later(5), 9) == []
        assert await tables.due.lapsed(later(10), later(6), 9) == [(running, two), (foreign, three)]
        assert await tables.due.lapsed(later(10), later(8), 1) == [(running, two)]
