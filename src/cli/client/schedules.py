"""Schedules of installs, over `alga.registry.v1.ScheduleService`. Every method raises Fault with what the rpc documents."""

from typing import Any

from cli.client.calls import Calls
from cli.client.convert import record, records
from cli.output import Record
from gen.alga.registry.v1 import schedule_service_pb2 as pb
from gen.alga.registry.v1 import schedule_service_pb2_grpc as grpc_pb
from kernel.rpc import Peer


class Schedules(Calls):
    """`install` names one by its id, or by the extension's id or name."""

    def __init__(self, peer: Peer) -> None:
        super().__init__(peer)
        self._stub = grpc_pb.ScheduleServiceStub(peer.channel)

    async def all(self, tenant: str, install: str) -> list[Record]:
        """Oldest first."""
        answer = await self._ask(self._stub.ListSchedules, pb.ListSchedulesRequest(owner=_owner(tenant, install)))
        return records(answer.schedules)

    async def endpoints(self, tenant: str, install: str) -> list[Record]:
        """The installed version's, in its order."""
        answer = await self._ask(self._stub.ListEndpoints, pb.ListEndpointsRequest(owner=_owner(tenant, install)))
        return records(answer.endpoints)

    async def create(self, tenant: str, install: str, **wanted: Any) -> Record:
        """Make one; `wanted` are fields of CreateScheduleRequest, None = not told."""
        answer = await self._ask(self._stub.CreateSchedule, pb.CreateScheduleRequest(owner=_owner(tenant, install), **wanted))
        return record(answer.schedule)

    async def update(self, tenant: str, install: str, schedule: str, **wanted: Any) -> Record:
        """Change one; `wanted` are fields of UpdateScheduleRequest, None = it stays."""
        request = pb.UpdateScheduleRequest(owner=_owner(tenant, install), schedule_id=schedule, **wanted)
        answer = await self._ask(self._stub.UpdateSchedule, request)
        return record(answer.schedule)

    async def delete(self, tenant: str, install: str, schedule: str) -> Record:
        """The schedule as it was."""
        request = pb.DeleteScheduleRequest(owner=_owner(tenant, install), schedule_id=schedule)
        answer = await self._ask(self._stub.DeleteSchedule, request)
        return record(answer.schedule)

    async def run_now(self, tenant: str, install: str, schedule: str) -> Record:
        """The occurrence that waits for a gateway."""
        answer = await self._ask(self._stub.RunNow, pb.RunNowRequest(owner=_owner(tenant, install), schedule_id=schedule))
        return record(answer.occurrence)

    async def history(self, tenant: str, install: str, schedule: str) -> list[Record]:
        """Latest first."""
        request = pb.ListOccurrencesRequest(owner=_owner(tenant, install), schedule_id=schedule)
        answer = await self._ask(self._stub.ListOccurrences, request)
        return records(answer.occurrences)


def _owner(tenant: str, install: str) -> pb.ScheduleOwner:
    return pb.ScheduleOwner(install=pb.ScheduleInstall(tenant_id=tenant, install=install))
