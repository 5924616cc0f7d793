"""Schedules as a tenant's admins read and change them over HTTP: the registry's answers as JSON, with the names of the protos."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from gateway.clients import answers, same
from gen.alga.registry.v1 import schedule_pb2
from gen.alga.registry.v1 import schedule_service_pb2 as pb
from gen.alga.registry.v1 import schedule_service_pb2_grpc as grpc_pb
from kernel.errors import Reason
from kernel.rpc import Peer

CALL_SECONDS: Final = 10.0
# What is not read is not asked for twice: a second schedule may be worse than none.
_PASS: Final = same(
    Reason.NOT_FOUND, Reason.INVALID_ARGUMENT, Reason.ALREADY_EXISTS, Reason.QUOTA_EXCEEDED, Reason.SCHEDULE_NOT_RUNNABLE
)
_STATES: Final = "OCCURRENCE_STATE_"

Json = dict[str, Any]


class ManageClient:
    """The `Management` port over gRPC."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._stub = grpc_pb.ScheduleServiceStub(peer.channel)

    async def every(self, tenant_id: str, install: str) -> Json:
        """See the port."""
        answer = await self._ask(self._stub.ListSchedules, pb.ListSchedulesRequest(owner=_owner(tenant_id, install)))
        return {"schedules": [_schedule(one) for one in answer.schedules]}

    async def one(self, tenant_id: str, install: str, schedule: str) -> Json:
        """See the port."""
        request = pb.GetScheduleRequest(owner=_owner(tenant_id, install), schedule_id=schedule)
        return _schedule((await self._ask(self._stub.GetSchedule, request)).schedule)

    async def create(self, tenant_id: str, install: str, wanted: Mapping[str, Any]) -> Json:
        """See the port."""
        request = pb.CreateScheduleRequest(owner=_owner(tenant_id, install), **wanted)
        return _schedule((await self._ask(self._stub.CreateSchedule, request)).schedule)

    async def change(self, tenant_id: str, install: str, schedule: str, wanted: Mapping[str, Any]) -> Json:
        """See the port."""
        request = pb.UpdateScheduleRequest(owner=_owner(tenant_id, install), schedule_id=schedule, **wanted)
        return _schedule((await self._ask(self._stub.UpdateSchedule, request)).schedule)

    async def remove(self, tenant_id: str, install: str, schedule: str) -> None:
        """See the port."""
        request = pb.DeleteScheduleRequest(owner=_owner(tenant_id, install), schedule_id=schedule)
        await self._ask(self._stub.DeleteSchedule, request)

    async def run(self, tenant_id: str, install: str, schedule: str) -> Json:
        """See the port."""
        request = pb.RunNowRequest(owner=_owner(tenant_id, install), schedule_id=schedule)
        return _occurrence((await self._ask(self._stub.RunNow, request)).occurrence)

    async def history(self, tenant_id: str, install: str, schedule: str) -> Json:
        """See the port."""
        request = pb.ListOccurrencesRequest(owner=_owner(tenant_id, install), schedule_id=schedule)
        answer = await self._ask(self._stub.ListOccurrences, request)
        return {"occurrences": [_occurrence(one) for one in answer.occurrences]}

    async def _ask(self, method: Callable[..., Any], request: Message) -> Any:
        with answers("registry", _PASS):
            return await method(request, metadata=self._peer.metadata(), timeout=CALL_SECONDS)


def _owner(tenant_id: str, install: str) -> pb.ScheduleOwner:
    return pb.ScheduleOwner(install=pb.ScheduleInstall(tenant_id=tenant_id, install=install))


def _schedule(one: schedule_pb2.Schedule) -> Json:
    return {
        "id": one.id,
        "install_id": one.install_id,
        "method": one.method,
        "path": one.path,
        "name": one.name if one.HasField("name") else None,
        "cron": one.cron,
        "timezone": one.timezone,
        "enabled": one.enabled,
        "payload": json.loads(one.payload) if one.HasField("payload") else None,
        "last_run_at": _time(one, "last_run_at"),
        "last_run_status": _state(one.last_run_status),
        "last_error": one.last_error if one.HasField("last_error") else None,
        "next_run_at": _time(one, "next_run_at"),
        "created_at": _time(one, "created_at"),
        "updated_at": _time(one, "updated_at"),
    }


def _occurrence(one: schedule_pb2.Occurrence) -> Json:
    return {
        "id": one.id,
        "schedule_id": one.schedule_id,
        "due_at": _time(one, "due_at"),
        "manual": one.manual,
        "state": _state(one.state),
        "started_at": _time(one, "started_at"),
        "finished_at": _time(one, "finished_at"),
        "status": one.status,
        "error": one.error,
    }


def _state(number: "schedule_pb2.OccurrenceState") -> str | None:
    if not number:
        return None
    return schedule_pb2.OccurrenceState.Name(number).removeprefix(_STATES).lower()


def _time(message: Message, field: str) -> str | None:
    moment: Timestamp = getattr(message, field)
    return moment.ToJsonString() if message.HasField(field) else None
