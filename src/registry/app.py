"""The parts list of the registry process: the only file that constructs adapters."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from shutil import rmtree
from typing import TypeVar

from grpc import aio

from gen.alga.registry.v1 import (
    execution_log_service_pb2_grpc,
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
from kernel import files, sealing
from kernel.admission import Admission
from kernel.auth import FirstOf, Role, ServiceTokens
from kernel.errors import Fault
from kernel.process import background
from kernel.reload import Live
from kernel.rpc import RpcServer
from kernel.signing import SigningKey, TrustedKeys
from kernel.trust import TrustBundle
from registry.bell import Bell
from registry.blobs.store import BlobStore
from registry.browse import Browse
from registry.catalog.migrate import PREFIX, migrate
from registry.catalog.session import SqlCatalog
from registry.collect import Collector
from registry.configure import Configuring
from registry.consent import Consent
from registry.doctor.doctor import Doctor, Expected
from registry.download import Download
from registry.execution_log_servicer import ExecutionLogServicer
from registry.executions import ReadExecutions
from registry.grants import Granting
from registry.idempotency.claims import Claims
from registry.idempotency.quota import KeyQuota
from registry.idempotency.sweep import KeySweep
from registry.idempotency_servicer import IdempotencyServicer
from registry.identity_servicer import IdentityServicer
from registry.inspect import Inspector
from registry.install import Installer
from registry.install_servicer import InstallServicer
from registry.keys import Keys
from registry.lifecycle import Lifecycle
from registry.limiting import Limiting
from registry.maintenance_servicer import MaintenanceServicer
from registry.memory import give_back
from registry.model import utc_now
from registry.permit import Permitting
from registry.publish import Publish
from registry.publisher_keys import PublisherKeys
from registry.publisher_servicer import PublisherServicer
from registry.publishers import Publishing
from registry.reaching import Reaching
from registry.reattest import Reattest
from registry.receive import Pace, Receiver
from registry.record_executions import Keep, RecordExecutions
from registry.registry_servicer import RegistryServicer
from registry.resolve import Resolver
from registry.schedule_servicer import ScheduleServicer
from registry.schedules.firing import Firing, Terms
from registry.schedules.manage import Schedules
from registry.schedules.owner import Door
from registry.sealed import SealedSecrets
from registry.secret_servicer import SecretServicer
from registry.secrets import InstallSecrets, Recipients
from registry.settings import RegistrySettings
from registry.staging.finalize import Finalize
from registry.staging.stage import Stage
from registry.staging.store import StagedUploads
from registry.staging_servicer import StagingServicer
from registry.storage import InstallStorage
from registry.storage_admin import StorageAdmin
from registry.storage_admin_servicer import StorageAdminServicer
from registry.storage_quota import Quota
from registry.storage_servicer import StorageServicer
from registry.storage_sweep import StorageSweep
from registry.switch import Switch
from registry.uninstall import Uninstaller
from registry.update import Updater
from registry.verify import BundleVerifier
from registry.watch import Watch

_NOUNS = (
    *("Registry", "Staging", "Install", "Storage", "StorageAdmin", "Secret", "Identity"),
    *("Publisher", "Maintenance", "Schedule", "ExecutionLog", "Idempotency"),
)
_Found = TypeVar("_Found")
SERVICES = tuple(f"alga.registry.v1.{noun}Service" for noun in _NOUNS)


@dataclass(frozen=True, slots=True)
class App:
    """A registry that serves at `addresses`."""

    addresses: tuple[str, ...]
    _server: RpcServer
    _bell: Bell
    _streaming: tuple[StorageServicer, IdempotencyServicer]

    async def drain(self, grace_seconds: float) -> None:
        """End watches and streams of questions, take no new calls, give running ones their time. May be called twice."""
        self._bell.close()
        for servicer in self._streaming:
            servicer.close()
        await self._server.stop(grace_seconds)


@asynccontextmanager
async def serve(settings: RegistrySettings, schedule_clock: Callable[[], datetime] = utc_now) -> AsyncIterator[App]:
    """Serve until the end of the block; schedules, and what moves them, go by a clock of their own.

    Raises INVALID_ARGUMENT that names the setting for one whose content is no good.
    """
    async with AsyncExitStack() as stack:
        stack.enter_context(files.locked(settings.data_dir, "data_dir"))
        attestation_key = files.signing_key(settings.attestation_key_file, "attestation_key_file")
        grant_key = files.signing_key(settings.grant_key_file, "grant_key_file")
        lives = _Lives(stack, settings.trust_reload_seconds)
        trust = await lives.open(settings.trust_bundle, "trust_bundle", files.trust_bundle)
        attested = await lives.with_earlier(attestation_key, settings.attestation_trusted_file, "attestation_trusted_file")
        granted = await lives.with_earlier(grant_key, settings.grant_trusted_file, "grant_trusted_file")
        recipients = await lives.recipients(settings.secret_recipients_file)
        tokens = _tokens(settings)

        bell = Bell()
        url = settings.database_url or f"{PREFIX}{settings.data_dir.absolute() / 'registry.db'}"
        await asyncio.to_thread(migrate, url)
        await asyncio.to_thread(give_back)
        catalog = SqlCatalog.open(url, bell)
        stack.push_async_callback(catalog.close)
        blobs = BlobStore.directory(settings.data_dir.absolute() / "blobs")
        uploads = _empty_folder(settings.data_dir / "uploads")
        receiver = Receiver(uploads, Pace(settings.upload_idle_seconds, settings.upload_bytes_per_second))

        browse, keys = Browse(catalog), Keys(catalog, utc_now)
        if settings.bootstrap_operator_key_file is not None:
            await keys.bootstrap(files.token(settings.bootstrap_operator_key_file, "bootstrap_operator_key_file"))
        recording, grace = asyncio.Lock(), timedelta(seconds=settings.blob_grace_seconds)
        quota = settings.publisher_quota_bytes
        collector = Collector(catalog, blobs, recording, grace, utc_now)
        await stack.enter_async_context(background("collect", collector.forever))
        publish = Publish(catalog, blobs, receiver, Inspector(), trust, attestation_key, quota, recording, utc_now)
        publish_key = _publish_key(settings, trust())
        staged = StagedUploads(_empty_folder(settings.data_dir / "staged"))
        await stack.enter_async_context(background("staged uploads", staged.forever))
        staging = StagingServicer(
            Stage(staged, receiver, signs=publish_key is not None),
            Finalize(staged, catalog, publish, publish_key, utc_now),
            idle_seconds=settings.upload_idle_seconds,
        )
        verifier = BundleVerifier(blobs, attested, trust)
        room = Quota(settings.storage_max_keys, settings.storage_max_namespaces, settings.storage_max_bytes)
        storage = StorageServicer(InstallStorage(catalog, Admission(granted, utc_now).execution, room, utc_now))
        storage_admin = StorageAdmin(catalog, room, utc_now)
        await stack.enter_async_context(background("storage sweep", StorageSweep(catalog, utc_now).forever))
        installs = InstallServicer(
            Installer(catalog, verifier, utc_now),
            Updater(catalog, verifier, schedule_clock),
            Consent(catalog, verifier, schedule_clock),
            Granting(catalog, utc_now),
            Configuring(catalog, utc_now),
            Limiting(catalog, utc_now),
            Reaching(catalog, utc_now),
            Permitting(catalog, utc_now),
            Switch(catalog, schedule_clock),
            Uninstaller(catalog),
            browse,
            Resolver(catalog, grant_key, utc_now),
            Watch(catalog, bell),
        )
        keep = Keep(settings.keep_executions, settings.keep_execution_days)
        executions = ExecutionLogServicer(RecordExecutions(catalog, keep, utc_now), ReadExecutions(catalog, utc_now))
        secrets = SecretServicer(InstallSecrets(catalog, recipients, utc_now), SealedSecrets(catalog, granted, utc_now))
        keys_quota = KeyQuota(settings.idempotency_max_keys, settings.idempotency_max_bytes)
        idempotency = IdempotencyServicer(Claims(catalog, keys_quota, timedelta(seconds=settings.idempotency_seconds), utc_now))
        await stack.enter_async_context(background("idempotency sweep", KeySweep(catalog, utc_now).forever))
        lifecycle, download = Lifecycle(catalog), Download(catalog, blobs)
        registry = RegistryServicer(publish, browse, lifecycle, download, idle_seconds=settings.upload_idle_seconds)
        publishers = PublisherServicer(Publishing(catalog, quota, utc_now), PublisherKeys(catalog, quota, utc_now))
        expected = Expected(attested, attestation_key.public.key_id, trust, quota, grace, uploads, recipients)
        maintenance = MaintenanceServicer(
            Doctor(catalog, blobs, expected, utc_now), collector, Reattest(catalog, attestation_key, attested)
        )

        due = Bell()
        terms = Terms(
            timedelta(seconds=settings.schedule_catch_up_seconds),
            timedelta(seconds=settings.schedule_lease_seconds),
            settings.schedule_runs_per_tenant,
        )
        schedules = ScheduleServicer(
            Schedules(Door(catalog, granted, utc_now), due, schedule_clock), Firing(catalog, due, bell, terms, schedule_clock)
        )

        def register(server: aio.Server) -> None:
            registry_service_pb2_grpc.add_RegistryServiceServicer_to_server(registry, server)
            staging_service_pb2_grpc.add_StagingServiceServicer_to_server(staging, server)
            install_service_pb2_grpc.add_InstallServiceServicer_to_server(installs, server)
            storage_service_pb2_grpc.add_StorageServiceServicer_to_server(storage, server)
            storage_admin_service_pb2_grpc.add_StorageAdminServiceServicer_to_server(StorageAdminServicer(storage_admin), server)
            secret_service_pb2_grpc.add_SecretServiceServicer_to_server(secrets, server)
            identity_service_pb2_grpc.add_IdentityServiceServicer_to_server(IdentityServicer(keys), server)
            publisher_service_pb2_grpc.add_PublisherServiceServicer_to_server(publishers, server)
            schedule_service_pb2_grpc.add_ScheduleServiceServicer_to_server(schedules, server)
            maintenance_service_pb2_grpc.add_MaintenanceServiceServicer_to_server(maintenance, server)
            execution_log_service_pb2_grpc.add_ExecutionLogServiceServicer_to_server(executions, server)
            idempotency_service_pb2_grpc.add_IdempotencyServiceServicer_to_server(idempotency, server)

        server = RpcServer(FirstOf([ServiceTokens(tokens), keys]), SERVICES, register)
        app = App(await server.start(settings.listen, settings.tls), server, bell, (storage, idempotency))
        stack.push_async_callback(app.drain, settings.grace_seconds)
        yield app


@asynccontextmanager
async def running(settings: RegistrySettings) -> AsyncIterator[tuple[str, ...]]:
    """Serve as `serve` does; answers the addresses."""
    async with serve(settings) as app:
        yield app.addresses


class _Lives:
    """Files of trusted keys that are read again while the stack is open."""

    def __init__(self, stack: AsyncExitStack, seconds: float) -> None:
        self._stack, self._seconds = stack, seconds

    async def open(self, source: Path | str, setting: str, parse: Callable[[bytes, str], _Found]) -> Callable[[], _Found]:
        """What a setting's file says now."""
        live = Live(source, setting, parse, seconds=self._seconds)
        await self._stack.enter_async_context(background(f"reload {setting}", live.follow))
        return live.get

    async def recipients(self, path: Path | None) -> Recipients:
        """The keys to seal secrets to; none without a file."""
        if path is None:
            return dict
        return await self.open(path, "secret_recipients_file", sealing.recipients)

    async def with_earlier(self, key: SigningKey, path: Path | None, setting: str) -> Callable[[], TrustedKeys]:
        """Today's key, and the earlier ones that a setting's file has now."""
        if path is None:
            today = TrustedKeys.of([key.public])
            return lambda: today
        # Joined when the file is read, not at each storage call.
        return await self.open(
            path, setting, lambda pem, name: TrustedKeys.of([key.public, *TrustedKeys.parse(pem, name).values()])
        )


def _tokens(settings: RegistrySettings) -> dict[str, Role]:
    named = {Role.GATEWAY: settings.gateway_token_file, Role.RUNNER: settings.runner_token_file}
    return {files.token(path, f"{role.value}_token_file"): role for role, path in named.items() if path is not None}


def _publish_key(settings: RegistrySettings, trust: TrustBundle) -> SigningKey | None:
    if settings.publish_key_file is None:
        return None
    key = files.signing_key(settings.publish_key_file, "publish_key_file")
    if key.public.key_id not in trust.keys:
        raise Fault.invalid("publish_key_file", "must hold a key whose public key is in trust_bundle; runners need it as well")
    return key


def _empty_folder(path: Path) -> Path:
    """What a crash left of uploads goes."""
    rmtree(path, ignore_errors=True)
    path.mkdir(mode=0o700)
    return path
