"""Frames between a runner and a lane: protobuf messages behind their length as a big-endian uint32."""

import socket
import struct
from typing import Final, TypeVar

from google.protobuf.message import DecodeError, Message

# A request of 10 MiB with its headers fits; a compromised executor cannot make the runner allocate more than this for a lane.
MAX_FRAME: Final = 16 * 1024 * 1024
LENGTH: Final = struct.Struct(">I")

M = TypeVar("M", bound=Message)


class FrameError(Exception):
    """The other side sent what is not a frame: too long, cut off, another message. Nothing after it can be understood."""


def encode(message: Message) -> bytes:
    """One frame. Raises FrameError when the message is longer than MAX_FRAME."""
    data = message.SerializeToString()
    return LENGTH.pack(checked(len(data))) + data


def decode(kind: type[M], data: bytes) -> M:
    """The message in a frame's bytes. Raises FrameError."""
    try:
        return kind.FromString(data)
    except DecodeError as error:
        raise FrameError(f"not a {kind.__name__}") from error


def checked(size: int) -> int:
    """A frame's length that is within the limit. Raises FrameError."""
    if size > MAX_FRAME:
        raise FrameError(f"a frame of {size} bytes is longer than {MAX_FRAME}")
    return size


def receive(connection: socket.socket, kind: type[M]) -> M | None:
    """The next message of a blocking socket; None at its end. Raises FrameError, and OSError as the socket does."""
    head = _exactly(connection, LENGTH.size)
    if head is None:
        return None
    data = _exactly(connection, checked(LENGTH.unpack(head)[0]))
    if data is None:
        raise FrameError("the stream ended inside a frame")
    return decode(kind, bytes(data))


def _exactly(connection: socket.socket, size: int) -> bytearray | None:
    buffer = bytearray(size)
    view = memoryview(buffer)
    got = 0
    while got < size:
        more = connection.recv_into(view[got:])
        if more == 0:
            if got:
                raise FrameError("the stream ended inside a frame")
            return None
        got += more
    return buffer
