"""Between the journal's values and the protos of `alga.registry.v1` and `alga.runner.v1`."""

from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp

from gen.alga.common.v1 import context_pb2
from gen.alga.registry.v1 import execution_pb2
from gen.alga.runner.v1 import execute_service_pb2
from kernel.errors import TABLE, Blame, Reason
from runner import convert
from runner.journal.event import Event, Execution
from runner.journal.hub import Begun, Dropped, Filter
from runner.journal.ring import Numbered
from runner.journal.tail import Wanted
from runner.values import Trigger

_BLAME: Final = {
    Blame.CALLER: execution_pb2.BLAME_CALLER,
    Blame.PUBLISHER: execution_pb2.BLAME_PUBLISHER,
    Blame.GUEST: execution_pb2.BLAME_GUEST,
    Blame.HOST: execution_pb2.BLAME_HOST,
}
_TRIGGER: Final = {
    Trigger.UNKNOWN: context_pb2.TRIGGER_UNSPECIFIED,
    Trigger.HTTP: context_pb2.TRIGGER_HTTP,
    Trigger.SCHEDULE: context_pb2.TRIGGER_SCHEDULE,
}


def execution_to_proto(execution: Execution) -> execution_pb2.Execution:
    """As the registry records it."""
    subject, ended, usage = execution.subject, execution.ended, execution.ended.usage
    failures = [
        execution_pb2.HostFailures(interface=interface, reason=_reason(reason), blame=_BLAME[TABLE[reason].blame], count=count)
        for (interface, reason), count in execution.host_failures.items()
    ]
    return execution_pb2.Execution(
        id=ended.execution_id,
        request_id=subject.request_id,
        tenant_id=subject.tenant_id,
        install_id=subject.install_id,
        extension_id=subject.extension_id,
        version_id=subject.version_id,
        content_hash=subject.content_hash,
        trigger=_TRIGGER[execution.trigger],
        method=execution.method,
        path=execution.path,
        status=ended.status,
        reason=_reason(ended.reason),
        blame=_BLAME[ended.blame] if ended.blame else execution_pb2.BLAME_UNSPECIFIED,
        started_at=stamp(execution.started_at),
        duration_us=ended.duration_us,
        usage=execution_pb2.ExecutionUsage(
            handler_us=usage.handler_us,
            queued_us=usage.queued_us,
            host_wait_us=usage.host_wait_us,
            host_calls=usage.host_calls_by_interface,
            host_failures=failures,
            egress_bytes=usage.egress_bytes,
            storage_bytes=usage.storage_bytes,
            log_lines=usage.log_lines,
            log_bytes=usage.log_bytes,
            request_bytes=usage.request_bytes,
            response_bytes=usage.response_bytes,
        ),
        lines=map(_line_to_proto, execution.lines),
        lines_truncated=execution.lines_truncated,
    )


def _line_to_proto(event: Event) -> execution_pb2.ExecutionLine:
    return execution_pb2.ExecutionLine(
        at=stamp(event.at), level=event.level, stream=event.stream, message=event.message, truncated=event.truncated
    )


def wanted_from_proto(request: execute_service_pb2.TailRequest) -> Wanted:
    """What is wanted; not checked."""
    wanted = Filter(request.tenant_id, request.extension_id, request.install_id, request.request_id, request.level)
    return Wanted(wanted, request.last, request.after)


def told_to_proto(told: Numbered | Dropped | Begun, cursor: str) -> execute_service_pb2.TailResponse:
    """One message of a stream; `cursor` is the id of an event."""
    if isinstance(told, Begun):
        return execute_service_pb2.TailResponse(begun=execute_service_pb2.TailBegun())
    if isinstance(told, Dropped):
        return execute_service_pb2.TailResponse(dropped=execute_service_pb2.TailDropped(count=told.count))
    event, subject, ended = told.event, told.event.subject, told.event.ended
    message = execute_service_pb2.TailEvent(
        id=cursor,
        at=stamp(event.at),
        level=event.level,
        stream=event.stream,
        tenant_id=subject.tenant_id,
        extension_id=subject.extension_id,
        install_id=subject.install_id,
        request_id=subject.request_id,
        version_id=subject.version_id,
        content_hash=subject.content_hash,
        message=event.message,
        truncated=event.truncated,
    )
    if ended is not None:
        execution = execute_service_pb2.TailExecution(
            execution_id=ended.execution_id,
            status=ended.status,
            reason=_reason(ended.reason),
            duration_us=ended.duration_us,
            usage=convert.usage_to_proto(ended.usage),
        )
        message.execution.CopyFrom(execution)
    return execute_service_pb2.TailResponse(event=message)


def _reason(reason: Reason | None) -> str | None:
    return f"ERROR_REASON_{reason.name}" if reason else None


def stamp(seconds: float) -> Timestamp:
    """A time in seconds since 1970, to the microsecond."""
    micros = round(seconds * 1e6)
    return Timestamp(seconds=micros // 1_000_000, nanos=micros % 1_000_000 * 1_000)
