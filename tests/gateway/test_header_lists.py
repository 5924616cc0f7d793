"""Which header fields reach the guest and which the client: every line of both lists, on every kind of path to extensions."""

from pathlib import Path
from unittest.mock import MagicMock

import pytest

from gateway.table import table
from tests.gateway.conftest import EXTENSION, KEY_A, Stack, Start
from tests.gateway.http import Got
from tests.gateway.service import SECRET, asking, envelope

Fields = tuple[tuple[str, str], ...]
LANES = ("/api/ext", "/api/ext-proxy")
AUTH = ("x-api-key", KEY_A)


async def through(stack: Stack, lane: str, *fields: tuple[str, str], method: str = "GET") -> Got:
    path = "/items" if method in {"GET", "HEAD", "POST"} else "/items/7"
    return await stack.ask(method, f"{lane}/{EXTENSION}{path}", AUTH, *fields, body=None if method in {"GET", "HEAD"} else b"")


def of_guest(stack: Stack) -> list[tuple[str, str]]:
    return [(item.name, item.value) for item in stack.runner.calls[-1].http.headers]


# Of the client's fields, in any case, those pass.
TO_GUEST = [
    ("accept", "text/html, */*;q=0.1"),
    ("Content-Type", "application/x-acme; v=1"),
    ("accept-encoding", "gzip, br"),
    ("USER-AGENT", "caf\u00e9/1.0 (x)"),
    ("X-Idempotency-Key", "mine"),
    ("x-request-id", "mine.1_A-b"),
]
# Of all others none does: a line of each kind.
NOT_TO_GUEST = [
    ("Authorization", f"Bearer {KEY_A}"),
    ("Cookie", "session=1"),
    ("Set-Cookie", "session=1"),
    ("Proxy-Authorization", "Basic eDp5"),
    ("connection", "keep-alive"),
    ("keep-alive", "timeout=5"),
    ("proxy-connection", "keep-alive"),
    ("te", "trailers"),
    ("trailer", "x"),
    ("upgrade", "h2c"),
    ("x-alga-role", "admin"),
    ("x-alga-user", "u"),
    ("x-alga-install", "i"),
    ("x-tenant-id", "tenant-a"),
    ("x-runner-service-token", SECRET),
    ("x-user-id", "u"),
    ("x-user-email", "u@example.com"),
    ("x-user-roles", "tenant_admin"),
    ("x-client-id", "c"),
    ("x-ext-install-id", "i"),
    ("x-ext-a", "1"),
    ("forwarded", "for=192.0.2.1"),
    ("x-forwarded-for", "192.0.2.1"),
    ("x-forwarded-host", "elsewhere"),
    ("x-real-ip", "192.0.2.1"),
    ("via", "1.1 a"),
    ("origin", "https://app.example.com"),
    ("referer", "https://app.example.com/"),
    ("accept-language", "de"),
    ("if-none-match", '"1"'),
    ("range", "bytes=0-1"),
    ("content-encoding", "identity"),
    ("x-http-method-override", "DELETE"),
    ("user_agent", "x"),
    ("accept-", "x"),
    ("x-accept", "x"),
]
OURS = {"x-request-id", "x-alga-tenant", "x-alga-extension"}


@pytest.mark.parametrize("lane", LANES)
@pytest.mark.parametrize(("name", "value"), TO_GUEST)
async def test_fields_that_reach_the_guest(stack: Stack, lane: str, name: str, value: str) -> None:
    assert (await through(stack, lane, (name, value))).status == 200
    found = of_guest(stack)
    assert (name.lower(), value) in found
    assert {field for field, _ in found} == OURS | {name.lower()}


@pytest.mark.parametrize("lane", LANES)
@pytest.mark.parametrize(("name", "value"), NOT_TO_GUEST)
async def test_fields_that_do_not_reach_the_guest(stack: Stack, lane: str, name: str, value: str) -> None:
    shown = () if name == "Authorization" else (AUTH,)
    fields = ((name, value), ("accept", "a"))
    got = await stack.ask("GET", f"{lane}/{EXTENSION}/items", *shown, *fields)
    assert got.status == 200
    found = of_guest(stack)
    assert [field for field, _ in found] == ["x-request-id", "x-alga-tenant", "x-alga-extension", "accept"]


@pytest.mark.parametrize("lane", LANES)
async def test_what_the_gateway_alone_says_no_client_says(stack: Stack, lane: str) -> None:
    forged = (("x-alga-extension", "com.acme.other"), ("X-Alga-Extension", "id-x"), ("x-alga-tenant", "tenant-a"))
    assert (await through(stack, lane, *forged, ("x-request-id", "r"))).status == 200
    said = [("x-request-id", "r"), ("x-alga-tenant", "tenant-a"), ("x-alga-extension", f"id-{EXTENSION}")]
    assert of_guest(stack) == said
    got = await through(stack, lane, ("x-alga-tenant", "tenant-b"))
    assert (got.status, got.code, len(stack.runner.calls)) == (403, "tenant_mismatch", 1)


@pytest.mark.parametrize("lane", LANES)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
async def test_all_methods_but_reads_have_a_key(stack: Stack, lane: str, method: str) -> None:
    keys = []
    for _ in range(2):
        assert (await through(stack, lane, method=method)).status == 200
        keys += [value for name, value in of_guest(stack) if name == "x-idempotency-key"]
    assert len(keys) == len(set(keys)) == (0 if method in {"GET", "HEAD"} else 2)


async def test_of_two_request_ids_the_first_counts(stack: Stack) -> None:
    got = await through(stack, "/api/ext", ("x-request-id", "one"), ("X-Request-Id", "two"))
    assert got["x-request-id"] == "one"
    assert [value for name, value in of_guest(stack) if name == "x-request-id"] == ["one"]


# The gateway's own, on every answer to a call.
OWN = {
    *("ratelimit", "ratelimit-policy", "x-request-id", "server", "date", "x-content-type-options"),
    *("content-security-policy", "content-length", "cache-control"),
    "connection",  # our client asks for its end
}
TO_CLIENT = [
    ("Content-Type", "text/html; charset=utf-8"),
    ("cache-control", "private, max-age=60"),
    ("ETag", 'W/"1"'),
    ("content-disposition", "attachment; filename=a.txt"),
    ("Vary", "accept"),
    ("x-ext-warning", "caf\u00e9"),
    ("X-Ext-Request-Id", "of the guest"),
]
HOP_BY_HOP = [
    ("connection", "close, x-ext-a"),
    ("keep-alive", "timeout=5"),
    ("proxy-authenticate", "Basic"),
    ("proxy-authorization", "Basic eDp5"),
    ("te", "trailers"),
    ("trailer", "x"),
    ("Transfer-Encoding", "chunked"),
    ("upgrade", "h2c"),
]
NOT_TO_CLIENT = [
    ("set-cookie", "a=1"),
    ("Set-Cookie", "a=1; Path=/; HttpOnly"),
    ("set-cookie2", "a=1"),
    *HOP_BY_HOP,
    ("proxy-connection", "close"),
    ("content-length", "1000000"),
    ("content-encoding", "identity"),
    ("authorization", "Bearer x"),
    ("cookie", "a=1"),
    ("x-api-key", "x"),
    ("x-alga-tenant", "tenant-b"),
    ("x-alga-extension", "other"),
    ("x-alga-anything", "1"),
    ("x-idempotency-key", "1"),
    ("x-idempotency-replayed", "true"),
    ("x-request-id", "forged"),
    ("ratelimit", "forged"),
    ("ratelimit-policy", "forged"),
    ("retry-after", "1"),
    ("server", "forged"),
    ("date", "forged"),
    ("allow", "GET"),
    ("last-modified", "Mon, 01 Jan 2029 00:00:00 GMT"),
    ("expires", "Mon, 01 Jan 2029 00:00:00 GMT"),
    ("content-security-policy", "script-src *"),
    ("x-content-type-options", "forged"),
    ("access-control-allow-origin", "*"),
    ("access-control-allow-credentials", "true"),
    ("strict-transport-security", "max-age=1"),
    ("refresh", "0; url=//evil.example"),
    ("link", "</x>; rel=preload"),
    ("www-authenticate", "Basic"),
    ("clear-site-data", '"*"'),
    ("service-worker-allowed", "/"),
    ("x-frame-options", "DENY"),
    ("x-other", "1"),
    ("x-ext", "1"),
    ("x-ext-", "1"),
    ("x-ext-a b", "1"),
    ("x-ext-a:b", "1"),
    ("x-ext-" + "a" * 121, "1"),
    ("set-cookie\r\nx", "1"),
    ("", "1"),
]


@pytest.mark.parametrize("lane", LANES)
@pytest.mark.parametrize(("name", "value"), TO_CLIENT)
async def test_fields_that_reach_the_client(stack: Stack, lane: str, name: str, value: str) -> None:
    stack.runner.answers(200, ((name, value),))
    got = await through(stack, lane)
    assert got[name.lower()] == value
    assert {field for field, _ in got.fields} == OWN | {"content-type", name.lower()}


@pytest.mark.parametrize("lane", LANES)
async def test_a_location_reaches_the_client_below_the_lane(stack: Stack, lane: str) -> None:
    stack.runner.answers(201, (("Location", "/items/7"),))
    assert (await through(stack, lane))["location"] == f"{lane}/{EXTENSION}/items/7"
    stack.runner.answers(201, (("Location", "https://evil.example/"),))
    assert not (await through(stack, lane)).all("location")


@pytest.mark.parametrize("lane", LANES)
@pytest.mark.parametrize(("name", "value"), NOT_TO_CLIENT)
async def test_fields_that_do_not_reach_the_client(stack: Stack, lane: str, name: str, value: str) -> None:
    stack.runner.answers(200, ((name, value), ("content-type", "text/plain")))
    got = await through(stack, lane, ("x-request-id", "mine"))
    assert got.status == 200
    assert {field for field, _ in got.fields} == OWN | {"content-type"}
    assert (got["x-request-id"], got["server"], got["content-length"], got["connection"]) == ("mine", "alga-gateway", "2", "close")
    assert got["content-security-policy"].startswith("sandbox;")
    assert "forged" not in {field for _, field in got.fields}


async def test_fields_that_may_stand_twice_do(stack: Stack) -> None:
    stack.runner.answers(200, (("x-ext-a", "1"), ("X-Ext-A", "2"), ("vary", "accept"), ("vary", "origin")))
    got = await through(stack, "/api/ext")
    assert (got.all("x-ext-a"), got.all("vary")) == (["1", "2"], ["accept, origin"])


# `/v1/execute`: the guest gets the same; to the server that asks the guest's fields are told, in an envelope.


async def test_a_server_that_asks_gives_the_guest_the_same_fields_and_no_others(start: Start, tmp_path: Path) -> None:
    async with asking(start, tmp_path) as stack:
        kept = {name: value for name, value in TO_GUEST if name != "x-request-id"}
        dropped = {name: value for name, value in NOT_TO_GUEST if name not in {"content-encoding"}}
        forged = {"x-alga-tenant": "tenant-b", "X-Alga-Extension": "other", "x-request-id": "forged", "x-api-key": KEY_A}
        shown = (("x-request-id", "mine"), ("cookie", "a=1"), ("user-agent", "of the server"))
        told = await envelope(stack, *shown, headers={**dropped, **forged, **kept})
        assert (told["status"], told["error"]) == (200, None)
        ours = [("x-request-id", "mine"), ("x-alga-tenant", "tenant-a"), ("x-alga-extension", f"id-{EXTENSION}")]
        assert of_guest(stack) == [*ours, *((name.lower(), value) for name, value in kept.items())]


async def test_a_server_that_asks_hears_no_cookie_and_nothing_about_the_connection(start: Start, tmp_path: Path) -> None:
    async with asking(start, tmp_path) as stack:
        kept = [*((name, value) for name, value in TO_CLIENT), ("location", "/items/7"), ("x-other", "1")]
        dropped = [("set-cookie", "a=1"), *HOP_BY_HOP, ("content-length", "9"), ("content-encoding", "identity")]
        stack.runner.answers(201, (*kept, *dropped, ("x-ext-twice", "1"), ("X-Ext-Twice", "2")))
        told = await envelope(stack)
        assert told["status"] == 201
        left = {name: told["headers"].pop(name) for name in ("ratelimit", "ratelimit-policy")}  # the gateway's own
        assert all(left.values())
        assert told["headers"] == {name.lower(): value for name, value in kept} | {"x-ext-twice": ["1", "2"]}


ROWS = table(MagicMock())


@pytest.mark.parametrize(("method", "path"), [(method, row.pattern) for row in ROWS for method in row.methods])
async def test_every_answer_has_the_request_id_and_the_fields_of_its_route(stack: Stack, method: str, path: str) -> None:
    real = path.replace("{extension}", EXTENSION).replace("{path*}", "items").replace("{install}", EXTENSION)
    got = await stack.ask(
        method, real.replace("{", "a").replace("}", "z"), ("x-request-id", "mine"), body=b"" if method == "POST" else None
    )
    assert (got["x-request-id"], got["server"], got["x-content-type-options"]) == ("mine", "alga-gateway", "nosniff")
    assert got["content-security-policy"].startswith("sandbox")
    assert not got.all("set-cookie")
