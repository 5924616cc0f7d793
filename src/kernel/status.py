"""Faults on the wire: `Fault` to and from `google.rpc.Status`, whose detail is our `ErrorDetail`."""

import asyncio
from types import TracebackType
from typing import Final

import grpc
from google.protobuf.message import DecodeError
from google.rpc import status_pb2
from grpc_status import rpc_status

from gen.alga.common.v1 import errors_pb2
from kernel.errors import Fault, Reason, Violation

# Status text and details share 16 KiB of gRPC metadata, base64 included; more of it fails the call with RESOURCE_EXHAUSTED.
MAX_MESSAGE: Final = 1024
MAX_VIOLATION_BYTES: Final = 6 << 10

# What grpc.aio makes of a message that it cannot send any more: the connection broke in the middle of an upload.
_BROKEN_OFF: Final = (grpc.StatusCode.INTERNAL, "Internal error from Core")
# What gRPC says of a call that found no connection: nothing of it was sent. A test asks the library itself.
_NOT_SENT: Final = "failed to connect to all addresses"
_KNOWN: Final = frozenset(int(reason) for reason in Reason)  # a newer server may know more
# Failures that gRPC itself reports, without a detail of ours.
_BARE: Final = {
    grpc.StatusCode.UNAVAILABLE: Reason.UNAVAILABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED: Reason.DEADLINE_EXCEEDED,
    grpc.StatusCode.CANCELLED: Reason.CANCELLED,
    grpc.StatusCode.RESOURCE_EXHAUSTED: Reason.PAYLOAD_TOO_LARGE,
    grpc.StatusCode.UNAUTHENTICATED: Reason.UNAUTHENTICATED,
    grpc.StatusCode.PERMISSION_DENIED: Reason.PERMISSION_DENIED,
}


def to_detail(fault: Fault) -> errors_pb2.ErrorDetail:
    """What a server says of a failure."""
    detail = errors_pb2.ErrorDetail(
        reason=errors_pb2.ErrorReason.Name(fault.reason),
        metadata=fault.facts,
    )
    for item in fault.violations:
        detail.violations.add(field=item.field, rule=item.rule)
        if detail.ByteSize() > MAX_VIOLATION_BYTES:
            break
    return detail


def from_detail(detail: errors_pb2.ErrorDetail, log: str) -> Fault | None:
    """The failure that a server told; None for a reason that this program does not know."""
    if int(detail.reason) not in _KNOWN:
        return None
    violations = tuple(Violation(one.field, one.rule) for one in detail.violations)
    return Fault(Reason(detail.reason), log=log, violations=violations, facts=dict(detail.metadata))


def refusal(detail: errors_pb2.ErrorDetail, log: str) -> Fault:
    """The failure that a server told of one of several things; INTERNAL for a reason that this program does not know."""
    return from_detail(detail, log) or Fault(Reason.INTERNAL, log=f"{log}: a reason that is not known")


def to_status(fault: Fault) -> grpc.Status:
    """What a server answers."""
    detail = to_detail(fault)
    status = status_pb2.Status(code=fault.row.grpc.value[0], message=fault.public[:MAX_MESSAGE])
    status.details.add().Pack(detail)
    answer: grpc.Status = rpc_status.to_status(status)
    return answer


def from_error(error: grpc.RpcError) -> Fault:
    """What a client makes of a failed rpc; an answer that is not of ours becomes the nearest reason, or INTERNAL."""
    code = error.code()
    log = f"{code.name}: {error.details()}"
    try:
        status = rpc_status.from_call(error)
    except (DecodeError, ValueError):  # details that contradict the code, from a server that is not ours
        status = None
    for item in status.details if status is not None else ():
        detail = errors_pb2.ErrorDetail()
        if item.Is(detail.DESCRIPTOR) and item.Unpack(detail) and (fault := from_detail(detail, log)) is not None:
            return fault
    if (code, error.details()) == _BROKEN_OFF:
        return Fault(Reason.UNAVAILABLE, log=log)
    fault = Fault(_BARE.get(code, Reason.INTERNAL), log=log)
    if code is grpc.StatusCode.UNAVAILABLE and (error.details() or "").startswith(_NOT_SENT):
        return fault.before_anything_ran()
    return fault


class remote:  # noqa: N801 - reads as a statement: `with remote()`
    """Around a call of another service: its failures come out as faults, and a cancelled wait stays a cancelled wait."""

    __slots__ = ()

    def __enter__(self) -> None:
        """Nothing to do."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if isinstance(error, grpc.RpcError):
            if error.code() is grpc.StatusCode.CANCELLED and (task := asyncio.current_task()) and task.cancelling():
                raise asyncio.CancelledError from error
            raise from_error(error) from error
