"""`alga.runner.v1.ExecuteService` on the wire."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from grpc import aio

from gen.alga.runner.v1 import execute_service_pb2, execute_service_pb2_grpc
from kernel.auth import current_principal
from kernel.digest import Digest
from runner import convert
from runner.execute import Execute
from runner.journal.convert import told_to_proto, wanted_from_proto
from runner.journal.tail import Tail
from runner.ops.gate import Gate
from runner.warm import Warm


class ExecuteServicer(execute_service_pb2_grpc.ExecuteServiceServicer):
    """Runs handlers, and tells what they do."""

    def __init__(self, gate: Gate, execute: Execute, warm: Warm, tail: Tail) -> None:
        self._gate = gate
        self._execute = execute
        self._warm = warm
        self._tail = tail

    async def Execute(
        self, request: execute_service_pb2.ExecuteRequest, context: aio.ServicerContext[Any, Any]
    ) -> execute_service_pb2.ExecuteResponse:
        """Run a handler once."""
        with self._gate:
            answer = await self._execute.run(convert.call_from_proto(request, context.time_remaining()))
            return convert.answer_to_proto(answer)

    async def Warm(
        self, request: execute_service_pb2.WarmRequest, _context: aio.ServicerContext[Any, Any]
    ) -> execute_service_pb2.WarmResponse:
        """Fetch, verify and compile a bundle."""
        with self._gate:
            return execute_service_pb2.WarmResponse(compiled=await self._warm.run(Digest.parse(request.content_hash)))

    async def Tail(
        self, request: execute_service_pb2.TailRequest, _context: aio.ServicerContext[Any, Any]
    ) -> AsyncIterator[execute_service_pb2.TailResponse]:
        """Follow what happens."""
        async with aclosing(self._tail.events(current_principal(), wanted_from_proto(request))) as events:
            async for told in events:
                yield told_to_proto(told, self._tail.cursor(told))
