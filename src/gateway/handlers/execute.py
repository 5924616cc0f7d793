"""`/api/ext/{extension}/{path}`: one call of an installed extension; `/api/ext-proxy/…` is the same for the host page's bridge.

1 answer OPTIONS, 2 find out who calls, 3 find the install of that tenant, 4 find the endpoint, 5 decide whether it
may, 6 count it, 7 choose the header fields for the guest, 8 read the body, 9 run, once for an idempotency key of the client's,
10 choose what of the answer reaches the client. Below `/api/ext-proxy/` a body that may say another method is read after 3.
"""

import time
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from aiohttp import web
from multidict import CIMultiDict

from gateway import headers, override, target
from gateway.answers import to_reply
from gateway.attempts import Attempts
from gateway.authorize.gate import Gate
from gateway.bodies import Bodies
from gateway.endpoints import Endpoint, Mode
from gateway.idempotency.model import Claim, Scope, request_hash
from gateway.idempotency.once import Once
from gateway.identity.caller import Caller
from gateway.limits.gate import Limits
from gateway.model import Call, InstallRoute, least
from gateway.ports import Runner
from gateway.reply import Reply
from gateway.resolver import SPARE_SECONDS, InstallKey, Resolver
from gateway.routes import API_PREFIX, PROXY_PREFIX
from gateway.target import Target
from kernel import telemetry
from kernel.errors import Fault, Reason

METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
ALLOW: Final = ", ".join(METHODS)
_SPARE_MS: Final = 10_000  # of a lease: the second try, and to tell how it ended
_MOST_WAIT_MS: Final = 15_000


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a request asks of an install, whichever version of it answers."""

    key: InstallKey
    caller: Caller
    method: str
    parts: tuple[str, ...]
    path: str
    query: str | None
    outside: str  # what stands before `path` outside

    @property
    def url(self) -> str:
        """As the guest gets it."""
        return self.path if self.query is None else f"{self.path}?{self.query}"


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
    """The handler. `timeout_ms` and `max_body_bytes` hold where an install does not set lower ones."""

    def __init__(
        self,
        gate: Gate,
        resolver: Resolver,
        runner: Runner,
        bodies: Bodies,
        once: Once,
        limits: Limits,
        *,
        timeout_ms: int,
        max_body_bytes: int,
        mode: Mode = "enforced",
    ) -> None:
        self._gate = gate
        self._resolver = resolver
        self._attempts = Attempts(resolver, runner, timeout_ms)
        self._bodies = bodies
        self._once = once
        self._limits = limits
        self._mode = mode
        self._timeout_ms = timeout_ms
        self._max_body_bytes = max_body_bytes

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
        route = await self._resolver.install(key, self._timeout_ms / 1e3)
        method = "GET" if request.method == "HEAD" else request.method
        # Further slashes in front would make the path an authority to a guest's URL parser.
        asked = _Asked(key, caller, method, parts, f"/{rest.lstrip('/')}", at.query, f"{lane.prefix}{name}")
        if not (lane.override and method == "POST"):
            return await self._call(request, caller, asked, route)
        said, query = override.of_query(at.query)
        if said is not None:
            return await self._call(request, caller, replace(asked, method=said, query=query), route)
        counted = await self._limits.charge(caller.tenant_id, route.extension_id, caller.principal_id)
        async with self._bodies.read(request, self._most(route)) as body:
            said, body = override.of_body(body, request.headers.get("content-type", ""))
            return await self._call(request, caller, replace(asked, method=said or method), route, counted, (body,))

    async def _call(
        self,
        request: web.BaseRequest,
        caller: Caller,
        asked: _Asked,
        route: InstallRoute,
        counted: Mapping[str, str] | None = None,
        read: tuple[bytes | None] | None = None,
    ) -> Reply:
        """From step 4 on. `counted` and `read` are what was done before."""
        # 4 find the endpoint, 5 decide
        endpoint, timeout_ms = self._fit(route, asked)
        # 6 count it
        if counted is None:
            counted = await self._limits.charge(caller.tenant_id, route.extension_id, caller.principal_id)
        # 7 choose the header fields for the guest
        request_id = telemetry.request_id.get()
        origin = headers.Origin(request_id, caller.tenant_id, route.extension_id)
        fields = headers.for_guest(request.headers.items(), origin, label=asked.method != "GET")
        # 8 read the body
        began = time.monotonic()
        async with self._bodies.read(request, self._most(route)) if read is None else nullcontext(read[0]) as body:
            if asked.method == "GET" and request.method == "POST":
                body = None
            # 9 run
            if time.monotonic() - began > SPARE_SECONDS:  # the grant grew old while the body came
                route = await self._resolver.install(asked.key, self._timeout_ms / 1e3)
                endpoint, timeout_ms = self._fit(route, asked)
            call = Call(route.grant, request_id, asked.method, asked.url, fields, body, timeout_ms, caller.user)

            def again(route: InstallRoute) -> Call:
                return replace(call, grant=route.grant, timeout_ms=self._fit(route, asked)[1])

            async def run() -> Reply:
                work = partial(self._attempts.run, asked.key, route, call, again)
                answer = await self._limits.run(caller.tenant_id, route.extension_id, work)
                # 10 choose what of the answer reaches the client; caches see the method that was sent
                sent = "GET" if request.method == "HEAD" else request.method
                return to_reply(answer, sent, asked.path, asked.outside)

            client_key = request.headers.get(headers.IDEMPOTENCY)
            if client_key is None or asked.method == "GET":
                reply = await run()
            else:
                on = f"{asked.method} {endpoint.path}"
                scope = Scope(caller.tenant_id, route.install_id, on, caller.principal_id, client_key)
                told = request_hash(asked.method, asked.url, request.headers.getall("content-type", ()), body)
                claim = Claim(scope, told, 2 * timeout_ms + _SPARE_MS, min(timeout_ms, _MOST_WAIT_MS))
                reply = await self._once.run(claim, run)
        reply.headers.update(counted)
        reply.notes.update(tenant=caller.tenant_id, extension=route.extension_id, endpoint=endpoint.path)
        if not endpoint.listed:
            reply.notes["unlisted"] = True
        return reply

    def _most(self, route: InstallRoute) -> int:
        """The most bytes of a body."""
        return least(self._max_body_bytes, route.request_bytes)

    def _fit(self, route: InstallRoute, asked: _Asked) -> tuple[Endpoint, int]:
        """The endpoint that answers, and the milliseconds that the call may take. Raises ENDPOINT_NOT_FOUND, PERMISSION_DENIED."""
        endpoint = route.endpoints.match(asked.method, asked.parts, self._mode)
        if endpoint is None:
            raise Fault(Reason.ENDPOINT_NOT_FOUND)
        # For each route anew: between two of them the version, or who may call it, can have changed.
        self._gate.call(asked.caller, asked.method, route)
        return endpoint, least(self._timeout_ms, route.timeout_ms, endpoint.timeout_ms)
