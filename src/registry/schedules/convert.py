"""Between the protos of `ScheduleService` and the model."""

from gen.alga.registry.v1 import schedule_pb2, schedule_service_pb2
from kernel import fields
from kernel.auth import Role, current_principal
from kernel.convert import signed_from_proto
from kernel.errors import Fault
from registry.convert import stamp, stamp_or_none
from registry.schedules.model import Claimed, NamedEndpoint, Occurrence, OccurrenceState, Schedule
from registry.schedules.owner import Guest, Owner, TenantInstall
from registry.schedules.rules import Wanted

_STATE = {
    OccurrenceState.WAITING: schedule_pb2.OCCURRENCE_STATE_WAITING,
    OccurrenceState.RUNNING: schedule_pb2.OCCURRENCE_STATE_RUNNING,
    OccurrenceState.SUCCESS: schedule_pb2.OCCURRENCE_STATE_SUCCESS,
    OccurrenceState.FAILURE: schedule_pb2.OCCURRENCE_STATE_FAILURE,
    OccurrenceState.UNKNOWN: schedule_pb2.OCCURRENCE_STATE_UNKNOWN,
    OccurrenceState.MISSED: schedule_pb2.OCCURRENCE_STATE_MISSED,
}


def owner_from_proto(message: schedule_service_pb2.ScheduleOwner) -> Owner:
    """Whose schedules. Raises INVALID_ARGUMENT for a form that is not the caller's, NOT_FOUND for a tenant that is not."""
    principal = current_principal()
    form = "grant" if principal.role is Role.RUNNER else "install"
    if message.WhichOneof("form") != form:
        raise Fault.invalid("owner", f"must be told as {form} by a {principal.role.value}")
    if form == "grant":
        return Guest(signed_from_proto(message.grant))
    if principal.role is not Role.GATEWAY:  # gateways name the tenant of an admin whom they verified, as they do for calls
        principal.must_own_tenant(message.install.tenant_id)
    return TenantInstall(fields.tenant_id(message.install.tenant_id), message.install.install)


def wanted_from_create(message: schedule_service_pb2.CreateScheduleRequest) -> Wanted:
    """What a new schedule shall be: endpoint and cron are told in any case."""
    return Wanted(
        endpoint=message.endpoint,
        cron=message.cron,
        timezone=message.timezone if message.HasField("timezone") else None,
        enabled=message.enabled if message.HasField("enabled") else None,
        name=message.name if message.HasField("name") else None,
        payload=message.payload if message.HasField("payload") else None,
    )


def wanted_from_update(message: schedule_service_pb2.UpdateScheduleRequest) -> Wanted:
    """What shall change."""
    return Wanted(
        endpoint=message.endpoint if message.HasField("endpoint") else None,
        cron=message.cron if message.HasField("cron") else None,
        timezone=message.timezone if message.HasField("timezone") else None,
        enabled=message.enabled if message.HasField("enabled") else None,
        name=message.name if message.HasField("name") else None,
        payload=message.payload if message.HasField("payload") else None,
    )


def schedule_to_proto(schedule: Schedule) -> schedule_pb2.Schedule:
    """As it travels."""
    status = schedule.last_run_status
    return schedule_pb2.Schedule(
        id=schedule.id,
        install_id=schedule.install_id,
        method=schedule.method,
        path=schedule.path,
        name=schedule.name,
        cron=schedule.cron,
        timezone=schedule.timezone,
        enabled=schedule.enabled,
        payload=schedule.payload,
        last_run_at=stamp_or_none(schedule.last_run_at),
        last_run_status=_STATE[status] if status else schedule_pb2.OCCURRENCE_STATE_UNSPECIFIED,
        last_error=schedule.last_error,
        next_run_at=stamp_or_none(schedule.next_at),
        created_at=stamp(schedule.created_at),
        updated_at=stamp(schedule.updated_at),
    )


def endpoint_to_proto(named: NamedEndpoint) -> schedule_pb2.ScheduleEndpoint:
    """As it travels."""
    one = named.endpoint
    return schedule_pb2.ScheduleEndpoint(
        id=named.id, method=one.method, path=one.path, handler=one.handler, schedulable=named.schedulable
    )


def occurrence_to_proto(occurrence: Occurrence) -> schedule_pb2.Occurrence:
    """As it travels."""
    return schedule_pb2.Occurrence(
        id=occurrence.id,
        schedule_id=occurrence.schedule_id,
        due_at=stamp(occurrence.due_at),
        manual=occurrence.manual,
        state=_STATE[occurrence.state],
        started_at=stamp_or_none(occurrence.started_at),
        finished_at=stamp_or_none(occurrence.finished_at),
        status=occurrence.status,
        error=occurrence.error,
    )


def claimed_to_proto(claimed: Claimed, lease_ms: int) -> schedule_service_pb2.ClaimedOccurrence:
    """As it travels; a GET carries no body."""
    occurrence, schedule = claimed.occurrence, claimed.schedule
    return schedule_service_pb2.ClaimedOccurrence(
        id=occurrence.id,
        schedule_id=schedule.id,
        tenant_id=schedule.tenant_id,
        install_id=schedule.install_id,
        method=schedule.method,
        path=schedule.path,
        payload=schedule.payload if schedule.method == "POST" else None,
        timeout_ms=claimed.timeout_ms,
        due_at=stamp(occurrence.due_at),
        lease_ms=lease_ms,
    )
