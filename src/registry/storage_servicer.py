"""`alga.registry.v1.StorageService`."""

from collections.abc import AsyncIterator
from typing import Any, Final

from grpc.aio import ServicerContext

from gen.alga.registry.v1 import storage_service_pb2 as pb
from gen.alga.registry.v1 import storage_service_pb2_grpc as grpc_pb
from kernel.answering import Answering
from kernel.convert import signed_from_proto
from kernel.errors import Fault
from registry import convert
from registry.storage import InstallStorage, Put

MAX_READS: Final = 64  # in one message: their values have 4 MiB
_Context = ServicerContext[Any, Any]


class StorageServicer(grpc_pb.StorageServiceServicer):
    """Converts, calls, converts."""

    def __init__(self, storage: InstallStorage) -> None:
        self._storage = storage
        self._reads = Answering("/alga.registry.v1.StorageService/ReadEntries")

    def close(self) -> None:
        """End streams of reads. Legal more than once."""
        self._reads.close()

    async def GetEntry(self, request: pb.GetEntryRequest, context: _Context) -> pb.GetEntryResponse:
        """Read one entry."""
        entry = await self._storage.get(signed_from_proto(request.grant), request.namespace, request.key)
        return pb.GetEntryResponse(entry=convert.entry_to_proto(entry))

    async def ReadEntries(
        self, request_iterator: AsyncIterator[pb.ReadEntriesRequest], context: _Context
    ) -> AsyncIterator[pb.ReadEntriesResponse]:
        """Read entries, one after the other: each takes some tens of microseconds."""
        async for request in self._reads.messages(request_iterator):
            if len(request.reads) > MAX_READS:
                raise Fault.invalid("reads", f"must be at most {MAX_READS}")
            answer = pb.ReadEntriesResponse()
            for read in request.reads:
                await self._find(read, answer.found.add())
            yield answer

    async def _find(self, read: pb.EntryRead, found: pb.EntryFound) -> None:
        started = self._reads.begin(read.request_id)
        asked = read.entry
        try:
            entry = await self._storage.get(signed_from_proto(asked.grant), asked.namespace, asked.key)
        except Exception as error:  # noqa: BLE001 - the boundary of one read: others go on
            found.error.CopyFrom(self._reads.refused(error, started))
        else:
            convert.write_entry(entry, found.entry)

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
