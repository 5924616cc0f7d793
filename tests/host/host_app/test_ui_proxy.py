"""`ui-proxy` through a real guest: which routes reach the host application, and as what."""

from typing import Any

import pytest

from gen.alga.common.v1.context_pb2 import CallContext, User
from kernel.grants import Limits
from runner.backends.host_app.connection import MAX_ANSWER_BYTES, MAX_REQUEST_BYTES
from runner.backends.host_app.routes import MAX_ROUTE
from runner.engine.values import Enum, Err, Ok
from tests.guests.typed import CALL_ROUTE
from tests.host.host_app.conftest import Host
from tests.host.host_app.site import breaks_off

pytestmark = pytest.mark.asyncio(loop_scope="session")
MISSING, DENIED, BAD, INTERNAL = (Err(Enum(case)) for case in ("route-not-found", "denied", "bad-request", "internal"))


async def test_a_route_without_a_payload_is_a_get(host: Host) -> None:
    host.site.says(200, b"\x00any bytes\xff")
    user = User(user_id="u-1", email="j\u00fcrgen@x", type="client", name="J", client_name="C")
    assert await host.call(CALL_ROUTE, "/api/v1/tickets?a=1&b=%20x", None, context=CallContext(request_id="r-9", user=user)) == Ok(
        b"\x00any bytes\xff"
    )
    (seen,) = host.site.seen
    assert (seen.method, seen.target, seen.body) == ("GET", "/proxied/api/v1/tickets?a=1&b=%20x", b"")
    headers = dict(seen.headers)
    headers.pop("host")
    assert headers == {
        "x-request-id": "r-9",
        "x-alga-tenant": "t1",
        "x-alga-extension": "e1",
        "x-ext-install-id": "i1",
        "x-ext-version-id": "v1",
        "x-user-id": "u-1",
        "x-user-email": "j\u00fcrgen@x",
        "accept-encoding": "identity",
    }


async def test_a_route_with_a_payload_is_a_post(host: Host) -> None:
    host.site.says(204, b"")
    for payload in (b'{"a":1}', b""):
        assert await host.call(CALL_ROUTE, "/save", payload) == Ok(b"")
    first, second = host.site.seen
    assert (first.method, first.target, first.body, first.headers["content-type"]) == (
        "POST",
        "/proxied/e1/save",
        b'{"a":1}',
        "application/json",
    )
    assert (second.method, second.body) == ("POST", b"")
    assert not {"x-runner-auth", "x-user-id", "x-api-key"} & set(first.headers)


@pytest.mark.parametrize(
    ("route", "target"),
    [
        ("/api/x", "/proxied/api/x"),
        ("api/x", "/proxied/api/x"),
        ("/api", "/proxied/e1/api"),
        ("/API/x", "/proxied/e1/API/x"),
        ("/apix/y", "/proxied/e1/apix/y"),
        ("x", "/proxied/e1/x"),
        ("/x/", "/proxied/e1/x/"),
        ("?q=1", "/proxied/e1/?q=1"),
        ("/x?u=https://a/../b", "/proxied/e1/x?u=https://a/../b"),
        ("/gr\u00fcn x", "/proxied/e1/gr%C3%BCn%20x"),
        ("/a%20b/100%/%zz", "/proxied/e1/a%20b/100%/%zz"),
        ("/.../..x/.y", "/proxied/e1/.../..x/.y"),
        ("/x//y", "/proxied/e1/x//y"),
        ("/internal/x", "/proxied/e1/internal/x"),
    ],
)
async def test_where_routes_lead(host: Host, route: str, target: str) -> None:
    host.site.says(200, b"ok")
    assert await host.call(CALL_ROUTE, route, None) == Ok(b"ok")
    assert host.site.seen[0].target == target


BAD_ROUTES = [
    "",
    ".",
    "..",
    "/..",
    "/../x",
    "/api/../x",
    "/api/x/%2e%2e/%2e%2e/y",
    "/api%2f..%2fx",
    "/x/../../y",
    "/./x",
    "/x/..",
    "/%2e%2e/x",
    "/.%2E/x",
    "/%252e%252e/x",
    "/%25252e%25252e/x",
    "/x%2f..%2fy",
    "/x%252f%252e%252e%252fy",
    "/..;/x",
    "/..;a=b/x",
    "/%2e%2e%3b/x",
    "\\x",
    "/x\\..\\y",
    "/x%5c..%5cy",
    "/x%255cy",
    "/x\x00",
    "/x\n/y",
    "/x%0d%0ahost:%20evil",
    "/x%00",
    "/x\x7f",
    "/x?a\r\nb",
    "/x?a\\b",
    "//evil.example/x",
    "///x",
    "https://evil.example/",
    "HTTP:x",
    "file:///etc/passwd",
    "javascript:x",
    "/x#y",
    "/%25252525252525252e/x",
    "/" + "x" * MAX_ROUTE,
]


@pytest.mark.parametrize("route", BAD_ROUTES)
async def test_routes_that_could_leave_are_refused_here(host: Host, route: str) -> None:
    assert await host.call(CALL_ROUTE, route, None) == BAD
    assert host.site.seen == []


@pytest.mark.parametrize(
    "route",
    [
        "/api/internal/ext-clients/install/i2",
        "api/internal/x",
        "/api/internal",
        "/api/INTERNAL/x",
        "/api//internal/x",
        "/api/%69nternal/x",
        "/api/%2569nternal/x",
        "/api/;a/internal/x",
        "/api/internal%2fx",
    ],
)
async def test_the_endpoints_of_runners_are_not_for_guests(host: Host, route: str) -> None:
    assert await host.call(CALL_ROUTE, route, None) == DENIED
    assert host.site.seen == []


async def test_denied_and_over_budget_nothing_is_asked(host: Host) -> None:
    assert await host.call(CALL_ROUTE, "/x", None, capabilities=frozenset({"cap:client.read"})) == DENIED
    assert await host.call(CALL_ROUTE, "/x", None, limits=Limits(timeout_ms=5_000, host_bytes=5)) == DENIED
    assert host.site.seen == []


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (401, DENIED),
        (403, DENIED),
        (429, DENIED),
        (404, MISSING),
        (400, BAD),
        (409, BAD),
        (418, BAD),
        (422, BAD),
        (301, INTERNAL),
        (302, INTERNAL),
        (304, INTERNAL),
        (307, INTERNAL),
        (500, INTERNAL),
        (502, INTERNAL),
        (503, INTERNAL),
    ],
)
async def test_refusals_of_the_host(host: Host, status: int, told: Err) -> None:
    host.site.says(status, b"words", {"location": f"http://127.0.0.1:{host.site.port}/elsewhere", "set-cookie": "a=b"})
    for payload in (None, b"{}"):
        assert await host.call(CALL_ROUTE, "/x", payload) == told
    assert [seen.target for seen in host.site.seen] == ["/proxied/e1/x"] * 2  # not followed
    assert not any("cookie" in seen.headers for seen in host.site.seen)


async def test_bodies_have_limits_both_ways(host: Host) -> None:
    host.site.says(200, b"x" * MAX_ANSWER_BYTES)
    assert await host.call(CALL_ROUTE, "/x", b"p" * MAX_REQUEST_BYTES) == Ok(b"x" * MAX_ANSWER_BYTES)
    assert host.site.seen[0].body == b"p" * MAX_REQUEST_BYTES
    assert await host.call(CALL_ROUTE, "/x", b"p" * (MAX_REQUEST_BYTES + 1)) == BAD
    assert len(host.site.seen) == 1
    host.site.says(200, b"x" * (MAX_ANSWER_BYTES + 1))
    assert await host.call(CALL_ROUTE, "/x", None) == INTERNAL


@pytest.mark.parametrize(("payload", "requests"), [(None, 2), (b"{}", 1)])
async def test_only_what_is_read_is_asked_for_again(host: Host, payload: Any, requests: int) -> None:
    host.site.answer = breaks_off
    assert await host.call(CALL_ROUTE, "/x", payload) == INTERNAL
    assert len(host.site.seen) == requests
