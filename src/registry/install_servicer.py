"""`alga.registry.v1.InstallService`."""

from collections.abc import AsyncIterator
from typing import Any

from grpc.aio import ServicerContext

from gen.alga.registry.v1 import install_service_pb2 as pb
from gen.alga.registry.v1 import install_service_pb2_grpc as grpc_pb
from kernel import fields, permissions
from kernel.auth import current_principal
from kernel.caller_limits import caller_limits_of
from kernel.digest import Digest
from kernel.grants import credentials_of, limits_of
from registry import convert
from registry.browse import Browse
from registry.configure import Configuring
from registry.consent import Consent
from registry.grants import Granting
from registry.install import Installer
from registry.limiting import Limiting
from registry.permit import Permitting
from registry.reaching import Reaching
from registry.resolve import Resolver
from registry.switch import Switch
from registry.uninstall import Uninstaller
from registry.update import Updater
from registry.watch import Watch

_Context = ServicerContext[Any, Any]


class InstallServicer(grpc_pb.InstallServiceServicer):
    """Converts, calls, converts."""

    def __init__(
        self,
        installer: Installer,
        updater: Updater,
        consent: Consent,
        granting: Granting,
        configuring: Configuring,
        limiting: Limiting,
        reaching: Reaching,
        permitting: Permitting,
        switch: Switch,
        uninstaller: Uninstaller,
        browse: Browse,
        resolver: Resolver,
        watch: Watch,
    ) -> None:
        self._installer, self._updater, self._consent = installer, updater, consent
        self._granting, self._configuring, self._limiting = granting, configuring, limiting
        self._reaching, self._permitting = reaching, permitting
        self._switch, self._uninstaller = switch, uninstaller
        self._browse, self._resolver, self._watch = browse, resolver, watch

    async def Install(self, request: pb.InstallRequest, context: _Context) -> pb.InstallResponse:
        """Install a version."""
        grant = convert.grant_from_proto(request.capabilities)
        install = await self._installer.install(_own(request.tenant_id), request.extension, request.version, grant, request.pattern)
        return pb.InstallResponse(install=convert.install_to_proto(install))

    async def Update(self, request: pb.UpdateRequest, context: _Context) -> pb.UpdateResponse:
        """Move an install to another version."""
        grant = convert.grant_from_proto(request.capabilities) if request.HasField("capabilities") else None
        install = await self._updater.update(_own(request.tenant_id), request.install, request.version, grant, request.pattern)
        return pb.UpdateResponse(install=convert.install_to_proto(install))

    async def ConsentToUpdate(self, request: pb.ConsentToUpdateRequest, context: _Context) -> pb.ConsentToUpdateResponse:
        """Make the update that waits."""
        tenant_id, content_hash = _own(request.tenant_id), Digest.parse(request.content_hash)
        grant = convert.grant_from_proto(request.capabilities) if request.HasField("capabilities") else None
        install = await self._consent.consent(tenant_id, request.install, content_hash, grant)
        return pb.ConsentToUpdateResponse(install=convert.install_to_proto(install))

    async def DeclineUpdate(self, request: pb.DeclineUpdateRequest, context: _Context) -> pb.DeclineUpdateResponse:
        """Forget the update that waits."""
        install = await self._consent.decline(_own(request.tenant_id), request.install)
        return pb.DeclineUpdateResponse(install=convert.install_to_proto(install))

    async def SetGrants(self, request: pb.SetGrantsRequest, context: _Context) -> pb.SetGrantsResponse:
        """Set what an install may use."""
        grant = convert.grant_from_proto(request.capabilities)
        install = await self._granting.set(_own(request.tenant_id), request.install, grant)
        return pb.SetGrantsResponse(install=convert.install_to_proto(install))

    async def SetConfiguration(self, request: pb.SetConfigurationRequest, context: _Context) -> pb.SetConfigurationResponse:
        """Set an install's configuration."""
        tenant_id, if_revision = _own(request.tenant_id), request.if_revision if request.HasField("if_revision") else None
        install = await self._configuring.set(tenant_id, request.install, dict(request.configuration), if_revision)
        return pb.SetConfigurationResponse(install=convert.install_to_proto(install))

    async def SetLimits(self, request: pb.SetLimitsRequest, context: _Context) -> pb.SetLimitsResponse:
        """Set what the tenant lets one call spend, and callers ask."""
        tenant_id, if_revision = _own(request.tenant_id), request.if_revision if request.HasField("if_revision") else None
        callers = caller_limits_of(request.caller_limits) if request.HasField("caller_limits") else None
        install = await self._limiting.set(tenant_id, request.install, limits_of(request.limits), callers, if_revision)
        return pb.SetLimitsResponse(install=convert.install_to_proto(install))

    async def SetEgress(self, request: pb.SetEgressRequest, context: _Context) -> pb.SetEgressResponse:
        """Set where an install may send requests."""
        tenant_id, if_revision = _own(request.tenant_id), request.if_revision if request.HasField("if_revision") else None
        told = request.egress.destinations if request.HasField("egress") else None
        install = await self._reaching.set_egress(tenant_id, request.install, told, if_revision)
        return pb.SetEgressResponse(install=convert.install_to_proto(install))

    async def SetCredentials(self, request: pb.SetCredentialsRequest, context: _Context) -> pb.SetCredentialsResponse:
        """Set what the host adds to an install's requests."""
        tenant_id, if_revision = _own(request.tenant_id), request.if_revision if request.HasField("if_revision") else None
        told = credentials_of(request.credentials)
        install = await self._reaching.set_credentials(tenant_id, request.install, told, if_revision)
        return pb.SetCredentialsResponse(install=convert.install_to_proto(install))

    async def SetAccess(self, request: pb.SetAccessRequest, context: _Context) -> pb.SetAccessResponse:
        """Set who may call an install."""
        tenant_id, if_revision = _own(request.tenant_id), request.if_revision if request.HasField("if_revision") else None
        told = permissions.from_proto(request.access) if request.HasField("access") else None
        install = await self._permitting.set(tenant_id, request.install, told, if_revision)
        return pb.SetAccessResponse(install=convert.install_to_proto(install))

    async def Enable(self, request: pb.EnableRequest, context: _Context) -> pb.EnableResponse:
        """Let an install answer."""
        install = await self._switch.turn(_own(request.tenant_id), request.install, on=True)
        return pb.EnableResponse(install=convert.install_to_proto(install))

    async def Disable(self, request: pb.DisableRequest, context: _Context) -> pb.DisableResponse:
        """Stop an install."""
        install = await self._switch.turn(_own(request.tenant_id), request.install, on=False)
        return pb.DisableResponse(install=convert.install_to_proto(install))

    async def Uninstall(self, request: pb.UninstallRequest, context: _Context) -> pb.UninstallResponse:
        """Remove an install."""
        install = await self._uninstaller.uninstall(_own(request.tenant_id), request.install)
        return pb.UninstallResponse(install=convert.install_to_proto(install))

    async def GetInstall(self, request: pb.GetInstallRequest, context: _Context) -> pb.GetInstallResponse:
        """Read one install."""
        install = await self._browse.install(_own(request.tenant_id), request.install)
        return pb.GetInstallResponse(install=convert.install_to_proto(install))

    async def ListInstalls(self, request: pb.ListInstallsRequest, context: _Context) -> pb.ListInstallsResponse:
        """List installs."""
        found, token = await self._browse.installs(_own(request.tenant_id), request.page_size, request.page_token)
        return pb.ListInstallsResponse(installs=map(convert.install_to_proto, found), next_page_token=token)

    async def ListMenu(self, request: pb.ListMenuRequest, context: _Context) -> pb.ListMenuResponse:
        """List where installs want to appear."""
        tenant_id = fields.tenant_id(request.tenant_id)
        hook = fields.hook_name(request.hook)
        found, token = await self._browse.menu(tenant_id, hook, request.page_size, request.page_token)
        items = [convert.menu_item_to_proto(install, install.hooks[hook]) for install in found]
        return pb.ListMenuResponse(items=items, next_page_token=token)

    async def ResolveInstall(self, request: pb.ResolveInstallRequest, context: _Context) -> pb.ResolveInstallResponse:
        """Find what answers."""
        tenant_id = fields.tenant_id(request.tenant_id)
        return convert.resolved_to_proto(await self._resolver.resolve(tenant_id, request.extension))

    async def LocateInstall(self, request: pb.LocateInstallRequest, context: _Context) -> pb.LocateInstallResponse:
        """Find an install by its id."""
        return convert.located_to_proto(await self._resolver.locate(request.install_id))

    async def ResolveAssets(self, request: pb.ResolveAssetsRequest, context: _Context) -> pb.ResolveAssetsResponse:
        """Check that a UI is served."""
        tenant_id = fields.tenant_id(request.tenant_id) if request.tenant_id else ""
        content_hash = Digest.parse(request.content_hash)
        return convert.assets_to_proto(await self._resolver.resolve_assets(tenant_id, request.extension, content_hash))

    async def WatchInstalls(self, request: pb.WatchInstallsRequest, context: _Context) -> AsyncIterator[pb.WatchInstallsResponse]:
        """Tell changes."""
        async for event in self._watch.events():
            yield convert.event_to_proto(event)


def _own(tenant_id: str) -> str:
    current_principal().must_own_tenant(tenant_id)
    return fields.tenant_id(tenant_id)
