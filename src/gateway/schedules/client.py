"""`Board` over gRPC."""

from typing import Final

from gateway.clients import answers
from gateway.schedules.model import Occurrence, Outcome
from gen.alga.registry.v1 import schedule_service_pb2 as pb
from gen.alga.registry.v1 import schedule_service_pb2_grpc as grpc_pb
from kernel.errors import Fault, Reason
from kernel.rpc import Peer

CALL_SECONDS: Final = 10.0  # a claim is a small transaction, which may have to wait for the registry's others
MARGIN_SECONDS: Final = 5.0  # lets the registry end a wait
_GONE: Final = {Reason.NOT_FOUND: Reason.NOT_FOUND}


class BoardClient:
    """The registry's ScheduleService."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._stub = grpc_pb.ScheduleServiceStub(peer.channel)

    async def due(self, seconds: float) -> bool:
        """See the port."""
        request = pb.AwaitDueRequest(wait_ms=int(seconds * 1000))
        with answers("registry", {}):
            answer = await self._stub.AwaitDue(request, metadata=self._peer.metadata(), timeout=seconds + MARGIN_SECONDS)
        return answer.due

    async def claim(self, most: int) -> list[Occurrence]:
        """See the port."""
        request = pb.ClaimOccurrencesRequest(most=most)
        with answers("registry", {}):
            answer = await self._stub.ClaimOccurrences(request, metadata=self._peer.metadata(), timeout=CALL_SECONDS)
        return [_occurrence(one) for one in answer.occurrences]

    async def complete(self, occurrence_id: str, outcome: Outcome) -> None:
        """See the port."""
        request = pb.CompleteOccurrenceRequest(occurrence_id=occurrence_id, status=outcome.status, error=outcome.error)
        try:
            with answers("registry", _GONE):
                await self._stub.CompleteOccurrence(request, metadata=self._peer.metadata(), timeout=CALL_SECONDS)
        except Fault as fault:
            if fault.reason is not Reason.NOT_FOUND:
                raise


def _occurrence(one: pb.ClaimedOccurrence) -> Occurrence:
    return Occurrence(
        id=one.id,
        schedule_id=one.schedule_id,
        tenant_id=one.tenant_id,
        install_id=one.install_id,
        method=one.method,
        path=one.path,
        payload=one.payload.encode() if one.HasField("payload") else None,
        timeout_ms=one.timeout_ms,
        lease_seconds=one.lease_ms / 1000,
    )
