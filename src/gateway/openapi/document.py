"""The whole document: what each row of the table of routes is."""

from collections.abc import Iterable
from typing import Any, Final

from gateway.identity.host import SHOWN as HOST_TOKEN
from gateway.openapi.calls import ANY_BODY, CALLS, OPTIONS, WITH_BODY
from gateway.openapi.compat import COMPAT, COMPAT_SCHEMAS
from gateway.openapi.installs import INSTALLS
from gateway.openapi.parts import BY_KEY, Json, ref, string
from gateway.openapi.schedules import SCHEDULES
from gateway.openapi.schemas import SCHEMAS
from gateway.openapi.shared import shared
from gateway.routes import UI_FIELDS, Route

VERSION: Final = "1.0.0"
OPERATIONS: Final[dict[str, Json]] = {**CALLS, **INSTALLS, **SCHEDULES, **COMPAT}
_ABOUT: Final = (
    "All that a gateway answers over HTTP. Failures are problem details (RFC 9457); programs read `code`. Members, codes, "
    "parameters and operations are added; what is here stays as it is for as long as the path has its version. "
    "Where pages of other origins may call (CORS), their browsers' preflights are answered at every path but those of UIs."
)
_NAMES: Final = "^[a-z0-9-]+(, [a-z0-9-]+)*$"
_ITEM: Final = '"[a-z_]+"'
_HEADERS: Final[dict[str, Json]] = {
    "X-Content-Type-Options": {"description": "Types are as they are said.", "required": True, "schema": {"const": "nosniff"}},
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
    "Cross-Origin-Resource-Policy": {
        "description": "Frames of any page load it.",
        "required": True,
        "schema": {"const": "cross-origin"},
    },
    "Referrer-Policy": {"description": "Pages tell nobody where they are.", "required": True, "schema": {"const": "no-referrer"}},
    "Access-Control-Allow-Origin": {
        "description": "The origin that asks, if `EXT_GATEWAY_CORS_ORIGINS` lists it, or `*`: its pages may read the answer.",
        "schema": string(pattern=r"^(\*|[a-z]+://[^/]+)$"),
    },
    "Access-Control-Allow-Credentials": {"description": "Beside an origin, never beside `*`.", "schema": {"const": "true"}},
    "Access-Control-Expose-Headers": {"description": "What of the answer such pages read.", "schema": string(pattern=_NAMES)},
    "Access-Control-Allow-Methods": {"description": "To preflights.", "schema": string(pattern=r"^[A-Z]+(, [A-Z]+)*$")},
    "Access-Control-Allow-Headers": {"description": "To preflights: what such pages may send.", "schema": string(pattern=_NAMES)},
    "Access-Control-Max-Age": {"description": "To preflights: seconds that they hold.", "schema": string(pattern=r"^\d+$")},
    "X-Accel-Buffering": {"description": "Proxies pass each event on.", "required": True, "schema": {"const": "no"}},
    "Accept-Ranges": {"description": "Parts can be had.", "required": True, "schema": {"const": "bytes"}},
    "Content-Range": {
        "description": "Which part of how many bytes; of none, `*`.",
        "required": True,
        "schema": string(pattern=r"^bytes (\*|\d+-\d+)/\d+$"),
    },
    "Content-Encoding": {"description": "How the bytes are compressed.", "schema": {"enum": ["br", "zstd", "gzip"]}},
    "Vary": {"description": "What of the request the answer depends on.", "schema": string(minLength=1)},
    "Content-Disposition": {"description": "As the extension says.", "schema": string()},
    "X-Idempotency-Replayed": {"description": "The answer to an earlier request with this key.", "schema": {"const": "true"}},
    "X-Idempotency-First-Status": {
        "description": "Of `replay_unavailable`: the status of the first answer.",
        "schema": string(pattern=r"^\d{3}$"),
    },
    "RateLimit-Policy": {
        "description": "The limits of calls by name: `q` at most in `w` seconds. Not where none is set, nor for failed calls.",
        "schema": string(pattern=rf"^{_ITEM};q=\d+;w=\d+(, {_ITEM};q=\d+;w=\d+)*$"),
    },
    "RateLimit": {
        "description": "The limit that is the next to refuse: `r` are left, all of them again in `t` seconds.",
        "schema": string(pattern=rf"^{_ITEM};r=\d+;t=\d+$"),
    },
}
_UI: Final[Json] = {name: ref(name, "headers") for name in ("Cross-Origin-Resource-Policy", "Referrer-Policy")}
# Of these some answers may do without.
_OPTIONAL: Final[dict[str, Json]] = {
    f"Optional-{name}": {**_HEADERS[name], "required": False}
    for name in ("Allow", "ETag", "Location", "Retry-After", "WWW-Authenticate")
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
    "HostApplication": {
        "type": "apiKey",
        "in": "header",
        "name": HOST_TOKEN,
        "description": (
            "A token of `EXT_GATEWAY_HOST_TOKEN_FILES`. The host application says in `x-alga-tenant` for which tenant it calls, "
            "and in `x-user-id`, `x-user-type`, `x-user-roles` and the like for whom: `docs/identity.md`."
        ),
    },
    "HostCertificate": {
        "type": "mutualTLS",
        "description": "A client certificate of `EXT_GATEWAY_HOST_CERTIFICATE_NAMES`, in place of that token.",
    },
}


def document(rows: Iterable[Route]) -> Json:
    """The document of these routes. Raises KeyError for one that is not described."""
    paths: dict[str, Any] = {}
    for row in rows:
        place = paths.setdefault(row.pattern.replace("*}", "}"), {})
        for method in row.methods:
            place[method.lower()] = _operation(row, method)
    paths, answers = shared(paths)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Alga extensions gateway", "version": VERSION, "description": _ABOUT},
        "servers": [{"url": "/"}],
        "security": [*BY_KEY, {"HostApplication": []}, {"HostCertificate": []}],
        "paths": paths,
        "components": {
            "schemas": {**SCHEMAS, **COMPAT_SCHEMAS},
            "responses": answers,
            "headers": {**_HEADERS, **_OPTIONAL},
            "securitySchemes": _SECURITY,
        },
    }


def _operation(row: Route, method: str) -> Json:
    name = row.name.replace(".", "_")
    found = {"operationId": name if method == row.methods[0] else f"{name}_{method.lower()}", **OPERATIONS[row.name]}
    if method == "OPTIONS":
        # Whatever stands in the path.
        places = [{**one, "schema": {"type": "string"}} for one in found["parameters"] if one["in"] == "path"]
        found |= {"summary": "Which methods there are", "security": [], "parameters": places, "responses": OPTIONS}
    elif method == "HEAD":
        bare = {status: _bare(said) for status, said in found["responses"].items()}
        found |= {"summary": f"{found['summary']}: the header fields alone", "responses": bare}
    elif row.name in {"execute", "proxy"} and method in WITH_BODY:
        found |= {"requestBody": ANY_BODY}
    if row.fields is UI_FIELDS:
        found["responses"] = {status: {**said, "headers": said["headers"] | _UI} for status, said in found["responses"].items()}
    return found


def _bare(said: Json) -> Json:
    return {name: part for name, part in said.items() if name not in {"content", "links"}}
