"""A lane that nobody needs gives back what its calls have freed, once after each call and never while one waits."""

import asyncio
import socket
import threading
from pathlib import Path

import pytest

from gen.alga.runner.v1.executor_pb2 import HostResult, LaneRequest
from runner.executor import heap
from runner.executor import lane as lanes
from runner.executor import pool as pools
from runner.executor.frames import encode
from runner.executor.heap import give_back
from runner.executor.lane import IDLE_SECONDS, Lane
from runner.executor.pool import ExecutorPool
from tests.runner.execution.calls import Caller
from tests.runner.execution.conftest import Artifact

SECONDS = 30.0
MIB = 1 << 20


def test_an_idle_lane_gives_back_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    given = threading.Semaphore(0)
    monkeypatch.setattr(lanes, "give_back", given.release)
    monkeypatch.setattr(lanes, "IDLE_SECONDS", 0.01)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        thread = threading.Thread(target=Lane(theirs, None, None).run)  # type: ignore[arg-type]
        thread.start()
        late = encode(LaneRequest(host_result=HostResult()))  # the answer of a call that is over
        for _ in range(3):
            assert not given.acquire(blocking=False)
            ours.sendall(late)
            assert given.acquire(timeout=SECONDS)
        ours.close()
        thread.join(SECONDS)
        assert not thread.is_alive()


def test_a_busy_lane_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "give_back", lambda: pytest.fail("it was not idle"))
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(encode(LaneRequest()) * 10)
        ours.close()
        Lane(theirs, None, None).run()  # type: ignore[arg-type]


def test_giving_back_is_harmless() -> None:
    for _ in range(3):
        give_back()


async def test_an_idle_executor_has_given_back_what_large_bodies_took(artifact: Artifact, artifacts: Path) -> None:
    def resident() -> int:
        return int(Path(f"/proc/{pool.pids[0]}/statm").read_text().split()[1]) * 4096

    async with ExecutorPool(1, 2, artifacts=artifacts, queue_seconds=SECONDS, kill_after=SECONDS) as pool:
        caller = Caller(pool, artifact)
        await caller.run("echo", b"x")
        before = resident()
        for _ in range(3):
            assert (await caller.run("echo", bytes(200_000))).response.status == 200
        async with asyncio.timeout(IDLE_SECONDS + SECONDS):
            while resident() > before + 2 * MIB:  # noqa: ASYNC110 - nothing tells
                await asyncio.sleep(0.05)


async def test_a_pool_gives_back_after_large_bodies_and_only_then(
    artifact: Artifact, artifacts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = asyncio.Event()
    monkeypatch.setattr(heap, "give_back", given.set)
    monkeypatch.setattr(pools, "IDLE_SECONDS", 0.05)
    async with ExecutorPool(1, 1, artifacts=artifacts, queue_seconds=SECONDS, kill_after=SECONDS) as pool:
        caller = Caller(pool, artifact)
        await caller.run("echo", b"small")
        await asyncio.sleep(0.2)
        assert not given.is_set()
        await caller.run("echo", bytes(MIB // 2))
        await asyncio.wait_for(given.wait(), SECONDS)


def test_keeping_is_harmless() -> None:
    for _ in range(3):
        heap.keep()
