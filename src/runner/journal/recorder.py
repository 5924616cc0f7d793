"""Sends executions to the registry's ExecutionLogService."""

from collections.abc import Sequence
from typing import Final

from gen.alga.registry.v1 import execution_log_service_pb2, execution_log_service_pb2_grpc
from kernel.errors import Reason
from kernel.rpc import Peer
from runner.journal import convert
from runner.journal.event import Execution
from runner.registry_rpc import registry_rpc

SECONDS: Final = 5.0
_TOLD: Final = frozenset({Reason.INVALID_ARGUMENT})


class Recorder:
    """What an outbox sends with."""

    def __init__(self, registry: Peer) -> None:
        self._registry = registry
        self._stub = execution_log_service_pb2_grpc.ExecutionLogServiceStub(registry.channel)

    async def send(self, executions: Sequence[Execution], dropped: int) -> None:
        """Record executions. Raises INVALID_ARGUMENT, UNAVAILABLE."""
        messages = [convert.execution_to_proto(execution) for execution in executions]
        request = execution_log_service_pb2.RecordRequest(executions=messages, dropped=dropped)
        with registry_rpc(_TOLD):
            await self._stub.Record(request, metadata=self._registry.metadata(), timeout=SECONDS)
