"""The host side of `scheduler`: the registry's ScheduleService, under the grant of the call that asks.

No request says for whom it is: the registry reads that from the grant, and checks it against live state.
"""

import json
from collections.abc import Callable
from typing import Any, Final

from google.protobuf.timestamp_pb2 import Timestamp

from gen.alga.registry.v1 import schedule_pb2, schedule_service_pb2, schedule_service_pb2_grpc
from gen.alga.runner.v1.executor_pb2 import HostCall, HostResult
from kernel.convert import signed_to_proto
from kernel.errors import Fault, Reason
from kernel.rpc import Peer
from runner.backends.described import arguments, result
from runner.caller import Caller
from runner.registry_rpc import registry_rpc

# What is wrong with a request: functions without an error side tell it in their answer.
_ANSWERED: Final = frozenset({Reason.INVALID_ARGUMENT, Reason.ALREADY_EXISTS, Reason.QUOTA_EXCEEDED, Reason.NOT_FOUND})
_TOLD: Final = _ANSWERED | {
    Reason.CAPABILITY_DENIED,
    Reason.GRANT_INVALID,
    Reason.GRANT_EXPIRED,
    Reason.GRANT_STALE,
    Reason.EXTENSION_REVOKED,
    Reason.DEADLINE_EXCEEDED,
}
_STATES: Final = "OCCURRENCE_STATE_"


class RegistryScheduler:
    """Schedules of installs, in the registry."""

    def __init__(self, registry: Peer) -> None:
        self._registry = registry
        self._stub = schedule_service_pb2_grpc.ScheduleServiceStub(registry.channel)

    async def answer(self, caller: Caller, call: HostCall) -> HostResult:
        """One call of `scheduler`. Raises INVALID_ARGUMENT, and what the rpc fails with where the function has an error side."""
        function, said = arguments(call.described)
        return result(function, await self._answer(caller, function.name, said))

    async def _answer(self, caller: Caller, name: str, said: dict[str, Any]) -> Any:
        owner = schedule_service_pb2.ScheduleOwner(grant=signed_to_proto(caller.signed))
        match name:
            case "list-schedules":
                listing = schedule_service_pb2.ListSchedulesRequest(owner=owner)
                return [_info(one) for one in (await self._ask(caller, self._stub.ListSchedules, listing)).schedules]
            case "get-endpoints":
                asked = schedule_service_pb2.ListEndpointsRequest(owner=owner)
                return [_endpoint(one) for one in (await self._ask(caller, self._stub.ListEndpoints, asked)).endpoints]
            case "get-schedule":
                return await self._get(
                    caller, schedule_service_pb2.GetScheduleRequest(owner=owner, schedule_id=said["schedule-id"])
                )
            case "create-schedule":
                create = schedule_service_pb2.CreateScheduleRequest(owner=owner, **said["input"])
                return await self._change(caller, self._stub.CreateSchedule, create, created=True)
            case "update-schedule":
                update = schedule_service_pb2.UpdateScheduleRequest(owner=owner, schedule_id=said["schedule-id"], **said["input"])
                return await self._change(caller, self._stub.UpdateSchedule, update)
            case _:
                delete = schedule_service_pb2.DeleteScheduleRequest(owner=owner, schedule_id=said["schedule-id"])
                told = await self._change(caller, self._stub.DeleteSchedule, delete)
                return {"success": told["success"], "error": told["error"]}

    async def _get(self, caller: Caller, request: schedule_service_pb2.GetScheduleRequest) -> dict[str, Any] | None:
        try:
            return _info((await self._ask(caller, self._stub.GetSchedule, request)).schedule)
        except Fault as fault:
            if fault.reason is Reason.NOT_FOUND:
                return None
            raise

    async def _change(self, caller: Caller, method: Callable[..., Any], request: Any, *, created: bool = False) -> dict[str, Any]:
        """The answer of a function that changes something, also of one that the registry refused."""
        schedule_id = error = field_errors = None
        try:
            schedule_id = (await self._ask(caller, method, request)).schedule.id
        except Fault as fault:
            if fault.reason not in _ANSWERED:
                raise
            error = _text(fault)
            if fault.violations:
                field_errors = json.dumps({one.field: one.rule for one in fault.violations})
        told = {"success": error is None, "error": error, "field-errors": field_errors}
        return told | {"schedule-id": schedule_id} if created else told

    async def _ask(self, caller: Caller, method: Callable[..., Any], request: Any) -> Any:
        with registry_rpc(_TOLD):
            return await method(request, metadata=self._registry.metadata(), timeout=caller.seconds)


def _text(fault: Fault) -> str:
    if fault.reason is Reason.QUOTA_EXCEEDED and "quota" in fault.facts:
        return f"{fault.public} {fault.facts['quota']}: at most {fault.facts.get('limit', '')}"
    return fault.public


def _info(schedule: schedule_pb2.Schedule) -> dict[str, Any]:
    status = schedule.last_run_status
    return {
        "id": schedule.id,
        "endpoint-path": schedule.path,
        "endpoint-method": schedule.method,
        "name": schedule.name if schedule.HasField("name") else None,
        "cron": schedule.cron,
        "timezone": schedule.timezone,
        "enabled": schedule.enabled,
        "payload": schedule.payload if schedule.HasField("payload") else None,
        "last-run-at": _time(schedule.last_run_at) if schedule.HasField("last_run_at") else None,
        "last-run-status": schedule_pb2.OccurrenceState.Name(status).removeprefix(_STATES).lower() if status else None,
        "last-error": schedule.last_error if schedule.HasField("last_error") else None,
        "created-at": _time(schedule.created_at),
    }


def _endpoint(one: schedule_pb2.ScheduleEndpoint) -> dict[str, Any]:
    return {"id": one.id, "method": one.method, "path": one.path, "handler": one.handler, "schedulable": one.schedulable}


def _time(moment: Timestamp) -> str:
    return moment.ToJsonString()
