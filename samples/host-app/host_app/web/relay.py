"""`/api/ext-proxy/{extension}/{path}`: calls of extensions' UIs, which the host bridge makes on our page."""

from aiohttp import web

from host_app.refusal import Refusal
from host_app.web.gateway import Gateway
from host_app.web.sessions import Sessions

PREFIX = "/api/ext-proxy/"
MAX_BODY = 10 << 20  # bytes; the gateway's own limit
SENT = ("accept", "content-type", "x-idempotency-key", "idempotency-key")
PASSED = ("content-type", "cache-control", "etag", "location", "content-disposition", "vary", "retry-after", "x-request-id")
# What an extension answers is never a page of ours, also for who opens its address.
FIELDS = {"content-security-policy": "sandbox; default-src 'none'", "x-content-type-options": "nosniff"}


class Relay:
    """Whom the call is for is decided here, by the session, and by nothing in the request beside it."""

    def __init__(self, sessions: Sessions, gateway: Gateway) -> None:
        self._sessions, self._gateway = sessions, gateway

    async def call(self, request: web.Request) -> web.Response:
        """Raises Refusal."""
        # 1 who calls, from one of our pages
        session = self._sessions.caller(request)
        # 2 a path below the relay, byte for byte; the bridge sends no other, but whoever can call us can
        target = request.raw_path
        if not target.startswith(PREFIX) or any(part in {".", ".."} for part in target.partition("?")[0].split("/")):
            raise Refusal(400, "INVALID_INPUT", "the path must be one below an extension")
        # 3 ask the gateway in that person's name
        sent = {name: request.headers[name] for name in SENT if name in request.headers}
        body = await request.clone(client_max_size=MAX_BODY).read() if request.can_read_body else None
        found = await self._gateway.ask(session.person, request.method, target, sent, body)
        # 4 pass on what is the extension's
        passed = {
            name: value for name, value in found.headers.items() if name.lower() in PASSED or name.lower().startswith("x-ext-")
        }
        return web.Response(status=found.status, headers={**passed, **FIELDS}, body=found.body)
