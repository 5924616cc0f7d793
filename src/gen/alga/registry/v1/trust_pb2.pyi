import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Signed(_message.Message):
    __slots__ = ("payload", "signature", "key_id")
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    payload: bytes
    signature: bytes
    key_id: str
    def __init__(self, payload: _Optional[bytes] = ..., signature: _Optional[bytes] = ..., key_id: _Optional[str] = ...) -> None: ...

class PublishAttestation(_message.Message):
    __slots__ = ("content_hash", "tar_digest", "envelope_digest", "name", "version", "publisher", "attested_at")
    CONTENT_HASH_FIELD_NUMBER: _ClassVar[int]
    TAR_DIGEST_FIELD_NUMBER: _ClassVar[int]
    ENVELOPE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    PUBLISHER_FIELD_NUMBER: _ClassVar[int]
    ATTESTED_AT_FIELD_NUMBER: _ClassVar[int]
    content_hash: str
    tar_digest: str
    envelope_digest: str
    name: str
    version: str
    publisher: str
    attested_at: _timestamp_pb2.Timestamp
    def __init__(self, content_hash: _Optional[str] = ..., tar_digest: _Optional[str] = ..., envelope_digest: _Optional[str] = ..., name: _Optional[str] = ..., version: _Optional[str] = ..., publisher: _Optional[str] = ..., attested_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ExecutionGrant(_message.Message):
    __slots__ = ("tenant_id", "install_id", "extension_id", "version_id", "content_hash", "capabilities", "limits", "install_revision", "issued_at", "expires_at", "configuration", "registry_revision", "tenant_limits", "egress", "tenant_egress", "credentials", "secrets_revision")
    class ConfigurationEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTALL_ID_FIELD_NUMBER: _ClassVar[int]
    EXTENSION_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_ID_FIELD_NUMBER: _ClassVar[int]
    CONTENT_HASH_FIELD_NUMBER: _ClassVar[int]
    CAPABILITIES_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    INSTALL_REVISION_FIELD_NUMBER: _ClassVar[int]
    ISSUED_AT_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    CONFIGURATION_FIELD_NUMBER: _ClassVar[int]
    REGISTRY_REVISION_FIELD_NUMBER: _ClassVar[int]
    TENANT_LIMITS_FIELD_NUMBER: _ClassVar[int]
    EGRESS_FIELD_NUMBER: _ClassVar[int]
    TENANT_EGRESS_FIELD_NUMBER: _ClassVar[int]
    CREDENTIALS_FIELD_NUMBER: _ClassVar[int]
    SECRETS_REVISION_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    install_id: str
    extension_id: str
    version_id: str
    content_hash: str
    capabilities: _containers.RepeatedScalarFieldContainer[str]
    limits: Limits
    install_revision: int
    issued_at: _timestamp_pb2.Timestamp
    expires_at: _timestamp_pb2.Timestamp
    configuration: _containers.ScalarMap[str, str]
    registry_revision: int
    tenant_limits: Limits
    egress: _containers.RepeatedScalarFieldContainer[str]
    tenant_egress: EgressList
    credentials: _containers.RepeatedCompositeFieldContainer[Credential]
    secrets_revision: int
    def __init__(self, tenant_id: _Optional[str] = ..., install_id: _Optional[str] = ..., extension_id: _Optional[str] = ..., version_id: _Optional[str] = ..., content_hash: _Optional[str] = ..., capabilities: _Optional[_Iterable[str]] = ..., limits: _Optional[_Union[Limits, _Mapping]] = ..., install_revision: _Optional[int] = ..., issued_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expires_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., configuration: _Optional[_Mapping[str, str]] = ..., registry_revision: _Optional[int] = ..., tenant_limits: _Optional[_Union[Limits, _Mapping]] = ..., egress: _Optional[_Iterable[str]] = ..., tenant_egress: _Optional[_Union[EgressList, _Mapping]] = ..., credentials: _Optional[_Iterable[_Union[Credential, _Mapping]]] = ..., secrets_revision: _Optional[int] = ...) -> None: ...

class EgressList(_message.Message):
    __slots__ = ("destinations",)
    DESTINATIONS_FIELD_NUMBER: _ClassVar[int]
    destinations: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, destinations: _Optional[_Iterable[str]] = ...) -> None: ...

class Credential(_message.Message):
    __slots__ = ("origin", "header", "prefix", "secret")
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    HEADER_FIELD_NUMBER: _ClassVar[int]
    PREFIX_FIELD_NUMBER: _ClassVar[int]
    SECRET_FIELD_NUMBER: _ClassVar[int]
    origin: str
    header: str
    prefix: str
    secret: str
    def __init__(self, origin: _Optional[str] = ..., header: _Optional[str] = ..., prefix: _Optional[str] = ..., secret: _Optional[str] = ...) -> None: ...

class AssetGrant(_message.Message):
    __slots__ = ("content_hash", "issued_at", "expires_at")
    CONTENT_HASH_FIELD_NUMBER: _ClassVar[int]
    ISSUED_AT_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    content_hash: str
    issued_at: _timestamp_pb2.Timestamp
    expires_at: _timestamp_pb2.Timestamp
    def __init__(self, content_hash: _Optional[str] = ..., issued_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expires_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Limits(_message.Message):
    __slots__ = ("timeout_ms", "memory_bytes", "request_bytes", "response_bytes", "host_calls", "host_bytes", "log_lines", "log_bytes")
    TIMEOUT_MS_FIELD_NUMBER: _ClassVar[int]
    MEMORY_BYTES_FIELD_NUMBER: _ClassVar[int]
    REQUEST_BYTES_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_BYTES_FIELD_NUMBER: _ClassVar[int]
    HOST_CALLS_FIELD_NUMBER: _ClassVar[int]
    HOST_BYTES_FIELD_NUMBER: _ClassVar[int]
    LOG_LINES_FIELD_NUMBER: _ClassVar[int]
    LOG_BYTES_FIELD_NUMBER: _ClassVar[int]
    timeout_ms: int
    memory_bytes: int
    request_bytes: int
    response_bytes: int
    host_calls: int
    host_bytes: int
    log_lines: int
    log_bytes: int
    def __init__(self, timeout_ms: _Optional[int] = ..., memory_bytes: _Optional[int] = ..., request_bytes: _Optional[int] = ..., response_bytes: _Optional[int] = ..., host_calls: _Optional[int] = ..., host_bytes: _Optional[int] = ..., log_lines: _Optional[int] = ..., log_bytes: _Optional[int] = ...) -> None: ...
