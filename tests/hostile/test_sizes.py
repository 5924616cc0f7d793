"""Too much of anything: 413 for a request body, 502 with a code of its own for an answer, 431 for headers; then a right call."""

from collections.abc import Iterator

import pytest

from gateway.headers import MAX_BYTES, MAX_FIELDS
from gateway.server import MAX_FIELD_BYTES
from gateway.settings import MAX_BODY_BYTES
from gateway.target import MAX_TARGET_BYTES
from tests.gateway.http import Got, head
from tests.hostile.calls import PREFIX, Gate

HASH = "sha256:" + "0" * 64
TOO_LARGE = "guest_response_too_large"
Fields = list[tuple[str, str]]


@pytest.fixture
def path(gate: Gate) -> Iterator[str]:
    """A route that answers with what it got, before and after."""
    found = f"{PREFIX}{gate.deploy('echo-limited', 'echo', limits={'request_bytes': 5_000, 'response_bytes': 4_000})}/run"
    yield found
    assert gate.demo("POST", found, body=b"as ever").body == b"as ever"


def authorised(gate: Gate) -> tuple[str, str]:
    return "x-api-key", gate.platform.key("demo-caller.key")


def refused(got: Got) -> tuple[int, str]:
    assert got["content-type"] == "application/problem+json"
    return got.status, got.code


def test_a_body_that_is_told_too_long_is_refused_before_it_comes(gate: Gate, path: str) -> None:
    got = gate.send(head("POST", path, authorised(gate), ("content-length", "5001")))
    assert refused(got) == (413, "payload_too_large")


@pytest.mark.parametrize("length", [str(MAX_BODY_BYTES + 1), "9" * 18])
def test_no_body_is_larger_than_the_gateways_limit(gate: Gate, length: str) -> None:
    echo = f"{PREFIX}{gate.deploy('sizes-echo', 'echo')}/run"
    got = gate.send(head("POST", echo, authorised(gate), ("content-length", length)))
    assert refused(got) == (413, "payload_too_large")


@pytest.mark.parametrize("size", [1, 100, 4_999, 5_001])
def test_a_chunked_body_is_refused_while_it_comes(gate: Gate, path: str, size: int) -> None:
    """Its end never comes; nobody waits for it."""
    chunks = (b"%x\r\n" % size + b"x" * size + b"\r\n") * (5_001 // size + 1)
    got = gate.send(head("POST", path, authorised(gate), ("transfer-encoding", "chunked")) + chunks)
    assert refused(got) == (413, "payload_too_large")


def test_a_body_as_large_as_the_limit_passes(gate: Gate, path: str) -> None:
    got = gate.demo("POST", path, body=b"x" * 5_000)
    assert refused(got) == (502, "guest_response_too_large")  # it is the answer that is too large


@pytest.mark.parametrize(("size", "status"), [(4_000, 200), (4_001, 502)])
def test_an_answer_over_the_guests_own_limit(gate: Gate, path: str, size: int, status: int) -> None:
    got = gate.demo("POST", path, body=b"x" * size)
    assert got.status == status
    if status == 502:
        assert refused(got) == (502, "guest_response_too_large")


@pytest.mark.parametrize(("size", "status"), [(2 << 20, 200), (10 << 20, 200), ((10 << 20) + 1, 502), (14 << 20, 502)])
def test_an_answer_over_the_platforms_limit(gate: Gate, size: int, status: int) -> None:
    name = gate.deploy("bigbody", "bigbody")
    got = gate.demo("POST", f"{PREFIX}{name}/run", body=size.to_bytes(4, "little"))
    assert (got.status, len(got.body) if status == 200 else got.code) == (status, size if status == 200 else TOO_LARGE)
    assert gate.demo("POST", f"{PREFIX}{name}/run", body=(3).to_bytes(4, "little")).body == b"xxx"


HEADERS: dict[str, Fields] = {
    "one more than the limit": [(f"x-{number}", "v") for number in range(MAX_FIELDS - 1)],  # and host, and the key
    "ten thousand": [(f"x-{number}", "v") for number in range(10_000)],
    "one name ten thousand times": [("x", "v")] * 10_000,
    "large together": [(f"x-{number}", "v" * 8_000) for number in range(MAX_BYTES // 8_000 + 1)],
    "one huge value": [("x-long", "v" * (MAX_FIELD_BYTES + 1))],
    "one value of a megabyte": [("x-long", "v" * (1 << 20))],
    "one huge name": [("x" * (MAX_FIELD_BYTES + 1), "v")],
    "a name of a megabyte": [("x" * (1 << 20), "v")],
    "a cookie of a megabyte": [("cookie", "v" * (1 << 20))],
    "a key of a megabyte": [("authorization", "Bearer alga_" + "v" * (1 << 20))],
}
FOR_EXTENSIONS = [HEADERS["one more than the limit"], HEADERS["large together"]]
BUFFERS = 60_000  # bytes that one side can send before the other reads


def turned_away(gate: Gate, data: bytes) -> bool:
    """Whether the request was refused as too large; one that is larger than all buffers together may also be cut off."""
    got = gate.flood(data)
    if got is None:
        return len(data) > BUFFERS
    assert got["content-type"] == "application/problem+json"
    return (got.status, got.code) == (431, "headers_too_large")


@pytest.mark.parametrize("route", ["call", "asset", "livez", "nowhere"])
@pytest.mark.parametrize("fields", HEADERS.values(), ids=HEADERS)
def test_headers(gate: Gate, path: str, route: str, fields: Fields) -> None:
    target = {"call": path, "asset": f"/ext-ui/com.example.echo/{HASH}/a.js", "livez": "/livez", "nowhere": "/nowhere"}[route]
    if route in {"livez", "nowhere"} and fields in FOR_EXTENSIONS:
        # Nothing of these routes is forwarded: they have the server's own limits alone.
        assert gate.send(head("GET", target, *fields)).status == {"livez": 200, "nowhere": 404}[route]
    else:
        assert turned_away(gate, head("GET", target, authorised(gate), *fields))


@pytest.mark.parametrize("size", [MAX_TARGET_BYTES, 1 << 20])
@pytest.mark.parametrize("route", [f"{PREFIX}com.example.echo/", f"/ext-ui/com.example.echo/{HASH}/", "/livez?", "/"])
def test_a_huge_request_line(gate: Gate, path: str, route: str, size: int) -> None:
    assert turned_away(gate, head("GET", route + "a" * size, authorised(gate)))


@pytest.mark.parametrize("size", [100, 1 << 20])
def test_a_huge_method(gate: Gate, path: str, size: int) -> None:
    got = gate.flood(head("A" * size, path, authorised(gate)))
    assert size > BUFFERS if got is None else got.status in {400, 405, 431}


def test_a_head_that_never_ends_holds_no_more_than_its_limit(gate: Gate, path: str) -> None:
    """Field after field without the empty line: the answer comes while they come."""
    flood = head("GET", path, authorised(gate))[:-2] + b"x-a: b\r\n" * 1_000
    assert turned_away(gate, flood)
