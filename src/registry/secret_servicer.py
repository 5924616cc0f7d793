"""`alga.registry.v1.SecretService`."""

from typing import Any

from grpc.aio import ServicerContext

from gen.alga.registry.v1 import secret_service_pb2 as pb
from gen.alga.registry.v1 import secret_service_pb2_grpc as grpc_pb
from kernel import fields
from kernel.auth import current_principal
from kernel.convert import signed_from_proto
from registry import convert_secrets as convert
from registry.sealed import SealedSecrets
from registry.secrets import InstallSecrets

_Context = ServicerContext[Any, Any]


class SecretServicer(grpc_pb.SecretServiceServicer):
    """Converts, calls, converts."""

    def __init__(self, secrets: InstallSecrets, sealed: SealedSecrets) -> None:
        self._secrets, self._sealed = secrets, sealed

    async def GetRecipients(self, request: pb.GetRecipientsRequest, context: _Context) -> pb.GetRecipientsResponse:
        """The keys to seal to."""
        return pb.GetRecipientsResponse(recipients=map(convert.recipient_to_proto, self._secrets.recipients().values()))

    async def PutSecrets(self, request: pb.PutSecretsRequest, context: _Context) -> pb.PutSecretsResponse:
        """Store and remove."""
        tenant_id, if_revision = _own(request.tenant_id), request.if_revision if request.HasField("if_revision") else None
        put = [convert.secret_from_proto(one, f"put[{index}]") for index, one in enumerate(request.put)]
        stored = await self._secrets.put(tenant_id, request.install, put, request.remove, if_revision)
        return pb.PutSecretsResponse(revision=stored.revision, secrets=map(convert.info_to_proto, stored.secrets))

    async def ListSecrets(self, request: pb.ListSecretsRequest, context: _Context) -> pb.ListSecretsResponse:
        """List names."""
        stored = await self._secrets.list(_own(request.tenant_id), request.install)
        infos = map(convert.info_to_proto, stored.secrets)
        return pb.ListSecretsResponse(install_id=stored.install_id, revision=stored.revision, secrets=infos)

    async def ReadSealed(self, request: pb.ReadSealedRequest, context: _Context) -> pb.ReadSealedResponse:
        """Read what a runner opens."""
        stored = await self._sealed.read(signed_from_proto(request.grant))
        return pb.ReadSealedResponse(revision=stored.revision, secrets=map(convert.secret_to_proto, stored.secrets))


def _own(tenant_id: str) -> str:
    current_principal().must_own_tenant(tenant_id)
    return fields.tenant_id(tenant_id)
