"""`/api/ext/{extension}/{path}`: one call of an installed extension.

1 answer OPTIONS, 2 find out who calls, 3 find the install of that tenant, 4 find the endpoint, 5 decide whether it
may, 6 choose the header fields for the guest, 7 read the body, 8 run, once for an idempotency key of the client's, 9 choose what
of the answer reaches the client.
"""

import time
from dataclasses import dataclass, replace
from typing import Final

from aiohttp import web
from multidict import CIMultiDict

from gateway import headers, target
from gateway.answers import to_reply
from gateway.authorize.gate import Gate
from gateway.bodies import Bodies
from gateway.endpoints import Endpoint
from gateway.idempotency.model import Claim, Scope, request_hash
from gateway.idempotency.once import Once
from gateway.model import Answer, Call, InstallRoute
from gateway.ports import Runner
from gateway.reply import Reply
from gateway.resolver import SPARE_SECONDS, InstallKey, Resolver
from gateway.routes import API_PREFIX
from gateway.target import Target
from kernel import telemetry
from kernel.errors import Fault, Reason

METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
ALLOW: Final = ", ".join(METHODS)
# The runner ran nothing: the grant was of no use to it, so a new one is worth one more try.
_RENEW: Final = frozenset({Reason.GRANT_EXPIRED, Reason.GRANT_STALE, Reason.VERSION_REVOKED})
_SPARE_MS: Final = 10_000  # of a lease: the second try, and to tell how it ended
_MOST_WAIT_MS: Final = 15_000


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a request asks of an install, whichever version of it answers."""

    key: InstallKey
    method: str
    parts: tuple[str, ...]


class Execute:
    """The handler. `timeout_ms` and `max_body_bytes` hold where an install does not set lower ones."""

    def __init__(
        self,
        gate: Gate,
        resolver: Resolver,
        runner: Runner,
        bodies: Bodies,
        once: Once,
        *,
        timeout_ms: int,
        max_body_bytes: int,
    ) -> None:
        self._gate = gate
        self._resolver = resolver
        self._runner = runner
        self._bodies = bodies
        self._once = once
        self._timeout_ms = timeout_ms
        self._max_body_bytes = max_body_bytes

    async def __call__(self, request: web.BaseRequest, at: Target) -> Reply:
        """Answer one request. Raises what becomes a problem."""
        # 1 answer OPTIONS
        if request.method == "OPTIONS":
            return Reply(204, CIMultiDict({"allow": ALLOW}))
        method = "GET" if request.method == "HEAD" else request.method
        headers.check_size(request.headers.items())
        # 2 find out who calls
        caller = await self._gate.caller(request)
        # 3 find the install of that tenant
        name, _, rest = at.path.removeprefix(API_PREFIX).partition("/")
        key = (caller.tenant_id, target.reference(name, Reason.EXTENSION_NOT_AVAILABLE))
        asked = _Asked(key, method, target.api_segments(rest))
        route = await self._resolver.install(key, self._timeout_ms / 1e3)
        # 4 find the endpoint
        endpoint, timeout_ms = self._fit(route, asked)
        # 5 decide
        self._gate.call(caller, method)
        # 6 choose the header fields for the guest
        request_id = telemetry.request_id.get()
        origin = headers.Origin(request_id, caller.tenant_id, route.extension_id)
        fields = headers.for_guest(request.headers.items(), origin, label=method != "GET")
        # Further slashes in front would make the path an authority to a guest's URL parser.
        path = f"/{rest.lstrip('/')}"
        url = path if at.query is None else f"{path}?{at.query}"
        # 7 read the body
        began = time.monotonic()
        async with self._bodies.read(request, _least(self._max_body_bytes, route.request_bytes)) as body:
            # 8 run
            if time.monotonic() - began > SPARE_SECONDS:  # the grant grew old while the body came
                route = await self._resolver.install(key, self._timeout_ms / 1e3)
                endpoint, timeout_ms = self._fit(route, asked)
            call = Call(route.grant, request_id, method, url, fields, body, timeout_ms, caller.user)

            async def run() -> Reply:
                answer = await self._run(asked, route, call)
                # 9 choose what of the answer reaches the client
                return to_reply(answer, method, path, f"{API_PREFIX}{name}")

            client_key = request.headers.get(headers.IDEMPOTENCY)
            if client_key is None or method == "GET":
                reply = await run()
            else:
                scope = Scope(caller.tenant_id, route.install_id, f"{method} {endpoint.path}", caller.principal_id, client_key)
                told = request_hash(method, url, request.headers.getall("content-type", ()), body)
                claim = Claim(scope, told, 2 * timeout_ms + _SPARE_MS, min(timeout_ms, _MOST_WAIT_MS))
                reply = await self._once.run(claim, run)
        reply.notes.update(tenant=caller.tenant_id, extension=route.extension_id, endpoint=endpoint.path)
        return reply

    def _fit(self, route: InstallRoute, asked: _Asked) -> tuple[Endpoint, int]:
        """The endpoint that answers, and the milliseconds that the call may take. Raises ENDPOINT_NOT_FOUND."""
        endpoint = route.endpoints.match(asked.method, asked.parts)
        if endpoint is None:
            raise Fault(Reason.ENDPOINT_NOT_FOUND)
        return endpoint, _least(self._timeout_ms, route.timeout_ms, endpoint.timeout_ms)

    async def _run(self, asked: _Asked, route: InstallRoute, call: Call) -> Answer:
        """Run once; once more with a new grant when nothing ran because of the old one."""
        try:
            return await self._runner.execute(call)
        except Fault as fault:
            if fault.reason not in _RENEW:
                raise
            call = await self._renewed(asked, route, call)
        try:
            return await self._runner.execute(call)
        except Fault as fault:
            if fault.reason is Reason.VERSION_REVOKED:
                raise Fault(Reason.EXTENSION_REVOKED, log=str(fault)).before_anything_ran() from fault
            if fault.reason in _RENEW:
                refused = Fault(Reason.UNAVAILABLE, log=f"the runner refuses new grants: {fault}")
                raise refused.before_anything_ran() from fault
            raise

    async def _renewed(self, asked: _Asked, route: InstallRoute, call: Call) -> Call:
        """The call with a new grant. Raises as the resolver does."""
        self._resolver.forget_install(asked.key, route)
        try:
            # Perhaps of another version by now: the runner hears of an update before or after this gateway.
            route = await self._resolver.install(asked.key, self._timeout_ms / 1e3)
            return replace(call, grant=route.grant, timeout_ms=self._fit(route, asked)[1])
        except Fault as fault:
            raise fault.before_anything_ran() from fault.__cause__


def _least(most: int, *others: int) -> int:
    """The least of the limits that are set; zero = not set."""
    return min((most, *(other for other in others if other)))
