"""Who must be killed runs alone afterwards; who lost an executor before anything ran is run again."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from gen.alga.runner.v1.execute_service_pb2 import HttpRequest
from gen.alga.runner.v1.executor_pb2 import Invoke, LaneResponse, Outcome
from kernel.errors import Fault, Reason
from runner.executor import process
from runner.executor.conversation import NotBegun
from runner.executor.frames import FrameError
from runner.executor.pool import ExecutorPool
from runner.executor.quarantine import MAX_OFFENDERS, GuardedPool, Quarantine
from tests.guests.hostile import forger
from tests.runner.execution.calls import Backend, Caller, reason
from tests.runner.execution.conftest import Artifact

NOWHERE = Path("/nonexistent")  # forged executors read no artifacts


@pytest.fixture
def forged(monkeypatch: pytest.MonkeyPatch) -> None:
    def command(_module: str, *arguments: str) -> list[str]:
        return [sys.executable, str(Path(forger.__file__)), *arguments]

    monkeypatch.setattr(process, "child_command", command)


@asynccontextmanager
async def guarded(quarantine: Quarantine, lanes: int = 2) -> AsyncIterator[tuple[GuardedPool, ExecutorPool]]:
    pool = ExecutorPool(1, lanes, artifacts=NOWHERE, queue_seconds=20, offended=quarantine.offended)
    ward = partial(ExecutorPool, 1, 1, artifacts=NOWHERE, queue_seconds=20, offended=quarantine.offended)
    async with GuardedPool(pool, quarantine, ward) as executors:
        yield executors, pool


async def ask(pool: ExecutorPool | GuardedPool, url: str, artifact: str = "innocent", ms: int = 10_000) -> Outcome:
    invoke = Invoke(artifact=artifact, http=HttpRequest(method="GET", url=url), timeout_ms=ms, response_bytes=1 << 20)
    return await pool.run(invoke, Backend(), asyncio.get_running_loop().time() + 20)


async def pid(pool: GuardedPool, artifact: str) -> int:
    return int((await ask(pool, "/pid", artifact)).response.body)


async def deafen(pool: ExecutorPool) -> None:
    """Have the only lane close its socket, and wait until that is seen."""
    await ask(pool, "/deaf")
    with pytest.raises(FrameError, match="ended"):
        await pool._executors[0].idle[0].read(LaneResponse)


@pytest.mark.usefixtures("forged")
async def test_a_version_that_was_killed_runs_alone_and_harms_nobody_again() -> None:
    async with guarded(Quarantine()) as (executors, pool):
        assert await pid(executors, "offender") in pool.pids
        assert reason(await ask(executors, "/silence", "offender", ms=50)) is Reason.GUEST_TIMED_OUT
        shared = await pid(executors, "innocent")
        alone = await pid(executors, "offender")
        assert alone != shared
        assert pool.pids == (shared,)
        assert reason(await ask(executors, "/silence", "offender", ms=50)) is Reason.GUEST_TIMED_OUT
        assert (await pid(executors, "offender")) not in (alone, shared)
        assert await pid(executors, "innocent") == shared
    for gone in (alone, shared):
        with pytest.raises(ProcessLookupError):
            os.kill(gone, 0)


@pytest.mark.usefixtures("forged")
async def test_a_quarantine_ends_and_so_does_its_executor() -> None:
    quarantine = Quarantine(seconds=1.5)
    async with guarded(quarantine) as (executors, pool):
        await ask(executors, "/silence", "offender", ms=50)
        await ask(executors, "/", "innocent")
        quarantine.offended("offender")
        alone = await pid(executors, "offender")
        assert alone not in pool.pids
        await asyncio.gather(*executors._ending)
        with pytest.raises(ProcessLookupError):
            os.kill(alone, 0)
        assert await pid(executors, "offender") in pool.pids


async def test_offenders_are_bounded_in_number() -> None:
    quarantine = Quarantine()
    for number in range(MAX_OFFENDERS + 1):
        quarantine.offended(str(number))
    assert not quarantine.holds("0")
    assert quarantine.holds("1")
    assert quarantine.holds(str(MAX_OFFENDERS))


@pytest.mark.usefixtures("forged")
async def test_a_call_that_an_executor_lost_before_it_had_it_is_run_again() -> None:
    async with guarded(Quarantine(), lanes=1) as (executors, pool):
        await deafen(pool)
        with pytest.raises(NotBegun) as lost:
            await ask(pool, "/")
        assert lost.value.reason is Reason.EXECUTOR_LOST
        await deafen(pool)
        assert (await ask(executors, "/")).response.body == b"right"


@pytest.mark.usefixtures("forged")
async def test_a_call_that_may_have_run_is_not_run_again() -> None:
    async with guarded(Quarantine()) as (executors, _):
        with pytest.raises(Fault) as lost:
            await ask(executors, "/die")
        assert lost.value.reason is Reason.EXECUTOR_LOST
        assert not isinstance(lost.value, NotBegun)
        assert (await ask(executors, "/")).response.body == b"right"


async def test_nobody_is_killed_because_the_runner_was_late(artifact: Artifact, artifacts: Path) -> None:
    async with ExecutorPool(1, 2, artifacts=artifacts) as pool:
        pids, backend = pool.pids, Backend()
        backend.gate.clear()
        caller = Caller(pool, artifact)
        caller.invoke("spin")  # compiled before time counts
        waiting = asyncio.create_task(caller.run("storage", backend=backend))
        await backend.asked.wait()
        spinning = asyncio.create_task(caller.run("spin", ms=50))
        for _ in range(5):
            await asyncio.sleep(0)
        time.sleep(0.6)  # noqa: ASYNC251 - what is tested: an event loop that stands still past the deadline
        outcome = await spinning
        assert reason(outcome) is Reason.GUEST_TIMED_OUT
        assert "interrupt" in outcome.failure.log_text
        backend.gate.set()
        assert (await waiting).response.status == 200
        assert pool.pids == pids
