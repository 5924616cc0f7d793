"""Request bodies: read with a limit, and with a limit on all of them together.

While a body comes its request holds no place among those at work, and it may be cut off for others (`gateway.waiting`).
"""

import asyncio
from types import TracebackType
from typing import Final

from aiohttp import HttpVersion11, web

from gateway.waiting import Room, Stay, Waiting
from kernel.errors import Fault, Reason

_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"


class Bodies:
    """Reads bodies while all of them together fit into `most_bytes`."""

    def __init__(self, most_bytes: int, readers: Waiting, room: Room) -> None:
        self._free = most_bytes
        self._readers = readers
        self._room = room
        self._let_go: asyncio.Event | None = None  # somebody waits for memory

    def read(self, request: web.BaseRequest, limit: int) -> "_Body":
        """The body, at most `limit` bytes; None without one. Its memory counts until the end of the block.

        Raises PAYLOAD_TOO_LARGE before anything beyond the limit is kept, also when the length is not told; REQUEST_TIMED_OUT for a
        body that is too slow; OVERLOADED; INVALID_ARGUMENT for one that is broken or in a transfer coding that nothing here undoes;
        CANCELLED when the client went away.
        """
        return _Body(self, request, limit)

    async def take(self, request: web.BaseRequest, limit: int, pieces: list[bytes]) -> bytes | None:
        """Read a body into `pieces`, which are to be let go whatever happens. Raises as `read` does."""
        if not request.body_exists:
            return None
        if request.headers.get("transfer-encoding", "chunked").strip().lower() != "chunked":
            raise Fault.invalid("transfer-encoding", "must be chunked and nothing else")
        told = request.content_length
        if told is not None and told > limit:
            raise _too_large(limit)
        self._room.free += 1
        try:
            await self._fill(pieces, request, limit)
        finally:
            self._room.free -= 1
        if self._room.free < 0:
            raise Fault(Reason.OVERLOADED, log="too many requests at once")
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def let_go(self, pieces: list[bytes]) -> None:
        """Their memory counts no longer."""
        self._free += sum(map(len, pieces))
        if self._let_go is not None:
            self._let_go.set()
            self._let_go = None

    async def _fill(self, pieces: list[bytes], request: web.BaseRequest, limit: int) -> None:
        left = limit
        try:
            await go_ahead(request)
            async with self._readers.stay() as stay:
                while piece := await request.content.readany():
                    left -= len(piece)
                    if left < 0:
                        raise _too_large(limit)
                    while len(piece) > self._free:
                        await self._make_room(stay)
                    self._free -= len(piece)
                    stay.grow(len(piece))
                    pieces.append(piece)
        except TimeoutError as error:
            rule = f"must arrive within {self._readers.seconds:g} seconds, sooner while too many others do"
            raise Fault.invalid("body", rule, Reason.REQUEST_TIMED_OUT) from error
        except web.RequestPayloadError as error:
            raise Fault.invalid("body", "is not framed as HTTP says") from error
        except ConnectionError as error:
            raise Fault(Reason.CANCELLED, log="client went away while it sent") from error

    async def _make_room(self, stay: Stay) -> None:
        """Let go the body that has come for the longest time. Raises OVERLOADED when those of running calls fill the memory."""
        if not self._readers.cut_holder(stay):
            raise Fault(Reason.OVERLOADED, log="request bodies fill their memory")
        self._let_go = self._let_go or asyncio.Event()
        await self._let_go.wait()


class _Body:
    """For each request, so a class and not a generator, which costs several times as much."""

    __slots__ = ("_bodies", "_limit", "_pieces", "_request")

    def __init__(self, bodies: Bodies, request: web.BaseRequest, limit: int) -> None:
        self._bodies, self._request, self._limit = bodies, request, limit
        self._pieces: list[bytes] = []

    async def __aenter__(self) -> bytes | None:
        try:
            return await self._bodies.take(self._request, self._limit, self._pieces)
        except BaseException:
            self._bodies.let_go(self._pieces)
            raise

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._bodies.let_go(self._pieces)


async def go_ahead(request: web.BaseRequest) -> None:
    """Answer `Expect: 100-continue` now that nothing speaks against the body. Raises INVALID_ARGUMENT for other expectations."""
    expected = request.headers.get("expect")
    if expected is None or request.version < HttpVersion11:
        return
    if expected.lower() != "100-continue":
        raise Fault.invalid("expect", "must be 100-continue")
    await request.writer.write(_CONTINUE)
    # aiohttp takes bytes that were sent for the beginning of the answer.
    request.writer.output_size = 0


def _too_large(limit: int) -> Fault:
    return Fault.invalid("body", f"must be at most {limit} bytes", Reason.PAYLOAD_TOO_LARGE)
