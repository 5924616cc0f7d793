"""Installing as the reference's command line means it, over the registry's rpcs, each asked with the caller's own API key."""

from dataclasses import dataclass
from typing import Any, Final

from gateway.clients import answers, same
from gen.alga.registry.v1 import install_service_pb2 as pb
from gen.alga.registry.v1 import install_service_pb2_grpc as grpc_pb
from kernel.errors import Fault, Reason
from kernel.rpc import Peer

INSTALL_SECONDS: Final = 30.0
_PASS: Final = same(
    *(Reason.UNAUTHENTICATED, Reason.PERMISSION_DENIED, Reason.NOT_FOUND, Reason.INVALID_ARGUMENT, Reason.ALREADY_EXISTS),
    *(Reason.VERSION_YANKED, Reason.VERSION_REVOKED, Reason.ATTESTATION_INVALID, Reason.BUNDLE_INTEGRITY),
    *(Reason.SIGNER_UNTRUSTED, Reason.SIGNER_REVOKED, Reason.SIGNER_EXPIRED, Reason.CERTIFICATE_INVALID),
)


@dataclass(frozen=True, slots=True)
class Installed:
    """An install as it is now; `waiting` = the version that its tenant has not consented to, or empty."""

    id: str
    extension_id: str
    version: str
    waiting: str


class ExtensionsClient:
    """Raises what the rpcs document."""

    def __init__(self, registry: Peer) -> None:
        self._registry = registry
        self._stub = grpc_pb.InstallServiceStub(registry.channel)

    async def install(self, key: str, tenant_id: str, extension: str, version: str) -> Installed:
        """Install that version, `X.Y.*` = the newest of X.Y, with all that its manifest asks for; or move the install to it."""
        granted = pb.CapabilityGrant(all_requested=True)
        asked = pb.InstallRequest(tenant_id=tenant_id, extension=extension, version=version, capabilities=granted, pattern=True)
        try:
            return _installed((await self._ask(key, self._stub.Install, asked)).install)
        except Fault as fault:
            if fault.reason is not Reason.ALREADY_EXISTS:
                raise
        moved = pb.UpdateRequest(tenant_id=tenant_id, install=extension, version=version, capabilities=granted, pattern=True)
        return _installed((await self._ask(key, self._stub.Update, moved)).install)

    async def uninstall(self, key: str, tenant_id: str, extension: str) -> str:
        """The extension whose install is gone."""
        asked = pb.UninstallRequest(tenant_id=tenant_id, install=extension)
        return str((await self._ask(key, self._stub.Uninstall, asked)).install.extension_id)

    async def _ask(self, key: str, method: Any, request: Any) -> Any:
        with answers("registry", _PASS):
            return await method(request, metadata=(("authorization", f"Bearer {key}"),), timeout=INSTALL_SECONDS)


def _installed(message: Any) -> Installed:
    waiting = message.pending_update.version if message.HasField("pending_update") else ""
    return Installed(message.id, message.extension_id, message.version, waiting)
