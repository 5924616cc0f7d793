"""Frames between a runner and a lane: protobuf messages behind their length as a big-endian uint32."""

import socket
import struct
from collections.abc import Sequence
from typing import Final, TypeVar

from google.protobuf.message import DecodeError, Message

# A request of 10 MiB with its headers fits; a compromised executor cannot make the runner allocate more than this for a lane.
MAX_FRAME: Final = 16 * 1024 * 1024
LENGTH: Final = struct.Struct(">I")
_SMALL: Final = 64 * 1024

M = TypeVar("M", bound=Message)


class FrameError(Exception):
    """The other side sent what is not a frame: too long, cut off, another message. Nothing after it can be understood."""


def encode(message: Message) -> bytes:
    """One frame. Raises FrameError when the message is longer than MAX_FRAME."""
    data = message.SerializeToString()
    return LENGTH.pack(checked(len(data))) + data


def enclosed(field: int, *message: bytes) -> tuple[bytes, ...]:
    """A frame with one field, a message that is encoded in one or more pieces; in pieces. Raises FrameError as `encode` does.

    A message within a message would be copied, and the frame's length in front of it copies all again: megabytes where bodies are.
    """
    size = sum(map(len, message))
    head = bytes((field << 3 | 2,)) + varint(size)  # as protobuf writes a field with a length
    return LENGTH.pack(checked(len(head) + size)) + head, *message


def varint(number: int) -> bytes:
    """A number as protobuf writes it."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def after(pieces: Sequence[bytes], sent: int) -> list[memoryview]:
    """What is left of some pieces when so many bytes of them are sent."""
    left = []
    for piece in pieces:
        if sent < len(piece):
            left.append(memoryview(piece)[sent:])
        sent = max(0, sent - len(piece))
    return left


def decode(kind: type[M], data: bytes | bytearray) -> M:
    """The message in a frame's bytes. Raises FrameError."""
    try:
        return kind.FromString(data)  # type: ignore[arg-type]  # it reads a bytearray where it is
    except DecodeError as error:
        raise FrameError(f"not a {kind.__name__}") from error


def checked(size: int) -> int:
    """A frame's length that is within the limit. Raises FrameError."""
    if size > MAX_FRAME:
        raise FrameError(f"a frame of {size} bytes is longer than {MAX_FRAME}")
    return size


def send(connection: socket.socket, pieces: Sequence[bytes]) -> None:
    """Send a frame in pieces on a blocking socket. Raises OSError.

    An executor may not use `sendmsg`, which also passes descriptors on. A small frame is put together: its reader wakes up once.
    """
    if sum(map(len, pieces)) < _SMALL:
        connection.sendall(b"".join(pieces))
        return
    for piece in pieces:
        connection.sendall(piece)


def receive(connection: socket.socket, kind: type[M]) -> M | None:
    """The next message of a blocking socket; None at its end. Raises FrameError, and OSError as the socket does."""
    head = _exactly(connection, LENGTH.size)
    if head is None:
        return None
    data = _exactly(connection, checked(LENGTH.unpack(head)[0]))
    if data is None:
        raise FrameError("the stream ended inside a frame")
    return decode(kind, data)


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
