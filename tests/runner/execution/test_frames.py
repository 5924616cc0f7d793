"""Frames: what one side writes the other reads, and what is no frame is refused."""

import contextlib
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gen.alga.runner.v1.execute_service_pb2 import HttpRequest
from gen.alga.runner.v1.executor_pb2 import Invoke, LaneRequest, LaneResponse
from runner.executor.frames import LENGTH, MAX_FRAME, FrameError, decode, encode, receive

INVOKE = LaneRequest(invoke=Invoke(artifact="/a", http=HttpRequest(body=b"x" * 100_000), timeout_ms=5))


def _sent(*chunks: bytes) -> socket.socket:
    ours, theirs = socket.socketpair()
    ours.setblocking(True)
    theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
    for chunk in chunks:
        theirs.sendall(chunk)
    theirs.close()
    return ours


def test_frames_are_received_one_by_one_until_the_end() -> None:
    with _sent(encode(INVOKE), encode(LaneRequest())) as connection:
        assert receive(connection, LaneRequest) == INVOKE
        assert receive(connection, LaneRequest) == LaneRequest()
        assert receive(connection, LaneRequest) is None


@pytest.mark.parametrize(
    "data",
    [
        b"\0",
        b"\0\0\0\x05abc",
        b"\0\0\0\x05",
        b"\xff\xff\xff\xff",
        LENGTH.pack(MAX_FRAME + 1),
        b"\0\0\0\x01\xff",
        b"\0\0\0\x03\x0a\x7f\x01",
    ],
)
def test_what_is_no_frame_is_refused(data: bytes) -> None:
    with _sent(data) as connection, pytest.raises(FrameError):
        receive(connection, LaneRequest)


def test_a_message_over_the_limit_is_not_sent() -> None:
    with pytest.raises(FrameError):
        encode(LaneRequest(invoke=Invoke(http=HttpRequest(body=bytes(MAX_FRAME)))))


@given(st.binary(max_size=200))
def test_any_bytes_are_a_message_or_an_error(data: bytes) -> None:
    with contextlib.suppress(FrameError):
        decode(LaneResponse, data)


@given(st.binary(max_size=200))
def test_any_stream_is_frames_or_an_error(data: bytes) -> None:
    with _sent(data) as connection, contextlib.suppress(FrameError):
        while receive(connection, LaneResponse) is not None:
            pass
