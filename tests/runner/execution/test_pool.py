"""Executors as real child processes: what guests, compromised executors and signals can do to a pool, and what they cannot."""

import asyncio
import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from gen.alga.runner.v1.execute_service_pb2 import ExecuteResponse, Header
from gen.alga.runner.v1.executor_pb2 import (
    GuestFailure,
    HostCall,
    HostResult,
    Invoke,
    LaneResponse,
    LogLine,
    Outcome,
    StorageEntry,
    StorageGet,
)
from kernel.errors import Fault, Reason
from runner.executor.conversation import Conversation
from runner.executor.frames import LENGTH, MAX_FRAME, encode
from runner.executor.meter import Meter
from runner.executor.pool import MAX_INVOKE, ExecutorPool
from runner.executor.process import Executor, ExecutorOptions, Lane
from runner.executor.waiting import Claim, Owner, Shares
from tests.runner.execution.calls import MIB, Backend, Caller, reason
from tests.runner.execution.conftest import Artifact

OWNER = Owner("acme", "i")


async def test_a_call_is_answered_with_its_usage(caller: Caller) -> None:
    outcome = await caller.run("hello")
    assert (outcome.response.status, outcome.response.body) == (200, b"hello")
    assert outcome.response.usage.handler_us > 0
    assert outcome.response.usage.host_calls == 0


async def test_a_call_that_is_refused_when_its_turn_comes_runs_nothing_and_costs_no_lane(caller: Caller) -> None:
    backend, pids = Backend(), caller.pool.pids
    backend.refusal = Fault(Reason.GRANT_STALE)
    for _ in range(50):  # more than there are lanes
        with pytest.raises(Fault) as caught:
            await caller.run("storage", backend=backend)
        assert caught.value.reason is Reason.GRANT_STALE
    assert backend.calls == []
    assert (await caller.run("hello")).response.status == 200
    assert caller.pool.pids == pids


async def test_guests_learn_whose_call_it_is(caller: Caller) -> None:
    outcome = await caller.run("context")
    assert outcome.response.body.startswith(b"acme\n")


@pytest.mark.parametrize(
    ("guest", "expected"),
    [
        ("trap", Reason.GUEST_TRAPPED),
        ("recurse", Reason.GUEST_TRAPPED),
        ("grow", Reason.GUEST_MEMORY_EXCEEDED),
        ("badstatus", Reason.GUEST_RESPONSE_INVALID),
        ("badheader", Reason.GUEST_RESPONSE_INVALID),
        ("manyheaders", Reason.GUEST_RESPONSE_INVALID),
        ("bigbody", Reason.GUEST_RESPONSE_TOO_LARGE),
    ],
)
async def test_a_failing_guest_costs_nobody_else(caller: Caller, guest: str, expected: Reason) -> None:
    (pid,) = caller.pool.pids
    outcome = await caller.run(guest)
    assert reason(outcome) is expected
    assert outcome.failure.log_text
    assert (await caller.run("hello")).response.status == 200
    assert caller.pool.pids == (pid,)


async def test_a_spinning_guest_is_stopped_without_harm(caller: Caller) -> None:
    (pid,) = caller.pool.pids
    spinning, hello = await asyncio.gather(caller.run("spin", ms=100), caller.run("hello"))
    assert reason(spinning) is Reason.GUEST_TIMED_OUT
    assert hello.response.status == 200
    assert caller.pool.pids == (pid,)


async def test_a_guest_that_sleeps_ends_in_time_and_costs_nobody_else(caller: Caller) -> None:
    (pid,) = caller.pool.pids
    backend = Backend()
    backend.gate.clear()
    neighbour = asyncio.create_task(caller.run("storage", backend=backend))
    await backend.asked.wait()
    outcome = await caller.run("wasisleep", ms=50)
    assert reason(outcome) is Reason.GUEST_TIMED_OUT
    assert "wasi:io/poll" in outcome.failure.log_text
    backend.gate.set()
    assert (await neighbour).response.status == 200
    assert caller.pool.pids == (pid,)


def stop(pid: int) -> None:
    """One thread takes the signal and stops the others; until then a lane could still answer."""
    os.kill(pid, signal.SIGSTOP)
    os.waitid(os.P_PID, pid, os.WSTOPPED | os.WNOWAIT)


async def test_a_call_that_outlives_its_deadline_is_killed_with_its_executor(caller: Caller) -> None:
    (pid,) = caller.pool.pids
    backend = Backend()
    backend.gate.clear()
    neighbour = asyncio.create_task(caller.run("storage", backend=backend))
    await backend.asked.wait()
    stop(pid)  # no guest of ours outlives it; one that found a way would be as silent
    outcome = await caller.run("hello", ms=50)
    assert reason(outcome) is Reason.GUEST_TIMED_OUT
    backend.gate.set()
    with pytest.raises(Fault) as lost:
        await neighbour
    assert lost.value.reason is Reason.EXECUTOR_LOST
    assert (await caller.run("hello")).response.status == 200
    assert caller.pool.pids != (pid,)


async def test_a_killed_executor_loses_its_calls_and_is_replaced(caller: Caller) -> None:
    (pid,) = caller.pool.pids
    backend = Backend()
    backend.gate.clear()
    call = asyncio.create_task(caller.run("storage", backend=backend))
    await backend.asked.wait()
    os.kill(pid, signal.SIGKILL)
    backend.gate.set()
    with pytest.raises(Fault) as lost:
        await call
    assert lost.value.reason is Reason.EXECUTOR_LOST
    assert (await caller.run("hello")).response.status == 200


async def test_host_calls_reach_the_backend(caller: Caller) -> None:
    backend = Backend()
    outcome = await caller.run("storage", backend=backend)
    assert (outcome.response.status, outcome.response.body) == (200, b"v")
    assert outcome.response.usage.host_calls == 1
    assert backend.calls[0].storage_get.namespace == "test"


@pytest.mark.parametrize(
    ("trouble", "status"),
    [
        (Fault(Reason.STORAGE_KEY_MISSING), 404),
        (Fault(Reason.STORAGE_CONFLICT), 409),
        (Fault(Reason.CAPABILITY_DENIED), 403),
        (Fault(Reason.UNAVAILABLE), 500),
        (ZeroDivisionError(), 500),
    ],
)
async def test_the_backends_trouble_is_the_interfaces_own_error(caller: Caller, trouble: Exception, status: int) -> None:
    backend = Backend()
    backend.trouble = trouble
    assert (await caller.run("storage", backend=backend)).response.status == status


async def test_a_host_call_ends_with_the_deadline(caller: Caller) -> None:
    (pid,) = caller.pool.pids
    backend = Backend()
    backend.gate.clear()
    outcome = await caller.run("storage", backend=backend, ms=100)
    # Told as late, or the guest got its error a moment before its own clock ran out.
    assert outcome.response.status == 500 or reason(outcome) is Reason.GUEST_TIMED_OUT
    assert (await caller.run("hello")).response.status == 200
    assert caller.pool.pids == (pid,)


async def test_an_answer_that_fits_no_frame_harms_only_the_guest(caller: Caller) -> None:
    class Huge(Backend):
        async def call(self, call: HostCall) -> HostResult:
            return HostResult(storage_entry=StorageEntry(value=bytes(MAX_FRAME + 1)))

    assert (await caller.run("storage", backend=Huge())).response.status == 500


async def test_log_lines_reach_the_backend(caller: Caller) -> None:
    backend = Backend()
    await caller.run("log", backend=backend)
    assert [(line.level, line.message) for line in backend.lines] == [("info", "/"), ("warn", "a warning"), ("error", "an error")]


async def test_a_caller_that_goes_away_gives_its_lane_back(artifact: Artifact, artifacts: Path) -> None:
    async with ExecutorPool(1, 1, artifacts=artifacts) as pool:
        caller = Caller(pool, artifact)
        backend = Backend()
        backend.gate.clear()
        call = asyncio.create_task(caller.run("storage", backend=backend))
        await backend.asked.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        backend.gate.set()
        assert (await caller.run("hello")).response.status == 200


async def test_more_calls_than_lanes_wait_and_too_many_are_refused(artifact: Artifact, artifacts: Path) -> None:
    async with ExecutorPool(1, 1, artifacts=artifacts, shares=Shares.of(1, queue=1), queue_seconds=20) as pool:
        caller = Caller(pool, artifact)
        backend = Backend()
        backend.gate.clear()
        running = asyncio.create_task(caller.run("storage", backend=backend))
        await backend.asked.wait()
        waiting = asyncio.create_task(caller.run("hello"))
        await asyncio.sleep(0)
        with pytest.raises(Fault) as refused:
            await caller.run("hello")
        assert refused.value.reason is Reason.OVERLOADED
        backend.gate.set()
        assert (await running).response.status == 200
        answered = await waiting
        assert answered.response.status == 200
        assert answered.response.usage.queued_us > 0


async def test_waiting_for_a_lane_ends(artifact: Artifact, artifacts: Path) -> None:
    async with ExecutorPool(1, 1, artifacts=artifacts, queue_seconds=0.01) as pool:
        caller = Caller(pool, artifact)
        backend = Backend()
        backend.gate.clear()
        running = asyncio.create_task(caller.run("storage", backend=backend))
        await backend.asked.wait()
        with pytest.raises(Fault) as refused:
            await caller.run("hello")
        assert refused.value.reason is Reason.OVERLOADED
        backend.gate.set()
        await running


async def test_a_lane_that_arrives_too_late_is_given_back(artifacts: Path) -> None:
    async with ExecutorPool(1, 1, artifacts=artifacts) as pool:
        first = pool._waiting.add(OWNER, heavy=False)
        lane = await pool._lane(first, deadline=asyncio.get_running_loop().time() + 20)
        second = pool._waiting.add(OWNER, heavy=False)
        waiting = asyncio.create_task(pool._lane(second, deadline=asyncio.get_running_loop().time() + 20))
        await asyncio.sleep(0)
        pool._give_back(lane, first)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert pool._take(heavy=False) is lane


async def test_a_small_call_passes_large_ones_that_wait_for_each_other(artifacts: Path) -> None:
    async with ExecutorPool(1, 3, artifacts=artifacts) as pool:
        loop = asyncio.get_running_loop()
        first = pool._waiting.add(OWNER, heavy=True)
        large = await pool._lane(first, loop.time() + 20)
        next_large = asyncio.create_task(pool._lane(pool._waiting.add(OWNER, heavy=True), loop.time() + 20))
        await asyncio.sleep(0)
        small = await pool._lane(pool._waiting.add(OWNER, heavy=False), loop.time() + 20)
        assert not next_large.done()
        pool._give_back(large, first)
        assert await next_large is not small


async def test_large_requests_work_one_at_a_time_in_an_executor(caller: Caller) -> None:
    body = bytes(range(256)) * (6 * 1024)
    outcomes = await asyncio.gather(*[caller.run("echo", body) for _ in range(3)])
    assert [outcome.response.body == body for outcome in outcomes] == [True] * 3


async def test_a_request_of_ten_mebibytes_passes_and_its_echo_is_too_large(caller: Caller) -> None:
    assert reason(await caller.run("echo", bytes(10 * MIB), memory_bytes=64 * MIB)) is Reason.GUEST_RESPONSE_TOO_LARGE
    small = await caller.run("echo", bytes(10 * MIB))
    assert reason(small) is Reason.GUEST_MEMORY_EXCEEDED  # its limit is 16 MiB, for the memories of the wrapper as well


async def test_a_request_that_fits_no_frame_is_refused(caller: Caller) -> None:
    (pid,) = caller.pool.pids
    with pytest.raises(Fault) as refused:
        await caller.run("hello", bytes(MAX_INVOKE))
    assert refused.value.reason is Reason.PAYLOAD_TOO_LARGE
    assert caller.pool.pids == (pid,)


async def test_an_artifact_that_is_none_is_not_runnable(caller: Caller, tmp_path: Path) -> None:
    invoke = caller.invoke("hello")
    invoke.artifact = str(tmp_path / "missing")
    outcome = await caller.pool.run(invoke, Backend(), asyncio.get_running_loop().time() + 20)
    assert reason(outcome) is Reason.GUEST_NOT_RUNNABLE


async def test_calls_run_side_by_side(artifact: Artifact, artifacts: Path) -> None:
    async with ExecutorPool(2, 3, artifacts=artifacts, shares=Shares.of(6, tenant=6)) as pool:
        caller = Caller(pool, artifact)
        backends = [Backend() for _ in range(6)]
        for backend in backends:
            backend.gate.clear()
        calls = [asyncio.create_task(caller.run("storage", backend=backend)) for backend in backends]
        await asyncio.gather(*[backend.asked.wait() for backend in backends])
        for backend in backends:
            backend.gate.set()
        assert [outcome.response.status for outcome in await asyncio.gather(*calls)] == [200] * 6


async def test_closing_refuses_ends_and_reaps(artifact: Artifact, artifacts: Path) -> None:
    pool = ExecutorPool(1, 1, artifacts=artifacts)
    await pool.close()
    pool = ExecutorPool(2, 1, artifacts=artifacts)
    await pool.start()
    pids = pool.pids
    caller = Caller(pool, artifact)
    assert (await caller.run("hello")).response.status == 200
    await pool.close()
    await pool.close()
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    with pytest.raises(Fault) as refused:
        await caller.run("hello")
    assert refused.value.reason is Reason.UNAVAILABLE


async def test_closing_does_not_wait_for_ever(artifact: Artifact, artifacts: Path) -> None:
    pool = ExecutorPool(1, 1, artifacts=artifacts)
    await pool.start()
    caller = Caller(pool, artifact)
    backend = Backend()
    backend.gate.clear()
    call = asyncio.create_task(caller.run("storage", backend=backend))
    await backend.asked.wait()
    await pool.close(grace=0)
    with pytest.raises(Fault) as lost:
        await call
    assert lost.value.reason is Reason.EXECUTOR_LOST


async def test_an_executor_ends_with_its_runner(artifacts: Path) -> None:
    executor = await Executor.start(ExecutorOptions(lanes=1, components=1, artifacts=artifacts, memory_bytes=MIB))
    try:
        executor.let_go()
        assert await executor.ended() == 0
    finally:
        await executor.close()


async def test_a_lane_that_gets_no_frames_ends_its_executor(artifacts: Path) -> None:
    executor = await Executor.start(ExecutorOptions(lanes=1, components=1, artifacts=artifacts, memory_bytes=MIB))
    try:
        await executor.idle[0].send(b"\xff\xff\xff\xff")
        assert await executor.ended() == 1
    finally:
        await executor.close()


class Taken:
    """Stands for an executor that its guest has taken over."""

    pid = 0

    def __init__(self) -> None:
        self.killed = False

    def kill(self) -> None:
        self.killed = True


GOOD = LaneResponse(outcome=Outcome(response=ExecuteResponse(status=200)))
LIES: dict[str, Callable[[], bytes]] = {
    "too long": lambda: LENGTH.pack(MAX_FRAME + 1),
    "no protobuf": lambda: LENGTH.pack(1) + b"\xff",
    "cut off": lambda: LENGTH.pack(10) + b"abc",
    "empty": lambda: encode(LaneResponse()),
    "no outcome": lambda: encode(LaneResponse(outcome=Outcome())),
    "another reason": lambda: encode(LaneResponse(outcome=Outcome(failure=GuestFailure(reason="ERROR_REASON_GRANT_INVALID")))),
    "impossible status": lambda: encode(LaneResponse(outcome=Outcome(response=ExecuteResponse(status=0)))),
    "bad header": lambda: encode(
        LaneResponse(outcome=Outcome(response=ExecuteResponse(status=200, headers=[Header(name="a", value="b\r\nc")])))
    ),
    "large body": lambda: encode(LaneResponse(outcome=Outcome(response=ExecuteResponse(status=200, body=bytes(101))))),
    "host-call flood": lambda: encode(LaneResponse(host_call=HostCall(storage_get=StorageGet()))) * 10_001 + encode(GOOD),
    "log flood": lambda: encode(LaneResponse(log=LogLine(level="info", message="x"))) * 1001 + encode(GOOD),
}


async def tell(theirs: socket.socket, lies: bytes) -> None:
    """All of it, then the end."""
    await asyncio.get_running_loop().sock_sendall(theirs, lies)
    theirs.shutdown(socket.SHUT_WR)


async def ignore(theirs: socket.socket) -> None:
    """Whatever the runner says in between."""
    while await asyncio.get_running_loop().sock_recv(theirs, 1 << 16):
        pass


@pytest.mark.parametrize("lie", LIES)
async def test_an_executor_that_lies_is_killed(lie: str) -> None:
    executor = Taken()
    ours, theirs = socket.socketpair()
    lane = Lane(executor, ours)  # type: ignore[arg-type]
    theirs.setblocking(False)
    others = [asyncio.create_task(tell(theirs, LIES[lie]())), asyncio.create_task(ignore(theirs))]
    invoke = Invoke(response_bytes=100)
    talk = Conversation(lane, Backend(), Meter(invoke), ends=asyncio.get_running_loop().time() + 20, grace=0, response_bytes=100)
    with pytest.raises(Fault) as lost:
        await talk.run(invoke)
    lane.close()
    await asyncio.gather(*others, return_exceptions=True)
    theirs.close()
    assert lost.value.reason is Reason.EXECUTOR_LOST
    assert executor.killed


async def test_a_lane_that_ran_the_component_last_is_preferred(artifacts: Path) -> None:
    async with ExecutorPool(1, 3, artifacts=artifacts) as pool:
        first, second = pool._take(heavy=False, artifact="a", crowd=True), pool._take(heavy=False, artifact="b", crowd=True)
        assert first is not None
        assert second is not None
        for lane in (first, second):
            pool._waiting.began(OWNER)
            pool._give_back(lane, Claim(OWNER, heavy=False))
        assert pool._take(heavy=False, artifact="a", crowd=True) is first
        assert pool._take(heavy=False, artifact="b", crowd=True) is second
