"""The whole document: what each row of the table of routes is."""

from collections.abc import Iterable
from typing import Any, Final

from gateway.openapi.calls import ANY_BODY, CALLS, OPTIONS, WITH_BODY
from gateway.openapi.compat import COMPAT, COMPAT_SCHEMAS
from gateway.openapi.installs import INSTALLS
from gateway.openapi.parts import Json, string
from gateway.openapi.schedules import SCHEDULES
from gateway.openapi.schemas import SCHEMAS
from gateway.routes import Route

VERSION: Final = "1.0.0"
OPERATIONS: Final[dict[str, Json]] = {**CALLS, **INSTALLS, **SCHEDULES, **COMPAT}
_ABOUT: Final = (
    "All that a gateway answers over HTTP. Failures are problem details (RFC 9457); programs read `code`. Members, codes, "
    "parameters and operations are added; what is here stays as it is for as long as the path has its version."
)
_HEADERS: Final[dict[str, Json]] = {
    "X-Request-Id": {
        "description": "Finds the request in logs; the caller's own if it had one of that form.",
        "required": True,
        "schema": string(pattern=r"^[A-Za-z0-9._-]{1,128}$"),
    },
    "Cache-Control": {"description": "Who may keep the answer, and for how long.", "required": True, "schema": string(minLength=1)},
    "ETag": {"description": "For If-None-Match.", "required": True, "schema": string(pattern='^(W/)?".*"$')},
    "Location": {"description": "Where it is.", "required": True, "schema": string(pattern="^/")},
    "Allow": {"description": "The methods of the path.", "required": True, "schema": string(pattern=r"^[A-Z]+(, [A-Z]+)*$")},
    "WWW-Authenticate": {"description": "How to say who calls.", "required": True, "schema": string(pattern="^Bearer")},
    "Retry-After": {"description": "Seconds to wait.", "required": True, "schema": string(pattern=r"^\d+$")},
    "Content-Security-Policy": {
        "description": "What a page may do; always sandboxed.",
        "required": True,
        "schema": string(pattern="^sandbox"),
    },
}
_SECURITY: Final[dict[str, Json]] = {
    "ApiKey": {
        "type": "apiKey",
        "in": "header",
        "name": "x-api-key",
        "description": "A key of the tenant: `alga-ext api-key create`.",
    },
    "ServiceToken": {
        "type": "apiKey",
        "in": "header",
        "name": "x-runner-service-token",
        "description": "A token of `EXT_GATEWAY_HOST_TOKEN_FILES`, for the reference's server and runner.",
    },
    "Bearer": {"type": "http", "scheme": "bearer", "description": "The same key, or a JWT where the gateway takes them."},
}


def document(rows: Iterable[Route]) -> Json:
    """The document of these routes. Raises KeyError for one that is not described."""
    paths: dict[str, Any] = {}
    for row in rows:
        place = paths.setdefault(row.pattern.replace("*}", "}"), {})
        for method in row.methods:
            place[method.lower()] = _operation(row, method)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Alga extensions gateway", "version": VERSION, "description": _ABOUT},
        "servers": [{"url": "/"}],
        "security": [{"ApiKey": []}, {"Bearer": []}],
        "paths": paths,
        "components": {"schemas": {**SCHEMAS, **COMPAT_SCHEMAS}, "headers": _HEADERS, "securitySchemes": _SECURITY},
    }


def _operation(row: Route, method: str) -> Json:
    name = row.name.replace(".", "_")
    found = {"operationId": name if method == row.methods[0] else f"{name}_{method.lower()}", **OPERATIONS[row.name]}
    if method == "OPTIONS":
        # Whatever stands in the path.
        places = [{**one, "schema": {"type": "string"}} for one in found["parameters"] if one["in"] == "path"]
        return found | {"summary": "Which methods there are", "security": [], "parameters": places, "responses": OPTIONS}
    if method == "HEAD":
        bare = {status: _bare(said) for status, said in found["responses"].items()}
        return found | {"summary": f"{found['summary']}: the header fields alone", "responses": bare}
    if row.name in {"execute", "proxy"} and method in WITH_BODY:
        return found | {"requestBody": ANY_BODY}
    return found


def _bare(said: Json) -> Json:
    return {name: part for name, part in said.items() if name not in {"content", "links"}}
