"""`POST /v1/execute`: a call that the reference's own server asks for, of an install of our registry.

1 check the service token, 2 read headers and body, 3 compare what they name, 4 find the install, 5 find the endpoint, decide
whether the host application may call it for that person, and count it, 6 choose the header fields for the guest, 7 run, 8 answer
the envelope, also for what failed: that server reads nothing else.
"""

import base64
from typing import Any, Final

from aiohttp import web
from multidict import CIMultiDict

from gateway import headers, target
from gateway.bodies import Bodies
from gateway.calls import Asked, Calls, Sent
from gateway.compat import wanted
from gateway.compat.service_door import ServiceDoor
from gateway.compat.wanted import Wanted
from gateway.handlers.compat.reading import json_reply
from gateway.headers import is_value
from gateway.identity.host import Host
from gateway.model import Answer
from gateway.query import parameters
from gateway.reply import Reply, problem
from gateway.resolver import InstallKey
from gateway.target import Target
from kernel import telemetry
from kernel.errors import Blame, Fault, Reason

ENVELOPE_BYTES: Final = 256 << 10  # of all but the body
FORM: Final = "v1/execute "  # answers keep more header fields here than at `/api/ext`
# Of the connection, or of another origin than the guest's: they end here whoever asks.
_DROPPED: Final = frozenset(
    {"connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer", "transfer-encoding", "upgrade"}
    | {"set-cookie", "content-length", "content-encoding"}
)
_OF_PROBLEMS: Final = frozenset({"content-type", "cache-control"})  # about a body that the envelope has no place for
_BUNDLE: Final = frozenset({Reason.BUNDLE_INTEGRITY, Reason.ATTESTATION_INVALID})
# Said of the request itself: the reference's runner answers such with a status of HTTP as well.
_HTTP: Final = frozenset({Reason.UNAUTHENTICATED, Reason.INVALID_ARGUMENT, Reason.PAYLOAD_TOO_LARGE, Reason.HEADERS_TOO_LARGE})


class CompatExecute:
    """The handler."""

    def __init__(self, door: ServiceDoor, host: Host, bodies: Bodies, calls: Calls) -> None:
        self._door, self._host, self._bodies, self._calls = door, host, bodies, calls

    async def __call__(self, request: web.BaseRequest, at: Target) -> Reply:
        """Answer one request. Raises what becomes a problem."""
        headers.check_size(request.headers.items())
        parameters(at.query, ())
        # 1 check the service token
        self._door.check(request)
        # 2 read headers and body
        most = self._calls.max_body_bytes * 4 // 3 + ENVELOPE_BYTES
        async with self._bodies.read(request, most) as body:
            told = wanted.read(body or b"", most)
        try:
            # 3 compare what they name
            _compare(request, told)
            reply = await self._run(request, told)
        except Fault as fault:
            if fault.reason in _HTTP:
                raise
            reply = problem(fault)
            reply.notes.update(tenant=told.tenant_id, extension=told.extension, why=str(fault))
            # 8 answer the envelope
            return _envelope(reply, *_failure(fault))
        return _envelope(reply, reply.status, reply.code or None)

    async def _run(self, request: web.BaseRequest, told: Wanted) -> Reply:
        # 4 find the install
        key: InstallKey = (told.tenant_id, target.reference(told.install_id or told.extension, Reason.EXTENSION_NOT_AVAILABLE))
        route = await self._calls.find(key)
        # 5 find the endpoint, decide, count
        asked = Asked(
            key,
            self._host.caller_for(told.tenant_id, told.user, request.headers),
            "GET" if told.method == "HEAD" else told.method,
            target.api_segments(told.path),
            f"/{told.path.lstrip('/')}",
            told.query,
            told.timeout_ms,
            told.content_hash,
            FORM,
        )
        admitted = await self._calls.admit(asked, route)
        most = self._calls.most_bytes(route)
        if told.body is not None and len(told.body) > most:
            raise Fault.invalid("http.body_b64", f"must be at most {most} bytes", Reason.PAYLOAD_TOO_LARGE)
        # 6 choose the header fields for the guest: a key is its client's in either place
        outer = [(name, value) for name in headers.KEY_FIELDS for value in request.headers.getall(name, ())]
        origin = headers.Origin(telemetry.request_id.get(), told.tenant_id, route.extension_id)
        given = headers.for_guest((*told.headers, *outer), origin, label=asked.method != "GET")
        # 7 run
        return await self._calls.run(asked, admitted, Sent(given.fields, told.body, given.client_key), _reply_of)


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


def _reply_of(answer: Answer) -> Reply:
    """All of the guest's header fields but those that end here. Raises GUEST_RESPONSE_INVALID."""
    if not 200 <= answer.status <= 599:
        raise Fault(Reason.GUEST_RESPONSE_INVALID, log=f"status {answer.status}")
    kept: CIMultiDict[str] = CIMultiDict()
    for name, value in answer.headers:
        if name.lower() not in _DROPPED:
            if not is_value(value):
                raise Fault(Reason.GUEST_RESPONSE_INVALID, log=f"field {name} is no text")
            kept.add(name, value)
    return Reply(answer.status, kept, answer.body)


def _failure(fault: Fault) -> tuple[int, str]:
    """The status of a call that failed, and the error in words that the reference's server knows."""
    if isinstance(fault, MissingHeadersError):
        return 400, "missing_routing_headers"
    if fault.reason in _BUNDLE:
        return fault.row.http, f"bundle_fetch_failed: {fault.code}"
    if fault.row.blame is Blame.GUEST:
        return fault.row.http, f"execute_failed: {fault.code}"
    return fault.row.http, fault.code


def _envelope(reply: Reply, status: int, error: str | None) -> Reply:
    """A reply as JSON; repeated fields are a list, which that server joins. A failure has no body and may say when to come back."""
    dropped = _OF_PROBLEMS if error else frozenset()
    fields: dict[str, Any] = {}
    for name in dict.fromkeys(name.lower() for name in reply.headers):
        if name not in dropped:
            values = reply.headers.getall(name)
            fields[name] = values[0] if len(values) == 1 else values
    body = None if error or reply.body is None else base64.b64encode(reply.body).decode()
    made = json_reply(200, {"status": status, "headers": fields, "body_b64": body, "error": error}, **reply.notes)
    made.code = reply.code
    return made
