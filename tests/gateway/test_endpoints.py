"""Which endpoint answers which path, on real sockets: each has a time of its own, by which the runner's call tells it."""

import pytest

from tests.gateway.conftest import EXTENSION, KEY_A, Stack
from tests.gateway.fakes import Installed

ENDPOINTS = [
    ("GET", "/"),
    ("GET", "/items/:id"),
    ("GET", "/items/new"),
    ("GET", "/:kind/new/"),
    ("GET", "items/:id/notes/:note"),
    ("GET", "/:a/:b/notes/1"),
    ("POST", "/items/:id"),
    ("GET", "/a b"),
    ("GET", "/caf\u00e9"),
    ("HEAD", "/head"),
    ("OPTIONS", "/options"),
]
TIMES = {endpoint: 1_000 + place for place, endpoint in enumerate(ENDPOINTS)}
MATCHES = [
    ("GET", "", "/"),
    ("GET", "/", "/"),
    ("GET", "///", "/"),
    ("HEAD", "/items/1", "/items/:id"),
    ("GET", "/items/1", "/items/:id"),
    ("GET", "//items/1", "/items/:id"),
    ("GET", "/items/1/", "/items/:id"),
    ("GET", "/items/1?id=new", "/items/:id"),
    ("GET", "/items/new", "/items/new"),
    ("GET", "/items/%6eew", "/items/new"),
    ("GET", "/things/new", "/:kind/new/"),
    ("GET", "/items/1/notes/1", "items/:id/notes/:note"),
    ("GET", "/x/1/notes/1", "/:a/:b/notes/1"),
    ("POST", "/items/new", "/items/:id"),
    ("GET", "/a%20b", "/a b"),
    ("GET", "/caf%C3%A9", "/caf\u00e9"),
    ("GET", "/items/a%2Fb", "/items/:id"),
    ("GET", "/%69tems/1", "/items/:id"),
    ("GET", "/items/:id", "/items/:id"),
    ("GET", "/items", None),
    ("GET", "/items//", None),
    ("GET", "/items/1/2", None),
    ("GET", "/Items/1", None),
    ("GET", "/items//notes/1", None),
    ("GET", "/items%2F1", None),
    ("GET", "/a%2520b", None),
    ("GET", "/a+b", None),
    ("PUT", "/items/1", None),
    ("POST", "/", None),
    ("GET", "/options", None),
]


@pytest.mark.parametrize(("method", "path", "expected"), MATCHES)
async def test_the_most_literal_endpoint_answers(stack: Stack, method: str, path: str, expected: str | None) -> None:
    stack.registry.install(Installed("tenant-a", EXTENSION, tuple((*one, ms) for one, ms in TIMES.items())))
    got = await stack.ask(method, f"/api/ext/{EXTENSION}{path}", ("x-api-key", KEY_A), body=b"" if method == "POST" else None)
    if expected is None:
        assert (got.status, got.code, got.json["error"]) == (404, "endpoint_not_found", "endpoint_not_found")
        assert not stack.runner.calls
        return
    assert got.status == 200
    assert [call.timeout_ms for call in stack.runner.calls] == [TIMES["GET" if method == "HEAD" else method, expected]]
