"""What every request passes.

1 take or make the request id, 2 find the route, 3 run its handler while there is room and its sender has not sent too much that was
refused, 4 turn what went wrong into a problem, 5 add the fields of the route and for browsers, 6 send within a time, 7 log.
"""

import logging
import time
from typing import Final

from aiohttp import web

from gateway import target
from gateway.cors import Cors
from gateway.limits.peers import Peers
from gateway.reply import Reply, problem
from gateway.routes import UI_FIELDS, Route, Routes
from gateway.sending import Sender
from gateway.sites import Sites
from gateway.waiting import Room
from kernel import telemetry
from kernel.errors import Blame, Fault, Reason

REQUEST_ID: Final = "x-request-id"
_log = logging.getLogger(__name__)


class Edge:
    """The handler of the HTTP server: it never raises but for cancellation."""

    def __init__(self, routes: Routes, room: Room, sender: Sender, peers: Peers, cors: Cors, sites: Sites) -> None:
        self._routes, self._room, self._sender, self._peers, self._cors = routes, room, sender, peers, cors
        self._sites = sites

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request."""
        started = time.perf_counter()
        # 1 take or make the request id
        request_id = telemetry.accepted_request_id(request.headers.get(REQUEST_ID))
        telemetry.request_id.set(request_id)
        # 2 find the route
        raw = target.origin_form(request.raw_path)
        route, values = self._routes.find(request.method, raw)
        if route.fields is not UI_FIELDS and self._sites.install(request):
            # The pages of an install's own origin reach nothing there that some credential of their browser would open.
            route, values = self._routes.missing_ui
        held = int(route.limited)
        self._room.free -= held
        status, code, notes = 499, "cancelled", {}
        try:
            # 3, 4
            reply = await self._reply(route, request, raw, values)
            status, code, notes = reply.status, reply.code, reply.notes
            if not reply.live:  # nothing is at work for it any more: a client that reads slowly holds no place
                self._room.free += held
                held = 0
            # 5 add the route's header fields and those for browsers
            headers = reply.headers
            headers[REQUEST_ID] = request_id
            for name, value in route.fields:
                headers.setdefault(name, value)
            self._cors.add(request, reply)
            # 6 send within a time
            response = reply.response()
            if not await self._sender.send(request, reply, response):
                code = "aborted"
            return response
        finally:
            self._room.free += held
            # 7 log one line
            elapsed = round((time.perf_counter() - started) * 1e3, 2)
            extra = {"method": request.method, "route": route.name, "status": status, "ms": elapsed, **notes}
            if code:
                extra["code"] = code
            telemetry.info_later(_log, "request", extra)

    async def _reply(self, route: Route, request: web.BaseRequest, raw: str, values: tuple[str, ...]) -> Reply:
        peer = self._peers.key(request.transport.get_extra_info("peername")) if request.transport is not None else ""
        reply = await self._answer(route, request, raw, values, peer)
        self._peers.count(peer, reply.status, public=route.fields is UI_FIELDS)
        return reply

    async def _answer(self, route: Route, request: web.BaseRequest, raw: str, values: tuple[str, ...], peer: str) -> Reply:
        try:
            # 3 run its handler while there is room, and its sender may
            if route.limited:
                self._peers.check(peer)
            if (preflight := self._cors.preflight(request)) is not None and route.fields is not UI_FIELDS:
                return preflight
            if route.limited and self._room.free < 0:
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
