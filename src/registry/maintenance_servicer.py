"""`alga.registry.v1.MaintenanceService`."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from grpc.aio import ServicerContext

from gen.alga.registry.v1 import maintenance_service_pb2 as pb
from gen.alga.registry.v1 import maintenance_service_pb2_grpc as grpc_pb
from registry import convert
from registry.collect import Collector
from registry.doctor.doctor import Doctor
from registry.reattest import Reattest

_Context = ServicerContext[Any, Any]


class MaintenanceServicer(grpc_pb.MaintenanceServiceServicer):
    """Converts, calls, converts."""

    def __init__(self, doctor: Doctor, collector: Collector, reattest: Reattest) -> None:
        self._doctor, self._collector, self._reattest = doctor, collector, reattest

    async def Diagnose(self, request: pb.DiagnoseRequest, context: _Context) -> AsyncIterator[pb.DiagnoseResponse]:
        """Check everything."""
        async with aclosing(self._doctor.diagnose(deep=request.deep)) as findings:
            async for finding in findings:
                yield pb.DiagnoseResponse(finding=convert.finding_to_proto(finding))

    async def CollectGarbage(self, request: pb.CollectGarbageRequest, context: _Context) -> pb.CollectGarbageResponse:
        """Remove what nothing refers to."""
        found = await self._collector.collect(request.dry_run)
        return pb.CollectGarbageResponse(blobs=found.blobs, bytes=found.bytes, waiting=found.waiting)

    async def Reattest(self, request: pb.ReattestRequest, context: _Context) -> pb.ReattestResponse:
        """Sign attestations again."""
        done = await self._reattest.reattest()
        return pb.ReattestResponse(reattested=done.signed, unchanged=done.unchanged)
