"""`/openapi.json`: the committed document, and whether it is true of who is let in."""

import json
from pathlib import Path
from unittest.mock import MagicMock

import gateway.openapi
from gateway.handlers.document import FILE
from gateway.table import table
from tests.gateway.conftest import EXTENSION, Stack, Start
from tests.gateway.fakes import HASH

CONTENT = Path(gateway.openapi.__file__).with_name(FILE).read_bytes()
DOCUMENT = json.loads(CONTENT)
SECRET = "the-host-applications-own-token-of-today"


async def test_it_is_served_to_anybody(stack: Stack) -> None:
    got = await stack.ask("GET", "/openapi.json")
    assert (got.status, got.body, got["content-type"]) == (200, CONTENT, "application/json")
    again = await stack.ask("GET", "/openapi.json", ("if-none-match", got["etag"]))
    assert (again.status, again.body) == (304, b"")
    assert (await stack.ask("POST", "/openapi.json"))["allow"] == "GET, HEAD"


def schemes(pattern: str, method: str) -> set[str]:
    """The credentials that an operation takes, as the document says."""
    operation = DOCUMENT["paths"][pattern.replace("*}", "}")][method.lower()]
    return {name for ways in operation.get("security", DOCUMENT["security"]) for name in ways}


def target(pattern: str) -> str:
    """A path of it that could be right."""
    for name, value in {"path*": "items", "content_hash": str(HASH)}.items():
        pattern = pattern.replace(f"{{{name}}}", value)
    path = "/".join(EXTENSION if part.startswith("{") else part for part in pattern.split("/"))
    return f"{path}?tenantId=tenant-a&seconds=1" if path.endswith("/stream") else path


async def test_the_host_application_and_nobody_are_let_in_where_the_document_says_it(start: Start, tmp_path: Path) -> None:
    (tmp_path / "host.token").write_text(SECRET)
    shown: dict[str, tuple[tuple[str, str], ...]] = {  # API keys: tests/hostile/test_principals.py
        "nobody": (),
        "HostApplication": (("x-runner-auth", SECRET), ("x-alga-tenant", "tenant-a"), ("x-user-roles", "tenant_admin")),
    }
    async with start(host_token_files=(tmp_path / "host.token",), rate_per_peer=0) as stack:
        wrong = []
        for row in table(MagicMock()):
            for method in row.methods:
                takes = schemes(row.pattern, method)
                for who, fields in shown.items():
                    stack.runner.told.put_nowait(None)  # the stream ends at once
                    got = await stack.ask(method, target(row.pattern), *fields, body=b"" if method == "POST" else None)
                    if (got.status not in {401, 403}) != (not takes or who in takes):
                        wrong.append((method, row.pattern, who, got.status))
        assert wrong == []


def test_every_scheme_is_told() -> None:
    told = DOCUMENT["components"]["securitySchemes"]
    used = {name for place in DOCUMENT["paths"] for method in DOCUMENT["paths"][place] for name in schemes(place, method)}
    assert set(told) == used == {"ApiKey", "Bearer", "HostApplication", "HostCertificate", "ServiceToken"}
