"""The HTTP server: aiohttp's low-level one.

Its router would normalise paths, and requests that do not parse get problems of our own.
"""

import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web
from aiohttp.http_exceptions import LineTooLong

from gateway.headers import MAX_FIELDS
from gateway.middleware import REQUEST_ID
from gateway.reply import problem
from gateway.routes import UI_FIELDS
from gateway.target import MAX_TARGET_BYTES
from kernel import telemetry
from kernel.errors import Fault, Reason

IDLE_SECONDS: Final = 30.0  # also the longest time for the header fields of a request: slowloris
LINGER_SECONDS: Final = 2.0  # for the rest of a refused body, so that its sender reads the refusal
MAX_FIELD_BYTES: Final = 8 << 10
BACKLOG: Final = 256
_OPTIONS: Final[dict[str, Any]] = {
    "access_log": None,
    "auto_decompress": False,  # a few bytes must not become gigabytes here
    "keepalive_timeout": IDLE_SECONDS,
    "lingering_time": LINGER_SECONDS,
    "max_field_size": MAX_FIELD_BYTES,
    "max_headers": MAX_FIELDS,
    "max_line_size": MAX_TARGET_BYTES,
}
_TOO_MANY: Final = "Too many headers"  # aiohttp has no class for it

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class HttpOptions:
    """How to serve."""

    tls: ssl.SSLContext | None
    max_connections: int
    drain_seconds: float


class _Connection(web.RequestHandler):
    __slots__ = ()

    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """Answer what did not parse; it belongs to no route, so it carries the fields of the strictest."""
        if request.writer.output_size > 0:
            raise ConnectionError("part of an answer is out already")
        if status >= 500:
            self.log_exception("unexpected error in the server", exc_info=exc)
            fault = Fault(Reason.INTERNAL)
        elif isinstance(exc, LineTooLong) or str(message).startswith(_TOO_MANY):
            fault = Fault(Reason.HEADERS_TOO_LARGE)
        else:
            fault = Fault.invalid("request", "must be HTTP/1.1")
        reply = problem(fault)
        reply.headers.update(UI_FIELDS)
        reply.headers[REQUEST_ID] = telemetry.new_request_id()
        response = reply.response()
        response.force_close()
        return response


class _Server(web.Server):
    def __init__(self, handler: Handler, max_connections: int) -> None:
        # Cancelling the handler cancels its rpc: nobody waits for the answer any more.
        super().__init__(handler, handler_cancellation=True)
        self._max_connections = max_connections

    def __call__(self) -> web.RequestHandler:
        return _Connection(self, loop=self._loop, **_OPTIONS)

    def connection_made(self, handler: web.RequestHandler, transport: Any) -> None:
        super().connection_made(handler, transport)
        if len(self._connections) > self._max_connections:
            transport.abort()


class HttpServer:
    """Serves a handler on several addresses."""

    def __init__(self, handler: Handler, options: HttpOptions) -> None:
        self._handler = handler
        self._options = options
        self._runner: web.ServerRunner | None = None

    async def start(self, addresses: Sequence[str]) -> tuple[str, ...]:
        """Listen on `unix:/path` and `host:port`. Answers the addresses with their real ports.

        Raises INVALID_ARGUMENT that names `listen` for an address that cannot be had.
        """
        server = _Server(self._handler, self._options.max_connections)
        self._runner = runner = web.ServerRunner(server, shutdown_timeout=self._options.drain_seconds)
        await runner.setup()
        for address in addresses:
            try:
                await self._site(runner, address).start()
            except (OSError, ValueError) as error:
                raise Fault.invalid("listen", f"cannot listen on {address}; is it in use?") from error
        return tuple(_text(address) for address in runner.addresses)

    def _site(self, runner: web.ServerRunner, address: str) -> web.BaseSite:
        tls = self._options.tls
        if address.startswith("unix:"):
            return web.UnixSite(runner, address.removeprefix("unix:"), ssl_context=tls, backlog=BACKLOG)
        host, _, port = address.rpartition(":")
        return web.TCPSite(runner, host.strip("[]"), int(port), ssl_context=tls, backlog=BACKLOG)

    async def stop(self) -> None:
        """Take no new requests, give running ones their time, close. Legal more than once, and before `start`."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None


def _text(address: Any) -> str:
    if isinstance(address, str):
        return f"unix:{address}"
    host, port = address[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
