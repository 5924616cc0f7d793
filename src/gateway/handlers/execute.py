"""`/api/ext/{extension}/{path}`: one call of an installed extension; `/api/ext-proxy/…` is the same for the host page's bridge.

1 answer OPTIONS, 2 find out who calls, 3 find the install of that tenant, 4 find the endpoint, decide whether it may, and count it,
5 choose the header fields for the guest, 6 read the body, 7 run, 8 choose what of the answer reaches the client. Below
`/api/ext-proxy/` a body that may say another method is read after 3.
"""

import time
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Final

from aiohttp import web
from multidict import CIMultiDict

from gateway import headers, override, target
from gateway.answers import to_reply
from gateway.authorize.gate import Gate
from gateway.bodies import Bodies
from gateway.calls import Asked, Calls, Sent
from gateway.model import Answer, InstallRoute
from gateway.reply import Reply
from gateway.resolver import SPARE_SECONDS
from gateway.routes import API_PREFIX, PROXY_PREFIX
from gateway.target import Target
from kernel import telemetry
from kernel.errors import Reason

METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
ALLOW: Final = ", ".join(METHODS)


@dataclass(frozen=True, slots=True)
class Lane:
    """One kind of path to extensions. With `override`, a POST may stand for another method, and empty segments do not count."""

    prefix: str
    override: bool = False

    def rest(self, rest: str) -> str:
        """What stands below the extension, as the guest is to get it."""
        return "/".join(part for part in rest.split("/") if part) if self.override else rest


DIRECT: Final = Lane(API_PREFIX)
PROXY: Final = Lane(PROXY_PREFIX, override=True)


class Execute:
    """The handler."""

    def __init__(self, gate: Gate, bodies: Bodies, calls: Calls) -> None:
        self._gate, self._bodies, self._calls = gate, bodies, calls

    async def __call__(self, request: web.BaseRequest, at: Target) -> Reply:
        """Answer one request. Raises what becomes a problem."""
        return await self.serve(request, at, DIRECT)

    async def serve(self, request: web.BaseRequest, at: Target, lane: Lane) -> Reply:
        """The same, for either kind of path."""
        # 1 answer OPTIONS
        if request.method == "OPTIONS":
            return Reply(204, CIMultiDict({"allow": ALLOW}))
        headers.check_size(request.headers.items())
        # 2 find out who calls
        caller = await self._gate.caller(request)
        # 3 find the install of that tenant
        name, _, rest = at.path.removeprefix(lane.prefix).partition("/")
        key = (caller.tenant_id, target.reference(name, Reason.EXTENSION_NOT_AVAILABLE))
        rest = lane.rest(rest)
        parts = target.api_segments(rest)
        route = await self._calls.find(key)
        method = "GET" if request.method == "HEAD" else request.method
        # Further slashes in front would make the path an authority to a guest's URL parser.
        asked = Asked(key, caller, method, parts, f"/{rest.lstrip('/')}", at.query)
        outside = f"{lane.prefix}{name}"
        if not (lane.override and method == "POST"):
            return await self._call(request, asked, outside, route)
        said, query = override.of_query(at.query)
        if said is not None:
            return await self._call(request, replace(asked, method=said, query=query), outside, route)
        counted = await self._calls.count(caller, route)
        async with self._bodies.read(request, self._calls.most_bytes(route)) as body:
            said, body = override.of_body(body, request.headers.get("content-type", ""))
            return await self._call(request, replace(asked, method=said or method), outside, route, counted, (body,))

    async def _call(
        self,
        request: web.BaseRequest,
        asked: Asked,
        outside: str,
        route: InstallRoute,
        counted: Mapping[str, str] | None = None,
        read: tuple[bytes | None] | None = None,
    ) -> Reply:
        """From step 4 on. `outside` stands before the path outside; `counted` and `read` are what was done before."""
        # 4 find the endpoint, decide, count it
        admitted = await self._calls.admit(asked, route, counted)
        # 5 choose the header fields for the guest
        origin = headers.Origin(telemetry.request_id.get(), asked.caller.tenant_id, route.extension_id)
        told = headers.for_guest(request.headers.items(), origin, label=asked.method != "GET")

        def reply_of(answer: Answer) -> Reply:
            # 8 choose what of the answer reaches the client; caches see the method that was sent
            sent = "GET" if request.method == "HEAD" else request.method
            return to_reply(answer, sent, asked.path, outside)

        # 6 read the body
        began = time.monotonic()
        most = self._calls.most_bytes(route)
        async with self._bodies.read(request, most) if read is None else nullcontext(read[0]) as body:
            if asked.method == "GET" and request.method == "POST":
                body = None
            # 7 run
            if time.monotonic() - began > SPARE_SECONDS:  # the grant grew old while the body came
                admitted = await self._calls.renew(asked, admitted)
            return await self._calls.run(asked, admitted, Sent(told.fields, body, told.client_key), reply_of)
