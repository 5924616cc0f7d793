"""The execution log over the wire: what runners may tell, who may read what, and how much is kept."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given
from hypothesis import strategies as st

from gen.alga.common.v1 import errors_pb2
from gen.alga.registry.v1 import execution_log_service_pb2 as log
from gen.alga.registry.v1 import execution_pb2 as pb
from gen.alga.registry.v1 import install_pb2
from kernel.errors import Fault, Reason
from registry.execution_convert import MAX_BATCH, MAX_LINES, MAX_LINES_BYTES, MAX_NUMBER, execution_to_proto, executions_from_proto
from tests.registry.bundles import NAME, bundle
from tests.registry.calls import reason_of, refused, uninstall
from tests.registry.stack import Client, Stack, started

TRAPPED = errors_pb2.ERROR_REASON_GUEST_TRAPPED


def execution(of: install_pb2.Install, age: timedelta = timedelta(), **changes: Any) -> pb.Execution:
    """A call that a runner might tell of."""
    values = {
        "id": secrets.token_hex(16),
        "request_id": secrets.token_hex(8),
        "tenant_id": of.tenant_id,
        "install_id": of.id,
        "extension_id": of.extension_id,
        "version_id": of.version_id,
        "content_hash": of.content_hash,
        "method": "GET",
        "path": "/run",
        "status": 200,
        "started_at": at(age),
        "duration_us": 1500,
        "usage": pb.ExecutionUsage(host_calls={"storage": 2}, storage_bytes=10, handler_us=1000, log_bytes=3),
    }
    return pb.Execution(**(values | changes))


def at(age: timedelta = timedelta()) -> Timestamp:
    made = Timestamp()
    made.FromDatetime(datetime.now(UTC) - age)
    return made


async def record(stack: Stack, *executions: pb.Execution, caller: str = "runner", dropped: int = 0) -> int:
    request = log.RecordRequest(executions=executions, dropped=dropped)
    answer = await stack.clients[caller].call("executions", "Record", request)
    recorded: int = answer.recorded
    return recorded


async def listed(client: Client, tenant: str = "a", install: str = NAME, size: int = 0, token: str = "") -> Any:
    request = log.ListExecutionsRequest(tenant_id=tenant, install=install, page_size=size, page_token=token)
    return await client.call("executions", "ListExecutions", request)


async def one(client: Client, reference: str, tenant: str = "a", install: str = NAME) -> pb.Execution:
    request = log.GetExecutionRequest(tenant_id=tenant, install=install, execution=reference)
    return (await client.call("executions", "GetExecution", request)).execution


async def usage(client: Client, tenant: str = "a", install: str = NAME, days: int = 0) -> list[pb.DayUsage]:
    request = log.GetUsageRequest(tenant_id=tenant, install=install, days=days)
    return list((await client.call("executions", "GetUsage", request)).days)


@pytest.fixture
async def installed(stack: Stack) -> install_pb2.Install:
    await stack.clients["acme"].publish(bundle(stack.publisher_key))
    return await stack.clients["admin-a"].install("a", NAME)


async def test_what_a_runner_tells_is_read_by_the_tenants_admins(stack: Stack, installed: install_pb2.Install) -> None:
    line = pb.ExecutionLine(at=at(), level="error", stream="stderr", message="text\x00\u00e4", truncated=True)
    failures = [pb.HostFailures(interface="storage", reason=errors_pb2.ERROR_REASON_STORAGE_CONFLICT, count=2)]
    told = execution(
        installed, status=0, reason=TRAPPED, lines=[line], usage=pb.ExecutionUsage(host_failures=failures, egress_bytes=5)
    )
    assert await record(stack, told) == 1
    expected = pb.Execution()
    expected.CopyFrom(told)
    expected.blame = pb.BLAME_GUEST
    expected.usage.host_failures[0].blame = pb.BLAME_GUEST
    # The database keeps microseconds.
    for stamp in (expected.started_at, expected.lines[0].at):
        stamp.nanos -= stamp.nanos % 1000
    for client in (stack.clients["admin-a"], stack.operator, stack.clients["gateway"]):
        for reference in (told.id, told.request_id):
            for install in (NAME, installed.id, installed.extension_id):
                assert await one(client, reference, install=install) == expected
        (shown,) = (await listed(client)).executions
        assert not shown.lines
        assert shown.id == told.id
    (day,) = await usage(stack.clients["admin-a"])
    assert (day.executions, day.failures, dict(day.failures_by_blame), day.egress_bytes) == (1, 1, {"guest": 1}, 5)


async def test_usage_grows_once_for_each_call(stack: Stack, installed: install_pb2.Install) -> None:
    first, second = execution(installed), execution(installed)
    assert await record(stack, first, second) == 2
    assert await record(stack, first, second, execution(installed, request_id=first.request_id)) == 1
    (day,) = await usage(stack.clients["admin-a"])
    assert (day.day, day.executions, day.failures) == (datetime.now(UTC).date().isoformat(), 3, 0)
    assert (dict(day.host_calls), day.storage_bytes, day.handler_us, day.log_bytes) == ({"storage": 6}, 30, 3000, 9)


async def test_usage_of_more_days_is_asked_for_and_bounded(stack: Stack, installed: install_pb2.Install) -> None:
    await record(stack, execution(installed), execution(installed, timedelta(days=2)))
    admin = stack.clients["admin-a"]
    assert [len(await usage(admin, days=days)) for days in (1, 2, 3, 400)] == [1, 1, 2, 2]
    fault = await refused(usage(admin, days=401))
    assert (fault.reason, fault.violations[0].rule) == (Reason.INVALID_ARGUMENT, "must be at most 400")


async def test_pages(stack: Stack, installed: install_pb2.Install) -> None:
    told = [execution(installed, timedelta(seconds=age)) for age in range(5)]
    await record(stack, *told)
    seen, token = [], ""
    while True:
        page = await listed(stack.clients["admin-a"], size=2, token=token)
        seen += [shown.id for shown in page.executions]
        if not (token := page.next_page_token):
            break
    assert seen == [expected.id for expected in told]
    assert await reason_of(listed(stack.clients["admin-a"], token="e30=")) is Reason.INVALID_ARGUMENT
    assert await reason_of(listed(stack.clients["admin-a"], size=201)) is Reason.INVALID_ARGUMENT


async def test_a_tenant_sees_nothing_of_another(stack: Stack, installed: install_pb2.Install) -> None:
    other = await stack.clients["admin-b"].install("b", NAME)
    told = execution(installed)
    await record(stack, told)
    admin = stack.clients["admin-b"]
    assert list((await listed(admin, "b")).executions) == []
    assert await usage(admin, "b") == []
    for tenant, install in (("a", NAME), ("a", installed.id), ("b", installed.id)):
        for call in (listed(admin, tenant, install), one(admin, told.id, tenant, install), usage(admin, tenant, install)):
            assert await reason_of(call) is Reason.NOT_FOUND
    assert await reason_of(one(admin, told.id, "b", other.id)) is Reason.NOT_FOUND
    for caller in ("acme", "caller-a", "runner"):
        assert await reason_of(listed(stack.clients[caller])) is Reason.PERMISSION_DENIED
    for caller in ("acme", "caller-a", "admin-a", "gateway", "operator"):
        assert await reason_of(record(stack, execution(installed), caller=caller)) is Reason.PERMISSION_DENIED


async def test_uninstalling_removes_all_of_it_and_late_records_are_passed_over(
    stack: Stack, installed: install_pb2.Install
) -> None:
    await record(stack, execution(installed))
    await uninstall(stack.clients["admin-a"])
    assert await record(stack, execution(installed)) == 0
    await stack.clients["admin-a"].install("a", NAME)
    assert list((await listed(stack.clients["admin-a"])).executions) == []
    assert await usage(stack.clients["admin-a"]) == []


async def test_the_newest_are_kept_for_some_days() -> None:
    async with started(keep_executions=3, keep_execution_days=2) as stack:
        await stack.clients["acme"].publish(bundle(stack.publisher_key))
        installed = await stack.clients["admin-a"].install("a", NAME)
        told = [execution(installed, timedelta(hours=hours)) for hours in range(0, 96, 12)]
        await record(stack, *told)
        kept = [shown.id for shown in (await listed(stack.clients["admin-a"])).executions]
        assert kept == [expected.id for expected in told[:3]]
        assert sum(day.executions for day in await usage(stack.clients["admin-a"])) == len(told)


async def test_a_runner_that_dropped_some_says_so(
    stack: Stack, installed: install_pb2.Install, caplog: pytest.LogCaptureFixture
) -> None:
    await record(stack, execution(installed), dropped=7)
    assert [vars(line)["count"] for line in caplog.records if line.getMessage() == "a runner dropped executions"] == [7]


BAD: list[tuple[str, dict[str, Any]]] = [
    ("id", {"id": "x" * 32}),
    ("request_id", {"request_id": "a b"}),
    ("tenant_id", {"tenant_id": ""}),
    ("install_id", {"install_id": "x" * 65}),
    ("extension_id", {"extension_id": ""}),
    ("version_id", {"version_id": "\n"}),
    ("content_hash", {"content_hash": "sha256:0"}),
    ("method", {"method": "x" * 17}),
    ("path", {"path": "/" + "x" * 512}),
    ("path", {"path": "/\x00"}),
    ("status", {"status": 0}),
    ("status", {"status": 600}),
    ("status", {"reason": TRAPPED}),
    ("started_at", {"started_at": Timestamp(seconds=1 << 60)}),
    ("duration_us", {"duration_us": MAX_NUMBER + 1}),
    ("usage.egress_bytes", {"usage": pb.ExecutionUsage(egress_bytes=1 << 63)}),
    ("usage", {"usage": pb.ExecutionUsage(host_calls={str(number): 1 for number in range(65)})}),
    ("usage.interface", {"usage": pb.ExecutionUsage(host_calls={"x" * 65: 1})}),
    ("lines", {"lines": [pb.ExecutionLine(level="info", stream="log", message="x" * (MAX_LINES_BYTES + 1))]}),
    ("lines", {"lines": [pb.ExecutionLine(level="info", stream="log")] * (MAX_LINES + 1)}),
    ("lines", {"lines": [pb.ExecutionLine(level="loud", stream="log")]}),
    ("lines", {"lines": [pb.ExecutionLine(level="info", stream="execution")]}),
]


@pytest.mark.parametrize(("field", "changes"), BAD, ids=[f"{number}-{field}" for number, (field, _) in enumerate(BAD)])
def test_what_no_runner_of_ours_sends_is_refused_by_field(field: str, changes: dict[str, Any]) -> None:
    made = install_pb2.Install(id="i", tenant_id="a", extension_id="e", version_id="v", content_hash="sha256:" + "0" * 64)
    with pytest.raises(Fault) as caught:
        executions_from_proto([execution(made), execution(made, **changes)])
    assert (caught.value.reason, caught.value.violations[0].field) == (Reason.INVALID_ARGUMENT, f"executions[1].{field}")


async def test_batches_are_bounded_and_all_or_nothing(stack: Stack, installed: install_pb2.Install) -> None:
    most = [execution(installed) for _ in range(MAX_BATCH)]
    assert await reason_of(record(stack, *most, execution(installed))) is Reason.INVALID_ARGUMENT
    assert await reason_of(record(stack, *most[1:], execution(installed, path=""))) is Reason.INVALID_ARGUMENT
    assert await usage(stack.clients["admin-a"]) == []
    assert await record(stack, *most) == MAX_BATCH


NUMBERS = st.sampled_from([0, 1, 99, 100, 599, 600, (1 << 31) - 1])
TEXTS = st.one_of(st.sampled_from(["", "a", "a" * 32, "info", "log", "sha256:" + "0" * 64, "\x00", "\ud7ff"]), st.text(max_size=5))


@given(st.data())
def test_whatever_a_runner_tells_is_taken_or_refused(data: st.DataObject) -> None:
    """Every field of one message is of any value; the others are good, so that all rules are reached."""
    of = install_pb2.Install(id="i", tenant_id="a", extension_id="e", version_id="v", content_hash="sha256:" + "0" * 64)
    told = execution(of, lines=[pb.ExecutionLine(level="info", stream="log")])
    told.usage.host_failures.add(interface="http", reason=1)
    message = data.draw(st.sampled_from([told, told.usage, told.usage.host_failures[0], told.lines[0], told.started_at]))
    for field in message.DESCRIPTOR.fields:
        if field.is_repeated or field.message_type is not None or not data.draw(st.booleans()):
            continue
        kind = field.cpp_type
        if kind == field.CPPTYPE_STRING:
            setattr(message, field.name, data.draw(TEXTS))
        elif kind == field.CPPTYPE_BOOL:
            setattr(message, field.name, data.draw(st.booleans()))
        elif kind == field.CPPTYPE_UINT64:
            setattr(message, field.name, data.draw(st.integers(0, (1 << 64) - 1)))
        elif kind == field.CPPTYPE_INT64:
            setattr(message, field.name, data.draw(st.integers(-(1 << 63), (1 << 63) - 1)))
        else:
            setattr(message, field.name, data.draw(NUMBERS))
    try:
        (taken,) = executions_from_proto([told])
        again = execution_to_proto(taken)
        assert (again.id, again.path, again.status) == (told.id, told.path, told.status)
    except Fault as fault:
        assert fault.reason is Reason.INVALID_ARGUMENT
