"""`clients` through a real guest and runner, with a host application that does what the test says."""

import asyncio
from typing import Any

import pytest
from aiohttp import web

from gen.alga.common.v1.context_pb2 import CallContext, User
from kernel.errors import Fault, Reason
from kernel.grants import Limits
from runner.backends.host_app.connection import MAX_ANSWER_BYTES
from runner.engine.values import Enum, Err, Ok
from tests.guests.typed import described
from tests.host.host_app.conftest import Host
from tests.host.host_app.site import TOKEN, breaks_off

pytestmark = pytest.mark.asyncio(loop_scope="session")
LIST, GET = described("clients", "list-clients"), described("clients", "get-client")
ID = "8c9a2f5e-5b0f-4a34-9f0f-1b2c3d4e5f60"
NOTHING = {"search": None, "include-inactive": None, "page": None, "page-size": None}
TOLD = {
    "clientId": ID,
    "clientName": "Gr\u00fcn \U0001f33f",
    "isInactive": False,
    "clientType": None,
    "unknown": [1],
    "billingEmail": "b@x",
}
CLIENT = {
    "client-id": ID,
    "client-name": "Gr\u00fcn \U0001f33f",
    "client-type": None,
    "is-inactive": False,
    "default-currency-code": None,
    "account-manager-id": None,
    "account-manager-name": None,
    "billing-email": "b@x",
}
PAGE = {"items": [TOLD], "totalCount": 1, "page": 1, "pageSize": 25}
NOT_ALLOWED, INVALID, INTERNAL = (Err(Enum(case)) for case in ("not-allowed", "invalid-input", "internal"))


async def test_a_list_is_asked_for_as_the_contract_says_and_lifted(host: Host) -> None:
    host.site.says(200, PAGE)
    asked = {"search": "gr\u00fcn", "include-inactive": True, "page": 2, "page-size": 100}
    user = User(user_id="u-1", email="u@x", name="U", type="client", client_name="C")
    answer = await host.call(LIST, asked, context=CallContext(request_id="r-7", user=user))
    assert answer == Ok({"items": (CLIENT,), "total-count": 1, "page": 1, "page-size": 25})
    (seen,) = host.site.seen
    assert (seen.method, seen.target) == ("POST", "/api/internal/ext-clients/install/i1")
    assert seen.json() == {
        "operation": "list",
        "input": {"search": "gr\u00fcn", "includeInactive": True, "page": 2, "pageSize": 100},
        "user": {"userId": "u-1", "userType": "client"},
    }
    headers = dict(seen.headers)
    assert headers.pop("host").startswith("127.0.0.1:")
    assert headers.pop("content-length") == str(len(seen.body))
    assert headers == {
        "x-runner-auth": TOKEN,
        "x-request-id": "r-7",
        "x-alga-tenant": "t1",
        "x-alga-extension": "e1",
        "x-ext-install-id": "i1",
        "x-ext-version-id": "v1",
        "content-type": "application/json",
        "accept": "application/json",
        "accept-encoding": "identity",
    }


async def test_absent_members_are_left_out_and_pages_have_their_defaults(host: Host) -> None:
    host.site.says(200, {"items": [], "totalCount": 0, "page": 1, "pageSize": 25})
    assert await host.call(LIST, NOTHING) == Ok({"items": (), "total-count": 0, "page": 1, "page-size": 25})
    assert host.site.seen[0].json() == {"operation": "list", "input": {"page": 1, "pageSize": 25}}


async def test_one_client_and_none(host: Host) -> None:
    host.site.says(200, {"item": TOLD})
    assert await host.call(GET, ID) == Ok(CLIENT)
    assert host.site.seen[0].json() == {"operation": "get", "input": {"clientId": ID}}
    host.site.says(200, {"item": None})
    assert await host.call(GET, ID) == Ok(None)


async def test_without_the_capability_nothing_is_asked(host: Host) -> None:
    for function, argument in ((LIST, NOTHING), (GET, ID)):
        assert await host.call(function, argument, capabilities=frozenset({"cap:service.read"})) == NOT_ALLOWED
    assert host.site.seen == []


async def test_over_budget_nothing_is_asked(host: Host) -> None:
    assert await host.call(GET, ID, limits=Limits(timeout_ms=5_000, host_bytes=10)) == NOT_ALLOWED
    assert host.site.seen == []


@pytest.mark.parametrize(
    "changes",
    [{"search": "x" * 201}, {"page": 0}, {"page": 10_001}, {"page": 2**32 - 1}, {"page-size": 0}, {"page-size": 101}],
    ids=str,
)
async def test_input_beyond_the_contract_is_refused_here(host: Host, changes: dict[str, Any]) -> None:
    assert await host.call(LIST, NOTHING | changes) == INVALID
    assert host.site.seen == []


@pytest.mark.parametrize("changes", [{"search": "\U0001f33f" * 200}, {"page": 10_000}, {"page-size": 100}], ids=str)
async def test_the_limits_themselves_are_good(host: Host, changes: dict[str, Any]) -> None:
    host.site.says(200, PAGE)
    assert isinstance(await host.call(LIST, NOTHING | changes), Ok)


@pytest.mark.parametrize("client_id", ["", "x", ID[:-1], f"{ID}0", f" {ID}", "../../x", ID.replace("-", "")])
async def test_what_is_no_uuid_is_refused_here(host: Host, client_id: str) -> None:
    assert await host.call(GET, client_id) == INVALID
    assert host.site.seen == []


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (400, INVALID),
        (401, NOT_ALLOWED),
        (403, NOT_ALLOWED),
        (404, NOT_ALLOWED),
        (409, INTERNAL),
        (413, INVALID),
        (429, INTERNAL),
        (302, INTERNAL),
        (500, INTERNAL),
        (503, INTERNAL),
    ],
)
async def test_refusals_of_the_host(host: Host, status: int, told: Err) -> None:
    host.site.says(status, {"error": "no"}, {"location": f"http://127.0.0.1:{host.site.port}/elsewhere"})
    for function, argument in ((LIST, NOTHING), (GET, ID)):
        assert await host.call(function, argument) == told
    assert len(host.site.seen) == 2  # no redirect was followed, nothing repeated


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"item":' + b"[" * 100_000,
        b'{"item":{}}',
        b"\xff",
        {"item": "text"},
        {"item": [TOLD]},
        {"item": {name: value for name, value in TOLD.items() if name != "clientName"}},
        {"item": TOLD | {"clientId": 7}},
        {"item": TOLD | {"isInactive": "no"}},
        {"item": TOLD | {"billingEmail": {}}},
        b'{"item":{"clientId":"\\ud800","clientName":"x","isInactive":false}}',
        b"x" * (MAX_ANSWER_BYTES + 1),
    ],
    ids=range(14),
)
async def test_answers_that_the_contract_does_not_have(host: Host, body: Any) -> None:
    host.site.says(200, body)
    assert await host.call(GET, ID) == INTERNAL


@pytest.mark.parametrize(
    "changes", [{"totalCount": -1}, {"totalCount": 2**32}, {"page": 1.5}, {"items": None}, {"items": {}}], ids=str
)
async def test_lists_that_the_contract_does_not_have(host: Host, changes: dict[str, Any]) -> None:
    host.site.says(200, PAGE | changes)
    assert await host.call(LIST, NOTHING) == INTERNAL


async def test_compressed_answers_are_not_taken(host: Host) -> None:
    host.site.says(200, b"\x1f\x8b", {"content-encoding": "gzip"})
    assert await host.call(GET, ID) == INTERNAL


async def test_a_broken_connection_is_tried_once_more(host: Host) -> None:
    async def first_time_broken(request: web.BaseRequest) -> web.StreamResponse:
        if len(host.site.seen) == 1:
            return await breaks_off(request)
        return web.json_response({"item": None})

    host.site.answer = first_time_broken
    assert await host.call(GET, ID) == Ok(None)
    host.site.seen.clear()
    host.site.answer = breaks_off
    assert await host.call(GET, ID) == INTERNAL
    assert len(host.site.seen) == 2


async def test_a_host_that_is_gone(host: Host) -> None:
    await host.site.stop()
    try:
        assert await host.call(GET, ID) == INTERNAL
    finally:
        await host.site.start()
    host.site.says(200, {"item": None})
    assert await host.call(GET, ID) == Ok(None)


async def test_a_host_that_hangs_ends_with_the_calls_time(host: Host) -> None:
    never = asyncio.Event()

    async def hang(_request: web.BaseRequest) -> web.StreamResponse:
        await never.wait()
        raise AssertionError

    host.site.answer = hang
    with pytest.raises(Fault) as caught:
        await host.call(GET, ID, limits=Limits(timeout_ms=300))
    assert caught.value.reason is Reason.GUEST_TIMED_OUT
    assert len(host.site.seen) == 1


async def test_each_tenant_and_install_is_named_as_its_grant_says(host: Host) -> None:
    host.site.says(200, {"item": None})
    await host.call(GET, ID, tenant_id="t2", install_id="i/2?x")
    (seen,) = host.site.seen
    assert seen.target == "/api/internal/ext-clients/install/i%2F2%3Fx"
    assert seen.headers["x-alga-tenant"] == "t2"
