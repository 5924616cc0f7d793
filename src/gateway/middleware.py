"""What every request passes.

1 take or make the request id, 2 find the route, 3 run its handler while there is room, 4 turn what went wrong into a problem, 5
add the route's header fields, 6 send within a time, 7 log one line.
"""

import asyncio
import logging
import time
from contextlib import aclosing
from typing import Final

from aiohttp import web

from gateway import target
from gateway.reply import Reply, problem
from gateway.routes import Route, Routes
from kernel import telemetry
from kernel.errors import Blame, Fault, Reason

REQUEST_ID: Final = "x-request-id"
SEND_SECONDS: Final = 60.0  # a client that does not read must not hold an answer in memory for ever
_log = logging.getLogger(__name__)


class Edge:
    """The handler of the HTTP server: it never raises but for cancellation."""

    def __init__(self, routes: Routes, max_requests: int) -> None:
        self._routes = routes
        self._room = max_requests

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request."""
        started = time.perf_counter()
        # 1 take or make the request id
        request_id = telemetry.accepted_request_id(request.headers.get(REQUEST_ID))
        telemetry.request_id.set(request_id)
        # 2 find the route
        raw = target.origin_form(request.raw_path)
        route, values = self._routes.find(request.method, raw)
        self._room -= route.limited
        status, code, notes = 499, "cancelled", {}
        try:
            # 3, 4
            reply = await self._reply(route, request, raw, values)
            status, code, notes = reply.status, reply.code, reply.notes
            # 5 add the route's header fields
            headers = reply.headers
            headers[REQUEST_ID] = request_id
            for name, value in route.fields:
                headers.setdefault(name, value)
            # 6 send within a time
            response = reply.response()
            if not await _send(request, reply, response):
                code = "aborted"
            return response
        finally:
            self._room += route.limited
            # 7 log one line
            elapsed = round((time.perf_counter() - started) * 1e3, 2)
            extra = {"method": request.method, "route": route.name, "status": status, "ms": elapsed, **notes}
            if code:
                extra["code"] = code
            telemetry.info_later(_log, "request", extra)

    async def _reply(self, route: Route, request: web.BaseRequest, raw: str, values: tuple[str, ...]) -> Reply:
        try:
            # 3 run its handler while there is room
            if route.limited and self._room < 0:
                raise Fault(Reason.OVERLOADED, log="too many requests at once")
            return await route.handler(request, target.split(raw, values))
        # 4 turn what went wrong into a problem
        except Fault as fault:
            if fault.row.blame is Blame.HOST:
                _log.warning("request failed", extra={"reason": fault.reason.name, "why": str(fault)})
            reply = problem(fault)
            if fault.log:
                reply.notes["why"] = fault.log
            return reply
        except Exception:  # noqa: BLE001 - the top boundary: nothing internal leaves
            _log.exception("unexpected error")
            return problem(Fault(Reason.INTERNAL))


async def _send(request: web.BaseRequest, reply: Reply, response: web.StreamResponse) -> bool:
    """Whether all of it went out; otherwise the connection is cut, so that nobody takes the part for the whole.

    Of a live stream each part has the whole time for itself.
    """
    clock = asyncio.get_running_loop().time
    try:
        async with asyncio.timeout(SEND_SECONDS) as limit:
            await response.prepare(request)
            if reply.stream is not None:
                async with aclosing(reply.stream.chunks()) as chunks:
                    async for chunk in chunks:
                        if reply.live:
                            limit.reschedule(clock() + SEND_SECONDS)
                        await response.write(chunk)
            await response.write_eof()
    except ConnectionError:
        return False
    except (Fault, TimeoutError) as error:
        _log.warning("answer cut off", extra={"why": str(error) or "client reads too slowly"})
        if request.transport is not None:
            request.transport.abort()
        return False
    finally:
        if reply.stream is not None:
            reply.stream.close()
    return True
