"""Between the protos of executions and the model. Raises INVALID_ARGUMENT for what the model cannot hold."""

import re
from collections.abc import Sequence
from typing import Final

from gen.alga.common.v1 import context_pb2
from gen.alga.registry.v1 import execution_pb2 as pb
from kernel import fields
from kernel.digest import Digest
from kernel.errors import TABLE, Blame, Fault, Reason
from registry.convert import stamp, time_from_proto
from registry.execution import DayUsage, Execution, HostFailures, Line, Spent, Trigger

MAX_BATCH: Final = 200
MAX_LINES: Final = 2_048
MAX_LINES_BYTES: Final = 64 << 10  # of their messages
MAX_INTERFACES: Final = 64
MAX_NUMBER: Final = 1 << 40  # of one call; sums of a day stay far from what the database can hold
_ID: Final = re.compile(r"[0-9a-f]{32}")
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,128}")
_LEVELS: Final = ("debug", "info", "warn", "error")
_STREAMS: Final = ("log", "stdout", "stderr")
_BLAME: Final = {
    Blame.CALLER: pb.BLAME_CALLER,
    Blame.PUBLISHER: pb.BLAME_PUBLISHER,
    Blame.GUEST: pb.BLAME_GUEST,
    Blame.HOST: pb.BLAME_HOST,
}
_TRIGGER: Final = {
    Trigger.UNKNOWN: context_pb2.TRIGGER_UNSPECIFIED,
    Trigger.HTTP: context_pb2.TRIGGER_HTTP,
    Trigger.SCHEDULE: context_pb2.TRIGGER_SCHEDULE,
}
_TRIGGERS: Final = {int(number): trigger for trigger, number in _TRIGGER.items()}
_REASONS: Final = frozenset(int(reason) for reason in Reason)


def executions_from_proto(messages: Sequence[pb.Execution]) -> list[Execution]:
    """What a runner tells."""
    if len(messages) > MAX_BATCH:
        raise Fault.invalid("executions", f"must be at most {MAX_BATCH}")
    return [_execution(message, f"executions[{number}]") for number, message in enumerate(messages)]


def _execution(message: pb.Execution, field: str) -> Execution:
    if not _ID.fullmatch(message.id):
        raise Fault.invalid(f"{field}.id", "must be 32 hex digits")
    if not _REQUEST_ID.fullmatch(message.request_id):
        raise Fault.invalid(f"{field}.request_id", "must be 1 to 128 characters of [A-Za-z0-9._-]")
    reason = _reason(message.reason)
    if (reason is None) != (100 <= message.status <= 599) or (reason and message.status):
        raise Fault.invalid(f"{field}.status", "must be 100 to 599, or 0 with a reason")
    return Execution(
        id=message.id,
        request_id=message.request_id,
        tenant_id=fields.tenant_id(message.tenant_id, f"{field}.tenant_id"),
        install_id=_name(message.install_id, f"{field}.install_id"),
        extension_id=_name(message.extension_id, f"{field}.extension_id"),
        version_id=_name(message.version_id, f"{field}.version_id"),
        content_hash=Digest.parse(message.content_hash, f"{field}.content_hash"),
        trigger=_TRIGGERS.get(message.trigger, Trigger.UNKNOWN),
        method=fields.text(message.method, f"{field}.method", least=1, most=16),
        path=fields.text(message.path, f"{field}.path", least=1, most=512),
        status=message.status,
        reason=reason,
        blame=TABLE[reason].blame if reason else None,
        started_at=time_from_proto(message.started_at, f"{field}.started_at"),
        duration_us=_number(message.duration_us, f"{field}.duration_us"),
        spent=_spent(message.usage, f"{field}.usage"),
        lines=_lines(message.lines, f"{field}.lines"),
        lines_truncated=message.lines_truncated,
    )


def _spent(message: pb.ExecutionUsage, field: str) -> Spent:
    if len(message.host_calls) > MAX_INTERFACES or len(message.host_failures) > MAX_INTERFACES:
        raise Fault.invalid(field, f"must have at most {MAX_INTERFACES} interfaces and failures")
    failures = [
        HostFailures(_interface(one.interface, field), reason, TABLE[reason].blame, _number(one.count, field))
        for one in message.host_failures
        if (reason := _reason(one.reason)) is not None
    ]
    calls = {_interface(name, field): _number(count, field) for name, count in sorted(message.host_calls.items())}
    numbers = (
        *("handler_us", "queued_us", "host_wait_us", "egress_bytes", "storage_bytes"),
        *("log_lines", "log_bytes", "request_bytes", "response_bytes"),
    )
    told = {name: _number(getattr(message, name), f"{field}.{name}") for name in numbers}
    return Spent(host_calls=calls, host_failures=tuple(failures), **told)


def _lines(messages: Sequence[pb.ExecutionLine], field: str) -> tuple[Line, ...]:
    if len(messages) > MAX_LINES or sum(len(one.message.encode()) for one in messages) > MAX_LINES_BYTES:
        raise Fault.invalid(field, f"must be at most {MAX_LINES} of {MAX_LINES_BYTES} bytes together")
    if any(one.level not in _LEVELS or one.stream not in _STREAMS for one in messages):
        raise Fault.invalid(field, f"must have levels of {', '.join(_LEVELS)} and streams of {', '.join(_STREAMS)}")
    return tuple(Line(time_from_proto(one.at, field), one.level, one.stream, one.message, one.truncated) for one in messages)


def _reason(number: int) -> Reason | None:
    """None for no reason; a newer runner may know more of them."""
    if number == 0:
        return None
    return Reason(number) if number in _REASONS else Reason.INTERNAL


def _name(value: str, field: str) -> str:
    return fields.text(value, field, least=1, most=64)


def _interface(value: str, field: str) -> str:
    return fields.text(value, f"{field}.interface", most=64)


def _number(value: int, field: str) -> int:
    if value > MAX_NUMBER:
        raise Fault.invalid(field, f"must be at most {MAX_NUMBER}")
    return value


def execution_to_proto(execution: Execution) -> pb.Execution:
    """One call."""
    spent = execution.spent
    failures = [
        pb.HostFailures(interface=one.interface, reason=_reason_to_proto(one.reason), blame=_BLAME[one.blame], count=one.count)
        for one in spent.host_failures
    ]
    return pb.Execution(
        id=execution.id,
        request_id=execution.request_id,
        tenant_id=execution.tenant_id,
        install_id=execution.install_id,
        extension_id=execution.extension_id,
        version_id=execution.version_id,
        content_hash=str(execution.content_hash),
        trigger=_TRIGGER[execution.trigger],
        method=execution.method,
        path=execution.path,
        status=execution.status,
        reason=_reason_to_proto(execution.reason),
        blame=_BLAME[execution.blame] if execution.blame else pb.BLAME_UNSPECIFIED,
        started_at=stamp(execution.started_at),
        duration_us=execution.duration_us,
        usage=pb.ExecutionUsage(
            handler_us=spent.handler_us,
            queued_us=spent.queued_us,
            host_wait_us=spent.host_wait_us,
            host_calls=spent.host_calls,
            host_failures=failures,
            egress_bytes=spent.egress_bytes,
            storage_bytes=spent.storage_bytes,
            log_lines=spent.log_lines,
            log_bytes=spent.log_bytes,
            request_bytes=spent.request_bytes,
            response_bytes=spent.response_bytes,
        ),
        lines=map(_line_to_proto, execution.lines),
        lines_truncated=execution.lines_truncated,
    )


def _line_to_proto(line: Line) -> pb.ExecutionLine:
    return pb.ExecutionLine(at=stamp(line.at), level=line.level, stream=line.stream, message=line.message, truncated=line.truncated)


def _reason_to_proto(reason: Reason | None) -> str | None:
    return f"ERROR_REASON_{reason.name}" if reason else None


def day_to_proto(usage: DayUsage) -> pb.DayUsage:
    """What one day's calls used."""
    return pb.DayUsage(
        day=usage.day.isoformat(),
        executions=usage.executions,
        failures=usage.failures,
        failures_by_blame=usage.failures_by_blame,
        host_calls=usage.host_calls,
        egress_bytes=usage.egress_bytes,
        storage_bytes=usage.storage_bytes,
        host_wait_us=usage.host_wait_us,
        handler_us=usage.handler_us,
        log_bytes=usage.log_bytes,
    )
