"""A lane by itself, in a thread of this process."""

import socket
import sys
import threading
from collections.abc import Iterator
from types import FrameType

import pytest
from google.protobuf.message import Message

from gen.alga.runner.v1.executor_pb2 import LaneRequest, LaneResponse
from runner.engine.invoke import Runtime
from runner.engine.slots import Slots
from runner.executor.frames import encode, receive
from runner.executor.handlers import Handlers
from runner.executor.lane import Lane
from runner.host import host_functions
from tests.runner.execution.calls import Caller
from tests.runner.execution.conftest import Artifact


@pytest.fixture
def lane() -> Iterator[tuple[socket.socket, int]]:
    """The runner's end, and the lane's thread."""
    ours, theirs = socket.socketpair()
    runtime = Runtime(host_functions(), Slots(lanes=1, memory_bytes=64 << 20))
    thread = threading.Thread(target=Lane(theirs, runtime, Handlers(runtime, 4)).run)
    thread.start()
    assert thread.ident is not None
    yield ours, thread.ident
    ours.close()
    thread.join(20)
    theirs.close()


def _frames(thread: int) -> Iterator[FrameType]:
    frame: FrameType | None = sys._current_frames()[thread]
    while frame is not None:
        yield frame
        frame = frame.f_back


def test_an_idle_lane_holds_nothing_of_the_last_call(lane: tuple[socket.socket, int], artifact: Artifact, caller: Caller) -> None:
    ours, thread = lane
    body = b"of a tenant" * 1000
    ours.sendall(encode(LaneRequest(invoke=caller.invoke("echo", body))))
    answer = receive(ours, LaneResponse)
    assert answer is not None
    assert answer.outcome.response.body == body
    while not any(frame.f_code.co_name == "_exactly" for frame in _frames(thread)):
        pass  # until it waits for the next call
    held = [value for frame in _frames(thread) for value in frame.f_locals.values() if isinstance(value, Message)]
    assert held == []
