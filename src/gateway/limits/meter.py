"""`Metered` over the registry's ExecutionLogService."""

from datetime import UTC, datetime
from typing import Final

from gateway.clients import answers, same
from gateway.limits.model import NOTHING, Spent
from gen.alga.registry.v1 import execution_log_service_pb2, execution_log_service_pb2_grpc
from kernel.errors import Fault, Reason
from kernel.rpc import Peer

SECONDS: Final = 1.0  # a call waits for this answer once a minute and install


class Meter:
    """The port's implementation."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._stub = execution_log_service_pb2_grpc.ExecutionLogServiceStub(peer.channel)

    async def today(self, tenant_id: str, extension_id: str) -> tuple[str, Spent]:
        """See the port."""
        request = execution_log_service_pb2.GetUsageRequest(tenant_id=tenant_id, install=extension_id, days=1)
        try:
            with answers("registry", same(Reason.NOT_FOUND)):
                answer = await self._stub.GetUsage(request, metadata=self._peer.metadata(), timeout=SECONDS)
        except Fault as fault:
            if fault.reason is Reason.NOT_FOUND:  # removed meanwhile
                return datetime.now(UTC).date().isoformat(), NOTHING
            raise
        for day in answer.days:
            cpu_us = max(0, day.handler_us - day.host_wait_us)
            return day.day, Spent(day.executions, cpu_us, day.egress_bytes)
        return datetime.now(UTC).date().isoformat(), NOTHING
