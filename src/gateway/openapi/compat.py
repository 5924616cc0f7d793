"""What the reference system's own tools and processes ask: its shapes, with the members of our problems beside."""

from collections.abc import Iterable
from typing import Any, Final

from gateway.openapi.calls import HASH
from gateway.openapi.parts import (
    ANY,
    BODY,
    CALLER,
    EXTENSION,
    Json,
    answer,
    body,
    closed,
    in_header,
    in_query,
    listed,
    nullable,
    operation,
    problems,
    ref,
    string,
    whole,
)
from gateway.openapi.schemas import CODES, FLAG, PROBLEM
from kernel.errors import Reason

OTHER: Final = "com.acme.other"  # an example that may go without the other ones
UPLOAD: Final = "00000000-0000-4000-8000-000000000003"  # examples that a test replaces by real ones
HOST: Final = "00000000-0000-4000-8000-000000000004.apps.example.com"
MAX_ARCHIVE: Final = 100 << 20
_SERVICE: Final[list[Json]] = [{"ServiceToken": []}]
_HASH: Final = r"^(sha256:)?[0-9a-fA-F]{64}$"
_KEY: Final = r"^sha256/_staging/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/bundle\.tar\.zst$"
_TENANT: Final = in_header(
    "X-Tenant-Id", "The tenant; must be the key's own if that has one.", string(format="tenant"), example="demo"
)
_TRUST: Final = (Reason.SIGNER_UNTRUSTED, Reason.SIGNER_REVOKED, Reason.SIGNER_EXPIRED, Reason.CERTIFICATE_INVALID)
_STORED: Final = (Reason.BUNDLE_INTEGRITY, Reason.ATTESTATION_INVALID)
_BUNDLE: Final = (
    *(Reason.PAYLOAD_TOO_LARGE, Reason.BUNDLE_SIZE_MISMATCH, Reason.BUNDLE_DIGEST_MISMATCH, Reason.QUOTA_EXCEEDED),
    *(Reason.DEADLINE_EXCEEDED, Reason.ENVELOPE_MISSING, Reason.ARCHIVE_INVALID, Reason.MANIFEST_INVALID),
    *(Reason.COMPONENT_INVALID, Reason.NAME_TAKEN, Reason.VERSION_CONFLICT, Reason.NOT_FOUND, *_TRUST),
)
_TOLD = closed({"message": string("For people."), "code": string("Of the reference system.")})
_MEMBERS: Final[dict[str, Any]] = {
    **PROBLEM["properties"],
    "code": string("The reference system's own code, or ours."),
    "error": {"anyOf": [string(), _TOLD]},
    "reason": string("Our `code`.", enum=CODES),
    "success": {"const": False},
    "details": closed(
        {
            "issues": listed(closed({"path": string(), "message": string()}), 64),
            "declared": nullable(string()),
            "computed": nullable(string()),
        },
        *("issues", "declared", "computed"),
    ),
}
COMPAT_SCHEMAS: Final[dict[str, Json]] = {
    "ReferenceProblem": closed(_MEMBERS, "violations", "denial", "reason", "success", "details"),
    "Envelope": closed(
        {
            "status": whole("What the extension answered, or the failure's status.", 599),
            "headers": {"type": "object", "additionalProperties": {"type": ["string", "array"], "items": {"type": "string"}}},
            "body_b64": nullable(string("Base64.")),
            "error": nullable(string("What went wrong; null = nothing.")),
        }
    ),
    "Upload": closed(
        {
            "upload": closed({"key": string("For `finalize` and `abort`."), "strategy": {"const": "staging"}}),
            "filename": string(),
            "size": whole("Bytes."),
            "declaredHash": string(),
        },
        "declaredHash",
    ),
    "Published": closed(
        {
            "extension": closed({"id": string(), "name": string(), "publisher": string()}),
            "version": closed({"id": string(), "version": string()}),
            "contentHash": string(),
            "canonicalKey": string(),
        }
    ),
    "Aborted": closed({"status": string(enum=["deleted", "noop"]), "key": string(), "area": {"const": "staging"}}),
    "Installed": closed(
        {
            "data": closed(
                {
                    "registryId": string(),
                    "version": string(),
                    "installId": string(),
                    "success": {"const": True},
                    "message": string(),
                },
                *("version", "installId"),
            )
        }
    ),
    "Valid": closed({"valid": FLAG}),
    "Located": closed({"tenant_id": string(), "extension_id": string(), "content_hash": string()}),
    "Healthz": closed({"cache_writable": FLAG, "bundle_store": string(), "ext_cache_max_bytes": {"type": "null"}}),
    "Warm": closed({"content_hash": string(), "compiled": FLAG}),
}


def _shaped(summary: str, status: str, schema: str, reasons: Iterable[Reason], **more: Any) -> Json:
    """An operation whose failures have the reference's shape, unless they are of the gateway as a whole."""
    told: Json = {status: answer("It is done.", ref(schema), fields=("Cache-Control",))}
    wrong = problems({*CALLER, *reasons, Reason.INVALID_ARGUMENT})
    for said in wrong.values():
        for content in said["content"].values():
            content["schema"] = {"anyOf": [content["schema"], ref("ReferenceProblem")]}
    return {
        **operation(summary, "compatibility", told, (), security=[{"ApiKey": []}, {"Bearer": []}], **more),
        "responses": told | wrong,
    }


def _asked(summary: str, schema: str, reasons: Iterable[Reason], **more: Any) -> Json:
    """An operation for who shows the service token."""
    told = {"200": answer("The answer.", ref(schema), fields=("Cache-Control",))}
    return operation(summary, "compatibility", told, {*ANY, Reason.UNAUTHENTICATED, *reasons}, security=_SERVICE, **more)


_PAIRS: Final[Json] = {"type": "object", "additionalProperties": {"anyOf": [{"type": "string"}, listed({"type": "string"}, 128)]}}
_EXECUTE: Final[Json] = {
    "type": "object",
    "required": ["context", "http"],
    "properties": {
        "context": {
            "type": "object",
            "required": ["tenant_id", "extension_id", "content_hash"],
            "properties": {
                "tenant_id": string(pattern=r"^[A-Za-z0-9._-]{1,64}$"),
                "extension_id": string(),
                "install_id": nullable(string()),
                "content_hash": string(pattern=_HASH),
            },
        },
        "http": {
            "type": "object",
            "required": ["method", "path"],
            "properties": {
                "method": string(enum=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]),
                "path": string(pattern=r"^/[A-Za-z0-9._~/-]*$", maxLength=8_000),
                "query": nullable(_PAIRS),
                "headers": nullable(_PAIRS),
                "body_b64": nullable(string("Base64.", format="byte")),
            },
        },
        "limits": {"type": ["object", "null"], "properties": {"timeout_ms": nullable(whole("At most this.", 600_000, 1))}},
    },
}
_CALL: Final = {
    "context": {"tenant_id": "demo", "extension_id": EXTENSION, "content_hash": HASH},
    "http": {"method": "GET", "path": "/run"},
}
_INSTALL: Final = closed(
    {
        "registryId": string("The extension's name or id.", pattern=r"^[A-Za-z0-9._-]{1,200}$"),
        "version": string("`X.Y.Z`, or `X.Y.*` = the newest of X.Y.", format="version", maxLength=128),
    }
)
_FINALIZE: Final[Json] = {
    "type": "object",
    "required": ["key"],
    "properties": {
        "key": string("Of the upload.", pattern=_KEY),
        "size": nullable(whole("Bytes.", MAX_ARCHIVE)),
        "declaredHash": nullable(string(pattern=_HASH)),
        "manifestJson": nullable(string("Must equal the one inside.")),
        "signature": {"type": "null", "description": "Not read here: what is signed is published with `alga-ext publish`."},
    },
}
_STAGED: Final = f"sha256/_staging/{UPLOAD}/bundle.tar.zst"
COMPAT: Final[dict[str, Json]] = {
    "compat.execute": _asked(
        "Call an extension, as the reference's server does",
        "Envelope",
        BODY,
        description="What fails behind the door is in the envelope. Other members are not looked at.",
        parameters=[
            in_header("X-Alga-Tenant", "As in the body.", string(), example="demo"),
            in_header("X-Alga-Extension", "As in the body.", string(), example=EXTENSION),
        ],
        requestBody=body(_EXECUTE, _CALL, "What is asked of which install."),
    ),
    "compat.upload": _shaped(
        "Stage an archive for a publisher whose tools cannot sign",
        "200",
        "Upload",
        _BUNDLE,
        parameters=[
            _TENANT,
            {**in_query("size", "The length of the body.", whole("Bytes.", MAX_ARCHIVE, 1), example=8), "required": True},
            in_query("filename", "Told back.", string(maxLength=255)),
            in_query("declaredHash", "What it must have.", string(pattern=_HASH)),
        ],
        requestBody=body({"type": "string", "format": "binary"}, "an archi", "The archive.", "application/octet-stream"),
    ),
    "compat.finalize": _shaped(
        "Publish a staged archive, attested by the registry",
        "200",
        "Published",
        (*_BUNDLE, *BODY),
        parameters=[_TENANT],
        requestBody=body(_FINALIZE, {"key": _STAGED}, "Which."),
    ),
    "compat.abort": _shaped(
        "Forget a staged archive",
        "200",
        "Aborted",
        (*_BUNDLE, *BODY),
        parameters=[_TENANT],
        requestBody=body(_FINALIZE, {"key": _STAGED.replace("3/", "5/")}, "Which."),
    ),
    "compat.install": _shaped(
        "Install a version with all that it asks for, or move the install to it",
        "202",
        "Installed",
        (*BODY, *_TRUST, *_STORED, Reason.NOT_FOUND, Reason.ALREADY_EXISTS, Reason.VERSION_YANKED, Reason.VERSION_REVOKED),
        parameters=[{**_TENANT, "required": True}],
        requestBody=body(_INSTALL, {"registryId": OTHER, "version": "1.0.*"}, "Which."),
    ),
    "compat.uninstall": _shaped(
        "Remove an install with all that it stored",
        "200",
        "Installed",
        (*BODY, Reason.NOT_FOUND),
        parameters=[{**_TENANT, "required": True}],
        requestBody=body({**_INSTALL, "required": ["registryId"]}, {"registryId": OTHER}, "Which."),
    ),
    "compat.validate": _asked(
        "Whether an enabled install runs a bundle",
        "Valid",
        (),
        parameters=[
            {**in_query("tenant", "Whose.", string(pattern=r"^[A-Za-z0-9._-]{1,64}$"), example="demo"), "required": True},
            in_query("extension", "Its name or id.", string(), example=EXTENSION),
            {**in_query("hash", "The bundle's.", string(pattern=_HASH), example=HASH), "required": True},
            in_query("ts", "Not looked at.", string()),
        ],
    ),
    "compat.lookup": _asked(
        "Which install a host name means",
        "Located",
        (Reason.NOT_FOUND,),
        parameters=[in_query("host", "The name.", string(), example=HOST), in_query("ts", "Not looked at.", string())],
    ),
    "compat.root": operation(
        "Lead a browser from a host name to the first page of its UI",
        "compatibility",
        {"307": answer("There.", fields=("Location", "Cache-Control"))},
        (*ANY, Reason.NOT_FOUND),
        parameters=[in_header("Host", "The name.", string(format="host-of-ui"), example=HOST)],
        security=[],
    ),
    "compat.healthz": operation(
        "What a prober of the reference's runner asks",
        "compatibility",
        {
            "200": answer("It serves.", ref("Healthz"), fields=("Cache-Control",)),
            "503": answer("It does not.", ref("Healthz"), fields=("Cache-Control",)),
        },
        (Reason.INTERNAL,),
        security=[],
    ),
    "compat.warmup": _asked(
        "Compile a bundle before it is called",
        "Warm",
        (*BODY, *_STORED, Reason.NOT_FOUND, Reason.VERSION_REVOKED, Reason.GUEST_NOT_RUNNABLE),
        requestBody=body(
            {"type": "object", "required": ["content_hash"], "properties": {"content_hash": string(pattern=_HASH)}},
            {"content_hash": HASH},
            "Which.",
        ),
    ),
}
