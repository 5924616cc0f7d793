"""`/openapi.json`: the committed document."""

from pathlib import Path

import gateway.openapi
from gateway.handlers.document import FILE
from tests.gateway.conftest import Stack


async def test_it_is_served_to_anybody(stack: Stack) -> None:
    got = await stack.ask("GET", "/openapi.json")
    assert (got.status, got.body, got["content-type"]) == (
        200,
        Path(gateway.openapi.__file__).with_name(FILE).read_bytes(),
        "application/json",
    )
    again = await stack.ask("GET", "/openapi.json", ("if-none-match", got["etag"]))
    assert (again.status, again.body) == (304, b"")
    assert (await stack.ask("POST", "/openapi.json"))["allow"] == "GET, HEAD"
