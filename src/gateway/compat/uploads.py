"""Large request bodies that pass through, piece by piece: they are never in memory as a whole."""

from collections.abc import AsyncIterator

from aiohttp import web

from gateway.bodies import go_ahead
from kernel.errors import Fault, Reason


async def pieces(request: web.BaseRequest) -> AsyncIterator[bytes]:
    """The body as it comes; how slow it may be is for its receiver to say.

    Raises INVALID_ARGUMENT for a body that is broken or in a transfer coding that nothing here undoes, CANCELLED when the client
    went away.
    """
    if not request.body_exists:
        return
    if request.headers.get("transfer-encoding", "chunked").strip().lower() != "chunked":
        raise Fault.invalid("transfer-encoding", "must be chunked and nothing else")
    try:
        await go_ahead(request)
        while piece := await request.content.readany():
            yield piece
    except web.RequestPayloadError as error:
        raise Fault.invalid("body", "is not framed as HTTP says") from error
    except ConnectionError as error:
        raise Fault(Reason.CANCELLED, log="client went away while it sent") from error
