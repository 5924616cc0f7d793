"""A registry for the runner's tests: the real wire, real signatures, everything in memory."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.x509 import Certificate
from grpc import aio

from gen.alga.registry.v1 import (
    execution_log_service_pb2,
    execution_log_service_pb2_grpc,
    execution_pb2,
    identity_service_pb2,
    identity_service_pb2_grpc,
    install_pb2,
    install_service_pb2,
    install_service_pb2_grpc,
    registry_service_pb2,
    registry_service_pb2_grpc,
    storage_service_pb2,
    storage_service_pb2_grpc,
)
from kernel import archive
from kernel.auth import Role, ServiceTokens
from kernel.convert import signed_from_proto, signed_to_proto
from kernel.digest import Digest
from kernel.dsse import Statement
from kernel.errors import Fault, Reason
from kernel.grants import AssetGrant, Attestation, ExecutionGrant, Limits
from kernel.rpc import MAX_CHUNK_BYTES, RpcServer
from kernel.signing import Signed, SigningKey, TrustedKeys
from kernel.status import to_detail
from kernel.trust import TrustBundle
from kernel.watch import HEARTBEAT_SECONDS

RUNNER_TOKEN = "runner-token-of-a-length-for-tests"
OPERATOR_SECRET = "alga_" + "o" * 43
CALLER_SECRET = "alga_" + "c" * 43


@dataclass(frozen=True)
class Served:
    """What ReadBundle answers; tests replace parts to lie."""

    archive: bytes
    envelope: bytes
    attestation: Signed
    promised: int | None = None


@dataclass
class Registry:
    """Keys, bundles and live state of a registry."""

    attestation_key: SigningKey = field(default_factory=SigningKey.generate)
    grant_key: SigningKey = field(default_factory=SigningKey.generate)
    publisher_key: SigningKey = field(default_factory=lambda: SigningKey.generate(p256=True))
    bundles: dict[Digest, Served] = field(default_factory=dict)
    reads: Counter[Digest] = field(default_factory=Counter)
    read_events: dict[Digest, asyncio.Event] = field(default_factory=dict)
    verifications: Counter[str] = field(default_factory=Counter)
    variants: dict[Digest, bytes | Fault] = field(default_factory=dict)  # what ReadVariants answers
    revoked: set[Digest] = field(default_factory=set)
    watchers: list[asyncio.Queue[install_pb2.Change]] = field(default_factory=list)
    watched: asyncio.Event = field(default_factory=asyncio.Event)
    entries: dict[tuple[str, str, str, str], tuple[bytes, int]] = field(default_factory=dict)
    stale: set[str] = field(default_factory=set)
    storing: asyncio.Event = field(default_factory=asyncio.Event)
    hold: asyncio.Event | None = None  # storage waits for it
    streams: int = 0  # of reads, that were opened
    short: bool = False  # answers of a stream lack the last read's
    breaks: Reason | None = None  # what a stream of reads ends with, in place of an answer
    keys: dict[str, int] = field(
        default_factory=lambda: {
            OPERATOR_SECRET: identity_service_pb2.ROLE_OPERATOR,
            CALLER_SECRET: identity_service_pb2.ROLE_TENANT_CALLER,
        }
    )
    executions: list[execution_pb2.Execution] = field(default_factory=list)
    dropped: int = 0
    recording: Fault | None = None  # what Record fails with
    revision: int = 1
    storage_calls: int = 0
    heartbeat_seconds: float = HEARTBEAT_SECONDS
    silent: asyncio.Event = field(default_factory=asyncio.Event)  # while set, watchers hear nothing

    def now(self) -> datetime:
        return datetime.now(UTC)

    @property
    def trust(self) -> TrustBundle:
        return TrustBundle.of([self.publisher_key.public])

    def publish(self, files: dict[str, bytes], name: str, version: str = "1.0.0", publisher: str = "example") -> Digest:
        packed = archive.pack(files)
        content_hash, tar = Digest.of(packed), archive.tar_digest(files)
        now = datetime.now(UTC)
        envelope = Statement(name, version, publisher, content_hash, tar, now).sign(self.publisher_key)
        attestation = Attestation(content_hash, tar, Digest.of(envelope), name, version, publisher, now)
        self.bundles[content_hash] = Served(packed, envelope, attestation.sign(self.attestation_key))
        return content_hash

    def attest(self, content_hash: Digest, key: SigningKey | None = None, /, **other: Any) -> None:
        """Serve another attestation with this bundle, by default rightly signed."""
        served = self.bundles[content_hash]
        right = Attestation.verify(served.attestation, TrustedKeys.of([self.attestation_key.public]))
        signed = replace(right, **other).sign(key or self.attestation_key)
        self.bundles[content_hash] = replace(served, attestation=signed)

    def envelop(
        self, content_hash: Digest, key: SigningKey | None = None, /, chain: Sequence[Certificate] = (), **other: Any
    ) -> None:
        """Serve another envelope with this bundle, and attest that very envelope: as if the registry had been careless."""
        served = self.bundles[content_hash]
        right = Attestation.verify(served.attestation, TrustedKeys.of([self.attestation_key.public]))
        told = {
            "name": right.name,
            "version": right.version,
            "publisher": right.publisher,
            "archive": right.content_hash,
            "tar": right.tar_digest,
            "signed_at": right.attested_at,
        }
        envelope = Statement(**(told | other)).sign(key or self.publisher_key, chain)
        self.bundles[content_hash] = replace(served, envelope=envelope)
        self.attest(content_hash, envelope_digest=Digest.of(envelope))

    def grant(
        self, content_hash: Digest, key: SigningKey | None = None, *, seconds: float = 30, age: float = 0, **other: Any
    ) -> Signed:
        issued = datetime.now(UTC) - timedelta(seconds=age)
        told = {
            "tenant_id": "t1",
            "install_id": "i1",
            "extension_id": "e1",
            "version_id": "v1",
            "content_hash": content_hash,
            "capabilities": frozenset({"cap:context.read", "cap:log.emit", "cap:user.read", "cap:storage.kv"}),
            "limits": Limits(timeout_ms=5_000),
            "install_revision": 1,
            "registry_revision": self.revision,
            "issued_at": issued,
            "expires_at": issued + timedelta(seconds=seconds),
        }
        return ExecutionGrant(**(told | other)).sign(key or self.grant_key)

    def asset_grant(self, content_hash: Digest, key: SigningKey | None = None, *, seconds: float = 30, age: float = 0) -> Signed:
        issued = datetime.now(UTC) - timedelta(seconds=age)
        return AssetGrant(content_hash, issued, issued + timedelta(seconds=seconds)).sign(key or self.grant_key)

    def read_event(self, content_hash: Digest) -> asyncio.Event:
        return self.read_events.setdefault(content_hash, asyncio.Event())

    async def read_of(self, content_hash: Digest) -> None:
        """Wait until somebody reads a bundle."""
        await self.read_event(content_hash).wait()

    def change(self, kind: install_pb2.ChangeKind, content_hash: Digest, install_id: str = "", tenant_id: str = "t1") -> None:
        """Tell one change, of an install when one is named."""
        change = install_pb2.Change(
            revision=self.revision + 1,
            kind=kind,
            content_hash=str(content_hash),
            install_id=install_id,
            tenant_id=tenant_id if install_id else "",
            previous_revision=self.revision,
        )
        self.revision += 1
        for queue in self.watchers:
            queue.put_nowait(change)

    def revoke(self, content_hash: Digest) -> None:
        self.revoked.add(content_hash)
        self.change(install_pb2.CHANGE_KIND_VERSION_REVOKED, content_hash)

    async def serve(self, address: str) -> RpcServer:
        server = RpcServer(ServiceTokens({RUNNER_TOKEN: Role.RUNNER}), (), self._register)
        await server.start([address], None)
        return server

    def _register(self, server: aio.Server) -> None:
        registry_service_pb2_grpc.add_RegistryServiceServicer_to_server(_Bundles(self), server)
        install_service_pb2_grpc.add_InstallServiceServicer_to_server(_Watch(self), server)
        storage_service_pb2_grpc.add_StorageServiceServicer_to_server(_Storage(self), server)
        identity_service_pb2_grpc.add_IdentityServiceServicer_to_server(_Identity(self), server)
        execution_log_service_pb2_grpc.add_ExecutionLogServiceServicer_to_server(_Executions(self), server)


class _Bundles(registry_service_pb2_grpc.RegistryServiceServicer):
    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    async def ReadBundle(self, request: Any, _context: Any) -> AsyncIterator[registry_service_pb2.ReadBundleResponse]:
        content_hash = Digest.parse(request.content_hash)
        self._registry.reads[content_hash] += 1
        self._registry.read_event(content_hash).set()
        served = self._registry.bundles.get(content_hash)
        if served is None:
            raise Fault(Reason.NOT_FOUND)
        size = len(served.archive) if served.promised is None else served.promised
        header = registry_service_pb2.BundleHeader(
            size_bytes=size, envelope=served.envelope, attestation=signed_to_proto(served.attestation)
        )
        yield registry_service_pb2.ReadBundleResponse(header=header)
        for start in range(0, len(served.archive), MAX_CHUNK_BYTES):
            yield registry_service_pb2.ReadBundleResponse(chunk=served.archive[start : start + MAX_CHUNK_BYTES])

    async def ReadVariants(self, request: Any, _context: Any) -> AsyncIterator[registry_service_pb2.ReadVariantsResponse]:
        served = self._registry.variants.get(Digest.parse(request.content_hash), b"")
        if isinstance(served, Fault):
            raise served
        for start in range(0, len(served), MAX_CHUNK_BYTES):
            yield registry_service_pb2.ReadVariantsResponse(chunk=served[start : start + MAX_CHUNK_BYTES])


class _Watch(install_service_pb2_grpc.InstallServiceServicer):
    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    async def WatchInstalls(self, _request: Any, _context: Any) -> AsyncIterator[install_service_pb2.WatchInstallsResponse]:
        queue: asyncio.Queue[install_pb2.Change] = asyncio.Queue()
        self._registry.watchers.append(queue)
        snapshot = install_service_pb2.Snapshot(
            revision=self._registry.revision, revoked_hashes=[str(one) for one in self._registry.revoked]
        )
        try:
            while self._registry.silent.is_set():  # noqa: ASYNC110 - a stopped process
                await asyncio.sleep(0.01)
            yield install_service_pb2.WatchInstallsResponse(snapshot=snapshot)
            self._registry.watched.set()
            at = snapshot.revision
            while True:
                try:
                    async with asyncio.timeout(self._registry.heartbeat_seconds):
                        change = await queue.get()
                except TimeoutError:
                    if self._registry.silent.is_set():
                        continue
                    yield install_service_pb2.WatchInstallsResponse(heartbeat=install_service_pb2.Heartbeat(revision=at))
                else:
                    at = change.revision
                    yield install_service_pb2.WatchInstallsResponse(change=change)
        finally:
            self._registry.watchers.remove(queue)


class _Storage(storage_service_pb2_grpc.StorageServiceServicer):
    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    async def _owner(self, request: Any) -> tuple[str, str]:
        keys = TrustedKeys.of([self._registry.grant_key.public])
        grant = ExecutionGrant.verify(signed_from_proto(request.grant), keys, datetime.now(UTC))
        if grant.install_id in self._registry.stale:
            raise Fault(Reason.GRANT_STALE)
        if "cap:storage.kv" not in grant.capabilities:
            raise Fault(Reason.CAPABILITY_DENIED)
        self._registry.storage_calls += 1
        self._registry.storing.set()
        if self._registry.hold is not None:
            await self._registry.hold.wait()
        return grant.tenant_id, grant.install_id

    async def GetEntry(self, request: Any, _context: Any) -> storage_service_pb2.GetEntryResponse:
        place = (*await self._owner(request), request.namespace, request.key)
        value, revision = self._found(place)
        entry = storage_service_pb2.Entry(namespace=request.namespace, key=request.key, value=value, revision=revision)
        return storage_service_pb2.GetEntryResponse(entry=entry)

    async def ReadEntries(self, requests: Any, _context: Any) -> AsyncIterator[storage_service_pb2.ReadEntriesResponse]:
        self._registry.streams += 1
        async for request in requests:
            if self._registry.breaks:  # as an older one does, or one that stops
                raise Fault(self._registry.breaks)
            found = [await self._entry_found(read.entry) for read in request.reads]
            yield storage_service_pb2.ReadEntriesResponse(found=found[: -1 if self._registry.short else None])

    async def _entry_found(self, request: Any) -> storage_service_pb2.EntryFound:
        try:
            return storage_service_pb2.EntryFound(entry=(await self.GetEntry(request, None)).entry)
        except Fault as fault:
            return storage_service_pb2.EntryFound(error=to_detail(fault))

    async def PutEntry(self, request: Any, _context: Any) -> storage_service_pb2.PutEntryResponse:
        place = (*await self._owner(request), request.namespace, request.key)
        _, revision = self._registry.entries.get(place, (b"", 0))
        if request.HasField("if_revision") and request.if_revision != revision:
            raise Fault(Reason.STORAGE_CONFLICT)
        self._registry.entries[place] = (request.value, revision + 1)
        return storage_service_pb2.PutEntryResponse(revision=revision + 1)

    async def DeleteEntry(self, request: Any, _context: Any) -> storage_service_pb2.DeleteEntryResponse:
        place = (*await self._owner(request), request.namespace, request.key)
        self._found(place)
        del self._registry.entries[place]
        return storage_service_pb2.DeleteEntryResponse()

    async def ListEntries(self, request: Any, _context: Any) -> storage_service_pb2.ListEntriesResponse:
        owner = await self._owner(request)
        found = [
            storage_service_pb2.Entry(namespace=place[2], key=place[3], value=value, revision=revision)
            for place, (value, revision) in sorted(self._registry.entries.items())
            if place[:3] == (*owner, request.namespace) and place[3] > request.after_key
        ]
        return storage_service_pb2.ListEntriesResponse(entries=found)

    def _found(self, place: tuple[str, str, str, str]) -> tuple[bytes, int]:
        if place not in self._registry.entries:
            raise Fault(Reason.STORAGE_KEY_MISSING)
        return self._registry.entries[place]


class _Identity(identity_service_pb2_grpc.IdentityServiceServicer):
    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    async def Verify(self, request: Any, _context: Any) -> identity_service_pb2.VerifyResponse:
        self._registry.verifications[request.secret] += 1
        if request.secret not in self._registry.keys:
            raise Fault(Reason.NOT_FOUND)
        key = identity_service_pb2.ApiKey(id="k1", role=self._registry.keys[request.secret])
        return identity_service_pb2.VerifyResponse(key=key)


class _Executions(execution_log_service_pb2_grpc.ExecutionLogServiceServicer):
    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    async def Record(self, request: Any, _context: Any) -> execution_log_service_pb2.RecordResponse:
        if self._registry.recording is not None:
            raise self._registry.recording
        self._registry.executions += request.executions
        self._registry.dropped += request.dropped
        return execution_log_service_pb2.RecordResponse(recorded=len(request.executions))
