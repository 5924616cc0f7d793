"""`POST /v1/execute`: a call that the reference's own server asks for, of an install of our registry.

1 check the service token, 2 read headers and body, 3 compare what they name, 4 find the install and its endpoint, 5 choose the
header fields for the guest, 6 run, 7 answer the envelope, also for what failed: that server reads nothing else.
"""

import base64
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from aiohttp import web

from gateway import headers, target
from gateway.attempts import Attempts
from gateway.bodies import Bodies
from gateway.compat import wanted
from gateway.compat.service_door import ServiceDoor
from gateway.compat.wanted import Wanted
from gateway.handlers.compat.reading import json_reply
from gateway.headers import is_value
from gateway.model import Answer, Call, InstallRoute, least
from gateway.ports import Runner
from gateway.query import parameters
from gateway.reply import Reply
from gateway.resolver import InstallKey, Resolver
from gateway.target import Target
from kernel import telemetry
from kernel.errors import Blame, Fault, Reason

ENVELOPE_BYTES: Final = 256 << 10  # of all but the body
# Of the connection, or of another origin than the guest's: they end here whoever asks.
_DROPPED: Final = frozenset(
    {"connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer", "transfer-encoding", "upgrade"}
    | {"set-cookie", "content-length", "content-encoding"}
)
_BUNDLE: Final = frozenset({Reason.BUNDLE_INTEGRITY, Reason.ATTESTATION_INVALID})
# Said of the request itself: the reference's runner answers such with a status of HTTP as well.
_HTTP: Final = frozenset({Reason.UNAUTHENTICATED, Reason.INVALID_ARGUMENT, Reason.PAYLOAD_TOO_LARGE, Reason.HEADERS_TOO_LARGE})


class CompatExecute:
    """The handler. `timeout_ms` and `max_body_bytes` hold where install and request do not set lower ones."""

    def __init__(
        self, door: ServiceDoor, bodies: Bodies, resolver: Resolver, runner: Runner, *, timeout_ms: int, max_body_bytes: int
    ) -> None:
        self._door, self._bodies, self._resolver = door, bodies, resolver
        self._attempts = Attempts(resolver, runner, timeout_ms)
        self._timeout_ms, self._max_body_bytes = timeout_ms, max_body_bytes

    async def __call__(self, request: web.BaseRequest, at: Target) -> Reply:
        """Answer one request. Raises what becomes a problem."""
        headers.check_size(request.headers.items())
        parameters(at.query, ())
        # 1 check the service token
        self._door.check(request)
        # 2 read headers and body
        most = self._max_body_bytes * 4 // 3 + ENVELOPE_BYTES
        async with self._bodies.read(request, most) as body:
            asked = wanted.read(body or b"", most)
        try:
            # 3 compare what they name
            _compare(request, asked)
            answer = await self._run(asked)
            # 7 answer the envelope
            return json_reply(200, _envelope(answer), tenant=asked.tenant_id, extension=asked.extension)
        except Fault as fault:
            if fault.reason in _HTTP:
                raise
            reply = json_reply(200, _failed(fault), tenant=asked.tenant_id, extension=asked.extension, why=str(fault))
            reply.code = fault.code
            return reply

    async def _run(self, asked: Wanted) -> Answer:
        # 4 find the install and its endpoint
        key: InstallKey = (asked.tenant_id, target.reference(asked.install_id or asked.extension, Reason.EXTENSION_NOT_AVAILABLE))
        route = await self._resolver.install(key, self._timeout_ms / 1e3)
        timeout_ms = self._fit(route, asked)
        # 5 choose the header fields for the guest
        request_id, method = telemetry.request_id.get(), _guests(asked)
        origin = headers.Origin(request_id, asked.tenant_id, route.extension_id)
        kept = headers.for_guest(asked.headers, origin, label=method != "GET")
        path = f"/{asked.path.lstrip('/')}"
        url = path if asked.query is None else f"{path}?{asked.query}"
        call = Call(route.grant, request_id, method, url, kept, asked.body, timeout_ms, asked.user)

        def again(route: InstallRoute) -> Call:
            return replace(call, grant=route.grant, timeout_ms=self._fit(route, asked))

        # 6 run
        return await self._attempts.run(key, route, call, again)

    def _fit(self, route: InstallRoute, asked: Wanted) -> int:
        """The milliseconds that the call may take. Raises EXTENSION_NOT_AVAILABLE, ENDPOINT_NOT_FOUND, PAYLOAD_TOO_LARGE."""
        if route.content_hash != asked.content_hash:
            raise Fault(Reason.EXTENSION_NOT_AVAILABLE, log=f"{asked.content_hash} is not the bundle of that install")
        endpoint = route.endpoints.match(_guests(asked), target.api_segments(asked.path))
        if endpoint is None:
            raise Fault(Reason.ENDPOINT_NOT_FOUND)
        most = least(self._max_body_bytes, route.request_bytes)
        if asked.body is not None and len(asked.body) > most:
            raise Fault.invalid("http.body_b64", f"must be at most {most} bytes", Reason.PAYLOAD_TOO_LARGE)
        return least(self._timeout_ms, route.timeout_ms, endpoint.timeout_ms, asked.timeout_ms)


def _guests(asked: Wanted) -> str:
    """The method that the guest sees."""
    return "GET" if asked.method == "HEAD" else asked.method


def _compare(request: web.BaseRequest, asked: Wanted) -> None:
    """Raises TENANT_MISMATCH unless the routing headers name the body's tenant and extension."""
    for name, said in (("x-alga-tenant", asked.tenant_id), ("x-alga-extension", asked.extension)):
        found = set(request.headers.getall(name, ()))
        if not found:
            raise MissingHeadersError
        if found != {said}:
            raise Fault(Reason.TENANT_MISMATCH, log=f"{name} and body disagree")


class MissingHeadersError(Fault):
    """The routing headers are not there, for which the reference has a word of its own."""

    def __init__(self) -> None:
        super().__init__(Reason.TENANT_MISMATCH, log="routing headers are missing")


def _envelope(answer: Answer) -> Mapping[str, Any]:
    """Repeated fields become a list, which that server joins."""
    if not 200 <= answer.status <= 599:
        raise Fault(Reason.GUEST_RESPONSE_INVALID, log=f"status {answer.status}")
    kept: dict[str, list[str]] = {}
    for name, value in answer.headers:
        if name.lower() not in _DROPPED:
            if not is_value(value):
                raise Fault(Reason.GUEST_RESPONSE_INVALID, log=f"field {name} is no text")
            kept.setdefault(name.lower(), []).append(value)
    fields = {name: values[0] if len(values) == 1 else values for name, values in kept.items()}
    body = None if answer.body is None else base64.b64encode(answer.body).decode()
    return {"status": answer.status, "headers": fields, "body_b64": body, "error": None}


def _failed(fault: Fault) -> Mapping[str, Any]:
    status, error = fault.row.http, fault.code
    if isinstance(fault, MissingHeadersError):
        status, error = 400, "missing_routing_headers"
    elif fault.reason in _BUNDLE:
        error = f"bundle_fetch_failed: {fault.code}"
    elif fault.row.blame is Blame.GUEST:
        error = f"execute_failed: {fault.code}"
    return {"status": status, "headers": {}, "body_b64": None, "error": error}
