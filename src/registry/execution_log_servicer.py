"""`alga.registry.v1.ExecutionLogService`."""

from typing import Any

from grpc.aio import ServicerContext

from gen.alga.registry.v1 import execution_log_service_pb2 as pb
from gen.alga.registry.v1 import execution_log_service_pb2_grpc as grpc_pb
from kernel import fields
from kernel.auth import Role, current_principal
from registry import execution_convert as convert
from registry.executions import ReadExecutions
from registry.record_executions import RecordExecutions

_Context = ServicerContext[Any, Any]


class ExecutionLogServicer(grpc_pb.ExecutionLogServiceServicer):
    """Converts, calls, converts."""

    def __init__(self, record: RecordExecutions, read: ReadExecutions) -> None:
        self._record, self._read = record, read

    async def Record(self, request: pb.RecordRequest, context: _Context) -> pb.RecordResponse:
        """Record calls."""
        executions = convert.executions_from_proto(request.executions)
        return pb.RecordResponse(recorded=await self._record.record(executions, request.dropped))

    async def ListExecutions(self, request: pb.ListExecutionsRequest, context: _Context) -> pb.ListExecutionsResponse:
        """List calls."""
        tenant_id = _own(request.tenant_id)
        found, token = await self._read.page(tenant_id, request.install, request.page_size, request.page_token)
        return pb.ListExecutionsResponse(executions=map(convert.execution_to_proto, found), next_page_token=token)

    async def GetExecution(self, request: pb.GetExecutionRequest, context: _Context) -> pb.GetExecutionResponse:
        """Read one call."""
        found = await self._read.one(_own(request.tenant_id), request.install, request.execution)
        return pb.GetExecutionResponse(execution=convert.execution_to_proto(found))

    async def GetUsage(self, request: pb.GetUsageRequest, context: _Context) -> pb.GetUsageResponse:
        """Read usage."""
        days = await self._read.usage(_own(request.tenant_id), request.install, request.days)
        return pb.GetUsageResponse(days=map(convert.day_to_proto, days))


def _own(tenant_id: str) -> str:
    """Gateways name the tenant of a caller whom they verified, as they do for calls."""
    principal = current_principal()
    if principal.role is not Role.GATEWAY:
        principal.must_own_tenant(tenant_id)
    return fields.tenant_id(tenant_id)
