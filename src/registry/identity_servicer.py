"""`alga.registry.v1.IdentityService`."""

from typing import Any

from grpc.aio import ServicerContext

from gen.alga.registry.v1 import identity_service_pb2 as pb
from gen.alga.registry.v1 import identity_service_pb2_grpc as grpc_pb
from kernel import user
from kernel.auth import current_principal
from registry import convert
from registry.keys import Keys

_Context = ServicerContext[Any, Any]


class IdentityServicer(grpc_pb.IdentityServiceServicer):
    """Converts, calls, converts."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    async def Verify(self, request: pb.VerifyRequest, context: _Context) -> pb.VerifyResponse:
        """Tell whose key it is."""
        return pb.VerifyResponse(key=convert.api_key_to_proto(await self._keys.verify(request.secret)))

    async def CreateApiKey(self, request: pb.CreateApiKeyRequest, context: _Context) -> pb.CreateApiKeyResponse:
        """Make a key."""
        role = convert.role_from_proto(request.role)
        expires = convert.time_from_proto(request.expires_at, "expires_at") if request.HasField("expires_at") else None
        person = user.from_proto(request.user) if request.HasField("user") else None
        key, secret = await self._keys.create(
            current_principal(), role, request.tenant_id, request.publisher, request.label, expires, person
        )
        return pb.CreateApiKeyResponse(key=convert.api_key_to_proto(key), secret=secret)

    async def ListApiKeys(self, request: pb.ListApiKeysRequest, context: _Context) -> pb.ListApiKeysResponse:
        """List keys."""
        found, token = await self._keys.page(current_principal(), request.tenant_id, request.page_size, request.page_token)
        return pb.ListApiKeysResponse(keys=map(convert.api_key_to_proto, found), next_page_token=token)

    async def RevokeApiKey(self, request: pb.RevokeApiKeyRequest, context: _Context) -> pb.RevokeApiKeyResponse:
        """End a key."""
        key = await self._keys.revoke(current_principal(), request.id)
        return pb.RevokeApiKeyResponse(key=convert.api_key_to_proto(key))
