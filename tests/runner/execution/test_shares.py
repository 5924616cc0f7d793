"""Shares of tenants and installs: who may run, who may wait, whose turn comes, and that a flood starves nobody."""

import asyncio
from dataclasses import astuple
from pathlib import Path

import pytest

from gen.alga.runner.v1.executor_pb2 import Outcome
from kernel.errors import Fault, Reason
from runner.executor.pool import ExecutorPool
from runner.executor.waiting import Owner, Shares, Waiter, Waiting
from tests.runner.execution.calls import Backend, Caller, reason
from tests.runner.execution.conftest import Artifact

A, B, C = Owner("a", "1"), Owner("b", "1"), Owner("c", "1")


def take(waiting: Waiting, most: int) -> list[Waiter]:
    taken: list[Waiter] = []
    for waiter in waiting.in_turn():
        waiting.remove(waiter)
        waiting.began(waiter.owner)
        taken.append(waiter)
        if len(taken) == most:
            break
    return taken


@pytest.mark.parametrize(
    ("lanes", "queue", "expected"),
    [(1, 1, (1, 1, 1, 1, 1)), (2, 3, (2, 2, 3, 2, 2)), (4, 0, (3, 3, 0, 0, 0)), (8, 256, (6, 6, 256, 128, 128))],
)
def test_shares_follow_the_lanes(lanes: int, queue: int, expected: tuple[int, ...]) -> None:
    shares = Shares.of(lanes, queue)
    assert astuple(shares) == expected


def test_shares_are_never_more_than_there_is() -> None:
    assert Shares.of(2, 3, tenant=9, install=9, queue_per_tenant=9, queue_per_install=9) == Shares(2, 2, 3, 3, 3)
    assert Shares.of(8, tenant=4, install=9).running_per_install == 4
    assert Shares.of(8, queue_per_tenant=4, queue_per_install=9).queue_per_install == 4


async def test_the_tenant_that_runs_least_comes_next_and_of_one_tenant_the_oldest() -> None:
    waiting = Waiting(Shares(9, 9, 9, 9, 9))
    added = [waiting.add(owner, heavy=False) for owner in (A, A, A, B, B, C)]
    assert [waiter.owner for waiter in take(waiting, 6)] == [A, B, C, A, B, A]
    assert list(waiting.in_turn()) == []
    assert [waiter.number for waiter in added] == sorted(waiter.number for waiter in added)


async def test_installs_and_tenants_keep_to_their_running_share() -> None:
    waiting = Waiting(Shares(running_per_tenant=3, running_per_install=2, queue=99, queue_per_tenant=99, queue_per_install=99))
    for _ in range(3):
        waiting.add(Owner("a", "1"), heavy=False)
    for _ in range(3):
        waiting.add(Owner("a", "2"), heavy=False)
    first = [waiter.owner.install for waiter in take(waiting, 9)]
    assert first == ["1", "1", "2"]
    waiting.ended(Owner("a", "1"))
    assert [waiter.owner.install for waiter in take(waiting, 9)] == ["1"]


async def test_an_install_and_a_tenant_fill_their_own_part_of_the_queue() -> None:
    waiting = Waiting(Shares(running_per_tenant=1, running_per_install=1, queue=4, queue_per_tenant=3, queue_per_install=2))
    other = Owner("a", "2")
    joins = (
        (A, ""),
        (A, ""),
        (A, "limit_install_queue"),
        (other, ""),
        (other, "limit_tenant_queue"),
        (B, ""),
        (C, "limit_queue"),
    )
    for owner, limit in joins:
        waiter = waiting.add(owner, heavy=False)
        if not limit:
            waiting.refuse_overload(waiter)
            continue
        with pytest.raises(Fault) as refused:
            waiting.refuse_overload(waiter)
        assert (refused.value.reason, list(refused.value.facts)) == (Reason.OVERLOADED, [limit])
        waiting.remove(waiter)


async def test_a_tenant_that_floods_the_runner_with_spins_starves_nobody(artifact: Artifact, artifacts: Path) -> None:
    # A busy machine is late: who is killed when is judged elsewhere.
    async with ExecutorPool(1, 4, artifacts=artifacts, shares=Shares.of(4, queue=8), queue_seconds=20, kill_after=5.0) as pool:
        caller = Caller(pool, artifact)

        async def ask(guest: str, tenant: str, ms: int) -> Outcome:
            invoke = caller.invoke(guest, ms=ms)
            invoke.context.tenant_id = tenant
            return await pool.run(invoke, Backend(), asyncio.get_running_loop().time() + 60)

        flood = [asyncio.create_task(ask("spin", "flood", 2_000)) for _ in range(20)]
        await asyncio.sleep(0)
        # One runs and four wait; the rest is told at once.
        refused, _ = await asyncio.wait(flood, return_when=asyncio.FIRST_COMPLETED)
        assert {task.exception().reason for task in refused} == {Reason.OVERLOADED}  # type: ignore[union-attr]
        for _ in range(3):
            assert (await ask("poison", "other", 10_000)).response.status == 200
        assert not any(task.done() and task.exception() is None for task in flood)
        answers = await asyncio.gather(*flood, return_exceptions=True)
        ran = [answer for answer in answers if isinstance(answer, Outcome)]
        assert len(ran) == 5
        assert {reason(outcome) for outcome in ran} == {Reason.GUEST_TIMED_OUT}


async def test_an_install_that_floods_the_runner_leaves_room_for_its_tenants_other_installs(
    artifact: Artifact, artifacts: Path
) -> None:
    shares = Shares.of(4, queue=8, install=1, queue_per_install=2)
    async with ExecutorPool(1, 4, artifacts=artifacts, shares=shares, queue_seconds=20) as pool:
        caller, backend = Caller(pool, artifact), Backend()
        backend.gate.clear()

        async def ask(guest: str, install: str) -> Outcome:
            invoke = caller.invoke(guest)
            invoke.context.install_id = install
            return await pool.run(invoke, backend, asyncio.get_running_loop().time() + 60)

        flood = [asyncio.create_task(ask("storage", "flood")) for _ in range(10)]
        # One runs, though there are four lanes, and two wait; the rest is told at once whose share is full.
        refused, _ = await asyncio.wait(flood, return_when=asyncio.FIRST_COMPLETED)
        for task in refused:
            fault = task.exception()
            assert isinstance(fault, Fault)
            assert (fault.reason, fault.facts) == (Reason.OVERLOADED, {"limit_install_queue": "2"})
        assert len(refused) == 7
        for _ in range(3):
            assert (await ask("hello", "other")).response.status == 200
        assert len(backend.calls) == 1
        backend.gate.set()
        answers = await asyncio.gather(*flood, return_exceptions=True)
        assert [answer.response.status for answer in answers if isinstance(answer, Outcome)] == [200] * 3
