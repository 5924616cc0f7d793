"""The HTTP server: aiohttp's low-level one.

Its router would normalise paths, and requests that do not parse get problems of our own.
"""

import asyncio
import ssl
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from aiohttp import web
from aiohttp.http_exceptions import LineTooLong

from gateway.headers import MAX_FIELDS
from gateway.middleware import REQUEST_ID
from gateway.reply import problem
from gateway.routes import UI_FIELDS
from gateway.target import MAX_TARGET_BYTES
from kernel import telemetry
from kernel.errors import Fault, Reason

FLUSH_SECONDS: Final = 10.0  # for what a closed connection has not sent: a client that does not read must not keep it open
HANDSHAKE_SECONDS: Final = 10.0
LINGER_SECONDS: Final = 2.0  # for the rest of a refused body, so that its sender reads the refusal
MAX_FIELD_BYTES: Final = 8 << 10
BACKLOG: Final = 256
_OPTIONS: Final[dict[str, Any]] = {
    "access_log": None,
    "auto_decompress": False,  # a few bytes must not become gigabytes here
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
    idle_seconds: float  # also the longest time for the header fields of a request: slowloris
    max_connections_per_peer: int
    peer: Callable[[Any], str] = lambda _: ""  # whose connection it is; empty = nobody's in particular


class _Connection(web.RequestHandler):
    __slots__ = ("_wire",)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._wire = cast(asyncio.Transport, transport)
        super().connection_made(transport)

    async def start(self) -> None:
        """Serve until it is over; what its client has not taken soon after is dropped."""
        try:
            await super().start()
        finally:
            if self._wire.get_write_buffer_size():
                self._loop.call_later(FLUSH_SECONDS, self._wire.abort)

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


def _idle(handler: web.RequestHandler) -> bool:
    """Whether no request is at work there: it waits for one, or for its header fields."""
    return handler._current_request is None


class _Server(web.Server):
    """Bounds connections, in all and for each peer. Of too many in all the one that is idle for the longest time is closed."""

    def __init__(self, handler: Handler, options: HttpOptions) -> None:
        # Cancelling the handler cancels its rpc: nobody waits for the answer any more.
        super().__init__(handler, handler_cancellation=True)
        self._bounds = options
        self._closed: set[web.RequestHandler] = set()  # and not gone yet
        self._of_peers: Counter[str] = Counter()

    def __call__(self) -> web.RequestHandler:
        return _Connection(self, loop=self._loop, keepalive_timeout=self._bounds.idle_seconds, **_OPTIONS)

    def connection_made(self, handler: web.RequestHandler, transport: Any) -> None:
        super().connection_made(handler, transport)
        peer = self._bounds.peer(transport.get_extra_info("peername"))
        if peer:
            self._of_peers[peer] += 1
            if self._of_peers[peer] > self._bounds.max_connections_per_peer:
                self._abort(handler)
                return
        if len(self._connections) - len(self._closed) > self._bounds.max_connections:
            self._abort(next((one for one in self._connections if one not in self._closed and _idle(one)), handler))

    def connection_lost(self, handler: web.RequestHandler, exc: BaseException | None = None) -> None:
        transport = self._connections.get(handler)
        super().connection_lost(handler, exc)
        self._closed.discard(handler)
        peer = self._bounds.peer(transport.get_extra_info("peername")) if transport is not None else ""
        if peer:
            self._of_peers[peer] -= 1
            if not self._of_peers[peer]:
                del self._of_peers[peer]

    def _abort(self, handler: web.RequestHandler) -> None:
        self._closed.add(handler)
        self._connections[handler].abort()


class HttpServer:
    """Serves a handler on several addresses."""

    def __init__(self, handler: Handler, options: HttpOptions) -> None:
        self._handler = handler
        self._options = options
        self._runner: web.ServerRunner | None = None
        self._servers: list[asyncio.Server] = []

    async def start(self, addresses: Sequence[str]) -> tuple[str, ...]:
        """Listen on `unix:/path` and `host:port`. Answers the addresses with their real ports.

        Raises INVALID_ARGUMENT that names `listen` for an address that cannot be had.
        """
        server = _Server(self._handler, self._options)
        self._runner = runner = web.ServerRunner(server, shutdown_timeout=self._options.drain_seconds)
        await runner.setup()
        for address in addresses:
            try:
                self._servers.append(await self._listen(server, address))
            except (OSError, ValueError) as error:
                raise Fault.invalid("listen", f"cannot listen on {address}; is it in use?") from error
        return tuple(_text(one.getsockname()) for server in self._servers for one in server.sockets)

    async def _listen(self, server: _Server, address: str) -> asyncio.Server:
        loop, tls = asyncio.get_running_loop(), self._options.tls
        how: dict[str, Any] = {"ssl": tls, "ssl_handshake_timeout": HANDSHAKE_SECONDS if tls else None, "backlog": BACKLOG}
        if address.startswith("unix:"):
            return await loop.create_unix_server(server, address.removeprefix("unix:"), **how)
        host, _, port = address.rpartition(":")
        return await loop.create_server(server, host.strip("[]"), int(port), **how)

    async def stop(self) -> None:
        """Take no new requests, give running ones their time, close. Legal more than once, and before `start`."""
        for server in self._servers:
            server.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None


def _text(address: Any) -> str:
    if isinstance(address, str):
        return f"unix:{address}"
    host, port = address[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
