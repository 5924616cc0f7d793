"""What an install did and used, over HTTP: for admins of its tenant alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.query import number, parameters
from gen.alga.common.v1 import context_pb2, errors_pb2
from gen.alga.registry.v1 import execution_pb2
from kernel.errors import Fault, Reason
from tests.gateway.conftest import ADMIN_A, EXTENSION, KEY_A, KEY_B, KEY_OPERATOR, Stack
from tests.gateway.http import Got

LOG = f"/api/v1/installs/{EXTENSION}/executions"
USAGE = f"/api/v1/installs/{EXTENSION}/usage"


def fill(stack: Stack) -> None:
    usage = execution_pb2.ExecutionUsage(host_calls={"storage": 3}, egress_bytes=1 << 40)
    usage.host_failures.add(interface="http", reason=errors_pb2.ERROR_REASON_EGRESS_DENIED, blame="BLAME_GUEST", count=2)
    failed = execution_pb2.Execution(
        id="0" * 32,
        request_id="r-1",
        tenant_id="tenant-a",
        trigger=context_pb2.TRIGGER_HTTP,
        method="GET",
        path="/run",
        reason=errors_pb2.ERROR_REASON_GUEST_TRAPPED,
        blame="BLAME_GUEST",
        usage=usage,
    )
    failed.started_at.FromJsonString("2026-03-01T12:00:00.123456Z")
    failed.lines.add(level="error", stream="stderr", message="</script>\u2028", truncated=True)
    stack.registry.executions = [failed, execution_pb2.Execution(id="1" * 32, tenant_id="tenant-b", status=200)]
    stack.registry.days = [execution_pb2.DayUsage(day="2026-03-01", executions=2, failures_by_blame={"guest": 1})]


async def ask(stack: Stack, target: str, key: str = ADMIN_A, method: str = "GET") -> Got:
    return await stack.ask(method, target, *((("x-api-key", key),) if key else ()))


async def test_calls_are_listed_with_the_names_of_the_protos(stack: Stack) -> None:
    fill(stack)
    got = await ask(stack, f"{LOG}?page_size=7&page_token=e30%3D")
    assert (got.status, got["content-type"], got["cache-control"]) == (200, "application/json", "no-store")
    (one,) = got.json["executions"]
    assert got.json["next_page_token"] == "next"
    assert (one["id"], one["request_id"], one["trigger"], one["method"], one["path"]) == ("0" * 32, "r-1", "http", "GET", "/run")
    assert (one["status"], one["reason"], one["blame"]) == (None, "guest_trapped", "guest")
    assert (one["started_at"], one["usage"]["egress_bytes"], one["usage"]["host_calls"]) == (
        "2026-03-01T12:00:00.123456Z",
        1 << 40,
        {"storage": 3},
    )
    assert one["usage"]["host_failures"] == [{"interface": "http", "reason": "egress_denied", "blame": "guest", "count": 2}]
    assert "lines" not in one
    (asked,) = stack.registry.asked
    assert (asked.tenant_id, asked.install, asked.page_size, asked.page_token) == ("tenant-a", EXTENSION, 7, "e30=")


@pytest.mark.parametrize("reference", ["0" * 32, "r-1"])
async def test_one_call_has_its_lines(stack: Stack, reference: str) -> None:
    fill(stack)
    got = await ask(stack, f"{LOG}/{reference}")
    assert got.json["lines"] == [
        {"at": "1970-01-01T00:00:00Z", "level": "error", "stream": "stderr", "message": "</script>\u2028", "truncated": True}
    ]
    assert got.json["lines_truncated"] is False


async def test_usage_by_day(stack: Stack) -> None:
    fill(stack)
    got = await ask(stack, f"{USAGE}?days=3")
    (day,) = got.json["days"]
    assert (day["day"], day["executions"], day["failures_by_blame"], day["host_calls"]) == ("2026-03-01", 2, {"guest": 1}, {})
    assert stack.registry.asked[0].days == 3


@pytest.mark.parametrize("target", [LOG, f"{LOG}/r-1", USAGE])
@pytest.mark.parametrize(
    ("key", "status"), [("", 401), ("alga_nobody", 401), (KEY_A, 403), (KEY_OPERATOR, 403), (KEY_B, 404), (ADMIN_A, 200)]
)
async def test_only_admins_of_the_installs_tenant_read(stack: Stack, target: str, key: str, status: int) -> None:
    fill(stack)
    got = await ask(stack, target, key)
    assert got.status == status
    assert all(asked.tenant_id == ("tenant-b" if key == KEY_B else "tenant-a") for asked in stack.registry.asked)


async def test_the_head_of_an_answer_and_other_methods(stack: Stack) -> None:
    assert (await ask(stack, LOG, method="HEAD")).status == 200
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        got = await ask(stack, LOG, method=method)
        assert (got.status, got["allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize(
    ("target", "status", "field"),
    [
        (f"{LOG}?page_size=201", 400, "page_size"),
        (f"{LOG}?page_size=-1", 400, "page_size"),
        (f"{LOG}?page_size=%D9%A3", 400, "page_size"),
        (f"{LOG}?page_size=1&page_size=1", 400, "page_size"),
        (f"{LOG}?page_token=%zz", 400, "page_token"),
        (f"{LOG}?tenant_id=tenant-b", 400, "query"),
        (f"{LOG}/r-1?x=1", 400, "query"),
        (f"{USAGE}?days=401", 400, "days"),
        (f"{USAGE}?days=99999999999999999999", 400, "days"),
        (f"{LOG}/a%20b", 404, ""),
        (f"{LOG}/r-1/more", 404, ""),
        (f"{LOG}/", 404, ""),
        ("/api/v1/installs/", 404, ""),
        ("/api/v1/installs/..%2f/usage", 404, ""),
        (f"/api/v1/installs/{EXTENSION}", 404, ""),
        (f"/api/v1/installs/{EXTENSION}/secrets-of-all", 404, ""),
    ],
)
async def test_bad_targets_are_refused_by_name(stack: Stack, target: str, status: int, field: str) -> None:
    got = await ask(stack, target)
    assert got.status == status
    if field:
        assert [violation["field"] for violation in got.json["violations"]] == [field]
    assert not [asked for asked in stack.registry.asked if asked.tenant_id != "tenant-a"]


@given(st.text(max_size=40), st.sampled_from(["a", "page_size", ""]))
def test_queries_are_read_or_refused(query: str, name: str) -> None:
    try:
        found = parameters(query, ("a", "page_size"))
        assert set(found) <= {"a", "page_size"}
        assert 0 <= number(found, name, most=7) <= 7
    except Fault as fault:
        assert fault.reason is Reason.INVALID_ARGUMENT
