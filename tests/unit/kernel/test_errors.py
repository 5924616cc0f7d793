"""The error table is complete, and faults cross the wire unchanged."""

import grpc
import pytest
from google.rpc import status_pb2

from gen.alga.common.v1 import errors_pb2
from kernel import status
from kernel.errors import MAX_TEXT, MAX_VIOLATIONS, TABLE, Fault, Reason, Violation


def test_reasons_are_the_protos() -> None:
    proto = {name.removeprefix("ERROR_REASON_"): number for name, number in errors_pb2.ErrorReason.items() if number}
    assert {reason.name: reason.value for reason in Reason} == proto


def test_every_reason_has_a_row() -> None:
    assert set(TABLE) == set(Reason)


def test_codes_of_the_reference_stay_valid() -> None:
    codes = {Fault(reason).code for reason in Reason}
    assert {
        "unauthenticated", "tenant_mismatch", "extension_not_available", "endpoint_not_found", "forbidden", "payload_too_large",
    } <= codes  # fmt: skip
    assert len(codes) == len(Reason)


@pytest.mark.parametrize("reason", Reason)
def test_status_carries_reason_and_no_log(reason: Reason) -> None:
    fault = Fault(reason, log="/secret/path", facts={"limit_bytes": 5}, violations=(Violation("a.b", "must be c"),))
    sent = status.to_status(fault)
    assert sent.code is TABLE[reason].grpc
    assert "/secret" not in sent.details + repr(sent.trailing_metadata)
    parsed = status_pb2.Status.FromString(dict(sent.trailing_metadata)["grpc-status-details-bin"])
    detail = errors_pb2.ErrorDetail()
    assert parsed.details[0].Unpack(detail)
    assert detail.reason == reason
    assert dict(detail.metadata) == {"limit_bytes": "5"}
    assert [(item.field, item.rule) for item in detail.violations] == [("a.b", "must be c")]


def test_details_stay_below_the_metadata_limit() -> None:
    worst = Fault(
        Reason.MANIFEST_INVALID,
        violations=tuple(Violation("f" * 10_000, "r" * 10_000) for _ in range(1000)),
        facts={f"k{index}": "v" * 10_000 for index in range(4)},
    )
    assert len(worst.violations) == MAX_VIOLATIONS
    assert all(len(item.rule) <= MAX_TEXT for item in worst.violations)
    sent = status.to_status(worst)
    size = len(sent.details) + sum(len(value) for _, value in sent.trailing_metadata)
    assert size < 12 << 10  # base64 makes it 16 KiB


class _Foreign(grpc.RpcError):
    """What a server that is not ours answers."""

    def __init__(self, code: grpc.StatusCode, details: bytes | None = None) -> None:
        self._code, self._details = code, details

    def code(self) -> grpc.StatusCode:
        return self._code

    def details(self) -> str:
        return "boom at /secret"

    def trailing_metadata(self) -> tuple[tuple[str, bytes], ...]:
        return () if self._details is None else (("grpc-status-details-bin", self._details),)


class _BrokenOff(_Foreign):
    """What grpc.aio says of an upload whose connection breaks."""

    def details(self) -> str:
        return "Internal error from Core"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (_Foreign(grpc.StatusCode.UNAVAILABLE), Reason.UNAVAILABLE),
        (_BrokenOff(grpc.StatusCode.INTERNAL), Reason.UNAVAILABLE),
        (_BrokenOff(grpc.StatusCode.DATA_LOSS), Reason.INTERNAL),
        (_Foreign(grpc.StatusCode.DATA_LOSS), Reason.INTERNAL),
        (_Foreign(grpc.StatusCode.INTERNAL, b"\xff\xff garbage"), Reason.INTERNAL),
    ],
)
def test_foreign_errors_become_the_nearest_reason(error: grpc.RpcError, reason: Reason) -> None:
    fault = status.from_error(error)
    assert fault.reason is reason
    assert "/secret" not in fault.public


def test_one_of_several_that_was_refused() -> None:
    told = status.refusal(status.to_detail(Fault(Reason.QUOTA_EXCEEDED, facts={"limit": 3})), "a write")
    assert (told.reason, dict(told.facts)) == (Reason.QUOTA_EXCEEDED, {"limit": "3"})
    newer = errors_pb2.ErrorDetail(reason=9_999)  # type: ignore[arg-type]  # of a server that knows more
    assert status.refusal(newer, "a write").reason is Reason.INTERNAL
