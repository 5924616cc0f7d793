"""The parts of a runner process and how they hang together: the only file that constructs adapters."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Final

from grpc import aio

from gen.alga.runner.v1 import asset_service_pb2_grpc, execute_service_pb2_grpc, ops_service_pb2_grpc
from kernel import files, sealing
from kernel.admission import Admission
from kernel.auth import FirstOf, Role, ServiceTokens
from kernel.process import background
from kernel.reload import Live
from kernel.rpc import RpcServer, connect
from kernel.sealing import SealingKey
from kernel.watch import Freshness, watch
from runner.asset_servicer import AssetServicer
from runner.assets import ReadAsset
from runner.backends.call import CallBackends
from runner.backends.host_app.services import connected
from runner.backends.http.opening import fetching
from runner.backends.scheduler import RegistryScheduler
from runner.backends.secrets import RegistrySecrets
from runner.backends.service import Services
from runner.backends.storage import RegistryStorage
from runner.bundles.cache import BundleCache
from runner.bundles.model import Trust
from runner.bundles.refusing import Refusing
from runner.bundles.source import RegistrySource
from runner.bundles.store import BundleStore
from runner.compile.artifacts import Artifacts
from runner.execute import Execute
from runner.execute_servicer import ExecuteServicer
from runner.executor.pool import ExecutorPool
from runner.executor.quarantine import WARD_QUEUE, GuardedPool, Quarantine
from runner.executor.waiting import Shares
from runner.identity import RegistryKeys
from runner.journal.hub import Hub
from runner.journal.journal import Journal
from runner.journal.outbox import Outbox
from runner.journal.recorder import Recorder
from runner.journal.tail import Tail
from runner.ops.drain import Drain
from runner.ops.gate import Gate
from runner.ops.look import Look
from runner.ops_servicer import OpsServicer
from runner.revocation import ChangeFollower
from runner.sandbox import landlock
from runner.sandbox.demand import check_isolation
from runner.settings import RunnerSettings
from runner.standing import LiveStanding
from runner.warm import Warm

# Of what was called before, this many are verified before anybody asks: about 0.1 s of a processor for 40 MB of machine code.
MAX_READY_AT_START: Final = 64
SERVICES: Final = ("alga.runner.v1.ExecuteService", "alga.runner.v1.AssetService", "alga.runner.v1.OpsService")


@asynccontextmanager
async def running(settings: RunnerSettings) -> AsyncIterator[tuple[str, ...]]:
    """A runner that serves while the block runs, at the addresses that this answers; leaving the block drains it.

    Raises INVALID_ARGUMENT that names the setting for settings that cannot be used, ChildProcessError when executors do not start.
    """
    async with AsyncExitStack() as stack:
        # Settings first: nothing is opened for bad ones.
        check_isolation(landlock.version(), weak_is_accepted=settings.unsafe_weak_sandbox)
        gateway_token = files.token(settings.gateway_token_file, "gateway_token_file")
        registry_token = files.token(settings.registry_token_file, "registry_token_file")
        host_app = settings.host_app
        seconds = settings.trust_reload_seconds
        grant_keys = Live(settings.grant_keys_file, "grant_keys_file", files.trusted_keys, seconds=seconds)
        attestation_keys = Live(settings.attestation_keys_file, "attestation_keys_file", files.trusted_keys, seconds=seconds)
        publishers = Live(settings.trust_bundle, "trust_bundle", files.trust_bundle, seconds=seconds)
        for live in (grant_keys, attestation_keys, publishers):
            await stack.enter_async_context(background("reload", live.follow))
        secret_keys = await _secret_keys(stack, settings)
        registry = connect(settings.registry_address, registry_token, settings.tls_ca_file)
        stack.push_async_callback(registry.channel.close, None)
        stack.enter_context(files.locked(settings.cache_dir, "cache_dir"))

        def trust() -> Trust:
            return Trust(attestation_keys.get(), publishers.get())

        cache = BundleCache(RegistrySource(registry), BundleStore(settings.cache_dir), trust, max_bytes=settings.cache_max_bytes)
        stack.push_async_callback(cache.close)
        await cache.open()
        bundles = Refusing(cache)
        artifacts_dir = settings.cache_dir / "artifacts"
        artifacts = Artifacts(artifacts_dir, max_bytes=settings.artifacts_max_bytes)
        stack.push_async_callback(artifacts.close)
        await artifacts.open()
        shares = Shares.of(
            settings.executors * settings.lanes,
            settings.queue,
            tenant=settings.max_running_per_tenant,
            install=settings.max_running_per_install,
            queue_per_tenant=settings.max_queued_per_tenant,
            queue_per_install=settings.max_queued_per_install,
        )
        quarantine = Quarantine()
        make_pool = partial(
            ExecutorPool,
            artifacts=Artifacts.folder(artifacts_dir),
            memory_bytes=settings.max_memory_bytes,
            queue_seconds=settings.queue_ms / 1000,
            kill_after=settings.kill_after_ms / 1000,
            offended=quarantine.offended,
        )
        executors = await stack.enter_async_context(
            GuardedPool(
                make_pool(settings.executors, settings.lanes, shares=shares),
                quarantine,
                partial(make_pool, 1, 1, shares=Shares.of(1, WARD_QUEUE)),
            )
        )

        admission = Admission(grant_keys.get, partial(datetime.now, UTC))
        freshness = Freshness()
        standing = LiveStanding(freshness)
        warm = Warm(standing, bundles, artifacts)
        secrets = RegistrySecrets(registry, secret_keys, partial(datetime.now, UTC))
        storage = RegistryStorage(registry)
        stack.push_async_callback(storage.close)
        http = await stack.enter_async_context(fetching(settings, secrets))
        services: Services = {
            "storage": storage,
            "http": http,
            "scheduler": RegistryScheduler(registry),
            **await connected(stack, host_app, secrets),
            "secrets": secrets,
        }
        backends = CallBackends(standing, services)
        outbox = Outbox(Recorder(registry).send)
        await stack.enter_async_context(outbox.running())  # until all calls are over
        hub = Hub(settings.tail_events, places=settings.max_tails, tenant_places=settings.max_tails_per_tenant)
        journal = Journal(hub, outbox, settings.max_event_bytes)
        execute = Execute(admission, standing, bundles, artifacts, executors, backends, settings.ceiling, journal)
        read_asset = ReadAsset(admission, standing, bundles, max_bytes=settings.static_max_file_bytes)

        follower = ChangeFollower(standing, warm.run, earlier=await artifacts.latest(MAX_READY_AT_START))
        await stack.enter_async_context(background("watch", lambda: watch(registry, follower, freshness)))
        await stack.enter_async_context(background("warm", follower.warm_pending))

        gate = Gate()
        drain = Drain(gate)
        look = Look(gate, executors, cache, artifacts, quarantine, standing, partial(datetime.now, UTC))

        def register(server: aio.Server) -> None:
            execute_service_pb2_grpc.add_ExecuteServiceServicer_to_server(ExecuteServicer(gate, execute, warm, Tail(hub)), server)
            asset_service_pb2_grpc.add_AssetServiceServicer_to_server(AssetServicer(gate, read_asset), server)
            ops_service_pb2_grpc.add_OpsServiceServicer_to_server(OpsServicer(look, drain), server)

        authenticator = FirstOf([ServiceTokens({gateway_token: Role.GATEWAY}), RegistryKeys(registry)])
        server = RpcServer(authenticator, SERVICES, register)
        stack.push_async_callback(_leave, server, drain, settings)
        addresses = await server.start(settings.listen, settings.tls)
        # Health checks send others only while it knows what is revoked, and takes calls.
        await stack.enter_async_context(background("heard", lambda: follower.tell(gate.heard)))
        await stack.enter_async_context(background("health", lambda: gate.tell(server.serving)))
        stack.callback(hub.close)
        yield addresses


async def _leave(server: RpcServer, drain: Drain, settings: RunnerSettings) -> None:
    """Refuse by name, finish what runs, and only then stop the server: all within the time for draining."""
    loop = asyncio.get_running_loop()
    ends = loop.time() + settings.drain_seconds
    await server.serving(False)  # nobody else tells health any more
    await drain.end(settings.drain_seconds, settings.drain_notice_ms / 1000)
    await server.stop(max(0.0, ends - loop.time()))


async def _secret_keys(stack: AsyncExitStack, settings: RunnerSettings) -> Callable[[], Mapping[str, SealingKey]]:
    """The keys that open secrets, as their file is now; none without a file."""
    if settings.secret_keys_file is None:
        return dict
    live = Live(
        settings.secret_keys_file,
        "secret_keys_file",
        sealing.sealing_keys,
        seconds=settings.trust_reload_seconds,
        read=files.private_pem,
    )
    await stack.enter_async_context(background("reload", live.follow))
    return live.get
