"""A lane's socket as the runner holds it, and what ends a call whose answer does not come."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import pytest

from gen.alga.runner.v1.execute_service_pb2 import ExecuteResponse
from gen.alga.runner.v1.executor_pb2 import Invoke, LaneResponse, LogLine, Outcome
from runner.executor.conversation import Conversation
from runner.executor.frames import FrameError, encode, receive
from runner.executor.meter import Meter
from runner.executor.process import Lane
from tests.runner.execution.calls import Backend

ANSWER = LaneResponse(outcome=Outcome(response=ExecuteResponse(status=200)))
MIB = 1 << 20


class Process:
    """Stands for the executor's process."""

    pid = 0
    killed = False

    def kill(self) -> None:
        self.killed = True


@contextlib.asynccontextmanager
async def pair() -> AsyncIterator[tuple[Lane, socket.socket, Process]]:
    """A lane and the executor's end of it, which does not block."""
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    process = Process()
    lane = Lane(process, ours)  # type: ignore[arg-type]
    try:
        yield lane, theirs, process
    finally:
        lane.close()
        theirs.close()


def line(text: str) -> LaneResponse:
    return LaneResponse(log=LogLine(level="info", message=text))


async def test_frames_that_come_together_or_byte_by_byte_are_read_one_by_one() -> None:
    async with pair() as (lane, theirs, _):
        theirs.sendall(encode(line("a")) + encode(line("b")))
        assert [(await lane.read(LaneResponse)).log.message for _ in range(2)] == ["a", "b"]
        reading = asyncio.create_task(lane.read(LaneResponse))
        for byte in encode(line("c")):
            theirs.sendall(bytes([byte]))
            await asyncio.sleep(0)
        assert (await reading).log.message == "c"


async def test_a_reader_that_is_cancelled_loses_nothing() -> None:
    async with pair() as (lane, theirs, _):
        frame = encode(line("whole"))
        reading = asyncio.create_task(lane.read(LaneResponse))
        theirs.sendall(frame[:7])
        await asyncio.sleep(0)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        theirs.sendall(frame[7:])
        assert (await lane.read(LaneResponse)).log.message == "whole"


async def test_who_sends_what_nobody_reads_has_to_wait_and_loses_nothing() -> None:
    async with pair() as (lane, theirs, _):
        frame = encode(line("x" * 8_000))
        count = 2_000
        sending = asyncio.create_task(asyncio.get_running_loop().sock_sendall(theirs, frame * count))
        for _ in range(1_000):
            await asyncio.sleep(0)
        assert not sending.done()  # of 16 MB the lane holds its buffer's worth, and the kernel the rest
        assert len(lane._received) < MIB
        for _ in range(count):
            assert len((await lane.read(LaneResponse)).log.message) == 8_000
        await sending


async def test_a_large_frame_goes_out_whole_though_its_reader_is_slow() -> None:
    async with pair() as (lane, theirs, _):
        frame = line("y" * 4 * MIB)
        sending = asyncio.create_task(lane.send(encode(frame)))
        theirs.setblocking(True)
        assert await asyncio.to_thread(receive, theirs, LaneResponse) == frame
        await sending


async def test_closing_a_lane_ends_its_reader() -> None:
    async with pair() as (lane, _theirs, _):
        reading = asyncio.create_task(lane.read(LaneResponse))
        await asyncio.sleep(0)
        lane.close()
        with pytest.raises(FrameError, match="ended"):
            await reading


@pytest.mark.parametrize("answers", [True, False])
async def test_an_executor_is_not_killed_for_the_lateness_of_its_runner(answers: bool) -> None:
    invoke = Invoke(response_bytes=100)
    async with pair() as (lane, theirs, process):
        # The deadline has passed before this process looks: it has been late.
        ends = asyncio.get_running_loop().time() - 1
        talk = Conversation(lane, Backend(), Meter(invoke), ends=ends, grace=0.2, response_bytes=100)
        run = asyncio.create_task(talk.run(invoke))
        for _ in range(10):
            await asyncio.sleep(0)
        assert not run.done()
        if answers:
            theirs.sendall(encode(ANSWER))
        outcome = await run
        assert (outcome.response.status == 200, talk.killed, process.killed) == (answers, not answers, not answers)
        if not answers:
            assert outcome.failure.log_text == "killed after its deadline"


@pytest.mark.parametrize("size", [70_000, 300_000, 2 * MIB])
async def test_large_frames_arrive_whole_and_leave_what_follows(size: int) -> None:
    async with pair() as (lane, theirs, _):
        frame = encode(line("x" * size)) + encode(line("small"))
        for _ in range(2):
            sending = asyncio.create_task(asyncio.get_running_loop().sock_sendall(theirs, frame))
            reading = asyncio.create_task(lane.read(LaneResponse))
            await asyncio.sleep(0)
            reading.cancel()  # and nothing is lost
            assert len((await lane.read(LaneResponse)).log.message) == size
            assert lane.read_bytes > size
            assert (await lane.read(LaneResponse)).log.message == "small"
            await sending


async def test_the_end_inside_a_large_frame_is_an_error() -> None:
    async with pair() as (lane, theirs, _):
        theirs.sendall(encode(line("x" * 200_000))[:100_000])
        theirs.close()
        with pytest.raises(FrameError, match="ended"):
            await lane.read(LaneResponse)
