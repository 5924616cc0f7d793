"""What the compatibility routes read of requests."""

import json
from typing import Any, Final

from multidict import CIMultiDict

from gateway.reply import Reply
from kernel import fields, strict_json
from kernel.errors import Fault, Reason

MAX_DEPTH: Final = 16
JSON_FIELDS: Final = {"content-type": "application/json", "cache-control": "no-store"}


def read_object(body: bytes | None, most: int) -> dict[str, Any]:
    """A JSON object of at most `most` bytes. Raises INVALID_ARGUMENT."""
    return strict_json.read_object(body or b"", name="body", reason=Reason.INVALID_ARGUMENT, max_bytes=most, max_depth=MAX_DEPTH)


def text_of(told: dict[str, Any], name: str, *, most: int, needed: bool = True) -> str:
    """A string of the object; empty where it is absent or null. Raises INVALID_ARGUMENT."""
    value = told.get(name)
    if value is None and not needed:
        return ""
    if not isinstance(value, str):
        raise Fault.invalid(name, "must be a string")
    return fields.text(value, name, least=1 if needed else 0, most=most)


def json_reply(status: int, document: Any, **notes: Any) -> Reply:
    """An answer."""
    return Reply(status, CIMultiDict(JSON_FIELDS), json.dumps(document).encode(), notes=notes)
