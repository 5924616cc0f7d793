"""A tenant's installs, over `alga.registry.v1.InstallService`. Every method raises Fault with what the rpc documents."""

from collections.abc import Sequence

from cli.client.convert import record, records
from cli.client.extensions import PAGE, TIMEOUT
from cli.output import Record
from gen.alga.registry.v1 import install_service_pb2, install_service_pb2_grpc
from kernel.rpc import Peer
from kernel.status import remote


class Installs:
    """Which tenant runs what. `install` names one by its id, or by the extension's id or name."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._stub = install_service_pb2_grpc.InstallServiceStub(peer.channel)

    async def install(self, tenant: str, extension: str, version: str, grant: Sequence[str] | None) -> Record:
        """Install a version (empty = the newest); `grant` names the capabilities, None = all that the manifest asks for."""
        request = install_service_pb2.InstallRequest(
            tenant_id=tenant, extension=extension, version=version, capabilities=_grant(grant)
        )
        with remote():
            answer = await self._stub.Install(request, metadata=self._peer.metadata(), timeout=TIMEOUT)
        return record(answer.install)

    async def update(self, tenant: str, install: str, version: str, grant: Sequence[str] | None, *, keep: bool) -> Record:
        """Move an install to a version (empty = the newest); with `keep` its capabilities stay, else they are as for install."""
        request = install_service_pb2.UpdateRequest(
            tenant_id=tenant, install=install, version=version, capabilities=None if keep else _grant(grant)
        )
        with remote():
            answer = await self._stub.Update(request, metadata=self._peer.metadata(), timeout=TIMEOUT)
        return record(answer.install)

    async def enable(self, tenant: str, install: str) -> Record:
        """Let an install answer again."""
        request = install_service_pb2.EnableRequest(tenant_id=tenant, install=install)
        with remote():
            answer = await self._stub.Enable(request, metadata=self._peer.metadata(), timeout=TIMEOUT)
        return record(answer.install)

    async def disable(self, tenant: str, install: str) -> Record:
        """Stop an install; it keeps its storage."""
        request = install_service_pb2.DisableRequest(tenant_id=tenant, install=install)
        with remote():
            answer = await self._stub.Disable(request, metadata=self._peer.metadata(), timeout=TIMEOUT)
        return record(answer.install)

    async def uninstall(self, tenant: str, install: str) -> Record:
        """Remove an install and its storage; answers it as it was."""
        request = install_service_pb2.UninstallRequest(tenant_id=tenant, install=install)
        with remote():
            answer = await self._stub.Uninstall(request, metadata=self._peer.metadata(), timeout=TIMEOUT)
        return record(answer.install)

    async def list_all(self, tenant: str) -> list[Record]:
        """All installs of a tenant, by extension name."""
        found: list[Record] = []
        request = install_service_pb2.ListInstallsRequest(tenant_id=tenant, page_size=PAGE)
        while True:
            with remote():
                answer = await self._stub.ListInstalls(request, metadata=self._peer.metadata(), timeout=TIMEOUT)
            found += records(answer.installs)
            if not answer.next_page_token:
                return found
            request.page_token = answer.next_page_token


def _grant(names: Sequence[str] | None) -> install_service_pb2.CapabilityGrant:
    return install_service_pb2.CapabilityGrant(all_requested=names is None, names=names or ())
