"""The registry and the runner behind the gateway's ports.

What they blame on their caller is this gateway's own fault and never the client's: only reasons that a rpc is documented to fail
with pass, everything else becomes UNAVAILABLE or INTERNAL.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from types import TracebackType
from typing import Final, TypeVar

import grpc
from grpc import aio

from gateway import convert
from gateway.model import Answer, AssetHeader, AssetQuery, AssetRoute, Call, InstallRoute, Site, Verified
from gen.alga.registry.v1 import identity_service_pb2, identity_service_pb2_grpc, install_service_pb2, install_service_pb2_grpc
from gen.alga.runner.v1 import asset_service_pb2, asset_service_pb2_grpc, execute_service_pb2_grpc
from kernel.digest import Digest
from kernel.errors import Fault, Reason
from kernel.rpc import Peer
from kernel.status import remote

REGISTRY_SECONDS: Final = 3.0  # for a question, its second try included: a registry that stopped must not hold requests up
ASSET_SECONDS: Final = 60.0  # a whole file, however slowly the client reads
MARGIN_SECONDS: Final = 0.5  # lets the runner's own, more telling time-out come first
_R: Final = Reason
_REMOTE: Final = remote()
_Pass = Mapping[Reason, Reason]
_T = TypeVar("_T")


def same(*reasons: Reason) -> dict[Reason, Reason]:
    """Reasons that pass as they are."""
    return {reason: reason for reason in reasons}


_BUSY: Final = frozenset({_R.UNAVAILABLE, _R.DEADLINE_EXCEEDED, _R.OVERLOADED, _R.CANCELLED})
_VERIFY: Final = {_R.NOT_FOUND: _R.UNAUTHENTICATED}  # UNAUTHENTICATED itself is said of this gateway
_RESOLVE: Final = {
    **same(_R.EXTENSION_NOT_AVAILABLE, _R.EXTENSION_DISABLED, _R.EXTENSION_REVOKED, _R.ACCESS_POLICY_UNAVAILABLE),
    _R.NOT_FOUND: _R.EXTENSION_NOT_AVAILABLE,
    _R.INVALID_ARGUMENT: _R.EXTENSION_NOT_AVAILABLE,  # a reference that cannot exist
}
_RESOLVE_ASSETS: Final = dict.fromkeys((_R.ASSET_NOT_FOUND, _R.NOT_FOUND, _R.INVALID_ARGUMENT), _R.ASSET_NOT_FOUND)
# What is wrong with a bundle is told to publishers in detail; callers hear that the store is not to be trusted.
_BUNDLE: Final = {
    **same(_R.GRANT_EXPIRED, _R.GRANT_STALE, _R.VERSION_REVOKED, _R.OVERLOADED, _R.DRAINING),
    **same(_R.BUNDLE_INTEGRITY, _R.ATTESTATION_INVALID),
    **dict.fromkeys(
        (_R.SIGNATURE_INVALID, _R.SIGNER_UNTRUSTED, _R.STATEMENT_MISMATCH, _R.ARCHIVE_INVALID, _R.MANIFEST_INVALID),
        _R.BUNDLE_INTEGRITY,
    ),
    **dict.fromkeys((_R.ENVELOPE_MISSING, _R.ENVELOPE_INVALID, _R.ENVELOPE_EXPIRED), _R.BUNDLE_INTEGRITY),
    **dict.fromkeys((_R.CERTIFICATE_INVALID, _R.SIGNER_EXPIRED, _R.SIGNER_REVOKED), _R.BUNDLE_INTEGRITY),
}
_EXECUTE: Final = {
    **_BUNDLE,
    **same(_R.PAYLOAD_TOO_LARGE, _R.HEADERS_TOO_LARGE, _R.ENDPOINT_NOT_FOUND, _R.DEADLINE_EXCEEDED, _R.QUOTA_EXCEEDED),
    **same(_R.EXECUTOR_LOST),
    **same(_R.GUEST_TRAPPED, _R.GUEST_TIMED_OUT, _R.GUEST_MEMORY_EXCEEDED, _R.GUEST_RESPONSE_INVALID),
    **same(_R.GUEST_RESPONSE_TOO_LARGE, _R.GUEST_NOT_RUNNABLE),
    _R.CANCELLED: _R.EXECUTOR_LOST,  # not by us: the runner stopped while the call was in it
}
_ASSET: Final = {**_BUNDLE, **same(_R.ASSET_NOT_FOUND, _R.ASSET_PATH_INVALID, _R.ASSET_TOO_LARGE)}


class answers:  # noqa: N801 - reads as a statement; for each call, so no generator
    """Around a call: reasons of `passes` come out as it says, those of a silent service as UNAVAILABLE, others as INTERNAL."""

    __slots__ = ("_passes", "_service")

    def __init__(self, service: str, passes: _Pass) -> None:
        self._service, self._passes = service, passes

    def __enter__(self) -> None:
        """Nothing to do."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        fault = error
        if isinstance(error, grpc.RpcError):
            try:
                _REMOTE.__exit__(kind, error, trace)
            except Fault as found:
                fault = found
        if not isinstance(fault, Fault):
            return
        reason = self._passes.get(fault.reason)
        if reason is None:
            reason = Reason.UNAVAILABLE if fault.reason in _BUSY else Reason.INTERNAL
        elif reason is fault.reason:
            if fault is not error:
                raise fault
            return
        told = Fault(reason, log=f"{self._service}: {fault}")
        raise (told.before_anything_ran() if fault.nothing_ran else told) from fault


async def ask_registry(passes: _Pass, call: Callable[[float], Awaitable[_T]]) -> _T:
    """A call without effects, given its seconds: once more when the connection turned out to be gone, e.g. after a restart."""
    loop = asyncio.get_running_loop()
    ends = loop.time() + REGISTRY_SECONDS
    try:
        with answers("registry", passes):
            return await call(REGISTRY_SECONDS)
    except Fault as fault:
        if fault.reason is not Reason.UNAVAILABLE or (left := ends - loop.time()) <= 0:
            raise
    with answers("registry", passes):
        return await call(left)


class RegistryClient:
    """`Identity` and `Directory` over gRPC."""

    def __init__(self, peer: Peer, clock: Callable[[], float] = time.monotonic) -> None:
        self._peer = peer
        self._clock = clock
        self._identity = identity_service_pb2_grpc.IdentityServiceStub(peer.channel)
        self._installs = install_service_pb2_grpc.InstallServiceStub(peer.channel)

    async def verify(self, secret: str) -> Verified:
        """See the port."""
        request = identity_service_pb2.VerifyRequest(secret=secret)

        async def call(seconds: float) -> Verified:
            message = await self._identity.Verify(request, metadata=self._peer.metadata(), timeout=seconds)
            return convert.verified(message, time.time())

        return await ask_registry({**_VERIFY, **same(_R.PERMISSION_DENIED)}, call)

    async def resolve(self, tenant_id: str, reference: str) -> InstallRoute:
        """See the port."""
        request = install_service_pb2.ResolveInstallRequest(tenant_id=tenant_id, extension=reference)

        async def call(seconds: float) -> InstallRoute:
            asked = self._clock()
            message = await self._installs.ResolveInstall(request, metadata=self._peer.metadata(), timeout=seconds)
            return convert.install_route(message, asked)

        route = await ask_registry(_RESOLVE, call)
        if route.tenant_id != tenant_id:
            raise Fault(Reason.INTERNAL, log=f"asked for {tenant_id}, the registry granted {route.tenant_id}")
        return route

    async def resolve_assets(self, reference: str, content_hash: Digest, tenant_id: str) -> AssetRoute:
        """See the port."""
        request = install_service_pb2.ResolveAssetsRequest(extension=reference, content_hash=str(content_hash), tenant_id=tenant_id)

        async def call(seconds: float) -> AssetRoute:
            asked = self._clock()
            message = await self._installs.ResolveAssets(request, metadata=self._peer.metadata(), timeout=seconds)
            return convert.asset_route(message, asked)

        route = await ask_registry(_RESOLVE_ASSETS, call)
        if route.content_hash != content_hash:
            raise Fault(Reason.INTERNAL, log=f"asked for {content_hash}, the registry granted {route.content_hash}")
        return route

    async def locate(self, install_id: str) -> Site:
        """See the port."""
        request = install_service_pb2.LocateInstallRequest(install_id=install_id)

        async def call(seconds: float) -> Site:
            return convert.site(await self._installs.LocateInstall(request, metadata=self._peer.metadata(), timeout=seconds))

        return await ask_registry(same(_R.NOT_FOUND), call)


class _Asset:
    """An `AssetStream`."""

    def __init__(self, call: "aio.UnaryStreamCall[asset_service_pb2.GetAssetRequest, asset_service_pb2.GetAssetResponse]") -> None:
        self._call = call
        self.header: AssetHeader

    async def begin(self) -> None:
        with answers("runner", _ASSET):
            first = await self._call.read()
        if not isinstance(first, asset_service_pb2.GetAssetResponse):  # the end
            raise Fault(Reason.INTERNAL, log="asset stream is empty")
        self.header = convert.asset_header(first)

    async def chunks(self) -> AsyncGenerator[bytes]:
        with answers("runner", _ASSET):
            while isinstance(message := await self._call.read(), asset_service_pb2.GetAssetResponse):
                yield convert.asset_chunk(message)

    def close(self) -> None:
        self._call.cancel()


class RunnerClient:
    """`Runner` over gRPC."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._execute = execute_service_pb2_grpc.ExecuteServiceStub(peer.channel)
        self._assets = asset_service_pb2_grpc.AssetServiceStub(peer.channel)

    async def execute(self, call: Call) -> Answer:
        """See the port."""
        with answers("runner", _EXECUTE):
            seconds = call.timeout_ms / 1e3 + MARGIN_SECONDS
            message = await self._execute.Execute(convert.execute_request(call), metadata=self._peer.metadata(), timeout=seconds)
        return convert.answer(message)

    async def open_asset(self, query: AssetQuery) -> _Asset:
        """See the port."""
        asset = _Asset(self._assets.GetAsset(convert.asset_request(query), metadata=self._peer.metadata(), timeout=ASSET_SECONDS))
        try:
            await asset.begin()
        except BaseException:
            asset.close()
            raise
        return asset
