"""What the reference's command line, server and runner ask, in their shapes: `docs/compatibility.md`."""

from collections.abc import Iterable
from typing import Any, Final

from gateway.openapi.calls import HASH, TENANT
from gateway.openapi.parts import (
    ANY,
    BODY,
    CALLER,
    EXTENSION,
    OWNED,
    Json,
    answer,
    body,
    closed,
    in_header,
    in_query,
    nullable,
    operation,
    problems,
    ref,
    string,
    whole,
)
from gateway.openapi.schemas import CODES, FLAG
from gateway.reply import PROBLEM
from kernel.errors import Reason

_HASH: Final = string("SHA-256 of the archive; `sha256:` before it may be left out.", pattern=r"^(sha256:)?[0-9a-fA-F]{64}$")
_KEY: Final = "sha256/_staging/00000000-0000-4000-8000-000000000000/bundle.tar.zst"
_TENANT: Final = in_header("x-tenant-id", "The tenant, if the key names none; otherwise the key's.", string(pattern=TENANT))
_SERVICE: Final[tuple[Json, ...]] = ({"ServiceToken": []},)
_TEXTS: Final[Json] = {"type": "object", "additionalProperties": {"type": ["string", "array"], "items": {"type": "string"}}}
_PUBLISH: Final = (
    *(Reason.BUNDLE_SIZE_MISMATCH, Reason.BUNDLE_DIGEST_MISMATCH, Reason.QUOTA_EXCEEDED, Reason.DEADLINE_EXCEEDED),
    *(Reason.ENVELOPE_MISSING, Reason.ARCHIVE_INVALID, Reason.MANIFEST_INVALID, Reason.COMPONENT_INVALID, Reason.NAME_TAKEN),
    *(Reason.VERSION_CONFLICT, Reason.SIGNER_UNTRUSTED, Reason.SIGNER_REVOKED),
)
_INSTALL: Final = (
    *(Reason.CONSENT_NEEDED, Reason.VERSION_YANKED, Reason.VERSION_REVOKED, Reason.ATTESTATION_INVALID),
    *(Reason.BUNDLE_INTEGRITY, Reason.SIGNER_UNTRUSTED, Reason.SIGNER_REVOKED, Reason.SIGNER_EXPIRED),
)
_HEAD: Final[Json] = {
    "type": {"const": "about:blank"},
    "title": string("The status in words."),
    "status": whole("The status.", 599, 400),
    "detail": string("What went wrong, for people."),
}
_VIOLATIONS: Final[Json] = {"type": "array", "items": closed({"field": string(), "rule": string()})}
_MESSAGE: Final = closed({"message": string("For people."), "code": string("The reference's word.")})
_USER: Final = closed(
    {
        **{name: string() for name in ("user_id", "user_email", "user_name", "client_name", "company_name", "client_id")},
        "user_type": string(enum=["internal", "client"]),
        "additional_fields": {"type": "object", "additionalProperties": {"type": "string"}},
    },
    *("client_name", "company_name", "client_id", "additional_fields"),
)
COMPAT_SCHEMAS: Final[dict[str, Any]] = {
    "BundleProblem": closed(
        {
            **_HEAD,
            "code": string("The reference's word."),
            "reason": string("Our code.", enum=CODES),
            "error": {"anyOf": [string("For people."), _MESSAGE]},
            "success": {"const": False},
            "details": closed(
                {
                    "issues": {"type": "array", "items": closed({"path": string(), "message": string()})},
                    "declared": nullable(string()),
                    "computed": nullable(string()),
                },
                *("issues", "declared", "computed"),
            ),
            "violations": _VIOLATIONS,
        },
        *("success", "details", "violations"),
    ),
    "InstallProblem": closed(
        {**_HEAD, "code": string("Our code.", enum=CODES), "error": _MESSAGE, "violations": _VIOLATIONS}, "violations"
    ),
    "Staged": closed(
        {
            "upload": closed({"key": string("For finalize and abort."), "strategy": {"const": "staging"}}),
            "filename": string(),
            "size": whole("Bytes."),
            "declaredHash": string(),
        },
        "declaredHash",
    ),
    "Finalized": closed(
        {
            "extension": closed({"id": string(), "name": string(), "publisher": string()}),
            "version": closed({"id": string(), "version": string()}),
            "contentHash": string("Without `sha256:`.", pattern="^[0-9a-f]{64}$"),
            "canonicalKey": string(),
        }
    ),
    "Aborted": closed({"status": string(enum=["deleted", "noop"]), "key": string(), "area": {"const": "staging"}}),
    "InstallEnqueued": closed(
        {
            "data": closed(
                {
                    **{name: string() for name in ("registryId", "version", "installId", "message")},
                    "success": {"const": True},
                },
                *("version", "installId"),
            )
        }
    ),
    "Valid": closed({"valid": FLAG}),
    "Located": closed({"tenant_id": string(), "extension_id": string(), "content_hash": string()}),
    "RunnerHealth": closed(
        {
            "cache_writable": FLAG,
            "bundle_store": string(enum=["ok", "bundle_store_unreachable"]),
            "ext_cache_max_bytes": {"type": "null"},
        }
    ),
    "Warmed": closed({"content_hash": string(), "compiled": FLAG}),
    "Envelope": closed(
        {
            "status": whole("What the extension answered, or what the failure is.", 599, 200),
            "headers": _TEXTS,
            "body_b64": nullable(string()),
            "error": nullable(string()),
        }
    ),
}


def _shaped(name: str, summary: str, answers: Json, reasons: Iterable[Reason], **more: Any) -> Json:
    """An operation whose failures have the reference's shape."""
    statuses = {status: said for status, said in problems(reasons).items() if status not in answers}
    for said in statuses.values():
        said["content"] = {PROBLEM: {"schema": ref(name)}}
    return operation(summary, "compatibility", {**answers, **statuses}, (), parameters=more.pop("parameters", [_TENANT]), **more)


def _ok(status: str, text: str, schema: str) -> Json:
    return {status: answer(text, ref(schema), fields=("Cache-Control",))}


def _open(properties: Json, *optional: str) -> Json:
    """An object in which other members are passed over."""
    return {key: value for key, value in closed(properties, *optional).items() if key != "additionalProperties"}


COMPAT: Final[dict[str, Json]] = {
    "compat.upload": _shaped(
        "BundleProblem",
        "Stage an archive",
        _ok("200", "It waits to be finalized, for 15 minutes.", "Staged"),
        (*CALLER, *BODY, *_PUBLISH),
        parameters=[
            in_query("filename", "Of no consequence.", string(maxLength=255)),
            in_query("size", "Bytes of the body.", whole("Bytes.", 100 << 20, 1), required=True),
            in_query("declaredHash", "Of the body.", _HASH),
            _TENANT,
        ],
        requestBody={"description": "`bundle.tar.zst`.", "required": True, "content": {"application/octet-stream": {}}},
    ),
    "compat.finalize": _shaped(
        "BundleProblem",
        "Publish a staged archive; the registry signs it",
        _ok("200", "It is published.", "Finalized"),
        (*CALLER, *BODY, *_PUBLISH),
        requestBody=body(
            _open(
                {
                    "key": string("Of the upload."),
                    "size": nullable(whole("Bytes.", 100 << 20)),
                    "declaredHash": nullable(_HASH),
                    "manifestJson": nullable(string("What manifest.json in the archive says.")),
                },
                *("size", "declaredHash", "manifestJson"),
            ),
            {"key": _KEY},
            "Which archive.",
        ),
    ),
    "compat.abort": _shaped(
        "BundleProblem",
        "Forget a staged archive",
        _ok("200", "It is gone.", "Aborted"),
        (*CALLER, *BODY),
        requestBody=body(_open({"key": string("Of the upload.")}), {"key": _KEY}, "Which archive."),
    ),
    "compat.install": _shaped(
        "InstallProblem",
        "Install a version with all that it asks for, or move the install to it",
        _ok("202", "It is installed.", "InstallEnqueued"),
        (*OWNED, *BODY, *_INSTALL),
        requestBody=body(
            _open({"registryId": string("The extension's id or name."), "version": string("`1.2.3`, or `1.2.*` = the newest.")}),
            {"registryId": EXTENSION, "version": "1.0.*"},
            "What to install.",
        ),
    ),
    "compat.uninstall": _shaped(
        "InstallProblem",
        "Remove an install and what it stored",
        _ok("200", "It is gone.", "InstallEnqueued"),
        (*OWNED, *BODY),
        requestBody=body(
            _open({"registryId": string("The extension's id or name.")}), {"registryId": EXTENSION}, "What to remove."
        ),
    ),
    "compat.execute": operation(
        "Call an extension for a host application's server",
        "compatibility",
        _ok("200", "What it answered, or why it did not.", "Envelope"),
        (*ANY, *BODY, Reason.UNAUTHENTICATED),
        parameters=[
            in_header("x-alga-tenant", "As in the body.", string(pattern=TENANT), example="demo"),
            in_header("x-alga-extension", "As in the body.", string(), example=EXTENSION),
        ],
        security=_SERVICE,
        requestBody=body(
            _open(
                {
                    "context": _open(
                        {"tenant_id": string(), "extension_id": string(), "install_id": nullable(string()), "content_hash": _HASH},
                        "install_id",
                    ),
                    "http": _open(
                        {
                            "method": string(),
                            "path": string(pattern="^/[^?]*$"),
                            "query": _TEXTS,
                            "headers": _TEXTS,
                            "body_b64": nullable(string()),
                        },
                        *("query", "headers", "body_b64"),
                    ),
                    "limits": _open({"timeout_ms": nullable(whole("Milliseconds.", least=1))}, "timeout_ms"),
                    "user": _USER,
                },
                *("limits", "user"),
            ),
            {
                "context": {"tenant_id": "demo", "extension_id": EXTENSION, "content_hash": HASH},
                "http": {"method": "GET", "path": "/run"},
            },
            "The call.",
        ),
    ),
    "compat.validate": operation(
        "Whether an enabled install of a tenant runs a bundle",
        "compatibility",
        _ok("200", "Whether it does.", "Valid"),
        (*ANY, Reason.UNAUTHENTICATED),
        parameters=[
            in_query("tenant", "The tenant.", string(pattern=TENANT), required=True, example="demo"),
            in_query("extension", "The extension's id or name.", string(), required=True, example=EXTENSION),
            in_query("hash", "The bundle's.", _HASH, required=True, example=HASH),
            in_query("ts", "Of no consequence.", string()),
        ],
        security=_SERVICE,
    ),
    "compat.lookup": operation(
        "Which install a host name of a UI means",
        "compatibility",
        _ok("200", "This one.", "Located"),
        (*ANY, Reason.UNAUTHENTICATED, Reason.NOT_FOUND),
        parameters=[
            in_query("host", "The host name; a port behind it is passed over.", string(), required=True),
            in_query("ts", "Of no consequence.", string()),
        ],
        security=_SERVICE,
    ),
    "compat.root": operation(
        "To the first page of the UI that the host name means",
        "compatibility",
        {"307": answer("There it is; the query comes along.", fields=("Location", "Cache-Control"))},
        (*ANY, Reason.NOT_FOUND),
        security=[],
    ),
    "compat.healthz": operation(
        "Whether the gateway and its runners serve, in the words of the reference's runner",
        "compatibility",
        {**_ok("200", "They do.", "RunnerHealth"), **_ok("503", "They do not.", "RunnerHealth")},
        (Reason.INTERNAL,),
        security=[],
    ),
    "compat.warmup": operation(
        "Compile a bundle before it is called",
        "compatibility",
        _ok("200", "It is ready.", "Warmed"),
        (
            *(*ANY, *BODY, Reason.UNAUTHENTICATED, Reason.NOT_FOUND, Reason.VERSION_REVOKED, Reason.GUEST_NOT_RUNNABLE),
            *(Reason.ENDPOINT_NOT_FOUND, Reason.BUNDLE_INTEGRITY, Reason.ATTESTATION_INVALID),
        ),
        security=_SERVICE,
        requestBody=body(_open({"content_hash": _HASH}), {"content_hash": HASH}, "Which bundle."),
    ),
}
