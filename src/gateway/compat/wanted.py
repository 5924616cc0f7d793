"""The body of the reference's `POST /v1/execute`, read: what is asked of which install, for whom."""

import base64
import binascii
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from gateway import target
from gateway.model import Headers
from kernel import fields, strict_json
from kernel import user as persons
from kernel.digest import Digest
from kernel.errors import Fault, Reason
from kernel.user import User

METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
MAX_DEPTH: Final = 16
MAX_LIST: Final = 128  # repeated keys and header fields
_Pairs = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A call that another host application's server asks for; an empty id and a `timeout_ms` of 0 are not told."""

    tenant_id: str
    extension: str
    install_id: str
    content_hash: Digest
    method: str
    path: str
    query: str | None
    headers: Headers
    body: bytes | None
    timeout_ms: int
    user: User | None


def read(body: bytes, most: int) -> Wanted:
    """Read it. Raises INVALID_ARGUMENT, HEADERS_TOO_LARGE (the URL).

    Not looked at: `config`, `providers`, `secret_envelope`, `limits.memory_mb`, `limits.fuel`, `version_id`, unknown members. The
    install's own configuration, grants, secrets and limits hold.
    """
    told = strict_json.read_object(body, name="body", reason=Reason.INVALID_ARGUMENT, max_bytes=most, max_depth=MAX_DEPTH)
    context, http, limits = _object(told, "context"), _object(told, "http"), _object(told, "limits", needed=False)
    method = _text(http, "http.method").upper()
    if method not in METHODS:
        raise Fault.invalid("http.method", f"must be one of {', '.join(METHODS)}")
    query = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in _pairs(http, "http.query"))
    path = _text(http, "http.path")
    if not path.startswith("/") or "?" in path:
        raise Fault.invalid("http.path", "must begin with '/', without a query")
    at = target.split(f"{path}?{query}" if query else path)
    return Wanted(
        tenant_id=fields.tenant_id(_text(context, "context.tenant_id"), "context.tenant_id"),
        extension=_text(context, "context.extension_id"),
        install_id=_text(context, "context.install_id", needed=False),
        content_hash=Digest.parse(_text(context, "context.content_hash"), "context.content_hash"),
        method=method,
        path=at.path,
        query=at.query,
        headers=tuple(_pairs(http, "http.headers")),
        body=_body(http),
        timeout_ms=_timeout(limits),
        user=_user(_object(told, "user", needed=False)) if told.get("user") is not None else None,
    )


def _object(told: dict[str, Any], name: str, *, needed: bool = True) -> dict[str, Any]:
    value = told.get(name)
    if value is None and not needed:
        return {}
    if not isinstance(value, dict):
        raise Fault.invalid(name, "must be an object")
    return value


def _text(told: dict[str, Any], place: str, *, needed: bool = True) -> str:
    value = told.get(place.rpartition(".")[2])
    if value is None and not needed:
        return ""
    if not isinstance(value, str):
        raise Fault.invalid(place, "must be a string")
    return value


def _pairs(told: dict[str, Any], place: str) -> _Pairs:
    """Names with a value each, or with a list of values: repeated ones are kept."""
    found: _Pairs = []
    for name, value in _object(told, place.rpartition(".")[2], needed=False).items():
        values = value if isinstance(value, list) else [value]
        if not all(isinstance(item, str) for item in values):
            raise Fault.invalid(place, "must have strings, or lists of strings, as values")
        found += [(name, item) for item in values]
    if len(found) > MAX_LIST:
        raise Fault.invalid(place, f"must have at most {MAX_LIST} values")
    return found


def _body(http: dict[str, Any]) -> bytes | None:
    text = http.get("body_b64")
    if text is None:
        return None
    try:
        return base64.b64decode(_text(http, "http.body_b64"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Fault.invalid("http.body_b64", "must be base64") from error


def _timeout(limits: dict[str, Any]) -> int:
    value = limits.get("timeout_ms")
    if value is None:
        return 0
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise Fault.invalid("limits.timeout_ms", "must be a number of milliseconds, at least 1")
    return value


def _user(told: dict[str, Any]) -> User:
    additional = _object(told, "additional_fields", needed=False)
    if not all(isinstance(value, str) for value in additional.values()):
        raise Fault.invalid("user.additional_fields", "must have strings as values")
    user = User(
        user_id=_text(told, "user.user_id"),
        email=_text(told, "user.user_email"),
        name=_text(told, "user.user_name"),
        type=_text(told, "user.user_type"),
        client_name=_text(told, "user.client_name", needed=False) or _text(told, "user.company_name", needed=False),
        client_id=_text(told, "user.client_id", needed=False) or None,
        additional_fields=tuple(sorted(additional.items())),
    )
    return persons.checked(user)
