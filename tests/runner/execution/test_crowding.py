"""Who runs beside whom in one executor: one guest at a time, unless one waits for its host or somebody waited too long."""

import asyncio

import pytest

from kernel.errors import Reason
from runner.executor import pool as pools
from tests.runner.execution.calls import Backend, Caller, reason

NEVER = 60.0


async def test_guests_take_turns_in_an_executor(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "CROWD_SECONDS", NEVER)
    ended: list[str] = []

    async def run(guest: str, ms: int) -> None:
        await caller.run(guest, ms=ms)
        ended.append(guest)

    await asyncio.gather(run("spin", 300), run("hello", 5_000))
    assert ended == ["spin", "hello"]


async def test_a_guest_that_waits_for_its_host_makes_room(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "CROWD_SECONDS", NEVER)
    backend = Backend()
    backend.gate.clear()
    waiting = asyncio.create_task(caller.run("storage", backend=backend))
    queued = asyncio.create_task(caller.run("hello"))
    await backend.asked.wait()
    assert (await queued).response.status == 200
    assert not waiting.done()
    backend.gate.set()
    assert (await waiting).response.status == 200


async def test_nobody_starves_behind_a_guest_that_spins(caller: Caller) -> None:
    spinning = asyncio.create_task(caller.run("spin", ms=3_000))
    outcomes = [await caller.run("hello") for _ in range(3)]
    assert [outcome.response.status for outcome in outcomes] == [200] * 3
    assert not spinning.done()
    assert reason(await spinning) is Reason.GUEST_TIMED_OUT


async def test_a_call_that_gave_up_waiting_takes_no_lane(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "CROWD_SECONDS", NEVER)
    spinning = asyncio.create_task(caller.run("spin", ms=300))
    await asyncio.sleep(0)
    quitter = asyncio.create_task(caller.run("hello"))
    await asyncio.sleep(0)
    quitter.cancel()
    await asyncio.gather(quitter, return_exceptions=True)
    await spinning
    assert (await caller.run("hello")).response.status == 200
