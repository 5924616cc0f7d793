from gen.alga.registry.v1 import extension_pb2 as _extension_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class StageBundleRequest(_message.Message):
    __slots__ = ("header", "chunk")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    header: StageHeader
    chunk: bytes
    def __init__(self, header: _Optional[_Union[StageHeader, _Mapping]] = ..., chunk: _Optional[bytes] = ...) -> None: ...

class StageHeader(_message.Message):
    __slots__ = ("tenant_id", "content_hash", "size_bytes")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    CONTENT_HASH_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    content_hash: str
    size_bytes: int
    def __init__(self, tenant_id: _Optional[str] = ..., content_hash: _Optional[str] = ..., size_bytes: _Optional[int] = ...) -> None: ...

class StageBundleResponse(_message.Message):
    __slots__ = ("id", "content_hash")
    ID_FIELD_NUMBER: _ClassVar[int]
    CONTENT_HASH_FIELD_NUMBER: _ClassVar[int]
    id: str
    content_hash: str
    def __init__(self, id: _Optional[str] = ..., content_hash: _Optional[str] = ...) -> None: ...

class FinalizeBundleRequest(_message.Message):
    __slots__ = ("tenant_id", "id", "content_hash", "size_bytes", "manifest_json")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    CONTENT_HASH_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    MANIFEST_JSON_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    id: str
    content_hash: str
    size_bytes: int
    manifest_json: bytes
    def __init__(self, tenant_id: _Optional[str] = ..., id: _Optional[str] = ..., content_hash: _Optional[str] = ..., size_bytes: _Optional[int] = ..., manifest_json: _Optional[bytes] = ...) -> None: ...

class FinalizeBundleResponse(_message.Message):
    __slots__ = ("version", "existed", "publisher")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    EXISTED_FIELD_NUMBER: _ClassVar[int]
    PUBLISHER_FIELD_NUMBER: _ClassVar[int]
    version: _extension_pb2.Version
    existed: bool
    publisher: str
    def __init__(self, version: _Optional[_Union[_extension_pb2.Version, _Mapping]] = ..., existed: _Optional[bool] = ..., publisher: _Optional[str] = ...) -> None: ...

class AbortBundleRequest(_message.Message):
    __slots__ = ("tenant_id", "id")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    id: str
    def __init__(self, tenant_id: _Optional[str] = ..., id: _Optional[str] = ...) -> None: ...

class AbortBundleResponse(_message.Message):
    __slots__ = ("deleted",)
    DELETED_FIELD_NUMBER: _ClassVar[int]
    deleted: bool
    def __init__(self, deleted: _Optional[bool] = ...) -> None: ...
