"""`alga.runner.v1.ExecuteService` on the wire."""

from typing import Any

from grpc import aio

from gen.alga.runner.v1 import execute_service_pb2, execute_service_pb2_grpc
from kernel.digest import Digest
from runner import convert
from runner.execute import Execute
from runner.warm import Warm


class ExecuteServicer(execute_service_pb2_grpc.ExecuteServiceServicer):
    """Runs handlers."""

    def __init__(self, execute: Execute, warm: Warm) -> None:
        self._execute = execute
        self._warm = warm

    async def Execute(
        self, request: execute_service_pb2.ExecuteRequest, context: aio.ServicerContext[Any, Any]
    ) -> execute_service_pb2.ExecuteResponse:
        """Run a handler once."""
        answer = await self._execute.run(convert.call_from_proto(request, context.time_remaining()))
        return convert.answer_to_proto(answer)

    async def Warm(
        self, request: execute_service_pb2.WarmRequest, _context: aio.ServicerContext[Any, Any]
    ) -> execute_service_pb2.WarmResponse:
        """Fetch, verify and compile a bundle."""
        return execute_service_pb2.WarmResponse(compiled=await self._warm.run(Digest.parse(request.content_hash)))
