"""Executors that their guests have taken over, as real processes that forge frames: each costs itself and nothing else."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gen.alga.runner.v1.execute_service_pb2 import HttpRequest, Usage
from gen.alga.runner.v1.executor_pb2 import Invoke, Outcome
from kernel.errors import Fault, Reason
from runner.engine.lines import MAX_LINE
from runner.executor import process
from runner.executor.pool import ExecutorPool
from tests.guests.hostile import forger
from tests.runner.execution.calls import Backend, reason


@pytest.fixture
async def taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[ExecutorPool]:
    def command(_module: str, *arguments: str) -> list[str]:
        return [sys.executable, str(Path(forger.__file__)), *arguments]

    monkeypatch.setattr(process, "child_command", command)
    async with ExecutorPool(1, 2, artifacts=tmp_path, queue_seconds=20) as pool:
        yield pool


async def ask(pool: ExecutorPool, url: str, ms: int = 10_000, backend: Backend | None = None) -> Outcome:
    invoke = Invoke(http=HttpRequest(method="GET", url=url), timeout_ms=ms, response_bytes=2 << 20)
    return await pool.run(invoke, backend or Backend(), asyncio.get_running_loop().time() + 20)


@pytest.mark.parametrize("lie", [*forger.LIES, "hang-up", "die"])
async def test_forged_frames_cost_their_executor_and_the_next_call_is_right(taken: ExecutorPool, lie: str) -> None:
    (pid,) = taken.pids
    assert (await ask(taken, "/")).response.body == b"right"
    with pytest.raises(Fault) as lost:
        await ask(taken, f"/{lie}")
    assert lost.value.reason is Reason.EXECUTOR_LOST
    assert (await ask(taken, "/")).response.body == b"right"
    assert pid not in taken.pids
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.parametrize("deed", ["silence", "half-a-frame"])
async def test_an_executor_that_keeps_silent_ends_with_the_deadline(taken: ExecutorPool, deed: str) -> None:
    (pid,) = taken.pids
    assert reason(await ask(taken, f"/{deed}", ms=100)) is Reason.GUEST_TIMED_OUT
    assert (await ask(taken, "/")).response.body == b"right"
    assert pid not in taken.pids


async def test_what_an_executor_says_of_usage_is_not_believed(taken: ExecutorPool) -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    usage = (await ask(taken, "/usage")).response.usage
    assert 0 < usage.handler_us <= (loop.time() - began) * 1_000_000
    usage.handler_us = usage.queued_us = 0
    assert usage == Usage()


async def test_a_long_line_is_cut_in_the_runner(taken: ExecutorPool) -> None:
    backend = Backend()
    usage = (await ask(taken, "/long-line", backend=backend)).response.usage
    assert [len(line.message) for line in backend.lines] == [MAX_LINE]
    assert (usage.log_lines, usage.log_bytes) == (1, MAX_LINE)
