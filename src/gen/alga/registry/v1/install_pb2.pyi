import datetime

from gen.alga.registry.v1 import extension_pb2 as _extension_pb2
from gen.alga.registry.v1 import trust_pb2 as _trust_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ChangeKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CHANGE_KIND_UNSPECIFIED: _ClassVar[ChangeKind]
    CHANGE_KIND_INSTALLED: _ClassVar[ChangeKind]
    CHANGE_KIND_UPDATED: _ClassVar[ChangeKind]
    CHANGE_KIND_ENABLED: _ClassVar[ChangeKind]
    CHANGE_KIND_DISABLED: _ClassVar[ChangeKind]
    CHANGE_KIND_UNINSTALLED: _ClassVar[ChangeKind]
    CHANGE_KIND_VERSION_REVOKED: _ClassVar[ChangeKind]
    CHANGE_KIND_GRANTS_CHANGED: _ClassVar[ChangeKind]
    CHANGE_KIND_CONFIGURED: _ClassVar[ChangeKind]
    CHANGE_KIND_LIMITS_CHANGED: _ClassVar[ChangeKind]
    CHANGE_KIND_EGRESS_CHANGED: _ClassVar[ChangeKind]
    CHANGE_KIND_SECRETS_CHANGED: _ClassVar[ChangeKind]
    CHANGE_KIND_ACCESS_CHANGED: _ClassVar[ChangeKind]
CHANGE_KIND_UNSPECIFIED: ChangeKind
CHANGE_KIND_INSTALLED: ChangeKind
CHANGE_KIND_UPDATED: ChangeKind
CHANGE_KIND_ENABLED: ChangeKind
CHANGE_KIND_DISABLED: ChangeKind
CHANGE_KIND_UNINSTALLED: ChangeKind
CHANGE_KIND_VERSION_REVOKED: ChangeKind
CHANGE_KIND_GRANTS_CHANGED: ChangeKind
CHANGE_KIND_CONFIGURED: ChangeKind
CHANGE_KIND_LIMITS_CHANGED: ChangeKind
CHANGE_KIND_EGRESS_CHANGED: ChangeKind
CHANGE_KIND_SECRETS_CHANGED: ChangeKind
CHANGE_KIND_ACCESS_CHANGED: ChangeKind

class Install(_message.Message):
    __slots__ = ("id", "tenant_id", "extension_id", "extension_name", "version_id", "version", "content_hash", "enabled", "granted_capabilities", "limits", "revision", "created_at", "updated_at", "configuration", "pending_update", "tenant_limits", "tenant_egress", "credentials", "secrets_revision", "access", "caller_limits")
    class ConfigurationEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    ID_FIELD_NUMBER: _ClassVar[int]
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    EXTENSION_ID_FIELD_NUMBER: _ClassVar[int]
    EXTENSION_NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    CONTENT_HASH_FIELD_NUMBER: _ClassVar[int]
    ENABLED_FIELD_NUMBER: _ClassVar[int]
    GRANTED_CAPABILITIES_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    UPDATED_AT_FIELD_NUMBER: _ClassVar[int]
    CONFIGURATION_FIELD_NUMBER: _ClassVar[int]
    PENDING_UPDATE_FIELD_NUMBER: _ClassVar[int]
    TENANT_LIMITS_FIELD_NUMBER: _ClassVar[int]
    TENANT_EGRESS_FIELD_NUMBER: _ClassVar[int]
    CREDENTIALS_FIELD_NUMBER: _ClassVar[int]
    SECRETS_REVISION_FIELD_NUMBER: _ClassVar[int]
    ACCESS_FIELD_NUMBER: _ClassVar[int]
    CALLER_LIMITS_FIELD_NUMBER: _ClassVar[int]
    id: str
    tenant_id: str
    extension_id: str
    extension_name: str
    version_id: str
    version: str
    content_hash: str
    enabled: bool
    granted_capabilities: _containers.RepeatedScalarFieldContainer[str]
    limits: _trust_pb2.Limits
    revision: int
    created_at: _timestamp_pb2.Timestamp
    updated_at: _timestamp_pb2.Timestamp
    configuration: _containers.ScalarMap[str, str]
    pending_update: PendingUpdate
    tenant_limits: _trust_pb2.Limits
    tenant_egress: _trust_pb2.EgressList
    credentials: _containers.RepeatedCompositeFieldContainer[_trust_pb2.Credential]
    secrets_revision: int
    access: AccessRules
    caller_limits: CallerLimits
    def __init__(self, id: _Optional[str] = ..., tenant_id: _Optional[str] = ..., extension_id: _Optional[str] = ..., extension_name: _Optional[str] = ..., version_id: _Optional[str] = ..., version: _Optional[str] = ..., content_hash: _Optional[str] = ..., enabled: _Optional[bool] = ..., granted_capabilities: _Optional[_Iterable[str]] = ..., limits: _Optional[_Union[_trust_pb2.Limits, _Mapping]] = ..., revision: _Optional[int] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., updated_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., configuration: _Optional[_Mapping[str, str]] = ..., pending_update: _Optional[_Union[PendingUpdate, _Mapping]] = ..., tenant_limits: _Optional[_Union[_trust_pb2.Limits, _Mapping]] = ..., tenant_egress: _Optional[_Union[_trust_pb2.EgressList, _Mapping]] = ..., credentials: _Optional[_Iterable[_Union[_trust_pb2.Credential, _Mapping]]] = ..., secrets_revision: _Optional[int] = ..., access: _Optional[_Union[AccessRules, _Mapping]] = ..., caller_limits: _Optional[_Union[CallerLimits, _Mapping]] = ...) -> None: ...

class CallerLimits(_message.Message):
    __slots__ = ("calls_per_minute", "calls_at_once", "calls_per_day", "cpu_seconds_per_day", "egress_bytes_per_day")
    CALLS_PER_MINUTE_FIELD_NUMBER: _ClassVar[int]
    CALLS_AT_ONCE_FIELD_NUMBER: _ClassVar[int]
    CALLS_PER_DAY_FIELD_NUMBER: _ClassVar[int]
    CPU_SECONDS_PER_DAY_FIELD_NUMBER: _ClassVar[int]
    EGRESS_BYTES_PER_DAY_FIELD_NUMBER: _ClassVar[int]
    calls_per_minute: int
    calls_at_once: int
    calls_per_day: int
    cpu_seconds_per_day: int
    egress_bytes_per_day: int
    def __init__(self, calls_per_minute: _Optional[int] = ..., calls_at_once: _Optional[int] = ..., calls_per_day: _Optional[int] = ..., cpu_seconds_per_day: _Optional[int] = ..., egress_bytes_per_day: _Optional[int] = ...) -> None: ...

class AccessRules(_message.Message):
    __slots__ = ("roles", "only_listed")
    ROLES_FIELD_NUMBER: _ClassVar[int]
    ONLY_LISTED_FIELD_NUMBER: _ClassVar[int]
    roles: _containers.RepeatedCompositeFieldContainer[RoleAccess]
    only_listed: bool
    def __init__(self, roles: _Optional[_Iterable[_Union[RoleAccess, _Mapping]]] = ..., only_listed: _Optional[bool] = ...) -> None: ...

class RoleAccess(_message.Message):
    __slots__ = ("role", "read", "write")
    ROLE_FIELD_NUMBER: _ClassVar[int]
    READ_FIELD_NUMBER: _ClassVar[int]
    WRITE_FIELD_NUMBER: _ClassVar[int]
    role: str
    read: bool
    write: bool
    def __init__(self, role: _Optional[str] = ..., read: _Optional[bool] = ..., write: _Optional[bool] = ...) -> None: ...

class PendingUpdate(_message.Message):
    __slots__ = ("version_id", "version", "content_hash", "difference", "requested_at")
    VERSION_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    CONTENT_HASH_FIELD_NUMBER: _ClassVar[int]
    DIFFERENCE_FIELD_NUMBER: _ClassVar[int]
    REQUESTED_AT_FIELD_NUMBER: _ClassVar[int]
    version_id: str
    version: str
    content_hash: str
    difference: UpdateDifference
    requested_at: _timestamp_pb2.Timestamp
    def __init__(self, version_id: _Optional[str] = ..., version: _Optional[str] = ..., content_hash: _Optional[str] = ..., difference: _Optional[_Union[UpdateDifference, _Mapping]] = ..., requested_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class UpdateDifference(_message.Message):
    __slots__ = ("added_capabilities", "removed_capabilities", "added_egress", "removed_egress", "added_endpoints", "removed_endpoints")
    ADDED_CAPABILITIES_FIELD_NUMBER: _ClassVar[int]
    REMOVED_CAPABILITIES_FIELD_NUMBER: _ClassVar[int]
    ADDED_EGRESS_FIELD_NUMBER: _ClassVar[int]
    REMOVED_EGRESS_FIELD_NUMBER: _ClassVar[int]
    ADDED_ENDPOINTS_FIELD_NUMBER: _ClassVar[int]
    REMOVED_ENDPOINTS_FIELD_NUMBER: _ClassVar[int]
    added_capabilities: _containers.RepeatedScalarFieldContainer[str]
    removed_capabilities: _containers.RepeatedScalarFieldContainer[str]
    added_egress: _containers.RepeatedScalarFieldContainer[str]
    removed_egress: _containers.RepeatedScalarFieldContainer[str]
    added_endpoints: _containers.RepeatedCompositeFieldContainer[_extension_pb2.Endpoint]
    removed_endpoints: _containers.RepeatedCompositeFieldContainer[_extension_pb2.Endpoint]
    def __init__(self, added_capabilities: _Optional[_Iterable[str]] = ..., removed_capabilities: _Optional[_Iterable[str]] = ..., added_egress: _Optional[_Iterable[str]] = ..., removed_egress: _Optional[_Iterable[str]] = ..., added_endpoints: _Optional[_Iterable[_Union[_extension_pb2.Endpoint, _Mapping]]] = ..., removed_endpoints: _Optional[_Iterable[_Union[_extension_pb2.Endpoint, _Mapping]]] = ...) -> None: ...

class Change(_message.Message):
    __slots__ = ("revision", "kind", "tenant_id", "install_id", "extension_id", "content_hash", "previous_revision")
    REVISION_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTALL_ID_FIELD_NUMBER: _ClassVar[int]
    EXTENSION_ID_FIELD_NUMBER: _ClassVar[int]
    CONTENT_HASH_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_REVISION_FIELD_NUMBER: _ClassVar[int]
    revision: int
    kind: ChangeKind
    tenant_id: str
    install_id: str
    extension_id: str
    content_hash: str
    previous_revision: int
    def __init__(self, revision: _Optional[int] = ..., kind: _Optional[_Union[ChangeKind, str]] = ..., tenant_id: _Optional[str] = ..., install_id: _Optional[str] = ..., extension_id: _Optional[str] = ..., content_hash: _Optional[str] = ..., previous_revision: _Optional[int] = ...) -> None: ...
