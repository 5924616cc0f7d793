from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ErrorReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ERROR_REASON_UNSPECIFIED: _ClassVar[ErrorReason]
    ERROR_REASON_INVALID_ARGUMENT: _ClassVar[ErrorReason]
    ERROR_REASON_UNAUTHENTICATED: _ClassVar[ErrorReason]
    ERROR_REASON_PERMISSION_DENIED: _ClassVar[ErrorReason]
    ERROR_REASON_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_ALREADY_EXISTS: _ClassVar[ErrorReason]
    ERROR_REASON_PAYLOAD_TOO_LARGE: _ClassVar[ErrorReason]
    ERROR_REASON_OVERLOADED: _ClassVar[ErrorReason]
    ERROR_REASON_UNAVAILABLE: _ClassVar[ErrorReason]
    ERROR_REASON_DEADLINE_EXCEEDED: _ClassVar[ErrorReason]
    ERROR_REASON_CANCELLED: _ClassVar[ErrorReason]
    ERROR_REASON_INTERNAL: _ClassVar[ErrorReason]
    ERROR_REASON_METHOD_NOT_ALLOWED: _ClassVar[ErrorReason]
    ERROR_REASON_HEADERS_TOO_LARGE: _ClassVar[ErrorReason]
    ERROR_REASON_QUOTA_EXCEEDED: _ClassVar[ErrorReason]
    ERROR_REASON_DRAINING: _ClassVar[ErrorReason]
    ERROR_REASON_EXTENSION_NOT_AVAILABLE: _ClassVar[ErrorReason]
    ERROR_REASON_EXTENSION_DISABLED: _ClassVar[ErrorReason]
    ERROR_REASON_EXTENSION_REVOKED: _ClassVar[ErrorReason]
    ERROR_REASON_ENDPOINT_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_TENANT_MISMATCH: _ClassVar[ErrorReason]
    ERROR_REASON_ASSET_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_ASSET_PATH_INVALID: _ClassVar[ErrorReason]
    ERROR_REASON_ASSET_TOO_LARGE: _ClassVar[ErrorReason]
    ERROR_REASON_RATE_LIMITED: _ClassVar[ErrorReason]
    ERROR_REASON_REQUEST_TIMED_OUT: _ClassVar[ErrorReason]
    ERROR_REASON_MIXED_AUTH: _ClassVar[ErrorReason]
    ERROR_REASON_INVALID_SERVICE_AUTH: _ClassVar[ErrorReason]
    ERROR_REASON_MISSING_TENANT: _ClassVar[ErrorReason]
    ERROR_REASON_ACCESS_POLICY_UNAVAILABLE: _ClassVar[ErrorReason]
    ERROR_REASON_BUNDLE_DIGEST_MISMATCH: _ClassVar[ErrorReason]
    ERROR_REASON_BUNDLE_SIZE_MISMATCH: _ClassVar[ErrorReason]
    ERROR_REASON_ARCHIVE_INVALID: _ClassVar[ErrorReason]
    ERROR_REASON_MANIFEST_INVALID: _ClassVar[ErrorReason]
    ERROR_REASON_COMPONENT_INVALID: _ClassVar[ErrorReason]
    ERROR_REASON_VERSION_CONFLICT: _ClassVar[ErrorReason]
    ERROR_REASON_VERSION_YANKED: _ClassVar[ErrorReason]
    ERROR_REASON_VERSION_REVOKED: _ClassVar[ErrorReason]
    ERROR_REASON_NAME_TAKEN: _ClassVar[ErrorReason]
    ERROR_REASON_UPDATE_NOT_PENDING: _ClassVar[ErrorReason]
    ERROR_REASON_REVISION_CONFLICT: _ClassVar[ErrorReason]
    ERROR_REASON_CERTIFICATE_INVALID: _ClassVar[ErrorReason]
    ERROR_REASON_ENVELOPE_MISSING: _ClassVar[ErrorReason]
    ERROR_REASON_ENVELOPE_INVALID: _ClassVar[ErrorReason]
    ERROR_REASON_SIGNATURE_INVALID: _ClassVar[ErrorReason]
    ERROR_REASON_SIGNER_UNTRUSTED: _ClassVar[ErrorReason]
    ERROR_REASON_STATEMENT_MISMATCH: _ClassVar[ErrorReason]
    ERROR_REASON_ATTESTATION_INVALID: _ClassVar[ErrorReason]
    ERROR_REASON_BUNDLE_INTEGRITY: _ClassVar[ErrorReason]
    ERROR_REASON_ENVELOPE_EXPIRED: _ClassVar[ErrorReason]
    ERROR_REASON_SIGNER_EXPIRED: _ClassVar[ErrorReason]
    ERROR_REASON_SIGNER_REVOKED: _ClassVar[ErrorReason]
    ERROR_REASON_GRANT_INVALID: _ClassVar[ErrorReason]
    ERROR_REASON_GRANT_EXPIRED: _ClassVar[ErrorReason]
    ERROR_REASON_GRANT_STALE: _ClassVar[ErrorReason]
    ERROR_REASON_CAPABILITY_DENIED: _ClassVar[ErrorReason]
    ERROR_REASON_GUEST_TRAPPED: _ClassVar[ErrorReason]
    ERROR_REASON_GUEST_TIMED_OUT: _ClassVar[ErrorReason]
    ERROR_REASON_GUEST_MEMORY_EXCEEDED: _ClassVar[ErrorReason]
    ERROR_REASON_GUEST_RESPONSE_INVALID: _ClassVar[ErrorReason]
    ERROR_REASON_GUEST_RESPONSE_TOO_LARGE: _ClassVar[ErrorReason]
    ERROR_REASON_GUEST_NOT_RUNNABLE: _ClassVar[ErrorReason]
    ERROR_REASON_EXECUTOR_LOST: _ClassVar[ErrorReason]
    ERROR_REASON_STORAGE_KEY_MISSING: _ClassVar[ErrorReason]
    ERROR_REASON_STORAGE_CONFLICT: _ClassVar[ErrorReason]
    ERROR_REASON_EGRESS_INVALID: _ClassVar[ErrorReason]
    ERROR_REASON_EGRESS_DENIED: _ClassVar[ErrorReason]
    ERROR_REASON_EGRESS_FAILED: _ClassVar[ErrorReason]
    ERROR_REASON_SECRET_MISSING: _ClassVar[ErrorReason]
    ERROR_REASON_SECRET_EXPIRED: _ClassVar[ErrorReason]
    ERROR_REASON_SECRET_UNREADABLE: _ClassVar[ErrorReason]
    ERROR_REASON_HOST_ROUTE_MISSING: _ClassVar[ErrorReason]
    ERROR_REASON_HOST_DENIED: _ClassVar[ErrorReason]
    ERROR_REASON_HOST_REJECTED: _ClassVar[ErrorReason]
    ERROR_REASON_HOST_FAILED: _ClassVar[ErrorReason]
    ERROR_REASON_USER_NOT_AVAILABLE: _ClassVar[ErrorReason]
    ERROR_REASON_SCHEDULE_NOT_RUNNABLE: _ClassVar[ErrorReason]
    ERROR_REASON_IDEMPOTENCY_CONFLICT: _ClassVar[ErrorReason]
    ERROR_REASON_IDEMPOTENCY_IN_PROGRESS: _ClassVar[ErrorReason]
    ERROR_REASON_OUTCOME_UNKNOWN: _ClassVar[ErrorReason]
    ERROR_REASON_REPLAY_UNAVAILABLE: _ClassVar[ErrorReason]
ERROR_REASON_UNSPECIFIED: ErrorReason
ERROR_REASON_INVALID_ARGUMENT: ErrorReason
ERROR_REASON_UNAUTHENTICATED: ErrorReason
ERROR_REASON_PERMISSION_DENIED: ErrorReason
ERROR_REASON_NOT_FOUND: ErrorReason
ERROR_REASON_ALREADY_EXISTS: ErrorReason
ERROR_REASON_PAYLOAD_TOO_LARGE: ErrorReason
ERROR_REASON_OVERLOADED: ErrorReason
ERROR_REASON_UNAVAILABLE: ErrorReason
ERROR_REASON_DEADLINE_EXCEEDED: ErrorReason
ERROR_REASON_CANCELLED: ErrorReason
ERROR_REASON_INTERNAL: ErrorReason
ERROR_REASON_METHOD_NOT_ALLOWED: ErrorReason
ERROR_REASON_HEADERS_TOO_LARGE: ErrorReason
ERROR_REASON_QUOTA_EXCEEDED: ErrorReason
ERROR_REASON_DRAINING: ErrorReason
ERROR_REASON_EXTENSION_NOT_AVAILABLE: ErrorReason
ERROR_REASON_EXTENSION_DISABLED: ErrorReason
ERROR_REASON_EXTENSION_REVOKED: ErrorReason
ERROR_REASON_ENDPOINT_NOT_FOUND: ErrorReason
ERROR_REASON_TENANT_MISMATCH: ErrorReason
ERROR_REASON_ASSET_NOT_FOUND: ErrorReason
ERROR_REASON_ASSET_PATH_INVALID: ErrorReason
ERROR_REASON_ASSET_TOO_LARGE: ErrorReason
ERROR_REASON_RATE_LIMITED: ErrorReason
ERROR_REASON_REQUEST_TIMED_OUT: ErrorReason
ERROR_REASON_MIXED_AUTH: ErrorReason
ERROR_REASON_INVALID_SERVICE_AUTH: ErrorReason
ERROR_REASON_MISSING_TENANT: ErrorReason
ERROR_REASON_ACCESS_POLICY_UNAVAILABLE: ErrorReason
ERROR_REASON_BUNDLE_DIGEST_MISMATCH: ErrorReason
ERROR_REASON_BUNDLE_SIZE_MISMATCH: ErrorReason
ERROR_REASON_ARCHIVE_INVALID: ErrorReason
ERROR_REASON_MANIFEST_INVALID: ErrorReason
ERROR_REASON_COMPONENT_INVALID: ErrorReason
ERROR_REASON_VERSION_CONFLICT: ErrorReason
ERROR_REASON_VERSION_YANKED: ErrorReason
ERROR_REASON_VERSION_REVOKED: ErrorReason
ERROR_REASON_NAME_TAKEN: ErrorReason
ERROR_REASON_UPDATE_NOT_PENDING: ErrorReason
ERROR_REASON_REVISION_CONFLICT: ErrorReason
ERROR_REASON_CERTIFICATE_INVALID: ErrorReason
ERROR_REASON_ENVELOPE_MISSING: ErrorReason
ERROR_REASON_ENVELOPE_INVALID: ErrorReason
ERROR_REASON_SIGNATURE_INVALID: ErrorReason
ERROR_REASON_SIGNER_UNTRUSTED: ErrorReason
ERROR_REASON_STATEMENT_MISMATCH: ErrorReason
ERROR_REASON_ATTESTATION_INVALID: ErrorReason
ERROR_REASON_BUNDLE_INTEGRITY: ErrorReason
ERROR_REASON_ENVELOPE_EXPIRED: ErrorReason
ERROR_REASON_SIGNER_EXPIRED: ErrorReason
ERROR_REASON_SIGNER_REVOKED: ErrorReason
ERROR_REASON_GRANT_INVALID: ErrorReason
ERROR_REASON_GRANT_EXPIRED: ErrorReason
ERROR_REASON_GRANT_STALE: ErrorReason
ERROR_REASON_CAPABILITY_DENIED: ErrorReason
ERROR_REASON_GUEST_TRAPPED: ErrorReason
ERROR_REASON_GUEST_TIMED_OUT: ErrorReason
ERROR_REASON_GUEST_MEMORY_EXCEEDED: ErrorReason
ERROR_REASON_GUEST_RESPONSE_INVALID: ErrorReason
ERROR_REASON_GUEST_RESPONSE_TOO_LARGE: ErrorReason
ERROR_REASON_GUEST_NOT_RUNNABLE: ErrorReason
ERROR_REASON_EXECUTOR_LOST: ErrorReason
ERROR_REASON_STORAGE_KEY_MISSING: ErrorReason
ERROR_REASON_STORAGE_CONFLICT: ErrorReason
ERROR_REASON_EGRESS_INVALID: ErrorReason
ERROR_REASON_EGRESS_DENIED: ErrorReason
ERROR_REASON_EGRESS_FAILED: ErrorReason
ERROR_REASON_SECRET_MISSING: ErrorReason
ERROR_REASON_SECRET_EXPIRED: ErrorReason
ERROR_REASON_SECRET_UNREADABLE: ErrorReason
ERROR_REASON_HOST_ROUTE_MISSING: ErrorReason
ERROR_REASON_HOST_DENIED: ErrorReason
ERROR_REASON_HOST_REJECTED: ErrorReason
ERROR_REASON_HOST_FAILED: ErrorReason
ERROR_REASON_USER_NOT_AVAILABLE: ErrorReason
ERROR_REASON_SCHEDULE_NOT_RUNNABLE: ErrorReason
ERROR_REASON_IDEMPOTENCY_CONFLICT: ErrorReason
ERROR_REASON_IDEMPOTENCY_IN_PROGRESS: ErrorReason
ERROR_REASON_OUTCOME_UNKNOWN: ErrorReason
ERROR_REASON_REPLAY_UNAVAILABLE: ErrorReason

class ErrorDetail(_message.Message):
    __slots__ = ("reason", "metadata", "violations")
    class MetadataEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    REASON_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    VIOLATIONS_FIELD_NUMBER: _ClassVar[int]
    reason: ErrorReason
    metadata: _containers.ScalarMap[str, str]
    violations: _containers.RepeatedCompositeFieldContainer[FieldViolation]
    def __init__(self, reason: _Optional[_Union[ErrorReason, str]] = ..., metadata: _Optional[_Mapping[str, str]] = ..., violations: _Optional[_Iterable[_Union[FieldViolation, _Mapping]]] = ...) -> None: ...

class FieldViolation(_message.Message):
    __slots__ = ("field", "rule")
    FIELD_FIELD_NUMBER: _ClassVar[int]
    RULE_FIELD_NUMBER: _ClassVar[int]
    field: str
    rule: str
    def __init__(self, field: _Optional[str] = ..., rule: _Optional[str] = ...) -> None: ...
