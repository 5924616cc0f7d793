"""Reads of the registry's storage, for all running guests over one stream. Without one each read is a call again."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gen.alga.registry.v1 import storage_service_pb2 as pb
from gen.alga.registry.v1 import storage_service_pb2_grpc as grpc_pb
from kernel import status, telemetry
from kernel.asking import Asking, Form
from kernel.rpc import Peer
from kernel.signing import Signed

MAX_READS: Final = 64  # in one message
UNDER_WAY: Final = 64  # messages: a read takes the registry little, and waits for nobody


@dataclass(frozen=True, slots=True)
class _Read:
    grant: Signed
    namespace: str
    key: str
    request_id: str

    def write(self, message: pb.EntryRead) -> None:
        """Filled in its place: a message that is put into another one is copied."""
        message.request_id = self.request_id
        entry = message.entry
        entry.namespace, entry.key = self.namespace, self.key
        grant = entry.grant
        grant.payload, grant.signature, grant.key_id = self.grant.payload, self.grant.signature, self.grant.key_id


class EntryStream:
    """Reads of one runner. It belongs to one event loop and connects when first used."""

    def __init__(self, registry: Peer) -> None:
        stub = grpc_pb.StorageServiceStub(registry.channel)
        self._asking: Asking[_Read, pb.EntryFound] = Asking(
            lambda: stub.ReadEntries(metadata=registry.metadata()),
            Form(MAX_READS, UNDER_WAY, _message, lambda answer: answer.found),
        )

    async def read(self, grant: Signed, namespace: str, key: str, seconds: float) -> pb.Entry:
        """One entry. Raises Fault as GetEntry does, DEADLINE_EXCEEDED after so many seconds, and Broken."""
        answer = await self._asking.ask(_Read(grant, namespace, key, telemetry.request_id.get()), seconds)
        if answer.HasField("entry"):
            return answer.entry
        raise status.refusal(answer.error, "a read failed")

    async def close(self) -> None:
        """End the stream; legal more than once."""
        await self._asking.close()


def _message(reads: Sequence[_Read]) -> pb.ReadEntriesRequest:
    message = pb.ReadEntriesRequest()
    for read in reads:
        read.write(message.reads.add())
    return message
