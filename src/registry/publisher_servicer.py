"""`alga.registry.v1.PublisherService`."""

from typing import Any

from grpc.aio import ServicerContext

from gen.alga.registry.v1 import publisher_service_pb2 as pb
from gen.alga.registry.v1 import publisher_service_pb2_grpc as grpc_pb
from kernel.auth import current_principal
from registry import convert
from registry.publishers import Publishing

_Context = ServicerContext[Any, Any]


class PublisherServicer(grpc_pb.PublisherServiceServicer):
    """Converts, calls, converts."""

    def __init__(self, publishing: Publishing) -> None:
        self._publishing = publishing

    async def CreatePublisher(self, request: pb.CreatePublisherRequest, context: _Context) -> pb.CreatePublisherResponse:
        """Make a publisher."""
        publisher = await self._publishing.create(request.name)
        return pb.CreatePublisherResponse(publisher=convert.publisher_to_proto(publisher))

    async def GetPublisher(self, request: pb.GetPublisherRequest, context: _Context) -> pb.GetPublisherResponse:
        """Read a publisher."""
        publisher = await self._publishing.get(current_principal(), request.name)
        return pb.GetPublisherResponse(publisher=convert.publisher_to_proto(publisher))

    async def AddPublisherKey(self, request: pb.AddPublisherKeyRequest, context: _Context) -> pb.AddPublisherKeyResponse:
        """Let a key sign for a publisher."""
        publisher = await self._publishing.add_key(request.publisher, request.public_key_pem.encode())
        return pb.AddPublisherKeyResponse(publisher=convert.publisher_to_proto(publisher))

    async def RevokePublisherKey(self, request: pb.RevokePublisherKeyRequest, context: _Context) -> pb.RevokePublisherKeyResponse:
        """End a key."""
        publisher = await self._publishing.revoke_key(request.publisher, request.key_id)
        return pb.RevokePublisherKeyResponse(publisher=convert.publisher_to_proto(publisher))
