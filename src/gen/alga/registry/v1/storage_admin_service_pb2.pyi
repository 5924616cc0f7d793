import datetime

from gen.alga.registry.v1 import storage_service_pb2 as _storage_service_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Namespace(_message.Message):
    __slots__ = ("name", "keys", "total_bytes")
    NAME_FIELD_NUMBER: _ClassVar[int]
    KEYS_FIELD_NUMBER: _ClassVar[int]
    TOTAL_BYTES_FIELD_NUMBER: _ClassVar[int]
    name: str
    keys: int
    total_bytes: int
    def __init__(self, name: _Optional[str] = ..., keys: _Optional[int] = ..., total_bytes: _Optional[int] = ...) -> None: ...

class ListNamespacesRequest(_message.Message):
    __slots__ = ("tenant_id", "install")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTALL_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    install: str
    def __init__(self, tenant_id: _Optional[str] = ..., install: _Optional[str] = ...) -> None: ...

class ListNamespacesResponse(_message.Message):
    __slots__ = ("namespaces", "max_keys", "max_namespaces", "max_bytes")
    NAMESPACES_FIELD_NUMBER: _ClassVar[int]
    MAX_KEYS_FIELD_NUMBER: _ClassVar[int]
    MAX_NAMESPACES_FIELD_NUMBER: _ClassVar[int]
    MAX_BYTES_FIELD_NUMBER: _ClassVar[int]
    namespaces: _containers.RepeatedCompositeFieldContainer[Namespace]
    max_keys: int
    max_namespaces: int
    max_bytes: int
    def __init__(self, namespaces: _Optional[_Iterable[_Union[Namespace, _Mapping]]] = ..., max_keys: _Optional[int] = ..., max_namespaces: _Optional[int] = ..., max_bytes: _Optional[int] = ...) -> None: ...

class ListKeysRequest(_message.Message):
    __slots__ = ("tenant_id", "install", "namespace", "page_size", "page_token")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTALL_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    install: str
    namespace: str
    page_size: int
    page_token: str
    def __init__(self, tenant_id: _Optional[str] = ..., install: _Optional[str] = ..., namespace: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class StoredKey(_message.Message):
    __slots__ = ("key", "value_bytes", "revision", "expires_at")
    KEY_FIELD_NUMBER: _ClassVar[int]
    VALUE_BYTES_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    key: str
    value_bytes: int
    revision: int
    expires_at: _timestamp_pb2.Timestamp
    def __init__(self, key: _Optional[str] = ..., value_bytes: _Optional[int] = ..., revision: _Optional[int] = ..., expires_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListKeysResponse(_message.Message):
    __slots__ = ("keys", "next_page_token")
    KEYS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    keys: _containers.RepeatedCompositeFieldContainer[StoredKey]
    next_page_token: str
    def __init__(self, keys: _Optional[_Iterable[_Union[StoredKey, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ReadEntryRequest(_message.Message):
    __slots__ = ("tenant_id", "install", "namespace", "key")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTALL_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    install: str
    namespace: str
    key: str
    def __init__(self, tenant_id: _Optional[str] = ..., install: _Optional[str] = ..., namespace: _Optional[str] = ..., key: _Optional[str] = ...) -> None: ...

class ReadEntryResponse(_message.Message):
    __slots__ = ("entry",)
    ENTRY_FIELD_NUMBER: _ClassVar[int]
    entry: _storage_service_pb2.Entry
    def __init__(self, entry: _Optional[_Union[_storage_service_pb2.Entry, _Mapping]] = ...) -> None: ...

class ClearNamespaceRequest(_message.Message):
    __slots__ = ("tenant_id", "install", "namespace")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTALL_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    install: str
    namespace: str
    def __init__(self, tenant_id: _Optional[str] = ..., install: _Optional[str] = ..., namespace: _Optional[str] = ...) -> None: ...

class ClearNamespaceResponse(_message.Message):
    __slots__ = ("removed",)
    REMOVED_FIELD_NUMBER: _ClassVar[int]
    removed: int
    def __init__(self, removed: _Optional[int] = ...) -> None: ...
