"""A tenant's installs, over `alga.registry.v1.InstallService`. Every method raises Fault with what the rpc documents."""

from collections.abc import Callable, Mapping, Sequence

from cli.client.calls import Calls
from cli.client.convert import record
from cli.output import Record
from gen.alga.registry.v1 import install_pb2, install_service_pb2, install_service_pb2_grpc, trust_pb2
from kernel.errors import Fault, Reason
from kernel.rpc import Peer


class Installs(Calls):
    """Which tenant runs what. `install` names one by its id, or by the extension's id or name."""

    def __init__(self, peer: Peer) -> None:
        super().__init__(peer)
        self._stub = install_service_pb2_grpc.InstallServiceStub(peer.channel)

    async def install(self, tenant: str, extension: str, version: str, grant: Sequence[str] | None) -> Record:
        """Install a version (empty = the newest); `grant` names the capabilities, None = all that the manifest asks for."""
        request = install_service_pb2.InstallRequest(
            tenant_id=tenant, extension=extension, version=version, capabilities=_grant(grant)
        )
        answer = await self._ask(self._stub.Install, request)
        return record(answer.install)

    async def update(self, tenant: str, install: str, version: str, grant: Sequence[str] | None, *, keep: bool) -> Record:
        """Move an install to a version (empty = the newest); with `keep` its capabilities stay, else they are as for install.

        When the version asks for more, the answer has a `pending_update` and the install is as it was.
        """
        request = install_service_pb2.UpdateRequest(
            tenant_id=tenant, install=install, version=version, capabilities=None if keep else _grant(grant)
        )
        answer = await self._ask(self._stub.Update, request)
        return record(answer.install)

    async def consent(self, tenant: str, install: str, content_hash: str, grant: Sequence[str] | None, *, keep: bool) -> Record:
        """Make the update that waits, if its bundle is the one named; capabilities as for `update`."""
        request = install_service_pb2.ConsentToUpdateRequest(
            tenant_id=tenant, install=install, content_hash=content_hash, capabilities=None if keep else _grant(grant)
        )
        answer = await self._ask(self._stub.ConsentToUpdate, request)
        return record(answer.install)

    async def decline(self, tenant: str, install: str) -> Record:
        """Forget the update that waits."""
        request = install_service_pb2.DeclineUpdateRequest(tenant_id=tenant, install=install)
        answer = await self._ask(self._stub.DeclineUpdate, request)
        return record(answer.install)

    async def set_grants(self, tenant: str, install: str, grant: Sequence[str] | None) -> Record:
        """Set what an install may use, as for `install`."""
        request = install_service_pb2.SetGrantsRequest(tenant_id=tenant, install=install, capabilities=_grant(grant))
        answer = await self._ask(self._stub.SetGrants, request)
        return record(answer.install)

    async def configure(self, tenant: str, install: str, change: Callable[[dict[str, str]], dict[str, str]]) -> Record:
        """Read the configuration, set what `change` makes of it; once more when the install changed in between."""
        try:
            return await self._configure(tenant, install, change)
        except Fault as fault:
            if fault.reason is not Reason.REVISION_CONFLICT:
                raise
            return await self._configure(tenant, install, change)

    async def _configure(self, tenant: str, install: str, change: Callable[[dict[str, str]], dict[str, str]]) -> Record:
        found = await self.get(tenant, install)
        request = install_service_pb2.SetConfigurationRequest(
            tenant_id=tenant, install=found["id"], configuration=change(found["configuration"]), if_revision=found["revision"]
        )
        answer = await self._ask(self._stub.SetConfiguration, request)
        return record(answer.install)

    async def limit(self, tenant: str, install: str, change: Mapping[str, int]) -> Record:
        """Set some of the tenant's limits, 0 = it says nothing; once more when the install changed in between."""
        try:
            return await self._limit(tenant, install, change)
        except Fault as fault:
            if fault.reason is not Reason.REVISION_CONFLICT:
                raise
            return await self._limit(tenant, install, change)

    async def _limit(self, tenant: str, install: str, change: Mapping[str, int]) -> Record:
        found = await self.get(tenant, install)
        request = install_service_pb2.SetLimitsRequest(
            tenant_id=tenant,
            install=found["id"],
            limits=trust_pb2.Limits(**_changed(found["tenant_limits"], change)),
            caller_limits=install_pb2.CallerLimits(**_changed(found["caller_limits"], change)),
            if_revision=found["revision"],
        )
        answer = await self._ask(self._stub.SetLimits, request)
        return record(answer.install)

    async def reach(self, tenant: str, install: str, destinations: Sequence[str] | None) -> Record:
        """Set where an install may send requests; None = the tenant says nothing."""
        told = None if destinations is None else trust_pb2.EgressList(destinations=destinations)
        request = install_service_pb2.SetEgressRequest(tenant_id=tenant, install=install, egress=told)
        answer = await self._ask(self._stub.SetEgress, request)
        return record(answer.install)

    async def permit(self, tenant: str, install: str, rules: Record | None) -> Record:
        """Set who may call an install; None = the tenant says nothing."""
        told = None if rules is None else install_pb2.AccessRules(**rules)
        request = install_service_pb2.SetAccessRequest(tenant_id=tenant, install=install, access=told)
        answer = await self._ask(self._stub.SetAccess, request)
        return record(answer.install)

    async def credentials(self, tenant: str, install: str, change: Callable[[list[Record]], list[Record]]) -> Record:
        """Read what the host adds to requests, set what `change` makes of it; once more when the install changed in between."""
        try:
            return await self._credentials(tenant, install, change)
        except Fault as fault:
            if fault.reason is not Reason.REVISION_CONFLICT:
                raise
            return await self._credentials(tenant, install, change)

    async def _credentials(self, tenant: str, install: str, change: Callable[[list[Record]], list[Record]]) -> Record:
        found = await self.get(tenant, install)
        request = install_service_pb2.SetCredentialsRequest(
            tenant_id=tenant,
            install=found["id"],
            credentials=[trust_pb2.Credential(**one) for one in change(found["credentials"])],
            if_revision=found["revision"],
        )
        answer = await self._ask(self._stub.SetCredentials, request)
        return record(answer.install)

    async def get(self, tenant: str, install: str) -> Record:
        """One install."""
        request = install_service_pb2.GetInstallRequest(tenant_id=tenant, install=install)
        answer = await self._ask(self._stub.GetInstall, request)
        return record(answer.install)

    async def enable(self, tenant: str, install: str) -> Record:
        """Let an install answer again."""
        request = install_service_pb2.EnableRequest(tenant_id=tenant, install=install)
        answer = await self._ask(self._stub.Enable, request)
        return record(answer.install)

    async def disable(self, tenant: str, install: str) -> Record:
        """Stop an install; it keeps its storage."""
        request = install_service_pb2.DisableRequest(tenant_id=tenant, install=install)
        answer = await self._ask(self._stub.Disable, request)
        return record(answer.install)

    async def uninstall(self, tenant: str, install: str) -> Record:
        """Remove an install and its storage; answers it as it was."""
        request = install_service_pb2.UninstallRequest(tenant_id=tenant, install=install)
        answer = await self._ask(self._stub.Uninstall, request)
        return record(answer.install)

    async def list_all(self, tenant: str) -> list[Record]:
        """All installs of a tenant, by extension name."""
        request = install_service_pb2.ListInstallsRequest(tenant_id=tenant)
        return await self._every(self._stub.ListInstalls, request, lambda page: page.installs)


def _grant(names: Sequence[str] | None) -> install_service_pb2.CapabilityGrant:
    return install_service_pb2.CapabilityGrant(all_requested=names is None, names=names or ())


def _changed(found: Record, change: Mapping[str, int]) -> Record:
    """What of the change is among what was found, in its place."""
    return {name: change.get(name, value) for name, value in found.items()}
