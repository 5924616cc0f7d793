"""A registry and a runner in memory, served by real gRPC servers that check tokens and grants."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from gen.alga.common.v1 import context_pb2
from gen.alga.registry.v1 import (
    execution_log_service_pb2,
    execution_log_service_pb2_grpc,
    execution_pb2,
    extension_pb2,
    identity_service_pb2,
    identity_service_pb2_grpc,
    install_pb2,
    install_service_pb2,
    install_service_pb2_grpc,
)
from gen.alga.registry.v1.idempotency_service_pb2_grpc import (
    IdempotencyServiceServicer,
    add_IdempotencyServiceServicer_to_server,
)
from gen.alga.runner.v1 import asset_service_pb2, asset_service_pb2_grpc, execute_service_pb2, execute_service_pb2_grpc
from kernel.auth import Role, ServiceTokens
from kernel.convert import limits_to_proto, signed_from_proto, signed_to_proto
from kernel.digest import Digest
from kernel.errors import Fault, Reason
from kernel.grants import AssetGrant, ExecutionGrant, Limits
from kernel.rpc import RpcServer
from kernel.signing import SigningKey, TrustedKeys
from kernel.watch import HEARTBEAT_SECONDS, ChangeKind

TOKEN = "a-token-of-the-gateway-in-all-tests"
KEY = SigningKey.generate()
TRUSTED = TrustedKeys.of([KEY.public])
HASH = Digest.of(b"bundle one")
PAGE, SCRIPT = b"<!doctype html><title>hello</title>", b"export const a = 1;\n" * 40_000


@dataclass
class Installed:
    """What a tenant installed."""

    tenant: str
    extension: str
    endpoints: tuple[tuple[str, str, int], ...] = ()
    content_hash: Digest = HASH
    limits: Limits = field(default_factory=Limits)
    has_handler: bool = True
    refusal: Reason | None = None
    access: install_pb2.AccessRules | None = None
    client_portal: bool = False
    callers: install_pb2.CallerLimits | None = None
    id: str = ""
    hooks: dict[str, str] = field(default_factory=dict)


class Registry(
    identity_service_pb2_grpc.IdentityServiceServicer,
    install_service_pb2_grpc.InstallServiceServicer,
    execution_log_service_pb2_grpc.ExecutionLogServiceServicer,
):
    """Keys, installs and executions; `resolves`, `verifies` count the questions, `asked` are those about executions."""

    def __init__(self) -> None:
        self.keys: dict[str, tuple[Role, str]] = {}
        self.users: dict[str, context_pb2.User] = {}
        self.installs: dict[tuple[str, str], Installed] = {}
        self.revision = 1
        self.resolves = self.asset_resolves = self.locates = self.verifies = self.watches = 0
        self.hold: asyncio.Event | None = None  # questions wait for it
        self.watchable = True
        self.grant_seconds = 30.0
        self.asked: list[Any] = []
        self.executions: list[execution_pb2.Execution] = []
        self.days: list[execution_pb2.DayUsage] = []
        self.watchers: set[asyncio.Queue[Any]] = set()

    def install(self, installed: Installed) -> Installed:
        self.installs[installed.tenant, installed.extension] = installed
        return installed

    def change(self, installed: Installed, kind: ChangeKind) -> None:
        self.revision += 1
        change = install_pb2.Change(
            revision=self.revision,
            previous_revision=self.revision - 1,
            kind=install_pb2.ChangeKind.Value(f"CHANGE_KIND_{kind.name}"),
            content_hash=str(installed.content_hash),
            extension_id=f"id-{installed.extension}",
        )
        if kind is not ChangeKind.VERSION_REVOKED:
            change.tenant_id, change.install_id = installed.tenant, f"install-{installed.extension}"
        for queue in self.watchers:
            queue.put_nowait(change)

    def drop_watchers(self) -> None:
        for queue in self.watchers:
            queue.put_nowait(None)

    async def Verify(self, request: Any, context: Any) -> Any:
        self.verifies += 1
        await self._held()
        if request.secret not in self.keys:
            raise Fault(Reason.NOT_FOUND)
        role, tenant = self.keys[request.secret]
        name = hashlib.sha256(request.secret.encode()).hexdigest()[:8]
        key = identity_service_pb2.ApiKey(
            id=f"key-{name}", role=f"ROLE_{role.name}", tenant_id=tenant, user=self.users.get(request.secret)
        )
        return identity_service_pb2.VerifyResponse(key=key)

    async def ResolveInstall(self, request: Any, context: Any) -> Any:
        self.resolves += 1
        await self._held()
        found = self.installs.get((request.tenant_id, request.extension.lower()))
        if found is None:
            raise Fault(Reason.EXTENSION_NOT_AVAILABLE)
        if found.refusal is not None:
            raise Fault(found.refusal)
        now = datetime.now(UTC)
        grant = ExecutionGrant(
            tenant_id=found.tenant,
            install_id=f"install-{found.extension}",
            extension_id=f"id-{found.extension}",
            version_id="version",
            content_hash=found.content_hash,
            capabilities=frozenset(),
            limits=found.limits,
            install_revision=1,
            registry_revision=self.revision,
            issued_at=now,
            expires_at=now + timedelta(seconds=self.grant_seconds),
        )
        return install_service_pb2.ResolveInstallResponse(
            grant=signed_to_proto(grant.sign(KEY)),
            install=install_pb2.Install(
                tenant_id=found.tenant,
                limits=limits_to_proto(found.limits),
                access=found.access,
                caller_limits=found.callers,
            ),
            endpoints=[extension_pb2.Endpoint(method=m, path=p, timeout_ms=t) for m, p, t in found.endpoints],
            has_handler=found.has_handler,
            registry_revision=self.revision,
            client_portal=found.client_portal,
        )

    async def ListMenu(self, request: Any, context: Any) -> Any:
        self.asked.append(request)
        items = [
            install_service_pb2.MenuItem(
                install_id=f"install-{one.extension}",
                extension_id=f"id-{one.extension}",
                extension_name=one.extension,
                version="1.0.0",
                content_hash=str(one.content_hash),
                label=one.hooks[request.hook],
                access=one.access,
            )
            for one in self.installs.values()
            if one.tenant == request.tenant_id and request.hook in one.hooks
        ]
        return install_service_pb2.ListMenuResponse(items=items, next_page_token="next" if items else "")

    async def ResolveAssets(self, request: Any, context: Any) -> Any:
        self.asset_resolves += 1
        await self._held()
        for found in self.installs.values():
            named = request.extension.lower() == found.extension and request.tenant_id in {"", found.tenant}
            if named and request.content_hash == str(found.content_hash) and found.refusal is None:
                now = datetime.now(UTC)
                grant = AssetGrant(found.content_hash, now, now + timedelta(seconds=self.grant_seconds))
                return install_service_pb2.ResolveAssetsResponse(
                    grant=signed_to_proto(grant.sign(KEY)),
                    extension_id=f"id-{found.extension}",
                    ui_entry="ui/index.html",
                    registry_revision=self.revision,
                )
        raise Fault(Reason.ASSET_NOT_FOUND)

    async def LocateInstall(self, request: Any, context: Any) -> Any:
        self.locates += 1
        for found in self.installs.values():
            if found.id == request.install_id and found.refusal is None:
                return install_service_pb2.LocateInstallResponse(
                    tenant_id=found.tenant,
                    extension_id=f"id-{found.extension}",
                    content_hash=str(found.content_hash),
                    registry_revision=self.revision,
                )
        raise Fault(Reason.NOT_FOUND)

    async def ListExecutions(self, request: Any, context: Any) -> Any:
        found = self._of(request)
        return execution_log_service_pb2.ListExecutionsResponse(executions=found, next_page_token="next" if found else "")

    async def GetExecution(self, request: Any, context: Any) -> Any:
        for execution in self._of(request):
            if request.execution in (execution.id, execution.request_id):
                return execution_log_service_pb2.GetExecutionResponse(execution=execution)
        raise Fault(Reason.NOT_FOUND)

    async def GetUsage(self, request: Any, context: Any) -> Any:
        self._of(request)
        return execution_log_service_pb2.GetUsageResponse(days=self.days)

    def _of(self, request: Any) -> list[execution_pb2.Execution]:
        self.asked.append(request)
        if (request.tenant_id, request.install) not in self.installs:
            raise Fault(Reason.NOT_FOUND)
        return [one for one in self.executions if one.tenant_id == request.tenant_id]

    async def _held(self) -> None:
        if self.hold is not None:
            await self.hold.wait()

    async def WatchInstalls(self, request: Any, context: Any) -> AsyncIterator[Any]:
        self.watches += 1
        if not self.watchable:
            raise Fault(Reason.UNAVAILABLE)
        queue: asyncio.Queue[Any] = asyncio.Queue()
        self.watchers.add(queue)
        try:
            at = self.revision
            yield install_service_pb2.WatchInstallsResponse(snapshot=install_service_pb2.Snapshot(revision=at))
            while True:
                try:
                    async with asyncio.timeout(HEARTBEAT_SECONDS):
                        change = await queue.get()
                except TimeoutError:
                    yield install_service_pb2.WatchInstallsResponse(heartbeat=install_service_pb2.Heartbeat(revision=at))
                    continue
                if change is None:
                    return
                at = change.revision
                yield install_service_pb2.WatchInstallsResponse(change=change)
        finally:
            self.watchers.discard(queue)


Behave = Callable[[execute_service_pb2.ExecuteRequest], Awaitable[execute_service_pb2.ExecuteResponse]]


def says(
    status: int = 200, headers: tuple[tuple[str, str], ...] = (), body: bytes | None = b"hi"
) -> execute_service_pb2.ExecuteResponse:
    fields = [execute_service_pb2.Header(name=name, value=value) for name, value in headers]
    return execute_service_pb2.ExecuteResponse(status=status, headers=fields, body=body)


class Runner(execute_service_pb2_grpc.ExecuteServiceServicer, asset_service_pb2_grpc.AssetServiceServicer):
    """Runs `behave`, keeps the calls it got, serves files."""

    def __init__(self) -> None:
        self.calls: list[execute_service_pb2.ExecuteRequest] = []
        self.asked: list[asset_service_pb2.GetAssetRequest] = []
        self.cancelled = asyncio.Event()
        self.entered = asyncio.Event()
        self.faults: list[Fault] = []  # raised first, one a call
        self.files = {"": ("text/html; charset=utf-8", PAGE), "index.html": ("text/html; charset=utf-8", PAGE)}
        self.files["assets/app.js"] = ("text/javascript; charset=utf-8", SCRIPT)
        self.forms: dict[tuple[str, str], bytes] = {}  # of files, by path and coding
        self.page_sources: dict[str, tuple[str, ...]] = {}
        self.break_after: int | None = None  # chunks
        self.tails: list[execute_service_pb2.TailRequest] = []
        self.tailing = 0
        self.told: asyncio.Queue[execute_service_pb2.TailResponse | Fault | None] = asyncio.Queue()

        async def behave(request: execute_service_pb2.ExecuteRequest) -> execute_service_pb2.ExecuteResponse:
            return says()

        self.behave: Behave = behave

    def answers(self, *args: Any, **kwargs: Any) -> None:
        async def behave(request: execute_service_pb2.ExecuteRequest) -> execute_service_pb2.ExecuteResponse:
            return says(*args, **kwargs)

        self.behave = behave

    def _fail(self) -> None:
        if self.faults:
            raise self.faults.pop(0)

    async def Execute(self, request: Any, context: Any) -> Any:
        self.calls.append(request)
        self.entered.set()
        self._fail()
        ExecutionGrant.verify(signed_from_proto(request.grant), TRUSTED, datetime.now(UTC))
        try:
            return await self.behave(request)
        except asyncio.CancelledError:
            self.cancelled.set()
            raise

    async def Tail(self, request: Any, context: Any) -> AsyncIterator[Any]:
        self.tails.append(request)
        self._fail()
        self.tailing += 1
        try:
            yield execute_service_pb2.TailResponse(begun=execute_service_pb2.TailBegun())
            while (told := await self.told.get()) is not None:
                if isinstance(told, Fault):
                    raise told
                yield told
        finally:
            self.tailing -= 1

    async def GetAsset(self, request: Any, context: Any) -> AsyncIterator[Any]:
        self.asked.append(request)
        self._fail()
        AssetGrant.verify(signed_from_proto(request.grant), TRUSTED, datetime.now(UTC))
        if request.path not in self.files:
            raise Fault(Reason.ASSET_NOT_FOUND)
        media_type, data = self.files[request.path]
        coding = next((one for one in request.codings if (request.path, one) in self.forms), "")
        data = self.forms[request.path, coding] if coding else data
        etag = _etag(data)
        known = any(tag in {"*", etag, f"W/{etag}"} for tag in request.if_none_match)
        header = asset_service_pb2.AssetHeader(
            size_bytes=len(data), media_type=media_type, etag=etag, not_modified=known, is_html="html" in media_type, coding=coding
        )
        for directive, sources in self.page_sources.items():
            header.page_sources.add(directive=directive, sources=sources)
        yield asset_service_pb2.GetAssetResponse(header=header)
        if known or request.header_only:
            return
        data = data[request.offset : request.offset + request.length if request.length else None]
        for count, at in enumerate(range(0, len(data), 256 << 10)):
            if count == self.break_after:
                raise Fault(Reason.BUNDLE_INTEGRITY, log="/secret/path")
            yield asset_service_pb2.GetAssetResponse(chunk=data[at : at + (256 << 10)])


@lru_cache
def _etag(data: bytes) -> str:
    """Of a thousand requests for a large file only the first hashes it."""
    return f'"sha256-{hashlib.sha256(data).hexdigest()}"'


def registry_server(registry: Registry, token: str = TOKEN, keys: IdempotencyServiceServicer | None = None) -> RpcServer:
    def register(server: Any) -> None:
        if keys is not None:
            add_IdempotencyServiceServicer_to_server(keys, server)
        identity_service_pb2_grpc.add_IdentityServiceServicer_to_server(registry, server)
        install_service_pb2_grpc.add_InstallServiceServicer_to_server(registry, server)
        execution_log_service_pb2_grpc.add_ExecutionLogServiceServicer_to_server(registry, server)

    names = ("alga.registry.v1.IdentityService", "alga.registry.v1.InstallService")
    return RpcServer(ServiceTokens({token: Role.GATEWAY}), names, register)


def runner_server(runner: Runner, token: str = TOKEN) -> RpcServer:
    def register(server: Any) -> None:
        execute_service_pb2_grpc.add_ExecuteServiceServicer_to_server(runner, server)
        asset_service_pb2_grpc.add_AssetServiceServicer_to_server(runner, server)

    names = ("alga.runner.v1.ExecuteService", "alga.runner.v1.AssetService")
    return RpcServer(ServiceTokens({token: Role.GATEWAY}), names, register)
