"""`/api/ext-proxy/…`: the same pipeline, and `__method` exactly where the reference has it."""

import json

import pytest

from gateway.override import MAX_BODY
from gen.alga.registry.v1 import install_pb2
from kernel.auth import Role
from tests.gateway.conftest import EXTENSION, KEY_A, Stack, Start
from tests.gateway.fakes import Installed, says
from tests.gateway.http import Got, connect, head, read_answer

JSON = ("content-type", "application/json")


async def proxy(stack: Stack, method: str, path: str, *fields: tuple[str, str], body: bytes | None = None, key: str = KEY_A) -> Got:
    shown = (("x-api-key", key),) if key else ()
    return await stack.ask(method, f"/api/ext-proxy/{EXTENSION}{path}", *shown, *fields, body=body)


async def test_it_is_the_same_pipeline(stack: Stack) -> None:
    stack.runner.answers(201, (("location", "/items/7"), ("set-cookie", "a=1"), ("x-ext-a", "1")), b"made")
    got = await proxy(stack, "POST", "/items?a=1&a=2", ("x-request-id", "r"), ("cookie", "c"), body=b"x")
    assert (got.status, got.body, got["location"], got["x-ext-a"]) == (201, b"made", f"/api/ext-proxy/{EXTENSION}/items/7", "1")
    assert not got.all("set-cookie")
    (call,) = stack.runner.calls
    assert (call.http.method, call.http.url, call.http.body, call.context.request_id) == ("POST", "/items?a=1&a=2", b"x", "r")
    assert "cookie" not in {item.name for item in call.http.headers}


@pytest.mark.parametrize(("sent", "url"), [("//items///7//?q", "/items/7?q"), ("/items/", "/items"), ("/items", "/items")])
async def test_empty_segments_do_not_count(stack: Stack, sent: str, url: str) -> None:
    assert (await proxy(stack, "GET", sent)).status == 200
    assert stack.runner.calls[0].http.url == url


@pytest.mark.parametrize(
    ("query", "body", "method", "url", "left"),
    [
        ("?__method=put", b'{"a": 1}', "PUT", "/items/7", b'{"a": 1}'),
        ("?a=1&__method=DELETE&b=", b"", "DELETE", "/items/7?a=1&b=", None),
        ("?__method=PUT", b'{"__method": "DELETE"}', "PUT", "/items/7", b'{"__method": "DELETE"}'),  # the query wins
        ("?__method=GET", b'{"a": 1}', "GET", "/items/7", None),
        ("", b'{"__method": "put", "a": [1.50, "\\u00e9"]}', "PUT", "/items/7", b'{"a": [1.50, "\\u00e9"]}'),
        ("", b'{"a": {"__method": "x"} , "__method":"PUT"}', "PUT", "/items/7", b'{"a": {"__method": "x"}}'),
        ("?q", b' {"__method": "delete"} ', "DELETE", "/items/7?q", None),
        ("", b'{"__method": "GET", "a": 1}', "GET", "/items/7", None),
    ],
)
async def test_a_post_may_stand_for_another_method(
    stack: Stack, query: str, body: bytes, method: str, url: str, left: bytes | None
) -> None:
    got = await proxy(stack, "POST", f"/items/7{query}", JSON, body=body)
    assert got.status == 200
    http = stack.runner.calls[0].http
    assert (http.method, http.url, http.body if http.HasField("body") else None) == (method, url, left)


@pytest.mark.parametrize(
    "body",
    [
        b'["__method"]',
        b'{"a": {"__method": "PUT"}}',
        b'{"__method": "PUT"',
        b'{"__method": "PUT"} x',
        b'{"__method": "PUT",}',
        b"[" * 100_000 + b'"__method"',
        b'{"__method": ' + b"[" * 100_000,
        b'\xff"__method"',
        b'"__method"',
    ],
)
async def test_what_is_no_object_that_says_one_stays_a_post_as_sent(stack: Stack, body: bytes) -> None:
    assert (await proxy(stack, "POST", "/items", JSON, body=body)).status == 200
    assert (stack.runner.calls[0].http.method, stack.runner.calls[0].http.body) == ("POST", body)


async def test_bodies_of_other_types_are_not_looked_into(stack: Stack) -> None:
    body = b'{"__method": "PUT"}'
    assert (await proxy(stack, "POST", "/items", ("content-type", "text/plain"), body=body)).status == 200
    assert (stack.runner.calls[0].http.method, stack.runner.calls[0].http.body) == ("POST", body)


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("?__method=HEAD", b""),
        ("?__method=", b""),
        ("?__method", b""),
        ("?__method=PUT&__method=PUT", b""),
        ("?__method=%zz", b""),
        ("", b'{"__method": 1}'),
        ("", b'{"__method": "OPTIONS"}'),
        ("", b'{"__method": "PUT", "__method": "GET"}'),
    ],
)
async def test_other_methods_and_two_of_them_are_refused(stack: Stack, query: str, body: bytes) -> None:
    got = await proxy(stack, "POST", f"/items{query}", JSON, body=body)
    assert (got.status, got.json["violations"][0]["field"]) == (400, "__method")
    assert not stack.runner.calls


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
async def test_only_a_post_stands_for_another(stack: Stack, method: str) -> None:
    await proxy(stack, method, "/items/7?__method=POST", JSON, body=None if method == "GET" else b'{"__method": "POST"}')
    assert (stack.runner.calls[0].http.method, stack.runner.calls[0].http.url) == (method, "/items/7?__method=POST")


async def test_direct_calls_have_no_override(stack: Stack) -> None:
    await stack.call("POST", "/items?__method=GET", JSON, body=b'{"__method": "GET"}')
    http = stack.runner.calls[0].http
    assert (http.method, http.url, http.body) == ("POST", "/items?__method=GET", b'{"__method": "GET"}')


async def test_nothing_is_read_before_the_caller_is_known(stack: Stack) -> None:
    reader, writer = await connect(stack.address)
    writer.write(head("POST", f"/api/ext-proxy/{EXTENSION}/items?__method=HEAD", JSON, ("content-length", "5000000")))
    assert (await read_answer(reader)).status == 401
    writer.close()


async def test_the_method_that_runs_is_the_one_that_is_decided_on(stack: Stack) -> None:
    # No endpoint for a PUT of the list, whatever the wire says.
    assert (await proxy(stack, "POST", "/items?__method=PUT", body=b"")).code == "endpoint_not_found"
    assert (await proxy(stack, "POST", "/items", JSON, body=b'{"__method": "PUT"}')).code == "endpoint_not_found"
    assert not stack.runner.calls
    assert stack.registry.keys[KEY_A][0] is Role.TENANT_CALLER


READS = install_pb2.AccessRules(roles=[install_pb2.RoleAccess(role="tenant_caller", read=True)])


@pytest.mark.parametrize("said", ["POST", "PUT", "PATCH", "DELETE", "delete"])
@pytest.mark.parametrize("in_query", [True, False])
async def test_who_may_only_read_may_not_say_a_method_that_writes(stack: Stack, said: str, in_query: bool) -> None:
    stack.registry.install(Installed("tenant-a", EXTENSION, access=READS))  # every method of every path is an endpoint
    query, body = (f"?__method={said}", b"") if in_query else ("", json.dumps({"__method": said}).encode())
    got = await proxy(stack, "POST", f"/items/7{query}", JSON, body=body)
    assert (got.status, got.code) == (403, "forbidden")
    assert not stack.runner.calls


async def test_who_may_only_read_reads_by_post_and_writes_in_no_way(stack: Stack) -> None:
    stack.registry.install(Installed("tenant-a", EXTENSION, access=READS))
    for query, body in (("?__method=GET", b""), ("", b'{"__method": "GET"}')):
        assert (await proxy(stack, "POST", f"/items{query}", JSON, body=body)).status == 200
    assert [call.http.method for call in stack.runner.calls] == ["GET", "GET"]
    override = ("x-http-method-override", "GET")
    assert (await proxy(stack, "POST", "/items", JSON, override, body=b"{}")).status == 403
    assert (await proxy(stack, "DELETE", "/items?__method=GET")).status == 403
    # Where there is no override, nothing that looks like one makes a POST a read.
    assert (await stack.call("POST", "/items?__method=GET", JSON, override, body=b'{"__method": "GET"}')).status == 403
    assert len(stack.runner.calls) == 2


async def test_a_body_that_may_say_a_method_is_bounded(stack: Stack) -> None:
    body = json.dumps({"__method": "PUT", "a": "x" * MAX_BODY}).encode()
    got = await proxy(stack, "POST", "/items/7", JSON, body=body)
    assert (got.status, got.code) == (413, "payload_too_large")
    assert (await proxy(stack, "POST", "/items/7?__method=PUT", JSON, body=body)).status == 200


async def test_a_get_by_post_is_public_for_no_cache(stack: Stack) -> None:
    stack.runner.answers(200, (("cache-control", "public, max-age=60"),))
    assert (await proxy(stack, "POST", "/items?__method=GET", body=b""))["cache-control"] == "private, max-age=60"


async def test_limits_of_bodies_hold(start: Start) -> None:
    async with start(max_body_bytes=10, body_seconds=0.05) as stack:
        assert (await proxy(stack, "POST", "/items", JSON, body=b"x" * 11)).status == 413
        reader, writer = await connect(stack.address)
        writer.write(head("POST", f"/api/ext-proxy/{EXTENSION}/items", ("x-api-key", KEY_A), ("content-length", "5")) + b"a")
        assert (await read_answer(reader)).status == 408
        writer.close()


async def test_options_and_head(stack: Stack) -> None:
    got = await proxy(stack, "OPTIONS", "/items", key="")
    assert (got.status, got.all("allow") != []) == (204, True)
    stack.runner.answers(200, (), b"abc")
    got = await proxy(stack, "HEAD", "/items")
    assert (got.status, got.body, got["content-length"]) == (200, b"", "3")
    assert says().status == 200
