"""The one error of this platform, `Fault`, and the one table that maps its reasons to gRPC, HTTP and people."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Self

import grpc

MAX_TEXT = 256  # characters of one metadata value or rule: status details share 16 KiB of gRPC metadata
MAX_VIOLATIONS = 32
NOTHING_RAN = "nothing_ran"  # a fact of a failed call: it had no effects, whatever its method

_Code = grpc.StatusCode


class Reason(IntEnum):
    """Why a call failed: the values of `alga.common.v1.ErrorReason`, which documents each of them."""

    INVALID_ARGUMENT = 1
    UNAUTHENTICATED = 2
    PERMISSION_DENIED = 3
    NOT_FOUND = 4
    ALREADY_EXISTS = 5
    PAYLOAD_TOO_LARGE = 6
    OVERLOADED = 7
    UNAVAILABLE = 8
    DEADLINE_EXCEEDED = 9
    CANCELLED = 10
    INTERNAL = 11
    METHOD_NOT_ALLOWED = 12
    HEADERS_TOO_LARGE = 13
    QUOTA_EXCEEDED = 14
    DRAINING = 15
    EXTENSION_NOT_AVAILABLE = 20
    EXTENSION_DISABLED = 21
    EXTENSION_REVOKED = 22
    ENDPOINT_NOT_FOUND = 23
    TENANT_MISMATCH = 24
    ASSET_NOT_FOUND = 25
    ASSET_PATH_INVALID = 26
    ASSET_TOO_LARGE = 27
    RATE_LIMITED = 28
    REQUEST_TIMED_OUT = 29
    MIXED_AUTH = 30
    INVALID_SERVICE_AUTH = 31
    MISSING_TENANT = 32
    ACCESS_POLICY_UNAVAILABLE = 33
    RANGE_NOT_SATISFIABLE = 34
    BUNDLE_DIGEST_MISMATCH = 40
    BUNDLE_SIZE_MISMATCH = 41
    ARCHIVE_INVALID = 42
    MANIFEST_INVALID = 43
    COMPONENT_INVALID = 44
    VERSION_CONFLICT = 45
    VERSION_YANKED = 46
    VERSION_REVOKED = 47
    NAME_TAKEN = 48
    UPDATE_NOT_PENDING = 49
    REVISION_CONFLICT = 50
    CONSENT_NEEDED = 51
    CERTIFICATE_INVALID = 59
    ENVELOPE_MISSING = 60
    ENVELOPE_INVALID = 61
    SIGNATURE_INVALID = 62
    SIGNER_UNTRUSTED = 63
    STATEMENT_MISMATCH = 64
    ATTESTATION_INVALID = 65
    BUNDLE_INTEGRITY = 66
    ENVELOPE_EXPIRED = 67
    SIGNER_EXPIRED = 68
    SIGNER_REVOKED = 69
    GRANT_INVALID = 70
    GRANT_EXPIRED = 71
    GRANT_STALE = 72
    CAPABILITY_DENIED = 73
    GUEST_TRAPPED = 80
    GUEST_TIMED_OUT = 81
    GUEST_MEMORY_EXCEEDED = 82
    GUEST_RESPONSE_INVALID = 83
    GUEST_RESPONSE_TOO_LARGE = 84
    GUEST_NOT_RUNNABLE = 85
    EXECUTOR_LOST = 86
    STORAGE_KEY_MISSING = 100
    STORAGE_CONFLICT = 101
    EGRESS_INVALID = 110
    EGRESS_DENIED = 111
    EGRESS_FAILED = 112
    SECRET_MISSING = 120
    SECRET_EXPIRED = 121
    SECRET_UNREADABLE = 122
    HOST_ROUTE_MISSING = 130
    HOST_DENIED = 131
    HOST_REJECTED = 132
    HOST_FAILED = 133
    USER_NOT_AVAILABLE = 140
    SCHEDULE_NOT_RUNNABLE = 150
    IDEMPOTENCY_CONFLICT = 160
    IDEMPOTENCY_IN_PROGRESS = 161
    OUTCOME_UNKNOWN = 162
    REPLAY_UNAVAILABLE = 163


class Blame(StrEnum):
    """Whose fault a failure is, for logs and metering."""

    CALLER = "caller"
    PUBLISHER = "publisher"
    GUEST = "guest"
    HOST = "host"


@dataclass(frozen=True, slots=True)
class Row:
    """What one reason means outside."""

    grpc: grpc.StatusCode
    http: int
    public: str
    retryable: bool = False
    blame: Blame = Blame.CALLER


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule of one field, in words that its sender understands."""

    field: str
    rule: str


class Fault(Exception):  # noqa: N818 - a fault is what it is called everywhere here
    """A failure with a reason.

    What leaves the process is the reason, its public sentence, `violations` and `facts`. `log` stays inside: it may hold paths,
    engine text and the like.
    """

    def __init__(
        self,
        reason: Reason,
        *,
        log: str = "",
        violations: tuple[Violation, ...] = (),
        facts: Mapping[str, str | int] | None = None,
    ) -> None:
        super().__init__(reason, log)
        self.reason = reason
        self.log = log
        self.violations = tuple(Violation(v.field[:MAX_TEXT], v.rule[:MAX_TEXT]) for v in violations[:MAX_VIOLATIONS])
        self.facts = {key: str(value)[:MAX_TEXT] for key, value in (facts or {}).items()}

    @classmethod
    def invalid(cls, field_name: str, rule: str, reason: Reason = Reason.INVALID_ARGUMENT) -> Self:
        """One field that breaks one rule; the rule says its limit."""
        return cls(reason, violations=(Violation(field_name, rule),))

    @property
    def row(self) -> Row:
        """What the reason means outside."""
        return TABLE[self.reason]

    def before_anything_ran(self) -> Self:
        """The same, and it is sure that the call had no effects."""
        self.facts[NOTHING_RAN] = "true"
        return self

    @property
    def nothing_ran(self) -> bool:
        """Whether it is sure that the call had no effects."""
        return NOTHING_RAN in self.facts

    @property
    def public(self) -> str:
        """The sentence for people outside: the reason's own, then the violations."""
        if not self.violations:
            return self.row.public
        return f"{self.row.public} " + "; ".join(f"{v.field}: {v.rule}" for v in self.violations)

    @property
    def code(self) -> str:
        """The reason as HTTP clients read it, e.g. `extension_not_available`."""
        return self.row_code(self.reason)

    @staticmethod
    def row_code(reason: Reason) -> str:
        """A reason's name on HTTP; the reference system's codes where it has one."""
        return _REFERENCE_CODES.get(reason, reason.name.lower())

    def __str__(self) -> str:
        parts = [self.reason.name, *(f"{v.field}: {v.rule}" for v in self.violations), self.log]
        return " | ".join(part for part in parts if part)


_REFERENCE_CODES = {
    Reason.PERMISSION_DENIED: "forbidden",
    Reason.DEADLINE_EXCEEDED: "timeout",
}


def _bad_guest(public: str, http: int = 502, code: grpc.StatusCode = _Code.ABORTED) -> Row:
    return Row(code, http, public, blame=Blame.GUEST)


def _bad_bundle(public: str, code: grpc.StatusCode = _Code.INVALID_ARGUMENT) -> Row:
    return Row(code, 400, public, blame=Blame.PUBLISHER)


def _bad_store(public: str) -> Row:
    return Row(_Code.DATA_LOSS, 502, public, blame=Blame.HOST)


TABLE: Mapping[Reason, Row] = {
    Reason.INVALID_ARGUMENT: Row(_Code.INVALID_ARGUMENT, 400, "The request is not valid."),
    Reason.UNAUTHENTICATED: Row(_Code.UNAUTHENTICATED, 401, "Valid credentials are needed."),
    Reason.PERMISSION_DENIED: Row(_Code.PERMISSION_DENIED, 403, "These credentials do not allow this."),
    Reason.NOT_FOUND: Row(_Code.NOT_FOUND, 404, "There is no such thing, or it is not yours to see."),
    Reason.ALREADY_EXISTS: Row(_Code.ALREADY_EXISTS, 409, "It exists already."),
    Reason.PAYLOAD_TOO_LARGE: Row(_Code.RESOURCE_EXHAUSTED, 413, "The request is larger than allowed."),
    Reason.OVERLOADED: Row(_Code.RESOURCE_EXHAUSTED, 503, "The service is busy; try again.", retryable=True, blame=Blame.HOST),
    Reason.UNAVAILABLE: Row(
        _Code.UNAVAILABLE, 503, "A needed service does not answer; try again.", retryable=True, blame=Blame.HOST
    ),
    Reason.DEADLINE_EXCEEDED: Row(_Code.DEADLINE_EXCEEDED, 504, "The time for the call is over.", blame=Blame.HOST),
    Reason.CANCELLED: Row(_Code.CANCELLED, 499, "The caller went away."),
    Reason.INTERNAL: Row(_Code.INTERNAL, 500, "Internal error; the request id finds it in the log.", blame=Blame.HOST),
    Reason.METHOD_NOT_ALLOWED: Row(_Code.UNIMPLEMENTED, 405, "The method is not allowed here."),
    Reason.HEADERS_TOO_LARGE: Row(_Code.RESOURCE_EXHAUSTED, 431, "The request's headers are too many or too large."),
    Reason.QUOTA_EXCEEDED: Row(_Code.RESOURCE_EXHAUSTED, 429, "A quota is used up."),
    Reason.DRAINING: Row(
        _Code.UNAVAILABLE, 503, "This service takes no new calls; nothing ran; try again.", retryable=True, blame=Blame.HOST
    ),
    Reason.EXTENSION_NOT_AVAILABLE: Row(_Code.NOT_FOUND, 404, "This extension is not available."),
    Reason.EXTENSION_DISABLED: Row(_Code.FAILED_PRECONDITION, 404, "This extension is switched off for your tenant."),
    Reason.EXTENSION_REVOKED: Row(_Code.FAILED_PRECONDITION, 404, "The installed version of this extension was revoked."),
    Reason.ENDPOINT_NOT_FOUND: Row(_Code.NOT_FOUND, 404, "The extension declares no such endpoint."),
    Reason.TENANT_MISMATCH: Row(_Code.PERMISSION_DENIED, 403, "The credentials belong to another tenant than the request names."),
    Reason.MIXED_AUTH: Row(_Code.UNAUTHENTICATED, 401, "The request shows more than one kind of credentials; send one."),
    Reason.INVALID_SERVICE_AUTH: Row(_Code.UNAUTHENTICATED, 401, "The service token or client certificate is not valid here."),
    Reason.MISSING_TENANT: Row(_Code.UNAUTHENTICATED, 401, "The credentials name no tenant."),
    Reason.ACCESS_POLICY_UNAVAILABLE: Row(
        _Code.UNAVAILABLE, 503, "Whether this is allowed cannot be said now; try again.", retryable=True, blame=Blame.HOST
    ),
    Reason.ASSET_NOT_FOUND: Row(_Code.NOT_FOUND, 404, "There is no such file."),
    Reason.ASSET_PATH_INVALID: Row(_Code.INVALID_ARGUMENT, 400, "The file's path is not allowed."),
    Reason.ASSET_TOO_LARGE: Row(_Code.RESOURCE_EXHAUSTED, 413, "The file is larger than allowed."),
    Reason.RANGE_NOT_SATISFIABLE: Row(_Code.OUT_OF_RANGE, 416, "The file has no such part."),
    Reason.RATE_LIMITED: Row(_Code.RESOURCE_EXHAUSTED, 429, "Too many requests; try again later.", retryable=True),
    Reason.REQUEST_TIMED_OUT: Row(_Code.DEADLINE_EXCEEDED, 408, "The request did not arrive in time; send it again."),
    Reason.BUNDLE_DIGEST_MISMATCH: _bad_bundle("The uploaded bytes do not have the promised digest."),
    Reason.BUNDLE_SIZE_MISMATCH: _bad_bundle("The upload does not have the promised size."),
    Reason.ARCHIVE_INVALID: _bad_bundle("The archive breaks a rule of the bundle format."),
    Reason.MANIFEST_INVALID: _bad_bundle("The manifest is not valid."),
    Reason.COMPONENT_INVALID: _bad_bundle("The component does not fit the world alga:extension/runner."),
    Reason.VERSION_CONFLICT: Row(
        _Code.ALREADY_EXISTS,
        409,
        "This version exists with other bytes, or these bytes as another version.",
        blame=Blame.PUBLISHER,
    ),
    Reason.VERSION_YANKED: Row(_Code.FAILED_PRECONDITION, 409, "This version was withdrawn from new installs."),
    Reason.VERSION_REVOKED: Row(_Code.FAILED_PRECONDITION, 409, "This version was revoked."),
    Reason.NAME_TAKEN: Row(_Code.PERMISSION_DENIED, 403, "This name belongs to another publisher.", blame=Blame.PUBLISHER),
    Reason.UPDATE_NOT_PENDING: Row(_Code.FAILED_PRECONDITION, 409, "No such update waits for consent."),
    Reason.REVISION_CONFLICT: Row(_Code.ABORTED, 409, "The install changed since it was read; read it again."),
    Reason.CONSENT_NEEDED: Row(
        _Code.FAILED_PRECONDITION, 409, "The version asks for more than the installed one; the tenant has to agree."
    ),
    Reason.CERTIFICATE_INVALID: _bad_bundle(
        "The signature's certificates do not lead to a trusted root, or are not for code signing.", _Code.FAILED_PRECONDITION
    ),
    Reason.ENVELOPE_MISSING: _bad_bundle("The bundle is not signed: no signature envelope was sent.", _Code.FAILED_PRECONDITION),
    Reason.ENVELOPE_INVALID: _bad_bundle("The signature envelope is not of the documented form.", _Code.FAILED_PRECONDITION),
    Reason.SIGNATURE_INVALID: _bad_bundle("The signature does not verify.", _Code.FAILED_PRECONDITION),
    Reason.SIGNER_UNTRUSTED: _bad_bundle("The signing key is not trusted for this publisher.", _Code.FAILED_PRECONDITION),
    Reason.STATEMENT_MISMATCH: _bad_bundle("The signed statement speaks of another bundle.", _Code.FAILED_PRECONDITION),
    Reason.ENVELOPE_EXPIRED: _bad_bundle("The signed statement is not valid at this time.", _Code.FAILED_PRECONDITION),
    Reason.SIGNER_EXPIRED: _bad_bundle("The signing key or certificate was not valid at this time.", _Code.FAILED_PRECONDITION),
    Reason.SIGNER_REVOKED: _bad_bundle("The signing key was revoked.", _Code.FAILED_PRECONDITION),
    Reason.ATTESTATION_INVALID: _bad_store("The registry's attestation of this bundle does not verify."),
    Reason.BUNDLE_INTEGRITY: _bad_store("The stored bundle is not the one that was published."),
    Reason.GRANT_INVALID: Row(_Code.PERMISSION_DENIED, 403, "The execution grant is not valid."),
    Reason.GRANT_EXPIRED: Row(_Code.PERMISSION_DENIED, 403, "The execution grant's time is over; resolve again."),
    Reason.GRANT_STALE: Row(_Code.PERMISSION_DENIED, 403, "The install changed since the grant was made; resolve again."),
    Reason.CAPABILITY_DENIED: Row(_Code.PERMISSION_DENIED, 403, "The install does not grant this capability.", blame=Blame.GUEST),
    Reason.GUEST_TRAPPED: _bad_guest("The extension failed."),
    Reason.GUEST_TIMED_OUT: _bad_guest("The extension took too long.", 504, _Code.DEADLINE_EXCEEDED),
    Reason.GUEST_MEMORY_EXCEEDED: _bad_guest("The extension used more memory than allowed."),
    Reason.GUEST_RESPONSE_INVALID: _bad_guest("The extension's answer is not a valid response."),
    Reason.GUEST_RESPONSE_TOO_LARGE: _bad_guest("The extension's answer is larger than allowed."),
    Reason.GUEST_NOT_RUNNABLE: _bad_guest("The extension cannot run here.", code=_Code.FAILED_PRECONDITION),
    Reason.EXECUTOR_LOST: Row(_Code.UNAVAILABLE, 503, "The call was lost; it may have had effects.", blame=Blame.HOST),
    Reason.STORAGE_KEY_MISSING: Row(_Code.NOT_FOUND, 404, "There is no such key.", blame=Blame.GUEST),
    Reason.STORAGE_CONFLICT: Row(_Code.ABORTED, 409, "The entry has another revision than expected.", blame=Blame.GUEST),
    Reason.EGRESS_INVALID: Row(_Code.INVALID_ARGUMENT, 400, "The outgoing request is not valid.", blame=Blame.GUEST),
    Reason.EGRESS_DENIED: Row(_Code.PERMISSION_DENIED, 403, "The destination is not allowed.", blame=Blame.GUEST),
    Reason.EGRESS_FAILED: Row(_Code.ABORTED, 502, "The destination gave no whole answer.", blame=Blame.GUEST),
    Reason.SECRET_MISSING: Row(_Code.NOT_FOUND, 404, "There is no such secret.", blame=Blame.GUEST),
    Reason.SECRET_EXPIRED: Row(_Code.FAILED_PRECONDITION, 409, "The secret's time is over; store it again."),
    Reason.SECRET_UNREADABLE: Row(
        _Code.FAILED_PRECONDITION, 502, "The secret cannot be opened here; store it again.", blame=Blame.HOST
    ),
    Reason.HOST_ROUTE_MISSING: Row(_Code.NOT_FOUND, 404, "The host application has no such route.", blame=Blame.GUEST),
    Reason.HOST_DENIED: Row(_Code.PERMISSION_DENIED, 403, "The host application does not allow this.", blame=Blame.GUEST),
    Reason.HOST_REJECTED: Row(_Code.INVALID_ARGUMENT, 400, "The host application refused the request.", blame=Blame.GUEST),
    Reason.HOST_FAILED: Row(_Code.UNAVAILABLE, 502, "The host application does not answer as it should.", blame=Blame.HOST),
    Reason.USER_NOT_AVAILABLE: Row(_Code.NOT_FOUND, 404, "No user is behind this call.", blame=Blame.GUEST),
    Reason.SCHEDULE_NOT_RUNNABLE: Row(
        _Code.FAILED_PRECONDITION, 409, "The schedule or its extension is switched off, or a run of it is not over."
    ),
    Reason.IDEMPOTENCY_CONFLICT: Row(
        _Code.FAILED_PRECONDITION, 409, "This idempotency key was used for another request; use a new key for each request."
    ),
    Reason.IDEMPOTENCY_IN_PROGRESS: Row(
        _Code.ABORTED, 409, "The first request with this idempotency key is not over; try again with the same key.", retryable=True
    ),
    Reason.OUTCOME_UNKNOWN: Row(
        _Code.ABORTED,
        502,
        "The first request with this idempotency key began and its outcome is not known: it may have had effects, and this key "
        "never runs it again.",
        blame=Blame.HOST,
    ),
    Reason.REPLAY_UNAVAILABLE: Row(
        _Code.FAILED_PRECONDITION,
        409,
        "The first request with this idempotency key was answered; its answer was too large to be kept.",
    ),
}
