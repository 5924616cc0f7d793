"""One call, from the client's bytes to the guest's answer and back."""

import asyncio
import json

import pytest

from gateway.handlers.execute import ALLOW
from gen.alga.common.v1.context_pb2 import TRIGGER_HTTP, User
from kernel.errors import TABLE, Fault, Reason
from kernel.grants import Limits
from tests.gateway.conftest import EXTENSION, KEY_A, KEY_B, KEY_OPERATOR, Stack, Start, eventually
from tests.gateway.fakes import Installed, says
from tests.gateway.http import connect, head, parse, read_answer, send


async def test_a_call_reaches_the_guest_and_its_answer_the_client(stack: Stack) -> None:
    stack.runner.answers(201, (("Content-Type", "application/json"), ("etag", '"1"')), b'{"a": 1}')
    got = await stack.call("POST", "/items?b=2&b=1&a", ("content-type", "text/plain"), ("x-request-id", "r-1"), body=b"body")
    assert (got.status, got.body, got["content-type"], got["etag"]) == (201, b'{"a": 1}', "application/json", '"1"')
    assert (got["x-request-id"], got["x-content-type-options"]) == ("r-1", "nosniff")
    (call,) = stack.runner.calls
    assert (call.http.method, call.http.url, call.http.body) == ("POST", "/items?b=2&b=1&a", b"body")
    assert (call.context.request_id, call.timeout_ms) == ("r-1", 10_000)
    assert call.context.trigger == TRIGGER_HTTP
    fields = {item.name: item.value for item in call.http.headers}
    label = fields.pop("x-idempotency-key")
    assert len(label) == 32
    assert fields == {
        "x-request-id": "r-1",
        "x-alga-tenant": "tenant-a",
        "x-alga-extension": f"id-{EXTENSION}",
        "content-type": "text/plain",
    }


async def test_the_user_is_the_one_of_the_key_and_never_the_clients_word(stack: Stack) -> None:
    user = User(
        user_id="u-1", email="jo@x", name="Jo", type="client", client_name="C", client_id="c", additional_fields={"b": "", "a": "1"}
    )
    stack.registry.users[KEY_A] = user
    stack.registry.installs["tenant-a", EXTENSION].client_portal = True
    said = ("x-user-id", "somebody-else"), ("x-user-email", "else@x"), ("x-user-type", "internal")
    for _ in range(2):  # asked, and remembered
        assert (await stack.call("GET", "/items", *said)).status == 200
    assert [call.context.user for call in stack.runner.calls] == [user, user]


async def test_a_key_of_nobody_brings_no_user(stack: Stack) -> None:
    said = ("x-user-id", "u"), ("x-user-email", "u@x"), ("x-alga-user", "u")
    assert (await stack.call("GET", "/items", *said)).status == 200
    assert not stack.runner.calls[0].context.HasField("user")


@pytest.mark.parametrize(
    ("sent", "url"),
    [
        ("/items/a%2Fb%20c", "/items/a%2Fb%20c"),
        ("/items/%7e", "/items/%7e"),
        ("/items/?", "/items/?"),
        ("//items", "/items"),
        ("/items?x=%00&y=../..&z=//", "/items?x=%00&y=../..&z=//"),
        ("/items?a?b", "/items?a?b"),
        ("/items/a+b", "/items/a+b"),
    ],
)
async def test_path_and_query_reach_the_guest_as_sent(stack: Stack, sent: str, url: str) -> None:
    assert (await stack.call("GET", sent)).status == 200
    assert stack.runner.calls[0].http.url == url


@pytest.mark.parametrize(
    "sent",
    ["/items/..", "/items/%2e%2E", "/items/./1", "/items/%00", "/items/%0a", "/items/%zz", "/items/%ff", "/items/a\\..\\b", "/%"],
)
async def test_paths_that_two_readers_could_read_differently_are_refused(stack: Stack, sent: str) -> None:
    got = await stack.call("GET", sent)
    assert (got.status, got.code) == (400, "invalid_argument")
    assert not stack.runner.calls


async def test_absolute_form_is_read_as_its_path(stack: Stack) -> None:
    got = await stack.ask("GET", f"http://somewhere.example/api/ext/{EXTENSION}/items?q", ("x-api-key", KEY_A))
    assert (got.status, stack.runner.calls[0].http.url) == (200, "/items?q")


async def test_unknown_and_not_installed_are_the_same_404_to_the_byte(stack: Stack) -> None:
    stack.registry.install(Installed("tenant-a", "com.acme.other"))
    answers = [
        await stack.call("GET", "/items", ("x-request-id", "same"), key=KEY_B),
        await stack.ask("GET", "/api/ext/com.acme.nowhere/items", ("x-api-key", KEY_B), ("x-request-id", "same")),
        await stack.ask("GET", "/api/ext/%zz/items", ("x-api-key", KEY_B), ("x-request-id", "same")),
        await stack.ask("GET", f"/api/ext/{'a' * 4_000}/items", ("x-api-key", KEY_B), ("x-request-id", "same")),
        await stack.ask("GET", "/api/ext//items", ("x-api-key", KEY_B), ("x-request-id", "same")),
    ]
    alike = {(got.status, got.body, tuple(field for field in got.fields if field[0] != "date")) for got in answers}
    assert len(alike) == 1
    assert (answers[0].status, answers[0].code) == (404, "extension_not_available")
    assert answers[0].json["error"] == "extension_not_available"
    assert b"same" not in answers[0].body


@pytest.mark.parametrize("reason", [Reason.EXTENSION_DISABLED, Reason.EXTENSION_REVOKED])
async def test_a_tenant_hears_what_is_with_its_own_install(stack: Stack, reason: Reason) -> None:
    stack.registry.install(Installed("tenant-a", EXTENSION, refusal=reason))
    got = await stack.call("GET", "/items")
    assert (got.status, got.code) == (404, reason.name.lower())


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/"), ("GET", ""), ("GET", "/Items"), ("PUT", "/items"), ("GET", "/items/1/2")]
)
async def test_undeclared_endpoints_are_404(stack: Stack, method: str, path: str) -> None:
    got = await stack.call(method, path)
    assert (got.status, got.code) == (404, "endpoint_not_found")
    assert not stack.runner.calls


async def test_a_handler_without_declared_endpoints_takes_every_path(stack: Stack) -> None:
    stack.registry.install(Installed("tenant-a", EXTENSION))
    assert (await stack.call("PATCH", "/any/thing")).status == 200


async def test_an_extension_without_a_handler_has_no_endpoints(stack: Stack) -> None:
    stack.registry.install(Installed("tenant-a", EXTENSION, (("GET", "/items", 0),), has_handler=False))
    assert (await stack.call("GET", "/items")).code == "endpoint_not_found"


async def test_head_is_get_without_the_body(stack: Stack) -> None:
    got = await stack.call("HEAD", "/items")
    assert (got.status, got.body, got["content-length"]) == (200, b"", "2")
    assert stack.runner.calls[0].http.method == "GET"


async def test_options_names_the_methods_without_credentials(stack: Stack) -> None:
    got = await stack.call("OPTIONS", "/items", key="")
    assert (got.status, got["allow"], got.body) == (204, ALLOW, b"")
    assert not stack.registry.resolves


@pytest.mark.parametrize("method", ["TRACE", "PROPFIND"])
async def test_other_methods_are_405(stack: Stack, method: str) -> None:
    got = await stack.call(method, "/items")
    assert (got.status, got.code, got["allow"]) == (405, "method_not_allowed", ALLOW)


async def test_credentials_and_cookies_never_reach_the_guest(stack: Stack) -> None:
    fields = [("Cookie", "c=1"), ("X-Api-Key", KEY_A), ("Authorization", f"Bearer {KEY_A}"), ("X-Alga-Tenant", "tenant-a")]
    fields += [("X-Alga-Extension", "forged"), ("X-Forwarded-For", "1.2.3.4"), ("Proxy-Authorization", "x"), ("X-Alga-Role", "x")]
    await stack.call("GET", "/items", *fields, ("accept", "a"), ("Accept", "b"), key="")
    seen = [(item.name, item.value) for item in stack.runner.calls[0].http.headers]
    assert seen[1:] == [("x-alga-tenant", "tenant-a"), ("x-alga-extension", f"id-{EXTENSION}"), ("accept", "a"), ("accept", "b")]


async def test_a_clients_idempotency_key_is_kept(stack: Stack) -> None:
    await stack.call("POST", "/items", ("x-idempotency-key", "mine"), body=b"")
    assert [item.value for item in stack.runner.calls[0].http.headers if item.name == "x-idempotency-key"] == ["mine"]
    assert not stack.runner.calls[0].http.HasField("body")


@pytest.mark.parametrize("sent", ["", "a b", "x" * 256, "k\u00e9"])
async def test_bad_idempotency_keys_are_refused(stack: Stack, sent: str) -> None:
    assert (await stack.call("POST", "/items", ("x-idempotency-key", sent), body=b"")).status == 400


@pytest.mark.parametrize("sent", [("x-request-id", "a b"), ("x-request-id", "x" * 129), ("x-request-id", "")])
async def test_bad_request_ids_are_replaced(stack: Stack, sent: tuple[str, str]) -> None:
    got = await stack.call("GET", "/nowhere", sent)
    assert len(got["x-request-id"]) == 32
    assert got["x-request-id"].encode() not in got.body


@pytest.mark.parametrize(("path", "limit", "expected"), [("/items/1", 0, 700), ("/items/1", 300, 300), ("/items/1", 60_000, 700)])
async def test_the_lowest_time_limit_wins(stack: Stack, path: str, limit: int, expected: int) -> None:
    (installed,) = stack.registry.installs.values()
    installed.limits = Limits(timeout_ms=limit)
    await stack.call("PATCH", path, body=b"")
    assert stack.runner.calls[0].timeout_ms == expected


async def test_a_runner_that_does_not_answer_in_time_is_504_and_its_call_is_cancelled(stack: Stack) -> None:
    async def never(request: object) -> object:
        await asyncio.Event().wait()
        return says()

    stack.runner.behave = never  # type: ignore[assignment]
    got = await stack.call("GET", "/slow")
    assert (got.status, got.code) == (504, "timeout")
    await asyncio.wait_for(stack.runner.cancelled.wait(), 10)


async def test_a_client_that_goes_away_cancels_the_call(stack: Stack) -> None:
    async def never(request: object) -> object:
        await asyncio.Event().wait()
        return says()

    stack.runner.behave = never  # type: ignore[assignment]
    _, writer = await connect(stack.address)
    writer.write(head("POST", f"/api/ext/{EXTENSION}/items", ("x-api-key", KEY_A), ("content-length", "0")))
    await asyncio.wait_for(stack.runner.entered.wait(), 10)
    writer.close()
    await asyncio.wait_for(stack.runner.cancelled.wait(), 10)
    stack.runner.answers()
    assert (await stack.call("GET", "/items")).status == 200


OUTSIDE = [
    (Reason.GUEST_TRAPPED, 502, "guest_trapped"),
    (Reason.GUEST_TIMED_OUT, 504, "guest_timed_out"),
    (Reason.GUEST_MEMORY_EXCEEDED, 502, "guest_memory_exceeded"),
    (Reason.GUEST_RESPONSE_TOO_LARGE, 502, "guest_response_too_large"),
    (Reason.GUEST_NOT_RUNNABLE, 502, "guest_not_runnable"),
    (Reason.EXECUTOR_LOST, 503, "executor_lost"),
    (Reason.OVERLOADED, 503, "overloaded"),
    (Reason.PAYLOAD_TOO_LARGE, 413, "payload_too_large"),
    (Reason.HEADERS_TOO_LARGE, 431, "headers_too_large"),
    (Reason.ENDPOINT_NOT_FOUND, 404, "endpoint_not_found"),
    (Reason.BUNDLE_INTEGRITY, 502, "bundle_integrity"),
    (Reason.SIGNER_UNTRUSTED, 502, "bundle_integrity"),
    (Reason.SIGNER_EXPIRED, 502, "bundle_integrity"),
    (Reason.SIGNER_REVOKED, 502, "bundle_integrity"),
    (Reason.CERTIFICATE_INVALID, 502, "bundle_integrity"),
    (Reason.STATEMENT_MISMATCH, 502, "bundle_integrity"),
    # What the runner blames on the gateway is not the client's fault.
    (Reason.UNAUTHENTICATED, 500, "internal"),
    (Reason.PERMISSION_DENIED, 500, "internal"),
    (Reason.GRANT_INVALID, 500, "internal"),
    (Reason.INVALID_ARGUMENT, 500, "internal"),
    (Reason.NOT_FOUND, 500, "internal"),
]


@pytest.mark.parametrize(("reason", "status", "code"), OUTSIDE)
async def test_failures_of_the_runner_as_clients_see_them(stack: Stack, reason: Reason, status: int, code: str) -> None:
    stack.runner.faults = [Fault(reason, log="/secret/path")]
    got = await stack.call("POST", "/items", body=b"x")
    assert (got.status, got.code) == (status, code)
    assert got["content-type"] == "application/problem+json"
    assert set(got.json) <= {"type", "title", "status", "code", "error", "detail", "violations"}
    assert b"secret" not in got.body
    assert got.all("retry-after") == (["1"] if reason is Reason.OVERLOADED else [])
    assert len(stack.runner.calls) == 1


async def test_every_reason_becomes_a_problem(stack: Stack) -> None:
    for reason in TABLE:
        stack.registry.install(Installed("tenant-a", EXTENSION, refusal=reason))
        got = await stack.call("GET", "/items")
        assert got.json["status"] == got.status >= 400


@pytest.mark.parametrize("reason", [Reason.GRANT_EXPIRED, Reason.GRANT_STALE, Reason.VERSION_REVOKED])
async def test_a_refused_grant_is_renewed_once(stack: Stack, reason: Reason) -> None:
    await stack.watched()
    resolved, called = stack.registry.resolves, len(stack.runner.calls)
    stack.runner.faults = [Fault(reason)]
    assert (await stack.call("POST", "/items", body=b"x")).status == 200
    assert (stack.registry.resolves - resolved, len(stack.runner.calls) - called) == (1, 2)


@pytest.mark.parametrize(
    ("reason", "status", "code"),
    [(Reason.GRANT_EXPIRED, 503, "unavailable"), (Reason.VERSION_REVOKED, 404, "extension_revoked")],
)
async def test_a_grant_that_is_refused_twice(stack: Stack, reason: Reason, status: int, code: str) -> None:
    stack.runner.faults = [Fault(reason), Fault(reason)]
    got = await stack.call("GET", "/items")
    assert (got.status, got.code, len(stack.runner.calls)) == (status, code, 2)


@pytest.mark.parametrize(("method", "calls", "status"), [("GET", 2, 200), ("DELETE", 1, 503)])
async def test_only_a_get_is_tried_again(stack: Stack, method: str, calls: int, status: int) -> None:
    stack.runner.faults = [Fault(Reason.UNAVAILABLE)]
    assert (await stack.call(method, "/items/1")).status == status
    assert len(stack.runner.calls) == calls


async def test_a_lost_executor_is_not_tried_again(stack: Stack) -> None:
    stack.runner.faults = [Fault(Reason.EXECUTOR_LOST)]
    assert (await stack.call("GET", "/items")).status == 503
    assert len(stack.runner.calls) == 1


async def test_a_gateway_with_the_wrong_token_does_not_blame_its_clients(start: Start) -> None:
    for wrong in ("runner_token", "registry_token"):
        async with start(**{wrong: "another"}) as stack:
            assert (await stack.call("GET", "/items")).code == "internal"


async def test_many_requests_on_one_connection(stack: Stack) -> None:
    reader, writer = await connect(stack.address)
    request = head("GET", f"/api/ext/{EXTENSION}/items", ("x-api-key", KEY_A))
    writer.write(request * 20)
    for _ in range(20):
        assert (await read_answer(reader)).status == 200
    writer.close()
    assert len({call.context.request_id for call in stack.runner.calls}) == 20


async def test_what_does_not_parse_is_a_problem_too(stack: Stack) -> None:
    for data in (b"nonsense\r\n\r\n", b"GET /livez HTTP/1.1\r\nhost: a\r\nbad header\r\n\r\n", b"GET /livez HTTP/1.1\r\n\r\n"):
        got = parse(await send(stack.address, data))
        assert (got.status, got["content-type"]) == (400, "application/problem+json")
        assert got["x-request-id"]
        assert b"nonsense" not in got.body


async def test_concurrent_callers_share_one_resolve(stack: Stack) -> None:
    release = asyncio.Event()
    inner = stack.registry.ResolveInstall

    async def slow(request: object, context: object) -> object:
        await release.wait()
        return await inner(request, context)

    stack.registry.ResolveInstall = slow  # type: ignore[method-assign]
    calls = [asyncio.create_task(stack.call("GET", "/items")) for _ in range(10)]
    await eventually(lambda: stack.registry.verifies >= 1)
    release.set()
    assert {got.status for got in await asyncio.gather(*calls)} == {200}


async def test_an_operators_key_calls_no_extension(stack: Stack) -> None:
    got = await stack.call("GET", "/items", key=KEY_OPERATOR)
    assert (got.status, got.code) == (403, "forbidden")


async def test_problems_are_json_of_the_documented_form(stack: Stack) -> None:
    got = await stack.call("GET", "/items", key="")
    assert json.loads(got.body) == {
        "type": "about:blank",
        "title": "Unauthorized",
        "status": 401,
        "code": "unauthenticated",
        "error": "unauthenticated",
        "detail": "Valid credentials are needed.",
    }
    assert got["www-authenticate"] == "Bearer"


async def test_undeclared_endpoints_pass_where_the_list_is_advice(start: Start) -> None:
    async with start(endpoints="advisory") as stack:
        assert (await stack.call("PUT", "/items/nowhere/else", body=b"")).status == 200
        assert (await stack.call("PATCH", "/items/1", body=b"")).status == 200
        assert [call.timeout_ms for call in stack.runner.calls] == [10_000, 700]  # what is listed keeps its own


async def test_where_the_list_is_off_it_says_nothing(start: Start) -> None:
    async with start(endpoints="off") as stack:
        assert (await stack.call("GET", "/nowhere")).status == 200
        assert (await stack.call("PATCH", "/items/1", body=b"")).status == 200
        assert [call.timeout_ms for call in stack.runner.calls] == [10_000, 10_000]


@pytest.mark.parametrize("mode", ["enforced", "advisory", "off"])
async def test_in_every_mode_there_must_be_a_handler_and_a_caller_who_may(start: Start, mode: str) -> None:
    async with start(endpoints=mode) as stack:
        stack.registry.install(Installed("tenant-a", EXTENSION))
        assert (await stack.call("PATCH", "/any/thing", body=b"")).status == 200  # lists none: takes every path
        stack.registry.install(Installed("tenant-a", "com.acme.page", (("GET", "/items", 0),), has_handler=False))
        got = await stack.ask("GET", "/api/ext/com.acme.page/items", ("x-api-key", KEY_A))
        assert got.code == "endpoint_not_found"
        assert (await stack.call("GET", "/items", key="")).status == 401


REFERENCE = [
    (Reason.GUEST_TRAPPED, "bad_gateway"),
    (Reason.GUEST_TIMED_OUT, "bad_gateway"),
    (Reason.BUNDLE_INTEGRITY, "bad_gateway"),
    (Reason.OVERLOADED, "access_policy_unavailable"),
    (Reason.PAYLOAD_TOO_LARGE, "payload_too_large"),
    (Reason.ENDPOINT_NOT_FOUND, "endpoint_not_found"),
]


@pytest.mark.parametrize(("reason", "error"), REFERENCE)
async def test_the_references_code_stands_beside_ours(stack: Stack, reason: Reason, error: str) -> None:
    stack.runner.faults = [Fault(reason)]
    got = await stack.call("POST", "/items", body=b"x")
    assert (got.code, got.json["error"]) == (reason.name.lower(), error)


@pytest.mark.parametrize("reason", [Reason.EXTENSION_DISABLED, Reason.EXTENSION_REVOKED])
async def test_the_reference_has_one_code_for_what_does_not_run(stack: Stack, reason: Reason) -> None:
    stack.registry.install(Installed("tenant-a", EXTENSION, refusal=reason))
    assert (await stack.call("GET", "/items")).json["error"] == "extension_not_available"
