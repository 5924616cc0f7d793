"""`alga.registry.v1.PublisherService`."""

from typing import Any, Final

from grpc.aio import ServicerContext

from gen.alga.registry.v1 import publisher_service_pb2 as pb
from gen.alga.registry.v1 import publisher_service_pb2_grpc as grpc_pb
from kernel.auth import current_principal
from registry import convert
from registry.publisher_keys import PublisherKeys, Validity
from registry.publishers import Publishing

MAX_REVOKED_TOLD: Final = 1_000  # bundles in one answer: 72 bytes each
_Context = ServicerContext[Any, Any]


class PublisherServicer(grpc_pb.PublisherServiceServicer):
    """Converts, calls, converts."""

    def __init__(self, publishing: Publishing, keys: PublisherKeys) -> None:
        self._publishing, self._keys = publishing, keys

    async def CreatePublisher(self, request: pb.CreatePublisherRequest, context: _Context) -> pb.CreatePublisherResponse:
        """Make a publisher."""
        account = await self._publishing.create(request.name)
        return pb.CreatePublisherResponse(publisher=convert.account_to_proto(account))

    async def GetPublisher(self, request: pb.GetPublisherRequest, context: _Context) -> pb.GetPublisherResponse:
        """Read a publisher."""
        account = await self._publishing.get(current_principal(), request.name)
        return pb.GetPublisherResponse(publisher=convert.account_to_proto(account))

    async def AddPublisherKey(self, request: pb.AddPublisherKeyRequest, context: _Context) -> pb.AddPublisherKeyResponse:
        """Let a key sign for a publisher."""
        validity = Validity(*(convert.optional_time_from_proto(request, field) for field in ("not_before", "not_after")))
        pem = request.public_key_pem.encode()
        account = await self._keys.add(current_principal(), request.publisher, pem, validity)
        return pb.AddPublisherKeyResponse(publisher=convert.account_to_proto(account))

    async def RetirePublisherKey(self, request: pb.RetirePublisherKeyRequest, context: _Context) -> pb.RetirePublisherKeyResponse:
        """End a key in good order."""
        end = convert.optional_time_from_proto(request, "not_after")
        account = await self._keys.retire(current_principal(), request.publisher, request.key_id, end)
        return pb.RetirePublisherKeyResponse(publisher=convert.account_to_proto(account))

    async def RevokePublisherKey(self, request: pb.RevokePublisherKeyRequest, context: _Context) -> pb.RevokePublisherKeyResponse:
        """End a key, and what it signed."""
        since = convert.optional_time_from_proto(request, "compromised_since")
        account, revoked = await self._keys.revoke(current_principal(), request.publisher, request.key_id, since)
        hashes = map(str, revoked[:MAX_REVOKED_TOLD])
        return pb.RevokePublisherKeyResponse(publisher=convert.account_to_proto(account), revoked_hashes=hashes)
