"""What a handler answers, before it becomes bytes on a connection."""

import json
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from aiohttp import web
from multidict import CIMultiDict

from gateway.authorize.denied import Denied
from gateway.limits.model import Limited
from gateway.ports import ByteStream
from gateway.reference_codes import reference_code
from kernel.errors import Fault

PROBLEM: Final = "application/problem+json"
RETRY_SECONDS: Final = "1"


@dataclass(slots=True)
class Reply:
    """A status, header fields, and a body or a stream, which has no end of its own if it is `live`.

    `notes` go to the log of the request.
    """

    status: int
    headers: CIMultiDict[str] = field(default_factory=CIMultiDict)
    body: bytes | None = None
    stream: ByteStream | None = None
    live: bool = False
    code: str = ""
    notes: dict[str, Any] = field(default_factory=dict)

    def response(self) -> web.StreamResponse:
        """For aiohttp."""
        if self.stream is not None:
            return web.StreamResponse(status=self.status, headers=self.headers)
        return web.Response(status=self.status, headers=self.headers, body=self.body)


def problem(fault: Fault) -> Reply:
    """RFC 9457. The same failure is the same bytes: neither request id nor anything of the request is in it."""
    row = fault.row
    phrase = _PHRASES.get(row.http) or HTTPStatus(row.http).phrase
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": phrase,
        "status": row.http,
        "code": fault.code,
        "error": reference_code(fault.reason),
        "detail": row.public,
    }
    if fault.violations:
        body["violations"] = [{"field": item.field, "rule": item.rule} for item in fault.violations]
    if isinstance(fault, Denied):
        body.update(fault.members)
    headers = CIMultiDict({"content-type": PROBLEM, "cache-control": "no-store"})
    if row.http == HTTPStatus.UNAUTHORIZED:
        headers["www-authenticate"] = "Bearer"
    if row.http == HTTPStatus.TOO_MANY_REQUESTS or row.retryable:
        headers["retry-after"] = RETRY_SECONDS
    if isinstance(fault, Limited):
        headers.update(fault.headers)
    return Reply(row.http, headers, json.dumps(body).encode(), code=fault.code)


_PHRASES: Final = {499: "Client Closed Request"}
