"""Request bodies: read with a limit, and with a limit on all of them together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import HttpVersion11, web

from kernel.errors import Fault, Reason

READ_SECONDS: Final = 30.0  # a client that sends a byte a second must not hold a place for ever
_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"


class Bodies:
    """Reads bodies while all of them together fit into `most_bytes`."""

    def __init__(self, most_bytes: int) -> None:
        self._free = most_bytes

    @asynccontextmanager
    async def read(self, request: web.BaseRequest, limit: int) -> AsyncIterator[bytes | None]:
        """The body, at most `limit` bytes; None without one. Its memory counts until the end of the block.

        Raises PAYLOAD_TOO_LARGE before anything beyond the limit is kept, also when the length is not told; OVERLOADED;
        INVALID_ARGUMENT for a body that is broken, too slow or in a transfer coding that nothing here undoes; CANCELLED when the
        client went away.
        """
        if not request.body_exists:
            yield None
            return
        if request.headers.get("transfer-encoding", "chunked").strip().lower() != "chunked":
            raise Fault.invalid("transfer-encoding", "must be chunked and nothing else")
        told = request.content_length
        if told is not None and told > limit:
            raise _too_large(limit)
        pieces: list[bytes] = []
        try:
            await self._fill(pieces, request, limit)
            yield pieces[0] if len(pieces) == 1 else b"".join(pieces)
        finally:
            self._free += sum(map(len, pieces))

    async def _fill(self, pieces: list[bytes], request: web.BaseRequest, limit: int) -> None:
        left = limit
        try:
            await _go_ahead(request)
            async with asyncio.timeout(READ_SECONDS):
                while piece := await request.content.readany():
                    left -= len(piece)
                    if left < 0:
                        raise _too_large(limit)
                    if len(piece) > self._free:
                        raise Fault(Reason.OVERLOADED, log="request bodies fill their memory")
                    self._free -= len(piece)
                    pieces.append(piece)
        except TimeoutError as error:
            raise Fault.invalid("body", f"must arrive within {READ_SECONDS:.0f} seconds") from error
        except web.RequestPayloadError as error:
            raise Fault.invalid("body", "is not framed as HTTP says") from error
        except ConnectionError as error:
            raise Fault(Reason.CANCELLED, log="client went away while it sent") from error


async def _go_ahead(request: web.BaseRequest) -> None:
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
