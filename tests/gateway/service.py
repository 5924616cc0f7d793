"""`/v1/execute` as the reference's own server calls it."""

import base64
import json
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

from tests.gateway.conftest import EXTENSION, Stack, Start
from tests.gateway.fakes import HASH
from tests.gateway.http import Got

SECRET = "the-service-token-of-the-host-applications-server"


def asking(start: Start, directory: Path, **changes: Any) -> AbstractAsyncContextManager[Stack]:
    """A stack that takes its token."""
    (directory / "service.token").write_text(SECRET)
    return start(host_token_files=(directory / "service.token",), **changes)  # type: ignore[no-any-return]


async def execute(stack: Stack, said: Mapping[str, Any], *shown: tuple[str, str], user: Any = None, limits: Any = None) -> Got:
    """A POST of `/items`, as far as `said` does not change that, for that user, within those limits."""
    context = {"tenant_id": "tenant-a", "extension_id": EXTENSION, "content_hash": str(HASH)}
    http = {"method": "POST", "path": "/items", "body_b64": base64.b64encode(b"x").decode(), **said}
    routing = (("x-alga-tenant", "tenant-a"), ("x-alga-extension", EXTENSION), ("x-runner-service-token", SECRET))
    document = json.dumps({"context": context, "http": http, "user": user, "limits": limits})
    return await stack.ask("POST", "/v1/execute", *routing, *shown, body=document.encode())


async def envelope(stack: Stack, *shown: tuple[str, str], user: Any = None, **said: Any) -> Any:
    """What it is answered."""
    got = await execute(stack, said, *shown, user=user)
    assert got.status == 200, got.body
    return got.json
