"""What the reference's command line, server and runner ask, in their shapes: `docs/compatibility.md`."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from gateway.handlers.compat import refusals
from gateway.openapi.calls import HASH, REFERENCE, TENANT
from gateway.openapi.parts import (
    ANY,
    BODY,
    BY_KEY,
    EXTENSION,
    HOLDER,
    Json,
    answer,
    body,
    by_status,
    closed,
    in_header,
    in_query,
    nullable,
    operation,
    problem_headers,
    problems,
    ref,
    string,
    whole,
)
from gateway.openapi.schemas import CODES, FLAG
from gateway.reply import PROBLEM
from kernel import user
from kernel.errors import TABLE, Fault, Reason

_HASH: Final = string("SHA-256 of the archive; `sha256:` before it may be left out.", pattern=r"^(sha256:)?[0-9a-fA-F]{64}$")
# Examples that a test replaces by real ones, or that may go without the other ones.
OTHER: Final = "com.acme.other"
_UPLOAD: Final = "00000000-0000-4000-8000-000000000003"
HOST: Final = "00000000-0000-4000-8000-000000000004.apps.example.com"
_GONE: Final = "00000000-0000-4000-8000-000000000005"
_KEY: Final = string("Of the upload.", pattern=r"^sha256/_staging/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/bundle\.tar\.zst$")
_REFERENCE: Final = string("The extension's id or name.", pattern=REFERENCE)
_BASE64: Final = nullable(string("Base64.", pattern="^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"))
_TENANT: Final = in_header(
    "x-tenant-id", "The tenant, if the key names none; otherwise the key's.", string(format="tenant"), example="demo"
)
_SERVICE: Final[tuple[Json, ...]] = ({"ServiceToken": []}, {"HostApplication": []})
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
_PLAIN: Final = r"^[^\x00-\x1f\x7f]*$"  # no control characters
_USER: Final = closed(
    {
        "user_id": string(minLength=1, maxLength=user.MAX_ID, pattern=_PLAIN),
        "user_email": string(maxLength=user.MAX_EMAIL, pattern=_PLAIN),
        "user_name": string(maxLength=user.MAX_NAME, pattern=_PLAIN),
        "user_type": string(enum=[user.INTERNAL, user.CLIENT]),
        "client_name": nullable(string(maxLength=user.MAX_NAME, pattern=_PLAIN)),
        "company_name": nullable(string("Where there is no `client_name`.", maxLength=user.MAX_NAME, pattern=_PLAIN)),
        "client_id": nullable(string(maxLength=user.MAX_ID, pattern=_PLAIN)),
        "additional_fields": {
            "type": ["object", "null"],
            "description": "At most 8 KiB together.",
            "maxProperties": user.MAX_FIELDS,
            "propertyNames": {"minLength": 1, "maxLength": user.MAX_FIELD_NAME, "pattern": _PLAIN},
            "additionalProperties": {"type": "string", "maxLength": 128, "pattern": _PLAIN},
        },
    },
    *("client_name", "company_name", "client_id", "additional_fields"),
)
# What the user of the body says beside is passed over.
_USER.pop("additionalProperties")
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
    "Located": closed({"tenant_id": string(pattern=TENANT), "extension_id": string(), "content_hash": string()}),
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


@dataclass(frozen=True, slots=True)
class Shape:
    """How failures look: the schema, what stands in it for a reason, its member that has our code, and its status."""

    schema: str
    word: Callable[[Reason], str]
    ours: str
    status: Callable[[Reason], int]


_BUNDLES: Final = Shape("BundleProblem", refusals.bundle_code, "reason", refusals.bundle_status)
_INSTALLS: Final = Shape("InstallProblem", refusals.install_code, "code", lambda reason: TABLE[reason].http)


def _shaped(shape: Shape, summary: str, answers: Json, reasons: Iterable[Reason], **more: Any) -> Json:
    """An operation for API keys whose failures have the reference's shape; ours have those that come before any handler."""
    reasons = (*HOLDER, *reasons)
    statuses = problems(reasons)
    for status, found in by_status(reasons, shape.status).items():
        text = "  \n".join(f"`{shape.word(reason)}` (`{Fault.row_code(reason)}`): {TABLE[reason].public}" for reason in found)
        members = {"status": {"const": status}, shape.ours: {"enum": [Fault.row_code(reason) for reason in found]}}
        schemas: list[Json] = [{"allOf": [ref(shape.schema), {"properties": members}]}]
        if str(status) in statuses:
            schemas.append(statuses[str(status)]["content"][PROBLEM]["schema"])
        content = {PROBLEM: {"schema": {"anyOf": schemas}}}
        statuses[str(status)] = {"description": text, "headers": problem_headers(status, found), "content": content}
    parameters = more.pop("parameters", [_TENANT])
    return operation(summary, "compatibility", {**answers, **statuses}, (), parameters=parameters, security=BY_KEY, **more)


def _ok(status: str, text: str, schema: str) -> Json:
    return {status: answer(text, ref(schema), fields=("Cache-Control",))}


def _open(properties: Json, *optional: str) -> Json:
    """An object in which other members are passed over."""
    return {key: value for key, value in closed(properties, *optional).items() if key != "additionalProperties"}


COMPAT: Final[dict[str, Json]] = {
    "compat.upload": _shaped(
        _BUNDLES,
        "Stage an archive",
        _ok("200", "It waits to be finalized, for 15 minutes.", "Staged"),
        (*BODY, *_PUBLISH),
        parameters=[
            in_query("filename", "Of no consequence.", string(maxLength=255)),
            in_query("size", "Bytes of the body.", whole("Bytes.", 100 << 20, 1), required=True, example=10),
            in_query("declaredHash", "Of the body.", _HASH),
            _TENANT,
        ],
        requestBody={
            "description": "`bundle.tar.zst`.",
            "required": True,
            "content": {"application/octet-stream": {"schema": string(format="binary"), "example": "an archive"}},
        },
    ),
    "compat.finalize": _shaped(
        _BUNDLES,
        "Publish a staged archive; the registry signs it",
        _ok("200", "It is published.", "Finalized"),
        (*BODY, *_PUBLISH, Reason.NOT_FOUND),
        requestBody=body(
            _open(
                {
                    "key": _KEY,
                    "size": nullable(whole("Bytes.", 100 << 20)),
                    "declaredHash": nullable(_HASH),
                    "manifestJson": nullable(string("What manifest.json in the archive says.")),
                },
                *("size", "declaredHash", "manifestJson"),
            ),
            {"key": f"sha256/_staging/{_UPLOAD}/bundle.tar.zst"},
            "Which archive.",
        ),
    ),
    "compat.abort": _shaped(
        _BUNDLES,
        "Forget a staged archive",
        _ok("200", "It is gone.", "Aborted"),
        BODY,
        requestBody=body(
            _open({"key": string("Of the upload.", minLength=1, maxLength=255, pattern=_PLAIN)}),
            {"key": f"sha256/_staging/{_GONE}/bundle.tar.zst"},
            "Which archive.",
        ),
    ),
    "compat.install": _shaped(
        _INSTALLS,
        "Install a version with all that it asks for, or move the install to it",
        _ok("202", "It is installed.", "InstallEnqueued"),
        (Reason.NOT_FOUND, *BODY, *_INSTALL),
        requestBody=body(
            _open({"registryId": _REFERENCE, "version": string("`1.2.3`, or `1.2.*` = the newest.", format="version")}),
            {"registryId": OTHER, "version": "1.0.*"},
            "What to install.",
        ),
    ),
    "compat.uninstall": _shaped(
        _INSTALLS,
        "Remove an install and what it stored",
        _ok("200", "It is gone.", "InstallEnqueued"),
        (Reason.NOT_FOUND, *BODY),
        requestBody=body(_open({"registryId": _REFERENCE}), {"registryId": OTHER}, "What to remove."),
    ),
    "compat.execute": operation(
        "Call an extension for a host application's server",
        "compatibility",
        _ok("200", "What it answered, or why it did not.", "Envelope"),
        (*ANY, *BODY, Reason.UNAUTHENTICATED),
        parameters=[
            in_header("x-alga-tenant", "As in the body.", string(), example="demo"),
            in_header("x-alga-extension", "As in the body.", string(), example=EXTENSION),
        ],
        security=_SERVICE,
        requestBody=body(
            _open(
                {
                    "context": _open(
                        {
                            "tenant_id": string(pattern=TENANT),
                            "extension_id": string(),
                            "install_id": nullable(string()),
                            "content_hash": _HASH,
                        },
                        "install_id",
                    ),
                    "http": _open(
                        {
                            "method": string(enum=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]),
                            "path": string(pattern="^/[A-Za-z0-9._~/-]*$", maxLength=8_000),
                            "query": nullable(_TEXTS),
                            "headers": nullable(_TEXTS),
                            "body_b64": _BASE64,
                        },
                        *("query", "headers", "body_b64"),
                    ),
                    "limits": nullable(_open({"timeout_ms": nullable(whole("Milliseconds.", least=1))}, "timeout_ms")),
                    "user": nullable(_USER),
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
            in_query("extension", "The extension's id or name.", string(minLength=1), required=True, example=EXTENSION),
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
            in_query("host", "The host name; a port behind it is passed over.", string(), required=True, example=HOST),
            in_query("ts", "Of no consequence.", string()),
        ],
        security=_SERVICE,
    ),
    "compat.root": operation(
        "To the first page of the UI that the host name means",
        "compatibility",
        {"307": answer("There it is; the query comes along.", fields=("Location", "Cache-Control"))},
        (*ANY, Reason.NOT_FOUND),
        parameters=[in_header("Host", "The name.", string(format="host-of-ui"), example=HOST)],
        security=[],
    ),
    "compat.healthz": operation(
        "Whether the process runs, in the words of the reference's runner",
        "compatibility",
        _ok("200", "It does.", "RunnerHealth"),
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
