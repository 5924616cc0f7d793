"""`/openapi.json`: what all of this looks like, for anybody."""

import hashlib
from functools import cache
from importlib.resources import files
from typing import Final

from aiohttp import web
from multidict import CIMultiDict

from gateway.reply import Reply
from gateway.target import Target

FILE: Final = "openapi.json"


async def document(request: web.BaseRequest, at: Target) -> Reply:
    """The committed document."""
    content, etag = _content()
    fields = CIMultiDict({"etag": etag, "cache-control": "no-cache", "access-control-allow-origin": "*"})
    if request.headers.get("if-none-match") == etag:
        return Reply(304, fields)
    fields["content-type"] = "application/json"
    return Reply(200, fields, content)


@cache
def _content() -> tuple[bytes, str]:
    content = (files("gateway.openapi") / FILE).read_bytes()
    return content, f'"{hashlib.sha256(content).hexdigest()[:32]}"'
