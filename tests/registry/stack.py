"""A real registry in this process: a unix socket, SQLite and blobs in a temporary folder, and clients for every role."""

import asyncio
import secrets
import shutil
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from gen.alga.registry.v1 import (
    execution_log_service_pb2_grpc,
    extension_pb2,
    idempotency_service_pb2_grpc,
    identity_service_pb2_grpc,
    install_service_pb2_grpc,
    maintenance_service_pb2_grpc,
    publisher_service_pb2_grpc,
    registry_service_pb2_grpc,
    schedule_service_pb2_grpc,
    secret_service_pb2_grpc,
    staging_service_pb2_grpc,
    storage_admin_service_pb2_grpc,
    storage_service_pb2_grpc,
)
from gen.alga.registry.v1 import (
    identity_service_pb2 as identity,
)
from gen.alga.registry.v1 import (
    install_service_pb2 as installs,
)
from gen.alga.registry.v1 import (
    publisher_service_pb2 as publishers,
)
from gen.alga.registry.v1 import (
    registry_service_pb2 as registry,
)
from kernel.auth import Role
from kernel.rpc import Peer, connect
from kernel.signing import SigningKey
from kernel.status import remote
from registry.app import App, serve
from registry.catalog.migrate import PREFIX, migrate
from registry.model import utc_now
from registry.settings import RegistrySettings
from tests.registry.bundles import PUBLISHER, Signed

CHUNK = 64 << 10
_STUBS = {
    "registry": registry_service_pb2_grpc.RegistryServiceStub,
    "installs": install_service_pb2_grpc.InstallServiceStub,
    "storage": storage_service_pb2_grpc.StorageServiceStub,
    "storage_admin": storage_admin_service_pb2_grpc.StorageAdminServiceStub,
    "schedules": schedule_service_pb2_grpc.ScheduleServiceStub,
    "executions": execution_log_service_pb2_grpc.ExecutionLogServiceStub,
    "idempotency": idempotency_service_pb2_grpc.IdempotencyServiceStub,
    "secrets": secret_service_pb2_grpc.SecretServiceStub,
    "staging": staging_service_pb2_grpc.StagingServiceStub,
    "identity": identity_service_pb2_grpc.IdentityServiceStub,
    "publishers": publisher_service_pb2_grpc.PublisherServiceStub,
    "maintenance": maintenance_service_pb2_grpc.MaintenanceServiceStub,
}


class Client:
    """Calls as one caller; failures come out as faults."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self._stubs = {name: make(peer.channel) for name, make in _STUBS.items()}

    async def call(self, service: str, method: str, request: Any) -> Any:
        with remote():
            return await getattr(self._stubs[service], method)(request, metadata=self.peer.metadata(), timeout=30)

    async def stream(self, service: str, method: str, request: Any) -> AsyncIterator[Any]:
        with remote():
            async for message in getattr(self._stubs[service], method)(request, metadata=self.peer.metadata()):
                yield message

    async def publish(self, signed: Signed, **header: Any) -> Any:
        """Publish in chunks; `header` overrides what the upload promises."""
        promise = {"content_hash": str(signed.digest), "size_bytes": len(signed.archive), "envelope": signed.envelope}
        promise |= {"visibility": extension_pb2.VISIBILITY_PUBLIC} | header
        with remote():
            messages = upload(promise, signed.archive)
            return await self._stubs["registry"].PublishVersion(messages, metadata=self.peer.metadata(), timeout=60)

    async def install(self, tenant: str, extension: str, version: str = "", names: list[str] | None = None) -> Any:
        grant = installs.CapabilityGrant(all_requested=names is None, names=names or [])
        request = installs.InstallRequest(tenant_id=tenant, extension=extension, version=version, capabilities=grant)
        return (await self.call("installs", "Install", request)).install

    async def resolve(self, tenant: str, extension: str) -> Any:
        request = installs.ResolveInstallRequest(tenant_id=tenant, extension=extension)
        return await self.call("installs", "ResolveInstall", request)

    async def read_bundle(self, content_hash: str) -> tuple[Any, bytes]:
        parts = self.stream("registry", "ReadBundle", registry.ReadBundleRequest(content_hash=content_hash))
        messages = [message async for message in parts]
        assert messages[0].WhichOneof("part") == "header"
        return messages[0].header, b"".join(message.chunk for message in messages[1:])


async def eventually(holds: Callable[[], bool]) -> None:
    """Wait until the other side got there; what it does is seen in its files and tables alone."""
    async with asyncio.timeout(20):
        while not holds():  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0.01)


def upload(header: dict[str, Any], archive: bytes) -> Iterator[registry.PublishVersionRequest]:
    yield registry.PublishVersionRequest(header=registry.PublishHeader(**header))
    for start in range(0, len(archive), CHUNK):
        yield registry.PublishVersionRequest(chunk=archive[start : start + CHUNK])


class Stack:
    """Keys, tokens and folders of one registry; it can be started several times."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.data, self.address = folder, folder / "data", f"unix:{folder}/s"
        self.publisher_key, self.stranger_key, self.trusted_key = (SigningKey.generate() for _ in range(3))
        self.attestation_key, self.grant_key = SigningKey.generate(), SigningKey.generate()
        self.operator_secret = "alga_" + secrets.token_urlsafe(32)
        self.tokens = {Role.GATEWAY: secrets.token_urlsafe(32), Role.RUNNER: secrets.token_urlsafe(32)}
        self.clients: dict[str, Client] = {}

    def settings(self, **changes: Any) -> RegistrySettings:
        files = {
            "attestation_key_file": self.attestation_key.pem,
            "grant_key_file": self.grant_key.pem,
            "gateway_token_file": self.tokens[Role.GATEWAY].encode(),
            "runner_token_file": self.tokens[Role.RUNNER].encode(),
            "bootstrap_operator_key_file": self.operator_secret.encode(),
        }
        for name, content in files.items():
            (self.folder / name).write_bytes(content)
        values: dict[str, Any] = {name: self.folder / name for name in files}
        values["SIGNING_TRUST_BUNDLE"] = (self.publisher_key.public.pem + self.trusted_key.public.pem).decode()
        values |= {"data_dir": self.data, "listen": (self.address,)}
        return RegistrySettings(**(values | changes))

    @asynccontextmanager
    async def running(self, clock: Callable[[], datetime] = utc_now, **changes: Any) -> AsyncIterator[App]:
        """A registry that serves, and the operator's, gateway's and runner's clients."""
        self._migrated()
        async with AsyncExitStack() as stack:
            self.app = app = await stack.enter_async_context(serve(self.settings(**changes), clock))
            secret = {"operator": self.operator_secret, "nobody": ""}
            secret |= {"gateway": self.tokens[Role.GATEWAY], "runner": self.tokens[Role.RUNNER]}
            for name, text in secret.items():
                self.client(name, text)
            yield app
            for client in self.clients.values():
                await client.peer.channel.close()

    def _migrated(self) -> None:
        """To migrate an empty database is a quarter of what a test's registry takes to start, so it is done once."""
        if not self.data.exists():
            self.data.mkdir(mode=0o700)
            (self.data / "registry.db").write_bytes(empty_database())

    def client(self, name: str, secret: str) -> Client:
        self.clients[name] = Client(connect(self.address, secret))
        return self.clients[name]

    async def key_of(self, name: str, role: int, *, tenant: str = "", publisher: str = "") -> Client:
        """A new API key, and a client that shows it."""
        request = identity.CreateApiKeyRequest(role=role, tenant_id=tenant, publisher=publisher, label=name)
        made = await self.operator.call("identity", "CreateApiKey", request)
        return self.client(name, made.secret)

    async def publisher(self, name: str, key: SigningKey) -> Client:
        """A publisher with one key, and a client of its."""
        await self.operator.call("publishers", "CreatePublisher", publishers.CreatePublisherRequest(name=name))
        request = publishers.AddPublisherKeyRequest(publisher=name, public_key_pem=key.public.pem.decode())
        await self.operator.call("publishers", "AddPublisherKey", request)
        return await self.key_of(name, identity.ROLE_PUBLISHER, publisher=name)

    @property
    def operator(self) -> Client:
        return self.clients["operator"]

    def left(self) -> dict[str, int]:
        """What is stored: rows of each table that publishing writes, blobs, temporary files."""
        tables = ("extension_registry", "extension_version", "extension_bundle", "extension_api_endpoint", "install_change")
        with sqlite3.connect(self.data / "registry.db") as connection:
            rows = {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}
        connection.close()
        files = {name: sum(1 for path in (self.data / name).rglob("*") if path.is_file()) for name in ("blobs", "uploads")}
        return rows | files


@cache
def empty_database() -> bytes:
    """The file of a catalog that has its tables and nothing in them."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "registry.db"
        migrate(f"{PREFIX}{path}")
        return path.read_bytes()


@asynccontextmanager
async def started(**changes: Any) -> AsyncIterator[Stack]:
    """A stack whose registry serves, with the publisher `acme` and admins of the tenants `a` and `b`."""
    folder = Path(tempfile.mkdtemp(prefix="alga-", dir="/tmp"))
    try:
        stack = Stack(folder)
        async with stack.running(**changes):
            await stack.publisher(PUBLISHER, stack.publisher_key)
            for tenant in ("a", "b"):
                await stack.key_of(f"admin-{tenant}", identity.ROLE_TENANT_ADMIN, tenant=tenant)
            await stack.key_of("caller-a", identity.ROLE_TENANT_CALLER, tenant="a")
            yield stack
    finally:
        shutil.rmtree(folder)
