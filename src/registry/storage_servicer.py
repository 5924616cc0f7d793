"""`alga.registry.v1.StorageService`."""

from typing import Any

from grpc.aio import ServicerContext

from gen.alga.registry.v1 import storage_service_pb2 as pb
from gen.alga.registry.v1 import storage_service_pb2_grpc as grpc_pb
from kernel.convert import signed_from_proto
from registry import convert
from registry.storage import InstallStorage, Put

_Context = ServicerContext[Any, Any]


class StorageServicer(grpc_pb.StorageServiceServicer):
    """Converts, calls, converts."""

    def __init__(self, storage: InstallStorage) -> None:
        self._storage = storage

    async def GetEntry(self, request: pb.GetEntryRequest, context: _Context) -> pb.GetEntryResponse:
        """Read one entry."""
        entry = await self._storage.get(signed_from_proto(request.grant), request.namespace, request.key)
        return pb.GetEntryResponse(entry=convert.entry_to_proto(entry))

    async def PutEntry(self, request: pb.PutEntryRequest, context: _Context) -> pb.PutEntryResponse:
        """Write one entry."""
        expected = request.if_revision if request.HasField("if_revision") else None
        put = Put(request.namespace, request.key, request.value, expected, request.ttl_seconds)
        return pb.PutEntryResponse(revision=await self._storage.put(signed_from_proto(request.grant), put))

    async def DeleteEntry(self, request: pb.DeleteEntryRequest, context: _Context) -> pb.DeleteEntryResponse:
        """Remove one entry."""
        await self._storage.delete(signed_from_proto(request.grant), request.namespace, request.key)
        return pb.DeleteEntryResponse()

    async def ListEntries(self, request: pb.ListEntriesRequest, context: _Context) -> pb.ListEntriesResponse:
        """List entries."""
        grant = signed_from_proto(request.grant)
        entries, more = await self._storage.page(grant, request.namespace, request.after_key, request.page_size)
        return pb.ListEntriesResponse(entries=map(convert.entry_to_proto, entries), more=more)
