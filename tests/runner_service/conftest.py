"""A registry, a runner with real executors, and clients: one set for all tests of this folder."""

import asyncio
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from grpc_health.v1 import health_pb2, health_pb2_grpc

from gen.alga.runner.v1 import asset_service_pb2, asset_service_pb2_grpc, execute_service_pb2, execute_service_pb2_grpc
from kernel import status
from kernel.convert import signed_to_proto
from kernel.digest import Digest
from kernel.rpc import Peer, connect
from kernel.signing import Signed
from kernel.watch import Freshness
from runner.app import running
from runner.settings import RunnerSettings
from tests import isolation
from tests.guests import component
from tests.guests.bundles import bundle_files, manifest
from tests.runner_service.registry import RUNNER_TOKEN, Registry

GATEWAY_TOKEN = "gateway-token-of-a-length-for-tests"


@dataclass(frozen=True)
class Asset:
    """A whole answer of GetAsset."""

    header: asset_service_pb2.AssetHeader
    chunks: tuple[bytes, ...]

    @property
    def body(self) -> bytes:
        return b"".join(self.chunks)


@dataclass(frozen=True)
class Events:
    """What a tail tells."""

    _messages: Any

    async def next(self) -> execute_service_pb2.TailResponse:
        """The next message. Raises Fault, StopAsyncIteration."""
        async with asyncio.timeout(20):
            with status.remote():
                return await anext(self._messages)

    async def until_end(self) -> list[execute_service_pb2.TailEvent]:
        """Events up to the end of a call, that included."""
        found = [(await self.next()).event]
        while found[-1].stream != "execution":
            found.append((await self.next()).event)
        return found


@dataclass(frozen=True)
class Runner:
    """A client of a runner."""

    peer: Peer
    settings: RunnerSettings

    async def execute(
        self, grant: Signed, method: str = "GET", url: str = "/run", **more: Any
    ) -> execute_service_pb2.ExecuteResponse:
        """Call Execute; `headers` is a dict or a list of pairs, `body` bytes. Raises Fault."""
        headers = more.pop("headers", ())
        pairs = headers.items() if isinstance(headers, dict) else headers
        http = execute_service_pb2.HttpRequest(
            method=method,
            url=url,
            headers=[execute_service_pb2.Header(name=name, value=value) for name, value in pairs],
            body=more.pop("body", None),
        )
        timeout = more.pop("rpc_timeout", 60)
        request = execute_service_pb2.ExecuteRequest(grant=signed_to_proto(grant), http=http, **more)
        stub = execute_service_pb2_grpc.ExecuteServiceStub(self.peer.channel)
        with status.remote():
            return await stub.Execute(request, metadata=self.peer.metadata(), timeout=timeout)

    async def warm(self, content_hash: Digest | str) -> bool:
        stub = execute_service_pb2_grpc.ExecuteServiceStub(self.peer.channel)
        with status.remote():
            request = execute_service_pb2.WarmRequest(content_hash=str(content_hash))
            return (await stub.Warm(request, metadata=self.peer.metadata(), timeout=60)).compiled

    async def asset(self, grant: Signed, path: str = "", **more: Any) -> Asset:
        stub = asset_service_pb2_grpc.AssetServiceStub(self.peer.channel)
        request = asset_service_pb2.GetAssetRequest(grant=signed_to_proto(grant), path=path, **more)
        with status.remote():
            parts = [part async for part in stub.GetAsset(request, metadata=self.peer.metadata(), timeout=60)]
        assert [part.WhichOneof("part") for part in parts] == ["header", *["chunk"] * (len(parts) - 1)]
        return Asset(parts[0].header, tuple(part.chunk for part in parts[1:]))

    @asynccontextmanager
    async def tail(self, **wanted: Any) -> AsyncIterator["Events"]:
        """Follow events while the block runs."""
        stub = execute_service_pb2_grpc.ExecuteServiceStub(self.peer.channel)
        call = stub.Tail(execute_service_pb2.TailRequest(**wanted), metadata=self.peer.metadata())
        try:
            events = Events(aiter(call))
            assert (await events.next()).HasField("begun")
            yield events
        finally:
            call.cancel()

    def showing(self, token: str) -> "Runner":
        """The same runner, called with another token."""
        return Runner(Peer(self.peer.channel, token), self.settings)


@dataclass(frozen=True)
class Platform:
    """A registry and a runner that knows it."""

    registry: Registry
    runner: Runner

    def publish(self, guest: str, **more: Any) -> Digest:
        """A bundle of a guest that no other test has: its manifest has a random part."""
        return publish(self.registry, guest, **more)


def publish(registry: Registry, guest: str, *, files: dict[str, bytes] | None = None, **more: Any) -> Digest:
    more.setdefault("x-unique", secrets.token_hex(8))
    bundle = bundle_files(guest, component(guest), **more) | (files or {})
    return registry.publish(bundle, manifest(guest)["name"])


def make_settings(registry: Registry, root: Path, **more: Any) -> RunnerSettings:
    """Settings of a runner below `root`, with all files that they name."""
    (root / "attestation.pem").write_bytes(registry.attestation_key.public.pem)
    (root / "grant.pem").write_bytes(registry.grant_key.public.pem)
    (root / "trust.pem").write_bytes(registry.publisher_key.public.pem)
    (root / "registry.token").write_text(RUNNER_TOKEN)
    (root / "gateway.token").write_text(f"{GATEWAY_TOKEN}\n")
    told: dict[str, Any] = {
        "listen": (f"unix:{root}/runner",),
        "cache_dir": root / "cache",
        "registry_address": f"unix:{root}/registry",
        "registry_token_file": root / "registry.token",
        "gateway_token_file": root / "gateway.token",
        "attestation_keys_file": root / "attestation.pem",
        "grant_keys_file": root / "grant.pem",
        "EXT_RUNNER_TRUST_BUNDLE": str(root / "trust.pem"),
        "executors": 1,
        "lanes": 4,
        "drain_seconds": 0.5,
        **isolation.SETTINGS,
    }
    return RunnerSettings(**(told | more))


@asynccontextmanager
async def client(settings: RunnerSettings) -> AsyncIterator[Runner]:
    peer = connect(settings.listen[0], GATEWAY_TOKEN)
    try:
        yield Runner(peer, settings)
    finally:
        await peer.channel.close()


@asynccontextmanager
async def started(settings: RunnerSettings, *, heard: bool = True) -> AsyncIterator[Runner]:
    """A runner in this process that has heard the registry, unless there is none, and a client of it."""
    async with running(settings), client(settings) as runner:
        if heard:
            await turned(runner, serving=True)
        yield runner


async def turned(runner: Runner, *, serving: bool) -> None:
    """Wait until health says so."""
    wanted = health_pb2.HealthCheckResponse.SERVING if serving else health_pb2.HealthCheckResponse.NOT_SERVING
    call = health_pb2_grpc.HealthStub(runner.peer.channel).Watch(health_pb2.HealthCheckRequest())
    async with asyncio.timeout(20):
        async for answer in call:
            if answer.status == wanted:
                break
    call.cancel()


@pytest.fixture(scope="session")
def short_root() -> Iterator[Path]:
    """A directory whose socket paths are short enough."""
    root = Path(tempfile.mkdtemp(prefix="rs", dir="/tmp"))
    yield root
    shutil.rmtree(root)


@pytest.fixture
def own_root() -> Iterator[Path]:
    """The same, for one test."""
    root = Path(tempfile.mkdtemp(prefix="rs", dir="/tmp"))
    yield root
    shutil.rmtree(root)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def platform(short_root: Path) -> AsyncIterator[Platform]:
    registry = Registry()
    server = await registry.serve(f"unix:{short_root}/registry")
    settings = make_settings(registry, short_root, EXT_RUNNER_STATIC_MAX_FILE_BYTES=1 << 20)
    try:
        async with AsyncExitStack() as stack:
            with pytest.MonkeyPatch.context() as patch:
                # Tests with event loops of their own stop this one's for longer than the watch may be silent.
                patch.setattr("runner.app.Freshness", partial(Freshness, seconds=3600))
                runner = await stack.enter_async_context(started(settings))
            await registry.watched.wait()
            yield Platform(registry, runner)
    finally:
        await server.stop(0)


@pytest.fixture
def registry(platform: Platform) -> Registry:
    return platform.registry


@pytest.fixture
def runner(platform: Platform) -> Runner:
    return platform.runner
