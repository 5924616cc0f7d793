"""Calls of extensions, their files, and what everybody may ask."""

from typing import Final

from gateway.headers import MAX_IDEMPOTENCY_KEY
from gateway.openapi.parts import (
    ANY,
    BODY,
    CALLER,
    EXTENSION,
    RATES,
    Json,
    answer,
    headers,
    in_header,
    in_path,
    in_query,
    operation,
    ref,
    string,
)
from gateway.target import ASSET_TYPES
from kernel.errors import Fault, Reason

HASH: Final = f"sha256:{'0' * 64}"
REFERENCE: Final = r"^[A-Za-z0-9._-]{1,200}$"
TENANT: Final = r"^[A-Za-z0-9._-]{1,64}$"
# Nothing that a reader of URLs resolves away or cannot show.
_PATH: Final = r"^(?!\.{1,2}(/|$))(?!.*/\.{1,2}(/|$))[^\x00-\x1f\x7f-\x9f\\]*$"
# Relative, no segment hidden or empty, of a type that is served or none.
_FILE: Final = rf"^(?!/)(?!.*//)(?!(.*/)?\.)(?=(.*/)?[^/.]*$|.*\.({'|'.join(sorted(ASSET_TYPES))})$)[^\x00-\x1f\x7f-\x9f\\]*$"
EXTENSION_IN_PATH: Final = in_path("extension", "The extension's name or id, or the install's id.", EXTENSION, pattern=REFERENCE)
_KEY = (
    *(Reason.IDEMPOTENCY_CONFLICT, Reason.IDEMPOTENCY_IN_PROGRESS, Reason.OUTCOME_UNKNOWN, Reason.REPLAY_UNAVAILABLE),
    Reason.QUOTA_EXCEEDED,
)
_GUEST = (
    *(Reason.EXTENSION_NOT_AVAILABLE, Reason.EXTENSION_DISABLED, Reason.EXTENSION_REVOKED, Reason.ENDPOINT_NOT_FOUND),
    *(Reason.GUEST_TRAPPED, Reason.GUEST_TIMED_OUT, Reason.GUEST_MEMORY_EXCEEDED, Reason.GUEST_RESPONSE_INVALID),
    *(Reason.GUEST_RESPONSE_TOO_LARGE, Reason.GUEST_NOT_RUNNABLE, Reason.EXECUTOR_LOST, Reason.DEADLINE_EXCEEDED),
    Reason.QUOTA_EXCEEDED,
)
# The extension may answer with any status of 200 to 599 and any media type, also with problems of its own.
_OWN: Final[Json] = {
    "description": "What the extension answers, of any media type, or a problem of ours: "
    + ", ".join(sorted(f"`{Fault.row_code(reason)}`" for reason in {*CALLER, *BODY, *_GUEST, *_KEY})),
    "headers": headers(
        *("Cache-Control", *RATES, "Content-Disposition", "X-Idempotency-Replayed", "X-Idempotency-First-Status"),
        maybe=("ETag", "Location", "Retry-After", "WWW-Authenticate", "Allow"),
    ),
    "content": {"*/*": {}},
}
ANY_BODY: Final[Json] = {"description": "What the extension gets; never decoded.", "required": False, "content": {"*/*": {}}}

EXECUTE: Final = operation(
    "Call an extension",
    "calls",
    {"200": _OWN, "default": _OWN},
    (),
    description=(
        "One call of an endpoint of the version that is installed for the caller's tenant. The path may have any "
        "number of segments. Of the answer's header fields `content-type`, `etag`, `location` inside the extension, "
        "`content-disposition`, `vary`, "
        "`x-ext-*` and a safe `cache-control` pass."
    ),
    parameters=[
        EXTENSION_IN_PATH,
        in_path("path", "What the extension is asked for; any number of segments.", "run", pattern=_PATH),
        in_header(
            "X-Idempotency-Key",
            "Names this request: with one key it runs once, and is answered alike for a day, later with "
            "`X-Idempotency-Replayed: true`. `Idempotency-Key` is the same field; send one of them. Not for GET and HEAD.",
            string(pattern=rf"^[\x21-\x7e]{{1,{MAX_IDEMPOTENCY_KEY}}}$"),
        ),
    ],
)
PROXY: Final[Json] = {
    **EXECUTE,
    "summary": "Call an extension for a frame on the host's page",
    "description": "The same as `/api/ext/…`; `__method` in the query or JSON body of a POST names the method that it stands for.",
}
ASSETS: Final = operation(
    "A file of an extension's UI",
    "ui",
    {
        "200": {
            "description": "The file, compressed where the client takes that and it was worth it.",
            "headers": headers("ETag", "Cache-Control", "Accept-Ranges", "Vary", "Content-Encoding"),
            "content": {"*/*": {}},
        },
        "206": {
            "description": "One part of it.",
            "headers": headers("ETag", "Cache-Control", "Accept-Ranges", "Content-Range", "Vary", "Content-Encoding"),
            "content": {"*/*": {}},
        },
        "304": answer("The client has it.", fields=("ETag", "Cache-Control", "Vary")),
        "308": answer("The path of the entry page ends in a slash.", fields=("Location", "Cache-Control")),
    },
    (
        *ANY,
        Reason.ASSET_NOT_FOUND,
        Reason.ASSET_PATH_INVALID,
        Reason.ASSET_TOO_LARGE,
        Reason.RANGE_NOT_SATISFIABLE,
        Reason.BUNDLE_INTEGRITY,
        Reason.ATTESTATION_INVALID,
    ),
    description="For frames, which carry no credentials. Answered while an enabled install has that bundle.",
    parameters=[
        EXTENSION_IN_PATH,
        in_path("content_hash", "The bundle's.", HASH, pattern="^sha256:[0-9a-f]{64}$"),
        in_path("path", "Below `ui/`, at most 255 bytes; empty = the entry page.", "index.html", maxLength=255, pattern=_FILE),
        in_query("tenant", "Only an install of this tenant.", string(pattern=TENANT.replace("1,", "0,"))),
        in_header("If-None-Match", "Tags that the client has.", string()),
        in_header("Accept-Encoding", "Codings that the client takes: `br`, `zstd`, `gzip`.", string()),
        in_header("Range", "One part, as in `bytes=0-99`; several are answered with all of it.", string()),
        in_header("If-Range", "The tag of the parts that the client has.", string()),
    ],
    security=[],
)
SDK: Final = operation(
    "A script for pages of host applications and of extensions",
    "ui",
    {
        "200": {
            "description": "The script, of this gateway's version.",
            "headers": headers("ETag", "Cache-Control", "Vary", "Content-Encoding"),
            "content": {"text/javascript; charset=utf-8": {}},
        },
        "304": answer("The client has it.", fields=("ETag", "Cache-Control", "Vary")),
    },
    (*ANY, Reason.NOT_FOUND),
    parameters=[
        in_path("file", "Its name.", "host-bridge.js", pattern=r"^[a-z-]+\.js$"),
        in_header("If-None-Match", "Tags that the client has.", string()),
        in_header("Accept-Encoding", "Codings that the client takes: `br`, `zstd`, `gzip`.", string()),
    ],
    security=[],
)
LIVE: Final = operation(
    "Whether the process runs",
    "health",
    {"200": answer("It does.", {"type": "string"}, media_type="text/plain; charset=utf-8", fields=("Cache-Control",))},
    (Reason.INTERNAL,),
    security=[],
)
READY: Final = operation(
    "Whether the gateway and what it needs serve",
    "health",
    {
        "200": answer("They do.", ref("Ready"), fields=("Cache-Control",)),
        "503": answer("One of them does not.", ref("Ready"), fields=("Cache-Control",)),
    },
    (Reason.INTERNAL,),
    security=[],
)
DOCUMENT: Final = operation(
    "This document",
    "health",
    {
        "200": answer("OpenAPI 3.1.", {"type": "object"}, fields=("ETag", "Cache-Control")),
        "304": answer("The client has it.", fields=("ETag",)),
    },
    (Reason.INTERNAL,),
    security=[],
)
_PREFLIGHT: Final = ("Access-Control-Allow-Methods", "Access-Control-Allow-Headers", "Access-Control-Max-Age")
OPTIONS: Final[Json] = {
    "204": {
        "description": "The methods; of a preflight, what pages of the origin may send.",
        "headers": headers(*_PREFLIGHT, maybe=("Allow",)),
    }
}
CALLS: Final[dict[str, Json]] = {
    "execute": EXECUTE,
    "proxy": PROXY,
    "assets": ASSETS,
    "sdk": SDK,
    "livez": LIVE,
    "readyz": READY,
    "openapi": DOCUMENT,
}
WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
