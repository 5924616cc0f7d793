from gen.alga.registry.v1 import trust_pb2 as _trust_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GetAssetRequest(_message.Message):
    __slots__ = ("grant", "path", "if_none_match", "header_only")
    GRANT_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    IF_NONE_MATCH_FIELD_NUMBER: _ClassVar[int]
    HEADER_ONLY_FIELD_NUMBER: _ClassVar[int]
    grant: _trust_pb2.Signed
    path: str
    if_none_match: _containers.RepeatedScalarFieldContainer[str]
    header_only: bool
    def __init__(self, grant: _Optional[_Union[_trust_pb2.Signed, _Mapping]] = ..., path: _Optional[str] = ..., if_none_match: _Optional[_Iterable[str]] = ..., header_only: _Optional[bool] = ...) -> None: ...

class GetAssetResponse(_message.Message):
    __slots__ = ("header", "chunk")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    header: AssetHeader
    chunk: bytes
    def __init__(self, header: _Optional[_Union[AssetHeader, _Mapping]] = ..., chunk: _Optional[bytes] = ...) -> None: ...

class AssetHeader(_message.Message):
    __slots__ = ("size_bytes", "media_type", "etag", "not_modified", "is_html")
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    MEDIA_TYPE_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    NOT_MODIFIED_FIELD_NUMBER: _ClassVar[int]
    IS_HTML_FIELD_NUMBER: _ClassVar[int]
    size_bytes: int
    media_type: str
    etag: str
    not_modified: bool
    is_html: bool
    def __init__(self, size_bytes: _Optional[int] = ..., media_type: _Optional[str] = ..., etag: _Optional[str] = ..., not_modified: _Optional[bool] = ..., is_html: _Optional[bool] = ...) -> None: ...
