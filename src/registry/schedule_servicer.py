"""`alga.registry.v1.ScheduleService`."""

from typing import Any

from grpc.aio import ServicerContext

from gen.alga.registry.v1 import schedule_service_pb2 as pb
from gen.alga.registry.v1 import schedule_service_pb2_grpc as grpc_pb
from registry.schedules import convert
from registry.schedules.firing import Firing
from registry.schedules.manage import Schedules

_Context = ServicerContext[Any, Any]


class ScheduleServicer(grpc_pb.ScheduleServiceServicer):
    """Converts, calls, converts."""

    def __init__(self, schedules: Schedules, firing: Firing) -> None:
        self._schedules, self._firing = schedules, firing

    async def CreateSchedule(self, request: pb.CreateScheduleRequest, context: _Context) -> pb.CreateScheduleResponse:
        """Make a schedule."""
        made = await self._schedules.create(convert.owner_from_proto(request.owner), convert.wanted_from_create(request))
        return pb.CreateScheduleResponse(schedule=convert.schedule_to_proto(made))

    async def UpdateSchedule(self, request: pb.UpdateScheduleRequest, context: _Context) -> pb.UpdateScheduleResponse:
        """Change a schedule."""
        owner, wanted = convert.owner_from_proto(request.owner), convert.wanted_from_update(request)
        changed = await self._schedules.update(owner, request.schedule_id, wanted)
        return pb.UpdateScheduleResponse(schedule=convert.schedule_to_proto(changed))

    async def DeleteSchedule(self, request: pb.DeleteScheduleRequest, context: _Context) -> pb.DeleteScheduleResponse:
        """Remove a schedule."""
        gone = await self._schedules.delete(convert.owner_from_proto(request.owner), request.schedule_id)
        return pb.DeleteScheduleResponse(schedule=convert.schedule_to_proto(gone))

    async def GetSchedule(self, request: pb.GetScheduleRequest, context: _Context) -> pb.GetScheduleResponse:
        """Read a schedule."""
        found = await self._schedules.get(convert.owner_from_proto(request.owner), request.schedule_id)
        return pb.GetScheduleResponse(schedule=convert.schedule_to_proto(found))

    async def ListSchedules(self, request: pb.ListSchedulesRequest, context: _Context) -> pb.ListSchedulesResponse:
        """List schedules."""
        found = await self._schedules.of(convert.owner_from_proto(request.owner))
        return pb.ListSchedulesResponse(schedules=map(convert.schedule_to_proto, found))

    async def ListEndpoints(self, request: pb.ListEndpointsRequest, context: _Context) -> pb.ListEndpointsResponse:
        """List endpoints."""
        found = await self._schedules.endpoints(convert.owner_from_proto(request.owner))
        return pb.ListEndpointsResponse(endpoints=map(convert.endpoint_to_proto, found))

    async def RunNow(self, request: pb.RunNowRequest, context: _Context) -> pb.RunNowResponse:
        """Let a schedule fire."""
        asked = await self._schedules.run_now(convert.owner_from_proto(request.owner), request.schedule_id)
        return pb.RunNowResponse(occurrence=convert.occurrence_to_proto(asked))

    async def ListOccurrences(self, request: pb.ListOccurrencesRequest, context: _Context) -> pb.ListOccurrencesResponse:
        """Tell what happened."""
        found = await self._schedules.history(convert.owner_from_proto(request.owner), request.schedule_id)
        return pb.ListOccurrencesResponse(occurrences=map(convert.occurrence_to_proto, found))

    async def AwaitDue(self, request: pb.AwaitDueRequest, context: _Context) -> pb.AwaitDueResponse:
        """Wait."""
        return pb.AwaitDueResponse(due=await self._firing.await_due(request.wait_ms / 1000))

    async def ClaimOccurrences(self, request: pb.ClaimOccurrencesRequest, context: _Context) -> pb.ClaimOccurrencesResponse:
        """Take what is due."""
        taken = await self._firing.claim(request.most)
        lease_ms = int(self._firing.lease.total_seconds() * 1000)
        return pb.ClaimOccurrencesResponse(occurrences=[convert.claimed_to_proto(one, lease_ms) for one in taken])

    async def CompleteOccurrence(self, request: pb.CompleteOccurrenceRequest, context: _Context) -> pb.CompleteOccurrenceResponse:
        """Record how one ended."""
        ended = await self._firing.complete(request.occurrence_id, request.status, request.error)
        return pb.CompleteOccurrenceResponse(occurrence=convert.occurrence_to_proto(ended))
