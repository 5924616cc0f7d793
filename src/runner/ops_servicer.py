"""`alga.runner.v1.OpsService` on the wire."""

from typing import Any

from grpc import aio

from gen.alga.runner.v1 import ops_service_pb2 as pb
from gen.alga.runner.v1 import ops_service_pb2_grpc
from runner.ops import convert
from runner.ops.drain import Drain
from runner.ops.look import Look


class OpsServicer(ops_service_pb2_grpc.OpsServiceServicer):
    """Shows operators a runner, and takes it out of service."""

    def __init__(self, look: Look, drain: Drain) -> None:
        self._look = look
        self._drain = drain

    async def GetStatus(self, _request: pb.GetStatusRequest, _context: aio.ServicerContext[Any, Any]) -> pb.GetStatusResponse:
        """The runner at this moment."""
        return convert.state_to_proto(await self._look.state())

    async def ListVersions(
        self, request: pb.ListVersionsRequest, _context: aio.ServicerContext[Any, Any]
    ) -> pb.ListVersionsResponse:
        """What is on its disk."""
        found, token = await self._look.versions(request.page_size, request.page_token)
        return pb.ListVersionsResponse(versions=map(convert.version_to_proto, found), next_page_token=token)

    async def Drain(self, request: pb.DrainRequest, _context: aio.ServicerContext[Any, Any]) -> pb.DrainResponse:
        """Take no new calls, wait for those that run."""
        return pb.DrainResponse(requests=await self._drain.run(request.wait_ms))

    async def Resume(self, _request: pb.ResumeRequest, _context: aio.ServicerContext[Any, Any]) -> pb.ResumeResponse:
        """Take calls again."""
        self._drain.resume()
        return pb.ResumeResponse()
