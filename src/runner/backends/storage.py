"""The host side of `storage.*`: the registry's StorageService, under the grant of the call that asks.

No request says for whom it is: the registry reads that from the grant, and checks it against live state.
"""

import asyncio
from typing import Final

from gen.alga.registry.v1 import storage_service_pb2, storage_service_pb2_grpc
from gen.alga.runner.v1 import executor_pb2
from kernel.asking import Broken
from kernel.convert import signed_to_proto
from kernel.errors import Fault, Reason
from kernel.rpc import Peer
from kernel.signing import Signed
from runner.backends.entries import EntryStream
from runner.caller import Caller
from runner.registry_rpc import registry_rpc, shown

# What a guest can do something about, or what its interface has an error for; all else is the platform's own trouble.
_TOLD: Final = frozenset(
    {
        Reason.INVALID_ARGUMENT,
        Reason.PAYLOAD_TOO_LARGE,
        Reason.QUOTA_EXCEEDED,
        Reason.STORAGE_KEY_MISSING,
        Reason.STORAGE_CONFLICT,
        Reason.CAPABILITY_DENIED,
        Reason.GRANT_INVALID,
        Reason.GRANT_EXPIRED,
        Reason.GRANT_STALE,
        Reason.EXTENSION_REVOKED,
        Reason.DEADLINE_EXCEEDED,
    }
)


class RegistryStorage:
    """Storage of installs, in the registry. Each method takes the grant and the seconds that are left; raises Fault."""

    def __init__(self, registry: Peer) -> None:
        self._registry = registry
        self._stub = storage_service_pb2_grpc.StorageServiceStub(registry.channel)
        self._entries = EntryStream(registry)

    async def answer(self, caller: Caller, call: executor_pb2.HostCall) -> executor_pb2.HostResult:
        """One call of `storage`; the values of its answer are what was written or read."""
        result = await self._answer(caller.signed, call, caller.seconds)
        if result.HasField("storage_entry"):
            caller.spent.storage_bytes += len(result.storage_entry.value)
        else:
            caller.spent.storage_bytes += sum(len(entry.value) for entry in result.storage_entries.entries)
        return result

    async def _answer(self, grant: Signed, call: executor_pb2.HostCall, seconds: float) -> executor_pb2.HostResult:
        match call.WhichOneof("function"):
            case "storage_get":
                return await self.get(grant, call.storage_get, seconds)
            case "storage_put":
                return await self.put(grant, call.storage_put, seconds)
            case "storage_delete":
                return await self.delete(grant, call.storage_delete, seconds)
            case _:
                return await self.list(grant, call.storage_list, seconds)

    async def get(self, grant: Signed, call: executor_pb2.StorageGet, seconds: float) -> executor_pb2.HostResult:
        """Read one entry. Raises STORAGE_KEY_MISSING."""
        loop = asyncio.get_running_loop()
        ends = loop.time() + seconds
        try:
            return _result(await self._entries.read(grant, call.namespace, call.key, seconds))
        except Broken:
            left = max(0.0, ends - loop.time())
        except Fault as fault:
            raise shown(fault, _TOLD) from fault
        request = storage_service_pb2.GetEntryRequest(grant=signed_to_proto(grant), namespace=call.namespace, key=call.key)
        with registry_rpc(_TOLD):
            answer = await self._stub.GetEntry(request, metadata=self._registry.metadata(), timeout=left)
        return _result(answer.entry)

    async def close(self) -> None:
        """End the stream of reads; calls still work. Legal more than once."""
        await self._entries.close()

    async def put(self, grant: Signed, call: executor_pb2.StoragePut, seconds: float) -> executor_pb2.HostResult:
        """Write one entry; the answer has its new revision. Raises STORAGE_CONFLICT, QUOTA_EXCEEDED."""
        entry = call.entry
        request = storage_service_pb2.PutEntryRequest(
            grant=signed_to_proto(grant),
            namespace=entry.namespace,
            key=entry.key,
            value=entry.value,
            if_revision=entry.revision if entry.HasField("revision") else None,
        )
        with registry_rpc(_TOLD):
            answer = await self._stub.PutEntry(request, metadata=self._registry.metadata(), timeout=seconds)
        entry.revision = answer.revision
        return executor_pb2.HostResult(storage_entry=entry)

    async def delete(self, grant: Signed, call: executor_pb2.StorageDelete, seconds: float) -> executor_pb2.HostResult:
        """Remove one entry. Raises STORAGE_KEY_MISSING."""
        request = storage_service_pb2.DeleteEntryRequest(grant=signed_to_proto(grant), namespace=call.namespace, key=call.key)
        with registry_rpc(_TOLD):
            await self._stub.DeleteEntry(request, metadata=self._registry.metadata(), timeout=seconds)
        return executor_pb2.HostResult(done=executor_pb2.Done())

    async def list(self, grant: Signed, call: executor_pb2.StorageList, seconds: float) -> executor_pb2.HostResult:
        """One page of a namespace after the cursor, of the registry's default size: a page of 4 MiB would take a guest seconds."""
        request = storage_service_pb2.ListEntriesRequest(
            grant=signed_to_proto(grant), namespace=call.namespace, after_key=call.cursor if call.HasField("cursor") else ""
        )
        with registry_rpc(_TOLD):
            answer = await self._stub.ListEntries(request, metadata=self._registry.metadata(), timeout=seconds)
        return executor_pb2.HostResult(
            storage_entries=executor_pb2.StorageEntries(entries=[_entry(entry) for entry in answer.entries])
        )


def _result(entry: storage_service_pb2.Entry) -> executor_pb2.HostResult:
    result = executor_pb2.HostResult()
    told = result.storage_entry  # filled in its place: a message that is put into another one is copied
    told.namespace, told.key, told.value, told.revision = entry.namespace, entry.key, entry.value, entry.revision
    return result


def _entry(entry: storage_service_pb2.Entry) -> executor_pb2.StorageEntry:
    return executor_pb2.StorageEntry(namespace=entry.namespace, key=entry.key, value=entry.value, revision=entry.revision)
