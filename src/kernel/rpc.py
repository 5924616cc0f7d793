"""The gRPC chassis: servers with limits, health, reflection and drain, and channels to them."""

import asyncio
import ipaddress
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import grpc
from grpc import aio
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from kernel import telemetry
from kernel.auth import Authenticator
from kernel.errors import Fault
from kernel.interceptors import REQUEST_ID_HEADER, Chassis

MAX_MESSAGE_BYTES: Final = 12 << 20  # a body of 10 MiB and what surrounds it
MAX_CHUNK_BYTES: Final = 256 << 10  # of uploads, downloads and assets
GO_AHEAD: Final = ("alga-upload", "go-ahead")  # initial metadata of an upload that may send its bytes
MAX_METADATA_BYTES: Final = 16 << 10
MAX_CONCURRENT_RPCS: Final = 2_000  # long streams count too
_log = logging.getLogger(__name__)

_BOTH_ENDS: Final = [
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_metadata_size", MAX_METADATA_BYTES),
]
_SERVER: Final = [
    *_BOTH_ENDS,
    ("grpc.so_reuseport", 0),
    # Our clients' pings are not an attack. Where this is longer than their interval (default: 5 minutes), the third ping
    # without data ends the connection with all calls on it. gRPC ignores options whose names it does not know; a test asks it.
    ("grpc.http2.min_ping_interval_without_data_ms", 5_000),
]
# The default back-off leaves a client alone for seconds after its server came back.
_CLIENT: Final = [
    *_BOTH_ENDS,
    ("grpc.initial_reconnect_backoff_ms", 50),
    # Despite its name also how long one attempt may take: a busy server needs more than a moment for its handshake.
    ("grpc.min_reconnect_backoff_ms", 5_000),
    ("grpc.max_reconnect_backoff_ms", 500),
    # A machine that vanished closes nothing: without pings its connection would be used until TCP gives up after minutes.
    ("grpc.keepalive_time_ms", 10_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.http2.max_pings_without_data", 0),  # no limit: who only listens wants to know as well
    ("grpc.http2.ping_timeout_ms", 10_000),  # of the pings that gRPC sends by itself; while one is out, no other is
]


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """The PEM files of a server."""

    cert: Path
    key: Path

    def credentials(self) -> grpc.ServerCredentials:
        """Read them."""
        return grpc.ssl_server_credentials([(self.key.read_bytes(), self.cert.read_bytes())])


class _Health(health.aio.HealthServicer):  # type: ignore[misc]  # it has no types
    """Those who watch hear NOT_SERVING and then the end: a server that stops waits for nobody who only listens."""

    def __init__(self) -> None:
        super().__init__()
        self._left = asyncio.Event()

    async def leave(self) -> None:
        await self.enter_graceful_shutdown()
        self._left.set()

    async def Watch(  # noqa: N802 - the rpc is called so
        self, request: health_pb2.HealthCheckRequest, context: "aio.ServicerContext[Any, Any]"
    ) -> None:
        watching, left = asyncio.ensure_future(super().Watch(request, context)), asyncio.ensure_future(self._left.wait())
        try:
            await asyncio.wait((watching, left), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (watching, left):
                task.cancel()
            await asyncio.wait((watching, left))
        if not watching.cancelled():
            await watching  # how it failed


class RpcServer:
    """One gRPC server on several addresses: the chassis interceptor, health and reflection around the services of a process."""

    def __init__(self, authenticator: Authenticator, service_names: Sequence[str], register: Callable[[aio.Server], None]) -> None:
        self._server = aio.server(
            interceptors=[Chassis(authenticator)], options=_SERVER, maximum_concurrent_rpcs=MAX_CONCURRENT_RPCS
        )
        self._health = _Health()
        self._names = tuple(service_names)
        register(self._server)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        names = (*service_names, health.SERVICE_NAME, reflection.SERVICE_NAME)
        reflection.enable_server_reflection(names, self._server)

    async def start(self, addresses: Sequence[str], tls: TlsFiles | None) -> tuple[str, ...]:
        """Listen. Answers the addresses with their real ports.

        Raises INVALID_ARGUMENT that names `listen` for an address that cannot be had, or for TCP beyond loopback without TLS.
        """
        bound = []
        for address in addresses:
            try:
                if address.startswith("unix:") or (tls is None and is_loopback(address)):
                    port = self._server.add_insecure_port(address)
                elif tls is not None:
                    port = self._server.add_secure_port(address, tls.credentials())
                else:
                    raise Fault.invalid("listen", f"{address} is not loopback and needs tls_cert_file and tls_key_file")
            except RuntimeError as error:
                raise Fault.invalid("listen", f"cannot listen on {address}; is it in use?") from error
            bound.append(address if address.startswith("unix:") else f"{address.rpartition(':')[0]}:{port}")
        await self._server.start()
        await self.serving(True)
        return tuple(bound)

    async def serving(self, yes: bool) -> None:
        """Tell health checkers whether to send calls."""
        state = health_pb2.HealthCheckResponse.SERVING if yes else health_pb2.HealthCheckResponse.NOT_SERVING
        for name in ("", *self._names):
            await self._health.set(name, state)

    async def stop(self, grace_seconds: float) -> None:
        """Drain: say so to health checkers, take no new calls, give running ones their time. May be called twice."""
        await self._health.leave()
        await self._server.stop(grace_seconds)


@dataclass(frozen=True, slots=True)
class Peer:
    """Another service of ours: a channel, and the token that this process shows there."""

    channel: aio.Channel
    token: str

    def metadata(self) -> tuple[tuple[str, str], ...]:
        """For each call: who calls, and the id of the request that it belongs to."""
        metadata: tuple[tuple[str, str], ...] = (("authorization", f"Bearer {self.token}"),) if self.token else ()
        if request_id := telemetry.request_id.get():
            metadata += ((REQUEST_ID_HEADER, request_id),)
        return metadata

    def __repr__(self) -> str:
        return "Peer(...)"


def connect(address: str, token: str, ca: Path | None = None) -> Peer:
    """A peer at `unix:/path` or `host:port`; with TLS when roots are given. Connects when first used.

    Raises INVALID_ARGUMENT for an address beyond this machine without TLS: tokens would cross the network in the clear.
    """
    if ca is not None and not address.startswith("unix:"):
        return Peer(aio.secure_channel(address, grpc.ssl_channel_credentials(ca.read_bytes()), options=_CLIENT), token)
    if not address.startswith("unix:") and not is_loopback(address):
        raise Fault.invalid("address", f"{address} is not on this machine and needs tls_ca_file")
    return Peer(aio.insecure_channel(address, options=_CLIENT), token)


def is_loopback(address: str) -> bool:
    """Whether `host:port` names this machine alone."""
    host = address.rpartition(":")[0].strip("[]")
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
