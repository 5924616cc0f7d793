import datetime

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
CHANGE_KIND_UNSPECIFIED: ChangeKind
CHANGE_KIND_INSTALLED: ChangeKind
CHANGE_KIND_UPDATED: ChangeKind
CHANGE_KIND_ENABLED: ChangeKind
CHANGE_KIND_DISABLED: ChangeKind
CHANGE_KIND_UNINSTALLED: ChangeKind
CHANGE_KIND_VERSION_REVOKED: ChangeKind

class Install(_message.Message):
    __slots__ = ("id", "tenant_id", "extension_id", "extension_name", "version_id", "version", "content_hash", "enabled", "granted_capabilities", "limits", "revision", "created_at", "updated_at")
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
    def __init__(self, id: _Optional[str] = ..., tenant_id: _Optional[str] = ..., extension_id: _Optional[str] = ..., extension_name: _Optional[str] = ..., version_id: _Optional[str] = ..., version: _Optional[str] = ..., content_hash: _Optional[str] = ..., enabled: _Optional[bool] = ..., granted_capabilities: _Optional[_Iterable[str]] = ..., limits: _Optional[_Union[_trust_pb2.Limits, _Mapping]] = ..., revision: _Optional[int] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., updated_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Change(_message.Message):
    __slots__ = ("revision", "kind", "tenant_id", "install_id", "extension_id", "content_hash")
    REVISION_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTALL_ID_FIELD_NUMBER: _ClassVar[int]
    EXTENSION_ID_FIELD_NUMBER: _ClassVar[int]
    CONTENT_HASH_FIELD_NUMBER: _ClassVar[int]
    revision: int
    kind: ChangeKind
    tenant_id: str
    install_id: str
    extension_id: str
    content_hash: str
    def __init__(self, revision: _Optional[int] = ..., kind: _Optional[_Union[ChangeKind, str]] = ..., tenant_id: _Optional[str] = ..., install_id: _Optional[str] = ..., extension_id: _Optional[str] = ..., content_hash: _Optional[str] = ...) -> None: ...
