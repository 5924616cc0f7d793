"""`/ext-sdk/`: the scripts of this package, for any page, in the coding that its browser takes."""

import hashlib
from pathlib import Path

import pytest

import gateway.browser
from gateway.negotiation import MAX_CODINGS
from kernel.codings import CODINGS, decompress
from tests.gateway.conftest import Stack
from tests.gateway.test_assets import ALWAYS

BROWSER = Path(next(iter(gateway.browser.__path__)))
SCRIPTS = {script.name: script.read_bytes() for script in BROWSER.glob("*.js")}
FILE = "/ext-sdk/host-bridge.js"
BRIDGE = SCRIPTS["host-bridge.js"]


async def test_every_script_is_served_to_any_page(stack: Stack) -> None:
    assert SCRIPTS
    for name, content in SCRIPTS.items():
        got = await stack.ask("GET", f"/ext-sdk/{name}?v=1")
        assert (got.status, got.body) == (200, content)
        assert (got["content-type"], got["cache-control"]) == ("text/javascript; charset=utf-8", "no-cache")
        assert got["etag"] == f'"sha256-{hashlib.sha256(got.body).hexdigest()}"'
        assert {name: got[name] for name in ALWAYS} == ALWAYS
        assert not got.all("content-encoding")
        again = await stack.ask("GET", f"/ext-sdk/{name}", ("if-none-match", f"W/{got['etag']}"))
        assert (again.status, again.body, again["cache-control"], again["vary"]) == (304, b"", "no-cache", "accept-encoding")


@pytest.mark.parametrize("coding", CODINGS)
async def test_each_coding_is_a_smaller_form_with_a_tag_of_its_own(stack: Stack, coding: str) -> None:
    plain = await stack.ask("GET", FILE)
    got = await stack.ask("GET", FILE, ("accept-encoding", coding))
    assert (got["content-encoding"], got["vary"]) == (coding, "accept-encoding")
    assert len(got.body) < len(plain.body)
    assert decompress(got.body, coding, len(BRIDGE)) == BRIDGE
    assert got["etag"] == f'"sha256-{hashlib.sha256(got.body).hexdigest()}"' != plain["etag"]
    # What a client has in another form it does not have in this one.
    for tag, status in ((got["etag"], 304), (plain["etag"], 200)):
        assert (await stack.ask("GET", FILE, ("accept-encoding", coding), ("if-none-match", tag))).status == status
    head = await stack.ask("HEAD", FILE, ("accept-encoding", coding))
    assert (head.status, head.body, head["content-length"]) == (200, b"", str(len(got.body)))


@pytest.mark.parametrize(
    ("accepts", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, zstd", "zstd"),
        ("GZIP", "gzip"),
        ("x-gzip", "gzip"),
        ("gzip;q=1, br;q=0.5", "gzip"),
        ("gzip;q=0.2 , zstd ; q=0.3,br;q=0", "zstd"),
        ("br;q=0.001", "br"),
        ("*", "br"),
        ("*, br;q=0", "zstd"),
        ("br;q=0, *;q=0.1, identity;q=0", "zstd"),
        ("", ""),
        ("deflate", ""),
        ("br;q=0", ""),
        ("br;q=0.000", ""),
        ("*;q=0", ""),
        ("identity, br;q=0.5", ""),
        ("identity;q=0.5, br;q=0.5", "br"),
        ("br;q=2", ""),
        ("br;q=x", ""),
        ("br;level=1", ""),
        ("brotli, br2, b r", ""),
        (", ".join([*("x" for _ in range(MAX_CODINGS)), "br"]), ""),
    ],
)
async def test_the_client_chooses(stack: Stack, accepts: str, coding: str) -> None:
    got = await stack.ask("GET", FILE, ("accept-encoding", accepts))
    assert (got.status, got.all("content-encoding")) == (200, [coding] if coding else [])


async def test_fields_that_stand_twice_are_one_list(stack: Stack) -> None:
    got = await stack.ask("GET", FILE, ("accept-encoding", "deflate"), ("accept-encoding", "gzip"))
    assert got["content-encoding"] == "gzip"


@pytest.mark.parametrize(
    "path",
    [
        *("/ext-sdk/", "/ext-sdk", "/ext-sdk/none.js", "/ext-sdk/host-bridge.d.ts", "/ext-sdk/types", "/ext-sdk/types/index.d.ts"),
        *("/ext-sdk/../openapi.json", "/ext-sdk/..%2fhost-bridge.js", "/ext-sdk/HOST-BRIDGE.js", "/ext-sdk/host-bridge.js/"),
    ],
)
async def test_nothing_else_is_there(stack: Stack, path: str) -> None:
    assert (await stack.ask("GET", path)).code == "not_found"


async def test_other_methods(stack: Stack) -> None:
    got = await stack.ask("POST", FILE)
    assert (got.status, got["allow"]) == (405, "GET, HEAD")
