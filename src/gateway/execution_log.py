"""`ExecutionLog` over the registry's ExecutionLogService: its answers as JSON, with the names of the protos."""

from collections.abc import Mapping
from typing import Any, Final

from google.protobuf.timestamp_pb2 import Timestamp

from gateway.clients import ask_registry, same
from gen.alga.common.v1 import context_pb2
from gen.alga.registry.v1 import execution_log_service_pb2, execution_log_service_pb2_grpc, execution_pb2
from kernel.errors import Fault, Reason
from kernel.rpc import Peer

_PASS: Final = same(Reason.NOT_FOUND, Reason.INVALID_ARGUMENT)
_REASONS: Final = frozenset(int(reason) for reason in Reason)
_SPENT: Final = (
    *("handler_us", "queued_us", "host_wait_us", "egress_bytes", "storage_bytes"),
    *("log_lines", "log_bytes", "request_bytes", "response_bytes"),
)
_DAY: Final = ("executions", "failures", "egress_bytes", "storage_bytes", "host_wait_us", "handler_us", "log_bytes")


class ExecutionLogClient:
    """The port's implementation."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._stub = execution_log_service_pb2_grpc.ExecutionLogServiceStub(peer.channel)

    async def page(self, tenant_id: str, install: str, size: int, token: str) -> Mapping[str, Any]:
        """See the port."""
        request = execution_log_service_pb2.ListExecutionsRequest(
            tenant_id=tenant_id, install=install, page_size=size, page_token=token
        )

        async def call(seconds: float) -> Mapping[str, Any]:
            answer = await self._stub.ListExecutions(request, metadata=self._peer.metadata(), timeout=seconds)
            return {"executions": [_execution(one) for one in answer.executions], "next_page_token": answer.next_page_token}

        return await ask_registry(_PASS, call)

    async def one(self, tenant_id: str, install: str, execution: str) -> Mapping[str, Any]:
        """See the port."""
        request = execution_log_service_pb2.GetExecutionRequest(tenant_id=tenant_id, install=install, execution=execution)

        async def call(seconds: float) -> Mapping[str, Any]:
            answer = await self._stub.GetExecution(request, metadata=self._peer.metadata(), timeout=seconds)
            found = answer.execution
            lines = [_line(line) for line in found.lines]
            return {**_execution(found), "lines": lines, "lines_truncated": found.lines_truncated}

        return await ask_registry(_PASS, call)

    async def usage(self, tenant_id: str, install: str, days: int) -> Mapping[str, Any]:
        """See the port."""
        request = execution_log_service_pb2.GetUsageRequest(tenant_id=tenant_id, install=install, days=days)

        async def call(seconds: float) -> Mapping[str, Any]:
            answer = await self._stub.GetUsage(request, metadata=self._peer.metadata(), timeout=seconds)
            return {"days": [_day(day) for day in answer.days]}

        return await ask_registry(_PASS, call)


def _execution(message: execution_pb2.Execution) -> dict[str, Any]:
    usage = message.usage
    failures = [
        {"interface": one.interface, "reason": code_of(one.reason), "blame": _blame(one.blame), "count": one.count}
        for one in usage.host_failures
    ]
    return {
        "id": message.id,
        "request_id": message.request_id,
        "tenant_id": message.tenant_id,
        "install_id": message.install_id,
        "extension_id": message.extension_id,
        "version_id": message.version_id,
        "content_hash": message.content_hash,
        "trigger": _short(context_pb2.Trigger, message.trigger, "TRIGGER_"),
        "method": message.method,
        "path": message.path,
        "status": message.status or None,
        "reason": code_of(message.reason),
        "blame": _blame(message.blame),
        "started_at": _time(message.started_at),
        "duration_us": message.duration_us,
        "usage": {
            **{name: getattr(usage, name) for name in _SPENT},
            "host_calls": dict(usage.host_calls),
            "host_failures": failures,
        },
    }


def _line(line: execution_pb2.ExecutionLine) -> dict[str, Any]:
    told = {name: getattr(line, name) for name in ("level", "stream", "message", "truncated")}
    return {"at": _time(line.at), **told}


def _day(day: execution_pb2.DayUsage) -> dict[str, Any]:
    sums = {name: getattr(day, name) for name in _DAY}
    return {"day": day.day, **sums, "failures_by_blame": dict(day.failures_by_blame), "host_calls": dict(day.host_calls)}


def code_of(number: int) -> str | None:
    """A reason as HTTP clients read it; None for none."""
    if number == 0:
        return None
    return Fault.row_code(Reason(number) if number in _REASONS else Reason.INTERNAL)


def _blame(number: int) -> str | None:
    return _short(execution_pb2.Blame, number, "BLAME_")


def _short(kind: Any, number: int, prefix: str) -> str | None:
    """The short name of an enum's value; None for unspecified, and for one that only a newer registry knows."""
    return kind.Name(number).removeprefix(prefix).lower() if number and number in kind.values() else None


def _time(stamp: Timestamp) -> str:
    return str(stamp.ToJsonString())
